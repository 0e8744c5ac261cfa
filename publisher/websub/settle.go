package websub

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"tinhub/news"
)

// intend takes up what was asked.
func (s *shard) intend(in news.Intent, now time.Time) {
	switch in.Mode {
	case news.Ping: // of a store that an older version wrote to
		return
	case news.Replay, news.Remove:
		s.order(in, now)
		return
	}
	if have, ok := s.intents[in.ID]; ok && have.Version >= in.Version {
		return // it is being dealt with
	}
	s.intents[in.ID] = asking{Intent: in}
	if in.Due.After(now) {
		s.times.add(in.Due, in.ID)
		return
	}
	s.question(in)
}

// heed sends what there is to those who never got anything: a publisher said, at
// a time, that there is something.
func (s *shard) heed(t topic, at time.Time) {
	for _, e := range s.byTopic[t] {
		if e.Delivered.IsZero() && e.Verified.Before(at) && !e.busy && e.Revision != 0 {
			one := owing(e.Subscription)
			s.settle(news.Settling{ID: one.ID, Subscription: &one})
			s.install(one)
		}
	}
}

// order does what an admin asked. What of it is left to do is stored with its
// being settled, so that it is done, whoever goes down.
func (s *shard) order(in news.Intent, now time.Time) {
	e := s.subs[in.ID]
	switch {
	case e == nil: // it ended: there is only what is remembered of it
		s.settleNow(news.Settling{ID: in.ID, Done: &in, Remove: in.Mode == news.Remove})
	case in.Mode == news.Replay:
		one := owing(e.Subscription)
		s.settleNow(news.Settling{ID: one.ID, Done: &in, Subscription: &one})
	default:
		one := denied(e.Subscription, in.Reason, now)
		one.Done = &in
		s.settleNow(one)
	}
}

// denied ends a subscription, and has its subscriber told (WebSub §5.2).
func denied(s news.Subscription, reason string, now time.Time) news.Settling {
	return news.Settling{ID: s.ID, Remove: true, Next: &news.Intent{ID: s.ID, Nonce: s.ID, Mode: news.Denied,
		Topic: s.Topic, Channel: s.Channel, Format: s.Format, Callback: s.Callback, Reason: reason, At: now.UTC()}}
}

// settleNow stores what was decided about subscriptions at once, and takes over
// what was stored: what something newer overtook is not. Where the store fails it
// is not known what has become of it; the loop ends, and the shard is read anew.
func (s *shard) settleNow(list ...news.Settling) {
	settled, err := s.store(list)
	for i, one := range list {
		if err != nil || settled[i].Applied {
			delete(s.pending, one.ID) // it is older
		}
	}
	if err != nil {
		s.hub.log.Warn("hub: what was decided about subscriptions was not stored; the shard is read anew", "shard", s.n, "err", err)
		s.giveUp(fmt.Errorf("it is read anew: %w", err))
		return
	}
	for i, one := range list {
		if settled[i].Applied {
			s.apply(one, settled[i].Version)
		}
	}
}

// apply takes over what was stored.
func (s *shard) apply(one news.Settling, next int64) {
	switch e := s.subs[one.ID]; {
	case one.Subscription != nil:
		s.install(*one.Subscription)
	case one.Remove && e != nil:
		s.forget(e)
	}
	if one.Next != nil {
		one.Next.Version = next
		s.intend(*one.Next, s.hub.now())
	}
}

// denyCeased ends the subscriptions to what is no longer a topic.
func (s *shard) denyCeased(now time.Time) {
	t := s.hub.topics.Load()
	var ended []news.Settling
	for _, e := range s.subs {
		found, _, err := t.find(e.Topic, hostOf(e.Topic))
		switch {
		case err != nil:
			ended = append(ended, denied(e.Subscription, "the topic is no longer published", now))
		case found != topic{e.Channel, e.Format}: // it has another name now
			one := e.Subscription
			one.Channel, one.Format = found.Channel, found.Format
			s.install(one)
			s.settle(news.Settling{ID: one.ID, Subscription: &one})
		}
	}
	for some := range slices.Chunk(ended, gatherMost) {
		if s.settleNow(some...); s.ctx.Err() != nil {
			return
		}
	}
}

// question has a subscriber asked, or told.
func (s *shard) question(in news.Intent) {
	s.intents[in.ID] = asking{in, true}
	j := &job{host: hostOf(in.Callback), lane: laneVerify, ctx: s.ctx}
	if s.subs[in.ID] != nil {
		j.lane = laneRenew
	}
	j.run = func(ctx context.Context) result {
		v := s.hub.verify(ctx, j.to, in)
		if s.ctx.Err() != nil && !v.ok {
			return broken
		}
		select {
		case s.verdicts <- v:
		case <-s.ctx.Done():
		}
		switch {
		case v.unreachable:
			return away
		case v.ok:
			return taken
		case v.settled:
			return answered
		}
		return silent
	}
	s.hub.line.submit(j)
}

