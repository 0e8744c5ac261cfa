package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tinhub/news"
	"tinhub/store"
)

func output(f news.Format, revision int64) news.Output {
	return news.Output{
		Channel: "tat-ca", Format: f, Revision: revision, Modified: noon.Add(time.Duration(revision) * time.Second),
		ETag: fmt.Sprintf("%s-%d", f, revision), Items: 3,
		Body: fmt.Appendf(nil, "body %d of %s, chín\x00mươi", revision, f),
	}
}

func load(t *testing.T, o *store.Outputs, channel string) map[news.Format]news.Output {
	t.Helper()
	outs, err := o.Load(t.Context(), channel)
	must(t, err)
	m := map[news.Format]news.Output{}
	for _, out := range outs {
		m[out.Format] = out
	}
	return m
}

func facetOutputs(t *testing.T, core store.Core) {
	o := store.NewOutputs(core)
	matches(t, "no channels", val(o.Channels(t.Context())).or(t), map[string]int64{})
	matches(t, "no outputs", len(load(t, o, "tat-ca")), 0)

	must(t, o.Save(t.Context(), lease("publish", 1), []news.Output{output(news.RSS, 1), output(news.Atom, 1)}))
	must(t, o.Save(t.Context(), lease("publish", 1), []news.Output{output(news.Atom, 2)}))
	must(t, o.Save(t.Context(), lease("publish", 1), nil))
	matches(t, "outputs", load(t, o, "tat-ca"), map[news.Format]news.Output{
		news.RSS: output(news.RSS, 1), news.Atom: output(news.Atom, 2)})

	province := output(news.JSON, 9)
	province.Channel = "provinces/ca-mau"
	must(t, o.Save(t.Context(), lease("publish", 1), []news.Output{province}))
	matches(t, "channels", val(o.Channels(t.Context())).or(t), map[string]int64{"tat-ca": 2, "provinces/ca-mau": 9})
	if err := o.Save(t.Context(), lease("publish", 1), []news.Output{province, output(news.RSS, 3)}); err == nil {
		t.Error("outputs of two channels were saved at once")
	}

	must(t, o.Drop(t.Context(), lease("publish", 1), "tat-ca"))
	must(t, o.Drop(t.Context(), lease("publish", 1), "tat-ca"))
	must(t, o.Drop(t.Context(), lease("publish", 1), "never-there"))
	matches(t, "channels", val(o.Channels(t.Context())).or(t), map[string]int64{"provinces/ca-mau": 9})
	matches(t, "outputs", len(load(t, o, "tat-ca")), 0)
	matches(t, "lines", lines(t, core, store.Out("tat-ca"), "revisions"), 4)
	must(t, o.Save(t.Context(), lease("publish", 1), []news.Output{output(news.RSS, 1)}))
	matches(t, "declared again", load(t, o, "tat-ca")[news.RSS].Revision, int64(1))
}

// An older revision never replaces a newer one, and a lost lease saves nothing.
func facetOutputsBack(t *testing.T, core store.Core) {
	f := &faulty{Core: core, lost: true}
	o := store.NewOutputs(f)
	must(t, o.Save(t.Context(), lease("publish", 3), []news.Output{output(news.RSS, 5), output(news.Atom, 5)}))
	other := output(news.RSS, 5)
	other.Body = []byte("another body")
	must(t, o.Save(t.Context(), lease("publish", 3), []news.Output{other, output(news.Atom, 4)}))
	is(t, o.Save(t.Context(), lease("publish", 2), []news.Output{output(news.RSS, 6)}), news.ErrFenced)
	is(t, o.Drop(t.Context(), lease("publish", 2), "tat-ca"), news.ErrFenced)
	matches(t, "outputs", load(t, o, "tat-ca"), map[news.Format]news.Output{
		news.RSS: output(news.RSS, 5), news.Atom: output(news.Atom, 5)})
	matches(t, "lines", lines(t, core, store.Out("tat-ca"), "revisions"), 2)

	f.nth = 1
	newer := []news.Output{output(news.RSS, 7), output(news.Atom, 5)}
	is(t, o.Save(t.Context(), lease("publish", 3), newer), errTorn)
	must(t, o.Save(t.Context(), lease("publish", 3), newer))
	matches(t, "lines", lines(t, core, store.Out("tat-ca"), "revisions"), 3)
}

