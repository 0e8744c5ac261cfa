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

// WireHints signals the shards of papers whose wire grew, until ctx ends.
func (h *Hints) WireHints(ctx context.Context) (<-chan int, error) {
	return watch(ctx, h.core, logWire, shardOfPaper)
}

// AskHints signals the shards of papers of which something was asked, or in which
// a hub told something, until ctx ends.
func (h *Hints) AskHints(ctx context.Context) (<-chan int, error) {
	return watch(ctx, h.core, logAsks, shardOfPaper)
}

// DeskHints signals that stories changed, until ctx ends.
func (h *Hints) DeskHints(ctx context.Context) (<-chan struct{}, error) {
	return watch(ctx, h.core, logStories, only(DeskPartition))
}

// OutputHints signals the channels whose outputs changed, until ctx ends.
func (h *Hints) OutputHints(ctx context.Context) (<-chan string, error) {
	return watch(ctx, h.core, logRevisions, channelOfOut)
}

// AdminHints signals that an object made in the pages or the API changed, until
// ctx ends.
func (h *Hints) AdminHints(ctx context.Context) (<-chan struct{}, error) {
	return watch(ctx, h.core, logChanges, only(AdminPartition))
}

// HubHints signals the shards of subscriptions that something was asked of,
// until ctx ends.
func (h *Hints) HubHints(ctx context.Context) (<-chan int, error) {
	return watch(ctx, h.core, logAsks, shardOfHub)
}

func only(want Partition) func(Partition) (struct{}, bool) {
	return func(p Partition) (struct{}, bool) { return struct{}{}, p == want }
}

// watch sends what read makes of the partitions whose log of that name grew. The
// channel is closed when ctx ends, or the engine gives up.
func watch[T comparable](ctx context.Context, core Core, log string, read func(Partition) (T, bool)) (<-chan T, error) {
	logs, err := core.Watch(ctx)
	if err != nil {
		return nil, fmt.Errorf("watch the store: %w", err)
	}
	out := make(chan T)
	go merge(ctx, logs, out, func(l Log) (t T, ok bool) {
		if l.Name == log || l.Name == "" {
			t, ok = read(l.Partition)
		}
		return t, ok
	})
	return out, nil
}

// merge keeps one signal a thing until it is taken, oldest first.
func merge[T comparable](ctx context.Context, logs <-chan Log, out chan<- T, read func(Log) (T, bool)) {
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
		case l, ok := <-logs:
			if !ok {
				return
			}
			if t, ok := read(l); ok && !waiting[t] {
				waiting[t] = true
				queue = append(queue, t)
			}
		case send <- next:
			queue = queue[1:]
			delete(waiting, next)
		}
	}
}
