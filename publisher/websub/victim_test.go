package websub

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tinhub/news"
	"tinhub/store"
)

// dns is a sender for which every name below victim.example is at 127.0.0.1, and
// every other at 127.0.0.2.
type dns struct{ courier }

func (d dns) Lookup(_ context.Context, host string) ([]netip.Addr, error) {
	name, _, _ := strings.Cut(host, ":")
	if strings.HasSuffix(name, "victim.example") {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}
	return []netip.Addr{netip.MustParseAddr("127.0.0.2")}, nil
}

// A victim never asked for anything, and refuses all it gets.
type victim struct {
	*httptest.Server
	total, now, most atomic.Int64
}

func newVictim(t *testing.T) *victim {
	v := &victim{}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.total.Add(1)
		for n := v.now.Add(1); ; {
			if m := v.most.Load(); n <= m || v.most.CompareAndSwap(m, n) {
				break
			}
		}
		time.Sleep(20 * time.Millisecond) // a page of its own that says that there is none
		v.now.Add(-1)
		http.NotFound(w, r)
	}))
	t.Cleanup(v.Close)
	return v
}

// listenAt is a subscriber at an address of the machine's own.
func listenAt(t *testing.T, address string) *subscriber {
	t.Helper()
	l, err := net.Listen("tcp", address+":0")
	if err != nil {
		t.Skipf("this machine has no %s: %v", address, err)
	}
	s := &subscriber{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// TestVictim: 10,000 subscriptions that lead to somebody who never asked, by one
// name or by one each, to be verified or to be delivered to (they were confirmed
// before the names were pointed there). He hears next to nothing of it, and those
// who did ask do not wait.
func TestVictim(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute long")
	}
	const many, healthy = 10_000, 50
	for name, c := range map[string]struct{ host, path string }{
		"one name":        {"victim.example", "/cb%d"},
		"a name for each": {"v%d.victim.example", "/"},
	} {
		for _, what := range []string{"verification", "delivery"} {
			t.Run(what+", "+name, func(t *testing.T) {
				core := tempStore(t)
				v, sub := newVictim(t), listenAt(t, "127.0.0.2")
				_, victimPort, _ := net.SplitHostPort(v.Listener.Addr().String())
				_, port, _ := net.SplitHostPort(sub.Listener.Addr().String())
				var bad, good []string
				for i := range many {
					address := "http://" + c.host + ":" + victimPort + c.path
					bad = append(bad, fmt.Sprintf(address, i))
				}
				for i := range healthy {
					good = append(good, fmt.Sprintf("http://ok.example:%s/cb%d", port, i))
				}
				if what == "delivery" {
					enrol(t, core, bad...)
				} else {
					askAll(t, core, bad)
				}
				enrol(t, core, good...)
				r := startHub(t, core, onSite, func(d *Deps) { d.Sender = dns{d.Sender.(courier)} })
				eventually(t, "all shards are served", func() bool { return len(r.hub.ours()) == news.HubShards })
				r.publish("nong-thon", "tin")
				began := time.Now()
				for i := range healthy {
					sub.await(t, fmt.Sprint("/cb", i), 1)
				}
				took := time.Since(began)
				time.Sleep(3*time.Second - time.Since(began)) // what the victim hears meanwhile is the figure
				t.Logf("in 3 s the victim of %d got %d requests, at most %d at once; %d others had theirs after %v",
					many, v.total.Load(), v.most.Load(), healthy, took.Round(time.Millisecond))
				if n := v.total.Load(); n == 0 || n > 100 {
					t.Errorf("the victim got %d requests", n)
				}
				if n := v.most.Load(); n > 32+2*narrow {
					t.Errorf("the victim got %d requests at once", n)
				}
			})
		}
	}
}

// askAll stores what nobody confirmed yet, as /hub does.
func askAll(t *testing.T, core store.Core, callbacks []string) {
	t.Helper()
	h := store.NewHub(core)
	var wg sync.WaitGroup
	for part := range 32 {
		wg.Go(func() {
			for i := part; i < len(callbacks); i += 32 {
				topic := site + "/topics/nong-thon.rss"
				err := h.Ask(t.Context(), news.Intent{
					ID: news.SubscriptionID(topic, callbacks[i]), Nonce: fmt.Sprint(i), Mode: news.Subscribe, Topic: topic, Channel: "nong-thon",
					Format: news.RSS, Callback: callbacks[i], Lease: time.Hour, At: time.Now().UTC(),
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}
