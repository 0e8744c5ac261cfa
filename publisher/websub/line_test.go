package websub

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func testLine(change func(*Options)) *line {
	o := New(Deps{Sender: courier{}}, Options{}).opt
	if change != nil {
		change(&o)
	}
	return newLine(o, nil)
}

// notes is what jobs left, in their order.
type notes struct {
	mu  sync.Mutex
	all []string
}

func (n *notes) add(s string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, s)
}

func (n *notes) len() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.all)
}

// A host that does not answer costs one attempt for all who wait for it, then
// one after each pause; when it is back, all go.
func TestDeadHostCostsOneAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := testLine(nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var attempts, healthy atomic.Int32
		var back atomic.Bool
		for range 1000 {
			l.submit(&job{host: "dead.example", ctx: ctx, run: func(context.Context) result {
				time.Sleep(time.Second) // to connect
				attempts.Add(1)
				if back.Load() {
					return taken
				}
				return away
			}})
			l.submit(&job{host: "alive.example", ctx: ctx, run: func(context.Context) result { healthy.Add(1); return taken }})
		}
		time.Sleep(30 * time.Second)
		if n := healthy.Load(); n != 1000 {
			t.Errorf("%d of 1000 reached the healthy host", n)
		}
		if n := attempts.Load(); n > 40 {
			t.Errorf("the dead host cost %d attempts in 30 s", n)
		}
		dead := attempts.Load()
		back.Store(true)
		time.Sleep(25 * time.Minute)
		if n := attempts.Load(); int(n) < 1000-int(dead) {
			t.Errorf("after it came back %d went there", n)
		}
	})
}

// Who is slow gives its place up; the others do not wait, at the same host or
// at another.
func TestSlowGiveTheirPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := testLine(func(o *Options) { o.Workers = 8 })
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		begun := time.Now()
		var last atomic.Int64
		l.submit(&job{host: "a.example", ctx: ctx, run: func(context.Context) result { return answered }})
		for i := range 100 {
			l.submit(&job{host: "a.example", ctx: ctx, run: func(ctx context.Context) result { <-ctx.Done(); return silent }})
			l.submit(&job{host: fmt.Sprint(i, ".example"), ctx: ctx, run: func(ctx context.Context) result {
				last.Store(int64(time.Since(begun)))
				return taken
			}})
		}
		time.Sleep(time.Minute)
		if d := time.Duration(last.Load()); d > 2*time.Second {
			t.Errorf("the last healthy host waited %v", d)
		}
	})
}

// Those that failed before have a lane of their own.
func TestSuspectsDoNotHoldBackOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := testLine(nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var n notes
		l.submit(&job{host: "a.example", ctx: ctx, run: func(context.Context) result { return taken }})
		synctest.Wait()
		for range 50 {
			l.submit(&job{host: "a.example", lane: laneSuspect, ctx: ctx, run: func(ctx context.Context) result { <-ctx.Done(); return silent }})
		}
		for range 50 {
			l.submit(&job{host: "a.example", ctx: ctx, run: func(context.Context) result { n.add("ok"); return taken }})
		}
		time.Sleep(time.Millisecond)
		if n.len() != 50 {
			t.Errorf("%d of 50 went at once", n.len())
		}
	})
}

// A host where nobody ever confirms is asked more and more rarely: it is likely
// somebody's victim.
func TestVictimsAreSpared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := testLine(nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var asked, confirmed atomic.Int32
		for range 10_000 {
			l.submit(&job{host: "victim.example", lane: laneVerify, ctx: ctx, run: func(context.Context) result { asked.Add(1); return answered }})
		}
		for range 1000 {
			l.submit(&job{host: "reader.example", lane: laneVerify, ctx: ctx, run: func(context.Context) result { confirmed.Add(1); return taken }})
		}
		time.Sleep(time.Minute)
		if n := asked.Load(); n > 80 {
			t.Errorf("the victim was asked %d times in a minute", n)
		}
		if n := confirmed.Load(); n != 1000 {
			t.Errorf("%d of 1000 others were asked", n)
		}
		time.Sleep(time.Hour)
		if n := asked.Load(); n > 300 {
			t.Errorf("the victim was asked %d times in an hour", n)
		}
	})
}

// Whoever went away is not waited for, and hosts at rest are forgotten.
func TestCancelledJobsAreNotRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := testLine(nil)
		ctx, cancel := context.WithCancel(t.Context())
		l.submit(&job{host: "a.example", ctx: ctx, run: func(context.Context) result { return away }})
		synctest.Wait()
		var ran atomic.Int32
		for range 10 {
			l.submit(&job{host: "a.example", ctx: ctx, run: func(context.Context) result { ran.Add(1); return answered }})
		}
		cancel()
		time.Sleep(time.Hour)
		if ran.Load() != 0 {
			t.Errorf("%d ran", ran.Load())
		}
		for i := range 3000 {
			l.submit(&job{host: fmt.Sprint(i, ".example"), ctx: t.Context(), run: func(context.Context) result { return answered }})
			time.Sleep(time.Second)
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if n := len(l.hosts); n > 2300 {
			t.Errorf("%d hosts are remembered", n)
		}
		if l.fresh != 0 || l.slow != 0 {
			t.Errorf("%d and %d places are taken for ever", l.fresh, l.slow)
		}
	})
}
