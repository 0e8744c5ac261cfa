package fetcher

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/fetcher/client"
	"tinhub/news"
)

// pushedState is of a source whose hub can be relied on, polled ten minutes ago.
func pushedState() news.SourceState {
	s := before()
	s.Push = news.Pushing{State: news.PushActive, Until: noon.Add(5 * 24 * time.Hour), Last: noon.Add(-20 * time.Minute)}
	return s
}

// TestPushedPace: when a source is polled next, by what hubs do for it.
func TestPushedPace(t *testing.T) {
	with := func(change func(*news.SourceState)) news.SourceState {
		s := pushedState()
		change(&s)
		return s
	}
	nothing, found := Outcome{At: noon, Status: 304}, Outcome{At: noon, Status: 200, Entries: 3, New: 1, Newest: noon}
	for name, c := range map[string]struct {
		s    news.SourceState
		own  bool
		o    Outcome
		rare bool
	}{
		"a hub tells":                          {pushedState(), false, nothing, true},
		"no subscription":                      {before(), false, nothing, false},
		"nothing came yet":                     {with(func(s *news.SourceState) { s.Push.Last = time.Time{} }), false, nothing, false},
		"it ran out":                           {with(func(s *news.SourceState) { s.Push.Until = noon.Add(-time.Second) }), false, nothing, false},
		"it missed news before":                {with(func(s *news.SourceState) { s.Push.Missed = s.Push.Last.Add(time.Minute) }), false, nothing, false},
		"it told of news since":                {with(func(s *news.SourceState) { s.Push.Missed = s.Push.Last.Add(-time.Minute) }), false, nothing, true},
		"a poll finds news that it missed":     {pushedState(), false, found, false},
		"a poll finds news just told of":       {with(func(s *news.SourceState) { s.Push.Last = noon.Add(-time.Minute) }), false, found, true},
		"a poll finds only something changed":  {pushedState(), false, Outcome{At: noon, Status: 200, Entries: 3, Changed: 3, Newest: noon}, true},
		"a schedule of its own":                {pushedState(), true, nothing, false},
		"failing: it is seen to, hubs or none": {pushedState(), false, Outcome{At: noon, Status: 503}, true},
	} {
		next, why := Next(c.s, tenMinutes(t, c.own), c.o, noon)
		if wait := next.Next.Sub(noon); (wait >= pushedPace-10*time.Minute) != c.rare {
			t.Errorf("%s: next in %v, %s", name, wait, why)
		}
	}
	soon := with(func(s *news.SourceState) { s.Push.Until = noon.Add(time.Hour) })
	if next, _ := Next(soon, tenMinutes(t, false), nothing, noon); !next.Next.Equal(soon.Push.Until) {
		t.Errorf("the subscription ends in an hour, and the next poll is in %v", next.Next.Sub(noon))
	}
}

// TestTold: what a notification changes, and what it does not.
func TestTold(t *testing.T) {
	tm := tenMinutes(t, false)
	came := noon.Add(-time.Second)
	good := Outcome{At: noon, Status: 200, Entries: 2, New: 1, Newest: noon, Format: "atom1.0", Title: "khác", ETag: `"9"`, BodyHash: "body-9", Standing: []news.Key{"k9"}, Hubs: []string{"http://elsewhere.example/"}}
	first := before()
	first.Push.Until = noon.Add(24 * time.Hour)
	s, _ := Told(first, tm, good, came, noon)
	if s.Next.Sub(noon) < pushedPace-20*time.Minute || !s.LastNew.Equal(noon) || !s.NewestEntry.Equal(noon) || !s.Push.Last.Equal(came) {
		t.Errorf("with news: %+v", s)
	}
	if h := s.History[len(s.History)-1]; !h.Push || h.New != 1 || h.Health != news.OK {
		t.Errorf("history: %+v", h)
	}
	first.Next, first.Interval, first.LastNew, first.NewestEntry, first.Push, first.History, first.Daily = s.Next, s.Interval, s.LastNew, s.NewestEntry, s.Push, s.History, s.Daily
	if diff := cmp.Diff(first, s); diff != "" {
		t.Errorf("it changed what is a poll's: %s", diff)
	}

	for name, o := range map[string]Outcome{
		"no feed":          {At: noon, Status: 200, NotAFeed: true},
		"our own failure":  {At: noon, Status: 200, Panicked: true},
		"somebody else's":  {At: noon, Status: 200, Foreign: true},
		"told without any": {At: noon, Status: 200, NotAFeed: true, Detail: "the hub only says that something is new"},
	} {
		if s, _ := Told(pushedState(), tm, o, came, noon); !s.Next.Equal(noon) || s.Health != news.OK {
			t.Errorf("%s: polled at %v, health %s", name, s.Next, s.Health)
		}
		polled := pushedState()
		polled.Last = noon.Add(-10 * time.Second)
		if s, _ := Told(polled, tm, o, came, noon); s.Next.Sub(noon) != pingPause-10*time.Second {
			t.Errorf("%s: polled a moment ago, and again in %v", name, s.Next.Sub(noon))
		}
		binding := pushedState()
		binding.NotBefore = noon.Add(time.Hour)
		if s, _ := Told(binding, tm, o, came, noon); s.Next.Before(binding.NotBefore) {
			t.Errorf("%s: Retry-After does not bind", name)
		}
		failing := pushedState()
		failing.Failures, failing.Next = 3, noon.Add(time.Hour)
		if s, _ := Told(failing, tm, o, came, noon); !s.Next.Equal(failing.Next) {
			t.Errorf("%s: a failing source is asked in %v", name, s.Next.Sub(noon))
		}
	}
}

