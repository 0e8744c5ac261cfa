package publisher

import (
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

// TestReadings: every answer with an output is told of, with whose page or key it
// was; refusals and what is no output are not.
func TestReadings(t *testing.T) {
	var mu sync.Mutex
	var got []string
	opt := Options{TrustedProxies: news.Networks{netip.MustParsePrefix("127.0.0.0/8")}}
	opt.Observe.Read = func(r Reading) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, fmt.Sprintf("%s.%s %q %s %s same=%t body=%t", r.Channel, r.Output, r.Partner, r.Agent, r.From, r.Same, r.Bytes > 0))
	}
	_, p, srv := stocked(t, 3, opt)
	tag := p.memory.output("nong-thon-moi", news.RSS).variants[plain].etag
	ask := func(path string, want int, headers ...string) {
		t.Helper()
		headers = append(headers, "User-Agent", "Miniflux", "X-Forwarded-For", "192.0.2.7")
		if res := get(t, srv, path, headers...); res.status != want {
			t.Errorf("%s: %d, want %d", path, res.status, want)
		}
	}
	ask("/topics/nong-thon-moi.rss", http.StatusOK)
	ask("/topics/nong-thon-moi.rss", http.StatusNotModified, "If-None-Match", tag)
	ask("/topics/nong-thon-moi.json", http.StatusOK, "Origin", "https://cong.example")
	ask("/topics/noi-bo.json", http.StatusOK, "Origin", "https://cong.example")
	ask("/topics/noi-bo", http.StatusOK, "Origin", "https://cong.example")
	ask("/topics/noi-bo.atom?key=chia-khoa", http.StatusOK)
	ask("/topics/noi-bo.atom?key=sai", http.StatusForbidden)
	ask("/topics/noi-bo.atom", http.StatusForbidden, "Origin", "https://khac.example")
	ask("/topics/khong-co.rss", http.StatusNotFound)
	ask("/search?q=xa", http.StatusOK)
	want := []string{
		`nong-thon-moi.rss "" Miniflux 192.0.2.7 same=false body=true`,
		`nong-thon-moi.rss "" Miniflux 192.0.2.7 same=true body=false`,
		`nong-thon-moi.widget "cong" Miniflux 192.0.2.7 same=false body=true`,
		`noi-bo.widget "cong" Miniflux 192.0.2.7 same=false body=true`,
		`noi-bo.html "cong" Miniflux 192.0.2.7 same=false body=true`,
		`noi-bo.atom "cong" Miniflux 192.0.2.7 same=false body=true`,
	}
	mu.Lock()
	defer mu.Unlock()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
