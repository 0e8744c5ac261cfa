package fetcher

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tinhub/fetcher/client"
	"tinhub/news"
)

// A run is what is true while polls are made: the shards that are ours, the
// states of their sources, and who is due.
type run struct {
	f      *Fetcher
	wake   chan struct{}                                              // holds one token when the loop has to look again
	base   context.Context                                            // of all polls
	once   func(id string, s news.SourceState, why string, err error) // set: polls are not repeated but reported, with r.mu held
	polls  sync.WaitGroup
	clocks clocks // the loop's own
	change <-chan struct{}
	reader *reader // of article pages

	reading chan struct{} // a place for each source that is read what hubs sent for

	mu      sync.Mutex // guards what follows
	sources map[string]source
	shards  map[int]*shard
	queue   *queue
	busy    int // polls that hold a worker's place
	ending  bool
	flying  map[string]bool
}

// A shard is one that is ours.
type shard struct {
	lease    news.Lease
	until    time.Time // by our monotonic clock, and a little before the store's
	states   map[string]news.SourceState
	memos    map[string]memo                // by source, of what is recorded
	parts    map[string]map[string]sitePart // by source, of its sitemap index
	sums     map[string][32]byte            // by source, of the bytes that state.BodyHash is of
	fulls    map[string]string              // by source, what is read of its pages: see visit.full
	ctx      context.Context                // ends when the shard is lost: its polls must not go on
	stop     context.CancelFunc
	flying   int
	draining bool // given up as soon as its polls have ended
	unheeded bool // something that a hub sent waits for a poll to end

	untold map[string]bool // sources whose subscription is another than what is stored
}

// drowsy is how long the loop sleeps at most, so that it notices when it slept
// longer than it meant to.
const drowsy = 5 * time.Second

func newRun(ctx context.Context, f *Fetcher) *run {
	sources, change := f.known()
	r := &run{f: f, base: ctx, wake: make(chan struct{}, 1), sources: sources, change: change,
		shards: map[int]*shard{}, queue: newQueue(), flying: map[string]bool{}, reading: make(chan struct{}, 8)}
	r.reader = newReader(r)
	return r
}

func (r *run) look() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// poll is the loop: it starts polls that are due while workers are free.
func (r *run) poll(ctx context.Context) error {
	defer func() {
		r.mu.Lock()
		r.ending = true // nothing begins any more that would have to be waited for
		r.mu.Unlock()
		r.polls.Wait()
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(r.start(ctx))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		case <-r.wake:
		case <-r.change:
			r.reload()
		}
	}
}

// start starts what can be started and says how long to sleep.
func (r *run) start(ctx context.Context) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.f.now()
	if jumped, by := r.clocks.look(now); jumped {
		r.f.log.Warn("the clock jumped or the process slept: overdue polls are spread", "by", by)
		r.replan(now)
	}
	for r.busy < r.f.opt.Workers && ctx.Err() == nil {
		var turn *client.Turn
		id, ok := r.queue.pop(now, func(id string) (time.Duration, bool) {
			t, at, ok := r.f.client.Try(r.address(id))
			turn = t
			return time.Until(at), ok
		})
		if !ok {
			break
		}
		if !r.launch(id, turn, now) {
			turn.Done()
		}
	}
	next := r.queue.next()
	if next.IsZero() || r.busy >= r.f.opt.Workers {
		return drowsy // a poll that ends wakes the loop
	}
	return min(max(next.Sub(now), 0), drowsy)
}

// address is what a source's next poll will ask. r.mu is held.
func (r *run) address(id string) string {
	src := r.sources[id]
	if sh := r.shards[src.shard]; sh != nil {
		if moved := sh.states[id].Adopted; moved != "" {
			return moved
		}
	}
	return src.Address()
}

