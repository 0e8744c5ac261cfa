package publisher

import (
	"encoding/binary"
	"slices"
	"strings"

	"tinhub/news"
)

// A query is what a reader looks for: every word, and every phrase as it stands.
type query struct {
	phrases [][]wanted // of one syllable each where there were no quotes
}

// wanted is a syllable that was typed. One without marks matches all that it
// could be; one with marks matches itself.
type wanted struct {
	key, bare string
	marked    bool
}

// parseQuery reads words and "phrases in quotes"; a quote that is not closed
// reaches to the end. Marks count by the word: a reader who types some means them.
func parseQuery(q string) query {
	var parsed query
	quoted := false
	for part := range strings.SplitSeq(strings.NewReplacer("“", `"`, "”", `"`).Replace(q), `"`) {
		var phrase []wanted
		for _, y := range news.Syllables(nil, part) {
			w := wanted{key: y.Key, bare: y.Bare, marked: news.Marked(part[y.Start:y.End])}
			if quoted {
				phrase = append(phrase, w)
			} else {
				parsed.phrases = append(parsed.phrases, []wanted{w})
			}
		}
		if len(phrase) > 0 {
			parsed.phrases = append(parsed.phrases, phrase)
		}
		quoted = !quoted
	}
	return parsed
}

func (q query) empty() bool { return len(q.phrases) == 0 }

// A finding is a story that a query matched.
type finding struct {
	story string
	dated int64
}

// find lists the stories that match, newest first, and in the order of their ids
// where they are of one second.
func (x *index) find(q query) []finding {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if q.empty() {
		return nil
	}
	var sets [][]uint32 // for each syllable the numbers it may be
	phrases := make([][][]uint32, 0, len(q.phrases))
	for _, phrase := range q.phrases {
		var numbers [][]uint32
		for _, w := range phrase {
			n := x.numbers(w)
			if len(n) == 0 {
				return nil
			}
			numbers = append(numbers, n)
		}
		sets = append(sets, numbers...)
		if len(numbers) > 1 {
			phrases = append(phrases, numbers)
		}
	}
	var found []finding
	var text []uint32
	for _, place := range x.common(sets) {
		d := &x.docs[place]
		if d.story == "" {
			continue
		}
		if len(phrases) > 0 {
			if text = unpack(text[:0], d.text); !hasAll(text, phrases) {
				continue
			}
		}
		found = append(found, finding{d.story, d.dated})
	}
	slices.SortFunc(found, func(a, b finding) int {
		if a.dated != b.dated {
			if a.dated > b.dated {
				return -1
			}
			return 1
		}
		return strings.Compare(a.story, b.story)
	})
	return found
}

// numbers are the syllables that a typed one may be; mu is held.
func (x *index) numbers(w wanted) []uint32 {
	if !w.marked {
		return x.bare[w.bare]
	}
	if n, ok := x.terms[w.key]; ok {
		return []uint32{n}
	}
	return nil
}

// common lists the places that have one syllable of each set, ascending; mu is held.
func (x *index) common(sets [][]uint32) []uint32 {
	weight := func(set []uint32) (n int) {
		for _, number := range set {
			n += len(x.keys[number].postings)
		}
		return n
	}
	slices.SortFunc(sets, func(a, b []uint32) int { return weight(a) - weight(b) }) // the rarest first
	left := x.places(sets[0])
	for _, set := range sets[1:] {
		if len(left) == 0 {
			break
		}
		left = intersect(left, x.places(set))
	}
	return left
}

// places lists where any of some syllables stand, ascending, each once; mu is held.
func (x *index) places(set []uint32) []uint32 {
	var all []uint32
	for _, number := range set {
		place := uint32(0)
		for list := x.keys[number].postings; len(list) > 0; {
			gap, w := binary.Uvarint(list)
			place += uint32(gap)
			all = append(all, place-1)
			list = list[w:]
		}
	}
	if len(set) > 1 {
		slices.Sort(all)
		all = slices.Compact(all)
	}
	return all
}

func intersect(a, b []uint32) []uint32 {
	out := a[:0]
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			out = append(out, a[i])
			i, j = i+1, j+1
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return out
}

// hasAll says whether a text has every phrase.
func hasAll(text []uint32, phrases [][][]uint32) bool {
	for _, phrase := range phrases {
		if !hasPhrase(text, phrase) {
			return false
		}
	}
	return true
}

func hasPhrase(text []uint32, phrase [][]uint32) bool {
	for i := 0; i+len(phrase) <= len(text); i++ {
		k := 0
		for k < len(phrase) && slices.Contains(phrase[k], text[i+k]) {
			k++
		}
		if k == len(phrase) {
			return true
		}
	}
	return false
}
