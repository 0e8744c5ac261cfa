package curator

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"tinhub/news"
)

// filingVersion goes up when filing itself decides differently, so that what is
// kept is filed again after an upgrade.
const filingVersion = 2

// newLens compiles topics and sources. The errors name the topics that were
// left out.
func newLens(topics []news.Topic, sources []news.Source, terms Terms) (*lens, []error) {
	rules, errs := Compile(topics)
	l := &lens{rules: rules, topics: map[string]news.Topic{}, sources: map[string]news.Source{}, families: map[string]string{}, former: map[string][]string{}, terms: terms}
	for _, t := range rules.Topics() {
		l.topics[t.ID] = t
	}
	for _, s := range sources {
		l.sources[s.ID], l.families[s.ID] = s, s.Family()
		l.former[s.ID] = s.Families()[1:]
	}
	l.fingerprint = fingerprint(rules.Topics(), sources, terms)
	return l, errs
}

// fingerprint names all that filing depends on besides the news: when it is
// another one, stories are filed again. How a topic is shown does not matter.
func fingerprint(topics []news.Topic, sources []news.Source, terms Terms) string {
	type ruled struct {
		ID, Where        string
		Include, Exclude news.Rule
		MinScore         float64
		MaxAge           time.Duration
		Order            news.Order
	}
	type told struct {
		ID, Section, Province, Publisher string
		Priority                         int
	}
	var all struct {
		Version int
		Terms   Terms
		Topics  []ruled
		Sources []told
	}
	all.Version, all.Terms = filingVersion, terms
	for _, t := range topics {
		all.Topics = append(all.Topics, ruled{t.ID, t.Where, t.Include, t.Exclude, t.MinScore, t.MaxAge, t.Order})
	}
	for _, s := range sources {
		all.Sources = append(all.Sources, told{s.ID, s.Section, s.Province, s.Publisher(), s.Priority})
	}
	slices.SortFunc(all.Topics, func(a, b ruled) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(all.Sources, func(a, b told) int { return cmp.Compare(a.ID, b.ID) })
	b, err := json.Marshal(all)
	if err != nil { // a weight that is no number: filed again at every start, never wrongly
		return ""
	}
	return string(news.KeyOf(string(b)))
}

// family is the paper that an entry belongs to; that of its address where its
// source is not declared any more.
func (l *lens) family(e news.Entry) string {
	if f := l.families[e.Source]; f != "" {
		return f
	}
	if f := news.FamilyOf(e.Link); f != "" {
		return f
	}
	return e.Source
}

// familyIn is the paper that an entry on the wire of a shard belongs to: the former
// one where it was polled before its paper had another host. ok is false where no
// host that is known of the paper belongs to the shard.
func (l *lens) familyIn(e news.Entry, shard int) (family string, ok bool) {
	family = l.family(e)
	for _, f := range append([]string{family}, l.former[e.Source]...) {
		if news.ShardOf(f) == shard {
			return f, true
		}
	}
	return family, false
}
