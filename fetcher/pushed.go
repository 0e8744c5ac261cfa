package fetcher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"tinhub/fetcher/client"
	"tinhub/fetcher/feed"
	"tinhub/news"
)

// What hubs send is read as a poll's answer would be, by the process that polls
// the source: nobody else writes its entries. Validators, health and what stands
// in the feed stay a poll's to say.

// How hubs change the pace of polls.
const (
	pushedPace = 3 * time.Hour   // between two polls of a source that hubs can be relied on for
	missGrace  = 5 * time.Minute // a poll's news that were told of so shortly before were not missed
	pingPause  = time.Minute     // at least, between polls that hubs cause
)

// Told decides what a notification means that came at a time: the state to
// remember, and why in words. What cannot be read, or is another document than
// it should be, only says that something is new: the source is polled.
func Told(s news.SourceState, t Timing, o Outcome, came, now time.Time) (news.SourceState, string) {
	s.Push.Last = maxTime(s.Push.Last, came)
	health, _ := judge(o)
	line := record(s, o)
	line.Push, line.Health, line.Detail = true, health, o.Detail
	s.History, s.Daily = remember(s.History, line), news.CountDay(s.Daily, now, o.New)
	if health == news.NotAFeed || o.Panicked || o.Foreign {
		return ask(s, t, now), "a hub says that something is new, without what: it is polled"
	}
	if o.New+o.Changed > 0 {
		s.LastNew = maxTime(s.LastNew, now)
	}
	s.NewestEntry = maxTime(s.NewestEntry, o.Newest)
	return paced(s, t, now), "a hub sent what is new"
}

// ask makes a source due, within the bounds of politeness.
func ask(s news.SourceState, t Timing, now time.Time) news.SourceState {
	if s.Failures == 0 && s.Health != news.Gone {
		s.Next = maxTime(maxTime(now, s.Last.Add(min(t.Interval, pingPause))), s.NotBefore)
	}
	return s
}

// paced is a state with the next poll as hubs can be relied on now, counted from
// the last one. What is overdue by that is spread.
func paced(s news.SourceState, t Timing, now time.Time) news.SourceState {
	if s.Failures > 0 || s.Health == news.Gone || s.Last.IsZero() || s.NotBefore.After(now) {
		return s
	}
	s.Next, s.Interval, _ = when(s, t, Outcome{}, temporary, s.Last)
	if s.Next.Before(now) {
		s.Next = now.Add(t.Offset)
	}
	return s
}

// missed notes that a poll found news that hubs should have told of.
func missed(s news.SourceState, o Outcome) news.SourceState {
	p := s.Push
	if o.New > 0 && p.Until.After(o.At) && !p.Last.IsZero() && o.At.Sub(p.Last) > missGrace {
		s.Push.Missed = o.At
	}
	return s
}

// named takes over which hubs a source names. What stands in the Link header
// counts before what stands in the document (WebSub section 4), also where the
// document is the one that was read last time.
func named(s news.SourceState, o Outcome) news.SourceState {
	if o.Known && len(o.Hubs) == 0 {
		return s
	}
	s.Hub, s.Hubs = "", nil
	if len(o.Hubs) > 0 {
		s.Hub, s.Hubs = o.Hubs[0], o.Hubs[1:min(len(o.Hubs), mostHubs)]
	}
	if o.Self != "" || !o.Known {
		s.Self = o.Self
	}
	return s
}

// mostHubs is how many hubs of a source are remembered.
const mostHubs = 4