// TestNamed: hubs of the header count first, and are taken over where the document
// was known.
func TestNamed(t *testing.T) {
	many := []string{"a", "b", "c", "d", "e", "f"}
	had := before()
	had.Hub, had.Hubs, had.Self = "old", []string{"older"}, "self"
	for name, c := range map[string]struct {
		o    Outcome
		want []string
		self string
	}{
		"304":                      {Outcome{Status: 304, Hubs: []string{"x"}}, []string{"old", "older"}, "self"},
		"the same body":            {Outcome{Status: 200, Known: true}, []string{"old", "older"}, "self"},
		"the same body, a header":  {Outcome{Status: 200, Known: true, Hubs: []string{"x"}}, []string{"x"}, "self"},
		"read, with hubs":          {Outcome{Status: 200, Entries: 1, Hubs: []string{"x", "y"}, Self: "new"}, []string{"x", "y"}, "new"},
		"read, without":            {Outcome{Status: 200, Entries: 1}, []string{""}, ""},
		"read, with too many":      {Outcome{Status: 200, Entries: 1, Hubs: many, Self: "new"}, many[:mostHubs], "new"},
		"an error page with a hub": {Outcome{Status: 500, Hubs: []string{"x"}}, []string{"old", "older"}, "self"},
	} {
		c.o.At = noon
		s, _ := Next(had, tenMinutes(t, false), c.o, noon)
		if got := append([]string{s.Hub}, s.Hubs...); !slices.Equal(got, c.want) || s.Self != c.self {
			t.Errorf("%s: hubs %q, self %q", name, got, s.Self)
		}
	}
}

// A mailbox is a memory with notifications.
type mailbox struct {
	*memory
	notes []news.Notification
}

func (m *mailbox) Notified(context.Context, int) ([]news.Notification, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.notes), nil
}

func (m *mailbox) Notification(_ context.Context, _ int, source string, key news.Key) (news.Notification, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range m.notes {
		if n.Source == source && n.Key == key {
			return n, nil
		}
	}
	return news.Notification{}, news.ErrNotFound
}

func (m *mailbox) Record(ctx context.Context, p news.Poll) error {
	if err := m.memory.Record(ctx, p); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if p.Pushed != nil {
		m.notes = slices.DeleteFunc(m.notes, func(n news.Notification) bool { return n.Source == p.State.Source && n.Key == p.Pushed.Key })
	}
	return nil
}

// post leaves a notification, as a process does that a hub told.
func (m *mailbox) post(shard int, source, body string) {
	m.mu.Lock()
	m.notes = append(m.notes, news.Notification{Source: source, Key: news.KeyOf(body, time.Now().String()), At: time.Now(), Body: []byte(body)})
	m.mu.Unlock()
	m.hints <- shard
}

func (m *mailbox) titles() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return titles(m.wire)
}

func (m *mailbox) waiting() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.notes)
}

func withMail(t *testing.T, m *mailbox, c Client, sources ...news.Source) *Fetcher {
	f := newTest(t, m.memory, c, Options{}, sources...)
	f.wire, f.notes = m, m
	return f
}

// TestHeed: what hubs send is read within a second or two, in its order, without a
// poll; polls become rare, and come back at once when the subscription ends.
func TestHeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, m := newPress(func(context.Context, string, int) (*client.Response, error) { return ok200("same"), nil }), &mailbox{memory: newMemory()}
		src := paper("a", "")
		n := news.ShardOf(src.Family())
		f := withMail(t, m, p, src)
		defer running(t, f)()
		time.Sleep(time.Minute)
		f.Subscribed(n, "a", news.Pushing{State: news.PushActive, Until: time.Now().Add(20 * time.Hour)})
		time.Sleep(30 * time.Minute)
		before := len(p.times(src.URL))
		if before < 3 {
			t.Fatalf("asked %d times before a hub could be relied on", before)
		}
		m.post(n, "a", "một")
		m.post(n, "a", "hai")
		m.post(n, "unknown", "x")
		time.Sleep(3 * time.Second)
		if got := m.titles(); got != "same,một,hai" || m.waiting() != 1 {
			t.Errorf("the wire has %s, %d wait", got, m.waiting())
		}
		if s := m.state("a"); s.Push.State != news.PushActive || s.Push.Last.IsZero() || !s.History[len(s.History)-1].Push {
			t.Errorf("stored: %+v", s.Push)
		}
		time.Sleep(12 * time.Hour)
		if got := len(p.times(src.URL)) - before; got < 3 || got > 5 {
			t.Errorf("asked %d times in 12 hours, want every three", got)
		}
		before = len(p.times(src.URL))
		f.Subscribed(n, "a", news.Pushing{State: news.PushDenied, Detail: "the hub denies it"})
		time.Sleep(time.Second)
		if s := m.state("a"); s.Push.State != news.PushDenied || time.Until(s.Next) > slowest+maxSpread {
			t.Errorf("stored: %+v, next in %v", s.Push, time.Until(s.Next))
		}
		time.Sleep(3 * time.Hour)
		if got := len(p.times(src.URL)) - before; got < 2 || got > 4 {
			t.Errorf("asked %d times in three hours after the subscription ended", got)
		}
	})
}

