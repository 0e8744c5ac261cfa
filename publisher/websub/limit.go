package websub

import (
	"net/netip"
	"sync"
	"time"
)

// A limiter gives each address a bucket of requests (the generic cell rate
// algorithm: one time an address). Loopback is not limited, or all who come
// through a proxy on the same machine would share one bucket until
// trusted_proxies is set.
type limiter struct {
	step, burst time.Duration // what a request costs, and what may be borrowed; 0: unlimited

	mu   sync.Mutex
	debt map[netip.Addr]time.Time // guarded by mu: until when each has used up its share
}

// limiterMost is how many addresses are remembered; beyond it those without debt
// are forgotten, and if there are too many even then, all.
const limiterMost = 32768

func (l *limiter) allow(rate float64, burst int) {
	l.debt = map[netip.Addr]time.Time{}
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
	if p, err := addr.Prefix(64); addr.Is6() && err == nil { // a household has a /64
		addr = p.Addr()
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
	until := l.debt[addr]
	if until.Before(now) {
		until = now
	}
	until = until.Add(l.step)
	if over := until.Sub(now) - l.burst; over > 0 {
		return over
	}
	l.debt[addr] = until
	return 0
}
