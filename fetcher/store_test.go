package fetcher_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tinhub/fetcher"
	"tinhub/fetcher/client"
	"tinhub/news"
	"tinhub/store"
	"tinhub/store/sqlite"
)

// A papershop serves feeds of its own making over a real socket and keeps a
// ledger of what it was asked.
type papershop struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string][]time.Time
	nums  map[string]int
}

func newPapershop(t *testing.T) *papershop {
	p := &papershop{asked: map[string][]time.Time{}, nums: map[string]int{}}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	return p
}

// serve gives each path a feed that has one more entry at each visit, at most ten.
func (p *papershop) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked[r.URL.Path] = append(p.asked[r.URL.Path], time.Now())
	p.nums[r.URL.Path]++
	n := p.nums[r.URL.Path]
	began := p.asked[r.URL.Path][0].Add(-time.Hour)
	p.mu.Unlock()
	etag := fmt.Sprintf(`"%d"`, n)
	w.Header().Set("Content-Type", "application/rss+xml; charset=utf-8")
	w.Header().Set("ETag", etag)
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Báo thử</title><link>http://example.vn/</link><description>x</description>`)
	for i := n; i > max(n-10, 0); i-- {
		fmt.Fprintf(&b, `<item><title>Tin số %d của %s</title><link>http://example.vn%s/%d.html</link><guid>%s-%d</guid><pubDate>%s</pubDate></item>`,
			i, r.URL.Path, r.URL.Path, i, r.URL.Path, i, began.Add(time.Duration(i)*time.Second).Format(time.RFC1123Z))
	}
	b.WriteString(`</channel></rss>`)
	fmt.Fprint(w, b.String())
}

// TestOverTheStore: two processes on one store share the papers of a real press,
// nothing is fetched twice, nothing is lost, and a third goes on where they ended.
func TestOverTheStore(t *testing.T) {
	core, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "tinhub.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { core.Close() })
	shop := newPapershop(t)
	var sources []news.Source
	for i := range 12 {
		sources = append(sources, news.Source{
			ID: fmt.Sprintf("bao-%02d", i), Name: "Báo thử", URL: fmt.Sprintf("%s/bao-%02d", shop.URL, i),
			Homepage: fmt.Sprintf("https://bao-%02d.vn/", i), Schedule: "@every 1s", Enabled: true,
		})
	}
	c := client.New(client.Options{Allow: news.Networks{netip.MustParsePrefix("127.0.0.0/8")}, Limits: client.Limits{PerHost: 16, Spacing: -1}})
	t.Cleanup(c.Close)
	process := func(name string) (f *fetcher.Fetcher, stop func()) {
		f, err := fetcher.New(fetcher.Deps{Wire: store.NewWire(core, store.Keep{}), Leases: store.NewLeases(core), Hints: store.NewHints(core), Client: c},
			fetcher.Options{Holder: name, LeaseTTL: 1500 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetSources(sources); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- f.Run(ctx) }()
		return f, func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	_, stopOne := process("one")
	time.Sleep(2 * time.Second)
	two, stopTwo := process("two")
	time.Sleep(4 * time.Second)
	byHand(t, two, core, sources)
	stopOne()
	time.Sleep(3 * time.Second)
	stopTwo()
	ledger(t, shop, core, sources)
}

// byHand polls all sources beside the two that run: both hold everything, so all
// of it is asked of them.
func byHand(t *testing.T, f *fetcher.Fetcher, core store.Core, sources []news.Source) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	held, err := f.Once(ctx, sources, nil)
	if err != nil || len(held) != len(sources) {
		t.Errorf("%d held, %v", len(held), err)
	}
	polled := map[string]bool{}
	wire := store.NewWire(core, store.Keep{})
	err = f.Await(ctx, held, wire, func(s news.SourceState, _ string, err error) { polled[s.Source] = err == nil })
	if err != nil || len(polled) != len(sources) {
		t.Errorf("%d polled by hand, %v", len(polled), err)
	}
}

// ledger compares what was served with what is on the wire.
func ledger(t *testing.T, shop *papershop, core store.Core, sources []news.Source) {
	t.Helper()
	wire := store.NewWire(core, store.Keep{})
	for _, s := range sources {
		path := strings.TrimPrefix(s.URL, shop.URL)
		n := news.ShardOf(s.Family())
		items, err := core.Read(t.Context(), store.Paper(n), "wire", "", 10_000)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, it := range items {
			if text := string(it.Value); strings.Contains(text, `"source":"`+s.ID+`"`) {
				_, rest, _ := strings.Cut(text, `"guid":"`)
				guid, _, _ := strings.Cut(rest, `"`)
				got[guid]++
			}
		}
		served := shop.nums[path]
		for i := 1; i < served; i++ { // the last answer may have come as all ended
			if n := got[fmt.Sprintf("%s-%d", path, i)]; n != 1 {
				t.Errorf("%s-%d is on the wire %d times", path, i, n)
			}
		}
		if served < 7 || served > 13 {
			t.Errorf("%s: asked %d times in 9 seconds", s.ID, served)
		}
		state, err := wire.State(t.Context(), n, s.ID)
		if err != nil || state.Health != news.OK || state.Title != "Báo thử" || len(state.Standing) == 0 {
			t.Errorf("%s: %v, %+v", s.ID, err, state)
		}
	}
}
