package push

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits bounds how often things happen, each by its name. The zero value is
// ready.
type limits struct {
	mu  sync.Mutex
	all map[string]*rate.Limiter // guarded by mu
}

// limitsMost is how many names are remembered; beyond that all begin anew.
const limitsMost = 20_000

// take says whether a thing may happen now, at most burst at once and so many a
// second in the long run.
func (l *limits) take(name string, now time.Time, a float64, burst int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil || len(l.all) >= limitsMost {
		l.all = map[string]*rate.Limiter{}
	}
	one := l.all[name]
	if one == nil {
		one = rate.NewLimiter(rate.Limit(a), burst)
		l.all[name] = one
	}
	return one.AllowN(now, 1)
}
