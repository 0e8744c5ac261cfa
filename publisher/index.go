package publisher

import (
	"bytes"
	"encoding/binary"
	"sync"

	"tinhub/news"
)

// An index finds stories by the syllables of their titles and ledes. It is held
// in memory, packed: a syllable is a number, a story its syllables as varints,
// and a posting list the gaps between the stories that have the syllable, about
// 200 bytes a story. A story that changes is added anew and its old entry marked
// dead; when half are dead all is packed again.
type index struct {
	mu    sync.RWMutex        // guards all below
	terms map[string]uint32   // marked syllable: its number
	keys  []term              // by number
	bare  map[string][]uint32 // syllable without marks: the numbers of those that bear any
	docs  []doc
	of    map[string]uint32 // story: its place in docs
	dead  int
	bytes int64 // about what all this takes
}

type term struct {
	postings []byte // gaps between places in docs, as uvarints, ascending
	last     uint32 // the highest place in it, plus one
}

type doc struct {
	story string // "" when dead
	dated int64  // Unix seconds
	text  []byte // numbers of its syllables as uvarints; 0 is a gap between title and lede
}

// What an entry costs beside its packed bytes: map entries, slice headers, ids.
const (
	docCost  = 160
	termCost = 140
)

func (x *index) reset() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.clear()
}

// clear empties the index; mu is held.
func (x *index) clear() {
	x.terms, x.bare, x.of = map[string]uint32{}, map[string][]uint32{}, map[string]uint32{}
	x.keys = make([]term, 1) // number 0 is no syllable
	x.docs, x.dead, x.bytes = nil, 0, 0
}

// put adds a story or replaces it.
func (x *index) put(story string, dated int64, title, lede string) {
	syllables := news.Syllables(nil, title)
	gap := len(syllables)
	syllables = news.Syllables(syllables, lede)
	x.mu.Lock()
	defer x.mu.Unlock()
	numbers := make([]uint32, 0, len(syllables)+1)
	for i, y := range syllables {
		if i == gap && gap > 0 {
			numbers = append(numbers, 0)
		}
		numbers = append(numbers, x.number(y))
	}
	x.add(story, dated, numbers)
	if x.dead > 1000 && x.dead > len(x.docs)/2 {
		x.pack()
	}
}

// number names a syllable; mu is held.
func (x *index) number(y news.Syllable) uint32 {
	if n, ok := x.terms[y.Key]; ok {
		return n
	}
	n := uint32(len(x.keys))
	key, bare := string([]byte(y.Key)), string([]byte(y.Bare)) // not to hold on to the whole text
	x.terms[key] = n
	x.keys = append(x.keys, term{})
	x.bare[bare] = append(x.bare[bare], n)
	x.bytes += termCost + int64(len(key)+len(bare))
	return n
}

// add appends a story; mu is held.
func (x *index) add(story string, dated int64, numbers []uint32) {
	x.kill(story)
	place := uint32(len(x.docs))
	text := make([]byte, 0, 3*len(numbers)) // more than any is
	for _, n := range numbers {
		text = binary.AppendUvarint(text, uint64(n))
	}
	text = bytes.Clone(text) // as long as it is, for good
	x.docs = append(x.docs, doc{story: story, dated: dated, text: text})
	x.of[story] = place
	x.bytes += docCost + int64(len(text))
	for _, n := range numbers {
		t := &x.keys[n]
		if n == 0 || t.last == place+1 {
			continue // a gap, or twice in one story
		}
		before := len(t.postings)
		t.postings = binary.AppendUvarint(t.postings, uint64(place+1-t.last))
		t.last = place + 1
		x.bytes += int64(len(t.postings) - before)
	}
}

// remove forgets a story.
func (x *index) remove(story string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.kill(story)
}

// kill marks a story's entry dead; mu is held.
func (x *index) kill(story string) {
	if place, ok := x.of[story]; ok {
		x.bytes -= docCost + int64(len(x.docs[place].text))
		x.docs[place] = doc{}
		x.dead++
		delete(x.of, story)
	}
}

// pack writes the posting lists anew, without the dead; mu is held.
func (x *index) pack() {
	docs := x.docs
	x.docs, x.dead, x.of = nil, 0, make(map[string]uint32, len(x.of))
	x.bytes = 0
	for key, n := range x.terms {
		x.bytes += termCost + int64(2*len(key))
		x.keys[n] = term{}
	}
	var numbers []uint32
	for _, d := range docs {
		if d.story != "" {
			numbers = unpack(numbers[:0], d.text)
			x.add(d.story, d.dated, numbers)
		}
	}
}

func unpack(dst []uint32, text []byte) []uint32 {
	for len(text) > 0 {
		n, w := binary.Uvarint(text)
		dst = append(dst, uint32(n))
		text = text[w:]
	}
	return dst
}

// size is how many stories the index holds, and about how many bytes.
func (x *index) size() (stories int, bytes int64) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.of), x.bytes
}
