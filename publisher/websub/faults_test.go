package websub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tinhub/news"
	"tinhub/store"
)

// A delivery that is sent on to a private address, by whatever redirect, is a
// failure there, and nothing reaches that address.
func TestRedirectToPrivate(t *testing.T) {
	sub := newSubscriber(t)
	private := listenAt(t, "127.0.0.2") // outside what is allowed below
	inside := newClient("127.0.0.1/32")
	t.Cleanup(inside.Close)
	sub.on(func(w http.ResponseWriter, r *http.Request) bool {
		var status int
		fmt.Sscanf(r.URL.Path, "/%d", &status)
		w.Header().Set("Location", private.URL+"/")
		w.WriteHeader(status)
		return true
	})
	r := startHub(t, tempStore(t), func(o *Options) { o.Refuse = inside.Check }, func(d *Deps) { d.Sender = courier{inside} })
	r.publish("nong-thon", "tin")
	statuses := []int{301, 302, 303, 307, 308}
	for _, status := range statuses {
		r.subscribe(r.topic("nong-thon", news.RSS), fmt.Sprint(sub.URL, "/", status))
		r.confirmed(fmt.Sprint(sub.URL, "/", status))
	}
	r.publish("nong-thon", "tin mới")
	for _, status := range statuses {
		callback := fmt.Sprint(sub.URL, "/", status)
		eventually(t, "it counts as a failure", func() bool { s, _ := r.subscription(callback); return s.Failures > 0 && s.Recent[0].Status == status })
	}
	if len(private.got("/")) != 0 || len(private.questions("/")) != 0 {
		t.Error("a private address was reached")
	}
	if status, text := r.post("hub.mode", "subscribe", "hub.topic", r.topic("nong-thon", news.RSS), "hub.callback", private.URL); status != http.StatusBadRequest {
		t.Errorf("a private callback: %d %s", status, text)
	}
}

// lostNames is a sender for which names are gone from DNS for a while.
type lostNames struct {
	courier
	gone    *atomic.Bool
	lookups *atomic.Int32
}

var errNoName = errors.New("the name reader.example does not exist")

func (l lostNames) Lookup(context.Context, string) ([]netip.Addr, error) {
	if l.lookups.Add(1); l.gone.Load() {
		return nil, errNoName
	}
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
}

// Subscribers whose name is gone from DNS cost a lookup, see why on their page,
// and have everything once it is back.
func TestGoneFromDNS(t *testing.T) {
	core, sub := tempStore(t), newSubscriber(t)
	var gone atomic.Bool
	var lookups atomic.Int32
	gone.Store(true)
	callback := "http://reader.example:" + netip.MustParseAddrPort(sub.Listener.Addr().String()).String()[len("127.0.0.1:"):]
	var all []string
	for i := range 100 {
		all = append(all, fmt.Sprint(callback, "/cb", i))
	}
	enrol(t, core, all...)
	pauses := func(o *Options) { onSite(o); o.RetryMost = time.Second }
	r := startHub(t, core, pauses, func(d *Deps) { d.Sender = lostNames{d.Sender.(courier), &gone, &lookups} })
	r.publish("nong-thon", "tin")
	eventually(t, "it is seen why", func() bool {
		list, err := store.NewHub(core).Subscriptions(t.Context(), "", len(all))
		return err == nil && slices.ContainsFunc(list, func(s news.Subscription) bool { return s.Failures > 0 && s.Recent[0].Error == errNoName.Error() })
	})
	before := lookups.Load()
	time.Sleep(500 * time.Millisecond) // in which one that is not spared is asked for many times
	if n := lookups.Load() - before; n > 20 {
		t.Errorf("a name that is gone was looked up %d times in half a second", n)
	}
	gone.Store(false)
	for i := range all {
		sub.await(t, fmt.Sprint("/cb", i), 1)
	}
}

// What happens is told for metrics, each attempt by what became of it.
func TestObserved(t *testing.T) {
	core, sub := tempStore(t), newSubscriber(t)
	sub.on(func(w http.ResponseWriter, r *http.Request) bool {
		var status int
		fmt.Sscanf(r.URL.Path, "/%d", &status)
		w.WriteHeader(status)
		return true
	})
	enrol(t, core, sub.URL+"/200", sub.URL+"/410", sub.URL+"/500", deadPort(t)+"/cb")
	var mu sync.Mutex // guards both below
	results := map[string]int{}
	lost := 0
	r := startHub(t, core, func(o *Options) {
		onSite(o)
		o.LeaseTTL = 900 * time.Millisecond // it is told with each beat
		o.Observe = Observer{
			Delivered: func(result string, took, behind time.Duration) {
				mu.Lock()
				defer mu.Unlock()
				if results[result]++; took < 0 || behind < 0 {
					t.Errorf("%s took %v, %v behind", result, took, behind)
				}
			},
			Line: func(waiting, running, away int) {
				mu.Lock()
				defer mu.Unlock()
				lost = max(lost, away)
			},
		}
	})
	r.publish("nong-thon", "tin")
	eventually(t, "each kind is told", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return results["received"] == 1 && results["gone"] == 1 && results["failed"] > 0 && results["unreachable"] > 0 && lost == 1
	})
}
