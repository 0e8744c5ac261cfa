package websub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tinhub/fetcher/client"
	"tinhub/news"
	"tinhub/store"
	"tinhub/store/sqlite"
)

// courier is the program's: the guarded client, in the hub's words.
type courier struct{ client *client.Client }

func (c courier) Send(ctx context.Context, m Message) (Answer, error) {
	resp, err := c.client.Fetch(ctx, client.Request{
		Method: m.Method, URL: m.URL, At: m.At, Header: m.Header, Body: m.Body, MaxBody: m.Most, Cut: true, Redirects: -1,
	})
	if err != nil {
		if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" || client.ClassOf(err) == client.Forbidden {
			err = &Unreachable{err}
		}
		return Answer{}, err
	}
	defer resp.Close()
	return Answer{Status: resp.Status, RetryAfter: resp.Header.Get("Retry-After"), Body: resp.Body}, nil
}

func (c courier) Lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	return c.client.Lookup(ctx, "http://"+host+"/")
}

func newClient(allow string) *client.Client {
	return client.New(client.Options{
		Allow: news.Networks{netip.MustParsePrefix(allow)}, Limits: client.Limits{PerHost: 512, Spacing: -1},
	})
}

// A rig is a hub that runs, with a publisher that writes to its store.
type rig struct {
	t       testing.TB
	core    store.Core
	hub     *Hub
	base    string // of the topics
	address string // of the hub
	other   *other // another hub than ours
	client  *client.Client
	stop    func()

	mu       sync.Mutex // guards revision
	revision int64
}

func openStore(t testing.TB, path string) store.Core {
	t.Helper()
	core, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return core
}

func tempStore(t testing.TB) store.Core {
	core := openStore(t, filepath.Join(t.TempDir(), "tinhub.db"))
	t.Cleanup(func() { core.Close() })
	return core
}

// startHub runs a hub over a store until the test ends.
func startHub(t testing.TB, core store.Core, change func(*Options), wire ...func(*Deps)) *rig {
	t.Helper()
	r := &rig{t: t, core: core, client: newClient("127.0.0.0/8")}
	srv := httptest.NewUnstartedServer(nil)
	r.base = "http://" + srv.Listener.Addr().String()
	r.address = r.base + "/hub"
	opt := Options{
		Settings: Settings{URL: r.base, Topics: []news.Topic{
			{ID: "nong-thon", Public: true, Formerly: []string{"nong-thon-cu"}}, {ID: "rieng"},
		}, Partners: []news.Partner{{ID: "cong", Topics: []string{"rieng"}, Key: "chia-khoa"}}},
		Refuse: r.client.Check, Refresh: time.Second, Retry: 50 * time.Millisecond, Holder: fmt.Sprint("test-", r.base),
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if change != nil {
		change(&opt)
	}
	deps := Deps{
		Leases: store.NewLeases(core), Hints: store.NewHints(core), Outputs: store.NewOutputs(core),
		Subscriptions: store.NewHub(core), Sender: courier{r.client},
	}
	for _, w := range wire {
		w(&deps)
	}
	r.hub = New(deps, opt)
	mux := http.NewServeMux()
	mux.Handle("/hub", r.hub.Handler())
	srv.Config.Handler = mux
	srv.Start()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.hub.Run(ctx) }()
	var once sync.Once
	r.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("the hub ended with %v", err)
			}
			srv.Close()
			r.client.Close()
		})
	}
	t.Cleanup(r.stop)
	return r
}

// topic is the address of a channel's output.
func (r *rig) topic(channel string, f news.Format) string {
	if strings.HasPrefix(channel, "provinces/") {
		return r.base + "/" + channel + "." + string(f)
	}
	return r.base + "/topics/" + channel + "." + string(f)
}

// publish stores a new revision of a channel in some formats, as the publisher does.
func (r *rig) publish(channel, content string, formats ...news.Format) {
	r.t.Helper()
	if len(formats) == 0 {
		formats = []news.Format{news.RSS, news.Atom, news.JSON}
	}
	r.mu.Lock()
	r.revision++
	revision := r.revision
	r.mu.Unlock()
	if r.other != nil {
		r.other.publish(r, channel, content, formats)
		return
	}
	var list []news.Output
	for _, f := range formats {
		list = append(list, news.Output{Channel: channel, Format: f, Revision: revision, Modified: time.Now(),
			ETag: string(news.KeyOf(content, string(f))), Items: 1, Body: []byte(string(f) + ": " + content)})
	}
	if err := store.NewOutputs(r.core).Save(context.Background(), news.Lease{Token: 1}, list); err != nil {
		r.t.Fatal(err)
	}
}

