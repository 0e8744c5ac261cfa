package publisher

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"tinhub/news"
)

// Lease is the name of the lease that the renderer holds.
const Lease = "publish"

// How long a lease lasts and how often it is renewed.
const (
	leaseTTL   = 15 * time.Second
	leaseRenew = 5 * time.Second
)

// changesRead is how many lines of the story log are read at once.
const changesRead = 1000

// Run serves from memory what is stored, keeps the search index, and renders
// when this process holds the lease. It returns when ctx ends.
func (p *Publisher) Run(ctx context.Context) error {
	p.begin(ctx)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return p.follow(ctx) })
	g.Go(func() error { return p.keepIndex(ctx) })
	g.Go(func() error { return p.renderUnderLease(ctx) })
	err := g.Wait()
	p.saveFolder()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// renderUnderLease waits for the lease, renders while it holds it, and waits
// again when it is lost.
func (p *Publisher) renderUnderLease(ctx context.Context) error {
	for ctx.Err() == nil {
		l, err := p.deps.Leases.Take(ctx, Lease, p.opt.Holder, leaseTTL)
		if err != nil {
			if !errors.Is(err, news.ErrHeld) && ctx.Err() == nil {
				p.log.Warn("renderer: no lease", "err", err)
			}
			pause(ctx, p.opt.Sweep)
			continue
		}
		p.log.Info("renderer: this process renders", "token", l.Token)
		p.rendering.Store(true)
		err = p.renderWhileHeld(ctx, l)
		p.rendering.Store(false)
		if ctx.Err() == nil {
			p.log.Warn("renderer: standing by", "err", err)
			pause(ctx, p.opt.Sweep)
		}
		release, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		_ = p.deps.Leases.Release(release, l)
		cancel()
	}
	return ctx.Err()
}

// renderWhileHeld renews the lease beside the rendering; either ends the other.
func (p *Publisher) renderWhileHeld(ctx context.Context, l news.Lease) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		held := l
		for until := time.Now().Add(leaseTTL); pause(ctx, leaseRenew); {
			next, err := p.deps.Leases.Renew(ctx, held, leaseTTL)
			switch {
			case err == nil:
				held, until = next, time.Now().Add(leaseTTL)
			case errors.Is(err, news.ErrHeld), errors.Is(err, news.ErrNotFound), time.Now().After(until):
				return fmt.Errorf("renew the lease: %w", err)
			default:
				p.log.Warn("renderer: the lease was not renewed yet", "err", err)
			}
		}
		return ctx.Err()
	})
	g.Go(func() error { return p.renderChanges(ctx, l) })
	return g.Wait()
}

// A round is what has to be rendered, and the place in the story log that it
// goes up to.
type round struct {
	began time.Time       // of the round
	dirty map[string]bool // something changed in them
	upTo  news.Place
	place news.Place           // the publisher's, as this term moved it; "": it is read from the store
	stale map[string]bool      // to be looked at once, after what changed: a rule or a setting may have
	last  map[string]time.Time // when each channel was last rendered
	quick *rate.Limiter        // has tokens while few are rendered: none waits then
	hints <-chan struct{}      // that the story log grew; nil: none come
}

// renderChanges follows the story log. What fails stays to be done, and is tried
// again at the next look: a store that is down loses nothing.
func (p *Publisher) renderChanges(ctx context.Context, l news.Lease) error {
	hints, err := p.deps.Hints.DeskHints(ctx)
	if err != nil {
		return fmt.Errorf("follow the desk: %w", err)
	}
	r := round{dirty: map[string]bool{}, stale: map[string]bool{}, last: map[string]time.Time{}, hints: hints,
		quick: rate.NewLimiter(rate.Limit(max(0, p.opt.Quick)), int(max(0, p.opt.Quick)))}
	fresh := true // outputs of this term are compared with the store's, and all rendered once
	var asOf time.Time
	tick := time.NewTicker(p.opt.Sweep)
	defer tick.Stop()
	for {
		err := p.enter(ctx, l, &fresh, &r)
		if turn := p.view.Load().asOf(p.now()); err == nil && !turn.Equal(asOf) {
			asOf = turn
			r.all(p.view.Load())
		}
		if err == nil {
			err = p.renderRound(ctx, l, &r)
		}
		if err == nil {
			err = p.renderStale(ctx, l, &r)
		}
		if errors.Is(err, news.ErrFenced) || ctx.Err() != nil {
			return err
		}
		p.lag(err)
		if p.settled() {
			r.all(p.view.Load())
		}
		if err == nil && len(r.stale) > 0 && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case _, ok := <-r.hints:
			if !ok {
				r.hints = nil // the engine gave up; the sweep goes on
			}
		case <-p.redo:
			r.all(p.view.Load())
			if err := p.dropUndeclared(ctx, l); err != nil {
				p.log.Warn("renderer: cannot drop channels that are no longer declared", "err", err)
			}
		case <-tick.C:
		}
	}
}

