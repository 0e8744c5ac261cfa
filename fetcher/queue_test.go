package fetcher

import (
	"fmt"
	"testing"
	"time"
)

func yes(string) (time.Duration, bool) { return 0, true }

func TestQueueOrder(t *testing.T) {
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	at := func(s int) time.Time { return now.Add(time.Duration(s) * time.Second) }
	q := newQueue()
	q.put("c", "x", at(30))
	q.put("a", "x", at(10))
	q.put("b", "y", at(20))
	q.put("a", "x", at(40)) // instead
	q.put("gone", "z", at(1))
	q.remove("gone")
	q.remove("never there")
	if got := q.next(); !got.Equal(at(20)) {
		t.Errorf("next at %v", got)
	}
	if s, ok := q.pop(at(19), yes); ok {
		t.Errorf("%s came early", s)
	}
	for _, want := range []string{"b", "c", "a"} {
		if got, ok := q.pop(at(60), yes); !ok || got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if !q.next().IsZero() || len(q.hosts) != 0 || len(q.items) != 0 {
		t.Errorf("something is left: %+v", q)
	}
}

// TestQueueHostHoldsItsOwn: a host that may not be asked holds up nobody else's
// sources, and is asked once, not once for each of its sources.
func TestQueueHostHoldsItsOwn(t *testing.T) {
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	q := newQueue()
	for i := range 500 {
		q.put(fmt.Sprintf("busy-%03d", i), "busy", now.Add(-time.Hour))
	}
	q.put("free", "free", now)
	asked := 0
	try := func(s string) (time.Duration, bool) {
		asked++
		return time.Second, s == "free"
	}
	if got, ok := q.pop(now, try); !ok || got != "free" || asked != 2 {
		t.Errorf("got %q after %d questions", got, asked)
	}
	if _, ok := q.pop(now, try); ok || asked != 2 {
		t.Errorf("the busy host was asked again at once")
	}
	if got := q.next(); !got.Equal(now.Add(time.Second)) {
		t.Errorf("next at %v", got)
	}
	q.nudge("busy")
	q.nudge("unknown")
	if got, ok := q.pop(now, yes); !ok || got != "busy-000" {
		t.Errorf("after a nudge: %q", got)
	}
}

// TestQueueLeavesAHostAlone: no source of it is popped, those put meanwhile
// neither, whatever ends there; and no other host is held up.
func TestQueueLeavesAHostAlone(t *testing.T) {
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	until := now.Add(time.Minute)
	q := newQueue()
	q.put("a", "tired", now)
	q.put("other", "fresh", now)
	q.leave("tired", now, until)
	q.leave("tired", now, now.Add(time.Second)) // a shorter one does not end a longer one
	q.nudge("tired")
	q.put("b", "tired", now)
	if got, ok := q.pop(now, yes); !ok || got != "other" {
		t.Errorf("%q", got)
	}
	q.remove("a")
	q.remove("b") // nothing of the host is left in the queue
	q.put("b", "tired", now)
	if got, ok := q.pop(until.Add(-time.Second), yes); ok || !q.next().Equal(until) {
		t.Errorf("%q came early; next at %v", got, q.next())
	}
	if got, ok := q.pop(until, yes); !ok || got != "b" {
		t.Errorf("%q", got)
	}
	q.leave("another", until, until)
	if len(q.rests) != 1 {
		t.Errorf("what is over is remembered: %v", q.rests)
	}
}
