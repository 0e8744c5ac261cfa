package websub

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tinhub/fetcher/client"
	"tinhub/news"
	"tinhub/store"
)

// site is a public address that needs nobody to answer at it.
const site = "http://tin.example"

func onSite(o *Options) { o.Settings.URL = site }

// enrol stores confirmed subscriptions as they are after verification, which is
// tested elsewhere.
func enrol(t testing.TB, core store.Core, callbacks ...string) {
	t.Helper()
	enrolAt(t, core, "nong-thon", callbacks...)
}

func enrolAt(t testing.TB, core store.Core, channel string, callbacks ...string) {
	t.Helper()
	topic := site + "/topics/" + channel + ".rss"
	lists := map[int][]news.Settling{}
	now := time.Now().UTC()
	for _, cb := range callbacks {
		id := news.SubscriptionID(topic, cb)
		s := &news.Subscription{ID: id, Topic: topic, Channel: channel, Format: news.RSS, Callback: cb, Lease: time.Hour, Since: now, Verified: now, Until: now.Add(time.Hour)}
		n := news.HubShardOf(id)
		lists[n] = append(lists[n], news.Settling{ID: id, Subscription: s})
	}
	for n, list := range lists {
		if _, err := store.NewHub(core).Settle(t.Context(), news.Lease{Token: 1}, n, list); err != nil {
			t.Fatal(err)
		}
	}
}

// deadPort is an address that refuses connections.
func deadPort(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

// brokenHub is a store whose owner is cut off at some moment, as a killed
// process is: nothing it does reaches the store any more, and nobody is told.
type brokenHub struct {
	*store.Hub
	dead atomic.Bool
}

var errKilled = errors.New("killed")

func (b *brokenHub) Settle(ctx context.Context, l news.Lease, shard int, list []news.Settling) ([]news.Settled, error) {
	if b.dead.Load() {
		return nil, errKilled
	}
	return b.Hub.Settle(ctx, l, shard, list)
}

// A thousand subscribers, half of them dead, and a kill in the middle: each
// living one gets the news at least once, under the same id however often; the
// dead cost next to nothing.
func TestThousandHalfDeadWithKill(t *testing.T) {
	const each = 500
	path := filepath.Join(t.TempDir(), "tinhub.db")
	core := openStore(t, path)
	dead := deadPort(t)
	var sub *subscriber
	var once sync.Once
	var kill func()
	var seen atomic.Int32
	sub = newSubscriber(t)
	sub.on(func(w http.ResponseWriter, _ *http.Request) bool {
		if seen.Add(1) == each/2 { // in the middle
			once.Do(kill)
		}
		return false
	})
	var live, gone []string
	for i := range each {
		live = append(live, fmt.Sprintf("%s/cb%d", sub.URL, i))
		gone = append(gone, fmt.Sprintf("%s/cb%d", dead, i))
	}
	enrol(t, core, append(live, gone...)...)

	killed := &brokenHub{Hub: store.NewHub(core)}
	kill = func() { killed.dead.Store(true) }
	first := startHub(t, core, onSite, func(d *Deps) { d.Subscriptions = killed })
	began := time.Now()
	first.publish("nong-thon", "tin mới")
	eventually(t, "half of them have it", func() bool { return seen.Load() >= each/2 })
	t.Logf("killed after %v", time.Since(began).Round(time.Millisecond))
	first.stop()
	core.Close()
	t.Logf("ended after %v", time.Since(began).Round(time.Millisecond))

	core = openStore(t, path)
	defer core.Close()
	second := startHub(t, core, onSite)
	for i := range each {
		eventually(t, "each living one has it", func() bool { return len(sub.got(fmt.Sprintf("/cb%d", i))) > 0 })
	}
	took := time.Since(began)
	quiet()
	twice := 0
	for i := range each {
		got := sub.got(fmt.Sprintf("/cb%d", i))
		for _, p := range got {
			if p.header.Get("X-Hub-Delivery") != got[0].header.Get("X-Hub-Delivery") || p.body != "rss: tin mới" {
				t.Fatalf("cb%d got %d deliveries that differ", i, len(got))
			}
		}
		twice += len(got) - 1
	}
	t.Logf("%d living and %d dead: all living served %v after publication, with a kill in between; %d deliveries were repeated, each under its id", each, each, took.Round(time.Millisecond), twice)
	second.stop()
}

// Subscribers that hang, answer without end or break off do not delay others.
func TestSickDoNotDelayOthers(t *testing.T) {
	core := tempStore(t)
	sub := newSubscriber(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	var endless atomic.Int64
	sub.on(func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case strings.HasPrefix(r.URL.Path, "/hang"):
			<-release
		case strings.HasPrefix(r.URL.Path, "/endless"):
			w.WriteHeader(http.StatusOK)
			for chunk := make([]byte, 64<<10); ; {
				n, err := w.Write(chunk)
				if endless.Add(int64(n)); err != nil || n == 0 {
					return true
				}
			}
		case strings.HasPrefix(r.URL.Path, "/break"):
			panic(http.ErrAbortHandler)
		case strings.HasPrefix(r.URL.Path, "/fail"):
			w.WriteHeader(http.StatusInternalServerError)
			return true
		}
		return false
	})
	var all []string
	for i := range 200 {
		all = append(all, fmt.Sprintf("%s/ok%d", sub.URL, i))
	}
	for i := range 20 {
		for _, how := range []string{"hang", "endless", "break", "fail"} {
			all = append(all, fmt.Sprintf("%s/%s%d", sub.URL, how, i))
		}
	}
	enrol(t, core, all...)
	r := startHub(t, core, onSite)
	for round := range 3 {
		began := time.Now()
		r.publish("nong-thon", fmt.Sprint("tin ", round))
		for i := range 200 {
			sub.await(t, fmt.Sprintf("/ok%d", i), round+1)
		}
		t.Logf("round %d: 200 healthy ones among 80 sick have it after %v", round, time.Since(began).Round(time.Millisecond))
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("round %d: the healthy waited %v", round, took)
		}
	}
	eventually(t, "an endless answer counts as one", func() bool {
		s, ok := r.subscription(sub.URL + "/endless3")
		return ok && s.Failures == 0 && s.Revision != 0
	})
	// What the kernel buffers on both sides is counted too; the answers had no end.
	if mb := (endless.Load() >> 20) / 60; mb > 16 {
		t.Errorf("%d MB of each endless answer were sent", mb)
	}
	r.stop()
}