// TestHeedBesideAPoll: what comes while the source is polled waits for the poll's
// end, and somebody's wish for a poll survives what comes.
func TestHeedBesideAPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPress(func(ctx context.Context, address string, n int) (*client.Response, error) {
			if n == 2 {
				time.Sleep(20 * time.Second)
			}
			return ok200(fmt.Sprint("poll ", n)), nil
		})
		m := &mailbox{memory: newMemory()}
		src := paper("a", "")
		n := news.ShardOf(src.Family())
		f := withMail(t, m, p, src)
		defer running(t, f)()
		time.Sleep(30 * time.Second)
		if err := m.Ask(t.Context(), n, "a", time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		if len(p.times(src.URL)) != 2 {
			t.Fatal("the second poll is not on its way")
		}
		m.post(n, "a", "một")
		f.Subscribed(n, "a", news.Pushing{State: news.PushActive, Until: time.Now().Add(time.Hour)})
		time.Sleep(5 * time.Second)
		if m.waiting() != 1 {
			t.Error("it was read beside a poll")
		}
		time.Sleep(20 * time.Second)
		if got := m.titles(); got != "poll 1,poll 2,một" || m.waiting() != 0 {
			t.Errorf("the wire has %s, %d wait", got, m.waiting())
		}
		if s := m.state("a"); s.Push.State != news.PushActive {
			t.Errorf("the poll forgot the subscription: %+v", s.Push)
		}
		m.post(n, "a", "hai")
		if err := m.Ask(t.Context(), n, "a", time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if len(p.times(src.URL)) != 3 {
			t.Errorf("asked %d times: the wish was lost", len(p.times(src.URL)))
		}
	})
}

// TestHeedStoreAway: what cannot be stored waits, and is read once.
func TestHeedStoreAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, m := newPress(func(context.Context, string, int) (*client.Response, error) { return ok200("same"), nil }), &mailbox{memory: newMemory()}
		src := paper("a", "")
		f := withMail(t, m, p, src)
		defer running(t, f)()
		time.Sleep(30 * time.Second)
		m.setBroken(true)
		m.post(news.ShardOf(src.Family()), "a", "một")
		time.Sleep(5 * time.Second)
		m.setBroken(false)
		time.Sleep(30 * time.Second)
		if got := m.titles(); got != "same,một" || m.waiting() != 0 {
			t.Errorf("the wire has %s, %d wait", got, m.waiting())
		}
	})
}

// TestAdvertised: what is told to whoever subscribes, of the shards that are ours.
func TestAdvertised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hubs := func(_ context.Context, address string, _ int) (*client.Response, error) {
			r := ok200("x")
			r.URL, r.Header = address, http.Header{"Link": {`<https://hub.example/>; rel="hub", <https://hub2.example/>; rel="hub"`}}
			if address == "http://gone.example/feed" {
				r.Status = http.StatusGone
			}
			if address == "http://none.example/feed" {
				r.Header = nil
			}
			return r, nil
		}
		f := newTest(t, newMemory(), newPress(hubs), Options{}, paper("a", ""), paper("gone", ""), paper("none", ""))
		if got := f.Advertised(); len(got) != 0 {
			t.Errorf("before it runs: %v", got)
		}
		stop := running(t, f)
		time.Sleep(time.Minute)
		var got []news.Advertised
		all := f.Advertised()
		for _, list := range all {
			got = append(got, list...)
		}
		slices.SortFunc(got, func(a, b news.Advertised) int { return len(b.Hubs) - len(a.Hubs) })
		want := []news.Advertised{
			{Source: "a", Address: "http://a.example/feed", Topic: "http://a.example/feed", Hubs: []string{"https://hub.example/", "https://hub2.example/"}},
			{Source: "none", Address: "http://none.example/feed"},
		}
		if diff := cmp.Diff(want, got); diff != "" || len(all) != news.Shards {
			t.Errorf("%d shards: %s", len(all), diff)
		}
		stop()
		if err := f.Under(0, nil); err == nil {
			t.Error("something is stored under a lease that was given back")
		}
	})
}
