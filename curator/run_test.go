package curator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

// started is a curator that runs in a synctest bubble.
type started struct {
	t    *testing.T
	stop context.CancelFunc
	done chan error
}

func start(t *testing.T, f *fakeStore, o Options) started {
	ctx, stop := context.WithCancel(context.Background())
	s := started{t, stop, make(chan error, 1)}
	go func() { s.done <- New(f.deps(), o).Run(ctx) }()
	synctest.Wait()
	return s
}

func (s started) end() {
	s.t.Helper()
	s.stop()
	if err := <-s.done; err != nil {
		s.t.Errorf("Run ended with %v", err)
	}
	synctest.Wait()
}

func live() Options {
	o := options()
	o.Now = time.Now
	o.Holder = "one"
	o.Sweep = 10 * time.Second // the hints are enough
	return o
}

// fresh is an entry that was published and seen now.
func fresh(n int, title string) news.Entry {
	now := time.Now()
	return entry(news.Entry{
		GUID: fmt.Sprint(n), Link: fmt.Sprintf("https://baomau.example/bai-%d.html", 600000+n), Title: title, Summary: fmt.Sprintf("Tin số %d. %s", n, bridge),
		Published: at(now), Seen: now,
	})
}

func TestNewsIsFiledAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		c := start(t, f, live())
		time.Sleep(300 * time.Millisecond)
		f.deliver(paperShard(), fresh(1, "Lúa chín"), fresh(2, "Cầu mới"))
		synctest.Wait() // no time passes: the hint is enough
		if diff := cmp.Diff([]string{"Lúa chín"}, f.channel("nong-nghiep")); diff != "" {
			t.Error(diff)
		}
		if got := f.channel(news.ProvinceChannel("ca-mau")); len(got) != 2 {
			t.Errorf("the province has %q", got)
		}
		c.end()
	})
}

func TestSweepMakesUpForLostHints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		c := start(t, f, live())
		f.mu.Lock()
		f.wire[paperShard()] = append(f.wire[paperShard()], fresh(1, "Lúa chín"))
		f.mu.Unlock()
		time.Sleep(live().Sweep)
		synctest.Wait()
		if got := f.channel(news.Everything); len(got) != 1 {
			t.Errorf("everything has %q", got)
		}
		c.end()
	})
}

func TestEmbargoEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		o := live()
		o.Terms.Embargo = 5 * time.Minute
		c := start(t, f, o)
		f.deliver(paperShard(), fresh(1, "Lúa chín"))
		time.Sleep(4 * time.Minute)
		synctest.Wait()
		if got := f.channel(news.Everything); len(got) != 0 || f.told() != 0 {
			t.Errorf("shown during the embargo: %q, told %d", got, f.told())
		}
		time.Sleep(time.Minute + time.Second)
		synctest.Wait()
		if got := f.channel("nong-nghiep"); len(got) != 1 {
			t.Errorf("not shown after the embargo: %q", got)
		}
		if f.told() != 1 {
			t.Errorf("told %d times, want once", f.told())
		}
		c.end()
	})
}

func TestHeldEditComesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		c := start(t, f, live())
		first := fresh(1, "Lúa chín")
		edit := func(title string) {
			e := first
			e.Title, e.Seen = title, time.Now()
			f.deliver(paperShard(), entry(e))
			time.Sleep(10 * time.Minute)
			synctest.Wait()
		}
		edit("Lúa chín")
		edit("Lúa chín sớm")
		edit("Lúa chín") // the source returns: believed after an hour
		if got := f.channel("nong-nghiep"); got[0] != "Lúa chín sớm" {
			t.Errorf("a return is shown at once: %q", got)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := f.channel("nong-nghiep"); got[0] != "Lúa chín" {
			t.Errorf("a return is never shown: %q", got)
		}
		c.end()
	})
}

func TestRulesChangeWhileNewsGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		changed := make(chan struct{}, 1)
		var mu sync.Mutex
		topics := options().Topics()
		o := live()
		o.Changed = changed
		o.Topics = func() []news.Topic { mu.Lock(); defer mu.Unlock(); return topics }
		set := func(ts ...news.Topic) {
			mu.Lock()
			topics = ts
			mu.Unlock()
			changed <- struct{}{}
			synctest.Wait()
		}
		c := start(t, f, o)
		for i := range 3 * refileBatch {
			f.deliver(paperShard(), fresh(i, fmt.Sprintf("Lúa và cầu %d", i)))
			synctest.Wait()
		}
		set(news.Topic{ID: "cau", Include: news.Rule{Any: phrases("cầu")}, MinScore: 1})
		if a, b := f.channel("nong-nghiep"), f.channel("cau"); len(a) != 0 || len(b) != 3*refileBatch {
			t.Errorf("the old topic has %d stories, the new one %d", len(a), len(b))
		}
		if s := f.states[news.Everything]; s.Refiled != "" || s.Fingerprint == "" {
			t.Errorf("the refiling is not complete: %+v", s)
		}
		before := f.told()
		set(news.Topic{ID: "cau", Title: "Cầu đường", Include: news.Rule{Any: phrases("cầu")}, MinScore: 1})
		if f.told() != before {
			t.Errorf("a new title filed %d stories anew", f.told()-before)
		}
		c.end()
	})
}

// A source that was added and polled before the curator heard of it is known
// when its first entry comes; one that was removed is asked for once.
func TestUnknownSourcesAreReadAnew(t *testing.T) {
	f := newFake()
	o := options()
	sources, asked := []news.Source{}, 0
	o.Sources = func() []news.Source { asked++; return sources }
	c := New(f.deps(), o)
	lease, err := f.Take(t.Context(), leaseName, "test", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	term := newTerm(c, lease)
	sources = []news.Source{paper}
	f.deliver(paperShard(), said(0, nil), said(0, func(e *news.Entry) {
		e.Source, e.Link, e.GUID, e.Title = "weg", "https://weg.example/x-600001.html", "", "Tin khác"
	}))
	for range 3 {
		f.deliver(paperShard(), said(5, func(e *news.Entry) {
			e.Source, e.Link, e.GUID, e.Title = "weg", "https://weg.example/x-600002.html", "", "Tin nữa"
		}))
		if err := term.drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := f.channel(news.ProvinceChannel("ca-mau")); len(got) != 1 {
		t.Errorf("the new source's province has %q", got)
	}
	if got := f.channel(news.Everything); len(got) != 3 || asked != 2 {
		t.Errorf("everything has %q; sources were read %d times, want twice", got, asked)
	}
}

func TestRefilingGoesOnAfterARestart(t *testing.T) {
	f := newFake()
	for i := range 3 * refileBatch {
		f.deliver(paperShard(), entry(news.Entry{GUID: fmt.Sprint(i), Link: fmt.Sprintf("https://baomau.example/x-%d.html", 600000+i), Title: fmt.Sprintf("Cầu số %d", i), Summary: fmt.Sprintf("Tin %d", i), Published: at(noon.Add(time.Duration(i) * time.Second))}))
	}
	settle(t, f, options())
	o := options()
	o.Topics = func() []news.Topic {
		return []news.Topic{{ID: "cau", Include: news.Rule{Any: phrases("cầu")}, MinScore: 1}}
	}
	lease, _ := f.Take(t.Context(), leaseName, "test", time.Hour)
	term := newTerm(New(f.deps(), o), lease)
	if err := term.noteRules(t.Context()); err != nil {
		t.Fatal(err)
	}
	if more, err := term.refilePage(t.Context()); !more || err != nil {
		t.Fatal(more, err)
	}
	if got := f.channel("cau"); len(got) != refileBatch {
		t.Fatalf("one page filed %d stories", len(got))
	}
	calls := f.calls
	settle(t, f, o)
	if got := f.channel("cau"); len(got) != 3*refileBatch {
		t.Errorf("%d stories after the restart, want %d", len(got), 3*refileBatch)
	}
	t.Logf("%d calls for the rest", f.calls-calls)
}

func TestStandby(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		one := start(t, f, live())
		o := live()
		o.Holder = "two"
		changed := make(chan struct{})
		o.Changed = changed
		two := start(t, f, o)
		time.Sleep(time.Minute)
		synctest.Wait()
		if f.owner() != "one" {
			t.Errorf("%q curates, want the first", f.owner())
		}
		changed <- struct{}{} // who stands by holds nobody up
		one.end()
		time.Sleep(defaultTTL)
		f.deliver(paperShard(), fresh(1, "Lúa chín"))
		synctest.Wait()
		if f.owner() != "two" || len(f.channel(news.Everything)) != 1 {
			t.Errorf("%q curates, everything has %q", f.owner(), f.channel(news.Everything))
		}
		two.end()
	})
}

