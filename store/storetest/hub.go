package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"tinhub/news"
	"tinhub/store"
)

func intent(n int, mode news.IntentMode) news.Intent {
	callback := fmt.Sprintf("https://doc.example/hook/%d", n)
	return news.Intent{
		ID: news.SubscriptionID("https://tin.example/topics/tat-ca.rss", callback), Nonce: fmt.Sprint(mode, n), Mode: mode,
		Topic: "https://tin.example/topics/tat-ca.rss", Channel: "tat-ca", Format: news.RSS, Callback: callback, Lease: time.Hour, At: noon,
	}
}

func subscription(in news.Intent) news.Subscription {
	return news.Subscription{ID: in.ID, Topic: in.Topic, Channel: in.Channel, Format: in.Format, Callback: in.Callback,
		Lease: in.Lease, Since: noon, Verified: noon, Until: noon.Add(in.Lease)}
}

func facetHub(t *testing.T, core store.Core) {
	h := store.NewHub(core)
	in := intent(1, news.Subscribe)
	n := news.HubShardOf(in.ID)
	must(t, h.Ask(t.Context(), in))
	must(t, h.Ask(t.Context(), in)) // a resent request
	got, place, err := h.Asked(t.Context(), n, "", 0)
	must(t, err)
	matches(t, "lines", lines(t, core, store.HubShard(n), "asks"), 1)
	if len(got) != 1 || got[0].Version == 0 {
		t.Fatalf("asked: %+v", got)
	}
	read := got[0]
	want := in
	want.Version = read.Version
	matches(t, "intent", read, want)

	s := subscription(in)
	done := val(h.Settle(t.Context(), lease("hub", 1), n, []news.Settling{{ID: in.ID, Done: &read, Subscription: &s}})).or(t)
	matches(t, "settled", done[0].Applied, true)
	all := val(h.Load(t.Context(), lease("hub", 1), n)).or(t)
	matches(t, "shard", all, news.HubShard{Subscriptions: []news.Subscription{s}})
	matches(t, "one", val(h.Subscription(t.Context(), in.ID)).or(t), s)
	again, next, err := h.Asked(t.Context(), n, place, 0)
	must(t, err)
	matches(t, "nothing new", len(again), 0)
	matches(t, "place", next, place)

	s.Revision, s.Failures = 7, 2
	val(h.Settle(t.Context(), lease("hub", 1), n, []news.Settling{{ID: in.ID, Subscription: &s}})).or(t)
	matches(t, "changed", val(h.Subscription(t.Context(), in.ID)).or(t), s)
	val(h.Settle(t.Context(), lease("hub", 1), n, []news.Settling{{ID: in.ID, Remove: true}})).or(t)
	_, err = h.Subscription(t.Context(), in.ID)
	is(t, err, news.ErrNotFound)
	matches(t, "nothing to settle", len(val(h.Settle(t.Context(), lease("hub", 1), n, nil)).or(t)), 0)
}

// A newer intent is never settled by what became of an older one, and a former
// owner settles nothing.
func facetHubOvertaken(t *testing.T, core store.Core) {
	h := store.NewHub(core)
	in := intent(1, news.Subscribe)
	n := news.HubShardOf(in.ID)
	must(t, h.Ask(t.Context(), in))
	old := val(h.Load(t.Context(), lease("hub", 5), n)).or(t).Intents[0]
	must(t, h.Ask(t.Context(), intent(1, news.Unsubscribe)))
	s := subscription(in)
	got := val(h.Settle(t.Context(), lease("hub", 5), n, []news.Settling{{ID: in.ID, Done: &old, Subscription: &s}})).or(t)
	matches(t, "overtaken", got[0].Applied, false)
	all := val(h.Load(t.Context(), lease("hub", 5), n)).or(t)
	if len(all.Subscriptions) != 0 || len(all.Intents) != 1 || all.Intents[0].Mode != news.Unsubscribe {
		t.Fatalf("the newer intent is not what is left: %+v", all)
	}

	next := all.Intents[0]
	next.Attempts, next.Due = 1, noon.Add(time.Minute)
	got = val(h.Settle(t.Context(), lease("hub", 5), n, []news.Settling{{ID: in.ID, Done: &all.Intents[0], Next: &next}})).or(t)
	matches(t, "tried again", got[0].Applied, true)
	all = val(h.Load(t.Context(), lease("hub", 6), n)).or(t)
	next.Version = got[0].Version
	matches(t, "next", all.Intents, []news.Intent{next})

	_, err := h.Settle(t.Context(), lease("hub", 5), n, []news.Settling{{ID: in.ID, Subscription: &s}})
	is(t, err, news.ErrFenced)
	_, err = h.Load(t.Context(), lease("hub", 5), n)
	is(t, err, news.ErrFenced)
}

