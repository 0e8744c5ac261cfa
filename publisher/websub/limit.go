package websub

import (
	"net/netip"
	"sync"
	"time"
)

// A limiter gives each of those it knows a bucket of requests (the generic cell
// rate algorithm: one time each).
type limiter[K comparable] struct {
	step, burst time.Duration // what a request costs, and what may be borrowed; 0: unlimited

	mu   sync.Mutex
	debt map[K]time.Time // guarded by mu: until when each has used up its share
}

// limiterMost is how many are remembered; beyond it those without debt
// are forgotten, and if there are too many even then, all.
const limiterMost = 32768

func (l *limiter[K]) allow(rate float64, burst int) {
	l.debt = map[K]time.Time{}
	if rate > 0 {
		l.step = time.Duration(float64(time.Second) / rate)
		l.burst = l.step * time.Duration(burst)
	}
}

// takeFrom is take for whoever comes from an address; a household of IPv6 has a
// /64. Loopback is not limited, or all who come through a proxy on the same machine
// would share one bucket until trusted_proxies is set.
func takeFrom(l *limiter[netip.Addr], addr netip.Addr, now time.Time) time.Duration {
	if !addr.IsValid() || addr.IsLoopback() {
		return 0
	}
	if p, err := addr.Prefix(64); addr.Is6() && err == nil {
		addr = p.Addr()
	}
	return l.take(addr, now)
}

// take is how long somebody has to wait, 0 when he may go on.
func (l *limiter[K]) take(key K, now time.Time) time.Duration {
	if l.step == 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.debt) >= limiterMost {
		for a, until := range l.debt {
			if until.Before(now) {
				delete(l.debt, a)
			}
		}
		if len(l.debt) >= limiterMost {
			clear(l.debt)
		}
	}
	until := l.debt[key]
	if until.Before(now) {
		until = now
	}
	until = until.Add(l.step)
	if over := until.Sub(now) - l.burst; over > 0 {
		return over
	}
	l.debt[key] = until
	return 0
}
