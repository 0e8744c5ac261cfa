// Package sameness decides whether two articles tell the same text: the wire
// copy, the reprint, the cut-down version of one, under whatever headline. It
// is pure: texts go in, verdicts with their reasons come out.
//
// Candidates come from an inverted index over sampled shingles (runs of four
// folded syllables), so that a short cut of a long text is found. What decides
// is containment, the share of the shorter text's shingles that the longer one
// has (Broder 1997): a cut leaves it at 1 where Jaccard falls with the length.
// Figures and names raise the bar: a bulletin that repeats yesterday's words
// around today's numbers is another story.
package sameness

import (
	"hash/maphash"
	"math/bits"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tinhub/news"
)

// shingle is how many syllables in a row make one feature. MEASURED on
// Vietnamese news: at 4 unrelated articles share almost none.
const shingle = 4

// A kind is what a term is good for.
type kind uint8

const (
	word    kind = iota
	number       // a figure, a date
	name         // a run of capitalised syllables inside a sentence
	place        // a province's name, wherever it stands
	weekday      // "thứ hai": a figure in words
)

// blank stands for a term where only the words around it count.
func (k kind) blank() uint64 {
	if k == name || k == place {
		return 4
	}
	return 3
}

// A term is a word, or a whole figure or name taken as one.
type term struct {
	hash       uint64
	kind       kind
	start, end int32 // of the text it was read from
}

// A Text is an article prepared for comparison.
type Text struct {
	title, body []uint64 // syllables, hashed
	raw         string   // what terms' offsets point into: title, newline, body
	syllables   []news.Syllable
	titleEnd    int // first syllable of the body
	titleBytes  int
	hashes      []uint64
	sets        [2][]uint64 // sorted shingles of the body; of title and body
	terms       []term
	places      map[uint64]uint8 // of the Preparer
}

// A Preparer makes Texts. Its seed is its own, so that nobody outside can make
// two shingles meet; texts of different Preparers must not be compared. It is not
// safe for concurrent use.
type Preparer struct {
	seed   maphash.Seed
	secret [2]uint64        // the same, for short syllables
	places map[uint64]uint8 // provinces by the hashes of their names, one number for all of a province's

	syllables []news.Syllable // used again by Sample
	hashes    []uint64
}

// NewPreparer makes a Preparer with a fresh seed.
func NewPreparer() *Preparer {
	p := &Preparer{seed: maphash.MakeSeed(), secret: [2]uint64{rand.Uint64(), rand.Uint64() | 1}}
	p.places = p.placesOf()
	return p
}

// hash hashes a syllable. Hardly any has more than eight bytes, which are one
// number.
func (p *Preparer) hash(key string) uint64 {
	if len(key) > 8 {
		return maphash.String(p.seed, key)
	}
	w := uint64(len(key))
	for i := range len(key) {
		w = w<<8 ^ w>>56 ^ uint64(key[i])
	}
	hi, lo := bits.Mul64(w^p.secret[0], p.secret[1])
	return hi ^ lo
}

// Prepare reads a title and a text (plain, not HTML).
func (p *Preparer) Prepare(title, text string) *Text {
	title, text = strings.TrimSpace(title), trim(text)
	t := &Text{places: p.places, raw: title + "\n" + text, titleBytes: len(title)}
	t.syllables = news.Syllables(make([]news.Syllable, 0, len(t.raw)/4+4), t.raw)
	t.hashes = make([]uint64, len(t.syllables))
	for i, s := range t.syllables {
		t.hashes[i] = p.hash(s.Key)
		if s.End <= len(title) {
			t.titleEnd = i + 1
		}
	}
	t.title, t.body = t.hashes[:t.titleEnd], t.hashes[t.titleEnd:]
	return t
}

// What papers put around a text that they took over: where and from whom at its
// head, the end mark of the wire, and the credit on a line of its own.
var wireHead = regexp.MustCompile(`^\s*(?:[^.()\n–—-]{0,40}\([^()\n]{2,40}\)|\p{Lu}[\p{Lu}Đ0-9.+-]{1,12})\s*[-–—]\s+`)

const (
	wireHeadAt   = 120 // bytes: a head is no longer
	creditLength = 70  // bytes: nor is a credit
)

func trim(text string) string {
	head := text[:min(len(text), wireHeadAt)]
	if strings.ContainsAny(head, "-–—") { // the pattern is dear
		text = text[len(wireHead.FindString(head)):]
	}
	text = strings.TrimRight(text, " \t\n\r./")
	from := max(0, len(text)-creditLength)
	if i := from + strings.LastIndexByte(text[from:], '\n'); i >= from {
		line := strings.TrimLeft(text[i+1:], " \t(")
		for _, by := range []string{"Theo ", "theo ", "THEO ", "Nguồn:", "Nguồn ", "nguồn:", "NGUỒN:"} {
			if strings.HasPrefix(line, by) {
				return strings.TrimRight(text[:i], " \t\n\r./")
			}
		}
	}
	return text
}

// Sample takes the sample of a text that need not be compared: it costs hardly
// more than reading it.
func (p *Preparer) Sample(title, text string) Sample {
	title, text = strings.TrimSpace(title), trim(text)
	p.syllables = news.Syllables(p.syllables[:0], title)
	end := len(p.syllables)
	p.syllables = news.Syllables(p.syllables, text)
	p.hashes = p.hashes[:0]
	for _, s := range p.syllables {
		p.hashes = append(p.hashes, p.hash(s.Key))
	}
	return sample(p.hashes, end)
}

// Len is how many syllables the body has.
func (t *Text) Len() int { return len(t.body) }

