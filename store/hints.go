package store

import (
	"context"
	"fmt"
)

// Hints tells the rooms what changed in the store, here or in another process.
// It never blocks whoever writes, and merges what is not taken in time: a signal
// says "look", not how often.
type Hints struct{ core Core }

// NewHints makes the facet over an engine.
func NewHints(core Core) *Hints { return &Hints{core} }

// PaperHints signals the shards of papers that changed, until ctx ends.
func (h *Hints) PaperHints(ctx context.Context) (<-chan int, error) {
	return watch(ctx, h.core, shardOfPaper)
}

// DeskHints signals that stories changed, until ctx ends.
func (h *Hints) DeskHints(ctx context.Context) (<-chan struct{}, error) {
	return watch(ctx, h.core, only(DeskPartition))
}

// OutputHints signals the channels whose outputs changed, until ctx ends.
func (h *Hints) OutputHints(ctx context.Context) (<-chan string, error) {
	return watch(ctx, h.core, channelOfOut)
}

// AdminHints signals that an object made in the pages or the API changed, until
// ctx ends.
func (h *Hints) AdminHints(ctx context.Context) (<-chan struct{}, error) {
	return watch(ctx, h.core, only(AdminPartition))
}

// HubHints signals the shards of subscriptions that something was asked of,
// until ctx ends.
func (h *Hints) HubHints(ctx context.Context) (<-chan int, error) {
	return watch(ctx, h.core, shardOfHub)
}

func only(want Partition) func(Partition) (struct{}, bool) {
	return func(p Partition) (struct{}, bool) { return struct{}{}, p == want }
}

// watch sends what read makes of the partitions that changed. The channel is
// closed when ctx ends, or the engine gives up.
func watch[T comparable](ctx context.Context, core Core, read func(Partition) (T, bool)) (<-chan T, error) {
	parts, err := core.Watch(ctx)
	if err != nil {
		return nil, fmt.Errorf("watch the store: %w", err)
	}
	out := make(chan T)
	go merge(ctx, parts, out, read)
	return out, nil
}

// merge keeps one signal a thing until it is taken, oldest first.
func merge[T comparable](ctx context.Context, parts <-chan Partition, out chan<- T, read func(Partition) (T, bool)) {
	defer close(out)
	var queue []T
	waiting := map[T]bool{}
	for {
		var send chan<- T
		var next T
		if len(queue) > 0 {
			send, next = out, queue[0]
		}
		select {
		case <-ctx.Done():
			return
		case p, ok := <-parts:
			if !ok {
				return
			}
			if t, ok := read(p); ok && !waiting[t] {
				waiting[t] = true
				queue = append(queue, t)
			}
		case send <- next:
			queue = queue[1:]
			delete(waiting, next)
		}
	}
}
