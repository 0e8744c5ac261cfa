package admin

import (
	"sync"
	"time"
)

// A throttle makes guessing slow: after some failures, a name and an address have
// to wait, longer each time. It forgets after a while, and is bounded: an
// attacker can't fill the memory with names.
type throttle struct {
	mu   sync.Mutex // guards what follows
	seen map[string]*attempts
}

func newThrottle() *throttle { return &throttle{seen: map[string]*attempts{}} }

type attempts struct {
	failed int
	last   time.Time
}

const (
	freeAttempts   = 5 // for a name
	freeFrom       = 20
	throttleForget = time.Hour
	throttleMost   = 10_000
	longestWait    = 5 * time.Minute
)

// begin counts an attempt before it is made, so that many at once don't slip
// through together, or says how long to wait.
func (t *throttle) begin(name, from string, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if wait := max(t.of("n/"+name, freeAttempts, now), t.of("a/"+from, freeFrom, now)); wait > 0 {
		return wait
	}
	for _, key := range []string{"n/" + name, "a/" + from} {
		a := t.seen[key]
		if a == nil || now.Sub(a.last) > throttleForget {
			t.makeRoom(now)
			a = &attempts{}
			t.seen[key] = a
		}
		a.failed++
		a.last = now
	}
	return 0
}

func (t *throttle) of(key string, free int, now time.Time) time.Duration {
	a := t.seen[key]
	if a == nil || a.failed < free || now.Sub(a.last) > throttleForget {
		return 0
	}
	pause := longestWait
	if n := a.failed - free; n < 9 {
		pause = min(time.Second<<n, longestWait)
	}
	return a.last.Add(pause).Sub(now)
}

// makeRoom forgets one where there are too many: of some that come to hand, the
// one that is past its time or failed least.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.seen) < throttleMost {
		return
	}
	least, looked := "", 0
	for key, a := range t.seen {
		if now.Sub(a.last) > throttleForget {
			least = key
			break
		}
		if least == "" || a.failed < t.seen[least].failed {
			least = key
		}
		if looked++; looked == 16 {
			break
		}
	}
	delete(t.seen, least)
}

// done forgets the failures of a name that got in. Its address keeps its own: who
// has one account may still be guessing others.
func (t *throttle) done(name, from string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.seen, "n/"+name)
	if a := t.seen["a/"+from]; a != nil && a.failed > 0 {
		a.failed--
	}
}
