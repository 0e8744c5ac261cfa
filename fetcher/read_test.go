package fetcher

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tinhub/fetcher/feed"
	"tinhub/news"
)

const little = `<?xml version="1.0"?><rss version="2.0"><channel><title>Báo thử</title><link>http://example.vn/</link><description>x</description>` +
	`<item><title>Một tin</title><link>http://example.vn/1.html</link><guid>1</guid><pubDate>%s</pubDate></item></channel></rss>`

// TestRead looks at addresses as an admin types them, with the real parser.
func TestRead(t *testing.T) {
	today := time.Now().Format(time.RFC1123Z)
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		switch r.URL.Path {
		case "/feed.xml", "/named/tin.rss":
			w.Header().Set("Content-Type", "application/rss+xml")
			fmt.Fprintf(w, little, today)
		case "/old.xml":
			fmt.Fprintf(w, little, "Mon, 06 Mar 2017 08:00:00 +0700")
		case "/named/":
			fmt.Fprint(w, `<!doctype html><html><head><title>Báo</title><link rel="alternate" type="application/rss+xml" href="tin.rss"></head><body>x</body></html>`)
		case "/ill/", "/stale/":
			fmt.Fprint(w, `<!doctype html><html><head><title>Báo</title><link rel="alternate" type="application/rss+xml" href="tin.rss"></head><body>x</body></html>`)
		case "/ill/tin.rss":
			w.WriteHeader(503)
		case "/", "/page":
			fmt.Fprint(w, `<!doctype html><html><head><title>Báo</title></head><body>x</body></html>`)
		case "/moved":
			http.Redirect(w, r, "/feed.xml", http.StatusMovedPermanently)
		case "/closed":
			w.WriteHeader(403)
		default:
			http.NotFound(w, r)
		}
	}))
	defer srv.Close()
	f, err := New(Deps{Client: onLoopback(t, 2*time.Second)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path    string
		health  news.Health
		address string
		found   string // last of Discovered
	}{
		{"/feed.xml", news.OK, "/feed.xml", ""},
		{"/old.xml", news.Stale, "/old.xml", ""},
		{"/moved", news.OK, "/feed.xml", ""},
		{"/named/", news.OK, "/named/tin.rss", "/named/tin.rss"},
		{"/ill/", news.Failing, "/ill/", "/ill/tin.rss"},    // and is not looked for elsewhere
		{"/stale/", news.OK, "/feed.xml", "/stale/tin.rss"}, // what it names is gone
		{"/page", news.OK, "/feed.xml", "/feed.xml"},        // at a usual place
		{"/closed", news.Blocked, "/closed", ""},
		{"/nothing", news.Failing, "/nothing", ""},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			r, err := f.Read(t.Context(), news.Source{ID: "test", URL: srv.URL + tt.path})
			if err != nil {
				t.Fatal(err)
			}
			if r.Health != tt.health || strings.TrimPrefix(r.Address, srv.URL) != tt.address {
				t.Errorf("%s at %s: %s", r.Health, r.Address, r.Detail)
			}
			if n := len(r.Document.Entries); (n == 1) != (tt.health == news.OK || tt.health == news.Stale) {
				t.Errorf("%d entries", n)
			}
			if tt.path == "/ill/" && (r.Detail != "the page names the feed "+srv.URL+"/ill/tin.rss: 503: service unavailable" || r.Status != 503) {
				t.Errorf("%d: %s", r.Status, r.Detail)
			}
			if tt.found != "" && !slices.Contains(r.Discovered, srv.URL+tt.found) {
				t.Errorf("found %v", r.Discovered)
			}
			if (r.Permanent != "") != (tt.path == "/moved") {
				t.Errorf("permanent %q", r.Permanent)
			}
		})
	}
	if !slices.Contains(asked, "/rss/home.rss") {
		t.Errorf("the usual places were not looked at: %v", asked)
	}
}

