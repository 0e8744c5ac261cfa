package websub

import (
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
	times   *times
	place   news.Place // up to where what was asked is taken up
	kept    news.Place // as far as that is stored

	pending map[string]news.Settling // deliveries' outcomes that are not stored yet
	since   time.Time                // when the oldest of them came; zero: there is none
	verdict []verdict                // that are not stored yet
	doubt   []settling               // verdicts that are being stored, or may be

	outcomes chan delivered
	verdicts chan verdict
	look     chan struct{} // capacity 1: something of the following was left

	mu    sync.Mutex // guards all below
	lease news.Lease
	until time.Time // it is surely ours until then
	word  word
	count int // of subscriptions, for metrics
}

// A word is what others left for the loop.
type word struct {
	changed map[topic]bool      // outputs
	pinged  map[topic]time.Time // of which a publisher said that there is something
	asked   bool                // something was asked
	judge   bool                // topics may have ceased
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
	to     *entry
	secret string // that it was signed with
	outcome
}

// How outcomes are gathered before they are stored, together.
const (
	gatherTime = 20 * time.Millisecond
	gatherMost = 256
)

// newShard makes one that knows of nothing yet.
func newShard(ctx context.Context, h *Hub, n int, giveUp func(error)) *shard {
	return &shard{
		hub: h, n: n, ctx: ctx, giveUp: giveUp,
		subs: map[string]*entry{}, byTopic: map[topic]map[string]*entry{}, intents: map[string]asking{}, times: newTimes(),
		pending: map[string]news.Settling{}, outcomes: make(chan delivered, gatherMost), verdicts: make(chan verdict, gatherMost),
		look: make(chan struct{}, 1),
	}
}

// run is the shard's loop. It returns when the lease is lost or the store says so.
func (s *shard) run(all news.HubShard) error {
	defer s.flushLast()
	s.begin(all)
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
			s.leave(func(w *word) { w.asked = true })
			if s.place != s.kept {
				s.flushSoon()
			}
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
func (s *shard) step(retry time.Time) (err error) {
	now := s.hub.now()
	w := s.take()
	for t := range w.changed {
		for _, e := range s.byTopic[t] {
			s.consider(e, now)
		}
	}
	for t, at := range w.pinged {
		s.heed(t, at)
	}
	s.times.each(now, func(id string) { s.due(id, now) })
	waits := now.Before(retry)
	if !waits {
		err = s.exchange(now, w)
	}
	if waits || err != nil {
		s.leave(func(left *word) { left.asked, left.judge = left.asked || w.asked, left.judge || w.judge })
	}
	return err
}

// due looks at what stood in times.
func (s *shard) due(id string, now time.Time) {
	if in, ok := s.intents[id]; ok && !in.busy {
		if in.Due.After(now) {
			s.times.add(in.Due, id)
		} else {
			s.question(in.Intent)
		}
	}
	if e := s.subs[id]; e != nil {
		s.consider(e, now)
	}
}

// exchange tells the store what there is to tell, and then asks it. What is in
// doubt comes first: nothing else may be stored before it.
func (s *shard) exchange(now time.Time, w word) error {
	if len(s.doubt)+len(s.verdict) > 0 || !s.since.IsZero() && (now.Sub(s.since) >= gatherTime || len(s.pending) >= gatherMost) {
		if err := s.flush(); err != nil {
			return err
		}
	}
	if w.judge {
		s.denyCeased(now)
	}
	if w.asked {
		return s.readAsked(now)
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

// take takes what others left.
func (s *shard) take() word {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.word
	s.word = word{}
	return w
}

// leave leaves word.
func (s *shard) leave(what func(*word)) {
	s.mu.Lock()
	what(&s.word)
	s.mu.Unlock()
	select {
	case s.look <- struct{}{}:
	default:
	}
}

func (s *shard) changed(list []topic) {
	s.leave(func(w *word) {
		if w.changed == nil {
			w.changed = map[topic]bool{}
		}
		for _, t := range list {
			w.changed[t] = true
		}
	})
}

func (s *shard) pinged(list []news.Intent) {
	s.leave(func(w *word) {
		if w.pinged == nil {
			w.pinged = map[topic]time.Time{}
		}
		for _, in := range list {
			t := topic{in.Channel, in.Format}
			w.pinged[t] = later(w.pinged[t], in.At)
		}
	})
}

func (s *shard) judgeAgain() { s.leave(func(w *word) { w.judge = true }) }

// begin begins with what the store has.
func (s *shard) begin(all news.HubShard) {
	now := s.hub.now()
	s.place, s.kept = all.Place, all.Place
	for _, one := range all.Subscriptions {
		s.install(one)
	}
	for _, in := range all.Intents {
		s.intend(in, now)
	}
	s.leave(func(w *word) { w.asked, w.judge = true, true })
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
	s.mu.Lock()
	s.count = len(s.subs)
	s.mu.Unlock()
	return e
}

// forget drops a subscription.
func (s *shard) forget(e *entry) {
	delete(s.subs, e.ID)
	delete(s.byTopic[topic{e.Channel, e.Format}], e.ID)
	s.times.drop(e.ID)
	if in, ok := s.intents[e.ID]; ok && !in.busy {
		s.times.add(in.Due, e.ID)
	}
	s.mu.Lock()
	s.count = len(s.subs)
	s.mu.Unlock()
}

// consider starts a delivery if one is due, or has it looked at again: at its end
// at the latest.
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
		s.times.add(e.Until, e.ID)
		return
	}
	if now.Before(e.Due) {
		s.times.add(earlier(e.Due, e.Until), e.ID)
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
			s.send(delivered{e, one.Secret, outcome{kind: dropped}})
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
		s.send(delivered{e, one.Secret, o})
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
	e := o.to
	if s.subs[e.ID] != e {
		return // it ended, though one like it may have been made since
	}
	if o.kind == received && o.secret != e.Secret {
		o.kind = dropped // it goes by another secret since, and cannot have believed this
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
	s.flushSoon()
	s.pending[one.ID] = one
}

func (s *shard) flushSoon() {
	if s.since.IsZero() {
		s.since = s.hub.now()
	}
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
