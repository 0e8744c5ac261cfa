package store

import (
	"context"
	"fmt"
	"strings"

	"tinhub/news"
)

// Pushes is where our own subscriptions at sources' hubs are kept, and what the
// hubs sent until it is read. Both stand in the source's shard: who polls there
// asks the hubs, and takes a notification off in the batch that stores its news.
type Pushes struct{ core Core }

// NewPushes makes the facet over an engine.
func NewPushes(core Core) *Pushes { return &Pushes{core} }

const (
	// pushKept is how long a subscription is remembered beyond all that is to
	// happen to it, where nobody polls its source any more.
	pushKept = 30 * day
	// notificationKept is how long a notification waits for somebody who reads it;
	// a poll brings its news, too.
	notificationKept = 7 * day
)

func (b *build) pushed(p news.Push) {
	s := Step{If: At, Version: p.Version, Index: []Index{{indexPushes, p.Source}}}
	if p.Version == 0 {
		s.If = Absent
	}
	s.Expires = later(later(later(p.Since, p.Asked), later(p.Due, p.Until)), p.Leaving).Add(pushKept)
	b.json(keyPush(p.ID), p, s)
}

// Pushes lists the subscriptions of a shard, by source.
func (s *Pushes) Pushes(ctx context.Context, shard int) ([]news.Push, error) {
	list, err := loadAll(ctx, s.core, Paper(shard), indexPushes, func(p *news.Push, version int64) { p.Version = version })
	return list, wrap("read subscriptions at hubs", err)
}

// Push reads one; news.ErrNotFound if there is none.
func (s *Pushes) Push(ctx context.Context, id string) (news.Push, error) {
	shard, ok := news.PushShard(id)
	if !ok {
		return news.Push{}, fmt.Errorf("subscription at a hub %.40q: %w", id, news.ErrNotFound)
	}
	list, err := getPresent(ctx, s.core, []Ref{refOf(Paper(shard), keyPush(id))}, func(p *news.Push, version int64) { p.Version = version })
	if err != nil {
		return news.Push{}, wrap("read a subscription at a hub", err)
	}
	if len(list) == 0 {
		return news.Push{}, fmt.Errorf("subscription at a hub %.40q: %w", id, news.ErrNotFound)
	}
	return list[0], nil
}

// SettlePush writes what became of a subscription, or drops it, by the owner of
// its shard: news.ErrFenced where that is another process, news.ErrConflict where
// it was changed since it was read. It returns the subscription at its version.
func (s *Pushes) SettlePush(ctx context.Context, l news.Lease, p news.Push, drop bool) (news.Push, error) {
	var b build
	if b.pushed(p); drop {
		b.steps = []Step{{Op: Delete, Key: keyPush(p.ID), If: At, Version: p.Version}}
	}
	return s.change(ctx, &b, []Fence{{fencePoll, l.Token}}, p)
}

// AnswerPush writes down what a hub answered, whoever was told; news.ErrConflict
// as for SettlePush. The shard's owner gets a hint.
func (s *Pushes) AnswerPush(ctx context.Context, p news.Push) error {
	var b build
	b.pushed(p)
	b.steps = append(b.steps, Step{Op: Append, Key: logAsks, Value: []byte(p.Source), Needs: 1})
	_, err := s.change(ctx, &b, nil, p)
	return err
}

func (s *Pushes) change(ctx context.Context, b *build, fences []Fence, p news.Push) (news.Push, error) {
	what := "write the subscription of " + p.Source + " at a hub"
	shard, ok := news.PushShard(p.ID)
	if !ok {
		return p, wrap(what, fmt.Errorf("%.40q is no id of one: %w", p.ID, news.ErrNotFound))
	}
	if b.err != nil {
		return p, wrap(what, b.err)
	}
	// Resent after a lost reply it is answered, not refused for its own change.
	id := contentID(Fence{Name: "push"}, b.steps)
	r, err := s.core.Commit(ctx, Batch{Partition: Paper(shard), ID: id, Fences: fences, Steps: b.steps})
	if err != nil {
		return p, wrap(what, err)
	}
	if !r.Results[0].Applied {
		return p, wrap(what, news.ErrConflict)
	}
	p.Version = r.Results[0].Version
	return p, nil
}

// Notify leaves a notification for the owner of its source's shard, who gets a
// hint. One that waits already is there once; where the source has most others
// waiting, it is not taken.
func (s *Pushes) Notify(ctx context.Context, n news.Notification, most int) (taken bool, err error) {
	what := "take a notification for " + n.Source
	shard, ok := news.PushShard(n.Push)
	if !ok {
		return false, wrap(what, fmt.Errorf("%.40q is no subscription: %w", n.Push, news.ErrNotFound))
	}
	hits, err := s.core.Range(ctx, Paper(shard), indexPushed, Span{From: n.Source + "/", To: n.Source + "0", Limit: most})
	if err != nil {
		return false, wrap(what, err)
	}
	key := keyPushed(n.Source, n.Key)
	for _, h := range hits {
		if h.Key == key {
			return true, nil
		}
	}
	if len(hits) >= most {
		return false, nil
	}
	var b build
	b.json(key, n, Step{Index: []Index{{indexPushed, n.Source + "/" + TimeSort(n.At)}}, Expires: n.At.Add(notificationKept)})
	b.steps = append(b.steps, Step{Op: Append, Key: logAsks, Value: []byte(n.Source)})
	if b.err != nil {
		return false, wrap(what, b.err)
	}
	_, err = s.core.Commit(ctx, Batch{Partition: Paper(shard), Steps: b.steps})
	return err == nil, wrap(what, err)
}

// Notified names the notifications that wait in a shard: their source, key and
// time, of each source in the order that they came.
func (s *Pushes) Notified(ctx context.Context, shard int) ([]news.Notification, error) {
	hits, err := rangeAll(ctx, s.core, Paper(shard), indexPushed, Span{})
	if err != nil {
		return nil, wrap("list notifications", err)
	}
	list := make([]news.Notification, 0, len(hits))
	for _, h := range hits {
		source, key, ok := strings.Cut(strings.TrimPrefix(h.Key, "pushed/"), "/")
		_, at, _ := strings.Cut(h.Sort, "/")
		if ok {
			list = append(list, news.Notification{Source: source, Key: news.Key(key), At: sortTime(at)})
		}
	}
	return list, nil
}

// Notification reads one; news.ErrNotFound if it was dealt with.
func (s *Pushes) Notification(ctx context.Context, shard int, source string, key news.Key) (news.Notification, error) {
	list, err := getPresent[news.Notification](ctx, s.core, []Ref{refOf(Paper(shard), keyPushed(source, key))}, nil)
	if err != nil {
		return news.Notification{}, wrap("read a notification for "+source, err)
	}
	if len(list) == 0 {
		return news.Notification{}, fmt.Errorf("notification for %s: %w", source, news.ErrNotFound)
	}
	return list[0], nil
}

// DropNotification forgets one that nobody is going to read.
func (s *Pushes) DropNotification(ctx context.Context, l news.Lease, shard int, n news.Notification) error {
	var b build
	b.delete(keyPushed(n.Source, n.Key))
	_, err := b.commitAsIs(ctx, s.core, Paper(shard), fencePoll, l)
	return wrap("drop a notification for "+n.Source, err)
}
