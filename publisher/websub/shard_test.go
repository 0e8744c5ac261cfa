package websub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tinhub/news"
	"tinhub/store"
)

// A ledger is a store that says to each list what a test wants it to.
type ledger struct {
	Subscriptions
	lists [][]news.Settling
	say   func(list []news.Settling) ([]news.Settled, error)
}

func (l *ledger) Settle(_ context.Context, _ news.Lease, _ int, list []news.Settling) ([]news.Settled, error) {
	l.lists = append(l.lists, list)
	return l.say(list)
}

// all applies whatever it is given, or nothing.
func all(applied bool) func([]news.Settling) ([]news.Settled, error) {
	return func(list []news.Settling) ([]news.Settled, error) {
		out := make([]news.Settled, len(list))
		for i := range out {
			out[i].Applied = applied
		}
		return out, nil
	}
}

// hanging is a sender for which everybody takes their time.
type hanging struct{ Sender }

func (hanging) Send(ctx context.Context, _ Message) (Answer, error) {
	<-ctx.Done()
	return Answer{}, ctx.Err()
}

func (hanging) Lookup(context.Context, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
}

// aShard has so many subscriptions to what was published once, and is not run:
// the test is its loop.
func aShard(t *testing.T, l *ledger, many int) (*shard, *error) {
	h := New(Deps{Subscriptions: l, Sender: hanging{}}, Options{Settings: Settings{URL: site, Topics: []news.Topic{{ID: "nong-thon", Public: true}}}})
	h.heads.want("nong-thon")
	h.heads.put(nil, []news.Output{{Channel: "nong-thon", Format: news.RSS, Revision: 1, ETag: "một"}})
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	ended := new(error)
	s := newShard(ctx, h, 0, func(why error) { *ended = why; cancel() })
	now := time.Now().UTC()
	for i := range many {
		s.install(news.Subscription{ID: fmt.Sprint("0", i), Topic: site + "/topics/nong-thon.rss", Channel: "nong-thon", Format: news.RSS,
			Callback: "http://doc.example/", Revision: 1, ETag: "một", Since: now, Verified: now, Until: now.Add(time.Hour)})
	}
	return s, ended
}

// What is no longer a topic is denied to all who subscribed to it, many at a
// time; until that is stored, they are known.
func TestDeniedTogether(t *testing.T) {
	l := &ledger{say: all(true)}
	s, _ := aShard(t, l, 600)
	s.hub.Reload(Settings{URL: site})
	s.denyCeased(time.Now())
	if len(s.subs) != 0 || len(s.intents) != 600 || len(l.lists) != 3 {
		t.Errorf("%d are left, %d are told, in %d lists", len(s.subs), len(s.intents), len(l.lists))
	}

	for name, say := range map[string]func([]news.Settling) ([]news.Settled, error){
		"overtaken":          all(false),
		"the store is gone":  func([]news.Settling) ([]news.Settled, error) { return nil, errKilled },
		"another process is": func([]news.Settling) ([]news.Settled, error) { return nil, news.ErrFenced },
	} {
		t.Run(name, func(t *testing.T) {
			l := &ledger{say: say}
			s, ended := aShard(t, l, 200)
			outcome := s.subs["00"].Subscription
			s.settle(news.Settling{ID: outcome.ID, Subscription: &outcome})
			s.hub.Reload(Settings{URL: site})
			s.denyCeased(time.Now())
			if len(s.subs) != 200 || len(s.intents) != 0 {
				t.Errorf("%d are left, %d are told of what was not stored", len(s.subs), len(s.intents))
			}
			_, kept := s.pending[outcome.ID]
			if failed := name != "overtaken"; failed != (*ended != nil) || kept == failed {
				t.Errorf("ended for %v, an older outcome is to be stored: %v", *ended, kept)
			}
		})
	}
}

