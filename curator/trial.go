package curator

import (
	"context"
	"time"

	"tinhub/news"
)

// A Trial groups articles as the curator would, in memory: what `tinhub story
// test` and the evaluation use. It is not safe for concurrent use.
type Trial struct {
	grouper  *Copies
	articles map[string]news.Article
	stories  map[string]news.Story
	of       map[string]string // article to story
}

// NewTrial makes a trial that holds nothing yet.
func NewTrial() *Trial {
	t := &Trial{articles: map[string]news.Article{}, stories: map[string]news.Story{}, of: map[string]string{}}
	t.grouper = NewCopies(t, 0)
	return t
}

// Articles reads what was added.
func (t *Trial) Articles(_ context.Context, ids ...string) ([]news.Article, error) {
	out := make([]news.Article, len(ids))
	for i, id := range ids {
		out[i] = t.articles[id]
	}
	return out, nil
}

// StoryOf is the story that an article belongs to by now.
func (t *Trial) StoryOf(article string) news.Story { return t.stories[t.of[article]] }

// Add places an article, whose ID must be new, and stores it.
func (t *Trial) Add(ctx context.Context, a news.Article) (Placement, error) {
	if a.FirstSeen.IsZero() {
		a.FirstSeen = time.Unix(0, 0)
	}
	t.articles[a.ID] = a
	find := func(_ context.Context, ids ...string) ([]news.Story, error) {
		out := make([]news.Story, len(ids))
		for i, id := range ids {
			out[i] = t.StoryOf(id)
		}
		return out, nil
	}
	p, err := placer{t.grouper, find, t.Articles}.place(ctx, a, news.Story{})
	if err != nil {
		return p, err
	}
	s, ok := t.stories[p.Story]
	if !ok {
		s = news.Story{ID: p.Story, FirstSeen: a.FirstSeen}
	}
	for _, id := range p.Gone {
		for _, m := range t.stories[id].Members {
			s.Members = append(s.Members, m)
			t.of[m.Article] = s.ID
		}
		delete(t.stories, id)
	}
	s.Members = append(s.Members, news.Member{Article: a.ID, Reason: p.Reason, Score: p.Score})
	t.stories[s.ID], t.of[a.ID] = s, s.ID
	if len(s.Members) <= mostTaught {
		t.grouper.Learn(a)
	}
	return p, nil
}
