package client

import (
	"context"
	"sync"
	"time"
)

// A bounded is a context that ends at a time, and costs a timer only where
// somebody waits for its end: connections keep the time themselves.
type bounded struct {
	context.Context // the caller's
	until           time.Time

	mu    sync.Mutex // guards what follows
	timed context.Context
	stop  context.CancelFunc
	over  bool
}

func bound(ctx context.Context, limit time.Duration) *bounded {
	until := time.Now().Add(limit)
	if at, ok := ctx.Deadline(); ok && at.Before(until) {
		until = at
	}
	return &bounded{Context: ctx, until: until}
}

// Deadline is when it ends at the latest.
func (b *bounded) Deadline() (time.Time, bool) { return b.until, true }

// Done starts the timer.
func (b *bounded) Done() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.timed == nil {
		b.timed, b.stop = context.WithDeadline(b.Context, b.until)
		if b.over {
			b.stop()
		}
	}
	return b.timed.Done()
}

// Err says whether it has ended, also where nobody waits.
func (b *bounded) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.timed != nil:
		return b.timed.Err()
	case b.Context.Err() != nil:
		return b.Context.Err()
	case b.over:
		return context.Canceled
	case !time.Now().Before(b.until):
		return context.DeadlineExceeded
	}
	return nil
}

// end lets go of it: whoever still holds it finds it cancelled.
func (b *bounded) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
	if b.stop != nil {
		b.stop()
	}
}
