package curator

import (
	"fmt"
	"strings"

	"github.com/expr-lang/expr/vm"

	"tinhub/news"
)

// Rules are all topics' rules, compiled together: one walk over an article
// serves all of them. They are safe for concurrent use and never change.
type Rules struct {
	topics  []topicRule
	finder  *automaton
	phrases int
	scratch scratchPool
}

// A topicRule is one topic's rule with its phrases as numbers of the automaton.
type topicRule struct {
	topic news.Topic

	any, all, none       []phrase
	sections, noSections []sectionRule
	sources, noSources   map[string]bool
	provinces            map[string]bool
	authors, tags        []label
	where                *vm.Program
}

// A phrase is one that a topic asks for.
type phrase struct {
	id     int // of the automaton
	text   string
	weight float64
}

// A sectionRule is a section that a topic asks for; one that ends in "-" stands
// for all slugs that begin so, because papers cut long slugs.
type sectionRule struct {
	label
	name   string
	prefix bool
}

// Compile compiles the rules of topics. A topic whose rule cannot be compiled
// is left out, with an error that names it; the others are not affected.
func Compile(topics []news.Topic) (*Rules, []error) {
	c := compiler{ids: map[string]int{}}
	r := &Rules{}
	seen := map[string]bool{}
	for _, t := range topics {
		if seen[t.ID] {
			c.errs = append(c.errs, fmt.Errorf("topic %q: there are two topics with this id; the second is left out", t.ID))
			continue
		}
		seen[t.ID] = true
		before := len(c.errs)
		rule := c.topic(t)
		if len(c.errs) == before {
			r.topics = append(r.topics, rule)
		}
	}
	r.finder, r.phrases = newAutomaton(c.patterns), len(c.patterns)
	return r, c.errs
}

// Topics are the topics that were compiled, in their order.
func (r *Rules) Topics() []news.Topic {
	topics := make([]news.Topic, len(r.topics))
	for i := range r.topics {
		topics[i] = r.topics[i].topic
	}
	return topics
}

// A compiler gives every different phrase one number.
type compiler struct {
	ids      map[string]int
	patterns []pattern
	errs     []error
}

func (c *compiler) topic(t news.Topic) topicRule {
	fail := func(format string, args ...any) {
		c.errs = append(c.errs, fmt.Errorf("topic %q: "+format, append([]any{t.ID}, args...)...))
	}
	rule := topicRule{
		topic:     t,
		any:       c.phrases(t.Include.Any, "include.any", fail),
		all:       c.phrases(t.Include.All, "include.all", fail),
		none:      c.phrases(t.Exclude.Any, "exclude.any", fail),
		sections:  sectionRules(t.Include.Sections, "include.sections", fail),
		sources:   setOf(t.Include.Sources),
		noSources: setOf(t.Exclude.Sources),
		provinces: setOf(t.Include.Provinces),
		authors:   labels(t.Include.Authors, "include.authors", fail),
		tags:      labels(t.Include.Tags, "include.tags", fail),
	}
	rule.noSections = sectionRules(t.Exclude.Sections, "exclude.sections", fail)
	if strings.TrimSpace(t.Where) != "" {
		program, err := compileWhere(t.Where)
		if err != nil {
			fail("where: %w", err)
		}
		rule.where = program
	}
	return rule
}

func (c *compiler) phrases(list []news.Phrase, place string, fail func(string, ...any)) []phrase {
	var out []phrase
	for _, p := range list {
		pattern := patternOf(p.Text)
		if len(pattern.syllables) == 0 {
			fail("%s: %q has no letters or digits to look for; remove it", place, p.Text)
			continue
		}
		name := strings.Join(pattern.syllables, " ")
		if pattern.marked {
			name = "\x00" + name
		}
		id, ok := c.ids[name]
		if !ok {
			id = len(c.patterns)
			c.ids[name] = id
			c.patterns = append(c.patterns, pattern)
		}
		w := p.Weight
		if w == 0 {
			w = 1
		}
		out = append(out, phrase{id, p.Text, w})
	}
	return out
}

func sectionRules(names []string, place string, fail func(string, ...any)) []sectionRule {
	var out []sectionRule
	for _, name := range names {
		l := labelOf(name)
		if l.slug == "" {
			fail("%s: %q has no letters or digits to compare; remove it", place, name)
			continue
		}
		out = append(out, sectionRule{l, name, strings.HasSuffix(name, "-")})
	}
	return out
}

func labels(names []string, place string, fail func(string, ...any)) []label {
	var out []label
	for _, name := range names {
		l := labelOf(name)
		if l.slug == "" {
			fail("%s: %q has no letters or digits to compare; remove it", place, name)
			continue
		}
		out = append(out, l)
	}
	return out
}

func setOf(names []string) map[string]bool {
	if len(names) == 0 {
		return nil
	}
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}

// in says whether an article stands in a section, and under which name.
func (s sectionRule) in(v *View) (string, bool) {
	for i, l := range v.sections {
		if s.is(l) || s.prefix && strings.HasPrefix(l.slug, s.slug) {
			return v.words.Sections[i], true
		}
	}
	for _, seg := range v.segments {
		if seg == s.slug || s.prefix && strings.HasPrefix(seg, s.slug) {
			return "/" + seg + "/ of the address", true
		}
	}
	return "", false
}
