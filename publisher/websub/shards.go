package websub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tinhub/news"
)

// group is what living hubs count themselves in.
const group = "hub"

func leaseName(shard int) string { return fmt.Sprintf("hub/%x", shard) }

// keepShards takes and renews this process's share of the shards until ctx ends.
func (h *Hub) keepShards(ctx context.Context) error {
	beat := time.NewTicker(h.opt.LeaseTTL / 3)
	defer beat.Stop()
	defer h.leave(ctx)
	for {
		if err := h.beat(ctx); err != nil && ctx.Err() == nil {
			h.log.Warn("hub: leases cannot be kept; deliveries pause when they run out", "err", err)
		}
		h.observeShards()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-beat.C:
		}
	}
}

// beat is one round: renew, count the living, give up what is too much, take
// what is free.
func (h *Hub) beat(ctx context.Context) error {
	base := ctx
	ctx, cancel := context.WithTimeout(ctx, h.opt.LeaseTTL/2)
	defer cancel()
	err := h.renew(ctx)
	members, err2 := h.deps.Leases.Join(ctx, group, h.opt.Holder, h.opt.LeaseTTL)
	if err = errors.Join(err, err2); err != nil {
		return err
	}
	share := (news.HubShards + max(members, 1) - 1) / max(members, 1)
	if err := h.shed(ctx, share); err != nil {
		return err
	}
	return h.takeShards(ctx, base, share)
}

// renew prolongs what is ours. What another has is lost at once; what cannot be
// renewed for want of a store is ours until it runs out.
func (h *Hub) renew(ctx context.Context) error {
	for _, s := range h.ours() {
		asked := time.Now()
		s.mu.Lock()
		lease, until := s.lease, s.until
		s.mu.Unlock()
		next, err := h.deps.Leases.Renew(ctx, lease, h.opt.LeaseTTL)
		switch {
		case err == nil:
			s.mu.Lock()
			s.lease, s.until = next, h.safely(asked)
			s.mu.Unlock()
		case errors.Is(err, news.ErrHeld):
			s.giveUp(fmt.Errorf("its lease was lost: %w", err))
		case !asked.Before(until):
			s.giveUp(fmt.Errorf("its lease ran out: the store did not renew it: %w", err))
		default:
			return err
		}
	}
	return nil
}

// safely is until when a lease that was asked for at a time is surely ours.
func (h *Hub) safely(asked time.Time) time.Time {
	return asked.Add(h.opt.LeaseTTL - h.opt.LeaseTTL/10)
}

func (h *Hub) ours() []*shard {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*shard, 0, len(h.shards))
	for _, s := range h.shards {
		list = append(list, s)
	}
	return list
}

// shed gives up shards beyond the share, after their last outcomes are stored.
func (h *Hub) shed(ctx context.Context, share int) error {
	for _, s := range h.ours() {
		h.mu.Lock()
		surplus := len(h.shards) > share
		h.mu.Unlock()
		if !surplus {
			return nil
		}
		s.giveUp(errors.New("other processes have joined and take their share"))
		for there := true; there; { // its loop removes it
			if !pause(ctx, time.Millisecond) {
				return ctx.Err()
			}
			h.mu.Lock()
			there = h.shards[s.n] == s
			h.mu.Unlock()
		}
	}
	return nil
}

// giveBack ends what run left: the lease is given back, so that nobody need wait
// until it runs out; one that was lost already is no fault.
func (h *Hub) giveBack(s *shard, why error, ending bool) {
	s.mu.Lock()
	lease := s.lease
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := h.deps.Leases.Release(ctx, lease); err != nil {
		h.log.Warn("hub: a lease could not be given back; it runs out", "shard", s.n, "err", err)
	}
	if !ending {
		h.log.Info("hub: a shard of subscriptions is no longer served here", "shard", s.n, "why", why)
	}
	h.mu.Lock()
	delete(h.shards, s.n)
	h.mu.Unlock()
}

