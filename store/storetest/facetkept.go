package storetest

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"tinhub/news"
	"tinhub/store"
)

func facetAudit(t *testing.T, core store.Core) {
	a := store.NewAudit(core, store.Keep{})
	ctx := t.Context()
	var all []news.Decision
	for n := range 5 {
		d := news.Decision{At: noon.Add(time.Duration(n) * time.Hour), Who: "lan", What: "pin", Subject: fmt.Sprint("story ", n),
			After: json.RawMessage(`{"pinned":true}`), Reason: "tin chính"}
		must(t, a.Add(ctx, d))
		must(t, a.Add(ctx, d)) // once
		all = append([]news.Decision{d}, all...)
	}
	between := func(from, to time.Time, limit int) (got []news.Decision) {
		for cursor := ""; ; {
			ds, next, err := a.Between(ctx, from, to, cursor, limit)
			must(t, err)
			got = append(got, ds...)
			if next == "" {
				return got
			}
			cursor = next
		}
	}
	matches(t, "all", between(time.Time{}, time.Time{}, 2), all)
	matches(t, "from", between(noon.Add(3*time.Hour), time.Time{}, 0), all[:2])
	matches(t, "to", between(time.Time{}, noon.Add(2*time.Hour), 10), all[3:])

	twin := all[0]
	twin.Who = "minh"
	must(t, a.Add(ctx, twin)) // at the same moment, by another
	matches(t, "two at a moment", len(between(noon.Add(4*time.Hour), time.Time{}, 1)), 2)

	// It outlives everything but keep.audit.
	s := store.NewSweeper(core, store.Keep{})
	val(s.Sweep(ctx, noon.Add(730*24*time.Hour+time.Hour), 0)).or(t)
	matches(t, "after two years", len(between(time.Time{}, time.Time{}, 0)), 4)
	_, _, err := a.Between(ctx, noon, noon, "x", 1)
	is(t, err, news.ErrNotFound)
}

func facetKept(t *testing.T, core store.Core) {
	k := store.NewKept[news.Topic](core, "topic")
	other := store.NewKept[news.Partner](core, "partner")
	ctx := t.Context()
	_, err := k.Get(ctx, "a")
	is(t, err, news.ErrNotFound)
	b := val(k.Put(ctx, "b", 0, news.Topic{ID: "b", Title: "Nông thôn mới"})).or(t)
	a := val(k.Put(ctx, "a", 0, news.Topic{ID: "a"})).or(t)
	val(other.Put(ctx, "a", 0, news.Partner{ID: "a"})).or(t)
	_, err = k.Put(ctx, "a", 0, news.Topic{})
	is(t, err, news.ErrConflict)
	_, err = k.Put(ctx, "", 0, news.Topic{})
	if err == nil {
		t.Error("an object without an id was written")
	}
	a2 := val(k.Put(ctx, "a", a, news.Topic{ID: "a", Title: "Chuyển đổi số"})).or(t)
	_, err = k.Put(ctx, "a", a, news.Topic{})
	is(t, err, news.ErrConflict)
	is(t, k.Delete(ctx, "a", a), news.ErrConflict)

	want := []store.Versioned[news.Topic]{
		{ID: "a", Version: a2, Value: news.Topic{ID: "a", Title: "Chuyển đổi số"}},
		{ID: "b", Version: b, Value: news.Topic{ID: "b", Title: "Nông thôn mới"}}}
	matches(t, "list", val(k.List(ctx, "", 0)).or(t), want)
	matches(t, "list by one", val(k.List(ctx, "a", 1)).or(t), want[1:])
	matches(t, "one", val(k.Get(ctx, "a")).or(t), want[0])

	must(t, k.Delete(ctx, "a", a2))
	is(t, k.Delete(ctx, "a", a2), news.ErrConflict)
	matches(t, "list", val(k.List(ctx, "", 0)).or(t), want[1:])
	val(other.Get(ctx, "a")).or(t) // of its own kind

	// Of many who change one version, one does.
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for n := range 5 {
		wg.Go(func() {
			if _, err := k.Put(ctx, "b", b, news.Topic{ID: "b", Limit: n}); err == nil {
				mu.Lock()
				done++
				mu.Unlock()
			} else {
				is(t, err, news.ErrConflict)
			}
		})
	}
	wg.Wait()
	matches(t, "who got through", done, 1)
}
