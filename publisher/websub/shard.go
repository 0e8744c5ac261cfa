package websub

import (
	"container/heap"
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"tinhub/news"
)

// A shard is some of the subscriptions, held by the process that has its lease.
// Its loop alone touches what it knows; others leave word.
type shard struct {
	hub    *Hub
	n      int
	ctx    context.Context // ends when the lease is lost
	giveUp func(why error) // ends ctx and the loop; the shard is taken anew, here or elsewhere

	subs    map[string]*entry
	byTopic map[topic]map[string]*entry
	intents map[string]asking // that are not settled
	times   times
	place   news.Place

	pending map[string]news.Settling // deliveries' outcomes that are not stored yet
	since   time.Time                // when the oldest of them came; zero: there is none
	verdict []verdict                // that are not stored yet

	outcomes chan delivered
	verdicts chan verdict
	look     chan struct{} // capacity 1: something of the following was left

	mu    sync.Mutex // guards all below
	lease news.Lease
	until time.Time      // it is surely ours until then
	new   map[topic]bool // outputs that changed
	asked bool           // something was asked
	judge bool           // topics may have ceased
	count int            // of subscriptions, for metrics
}

// An entry is a subscription as it is worked on.
type entry struct {
	news.Subscription
	busy bool // a delivery waits or is on its way
}

// An asking is an intent as it is worked on.
type asking struct {
	news.Intent
	busy bool // the subscriber is being asked
}

// delivered is an outcome on its way back to the loop.
type delivered struct {
	id   string
	head news.Output
	outcome
}

// How outcomes are gathered before they are stored, together.
const (
	gatherTime = 20 * time.Millisecond
	gatherMost = 256
)

// run is the shard's loop. It returns when the lease is lost or the store says so.
func (s *shard) run(all news.HubShard) error {
	defer s.flushLast()
	s.take(all)
	tick := time.NewTicker(s.hub.opt.Refresh)
	defer tick.Stop()
	var retry time.Time // the store failed: not before
	for {
		wake, stop := s.alarm(retry)
		select {
		case <-s.ctx.Done():
			stop()
			return context.Cause(s.ctx)
		case o := <-s.outcomes:
			s.arrived(o)
		case v := <-s.verdicts:
			s.verdict = append(s.verdict, v)
		case <-s.look:
		case <-tick.C:
			s.leave(func() { s.asked = true })
		case <-wake:
		}
		stop()
		s.drain()
		if err := s.step(retry); errors.Is(err, news.ErrFenced) {
			return err
		} else if err != nil && s.ctx.Err() == nil {
			s.hub.log.Warn("hub: the store fails; outcomes are kept and stored later", "shard", s.n, "err", err)
			retry = s.hub.now().Add(time.Second)
		}
	}
}

// drain takes what else has come, so that it is stored together.
func (s *shard) drain() {
	for len(s.pending)+len(s.verdict) < gatherMost {
		select {
		case o := <-s.outcomes:
			s.arrived(o)
		case v := <-s.verdicts:
			s.verdict = append(s.verdict, v)
		default:
			return
		}
	}
}

// step does all that can be done now.
func (s *shard) step(retry time.Time) error {
	now := s.hub.now()
	changed, asked, judge := s.word()
	if judge {
		s.denyCeased(now)
	}
	for t := range changed {
		for _, e := range s.byTopic[t] {
			s.consider(e, now)
		}
	}
	s.times.each(now, func(id string) {
		if in, ok := s.intents[id]; ok && !in.busy && !in.Due.After(now) {
			s.question(in.Intent)
		}
		if e := s.subs[id]; e != nil {
			s.consider(e, now)
		}
	})
	if now.Before(retry) {
		if asked {
			s.leave(func() { s.asked = true })
		}
		return nil
	}
	if len(s.verdict) > 0 || !s.since.IsZero() && (now.Sub(s.since) >= gatherTime || len(s.pending) >= gatherMost) {
		if err := s.flush(); err != nil {
			return err
		}
	}
	if asked {
		if err := s.readAsked(now); err != nil {
			s.leave(func() { s.asked = true })
			return err
		}
	}
	return nil
}

// alarm fires when something is due.
func (s *shard) alarm(retry time.Time) (<-chan time.Time, func()) {
	at := s.times.next()
	if !s.since.IsZero() {
		at = earlier(at, s.since.Add(gatherTime))
	}
	if len(s.verdict) > 0 {
		at = earlier(at, s.hub.now())
	}
	now := s.hub.now()
	if retry.After(now) && (at.IsZero() || at.Before(retry)) {
		at = retry
	}
	if at.IsZero() {
		return nil, func() {}
	}
	t := time.NewTimer(max(at.Sub(now), 0))
	return t.C, func() { t.Stop() }
}

// word takes what others left.
func (s *shard) word() (changed map[topic]bool, asked, judge bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed, asked, judge = s.new, s.asked, s.judge
	s.new, s.asked, s.judge = nil, false, false
	return changed, asked, judge
}

// leave leaves word.
func (s *shard) leave(what func()) {
	s.mu.Lock()
	what()
	s.mu.Unlock()
	select {
	case s.look <- struct{}{}:
	default:
	}
}

func (s *shard) changed(list []topic) {
	s.leave(func() {
		if s.new == nil {
			s.new = map[topic]bool{}
		}
		for _, t := range list {
			s.new[t] = true
		}
	})
}

func (s *shard) judgeAgain() { s.leave(func() { s.judge = true }) }

