package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestSuperviseStartsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var logged bytes.Buffer
		var at []time.Duration
		began := time.Now()
		go supervise(ctx, slog.New(slog.NewTextHandler(&logged, nil)), "worker", func(ctx context.Context) error {
			at = append(at, time.Since(began))
			switch len(at) {
			case 1:
				return errors.New("the store is away")
			case 2:
				panic("index out of range")
			case 3:
				time.Sleep(2 * time.Minute) // works well for a while
				return errors.New("the store is away again")
			}
			<-ctx.Done()
			return ctx.Err()
		})
		time.Sleep(10 * time.Minute)
		cancel()
		synctest.Wait()
		want := []time.Duration{0, firstPause, 3 * firstPause, 3*firstPause + 2*time.Minute + firstPause}
		if len(at) != len(want) {
			t.Fatalf("started %v, want %v", at, want)
		}
		for i := range want {
			if at[i] != want[i] {
				t.Errorf("start %d after %v, want %v", i+1, at[i], want[i])
			}
		}
		for _, s := range []string{"the store is away", "panic: index out of range", "supervise_test.go"} {
			if !strings.Contains(logged.String(), s) {
				t.Errorf("the log lacks %q: %s", s, logged.String())
			}
		}
	})
}

func TestSupervisePausesEverLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		starts := 0
		supervise(ctx, slog.New(slog.DiscardHandler), "worker", func(context.Context) error { starts++; return errors.New("no") })
		// 0.25 + 0.5 + … + 16 s are 7 starts in 32 s, then one each 30 s.
		if starts < 20 || starts > 30 {
			t.Errorf("%d starts in 10 minutes", starts)
		}
	})
}