// set is the sorted shingles of the body, or of title and body together.
func (t *Text) set(withTitle bool) []uint64 {
	i, from := 0, t.body
	if withTitle {
		i, from = 1, t.hashes
	}
	if t.sets[i] == nil {
		all := shingles(make([]uint64, 0, len(from)), t.body)
		if withTitle { // apart, since a line is easily put between them
			all = shingles(all, t.title)
		}
		t.sets[i] = slices.Compact(sorted(all))
	}
	return t.sets[i]
}

func sorted(s []uint64) []uint64 { slices.Sort(s); return s }

// shingles appends the hash of each run of syllables. A text shorter than one
// run is one shingle.
func shingles(dst, syllables []uint64) []uint64 {
	if n := len(syllables); n > 0 && n < shingle {
		return append(dst, run(syllables))
	}
	for i := 0; i+shingle <= len(syllables); i++ {
		dst = append(dst, run(syllables[i:i+shingle]))
	}
	return dst
}

func run(syllables []uint64) uint64 {
	var h uint64
	for _, s := range syllables {
		h = (h ^ s) * 0x9E3779B97F4A7C15
		h ^= h >> 29
	}
	return h
}

// specifics gives the text as terms, figures and names taken whole.
func (t *Text) specifics() []term {
	if t.terms != nil {
		return t.terms
	}
	t.terms = make([]term, 0, len(t.syllables))
	for i := 0; i < len(t.syllables); {
		x, end := t.term(i)
		t.terms = append(t.terms, x)
		i = end
	}
	return t.terms
}

// term is the term that starts with a syllable, and where the next one does.
func (t *Text) term(i int) (term, int) {
	k := t.kindAt(i)
	h, end := t.hashes[i], i+1
	if to, p := t.placeAt(i); p > 0 {
		k, h, end = place, uint64(p), to
	} else if t.weekday(i) {
		k, h, end = weekday, run(t.hashes[i:i+2]), i+2
	}
	for ; end < len(t.syllables) && t.continues(k, end) && !t.weekday(end); end++ {
		h = run([]uint64{h, t.hashes[end]})
	}
	if k == name && end < len(t.syllables) && t.joined(end-1, end) && t.raw[t.syllables[end-1].End] != ',' {
		if to, p := t.placeAt(end); p > 0 { // TP Huế, Sở Y tế Huế: a place with what is in it
			k, h, end = place, uint64(p), to
		}
	}
	return term{hash: h, kind: k, start: int32(t.syllables[i].Start), end: int32(t.syllables[end-1].End)}, end
}

// mostPlace is how many syllables a province's name has at most: Bà Rịa - Vũng Tàu.
const mostPlace = 5

// placeAt is the province whose name starts with a syllable, the longest, and
// where it ends; 0 where none does.
func (t *Text) placeAt(i int) (end int, p uint8) {
	var h uint64
	for j := i; j < len(t.syllables) && j < i+mostPlace && t.capital(j) && (j == i || t.joined(j-1, j)); j++ {
		if h = run([]uint64{h, t.hashes[j]}); j == i {
			h = t.hashes[j]
		}
		if n, ok := t.places[h]; ok {
			end, p = j+1, n
		}
	}
	return end, p
}

// continues says that a syllable belongs to the same figure or name as the one
// before it. Names in a row are several.
func (t *Text) continues(k kind, i int) bool {
	if k != number && k != name || !t.joined(i-1, i) || t.figure(i) != (k == number) {
		return false
	}
	if k == number {
		return true
	}
	_, p := t.placeAt(i)
	return p == 0 && t.capital(i) && t.raw[t.syllables[i-1].End] != ','
}

// kindAt is a syllable's kind by itself. A capital that only opens a sentence
// makes no name.
func (t *Text) kindAt(i int) kind {
	switch {
	case t.figure(i):
		return number
	case !t.capital(i):
		return word
	case t.opens(i) && !(i+1 < len(t.syllables) && t.joined(i, i+1) && t.capital(i+1)):
		return word
	default:
		return name
	}
}

// figure says that a syllable has a digit in it: 21, MH370, and the h45 of 15h45.
func (t *Text) figure(i int) bool {
	s := t.syllables[i]
	for _, c := range []byte(t.raw[s.Start:s.End]) {
		if c >= '0' && c <= '9' {
			return true
		}
	}
	return false
}

func (t *Text) capital(i int) bool {
	r, _ := utf8.DecodeRuneInString(t.raw[t.syllables[i].Start:])
	return unicode.IsUpper(r)
}

// joined says that nothing but blanks and the marks inside figures and dates
// stand between two syllables.
func (t *Text) joined(i, j int) bool {
	between := t.raw[t.syllables[i].End:t.syllables[j].Start]
	if t.abbreviates(i) {
		between = strings.TrimPrefix(between, ".")
	}
	return len(between) <= 3 && !strings.ContainsAny(between, ".;:!?\n\"“”()") || len(between) == 1 && strings.ContainsAny(between, ".,/:-")
}

// abbreviates says that a syllable is one or two capitals: the point behind them
// ends no sentence (TP. Huế, Q. 1).
func (t *Text) abbreviates(i int) bool {
	x := t.raw[t.syllables[i].Start:t.syllables[i].End]
	return len(x) <= 2 && strings.Trim(x, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// opens says that a syllable is the first of a sentence or paragraph.
func (t *Text) opens(i int) bool {
	if i == 0 || i == t.titleEnd {
		return true
	}
	return strings.ContainsAny(t.raw[t.syllables[i-1].End:t.syllables[i].Start], ".!?:\n\"“”-–")
}
