package fetcher

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tinhub/news"
)

// group is what living fetchers count themselves in.
const group = "fetch"

func leaseName(shard int) string { return fmt.Sprintf("fetch/%02x", shard) }

// keep takes and renews this process's share of the shards until ctx ends. The
// time to live is long against the beat: a beat may be lost.
func (r *run) keep(ctx context.Context) error {
	beat := time.NewTicker(r.f.opt.LeaseTTL / 3)
	defer beat.Stop()
	sick := false
	for {
		if err := r.beat(ctx); err == nil {
			sick = false
		} else if ctx.Err() == nil && !sick {
			sick = true
			r.f.log.Error("leases cannot be kept; polls pause when they run out", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-beat.C:
		}
	}
}

// beat is one round: renew, count the living, give up what is too much, take
// what is free.
func (r *run) beat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.f.opt.LeaseTTL/2)
	defer cancel()
	err := r.renew(ctx)
	members, err2 := r.f.leases.Join(ctx, group, r.f.opt.Holder, r.f.opt.LeaseTTL)
	if err = errors.Join(err, err2); err != nil {
		return err
	}
	share := (news.Shards + max(members, 1) - 1) / max(members, 1)
	if err := r.shed(ctx, share); err != nil {
		return err
	}
	return r.take(ctx, share)
}

// renew prolongs what is ours. What another has is lost at once; what cannot be
// renewed for want of a store is ours until it runs out.
func (r *run) renew(ctx context.Context) error {
	var faults []error
	for n, sh := range r.ours() {
		begun := time.Now()
		lease, err := r.f.leases.Renew(ctx, sh.lease, r.f.opt.LeaseTTL)
		r.mu.Lock()
		switch {
		case r.shards[n] != sh:
		case err == nil:
			sh.lease, sh.until = lease, r.safely(begun)
		case errors.Is(err, news.ErrHeld):
			r.drop(n, "another process owns it")
		case !begun.Before(sh.until):
			r.drop(n, "its lease ran out before it could be renewed")
		default:
			faults = append(faults, err)
		}
		r.mu.Unlock()
		if len(faults) > 0 {
			break // the store is ill: the others would wait for it too
		}
	}
	return errors.Join(faults...)
}

// safely is until when a lease that was asked for at a time is surely ours.
func (r *run) safely(asked time.Time) time.Time {
	return asked.Add(r.f.opt.LeaseTTL - r.f.opt.LeaseTTL/10)
}

func (r *run) ours() map[int]*shard {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make(map[int]*shard, len(r.shards))
	maps.Copy(out, r.shards)
	return out
}

// shed gives up shards beyond the share: first no more polls of them, then, when
// the last one has ended, the lease.
func (r *run) shed(ctx context.Context, share int) error {
	r.mu.Lock()
	surplus := len(r.shards) - share
	var free []*shard
	for n := news.Shards - 1; n >= 0; n-- {
		sh := r.shards[n]
		if sh == nil {
			continue
		}
		if sh.draining || surplus > 0 {
			sh.draining = true
			surplus--
			if sh.flying == 0 {
				free = append(free, sh)
				r.drop(n, "others are there to poll it")
			}
		}
	}
	r.mu.Unlock()
	for _, sh := range free {
		if err := r.f.leases.Release(ctx, sh.lease); err != nil {
			return err
		}
	}
	return nil
}

// take tries for free shards up to the share: those with sources first, and each
// process from another one on, so that several do not all try for the same.
func (r *run) take(ctx context.Context, share int) error {
	for _, n := range r.wanted() {
		r.mu.Lock()
		enough, have := len(r.shards) >= share, r.shards[n] != nil
		r.mu.Unlock()
		if enough {
			return nil
		}
		if have {
			continue
		}
		if err := r.own(ctx, n); err != nil && !errors.Is(err, news.ErrHeld) && !errors.Is(err, news.ErrFenced) {
			return err
		}
	}
	return nil
}

