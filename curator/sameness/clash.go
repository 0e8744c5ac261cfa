package sameness

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"tinhub/news"
)

// What stands between the same words in two texts and differs tells a form that
// was filled in twice from a text that was printed twice.

// A tally counts what stands in the same words in both texts.
type tally struct {
	agree, differ int
	sample        string
}

func (t tally) ratio() float64 {
	if t.differ == 0 {
		return 0
	}
	return float64(t.differ) / float64(t.agree+t.differ)
}

// count counts a meeting of terms of a and b.
func (t *tally) count(m meeting, a, b *Text) {
	if m.same() {
		t.agree++
		return
	}
	t.differ++
	if t.sample == "" {
		t.sample = m.was.text(a) + ", " + m.is.text(b)
	}
}

// clashes are counted over the whole texts; headline only over figures in titles.
// renamed counts names that give way to others throughout: slips of the pen leave
// some in place, a form that is filled in for somebody else leaves none. moved counts
// provinces, of which one is enough: no slip makes one of another.
type clashes struct {
	figures, days, names, renamed, moved, headline tally

	report bool // both texts are long
}

func (c clashes) figuresDiffer() bool {
	switch r := c.figures.ratio(); {
	case c.figures.differ == 1:
		return c.figures.agree == 0
	case c.report && c.figures.differ == 2 && c.figures.agree > 0:
		return r > clashTwo
	case c.figures.differ > 2:
		return r >= clashMany
	default:
		return c.figures.differ > 1 && r >= clashBar
	}
}

// daysDiffer says that a short text speaks of another day.
func (c clashes) daysDiffer() bool { return c.days.differ > 0 && c.days.agree == 0 && !c.report }

func (c clashes) namesDiffer() bool { return c.names.differ >= 2 && c.names.ratio() >= clashBar }

// filledIn says that a form was filled in for somebody else.
func (c clashes) filledIn() bool {
	return c.renamed.differ >= 2 || c.renamed.differ > 0 && c.figures.differ > 0
}

// clash counts the figures and names that stand between the same words in both
// texts.
func clash(a, b *Text) clashes {
	c := clashes{headline: headlineClash(a, b), report: min(a.Len(), b.Len()) >= reportLength}
	var names []meeting
	for _, m := range meetings(a, b) {
		switch {
		case m.loose:
			names = append(names, m)
		case m.is.kind == name || m.is.kind == place:
			c.names.count(m, a, b)
			names = append(names, m)
		case m.is.kind == weekday && m.same(): // mostly an ordinal
		default:
			c.figures.count(m, a, b)
			if m.was.kind == weekday && m.is.kind == weekday || isDay(m.was.raw(a)) && isDay(m.is.raw(b)) {
				c.days.count(m, a, b)
			}
		}
	}
	c.rename(a, b, names)
	return c
}

// rename counts the names that give way: those that differ oftener than they
// agree, and those of which the other text knows nothing, again and again.
func (c *clashes) rename(a, b *Text, names []meeting) {
	stays, repeated := map[uint64]int{}, map[[2]uint64]int{}
	for _, m := range names {
		if m.same() {
			stays[m.is.hash]++
			continue
		}
		stays[m.was.hash]--
		stays[m.is.hash]--
		repeated[[2]uint64{m.was.hash, m.is.hash}]++
	}
	for _, m := range names {
		if m.same() {
			continue
		}
		again := repeated[[2]uint64{m.was.hash, m.is.hash}] > 1 && !(has(a.terms, m.is.hash) && has(b.terms, m.was.hash))
		switch {
		case m.was.kind == place && m.is.kind == place:
			c.moved.count(m, a, b)
		case !again && (m.loose || stays[m.was.hash] >= 0 || stays[m.is.hash] >= 0):
		case !oneName(m.was.raw(a), m.is.raw(b)):
			c.renamed.count(m, a, b)
		}
	}
}

// oneName says that two names mean one: slips of the pen, an abbreviation, or one
// with more of its parts.
func oneName(a, b string) bool {
	x, y := news.Syllables(nil, a), news.Syllables(nil, b)
	alike := func(i, j int) bool {
		return x[i].Key == y[j].Key ||
			slip([]rune(strings.ToLower(a[x[i].Start:x[i].End])), []rune(strings.ToLower(b[y[j].Start:y[j].End])))
	}
	for len(x) > 0 && len(y) > 0 && alike(0, 0) {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && alike(len(x)-1, len(y)-1) {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	return len(x) == 0 || len(y) == 0 || len(x) == 1 && x[0].Bare == initials(y) || len(y) == 1 && y[0].Bare == initials(x)
}

func initials(name []news.Syllable) string {
	var out []rune
	for _, w := range name {
		r, _ := utf8.DecodeRuneInString(w.Bare)
		out = append(out, r)
	}
	return string(out)
}

// slip says that one letter is missing, added or another, or two are swapped.
func slip(a, b []rune) bool {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return len(a) <= 1 && len(b) <= 1 || len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
}

// headlineClash compares the figures of two headlines that otherwise use the
// same words: "Kết quả xổ số ngày 8/6", "… ngày 6/6".
func headlineClash(a, b *Text) (t tally) {
	fa, fb := a.titleFigures(), b.titleFigures()
	if len(fa) == 0 || len(fb) == 0 || !TitlesAlike(a, b) {
		return t
	}
	for _, f := range fa {
		if has(fb, f.hash) {
			t.agree++
		} else {
			t.differ++
			t.sample = fmt.Sprintf("%s, %s", f.text(a), fb[0].text(b))
		}
	}
	return t
}

// TitlesAlike says that at least half of the shorter headline's words stand in the
// longer; without a headline nothing is alike.
func TitlesAlike(a, b *Text) bool {
	c, _ := containment(slices.Compact(sorted(slices.Clone(a.title))), slices.Compact(sorted(slices.Clone(b.title))))
	return c >= 0.5
}

func (t *Text) titleFigures() (out []term) {
	for _, s := range t.specifics() {
		if s.kind == number && s.inTitle(t) {
			out = append(out, s)
		}
	}
	return out
}

func has(ts []term, h uint64) bool {
	for _, t := range ts {
		if t.hash == h {
			return true
		}
	}
	return false
}

func (t term) inTitle(of *Text) bool { return int(t.end) <= of.titleBytes }

func (t term) raw(of *Text) string { return of.raw[t.start:t.end] }

func (t term) text(of *Text) string { return strings.Join(strings.Fields(t.raw(of)), " ") }
