package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// Wire is where polls are remembered: the fetcher's door to the store.
type Wire struct {
	core Core
	keep Keep
}

// NewWire makes the facet over an engine.
func NewWire(core Core, keep Keep) *Wire { return &Wire{core, keep.withDefaults()} }

// States are the states of all sources of a shard that were ever polled, in the
// order of their ids.
func (w *Wire) States(ctx context.Context, shard int) ([]news.SourceState, error) {
	p := Paper(shard)
	hits, err := rangeAll(ctx, w.core, p, indexSources, Span{})
	if err != nil {
		return nil, fmt.Errorf("read source states: %w", err)
	}
	states, err := getPresent[news.SourceState](ctx, w.core, refsOf(p, hits), nil)
	return states, wrap("read source states", err)
}

// State is the state of one source; its zero value with Source set if it was
// never polled.
func (w *Wire) State(ctx context.Context, shard int, source string) (news.SourceState, error) {
	s, err := getJSON[news.SourceState](ctx, w.core, []Ref{refOf(Paper(shard), keySource(source))})
	if err != nil {
		return news.SourceState{}, fmt.Errorf("read the state of %s: %w", source, err)
	}
	s[0].Source = source
	return s[0], nil
}

// Seen gives the remembered hash of each of a source's entries, "" for new ones,
// in one read.
func (w *Wire) Seen(ctx context.Context, shard int, source string, keys []news.Key) ([]news.Key, error) {
	hashes := make([]news.Key, len(keys))
	if len(keys) == 0 {
		return hashes, nil
	}
	refs := make([]Ref, len(keys))
	for i, k := range keys {
		refs[i] = refOf(Paper(shard), keySeen(source, k))
	}
	recs, err := w.core.Get(ctx, refs...)
	if err != nil {
		return nil, fmt.Errorf("look up entries of %s: %w", source, err)
	}
	for i, r := range recs {
		hashes[i], _ = unpackSeen(r.Value)
	}
	return hashes, nil
}

// Record stores a poll in one batch: the source's state with its validators,
// the entries on the wire, what is remembered of them, what was rejected, and
// that the notification it was read from, if one was, is done with.
// news.ErrFenced: the shard has a new owner, nothing was stored. After any other
// error the same poll may be recorded again. A poll without State.Source stores
// nothing but its fence, by which a new owner shuts out the one before it.
func (w *Wire) Record(ctx context.Context, p news.Poll) error {
	source := p.State.Source
	if source == "" {
		_, err := (&build{}).commitAsIs(ctx, w.core, Paper(p.Shard), fencePoll, p.Lease)
		return wrap("take over a shard", err)
	}
	b := build{steps: make([]Step, 0, 1+2*len(p.Entries)+len(p.Rejected))}
	b.json(keySource(source), p.State, Step{Index: []Index{{indexSources, source}}})

	expires := p.Expires
	if expires.IsZero() {
		expires = p.State.Last.Add(w.keep.Seen)
	}
	stood := p.State.Last
	if p.Pushed != nil {
		stood = p.Pushed.At
		b.delete(keyPushed(source, p.Pushed.Key))
	}
	for _, s := range p.Seen {
		b.put(keySeen(source, s.Key), packSeen(s.Hash, stood), Step{Expires: expires})
	}
	for i := range p.Entries {
		b.append(logWire, &p.Entries[i])
	}
	w.reject(&b, p)
	for i := range p.Pages {
		b.page(&p.Pages[i])
	}

	batch, err := b.batch(Paper(p.Shard), fencePoll, p.Lease)
	if err == nil {
		// Added behind the batch's id: once it got through, they come out otherwise.
		batch.Steps, err = w.touchDropped(ctx, batch.Steps, p)
	}
	if err == nil {
		_, err = w.core.Commit(ctx, batch)
	}
	if err != nil {
		return fmt.Errorf("record a poll of %s: %w", source, err)
	}
	return nil
}

