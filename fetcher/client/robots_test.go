package client_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tinhub/fetcher/client"
)

func TestRobots(t *testing.T) {
	rules := "User-agent: *\nDisallow: /admin\nDisallow: /*.pdf$\nCrawl-delay: 3\n\nUser-agent: tinhub\nDisallow: /only-others/\nAllow: /only-others/but-this\n"
	tests := []struct {
		name   string
		status int
		body   string
		agent  string
		yes    []string
		no     []string
		delay  time.Duration
	}{
		{"rules for all", 200, rules, "somebody/1.0 (x)", []string{"/", "", "/tin/1.html", "/only-others/x"}, []string{"/admin/x", "/a.pdf"}, 3 * time.Second},
		{"rules for us", 200, rules, "Tinhub/1 (+https://example.com)", []string{"/admin/x", "/only-others/but-this", "/x?only-others/"}, []string{"/only-others/x"}, 0},
		{"none", 404, "Disallow: /", "tinhub/1", []string{"/x"}, nil, 0},
		{"forbidden to ask", 403, "", "tinhub/1", []string{"/x"}, nil, 0},
		{"ill", 500, "", "tinhub/1", nil, []string{"/x"}, 0},
		{"too many", 429, "", "tinhub/1", nil, []string{"/x"}, 0},
		{"a page in its place", 200, "<!doctype html><title>Trang chủ</title>", "tinhub/1", []string{"/x"}, nil, 0},
		{"empty", 200, "", "tinhub/1", []string{"/x"}, nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var asked atomic.Int64
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				if r.URL.Path != "/robots.txt" {
					t.Errorf("asked for %s", r.URL.Path)
				}
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
			}))
			defer srv.Close()
			robots := client.NewRobots(unhurried(t, func(o *client.Options) { o.UserAgent = tt.agent }))
			var wg sync.WaitGroup
			check := func(path string, want bool) {
				ok, delay, err := robots.Allowed(t.Context(), srv.URL+path)
				if ok != want || err != nil || delay != tt.delay {
					t.Errorf("%s: %v, %v, %v", path, ok, delay, err)
				}
			}
			for _, p := range tt.yes {
				wg.Go(func() { check(p, true) })
			}
			for _, p := range tt.no {
				wg.Go(func() { check(p, false) })
			}
			wg.Wait()
			if n := asked.Load(); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

func TestRobotsUnreachable(t *testing.T) {
	dead := httptest.NewServer(nil)
	dead.Close()
	robots := client.NewRobots(unhurried(t))
	if ok, _, err := robots.Allowed(t.Context(), dead.URL+"/x"); ok || err != nil {
		t.Errorf("a host that cannot be reached: %v, %v", ok, err)
	}
	if _, _, err := client.NewRobots(client.New(client.Options{})).Allowed(t.Context(), "http://10.0.0.1/x"); client.ClassOf(err) != client.Forbidden {
		t.Errorf("a forbidden host: %v", err)
	}
	if _, _, err := robots.Allowed(t.Context(), "mailto:x"); client.ClassOf(err) != client.BadAddress {
		t.Errorf("no address: %v", err)
	}
}
