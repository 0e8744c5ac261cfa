package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tinhub/news"
)

// Hub is where subscriptions are kept: what was asked and is not settled yet,
// and what was confirmed. Anybody may ask; only who holds a shard's lease settles.
type Hub struct{ core Core }

// NewHub makes the facet over an engine.
func NewHub(core Core) *Hub { return &Hub{core} }

// How long is remembered what is over: long enough for an admin to see it.
const (
	subKept    = day
	intentKept = day
	pingKept   = 10 * time.Minute // it is for those who serve a shard now
)

// asked is a line of a shard's log.
type asked struct {
	ID      string      `json:"id,omitempty"`      // Intent.Key
	Channel string      `json:"channel,omitempty"` // of a ping
	Format  news.Format `json:"format,omitempty"`
	At      time.Time   `json:"at"`
}

// Ask stores an intent, in the place of an earlier one about the same
// subscription, and tells the shard's owner. A ping is told to all owners.
func (h *Hub) Ask(ctx context.Context, in news.Intent) error {
	if in.Mode == news.Ping {
		var b build
		b.append(logAsks, asked{Channel: in.Channel, Format: in.Format, At: in.At})
		return h.tell(ctx, news.HubAll, &b, in.Nonce)
	}
	var b build
	b.json(keyIntent(in.Key()), in, stepIntent(in))
	b.append(logAsks, asked{ID: in.Key(), At: in.At})
	return h.tell(ctx, news.HubShardOf(in.ID), &b, in.Nonce)
}

func (h *Hub) tell(ctx context.Context, shard int, b *build, nonce string) error {
	if b.err != nil {
		return b.err
	}
	_, err := h.core.Commit(ctx, Batch{Partition: HubShard(shard), ID: "ask/" + nonce, Steps: b.steps})
	return wrap("store what was asked of the hub", err)
}

func stepIntent(in news.Intent) Step {
	return Step{Index: []Index{{indexIntents, in.Key()}}, Expires: in.At.Add(intentKept)}
}

// Load reads a shard whole. It raises the shard's fence first, so that nothing a
// former owner settles comes after what is read. Of the shard's log it reads
// nothing: its owner goes on where the last one was. news.ErrFenced: there is a
// newer owner.
func (h *Hub) Load(ctx context.Context, l news.Lease, shard int) (news.HubShard, error) {
	p := HubShard(shard)
	var out news.HubShard
	if _, err := h.core.Commit(ctx, Batch{Partition: p, Fences: []Fence{{fenceHub, l.Token}}}); err != nil {
		return out, wrap("raise the fence of the hub's shard", err)
	}
	var err error
	if out.Place, err = placeOf(ctx, h.core, p, placeAsks); err != nil {
		return out, wrap("read how far what was asked of the hub was read", err)
	}
	if out.Subscriptions, err = loadAll[news.Subscription](ctx, h.core, p, indexSubs, nil); err != nil {
		return out, wrap("read subscriptions", err)
	}
	out.Intents, err = loadAll(ctx, h.core, p, indexIntents, func(in *news.Intent, version int64) { in.Version = version })
	return out, wrap("read what was asked of the hub", err)
}

// loadPage is how many records are read together.
const loadPage = 500

// loadAll reads all records of an index.
func loadAll[T any](ctx context.Context, core Core, p Partition, index string, at func(*T, int64)) ([]T, error) {
	var out []T
	span := Span{Limit: loadPage}
	for {
		hits, err := core.Range(ctx, p, index, span)
		if err != nil || len(hits) == 0 {
			return out, err
		}
		some, err := getPresent(ctx, core, refsOf(p, hits), at)
		if err != nil {
			return out, err
		}
		out = append(out, some...)
		span.After = &hits[len(hits)-1]
	}
}

// Asked reads what was asked of a shard after a place, as it stands now: an
// intent that was settled or replaced meanwhile is left out. next is where to go
// on; it equals after when there was nothing.
func (h *Hub) Asked(ctx context.Context, shard int, after news.Place, limit int) (intents []news.Intent, next news.Place, err error) {
	p := HubShard(shard)
	items, err := h.core.Read(ctx, p, logAsks, after, limit)
	if err != nil || len(items) == 0 {
		return nil, after, wrap("read what was asked of the hub", err)
	}
	var refs []Ref
	seen := map[asked]bool{}
	for _, it := range items {
		var a asked
		if json.Unmarshal(it.Value, &a) != nil {
			continue // a line that cannot be read must not stop those behind it
		}
		at := a.At
		a.At = time.Time{}
		switch {
		case seen[a]:
		case a.ID != "":
			refs = append(refs, refOf(p, keyIntent(a.ID)))
		case a.Channel != "":
			intents = append(intents, news.Intent{Mode: news.Ping, Channel: a.Channel, Format: a.Format, At: at})
		}
		seen[a] = true
	}
	found, err := getPresent(ctx, h.core, refs, func(in *news.Intent, version int64) { in.Version = version })
	return append(intents, found...), items[len(items)-1].Place, wrap("read what was asked of the hub", err)
}

