package websub

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// A line leads to the network. It starts requests in turn by host, so many at
// once, and sees to it that nobody who is slow holds back the others: a request
// that takes longer than a moment gives its place to the next, and goes on. A
// host that does not answer costs one attempt, whoever waits for it; and an
// address gets only so much, whatever names lead to it.
type line struct {
	limits  limits
	circuit backoff
	lookup  func(ctx context.Context, host string) ([]netip.Addr, error) // nil: each host is a place of its own
	now     func() time.Time

	mu     sync.Mutex // guards all below
	hosts  map[string]*host
	places map[string]*place
	ready  []*host // that may have something to start, in turn
	fresh  int     // requests that hold back others
	slow   int     // requests that don't, any more
	sweep  int     // submissions until hosts at rest are forgotten
}

// limits are the settings that a line goes by.
type limits struct {
	workers, perHost, slow int
	patience, timeout      time.Duration
	verifyStep             time.Duration
}

// A result is what a request says of its host.
type result byte

const (
	answered result = iota // but did not take what was sent
	taken                  // it took what was sent, or confirmed an intent
	silent                 // no answer in time, which says little
	away                   // it is unreachable
	broken                 // off by us: that says nothing
)

// A job is one request that waits or runs.
type job struct {
	host string
	lane lane
	ctx  context.Context // of whoever waits for it
	run  func(context.Context) result

	at      *host     // guarded by line.mu, as all below but to
	place   *place    // where it runs
	to      dest      // set before it runs
	begun   time.Time // zero: waiting
	yielded bool
	ended   bool
}

func newLine(o Options, lookup func(ctx context.Context, host string) ([]netip.Addr, error)) *line {
	step := time.Duration(0)
	if o.VerifyRate > 0 {
		step = time.Duration(float64(time.Second) / o.VerifyRate)
	}
	return &line{
		limits:  limits{o.Workers, o.PerHost, o.Slow, o.Patience, o.Timeout, step},
		circuit: backoff{o.Retry, min(circuitMost, o.RetryMost)}, lookup: lookup, now: o.Now,
		hosts: map[string]*host{}, places: map[string]*place{},
	}
}

// submit queues a job; run is called once, unless ctx ends before.
func (l *line) submit(jobs ...*job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, j := range jobs {
		h := l.host(j.host, now)
		j.at = h
		h.queue[j.lane] = append(h.queue[j.lane], j)
		l.enqueue(h)
	}
	l.pump(now)
}

// host finds or makes a host; now and then it forgets those at rest. mu is held.
func (l *line) host(name string, now time.Time) *host {
	if l.sweep--; l.sweep < 0 {
		for k, h := range l.hosts {
			if h.idle(now) {
				delete(l.hosts, k)
			}
		}
		for k, p := range l.places {
			if p.idle(now) {
				delete(l.places, k)
			}
		}
		l.sweep = 1024 + len(l.hosts)
	}
	h := l.hosts[name]
	if h == nil {
		h = &host{name: name, window: 1}
		l.hosts[name] = h
	}
	h.used = now
	return h
}

// count says how many requests wait and run, and how many hosts do not answer.
func (l *line) count() (waiting, running, away int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, h := range l.hosts {
		for _, q := range h.queue {
			waiting += len(q)
		}
		if h.failures > 0 {
			away++
		}
	}
	return waiting, l.fresh + l.slow, away
}

func (l *line) enqueue(h *host) {
	if !h.inLine {
		h.inLine = true
		l.ready = append(l.ready, h)
	}
}

// pump starts what may start, one a host in turn. mu is held.
func (l *line) pump(now time.Time) {
	for l.fresh < l.limits.workers && len(l.ready) > 0 {
		h := l.ready[0]
		l.ready[0] = nil
		l.ready = l.ready[1:]
		h.inLine = false
		if blocked, at := h.blocked(now, l.limits); blocked {
			l.wake(h, at, now)
		} else if h.lost(now) {
			l.find(h, now)
		} else if j := h.next(now, l.limits); j != nil {
			l.enqueue(h)
			j.place, j.to = h.at, h.to
			h.at.used = now
			h.probing = h.failures > 0
			l.start(h, j, now, j.run)
		}
		if h.at != nil {
			l.release(h.at, now) // whoever stood in line may have started nothing
		}
	}
}

// find finds out where a host is, unless nobody wants to know. mu is held.
func (l *line) find(h *host, now time.Time) {
	first := h.first()
	switch {
	case first == nil || h.looking:
	case l.lookup == nil:
		h.at, h.found = l.place("name "+h.name, now), now
		l.enqueue(h)
	default:
		l.look(h, first, now)
	}
}

func (l *line) start(h *host, j *job, now time.Time, run func(context.Context) result) {
	j.begun, h.used = now, now
	h.running[j.lane]++
	l.fresh++
	patience := time.AfterFunc(l.limits.patience, func() { l.yield(j) })
	go func() {
		ctx, cancel := context.WithTimeout(j.ctx, l.limits.timeout)
		r := run(ctx)
		cancel()
		patience.Stop()
		l.finish(j, r)
	}()
}

// wake looks at a host again at a time. mu is held.
func (l *line) wake(h *host, at, now time.Time) {
	if at.IsZero() || h.timer != nil && !h.wakes.After(at) && h.wakes.After(now) {
		return
	}
	if h.timer != nil {
		h.timer.Stop()
	}
	h.wakes = at
	h.timer = time.AfterFunc(at.Sub(now), func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.enqueue(h)
		l.pump(l.now())
	})
}

// yield gives a slow job's place to others.
func (l *line) yield(j *job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if j.ended || j.yielded || l.slow >= l.limits.slow {
		return
	}
	j.yielded = true
	l.fresh--
	l.slow++
	j.at.running[j.lane]--
	j.at.slow++
	l.enqueue(j.at)
	l.pump(l.now())
}

func (l *line) finish(j *job, r result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	j.ended = true
	if j.yielded {
		l.slow--
		j.at.slow--
	} else {
		l.fresh--
		j.at.running[j.lane]--
	}
	now := l.now()
	if j.ctx.Err() != nil {
		r = broken
	}
	if j.place != nil {
		j.at.note(j, r, now, l.circuit, rand.Float64(), l.limits)
		j.place.gates[j.lane].end(r)
		l.release(j.place, now)
	}
	l.enqueue(j.at)
	l.pump(now)
}
