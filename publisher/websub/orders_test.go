package websub

import (
	"net/http"
	"testing"
	"time"

	"tinhub/news"
	"tinhub/store"
)

// What an admin orders is done by the shard's owner, whoever that is.
func TestOrders(t *testing.T) {
	r := startHub(t, tempStore(t), nil)
	sub := newSubscriber(t)
	r.publish("nong-thon", "tin")
	topic := r.topic("nong-thon", news.RSS)
	r.subscribe(topic, sub.URL+"/cb")
	s := r.confirmed(sub.URL + "/cb")
	order := func(in news.Intent) {
		t.Helper()
		in.Nonce, in.At = string(in.Mode), time.Now().UTC()
		if err := store.NewHub(r.core).Ask(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	order(news.Intent{ID: s.ID, Mode: news.Replay})
	if p := sub.await(t, "/cb", 1); p.body != "rss: tin" {
		t.Errorf("replayed %q", p.body)
	}
	order(news.Intent{ID: "0nobody", Mode: news.Replay}) // settled, and nothing else
	order(news.Intent{ID: s.ID, Mode: news.Remove, Reason: "vi phạm"})
	eventually(t, "the subscriber is told", func() bool { return len(sub.questions("/cb")) == 2 })
	if q := sub.questions("/cb")[1]; q.Get("hub.mode") != "denied" || q.Get("hub.reason") != "vi phạm" || q.Get("hub.topic") != topic {
		t.Errorf("told %v", q)
	}
	eventually(t, "all is settled", func() bool {
		_, there := r.subscription(sub.URL + "/cb")
		left := 0
		for n := range news.HubShards {
			intents, _, err := store.NewHub(r.core).Asked(t.Context(), n, "", 0)
			if err != nil {
				t.Fatal(err)
			}
			left += len(intents)
		}
		return !there && left == 0
	})
	if len(sub.got("/cb")) != 1 {
		t.Errorf("content came %d times", len(sub.got("/cb")))
	}
}

// An order takes nothing away from what the subscriber wants, and is done though
// the process that took it up goes down at once.
func TestOrdersSurvive(t *testing.T) {
	core := tempStore(t)
	sub := newSubscriber(t)
	r := startHub(t, core, onSite)
	topic := site + "/topics/nong-thon.rss"
	r.publish("nong-thon", "tin")
	r.subscribe(topic, sub.URL+"/cb")
	s := r.confirmed(sub.URL + "/cb")
	hold := make(chan struct{})
	sub.asked(func(http.ResponseWriter, *http.Request) bool { <-hold; return false })
	sub.on(func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(500); return true })
	r.want(http.StatusAccepted, "hub.mode", "unsubscribe", "hub.topic", topic, "hub.callback", sub.URL+"/cb")
	eventually(t, "it is asked whether it wants to go", func() bool { return len(sub.questions("/cb")) == 2 })
	if err := store.NewHub(core).Ask(t.Context(), news.Intent{ID: s.ID, Nonce: "n", Mode: news.Replay, At: time.Now().UTC()}); err != nil {
		t.Fatal(err)
	}
	sub.await(t, "/cb", 1) // in vain
	r.stop()
	sub.on(nil)
	again := startHub(t, core, onSite)
	if p := sub.await(t, "/cb", 2); p.body != "rss: tin" {
		t.Errorf("replayed %q", p.body)
	}
	close(hold)
	eventually(t, "it is gone", func() bool { _, ok := again.subscription(sub.URL + "/cb"); return !ok })
}

// A lease that ends is the end, and what is past it is not delivered.
func TestLeaseEnds(t *testing.T) {
	r := startHub(t, tempStore(t), func(o *Options) { o.LeaseMin, o.Lease = time.Second, time.Second })
	sub := newSubscriber(t)
	r.publish("nong-thon", "tin")
	r.subscribe(r.topic("nong-thon", news.RSS), sub.URL+"/cb")
	s := r.confirmed(sub.URL + "/cb")
	r.publish("nong-thon", "trong hạn")
	sub.await(t, "/cb", 1)
	time.Sleep(time.Until(s.Until) + 50*time.Millisecond)
	r.publish("nong-thon", "quá hạn")
	if quiet(); len(sub.got("/cb")) != 1 {
		t.Error("content came after the lease")
	}
	r.subscribe(r.topic("nong-thon", news.RSS), sub.URL+"/cb") // it may begin anew
	eventually(t, "it is confirmed", func() bool { now, _ := r.subscription(sub.URL + "/cb"); return now.Until.After(s.Until) })
	r.publish("nong-thon", "hạn mới")
	if p := sub.await(t, "/cb", 2); p.body != "rss: hạn mới" {
		t.Errorf("got %q", p.body)
	}
}

// What was asked before a process went down is verified by the next.
func TestIntentsSurvive(t *testing.T) {
	core := tempStore(t)
	r := startHub(t, core, onSite)
	sub := newSubscriber(t)
	hold := make(chan struct{})
	sub.asked(func(w http.ResponseWriter, q *http.Request) bool { <-hold; return true })
	r.publish("nong-thon", "tin")
	r.subscribe(site+"/topics/nong-thon.rss", sub.URL+"/cb")
	eventually(t, "it is asked", func() bool { return len(sub.questions("/cb")) == 1 })
	r.stop()
	close(hold)
	sub.asked(nil)
	r = startHub(t, core, onSite)
	r.revision = 10
	r.confirmed(sub.URL + "/cb")
	if a, b := sub.questions("/cb")[0].Get("hub.challenge"), sub.questions("/cb")[1].Get("hub.challenge"); a == b {
		t.Error("a challenge was used twice")
	}
	r.publish("nong-thon", "tin mới")
	sub.await(t, "/cb", 1)
}
