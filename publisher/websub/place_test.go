package websub

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// placed is a line for which names lead where a function says.
func placed(where func(host string) ([]netip.Addr, error)) *line {
	l := testLine(nil)
	l.lookup = func(_ context.Context, host string) ([]netip.Addr, error) { return where(host) }
	return l
}

var one = netip.MustParseAddr("192.0.2.1")

// Names at one address share what it gets; names elsewhere do not wait for them.
func TestPlacesShare(t *testing.T) {
	many := int32(10_000)
	if testing.Short() {
		many = 1000
	}
	for name, c := range map[string]struct {
		lane  lane
		lasts time.Duration
		r     result
		most  int32 // at once
		hour  int32 // requests
	}{
		"content that nobody takes":      {laneContent, time.Millisecond, answered, 32, 300},
		"content into silence":           {laneContent, time.Minute, silent, 32, 300},
		"content to closed ports":        {laneContent, time.Second, away, 32, 300},
		"once failed":                    {laneSuspect, time.Millisecond, answered, narrow, 300},
		"questions that nobody confirms": {laneVerify, time.Second, answered, narrow, 300},
		"content that is taken":          {laneContent, time.Second, taken, 32 * placeFactor, 1 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := placed(func(host string) ([]netip.Addr, error) {
					if host == "well.example" {
						return []netip.Addr{netip.MustParseAddr("192.0.2.2")}, nil
					}
					return []netip.Addr{one}, nil
				})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var total, now, most, well atomic.Int32
				for i := range many {
					l.submit(&job{host: fmt.Sprintf("v%d.example", i), lane: c.lane, ctx: ctx, run: func(ctx context.Context) result {
						total.Add(1)
						if n := now.Add(1); n > most.Load() {
							most.Store(n)
						}
						select {
						case <-time.After(c.lasts):
						case <-ctx.Done():
						}
						now.Add(-1)
						return c.r
					}})
				}
				for range 100 {
					l.submit(&job{host: "well.example", lane: c.lane, ctx: ctx, run: func(context.Context) result { well.Add(1); return taken }})
				}
				time.Sleep(time.Minute)
				if n := well.Load(); n != 100 {
					t.Errorf("%d of 100 elsewhere were served within a minute", n)
				}
				time.Sleep(time.Hour)
				if n := most.Load(); n > c.most {
					t.Errorf("%d at once, want at most %d", n, c.most)
				}
				if n := total.Load(); n > c.hour || c.r == taken && n != many {
					t.Errorf("%d requests in an hour, want at most %d", n, c.hour)
				}
				t.Logf("at most %d at once, %d in an hour", most.Load(), total.Load())
			})
		})
	}
}

// A place that was spared gets everything once somebody there takes something.
func TestPlaceRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := placed(func(string) ([]netip.Addr, error) { return []netip.Addr{one}, nil })
		var back atomic.Bool
		var took atomic.Int32
		for i := range 2000 {
			var j *job
			j = &job{host: fmt.Sprintf("v%d.example", i%200), ctx: t.Context(), run: func(context.Context) result {
				if !back.Load() {
					l.submit(&job{host: j.host, ctx: j.ctx, run: j.run})
					return answered
				}
				took.Add(1)
				return taken
			}}
			l.submit(j)
		}
		time.Sleep(10 * time.Minute)
		back.Store(true)
		time.Sleep(2 * time.Minute)
		if n := took.Load(); n != 2000 {
			t.Errorf("two minutes after they were back, %d of 2000 had theirs", n)
		}
	})
}

// A name that leads nowhere costs one attempt, and is looked up again after each;
// where it has several addresses, another is tried after one that was away.
func TestLookups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex // guards all below
		there := false
		var lookups int
		two := []netip.Addr{one, netip.MustParseAddr("2001:db8::1")}
		l := placed(func(string) ([]netip.Addr, error) {
			mu.Lock()
			defer mu.Unlock()
			if lookups++; !there {
				return nil, errors.New("no such name")
			}
			return two, nil
		})
		var lost int
		var got []netip.Addr
		for range 3 {
			j := &job{host: "a.example", ctx: t.Context()}
			j.run = func(context.Context) result {
				mu.Lock()
				defer mu.Unlock()
				switch {
				case j.to.err != nil:
					lost++
					return away
				case j.to.addr == one:
					got = append(got, one)
					return away
				}
				got = append(got, j.to.addr)
				return taken
			}
			l.submit(j)
		}
		synctest.Wait()
		mu.Lock()
		if lost != 1 || lookups != 1 {
			t.Errorf("%d attempts and %d lookups of a name that leads nowhere, want one each", lost, lookups)
		}
		there = true
		mu.Unlock()
		time.Sleep(time.Minute)
		mu.Lock()
		defer mu.Unlock()
		if lost != 1 || len(got) != 2 || got[0] != one || got[1] != two[1] {
			t.Errorf("lost %d, sent to %v", lost, got)
		}
	})
}

// Whoever has a whole network of IPv6 is one place; each IPv4 address is one.
func TestPlaceOf(t *testing.T) {
	for a, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::9": "2001:db8:1:2::/64", "2001:db8:1:3::9": "2001:db8:1:3::/64",
	} {
		if got := placeOf(netip.MustParseAddr(a)); got != want {
			t.Errorf("%s: %s, want %s", a, got, want)
		}
	}
}
