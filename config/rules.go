package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tinhub/news"
)

// How much a rule can score at most: the contract counts at most three hits of
// a phrase, three points each in the title, and six for the section once.
const (
	bestHits      = 3 * 3
	sectionPoints = 6
)

// checkRules holds topics against the sources that are declared, and names the
// rules that no article can ever satisfy.
func (l *loader) checkRules() {
	for i, t := range l.cfg.Topics {
		if i >= len(l.topicsAt) {
			break // of the starter: they are facts, held by its tests
		}
		path := l.topicsAt[i].path
		const mend = "declare it under sources, or remove it here"
		l.checkNames(path+".include.sources", "source", t.Include.Sources, l.sourceAt, mend)
		l.checkNames(path+".exclude.sources", "source", t.Exclude.Sources, l.sourceAt, mend)
		l.reachable(path, t, l.topicsAt[i])
		l.contradiction(path, t)
		l.elsewhere(path, t)
		l.agencies(path, t)
	}
	for i, p := range l.cfg.Partners {
		l.checkNames(l.partnersAt[i].path+".topics", "topic", p.Topics, l.topicAt, `declare it under topics, or write "*" for all`, "*", news.Everything)
	}
}

// checkNames names the ids at a path that are neither declared nor among others;
// mend says what to do about one that is like none of them.
func (l *loader) checkNames(path, what string, ids []string, declared map[string]Position, mend string, others ...string) {
	for i, id := range ids {
		if _, ok := declared[id]; ok || slices.Contains(others, id) {
			continue
		}
		at := l.cfg.At(path + "[" + strconv.Itoa(i) + "]")
		l.mistyped(at, fmt.Sprintf("there is no %s %q", what, clip(id)), id, slices.Sorted(maps.Keys(declared)), mend)
	}
}

// reachable says whether the rule selects at all and its score can be had.
func (l *loader) reachable(path string, t news.Topic, n *node) {
	r := t.Include
	if len(r.Any)+len(r.Sections) == 0 {
		musts := len(r.All) + len(r.Sources) + len(r.Provinces) + len(r.Authors) + len(r.Tags)
		if musts == 0 && t.Where == "" && blank(n.get("include")) {
			l.fault(l.cfg.At(path+".include"), "the topic %q includes nothing and has no where: no article can ever enter it; write phrases under include.any, or sections", t.ID)
		}
		return
	}
	best, scores := 0.0, 0
	for _, p := range r.Any {
		if p.Weight > 0 {
			best += p.Weight * bestHits
			scores++
		}
	}
	if len(r.Sections) > 0 {
		best += sectionPoints
		scores++
	}
	switch {
	case scores == 0:
		l.fault(l.cfg.At(path+".include.any"), "no phrase of the topic %q has a weight above 0: it can never score; give one a positive weight", t.ID)
	case t.MinScore > best:
		l.fault(l.cfg.At(path+".min_score"), "min_score %s can never be reached: the phrases and sections of the topic %q give %s at most; lower it or raise the weights",
			plain(t.MinScore), t.ID, plain(best))
	}
}

// blank says that nothing was written. What was written and could not be read
// has had its faults.
func blank(n *node) bool {
	if n == nil {
		return true
	}
	return n.text == "" && !slices.ContainsFunc(n.pairs, func(p pair) bool { return !blank(p.value) }) &&
		!slices.ContainsFunc(n.items, func(i *node) bool { return !blank(i) })
}

