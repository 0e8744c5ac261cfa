package fetcher_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"tinhub/news"
	"tinhub/store"
)

// A feedless paper has section pages, behind one another, and a sitemap index.
type feedless struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
	first int // number of the newest article
}

func newFeedless(t *testing.T) *feedless {
	p := &feedless{first: 30}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	return p
}

func (p *feedless) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.URL.RequestURI())
	first := p.first
	p.mu.Unlock()
	switch {
	case r.URL.Path == "/xa-hoi":
		n := 1
		_, _ = fmt.Sscan(r.URL.Query().Get("trang"), &n)
		fmt.Fprint(w, `<!doctype html><html><body><nav><a href="/">Trang chủ</a></nav><div class="list">`)
		for i := range 10 {
			no := first - 10*(n-1) - i
			if no > 0 {
				fmt.Fprintf(w, `<div class="item"><h3><a href="/xa-hoi/tin-so-%d-cua-bao-1%05d.html">Tin số %d của tờ báo không có nguồn cấp</a></h3><span class="date">12/10/2026 08:30</span></div>`, no, no, no)
			}
		}
		fmt.Fprintf(w, `</div><div class="pagination"><a href="/xa-hoi?trang=%d">Trang sau</a></div></body></html>`, n+1)
	case r.URL.Path == "/sitemap.xml":
		fmt.Fprintf(w, `<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
		for _, month := range []string{"2026-08", "2026-10", "2026-09"} {
			fmt.Fprintf(w, `<sitemap><loc>%s/sitemap-%s.xml</loc></sitemap>`, p.URL, month)
		}
		fmt.Fprint(w, `</sitemapindex>`)
	case strings.HasPrefix(r.URL.Path, "/sitemap-2026-"):
		month := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/sitemap-2026-"), ".xml")
		fmt.Fprintf(w, `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>
			%s/tin-thang-%s-123456.html </loc></url></urlset>`, p.URL, month)
	case strings.HasSuffix(r.URL.Path, ".html"):
		fmt.Fprintf(w, roomPage, strings.Trim(r.URL.Path, "/"))
	default:
		http.NotFound(w, r)
	}
}

func (p *feedless) took() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := slices.DeleteFunc(p.asked, func(s string) bool { return s == "/robots.txt" })
	p.asked = nil
	return out
}

func shelf(t *testing.T, address string) *library {
	l := newLibrary(t, &readingRoom{Server: &httptest.Server{URL: address}})
	l.src.FullText, l.src.Agreement = news.FullTextNever, nil
	return l
}

func (l *library) once() []news.Entry {
	l.t.Helper()
	if _, err := l.fetcher().Once(l.t.Context(), []news.Source{l.src}, func(s news.SourceState, why string, err error) {
		if err != nil || s.Detail != "" {
			l.t.Logf("%s: %s %s %s %v", s.Source, s.Health, s.Detail, why, err)
		}
	}); err != nil {
		l.t.Fatal(err)
	}
	wired, err := store.NewShelf(l.core).Wire(l.t.Context(), l.shard, 1000)
	if err != nil {
		l.t.Fatal(err)
	}
	var out []news.Entry
	for _, w := range wired {
		out = append(out, w.Entry)
	}
	return out
}

// TestSectionPages: a section page is read on as long as all is new, and no
// further once something is known.
func TestSectionPages(t *testing.T) {
	p := newFeedless(t)
	l := shelf(t, p.URL)
	l.src.URL, l.src.Page = "", &news.PageRule{URL: p.URL + "/xa-hoi", Item: "div.item", Date: ".date"}
	if got := l.once(); len(got) != 30 {
		t.Errorf("%d entries: %s", len(got), p.took())
	}
	if took := p.took(); len(took) != 4 { // the fourth is empty
		t.Errorf("asked %v", took)
	}
	p.mu.Lock()
	p.first = 45
	p.mu.Unlock()
	if got := l.once(); len(got) != 45 {
		t.Errorf("%d entries after an outage", len(got))
	}
	if took := p.took(); len(took) != 2 {
		t.Errorf("asked %v", took)
	}
}

// TestSitemapIndex: the latest parts of an index are read, and addresses without
// a title become news by their pages.
func TestSitemapIndex(t *testing.T) {
	p := newFeedless(t)
	l := shelf(t, p.URL)
	l.src.URL, l.src.Sitemap, l.src.FullText = "", p.URL+"/sitemap.xml", news.FullTextAuto
	got := l.once()
	if len(got) != 2 {
		t.Fatalf("%d entries: %v", len(got), p.took())
	}
	for _, e := range got {
		if e.Full == nil || !strings.HasPrefix(e.Title, "Tin số tin-thang-") || strings.Contains(e.Link, "thang-08") || !strings.Contains(e.Full.Text, "phần còn lại") {
			t.Errorf("%+v", e)
		}
	}
	if took := p.took(); len(took) != 5 {
		t.Errorf("asked %v", took)
	}
	// The index says the same: its parts are looked at all the same, and its pages not.
	if got := l.once(); len(got) != 2 {
		t.Errorf("%d entries", len(got))
	}
	if took := p.took(); len(took) != 3 {
		t.Errorf("asked %v", took)
	}
}

// TestReadGuesses: what is no feed and names none shows how it could be read.
func TestReadGuesses(t *testing.T) {
	p := newFeedless(t)
	l := shelf(t, p.URL)
	r, err := l.fetcher().Read(t.Context(), news.Source{ID: "test", URL: p.URL + "/xa-hoi", Enabled: true})
	if err != nil || len(r.Document.Entries) != 2 || r.Address != p.URL+"/sitemap.xml" {
		t.Errorf("the usual places: %d entries of %s, %v", len(r.Document.Entries), r.Address, err)
	}
	only := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path != "/xa-hoi" {
			http.NotFound(w, req)
			return
		}
		p.serve(w, req)
	}))
	defer only.Close()
	r, err = l.fetcher().Read(t.Context(), news.Source{ID: "test", URL: only.URL + "/xa-hoi", Enabled: true})
	if err != nil || r.Page == nil || r.Health != news.NotAFeed || len(r.Listed) != 10 {
		t.Fatalf("%+v %v", r, err)
	}
	// What is guessed reads the page when it is written down.
	l.src = news.Source{ID: "bao-thu", Name: "Báo Thử", Page: r.Page, FullText: news.FullTextNever, Enabled: true}
	l.shard = news.ShardOf(l.src.Family())
	if got := l.once(); len(got) != 30 || got[0].Published.IsZero() {
		t.Errorf("%d entries by %+v", len(got), r.Page)
	}
}
