package curator

import (
	"cmp"
	"slices"

	"tinhub/news"
)

// An automaton finds all phrases of all topics in one walk over a text
// (Aho and Corasick, CACM 18(6), 1975), with syllables as its letters, so that
// only whole syllables ever match.
//
// Phrases typed with marks are words over Syllable.Key, phrases typed without
// any are words over Syllable.Bare. Both live in one set of nodes under two
// roots, and a walk holds a state in each.
type automaton struct {
	letters map[string]letter // every syllable of every phrase
	nodes   []node
	next    map[edge]int32 // the trie's own edges
}

// A letter is what a syllable is called within the two alphabets; 0: in no phrase.
type letter struct{ key, bare int32 }

type edge struct{ node, letter int32 }

type node struct {
	fail   int32 // the longest proper suffix that is also a node
	phrase int32 // 1 + the phrase that ends here; 0: none
	out    int32 // the nearest node along fail that ends a phrase; 0: none
}

const (
	keyRoot  int32 = 0
	bareRoot int32 = 1
)

// A pattern is a phrase as it is compared.
type pattern struct {
	marked    bool
	syllables []string
}

// patternOf folds a phrase as it was typed; it has no syllables where nothing
// is left to compare.
func patternOf(text string) pattern {
	p := pattern{marked: news.Marked(text)}
	for _, y := range news.Syllables(nil, text) {
		if p.marked {
			p.syllables = append(p.syllables, y.Key)
		} else {
			p.syllables = append(p.syllables, y.Bare)
		}
	}
	return p
}

// newAutomaton builds the automaton of patterns that are all different and
// have syllables; matches are reported by their number.
func newAutomaton(patterns []pattern) *automaton {
	a := &automaton{
		letters: map[string]letter{},
		nodes:   make([]node, 2),
		next:    map[edge]int32{},
	}
	var letters int32
	for i, p := range patterns {
		at := bareRoot
		if p.marked {
			at = keyRoot
		}
		for _, s := range p.syllables {
			l := a.letters[s]
			id := &l.bare
			if p.marked {
				id = &l.key
			}
			if *id == 0 {
				letters++
				*id = letters
				a.letters[s] = l
			}
			e := edge{at, *id}
			if _, ok := a.next[e]; !ok {
				a.next[e] = int32(len(a.nodes))
				a.nodes = append(a.nodes, node{fail: at})
			}
			at = a.next[e]
		}
		a.nodes[at].phrase = int32(i) + 1
	}
	a.link()
	return a
}

// link fills in fail and out, breadth first: a node's suffix is shorter than
// itself, so it is complete before it is asked for.
func (a *automaton) link() {
	edges := make(map[int32][]edge)
	for e := range a.next {
		edges[e.node] = append(edges[e.node], e)
	}
	a.nodes[bareRoot].fail = bareRoot
	queue := []int32{keyRoot, bareRoot}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		slices.SortFunc(edges[at], func(x, y edge) int { return cmp.Compare(x.letter, y.letter) })
		for _, e := range edges[at] {
			to := a.next[e]
			queue = append(queue, to)
			n := &a.nodes[to]
			if at == keyRoot || at == bareRoot {
				n.fail = at
				continue
			}
			n.fail = a.step(a.nodes[at].fail, e.letter)
			n.out = n.fail
			if a.nodes[n.fail].phrase == 0 {
				n.out = a.nodes[n.fail].out
			}
		}
	}
}

// step goes from a state over a letter of that state's alphabet.
func (a *automaton) step(at, letter int32) int32 {
	for {
		if to, ok := a.next[edge{at, letter}]; ok {
			return to
		}
		if at == keyRoot || at == bareRoot {
			return at
		}
		at = a.nodes[at].fail
	}
}

// walk calls found with the number of each phrase that ends at a syllable.
func (a *automaton) walk(text []news.Syllable, found func(phrase int)) {
	marked, bare := keyRoot, bareRoot
	for i := range text {
		y := &text[i]
		l := a.letters[y.Key]
		lk, lb := l.key, l.bare
		if y.Bare != y.Key {
			lb = a.letters[y.Bare].bare
		}
		marked = a.advance(marked, keyRoot, lk, found)
		bare = a.advance(bare, bareRoot, lb, found)
	}
}

func (a *automaton) advance(at, root, letter int32, found func(int)) int32 {
	if letter == 0 { // most syllables are in no phrase at all
		return root
	}
	at = a.step(at, letter)
	for n := at; n > bareRoot; n = a.nodes[n].out {
		if p := a.nodes[n].phrase; p != 0 {
			found(int(p) - 1)
		}
	}
	return at
}

// contains finds a phrase in a text by plain search: what has() does, and what
// tests hold the automaton to.
func contains(text []news.Syllable, p pattern) (hits int) {
	n := len(p.syllables)
	if n == 0 {
		return 0
	}
	for i := 0; i+n <= len(text); i++ {
		if matchesAt(text[i:i+n], p) {
			hits++
		}
	}
	return hits
}

func matchesAt(text []news.Syllable, p pattern) bool {
	for i, s := range p.syllables {
		if p.marked && text[i].Key != s || !p.marked && text[i].Bare != s {
			return false
		}
	}
	return true
}
