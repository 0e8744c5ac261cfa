package client

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestBounded(t *testing.T) {
	for name, c := range map[string]struct {
		parent time.Duration // its own limit, 0 for none
		do     func(b *bounded, cancel context.CancelFunc)
		err    error
		waited time.Duration // until Done
	}{
		"its time comes":           {0, func(*bounded, context.CancelFunc) { time.Sleep(20 * time.Second) }, context.DeadlineExceeded, 0},
		"somebody waits":           {0, func(b *bounded, _ context.CancelFunc) { b.Done() }, nil, 10 * time.Second},
		"the caller has less time": {time.Second, func(b *bounded, _ context.CancelFunc) {}, nil, time.Second},
		"the caller gives up":      {0, func(_ *bounded, cancel context.CancelFunc) { cancel() }, context.Canceled, 0},
		"given up while waited":    {0, func(b *bounded, cancel context.CancelFunc) { b.Done(); cancel() }, context.Canceled, 0},
		"it is over":               {0, func(b *bounded, _ context.CancelFunc) { b.end() }, context.Canceled, 0},
		"over while waited":        {0, func(b *bounded, _ context.CancelFunc) { b.Done(); b.end() }, context.Canceled, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			parent, cancel := context.WithCancel(t.Context())
			defer cancel()
			if c.parent > 0 {
				var stop context.CancelFunc
				parent, stop = context.WithTimeout(parent, c.parent)
				defer stop()
			}
			b := bound(parent, 10*time.Second)
			defer b.end()
			c.do(b, cancel)
			if err := b.Err(); !errors.Is(err, c.err) {
				t.Errorf("%s: %v, want %v", name, err, c.err)
			}
			child, end := context.WithCancel(context.WithValue(b, atKey{}, 1)) // as transports derive
			defer end()
			begun := time.Now()
			<-child.Done()
			if waited := time.Since(begun); waited != c.waited {
				t.Errorf("%s: it took %v to end, want %v", name, waited, c.waited)
			}
			if at, ok := b.Deadline(); !ok || at.IsZero() || b.Err() == nil {
				t.Errorf("%s: %v %v %v", name, at, ok, b.Err())
			}
		})
	}
}
