package fetcher

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tinhub/fetcher/client"
	"tinhub/fetcher/feed"
	"tinhub/news"
)

func TestRunKeepsASchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, m := newPress(fresh), newMemory()
		stop := running(t, newTest(t, m, p, Options{}, paper("a", "*/5 * * * *"), paper("b", "@every 7m")))
		time.Sleep(time.Hour + time.Minute)
		stop()
		for address, gap := range map[string]time.Duration{"http://a.example/feed": 5 * time.Minute, "http://b.example/feed": 7 * time.Minute} {
			asked := p.times(address)
			want := int(time.Hour / gap)
			if len(asked) < want || len(asked) > want+2 {
				t.Errorf("%s: asked %d times in an hour", address, len(asked))
			}
			if !asked[0].Equal(asked[0].Truncate(time.Minute)) {
				t.Errorf("%s: a new source waited until %v", address, asked[0])
			}
			for i := 2; i < len(asked); i++ {
				if d := asked[i].Sub(asked[i-1]); d != gap {
					t.Errorf("%s: %v between two polls", address, d)
				}
			}
		}
		if len(m.wire) != p.total() || m.state("a").Health != news.OK || len(m.leases) != 0 {
			t.Errorf("%d entries of %d polls, %+v, %d leases left", len(m.wire), p.total(), m.state("a").Health, len(m.leases))
		}
	})
}

// TestTwoProcesses: they share the papers, never ask twice for one tick, and
// each goes on where the other left.
func TestTwoProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, m := newPress(fresh), newMemory()
		var sources []news.Source
		for i := range 60 {
			sources = append(sources, paper(fmt.Sprintf("paper-%02d", i), "*/5 * * * *"))
		}
		polls := map[string]*atomic.Int64{"one": new(atomic.Int64), "two": new(atomic.Int64)}
		process := func(name string) func() {
			f := newTest(t, m, p, Options{Holder: name, Observe: func(Event) { polls[name].Add(1) }}, sources...)
			return running(t, f)
		}
		stopOne := process("one")
		time.Sleep(12 * time.Minute)
		stopTwo := process("two")
		time.Sleep(20 * time.Minute)
		stopOne()
		time.Sleep(20 * time.Minute)
		stopTwo()
		if n := polls["two"].Load(); n < 60*4 {
			t.Errorf("two polled %d times", n)
		}
		if n := polls["one"].Load(); n < 60*4 {
			t.Errorf("one polled %d times", n)
		}
		for _, s := range sources {
			asked := p.times(s.URL)
			if len(asked) < 10 || len(asked) > 12 {
				t.Errorf("%s: asked %d times in 52 minutes", s.ID, len(asked))
			}
			ticks := map[time.Time]bool{}
			for _, at := range asked[1:] {
				tick := at.Add(-NewTiming(s.ID, mustSchedule(t, s.Schedule), true, at).Offset).Truncate(5 * time.Minute)
				if ticks[tick] {
					t.Errorf("%s: asked twice for %v", s.ID, tick)
				}
				ticks[tick] = true
			}
		}
		if len(p.twice) > 0 {
			t.Errorf("asked while being asked: %v", p.twice)
		}
	})
}

func mustSchedule(t *testing.T, spec string) news.Schedule {
	t.Helper()
	s, err := news.ParseSchedule(spec, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFrozenProcess: one that wakes behind its lease polls nothing and writes
// nothing.
func TestFrozenProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		release := make(chan struct{})
		frozen := newPress(func(context.Context, string, int) (*client.Response, error) {
			<-release // deaf to the context, as a frozen process is
			return ok200("stale"), nil
		})
		src := paper("a", "*/5 * * * *")
		f := newTest(t, m, frozen, Options{Holder: "frozen"}, src)
		r := newRun(t.Context(), f)
		if err := r.take(t.Context(), news.Shards); err != nil {
			t.Fatal(err)
		}
		r.start(t.Context()) // its poll begins, and now nothing of it moves
		synctest.Wait()

		time.Sleep(30 * time.Second)
		p := newPress(fresh)
		stop := running(t, newTest(t, m, p, Options{Holder: "heir"}, src))
		time.Sleep(time.Minute)
		close(release)
		r.polls.Wait()
		if _, ok := r.shards[news.ShardOf(src.Family())]; ok || len(frozen.times(src.URL)) != 1 {
			t.Error("the frozen process still believes in its lease")
		}
		r.start(t.Context())
		r.polls.Wait()
		stop()
		if len(m.wire) != 1 || m.wire[0].Title == "stale" || len(frozen.times(src.URL)) != 1 || len(p.times(src.URL)) != 1 {
			t.Errorf("wire %v, asked %d and %d times", m.wire, len(frozen.times(src.URL)), len(p.times(src.URL)))
		}
	})
}

