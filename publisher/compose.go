package publisher

import (
	"html"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tinhub/news"
	"tinhub/publisher/feed"
)

// An entry is a story as a channel shows it: for the feeds, and for pages.
type entry struct {
	story  news.Story
	item   feed.Item
	scope  news.Scope
	pinned bool // by an editor, in the channel at hand
	placed bool // by an editor, among the others
}

// How much of a text is a summary, in characters: a feed that gives whole
// articles as its summaries does not widen the scope.
const (
	summaryMost = 800
	summaryCut  = 400
)

// compose makes of a story what may be shown of it. a is the article that
// speaks for it; its ID is empty when it is missing.
func (v *view) compose(s news.Story, a news.Article, asOf time.Time) entry {
	m := speaker(s)
	if a.ID == "" {
		a.Entry = news.Entry{Source: m.Source, Link: m.Link, Title: m.Title}
	}
	src := v.sources[a.Source]
	e := entry{story: s, scope: v.scope(src, asOf)}
	it := feed.Item{
		ID: feed.StoryID(s.ID), Title: first(s.Title, a.Title, m.Title), Link: first(a.Link, m.Link), Page: v.base + "/stories/" + s.ID,
		Published: s.Published, Updated: s.Updated, Authors: a.Authors, Origin: first(s.Origin, a.Origin, m.Origin),
		Agency: agency(src, first(m.Agency), first(a.Link, m.Link)), Also: others(s, m), Categories: categories(a), Language: a.Language,
	}
	it.Note = s.Edited().Note
	if it.Published.IsZero() {
		it.Published = first(s.FirstSeen, a.FirstSeen)
	}
	if it.Title == "" {
		it.Title = "Tin của " + it.Agency.Name
	}
	if s.Corrects != "" {
		it.Corrects = v.base + "/stories/" + s.Corrects
	}
	if len(s.Corrected) > 0 {
		it.Corrected = v.base + "/stories/" + s.Corrected[len(s.Corrected)-1]
	}
	if a.Full != nil && len(it.Authors) == 0 {
		it.Authors = a.Full.Authors
	}
	if it.Language == v.Language {
		it.Language = ""
	}
	e.item = it
	e.fill(a, v.cuts)
	return e
}

// fill adds the texts and pictures that the scope allows.
func (e *entry) fill(a news.Article, cut *cuts) {
	if e.scope == news.ScopeLink {
		return
	}
	e.item.Image, e.item.Enclosures = a.Image, a.Enclosures
	full := a.Content
	if a.Full != nil {
		full = first(a.Full.HTML, full)
		if e.item.Image == nil {
			e.item.Image = a.Full.Image
		}
	}
	e.item.Summary = summary(cut, first(a.Summary, html.EscapeString(e.story.Lede)), full)
	if e.scope == news.ScopeFull {
		e.item.Content = full
	}
}

// summary is the short text of an article, in HTML: what its feed gave as such,
// cut where that is the whole article, or the beginning of its text.
func summary(cut *cuts, short, full string) string {
	if short == "" {
		short = full
	}
	if len(short) <= summaryMost {
		return short
	}
	return cut.of(short, shorten)
}

// shorten is a long text as a summary.
func shorten(long string) string {
	text := news.Text(long)
	if utf8.RuneCountInString(text) <= summaryMost {
		return long
	}
	return html.EscapeString(news.Excerpt(strings.Join(strings.Fields(text), " "), summaryCut))
}

// scope is how much of a source may be shown: the lesser of what is published
// at all, and of what its agreement allows.
func (v *view) scope(src *news.Source, asOf time.Time) news.Scope {
	scope := v.WithoutAgreement
	if src != nil {
		if agreed := src.Agreement.ScopeAt(asOf); agreed != "" {
			scope = agreed
		}
	}
	return v.Content.Lesser(scope)
}

// speaker is the member whose article speaks for a story.
func speaker(s news.Story) news.Member {
	for _, m := range s.Members {
		if m.Article == s.Speaker {
			return m
		}
	}
	if len(s.Members) > 0 {
		return s.Members[0]
	}
	return news.Member{Title: s.Title}
}

// agency names whom a story is quoted from. A source that is not declared any
// more is known by its article's host.
func agency(src *news.Source, name, link string) feed.Agency {
	a := feed.Agency{Name: name}
	if src != nil {
		a = feed.Agency{Name: first(name, src.Publisher()), Home: src.Homepage, Feed: src.URL}
	}
	if u, err := url.Parse(link); err == nil && u.Host != "" {
		a.Name = first(a.Name, strings.TrimPrefix(u.Hostname(), "www."))
		a.Home = first(a.Home, u.Scheme+"://"+u.Host+"/")
	}
	a.Name = first(a.Name, "Không rõ nguồn")
	return a
}

// others are the other agencies that tell a story, each once, in the order that
// they told it.
func others(s news.Story, speaking news.Member) []feed.Copy {
	seen := map[string]bool{speaking.Agency: true}
	var all []feed.Copy
	for _, m := range s.Members {
		if !seen[m.Agency] && !m.Gone {
			seen[m.Agency] = true
			all = append(all, feed.Copy{Agency: m.Agency, Title: m.Title, Link: m.Link})
		}
	}
	return all
}

// categories are an article's section and labels.
func categories(a news.Article) []news.Category {
	all := a.Categories
	if a.Section != "" && !slices.ContainsFunc(all, func(c news.Category) bool { return c.Term == a.Section || c.Label == a.Section }) {
		all = append([]news.Category{{Term: a.Section}}, all...)
	}
	return all
}

// first is the first value that is not zero.
func first[T comparable](values ...T) T {
	var zero T
	for _, v := range values {
		if v != zero {
			return v
		}
	}
	return zero
}
