package main

import (
	"context"
	"sync"
	"time"

	"tinhub/news"
	"tinhub/publisher"
	"tinhub/store"
)

// overviewAge is how old an overview may be: the first page and /metrics ask
// often, and reading every source's state is not free.
const overviewAge = 5 * time.Second

// An overview is the states of all sources, looked at now and then.
type overview struct {
	wire   *store.Wire
	roster *roster

	mu     sync.Mutex // guards what follows
	at     time.Time
	states map[string]news.SourceState
}

// read gives the states of all sources that were ever polled, by source id. A
// store that is away leaves the last ones standing.
func (o *overview) read(ctx context.Context) map[string]news.SourceState {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.states != nil && time.Since(o.at) < overviewAge {
		return o.states
	}
	states := map[string]news.SourceState{}
	for shard := range news.Shards {
		list, err := o.wire.States(ctx, shard)
		if err != nil {
			return o.states
		}
		for _, s := range list {
			states[s.Source] = s
		}
	}
	o.states, o.at = states, time.Now()
	return states
}

// reachable says that a source was there when it was last asked.
func reachable(h news.Health) bool {
	return h == news.OK || h == news.Unchanged || h == news.Empty || h == news.Stale
}

// status is what the first page says of the sources.
func (o *overview) status(ctx context.Context) publisher.Status {
	states := o.read(ctx)
	var out publisher.Status
	for _, s := range o.roster.Sources() {
		if !s.Enabled {
			continue
		}
		out.Sources++
		state, polled := states[s.ID]
		if !polled {
			continue
		}
		out.Polled++
		if reachable(state.Health) {
			out.Reachable++
		}
		if state.LastNew.After(out.Latest) {
			out.Latest = state.LastNew
		}
	}
	return out
}