// A process that lost its lease while it was frozen writes nothing any more.
func TestLostLeaseStopsTheTerm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		one := start(t, f, live())
		f.mu.Lock()
		f.token, f.holder, f.until = f.token+1, "two", time.Now().Add(time.Hour) // taken over meanwhile
		f.mu.Unlock()
		f.deliver(paperShard(), fresh(1, "Lúa chín"))
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(f.shelved(t)); n != 0 {
			t.Errorf("a fenced curator shelved %d articles", n)
		}
		f.mu.Lock()
		f.holder = ""
		f.mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(f.channel(news.Everything)) != 1 {
			t.Error("it did not go on when it could")
		}
		one.end()
	})
}

func TestPoisonIsSetAside(t *testing.T) {
	var log strings.Builder
	f := newFake()
	good := func(n int) news.Entry {
		return entry(news.Entry{GUID: fmt.Sprint(n), Link: fmt.Sprintf("https://baomau.example/x-%d.html", 600000+n), Title: fmt.Sprintf("Tin %d", n)})
	}
	bad := good(9)
	bad.Published.At = time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)
	f.deliver(paperShard(), good(1), news.Entry{}, entry(news.Entry{GUID: "leer"}), bad, good(2))
	o := options()
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	o.Grouper = panics{}
	settle(t, f, o)
	if got := f.channel(news.Everything); len(got) != 2 {
		t.Errorf("everything has %q, want the two good ones", got)
	}
	for _, want := range []string{"names no source", "neither title nor text", "in the year 20000", "could not be compared", "could not be remembered"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q", want)
		}
	}
}

// panics is a grouper that is broken.
type panics struct{}

func (panics) Match(context.Context, news.Article) ([]Match, error) { panic("match") }

func (panics) Compare(context.Context, news.Article, ...string) ([]Match, error) { panic("compare") }

func (panics) Learn(news.Article) { panic("learn") }

func (panics) Window() time.Duration { return time.Hour }

// pairs groups the articles whose titles begin alike.
type pairs map[string]string

func (p pairs) Match(_ context.Context, a news.Article) ([]Match, error) {
	if with, ok := p[a.Title[:3]]; ok && with != a.ID {
		return []Match{{Article: with, Same: true, Reason: "its title begins so", Score: 0.9}}, nil
	}
	return nil, nil
}

func (p pairs) Compare(context.Context, news.Article, ...string) ([]Match, error) { return nil, nil }

func (p pairs) Learn(a news.Article) { p[a.Title[:3]] = a.ID }

func (p pairs) Window() time.Duration { return 24 * time.Hour }

