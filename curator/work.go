package curator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tinhub/news"
)

// work is stories being filed together.
type work struct {
	t        *term
	lens     *lens
	now      time.Time
	articles map[string]news.Article
	was, is  map[string]news.Story // by id; is has the members to be
	order    []string
	loud     map[string]bool // articles whose stories are rendered anew in any case
	due      bool            // the stories' time has come: it must not come again
}

func (t *term) newWork() *work {
	return &work{
		t: t, lens: t.lens.Load(), now: t.o.Now(), articles: map[string]news.Article{},
		was: map[string]news.Story{}, is: map[string]news.Story{},
	}
}

// place finds or founds the story of each article.
func (w *work) place(ctx context.Context, ids []string) error {
	articles, err := w.read(ctx, ids)
	if err != nil || len(articles) == 0 {
		return err
	}
	ids = ids[:0:0]
	for _, a := range articles {
		ids = append(ids, a.ID)
	}
	stories, err := w.t.deps.Desk.StoriesOf(ctx, ids...)
	if err != nil {
		return fmt.Errorf("read the stories of %d articles: %w", len(ids), err)
	}
	for i, a := range articles {
		if stories[i].ID != "" {
			w.add(stories[i])
			continue
		}
		if err := w.join(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// join puts an article without a story into the one that the grouper names.
func (w *work) join(ctx context.Context, a news.Article) error {
	p := Placement{Story: a.ID}
	if err := safely(func() error { p = w.t.o.Grouper.Join(a); return nil }); err != nil {
		w.t.o.Log.Error("an article could not be compared with others and is a story of its own", "article", a.ID, "error", err)
	}
	s, begun := w.is[p.Story]
	if !begun && p.Story != a.ID {
		found, err := w.t.deps.Desk.StoriesOf(ctx, p.Story)
		if err != nil {
			return fmt.Errorf("read the story %s: %w", p.Story, err)
		}
		s = found[0]
		if s.ID != "" {
			s = w.add(s)
		}
	}
	if s.ID == "" {
		s = news.Story{ID: a.ID}
		w.order = append(w.order, s.ID)
	}
	for _, m := range s.Members {
		if m.Article == a.ID {
			return nil
		}
	}
	s.Members = append(s.Members[:len(s.Members):len(s.Members)], news.Member{Article: a.ID, Reason: p.Reason, Score: p.Score})
	w.is[s.ID] = s
	return nil
}

// add takes a story that exists; twice is once.
func (w *work) add(s news.Story) news.Story {
	if have, ok := w.is[s.ID]; ok {
		return have
	}
	w.was[s.ID], w.is[s.ID] = s, s
	w.order = append(w.order, s.ID)
	return s
}

// read reads articles that were not read yet; missing ones are left out.
func (w *work) read(ctx context.Context, ids []string) ([]news.Article, error) {
	var missing []string
	for _, id := range ids {
		if _, ok := w.articles[id]; !ok {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		articles, err := w.t.deps.Shelf.Articles(ctx, missing...)
		if err != nil {
			return nil, fmt.Errorf("read %d articles: %w", len(missing), err)
		}
		for i, a := range articles {
			w.articles[missing[i]] = a
		}
	}
	var out []news.Article
	for _, id := range ids {
		if a := w.articles[id]; a.ID != "" {
			out = append(out, a)
		}
	}
	return out, nil
}

// file decides each story anew and stores those that changed, with the place.
func (w *work) file(ctx context.Context, shard int, upTo news.Place) error {
	var members []string
	for _, id := range w.order {
		for _, m := range w.is[id].Members {
			members = append(members, m.Article)
		}
	}
	if _, err := w.read(ctx, members); err != nil {
		return err
	}
	d := news.Desking{Lease: w.t.lease.Load().Lease, Shard: shard, UpTo: upTo, At: w.now}
	for _, id := range w.order {
		var desked news.Desked
		var changed bool
		err := safely(func() error { desked, changed = w.decide(id); return nil })
		if err != nil {
			w.t.o.Log.Error("a story was set aside: it cannot be filed", "story", id, "error", err)
		}
		if !changed && w.due {
			desked, changed = passed(w.was[id]), true
		}
		if changed {
			d.Stories = append(d.Stories, desked)
		}
	}
	if len(d.Stories) == 0 && upTo == "" {
		return nil
	}
	if err := w.t.deps.Desk.File(ctx, d); err != nil {
		return fmt.Errorf("file %d stories: %w", len(d.Stories), err)
	}
	w.learn(d.Stories)
	return nil
}

// decide is pure but for what was read before.
func (w *work) decide(id string) (news.Desked, bool) {
	was, is := w.was[id], w.is[id]
	var articles []news.Article
	var members []news.Member
	loud := false
	for _, m := range is.Members {
		if a := w.articles[m.Article]; a.ID != "" {
			articles = append(articles, a)
			members = append(members, m)
			loud = loud || w.loud[a.ID]
		}
	}
	if len(articles) == 0 {
		return news.Desked{}, false // all are gone (keep.articles); the story goes with them
	}
	is.Members = members
	is = w.lens.file(compose(is, articles, w.lens.sources), articles, w.now)
	channels := affected(was, is, loud)
	if len(channels) == 0 && equal(was, is) {
		return news.Desked{}, false
	}
	return news.Desked{Story: is, Sorts: sorts(is), Channels: channels}, true
}

// passed is a story as it was, whose time came and changed nothing: its articles
// are gone, or it cannot be filed.
func passed(was news.Story) news.Desked {
	was.Due = time.Time{}
	return news.Desked{Story: was, Sorts: sorts(was)}
}

// equal compares stories as they are stored.
func equal(a, b news.Story) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func (w *work) learn(stories []news.Desked) {
	for _, d := range stories {
		for _, m := range d.Story.Members {
			w.t.learn(w.articles[m.Article], d.Story.ID)
		}
	}
}

func (t *term) learn(a news.Article, story string) {
	if a.ID == "" {
		return
	}
	if err := safely(func() error { t.o.Grouper.Learn(a, story); return nil }); err != nil {
		t.o.Log.Error("an article could not be remembered for comparison", "article", a.ID, "error", err)
	}
}
