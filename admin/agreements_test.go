package admin

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

// TestAgreements: how each stands on a day, in which order, and what may be shown.
func TestAgreements(t *testing.T) {
	zone := time.FixedZone("+07", 7*60*60)
	day := func(s string) time.Time {
		at, err := time.ParseInLocation(time.DateOnly, s, zone)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	source := func(id string, a news.Agreement) news.Source {
		a.Scope = news.ScopeFull
		return news.Source{ID: id, Agreement: &a}
	}
	now := day("2026-11-24").Add(12 * time.Hour)
	type row struct {
		ID, Standing string
		Days         int
		Shown        news.Scope
	}
	var got []row
	for _, a := range agreementsOf([]news.Source{
		{ID: "none"},
		source("open", news.Agreement{From: day("2026-11-24")}),
		source("today", news.Agreement{To: day("2026-11-24")}),
		source("yesterday", news.Agreement{To: day("2026-11-23")}),
		source("edge", news.Agreement{To: day("2026-11-24").AddDate(0, 0, soonDays-1)}),
		source("far", news.Agreement{To: day("2026-11-24").AddDate(0, 0, soonDays)}),
		source("later", news.Agreement{From: day("2026-11-25"), To: day("2027-11-25")}),
	}, news.ScopeLink, now) {
		got = append(got, row{a.ID, a.Standing, a.Days, a.Shown})
	}
	want := []row{
		{"yesterday", agreedEnded, 0, news.ScopeLink}, {"today", agreedSoon, 1, news.ScopeFull}, {"edge", agreedSoon, soonDays, news.ScopeFull},
		{"far", agreedRunning, soonDays + 1, news.ScopeFull}, {"later", agreedLater, 0, news.ScopeLink}, {"open", agreedRunning, 0, news.ScopeFull},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestAgreementsPage shows one that ended, and what follows from it.
func TestAgreementsPage(t *testing.T) {
	r := newRig(t, Options{Rate: -1, WithoutAgreement: news.ScopeLink, Now: func() time.Time { return noon }})
	b := r.signIn("viewer")
	if got := b.do("GET", "/admin/sources/agreements", nil); got.status != 200 || !strings.Contains(got.body, "Chưa nguồn nào có thỏa thuận") {
		t.Errorf("none: %d", got.status)
	}
	past := news.Source{ID: "cu", Name: "Báo Cũ", URL: "https://cu.example.vn/rss", Agreement: &news.Agreement{Number: "12/TT", Scope: news.ScopeFull, To: noon.AddDate(0, 0, -2)}}
	if _, err := r.world.sources.Put(t.Context(), "cu", 0, past); err != nil {
		t.Fatal(err)
	}
	for language, words := range map[string][]string{"vi": {"Đã hết hạn", "Toàn văn</td>", "Chỉ dẫn liên kết</td></tr>", "<b>Chỉ dẫn liên kết</b>"}, "en": {"Ended", "Full text</td>", "Link only</td></tr>", "<b>Link only</b>"}} {
		got := b.do("GET", "/admin/sources/agreements", nil, "Cookie", "tinhub_language="+language)
		for _, w := range append(words, "12/TT", "22/11/2026", "/admin/sources/at/cu") {
			if !strings.Contains(got.body, w) {
				t.Errorf("%s: the page lacks %q", language, w)
			}
		}
	}
}
