package client

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestSpacing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(Limits{})
		begun := time.Now()
		var mu sync.Mutex
		var starts []time.Duration
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				turn, err := l.wait(t.Context(), "paper.example")
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				starts = append(starts, time.Since(begun))
				mu.Unlock()
				time.Sleep(3500 * time.Millisecond)
				turn.Done()
			})
		}
		wg.Wait()
		slices.Sort(starts)
		// two at a time, a second apart
		want := []time.Duration{0, 1000, 3500, 4500, 7000}
		for i := range want {
			if want[i] *= time.Millisecond; starts[i] != want[i] {
				t.Fatalf("started at %v, want %v", starts, want)
			}
		}
	})
}

func TestTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(Limits{PerHost: 2, Spacing: time.Second})
		now := time.Now()
		first, _, ok := l.try("a")
		if !ok {
			t.Fatal("the first turn was refused")
		}
		if _, at, ok := l.try("a"); ok || at.Sub(now) != time.Second {
			t.Errorf("second at once: %v in %v", ok, at.Sub(now))
		}
		if _, _, ok := l.try("b"); !ok {
			t.Error("another host waits for the first")
		}
		time.Sleep(time.Second)
		if _, _, ok := l.try("a"); !ok {
			t.Error("second refused after its second")
		}
		time.Sleep(time.Second)
		if _, at, ok := l.try("a"); ok || time.Until(at) != retry {
			t.Errorf("third beside two: %v", ok)
		}
		first.Done()
		first.Done() // counts once
		if _, _, ok := l.try("a"); !ok {
			t.Error("third refused after the first was done")
		}
		time.Sleep(time.Second)
		if _, _, ok := l.try("a"); ok {
			t.Error("a turn was given back twice")
		}
	})
}

// TestPollsAndPagesAlternate: neither those who try nor those who wait starve.
func TestPollsAndPagesAlternate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(Limits{PerHost: 1, Spacing: time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		defer cancel()
		var pages, polls int
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if turn, err := l.wait(ctx, "a"); err == nil {
					pages++
					turn.Done()
				}
			})
		}
		wg.Go(func() {
			for ctx.Err() == nil {
				turn, at, ok := l.try("a")
				if ok {
					polls++
					turn.Done()
					continue
				}
				time.Sleep(time.Until(at))
			}
		})
		wg.Wait()
		if pages < 20 || polls < 20 || pages+polls > 61 {
			t.Errorf("%d pages, %d polls in a minute", pages, polls)
		}
	})
}

func TestWaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(Limits{PerHost: 1, Spacing: time.Hour})
		turn, _, _ := l.try("a")
		turn.Done()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := l.wait(ctx, "a")
		if ClassOf(err) != Busy || time.Until(err.(*Error).At) != time.Hour-time.Second {
			t.Errorf("got %v", err)
		}
		ctx2, cancel2 := context.WithCancel(t.Context())
		cancel2()
		if _, err := l.wait(ctx2, "a"); ClassOf(err) != Cancelled {
			t.Errorf("got %v", err)
		}
		if h := l.hosts["a"]; h.active != 0 || len(h.waiting) != 0 {
			t.Errorf("left behind: %+v", h)
		}
		if h := l.hosts["a"]; h.timer != nil {
			h.timer.Stop()
		}
	})
}

func TestHostsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(Limits{Spacing: time.Millisecond})
		for i := range 20_000 {
			turn, _, _ := l.try(string(rune(i + 0x4e00)))
			turn.Done()
			time.Sleep(time.Millisecond)
		}
		if n := len(l.hosts); n > 2100 {
			t.Errorf("%d hosts are remembered", n)
		}
	})
}