// launch starts the poll of a source that has its host's turn. r.mu is held.
func (r *run) launch(id string, turn *client.Turn, now time.Time) bool {
	src, ok := r.sources[id]
	sh := r.shards[src.shard]
	if !ok || sh == nil || sh.draining || r.flying[id] {
		return false
	}
	if !time.Now().Before(sh.until) {
		r.drop(src.shard, "its lease ran out before it could be renewed")
		return false
	}
	state := Settle(sh.states[id], src.Source)
	v := &visit{f: r.f, src: src, state: state, shard: src.shard, at: now, turn: turn, yield: r.yield}
	if state.Address == sh.states[id].Address {
		v.remembers(sh)
	}
	r.flying[id] = true
	sh.flying++
	r.busy++
	r.polls.Go(func() { r.finish(sh, v, v.make(sh.ctx)) })
	return true
}

// yield lends out a worker's place while its poll waits for a host.
func (r *run) yield(waiting bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if waiting {
		r.busy--
		r.look()
	} else {
		r.busy++
	}
}

// finish records a poll and makes its source due again.
func (r *run) finish(sh *shard, v *visit, err error) {
	next, why := news.SourceState{}, ""
	if err == nil {
		v.state.Push = r.stateOf(sh, v.src).Push // which may have changed since the poll began
		next, why = Next(v.state, v.src.timing, v.out, r.f.now())
		err = r.record(sh, v, next)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.look()
	delete(r.flying, v.src.ID)
	sh.flying--
	r.busy--
	r.queue.nudge(v.src.host)
	if rest := hostRest(v.out); rest > 0 && r.once == nil { // polls by hand end, and say what the state says
		r.queue.leave(v.src.host, r.f.now(), r.f.now().Add(rest))
	}
	current := r.shards[v.shard] == sh
	if err != nil {
		r.unrecorded(v, err, current)
		return
	}
	if current {
		sh.told(v.src, &next)
		sh.states[v.src.ID] = next
		sh.learn(v, next)
		r.reader.queued(v)
	}
	r.f.log.Debug("polled", "source", v.src.ID, "health", next.Health, "status", v.out.Status, "new", v.out.New,
		"changed", v.out.Changed, "took", v.out.Took, "next", next.Next, "why", why)
	late := time.Duration(0)
	if !v.state.Next.IsZero() {
		late = max(v.at.Sub(v.state.Next), 0)
	}
	r.f.opt.Observe(Event{Source: v.src.ID, Record: next.History[len(next.History)-1], Late: late, Shards: len(r.shards)})
	if r.once != nil {
		r.once(v.src.ID, next, why, nil)
		return
	}
	if src, ok := r.sources[v.src.ID]; ok && current {
		r.plan(src, next, r.f.now())
	}
}

// remembers gives a visit what spares it work, unless other pages are to be read
// now than at the last visit: an agreement began or ended, or full_text was set.
// run.mu is held.
func (v *visit) remembers(sh *shard) {
	v.full = string(v.f.opt.Scope(v.src.Source, v.at)) + " " + string(v.src.FullText)
	was, ok := sh.fulls[v.src.ID]
	if v.anew = ok && was != v.full; !v.anew {
		v.memo, v.sum, v.parts = sh.memos[v.src.ID], sh.sums[v.src.ID], sh.parts[v.src.ID]
	}
}

// learn keeps what spares work at the next poll. run.mu is held.
func (sh *shard) learn(v *visit, next news.SourceState) {
	if v.full != "" && (v.out.Status == http.StatusOK || !v.anew) {
		sh.fulls[v.src.ID] = v.full
	}
	if v.after != nil {
		sh.memos[v.src.ID] = v.after
		if delete(sh.parts, v.src.ID); len(v.partsAfter) > 0 {
			sh.parts[v.src.ID] = v.partsAfter
		}
	}
	switch {
	case next.BodyHash == "":
		delete(sh.sums, v.src.ID)
	case v.out.BodyHash == next.BodyHash: // this answer was read whole, or is known to be
		sh.sums[v.src.ID] = v.bytes
	}
}

// unrecorded decides what follows a poll that was not recorded. r.mu is held.
func (r *run) unrecorded(v *visit, err error, current bool) {
	later, isLater := errors.AsType[errLater](err)
	if errors.Is(err, news.ErrFenced) && current {
		r.drop(v.shard, "another process owns it")
		current = false
	}
	if r.once != nil && (!isLater || !current) {
		if !current {
			err = news.ErrHeld
		}
		r.once(v.src.ID, v.state, "", err)
		return
	}
	if _, ok := r.sources[v.src.ID]; !ok || !current {
		return
	}
	now := r.f.now()
	due := now.Add(min(v.src.timing.Interval, time.Minute)) // the store failed: the next poll brings the same again
	if isLater {
		if due = now; later.at.After(time.Now()) {
			due = now.Add(time.Until(later.at))
		}
	} else if r.base.Err() == nil {
		r.f.log.Error("a poll could not be recorded; it will be made again", "source", v.src.ID, "error", err)
	}
	r.queue.put(v.src.ID, v.src.host, due)
}

// writeTries is how often a write is given to a store that fails: resending is
// always right, and cheaper for the source than another visit.
const writeTries = 4

// held is the lease that a shard is written under now, or news.ErrFenced where
// it was lost, or given up and taken anew, since sh was read.
func (r *run) held(number int, sh *shard) (news.Lease, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.shards[number] != sh || !time.Now().Before(sh.until) {
		return news.Lease{}, fmt.Errorf("shard %d: %w", number, news.ErrFenced)
	}
	return sh.lease, nil
}

// write stores what came of a visit under the lease of its shard. It goes on when
// the run ends in the meantime: what was fetched need not be fetched again.
func (r *run) write(number int, sh *shard, store func(context.Context, news.Lease) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(sh.ctx), 10*time.Second)
	defer cancel()
	lease, err := r.held(number, sh)
	if err != nil {
		return err
	}
	for try := range writeTries {
		if err = store(ctx, lease); err == nil || errors.Is(err, news.ErrFenced) || errors.Is(err, news.ErrConflict) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(200 * time.Millisecond << try):
		}
	}
	return err
}

