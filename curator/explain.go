package curator

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tinhub/news"
)

// An Explanation is all that was decided about an article, and why.
type Explanation struct {
	Article   string     `json:"article"`
	Title     string     `json:"title"`
	Link      string     `json:"link,omitempty"`
	Paper     string     `json:"paper"` // its registered domain
	From      []Origin   `json:"from"`  // the sources that gave it, in order of appearance
	Published time.Time  `json:"published"`
	Dating    string     `json:"dating,omitempty"` // why that is not what the source says
	FirstSeen time.Time  `json:"first_seen"`
	LastSeen  time.Time  `json:"last_seen"`
	Withdrawn *time.Time `json:"withdrawn,omitempty"`
	Reason    string     `json:"reason,omitempty"` // of the withdrawal
	By        string     `json:"by,omitempty"`     // who withdrew it

	Formerly   string `json:"formerly,omitempty"`   // the article that it was under a former host
	Quarantine string `json:"quarantine,omitempty"` // why it waits

	Revised   int             `json:"revised"`
	Revisions []news.Revision `json:"revisions"`
	Held      *news.Held      `json:"held,omitempty"`

	Story    string        `json:"story,omitempty"`
	Why      string        `json:"why,omitempty"` // it belongs to the story
	Score    float64       `json:"score,omitempty"`
	Speaks   bool          `json:"speaks"`             // it speaks for the story
	Speaking string        `json:"speaking,omitempty"` // why the article that speaks does, rather than the next best
	Own      bool          `json:"own_once,omitempty"` // it was a story of its own before that became part of this one
	Members  []news.Member `json:"members,omitempty"`
	Agencies int           `json:"agencies,omitempty"`
	Origin   string        `json:"origin,omitempty"` // whom the text is credited to

	Corrects  string   `json:"corrects,omitempty"`  // the story that its story corrects
	Corrected []string `json:"corrected,omitempty"` // the stories that correct its story
	Untied    bool     `json:"untied,omitempty"`    // a correction, and nobody knows of what
	Apart     []string `json:"apart,omitempty"`     // stories that an editor keeps its story apart from
	Review    string   `json:"review,omitempty"`    // why an editor should look at its story

	Curation *news.Curation `json:"curation,omitempty"` // what editors decided about its story

	Channels []Explained `json:"channels"` // every topic, then the channels built in
}

// Origin is a source that gave an article.
type Origin struct {
	Source  string `json:"source"`
	Name    string `json:"name,omitempty"` // "" where the source is not declared any more
	Section string `json:"section,omitempty"`
}

// Explained is why an article is in a channel, or not.
type Explained struct {
	Channel string     `json:"channel"`
	Title   string     `json:"title,omitempty"`
	In      bool       `json:"in"`    // the rule takes it
	Shown   bool       `json:"shown"` // its story stands there now
	Score   float64    `json:"score"`
	From    *time.Time `json:"from,omitempty"`  // shown from then
	Until   *time.Time `json:"until,omitempty"` // and until then
	Reasons []string   `json:"reasons,omitempty"`
}

// Known is what an explanation looks things up in.
type Known struct {
	Topics  []news.Topic
	Sources []news.Source
	Terms   Terms
	Now     time.Time

	Members []news.Article // of its story; without them nobody says why one of them speaks
}

// Explain explains an article and the story that it belongs to (one with an
// empty ID: none yet). The verdicts are those of the present rules.
func Explain(a news.Article, s news.Story, k Known) (Explanation, []error) {
	l, errs := newLens(k.Topics, k.Sources, k.Terms)
	d := Date(a)
	e := Explanation{
		Article: a.ID, Title: a.Title, Link: a.Link, Paper: a.Family, Published: d.At, Dating: d.Reason,
		FirstSeen: a.FirstSeen, LastSeen: a.LastSeen, Reason: a.Reason, By: a.By, Formerly: a.Formerly, Quarantine: a.Quarantine,
		Revised: a.Revised, Revisions: a.Revisions, Held: a.Held,
	}
	if !a.Withdrawn.IsZero() {
		e.Withdrawn = &a.Withdrawn
	}
	for _, id := range a.Sources {
		source := l.sources[id]
		e.From = append(e.From, Origin{id, source.Name, source.Section})
	}
	e.story(a, s)
	e.speaking(s, k.Members, l.sources)
	view := ViewOf(a, l.sources)
	for _, v := range l.rules.Explain(view) {
		t := l.topics[v.Topic]
		e.Channels = append(e.Channels, explained(t.ID, t.Title, v, s, a, l, k.Now))
	}
	everywhere := Verdict{In: true, Reasons: []string{"built in: it needs no rule"}}
	for _, id := range slices.Sorted(slices.Values(view.words.Provinces)) {
		e.Channels = append(e.Channels, explained(news.ProvinceChannel(id), "", everywhere, s, a, l, k.Now))
	}
	e.Channels = append(e.Channels, explained(news.Everything, "", everywhere, s, a, l, k.Now))
	return e, errs
}

