package sameness

import (
	"cmp"
	"slices"
)

// A stretch is n terms of each of two texts, from a and from b on, that are the same
// words, but perhaps for the figures and names that stand between them.
type stretch struct{ a, b, n int }

// What holds two texts together, in terms: long runs that are the same to the letter
// first, since a phrase may stand in a text twice; shorter ones then; and at last
// forms, that are filled in otherwise.
const (
	longAnchor  = 12
	anchor      = 4
	edge        = 2 // at the ends of a stretch of forms: what stands there is not enclosed
	replacement = 6 // at most, that stands in the place of another one
)

// An aligner lays two texts beside each other. Each term of either is used once, so
// that a paragraph that one text leaves out meets nothing.
type aligner struct {
	a, b         []term
	usedA, usedB []bool
	out          []stretch
}

// A meeting is two terms that stand in the same place of two texts, between the same
// words. It is loose where each is all that stands there, several terms maybe.
type meeting struct {
	was, is term
	loose   bool
}

func (m meeting) same() bool { return m.was.hash == m.is.hash }

// meetings are those of all figures and names of two texts.
func meetings(a, b *Text) []meeting {
	l := aligner{a: a.specifics(), b: b.specifics()}
	l.usedA, l.usedB = make([]bool, len(l.a)), make([]bool, len(l.b))
	l.pass(term.itself, longAnchor)
	l.pass(term.itself, anchor)
	for i := range l.out {
		l.out[i] = l.extend(term.form, l.out[i])
	}
	l.pass(term.form, anchor)
	var out []meeting
	for i, s := range l.joined() {
		if i > 0 {
			out = l.between(out, l.out[i-1], s)
		}
		out = l.within(out, s)
	}
	return out
}

// joined are the stretches in the order of a, those that touch made one.
func (l *aligner) joined() []stretch {
	slices.SortFunc(l.out, func(x, y stretch) int { return cmp.Compare(x.a, y.a) })
	n := 0
	for _, s := range l.out {
		if n > 0 && l.out[n-1].a+l.out[n-1].n == s.a && l.out[n-1].b+l.out[n-1].n == s.b {
			l.out[n-1].n += s.n
			continue
		}
		l.out[n] = s
		n++
	}
	l.out = l.out[:n]
	return l.out
}

// pass lays beside each other what is left, held together by runs of n equal terms.
// What both texts begin with needs no looking up, and of a copy it is most.
func (l *aligner) pass(of func(term) uint64, n int) {
	i, end := 0, 0
	if l.begins(of, n) {
		s := l.extend(of, stretch{})
		l.out, i, end = append(l.out, s), 1, s.n
	}
	var at places
	for ; i+n <= len(l.a); i++ {
		if l.usedA[i] || l.usedA[i+n-1] {
			continue
		}
		if at.first == nil {
			at = l.places(of, n)
		}
		if j := l.free(&at, runOf(l.a[i:i+n], of), n, end); j >= 0 {
			s := l.extend(of, stretch{i, j, 0})
			l.out, end = append(l.out, s), s.b+s.n
		}
	}
}

// begins says that both texts begin with the same n terms, not used yet.
func (l *aligner) begins(of func(term) uint64, n int) bool {
	if min(len(l.a), len(l.b)) < n || l.usedA[0] || l.usedA[n-1] || l.usedB[0] || l.usedB[n-1] {
		return false
	}
	for k := range n {
		if of(l.a[k]) != of(l.b[k]) {
			return false
		}
	}
	return true
}

// places are where in b its runs stand that are not used: chains of those whose
// hashes end alike, in the order of b. A map of them costs several times as much.
type places struct {
	first, next []int32 // plus one; 0 ends a chain
	hash        []uint64
}

func (l *aligner) places(of func(term) uint64, n int) places {
	size := 1
	for size < len(l.b) {
		size *= 2
	}
	p := places{make([]int32, size), make([]int32, len(l.b)), make([]uint64, len(l.b))}
	for j := len(l.b) - n; j >= 0; j-- {
		if !l.usedB[j] && !l.usedB[j+n-1] {
			h := runOf(l.b[j:j+n], of)
			p.hash[j], p.next[j] = h, *p.chain(h)
			*p.chain(h) = int32(j + 1)
		}
	}
	return p
}

