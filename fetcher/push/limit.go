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

// places bounds how many things happen at once, each by its name. The zero value
// is ready.
type places struct {
	mu  sync.Mutex
	of  map[string]int // guarded by mu, as all is
	all int
}

// take takes a place, if its name has fewer than each and all have fewer than most.
func (p *places) take(name string, each, most int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all >= most || p.of[name] >= each {
		return false
	}
	if p.of == nil {
		p.of = map[string]int{}
	}
	p.of[name]++
	p.all++
	return true
}

// give gives a place back.
func (p *places) give(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if p.of[name]--; p.of[name] == 0 {
		delete(p.of, name)
	}
}