func (e *Explanation) story(a news.Article, s news.Story) {
	if s.ID == "" {
		return
	}
	e.Story, e.Members, e.Agencies, e.Speaks = s.ID, s.Members, s.Agencies(), s.Speaker == a.ID
	e.Curation, e.Own = s.Curation, slices.Contains(s.Was, a.ID)
	e.Origin, e.Corrects, e.Corrected, e.Untied, e.Apart, e.Review = s.Origin, s.Corrects, s.Corrected, s.Untied, s.Apart, s.Review
	for _, m := range s.Members {
		if m.Article == a.ID {
			e.Why, e.Score = m.Reason, m.Score
		}
	}
}

// speaking says why the article that speaks for a story does.
func (e *Explanation) speaking(s news.Story, members []news.Article, sources map[string]news.Source) {
	members = slices.DeleteFunc(slices.Clone(members), func(a news.Article) bool { return a.ID == "" })
	if len(members) < 2 {
		return
	}
	if best, why := whySpeaks(members, sources); members[best].ID == s.Speaker {
		e.Speaking = why
	}
}

func explained(channel, title string, v Verdict, s news.Story, a news.Article, l *lens, now time.Time) Explained {
	x := Explained{Channel: channel, Title: title, In: v.In, Score: v.Score, Reasons: slices.Clone(v.Reasons)}
	for _, f := range s.Filings {
		if f.Channel == channel {
			x.Shown = f.In
			p := s.Edited().In(channel)
			byHand := byEditors(p, s.Edited().Hidden, f.Pin != "")
			x.Reasons = append(x.Reasons, byHand...)
			if !v.In && p.Filed != news.FiledIn {
				x.Reasons = append(x.Reasons, "its story stands there all the same: another article of it is taken, or what is kept is being filed anew")
			}
		}
	}
	switch {
	case a.Withdrawn.IsZero():
	case x.Shown:
		x.Reasons = append(x.Reasons, "withdrawn: its story stands there by what other papers tell")
	default:
		x.Reasons = append(x.Reasons, "withdrawn: it is shown nowhere")
	}
	if !v.In {
		return x
	}
	from, why := l.terms.from(a, s.Edited().Released)
	if !from.IsZero() {
		x.From = &from
		x.Reasons = append(x.Reasons, why...)
	}
	if t := l.topics[channel]; t.MaxAge > 0 {
		until := Date(a).At.Add(t.MaxAge)
		x.Until = &until
		if !now.Before(until) {
			x.Reasons = append(x.Reasons, fmt.Sprintf("older than the topic's max_age of %s", t.MaxAge))
		}
	}
	return x
}

// Text is the explanation as a person reads it on a terminal; times are in zone.
func (e Explanation) Text(zone *time.Location) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-11s %s\n", name, fmt.Sprintf(format, args...))
	}
	at := func(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04:05 -07:00") }
	line("article", "%s  %s", e.Article, e.Title)
	line("link", "%s", e.Link)
	for _, o := range e.From {
		name := o.Name
		if name == "" {
			name = "not declared any more"
		}
		line("from", "%s", strings.TrimSpace(fmt.Sprintf("%s (%s) %s", o.Source, name, o.Section)))
	}
	line("published", "%s%s", at(e.Published), dash(e.Dating))
	line("seen", "first %s, last %s", at(e.FirstSeen), at(e.LastSeen))
	if e.Withdrawn != nil {
		by := e.By
		if by == news.BySource {
			by = "its source"
		}
		line("withdrawn", "%s by %s%s", at(*e.Withdrawn), by, dash(e.Reason))
	}
	if e.Formerly != "" {
		line("formerly", "%s, before its paper had another host", e.Formerly)
	}
	if e.Quarantine != "" {
		line("quarantine", "%s", e.Quarantine)
	}
	for i, r := range e.Revisions {
		if i > 0 {
			line("revised", "%s%s", at(r.At), dash(r.Reason))
			for _, c := range r.Diff {
				if c.Was != "" {
					line("", "- %s", c.Was)
				}
				if c.Is != "" {
					line("", "+ %s", c.Is)
				}
			}
		}
	}
	if e.Held != nil {
		line("held", "until %s: %s", at(e.Held.Until), e.Held.Reason)
	}
	e.writeStory(line)
	b.WriteString("\n")
	for _, c := range e.Channels {
		e.writeChannel(&b, c, at)
	}
	return b.String()
}