// What an admin orders and what a subscriber wants stand side by side; a removal
// leaves the denial that the subscriber is to be told of.
func facetHubOrders(t *testing.T, core store.Core) {
	h := store.NewHub(core)
	in := intent(1, news.Unsubscribe)
	n := news.HubShardOf(in.ID)
	must(t, h.Ask(t.Context(), in))
	must(t, h.Ask(t.Context(), intent(1, news.Replay)))
	must(t, h.Ask(t.Context(), intent(1, news.Remove))) // the later order counts
	var wants, order news.Intent
	for _, got := range val(h.Load(t.Context(), lease("hub", 1), n)).or(t).Intents {
		if got.Mode == news.Unsubscribe {
			wants = got
		} else {
			order = got
		}
	}
	matches(t, "what the subscriber wants", wants.Nonce, in.Nonce)
	matches(t, "the order", order.Mode, news.Remove)

	s := subscription(in)
	val(h.Settle(t.Context(), lease("hub", 1), n, []news.Settling{{ID: in.ID, Subscription: &s}})).or(t)
	denied := intent(1, news.Denied)
	got := val(h.Settle(t.Context(), lease("hub", 1), n, []news.Settling{{ID: in.ID, Done: &order, Remove: true, Next: &denied}})).or(t)
	all := val(h.Load(t.Context(), lease("hub", 1), n)).or(t)
	denied.Version = got[0].Version
	matches(t, "told", all.Intents, []news.Intent{denied})
	matches(t, "removed", len(all.Subscriptions), 0)
	got = val(h.Settle(t.Context(), lease("hub", 1), n, []news.Settling{{ID: in.ID, Done: &order, Subscription: &s}})).or(t)
	matches(t, "an order that is settled", got[0].Applied, false)
	matches(t, "nothing of it", len(val(h.Load(t.Context(), lease("hub", 1), n)).or(t).Subscriptions), 0)
}

// A settling whose reply was lost is answered as the first time when it is
// settled again.
func facetHubResent(t *testing.T, core store.Core) {
	f := &faulty{Core: core, lost: true}
	h := store.NewHub(f)
	in := intent(1, news.Subscribe)
	n := news.HubShardOf(in.ID)
	must(t, h.Ask(t.Context(), in))
	read := val(h.Load(t.Context(), lease("hub", 1), n)).or(t).Intents[0]
	s := subscription(in)
	list := []news.Settling{{ID: in.ID, Done: &read, Subscription: &s}}
	f.nth = 1
	if _, err := h.Settle(t.Context(), lease("hub", 1), n, list); !errors.Is(err, errTorn) {
		t.Fatalf("got %v, want the torn connection", err)
	}
	got := val(h.Settle(t.Context(), lease("hub", 1), n, list)).or(t)
	matches(t, "settled", got[0].Applied, true)
	matches(t, "stored", val(h.Subscription(t.Context(), in.ID)).or(t), s)
}

func facetHubLists(t *testing.T, core store.Core) {
	h := store.NewHub(core)
	for i := range 40 {
		in := intent(i, news.Subscribe)
		s := subscription(in)
		val(h.Settle(t.Context(), lease("hub", 1), news.HubShardOf(in.ID), []news.Settling{{ID: in.ID, Subscription: &s}})).or(t)
	}
	seen := map[string]bool{}
	after := ""
	for {
		page := val(h.Subscriptions(t.Context(), after, 7)).or(t)
		if len(page) == 0 {
			break
		}
		for _, s := range page {
			if s.ID <= after || seen[s.ID] {
				t.Fatalf("%s comes behind %s", s.ID, after)
			}
			after, seen[s.ID] = s.ID, true
		}
	}
	matches(t, "all", len(seen), 40)

}

// A ping is one line for all shards, and is soon forgotten, however many came.
func facetHubPings(t *testing.T, core store.Core) {
	h := store.NewHub(core)
	hints := val(store.NewHints(core).HubHints(t.Context())).or(t)
	must(t, h.Ask(t.Context(), news.Intent{Mode: news.Ping, Nonce: "p", Channel: "tat-ca", Format: news.RSS, At: noon}))
	for n := range news.HubShards {
		matches(t, "lines of a shard", lines(t, core, store.HubShard(n), "asks"), 0)
	}
	got, place, err := h.Asked(t.Context(), news.HubAll, "", 0)
	must(t, err)
	matches(t, "ping", got, []news.Intent{{Mode: news.Ping, Channel: "tat-ca", Format: news.RSS, At: noon}})
	select {
	case n := <-hints:
		matches(t, "hint", n, news.HubAll)
	case <-time.After(5 * time.Second):
		t.Error("no hint of a ping")
	}
	for n := range 1200 {
		must(t, h.Ask(t.Context(), news.Intent{Mode: news.Ping, Nonce: fmt.Sprint(n), Channel: "tat-ca", Format: news.RSS, At: noon.Add(time.Minute)}))
	}
	sweep(t, core, noon.Add(10*time.Minute), 0)
	matches(t, "lines", lines(t, core, store.HubShard(news.HubAll), "asks"), 1200)
	sweep(t, core, noon.Add(11*time.Minute), 0)
	matches(t, "lines", lines(t, core, store.HubShard(news.HubAll), "asks"), 0)
	must(t, h.Ask(t.Context(), news.Intent{Mode: news.Ping, Nonce: "q", Channel: "rieng", Format: news.RSS, At: noon}))
	got, _, err = h.Asked(t.Context(), news.HubAll, place, 0)
	must(t, err)
	matches(t, "the next", got, []news.Intent{{Mode: news.Ping, Channel: "rieng", Format: news.RSS, At: noon}})
}

