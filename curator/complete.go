package curator

import (
	"reflect"
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
