package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tinhub/news"
)

// Sweeper forgets what is past its time. It holds no lease: all it removes, it
// removes at the version that it judged, so that several may run at once, and a
// write in between wins.
type Sweeper struct {
	core Core
	keep Keep
}

// NewSweeper makes the sweeper over an engine.
func NewSweeper(core Core, keep Keep) *Sweeper { return &Sweeper{core, keep.withDefaults()} }

// Swept says what one sweep did.
type Swept struct {
	Expired  int  // records past their expiry
	Stories  int  // stories none of whose articles is kept any longer
	Articles int  // articles past keep.articles
	More     bool // the limit was reached: there is more to do
}

// sweepPage is how many records are judged together.
const sweepPage = 500

// again is when something that is spared without a time of its own is looked at
// again.
const again = day

// Sweep removes what is past its time at now: expired records, stories and
// articles past keep.articles, and the items of logs that their followers
// passed. It judges at most limit records (0: 10,000); called again it goes on.
//
// Keys outlive what they lead to: an alias goes after its article, and what was
// seen stays while it stands in its feed.
func (s *Sweeper) Sweep(ctx context.Context, now time.Time, limit int) (Swept, error) {
	if limit <= 0 {
		limit = 10_000
	}
	w := &sweep{Sweeper: s, now: now, cutoff: now.Add(-s.keep.Articles), left: limit, states: map[Ref]news.SourceState{}}
	parts, err := s.core.Partitions(ctx)
	if err != nil {
		return Swept{}, fmt.Errorf("sweep: %w", err)
	}
	// Stories before articles, and both before the keys that lead to them.
	stages := []func(context.Context, Partition) error{w.stories, w.articles, w.expired, w.logs}
	for _, stage := range stages {
		for _, p := range parts {
			if err := stage(ctx, p); err != nil {
				return w.done, fmt.Errorf("sweep %s: %w", p, err)
			}
		}
	}
	return w.done, nil
}

// A sweep is one call of Sweep.
type sweep struct {
	*Sweeper
	now, cutoff time.Time
	left        int
	done        Swept
	states      map[Ref]news.SourceState // that were read
}

// pages gives the head of an index, up to a time, a page at a time. What judge
// neither removes nor moves is walked over.
func (w *sweep) pages(ctx context.Context, p Partition, index string, to time.Time, judge func([]Hit) error) error {
	span := Span{To: TimeSort(to.Add(1))}
	for {
		if w.left <= 0 {
			w.done.More = true
			return nil
		}
		span.Limit = min(w.left, sweepPage)
		hits, err := w.core.Range(ctx, p, index, span)
		if err != nil || len(hits) == 0 {
			return err
		}
		w.left -= len(hits)
		if err := judge(hits); err != nil {
			return err
		}
		if len(hits) < span.Limit {
			return nil
		}
		span.After = &hits[len(hits)-1]
	}
}

// commit applies conditional steps. Deletes go alone: they must get through
// where the store is full.
func (w *sweep) commit(ctx context.Context, p Partition, deletes, puts []Step) (deleted int, err error) {
	for _, steps := range [][]Step{deletes, puts} {
		if len(steps) == 0 {
			continue
		}
		r, err := w.core.Commit(ctx, Batch{Partition: p, Steps: steps})
		if err != nil {
			return deleted, err
		}
		for i, res := range r.Results {
			if res.Applied && steps[i].Op == Delete {
				deleted++
			}
		}
	}
	return deleted, nil
}

// expired removes a partition's records past their expiry, but for keys that
// still lead somewhere.
func (w *sweep) expired(ctx context.Context, p Partition) error {
	return w.pages(ctx, p, ExpiryIndex, w.now, func(hits []Hit) error {
		recs, err := w.core.Get(ctx, refsOf(p, hits)...)
		if err != nil {
			return err
		}
		var old []Record
		for _, r := range recs {
			if r.Version != 0 && !r.Expires.After(w.now) {
				old = append(old, r)
			}
		}
		spared, err := w.spared(ctx, p, old)
		if err != nil {
			return err
		}
		var deletes, puts []Step
		for i, r := range old {
			if s := spared[i]; s.Expires.After(w.now) {
				puts = append(puts, Step{Op: Put, Key: r.Key, If: At, Version: r.Version, Value: s.Value, Expires: s.Expires})
			} else {
				deletes = append(deletes, Step{Op: Delete, Key: r.Key, If: At, Version: r.Version})
			}
		}
		n, err := w.commit(ctx, p, deletes, puts)
		w.done.Expired += n
		return err
	})
}

