package curator

import (
	"cmp"
	"html"
	"reflect"
	"slices"
	"strings"
	"time"

	"tinhub/news"
)

// Complete takes over what an article's page gave. It is no revision: the feed
// said nothing new, and what is shown of the feed's words stays. An article that
// is not known any more, or was withdrawn, is not completed.
func Complete(a news.Article, full news.Full) Revising {
	switch {
	case a.ID == "":
		return Revising{Article: a, Reason: "the article is not kept any more"}
	case !a.Withdrawn.IsZero():
		return Revising{Article: a, Reason: "the article was withdrawn"}
	case a.Full != nil && a.Full.Fetched.After(full.Fetched):
		return Revising{Article: a, Reason: "the page was read again since"}
	}
	if full.Edited {
		if r, edited := reread(a, full); edited {
			return r
		}
		full.Edited = false
	}
	next := a
	next.Full = &full
	next.Published = pageDate(a.Published, full.Published, a.FirstSeen)
	if a.Full != nil && next.Published == a.Published {
		same := full
		same.Fetched = a.Full.Fetched
		if reflect.DeepEqual(same, *a.Full) {
			return Revising{Article: a, Reason: "the page says the same"}
		}
	}
	return Revising{next, changeCompleted, "completed by its page", true}
}

// ofItsOwn is how much of the shorter text's shingles an edit leaves at least.
const ofItsOwn = 0.25

// reread makes a revision of what an article's page says otherwise than before,
// where no feed says so; edited is false where a reader finds the same words. One
// that is edited without end is taken over at a later look.
func reread(a news.Article, full news.Full) (r Revising, edited bool) {
	was := a.Content
	if a.Full != nil && a.Full.Text != "" {
		was = a.Full.HTML
	}
	before, after := sentences(was), sentences(full.HTML)
	diff := changed(before, after)
	switch {
	case len(diff) == 0:
		return Revising{}, false
	case containment(news.Text(was), news.Text(full.HTML), 3) < ofItsOwn: // a wall, a parked domain, another article
		return Revising{Article: a, Reason: "what stands at its address has nothing of it: that is no edit of its own"}, true
	case recentEdits(a, full.Fetched) >= freeEdits:
		return Revising{Article: a, Reason: "its page is edited again and again: this edit waits for a later look"}, true
	}
	next := a
	next.Full = &full
	next.Entry = outdated(a.Entry, before, after, full)
	what := "text of its page"
	next = noted(next, news.Revision{At: full.Fetched, Hash: news.KeyOf("page", strings.Join(after, "\n")), Title: a.Title, Reason: what, Diff: diff[:min(len(diff), mostChanges)]})
	return Revising{next, changeRevised, "revised: " + what, true}, true
}

// outdated takes out of an entry what its page said and says no more: the feed
// still gives the old words, or gives the article no more.
func outdated(e news.Entry, before, after []string, full news.Full) news.Entry {
	was, is := strings.Join(before, " "), strings.Join(after, " ")
	stale := func(markup string) bool {
		return slices.ContainsFunc(sentences(markup), func(s string) bool {
			s = strings.TrimRight(s, ".… ")
			return strings.Contains(was, s) && !strings.Contains(is, s)
		})
	}
	if stale(e.Content) {
		e.Content = ""
	}
	if stale(e.Summary) {
		e.Summary = html.EscapeString(cmp.Or(full.Lede, news.Excerpt(is, maxLede/4)))
	}
	return e
}

// pageDate takes the page's time where the feed gives none, or only the same day.
// A page is never ahead of when its article was first seen, but for a clock that
// is a little fast.
func pageDate(feed, page news.Moment, seen time.Time) news.Moment {
	switch {
	case page.IsZero(), page.Precision == news.Relative, page.At.After(seen.Add(10 * time.Minute)):
		return feed
	case feed.IsZero(), finer(page, feed):
		return page
	}
	return feed
}

// finer says that a time tells the hour of a day that another one only names.
func finer(m, than news.Moment) bool {
	if than.Precision != news.Day || m.IsZero() || m.Precision == news.Day || m.Precision == news.Relative {
		return false
	}
	y, month, d := than.At.Date()
	py, pm, pd := m.At.In(than.At.Location()).Date()
	return y == py && month == pm && d == pd
}