// TestReadBudget: a page that can be read without a feed is shown at once, though its
// host keeps whoever asks for its usual places waiting; one that can't is looked for at
// all of them.
func TestReadBudget(t *testing.T) {
	list := `<!doctype html><html><head><title>Tin tức - Báo Thử</title><meta property="og:site_name" content="Báo Thử"></head><body><div class="list">`
	for i := range 8 {
		list += fmt.Sprintf(`<article class="tin"><h3><a href="/tin-%[1]d-10012%[1]d.html">Xã Tân Lập khởi công công trình thứ %[1]d trong năm</a></h3></article>`, i)
	}
	var mu sync.Mutex
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/muc":
			fmt.Fprint(w, list+"</div></body></html>")
		case "/named":
			fmt.Fprint(w, `<!doctype html><html><head><title>Tin tức - Báo Thử</title><link rel="alternate" type="application/rss+xml" href="/tin.rss"></head><body>x</body></html>`)
		case "/tin.rss":
			fmt.Fprintf(w, little, time.Now().Format(time.RFC1123Z))
		case "/robots.txt":
			http.NotFound(w, r)
		default:
			mu.Lock()
			asked = append(asked, r.URL.Path)
			mu.Unlock()
			select { // as a host does that answers nobody
			case <-r.Context().Done():
			case <-time.After(30 * time.Second):
			}
		}
	}))
	defer srv.Close()
	f, err := New(Deps{Client: onLoopback(t, time.Minute)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Read(t.Context(), news.Source{ID: "test", URL: srv.URL + "/muc"})
	if err != nil || r.Health != news.NotAFeed || r.Page == nil || len(r.Listed) != 8 || r.Site != "Báo Thử" {
		t.Errorf("%v %s %+v, %d listed, of %q", err, r.Health, r.Page, len(r.Listed), r.Site)
	}
	mu.Lock()
	if !slices.Equal(asked, []string{"/rss/home.rss"}) { // by default a minute each
		t.Errorf("asked for %v", asked)
	}
	mu.Unlock()
	r, err = f.Read(t.Context(), news.Source{ID: "test", URL: srv.URL + "/named"})
	if err != nil || r.Health != news.OK || r.Site != "Tin tức - Báo Thử" {
		t.Errorf("a feed that a page names: %v %s, of %q", err, r.Health, r.Site)
	}
}

func TestJudge(t *testing.T) {
	dated := func(at time.Time) feed.Document {
		return feed.Document{Entries: []news.Entry{{Published: news.Moment{At: at}}}}
	}
	for want, doc := range map[news.Health]feed.Document{
		news.OK: dated(noon), news.Stale: dated(noon.AddDate(-1, 0, 0)), news.Empty: {},
	} {
		if got, _ := Judge(doc, nil, noon); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if got, why := Judge(feed.Document{}, feed.ErrNotAFeed, noon); got != news.NotAFeed || why == "" {
		t.Errorf("%s, %s", got, why)
	}
}

// TestReadValidators tells by what an address can be asked whether anything
// changed, as it was sent; a cut document's are not to be trusted.
func TestReadValidators(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"foo"`)
		w.Header().Set("Last-Modified", "Fri, 11 Jun 2012 23:00:34 GMT") // of a wrong weekday: nobody's to judge
		fmt.Fprintf(w, little, time.Now().Format(time.RFC1123Z))
	}))
	defer srv.Close()
	f, err := New(Deps{Client: onLoopback(t, 2*time.Second)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.Read(t.Context(), news.Source{ID: "x", URL: srv.URL + "/feed.xml", Enabled: true})
	if err != nil || got.ETag != `"foo"` || got.LastModified != "Fri, 11 Jun 2012 23:00:34 GMT" || got.Document.About.Subtitle.Value != "x" || len(got.Document.Details) != 1 {
		t.Errorf("%+v %v", got, err)
	}
}