// Advertised is what the sources of the shards that are ours say of how to be
// told of their news. A source that is gone is not among them.
func (f *Fetcher) Advertised() map[int][]news.Advertised {
	out := map[int][]news.Advertised{}
	r := f.running.Load()
	if r == nil {
		return out
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for n, sh := range r.shards {
		if !sh.draining {
			out[n] = nil
		}
	}
	for id, src := range r.sources {
		if _, ours := out[src.shard]; !ours {
			continue
		}
		s := Settle(r.shards[src.shard].states[id], src.Source)
		if s.Health == news.Gone {
			continue
		}
		a := news.Advertised{Source: id, Address: src.Address()}
		if s.Hub != "" && s.Format != feed.SitemapIndex {
			a.Topic, a.Hubs = s.Self, append([]string{s.Hub}, s.Hubs...)
		}
		out[src.shard] = append(out[src.shard], a)
	}
	return out
}

// Under has something stored under the lease of a shard that is ours;
// news.ErrFenced where it is not.
func (f *Fetcher) Under(shard int, store func(context.Context, news.Lease) error) error {
	r := f.running.Load()
	if r == nil {
		return fmt.Errorf("shard %d: %w", shard, news.ErrFenced)
	}
	r.mu.Lock()
	sh := r.shards[shard]
	r.mu.Unlock()
	if sh == nil {
		return fmt.Errorf("shard %d: %w", shard, news.ErrFenced)
	}
	return r.write(shard, sh, store)
}

// Subscribed is told what became of a source's subscription: its polls are paced
// by it from now on.
func (f *Fetcher) Subscribed(shard int, source string, p news.Pushing) {
	r := f.running.Load()
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	src, ok := r.sources[source]
	sh := r.shards[shard]
	if !ok || sh == nil || sh.draining || src.shard != shard {
		return
	}
	s := Settle(sh.states[source], src.Source)
	p.Last, p.Missed = s.Push.Last, s.Push.Missed
	if p == s.Push || s.Last.IsZero() {
		return
	}
	if now := r.f.now(); p.Trusted(now) != s.Push.Trusted(now) || p.Until.IsZero() {
		s.Push = p
		s = paced(s, src.timing, now)
	}
	s.Push = p
	sh.states[source] = s
	sh.untold[source] = true
	if !r.flying[source] {
		r.heedOne(sh, src, nil)
	}
}

// heed reads what hubs sent for the sources of a shard, and stores what is known
// of their subscriptions and could not be stored yet.
func (r *run) heed(ctx context.Context, n int) {
	if r.f.notes == nil {
		return
	}
	list, err := r.f.notes.Notified(ctx, n)
	if err != nil {
		if ctx.Err() == nil {
			r.f.log.Warn("what hubs sent cannot be read", "shard", n, "error", err)
		}
		return
	}
	waiting := map[string][]news.Notification{}
	for _, note := range list {
		waiting[note.Source] = append(waiting[note.Source], note)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	sh := r.shards[n]
	if sh == nil || sh.draining {
		return
	}
	sh.unheeded = false
	for id := range sh.untold {
		if _, ok := waiting[id]; !ok {
			waiting[id] = nil
		}
	}
	for id, notes := range waiting {
		switch src, ok := r.sources[id]; {
		case !ok || src.shard != n: // it was there when the hub was asked; what it says expires
			delete(sh.untold, id)
		case r.flying[id]:
			sh.unheeded = true
		default:
			r.heedOne(sh, src, notes)
		}
	}
}

// unheeded says whether something is left that waited for a poll to end.
func (r *run) unheeded(n int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	sh := r.shards[n]
	return sh != nil && (sh.unheeded || len(sh.untold) > 0)
}

// heedOne stores what is known of a source's subscription and reads what hubs
// sent for it, one after another and never beside a poll. r.mu is held.
func (r *run) heedOne(sh *shard, src source, notes []news.Notification) {
	if r.ending {
		return
	}
	r.flying[src.ID] = true
	sh.flying++
	r.polls.Go(func() {
		r.reading <- struct{}{}
		defer func() { <-r.reading }()
		var err error
		for _, n := range notes {
			if err = r.readNote(sh, src, n); err != nil {
				break
			}
		}
		if len(notes) == 0 {
			v := &visit{src: src, shard: src.shard, state: r.stateOf(sh, src), at: r.f.now()}
			if err = r.record(sh, v, v.state); err == nil {
				r.told(sh, src, v.state)
			}
		}
		r.heeded(sh, src, err)
	})
}

// told notes that a state was stored.
func (r *run) told(sh *shard, src source, stored news.SourceState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	sh.told(src, &stored)
}

// heeded makes the source free for polls again.
func (r *run) heeded(sh *shard, src source, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.look()
	delete(r.flying, src.ID)
	sh.flying--
	current := r.shards[src.shard] == sh
	if err != nil && r.base.Err() == nil {
		sh.unheeded = true
		r.f.log.Warn("what a hub sent could not be stored yet; it waits", "source", src.ID, "error", err)
		if errors.Is(err, news.ErrFenced) && current {
			r.drop(src.shard, "another process owns it")
			return
		}
	}
	known, ok := r.sources[src.ID]
	if !ok || !current {
		return
	}
	now, s := r.f.now(), Settle(sh.states[src.ID], known.Source)
	if s.Asked.After(s.Last) { // somebody's wish is still open
		r.queue.put(src.ID, known.host, maxTime(now, s.NotBefore))
		return
	}
	r.queue.remove(src.ID)
	r.plan(known, s, now)
}

// stateOf is what is remembered of a source now.
func (r *run) stateOf(sh *shard, src source) news.SourceState {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Settle(sh.states[src.ID], src.Source)
}

// readNote reads one notification and stores what it brought.
func (r *run) readNote(sh *shard, src source, name news.Notification) error {
	n, err := r.f.notes.Notification(sh.ctx, src.shard, name.Source, name.Key)
	if errors.Is(err, news.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	v := &visit{f: r.f, src: src, state: r.stateOf(sh, src), shard: src.shard, at: r.f.now(), note: &n}
	r.mu.Lock()
	if v.state.Address == sh.states[src.ID].Address {
		v.memo = sh.memos[src.ID]
	}
	r.mu.Unlock()
	if err := v.readNote(sh.ctx); err != nil {
		return err
	}
	v.state.Push = r.stateOf(sh, src).Push // the subscription may have been renewed meanwhile
	next, why := Told(v.state, src.timing, v.out, n.At, r.f.now())
	if err := r.record(sh, v, next); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.shards[src.shard] == sh {
		sh.told(src, &next)
		sh.states[src.ID] = next
		r.reader.queued(v)
	}
	r.f.log.Debug("told by a hub", "source", src.ID, "new", v.out.New, "changed", v.out.Changed, "detail", v.out.Detail, "next", next.Next, "why", why)
	r.f.opt.Observe(Event{Source: src.ID, Record: next.History[len(next.History)-1], Late: max(v.at.Sub(n.At), 0), Shards: len(r.shards)})
	return nil
}

// told notes that a state was stored. What became known of the subscription while
// it was, goes into it and is still to be stored. run.mu is held.
func (sh *shard) told(src source, stored *news.SourceState) {
	was := stored.Push
	now := Settle(sh.states[src.ID], src.Source).Push
	stored.Push.State, stored.Push.Until, stored.Push.Detail = now.State, now.Until, now.Detail
	if stored.Push == was {
		delete(sh.untold, src.ID)
	}
}

// readNote reads what the hub sent as if the source had answered with it.
func (v *visit) readNote(ctx context.Context) (err error) {
	begun := time.Now()
	v.out = Outcome{At: v.at, Status: http.StatusOK, Bytes: int64(len(v.note.Body))}
	defer func() {
		if p := recover(); p != nil {
			v.panicked(p, debug.Stack())
			err = nil
		}
		v.out.Took = time.Since(begun)
	}()
	if len(v.note.Body) == 0 {
		v.out.NotAFeed, v.out.Detail = true, "the hub only says that something is new"
		return nil
	}
	head := http.Header{}
	for name, value := range map[string]string{"Content-Type": v.note.ContentType, "Content-Location": v.note.Location, "Content-Language": v.note.Language} {
		if value != "" {
			head.Set(name, value)
		}
	}
	return v.read(ctx, &client.Response{Status: http.StatusOK, Header: head, URL: v.address(), Body: v.note.Body})
}

// foreign says that a hub sent another document than the source's: it names an
// address of its own that is none of those that the source is known by.
func (v *visit) foreign(self string) bool {
	if v.note == nil || self == "" {
		return false
	}
	for _, known := range []string{cmp.Or(v.state.Self, v.address()), v.address(), v.src.Address()} {
		if news.URLKey(known) == news.URLKey(self) {
			return false
		}
	}
	v.out.Foreign, v.out.Detail = true, fmt.Sprintf("the hub sent a document that calls itself %.200s; the source is polled instead", self)
	return true
}
