package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// grace is how long those who wait hold back at a host that a poll was sent
// away from: it comes back at the time it was told, and must find its turn.
const grace = 50 * time.Millisecond

// retry is when to try a host again that is busy for nobody knows how long.
const retry = 250 * time.Millisecond

// A limiter keeps the turns of hosts. Times in it are monotonic: a clock that
// jumps changes nothing.
type limiter struct {
	perHost int
	spacing time.Duration

	mu    sync.Mutex
	hosts map[string]*host // guarded by mu, as all that is in them
	sweep int              // calls until hosts without anything to remember are dropped
}

type host struct {
	active  int
	next    time.Time       // the next start is not before
	waiting []chan struct{} // closed when the turn is theirs, first come first served
	polled  bool            // the last start was a poll's: when both want, they alternate
	owed    time.Time       // until then those who wait hold back for a poll that was sent away
	timer   *time.Timer
}

func newLimiter(o Limits) *limiter {
	l := &limiter{perHost: o.PerHost, spacing: o.Spacing, hosts: map[string]*host{}}
	if l.perHost <= 0 {
		l.perHost = 2
	}
	if l.spacing == 0 {
		l.spacing = time.Second
	}
	l.spacing = max(l.spacing, 0)
	return l
}

// A Turn is the right to one request to a host. The zero value is of no host.
type Turn struct {
	l    *limiter
	key  string
	once sync.Once
}

// Done gives the turn back; further calls do nothing.
func (t *Turn) Done() {
	if t == nil || t.l == nil {
		return
	}
	t.once.Do(func() { t.l.done(t.key) })
}

func (l *limiter) try(key string) (*Turn, time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	h := l.host(key, now)
	var at time.Time
	switch {
	case h.active >= l.perHost:
		at = now.Add(retry)
	case now.Before(h.next):
		at = h.next
	case h.polled && len(h.waiting) > 0:
		at = now.Add(max(l.spacing, grace))
	default:
		h.polled, h.owed = true, time.Time{}
		l.start(h, now)
		return &Turn{l: l, key: key}, time.Time{}, true
	}
	if !h.polled {
		h.owed = at.Add(grace)
	}
	return nil, at, false
}

func (l *limiter) wait(ctx context.Context, key string) (*Turn, error) {
	l.mu.Lock()
	now := time.Now()
	h := l.host(key, now)
	if h.active < l.perHost && !now.Before(h.next) && !now.Before(h.owed) && len(h.waiting) == 0 {
		h.polled = false
		l.start(h, now)
		l.mu.Unlock()
		return &Turn{l: l, key: key}, nil
	}
	mine := make(chan struct{})
	h.waiting = append(h.waiting, mine)
	l.pump(h, now)
	l.mu.Unlock()

	select {
	case <-mine:
		return &Turn{l: l, key: key}, nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-mine: // it came in the same moment
		h.active--
		l.pump(h, time.Now())
	default:
		for i, w := range h.waiting {
			if w == mine {
				h.waiting = append(h.waiting[:i], h.waiting[i+1:]...)
				break
			}
		}
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil, &Error{Class: Cancelled, Detail: "the request was cancelled while it waited for its host", Err: ctx.Err()}
	}
	return nil, &Error{Class: Busy, At: h.next, Err: ctx.Err(),
		Detail: fmt.Sprintf("the turn of %s did not come in time: others are asking it too", key)}
}

func (l *limiter) done(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.hosts[key]; h != nil {
		h.active--
		l.pump(h, time.Now())
	}
}

// start counts a request that begins now. l.mu is held.
func (l *limiter) start(h *host, now time.Time) {
	h.active++
	h.next = now.Add(l.spacing)
}

// pump gives turns to those who wait, as many as there are, and sees to it that
// it is called again when the next one is due. l.mu is held.
func (l *limiter) pump(h *host, now time.Time) {
	for len(h.waiting) > 0 && h.active < l.perHost {
		due := h.next
		if h.owed.After(due) {
			due = h.owed
		}
		if left := due.Sub(now); left > 0 {
			l.alarm(h, left)
			return
		}
		close(h.waiting[0])
		h.waiting = h.waiting[1:]
		h.polled = false
		l.start(h, now)
	}
}

func (l *limiter) alarm(h *host, in time.Duration) {
	if h.timer == nil {
		h.timer = time.AfterFunc(in, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.pump(h, time.Now())
		})
		return
	}
	h.timer.Reset(in)
}

// host finds or makes a host's entry; now and then it drops those at rest. l.mu is held.
func (l *limiter) host(key string, now time.Time) *host {
	if l.sweep--; l.sweep < 0 {
		for k, h := range l.hosts {
			if h.active == 0 && len(h.waiting) == 0 && now.After(h.next) && k != key {
				delete(l.hosts, k)
			}
		}
		l.sweep = 1024 + len(l.hosts)
	}
	h := l.hosts[key]
	if h == nil {
		h = &host{}
		l.hosts[key] = h
	}
	return h
}
