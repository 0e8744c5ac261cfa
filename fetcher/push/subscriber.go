package push

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	mrand "math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"time"

	"tinhub/news"
)

// Deps is what the subscriber needs of the store, of the network and of whoever
// polls. Without Papers and Sender it answers hubs only.
type Deps struct {
	Subscriptions Subscriptions
	Inbox         Inbox
	Hints         Hints // nil: what hubs answered is noticed a little later
	Papers        Papers
	Sender        Sender
}

// Options has a usable zero value but for URL.
type Options struct {
	URL            string        // site.public_url; callbacks are at URL/push/ID
	TrustedProxies news.Networks // whose X-Forwarded-For is believed
	MaxBody        int64         // bytes of a notification; 0 is 10 MB
	Waiting        int           // notifications of a source that wait to be read; 0 is 16
	Rate           float64       // notifications a second and subscription, in the long run; 0 is 1, negative is unlimited
	Burst          int           // at once; 0 is 60
	Refresh        time.Duration // how often is looked without a hint; 0 is 5 s

	Observe Observer
	Now     func() time.Time
	Log     *slog.Logger
}

// A Subscriber subscribes to sources at their hubs. Make it with New; Handler
// answers hubs, Run asks them.
type Subscriber struct {
	deps   Deps
	opt    Options
	base   string // what callbacks begin with
	host   string // of base
	log    *slog.Logger
	now    func() time.Time
	limits limits
	bodies places // of notifications that are being taken in

	wake  chan int // shards to look at again
	tasks sync.WaitGroup

	mu   sync.Mutex
	busy map[string]bool // sources that something is being done for; guarded by mu
}

// Path is where callbacks are, under site.public_url.
const Path = "/push/"

// New makes a subscriber; nothing runs before Run.
func New(deps Deps, opt Options) *Subscriber {
	if opt.MaxBody <= 0 {
		opt.MaxBody = 10 << 20
	}
	if opt.Waiting <= 0 {
		opt.Waiting = 16
	}
	if opt.Rate == 0 {
		opt.Rate = 1
	}
	if opt.Burst <= 0 {
		opt.Burst = 60
	}
	if opt.Refresh <= 0 {
		opt.Refresh = 5 * time.Second
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	s := &Subscriber{deps: deps, opt: opt, base: strings.TrimRight(opt.URL, "/") + Path, log: opt.Log, now: opt.Now,
		wake: make(chan int, news.Shards), busy: map[string]bool{}}
	if u, err := url.Parse(opt.URL); err == nil {
		s.host = u.Hostname()
	}
	return s
}

// Run subscribes, renews and leaves for the sources that this process polls,
// until ctx ends. Subscriptions outlive it: whoever polls the sources next goes on.
func (s *Subscriber) Run(ctx context.Context) error {
	defer s.tasks.Wait()
	var hints <-chan int
	if s.deps.Hints != nil {
		c, err := s.deps.Hints.AskHints(ctx)
		if err != nil {
			s.log.Warn("no hints from the store; what hubs answer is noticed a little later", "err", err)
		}
		hints = c
	}
	beat := time.NewTicker(min(time.Second, s.opt.Refresh))
	defer beat.Stop()
	dirty := map[int]bool{}
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case n, ok := <-hints:
			if !ok {
				hints = nil
			}
			dirty[n] = ok
		case n := <-s.wake:
			dirty[n] = true
		case <-beat.C:
			all := time.Since(last) >= s.opt.Refresh
			if all {
				last = time.Now()
			}
			s.round(ctx, dirty, all)
			clear(dirty)
		}
	}
}

// round looks at the shards that are ours, all of them or those that changed.
func (s *Subscriber) round(ctx context.Context, dirty map[int]bool, all bool) {
	states := map[string]int{}
	for n, sources := range s.deps.Papers.Advertised() {
		if !all && !dirty[n] {
			continue
		}
		have, err := s.deps.Subscriptions.Pushes(ctx, n)
		if err != nil {
			if ctx.Err() == nil {
				s.log.Warn("subscriptions at hubs cannot be read", "shard", n, "err", err)
			}
			return
		}
		s.look(ctx, n, sources, have)
		for _, p := range have {
			states[p.State(s.now())]++
		}
	}
	if all && s.opt.Observe.Owned != nil {
		s.opt.Observe.Owned(states)
	}
}

