package page

import (
	"regexp"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"tinhub/fetcher/markup"
	"tinhub/news"
)

// dateLine finds a written date with its hour in a line of a page.
var dateLine = regexp.MustCompile(`(?i)(thứ\s+\S+|chủ\s+nhật|cn)?[\s,]*\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}[\s,|–-]*(\d{1,2}[:h]\d{2}(:\d{2})?)?(\s*(am|pm|sa|ch))?(\s*\(?gmt\s*[+-]\s*\d+\)?)?|\d{1,2}[:h]\d{2}[\s,|–-]+\d{1,2}[/.-]\d{1,2}[/.-]\d{4}`)

// dates finds when the article was published and changed. What stands below the
// headline is what readers see; the page's metadata gives the seconds where it
// agrees, and the date where none is seen.
func (p *reader) dates() (published, updated news.Moment) {
	read := func(s string) news.Moment {
		m, ok := markup.Date(s, p.Location, p.Now)
		if !ok || !p.Now.IsZero() && m.At.After(p.Now.Add(24*time.Hour)) {
			return news.Moment{}
		}
		return m
	}
	if s := p.Source.Selectors; s != nil && s.Date != "" {
		if m := read(p.selected(s.Date)); !m.IsZero() {
			return m, read(p.meta.modified)
		}
	}
	said, seen := read(p.meta.published), p.seenDate(read)
	switch {
	case said.IsZero():
		published = seen
	case seen.IsZero() || seen.Precision == news.Day:
		published = said
	case said.At.Truncate(time.Minute).Equal(seen.At.Truncate(time.Minute)):
		published = said
	case said.Precision == news.Day:
		published = seen
	default:
		published = p.likelier(said, seen)
	}
	if m := read(p.meta.modified); !m.IsZero() && m.At.After(published.At) {
		updated = m
	}
	return published, updated
}

// likelier chooses between what the metadata says and what is seen by the month
// in the page's address ("/202306/"), and trusts the reader's eyes otherwise
// when they differ by whole hours: metadata in the wrong zone.
func (p *reader) likelier(said, seen news.Moment) news.Moment {
	for _, layout := range []string{"/200601/", "/2006/01/", "/2006-01/", "20060102"} {
		inSaid, inSeen := strings.Contains(p.URL, said.At.In(p.Location).Format(layout)), strings.Contains(p.URL, seen.At.In(p.Location).Format(layout))
		if inSaid != inSeen {
			if inSaid {
				return said
			}
			return seen
		}
	}
	if d := said.At.Sub(seen.At).Abs(); d <= 14*time.Hour && d%time.Hour < time.Minute {
		return seen
	}
	return said
}

// seenDate is the first written date at or after the headline: a date above it
// is the page's own clock ("Thứ 2, 21/10/2024 | 32ºC").
func (p *reader) seenDate(read func(string) news.Moment) news.Moment {
	if t := p.doc.Find("article time[datetime], .article time[datetime], time[itemprop=datePublished]").First(); t.Length() > 0 {
		if m := read(t.AttrOr("datetime", "")); !m.IsZero() {
			return m
		}
	}
	head := p.head
	if h1 := p.doc.Find("h1").First(); head == nil && h1.Length() > 0 {
		head = h1.Get(0)
	}
	if head == nil {
		return p.classedDate(read, p.doc.Selection)
	}
	left := 40 // lines below the headline
	for n := after(head); n != nil && left > 0; n = next(n) {
		if n.Type != html.TextNode {
			continue
		}
		line := strings.TrimSpace(n.Data)
		if line == "" {
			continue
		}
		left--
		if len(line) > 120 || inScript(n) {
			continue
		}
		if m := read(line); !m.IsZero() {
			return m
		}
		if found := dateLine.FindString(line); found != "" {
			if m := read(found); !m.IsZero() {
				return m
			}
		}
	}
	return p.classedDate(read, p.doc.Selection)
}

func (p *reader) classedDate(read func(string) news.Moment, in *goquery.Selection) (m news.Moment) {
	in.Find(".date, .time, .publish-date, .post-date, .detail-time, .article-date, [class*=publish], [class*=datetime]").EachWithBreak(func(_ int, s *goquery.Selection) bool {
		line := news.Clean(s.Text())
		if len(line) > 160 {
			return true
		}
		if m = read(line); m.IsZero() {
			m = read(dateLine.FindString(line))
		}
		return m.IsZero()
	})
	return m
}

func inScript(n *html.Node) bool {
	p := n.Parent
	return p != nil && (p.Data == "script" || p.Data == "style" || p.Data == "noscript")
}

// after is the node behind a subtree, in document order; next the one behind a node.
func after(n *html.Node) *html.Node {
	for ; n != nil; n = n.Parent {
		if n.NextSibling != nil {
			return n.NextSibling
		}
	}
	return nil
}

func next(n *html.Node) *html.Node {
	if n.FirstChild != nil {
		return n.FirstChild
	}
	return after(n)
}