// enter begins a term: what others rendered is read, what the store lost is
// stored again, and everything is rendered once, since rules may have changed.
func (p *Publisher) enter(ctx context.Context, l news.Lease, fresh *bool, r *round) error {
	epoch, err := p.deps.Changes.Epoch(ctx)
	if err != nil {
		return err
	}
	if !*fresh && epoch == p.knownEpoch() {
		return nil
	}
	stored, unread, err := p.loadNewer(ctx)
	if err != nil {
		return err
	}
	for _, id := range sortedIDs(unread) { // a damaged record is made anew, under a later revision than it had
		p.log.Warn("renderer: stored outputs cannot be read; they are dropped and rendered anew", "channel", id, "err", unread[id])
		if err := p.deps.Outputs.Drop(ctx, l, id); err != nil {
			return err
		}
		p.damaged[id] = stored[id]
	}
	p.meet(epoch)
	if err := p.seed(ctx, l); err != nil {
		return err
	}
	if err := p.dropUndeclared(ctx, l); err != nil {
		return err
	}
	*fresh = false
	r.all(p.view.Load())
	return nil
}

// seed stores what is served and the store does not have: it was emptied, or
// lost its last second.
func (p *Publisher) seed(ctx context.Context, l news.Lease) error {
	stored, err := p.deps.Outputs.Channels(ctx)
	if err != nil {
		return err
	}
	for id, c := range p.memory.all() {
		if p.view.Load().byID[id] != nil && c.revision() > stored[id] {
			if err := p.deps.Outputs.Save(ctx, l, c.outputs()); err != nil {
				return fmt.Errorf("store the outputs of %s again: %w", id, err)
			}
		}
	}
	return nil
}

func (p *Publisher) dropUndeclared(ctx context.Context, l news.Lease) error {
	for id := range p.memory.all() {
		if p.view.Load().byID[id] == nil {
			if err := p.deps.Outputs.Drop(ctx, l, id); err != nil {
				return err
			}
			p.memory.remove(id)
		}
	}
	return nil
}

// readAhead is for how long a round takes in what changes while it renders, and while
// channels wait for their Pace: news of one channel does not wait for another's. After it the round
// ends, and the publisher's place moves.
const readAhead = time.Second

// renderRound reads what changed, renders it, and then moves the publisher's
// place. On an ordinary day each change is rendered at once; where many come
// together, those of a channel are collected for a Pace and rendered as one.
func (p *Publisher) renderRound(ctx context.Context, l news.Lease, r *round) error {
	if err := p.readChanges(ctx, r); err != nil {
		return err
	}
	for r.began = time.Now(); len(r.dirty) > 0; {
		wait, err := p.renderDirty(ctx, l, r)
		if err != nil {
			return err
		}
		if wait <= 0 {
			continue
		}
		if time.Since(r.began) > readAhead {
			if !pause(ctx, wait) {
				return ctx.Err()
			}
			continue
		}
		if err := p.waitOrRead(ctx, r, wait); err != nil {
			return err
		}
	}
	if r.upTo == "" {
		return nil
	}
	if err := p.deps.Changes.Rendered(ctx, l, r.upTo); err != nil {
		return err
	}
	r.place, r.upTo = r.upTo, ""
	return nil
}

// waitOrRead waits for a channel's time, or until there are more changes to read.
func (p *Publisher) waitOrRead(ctx context.Context, r *round, wait time.Duration) error {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	case _, ok := <-r.hints:
		if !ok {
			r.hints = nil
		}
	}
	return p.readOn(ctx, r)
}

// readOn reads what came since.
func (p *Publisher) readOn(ctx context.Context, r *round) error {
	if r.upTo == "" {
		return p.readChanges(ctx, r)
	}
	changes, err := p.deps.Changes.Since(ctx, r.upTo, changesRead)
	if err != nil {
		return fmt.Errorf("read on in the story log: %w", err)
	}
	r.note(changes)
	return nil
}