// Whoever saved last writes again what the store lost meanwhile, or another dropped.
func facetOutputsLost(t *testing.T, core store.Core) {
	o, other := store.NewOutputs(core), store.NewOutputs(core)
	for revision := range int64(3) {
		must(t, o.Save(t.Context(), lease("publish", 1), []news.Output{output(news.RSS, revision+1), output(news.Atom, revision+1)}))
	}
	must(t, other.Drop(t.Context(), lease("publish", 1), "tat-ca"))
	for _, revision := range []int64{3, 4} { // the same again, then one on top
		must(t, o.Save(t.Context(), lease("publish", 1), []news.Output{output(news.RSS, revision)}))
		matches(t, "what is stored", load(t, other, "tat-ca"), map[news.Format]news.Output{news.RSS: output(news.RSS, revision)})
	}
	must(t, other.Save(t.Context(), lease("publish", 2), []news.Output{output(news.RSS, 9)}))
	must(t, o.Save(t.Context(), lease("publish", 3), []news.Output{output(news.RSS, 7), output(news.JSON, 7)}))
	got := load(t, other, "tat-ca")
	matches(t, "the newest", [2]int64{got[news.RSS].Revision, got[news.JSON].Revision}, [2]int64{9, 7})
}

// Whoever saves, and in whatever order, the newest stays and the log only rises.
func facetOutputsRaced(t *testing.T, core store.Core) {
	var wg sync.WaitGroup
	for r := range 6 {
		wg.Go(func() {
			o := store.NewOutputs(core)
			if err := o.Save(t.Context(), lease("publish", 1), []news.Output{output(news.RSS, int64(r+1)), output(news.JSON, int64(6-r))}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got := load(t, store.NewOutputs(core), "tat-ca")
	matches(t, "the newest", [2]int64{got[news.RSS].Revision, got[news.JSON].Revision}, [2]int64{6, 6})
	matches(t, "its bytes", got[news.RSS].Body, output(news.RSS, 6).Body)
}

// A newer revision that is written while an older one is on its way stays.
func facetOutputsBetween(t *testing.T, core store.Core) {
	for _, first := range []int64{0, 10} { // on a channel that has none, and on one that has
		newer, i := first+5, &interposed{Core: core}
		i.before = func() {
			must(t, store.NewOutputs(core).Save(t.Context(), lease("publish", 1), []news.Output{output(news.RSS, newer)}))
		}
		must(t, store.NewOutputs(i).Save(t.Context(), lease("publish", 1), []news.Output{output(news.RSS, newer-1), output(news.Atom, newer)}))
		got := load(t, store.NewOutputs(core), "tat-ca")
		matches(t, "the newest", [2]int64{got[news.RSS].Revision, got[news.Atom].Revision}, [2]int64{newer, newer})
	}
	matches(t, "lines", lines(t, core, store.Out("tat-ca"), "revisions"), 4)
}

// A lease that another takes while it is being taken is the other's.
func facetLeasesBetween(t *testing.T, core store.Core) {
	c := &clocked{Core: core, now: noon}
	for _, name := range []string{"of a lease never held", "of one that ran out"} {
		var other news.Lease
		i := &interposed{Core: c}
		i.before = func() { other = val(store.NewLeases(c).Take(t.Context(), "curate", "b", time.Minute)).or(t) }
		_, err := store.NewLeases(i).Take(t.Context(), "curate", "a", time.Minute)
		if !errors.Is(err, news.ErrHeld) {
			t.Errorf("%s: got error %v, want that it is held", name, err)
		}
		val(store.NewLeases(c).Renew(t.Context(), other, time.Minute)).or(t)
		c.pass(time.Hour)
	}
}

func facetLeases(t *testing.T, core store.Core) {
	c := &clocked{Core: core, now: noon}
	l := store.NewLeases(c)
	ctx := t.Context()
	one := val(l.Take(ctx, "curate", "a", time.Minute)).or(t)
	matches(t, "taken", one, news.Lease{Name: "curate", Holder: "a", Token: noon.UnixMilli(), Until: noon.Add(time.Minute)})
	_, err := l.Take(ctx, "curate", "b", time.Minute)
	is(t, err, news.ErrHeld)
	val(l.Take(ctx, "shard/00", "b", time.Minute)).or(t) // another lease is another matter

	c.pass(40 * time.Second)
	one = val(l.Renew(ctx, one, time.Minute)).or(t)
	matches(t, "renewed", one.Until, noon.Add(100*time.Second))
	c.pass(59 * time.Second)
	_, err = l.Take(ctx, "curate", "b", time.Minute)
	is(t, err, news.ErrHeld)
	c.pass(2 * time.Second)
	one = val(l.Renew(ctx, one, time.Second)).or(t) // it ran out, and nobody took it
	c.pass(time.Second)
	two := val(l.Take(ctx, "curate", "b", time.Minute)).or(t)
	if two.Token <= one.Token {
		t.Errorf("token %d after %d", two.Token, one.Token)
	}
	_, err = l.Renew(ctx, one, time.Minute)
	is(t, err, news.ErrHeld)
	must(t, l.Release(ctx, one)) // not its own any more
	_, err = l.Take(ctx, "curate", "a", time.Minute)
	is(t, err, news.ErrHeld)

	// Released, it is free at once, and tokens go on from where they were, even
	// where the clock went back.
	must(t, l.Release(ctx, two))
	_, err = l.Renew(ctx, two, time.Minute)
	is(t, err, news.ErrHeld)
	c.pass(-10 * 365 * 24 * time.Hour)
	three := val(l.Take(ctx, "curate", "a", time.Minute)).or(t)
	matches(t, "the next token", three.Token, two.Token+1)
	// Its own holder has it anew under a higher token, which fences off the old.
	four := val(l.Take(ctx, "curate", "a", time.Minute)).or(t)
	matches(t, "the next token", four.Token, three.Token+1)
	_, err = l.Renew(ctx, three, time.Minute)
	is(t, err, news.ErrHeld)
}

// Of many that want a lease at once, one has it; tokens are never shared.
func facetLeasesRaced(t *testing.T, core store.Core) {
	var mu sync.Mutex
	tokens := map[int64]string{}
	holders := 0
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			l := store.NewLeases(core)
			holder := fmt.Sprint(i % 4) // two of each name
			got, err := l.Take(context.WithoutCancel(t.Context()), "curate", holder, time.Hour)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				is(t, err, news.ErrHeld)
				return
			}
			if tokens[got.Token] != "" {
				t.Errorf("token %d was given twice", got.Token)
			}
			tokens[got.Token] = holder
			holders++
		})
	}
	wg.Wait()
	names := map[string]bool{}
	for _, h := range tokens {
		names[h] = true
	}
	if len(names) != 1 {
		t.Errorf("held by %v, want one", tokens)
	}
}

