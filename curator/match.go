package curator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tinhub/news"
)

// Points a hit counts, times the phrase's weight, by where it stands; and what
// a section of the topic's counts. A phrase counts at most maxHits times, the
// best places first.
const (
	titlePoints   = 3
	ledePoints    = 2
	bodyPoints    = 1
	sectionPoints = 6
	maxHits       = 3
)

// A Verdict is what a topic's rule says of an article, and why.
type Verdict struct {
	Topic   string   `json:"topic"`
	In      bool     `json:"in"`
	Score   float64  `json:"score"`
	Reasons []string `json:"reasons,omitempty"` // sentences, the deciding one last
}

// Match gives the verdicts of the topics that take an article, in the topics'
// order.
func (r *Rules) Match(v View) []Verdict {
	var out []Verdict
	r.judge(&v, func(t *topicRule, s *scratch) {
		if in, _, _ := t.judge(&v, s, nil); !in {
			return
		}
		out = append(out, t.explain(&v, s))
	})
	return out
}

// Explain gives the verdicts of all topics, in their order.
func (r *Rules) Explain(v View) []Verdict {
	out := make([]Verdict, 0, len(r.topics))
	r.judge(&v, func(t *topicRule, s *scratch) { out = append(out, t.explain(&v, s)) })
	return out
}

// judge counts the hits of all phrases in one walk, then asks each topic.
func (r *Rules) judge(v *View, each func(*topicRule, *scratch)) {
	s := r.scratch.get(r.phrases)
	defer r.scratch.put(s)
	for place, text := range [3][]news.Syllable{v.title, v.lede, v.body} {
		r.finder.walk(text, func(phrase int) {
			if s.hits[phrase].total() == 0 {
				s.touched = append(s.touched, phrase)
			}
			s.hits[phrase][place]++
		})
	}
	for i := range r.topics {
		each(&r.topics[i], s)
	}
}

// explain is judge with its reasons.
func (t *topicRule) explain(v *View, s *scratch) Verdict {
	var n notes
	in, score, last := t.judge(v, s, &n)
	return Verdict{Topic: t.topic.ID, In: in, Score: score, Reasons: append(n.lines, last())}
}

// notes collects reasons where somebody wants them; nil collects none.
type notes struct{ lines []string }

func (n *notes) add(format string, args ...any) {
	if n != nil {
		n.lines = append(n.lines, fmt.Sprintf(format, args...))
	}
}

// judge decides whether a topic takes an article. last words the deciding
// reason, only when it is asked for: most articles are in few topics.
func (t *topicRule) judge(v *View, s *scratch, n *notes) (in bool, score float64, last func() string) {
	score, hits := t.score(v, s, n)
	if why := t.refuses(v, s); why != nil {
		return false, score, why
	}
	scoring := len(t.any)+len(t.sections) > 0
	switch {
	case scoring && !hits:
		return false, score, say("none of the topic's phrases or sections occurs")
	case scoring && score < t.topic.MinScore:
		return false, score, say("%s, but at least %s are needed", points(score), number(t.topic.MinScore))
	case !scoring && t.empty():
		return false, score, say("the topic has no rule: it takes only what an editor pins")
	}
	if t.where != nil {
		ok, err := runWhere(t.where, v.words)
		if err != nil {
			return false, score, say("its where could not be answered: %s", err)
		}
		if !ok {
			return false, score, say("its where (%s) is not true of the article", t.topic.Where)
		}
		n.add("its where (%s) is true of the article", t.topic.Where)
	}
	if !scoring {
		return true, score, say("all that the topic demands is there")
	}
	return true, score, say("%s, at least %s are needed", points(score), number(t.topic.MinScore))
}

func say(format string, args ...any) func() string {
	return func() string { return fmt.Sprintf(format, args...) }
}

// empty says that a topic has nothing but perhaps exclusions.
func (t *topicRule) empty() bool {
	return len(t.all) == 0 && t.sources == nil && t.provinces == nil && t.authors == nil && t.tags == nil && t.where == nil
}

func (t *topicRule) score(v *View, s *scratch, n *notes) (score float64, hit bool) {
	for _, p := range t.any {
		h := s.hits[p.id]
		if h.total() == 0 {
			continue
		}
		counted := best(h)
		sum := counted[0]*titlePoints + counted[1]*ledePoints + counted[2]*bodyPoints
		score += p.weight * float64(sum)
		hit = hit || p.weight > 0
		if n != nil {
			n.add("“%s” stands %s: %s × %d = %s", p.text, standing(h, counted), number(p.weight), sum, points(p.weight*float64(sum)))
		}
	}
	for _, section := range t.sections {
		if name, ok := section.in(v); ok {
			n.add("it stands in the section “%s”: %s", name, points(sectionPoints))
			return score + sectionPoints, true
		}
	}
	return score, hit
}

// refuses gives the first reason against an article that no score outweighs.
func (t *topicRule) refuses(v *View, s *scratch) func() string {
	for _, p := range t.none {
		if h := s.hits[p.id]; h.total() > 0 {
			return say("excluded: “%s” stands %s", p.text, standing(h, h))
		}
	}
	for _, section := range t.noSections {
		if name, ok := section.in(v); ok {
			return say("excluded: it stands in the section “%s”", name)
		}
	}
	for _, p := range t.all {
		if s.hits[p.id].total() == 0 {
			return say("“%s” is demanded and does not occur", p.text)
		}
	}
	for _, id := range v.words.Sources {
		if t.noSources[id] {
			return say("excluded: the source %s has it", id)
		}
	}
	return t.lacks(v)
}

func (t *topicRule) lacks(v *View) func() string {
	holds := func(set map[string]bool, have []string) bool {
		return set == nil || slices.ContainsFunc(have, func(s string) bool { return set[s] })
	}
	meets := func(want, have []label) bool {
		return want == nil || slices.ContainsFunc(want, func(w label) bool { return slices.ContainsFunc(have, w.is) })
	}
	switch {
	case !holds(t.sources, v.words.Sources):
		return say("it comes from none of the topic's sources, but from %s", listed(v.words.Sources))
	case !holds(t.provinces, v.words.Provinces):
		return say("it is of none of the topic's provinces, but of %s", listed(v.words.Provinces))
	case !meets(t.authors, v.authors):
		return say("it is by none of the topic's authors, but by %s", listed(v.words.Authors))
	case !meets(t.tags, v.tags):
		return say("it has none of the topic's tags, but %s", listed(v.words.Tags))
	}
	return nil
}

// best keeps at most maxHits hits, those that count most.
func best(h places) places {
	left := maxHits
	for i := range h {
		h[i] = min(h[i], left)
		left -= h[i]
	}
	return h
}

// standing words where a phrase stands: "once in the title and 3 times in the
// body (2 count)".
func standing(all, counted places) string {
	var parts []string
	for i, name := range [3]string{"the title", "the lede", "the body"} {
		if all[i] == 0 {
			continue
		}
		part := times(all[i]) + " in " + name
		if counted[i] < all[i] {
			part += fmt.Sprintf(" (%d counted)", counted[i])
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " and ")
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	default:
		return strconv.Itoa(n) + " times"
	}
}

func points(n float64) string {
	if n == 1 {
		return "1 point"
	}
	return number(n) + " points"
}

func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
