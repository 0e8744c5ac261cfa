package sameness

import (
	"fmt"
	"slices"
)

// The bars, from MEASURED figures on Vietnamese news: of 200 million pairs,
// those with a containment of at least .9 were copies when read, of those from .8
// on most; from .5 to .8 they were follow-ups and rewrites of one event.
const (
	copyBar      = 0.80 // a body, contained, and they open alike
	wholeBar     = 0.90 // a body, contained, however they open
	shortBar     = 0.90 // title and lede, contained: little text must agree more
	partBar      = 0.50 // contained in part: only with further evidence
	ledeBar      = 0.95 // a summary alone, contained
	bulletinBar  = 0.25 // share of the figures of two bulletins that differ, where it is one alone
	ledeLength   = 20   // syllables: such a summary
	tooShort     = 10   // syllables, title and body: "Thông báo" is everybody's
	oneTitle     = 8    // syllables: unless it is the whole headline of the other, of the same days
	longBody     = 40   // syllables; below, title and body are compared together
	reportLength = 200  // syllables: a text with hardly a figure is no form or table then
	mostCover    = 0.80 // of the shorter body is in long runs
	halfCover    = 0.65 // the same, under one headline
	openCover    = 0.50 // the same, and they begin alike
	longMean     = 40   // syllables: the mean long run then
	longRun      = 24   // syllables: a run that no chance explains; so long is what begins alike
	alike        = 0.70 // of that
	opensWith    = 80   // syllables: an opening
	nearlyAll    = 0.97 // contained, and hardly a figure that differs: then even
	oneSlip      = 0.03 // headlines with other figures tell the same (a corrected toll)
	clashBar     = 0.50 // share of figures (or names) that stand in the same words but differ
	clashMany    = 0.25 // the same, where they are more than two in a report
	clashTwo     = 0.70 // the same, where they are two in a report: a toll, and what follows, corrected
	clashPart    = 0.20 // the same, for texts contained in part
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
	case min(len(a.hashes), len(b.hashes)) < tooShort && !oneHeadline(a, b):
		v.Reason = "too little text to tell"
	case cl.headline.differ > 0 && !(c >= nearlyAll && cl.figures.ratio() <= oneSlip):
		v.Reason = "headlines with other figures: " + cl.headline.sample
	case cl.figuresDiffer():
		v.Reason = "the same words around other figures: " + cl.figures.sample
	case cl.daysDiffer():
		v.Reason = "the same words around other days: " + cl.days.sample
	case cl.namesDiffer():
		v.Reason = "the same words around other names: " + cl.names.sample
	case cl.moved.differ > 0:
		v.Reason = "the same words around other provinces: " + cl.moved.sample
	case cl.filledIn():
		v.Reason = "the same words around other names: " + cl.renamed.sample
	case (cl.figures.differ > 1 || cl.figures.ratio() >= bulletinBar) && a.bulletin() && b.bulletin():
		v.Reason = "bulletins with other figures: " + cl.figures.sample
	case (c < nearlyAll || a.bulletin() && b.bulletin()) && otherDays(a, b):
		v.Reason = "they speak of other days"
	case short && c >= shortBar:
		v.Same, v.Partly = true, min(len(a.hashes), len(b.hashes)) < tooShort
		v.Reason = fmt.Sprintf("title and text agree to %.0f %%", c*100)
	case short && ledeAgrees(a, b):
		v.Same, v.Reason = true, "the whole of a summary stands in the longer text"
	case !short && (c >= wholeBar || c >= copyBar && opensAlike(a, b)):
		v.Same, v.Reason = true, fmt.Sprintf("%.0f %% of the shorter text is in the longer", c*100)
	case !short && partly(a, b, cl):
		v.Same, v.Partly, v.Reason = true, true, fmt.Sprintf("%.0f %% of the shorter text is in the longer, in long unbroken runs", c*100)
	default:
		v.Reason = fmt.Sprintf("%.0f %% of the shorter text is in the longer: a follow-up or a rewrite", c*100)
	}
	return v
}

// oneHeadline says that a headline alone is the other text's headline.
func oneHeadline(a, b *Text) bool {
	return len(a.title) >= oneTitle && min(a.Len(), b.Len()) == 0 && slices.Equal(a.title, b.title)
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

// partly says that what the two share is long verbatim runs, broken by no more
// than a slip of the pen, and that their figures and names agree: a copy with
// typos or with paragraphs of its own, not a rewrite or a follow-up that repeats
// the background.
func partly(a, b *Text, c clashes) bool {
	if c.figures.ratio() > clashPart || c.names.ratio() > clashPart || !(openingIn(a, b) || openingIn(b, a)) {
		return false
	}
	if len(a.body) > len(b.body) {
		a, b = b, a
	}
	cover, mean := runs(a.body, b.set(false))
	switch {
	case cover >= mostCover:
		return true
	case mean < longMean || !titlesAgree(a.title, b.title):
		return false
	default:
		return cover >= halfCover || cover >= openCover && beginsIn(a, b) && beginsIn(b, a)
	}
}

// openingIn says that most of a's opening stands in b. What is new stands at the
// beginning: a follow-up has an opening of its own, and the background of the other.
func openingIn(a, b *Text) bool {
	c, _ := containment(slices.Compact(sorted(shingles(nil, a.body[:min(len(a.body), opensWith)]))), b.set(false))
	return c >= openCover
}

// opensAlike says that two texts open alike: each with the other's opening, or one
// with it and under a like headline. Of pairs below wholeBar those that did neither
// were the verdict and the hearing that it repeats.
func opensAlike(a, b *Text) bool {
	x, y := openingIn(a, b), openingIn(b, a)
	return x && y || (x || y) && TitlesAlike(a, b)
}

// beginsIn says that the first lines of a stand in b.
func beginsIn(a, b *Text) bool {
	c, _ := containment(slices.Compact(sorted(shingles(nil, a.body[:min(len(a.body), longRun)]))), b.set(false))
	return c >= alike
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
