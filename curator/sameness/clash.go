package sameness

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
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

func (t *tally) add(a, b string) {
	t.differ++
	if t.sample == "" {
		t.sample = a + ", " + b
	}
}

// clashes are counted over the whole texts; headline only over figures in titles.
// renamed counts names, and moved provinces, that give way to others throughout:
// slips of the pen and a paper's own paragraphs leave some in place, a form that
// is filled in for somebody else leaves none.
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
		was, is := m.was.text(a), m.is.text(b)
		switch same := m.was.hash == m.is.hash; {
		case m.is.kind == name || m.is.kind == place:
			c.names.count(same, was, is)
			names = append(names, m)
		case m.is.kind != weekday:
			c.figures.count(same, was, is)
			if isDay(was) && isDay(is) {
				c.days.count(same, was, is)
			}
		case !same: // agreeing, they are mostly ordinals
			c.figures.add(was, is)
			if m.was.kind == weekday {
				c.days.add(was, is)
			}
		}
	}
	c.rename(a, b, names)
	return c
}

func (t *tally) count(same bool, a, b string) {
	if same {
		t.agree++
	} else {
		t.add(a, b)
	}
}

// A meeting is two terms that stand between the same words in two texts. It is
// sure where the first text has no other term there: in a list any name may
// meet any.
type meeting struct {
	was, is term
	sure    bool
}

// meetings are those of all figures and names of b that meet any of a.
func meetings(a, b *Text) (out []meeting) {
	at := map[[2]uint64][]term{}
	for i, t := range a.specifics() {
		if t.kind != word {
			ctx := context(a.terms, i)
			at[ctx] = append(at[ctx], t)
		}
	}
	for i, t := range b.specifics() {
		if t.kind == word {
			continue
		}
		others := at[context(b.terms, i)]
		if len(others) == 0 {
			continue
		}
		others = others[max(0, slices.IndexFunc(others, func(o term) bool { return o.hash == t.hash })):]
		sure := !slices.ContainsFunc(others, func(o term) bool { return o.hash != others[0].hash })
		out = append(out, meeting{others[0], t, sure})
	}
	return out
}

// rename counts the names that give way: those that differ oftener than they
// agree, and those of which the other text knows nothing, again and again.
func (c *clashes) rename(a, b *Text, names []meeting) {
	stays, repeated := map[uint64]int{}, map[[2]uint64]int{}
	for _, m := range names {
		if m.was.hash == m.is.hash {
			stays[m.is.hash]++
			continue
		}
		stays[m.was.hash]--
		stays[m.is.hash]--
		repeated[[2]uint64{m.was.hash, m.is.hash}]++
	}
	for _, m := range names {
		if m.was.hash == m.is.hash {
			continue
		}
		was, is := m.was.text(a), m.is.text(b)
		again := repeated[[2]uint64{m.was.hash, m.is.hash}] > 1 && !(has(a.terms, m.is.hash) && has(b.terms, m.was.hash))
		switch {
		case m.was.kind == place && m.is.kind == place && m.was.inTitle(a) && m.is.inTitle(b):
			c.moved.add(was, is)
		case !again && (stays[m.was.hash] >= 0 || stays[m.is.hash] >= 0):
		case m.was.kind == place && m.is.kind == place:
			c.moved.add(was, is)
		case m.sure && !oneName(was, is):
			c.renamed.add(was, is)
		}
	}
}

// oneName says that two names mean one: a slip of the pen, an abbreviation, or
// one with more of its parts.
func oneName(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	a, b = strings.ToLower(a), strings.ToLower(b)
	return a == initials(b) || strings.HasPrefix(b, a+" ") || strings.HasSuffix(b, " "+a) || slip([]rune(a), []rune(b))
}

func initials(name string) string {
	var out []rune
	for w := range strings.FieldsSeq(name) {
		r, _ := utf8.DecodeRuneInString(w)
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

func (t term) text(of *Text) string {
	return strings.Join(strings.Fields(of.raw[t.start:t.end]), " ")
}

// context is the two words before and after a term, figures and names blanked.
func context(ts []term, i int) [2]uint64 {
	at := func(j int) uint64 {
		if j < 0 || j >= len(ts) {
			return 1
		}
		if ts[j].kind != word {
			return ts[j].kind.blank()
		}
		return ts[j].hash
	}
	return [2]uint64{run([]uint64{at(i - 2), at(i - 1), ts[i].kind.blank()}), run([]uint64{at(i + 1), at(i + 2)})}
}