func (e Explanation) writeStory(line func(string, string, ...any)) {
	if e.Story == "" {
		line("story", "none yet")
		return
	}
	line("story", "%s, %s%s", e.Story, e.told(), dash(e.Why))
	if e.Own {
		line("was", "the story %s, which became part of this one", e.Article)
	}
	if e.Origin != "" {
		line("origin", "%s", e.Origin)
	}
	if e.Corrects != "" {
		line("corrects", "%s", e.Corrects)
	}
	for _, c := range e.Corrected {
		line("corrected", "by %s", c)
	}
	if e.Untied {
		line("corrects", "something that is not known here: tie it by hand")
	}
	if e.Review != "" {
		line("review", "%s", e.Review)
	}
	if c := e.Curation; c != nil {
		if c.Title != "" {
			line("headline", "%s – by %s", c.Title, c.By)
		}
		if c.Note != "" {
			line("note", "%s – by %s", c.Note, c.By)
		}
	}
	for _, m := range e.Members {
		if m.Article != e.Article {
			name := "also"
			if m.Gone {
				name = "withdrawn"
			}
			line(name, "%s  %s  %s%s", m.Article, m.Agency, m.Link, dash(m.Reason))
		}
	}
}

// told says how many tell the story, and who speaks for it.
func (e Explanation) told() string {
	articles := 0
	for _, m := range e.Members {
		if !m.Gone {
			articles++
		}
	}
	told := fmt.Sprintf("told by %d agencies", e.Agencies)
	switch {
	case e.Agencies == 0:
		return "told by nobody any more"
	case e.Agencies == 1:
		told = "told by one agency"
	}
	if articles > e.Agencies {
		told += fmt.Sprintf(" in %d articles (copies count as whom they credit)", articles)
	}
	speaks := "another article speaks for it"
	if e.Speaks {
		speaks = "this article speaks for it"
	}
	if e.Speaking != "" {
		speaks += ": " + e.Speaking
	}
	return told + ", " + speaks
}

func (e Explanation) writeChannel(b *strings.Builder, c Explained, at func(time.Time) string) {
	mark := "out"
	switch {
	case c.In && c.Shown:
		mark = "in"
	case c.In:
		mark = "in, not shown now"
	}
	fmt.Fprintf(b, "%s: %s (score %s)\n", c.Channel, mark, number(c.Score))
	if c.From != nil {
		fmt.Fprintf(b, "    shown from %s\n", at(*c.From))
	}
	if c.Until != nil {
		fmt.Fprintf(b, "    shown until %s\n", at(*c.Until))
	}
	for _, r := range c.Reasons {
		fmt.Fprintf(b, "    %s\n", r)
	}
}

func dash(s string) string {
	if s == "" {
		return ""
	}
	return " – " + s
}

// A Lookup is where an article may be found, given its address.
type Lookup struct {
	Shard int
	Keys  []news.Key // for Shelf.Find, surest first
}

// LookupsOf gives the places to look for an address: each paper that has its
// host, then the others, since a feed may link to hosts that nobody declared. In
// those only the address itself counts: their article numbers are of others.
func LookupsOf(link string, sources []news.Source) []Lookup {
	host := news.FamilyOf(link)
	var own, others []string
	for _, s := range sources {
		if slices.Contains(s.Families(), host) {
			own = append(own, s.Family())
		} else {
			others = append(others, s.Family())
		}
	}
	if host != "" {
		own = append(own, host)
	}
	var out []Lookup
	seen := map[string]bool{}
	for i, f := range append(own, others...) {
		if seen[f] {
			continue
		}
		seen[f] = true
		keys := AddressKeys(link, f)
		if i >= len(own) {
			keys = keys[:min(1, len(keys))]
		}
		out = append(out, Lookup{news.ShardOf(f), keys})
	}
	return out
}