// readAsked takes up what was asked since the last look.
func (s *shard) readAsked(now time.Time) error {
	for {
		intents, next, err := s.hub.deps.Subscriptions.Asked(s.ctx, s.n, s.place, 500)
		if err != nil {
			return err
		}
		for _, in := range intents {
			s.intend(in, now)
		}
		if next == s.place {
			return nil
		}
		s.place = next
	}
}

// flush stores outcomes and verdicts, and how far what was asked is taken up.
// Outcomes go first: a subscription that is made anew is made of what is stored.
func (s *shard) flush() error {
	if err := s.resolve(); err != nil {
		return err
	}
	list := slices.Collect(maps.Values(s.pending))
	if s.place != s.kept {
		list = append(list, news.Settling{Place: s.place})
	}
	if _, err := s.store(list); err != nil {
		return err
	}
	clear(s.pending)
	s.since, s.kept = time.Time{}, s.place
	now := s.hub.now()
	seen := map[string]bool{}
	for _, v := range s.verdict {
		if have, ok := s.intents[v.intent.ID]; !ok || have.Version != v.intent.Version || seen[v.intent.ID] {
			continue // something else was asked meanwhile
		}
		seen[v.intent.ID] = true
		s.doubt = append(s.doubt, s.settling(v, now))
	}
	s.verdict = nil
	return s.resolve()
}

// resolve stores the verdicts that are in doubt. Each was decided once: stored
// again, after a reply that was lost, it is what it was, and the store says what
// became of it then.
func (s *shard) resolve() error {
	list := make([]news.Settling, len(s.doubt))
	for i, one := range s.doubt {
		list[i] = one.stored
	}
	settled, err := s.store(list)
	if err != nil {
		return err
	}
	decided := s.doubt
	s.doubt = nil
	for i, one := range decided {
		s.settled(one, settled[i])
	}
	return nil
}

// A settling is a verdict and what is stored of it.
type settling struct {
	verdict
	stored news.Settling
}

// settling decides what is stored of a verdict.
func (s *shard) settling(v verdict, now time.Time) settling {
	in := v.intent
	one := news.Settling{ID: in.ID, Done: &in}
	switch {
	case !v.settled:
		next := again(in, backoff{verifyPause, verifyPauseMost}, rand.Float64(), now.UTC())
		one.Next = &next
	case v.ok && in.Mode == news.Subscribe:
		made := s.confirmed(v)
		one.Subscription = &made
	case v.ok && in.Mode == news.Unsubscribe:
		one.Remove = true
	}
	return settling{v, one}
}

// confirmed is the subscription that a verdict makes of the one there is.
func (s *shard) confirmed(v verdict) news.Subscription {
	var was *news.Subscription
	if e := s.subs[v.intent.ID]; e != nil {
		was = &e.Subscription
	}
	return confirmed(v.intent, was, v.asked)
}

// settled takes over what was stored of a verdict.
func (s *shard) settled(v settling, got news.Settled) {
	in := v.intent
	delete(s.intents, in.ID)
	if !got.Applied { // something newer was asked: its line is in the log
		s.leave(func(w *word) { w.asked = true })
		return
	}
	switch _, newer := s.pending[in.ID]; { // a delivery's outcome came while it was in doubt
	case newer && v.stored.Remove:
		delete(s.pending, in.ID)
	case newer && v.stored.Subscription != nil:
		made := s.confirmed(v.verdict)
		v.stored.Subscription = &made
		s.settle(news.Settling{ID: in.ID, Subscription: &made})
	}
	s.apply(v.stored, got.Version)
	if !v.verdict.settled {
		return
	}
	if f := s.hub.opt.Observe.Verified; f != nil {
		f(string(in.Mode), v.ok)
	}
	s.hub.log.Info("hub: settled", "mode", in.Mode, "channel", in.Channel, "format", in.Format, "host", hostOf(in.Callback), "ok", v.ok, "reason", v.reason)
}

// store settles a list under the lease.
func (s *shard) store(list []news.Settling) ([]news.Settled, error) {
	if len(list) == 0 {
		return nil, nil
	}
	s.mu.Lock()
	lease := s.lease
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), 5*time.Second)
	defer cancel()
	settled, err := s.hub.deps.Subscriptions.Settle(ctx, lease, s.n, list)
	if errors.Is(err, news.ErrFenced) {
		s.giveUp(err)
	}
	return settled, err
}

// flushLast stores what came before the end, so that it is not sent again. It
// fails where another process has the shard, which is right.
func (s *shard) flushLast() {
	s.drain()
	if err := s.flush(); err != nil && !errors.Is(err, news.ErrFenced) {
		s.hub.log.Warn("hub: the last outcomes were not stored; they are delivered again under the same ids", "shard", s.n, "err", err)
	}
}