// take begins with what the store has.
func (s *shard) take(all news.HubShard) {
	now := s.hub.now()
	s.place = all.Place
	for _, one := range all.Subscriptions {
		s.install(one)
	}
	for _, in := range all.Intents {
		s.intend(in, now)
	}
	s.judgeAgain()
}

// install takes a subscription in, new or changed.
func (s *shard) install(one news.Subscription) *entry {
	e := s.subs[one.ID]
	if e == nil {
		e = &entry{}
		s.subs[one.ID] = e
	} else if t := (topic{e.Channel, e.Format}); t != (topic{one.Channel, one.Format}) {
		delete(s.byTopic[t], one.ID)
	}
	e.Subscription = one
	t := topic{one.Channel, one.Format}
	if s.byTopic[t] == nil {
		s.byTopic[t] = map[string]*entry{}
	}
	s.byTopic[t][one.ID] = e
	s.hub.heads.want(one.Channel)
	s.consider(e, s.hub.now())
	s.times.add(one.Until, one.ID)
	s.mu.Lock()
	s.count = len(s.subs)
	s.mu.Unlock()
	return e
}

// forget drops a subscription.
func (s *shard) forget(e *entry) {
	delete(s.subs, e.ID)
	delete(s.byTopic[topic{e.Channel, e.Format}], e.ID)
	s.mu.Lock()
	s.count = len(s.subs)
	s.mu.Unlock()
}

// consider starts a delivery if one is due.
func (s *shard) consider(e *entry, now time.Time) {
	if e.busy {
		return
	}
	if e.Ended != "" || !now.Before(e.Until) {
		s.forget(e) // the store forgets it by its expiry
		return
	}
	head, ok := s.hub.heads.get(topic{e.Channel, e.Format})
	if !ok || !owed(e.Subscription, head) {
		return
	}
	if now.Before(e.Due) {
		s.times.add(e.Due, e.ID)
		return
	}
	e.busy = true
	one := e.Subscription
	j := &job{host: hostOf(one.Callback), ctx: s.ctx}
	if one.Failures > 0 {
		j.lane = laneSuspect
	}
	j.run = func(ctx context.Context) result {
		if !s.hub.now().Before(one.Until) {
			s.send(delivered{one.ID, head, outcome{kind: dropped}})
			return broken
		}
		// While it waited, a newer state may have come.
		if newer, ok := s.hub.heads.get(topic{one.Channel, one.Format}); ok {
			head = newer
		}
		o := s.hub.deliver(ctx, j.to, one, head)
		if s.ctx.Err() != nil && o.kind != received {
			return broken // off by us, which is no failure of theirs
		}
		s.send(delivered{one.ID, head, o})
		return o.says()
	}
	s.hub.line.submit(j)
}

// says is what an outcome tells of the host.
func (o outcome) says() result {
	switch {
	case o.kind == unreachable:
		return away
	case o.kind == received, o.kind == gone:
		return taken
	case o.kind == delayed:
		return broken // the fault is ours
	case o.delivery.Status != 0:
		return answered
	}
	return silent
}

func (s *shard) send(o delivered) {
	select {
	case s.outcomes <- o:
	case <-s.ctx.Done():
	}
}

// arrived takes an outcome over.
func (s *shard) arrived(o delivered) {
	e := s.subs[o.id]
	if e == nil {
		return
	}
	now := s.hub.now()
	opt := s.hub.opt
	e.busy = false
	e.Subscription = after(e.Subscription, o.outcome, backoff{opt.Retry, opt.RetryMost}, rand.Float64(), now.UTC())
	if o.kind != delayed && o.kind != dropped {
		one := e.Subscription
		s.settle(news.Settling{ID: e.ID, Subscription: &one})
		if f := opt.Observe.Delivered; f != nil {
			f(kinds[o.kind], o.delivery.Took, now.Sub(o.body.modified))
		}
		if f := opt.Observe.Taken; f != nil && o.kind == received {
			f(e.Channel, e.Format)
		}
		s.hub.log.Debug("hub: delivery", "subscription", e.ID, "delivery", o.delivery.ID, "status", o.delivery.Status, "error", o.delivery.Error)
	}
	s.consider(e, now)
}

// settle leaves an outcome to be stored.
func (s *shard) settle(one news.Settling) {
	if s.since.IsZero() {
		s.since = s.hub.now()
	}
	s.pending[one.ID] = one
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// times say when to look at which subscription, the earliest first. One may
// stand in them more than once: looking does no harm.
type times []moment

type moment struct {
	at time.Time
	id string
}

func (t times) Len() int           { return len(t) }
func (t times) Less(i, j int) bool { return t[i].at.Before(t[j].at) }
func (t times) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }

// Push implements heap.Interface.
func (t *times) Push(x any) { *t = append(*t, x.(moment)) }

// Pop implements heap.Interface.
func (t *times) Pop() any {
	last := len(*t) - 1
	m := (*t)[last]
	(*t)[last] = moment{}
	*t = (*t)[:last]
	return m
}

func (t *times) add(at time.Time, id string) { heap.Push(t, moment{at, id}) }

func (t times) next() time.Time {
	if len(t) == 0 {
		return time.Time{}
	}
	return t[0].at
}

// each takes out what is due at a time.
func (t *times) each(now time.Time, do func(id string)) {
	for len(*t) > 0 && !(*t)[0].at.After(now) {
		do(heap.Pop(t).(moment).id)
	}
}