// However often something is published that a failing subscriber does not take,
// it is one thing to remember.
func TestFailingIsRememberedOnce(t *testing.T) {
	s, _ := aShard(t, &ledger{say: all(true)}, 10)
	now := time.Now()
	for i := range 1000 {
		s.hub.heads.put(nil, []news.Output{{Channel: "nong-thon", Format: news.RSS, Revision: int64(i + 2), ETag: fmt.Sprint(i)}})
		for _, e := range s.subs {
			e.Due, e.Failures = now.Add(time.Minute), 1
			s.consider(e, now)
			s.install(e.Subscription) // confirmed anew
		}
	}
	if n := len(s.times.heap); n != 10 {
		t.Errorf("%d moments of 10 subscriptions", n)
	}
	if at := s.times.next(); !at.Equal(now.Add(time.Minute)) {
		t.Errorf("the next is at %v, want in a minute", at)
	}
	for _, e := range s.subs {
		s.forget(e)
	}
	if n := len(s.times.heap) + len(s.times.of); n != 0 {
		t.Errorf("%d moments of nobody", n)
	}
}

// Times are looked at in order, each id at the earliest that was asked for.
func TestTimes(t *testing.T) {
	noon := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	at := func(m int) time.Time { return noon.Add(time.Duration(m) * time.Minute) }
	times := newTimes()
	for _, one := range []moment{{at: at(5), id: "a"}, {at: at(3), id: "b"}, {at: at(2), id: "a"}, {at: at(9), id: "b"}, {at: at(1), id: "c"}, {at: at(4), id: "d"}, {at: at(30), id: "e"}} {
		times.add(one.at, one.id)
	}
	times.drop("c")
	times.drop("nobody")
	got := ""
	times.each(at(10), func(id string) {
		if got += id; got == "ab" {
			times.add(at(6), "a")
		}
	})
	if got != "abda" || !times.next().Equal(at(30)) {
		t.Errorf("looked at %q, next at %v", got, times.next())
	}
}

// forgetful loses the replies to verdicts: they are stored, and whoever stored
// them does not learn it.
type forgetful struct {
	*store.Hub
	losing atomic.Int32 // so many more
}

var errLost = errors.New("the reply was lost")

func (f *forgetful) Settle(ctx context.Context, l news.Lease, shard int, list []news.Settling) ([]news.Settled, error) {
	out, err := f.Hub.Settle(ctx, l, shard, list)
	if err == nil && len(list) > 0 && list[0].Done != nil && f.losing.Add(-1) >= 0 {
		return nil, errLost
	}
	return out, err
}

// A reply of the store that is lost changes nothing of what became of a question:
// who confirmed is subscribed, and who could not be asked is asked again.
func TestLostReplyToVerdict(t *testing.T) {
	t.Parallel()
	f := &forgetful{}
	core, sub := tempStore(t), newSubscriber(t)
	f.Hub = store.NewHub(core)
	var once sync.Once
	sub.asked(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/later" {
			return false
		}
		first := false
		once.Do(func() { first = true })
		if first {
			hijacked, _, _ := w.(http.Hijacker).Hijack()
			hijacked.Close() // it gives no answer at all
		}
		return first
	})
	r := startHub(t, core, nil, func(d *Deps) { d.Subscriptions = f })
	r.publish("nong-thon", "tin")
	topic := r.topic("nong-thon", news.RSS)
	f.losing.Store(2)
	r.subscribe(topic, sub.URL+"/later")
	eventually(t, "the replies are lost", func() bool { return f.losing.Load() <= 0 })
	r.confirmed(sub.URL + "/later")
	f.losing.Store(2)
	r.subscribe(topic, sub.URL+"/cb")
	r.confirmed(sub.URL + "/cb")
	r.publish("nong-thon", "tin mới")
	for _, path := range []string{"/later", "/cb"} {
		if p := sub.await(t, path, 1); p.body != "rss: tin mới" {
			t.Errorf("%s got %q", path, p.body)
		}
	}
}