// spared gives the value and the time that keys are kept with beyond their
// expiry: an alias as long as what it leads to is there, and for its time after
// that; an entry's key as long as the entry stands in its feed.
func (w *sweep) spared(ctx context.Context, p Partition, old []Record) ([]Record, error) {
	out := make([]Record, len(old))
	targets := make([]Ref, len(old))
	_, paper := shardOfPaper(p)
	for i, r := range old {
		switch {
		case strings.HasPrefix(r.Key, "alias/") && paper:
			id, _ := unpackAlias(r.Value)
			targets[i] = refOf(p, keyArticle(id))
		case strings.HasPrefix(r.Key, "alias/") && p == DeskPartition:
			targets[i] = refOf(p, keyStory(string(r.Value)))
		case strings.HasPrefix(r.Key, "seen/") && paper:
			source, key, _ := strings.Cut(strings.TrimPrefix(r.Key, "seen/"), "/")
			stood, err := w.stands(ctx, p, source, news.Key(key))
			if err != nil {
				return nil, err
			}
			if !stood.IsZero() {
				out[i] = Record{Value: r.Value, Expires: later(stood.Add(w.keep.Seen), w.now.Add(again))}
			}
		}
	}
	return out, w.spareAliases(ctx, old, targets, out)
}

// spareAliases looks at what aliases lead to. One that outlasted its expiry with
// its article is marked, for nobody knows afterwards when that article went: it
// has the time that a key has beyond its article from when it is found alone.
func (w *sweep) spareAliases(ctx context.Context, old []Record, targets []Ref, out []Record) error {
	var refs []Ref
	var at []int
	for i, t := range targets {
		if t.Key != "" {
			refs, at = append(refs, t), append(at, i)
		}
	}
	if len(refs) == 0 {
		return nil
	}
	found, err := w.core.Get(ctx, refs...)
	if err != nil {
		return err
	}
	for k, r := range found {
		i := at[k]
		_, paper := shardOfPaper(refs[k].Partition)
		id, marked := unpackAlias(old[i].Value)
		switch {
		case r.Version != 0 && paper:
			last := orZero[news.Article](r.Value).LastSeen
			out[i] = Record{Value: packAlias(id, true), Expires: later(last.Add(w.keep.Seen), w.now.Add(again))}
		case r.Version != 0:
			out[i] = Record{Value: old[i].Value, Expires: w.now.Add(w.keep.Seen)}
		case marked:
			out[i] = Record{Value: packAlias(id, false), Expires: w.now.Add(w.keep.Seen - w.keep.Articles)}
		}
	}
	return nil
}

// stands says when an entry was last known to stand in its feed, if it still does.
func (w *sweep) stands(ctx context.Context, p Partition, source string, key news.Key) (time.Time, error) {
	ref := refOf(p, keySource(source))
	state, ok := w.states[ref]
	if !ok {
		s, err := getJSON[news.SourceState](ctx, w.core, []Ref{ref})
		if err != nil {
			return time.Time{}, err
		}
		state = s[0]
		w.states[ref] = state
	}
	for _, k := range state.Standing {
		if k == key {
			return state.LastOK, nil
		}
	}
	return time.Time{}, nil
}

// logs trims what has been followed, and empties the logs that only give hints:
// Watch told of a line when it was written, and nobody reads it.
func (w *sweep) logs(ctx context.Context, p Partition) error {
	shard, paper := shardOfPaper(p)
	_, out := channelOfOut(p)
	subscriptions, hub := shardOfHub(p)
	switch {
	case paper:
		return w.logsOfPaper(ctx, p, shard)
	case p == DeskPartition:
		place, err := placeOf(ctx, w.core, PublishPartition, placeStories)
		if err != nil || place == "" {
			return err
		}
		return w.trimOld(ctx, p, logStories, &place, linesKept, func(v []byte) time.Time { return orZero[news.StoryChange](v).At })
	case p == AdminPartition:
		return emptyLog(ctx, w.core, p, logChanges)
	case hub:
		return w.logOfHub(ctx, p, subscriptions)
	case out:
		return emptyLog(ctx, w.core, p, logRevisions)
	}
	return nil
}
