package admin

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

func atNoon() Options { return Options{Now: func() time.Time { return noon }} }

// TestStatistics: days without anything are there, a reader of two topics is one,
// robots are none, and a page follows a page.
func TestStatistics(t *testing.T) {
	r := newRig(t, atNoon())
	days := func(query string) (list []DayForm) {
		t.Helper()
		var p page[DayForm]
		got := r.ask(Read, "GET", apiRoot+"/statistics/days"+query, "")
		if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		return p.Items
	}
	if diff := cmp.Diff([]DayForm{
		{Day: "2026-11-22"},
		{Day: "2026-11-23", Readers: 12, Requests: 3},
		{Day: "2026-11-24", Readers: 2, Requests: 46, Unchanged: 2, Bytes: 4096, Deliveries: 4, Views: 7},
	}, days("?from=2026-11-22")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := days(""); len(got) != 30 || got[29].Day != "2026-11-24" {
		t.Errorf("%d days by themselves", len(got))
	}
	if got := days("?topic=tat-ca&from=2026-11-24")[0]; got.Readers != 2 || got.Requests != 1 || got.Deliveries != 0 {
		t.Errorf("of a topic: %+v", got)
	}
	var all []string
	for after := ""; ; {
		var p page[UseForm]
		got := r.ask(Read, "GET", apiRoot+"/statistics?limit=2&after="+strings.NewReplacer("|", "%7C", " ", "+", "ề", "%E1%BB%81").Replace(after), "")
		if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.status != 200 || len(p.Items) > 2 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		for _, f := range p.Items {
			all = append(all, f.Day[8:]+" "+f.Topic+" "+f.Output+" "+f.Reader)
		}
		if after = p.Next; after == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{"23 declared rss Feedly", "24 declared html robot", "24 declared push rss", "24 declared rss Miniflux",
		"24 tat-ca rss Miniflux", "24 tat-ca widget browser"}, all); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, query := range []string{"?from=2026-11-25", "?from=2020-01-01", "?from=x", "?to=2026-13-01", "?to=2026-11-24T00:00:00Z", "?topics=x"} {
		if got := r.ask(Read, "GET", apiRoot+"/statistics/days"+query, ""); got.status != 400 {
			t.Errorf("%s: %d", query, got.status)
		}
	}
}

// TestStatisticsCSV: the table is the same from both doors, and no name in it is a
// formula.
func TestStatisticsCSV(t *testing.T) {
	r := newRig(t, atNoon())
	r.world.title = "=HYPERLINK(1)"
	api := r.ask(Read, "GET", apiRoot+"/statistics.csv?from=2026-11-18", "")
	page := r.signIn("viewer").do("GET", "/admin/statistics.csv?days=7", nil)
	if api.body != page.body || api.status != 200 || !strings.HasPrefix(api.header.Get("Content-Type"), "text/csv") {
		t.Errorf("%d %s\n%s", api.status, api.body, page.body)
	}
	if !strings.Contains(api.body, "2026-11-24,declared,rss,Miniflux,,5,2,4096,1,0\n") || !strings.Contains(api.body, ",'=HYPERLINK(1),") {
		t.Error(api.body)
	}
}

func TestShares(t *testing.T) {
	uses := []news.Use{
		{Day: "a", Output: "rss", Requests: 30, Readers: news.Sketch(nil).Add(1 << 60)}, {Day: "b", Output: "rss", Requests: 30, Readers: news.Sketch(nil).Add(1 << 60)},
		{Day: "a", Output: "json", Requests: 20}, {Day: "a", Output: news.UsePush, Requests: 20},
	}
	var got []string
	for _, s := range shares(uses, func(u news.Use) string { return u.Output }) {
		got = append(got, s.Name+" "+s.Readers()+" "+grouped(int64(s.Percent)))
	}
	if diff := cmp.Diff([]string{"rss 1 60", "json 0 20", "push 0 20"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestBars: the highest fills the plot, a little is seen, and nothing is nothing.
func TestBars(t *testing.T) {
	p := bars("x", []DayForm{{Day: "2026-11-22"}, {Day: "2026-11-23", Requests: 1}, {Day: "2026-11-24", Requests: 1000}}, func(d DayForm) int64 { return d.Requests })
	want := plot{Name: "x", Width: 30, Most: 1000, Total: 1001, Begin: "22/11/2026", End: "24/11/2026", Bars: []bar{
		{X: 0, Y: 100, Day: "22/11/2026"}, {X: 10, Y: 98, High: 2, Day: "23/11/2026", N: 1}, {X: 20, Y: 0, High: 100, Day: "24/11/2026", N: 1000}}}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
	if p := bars("x", []DayForm{{}}, func(DayForm) int64 { return 0 }); p.Bars[0].High != 0 {
		t.Errorf("%+v", p)
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1\u202f000", 1234567: "1\u202f234\u202f567", -1000: "-1\u202f000"} {
		if got := grouped(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 4096: "4 kB", 2_500_000: "2.5 MB", 3_000_000_000: "3.0 GB"} {
		if got := size(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}
