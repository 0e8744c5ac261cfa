package fetcher

import (
	"strings"
	"testing"
	"time"

	"tinhub/news"
)

var quarter = Rechecking{First: 15 * time.Minute, Confirm: 10 * time.Minute}

func TestRecheckInterval(t *testing.T) {
	for age, want := range map[time.Duration]time.Duration{
		0: 15 * time.Minute, 119 * time.Minute: 15 * time.Minute, 2 * time.Hour: time.Hour, 23 * time.Hour: time.Hour,
		24 * time.Hour: 24 * time.Hour, 29 * 24 * time.Hour: 24 * time.Hour, 60 * 24 * time.Hour: 7 * 24 * time.Hour, -time.Hour: 15 * time.Minute,
	} {
		if got := quarter.interval(age); got != want {
			t.Errorf("at the age of %s it is looked at every %s, want %s", age, got, want)
		}
	}
}

func TestRelooked(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	seen := now.Add(-time.Hour)
	missed := news.Recheck{Article: "a", Missing: now.Add(-10 * time.Minute)}
	for _, c := range []struct {
		name    string
		plan    news.Recheck
		look    PageLook
		due     time.Duration
		gone    bool
		missing bool
	}{
		{"there", news.Recheck{}, PageLook{State: news.PageRead}, 15 * time.Minute, false, false},
		{"no article on it", news.Recheck{}, PageLook{State: news.PageNoArticle}, 15 * time.Minute, false, false},
		{"missing once", news.Recheck{}, PageLook{State: news.PageMissing, Detail: "404"}, 10 * time.Minute, false, true},
		{"missing twice, too soon", news.Recheck{Missing: now.Add(-time.Minute)}, PageLook{State: news.PageMissing}, 9 * time.Minute, false, true},
		{"missing twice", missed, PageLook{State: news.PageMissing, Detail: "404"}, 0, true, true},
		{"back", missed, PageLook{State: news.PageRead}, 15 * time.Minute, false, false},
		{"403", news.Recheck{}, PageLook{State: news.PageBlocked}, 15 * time.Minute, false, false},
		{"503", news.Recheck{}, PageLook{State: news.PageFailing, HostFault: true, RetryAfter: time.Hour}, time.Hour, false, false},
		{"time-out after a miss", missed, PageLook{State: news.PageFailing, HostFault: true}, 10 * time.Minute, false, true},
	} {
		r := Relooked(c.plan, c.look, seen, now, quarter)
		if r.Gone != c.gone || r.Next.Missing.IsZero() == c.missing || r.Next.Looks != 1 {
			t.Errorf("%s: %+v", c.name, r)
		}
		if !c.gone && !r.Next.Due.Equal(now.Add(c.due)) {
			t.Errorf("%s: due in %s, want %s", c.name, r.Next.Due.Sub(now), c.due)
		}
		if c.gone && (!strings.Contains(r.Reason, "404") || !strings.Contains(r.Reason, "10m")) {
			t.Errorf("%s: the reason is %q", c.name, r.Reason)
		}
	}
}

func TestAPaperThatMoves(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var few, all standing
	for range 20 {
		few.note(false, false)
	}
	for range 8 {
		few.note(true, false)
	}
	for range 30 {
		all.note(true, false)
	}
	gone := func(since time.Duration) Relook {
		return Relook{Next: news.Recheck{Missing: now.Add(-since)}, Gone: true, Reason: "404"}
	}
	if r := postponed(gone(time.Hour), &few, now); !r.Gone {
		t.Errorf("eight of twenty are withdrawals: %+v", r)
	}
	if r := postponed(gone(time.Hour), &all, now); r.Gone || !r.Next.Due.Equal(now.Add(time.Hour)) || !strings.Contains(r.Next.Detail, "moves") {
		t.Errorf("all pages at once are no withdrawals: %+v", r)
	}
	if r := postponed(gone(73*time.Hour), &all, now); !r.Gone {
		t.Errorf("what is missing for three days is gone: %+v", r)
	}
}

func TestReread(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	look := PageLook{State: news.PageRead, ETag: `"2"`}
	first := news.Recheck{Last: now, Due: now.Add(time.Hour), ETag: `"1"`}
	with := func(says news.Key) news.Recheck { p := first; p.Says = says; return p }
	for _, c := range []struct {
		name        string
		plan        news.Recheck
		known, says news.Key
		edited      bool
		waits       news.Key // for a second look
		soon        bool
		tag         string
	}{
		{"it was not read", with("b"), "a", "", false, "b", false, `"1"`},
		{"read for the first time", first, "", "a", false, "", false, `"2"`},
		{"as it is known", first, "a", "a", false, "", false, `"2"`},
		{"otherwise", first, "a", "b", false, "b", true, ""},
		{"otherwise, again", with("b"), "a", "b", true, "", false, ""},
		{"back", with("b"), "a", "a", false, "", false, `"2"`},
		{"otherwise each time", with("b"), "a", "c", false, "c", false, ""},
	} {
		r := Relook{Next: c.plan}.Reread(c.known, c.says, look, quarter)
		soon := r.Next.Due.Equal(now.Add(quarter.Confirm))
		if r.Edited != c.edited || r.Next.Says != c.waits || soon != c.soon || r.Next.ETag != c.tag {
			t.Errorf("%s: edited %t, waits for %q, soon %t, %+v", c.name, r.Edited, r.Next.Says, soon, r.Next)
		}
	}
}

func TestRereads(t *testing.T) {
	src := news.Source{Homepage: "https://bao.example"}
	never := src
	never.FullText = news.FullTextNever
	plain := news.Article{Entry: news.Entry{Link: "https://bao.example/bai-1.html"}}
	read, other := plain, plain
	read.Full = &news.Full{Text: "Toàn văn"}
	other.Link = "https://khac.example/bai-1.html"
	for name, c := range map[string]struct {
		src   news.Source
		a     news.Article
		scope news.Scope
		want  bool
	}{
		"all may be shown":               {src, plain, news.ScopeFull, true},
		"a summary, that its page gave":  {src, read, news.ScopeSummary, true},
		"a summary, that its feed gave":  {src, plain, news.ScopeSummary, false},
		"the source wants no pages read": {never, read, news.ScopeFull, false},
		"somebody else's page":           {src, other, news.ScopeFull, false},
	} {
		if got := rereads(c.src, c.a, c.scope); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// Where a fifth of a paper's pages and more read otherwise at once, it is the
// paper that changed.
func TestAPaperRedesigned(t *testing.T) {
	var quiet, busy, all standing
	for i := range 20 {
		quiet.note(false, i%5 == 0)
		busy.note(false, i%2 == 0)
		all.note(false, true)
	}
	if quiet.redesigned() || !busy.redesigned() || !all.redesigned() {
		t.Errorf("a few edits %t, half %t, all %t", quiet.redesigned(), busy.redesigned(), all.redesigned())
	}
}