// Two processes share the work; when one is gone, the other has all of it.
func TestTwoProcessesShare(t *testing.T) {
	core := tempStore(t)
	sub := newSubscriber(t)
	a := startHub(t, core, func(o *Options) { o.LeaseTTL = 900 * time.Millisecond })
	b := startHub(t, core, func(o *Options) { o.LeaseTTL = 900 * time.Millisecond; o.Settings.URL = a.base })
	eventually(t, "each has half of the shards", func() bool {
		return len(a.hub.ours()) == news.HubShards/2 && len(b.hub.ours()) == news.HubShards/2
	})
	a.publish("nong-thon", "tin đầu")
	for i := range 40 { // asked of either
		cb := fmt.Sprintf("%s/cb%d", sub.URL, i)
		r := []*rig{a, b}[i%2]
		r.subscribe(a.topic("nong-thon", news.RSS), cb)
	}
	for i := range 40 {
		a.confirmed(fmt.Sprintf("%s/cb%d", sub.URL, i))
	}
	a.publish("nong-thon", "tin hai")
	for i := range 40 {
		sub.await(t, fmt.Sprintf("/cb%d", i), 1)
	}
	a.stop()
	a.publish("nong-thon", "tin ba")
	for i := range 40 {
		sub.await(t, fmt.Sprintf("/cb%d", i), 2)
	}
	quiet()
	for i := range 40 {
		if n := len(sub.got(fmt.Sprintf("/cb%d", i))); n != 2 {
			t.Errorf("cb%d got content %d times, want 2", i, n)
		}
	}
}

// While a subscriber is down, states pass; then it gets the latest, once.
func TestLatestStateWins(t *testing.T) {
	r := startHub(t, tempStore(t), nil)
	sub := newSubscriber(t)
	r.publish("nong-thon", "tin 0")
	r.subscribe(r.topic("nong-thon", news.RSS), sub.URL+"/cb")
	r.confirmed(sub.URL + "/cb")
	var up atomic.Bool
	sub.on(func(w http.ResponseWriter, _ *http.Request) bool {
		if up.Load() {
			return false
		}
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	r.publish("nong-thon", "tin 1")
	sub.await(t, "/cb", 1)
	for i := range 5 {
		r.publish("nong-thon", fmt.Sprint("tin ", i+2))
	}
	up.Store(true)
	at := sub.await(t, "/cb", 2)
	if early := at.at.Sub(sub.got("/cb")[0].at); early < 950*time.Millisecond {
		t.Errorf("it was tried again after %v, before its Retry-After", early)
	}
	if at.body != "rss: tin 6" {
		t.Errorf("it got %q, want the latest", at.body)
	}
	if quiet(); len(sub.got("/cb")) != 2 {
		t.Errorf("content came %d times", len(sub.got("/cb")))
	}
}

// A callback whose name leads to a private address is found out when it is
// dialled, and nothing is sent.
func TestGuardAtTheDoor(t *testing.T) {
	var reached atomic.Int32
	victim := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer victim.Close()
	strict := client.New(client.Options{Allow: news.Networks{netip.MustParsePrefix("192.0.2.0/24")}})
	r := startHub(t, tempStore(t), func(o *Options) { o.Refuse = nil }, func(d *Deps) { d.Sender = courier{strict} })
	r.publish("nong-thon", "tin")
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(victim.URL, "http://"))
	r.subscribe(r.topic("nong-thon", news.RSS), "http://localhost:"+port+"/cb")
	quiet()
	if reached.Load() != 0 {
		t.Error("a private address was reached")
	}
}

// BenchmarkFanout delivers to 1,000 callbacks of which half are dead, and posts
// the same bytes over raw sockets to the living, in turn: the ratio of their
// rates is the figure.
func BenchmarkFanout(b *testing.B) {
	const each = 500
	body := strings.Repeat("tin ", 16_000)
	var mu sync.Mutex
	n := 0
	got := make(chan struct{}, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusNoContent)
		mu.Lock()
		if n++; n%each == 0 {
			got <- struct{}{}
		}
		mu.Unlock()
	}))
	defer srv.Close()
	dead := deadPort(b)
	core := tempStore(b)
	var callbacks []string
	for i := range each {
		callbacks = append(callbacks, fmt.Sprintf("%s/cb%d", srv.URL, i), fmt.Sprintf("%s/cb%d", dead, i))
	}
	enrol(b, core, callbacks...)
	r := startHub(b, core, onSite)
	r.publish("nong-thon", body, news.RSS)
	<-got
	var hub, raw time.Duration
	b.ResetTimer()
	for i := range b.N {
		t0 := time.Now()
		r.publish("nong-thon", fmt.Sprint(body, i), news.RSS)
		<-got
		t1 := time.Now()
		rawPosts(b, srv.Listener.Addr().String(), each, "rss: "+body)
		<-got
		hub, raw = hub+t1.Sub(t0), raw+time.Since(t1)
	}
	b.ReportMetric(float64(each*b.N)/hub.Seconds(), "deliveries/s")
	b.ReportMetric(float64(each*b.N)/raw.Seconds(), "raw/s")
	b.ReportMetric(raw.Seconds()/hub.Seconds(), "ratio")
	r.stop()
}

