package admin

import (
	"context"
	"reflect"
	"slices"
	"time"

	"tinhub/news"
)

// How long who decides waits until the curator acted on it, and between two looks.
const (
	actWithin = 10 * time.Second
	actLook   = 40 * time.Millisecond
)

// Grouped is what stories are made of, for the audit log and its undo.
type Grouped struct {
	Groups []news.Group `json:"groups"`
}

// A MergeForm names the stories that are one: the oldest keeps its id.
type MergeForm struct {
	Stories []string `json:"stories"`
	Reason  string   `json:"reason,omitempty"`
}

// A SplitForm names the articles that are a story of their own.
type SplitForm struct {
	Articles []string `json:"articles"`
	Reason   string   `json:"reason,omitempty"`
}

// StoriesNow is what became of stories.
type StoriesNow struct {
	Decision string       `json:"decision,omitempty"`
	Stories  []news.Story `json:"stories"`
}

// mostJoined is how many stories are merged at once.
const mostJoined = 50

// Merge makes several stories one, for good.
func (o *Office) Merge(ctx context.Context, w Who, id string, f MergeForm) (StoriesNow, error) {
	if err := w.must(Write); err != nil {
		return StoriesNow{}, err
	}
	if len(f.Stories) == 0 || len(f.Stories) > mostJoined {
		return StoriesNow{}, faultf(Invalid, "stories has %d ids: name from 1 to %d that are one with this one", len(f.Stories), mostJoined)
	}
	stories, err := o.storiesNamed(ctx, append([]string{id}, f.Stories...))
	if err != nil {
		return StoriesNow{}, err
	}
	if len(stories) < 2 {
		return StoriesNow{Stories: stories}, nil // they are one already
	}
	for _, s := range stories {
		if !s.Withdrawn.IsZero() {
			return StoriesNow{}, faultf(Taken, "the story %s was withdrawn: what is withdrawn becomes part of nothing", s.ID)
		}
	}
	order := news.Instruction{Kind: news.OrderMerge, Reason: line(f.Reason)}
	for _, s := range stories {
		order.Stories = append(order.Stories, s.ID)
	}
	return o.regroup(ctx, w, "story.merge", "", stories, order, func(now []news.Story) bool { return len(now) == 1 })
}

// storiesNamed reads stories by id, each once.
func (o *Office) storiesNamed(ctx context.Context, ids []string) (out []news.Story, err error) {
	found, err := o.deps.Stories.Find(ctx, ids...)
	if err != nil {
		return nil, err
	}
	for i, s := range found {
		if s.ID == "" {
			return nil, faultf(Missing, "there is no story %.80q", ids[i])
		}
		if !slices.ContainsFunc(out, func(x news.Story) bool { return x.ID == s.ID }) {
			out = append(out, s)
		}
	}
	return out, nil
}

// Split takes articles out of a story: they are one of their own, and the two are
// kept apart from then on.
func (o *Office) Split(ctx context.Context, w Who, id string, f SplitForm) (StoriesNow, error) {
	if err := w.must(Write); err != nil {
		return StoriesNow{}, err
	}
	stories, err := o.storiesNamed(ctx, []string{id})
	if err != nil {
		return StoriesNow{}, err
	}
	s := stories[0]
	for _, a := range f.Articles {
		if !slices.ContainsFunc(s.Members, func(m news.Member) bool { return m.Article == a }) {
			return StoriesNow{}, &Fault{Kind: Taken, Now: s, Text: "the article " + news.Excerpt(a, 40) + " is not in this story any more: look at what there is now"}
		}
	}
	out := slices.Compact(slices.Sorted(slices.Values(f.Articles)))
	if len(out) == 0 || len(out) >= len(s.Members) {
		return StoriesNow{}, faultf(Invalid, "name some of the story's %d articles, and leave some", len(s.Members))
	}
	order := news.Instruction{Kind: news.OrderSplit, Stories: []string{s.ID}, Articles: out, Reason: line(f.Reason)}
	return o.regroup(ctx, w, "story.split", "", stories, order, func(now []news.Story) bool { return len(now) == 2 })
}