func (p *Publisher) readChanges(ctx context.Context, r *round) error {
	if r.upTo != "" {
		return nil // the last ones are not rendered yet
	}
	read := p.deps.Changes.Changes
	if r.place != "" {
		read = func(ctx context.Context, limit int) ([]news.StoryChange, error) {
			return p.deps.Changes.Since(ctx, r.place, limit)
		}
	}
	changes, err := read(ctx, changesRead)
	if err != nil {
		return fmt.Errorf("read the story log: %w", err)
	}
	r.note(changes)
	return nil
}

// note marks what changes touch, and goes up to their end.
func (r *round) note(changes []news.StoryChange) {
	for _, c := range changes {
		for _, id := range c.Channels {
			r.dirty[id] = true
		}
		r.upTo = c.Place
	}
}

// renderDirty renders the channels whose time has come and says how long the
// next one has to wait. Channels go in the order of the first page.
func (p *Publisher) renderDirty(ctx context.Context, l news.Lease, r *round) (wait time.Duration, err error) {
	v := p.view.Load()
	var failed []error
	for id := range r.dirty {
		if v.byID[id] == nil {
			delete(r.dirty, id) // of a topic that is no longer declared
		}
	}
	for i := 0; i < len(v.channels); i++ {
		c := v.channels[i]
		if !r.dirty[c.id] {
			continue
		}
		// All take a token, so that there are none where much is rendered anyway.
		if early := p.opt.Pace - time.Since(r.last[c.id]); !r.quick.Allow() && early > 0 {
			if wait == 0 || early < wait {
				wait = early
			}
			continue
		}
		if err := p.render(ctx, l, c); err != nil {
			if failed = append(failed, fmt.Errorf("render %s: %w", c.id, err)); p.hopeless(ctx, failed) {
				break
			}
			continue
		}
		r.last[c.id] = time.Now()
		delete(r.dirty, c.id)
		delete(r.stale, c.id)
		more, err := p.readMore(ctx, r)
		if err != nil {
			failed = append(failed, err)
			break
		}
		if more {
			i, wait = -1, 0
		}
	}
	return wait, errors.Join(failed...)
}

// readMore reads on between two channels, if there is more: the topics that it is
// for go before the channels that everything goes into, which are last and take
// longest.
func (p *Publisher) readMore(ctx context.Context, r *round) (more bool, err error) {
	if time.Since(r.began) > readAhead {
		return false, nil
	}
	select {
	case _, ok := <-r.hints:
		if !ok {
			r.hints = nil
		}
		return true, p.readOn(ctx, r)
	default:
		return false, nil
	}
}

// hopeless says that it is not one channel that fails: another process renders,
// or the store is away.
func (p *Publisher) hopeless(ctx context.Context, failed []error) bool {
	return len(failed) >= 3 || ctx.Err() != nil || errors.Is(failed[len(failed)-1], news.ErrFenced)
}

// all marks every channel.
func (r *round) all(v *view) {
	for _, c := range v.channels {
		r.stale[c.id] = true
	}
}

// staleTurn is how long channels are rendered that nothing changed in, before
// the story log is looked at again: news does not wait for them.
const staleTurn = 50 * time.Millisecond

func (p *Publisher) renderStale(ctx context.Context, l news.Lease, r *round) error {
	v := p.view.Load()
	began := time.Now()
	var failed []error
	for id := range r.stale {
		if v.byID[id] == nil {
			delete(r.stale, id)
		}
	}
	for _, c := range v.channels {
		if !r.stale[c.id] {
			continue
		}
		if err := p.render(ctx, l, c); err != nil {
			if failed = append(failed, fmt.Errorf("render %s: %w", c.id, err)); p.hopeless(ctx, failed) {
				break
			}
			continue
		}
		r.last[c.id] = time.Now()
		delete(r.stale, c.id)
		if time.Since(began) > staleTurn {
			break
		}
	}
	return errors.Join(failed...)
}

// lag remembers since when rendering fails.
func (p *Publisher) lag(err error) {
	if err == nil {
		if p.lagging.Swap(0) != 0 {
			p.log.Info("renderer: the store answers again")
		}
		p.touch()
		return
	}
	if p.lagging.CompareAndSwap(0, p.now().UnixNano()) {
		p.log.Warn("renderer: cannot render; what is in memory is served on", "err", err)
	}
}

// pause waits, or returns false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// sortedIDs are a map's keys in order, for loops whose order is seen.
func sortedIDs[V any](m map[string]V) []string {
	ids := make([]string, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
