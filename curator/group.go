package curator

import (
	"context"
	"errors"
	"slices"

	"tinhub/news"
)

// groupByHand makes stories of articles as they were grouped once: what somebody
// takes back. The articles must be in no other story, and no other in theirs.
func (w *work) groupByHand(ctx context.Context, o news.Instruction) (fault, err error) {
	var articles []string
	for _, g := range o.Groups {
		for _, m := range g.Members {
			articles = append(articles, m.Article)
		}
	}
	found, err := w.storiesOf(ctx, articles...)
	if err != nil {
		return nil, err
	}
	members := map[string]news.Member{}
	for _, s := range found {
		for _, m := range s.Members {
			members[m.Article] = m
		}
	}
	for id := range members {
		if !slices.Contains(articles, id) {
			return errors.New("other articles joined these stories since"), nil
		}
	}
	for _, g := range o.Groups {
		if len(g.Members) == 0 || !slices.ContainsFunc(g.Members, func(m news.Grouped) bool { return members[m.Article].Article != "" }) {
			return errors.New("none of the articles of a story is there any more"), nil
		}
	}
	for _, s := range found {
		if s.ID != "" {
			w.add(s)
		}
	}
	for _, g := range o.Groups {
		w.regroup(g, members)
	}
	for _, s := range found { // what is none of the groups became part of one
		if !slices.ContainsFunc(o.Groups, func(g news.Group) bool { return g.Story == s.ID }) && w.is[s.ID].ID != "" {
			into := w.of[s.Members[0].Article]
			w.gone[into], w.into[s.ID] = append(w.gone[into], s.ID), into
			delete(w.is, s.ID)
			w.order = slices.DeleteFunc(w.order, func(id string) bool { return id == s.ID })
		}
	}
	return nil, nil
}

// regroup gives a story its articles, and why each belongs there.
func (w *work) regroup(g news.Group, members map[string]news.Member) {
	s, there := w.is[g.Story]
	if !there {
		s = news.Story{ID: g.Story}
		w.order = append(w.order, s.ID)
	}
	s.Members, s.Apart = nil, slices.Clone(g.Apart)
	for _, x := range g.Members {
		if m := members[x.Article]; m.Article != "" {
			m.Reason, m.Score = x.Reason, x.Score
			s.Members = append(s.Members, m)
			w.of[m.Article] = s.ID
		}
	}
	w.is[s.ID] = s
}
