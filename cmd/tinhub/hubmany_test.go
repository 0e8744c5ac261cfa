package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"tinhub/cmd/tinhub/press"
)

// A crowd is many subscribers at one server.
type crowd struct {
	*httptest.Server
	mu   sync.Mutex           // guards got
	got  map[string][]receipt // by path
	turn chan struct{}        // signalled with each receipt
}

// A receipt is what is kept of one delivery.
type receipt struct {
	id, sum string
	at      time.Time
}

func newCrowd(t *testing.T) *crowd {
	c := &crowd{got: map[string][]receipt{}, turn: make(chan struct{}, 1)}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			io.WriteString(w, r.URL.Query().Get("hub.challenge"))
			return
		}
		sum := sha256.New()
		if _, err := io.Copy(sum, r.Body); err != nil {
			return
		}
		c.mu.Lock()
		c.got[r.URL.Path] = append(c.got[r.URL.Path], receipt{r.Header.Get("X-Hub-Delivery"), hex.EncodeToString(sum.Sum(nil)), time.Now()})
		c.mu.Unlock()
		select {
		case c.turn <- struct{}{}:
		default:
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// served counts those who ever got anything.
func (c *crowd) served() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.got)
}

// have counts those whose last delivery is a body.
func (c *crowd) have(sum string) (n int, latest time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, list := range c.got {
		if last := list[len(list)-1]; last.sum == sum {
			n++
			if last.at.After(latest) {
				latest = last.at
			}
		}
	}
	return n, latest
}

// A thousand subscribers, half of them dead, and a kill -9 in the middle of their
// deliveries, over both stores: every living one gets the latest at least once,
// and whatever comes twice comes under the same id.
func TestHubThousand(t *testing.T) {
	long(t)
	stores(t, func(t *testing.T, storeURL string) {
		const each, feed = 500, "/topics/tat-ca.json"
		p, papers := startPress(t, press.Options{Papers: healthyPapers(), Initial: 20})
		config := writeConfig(t, storeURL, papers, "")
		h := startProcess(t, nil, "serve", "-c", config)
		h.awaitLedger(60*time.Second, p)
		live, dead := newCrowd(t), newCrowd(t)
		_, self := h.discover(feed)
		h.subscribeAll(self, live, dead, each)
		dead.Close()

		for p.Step(); len(live.turn) == 0; { // until the first has it: the others are being served
			select {
			case <-live.turn:
				live.turn <- struct{}{}
			case <-time.After(10 * time.Second):
				p.Step() // what it did last changes nothing that is served
			}
		}
		h.kill()
		killed := time.Now()
		n := live.served()
		h = startProcess(t, nil, "serve", "-c", config)
		took := h.awaitCrowd(live, feed, each).Sub(killed)
		t.Logf("killed when %d of %d living had it; all had it %v after the kill", n, each, took.Round(time.Millisecond))

		var all []time.Duration
		for range 3 {
			since := h.change(p, feed)
			all = append(all, h.awaitCrowd(live, feed, each).Sub(since).Round(time.Millisecond))
		}
		slices.Sort(all)
		t.Logf("from what is served to the last of %d living among as many dead: %v", each, all)
		live.mu.Lock()
		defer live.mu.Unlock()
		twice := 0
		for path, list := range live.got {
			ids := map[string]string{}
			for _, r := range list {
				if id, had := ids[r.sum]; had {
					if twice++; id != r.id {
						t.Errorf("%s got the same bytes under the ids %s and %s", path, id, r.id)
					}
				}
				ids[r.sum] = r.id
			}
		}
		t.Logf("%d deliveries came twice, each under its id", twice)
	})
}

// subscribeAll has each of two crowds subscribe so many times, and waits until all
// are verified.
func (h *hub) subscribeAll(topic string, live, dead *crowd, each int) {
	h.t.Helper()
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for n := i; n < each; n += 16 {
				for _, c := range []*crowd{live, dead} {
					resp, err := http.PostForm(h.base+"/hub", url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.callback": {fmt.Sprintf("%s/cb%d", c.URL, n)}})
					if err != nil {
						h.t.Error(err)
						return
					}
					if resp.Body.Close(); resp.StatusCode != http.StatusAccepted {
						h.t.Errorf("status %d, want 202", resp.StatusCode)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	h.await(60*time.Second, "all are verified", func() error {
		_, _, body, err := h.get("/metrics")
		if m := regexp.MustCompile(`\ntinhub_hub_subscriptions (\S+)`).FindSubmatch(body); err == nil && (m == nil || string(m[1]) != fmt.Sprint(2*each)) {
			err = fmt.Errorf("there are %q", m)
		}
		return err
	})
}

// change has the press print until a feed changes, and says when that was seen.
func (h *hub) change(p *press.Press, feed string) time.Time {
	h.t.Helper()
	before := h.digest(feed)
	p.Step()
	at := time.Now()
	h.await(40*time.Second, "the feed changes", func() error {
		if h.digest(feed) == before {
			if time.Since(at) > 5*time.Second { // what it did last changes nothing that is served
				p.Step()
				at = time.Now()
			}
			return fmt.Errorf("it has not")
		}
		at = time.Now()
		return nil
	})
	return at
}

func (h *hub) digest(feed string) string {
	h.t.Helper()
	_, _, body, err := h.get(feed)
	if err != nil {
		h.t.Fatal(err)
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// awaitCrowd waits until all have what is served, and says when the last got it.
func (h *hub) awaitCrowd(c *crowd, feed string, all int) (latest time.Time) {
	h.t.Helper()
	h.await(90*time.Second, "all the living have it", func() error {
		var n int
		if n, latest = c.have(h.digest(feed)); n != all {
			return fmt.Errorf("%d of %d have", n, all)
		}
		return nil
	})
	return latest
}
