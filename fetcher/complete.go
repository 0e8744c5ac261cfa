package fetcher

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tinhub/news"
)

// What is decided about article pages: which are read, and what a try means.

// agreedScope is the scope without anything known of publishing.
func agreedScope(src news.Source, now time.Time) news.Scope {
	if s := src.Agreement.ScopeAt(now); s != "" {
		return s
	}
	return news.ScopeSummary
}

// wantsPage says whether an entry's page is to be read: where all of it may be
// shown and the feed gives a summary only, or where the feed gives no summary.
func wantsPage(src news.Source, e news.Entry, scope news.Scope) bool {
	if src.FullText == news.FullTextNever || !ownPage(src, e.Link) {
		return false
	}
	if src.FullText == news.FullTextAlways || strings.TrimSpace(news.Text(e.Summary+e.Content)) == "" {
		return true
	}
	return scope == news.ScopeFull && !whole(e)
}

// ownPage says that an address is a page of the paper itself: nobody agreed to
// more for others.
func ownPage(src news.Source, address string) bool {
	family := news.FamilyOf(address)
	return family != "" && !isFront(address) && slices.Contains(src.Families(), family)
}

// wholeText is how many characters of content are taken for a whole article.
const wholeText = 1200

// whole says that the feed gives the article's whole text already.
func whole(e news.Entry) bool {
	text := strings.TrimSpace(news.Text(e.Content))
	if utf8.RuneCountInString(text) < wholeText {
		return false
	}
	end := strings.TrimRight(text, " ])")
	return !strings.HasSuffix(end, "…") && !strings.HasSuffix(end, "...")
}

// pageWaits are the times between tries of one page, by what it gave. The last
// try's answer stands.
var pageWaits = map[news.PageState][]time.Duration{
	news.PageFailing:   {time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 8 * time.Hour},
	news.PageBlocked:   {24 * time.Hour, 48 * time.Hour},
	news.PageMissing:   {10 * time.Minute, time.Hour},
	news.PageNoArticle: {10 * time.Minute, time.Hour}, // some are published before their text
}

// patience is how long a page waits for a host that does not answer.
const patience = 3 * 24 * time.Hour

// NextPage decides what a try to read a page means: done with, or when again.
func NextPage(p news.Page, l PageLook, now time.Time) news.Page {
	p.Last, p.State, p.Detail = now, l.State, l.Detail
	p.Tries++
	waits := pageWaits[l.State]
	wait, again := time.Duration(0), p.Tries <= len(waits)
	switch {
	case l.HostFault: // of the host, not of the page
		wait = waits[min(p.Tries, len(waits))-1]
		again = now.Sub(p.Queued) < patience
	case again:
		wait = waits[p.Tries-1]
	}
	if !again {
		p.Due, p.Entry = time.Time{}, nil
		return p
	}
	p.Due = now.Add(max(wait, l.RetryAfter))
	return p
}

// requeue decides when the page of an entry that changed is read again: at once
// the first time, then ever later while it changes on and on.
func requeue(was news.Page, now time.Time) news.Page {
	p := news.Page{Queued: now, Due: now, Rounds: was.Rounds}
	switch {
	case was.Source == "":
	case !was.Done():
		p.Queued, p.Due, p.Tries, p.State, p.Detail, p.Last = was.Queued, was.Due, was.Tries, was.State, was.Detail, was.Last
	default:
		p.Rounds++
		p.Last = was.Last
		if p.Rounds > 1 {
			wait := min(10*time.Minute<<min(p.Rounds-2, 10), 24*time.Hour)
			p.Due = maxTime(now, was.Last.Add(wait))
		}
	}
	return p
}

// maxFull is how many bytes of text or HTML a page may give.
const maxFull = 512 << 10

// fullOf makes a look into what the article keeps of it.
func fullOf(l *PageLook, now time.Time) *news.Full {
	a := l.Article
	if len(a.HTML) > maxFull || len(a.Text) > maxFull {
		l.State, l.Detail = news.PageNoArticle, fmt.Sprintf("its text is larger than %d KB, as no article is", maxFull>>10)
		return nil
	}
	return &news.Full{HTML: a.HTML, Text: a.Text, Lede: a.Lede, Section: a.Section, Authors: a.Authors, Origin: a.Origin,
		Image: a.Image, Published: a.Published, Fetched: now}
}
