package sameness

import (
	"fmt"
	"slices"
	"strings"
)

// The bars, from MEASURED figures on Vietnamese news: of 200 million pairs,
// those with a containment of at least .8 were copies when read; from .5 to .8
// they were follow-ups and rewrites of one event.
const (
	copyBar     = 0.80 // a body, contained
	shortBar    = 0.90 // title and lede, contained: little text must agree more
	partBar     = 0.50 // contained in part: only with further evidence
	ledeBar     = 0.95 // a summary alone, contained
	bulletinBar = 0.25 // share of the figures of two bulletins that differ, where it is one alone
	ledeLength  = 20   // syllables: such a summary
	tooShort    = 10   // syllables, title and body: "Thông báo" is everybody's
	longBody    = 40   // syllables; below, title and body are compared together
	mostCover   = 0.80 // of the shorter body is in long runs
	halfCover   = 0.50 // the same, under one headline
	longMean    = 40   // syllables: the mean long run then
	longRun     = 24   // syllables: a run that no chance explains
	nearlyAll   = 0.97 // contained, and hardly a figure that differs: then even
	oneSlip     = 0.03 // headlines with other figures tell the same (a corrected toll)
	clashBar    = 0.50 // share of figures (or names) that stand in the same words but differ
	clashPart   = 0.20 // the same, for texts contained in part
)

// A Verdict says whether two texts are the same, how much of the shorter one
// the longer one has, and why.
type Verdict struct {
	Same   bool
	Partly bool    // the same though the shorter text is not all in the longer: dates should agree
	Score  float64 // containment, 0 to 1
	Reason string
}

// Compare compares two texts of one Preparer.
func Compare(a, b *Text) Verdict {
	short := min(a.Len(), b.Len()) < longBody
	c, shared := containment(a.set(short), b.set(short))
	v := Verdict{Score: c}
	if c < partBar || shared == 0 {
		v.Reason = fmt.Sprintf("only %.0f %% of the shorter text is in the longer", c*100)
		return v
	}
	cl := clash(a, b)
	switch {
	case min(len(a.hashes), len(b.hashes)) < tooShort:
		v.Reason = "too little text to tell"
	case cl.headline.differ > 0 && !(c >= nearlyAll && cl.figures.ratio() <= oneSlip):
		v.Reason = "headlines with other figures: " + cl.headline.sample
	case cl.figuresDiffer():
		v.Reason = "the same words around other figures: " + cl.figures.sample
	case cl.namesDiffer():
		v.Reason = "the same words around other names: " + cl.names.sample
	case cl.placesDiffer():
		v.Reason = "the same words around other provinces: " + cl.places.sample
	case (cl.figures.differ > 1 || cl.figures.ratio() >= bulletinBar) && a.bulletin() && b.bulletin():
		v.Reason = "bulletins with other figures: " + cl.figures.sample
	case (c < copyBar || a.bulletin() && b.bulletin()) && otherDays(a, b):
		v.Reason = "they speak of other days"
	case short && c >= shortBar:
		v.Same, v.Reason = true, fmt.Sprintf("title and text agree to %.0f %%", c*100)
	case short && ledeAgrees(a, b):
		v.Same, v.Reason = true, "the whole of a summary stands in the longer text"
	case !short && c >= copyBar:
		v.Same, v.Reason = true, fmt.Sprintf("%.0f %% of the shorter text is in the longer", c*100)
	case !short && partly(a, b, cl):
		v.Same, v.Partly, v.Reason = true, true, fmt.Sprintf("%.0f %% of the shorter text is in the longer, in long unbroken runs", c*100)
	default:
		v.Reason = fmt.Sprintf("%.0f %% of the shorter text is in the longer: a follow-up or a rewrite", c*100)
	}
	return v
}

// ledeAgrees says that a text of a few lines stands in the other one word for
// word, under whatever headline.
func ledeAgrees(a, b *Text) bool {
	c, _ := containment(a.set(false), b.set(false))
	return c >= ledeBar && min(a.Len(), b.Len()) >= ledeLength
}

// containment is the share of the smaller set that the larger one holds.
func containment(a, b []uint64) (float64, int) {
	n := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			n, i, j = n+1, i+1, j+1
		}
	}
	if m := min(len(a), len(b)); m > 0 {
		return float64(n) / float64(m), n
	}
	return 0, 0
}

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

