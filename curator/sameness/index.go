package sameness

import (
	"cmp"
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
	return &Index{window: window, of: map[string]uint32{}, stale: map[uint32]bool{}}
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
		x.shards[h>>(64-shardBits)].add(key(h), n)
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
		hits = x.shards[h>>(64-shardBits)].find(hits, key(h))
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

// A table is a multimap from a shingle to documents: open addressing, six bytes
// an entry, no pointers for the collector to follow. It is from three to four
// fifths full. Of a shingle it has 24 bits: at a million articles one in twenty
// meets another by chance, and Candidates asks for several.
type table struct {
	high []uint32 // a shingle, and the upper 8 bits of a document, plus one; 0 is empty
	low  []uint16 // the rest of the document
	used int
}

const (
	docBits = 24
	mostDoc = 1<<docBits - 2
)

// key is what a table has of a shingle, beside which shard it is in.
func key(shingle uint64) uint32 { return uint32(shingle>>shardBits) >> (32 - docBits) }

func (t *table) slot(i int) (key, doc uint32) {
	return t.high[i] >> 8, t.high[i]&0xFF<<16 | uint32(t.low[i])
}

// at is where a key's entries begin.
func (t *table) at(key uint32) int {
	return int(uint64(spread(key)) * uint64(len(t.high)) >> 32)
}

func (t *table) next(i int) int {
	if i++; i == len(t.high) {
		return 0
	}
	return i
}

func (t *table) add(key, doc uint32) {
	if (t.used+1)*5 > len(t.high)*4 {
		t.grow(max(64, len(t.high)+len(t.high)/4), nil)
	}
	same := 0
	for i := t.at(key); ; i = t.next(i) {
		switch k, d := t.slot(i); {
		case d == 0:
			t.high[i], t.low[i] = key<<8|(doc+1)>>16, uint16(doc+1)
			t.used++
			return
		case k == key:
			if same++; same > crowded {
				return
			}
		}
	}
}

// find appends the documents that hold a shingle, none where too many do.
func (t *table) find(dst []uint32, key uint32) []uint32 {
	if len(t.high) == 0 {
		return dst
	}
	from := len(dst)
	for i := t.at(key); ; i = t.next(i) {
		k, d := t.slot(i)
		if d == 0 {
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
	t.grow(max(64, live*10/7), dead)
}

// grow makes a new table of a size, without the dead.
func (t *table) grow(size int, dead map[uint32]bool) {
	old := *t
	*t = table{high: make([]uint32, size), low: make([]uint16, size)}
	for i := range old.high {
		if k, d := old.slot(i); d != 0 && !dead[d-1] {
			t.add(k, d-1)
		}
	}
}

// spread mixes a key's bits, the upper ones above all.
func spread(k uint32) uint32 {
	k ^= k >> 15
	k *= 0x9E3779B1
	k ^= k >> 13
	return k * 0x85EBCA6B
}
