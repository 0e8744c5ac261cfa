package page

import (
	"errors"
	"fmt"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"

	"tinhub/fetcher/markup"
	"tinhub/news"
)

// maxItems is how many entries of a section page are read.
const maxItems = 500

// ErrNoItems says that the selectors found nothing on a section page: it has
// changed, or it is another page (an error, a login).
var ErrNoItems = errors.New("the selector finds no item on this page")

// Section reads the entries of a section page by the selectors of its source,
// for papers without a feed. Without a link selector the first link of an item
// counts, without a title selector that link's text (or its title attribute);
// what has neither is set aside with the reason.
func Section(body []byte, o Options) ([]news.Entry, []news.Rejected, error) {
	rule := o.Source.Page
	if rule == nil {
		return nil, nil, errors.New("the source has no page rule")
	}
	s, err := newSection(body, o, *rule)
	if err != nil {
		return nil, nil, err
	}
	items := s.doc.FindMatcher(s.item)
	if items.Length() == 0 {
		return nil, nil, fmt.Errorf("%w: %s; look at the page and mend page.item", ErrNoItems, rule.Item)
	}
	var entries []news.Entry
	var rejected []news.Rejected
	items.EachWithBreak(func(_ int, item *goquery.Selection) bool {
		e, reason := s.entry(item)
		if reason != "" {
			rejected = append(rejected, news.Rejected{Reason: reason, Title: e.Title, Link: e.Link, At: o.Now})
		} else {
			entries = append(entries, e)
		}
		return len(entries)+len(rejected) < maxItems
	})
	return entries, rejected, nil
}

// A section is a page with its rule, compiled.
type section struct {
	Options
	doc                     *goquery.Document
	base                    string
	item, link, title, date goquery.Matcher // nil where the rule has none
}

func newSection(body []byte, o Options, rule news.PageRule) (*section, error) {
	if len(body) > MaxPage {
		return nil, fmt.Errorf("the page has more than %d bytes", MaxPage)
	}
	root, err := parse(body, o.ContentType)
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	if o.Location == nil {
		o.Location = markup.Vietnam()
	}
	s := &section{Options: o, doc: goquery.NewDocumentFromNode(root)}
	s.base = baseOf(s.doc, o.URL)
	if rule.Item == "" {
		return nil, errors.New("page.item is empty: name the element that each entry stands in")
	}
	for _, c := range []struct {
		name, selector string
		to             *goquery.Matcher
	}{{"item", rule.Item, &s.item}, {"link", rule.Link, &s.link}, {"title", rule.Title, &s.title}, {"date", rule.Date, &s.date}} {
		if c.selector == "" {
			continue
		}
		m, err := cascadia.Compile(c.selector)
		if err != nil {
			return nil, fmt.Errorf("page.%s is no CSS selector (%q): %w", c.name, c.selector, err)
		}
		*c.to = m
	}
	return s, nil
}

// entry reads one item. A reason says why it is none.
func (s *section) entry(item *goquery.Selection) (news.Entry, string) {
	e := news.Entry{Source: s.Source.ID, Section: s.Source.Section, Language: "vi", Seen: s.Now}
	link := s.linkOf(item)
	e.Link = markup.Link(s.base, strings.TrimSpace(link.AttrOr("href", "")))
	e.Title = s.titleOf(item, link)
	switch {
	case e.Link == "":
		return e, "no link that can be followed"
	case e.Title == "":
		return e, "no title"
	}
	if s.date != nil {
		e.Published = s.dateOf(item.FindMatcher(s.date).First())
	}
	if img := item.Find("img").First(); img.Length() > 0 {
		src := img.AttrOr("data-src", img.AttrOr("src", ""))
		if at := markup.Picture(s.base, src); at != "" {
			e.Image = &news.Image{URL: at, Caption: news.Clean(img.AttrOr("alt", ""))}
		}
	}
	e.Key, e.Hash = news.EntryKey(e), news.EntryHash(e)
	return e, ""
}

// linkOf finds the element with the address: the selector may name the link
// itself or what stands around it.
func (s *section) linkOf(item *goquery.Selection) *goquery.Selection {
	at := item
	if s.link != nil {
		at = item.FindMatcher(s.link).First()
	}
	if _, ok := at.Attr("href"); ok {
		return at
	}
	return at.Find("a[href]").First()
}

func (s *section) titleOf(item, link *goquery.Selection) string {
	if s.title != nil {
		return news.Clean(item.FindMatcher(s.title).First().Text())
	}
	if text := news.Clean(link.Text()); text != "" {
		return text
	}
	return news.Clean(link.AttrOr("title", link.Find("img").AttrOr("alt", "")))
}

// dateOf reads a date element: what it says to machines before what it shows.
func (s *section) dateOf(at *goquery.Selection) news.Moment {
	for _, text := range []string{at.AttrOr("datetime", ""), at.AttrOr("title", ""), at.Text()} {
		if m, ok := markup.Date(news.Clean(text), s.Location, s.Now); ok {
			if m.At.After(s.Now) {
				return news.Moment{} // never in the future
			}
			return m
		}
	}
	return news.Moment{}
}