func TestGrouperDecidesStories(t *testing.T) {
	f := newFake()
	o := options()
	o.Grouper = pairs{}
	o.Batch = 1
	other := news.Source{ID: "bao-khac", Name: "Báo Khác", Province: "an-giang", Homepage: "https://baokhac.example", Priority: 5}
	o.Sources = func() []news.Source { return []news.Source{paper, other} }
	f.deliver(paperShard(), entry(news.Entry{GUID: "1", Link: "https://baomau.example/a-600001.html", Title: "Lúa chín", Summary: harvest, Published: at(noon)}))
	settle(t, f, o)
	o.Grouper = pairs{} // another process: it is taught what is stored
	f.deliver(news.ShardOf(other.Family()), entry(news.Entry{Source: other.ID, GUID: "1", Link: "https://baokhac.example/a-600001.html", Title: "Lúa chín rộ", Summary: harvest, Published: at(noon.Add(5 * time.Minute)), Origin: "TTXVN"}))
	settle(t, f, o)
	stories := f.all()
	if len(stories) != 1 {
		t.Fatalf("%d stories, want one", len(stories))
	}
	s := stories[0]
	if s.Title != "Lúa chín rộ" || s.ID == s.Speaker || s.Agencies() != 2 || s.Origin != "TTXVN" || !s.Published.Equal(noon) {
		t.Errorf("the story is %+v", s)
	}
	if m := s.Members[1]; m.Reason != "its title begins so" || m.Score != 0.9 || m.Agency != "Báo Khác" {
		t.Errorf("the member is %+v", m)
	}
	if diff := cmp.Diff([]string{"an-giang", "ca-mau"}, s.Provinces); diff != "" {
		t.Error(diff)
	}
}

// Every call of the store fails once, before or after it was done; what comes
// out is always the same, and nothing is told twice.
func TestEveryFaultOfTheStore(t *testing.T) {
	stream := func(f *fakeStore) {
		for i := range 6 {
			e := news.Entry{GUID: fmt.Sprint(i), Link: fmt.Sprintf("https://baomau.example/x-%d.html", 600000+i), Title: fmt.Sprintf("Lúa vụ %d", i), Summary: fmt.Sprintf("Tin %d", i), Published: at(noon)}
			f.deliver(paperShard(), entry(e))
			if i%2 == 0 {
				e.Title, e.Seen = e.Title+" được mùa", seen.Add(time.Hour)
				f.deliver(paperShard(), entry(e))
			}
		}
	}
	o := options()
	o.Batch = 2
	clean := newFake()
	stream(clean)
	settle(t, clean, o)
	want := fmt.Sprint(clean.articles, clean.stories, clean.sorts, clean.aliases, clean.states)
	for _, late := range []bool{false, true} {
		for n := 1; n <= clean.calls; n++ {
			f := newFake()
			f.failAt, f.lateFail = n, late
			stream(f)
			settle(t, f, o)
			if got := fmt.Sprint(f.articles, f.stories, f.sorts, f.aliases, f.states); got != want {
				t.Fatalf("call %d failed (late %t): another outcome", n, late)
			}
			if diff := cmp.Diff(clean.changes, f.changes); diff != "" {
				t.Fatalf("call %d failed (late %t): told otherwise: %s", n, late, diff)
			}
		}
	}
	if clean.calls < 30 {
		t.Errorf("only %d calls were tried", clean.calls)
	}
}

func TestFaultsAreWaitedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		c := start(t, f, live())
		for n := range 40 {
			f.mu.Lock()
			f.failAt = f.calls + 1 + n%7
			f.mu.Unlock()
			f.deliver(paperShard(), fresh(n, fmt.Sprintf("Lúa %d", n)))
			time.Sleep(time.Second)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if got := f.channel("nong-nghiep"); len(got) != 40 {
			t.Errorf("%d stories, want 40", len(got))
		}
		c.end()
	})
}

func TestWithoutAStoreRunWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		f := newFake()
		if err := New(Deps{away{}, f, f, f, f, fakeOrders{f}, f, f}, Options{}).Run(ctx); err != nil {
			t.Error(err)
		}
	})
}

// away are leases whose store cannot be reached.
type away struct{}

func (away) Take(context.Context, string, string, time.Duration) (news.Lease, error) {
	return news.Lease{}, errors.New("connection refused")
}

func (away) Renew(context.Context, news.Lease, time.Duration) (news.Lease, error) {
	return news.Lease{}, errors.New("connection refused")
}

func (away) Release(context.Context, news.Lease) error { return nil }
