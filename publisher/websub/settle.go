package websub

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"tinhub/news"
)

// intend takes up what was asked.
func (s *shard) intend(in news.Intent, now time.Time) {
	switch in.Mode {
	case news.Ping:
		s.pinged(in, now)
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

// pinged sends what there is to those who never got anything: a publisher says
// that there is something.
func (s *shard) pinged(in news.Intent, now time.Time) {
	s.hub.heads.lookAgain()
	for _, e := range s.byTopic[topic{in.Channel, in.Format}] {
		if e.Delivered.IsZero() && e.Verified.Before(in.At) && !e.busy && e.Revision != 0 {
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
		s.settleIntent(news.Settling{ID: in.ID, Done: &in, Remove: in.Mode == news.Remove})
	case in.Mode == news.Replay:
		one := owing(e.Subscription)
		delete(s.pending, one.ID)
		if s.settleIntent(news.Settling{ID: one.ID, Done: &in, Subscription: &one}) {
			s.install(one)
		}
	default:
		s.deny(e, &in, in.Reason, now)
	}
}

// deny ends a subscription, and has its subscriber told (WebSub §5.2).
func (s *shard) deny(e *entry, done *news.Intent, reason string, now time.Time) {
	next := news.Intent{ID: e.ID, Nonce: e.ID, Mode: news.Denied, Topic: e.Topic, Callback: e.Callback, Reason: reason, At: now.UTC()}
	s.forget(e)
	delete(s.pending, e.ID)
	s.settleIntent(news.Settling{ID: e.ID, Remove: true, Done: done, Next: &next})
}

// settleIntent stores what became of an intent at once; where that fails, it is
// found again when the shard is read anew, and the loop ends. It says whether it
// was stored, and not overtaken by something newer.
func (s *shard) settleIntent(one news.Settling) bool {
	settled, err := s.store([]news.Settling{one})
	if err != nil {
		s.hub.log.Warn("hub: what was decided about a subscription was not stored; the shard is read anew", "subscription", one.ID, "err", err)
		s.giveUp(fmt.Errorf("it is read anew: %w", err))
		return false
	}
	if one.Next != nil && settled[0].Applied {
		one.Next.Version = settled[0].Version
		s.intend(*one.Next, s.hub.now())
	}
	return settled[0].Applied
}

// denyCeased ends the subscriptions to what is no longer a topic.
func (s *shard) denyCeased(now time.Time) {
	t := s.hub.topics.Load()
	for _, e := range s.subs {
		found, _, err := t.find(e.Topic, hostOf(e.Topic))
		switch {
		case err != nil:
			s.deny(e, nil, "the topic is no longer published", now)
		case found != topic{e.Channel, e.Format}: // it has another name now
			one := e.Subscription
			one.Channel, one.Format = found.Channel, found.Format
			s.install(one)
			s.settle(news.Settling{ID: one.ID, Subscription: &one})
		}
	}
}

// question has a subscriber asked, or told.
func (s *shard) question(in news.Intent) {
	s.intents[in.ID] = asking{in, true}
	j := &job{host: hostOf(in.Callback), lane: laneVerify, ctx: s.ctx}
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

// flush stores outcomes and verdicts. Outcomes go first: a subscription that is
// made anew is made of what is stored.
func (s *shard) flush() error {
	if len(s.pending) > 0 {
		list := make([]news.Settling, 0, len(s.pending))
		for _, one := range s.pending {
			list = append(list, one)
		}
		if _, err := s.store(list); err != nil {
			return err
		}
		clear(s.pending)
	}
	s.since = time.Time{}
	return s.flushVerdicts()
}

func (s *shard) flushVerdicts() error {
	if len(s.verdict) == 0 {
		return nil
	}
	now := s.hub.now()
	var list []news.Settling
	var of []verdict
	seen := map[string]bool{}
	for _, v := range s.verdict {
		if have, ok := s.intents[v.intent.ID]; !ok || have.Version != v.intent.Version || seen[v.intent.ID] {
			continue // something else was asked meanwhile
		}
		seen[v.intent.ID] = true
		list, of = append(list, s.settling(v, now)), append(of, v)
	}
	settled, err := s.store(list)
	if err != nil {
		return err
	}
	s.verdict = nil
	for i, one := range list {
		s.settled(of[i], one, settled[i], now)
	}
	return nil
}

// settling is what is stored of a verdict.
func (s *shard) settling(v verdict, now time.Time) news.Settling {
	in := v.intent
	one := news.Settling{ID: in.ID, Done: &in}
	switch {
	case !v.settled:
		next := again(in, backoff{verifyPause, verifyPauseMost}, rand.Float64(), now.UTC())
		one.Next = &next
	case v.ok && in.Mode == news.Subscribe:
		var was *news.Subscription
		if e := s.subs[in.ID]; e != nil {
			was = &e.Subscription
		}
		made := confirmed(in, was, v.asked)
		one.Subscription = &made
	case v.ok && in.Mode == news.Unsubscribe:
		one.Remove = true
	}
	return one
}

// settled takes over what was stored of a verdict.
func (s *shard) settled(v verdict, one news.Settling, got news.Settled, now time.Time) {
	in := v.intent
	delete(s.intents, in.ID)
	if !got.Applied { // something newer was asked: its line is in the log
		s.leave(func() { s.asked = true })
		return
	}
	switch {
	case one.Next != nil:
		one.Next.Version = got.Version
		s.intend(*one.Next, now)
		return
	case one.Subscription != nil:
		s.install(*one.Subscription)
	case one.Remove:
		if e := s.subs[in.ID]; e != nil {
			s.forget(e)
		}
	}
	if f := s.hub.opt.Observe.Verified; f != nil {
		f(string(in.Mode), v.ok)
	}
	s.hub.log.Info("hub: settled", "mode", in.Mode, "topic", in.Topic, "host", hostOf(in.Callback), "ok", v.ok, "reason", v.reason)
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