// record stores a poll.
func (r *run) record(sh *shard, v *visit, next news.SourceState) error {
	r.mu.Lock()
	was := sh.states[v.src.ID]
	r.mu.Unlock()
	p := news.Poll{Shard: v.shard, State: next, Was: &was, Entries: v.entries, Seen: v.seen,
		Rejected: v.rejected, Pages: v.pages, Expires: v.at.Add(r.f.opt.KeepSeen), Pushed: v.note}
	return r.write(v.shard, sh, func(ctx context.Context, l news.Lease) error {
		p.Lease = l
		return r.f.wire.Record(ctx, p)
	})
}

// plan makes a source due as its state says. r.mu is held.
func (r *run) plan(src source, state news.SourceState, now time.Time) {
	if due := Resume(state, src.timing, now); !due.IsZero() {
		r.queue.put(src.ID, src.host, due)
	}
}

// replan makes every source due anew. r.mu is held.
func (r *run) replan(now time.Time) {
	for id, src := range r.sources {
		sh := r.shards[src.shard]
		if sh == nil || sh.draining || r.flying[id] {
			continue
		}
		r.queue.remove(id)
		r.plan(src, Settle(sh.states[id], src.Source), now)
	}
}

// reload takes over the sources as they are configured now.
func (r *run) reload() {
	sources, change := r.f.known()
	r.change = change
	r.mu.Lock()
	defer r.mu.Unlock()
	for id := range r.sources {
		if _, ok := sources[id]; !ok {
			r.queue.remove(id)
		}
	}
	for _, sh := range r.shards {
		clear(sh.memos)
		clear(sh.parts)
		clear(sh.sums) // a zone or a section may have changed what is read
	}
	r.sources = sources
	r.replan(r.f.now())
	r.look()
}

// clocks compares the wall clock with the monotonic one from look to look.
type clocks struct {
	wall time.Time
	mono time.Time
}

// look says whether the wall clock jumped, or more time went by than the loop
// ever sleeps.
func (c *clocks) look(wall time.Time) (bool, time.Duration) {
	mono := time.Now()
	if c.mono.IsZero() {
		c.wall, c.mono = wall, mono
		return false, 0
	}
	slept, moved := mono.Sub(c.mono), wall.Round(0).Sub(c.wall.Round(0))
	c.wall, c.mono = wall, mono
	by := moved - slept
	return by.Abs() > drowsy || slept > 3*drowsy, max(by.Abs(), slept)
}