// look begins what is to be done in one shard, and tells how its sources are
// subscribed to.
func (s *Subscriber) look(ctx context.Context, shard int, sources []news.Advertised, have []news.Push) {
	bySource := map[string][]news.Push{}
	for _, p := range have {
		bySource[p.Source] = append(bySource[p.Source], p)
	}
	now := s.now()
	wanted := map[string]news.Advertised{}
	for _, a := range sources {
		wanted[a.Source] = a
		if len(a.Hubs) > 0 && bySource[a.Source] == nil {
			bySource[a.Source] = nil
		}
		s.deps.Papers.Subscribed(shard, a.Source, pushing(bySource[a.Source], now))
	}
	for source, list := range bySource {
		if deeds := plan(wanted[source], list, s.base, now); len(deeds) > 0 {
			s.begin(ctx, shard, source, deeds)
		}
	}
}

// pushing is what a source's subscriptions mean for its polls.
func pushing(list []news.Push, now time.Time) news.Pushing {
	var best news.Pushing
	for _, p := range list {
		if !p.Leaving.IsZero() {
			continue
		}
		one := news.Pushing{State: p.State(now), Detail: p.Detail}
		if one.State == news.PushActive {
			one.Until = p.Until
		}
		if best.State == "" || one.Until.After(best.Until) {
			best = one
		}
	}
	return best
}

// begin does the deeds for one source, one after another, unless it is being
// dealt with already. A hub that hangs delays nobody else.
func (s *Subscriber) begin(ctx context.Context, shard int, source string, deeds []deed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[source] {
		return
	}
	s.busy[source] = true
	s.tasks.Go(func() {
		defer func() {
			s.mu.Lock()
			delete(s.busy, source)
			s.mu.Unlock()
			select {
			case s.wake <- shard:
			default: // it is looked at before long
			}
		}()
		for _, d := range deeds {
			err := s.do(ctx, shard, d)
			if errors.Is(err, news.ErrFenced) || ctx.Err() != nil {
				return
			}
			if err != nil && !errors.Is(err, news.ErrConflict) { // another look decides on what is there now
				s.log.Warn("what became of a subscription at a hub could not be stored", "source", source, "err", err)
			}
		}
	})
}

// do does one deed: what is going to be asked is stored, the hub is asked, and
// its answer is stored.
func (s *Subscriber) do(ctx context.Context, shard int, d deed) error {
	if d.act == forget {
		_, err := s.settle(shard, d.Push, true)
		return err
	}
	p := d.Push
	if p.ID == "" {
		p.ID, p.Secret, p.Since = news.PushID(shard, random()), random()+random(), s.now().UTC()
		p.Callback = s.base + p.ID
	}
	p, err := s.settle(shard, asked(p, s.now().UTC()), false)
	if err != nil {
		return err
	}
	a, err := s.request(ctx, d.act, p)
	if ctx.Err() != nil {
		return ctx.Err() // it is asked again
	}
	next := judged(p, a, err, mrand.Float64(), s.now().UTC())
	s.log.Debug("asked a hub", "source", p.Source, "mode", string(d.act), "hub", p.Hub, "topic", p.Topic, "status", a.Status, "err", err, "again", next.Due)
	if f := s.opt.Observe.Asked; f != nil {
		f(string(d.act), result(a, err))
	}
	// Where the hub has asked back already, its question counts, and this is a conflict.
	_, err = s.settle(shard, next, false)
	return err
}

func (s *Subscriber) settle(shard int, p news.Push, drop bool) (out news.Push, err error) {
	err = s.deps.Papers.Under(shard, func(ctx context.Context, l news.Lease) error {
		out, err = s.deps.Subscriptions.SettlePush(ctx, l, p, drop)
		return err
	})
	return out, err
}

// result is a hub's answer in a word, for metrics.
func result(a Answer, err error) string {
	switch {
	case errors.Is(err, ErrBusy):
		return "busy"
	case err != nil:
		return "failed"
	case a.Status >= 200 && a.Status < 300:
		return "accepted"
	}
	return "refused"
}

// random is 128 random bits in hexadecimal.
func random() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