// BenchmarkIsolation delivers in turns to 500 subscribers who are well, and to 500
// others of whom a fifth hangs, answers without end, breaks off, fails or is dead:
// how much longer the well ones wait for that is the figure.
func BenchmarkIsolation(b *testing.B) {
	const all, sickly = 500, 100
	var mu sync.Mutex // guards all below
	var began time.Time
	var waited time.Duration
	n := 0 // who are still to have it
	done := make(chan struct{}, 1)
	well := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		mu.Lock()
		waited += time.Since(began)
		if n--; n == 0 {
			done <- struct{}{}
		}
		mu.Unlock()
	}))
	defer well.Close()
	release := make(chan struct{})
	sick := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path[1] {
		case 'h':
			<-release
		case 'e':
			for chunk := make([]byte, 4<<10); ; time.Sleep(time.Millisecond) { // its own work is not what is measured
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		case 'b':
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(http.StatusInternalServerError)
	}))
	defer sick.Close()
	defer close(release)
	dead, core := deadPort(b), tempStore(b)
	var alone, among []string
	for i := range all {
		alone = append(alone, fmt.Sprintf("%s/a%d", well.URL, i))
		switch how := []string{"/hang", "/endless", "/break", "/fail", ""}[i%5]; {
		case i >= sickly:
			among = append(among, fmt.Sprintf("%s/m%d", well.URL, i))
		case how == "":
			among = append(among, fmt.Sprint(dead, "/", i))
		default:
			among = append(among, fmt.Sprint(sick.URL, how, i))
		}
	}
	enrolAt(b, core, "nong-thon", alone...)
	enrolAt(b, core, news.Everything, among...)
	r := startHub(b, core, func(o *Options) { onSite(o); o.Retry = 0 }) // as it is unless set
	round := func(channel string, who, i int) time.Duration {
		mu.Lock()
		began, waited, n = time.Now(), 0, who
		mu.Unlock()
		r.publish(channel, fmt.Sprint(strings.Repeat("tin ", 16_000), i), news.RSS)
		<-done
		return waited / time.Duration(who)
	}
	round("nong-thon", all, -1)
	round(news.Everything, all-sickly, -1)
	var clean, ill time.Duration
	b.ResetTimer()
	for i := range b.N {
		clean += round("nong-thon", all, i)
		ill += round(news.Everything, all-sickly, i)
	}
	b.ReportMetric(ill.Seconds()/clean.Seconds(), "ratio")
	b.ReportMetric(1000*clean.Seconds()/float64(b.N), "clean-ms")
	r.stop()
}

// rawPosts sends so many posts over kept connections, 32 at once.
func rawPosts(b *testing.B, addr string, n int, body string) {
	var left atomic.Int64
	left.Store(int64(n))
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer c.Close()
			in := bufio.NewReader(c)
			for left.Add(-1) >= 0 {
				fmt.Fprintf(c, "POST /cb HTTP/1.1\r\nHost: %s\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n\r\n", addr, len(body))
				io.WriteString(c, body)
				resp, err := http.ReadResponse(in, nil)
				if err != nil {
					b.Error(err)
					return
				}
				resp.Body.Close()
			}
		})
	}
	wg.Wait()
}