// What is signed with a secret that the subscriber has replaced meanwhile is
// nothing to it: it gets the same again, with the new one.
func TestSecretChangedUnderWay(t *testing.T) {
	r, sub := startHub(t, tempStore(t), nil), newSubscriber(t)
	topic := r.topic("nong-thon", news.RSS)
	r.publish("nong-thon", "tin")
	r.subscribe(topic, sub.URL+"/cb", "hub.secret", "cũ")
	r.confirmed(sub.URL + "/cb")
	hold := make(chan struct{})
	sub.on(func(http.ResponseWriter, *http.Request) bool { <-hold; return false })
	r.publish("nong-thon", "tin mới")
	first := sub.await(t, "/cb", 1)
	r.subscribe(topic, sub.URL+"/cb", "hub.secret", "mới")
	eventually(t, "the new secret is confirmed", func() bool { s, _ := r.subscription(sub.URL + "/cb"); return s.Secret == "mới" })
	close(hold)
	again := sub.await(t, "/cb", 2)
	if got, want := again.header.Get("X-Hub-Signature"), signed(again, "mới"); got != want || again.body != first.body {
		t.Errorf("then it got %q, signed %s, want %s", again.body, got, want)
	}
	if a, b := first.header.Get("X-Hub-Delivery"), again.header.Get("X-Hub-Delivery"); a != b {
		t.Errorf("the delivery's id went from %s to %s", a, b)
	}
	if quiet(); len(sub.got("/cb")) != 2 {
		t.Errorf("it came %d times", len(sub.got("/cb")))
	}
}

// Who asks for the verification of strangers at an address that others are at,
// too, keeps nobody there from renewing.
func TestRenewalsBesideStrangers(t *testing.T) {
	t.Parallel()
	core, sub := tempStore(t), newSubscriber(t)
	const renewing = 20
	var good, bad []string
	for i := range renewing {
		good = append(good, fmt.Sprint(sub.URL, "/cb", i))
	}
	for i := range 500 {
		bad = append(bad, fmt.Sprint(sub.URL, "/stranger", i))
	}
	sub.asked(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path[:3] == "/cb" {
			return false
		}
		http.NotFound(w, r)
		return true
	})
	enrol(t, core, good...)
	askAll(t, core, bad)
	r := startHub(t, core, onSite)
	refused := func() (n int) {
		sub.mu.Lock()
		defer sub.mu.Unlock()
		for _, path := range sub.paths {
			if path[:3] != "/cb" {
				n++
			}
		}
		return n
	}
	eventually(t, "strangers are spared", func() bool { return refused() >= doubtful })
	for _, cb := range good {
		r.subscribe(site+"/topics/nong-thon.rss", cb)
	}
	for i := range renewing {
		eventually(t, "they renew", func() bool { return len(sub.questions(fmt.Sprint("/cb", i))) == 1 })
	}
	if n := refused(); n > 100 {
		t.Errorf("meanwhile %d strangers were asked", n)
	}
}

// Anybody may ping, however often: a topic's pings are listened to a few times,
// and then once a minute.
func TestPingsAreFew(t *testing.T) {
	r := startHub(t, tempStore(t), nil)
	topic := r.topic("nong-thon", news.RSS)
	for range 50 {
		r.want(http.StatusAccepted, "hub.mode", "publish", "hub.topic", topic)
	}
	r.want(http.StatusAccepted, "hub.mode", "publish", "hub.topic", r.topic("nong-thon", news.Atom))
	for n := range news.HubAll + 1 {
		pings, _, err := store.NewHub(r.core).Asked(t.Context(), n, "", 1000)
		lines, err2 := r.core.Read(t.Context(), store.HubShard(n), "asks", "", 1000)
		want := 0
		if n == news.HubAll {
			want = pingBurst + 1
		}
		if err != nil || err2 != nil || len(lines) != want || want > 0 && len(pings) != 2 {
			t.Errorf("shard %d has %d lines of %d topics: %v %v", n, len(lines), len(pings), err, err2)
		}
	}
}