func (p *places) chain(h uint64) *int32 { return &p.first[h&uint64(len(p.first)-1)] }

// free is the first place of a run from one on where n terms are not used yet, or
// else the first of all.
func (l *aligner) free(at *places, h uint64, n, from int) int {
	first := -1
	for k := *at.chain(h); k > 0; k = at.next[k-1] {
		j := int(k - 1)
		switch {
		case at.hash[j] != h || l.usedB[j] || l.usedB[j+n-1]:
		case j >= from:
			return j
		case first < 0:
			first = j
		}
	}
	return first
}

// extend takes all before and behind a stretch that is equal and not used.
func (l *aligner) extend(of func(term) uint64, s stretch) stretch {
	fits := func(i, j int) bool { return !l.usedA[i] && !l.usedB[j] && of(l.a[i]) == of(l.b[j]) }
	for s.a > 0 && s.b > 0 && fits(s.a-1, s.b-1) {
		s = stretch{s.a - 1, s.b - 1, s.n + 1}
		l.use(s.a, s.b, true)
	}
	for i, j := s.a+s.n, s.b+s.n; i < len(l.a) && j < len(l.b) && fits(i, j); i, j = i+1, j+1 {
		l.use(i, j, true)
		s.n++
	}
	return l.trim(s)
}

// trim gives back a figure or name at an end of a stretch that gives way to another,
// unless the texts end there or go on alike: more may belong to it.
func (l *aligner) trim(s stretch) stretch {
	for s.n > 0 && l.differ(s.a, s.b) && !l.held(s.a-1, s.b-1) {
		l.use(s.a, s.b, false)
		s = stretch{s.a + 1, s.b + 1, s.n - 1}
	}
	for i, j := s.a+s.n-1, s.b+s.n-1; s.n > 0 && l.differ(i, j) && !l.held(i+1, j+1); i, j = i-1, j-1 {
		l.use(i, j, false)
		s.n--
	}
	return s
}

func (l *aligner) use(i, j int, used bool) { l.usedA[i], l.usedB[j] = used, used }

func (l *aligner) differ(i, j int) bool { return l.a[i].kind != word && l.a[i].hash != l.b[j].hash }

// held says that two terms belong to a stretch, or that both texts end before them.
func (l *aligner) held(i, j int) bool {
	if i < 0 || j < 0 || i == len(l.a) || j == len(l.b) {
		return i == j || i-len(l.a) == j-len(l.b)
	}
	return l.usedA[i] && l.usedB[j] && l.a[i].form() == l.b[j].form()
}

// within are the meetings inside a stretch.
func (l *aligner) within(out []meeting, s stretch) []meeting {
	from, to := edge, s.n-edge
	if s.a == 0 && s.b == 0 {
		from = 0
	}
	if s.a+s.n == len(l.a) && s.b+s.n == len(l.b) {
		to = s.n
	}
	for k := range s.n {
		x, y := l.a[s.a+k], l.b[s.b+k]
		if y.kind != word && (x.hash == y.hash || k >= from && k < to) {
			out = append(out, meeting{was: x, is: y})
		}
	}
	return out
}

// between is what stands between two stretches in the place of another name, if
// neither is long.
func (l *aligner) between(out []meeting, before, after stretch) []meeting {
	a, b := before.a+before.n, before.b+before.n
	if a >= after.a || b >= after.b || after.a-a > replacement || after.b-b > replacement || l.a[a].kind == word || l.b[b].kind == word {
		return out
	}
	return append(out, meeting{whole(l.a[a:after.a]), whole(l.b[b:after.b]), true})
}

// whole takes several terms as one name.
func whole(ts []term) term {
	t := term{kind: name, start: ts[0].start, end: ts[len(ts)-1].end}
	for _, x := range ts {
		t.hash = run([]uint64{t.hash, x.hash})
	}
	return t
}

// itself is a term, form what any of its kind could stand for.
func (t term) itself() uint64 { return t.hash }

func (t term) form() uint64 {
	if t.kind == word {
		return t.hash
	}
	return t.kind.blank()
}

// runOf hashes a run of terms.
func runOf(ts []term, of func(term) uint64) (h uint64) {
	for _, t := range ts {
		h = (h ^ of(t)) * 0x9E3779B97F4A7C15
		h ^= h >> 29
	}
	return h
}
