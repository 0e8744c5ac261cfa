package push_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tinhub/fetcher"
	"tinhub/fetcher/client"
	"tinhub/fetcher/push"
	"tinhub/news"
	"tinhub/store"
	"tinhub/store/sqlite"
)

// A site is somebody's publisher with somebody's hub, on a real socket, that knows
// nothing of the program. Paths under /hub are hubs, all others topics.
type site struct {
	*httptest.Server
	t testing.TB

	mu     sync.Mutex // guards all below
	pages  map[string]http.HandlerFunc
	hubs   map[string]http.HandlerFunc // nil: 202
	asked  []asking
	polled map[string]int
}

// An asking is a request to one of the site's hubs.
type asking struct {
	path   string
	form   url.Values
	header http.Header
}

func newSite(t testing.TB) *site {
	s := &site{t: t, pages: map[string]http.HandlerFunc{}, hubs: map[string]http.HandlerFunc{}, polled: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	page, hub := s.pages[r.URL.RequestURI()], s.hubs[r.URL.Path]
	if !strings.HasPrefix(r.URL.Path, "/hub") {
		s.polled[r.URL.RequestURI()]++
		s.mu.Unlock()
		if page == nil {
			page = http.NotFound
		}
		page(w, r)
		return
	}
	s.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	form, err2 := url.ParseQuery(string(body))
	if err != nil || err2 != nil || r.Method != http.MethodPost {
		s.t.Errorf("the hub got %s %q", r.Method, body)
	}
	s.mu.Lock()
	s.asked = append(s.asked, asking{r.URL.Path, form, r.Header.Clone()})
	s.mu.Unlock()
	if hub != nil {
		hub(w, r)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// has lets the site answer at a path.
func (s *site) has(path string, page http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.HasPrefix(path, "/hub") {
		s.hubs[path] = page
	} else {
		s.pages[path] = page
	}
}

func (s *site) polls(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.polled[path]
}

// requests are those that hubs got, of a mode ("" all).
func (s *site) requests(mode string) (list []asking) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.asked {
		if mode == "" || a.form.Get("hub.mode") == mode {
			list = append(list, a)
		}
	}
	return list
}

// request waits for the nth request of a mode.
func (s *site) request(mode string, n int) asking {
	s.t.Helper()
	eventually(s.t, fmt.Sprintf("the hub gets %d requests to %s", n, mode), func() bool { return len(s.requests(mode)) >= n })
	return s.requests(mode)[n-1]
}

// verify asks a callback as the hub would, and returns its answer.
func verify(t testing.TB, a asking, change ...string) (status int, body string, head http.Header) {
	t.Helper()
	q := url.Values{"hub.mode": {a.form.Get("hub.mode")}, "hub.topic": {a.form.Get("hub.topic")}, "hub.challenge": {"thu-thach_1"}, "hub.lease_seconds": {"86400"}}
	for i := 0; i < len(change); i += 2 {
		q.Set(change[i], change[i+1])
		if change[i+1] == "" {
			q.Del(change[i])
		}
	}
	resp, err := http.Get(a.form.Get("hub.callback") + "?" + q.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), resp.Header
}

// confirm is what a hub does that means it.
func (s *site) confirm(a asking, change ...string) {
	s.t.Helper()
	if status, body, _ := verify(s.t, a, change...); status/100 != 2 || body != "thu-thach_1" {
		s.t.Fatalf("the subscriber answers %d %q to what it asked for", status, body)
	}
}

// sign is a signature, made independently.
func sign(method string, h func() hash.Hash, secret, body string) string {
	m := hmac.New(h, []byte(secret))
	m.Write([]byte(body))
	return method + "=" + hex.EncodeToString(m.Sum(nil))
}

// deliver sends content to a callback, rightly signed unless headers say otherwise.
func deliver(t testing.TB, a asking, kind, body string, headers ...string) int {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, a.form.Get("hub.callback"), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("X-Hub-Signature", sign("sha256", sha256.New, a.form.Get("hub.secret"), body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// A program is a process: fetcher and subscriber over a store, as the program
// wires them, with its own server for callbacks.
type program struct {
	t       testing.TB
	core    store.Core
	base    string
	fetcher *fetcher.Fetcher
	sources []news.Source
	stop    func()
}

func newStore(t testing.TB) store.Core {
	t.Helper()
	core, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "tinhub.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { core.Close() })
	return core
}

type poster struct{ client *client.Client }

func (p poster) Send(ctx context.Context, m push.Message) (push.Answer, error) {
	resp, err := p.client.Fetch(ctx, client.Request{Method: http.MethodPost, URL: m.URL, Header: m.Header, Body: m.Body, MaxBody: m.Most, Cut: true, Redirects: -1})
	switch client.ClassOf(err) {
	case "":
		defer resp.Close()
		return push.Answer{Status: resp.Status, Location: resp.Header.Get("Location"), RetryAfter: resp.Header.Get("Retry-After"), Body: resp.Body}, nil
	case client.Forbidden, client.BadAddress:
		return push.Answer{}, &push.Hopeless{Err: err}
	}
	return push.Answer{}, err
}

// start runs a program until the test ends. public is site.public_url, "" for
// where it really is.
func start(t testing.TB, core store.Core, change func(*push.Options), sources ...news.Source) *program {
	t.Helper()
	p := &program{t: t, core: core, sources: sources}
	c := client.New(client.Options{Allow: news.Networks{netip.MustParsePrefix("127.0.0.0/8")}, Limits: client.Limits{PerHost: 64, Spacing: -1}})
	pushes, hints := store.NewPushes(core), store.NewHints(core)
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	srv := httptest.NewUnstartedServer(nil)
	p.base = "http://" + srv.Listener.Addr().String()
	opt := push.Options{URL: p.base, Refresh: 200 * time.Millisecond, Log: log}
	if change != nil {
		change(&opt)
	}
	var err error
	p.fetcher, err = fetcher.New(fetcher.Deps{Wire: store.NewWire(core, store.Keep{}), Leases: store.NewLeases(core), Hints: hints, Notes: pushes, Client: c},
		fetcher.Options{Schedule: "@every 1h", Log: log, Holder: p.base, Now: opt.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.fetcher.SetSources(sources); err != nil {
		t.Fatal(err)
	}
	s := push.New(push.Deps{Subscriptions: pushes, Inbox: pushes, Hints: hints, Papers: p.fetcher, Sender: poster{c}}, opt)
	srv.Config.Handler = s.Handler()
	srv.Start()
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	for _, run := range []func(context.Context) error{p.fetcher.Run, s.Run} {
		work.Go(func() {
			if err := run(ctx); err != nil {
				t.Errorf("it ended with %v", err)
			}
		})
	}
	p.stop = sync.OnceFunc(func() { cancel(); work.Wait(); srv.Close(); c.Close() })
	t.Cleanup(p.stop)
	return p
}

// source is one that polls read at an address.
func source(id, address string) news.Source {
	return news.Source{ID: id, Name: "Báo thử", Homepage: "https://" + id + ".example/", URL: address, Enabled: true}
}

// state is what is remembered of a source.
func (p *program) state(s news.Source) news.SourceState {
	p.t.Helper()
	state, err := store.NewWire(p.core, store.Keep{}).State(context.Background(), news.ShardOf(s.Family()), s.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	return state
}

// subscriptions are those of a source that are stored.
func (p *program) subscriptions(s news.Source) (list []news.Push) {
	p.t.Helper()
	all, err := store.NewPushes(p.core).Pushes(context.Background(), news.ShardOf(s.Family()))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, one := range all {
		if one.Source == s.ID {
			list = append(list, one)
		}
	}
	return list
}

// wire are the titles that a source has on the wire, in order.
func (p *program) wire(s news.Source) (titles []string) {
	p.t.Helper()
	items, err := p.core.Read(context.Background(), store.Paper(news.ShardOf(s.Family())), "wire", "", 10_000)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, it := range items {
		var e news.Entry
		if err := json.Unmarshal(it.Value, &e); err != nil {
			p.t.Fatal(err)
		}
		if e.Source == s.ID {
			titles = append(titles, e.Title)
		}
	}
	return titles
}

// awaitWire waits until a source has so many entries on the wire.
func (p *program) awaitWire(s news.Source, n int) {
	p.t.Helper()
	eventually(p.t, fmt.Sprintf("%d entries are on the wire", n), func() bool { return len(p.wire(s)) >= n })
}

// awaitState waits for the state of a source's subscription.
func (p *program) awaitState(s news.Source, state string) {
	p.t.Helper()
	eventually(p.t, "the subscription is "+state, func() bool { return p.state(s).Push.State == state })
}

// atom is a feed with entries; links stand in its head.
func atom(links string, titles ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Tin thử</title><id>urn:thu</id>%s`, links)
	for _, title := range titles {
		fmt.Fprintf(&b, `<entry><id>urn:%s</id><title>%s</title><link href="https://bao.example/%s"/><updated>2026-11-20T08:00:00+07:00</updated></entry>`,
			url.QueryEscape(title), title, url.QueryEscape(title))
	}
	return b.String() + `</feed>`
}

// text answers with a document.
func text(kind, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		for i := 0; i < len(headers); i += 2 {
			w.Header().Add(headers[i], headers[i+1])
		}
		io.WriteString(w, body)
	}
}

const atomType = "application/atom+xml"

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// quiet waits a moment, in which something must not happen.
func quiet() { time.Sleep(1500 * time.Millisecond) } // longer than a look takes to come