// Whoever takes a shard over goes on where the last owner was, and reads none of
// what came before; the sweep forgets that, and nothing beyond it.
func facetHubPlace(t *testing.T, core store.Core) {
	h := store.NewHub(core)
	in := intent(1, news.Subscribe)
	n := news.HubShardOf(in.ID)
	for i := range 700 {
		in.Nonce, in.At = fmt.Sprint(i), noon.Add(time.Duration(i)*time.Second)
		must(t, h.Ask(t.Context(), in))
	}
	matches(t, "nobody was there", val(h.Load(t.Context(), lease("hub", 1), n)).or(t).Place, news.Place(""))
	_, place, err := h.Asked(t.Context(), n, "", 600)
	must(t, err)
	sweep(t, core, noon.Add(time.Hour), 0)
	matches(t, "not taken up", lines(t, core, store.HubShard(n), "asks"), 700)
	val(h.Settle(t.Context(), lease("hub", 1), n, []news.Settling{{Place: place}})).or(t)
	sweep(t, core, noon.Add(time.Hour), 0)
	matches(t, "not taken up", lines(t, core, store.HubShard(n), "asks"), 100)
	next := val(h.Load(t.Context(), lease("hub", 2), n)).or(t)
	matches(t, "taken over", next.Place, place)
	matches(t, "intents", len(next.Intents), 1)
	_, err = h.Settle(t.Context(), lease("hub", 1), n, []news.Settling{{Place: "1"}})
	is(t, err, news.ErrFenced)
	sweep(t, core, noon.Add(25*time.Hour), 0)
	matches(t, "older than any intent", lines(t, core, store.HubShard(n), "asks"), 0)
}

// What is over goes: subscriptions a day after their lease, and old lines.
func facetHubSwept(t *testing.T, core store.Core) {
	h := store.NewHub(core)
	in := intent(1, news.Subscribe)
	n := news.HubShardOf(in.ID)
	s := subscription(in)
	must(t, h.Ask(t.Context(), in))
	val(h.Settle(t.Context(), lease("hub", 1), n, []news.Settling{{ID: in.ID, Subscription: &s}})).or(t)
	sweeper := store.NewSweeper(core, store.Keep{})
	val(sweeper.Sweep(t.Context(), noon.Add(20*time.Hour), 0)).or(t)
	matches(t, "kept", len(val(h.Load(t.Context(), lease("hub", 1), n)).or(t).Subscriptions), 1)
	val(sweeper.Sweep(t.Context(), noon.Add(26*time.Hour), 0)).or(t)
	all := val(h.Load(t.Context(), lease("hub", 1), n)).or(t)
	matches(t, "forgotten", len(all.Subscriptions)+len(all.Intents), 0)
	matches(t, "lines", lines(t, core, store.HubShard(n), "asks"), 0)
}

func facetHubHints(t *testing.T, core store.Core) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	hints := val(store.NewHints(core).HubHints(ctx)).or(t)
	in := intent(3, news.Subscribe)
	must(t, store.NewHub(core).Ask(t.Context(), in))
	select {
	case n := <-hints:
		matches(t, "shard", n, news.HubShardOf(in.ID))
	case <-time.After(5 * time.Second):
		t.Error("no hint of what was asked")
	}
}

func facetHeads(t *testing.T, core store.Core) {
	o := store.NewOutputs(core)
	must(t, o.Save(t.Context(), lease("publish", 1), []news.Output{output(news.RSS, 1), output(news.Atom, 1)}))
	must(t, o.Save(t.Context(), lease("publish", 1), []news.Output{output(news.Atom, 2)}))
	heads := func(channels ...string) map[news.Format]int64 {
		m := map[news.Format]int64{}
		for _, h := range val(o.Heads(t.Context(), channels...)).or(t) {
			if h.Body != nil || h.ETag == "" {
				t.Errorf("head %+v", h)
			}
			m[h.Format] = h.Revision
		}
		return m
	}
	matches(t, "heads", heads("tat-ca"), map[news.Format]int64{news.RSS: 1, news.Atom: 2})
	matches(t, "of all", heads(), map[news.Format]int64{news.RSS: 1, news.Atom: 2})
	matches(t, "of another", heads("provinces/ca-mau"), map[news.Format]int64{})
}
