package fetcher

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/fetcher/client"
	"tinhub/news"
)

// noon is a Wednesday.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func tenMinutes(t *testing.T, own bool) Timing {
	tm := NewTiming("x", mustSchedule(t, "*/10 * * * *"), own, noon)
	tm.Offset = 30 * time.Second
	return tm
}

// before is the state of a healthy source.
func before() news.SourceState {
	return news.SourceState{Source: "x", Address: "http://paper.example/feed", Health: news.OK, ETag: `"1"`, LastModified: "then", BodyHash: "body-1",
		Last: noon.Add(-10 * time.Minute), Next: noon, LastOK: noon.Add(-10 * time.Minute), LastNew: noon.Add(-20 * time.Minute),
		NewestEntry: noon.Add(-25 * time.Minute), Standing: []news.Key{"k1"}}
}

func TestStates(t *testing.T) {
	good := Outcome{Status: 200, Entries: 3, ETag: `"2"`, BodyHash: "body-2", Newest: noon.Add(-time.Minute), Standing: []news.Key{"k2"}}
	with := func(change func(*Outcome)) Outcome {
		o := good
		change(&o)
		return o
	}
	tests := []struct {
		name       string
		o          Outcome
		want       news.Health
		failures   int
		validators string // ETag afterwards
	}{
		{"new entries", with(func(o *Outcome) { o.New = 2 }), news.OK, 0, `"2"`},
		{"nothing new in another body", good, news.OK, 0, `"2"`},
		{"304", Outcome{Status: 304, ETag: `"9"`}, news.Unchanged, 0, `"1"`},
		{"the same body", with(func(o *Outcome) { o.Known = true }), news.Unchanged, 0, `"2"`},
		{"without entries", with(func(o *Outcome) { o.Entries = 0 }), news.Empty, 0, `"2"`},
		{"truncated", with(func(o *Outcome) { o.Truncated = true; o.New = 1 }), news.OK, 0, `"1"`},
		{"old entries", with(func(o *Outcome) { o.Newest = noon.AddDate(0, 0, -40) }), news.Stale, 0, `"2"`},
		{"not a feed", with(func(o *Outcome) { o.NotAFeed = true; o.Entries = 0 }), news.NotAFeed, 1, `"1"`},
		{"a challenge", with(func(o *Outcome) { o.Challenge = true }), news.Blocked, 1, `"1"`},
		{"401", Outcome{Status: 401}, news.Blocked, 1, `"1"`},
		{"403", Outcome{Status: 403}, news.Blocked, 1, `"1"`},
		{"451", Outcome{Status: 451}, news.Blocked, 1, `"1"`},
		{"404", Outcome{Status: 404}, news.Failing, 1, `"1"`},
		{"410", Outcome{Status: 410}, news.Gone, 1, `"1"`},
		{"429", Outcome{Status: 429}, news.Failing, 1, `"1"`},
		{"500", Outcome{Status: 500}, news.Failing, 1, `"1"`},
		{"a redirect without an end", Outcome{Status: 302}, news.Failing, 1, `"1"`},
		{"a loop", Outcome{Class: client.Loop}, news.Blocked, 1, `"1"`},
		{"forbidden", Outcome{Class: client.Forbidden}, news.Failing, 1, `"1"`},
		{"timeout", Outcome{Class: client.Timeout}, news.Failing, 1, `"1"`},
		{"cut off", Outcome{Class: client.Truncated}, news.Failing, 1, `"1"`},
		{"our own fault", Outcome{Status: 200, Panicked: true}, news.Failing, 1, `"1"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.At, tt.o.Detail = noon, "detail"
			s, why := Next(before(), tenMinutes(t, true), tt.o, noon)
			if s.Health != tt.want || s.Failures != tt.failures || s.ETag != tt.validators || why == "" {
				t.Errorf("health %q, %d failures, validators %s, because %q", s.Health, s.Failures, s.ETag, why)
			}
			if whole := tt.validators == `"2"`; (s.BodyHash == "body-2") != whole {
				t.Errorf("body hash %q", s.BodyHash)
			}
			if s.FailingSince.IsZero() != (tt.failures == 0) || !s.Last.Equal(noon) {
				t.Errorf("failing since %v, last %v", s.FailingSince, s.Last)
			}
			if len(s.History) != 1 || s.History[0].Health != tt.want || s.History[0].Status != tt.o.Status {
				t.Errorf("history %+v", s.History)
			}
			if tt.want == news.Gone != s.Next.IsZero() {
				t.Errorf("next %v", s.Next)
			}
		})
	}
}

// TestEmptyStaysEmpty: that nothing changed in a feed without entries is not what
// an admin has to know of it.
func TestEmptyStaysEmpty(t *testing.T) {
	s, _ := Next(before(), tenMinutes(t, true), Outcome{At: noon, Status: 200, Format: "rss2.0", BodyHash: "none"}, noon)
	s, _ = Next(s, tenMinutes(t, true), Outcome{At: noon, Status: 503}, noon)
	s, _ = Next(s, tenMinutes(t, true), Outcome{At: noon, Status: 304}, noon)
	if s.Health != news.Empty {
		t.Errorf("got %s", s.Health)
	}
}

func TestRecovery(t *testing.T) {
	s := before()
	s.Failures, s.FailingSince, s.Health = 7, noon.Add(-time.Hour), news.Gone
	s, _ = Next(s, tenMinutes(t, false), Outcome{At: noon, Status: 304}, noon)
	if s.Failures != 0 || !s.FailingSince.IsZero() || s.Health != news.Unchanged || s.Next.IsZero() {
		t.Errorf("%+v", s)
	}
}

// TestBackOff: outages of every age, and how long the source is left alone.
func TestBackOff(t *testing.T) {
	tests := []struct {
		name     string
		o        Outcome
		failures int // before
		age      time.Duration
		want     time.Duration
	}{
		{"the first timeout", Outcome{Class: client.Timeout}, 0, 0, 10 * time.Minute},
		{"the second", Outcome{Class: client.Timeout}, 1, 10 * time.Minute, 20 * time.Minute},
		{"an hour of 503", Outcome{Status: 503}, 4, time.Hour, 20 * time.Minute},
		{"a night of 503", Outcome{Status: 503}, 9, 8 * time.Hour, 2 * time.Hour},
		{"two days of 503", Outcome{Status: 503}, 20, 48 * time.Hour, 6 * time.Hour},
		{"ten days of 503", Outcome{Status: 503}, 40, 240 * time.Hour, 24 * time.Hour},
		{"the first 404", Outcome{Status: 404}, 0, 0, 10 * time.Minute},
		{"two days of 404", Outcome{Status: 404}, 20, 48 * time.Hour, 12 * time.Hour},
		{"a month of 403", Outcome{Status: 403}, 50, 720 * time.Hour, 24 * time.Hour},
		{"a forbidden address", Outcome{Class: client.Forbidden}, 0, 0, time.Hour},
		{"a day of it", Outcome{Class: client.Forbidden}, 9, 24 * time.Hour, 12 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := before()
			if s.Failures = tt.failures; tt.failures > 0 {
				s.FailingSince = noon.Add(-tt.age)
			}
			tt.o.At = noon
			s, why := Next(s, tenMinutes(t, true), tt.o, noon)
			// on the schedule's ticks, with its offset
			if want := noon.Add(tt.want).Add(30 * time.Second); !s.Next.Equal(want) {
				t.Errorf("next in %v (%s), want %v", s.Next.Sub(noon), why, want.Sub(noon))
			}
		})
	}
}

func TestRetryAfterBinds(t *testing.T) {
	for wait, want := range map[time.Duration]time.Duration{
		5 * time.Second:     10*time.Minute + 30*time.Second,
		3 * time.Hour:       3*time.Hour + 10*time.Minute + 30*time.Second,
		7 * 24 * time.Hour:  7*24*time.Hour + 10*time.Minute + 30*time.Second,
		34 * time.Minute:    40*time.Minute + 30*time.Second,
		640 * time.Second:   20*time.Minute + 30*time.Second,
		630*time.Second - 1: 10*time.Minute + 30*time.Second,
	} {
		s, _ := Next(before(), tenMinutes(t, true), Outcome{At: noon, Status: 429, RetryAfter: wait}, noon)
		if got := s.Next.Sub(noon); got != want || s.Next.Before(s.NotBefore) || !s.NotBefore.Equal(noon.Add(wait)) {
			t.Errorf("Retry-After %v: next in %v, want %v", wait, got, want)
		}
	}
	s, _ := Next(before(), tenMinutes(t, true), Outcome{At: noon, Status: 200, Entries: 1, RetryAfter: time.Hour}, noon)
	if !s.NotBefore.IsZero() {
		t.Error("a good answer's Retry-After was taken for a wish")
	}
}

func TestHistoryIsBounded(t *testing.T) {
	s := before()
	for i := range 120 {
		prev := s.History
		s, _ = Next(s, tenMinutes(t, true), Outcome{At: noon.Add(time.Duration(i) * time.Minute), Status: 304}, noon)
		if len(prev) > 0 && len(s.History) > 1 && &prev[0] == &s.History[0] {
			t.Fatal("the history before is shared and was written to")
		}
	}
	if len(s.History) != news.PollHistory || !s.History[49].At.Equal(noon.Add(119*time.Minute)) {
		t.Errorf("%d lines, last %v", len(s.History), s.History[len(s.History)-1].At)
	}
}

// TestMoves: a permanent redirect is adopted once it has stayed, dropped when it
// changes, and given up when its target fails.
func TestMoves(t *testing.T) {
	good := func(to string) Outcome {
		return Outcome{Status: 200, Entries: 1, Newest: noon, Permanent: to}
	}
	type step struct {
		days    float64
		o       Outcome
		moving  string
		adopted string
	}
	tests := map[string][]step{
		"stays":       {{0, good("b"), "b", ""}, {2, good("b"), "b", ""}, {3, good("b"), "", "b"}, {4, good(""), "", "b"}},
		"passes":      {{0, good("b"), "b", ""}, {1, good(""), "", ""}, {4, good("b"), "b", ""}},
		"changes":     {{0, good("b"), "b", ""}, {2, good("c"), "c", ""}, {4, good("c"), "c", ""}, {5, good("c"), "", "c"}},
		"not a feed":  {{0, good("b"), "b", ""}, {4, Outcome{Status: 200, NotAFeed: true, Permanent: "b"}, "b", ""}},
		"dies":        {{0, good("b"), "b", ""}, {3, good("b"), "", "b"}, {9, Outcome{Status: 404}, "", ""}},
		"dies by 410": {{0, good("b"), "b", ""}, {3, good("b"), "", "b"}, {9, Outcome{Status: 410}, "", ""}},
		"is ill":      {{0, good("b"), "b", ""}, {3, good("b"), "", "b"}, {9, Outcome{Status: 503}, "", "b"}},
		"moves on":    {{0, good("b"), "b", ""}, {3, good("b"), "", "b"}, {4, good("c"), "c", "b"}, {7, good("c"), "", "c"}},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			s := before()
			for i, st := range steps {
				now := noon.Add(time.Duration(st.days * 24 * float64(time.Hour)))
				st.o.At = now
				s, _ = Next(s, tenMinutes(t, true), st.o, now)
				if s.MovedTo != st.moving || s.Adopted != st.adopted || s.Health == news.Gone {
					t.Fatalf("step %d: moving to %q, adopted %q, %s", i, s.MovedTo, s.Adopted, s.Health)
				}
			}
			if s.Adopted == "" && (name == "dies" || name == "dies by 410") && s.ETag != "" {
				t.Error("validators of another address were kept")
			}
		})
	}
}

func TestResume(t *testing.T) {
	every := tenMinutes(t, true)
	state := func(change func(*news.SourceState)) news.SourceState {
		s := before()
		change(&s)
		return s
	}
	tests := []struct {
		name string
		s    news.SourceState
		want time.Duration // from noon; -1: never
	}{
		{"never polled", news.SourceState{}, 0},
		{"in time", state(func(s *news.SourceState) { s.Next = noon.Add(30 * time.Second) }), 30 * time.Second},
		{"a little late", state(func(s *news.SourceState) { s.Next = noon.Add(-20 * time.Second) }), 0},
		{"a night late", state(func(s *news.SourceState) { s.Next = noon.Add(-8 * time.Hour) }), 30 * time.Second},
		{"gone", state(func(s *news.SourceState) { s.Health, s.Next = news.Gone, time.Time{} }), -1},
		{"told to wait", state(func(s *news.SourceState) { s.NotBefore = noon.Add(5 * time.Hour); s.Next = s.NotBefore }), 5 * time.Hour},
		{"the clock went back", state(func(s *news.SourceState) {
			s.Last, s.Next = noon.AddDate(10, 0, 0), noon.AddDate(10, 0, 0).Add(10*time.Minute)
		}), 10*time.Minute + 30*time.Second},
		{"the clock went back, told to wait", state(func(s *news.SourceState) {
			s.Last = noon.AddDate(10, 0, 0)
			s.Next, s.NotBefore = s.Last.Add(2*time.Hour), s.Last.Add(2*time.Hour)
		}), 2*time.Hour + 30*time.Second},
		{"a faster schedule since", state(func(s *news.SourceState) {
			s.Last, s.Next = noon.Add(-5*time.Minute), noon.Add(20*time.Hour)
		}), 30 * time.Second},
		{"a faster schedule since, but failing", state(func(s *news.SourceState) { s.Failures, s.Next = 3, noon.Add(20*time.Hour) }), 20 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Resume(tt.s, every, noon)
			if tt.want == -1 {
				if !got.IsZero() {
					t.Errorf("due %v", got)
				}
				return
			}
			if d := got.Sub(noon); d != tt.want {
				t.Errorf("due in %v, want %v", d, tt.want)
			}
		})
	}
}

func TestSettle(t *testing.T) {
	src := news.Source{ID: "x", URL: "http://paper.example/feed"}
	s := before()
	s.Adopted = "http://new.example/feed"
	if d := cmp.Diff(s, Settle(s, src)); d != "" {
		t.Error(d)
	}
	src.URL = "http://paper.example/other"
	want := news.SourceState{Source: "x", Address: src.URL}
	if d := cmp.Diff(want, Settle(s, src)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(want, Settle(news.SourceState{}, src)); d != "" {
		t.Error(d)
	}
}
