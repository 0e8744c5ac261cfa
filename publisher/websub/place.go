package websub

import (
	"context"
	"errors"
	"net/netip"
	"time"
)

// A place is an address on the network, whatever names lead to it. Who makes up
// names for somebody's address, or points his own names there once they are
// confirmed, does not get more through for it. All of it is guarded by line.mu.
type place struct {
	gates [lanes]gate
	timer *time.Timer
	wakes time.Time // when timer ends
	used  time.Time
}

// A gate lets the requests of one lane through to a place.
type gate struct {
	running int       // requests, slow ones too
	took    bool      // somebody there took what was sent, and the last few did not all refuse
	failed  int       // requests in a row that nobody took
	turn    time.Time // the next request's, where there is a pace
	waiting []*host   // that had something to start, first come first served
}

// Limits of one place, which no setting changes.
const (
	placeFactor = 16 // times PerHost: requests at once of a lane to a place that takes what it is sent
	doubtful    = 10 // requests in a row that were not taken, before a place is spared
	doubtPause  = time.Second
	doubtMost   = time.Minute
)

// placeOf names a place: an address, or a whole network of IPv6 as one household
// or machine has it.
func placeOf(a netip.Addr) string {
	if p, err := a.Prefix(64); a.Is6() && err == nil {
		return p.String()
	}
	return a.String()
}

// open says whether a request may go through now, and otherwise when to ask
// again; zero if that is when another ends.
func (g *gate) open(l lane, now time.Time, o limits) (bool, time.Time) {
	most := narrow
	switch {
	case g.took:
		most = o.perHost * placeFactor
	case l == laneContent:
		most = o.perHost
	}
	if g.running >= most {
		return false, time.Time{}
	}
	_, ahead := g.pace(l, o)
	if at := g.turn.Add(-ahead); at.After(now) {
		return false, at
	}
	return true, time.Time{}
}

// pace is how far apart requests are, and how much of that may be borrowed. A
// place where nobody takes anything is likely somebody's victim, and hears from
// us more and more rarely.
func (g *gate) pace(l lane, o limits) (step, ahead time.Duration) {
	switch {
	case g.failed >= doubtful:
		return min(time.Duration(g.failed/doubtful)*doubtPause, doubtMost), 0
	case l == laneVerify || l == laneRenew:
		return o.verifyStep, time.Second
	}
	return 0, 0
}

func (g *gate) start(l lane, now time.Time, o limits) {
	g.running++
	if step, _ := g.pace(l, o); step > 0 {
		g.turn = later(g.turn, now).Add(step)
	}
}

// end learns from a request that ended.
func (g *gate) end(r result) {
	g.running--
	switch r {
	case taken:
		g.took, g.failed, g.turn = true, 0, time.Time{}
	case broken:
	default:
		if g.failed++; g.failed >= doubtful {
			g.took = false
		}
	}
}

// idle says whether nothing is going on, and nothing did for long.
func (p *place) idle(now time.Time) bool {
	for i := range p.gates {
		if g := &p.gates[i]; g.running > 0 || len(g.waiting) > 0 {
			return false
		}
	}
	return now.Sub(p.used) > circuitMost
}

// release lets one host for each gate that is open look whether it can start
// something, and sets the alarm for gates that open by themselves. mu is held.
func (l *line) release(p *place, now time.Time) {
	var at time.Time
	for i := range p.gates {
		g := &p.gates[i]
		if len(g.waiting) == 0 {
			continue
		}
		open, when := g.open(lane(i), now, l.limits)
		if !open {
			if !when.IsZero() {
				at = earlier(at, when)
			}
			continue
		}
		h := g.waiting[0]
		g.waiting[0] = nil
		g.waiting = g.waiting[1:]
		h.parked[i] = false
		l.enqueue(h)
	}
	if at.IsZero() || p.timer != nil && !p.wakes.After(at) && p.wakes.After(now) {
		return
	}
	if p.timer != nil {
		p.timer.Stop()
	}
	p.wakes = at
	p.timer = time.AfterFunc(at.Sub(now), func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		now := l.now()
		l.release(p, now)
		l.pump(now)
	})
}

var errNowhere = errors.New("its name leads nowhere")

// A dest is where a request goes, or why nobody knows.
type dest struct {
	addr netip.Addr // zero: wherever the name leads
	err  error
}

// lookupKept is how long is believed where a name leads.
const lookupKept = time.Minute

// lost says that it is not known where a host is.
func (h *host) lost(now time.Time) bool { return h.at == nil || now.Sub(h.found) > lookupKept }

// look finds out where a host is, in the name of the job that is first in its
// queues. mu is held.
func (l *line) look(h *host, first *job, now time.Time) {
	h.looking = true
	j := &job{host: h.name, lane: laneLookup, ctx: first.ctx, at: h}
	l.start(h, j, now, func(ctx context.Context) result {
		addrs, err := l.lookup(ctx, h.name)
		l.mu.Lock()
		defer l.mu.Unlock()
		h.looking = false
		if j.ctx.Err() == nil { // else it was broken off, and says nothing
			l.learn(h, addrs, err, l.now())
		}
		return broken
	})
}

// learn takes over where a host is. mu is held.
func (l *line) learn(h *host, addrs []netip.Addr, err error, now time.Time) {
	if err == nil && len(addrs) == 0 {
		err = errNowhere
	}
	h.found, h.to = now, dest{err: err}
	name := "name " + h.name // where it leads nowhere, it is a place of its own
	if err != nil {
		h.window = 1 // one attempt tells all who wait
	} else {
		h.to.addr = addrs[h.pick%len(addrs)]
		name = placeOf(h.to.addr)
	}
	if p := l.place(name, now); p != h.at {
		h.at, h.parked = p, [lanes]bool{}
	}
}

// place finds or makes one. mu is held.
func (l *line) place(name string, now time.Time) *place {
	p := l.places[name]
	if p == nil {
		p = &place{}
		l.places[name] = p
	}
	p.used = now
	return p
}