// post sends a form to the hub and returns the status and the sentence.
func (r *rig) post(params ...string) (int, string) {
	r.t.Helper()
	form := url.Values{}
	for i := 0; i < len(params); i += 2 {
		form.Add(params[i], params[i+1])
	}
	resp, err := http.PostForm(r.address, form)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, strings.TrimSpace(string(text))
}

// subscribe asks for a subscription and demands that it is accepted.
func (r *rig) subscribe(topic, callback string, more ...string) {
	r.t.Helper()
	r.want(http.StatusAccepted, append([]string{"hub.mode", "subscribe", "hub.topic", topic, "hub.callback", callback}, more...)...)
}

func (r *rig) want(status int, params ...string) string {
	r.t.Helper()
	got, text := r.post(params...)
	if got != status && (r.inside() || got/100 != status/100) {
		r.t.Fatalf("%q: status %d (%s), want %d", params, got, text, status)
	}
	return text
}

// inside says whether the hub is ours, and can be looked into.
func (r *rig) inside() bool { return r.other == nil }

// settles waits until something is so inside the hub; where nobody can look
// there, for a moment.
func (r *rig) settles(what string, is func() bool) {
	r.t.Helper()
	if !r.inside() {
		time.Sleep(time.Second)
		return
	}
	eventually(r.t, what, is)
}

// subscription finds the one of a callback in the store.
func (r *rig) subscription(callback string) (news.Subscription, bool) {
	if !r.inside() {
		return news.Subscription{}, false
	}
	all, err := store.NewHub(r.core).Subscriptions(context.Background(), "", 100_000)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, s := range all {
		if s.Callback == callback {
			return s, true
		}
	}
	return news.Subscription{}, false
}

// confirmed waits until a callback's subscription is stored.
func (r *rig) confirmed(callback string) news.Subscription {
	r.t.Helper()
	var s news.Subscription
	r.settles("the subscription is stored", func() bool {
		var ok bool
		s, ok = r.subscription(callback)
		return ok
	})
	return s
}

// A post is content that a subscriber got.
type post struct {
	path, query, body string
	uri               string // as it was asked for
	header            http.Header
	at                time.Time
}

// A subscriber is somebody's server: it notes what it gets. Paths that begin
// with /refuse, /wrong … answer so.
type subscriber struct {
	*httptest.Server
	mu    sync.Mutex // guards all below
	gets  []url.Values
	paths []string // of gets
	posts []post
	act   func(w http.ResponseWriter, r *http.Request) bool // answers content itself; nil is 204
	ask   func(w http.ResponseWriter, r *http.Request) bool // answers questions itself
}

func newSubscriber(t testing.TB) *subscriber {
	s := &subscriber{}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *subscriber) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		q := r.URL.Query()
		s.mu.Lock()
		s.gets = append(s.gets, q)
		s.paths = append(s.paths, r.URL.Path)
		ask := s.ask
		s.mu.Unlock()
		if ask != nil && ask(w, r) {
			return
		}
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, q.Get("hub.challenge"))
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	s.posts = append(s.posts, post{r.URL.Path, r.URL.RawQuery, string(body), r.RequestURI, r.Header.Clone(), time.Now()})
	act := s.act
	s.mu.Unlock()
	if act == nil || !act(w, r) {
		w.WriteHeader(http.StatusNoContent)
	}
}

// on sets how content is answered.
func (s *subscriber) on(act func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.act = act
}

// asked sets how questions are answered.
func (s *subscriber) asked(ask func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ask = ask
}

func (s *subscriber) got(path string) []post {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []post
	for _, p := range s.posts {
		if p.path == path {
			list = append(list, p)
		}
	}
	return list
}

func (s *subscriber) questions(path string) []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []url.Values
	for i, q := range s.gets {
		if s.paths[i] == path {
			list = append(list, q)
		}
	}
	return list
}

// await waits for the nth content at a path.
func (s *subscriber) await(t testing.TB, path string, n int) post {
	t.Helper()
	eventually(t, fmt.Sprintf("%s gets content %d times", path, n), func() bool { return len(s.got(path)) >= n })
	return s.got(path)[n-1]
}

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// quiet waits a moment, in which something must not happen.
func quiet() { time.Sleep(250 * time.Millisecond) }