// Settle writes what became of subscriptions and intents of one shard, in one
// batch, and says of each whether it was written and the version that its Next
// intent has. news.ErrFenced: another process owns the shard, nothing was
// written. After any other error the same may be settled again.
func (h *Hub) Settle(ctx context.Context, l news.Lease, shard int, list []news.Settling) ([]news.Settled, error) {
	var b build
	steps := make([]settled, len(list))
	for i, s := range list {
		steps[i] = b.settle(s)
	}
	if len(b.steps) == 0 {
		return make([]news.Settled, len(list)), nil
	}
	rcpt, err := b.commit(ctx, h.core, HubShard(shard), fenceHub, l)
	if err != nil {
		return nil, wrap("settle subscriptions", err)
	}
	out := make([]news.Settled, len(list))
	for i, s := range list {
		out[i].Applied = rcpt.Results[steps[i].first].Applied
		if s.Next != nil {
			out[i].Version = rcpt.Results[steps[i].next].Version
		}
	}
	return out, nil
}

// settled is where the steps of one settling are: the first decides whether the
// others apply, next writes the next intent.
type settled struct{ first, next int }

// settle adds one settling.
func (b *build) settle(s news.Settling) settled {
	at := settled{first: len(b.steps)}
	needs := 0
	var put Step
	if s.Done != nil {
		needs = len(b.steps) + 1
		if s.Next != nil && s.Next.Key() == s.Done.Key() {
			put = Step{If: At, Version: s.Done.Version}
		} else {
			b.steps = append(b.steps, Step{Op: Delete, Key: keyIntent(s.Done.Key()), If: At, Version: s.Done.Version})
			put = Step{Needs: needs}
		}
	}
	if s.Next != nil {
		at.next = len(b.steps)
		step := stepIntent(*s.Next)
		step.If, step.Version, step.Needs = put.If, put.Version, put.Needs
		b.json(keyIntent(s.Next.Key()), s.Next, step)
	}
	switch {
	case s.Place != "":
		b.steps = append(b.steps, Step{Op: Put, Key: placeAsks, Value: []byte(s.Place)})
	case s.Remove:
		b.steps = append(b.steps, Step{Op: Delete, Key: keySub(s.ID), Needs: needs})
	case s.Subscription != nil:
		b.json(keySub(s.ID), s.Subscription, Step{
			Needs: needs, Index: []Index{{indexSubs, s.ID}}, Expires: s.Subscription.Until.Add(subKept)})
	}
	return at
}

// Subscriptions lists all subscriptions in the order of their ids, from behind
// one ("" from the first).
func (h *Hub) Subscriptions(ctx context.Context, after string, limit int) ([]news.Subscription, error) {
	if limit <= 0 {
		limit = DefaultLimit
	}
	var out []news.Subscription
	for shard := news.HubShardOf(after); shard < news.HubShards && len(out) < limit; shard++ {
		p := HubShard(shard)
		span := Span{Limit: limit - len(out)}
		if after != "" && shard == news.HubShardOf(after) {
			span.After = &Hit{Sort: after, Key: keySub(after)}
		}
		hits, err := h.core.Range(ctx, p, indexSubs, span)
		if err != nil {
			return nil, wrap("list subscriptions", err)
		}
		some, err := getPresent[news.Subscription](ctx, h.core, refsOf(p, hits), nil)
		if err != nil {
			return nil, wrap("list subscriptions", err)
		}
		out = append(out, some...)
	}
	return out, nil
}

// Subscription reads one; news.ErrNotFound if there is none.
func (h *Hub) Subscription(ctx context.Context, id string) (news.Subscription, error) {
	p := HubShard(news.HubShardOf(id))
	s, err := getPresent[news.Subscription](ctx, h.core, []Ref{refOf(p, keySub(id))}, nil)
	if err != nil {
		return news.Subscription{}, wrap("read a subscription", err)
	}
	if len(s) == 0 {
		return news.Subscription{}, fmt.Errorf("subscription %.40q: %w", id, news.ErrNotFound)
	}
	return s[0], nil
}