func facetLeasesLost(t *testing.T, core store.Core) {
	f := &faulty{Core: core, lost: true, nth: 1}
	l := store.NewLeases(f)
	ctx := t.Context()
	_, err := l.Take(ctx, "curate", "a", time.Hour)
	is(t, err, errTorn)
	one := val(l.Take(ctx, "curate", "a", time.Hour)).or(t) // it is its own already
	_, err = l.Take(ctx, "curate", "b", time.Hour)
	is(t, err, news.ErrHeld)
	f.nth = 1
	_, err = l.Renew(ctx, one, 2*time.Hour)
	is(t, err, errTorn)
	one = val(l.Renew(ctx, one, 2*time.Hour)).or(t)
	f.nth = 1
	is(t, l.Release(ctx, one), errTorn)
	must(t, l.Release(ctx, one))
	val(l.Take(ctx, "curate", "b", time.Hour)).or(t)
}

func facetMembers(t *testing.T, core store.Core) {
	c := &clocked{Core: core, now: noon}
	l := store.NewLeases(c)
	join := func(group, holder string, ttl time.Duration, want int) {
		t.Helper()
		matches(t, holder+" joins "+group, val(l.Join(t.Context(), group, holder, ttl)).or(t), want)
	}
	join("fetch", "a", time.Minute, 1)
	join("fetch", "b", time.Hour, 2)
	join("fetch", "a", time.Minute, 2)
	join("publish", "a", time.Minute, 1)
	c.pass(time.Minute)
	join("fetch", "c", time.Minute, 2) // a is gone
	join("fetch", "b", 0, 1)
	join("fetch", "c", time.Minute, 1)
}

func facetHints(t *testing.T, core store.Core) {
	ctx, stop := context.WithCancel(t.Context())
	h := store.NewHints(core)
	wires := val(h.WireHints(ctx)).or(t)
	asks := val(h.AskHints(ctx)).or(t)
	stories := val(h.DeskHints(ctx)).or(t)
	channels := val(h.OutputHints(ctx)).or(t)
	admin := val(h.AdminHints(ctx)).or(t)

	w := store.NewWire(core, store.Keep{})
	for n := range 50 { // nobody takes them: they are merged, and block nobody
		must(t, w.Record(ctx, poll(1, noon.Add(time.Duration(n)*time.Minute), entry("bao-mau", n))))
	}
	must(t, w.Ask(ctx, (shard+1)%news.Shards, "bao-khac", noon))
	must(t, newDesk(core).File(ctx, desking(1, "", filed(story(article(1)), "tat-ca"))))
	must(t, store.NewOutputs(core).Save(ctx, lease("publish", 1), []news.Output{output(news.RSS, 1)}))
	val(store.NewKept[news.Topic](core, "topic").Put(ctx, "a", 0, news.Topic{})).or(t)

	matches(t, "the shard whose wire grew", receive(t, wires), shard)
	matches(t, "the shard that something is asked of", receive(t, asks), (shard+1)%news.Shards)
	receive(t, stories)
	matches(t, "the channel that changed", receive(t, channels), "tat-ca")
	receive(t, admin)
	stop()
	for range wires { // closed when ctx ends
	}
	for range asks {
	}
	for range stories {
	}
	for range channels {
	}
	for range admin {
	}
}

func receive[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v, ok := <-c:
		if !ok {
			t.Fatal("the channel was closed")
		}
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("no hint came")
	}
	panic("not reached")
}
