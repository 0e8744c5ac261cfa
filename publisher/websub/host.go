package websub

import (
	"time"
)

// A lane is a kind of request. Each has a queue and a limit of its own at every
// host, so that those who failed before never stand before those who did not.
type lane int

const (
	laneContent lane = iota // to subscribers that took the last one
	laneRenew               // asks those that subscribed already: whatever strangers ask for at their address
	laneVerify
	laneSuspect // to those that did not
	lanes
	laneLookup = lanes // finds out where a host is; nothing queues in it
)

// Limits of one host, which no setting changes.
const (
	narrow      = 4 // requests at once in the lanes for verification, renewal and suspects
	slowFactor  = 8 // times PerHost: how many may be slow at once
	circuitMost = 10 * time.Minute
)

// A host is what is known of one host, and what waits for it. All of it is
// guarded by line.mu.
type host struct {
	name    string
	queue   [lanes][]*job
	running [lanes + 1]int // that hold back others
	slow    int            // that don't, any more
	inLine  bool           // in line.ready

	window   int       // requests at once: 1 for a host that nothing is known of, doubled with each answer
	failures int       // times that it was unreachable in a row
	until    time.Time // no request before
	opened   time.Time // when that was found out
	probing  bool      // one request finds out whether it is back

	at      *place // where it is
	to      dest
	found   time.Time   // when that was looked up
	pick    int         // which of its addresses: another after each that was away
	looking bool        // it is being looked up
	parked  [lanes]bool // it stands in line at its place

	timer *time.Timer
	wakes time.Time // when timer ends
	used  time.Time
}

// first is the first job that somebody waits for; nil if there is none.
func (h *host) first() *job {
	for l := range lanes {
		for len(h.queue[l]) > 0 {
			if j := h.queue[l][0]; j.ctx.Err() == nil {
				return j
			}
			h.queue[l] = h.queue[l][1:] // nobody waits for it any more
		}
	}
	return nil
}

// blocked says that the host itself lets nothing through, and when to look again;
// zero if that is when another request ends.
func (h *host) blocked(now time.Time, o limits) (bool, time.Time) {
	if now.Before(h.until) {
		return true, h.until
	}
	return h.failures > 0 && h.probing || h.slow >= o.perHost*slowFactor, time.Time{}
}

// next is the job that may start now. Where only its place is in the way, the
// host stands in line there.
func (h *host) next(now time.Time, o limits) *job {
	for l := range lanes {
		for len(h.queue[l]) > 0 && h.queue[l][0].ctx.Err() != nil {
			h.queue[l] = h.queue[l][1:] // nobody waits for it any more
		}
		if len(h.queue[l]) == 0 || h.running[l] >= h.limit(l, o) {
			continue
		}
		g := &h.at.gates[l]
		if open, _ := g.open(l, now, o); !open {
			if !h.parked[l] {
				h.parked[l] = true
				g.waiting = append(g.waiting, h)
			}
			continue
		}
		j := h.queue[l][0]
		h.queue[l][0] = nil
		h.queue[l] = h.queue[l][1:]
		g.start(l, now, o)
		return j
	}
	return nil
}

// limit is how many requests of a lane may hold back others at once.
func (h *host) limit(l lane, o limits) int {
	if l == laneContent {
		return min(h.window, o.perHost)
	}
	return min(h.window, narrow)
}

// note learns from a request that ended.
func (h *host) note(j *job, r result, now time.Time, b backoff, chance float64, o limits) {
	switch r {
	case silent, broken:
		h.probing = false
	case away:
		if j.begun.Before(h.opened) && h.failures > 0 {
			return // found out already, by one that began before
		}
		h.probing = false
		h.failures++
		h.opened, h.until = now, now.Add(b.pause(h.failures, chance))
		h.window = 1
		h.found = time.Time{}
		if j.to.err == nil {
			h.pick++ // it may have another address
		}
	default:
		h.probing, h.failures, h.until = false, 0, time.Time{}
		h.window = min(h.window*2, o.perHost)
	}
}

// idle says whether nothing is going on and nothing worth remembering is known.
func (h *host) idle(now time.Time) bool {
	for l := range lanes {
		if len(h.queue[l]) > 0 || h.running[l] > 0 || h.parked[l] {
			return false
		}
	}
	return !h.looking && h.slow == 0 && now.Sub(h.used) > circuitMost && !now.Before(h.until)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
