package fetcher

import (
	"context"
	"time"

	"tinhub/news"
)

// How soon a wish ("poll it now") is noticed: after a hint, and without one.
const (
	askBeat = time.Second
	askRest = 10 * time.Second
)

// listen makes sources due that somebody wants polled now, and has read what hubs
// sent. Wishes of a second are gathered.
func (r *run) listen(ctx context.Context) error {
	var hints <-chan int
	if r.f.hints != nil {
		c, err := r.f.hints.AskHints(ctx)
		if err != nil {
			r.f.log.Warn("no hints from the store; wishes are noticed a little later", "error", err)
		}
		hints = c
	}
	beat := time.NewTicker(askBeat)
	defer beat.Stop()
	dirty := map[int]bool{}
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case n, ok := <-hints:
			if !ok {
				hints = nil
			}
			dirty[n] = ok
		case <-beat.C:
			all := time.Since(last) >= askRest
			if all {
				last = time.Now()
			}
			for n := range r.ours() {
				if dirty[n] || all {
					r.grant(ctx, n)
				}
				if dirty[n] || all || r.unheeded(n) {
					r.heed(ctx, n)
				}
			}
			clear(dirty)
		}
	}
}

// grant makes the sources of one shard due that were asked for.
func (r *run) grant(ctx context.Context, n int) {
	asked, err := r.f.wire.Asked(ctx, n)
	if err != nil {
		if ctx.Err() == nil {
			r.f.log.Warn("what is asked for cannot be read", "shard", n, "error", err)
		}
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	sh := r.shards[n]
	if sh == nil || sh.draining {
		return
	}
	now := r.f.now()
	for id, at := range asked {
		src, ok := r.sources[id]
		state := Settle(sh.states[id], src.Source)
		if !ok || src.shard != n || r.flying[id] || !stillWanted(state, at) {
			continue
		}
		state.Asked = at
		sh.states[id] = state
		r.queue.put(id, src.host, maxTime(now, state.NotBefore)) // Retry-After binds the impatient too
	}
	r.look()
}

// stillWanted says whether a wish is still open. One is granted once, whatever the
// clock of the process says that it was made on.
func stillWanted(s news.SourceState, at time.Time) bool {
	return at.After(s.Last) && !at.Equal(s.Asked)
}
