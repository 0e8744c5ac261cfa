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

// A reading room is a paper with pages, over a real socket.
type readingRoom struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string]int
	robot string // robots.txt
	down  bool   // all pages answer 503
}

const roomPage = `<!doctype html><html lang="vi"><head><title>Tin số %[1]s</title></head><body><h1>Tin số %[1]s</h1><div class="date">12/10/2026 08:30</div>
<div class="newscontent"><p>Đây là đoạn mở đầu của tin số %[1]s, dài vừa đủ để người đọc hiểu chuyện gì đã xảy ra ở làng bên sông.</p>
<p>Đây là phần còn lại của tin số %[1]s, chỉ có trên trang và không có trong nguồn cấp của tờ báo này.</p><p align="right"><strong>Thu Hà</strong></p></div></body></html>`

func newReadingRoom(t *testing.T) *readingRoom {
	p := &readingRoom{asked: map[string]int{}, robot: "User-agent: *\nDisallow: /rieng/"}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	return p
}

func (p *readingRoom) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked[r.URL.Path]++
	n, robot, down := p.asked[r.URL.Path], p.robot, p.down
	p.mu.Unlock()
	name := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/"), ".html")
	switch {
	case r.URL.Path == "/rss":
		p.feed(w)
	case r.URL.Path == "/robots.txt":
		fmt.Fprint(w, robot)
	case down:
		w.WriteHeader(http.StatusServiceUnavailable)
	case name == "3" || name == "4" && n == 1:
		w.WriteHeader(map[string]int{"3": 403, "4": 404}[name])
	case name == "5":
		fmt.Fprint(w, "<title>Báo thử</title><h1>Bài viết không tồn tại</h1>")
	default:
		fmt.Fprintf(w, roomPage, strings.ReplaceAll(name, "/", " "))
	}
}

func (p *readingRoom) feed(w http.ResponseWriter) {
	fmt.Fprint(w, `<?xml version="1.0"?><rss version="2.0"><channel><title>Báo thử</title><link>http://bao-thu.vn/</link><description>x</description>`)
	for _, name := range []string{"1", "2", "3", "4", "5", "rieng/6"} {
		fmt.Fprintf(w, `<item><title>Tin số %s</title><link>%s/%s.html</link><guid>%s</guid><description>Một tóm tắt</description></item>`, name, p.URL, name, name)
	}
	fmt.Fprintf(w, `<item><title>Tin ở nơi khác</title><link>http://bao-khac.example/7.html</link><guid>7</guid></item></channel></rss>`)
}

func (p *readingRoom) times(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[path]
}

func (p *readingRoom) set(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// A library is a fetcher over a real store that reads the room.
type library struct {
	t     *testing.T
	core  store.Core
	wire  *store.Wire
	src   news.Source
	shard int
	c     *client.Client
}

func newLibrary(t *testing.T, room *readingRoom) *library {
	core, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "tinhub.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { core.Close() })
	c := client.New(client.Options{Allow: news.Networks{netip.MustParsePrefix("127.0.0.0/8")}, Limits: client.Limits{PerHost: 4, Spacing: -1}})
	t.Cleanup(c.Close)
	src := news.Source{ID: "bao-thu", Name: "Báo Thử", URL: room.URL + "/rss", Schedule: "@every 1s", Enabled: true, Agreement: &news.Agreement{Scope: news.ScopeFull}}
	return &library{t: t, core: core, wire: store.NewWire(core, store.Keep{}), src: src, shard: news.ShardOf(src.Family()), c: c}
}

func (l *library) fetcher() *fetcher.Fetcher {
	f, err := fetcher.New(fetcher.Deps{
		Wire: l.wire, Pages: l.wire, Leases: store.NewLeases(l.core), Hints: store.NewHints(l.core), Client: l.c, Robots: client.NewRobots(l.c),
	}, fetcher.Options{LeaseTTL: 1500 * time.Millisecond})
	if err != nil {
		l.t.Fatal(err)
	}
	if err := f.SetSources([]news.Source{l.src}); err != nil {
		l.t.Fatal(err)
	}
	return f
}

// run runs a fetcher until a condition holds.
func (l *library) run(what string, until func() bool) {
	l.t.Helper()
	ctx, cancel := context.WithCancel(l.t.Context())
	done := make(chan error, 1)
	f := l.fetcher()
	go func() { done <- f.Run(ctx) }()
	for deadline := time.Now().Add(40 * time.Second); !until(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			l.t.Errorf("it never came to: %s", what)
			break
		}
	}
	cancel()
	if err := <-done; err != nil {
		l.t.Error(err)
	}
}

// texts are the full texts on the wire by the entry's guid, and how many
// completed entries there are.
func (l *library) texts() (map[string]*news.Full, int) {
	wired, err := store.NewShelf(l.core).Wire(l.t.Context(), l.shard, 1000)
	if err != nil {
		l.t.Fatal(err)
	}
	out, n := map[string]*news.Full{}, 0
	for _, w := range wired {
		if w.Entry.Full != nil {
			out[w.Entry.GUID] = w.Entry.Full
			n++
		}
	}
	return out, n
}

func (l *library) page(guid string) news.Page {
	pages, err := l.wire.Pages(l.t.Context(), l.shard, l.src.ID, news.KeyOf("guid", guid))
	if err != nil {
		l.t.Fatal(err)
	}
	return pages[0]
}