// clashes are counted over the whole texts; headline only over figures in titles.
type clashes struct{ figures, names, places, headline tally }

func (c clashes) figuresDiffer() bool {
	return c.figures.differ >= 2 && c.figures.ratio() >= clashBar || c.figures.differ == 1 && c.figures.agree == 0
}

// placesDiffer takes one province for another: little else in a text says so
// much of what it is about.
func (c clashes) placesDiffer() bool {
	return c.places.differ > 0 && c.places.ratio() >= clashBar
}

func (c clashes) namesDiffer() bool { return c.names.differ >= 2 && c.names.ratio() >= clashBar }

// clash finds figures and names that stand between the same words in both
// texts, and counts those that agree and those that differ.
func clash(a, b *Text) clashes {
	var c clashes
	seen := map[[2]uint64][]term{}
	for i, t := range a.specifics() {
		if t.kind != word {
			ctx := context(a.terms, i)
			seen[ctx] = append(seen[ctx], t)
		}
	}
	c.headline = headlineClash(a, b)
	for i, t := range b.specifics() {
		if t.kind == word {
			continue
		}
		others := seen[context(b.terms, i)]
		if len(others) == 0 {
			continue
		}
		tl := &c.figures
		if t.kind == name {
			tl = &c.names
		}
		place := t.kind == name && b.places[t.hash]
		if has(others, t.hash) {
			tl.agree++
			if place {
				c.places.agree++
			}
			continue
		}
		tl.add(others[0].text(a), t.text(b))
		if place && slices.ContainsFunc(others, func(o term) bool { return a.places[o.hash] }) {
			c.places.add(others[0].text(a), t.text(b))
		}
	}
	return c
}

func (t *tally) add(a, b string) {
	t.differ++
	if t.sample == "" {
		t.sample = a + ", " + b
	}
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
		if s.kind == number && int(s.end) <= t.titleBytes {
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
			return uint64(ts[j].kind) + 2
		}
		return ts[j].hash
	}
	return [2]uint64{run([]uint64{at(i - 2), at(i - 1), uint64(ts[i].kind)}), run([]uint64{at(i + 1), at(i + 2)})}
}

// partly says that what the two share is long verbatim runs, broken by no more
// than a slip of the pen, and that their figures and names agree: a copy with
// typos or with paragraphs of its own, not a rewrite or a follow-up that repeats
// the background.
func partly(a, b *Text, c clashes) bool {
	if c.figures.ratio() > clashPart || c.names.ratio() > clashPart {
		return false
	}
	if len(a.body) > len(b.body) {
		a, b = b, a
	}
	cover, mean := runs(a.body, b.set(false))
	return cover >= mostCover || cover >= halfCover && mean >= longMean && titlesAgree(a.title, b.title)
}

// titlesAgree compares headlines of some length by their pairs of syllables.
func titlesAgree(a, b []uint64) bool {
	if min(len(a), len(b)) < 6 {
		return false
	}
	c, _ := containment(pairs(a), pairs(b))
	return c >= copyBar
}

func pairs(title []uint64) []uint64 {
	out := make([]uint64, 0, len(title))
	for i := range len(title) - 1 {
		out = append(out, run(title[i:i+2]))
	}
	return slices.Compact(sorted(out))
}

// runs measures verbatim agreement: the share of a text's shingles inside runs
// of at least longRun, where a run survives gaps of one changed syllable, and
// how long those runs are on average.
func runs(body, set []uint64) (cover, mean float64) {
	sh := shingles(nil, body)
	total, count, start, last, hits := 0, 0, -1, -1, 0
	end := func() {
		if start >= 0 && last-start+1 >= longRun {
			total, count = total+last-start+1, count+1
		}
		start = -1
	}
	for i, s := range sh {
		if _, ok := slices.BinarySearch(set, s); !ok {
			continue
		}
		hits++
		if start >= 0 && i-last > shingle+1 {
			end()
		}
		if start < 0 {
			start = i
		}
		last = i
	}
	end()
	if len(sh) == 0 || count == 0 {
		return 0, 0
	}
	return float64(total) / float64(len(sh)), float64(total) / float64(count)
}
