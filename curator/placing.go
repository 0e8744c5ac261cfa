package curator

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"tinhub/news"
)

// A Placement says which story an article joins, and why.
type Placement struct {
	Story  string   // the article's own id founds a story
	Gone   []string // stories that turn out to be the same and become part of it
	With   string   // the article that it is like
	Reason string   // a sentence
	Score  float64
}

// A placer decides which story an article belongs to. It reads and changes
// nothing.
type placer struct {
	grouper  Grouper
	stories  func(ctx context.Context, articles ...string) ([]news.Story, error) // of articles, as Desk.StoriesOf
	articles func(ctx context.Context, ids ...string) ([]news.Article, error)    // as Shelf.Articles
}

// place places an article. own is the story that it is in, with an empty ID where
// it is in none yet.
func (p placer) place(ctx context.Context, a news.Article, own news.Story) (Placement, error) {
	if a.Formerly != "" && own.ID == "" {
		was, err := p.stories(ctx, a.Formerly)
		if err != nil {
			return Placement{}, err
		}
		if was[0].ID != "" {
			return Placement{Story: was[0].ID, With: a.Formerly, Score: 1, Reason: "the same article, from before its paper had another host"}, nil
		}
	}
	matches, err := p.grouper.Match(ctx, a)
	if err != nil {
		return Placement{}, err
	}
	alone := Placement{Story: cmp.Or(own.ID, a.ID), Reason: nearest(matches)}
	same := slices.DeleteFunc(slices.Clone(matches), func(m Match) bool { return !m.Same || m.Article == a.ID })
	if len(same) == 0 {
		return alone, nil
	}
	fits, refused, err := p.fitting(ctx, a, own, same)
	if err != nil {
		return Placement{}, err
	}
	if len(fits) == 0 {
		alone.Reason = cmp.Or(refused, alone.Reason)
		return alone, nil
	}
	first := fits[0]
	if own.ID != "" {
		fits = append([]fit{{own, Match{Article: a.ID}}}, fits...)
	}
	if fits, err = p.agreeing(ctx, fits); err != nil {
		return Placement{}, err
	}
	if own.ID != "" && len(fits) == 1 {
		return alone, nil
	}
	return joined(fits, first.match), nil
}

// A fit is a story that an article fits into, and the member that it is like.
type fit struct {
	story news.Story
	match Match
}

// fitting are the stories that an article may join or be joined with, the
// likeliest first: each holds a member that tells the same text, none that tells
// quite another one, and no hand has set them apart.
func (p placer) fitting(ctx context.Context, a news.Article, own news.Story, same []Match) (fits []fit, refused string, err error) {
	ids := make([]string, len(same))
	for i, m := range same {
		ids[i] = m.Article
	}
	found, err := p.stories(ctx, ids...)
	if err != nil {
		return nil, "", fmt.Errorf("read the stories of %d articles: %w", len(ids), err)
	}
	seen := map[string]bool{own.ID: true, "": true}
	for i, s := range found {
		if seen[s.ID] {
			continue
		}
		seen[s.ID] = true
		if news.KeptApart(own, s) {
			refused = "an editor keeps it apart from the story " + s.ID
			continue
		}
		other, err := p.stranger(ctx, a, s, same)
		switch {
		case err != nil:
			return nil, "", err
		case other != "":
			refused = fmt.Sprintf("it shares its text with %s, but nothing with %s of the same story: one of them tells several things", same[i].Article, other)
		default:
			fits = append(fits, fit{s, same[i]})
		}
	}
	return fits, refused, nil
}

// mostCompared is how many members of a story are looked at: those that founded
// it, which are its likeliest to be told apart by.
const mostCompared = 6

// strange is what two texts of some length have in common at most, where they
// tell different things. Two cuts of one text share their beginning.
const strange = 0.15

// stranger is a member of a story with which an article has nothing in common. A
// digest of the day's news holds the texts of several stories, which are none the
// less several.
func (p placer) stranger(ctx context.Context, a news.Article, s news.Story, same []Match) (string, error) {
	var ids []string
	for _, m := range s.Members {
		if m.Article != a.ID && len(ids) < mostCompared && !slices.ContainsFunc(same, func(x Match) bool { return x.Article == m.Article }) {
			ids = append(ids, m.Article)
		}
	}
	if len(ids) == 0 {
		return "", nil
	}
	ms, err := p.grouper.Compare(ctx, a, ids...)
	if err != nil {
		return "", err
	}
	for _, m := range ms {
		if m.Article != "" && !m.Same && !m.Short && m.Score < strange {
			return m.Article, nil
		}
	}
	return "", nil
}

// agreeing keeps the first of several stories, and those that tell its text
// themselves: an article between two stories that are not one stays with the
// likeliest.
func (p placer) agreeing(ctx context.Context, fits []fit) ([]fit, error) {
	if len(fits) < 2 {
		return fits, nil
	}
	out := fits[:1:1]
	lead, err := p.articles(ctx, fits[0].match.Article)
	if err != nil {
		return nil, err
	}
	for _, f := range fits[1:] {
		if news.KeptApart(fits[0].story, f.story) {
			continue
		}
		ms, err := p.grouper.Compare(ctx, lead[0], f.match.Article)
		if err != nil {
			return nil, err
		}
		if ms[0].Same {
			out = append(out, f)
		}
	}
	return out, nil
}

// joined makes one story of those that fit: the oldest keeps its id.
func joined(fits []fit, by Match) Placement {
	oldest := slices.MinFunc(fits, func(a, b fit) int {
		return cmp.Or(a.story.FirstSeen.Compare(b.story.FirstSeen), cmp.Compare(a.story.ID, b.story.ID))
	})
	p := Placement{Story: oldest.story.ID, With: by.Article, Reason: by.Reason, Score: by.Score}
	for _, f := range fits {
		if f.story.ID != p.Story {
			p.Gone = append(p.Gone, f.story.ID)
		}
	}
	return p
}

// nearest says why an article founds a story, though others were like it.
func nearest(matches []Match) string {
	for _, m := range matches {
		if m.Article != "" && !m.Same && m.Score > 0 {
			return fmt.Sprintf("a story of its own; the nearest is %s: %s", m.Article, m.Reason)
		}
	}
	return "the first article of the story"
}