// TestFence: a poll in flight over a change of owner is refused by the store,
// even where the new owner has not polled yet.
func TestFence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		src := paper("a", "")
		n := news.ShardOf(src.Family())
		old, _ := m.Take(t.Context(), leaseName(n), "old", time.Second)
		time.Sleep(2 * time.Second)
		r := newRun(t.Context(), newTest(t, m, newPress(fresh), Options{Holder: "new"}, src))
		if err := r.own(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		err := m.Record(t.Context(), news.Poll{Shard: n, Lease: old, State: news.SourceState{Source: "a"}})
		if !errors.Is(err, news.ErrFenced) {
			t.Errorf("got %v", err)
		}
	})
}

// farLeases are leases at a store that is some way off: it has granted one before
// its answer is here, whether that is waited for or not.
type farLeases struct {
	*memory
	way time.Duration
}

func (l farLeases) Take(ctx context.Context, name, holder string, ttl time.Duration) (news.Lease, error) {
	lease, err := l.memory.Take(ctx, name, holder, ttl)
	select {
	case <-ctx.Done():
		return news.Lease{}, ctx.Err()
	case <-time.After(l.way):
		return lease, err
	}
}

// TestEndWhileTaking: a process that ends while it takes a lease takes no further
// one and leaves none behind; a store that does not answer holds it up for a
// moment only.
func TestEndWhileTaking(t *testing.T) {
	work := map[string]func(context.Context, *Fetcher){
		"run":  func(ctx context.Context, f *Fetcher) { _ = f.Run(ctx) },
		"once": func(ctx context.Context, f *Fetcher) { _, _ = f.Once(ctx, []news.Source{paper("a", "")}, nil) },
	}
	for _, c := range []struct {
		way  time.Duration
		left int // leases that nobody gives back
		most time.Duration
	}{
		{100 * time.Millisecond, 0, 200 * time.Millisecond},
		{time.Hour, 1, 4 * time.Second},
	} {
		for name, do := range work {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory()
				f := newTest(t, m, newPress(fresh), Options{}, paper("a", ""))
				f.leases = farLeases{m, c.way}
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(50*time.Millisecond, cancel)
				begun := time.Now()
				do(ctx, f)
				if took := time.Since(begun); len(m.leases) != c.left || m.tokens != 1 || took > c.most {
					t.Errorf("%s, %v away: %d leases left of %d taken, ended after %v", name, c.way, len(m.leases), m.tokens, took)
				}
			})
		}
	}
}

// TestSpread: 2,000 sources that become due in one second do not start in one.
func TestSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, m := newPress(fresh), newMemory()
		var sources []news.Source
		for i := range 2000 {
			sources = append(sources, paper(fmt.Sprintf("p%04d", i), "*/10 * * * *"))
		}
		stop := running(t, newTest(t, m, p, Options{}, sources...))
		time.Sleep(19 * time.Minute)
		stop()
		perSecond := map[int64]int{}
		for _, s := range sources {
			asked := p.times(s.URL)
			if len(asked) != 2 {
				t.Fatalf("%s: asked %d times", s.ID, len(asked))
			}
			perSecond[asked[1].Unix()]++
		}
		if len(perSecond) < 55 {
			t.Errorf("started within %d seconds", len(perSecond))
		}
		for at, n := range perSecond {
			if n > 80 {
				t.Errorf("%d started at %v", n, time.Unix(at, 0).UTC())
			}
		}
	})
}

// TestClockJumps: no jump of the wall clock makes a storm or a silence.
func TestClockJumps(t *testing.T) {
	for name, jump := range map[string]time.Duration{"an hour on": time.Hour, "an hour back": -time.Hour, "ten years back": -87600 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, m := newPress(fresh), newMemory()
				var offset atomic.Int64
				now := func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
				var sources []news.Source
				for i := range 100 {
					sources = append(sources, paper(fmt.Sprintf("p%03d", i), "*/10 * * * *"))
				}
				stop := running(t, newTest(t, m, p, Options{Now: now}, sources...))
				time.Sleep(25 * time.Minute)
				before := p.total()
				offset.Store(int64(jump))
				time.Sleep(20 * time.Second)
				if n := p.total() - before; n > 60 {
					t.Errorf("%d polls in the 20 seconds after the jump", n)
				}
				time.Sleep(21 * time.Minute)
				stop()
				if n := p.total() - before; n < 200 || n > 400 {
					t.Errorf("%d polls of 100 sources in the 21 minutes after the jump", n)
				}
			})
		})
	}
}

// TestSickSourcesDelayNobody: most workers hang, and the others go on in time.
func TestSickSourcesDelayNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		p := newPress(func(ctx context.Context, address string, n int) (*client.Response, error) {
			if address[:11] == "http://sick" {
				time.Sleep(20 * time.Second)
				return nil, &client.Error{Class: client.Timeout, Detail: "it hangs"}
			}
			return fresh(ctx, address, n)
		})
		var sources []news.Source
		for i := range 50 {
			sources = append(sources, paper(fmt.Sprintf("sick-%02d", i), "* * * * *"), paper(fmt.Sprintf("well-%02d", i), "* * * * *"))
		}
		worst := time.Duration(0)
		f := newTest(t, m, p, Options{Observe: func(e Event) {
			if e.Record.Health == news.OK {
				worst = max(worst, e.Late)
			}
		}}, sources...)
		stop := running(t, f)
		time.Sleep(20 * time.Minute)
		stop()
		if worst > time.Second {
			t.Errorf("a healthy source was polled %v late", worst)
		}
		if s := m.state("sick-00"); s.Health != news.Failing || s.Detail != "it hangs" || s.Failures < 5 || s.Failures > 12 {
			t.Errorf("the sick one: %+v", s)
		}
	})
}

