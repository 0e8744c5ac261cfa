package publisher

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tinhub/news"
)

func TestScope(t *testing.T) {
	full := &news.Agreement{Scope: news.ScopeFull}
	past := &news.Agreement{Scope: news.ScopeFull, To: t0.AddDate(0, 0, -2)}
	for _, c := range []struct {
		name             string
		content, without news.Scope
		agreement        *news.Agreement
		asOf             time.Time
		want             news.Scope
	}{
		{"nothing set", "", "", nil, t0, news.ScopeSummary},
		{"publish is the lesser", news.ScopeSummary, news.ScopeLink, full, t0, news.ScopeSummary},
		{"the agreement is the lesser", news.ScopeFull, news.ScopeFull, &news.Agreement{Scope: news.ScopeLink}, t0, news.ScopeLink},
		{"both full", news.ScopeFull, news.ScopeLink, full, t0, news.ScopeFull},
		{"without one", news.ScopeFull, news.ScopeLink, nil, t0, news.ScopeLink},
		{"ended", news.ScopeFull, news.ScopeLink, past, t0, news.ScopeLink},
		{"before it ended", news.ScopeFull, news.ScopeLink, past, t0.AddDate(0, 0, -3), news.ScopeFull},
	} {
		v := newView(Settings{Content: c.content, WithoutAgreement: c.without})
		if got := v.scope(&news.Source{Agreement: c.agreement}, c.asOf); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestWhatEachScopeShows(t *testing.T) {
	set := settings()
	set.Content = news.ScopeFull
	set.Sources[0].Agreement = nil // bao-0: summary, bao-1: link
	set.Sources = append(set.Sources, news.Source{ID: "bao-2", Name: "Báo số 2", Agreement: &news.Agreement{Scope: news.ScopeFull}})
	v := newView(set)
	for n, want := range []struct{ summary, content, image bool }{{true, false, true}, {false, false, false}, {true, true, true}} {
		s, a := aStory(n)
		a.Image = &news.Image{URL: "https://bao.example/a.jpg"}
		it := v.compose(s, a, time.Time{}).item
		if (it.Summary != "") != want.summary || (it.Content != "") != want.content || (it.Image != nil) != want.image {
			t.Errorf("source %d: summary %q, content %q, image %v", n, it.Summary, it.Content, it.Image)
		}
		if it.Link != a.Link || it.Agency.Name != s.Members[0].Agency {
			t.Errorf("source %d: link %q, agency %q", n, it.Link, it.Agency.Name)
		}
	}
}

func TestSummaryDoesNotCarryTheWholeArticle(t *testing.T) {
	whole := "<p>" + strings.Repeat("Xã làm đường, trồng hoa. ", 200) + "</p>"
	for name, got := range map[string]string{"given as the summary": summary(newCuts(), whole, ""), "only content": summary(newCuts(), "", whole)} {
		if n := len([]rune(got)); n > summaryCut+10 || n < summaryCut/2 || !strings.HasSuffix(got, "…") {
			t.Errorf("%s: %d characters, ends %q", name, n, got[max(0, len(got)-20):])
		}
	}
	if got := summary(newCuts(), "<p>Ngắn & gọn</p>", whole); got != "<p>Ngắn & gọn</p>" {
		t.Errorf("a short one was changed: %q", got)
	}
	if got := summary(newCuts(), "", strings.Repeat("a < b ", 300)); strings.Contains(got, "<") {
		t.Errorf("text became markup: %.40q", got)
	}
}

func TestAgreementTurnsRenderAnew(t *testing.T) {
	v := newView(Settings{Sources: []news.Source{{ID: "a", Agreement: &news.Agreement{Scope: news.ScopeFull, From: t0, To: t0.AddDate(0, 0, 5)}}}})
	if !v.asOf(t0.Add(-time.Hour)).IsZero() || !v.asOf(t0.Add(time.Hour)).Equal(t0) || !v.asOf(t0.AddDate(1, 0, 0)).Equal(t0.AddDate(0, 0, 6)) {
		t.Error("the present is not the last turn")
	}
}

func collected(t *testing.T, d *desk, set Settings, channel string) []string {
	t.Helper()
	p := New(d.deps(), Options{Settings: set})
	v := p.view.Load()
	entries, err := p.collect(context.Background(), v, v.byID[channel], time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.story.ID)
	}
	return ids
}

func TestSelection(t *testing.T) {
	d := newDesk()
	for n := range 400 { // bao-0, bao-1 and bao-2 in turn
		s, a := aStory(n, "nong-thon-moi")
		switch {
		case n == 399:
			s.Withdrawn = t0
		case n == 398:
			a.Withdrawn = t0
		case n == 397:
			s.Members[0].Link, a.Link = "", ""
		case n%3 == 2:
			a.Authors = []news.Person{{Name: "Người Viết"}}
		}
		d.file(s, a)
	}
	set := settings()
	set.Require = []string{"link"}
	topic := &set.Topics[0]
	topic.Limit = 30
	if got := collected(t, d, set, "nong-thon-moi"); len(got) != 30 || got[0] != id(396) || !slices.IsSortedFunc(got, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("the 30 newest that may be shown: %d, first %s", len(got), got[0])
	}
	topic.PerSource = 4
	if got := collected(t, d, set, "nong-thon-moi"); len(got) != 12 {
		t.Errorf("4 of each of 3 sources: %d", len(got))
	}
	topic.PerSource, set.Require = 0, []string{"author", "agency", "time", "link"}
	if got := collected(t, d, set, "nong-thon-moi"); len(got) != 30 || got[29] != id(395-29*3) {
		t.Errorf("the 30 newest with an author, through several pages: %d", len(got))
	}
	topic.MinAgencies = 2
	if got := collected(t, d, set, "nong-thon-moi"); len(got) != 0 {
		t.Errorf("one agency where two are asked for: %d", len(got))
	}
	topic.MinAgencies, set.MinAgencies = 0, 2
	if got := collected(t, d, set, "nong-thon-moi"); len(got) != 0 {
		t.Errorf("one agency where every topic needs two: %d", len(got))
	}
	for id, want := range map[string]int{news.Everything: 2, "provinces/ca-mau": 0} { // a province has one agency: see whole
		if got := newView(set).byID[id].minAgencies; got != want {
			t.Errorf("%s needs %d agencies, want %d", id, got, want)
		}
	}
	topic.MinAgencies, set.MinAgencies = 1, 0
	if got := collected(t, d, set, "nong-thon-moi"); len(got) != 30 {
		t.Errorf("one agency where one is asked for: %d", len(got))
	}
}

// The same state renders the same bytes: in whatever order it came about, at
// whatever time, in whatever process.
func TestSameStateSameBytes(t *testing.T) {
	render := func(order []int, now time.Time) map[news.Format][]byte {
		d := newDesk()
		for _, n := range order {
			s, a := aStory(n, "nong-thon-moi")
			d.file(s, a)
		}
		p := New(d.deps(), Options{Settings: settings()})
		v := p.view.Load()
		c := v.byID["nong-thon-moi"]
		entries, err := p.collect(context.Background(), v, c, v.asOf(now))
		if err != nil {
			t.Fatal(err)
		}
		next, err := v.revise(c, entries, nil, 0, now)
		if err != nil {
			t.Fatal(err)
		}
		out := map[news.Format][]byte{}
		for _, o := range next {
			out[o.Format] = o.Body
		}
		return out
	}
	want := render([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, t0)
	for range 5 {
		got := render(rand.Perm(10), t0.AddDate(0, 0, rand.IntN(1000)))
		for _, f := range formats {
			if !bytes.Equal(want[f], got[f]) {
				t.Errorf("%s differs", f)
			}
		}
	}
}

func TestHostileTitlesOnEveryPage(t *testing.T) {
	for _, bad := range []string{
		`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `&lt;img src=x onerror=alert(1)&gt;`, `"><svg onload=alert(1)>`, `' onmouseover='alert(1)`,
		`{{.Env}} ${x} <%= y %> {{constructor}}`, "a\x00b\u202Ec\uFFFFd", `]]><!--`, `javascript:alert(1)`, strings.Repeat("dài ", 300),
	} {
		d := newDesk()
		s, a := aStory(1, "nong-thon-moi")
		s.Title, a.Title, s.Lede, s.Origin, s.Corrects = bad+" zzz", bad, bad, bad, id(5)
		s.Members[0].Title, s.Members[0].Agency, s.Members[0].Origin = bad, bad, bad
		s.Members = append(s.Members, news.Member{Article: id(7), Agency: "Báo khác " + bad, Title: bad, Link: "javascript:alert(1)//" + bad})
		a.Link, s.Members[0].Link = "javascript:alert(1)", "javascript:alert(1)"
		a.Summary, a.Image = "", &news.Image{URL: "javascript:alert(1)", Caption: bad}
		a.Authors, a.Categories, a.Section = []news.Person{{Name: bad, URL: bad}}, []news.Category{{Term: bad, Label: bad}}, bad
		d.file(s, a)
		set := settings()
		set.Topics[0].Title, set.Topics[0].Description = bad, bad
		set.Site.Title, set.Site.Owner, set.Site.Contact, set.Site.Licence = bad, bad, bad, bad
		p := New(d.deps(), Options{Settings: set, Status: func(context.Context) Status { return Status{} }})
		p.index.story(s)
		v := p.view.Load()
		entries, err := p.collect(context.Background(), v, v.byID["nong-thon-moi"], time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		outputs, err := v.revise(v.byID["nong-thon-moi"], entries, nil, 0, t0)
		if err != nil {
			t.Fatal(err)
		}
		p.memory.install(outputs...)
		srv := httptest.NewServer(p.Handler())
		for _, path := range []string{"/", "/topics/nong-thon-moi", "/stories/" + id(1), "/search?q=zzz", "/search?q=" + "%3Cscript%3E", "/topics/khong-co"} {
			res := get(t, srv, path)
			body := string(res.body)
			for _, live := range []string{"<script", "<img src=x", "<svg onload", "onmouseover='", `href="javascript`, `src="javascript`, "\x00", "\u202E", "\uFFFF"} {
				if strings.Contains(body, live) {
					t.Errorf("%s with %.40q has %q live", path, bad, live)
				}
			}
			if csp := res.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "script-src") {
				t.Errorf("%s: policy %q", path, csp)
			}
		}
		srv.Close()
	}
}

func TestPagesNameEveryAgency(t *testing.T) {
	d := newDesk()
	s, a := aStory(0, "nong-thon-moi")
	for n := range 9 {
		s.Members = append(s.Members, news.Member{Article: id(100 + n), Agency: fmt.Sprintf("Báo bạn %d", n), Title: "Tin bạn", Link: fmt.Sprintf("https://ban-%d.example/", n)})
	}
	d.file(s, a)
	set := settings()
	set.Site.Owner, set.Site.Contact, set.Site.Licence = "Chủ trang", "lienhe@tin.example", "Giấy phép 7"
	p, srv := start(t, d, Options{Settings: set})
	shows(t, p, "nong-thon-moi", 1)
	story := get(t, srv, "/stories/"+id(0)).body
	for n := range 9 {
		if name := fmt.Sprintf("Báo bạn %d", n); !contains(story, name) || !contains(story, fmt.Sprintf("https://ban-%d.example/", n)) {
			t.Errorf("the story's page does not lead to %s", name)
		}
	}
	topic := get(t, srv, "/topics/nong-thon-moi").body
	for _, want := range []string{"Theo <a href=\"https://bao-0.example/tin-0.html\">Báo số 0</a>", "Báo bạn 4", "4 báo khác", "09:00", "Thứ Ba, 3/11/2026",
		`type="application/atom+xml"`, `lang="vi"`, "Đến nội dung chính", "<main"} {
		if !contains(topic, want) {
			t.Errorf("the topic's page lacks %q", want)
		}
	}
	for _, path := range []string{"/", "/topics/nong-thon-moi", "/stories/" + id(0), "/search", "/topics/khong-co", "/topics/noi-bo"} {
		if !contains(get(t, srv, path).body, "Chủ trang · Liên hệ: lienhe@tin.example · Giấy phép 7") {
			t.Errorf("%s has no legal footer", path)
		}
	}
}

func TestNotices(t *testing.T) {
	for _, c := range []struct {
		status Status
		news   bool
		want   string
		demo   bool
	}{
		{Status{}, false, "Chưa có nguồn tin nào", true},
		{Status{Sources: 3}, false, "Đang đọc các báo", true},
		{Status{Sources: 3, Polled: 3}, false, "Không nguồn nào trả lời", true},
		{Status{Sources: 3, Polled: 3}, true, "Không nguồn nào trả lời", false},
		{Status{Sources: 3, Polled: 3, Reachable: 2}, false, "Chưa có tin", true},
		{Status{Sources: 3, Polled: 3, Reachable: 2}, true, "", false},
	} {
		n := noticeOf(c.status, c.news)
		if n == nil {
			n = &notice{}
		}
		if n.Title != c.want || n.Demo != c.demo {
			t.Errorf("%+v: %q, demo %v", c.status, n.Title, n.Demo)
		}
	}
}
