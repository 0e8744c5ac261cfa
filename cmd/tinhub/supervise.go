package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// How long a worker that failed waits before it is started again: twice as long
// each time, from the first to the last, and from the first anew once it has
// worked for a while.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 30 * time.Second
	goodRun    = time.Minute
)

// supervise runs a worker until ctx ends. What it fails with, and what it panics
// with, is logged, and it is started again: a store that is away comes back,
// and readers are served from memory meanwhile.
func supervise(ctx context.Context, log *slog.Logger, name string, work func(context.Context) error) {
	pause := firstPause
	for {
		began := time.Now()
		err := guarded(ctx, work)
		if ctx.Err() != nil {
			if err != nil && !errors.Is(err, context.Canceled) {
				log.Warn("a worker ended badly", "worker", name, "err", err)
			}
			return
		}
		if time.Since(began) >= goodRun {
			pause = firstPause
		}
		if err == nil {
			err = errors.New("it returned without being told to")
		}
		log.Error("a worker failed and is started again", "worker", name, "err", err, "in", pause)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
	}
}

// guarded makes a panic an error with its stack.
func guarded(ctx context.Context, work func(context.Context) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return work(ctx)
}
