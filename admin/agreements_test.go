package admin

import (
	"encoding/json"
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
		Source, State string
		Days          int
		Shown         news.Scope
	}
	var got []row
	soonDays := 30
	w := &world{sources: newMemory[news.Source]()}
	o := New(Deps{Roster: rosterOf{w, []news.Source{
		{ID: "none"},
		source("open", news.Agreement{From: day("2026-11-24")}),
		source("today", news.Agreement{To: day("2026-11-24")}),
		source("yesterday", news.Agreement{To: day("2026-11-23")}),
		source("edge", news.Agreement{To: day("2026-11-24").AddDate(0, 0, soonDays-1)}),
		source("far", news.Agreement{To: day("2026-11-24").AddDate(0, 0, soonDays)}),
		source("later", news.Agreement{From: day("2026-11-25"), To: day("2027-11-25")}),
	}}}, Options{WithoutAgreement: news.ScopeLink, Now: func() time.Time { return now }})
	list, err := o.Agreements(t.Context(), Who{"an", Read})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		got = append(got, row{a.Source, a.State, a.Days, a.Shown})
	}
	want := []row{
		{"yesterday", agreedEnded, 0, news.ScopeLink}, {"today", agreedEnding, 1, news.ScopeFull}, {"edge", agreedEnding, soonDays, news.ScopeFull},
		{"far", agreedRunning, soonDays + 1, news.ScopeFull}, {"later", agreedLater, 0, news.ScopeLink}, {"open", agreedRunning, 0, news.ScopeFull},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A rosterOf is a world with sources of its own.
type rosterOf struct {
	*world
	list []news.Source
}

func (r rosterOf) Sources() []news.Source { return r.list }

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
	for language, words := range map[string][]string{"vi": {"Thỏa thuận hết hạn", "Toàn văn</td>", "Chỉ dẫn liên kết</td></tr>", "<b>Chỉ dẫn liên kết</b>"}, "en": {"Agreement ended", "Full text</td>", "Link only</td></tr>", "<b>Link only</b>"}} {
		got := b.do("GET", "/admin/sources/agreements", nil, "Cookie", "tinhub_language="+language)
		for _, w := range append(words, "12/TT", "22/11/2026", "/admin/sources/at/cu") {
			if !strings.Contains(got.body, w) {
				t.Errorf("%s: the page lacks %q", language, w)
			}
		}
	}
	got := r.ask(Read, "GET", apiRoot+"/agreements", "")
	want := `{"items":[{"source":"cu","name":"Báo Cũ","number":"12/TT","scope":"full","to":"2026-11-22","state":"agreement ended","shown":"link"}],"next":""}`
	if diff := cmp.Diff(want, strings.TrimSpace(got.body)); diff != "" || got.status != 200 {
		t.Errorf("the API: %d %s", got.status, diff)
	}
}

// TestAgreementsAreTold: that an agreement ends is told once before it does, once when
// it has, and once when it is renewed; beside whatever else is wrong with its source.
func TestAgreementsAreTold(t *testing.T) {
	hospital(t, func(w *ward, o *Office, start func() func()) {
		addAlert(t, o, Alert{ID: "chat", Kind: "webhook", URL: "https://chat.example.vn/hook"})
		w.set("a", news.OK)
		now := time.Now().In(o.opt.Zone)
		last := time.Date(now.Year(), now.Month(), now.Day()+31, 0, 0, 0, 0, o.opt.Zone)
		w.agree("a", news.Agreement{Number: "7/TT", Scope: news.ScopeFull, To: last})
		defer start()()
		told := func() string {
			t.Helper()
			var texts []string
			for _, m := range w.post.take() {
				var body struct{ Text string }
				if err := json.Unmarshal([]byte(m.body), &body); err != nil {
					t.Fatal(err)
				}
				texts = append(texts, body.Text)
			}
			return strings.Join(texts, "\n")
		}
		for _, step := range []struct {
			until time.Time
			do    func()
			says  string // "" is nothing
		}{
			{last.AddDate(0, 0, -29).Add(-time.Hour), nil, ""},
			{last.AddDate(0, 0, -29).Add(time.Hour), nil, "1 thỏa thuận hết hạn hoặc sắp hết hạn\n|Báo a: thỏa thuận 7/TT có hiệu lực đến hết ngày " + last.Format("02/01/2006")},
			{last.AddDate(0, 0, -20), func() { w.set("a", news.Failing) }, ""},
			{last.AddDate(0, 0, -20).Add(time.Hour), nil, "1 nguồn gặp lỗi"},
			{last.AddDate(0, 0, 1).Add(-time.Hour), nil, ""},
			{last.AddDate(0, 0, 1).Add(time.Hour), nil, "Báo a: thỏa thuận 7/TT đã hết hạn ngày " + last.Format("02/01/2006") + "|tóm tắt"},
			{last.AddDate(0, 0, 9), nil, ""},
			{last.AddDate(0, 0, 9).Add(time.Hour), func() {
				w.agree("a", news.Agreement{Number: "8/TT", Scope: news.ScopeFull, To: last.AddDate(2, 0, 0)})
			}, ""},
			{last.AddDate(0, 0, 9).Add(3 * time.Hour), nil, "1 thỏa thuận đã được thay|Báo a: trước đó đến hết ngày " + last.Format("02/01/2006")},
			{last.AddDate(0, 0, 11), nil, ""},
		} {
			time.Sleep(time.Until(step.until))
			got := told()
			if (step.says == "") != (got == "") {
				t.Errorf("until %s: told %q, want %q", step.until, got, step.says)
			}
			for _, want := range strings.Split(step.says, "|") {
				if !strings.Contains(got, want) {
					t.Errorf("until %s: told %q, want %q", step.until, got, want)
				}
			}
			if step.do != nil {
				step.do()
			}
		}
	})
}
