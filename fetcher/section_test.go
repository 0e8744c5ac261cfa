package fetcher

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tinhub/fetcher/client"
	"tinhub/news"
)

// TestSectionPages: a paper without a feed is read by selectors, and only as far
// as its robots.txt allows.
func TestSectionPages(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/robots.txt":
			fmt.Fprint(w, "User-agent: *\nDisallow: /kin/\n")
		case "/tin":
			fmt.Fprint(w, `<ul><li><a href="/a.html">Tin một</a></li><li><a href="/b.html">Tin hai</a></li><li><a>không</a></li></ul>`)
		case "/moi":
			fmt.Fprint(w, `<p>Trang đã đổi</p>`)
		default:
			t.Errorf("asked for %s", r.URL.Path)
		}
	}))
	defer srv.Close()
	c := onLoopback(t, 2*time.Second)
	m := newMemory()
	f, err := New(Deps{Wire: m, Leases: m, Client: c, Robots: client.NewRobots(c)}, Options{Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	poll := func(path string) news.SourceState {
		t.Helper()
		var got news.SourceState
		src := news.Source{ID: "p", Page: &news.PageRule{URL: srv.URL + path, Item: "li"}, Enabled: true}
		if _, err := f.Once(t.Context(), []news.Source{src}, func(s news.SourceState, _ string, _ error) { got = s }); err != nil {
			t.Fatal(err)
		}
		return got
	}
	if s := poll("/tin"); s.Health != news.OK || s.Format != "page" || titles(m.wire) != "Tin một,Tin hai" && titles(m.wire) != "Tin hai,Tin một" || s.History[0].Rejected != 1 {
		t.Errorf("%s: %s, %q", s.Health, s.Detail, titles(m.wire))
	}
	if s := poll("/kin/x"); s.Health != news.Blocked || s.Detail == "" {
		t.Errorf("a page that robots.txt bars: %s: %s", s.Health, s.Detail)
	}
	if s := poll("/moi"); s.Health != news.NotAFeed || s.Detail == "" {
		t.Errorf("a page that changed: %s: %s", s.Health, s.Detail)
	}
}
