package sameness

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// Shingles are sampled by their hash, so that two texts sample the same ones:
// one in four of a text's opening, where summaries and cuts come from, one in
// sixteen of the rest.
const (
	opening      = 120 // syllables
	openingEvery = 4
	restEvery    = 16
	ledeShingles = 12 // of which one is always in the sample
)

// crowded is how many articles may share a shingle before it says nothing:
// "Ủy ban nhân dân tỉnh" stands in every paper.
const crowded = 48

// A Sample is what an index keeps of a text.
type Sample []uint64

// Sample takes a text's sample.
func (t *Text) Sample() Sample { return sample(t.hashes, t.titleEnd) }

// sample samples hashed syllables, of which the first are a title's. One shingle of
// the title and one of what follows it at once are in it for sure, always the same:
// so a headline alone is found, and a summary of two lines that begins a text.
//
// Its shingles are hashed as they roll on: a syllable comes in, one goes out.
func sample(hashes []uint64, titleEnd int) Sample {
	s := make(Sample, 0, opening/openingEvery+len(hashes)/restEvery+16)
	title, lede, h := ^uint64(0), ^uint64(0), uint64(0)
	for i, in := range hashes {
		h = h*rolling + in
		if i < shingle-1 {
			continue
		}
		if i >= shingle {
			h -= hashes[i-shingle] * rollingOut
		}
		x := h ^ h>>32
		x *= 0xD6E8FEB86659FD93
		x ^= x >> 32
		if x%restEvery == 0 || i < opening+titleEnd+shingle-1 && x%openingEvery == 0 {
			s = append(s, x)
		}
		switch first := i - shingle + 1; { // syllable of the shingle
		case i < titleEnd:
			title = min(title, x)
		case first >= titleEnd && first < titleEnd+ledeShingles:
			lede = min(lede, x)
		}
	}
	if titleEnd >= shingle {
		s = append(s, title)
	}
	switch {
	case len(hashes)-titleEnd >= ledeShingles+shingle-1:
		s = append(s, lede)
	case len(s) == 0 && len(hashes) > 0:
		s = append(s, run(hashes[:min(shingle, len(hashes))]))
	}
	slices.Sort(s)
	return slices.Compact(s)
}

const (
	rolling    = 0x9E3779B97F4A7C15
	rollingOut = rolling * rolling % (1 << 64) * rolling % (1 << 64) * rolling % (1 << 64) // to the power of four, shingle
)

// An Index finds articles that share sampled shingles, among those of the last
// days. It is not safe for concurrent use.
type Index struct {
	window time.Duration
	docs   []doc
	of     map[string]uint32 // by id
	free   []uint32
	stale  map[uint32]bool // replaced, and still in the tables
	salt   uint64          // odd
	shards [shards]table
	hits   []uint32
}

type doc struct {
	id       string
	at, seen int64 // Unix seconds
	version  uint32
	sampled  int32
}

// NewIndex makes an index over articles at most window apart; zero means ten days.
func NewIndex(window time.Duration) *Index {
	if window <= 0 {
		window = 10 * 24 * time.Hour
	}
	return &Index{window: window, of: map[string]uint32{}, stale: map[uint32]bool{}, salt: rand.Uint64() | 1}
}

// Len is how many articles it holds.
func (x *Index) Len() int { return len(x.of) }

// Holds says whether it holds an article as it stands in a version.
func (x *Index) Holds(id string, version uint32) bool {
	n, ok := x.of[id]
	return ok && x.docs[n].version == version
}

// Put puts an article in, or in the place of what it was: dated at, first seen
// at another time. An equal version changes nothing.
func (x *Index) Put(id string, version uint32, s Sample, at, seen time.Time) {
	if x.Holds(id, version) {
		return
	}
	if n, ok := x.of[id]; ok {
		x.docs[n] = doc{}
		x.stale[n] = true
	}
	d := doc{id: id, at: at.Unix(), seen: seen.Unix(), version: version, sampled: int32(len(s))}
	n := uint32(len(x.docs))
	if k := len(x.free); k > 0 {
		n, x.free = x.free[k-1], x.free[:k-1]
		x.docs[n] = d
	} else {
		x.docs = append(x.docs, d)
	}
	x.of[id] = n
	if n > mostDoc {
		return // it is known and never found
	}
	for _, h := range s {
		t, key := x.where(h)
		t.add(key, n)
	}
}

// Expire forgets articles first seen before a time. It is called now and then;
// what it costs is shared out over all that was added since.
func (x *Index) Expire(before time.Time) {
	dead, end := x.stale, before.Unix()
	for i, d := range x.docs {
		if d.id != "" && d.seen < end {
			dead[uint32(i)] = true
			delete(x.of, d.id)
			x.docs[i] = doc{}
		}
	}
	if len(dead) == 0 {
		return
	}
	for i := range x.shards {
		x.shards[i].drop(dead)
	}
	for n := range dead {
		x.free = append(x.free, n)
	}
	x.stale = map[uint32]bool{}
}

// A Candidate shares sampled shingles with a text.
type Candidate struct {
	ID     string
	Shared int
	Of     int // how many the smaller sample has
}

