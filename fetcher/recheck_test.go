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
		few.note(false)
	}
	for range 8 {
		few.note(true)
	}
	for range 30 {
		all.note(true)
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