// takeShards tries for free shards up to the share, each process from another
// one on, so that several do not all try for the same.
func (h *Hub) takeShards(ctx, base context.Context, share int) error {
	from := news.HubShardOf(string(news.KeyOf(h.opt.Holder)))
	for i := range news.HubShards {
		n := (from + i) % news.HubShards
		h.mu.Lock()
		enough, have := len(h.shards) >= share, h.shards[n] != nil
		h.mu.Unlock()
		if enough {
			return nil
		}
		if have {
			continue
		}
		err := h.own(ctx, base, n)
		if err != nil && !errors.Is(err, news.ErrHeld) && !errors.Is(err, news.ErrFenced) {
			return err
		}
	}
	return nil
}

// own takes one shard, shuts its former owner out, reads it and starts its loop.
func (h *Hub) own(ctx, base context.Context, n int) error {
	if err := base.Err(); err != nil {
		return err
	}
	asked := time.Now()
	// Not broken off at the end: a lease that is taken and not known of could not
	// be given back, and its shard would rest until it runs out.
	whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.opt.LeaseTTL/2)
	defer cancel()
	lease, err := h.deps.Leases.Take(whole, leaseName(n), h.opt.Holder, h.opt.LeaseTTL)
	if err != nil {
		return err
	}
	all, err := h.deps.Subscriptions.Load(ctx, lease, n)
	if err != nil {
		_ = h.deps.Leases.Release(whole, lease) // it runs out by itself
		return fmt.Errorf("read shard %d: %w", n, err)
	}
	run, giveUp := context.WithCancelCause(base)
	s := newShard(run, h, n, giveUp)
	s.lease, s.until = lease, h.safely(asked)
	h.mu.Lock()
	h.shards[n] = s
	h.mu.Unlock()
	h.work.Go(func() {
		defer giveUp(nil)
		h.giveBack(s, s.run(all), base.Err() != nil)
	})
	return nil
}

// leave waits until the shards are given back, and is not counted any more.
func (h *Hub) leave(ctx context.Context) {
	h.work.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, err := h.deps.Leases.Join(ctx, group, h.opt.Holder, 0); err != nil {
		h.log.Warn("hub: could not leave the group of hubs", "err", err)
	}
}

func (h *Hub) observeShards() {
	if f := h.opt.Observe.Line; f != nil {
		f(h.line.count())
	}
	if h.opt.Observe.Owned == nil {
		return
	}
	list := h.ours()
	n := 0
	for _, s := range list {
		s.mu.Lock()
		n += s.count
		s.mu.Unlock()
	}
	h.opt.Observe.Owned(len(list), n)
}

// followAsked tells the shards of this process when something was asked of them,
// or of all.
func (h *Hub) followAsked(ctx context.Context) error {
	hints, err := h.deps.Hints.HubHints(ctx)
	if err != nil {
		h.log.Warn("hub: no hints of requests; they are looked for", "every", h.opt.Refresh, "err", err)
	}
	tick := time.NewTicker(h.opt.Refresh)
	defer tick.Stop()
	var pinged news.Place // up to where the pings were read
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			pinged = h.readPings(ctx, pinged)
		case n, ok := <-hints:
			switch {
			case !ok:
				hints = nil
			case n == news.HubAll:
				pinged = h.readPings(ctx, pinged)
			default:
				h.poke(n)
			}
		}
	}
}

// readPings tells all shards of the pings after a place, and says where to go on.
func (h *Hub) readPings(ctx context.Context, place news.Place) news.Place {
	for {
		pings, next, err := h.deps.Subscriptions.Asked(ctx, news.HubAll, place, 500)
		if err != nil && ctx.Err() == nil {
			h.log.Warn("hub: pings cannot be read", "err", err)
		}
		if err != nil || next == place {
			return place
		}
		place = next
		if len(pings) == 0 {
			continue
		}
		h.heads.lookAgain()
		for _, s := range h.ours() {
			s.pinged(pings)
		}
	}
}

// poke has a shard look at what was asked, if this process owns it.
func (h *Hub) poke(n int) {
	h.mu.Lock()
	s := h.shards[n]
	h.mu.Unlock()
	if s != nil {
		s.leave(func(w *word) { w.asked = true })
	}
}