// touchDropped notes on entries that no longer stand in the feed until when they
// did: they are kept from then on, and an entry that a poll brings unchanged is
// written nowhere else.
func (w *Wire) touchDropped(ctx context.Context, steps []Step, p news.Poll) ([]Step, error) {
	if len(p.State.Standing) == 0 || p.State.Health == news.Unchanged || p.Pushed != nil {
		return steps, nil // an everyday poll reads nothing, and a push says nothing of what stands
	}
	old := p.Was
	if old == nil {
		s, err := w.State(ctx, p.Shard, p.State.Source)
		if err != nil {
			return nil, err
		}
		old = &s
	}
	standing := make(map[news.Key]bool, len(p.State.Standing))
	for _, k := range p.State.Standing {
		standing[k] = true
	}
	var refs []Ref
	for _, k := range old.Standing {
		if !standing[k] {
			refs = append(refs, refOf(Paper(p.Shard), keySeen(p.State.Source, k)))
		}
	}
	if len(refs) == 0 {
		return steps, nil
	}
	recs, err := w.core.Get(ctx, refs...)
	if err != nil {
		return nil, err
	}
	for _, r := range recs {
		hash, at := unpackSeen(r.Value)
		if hash == "" || !old.LastOK.After(at) {
			continue
		}
		steps = append(steps, Step{
			Op: Put, Key: r.Key, If: At, Version: r.Version,
			Value:   []byte(packSeen(hash, old.LastOK)),
			Expires: later(r.Expires, old.LastOK.Add(w.keep.Seen)),
		})
	}
	return steps, nil
}

// rejectedKept is how long rejected entries can be looked at. A hostile feed
// can make new ones with every poll.
const rejectedKept = 30 * day

// reject writes what was set aside. The key is made of what was rejected, so
// that an entry rejected by every poll stands there once, with its last time.
func (w *Wire) reject(b *build, p news.Poll) {
	for _, r := range p.Rejected {
		if r.At.IsZero() {
			r.At = p.State.Last
		}
		key := keyRejected(p.State.Source, news.KeyOf(r.Reason, r.Title, r.Link))
		b.json(key, r, Step{
			Index:   []Index{{indexRejected(p.State.Source), TimeSort(r.At)}},
			Expires: r.At.Add(min(rejectedKept, w.keep.Articles)),
		})
	}
}

// Rejected lists a source's rejected entries, latest first.
func (w *Wire) Rejected(ctx context.Context, shard int, source string, limit int) ([]news.Rejected, error) {
	p := Paper(shard)
	hits, err := w.core.Range(ctx, p, indexRejected(source), Span{Reverse: true, Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("list rejected entries of %s: %w", source, err)
	}
	rejected, err := getPresent[news.Rejected](ctx, w.core, refsOf(p, hits), nil)
	return rejected, wrap("list rejected entries of "+source, err)
}

// askedKept is how long a wish to be polled stands if nobody owns the shard.
const askedKept = day

// Ask wants a source polled now; whoever owns its shard gets a hint.
func (w *Wire) Ask(ctx context.Context, shard int, source string, at time.Time) error {
	_, err := w.core.Commit(ctx, Batch{Partition: Paper(shard), Steps: []Step{
		{Op: Put, Key: keyAsk(source), Index: []Index{{indexAsked, TimeSort(at)}}, Expires: at.Add(askedKept)},
		{Op: Append, Key: logAsks, Value: []byte(source)},
	}})
	if err != nil {
		return fmt.Errorf("ask for a poll of %s: %w", source, err)
	}
	return nil
}

// Asked are the sources of a shard that somebody wanted polled in the last day,
// and since when. A wish is granted by a poll that began later; it is not taken
// back by that, so that one made during the poll is not lost.
func (w *Wire) Asked(ctx context.Context, shard int) (map[string]time.Time, error) {
	hits, err := rangeAll(ctx, w.core, Paper(shard), indexAsked, Span{})
	if err != nil {
		return nil, fmt.Errorf("read what was asked for: %w", err)
	}
	asked := make(map[string]time.Time, len(hits))
	for _, h := range hits {
		asked[strings.TrimPrefix(h.Key, "ask/")] = sortTime(h.Sort)
	}
	return asked, nil
}

// packSeen is what is remembered of an entry: its hash, and when it was last
// known to stand in the feed (to the second).
func packSeen(hash news.Key, stood time.Time) string {
	return string(hash) + "@" + strconv.FormatInt(stood.Unix(), 10)
}

func unpackSeen(v []byte) (hash news.Key, stood time.Time) {
	h, at, _ := strings.Cut(string(v), "@")
	sec, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return news.Key(h), time.Time{}
	}
	return news.Key(h), time.Unix(sec, 0)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
