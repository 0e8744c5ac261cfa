package curator

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"tinhub/news"
)

// A term is a curator's work under one lease.
type term struct {
	*Curator
	lease atomic.Pointer[held]

	wake  [news.Shards]chan struct{} // a shard's wire may have grown
	filer chan struct{}              // there is something to file

	tookOver bool   // the filer's own: the desk knows this lease
	noted    string // the filer's own: fingerprint of the rules that the desk knows

	shelving [news.Shards]sync.Mutex // held over read, decide and write of a shard's articles
	tides    [news.Shards]tide       // guarded by shelving

	mu     sync.Mutex
	toFile [news.Shards]bool // guarded by mu: shards whose article log may have grown
	refile bool              // guarded by mu: rules changed

	strangers map[string]bool // guarded by mu: sources of entries that nobody declares
}

// held is a lease with the local time up to which it surely holds.
type held struct {
	news.Lease
	until time.Time // monotonic
}

func newTerm(c *Curator, lease news.Lease) *term {
	t := &term{Curator: c, filer: make(chan struct{}, 1), refile: true, strangers: map[string]bool{}}
	for i := range t.wake {
		t.wake[i] = make(chan struct{}, 1)
		t.tides[i] = tide{}
	}
	t.lease.Store(&held{lease, time.Now().Add(c.o.LeaseTTL)})
	return t
}

// run works until ctx ends or the lease is lost.
func (t *term) run(ctx context.Context) {
	ctx, stop := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	for shard := range t.wake {
		wg.Go(func() { t.follow(ctx, shard, stop) })
	}
	wg.Go(func() { t.fileAll(ctx, stop) })
	wg.Go(func() { t.listen(ctx) })
	t.keep(ctx, stop)
	wg.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		t.o.Log.Warn("curating stops here; another process, or this one later, goes on", "cause", cause)
	}
	release, done := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer done()
	if err := t.deps.Leases.Release(release, t.lease.Load().Lease); err != nil {
		t.o.Log.Debug("the lease was not released; it runs out", "error", err)
	}
}

// keep renews the lease and sweeps, until ctx ends or the lease is lost.
func (t *term) keep(ctx context.Context, stop context.CancelCauseFunc) {
	renew := time.NewTicker(t.o.LeaseTTL / 4)
	defer renew.Stop()
	sweep := time.NewTicker(t.o.Sweep / news.Shards) // one after the other, so that news never waits for all of them
	defer sweep.Stop()
	for shard := range t.wake {
		t.wakeUp(shard)
	}
	for swept := 0; ; {
		select {
		case <-ctx.Done():
			stop(context.Cause(ctx))
			return
		case <-sweep.C:
			t.wakeUp(swept)
			swept = (swept + 1) % news.Shards
		case <-t.o.Changed:
			t.reload()
			t.again()
		case <-renew.C:
			if err := t.renew(ctx); err != nil {
				stop(err)
			}
		}
	}
}

// renew prolongs the lease. It fails once the lease is lost, or may be: a
// process that was frozen must not go on by a lease that ran out meanwhile (and
// could not: every write carries the token).
func (t *term) renew(ctx context.Context) error {
	now, was := time.Now(), t.lease.Load()
	call, done := context.WithDeadline(ctx, was.until)
	defer done()
	l, err := t.deps.Leases.Renew(call, was.Lease, t.o.LeaseTTL)
	switch {
	case err == nil:
		t.lease.Store(&held{l, now.Add(t.o.LeaseTTL)})
		return nil
	case errors.Is(err, news.ErrHeld):
		return fmt.Errorf("the lease was lost: %w", err)
	case time.Until(was.until) < t.o.LeaseTTL/4:
		return fmt.Errorf("the lease could not be renewed in time: %w", err)
	}
	return nil
}

// listen wakes shards on hints. A hint that is lost is made up by the sweep.
func (t *term) listen(ctx context.Context) {
	var faults backoff
	for ctx.Err() == nil {
		hints, err := t.deps.Hints.WireHints(ctx)
		if err != nil {
			t.o.Log.Warn("no hints of new entries; looking every sweep instead", "sweep", t.o.Sweep, "error", err)
			pause(ctx, faults.next())
			continue
		}
		for shard := range hints {
			faults = backoff{}
			if shard >= 0 && shard < news.Shards {
				signal(t.wake[shard]) // what comes of it is filed once it is recognised
			}
		}
		pause(ctx, faults.next())
	}
}

// wakeUp looks at both logs of a shard.
func (t *term) wakeUp(shard int) {
	signal(t.wake[shard])
	t.toFileShard(shard)
}

func (t *term) toFileShard(shard int) {
	t.mu.Lock()
	t.toFile[shard] = true
	t.mu.Unlock()
	signal(t.filer)
}

// again has what is kept filed anew.
func (t *term) again() {
	t.mu.Lock()
	t.refile = true
	clear(t.strangers)
	t.mu.Unlock()
	signal(t.filer)
}

// follow recognises what comes on one shard's wire. A shard that fails waits
// alone.
func (t *term) follow(ctx context.Context, shard int, stop context.CancelCauseFunc) {
	var faults backoff
	for {
		n, err := t.recognise(ctx, shard)
		if n > 0 {
			t.toFileShard(shard)
		}
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, news.ErrFenced):
			stop(fmt.Errorf("a newer owner curates: %w", err))
			return
		case err != nil:
			t.o.Log.Warn("recognising waits for the store", "shard", shard, "error", err)
			pause(ctx, faults.next())
		case n == t.o.Batch:
			faults = backoff{}
		default: // the end: what came since has left a signal
			faults = backoff{}
			select {
			case <-ctx.Done():
				return
			case <-t.wake[shard]:
			}
		}
	}
}

// signal leaves a signal that is there already.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// A backoff gives longer and longer waits, from 50 ms to 5 s.
type backoff struct{ last time.Duration }

func (b *backoff) next() time.Duration {
	b.last = min(max(2*b.last, 50*time.Millisecond), 5*time.Second)
	return b.last
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