// TestPanic: a document that breaks the reader is its source's illness.
func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		f := newTest(t, m, newPress(fresh), Options{}, paper("bad", "@every 1m"), paper("good", "@every 1m"))
		f.parse = func(v *visit, resp *client.Response) (feed.Document, error) {
			if v.src.ID == "bad" {
				var none []int
				_ = none[len(resp.Body)]
			}
			return one(v, resp)
		}
		stop := running(t, f)
		time.Sleep(10 * time.Minute)
		stop()
		if s := m.state("bad"); s.Health != news.Failing || s.Detail == "" || s.Failures < 2 {
			t.Errorf("bad: %+v", s)
		}
		if s := m.state("good"); s.Health != news.OK || len(s.History) < 9 {
			t.Errorf("good: %+v", s)
		}
	})
}

// TestPagePanic: a page on which our own code fails is a failing page, and its
// place among those that are read is free again.
func TestPagePanic(t *testing.T) {
	p := newPress(func(context.Context, string, int) (*client.Response, error) {
		return &client.Response{Status: 200, URL: "http://a.example/bai-1.html", Body: []byte("<p>x</p>")}, nil
	})
	f := newTest(t, newMemory(), p, Options{})
	for range 2*cap(f.parsing) + 1 {
		look, err := f.visitPage(t.Context(), client.Request{URL: "http://a.example/bai-1.html"}, func(*PageLook, *client.Response) { panic("nonsense") })
		if err != nil || look.State != news.PageFailing || !strings.Contains(look.Detail, "nonsense") || look.Status != 200 {
			t.Fatalf("%+v, %v", look, err)
		}
	}
}

// TestStoreAway: without a store nothing is polled once the leases ran out, and
// nothing is lost afterwards.
func TestStoreAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, m := newPress(fresh), newMemory()
		stop := running(t, newTest(t, m, p, Options{}, paper("a", "@every 10s")))
		time.Sleep(time.Minute)
		m.setBroken(true)
		time.Sleep(30 * time.Second)
		before := p.total()
		time.Sleep(10 * time.Minute)
		if n := p.total() - before; n > 0 {
			t.Errorf("%d polls without a lease", n)
		}
		m.setBroken(false)
		time.Sleep(20 * time.Second)
		recovered := m.entries()
		time.Sleep(time.Minute)
		stop()
		if recovered < 1 || len(m.wire) < recovered+5 {
			t.Errorf("after the outage %d, a minute later %d entries", recovered, len(m.wire))
		}
	})
}

// TestAsked: a wish is granted soon, once, and not before Retry-After.
func TestAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		p := newPress(func(ctx context.Context, address string, n int) (*client.Response, error) {
			if address == "http://busy.example/feed" {
				return &client.Response{Status: 503, URL: address, Header: map[string][]string{"Retry-After": {"3600"}}}, nil
			}
			return fresh(ctx, address, n)
		})
		a, b := paper("a", "0 3 * * *"), paper("busy", "@every 1m")
		stop := running(t, newTest(t, m, p, Options{}, a, b))
		time.Sleep(time.Minute)
		for _, s := range []news.Source{a, b} {
			// the clock of whoever asks is ahead
			if err := m.Ask(t.Context(), news.ShardOf(s.Family()), s.ID, time.Now().Add(5*time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Second)
		if n := len(p.times(a.URL)); n != 2 {
			t.Errorf("asked %d times, want 2", n)
		}
		time.Sleep(30 * time.Minute)
		if n := len(p.times(a.URL)); n != 2 {
			t.Errorf("one wish was granted %d times", n-1)
		}
		if n := len(p.times(b.URL)); n != 1 {
			t.Errorf("asked %d times before Retry-After ended", n)
		}
		stop()
	})
}

// TestReload: sources come, go and change while polls go on.
func TestReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, m := newPress(fresh), newMemory()
		a, b := paper("a", "@every 1m"), paper("b", "@every 1m")
		f := newTest(t, m, p, Options{}, a)
		stop := running(t, f)
		time.Sleep(5 * time.Minute)
		before := len(p.times(a.URL))
		moved := a
		moved.URL = "http://a.example/new"
		off := paper("c", "")
		off.Enabled = false
		if err := f.SetSources([]news.Source{moved, b, off, paper("d", "never")}); err == nil {
			t.Error("a bad schedule is no error")
		}
		time.Sleep(5 * time.Minute)
		stop()
		if len(p.times(a.URL)) != before || len(p.times(moved.URL)) < 5 || len(p.times(b.URL)) < 5 || len(p.times(off.URL)) != 0 {
			t.Errorf("%v", p.asked)
		}
		if s := m.state("a"); s.Address != moved.URL || len(s.History) < 10 {
			t.Errorf("state %+v", s)
		}
	})
}
