package config

import (
	"math"
	"strconv"
	"strings"

	"tinhub/news"
)

func (l *loader) readTopics(list *node) {
	l.entries(list, "topics", func(n *node) {
		t := l.newTopic()
		t.Declared = l.declared(n.at)
		l.object(n, "the topic", l.topicKeys(&t))
		l.checkTopic(n, &t)
		l.cfg.Topics = append(l.cfg.Topics, t)
		l.topicsAt = append(l.topicsAt, n)
	})
}

// newTopic has the contract's defaults.
func (l *loader) newTopic() news.Topic {
	return news.Topic{MinScore: 1, Limit: l.cfg.Publish.Limit, Order: news.Newest, Language: l.cfg.Site.Language, Public: true}
}

func (l *loader) topicKeys(t *news.Topic) []key {
	return []key{
		{"id", id(&t.ID)},
		{"title", text(&t.Title)},
		{"description", text(&t.Description)},
		{"include", func(l *loader, n *node) { l.object(n, "include", ruleKeys(&t.Include)) }},
		{"exclude", func(l *loader, n *node) {
			l.object(n, "exclude", []key{
				{"any", phrases(&t.Exclude.Any)},
				{"sections", texts(&t.Exclude.Sections, folded)},
				{"sources", texts(&t.Exclude.Sources, nil)},
			})
		}},
		{"where", verbatim(&t.Where)},
		{"min_score", number(&t.MinScore)},
		{"limit", integer(&t.Limit, 1, maxLimit)},
		{"max_age", duration(&t.MaxAge, 0, 100*year)},
		{"per_source", integer(&t.PerSource, 0, maxLimit)},
		{"min_agencies", integer(&t.MinAgencies, 0, 1000)},
		{"order", oneOf(&t.Order, news.Newest, news.Score, news.Coverage)},
		{"language", language(&t.Language)},
		{"public", boolean(&t.Public)},
		{"formerly", texts(&t.Formerly, formerID)},
	}
}

func ruleKeys(r *news.Rule) []key {
	return []key{
		{"any", phrases(&r.Any)},
		{"all", phrases(&r.All)},
		{"sections", texts(&r.Sections, folded)},
		{"sources", texts(&r.Sources, nil)},
		{"provinces", texts(&r.Provinces, province)},
		{"authors", texts(&r.Authors, folded)},
		{"tags", texts(&r.Tags, folded)},
	}
}

// folded refuses what has nothing to compare.
func folded(l *loader, n *node, s string) (string, bool) {
	if news.Fold(s) == "" {
		l.fault(n.at, "%s is %q, which has no letter or digit to look for: remove it", n.name(), clip(s))
		return "", false
	}
	return news.Clean(s), true
}

func formerID(l *loader, n *node, s string) (string, bool) {
	if !idForm.MatchString(s) {
		l.fault(n.at, "%s is %q: a topic's id has a-z, 0-9 and - only", n.name(), clip(s))
		return "", false
	}
	return s, true
}

func (l *loader) checkTopic(n *node, t *news.Topic) {
	if n.get("id") == nil {
		l.fault(n.at, "the topic has no id: give it one of a-z, 0-9 and -")
	}
	if t.ID == news.Everything {
		l.fault(n.place("id"), "the topic id %q is built in (it holds everything): choose another", t.ID)
	}
	l.claim(l.topicAt, t.ID, n.place("id"), "topic")
	for i, f := range t.Formerly {
		at := n.place("formerly")
		if v := n.get("formerly"); v != nil && i < len(v.items) {
			at = v.items[i].at
		}
		if f == news.Everything {
			l.fault(at, "formerly: %q is built in (it holds everything) and cannot be redirected: remove it", f)
			continue
		}
		l.claim(l.topicAt, f, at, "topic")
	}
	if t.Title == "" {
		t.Title = t.ID
		if n.get("title") != nil {
			l.fault(n.place("title"), "the topic %q has an empty title: write what readers shall see", t.ID)
		}
	}
}

// phrases is a list of texts; one with a weight is a mapping of the text to it.
func phrases(dst *[]news.Phrase) func(*loader, *node) {
	return func(l *loader, n *node) {
		*dst = nil
		if n.kind == mapping {
			*dst = l.weighted(nil, n)
			return
		}
		l.list(n, func(item *node) {
			if item.kind == mapping {
				*dst = l.weighted(*dst, item)
				return
			}
			s, ok := l.value(item, "a phrase")
			if !ok {
				return
			}
			if s, ok = folded(l, item, s); ok {
				*dst = append(*dst, news.Phrase{Text: s, Weight: 1})
			}
		})
	}
}

func (l *loader) weighted(dst []news.Phrase, n *node) []news.Phrase {
	for _, p := range n.pairs {
		at := &node{at: p.at, path: n.path}
		s, ok := folded(l, at, p.key)
		if !ok {
			continue
		}
		weight := 1.0
		if p.value.kind != nothing {
			text, isOne := l.value(p.value, "a weight")
			if !isOne {
				continue
			}
			f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
			if err != nil || f == 0 || math.IsNaN(f) || math.Abs(f) > 1e6 {
				l.fault(p.value.at, "the weight of %q is %q: write a number other than 0, as in 3 or -2", clip(p.key), clip(text))
				continue
			}
			weight = f
		}
		dst = append(dst, news.Phrase{Text: s, Weight: weight})
	}
	return dst
}