// regroup has the curator make other stories of those that there are, waits until it
// did, and writes down what there was and what there is.
func (o *Office) regroup(ctx context.Context, w Who, what, undoes string, before []news.Story, order news.Instruction, done func([]news.Story) bool) (StoriesNow, error) {
	d := news.Decision{At: o.now().UTC(), Who: w.Name, What: what, Subject: before[0].ID, Reason: order.Reason, Undoes: undoes}
	if err := o.instruct(ctx, d, &order); err != nil {
		return StoriesNow{}, err
	}
	if acted := o.acted(ctx, order); acted != nil {
		_, err := o.writeDown(ctx, d, groupsOf(before), nil)
		if err == nil {
			err = acted
		}
		return StoriesNow{}, err
	}
	now, err := o.storiesTold(ctx, before)
	if err != nil {
		return StoriesNow{}, err
	}
	if !done(now) {
		return StoriesNow{}, &Fault{Kind: Taken, Now: StoriesNow{Stories: now}, Text: "somebody changed these stories at the same moment: look at what there is now"}
	}
	id, err := o.writeDown(ctx, d, groupsOf(before), groupsOf(now))
	return StoriesNow{Decision: id, Stories: now}, err
}

// instruct leaves an order for the curator, by somebody's decision.
func (o *Office) instruct(ctx context.Context, d news.Decision, order *news.Instruction) error {
	order.Who, order.At, order.ID = d.Who, d.At, string(news.KeyOf(d.What, newSecret()))
	return o.deps.Orders.Order(ctx, *order)
}

// acted waits until the curator acted on an order.
func (o *Office) acted(ctx context.Context, order news.Instruction) error {
	return o.await(ctx, func() (bool, error) {
		waiting, err := o.deps.Orders.Orders(ctx, 200)
		return !slices.ContainsFunc(waiting, func(x news.Instruction) bool { return x.ID == order.ID }), err
	})
}

func groupsOf(stories []news.Story) Grouped {
	var g Grouped
	for _, s := range stories {
		g.Groups = append(g.Groups, news.GroupOf(s))
	}
	return g
}

// storiesTold are the stories that the articles of some are in at present.
func (o *Office) storiesTold(ctx context.Context, of []news.Story) (out []news.Story, err error) {
	var ids []string
	for _, s := range of {
		for _, m := range s.Members {
			ids = append(ids, m.Article)
		}
	}
	found, err := o.deps.Orders.StoriesOf(ctx, ids...)
	for _, s := range found {
		if s.ID != "" && !slices.ContainsFunc(out, func(x news.Story) bool { return x.ID == s.ID }) {
			out = append(out, s)
		}
	}
	return out, err
}

// await looks until something is so.
func (o *Office) await(ctx context.Context, is func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, actWithin)
	defer cancel()
	for {
		if ok, err := is(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return faultf(NotHere, "it is ordered, but nobody curates at present: it happens as soon as somebody does")
		case <-time.After(actLook):
		}
	}
}

// undoGroups makes stories of articles as they were before somebody merged or split
// them.
func (o *Office) undoGroups(ctx context.Context, w Who, id string, d news.Decision) (Undone, error) {
	var before, after Grouped
	if err := readBoth(d, &before, &after); err != nil {
		return Undone{}, err
	}
	var was []news.Story
	for _, g := range after.Groups {
		s := news.Story{ID: g.Story}
		for _, m := range g.Members {
			s.Members = append(s.Members, news.Member{Article: m.Article})
		}
		was = append(was, s)
	}
	now, err := o.storiesTold(ctx, was)
	switch {
	case err != nil:
		return Undone{}, err
	case samePartition(groupsOf(now), before):
		return Undone{Subject: d.Subject, Now: StoriesNow{Stories: now}}, nil
	case !samePartition(groupsOf(now), after):
		return Undone{}, &Fault{Kind: Taken, Now: StoriesNow{Stories: now}, Text: "these stories were changed since, so that this can't be taken back as it was: look at what there is now"}
	}
	order := news.Instruction{Kind: news.OrderGroup, Groups: before.Groups}
	made, err := o.regroup(ctx, w, "story.group", id, now, order, func(now []news.Story) bool { return samePartition(groupsOf(now), before) })
	return Undone{Decision: made.Decision, Subject: d.Subject, Now: made}, err
}

// samePartition says whether articles are in the same stories.
func samePartition(a, b Grouped) bool {
	of := func(g Grouped) map[string]string {
		m := map[string]string{}
		for _, x := range g.Groups {
			for _, y := range x.Members {
				m[y.Article] = x.Story
			}
		}
		return m
	}
	return reflect.DeepEqual(of(a), of(b))
}
