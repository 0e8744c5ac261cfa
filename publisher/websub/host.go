package websub

import (
	"time"
)

// A lane is a kind of request. Each has a queue and a limit of its own at every
// host, so that those who failed before never stand before those who did not.
type lane int

const (
	laneContent lane = iota // to subscribers that took the last one
	laneVerify
	laneSuspect // to those that did not
	lanes
)

// Limits of one host, which no setting changes.
const (
	narrow      = 4  // requests at once in the lanes for verification and suspects
	slowFactor  = 8  // times PerHost: how many may be slow at once
	doubtful    = 10 // verifications in a row that were not confirmed, before a host is spared
	doubtPause  = time.Second
	doubtMost   = time.Minute
	circuitMost = 10 * time.Minute
)

// A host is what is known of one host, and what waits for it. All of it is
// guarded by line.mu.
type host struct {
	name    string
	queue   [lanes][]*job
	running [lanes]int // that hold back others
	slow    int        // that don't, any more
	inLine  bool       // in line.ready

	window   int       // requests at once: 1 for a host that nothing is known of, doubled with each answer
	failures int       // times that it was unreachable in a row
	until    time.Time // no request before
	opened   time.Time // when that was found out
	probing  bool      // one request finds out whether it is back

	unconfirmed int       // verifications in a row
	verifyAt    time.Time // the next verification's turn
	timer       *time.Timer
	wakes       time.Time // when timer ends
	used        time.Time
}

// next is the job that may start now; or when to look again, zero if that is
// when another ends.
func (h *host) next(now time.Time, o limits) (*job, time.Time) {
	if now.Before(h.until) {
		return nil, h.until
	}
	if h.failures > 0 && h.probing || h.slow >= o.perHost*slowFactor {
		return nil, time.Time{}
	}
	var at time.Time
	for l := range lanes {
		for len(h.queue[l]) > 0 {
			j := h.queue[l][0]
			if j.ctx.Err() == nil {
				break
			}
			h.queue[l] = h.queue[l][1:] // nobody waits for it any more
		}
		if len(h.queue[l]) == 0 || h.running[l] >= h.limit(l, o) {
			continue
		}
		if l == laneVerify {
			if turn := h.turn(now, o); turn.After(now) {
				at = turn
				continue
			}
		}
		j := h.queue[l][0]
		h.queue[l][0] = nil
		h.queue[l] = h.queue[l][1:]
		return j, time.Time{}
	}
	return nil, at
}

// limit is how many requests of a lane may hold back others at once.
func (h *host) limit(l lane, o limits) int {
	if l == laneContent {
		return min(h.window, o.perHost)
	}
	return min(h.window, narrow)
}

// turn takes the next verification's turn if it is due, and says when it is
// otherwise. A host where nobody ever confirms is likely somebody's victim, and
// is asked more and more rarely.
func (h *host) turn(now time.Time, o limits) time.Time {
	step, ahead := o.verifyStep, time.Second
	if h.unconfirmed >= doubtful {
		step, ahead = min(time.Duration(h.unconfirmed/doubtful)*doubtPause, doubtMost), 0
	}
	if step <= 0 {
		return now
	}
	if late := h.verifyAt.Add(-ahead); late.After(now) {
		return late
	}
	h.verifyAt = later(h.verifyAt, now).Add(step)
	return now
}

// note learns from a request that ended.
func (h *host) note(j *job, r result, now time.Time, b backoff, chance float64, o limits) {
	switch r {
	case silent:
		h.probing = false
	case away:
		if j.begun.Before(h.opened) && h.failures > 0 {
			return // found out already, by one that began before
		}
		h.probing = false
		h.failures++
		h.opened, h.until = now, now.Add(b.pause(h.failures, chance))
		h.window = 1
	default:
		h.probing, h.failures, h.until = false, 0, time.Time{}
		h.window = min(h.window*2, o.perHost)
	}
	if j.lane == laneVerify && r == confirmedIt {
		h.unconfirmed = 0
	} else if j.lane == laneVerify {
		h.unconfirmed++
	}
}

// idle says whether nothing is going on and nothing worth remembering is known.
func (h *host) idle(now time.Time) bool {
	for l := range lanes {
		if len(h.queue[l]) > 0 || h.running[l] > 0 {
			return false
		}
	}
	return h.slow == 0 && now.Sub(h.used) > circuitMost && !now.Before(h.until)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
