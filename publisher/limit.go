package publisher

import (
	"net/netip"
	"sync"
	"time"
)

// A limiter gives each address a bucket of requests (the generic cell rate
// algorithm: one time an address). It is generous: it stops a loop gone wild, not
// a reader. Loopback is not limited, or every reader behind a proxy on the same
// machine would share one bucket until trusted_proxies is set.
type limiter struct {
	step  time.Duration // that a request costs; 0: unlimited
	burst time.Duration // that may be borrowed

	shards [16]limiterShard
}

type limiterShard struct {
	mu   sync.Mutex
	debt map[netip.Addr]time.Time // guarded by mu: until when each address has used up its share
}

// limiterMost is how many addresses a shard remembers; beyond it those without
// debt are forgotten, and if there are too many even then, all.
const limiterMost = 8192

// allow sets how many requests a second an address has, and how many at once.
func (l *limiter) allow(rate float64, burst int) {
	if rate > 0 {
		l.step = time.Duration(float64(time.Second) / rate)
		l.burst = l.step * time.Duration(burst)
	}
}

// take is how long an address has to wait, 0 when it may go on.
func (l *limiter) take(addr netip.Addr, now time.Time) time.Duration {
	if l.step == 0 || !addr.IsValid() || addr.IsLoopback() {
		return 0
	}
	if addr.Is6() { // a household has a /64
		if p, err := addr.Prefix(64); err == nil {
			addr = p.Addr()
		}
	}
	b := addr.As16()
	s := &l.shards[(b[15]^b[11]^b[7])&15]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.debt == nil {
		s.debt = map[netip.Addr]time.Time{}
	}
	if len(s.debt) >= limiterMost {
		for a, until := range s.debt {
			if until.Before(now) {
				delete(s.debt, a)
			}
		}
		if len(s.debt) >= limiterMost {
			clear(s.debt)
		}
	}
	until := later(s.debt[addr], now).Add(l.step)
	if over := until.Sub(now) - l.burst; over > 0 {
		return over
	}
	s.debt[addr] = until
	return 0
}
