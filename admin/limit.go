package admin

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A limiter holds everybody to a rate of their own: a token, or the address of
// who has none.
type limiter struct {
	rate  rate.Limit
	burst int

	mu  sync.Mutex // guards all
	all map[string]*rate.Limiter
}

// limiterMost is how many are remembered; who is forgotten begins with a full burst.
const limiterMost = 10_000

func newLimiter(perSecond float64, burst int) *limiter {
	if perSecond < 0 {
		perSecond = math.Inf(1)
	}
	return &limiter{rate: rate.Limit(perSecond), burst: burst, all: map[string]*rate.Limiter{}}
}

// take is how long until who may go on; 0: now.
func (l *limiter) take(who string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.all[who]
	if one == nil {
		if len(l.all) >= limiterMost {
			clear(l.all)
		}
		one = rate.NewLimiter(l.rate, l.burst)
		l.all[who] = one
	}
	r := one.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}
