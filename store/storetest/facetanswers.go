package storetest

import (
	"sync"
	"testing"
	"time"

	"tinhub/store"
)

// facetAnswers: of many who claim a key at once one gets it, and what he settles is
// what the others are told, until its time.
func facetAnswers(t *testing.T, core store.Core) {
	a := store.NewAnswers(core)
	ctx := t.Context()
	var mu sync.Mutex
	claims := 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			stands, claimed, err := a.Claim(ctx, "k", []byte("doing"), noon, noon.Add(time.Minute))
			mu.Lock()
			defer mu.Unlock()
			if claimed {
				claims++
			} else if err != nil || string(stands) != "doing" {
				t.Errorf("%q, %v", stands, err)
			}
		})
	}
	wg.Wait()
	matches(t, "claims", claims, 1)
	must(t, a.Settle(ctx, "k", []byte("done"), noon.Add(time.Hour)))
	stands, claimed, err := a.Claim(ctx, "k", []byte("doing"), noon.Add(30*time.Minute), noon.Add(time.Hour))
	must(t, err)
	matches(t, "stands", string(stands), "done")
	matches(t, "claimed", claimed, false)
	_, claimed, err = a.Claim(ctx, "k", []byte("again"), noon.Add(time.Hour), noon.Add(2*time.Hour))
	must(t, err)
	matches(t, "past its time", claimed, true)
	val(store.NewSweeper(core, store.Keep{}).Sweep(ctx, noon.Add(3*time.Hour), 0)).or(t)
	recs := val(core.Get(ctx, store.Ref{Partition: store.AdminPartition, Key: "answer/k"})).or(t)
	matches(t, "swept", recs[0].Version, int64(0))
}
