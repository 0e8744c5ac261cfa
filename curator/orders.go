package curator

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tinhub/news"
)

// Orders is where decisions by hand about stories wait.
type Orders interface {
	// Orders lists the orders that nobody acted on yet, oldest first. File takes
	// them away (Desking.Done), in the batch that acts on them.
	Orders(ctx context.Context, limit int) ([]news.Instruction, error)
	// Find reads stories by id, in the order asked, or by an id that became part
	// of one (then Story.ID differs); one that is missing has an empty ID.
	Find(ctx context.Context, ids ...string) ([]news.Story, error)
	// Curations reads what editors decided about stories, in their order; one about
	// which nothing was decided has version 0.
	Curations(ctx context.Context, stories ...string) ([]news.Curation, error)
}

// mostOrders is how many orders are acted on in one write.
const mostOrders = 20

// fileOrders acts on what was ordered. more: there may be others.
func (t *term) fileOrders(ctx context.Context) (more bool, err error) {
	if t.deps.Orders == nil {
		return false, nil
	}
	orders, err := t.deps.Orders.Orders(ctx, mostOrders)
	if err != nil || len(orders) == 0 {
		return false, err
	}
	for _, o := range orders { // one by one: the next may be about what this one made
		w := t.newWork()
		w.done = []string{o.ID}
		fault, err := w.obey(ctx, o)
		if err != nil {
			return false, err
		}
		if fault != nil {
			t.o.Log.Warn("an order about stories was set aside", "order", o.ID, "kind", o.Kind, "who", o.Who, "fault", fault)
		}
		if err := w.file(ctx, 0, ""); err != nil {
			return false, err
		}
	}
	return len(orders) == mostOrders, nil
}

// obey makes of stories what an order says. A fault is the order's, an error the
// store's.
func (w *work) obey(ctx context.Context, o news.Instruction) (fault, err error) {
	switch o.Kind {
	case news.OrderMerge:
		return w.mergeByHand(ctx, o)
	case news.OrderSplit:
		return w.splitByHand(ctx, o)
	case news.OrderGroup:
		return w.groupByHand(ctx, o)
	case news.OrderTie:
		return w.tieByHand(ctx, o)
	case news.OrderFile:
		return w.fileByHand(ctx, o)
	}
	return fmt.Errorf("there is no order %q", o.Kind), nil
}

// mergeByHand makes several stories one: the oldest keeps its id. That they were
// to be kept apart is forgotten.
func (w *work) mergeByHand(ctx context.Context, o news.Instruction) (fault, err error) {
	var fits []fit
	for _, id := range o.Stories {
		s, err := w.story(ctx, id)
		if err != nil {
			return nil, err
		}
		if s.ID != "" && !slices.ContainsFunc(fits, func(f fit) bool { return f.story.ID == s.ID }) {
			fits = append(fits, fit{story: s})
		}
	}
	if len(fits) < 2 {
		return errors.New("it names fewer than two stories that are there"), nil
	}
	p := joined(fits, Match{Reason: "joined by hand: " + by(o), Score: 1})
	for _, f := range fits {
		s := f.story
		s.Apart = slices.DeleteFunc(slices.Clone(s.Apart), func(id string) bool {
			return slices.ContainsFunc(fits, func(g fit) bool { return g.story.ID == id })
		})
		w.add(f.story)
		w.is[s.ID] = s
	}
	for _, id := range p.Gone {
		w.merge(p.Story, id, p)
	}
	return nil, nil
}

// splitByHand takes articles out of a story and makes them one of their own, and
// keeps the two apart from then on.
func (w *work) splitByHand(ctx context.Context, o news.Instruction) (fault, err error) {
	if len(o.Stories) != 1 {
		return errors.New("it must name the one story to take articles out of"), nil
	}
	s, err := w.story(ctx, o.Stories[0])
	if err != nil {
		return nil, err
	}
	var out, rest []news.Member
	for _, m := range s.Members {
		if slices.Contains(o.Articles, m.Article) {
			m.Reason, m.Score = "set apart by hand: "+by(o), 0
			out = append(out, m)
		} else {
			rest = append(rest, m)
		}
	}
	if len(out) == 0 || len(rest) == 0 {
		return errors.New("it must take some of the story's articles, and leave some"), nil
	}
	own := news.Story{ID: news.SplitID(s.ID, []string{out[0].Article}), Members: out, Apart: union(slices.Clone(s.Apart), []string{s.ID})}
	w.add(s)
	s.Members, s.Apart = rest, union(s.Apart, []string{own.ID})
	w.is[s.ID], w.is[own.ID] = s, own
	w.order = append(w.order, own.ID)
	for _, m := range out {
		w.of[m.Article] = own.ID
	}
	return nil, nil
}

// story reads a story by its id, or by one that became part of it.
func (w *work) story(ctx context.Context, id string) (news.Story, error) {
	found, err := w.t.deps.Orders.Find(ctx, id)
	if err != nil {
		return news.Story{}, fmt.Errorf("read the story %.40q: %w", id, err)
	}
	return found[0], nil
}

func by(o news.Instruction) string {
	if o.Reason == "" {
		return o.Who
	}
	return o.Who + ", " + o.Reason
}
