package publisher

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tinhub/news"
)

// start runs a publisher over a desk, behind a real socket, until the test ends.
func start(t *testing.T, d *desk, opt Options) (*Publisher, *httptest.Server) {
	t.Helper()
	if opt.Topics == nil {
		opt.Settings = settings()
	}
	p := New(d.deps(), opt)
	srv := httptest.NewServer(p.Handler())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		srv.Close()
	})
	return p, srv
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 3000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("in 30 s it did not come about that %s", what)
}

// shows waits until a channel shows so many stories in every format.
func shows(t *testing.T, p *Publisher, channel string, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s shows %d", channel, n), func() bool {
		for _, f := range formats {
			if s := p.memory.output(channel, f); s == nil || s.Items != n {
				return false
			}
		}
		return true
	})
}

func TestEmptyStateIsServedAtOnce(t *testing.T) {
	_, srv := start(t, newDesk(), Options{})
	for _, path := range []string{"/", "/topics/nong-thon-moi", "/topics/nong-thon-moi.rss", "/topics/tat-ca.atom", "/provinces/ca-mau.json",
		"/topics.opml", "/search", "/robots.txt", "/sitemap.xml", "/favicon.svg"} {
		if res := get(t, srv, path); res.status != http.StatusOK || len(res.body) == 0 {
			t.Errorf("GET %s: %d, %d bytes", path, res.status, len(res.body))
		}
	}
}

func TestChangesAreServedWithinASecond(t *testing.T) {
	d := newDesk()
	p, srv := start(t, d, Options{})
	shows(t, p, news.Everything, 0)
	s, a := aStory(1, "nong-thon-moi")
	began := time.Now()
	d.file(s, a)
	shows(t, p, "nong-thon-moi", 1)
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %s", took)
	}
	if res := get(t, srv, "/topics/nong-thon-moi.rss"); !contains(res.body, s.Title) {
		t.Errorf("the RSS does not have it:\n%s", res.body)
	}
}
