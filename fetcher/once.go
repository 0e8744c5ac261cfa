package fetcher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tinhub/news"
)

// Progress is told of each source that is done with: the state it is in now and
// why, or what kept it from being polled. Calls do not overlap.
type Progress func(s news.SourceState, why string, err error)

// Once polls sources now, whether they are due or not, and returns when all are
// done with. It works beside other processes: sources whose shard another one
// holds are left alone and returned; Await has them polled. A source that asked
// to be left alone (Retry-After) is not asked; it is reported as it is.
func (f *Fetcher) Once(ctx context.Context, sources []news.Source, progress Progress) (held []news.Source, err error) {
	if progress == nil {
		progress = func(news.SourceState, string, error) {}
	}
	apart := f.apart()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o := &onceRun{run: newRun(ctx, apart), progress: progress, cancel: cancel, polled: make(chan struct{})}
	o.run.once = o.done
	o.run.sources = map[string]source{}
	byShard := map[int][]source{}
	for _, s := range sources {
		src, err := apart.prepare(s)
		if err != nil {
			progress(news.SourceState{Source: s.ID}, "", err)
			o.faults = append(o.faults, fmt.Errorf("source %s: %w", s.ID, err))
			continue
		}
		o.run.sources[s.ID] = src
		byShard[src.shard] = append(byShard[src.shard], src)
	}
	defer o.run.leave()
	for n, list := range byShard {
		if err := o.begin(ctx, n, list); err != nil {
			return nil, err
		}
	}
	err = o.finish(ctx)
	return o.held, err
}

// apart is a fetcher under a name of its own, so that it does not take the
// leases that this process holds already.
func (f *Fetcher) apart() *Fetcher {
	out := &Fetcher{wire: f.wire, leases: f.leases, robots: f.robots, pages: f.pages, client: f.client, opt: f.opt, log: f.log, now: f.now,
		parse: f.parse, parsing: f.parsing, changed: make(chan struct{})}
	out.opt.Holder += "-once"
	return out
}

// A onceRun is a run over given sources that ends.
type onceRun struct {
	*run
	progress Progress
	cancel   context.CancelFunc
	polled   chan struct{} // closed with the last source that is done with
	left     int           // sources to come; guarded by run.mu, as what follows
	held     []news.Source // whose shard another process has
	faults   []error
}

// begin takes a shard and makes its sources due.
func (o *onceRun) begin(ctx context.Context, n int, list []source) error {
	err := o.own(ctx, n)
	o.mu.Lock()
	defer o.mu.Unlock()
	if errors.Is(err, news.ErrHeld) || errors.Is(err, news.ErrFenced) {
		for _, src := range list {
			o.held = append(o.held, src.Source)
		}
		return nil
	}
	if err != nil {
		return err
	}
	now := o.f.now()
	for _, src := range list {
		state := Settle(o.shards[n].states[src.ID], src.Source)
		if state.NotBefore.After(now) {
			o.queue.remove(src.ID)
			o.progress(state, "it asks to be left alone until "+state.NotBefore.Format(time.RFC3339), nil)
			continue
		}
		o.left++
		o.queue.put(src.ID, src.host, now)
	}
	return nil
}

// done counts a source that is done with. run.mu is held.
func (o *onceRun) done(id string, s news.SourceState, why string, err error) {
	if errors.Is(err, news.ErrHeld) {
		o.held = append(o.held, o.sources[id].Source)
	} else {
		if err != nil {
			o.faults = append(o.faults, fmt.Errorf("source %s: %w", id, err))
		}
		o.progress(s, why, err)
	}
	if o.left--; o.left == 0 {
		close(o.polled)
	}
}

// finish polls until nothing is left.
func (o *onceRun) finish(ctx context.Context) error {
	o.mu.Lock()
	left := o.left
	o.mu.Unlock()
	if left > 0 {
		go o.hold(ctx)
		go o.pages(ctx)
		_ = o.poll(ctx) // ends with the context, which ends with the last source
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.left > 0 {
		return errors.Join(append(o.faults, context.Cause(ctx))...)
	}
	return errors.Join(o.faults...)
}

// pagesTime is how long article pages are read after the polls at most.
const pagesTime = time.Minute

// pages reads the article pages that are due, and then ends the run.
func (o *onceRun) pages(ctx context.Context) {
	defer o.cancel()
	select {
	case <-ctx.Done():
	case <-o.polled:
		o.reader.drain(ctx, pagesTime)
	}
}

// hold keeps the leases while polls go on.
func (o *onceRun) hold(ctx context.Context) {
	beat := time.NewTicker(o.f.opt.LeaseTTL / 3)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			if err := o.renew(ctx); err != nil && ctx.Err() == nil {
				o.f.log.Warn("leases could not be renewed", "error", err)
			}
		}
	}
}

// Asker leaves word for whoever holds a shard that a source is wanted now.
type Asker interface {
	Ask(ctx context.Context, shard int, source string, at time.Time) error
}

// Await has the sources that Once left alone polled by the processes that hold
// them, and waits for it. What is not done when ctx ends is named in the error.
func (f *Fetcher) Await(ctx context.Context, held []news.Source, a Asker, progress Progress) error {
	if progress == nil {
		progress = func(news.SourceState, string, error) {}
	}
	at := f.now().Round(0)
	waiting := map[int]map[string]news.Source{}
	left := 0
	for _, s := range held {
		n := news.ShardOf(s.Family())
		if err := a.Ask(ctx, n, s.ID, at); err != nil {
			return fmt.Errorf("ask for source %s: %w", s.ID, err)
		}
		if waiting[n] == nil {
			waiting[n] = map[string]news.Source{}
		}
		if _, ok := waiting[n][s.ID]; !ok {
			waiting[n][s.ID] = s
			left++
		}
	}
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	for left > 0 {
		for n, list := range waiting {
			done, err := f.polledSince(ctx, n, list, at, progress)
			if err != nil {
				return err
			}
			left -= done
		}
		if left == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d sources are held by another process that has not polled them yet: %w", left, ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}

// polledSince takes those sources off a list that were polled since a time.
func (f *Fetcher) polledSince(ctx context.Context, n int, list map[string]news.Source, at time.Time, progress Progress) (int, error) {
	if len(list) == 0 {
		return 0, nil
	}
	states, err := f.wire.States(ctx, n)
	if err != nil {
		return 0, fmt.Errorf("read the states of shard %d: %w", n, err)
	}
	done := 0
	for _, s := range states {
		if _, ok := list[s.Source]; !ok {
			continue
		}
		why := "polled by the process that holds it"
		switch {
		case !s.Last.Before(at), s.Asked.Equal(at):
		case s.NotBefore.After(f.now()):
			why = "it asks to be left alone until " + s.NotBefore.Format(time.RFC3339)
		default:
			continue
		}
		delete(list, s.Source)
		done++
		progress(s, why, nil)
	}
	return done, nil
}