func (r *run) wanted() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	settled := map[int]bool{}
	for _, s := range r.sources {
		settled[s.shard] = true
	}
	from := news.ShardOf(r.f.opt.Holder)
	order := make([]int, 0, news.Shards)
	for i := range news.Shards {
		order = append(order, (from+i)%news.Shards)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case settled[a] == settled[b]:
			return 0
		case settled[a]:
			return -1
		}
		return 1
	})
	return order
}

// own takes one shard, shuts its former owner out, and reads the states: in this
// order, or a poll that the former owner records in between would be made twice.
func (r *run) own(ctx context.Context, n int) error {
	begun := time.Now()
	lease, err := r.lease(ctx, n)
	if err != nil {
		return err
	}
	if err := r.f.wire.Record(ctx, news.Poll{Shard: n, Lease: lease}); err != nil {
		return r.giveBack(lease, fmt.Errorf("raise the fence of shard %d: %w", n, err))
	}
	states, err := r.f.wire.States(ctx, n)
	if err != nil {
		return r.giveBack(lease, fmt.Errorf("read the states of shard %d: %w", n, err))
	}
	sh := &shard{lease: lease, until: r.safely(begun), states: make(map[string]news.SourceState, len(states)), memos: map[string]memo{}, parts: map[string]map[string]sitePart{}, sums: map[string][32]byte{}, fulls: map[string]string{}, untold: map[string]bool{}}
	for _, s := range states {
		sh.states[s.Source] = s
	}
	sh.ctx, sh.stop = context.WithCancel(r.base)

	r.mu.Lock()
	defer r.mu.Unlock()
	r.shards[n] = sh
	now := r.f.now()
	for id, src := range r.sources {
		if src.shard == n && !r.flying[id] {
			r.plan(src, Settle(sh.states[id], src.Source), now)
		}
	}
	r.look()
	return nil
}

// lease takes a shard's lease. When ctx ends meanwhile the answer is waited for a
// little longer: a lease that is taken and not known of could not be given back,
// and its papers would rest until it runs out.
func (r *run) lease(ctx context.Context, n int) (news.Lease, error) {
	if err := ctx.Err(); err != nil {
		return news.Lease{}, err
	}
	whole, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		select {
		case <-whole.Done():
		case <-time.After(r.f.opt.LeaseTTL / 4): // with the beat's half, less than leases last
			cancel()
		}
	})()
	return r.f.leases.Take(whole, leaseName(n), r.f.opt.Holder, r.f.opt.LeaseTTL)
}

func (r *run) giveBack(l news.Lease, err error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = r.f.leases.Release(ctx, l) // it runs out by itself
	return err
}

// drop ends our dealings with a shard: nothing of it is polled any more, and
// polls on their way stop. r.mu is held.
func (r *run) drop(n int, why string) {
	sh := r.shards[n]
	if sh == nil {
		return
	}
	delete(r.shards, n)
	sh.stop()
	for id, src := range r.sources {
		if src.shard != n {
			continue
		}
		if r.once != nil && r.queue.items[id] != nil {
			r.once(id, sh.states[id], "", news.ErrHeld)
		}
		r.queue.remove(id)
	}
	r.f.log.Info("a shard of papers is no longer polled here", "shard", n, "why", why)
}

// leave waits for the polls to end and gives everything back, so that others
// need not wait until the leases run out.
func (r *run) leave() {
	r.mu.Lock()
	var leases []news.Lease
	for _, sh := range r.shards {
		sh.stop()
		leases = append(leases, sh.lease)
	}
	r.mu.Unlock()
	r.polls.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, l := range leases {
		if err := r.f.leases.Release(ctx, l); err != nil {
			r.f.log.Warn("leases could not be given back; they run out", "error", err)
			return
		}
	}
	if _, err := r.f.leases.Join(ctx, group, r.f.opt.Holder, 0); err != nil {
		r.f.log.Warn("could not leave the group of fetchers", "error", err)
	}
}
