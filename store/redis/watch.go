package redis

import (
	"context"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"tinhub/store"
)

// Watch subscribes. A server that is away at the moment only delays the hints:
// go-redis subscribes again by itself.
func (s *Store) Watch(ctx context.Context) (<-chan store.Log, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	sub := s.client.Subscribe(ctx, s.opt.Prefix+"changed")
	if _, err := sub.ReceiveTimeout(ctx, s.opt.Timeout); err != nil {
		if ctx.Err() != nil {
			sub.Close()
			return nil, ctx.Err()
		}
		s.log.WarnContext(ctx, "no hints from Redis yet: changes are found by polling", "error", err)
	}
	out := make(chan store.Log)
	s.done.Go(func() {
		defer close(out)
		defer sub.Close()
		s.watch(ctx, sub.Channel(redis.WithChannelSendTimeout(time.Second)), out)
	})
	return out, nil
}

func (s *Store) watch(ctx context.Context, in <-chan *redis.Message, out chan<- store.Log) {
	hints := store.NewPending()
	done := make(chan struct{})
	defer func() { <-done }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer close(done)
		s.deliver(ctx, hints, out)
	}()
	for {
		select {
		case m, ok := <-in:
			if !ok {
				return
			}
			p, log, _ := strings.Cut(m.Payload, " ")
			hints.Add(store.Log{Partition: store.Partition(p), Name: log})
		case <-ctx.Done():
			return
		case <-s.closed:
			return
		}
	}
}

// deliver hands merged hints to the reader.
func (s *Store) deliver(ctx context.Context, hints *store.Pending, out chan<- store.Log) {
	for {
		select {
		case <-hints.Wake():
		case <-ctx.Done():
			return
		}
		for _, l := range hints.Take() {
			select {
			case out <- l:
			case <-ctx.Done():
				return
			}
		}
	}
}