func plain(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// contradiction names what is demanded and excluded at once.
func (l *loader) contradiction(path string, t news.Topic) {
	for i, p := range t.Include.All {
		if x, ok := excludedBy(p, t.Exclude.Any); ok {
			l.fault(l.cfg.At(path+".include.all["+strconv.Itoa(i)+"]"), "the topic %q demands %q and excludes %q: no article can have both; remove one", t.ID, clip(p.Text), clip(x.Text))
		}
	}
	l.excludedAll(path, t)
	if len(t.Include.Sources) > 0 && subset(t.Include.Sources, t.Exclude.Sources) {
		l.fault(l.cfg.At(path+".exclude.sources"), "the topic %q excludes every source that it includes: remove some here", t.ID)
	}
}

// elsewhere names a topic limited to sources of other provinces than it asks
// for, where no other source could bring a copy from there.
func (l *loader) elsewhere(path string, t news.Topic) {
	if len(t.Include.Sources) == 0 || len(t.Include.Provinces) == 0 {
		return
	}
	known := false
	for _, s := range l.cfg.Sources {
		if slices.Contains(t.Include.Provinces, s.Province) {
			return
		}
		known = known || slices.Contains(t.Include.Sources, s.ID)
	}
	if known {
		l.fault(l.cfg.At(path+".include.provinces"), "the topic %q demands provinces that none of its sources is of: no article can ever enter it; mend include.sources or include.provinces", t.ID)
	}
}

func (l *loader) excludedAll(path string, t news.Topic) {
	r := t.Include
	if len(r.Any)+len(r.Sections) == 0 {
		return
	}
	anyOut := !slices.ContainsFunc(r.Any, func(p news.Phrase) bool {
		_, out := excludedBy(p, t.Exclude.Any)
		return p.Weight > 0 && !out
	})
	sectionsOut := subset(foldAll(r.Sections), foldAll(t.Exclude.Sections))
	if !anyOut || !sectionsOut {
		return
	}
	switch {
	case len(t.Exclude.Any) > 0 && len(r.Any) > 0:
		l.fault(l.cfg.At(path+".exclude.any"), "the topic %q excludes every phrase that it includes: no article can ever enter it; remove some here", t.ID)
	case len(t.Exclude.Sections) > 0 && len(r.Sections) > 0:
		l.fault(l.cfg.At(path+".exclude.sections"), "the topic %q excludes every section that it includes: no article can ever enter it; remove some here", t.ID)
	}
}

// excludedBy finds an exclusion that strikes wherever the phrase stands: its
// syllables are among the phrase's. An exclusion with marks says nothing of a
// phrase without, which other words match too.
func excludedBy(p news.Phrase, exclude []news.Phrase) (news.Phrase, bool) {
	marked := news.Marked(p.Text)
	for _, x := range exclude {
		strict := news.Marked(x.Text)
		if strict && !marked && hasLetters(x.Text) {
			continue
		}
		if contains(syllables(p.Text, strict), syllables(x.Text, strict)) {
			return x, true
		}
	}
	return news.Phrase{}, false
}

func hasLetters(s string) bool { return strings.Trim(news.Fold(s), "0123456789. ") != "" }

func syllables(s string, marked bool) []string {
	var out []string
	for _, y := range news.Syllables(nil, s) {
		if marked {
			out = append(out, y.Key)
		} else {
			out = append(out, y.Bare)
		}
	}
	return out
}

func contains(long, short []string) bool {
	for i := 0; i+len(short) <= len(long); i++ {
		if slices.Equal(long[i:i+len(short)], short) {
			return len(short) > 0
		}
	}
	return false
}

func subset(a, b []string) bool {
	return !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}

func foldAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = news.Fold(s)
	}
	return out
}

// agencies says whether enough publishers are among the sources that a topic is
// limited to.
func (l *loader) agencies(path string, t news.Topic) {
	needed, key := t.MinAgencies, ".min_agencies"
	if floor := l.cfg.Publish.MinAgencies; floor > needed {
		needed, key = floor, ".include.sources"
	}
	if len(t.Include.Sources) == 0 || needed == 0 {
		return
	}
	publishers := map[string]bool{}
	for _, s := range l.cfg.Sources {
		if slices.Contains(t.Include.Sources, s.ID) {
			publishers[s.Publisher()] = true
		}
	}
	if n := len(publishers); n > 0 && n < needed {
		l.fault(l.cfg.At(path+key), "min_agencies %d can never be reached: the sources of the topic %q belong to fewer agencies (%d); lower it or include more", needed, t.ID, n)
	}
}