// TestPagesAreRead: each page once, its text on the wire as the same entry; what
// refuses is recorded and left alone.
func TestPagesAreRead(t *testing.T) {
	room := newReadingRoom(t)
	l := newLibrary(t, room)
	l.run("all pages tried", func() bool {
		_, n := l.texts()
		return n == 2 && l.page("3").Tries == 1 && l.page("4").Tries == 1 && l.page("5").Tries == 1 && l.page("rieng/6").Tries == 1
	})
	texts, _ := l.texts()
	full := texts["1"]
	if full == nil || !strings.Contains(full.Text, "phần còn lại của tin số 1") || len(full.Authors) != 1 || full.Authors[0].Name != "Thu Hà" || full.Published.IsZero() {
		t.Errorf("%+v", full)
	}
	for guid, want := range map[string]news.PageState{"1": news.PageRead, "2": news.PageRead, "3": news.PageBlocked, "4": news.PageMissing, "5": news.PageMissing, "rieng/6": news.PageBlocked} {
		p := l.page(guid)
		if p.State != want || p.Done() != (want == news.PageRead) || want != news.PageRead && p.Detail == "" {
			t.Errorf("%s: %+v", guid, p)
		}
	}
	if p := l.page("7"); p.Source != "" {
		t.Errorf("another paper's page is queued: %+v", p)
	}
	for path, want := range map[string]int{"/1.html": 1, "/2.html": 1, "/3.html": 1, "/4.html": 1, "/rieng/6.html": 0, "/robots.txt": 1} {
		if got := room.times(path); got != want {
			t.Errorf("%s was asked for %d times, not %d", path, got, want)
		}
	}
	// Another process goes on where that one ended: it reads nothing twice.
	polls := room.times("/rss")
	l.run("more polls", func() bool { return room.times("/rss") > polls+1 })
	if _, n := l.texts(); n != 2 || room.times("/1.html") != 1 || room.times("/3.html") != 1 {
		t.Errorf("%d completed, page 1 was asked for %d times", n, room.times("/1.html"))
	}
}

// TestPagesOutlast: a host that is down when its entries come is asked again, by
// whoever is there then, and polls go on meanwhile.
func TestPagesOutlast(t *testing.T) {
	room := newReadingRoom(t)
	room.set(true)
	l := newLibrary(t, room)
	asked := func() (n int) {
		for i := range 5 {
			n += room.times(fmt.Sprintf("/%d.html", i+1))
		}
		return n
	}
	l.run("a try, and polls beside it", func() bool { return asked() > 0 && room.times("/rss") > 2 })
	if asked() > 2 {
		t.Errorf("a host that is down was asked %d times", asked())
	}
	room.set(false)
	p := l.page("1")
	if p.Source == "" {
		t.Fatal("the page is not queued any more")
	}
	p.Due = time.Now() // as if a minute had gone by
	lease, err := store.NewLeases(l.core).Take(t.Context(), fmt.Sprintf("fetch/%02x", l.shard), "test", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.wire.SettlePage(t.Context(), news.PageSettling{Shard: l.shard, Lease: lease, Page: p}); err != nil {
		t.Fatal(err)
	}
	if err := store.NewLeases(l.core).Release(t.Context(), lease); err != nil {
		t.Fatal(err)
	}
	l.run("the page is read", func() bool { texts, _ := l.texts(); return texts["1"] != nil })
}

// TestOnceReadsPages: polling by hand reads what was queued before it returns.
func TestOnceReadsPages(t *testing.T) {
	room := newReadingRoom(t)
	l := newLibrary(t, room)
	if held, err := l.fetcher().Once(t.Context(), []news.Source{l.src}, nil); err != nil || len(held) > 0 {
		t.Fatal(held, err)
	}
	if _, n := l.texts(); n != 2 {
		t.Errorf("%d pages were read", n)
	}
	never := newLibrary(t, room)
	never.src.FullText = news.FullTextNever
	if _, err := never.fetcher().Once(t.Context(), []news.Source{never.src}, nil); err != nil {
		t.Fatal(err)
	}
	if _, n := never.texts(); n != 0 {
		t.Errorf("%d pages were read of a source whose pages are never to be", n)
	}
}

// TestAgreementBegins: the pages of what stands in a feed are read from the day
// that they may be, though the feed says that nothing changed, and once.
func TestAgreementBegins(t *testing.T) {
	room := newReadingRoom(t)
	l := newLibrary(t, room)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	l.src.Agreement = nil
	f := l.fetcher()
	go func() { done <- f.Run(ctx) }()
	await := func(what string, until func() bool) {
		t.Helper()
		for deadline := time.Now().Add(40 * time.Second); !until(); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("it never came to: %s", what)
			}
		}
	}
	await("polls", func() bool { return room.times("/rss") > 2 })
	if n := room.times("/1.html"); n != 0 {
		t.Fatalf("a page was read %d times before it might be", n)
	}
	l.src.Agreement = &news.Agreement{Scope: news.ScopeFull}
	if err := f.SetSources([]news.Source{l.src}); err != nil {
		t.Fatal(err)
	}
	await("the pages are read", func() bool { _, n := l.texts(); return n == 2 })
	polls := room.times("/rss")
	await("more polls", func() bool { return room.times("/rss") > polls+1 })
	if n := room.times("/1.html"); n != 1 {
		t.Errorf("a page was read %d times", n)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
