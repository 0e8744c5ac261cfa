package storetest

import (
	"fmt"
	"sync"
	"testing"

	"tinhub/news"
	"tinhub/store"
)

func everyChannel(string) bool { return true }

// facetUsage: what is told twice counts once, days and channels stay apart, and what
// is past its time goes.
func facetUsage(t *testing.T, core store.Core) {
	u, ctx := store.NewUsage(core), t.Context()
	one := func(day, channel string, requests int64, reader uint64) news.Use {
		return news.Use{Day: day, Channel: channel, Output: "rss", Reader: "Miniflux", Requests: requests, Readers: news.Sketch(nil).Add(reader << 60)}
	}
	first := []news.Use{one("2026-03-09", "tat-ca", 2, 1), one("2026-03-09", "provinces/ca-mau", 1, 1), one("2026-03-10", "tat-ca", 7, 1)}
	must(t, u.Add(ctx, "a", 1, first))
	must(t, u.Add(ctx, "a", 1, first)) // a lost reply
	must(t, u.Add(ctx, "b", 1, []news.Use{one("2026-03-09", "tat-ca", 3, 2)}))
	must(t, u.Add(ctx, "a", 2, []news.Use{one("2026-03-09", "tat-ca", 4, 2), {Day: "2026-03-09", Channel: "tat-ca", Output: news.UsePush, Requests: 5}}))

	all := val(u.Between(ctx, "2026-03-09", "2026-03-09", everyChannel)).or(t)
	var got []string
	for _, x := range all {
		got = append(got, fmt.Sprintf("%s %s %s %d %d", x.Day, x.Channel, x.Output, x.Requests, x.Readers.Count()))
	}
	matches(t, "the day", got, []string{"2026-03-09 provinces/ca-mau rss 1 1", "2026-03-09 tat-ca push 5 0", "2026-03-09 tat-ca rss 9 2"})
	matches(t, "one channel", len(val(u.Between(ctx, "2026-03-01", "2026-03-31", func(c string) bool { return c == "tat-ca" })).or(t)), 3)
	matches(t, "another time", len(val(u.Between(ctx, "2026-04-01", "2026-04-30", everyChannel)).or(t)), 0)

	matches(t, "salt", string(val(u.Salt(ctx, "2026-03-09", []byte("mine"))).or(t)), "mine")
	matches(t, "salt of the second", string(val(u.Salt(ctx, "2026-03-09", []byte("his"))).or(t)), "mine")
	sweep := store.NewSweeper(core, store.Keep{})
	val(sweep.Sweep(ctx, noon.AddDate(0, 0, 3), 0)).or(t)
	matches(t, "salt of another day", string(val(u.Salt(ctx, "2026-03-09", []byte("his"))).or(t)), "his")
	val(sweep.Sweep(ctx, noon.AddDate(0, 0, 400), 0)).or(t)
	matches(t, "left", len(val(u.Between(ctx, "2026-03-01", "2026-03-31", everyChannel)).or(t)), 1)
}

// facetUsageOfMany: processes that tell at the same moment, each twice, add up.
func facetUsageOfMany(t *testing.T, core store.Core) {
	u, ctx := store.NewUsage(core), t.Context()
	const writers, tellings = 4, 5
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := range tellings {
				var uses []news.Use
				for c := range 120 { // more than a batch holds
					uses = append(uses, news.Use{Day: "2026-03-09", Channel: fmt.Sprintf("topic-%d", c), Output: "atom", Requests: 1})
				}
				for range 2 {
					if err := u.Add(ctx, fmt.Sprint(w), int64(n+1), uses); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	for _, x := range val(u.Between(ctx, "2026-03-09", "2026-03-09", everyChannel)).or(t) {
		if x.Requests != writers*tellings {
			t.Fatalf("%s: %d requests, want %d", x.Channel, x.Requests, writers*tellings)
		}
	}
}
