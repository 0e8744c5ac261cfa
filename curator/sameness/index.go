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
)

// crowded is how many articles may share a shingle before it says nothing:
// "Ủy ban nhân dân tỉnh" stands in every paper.
const crowded = 48

// A Sample is what an index keeps of a text.
type Sample []uint64

// Sample takes a text's sample.
func (t *Text) Sample() Sample { return sample(t.hashes, t.titleEnd) }

// sample samples hashed syllables, of which the first are a title's. One shingle of
// the title is in it for sure, always the same, so that a headline alone is found.
func sample(hashes []uint64, titleEnd int) Sample {
	s := make(Sample, 0, opening/openingEvery+len(hashes)/restEvery+16)
	least := ^uint64(0)
	for i := 0; i+shingle <= len(hashes); i++ {
		h := run(hashes[i : i+shingle])
		if h%restEvery == 0 || i < opening+titleEnd && h%openingEvery == 0 {
			s = append(s, h)
		}
		if i+shingle <= titleEnd {
			least = min(least, h)
		}
	}
	switch {
	case titleEnd >= shingle:
		s = append(s, least)
	case len(s) == 0 && len(hashes) > 0:
		s = append(s, run(hashes[:min(shingle, len(hashes))]))
	}
	slices.Sort(s)
	return slices.Compact(s)
}

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
	for _, h := range s {
		x.shards[h>>(64-shardBits)].add(uint32(h>>shardBits), n)
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
		hits = x.shards[h>>(64-shardBits)].find(hits, uint32(h>>shardBits))
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

// A table is a multimap from a shingle to documents: open addressing, eight
// bytes an entry, no pointers for the collector to follow.
type table struct {
	slots []slot
	used  int
}

type slot struct{ key, doc uint32 } // doc+1; 0 is empty

func (t *table) add(key, doc uint32) {
	if (t.used+1)*4 > len(t.slots)*3 {
		t.grow(nil)
	}
	mask, same := uint32(len(t.slots)-1), 0
	for i := spread(key) & mask; ; i = (i + 1) & mask {
		switch s := &t.slots[i]; {
		case s.doc == 0:
			*s = slot{key, doc + 1}
			t.used++
			return
		case s.key == key:
			if same++; same > crowded {
				return
			}
		}
	}
}

// find appends the documents that hold a shingle, none where too many do.
func (t *table) find(dst []uint32, key uint32) []uint32 {
	if len(t.slots) == 0 {
		return dst
	}
	from, mask := len(dst), uint32(len(t.slots)-1)
	for i := spread(key) & mask; t.slots[i].doc != 0; i = (i + 1) & mask {
		if t.slots[i].key == key {
			dst = append(dst, t.slots[i].doc-1)
		}
	}
	if len(dst)-from > crowded {
		return dst[:from]
	}
	return dst
}

func (t *table) drop(dead map[uint32]bool) { t.grow(dead) }

// grow makes a new table without the dead, twice as large where it is full.
func (t *table) grow(dead map[uint32]bool) {
	old := t.slots
	size := max(64, len(old))
	if dead == nil && (t.used+1)*4 > size*3 {
		size *= 2
	}
	t.slots, t.used = make([]slot, size), 0
	for _, s := range old {
		if s.doc != 0 && !dead[s.doc-1] {
			t.add(s.key, s.doc-1)
		}
	}
}

func spread(k uint32) uint32 {
	k *= 0x9E3779B1
	return k ^ k>>15
}
