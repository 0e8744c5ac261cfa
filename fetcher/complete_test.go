package fetcher

import (
	"strings"
	"testing"
	"time"

	"tinhub/news"
)

func TestWantsPage(t *testing.T) {
	src := news.Source{ID: "bao-mau", Homepage: "https://bao-mau.vn/", URL: "https://bao-mau.vn/rss", Hosts: []string{"bao-cu.vn"}}
	with := func(f news.FullText) news.Source { s := src; s.FullText = f; return s }
	short := news.Entry{Link: "https://www.bao-mau.vn/a-1.html", Summary: "Một tóm tắt ngắn."}
	empty := news.Entry{Link: short.Link, Summary: `<img src="https://bao-mau.vn/x.jpg">`}
	long := short
	long.Content = "<p>" + strings.Repeat("chữ của bài viết ", 100) + ".</p>"
	cut := long
	cut.Content += " […]"
	other, former, front, none := short, short, short, short
	other.Link, former.Link, front.Link, none.Link = "https://bao-khac.vn/a-1.html", "http://bao-cu.vn/a-1.html", "https://bao-mau.vn/", ""
	for _, c := range []struct {
		name  string
		src   news.Source
		e     news.Entry
		scope news.Scope
		want  bool
	}{
		{"a summary, and all may be shown", src, short, news.ScopeFull, true},
		{"a summary, and no more may be shown", src, short, news.ScopeSummary, false},
		{"no summary", src, empty, news.ScopeLink, true},
		{"the whole article in the feed", src, long, news.ScopeFull, false},
		{"the beginning in the feed", src, cut, news.ScopeFull, true},
		{"always", with(news.FullTextAlways), long, news.ScopeLink, true},
		{"never", with(news.FullTextNever), empty, news.ScopeFull, false},
		{"another paper's page", src, other, news.ScopeFull, false},
		{"a former host", src, former, news.ScopeFull, true},
		{"the front page", src, front, news.ScopeFull, false},
		{"no link", src, none, news.ScopeFull, false},
	} {
		if got := wantsPage(c.src, c.e, c.scope); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestNextPage follows a page through answers that stay as they are.
func TestNextPage(t *testing.T) {
	for _, c := range []struct {
		look  PageLook
		tries int // until it is done with
		over  time.Duration
	}{
		{PageLook{State: news.PageRead}, 1, 0},
		{PageLook{State: news.PageMissing}, 3, 70 * time.Minute},
		{PageLook{State: news.PageNoArticle}, 3, 70 * time.Minute},
		{PageLook{State: news.PageBlocked}, 3, 72 * time.Hour},
		{PageLook{State: news.PageFailing}, 6, 636 * time.Minute},
		{PageLook{State: news.PageFailing, HostFault: true}, 14, 72 * time.Hour},
		{PageLook{State: news.PageFailing, RetryAfter: 10 * time.Hour}, 6, 50 * time.Hour},
	} {
		begun := time.Date(2026, 10, 12, 0, 0, 0, 0, time.UTC)
		now := begun
		p := news.Page{Source: "s", Key: "k", Entry: &news.Entry{}, Queued: now, Due: now}
		for !p.Done() && p.Tries < 100 {
			now = p.Due
			p = NextPage(p, c.look, now)
			if p.State != c.look.State || p.Last != now || (p.Entry == nil) != p.Done() {
				t.Fatalf("%+v: %+v", c.look, p)
			}
		}
		if took := now.Sub(begun); p.Tries != c.tries || took < c.over || took > c.over+12*time.Hour {
			t.Errorf("%+v: done with after %d tries, %v", c.look, p.Tries, took)
		}
	}
}

func TestRequeue(t *testing.T) {
	now := time.Date(2026, 10, 12, 0, 0, 0, 0, time.UTC)
	if p := requeue(news.Page{}, now); p.Due != now || p.Queued != now {
		t.Errorf("a new entry: %+v", p)
	}
	waiting := news.Page{Source: "s", Queued: now.Add(-time.Hour), Due: now.Add(time.Hour), Tries: 2, State: news.PageFailing}
	if p := requeue(waiting, now); p.Due != waiting.Due || p.Tries != 2 || p.Queued != waiting.Queued {
		t.Errorf("one that waits: %+v", p)
	}
	// An entry that changes without end is not read without end.
	p, reads := news.Page{Source: "s", Last: now, State: news.PageRead}, 0
	for end := now.Add(24 * time.Hour); now.Before(end); now = now.Add(5 * time.Minute) {
		q := requeue(p, now)
		if !q.Due.After(now) {
			reads++
			q.Due, q.Last = time.Time{}, now
			q.Source = "s"
			p = q
		}
	}
	if reads < 2 || reads > 12 {
		t.Errorf("read %d times in a day", reads)
	}
}