// Candidates lists at most most articles that may tell the same text, the
// likeliest first: within the window around at, sharing enough for their size.
func (x *Index) Candidates(s Sample, at time.Time, most int) []Candidate {
	hits := x.hits[:0]
	for _, h := range s {
		t, key := x.where(h)
		hits = t.find(hits, key)
	}
	x.hits = hits
	slices.Sort(hits)
	now, window := at.Unix(), int64(x.window/time.Second)
	var out []Candidate
	for i := 0; i < len(hits); {
		j := i
		for j < len(hits) && hits[j] == hits[i] {
			j++
		}
		d := x.docs[hits[i]]
		shared, of := j-i, min(len(s), int(d.sampled))
		if d.id != "" && enough(shared, of) && max(d.at-now, now-d.at) <= window {
			out = append(out, Candidate{d.id, shared, of})
		}
		i = j
	}
	slices.SortFunc(out, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Shared*a.Of, a.Shared*b.Of), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(len(out), most)]
}

// enough asks for a fifth of the smaller sample, and for two where the sample has
// any size. A piece out of the middle of a text is sampled more densely than the
// text is there: for that it is a few, and a twelfth.
func enough(shared, of int) bool {
	return shared*5 >= of && (shared >= 2 || of <= 6) || shared >= 4 && shared*12 >= of
}

const (
	shardBits = 6
	shards    = 1 << shardBits
)

// where is a shingle's table and its key there. Whoever writes texts can't choose
// them: the salt is this index's own.
func (x *Index) where(shingle uint64) (*table, uint32) {
	h := shingle * x.salt
	return &x.shards[h>>(64-shardBits)], uint32(h << shardBits >> (64 - docBits))
}

// A table is a multimap from a shingle to documents: entries in the order of their
// keys, with gaps, each where its key belongs among all keys or a little behind.
// So a look ends soon however full the table is, and it is from eight to nine tenths
// full. An entry is six bytes, without pointers for the collector to follow. Of a
// shingle it has 24 bits: at a million articles one in twenty meets another by
// chance, and Candidates asks for several.
type table struct {
	high []uint32 // a shingle, and the upper 8 bits of a document, plus one
	low  []uint16 // the rest of the document; where both are 0 is a gap
	room int      // slots that keys belong at; behind them are some more, of which the last is a gap
	used int
}

const (
	docBits = 24
	mostDoc = 1<<docBits - 2
)

func (t *table) slot(i int) (key, doc uint32) {
	return t.high[i] >> 8, t.high[i]&0xFF<<16 | uint32(t.low[i])
}

func (t *table) set(i int, key, doc uint32) {
	t.high[i], t.low[i] = key<<8|doc>>16, uint16(doc)
	t.used++
}

// at is where a key belongs.
func (t *table) at(key uint32) int { return int(uint64(key) * uint64(t.room) >> docBits) }

func (t *table) add(key, doc uint32) {
	if t.used >= t.room/16*15 {
		t.grow(max(64, t.room+t.room/8), nil)
	}
	i := t.at(key)
	for same := 0; ; i++ {
		k, d := t.slot(i)
		if d == 0 || k > key {
			break
		}
		if k == key {
			if same++; same > crowded {
				return
			}
		}
	}
	gap := i
	for t.high[gap] != 0 || t.low[gap] != 0 {
		gap++
	}
	if gap == len(t.high)-1 {
		t.grow(t.room+t.room/8, nil)
		t.add(key, doc)
		return
	}
	copy(t.high[i+1:gap+1], t.high[i:gap])
	copy(t.low[i+1:gap+1], t.low[i:gap])
	t.set(i, key, doc+1)
}

// find appends the documents that hold a shingle, none where too many do.
func (t *table) find(dst []uint32, key uint32) []uint32 {
	if t.used == 0 {
		return dst
	}
	from := len(dst)
	for i := t.at(key); ; i++ {
		k, d := t.slot(i)
		if d == 0 || k > key {
			break
		}
		if k == key {
			dst = append(dst, d-1)
		}
	}
	if len(dst)-from > crowded {
		return dst[:from]
	}
	return dst
}

// drop forgets documents, and gives back the room that was theirs.
func (t *table) drop(dead map[uint32]bool) {
	live := 0
	for i := range t.high {
		if _, d := t.slot(i); d != 0 && !dead[d-1] {
			live++
		}
	}
	t.grow(max(64, live*10/8), dead)
}

// grow makes a new table with room, or more, without the dead.
func (t *table) grow(room int, dead map[uint32]bool) {
	for old := *t; !t.take(old, room, dead); room += room / 8 {
	}
}

// take fills a new table from an old one; false: there is too little room at its end.
func (t *table) take(old table, room int, dead map[uint32]bool) bool {
	size := room + room/64 + 32
	*t = table{high: make([]uint32, size), low: make([]uint16, size), room: room}
	next := 0
	for i := range old.high {
		k, d := old.slot(i)
		if d == 0 || dead[d-1] {
			continue
		}
		next = max(next, t.at(k))
		if next == size-1 {
			return false
		}
		t.set(next, k, d)
		next++
	}
	return true
}
