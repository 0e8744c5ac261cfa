package curator

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
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
	seen     map[string]news.Story    // by id: those that were read to decide
	of       map[string]string        // by article: the story that it is in, as far as it was read
	gone     map[string][]string      // by story: those that became part of it
	into     map[string]string        // by one that is gone: the story that it became part of
	loud     map[string]bool          // articles whose stories are rendered anew in any case
	reads    map[string]bool          // articles that read otherwise than before, and may tell another story
	edits    map[string]news.Curation // by story: what editors decided
	done     []string                 // orders that this acts on
	due      bool                     // the stories' time has come: it must not come again
}

func (t *term) newWork() *work {
	return &work{
		t: t, lens: t.lens.Load(), now: t.o.Now(), articles: map[string]news.Article{},
		was: map[string]news.Story{}, is: map[string]news.Story{},
		seen: map[string]news.Story{}, of: map[string]string{}, gone: map[string][]string{}, into: map[string]string{},
	}
}

// place finds or founds the story of each article, and joins stories that turn
// out to be one because an article reads otherwise now.
func (w *work) place(ctx context.Context, ids []string) error {
	articles, err := w.read(ctx, ids)
	if err != nil || len(articles) == 0 {
		return err
	}
	ids = ids[:0:0]
	for _, a := range articles {
		ids = append(ids, a.ID)
	}
	stories, err := w.storiesOf(ctx, ids...)
	if err != nil {
		return err
	}
	for i, a := range articles {
		s := stories[i]
		if s.ID != "" {
			s = w.add(s)
			if !w.reads[a.ID] {
				continue
			}
		}
		if err := w.join(ctx, a, s); err != nil {
			return err
		}
	}
	for _, a := range articles { // a notice may come before what it corrects
		if err := w.tie(ctx, a); err != nil {
			return err
		}
		if err := w.retie(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// storiesOf gives the stories of articles as they will be once this work is
// filed.
func (w *work) storiesOf(ctx context.Context, articles ...string) ([]news.Story, error) {
	out := make([]news.Story, len(articles))
	var missing []string
	var at []int
	for i, id := range articles {
		if s, ok := w.of[id]; ok {
			out[i] = w.is[s]
			continue
		}
		missing, at = append(missing, id), append(at, i)
	}
	if len(missing) == 0 {
		return out, nil
	}
	found, err := w.t.deps.Desk.StoriesOf(ctx, missing...)
	if err != nil {
		return nil, fmt.Errorf("read the stories of %d articles: %w", len(missing), err)
	}
	for i, s := range found {
		if begun, ok := w.is[w.current(s.ID)]; ok {
			s = begun
		}
		w.seen[s.ID] = s
		out[at[i]] = s
	}
	return out, nil
}

// current is the story that another one became part of in this work, or itself.
func (w *work) current(story string) string {
	for w.into[story] != "" {
		story = w.into[story]
	}
	return story
}

// join puts an article into the story that the grouper leads to. own is the story
// that it is in, if any.
func (w *work) join(ctx context.Context, a news.Article, own news.Story) error {
	p := Placement{Story: own.ID}
	if p.Story == "" {
		p = Placement{Story: a.ID, Reason: "a story of its own"}
	}
	var fault error
	err := safely(func() error {
		found, err := placer{w.t.o.Grouper, w.storiesOf, w.readAll}.place(ctx, a, own)
		if err != nil {
			fault = err
			return nil
		}
		p = found
		return nil
	})
	switch {
	case fault != nil:
		return fault
	case err != nil:
		w.t.o.Log.Error("an article could not be compared with others and is a story of its own", "article", a.ID, "error", err)
	}
	w.take(p)
	s := w.is[p.Story]
	if s.ID == "" {
		s = news.Story{ID: a.ID, FirstSeen: a.FirstSeen.UTC()}
		w.order = append(w.order, s.ID)
	}
	if !slices.ContainsFunc(s.Members, func(m news.Member) bool { return m.Article == a.ID }) {
		s.Members = append(slices.Clip(s.Members), news.Member{Article: a.ID, Reason: p.Reason, Score: p.Score})
	}
	w.is[s.ID], w.of[a.ID] = s, s.ID
	if len(s.Members) <= mostTaught {
		w.t.learn(a)
	}
	return nil
}

// take makes one story of those that a placement names. They were read to decide
// it.
func (w *work) take(p Placement) {
	for _, id := range append([]string{p.Story}, p.Gone...) {
		if s, ok := w.seen[id]; ok {
			w.add(s)
		}
	}
	for _, id := range p.Gone {
		w.merge(p.Story, id, p)
	}
}

// merge makes one story part of another. Its members come along and say why.
func (w *work) merge(into, gone string, p Placement) {
	s, g := w.is[into], w.is[gone]
	s.Members = slices.Clip(s.Members)
	for _, m := range g.Members {
		if m.Article == gone && m.Score == 0 {
			m.Reason, m.Score = p.Reason, p.Score
		}
		s.Members = append(s.Members, m)
		w.of[m.Article] = into
	}
	s.Updated = later(s.Updated, g.Updated)
	s.Apart = union(s.Apart, g.Apart)
	s.Corrected = union(s.Corrected, g.Corrected)
	s.Corrects, s.Tied = cmp.Or(s.Corrects, g.Corrects), cmp.Or(s.Tied, g.Tied)
	w.is[into] = s
	w.gone[into] = append(append(w.gone[into], gone), w.gone[gone]...)
	w.into[gone] = into
	delete(w.is, gone)
	delete(w.gone, gone)
	w.order = slices.DeleteFunc(w.order, func(id string) bool { return id == gone })
}

func union(a, b []string) []string {
	for _, x := range b {
		if !slices.Contains(a, x) {
			a = append(slices.Clip(a), x)
		}
	}
	return a
}

// add takes a story that exists; twice is once.
func (w *work) add(s news.Story) news.Story {
	if have, ok := w.is[s.ID]; ok {
		return have
	}
	w.was[s.ID], w.is[s.ID] = s, s
	w.order = append(w.order, s.ID)
	for _, m := range s.Members {
		w.of[m.Article] = s.ID
	}
	return s
}

// readAll reads articles in their order; one that is missing has an empty ID.
func (w *work) readAll(ctx context.Context, ids ...string) ([]news.Article, error) {
	if _, err := w.read(ctx, ids); err != nil {
		return nil, err
	}
	out := make([]news.Article, len(ids))
	for i, id := range ids {
		out[i] = w.articles[id]
	}
	return out, nil
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
	if err := w.bringNotices(ctx); err != nil {
		return err
	}
	var members []string
	for _, id := range w.order {
		for _, m := range w.is[id].Members {
			members = append(members, m.Article)
		}
	}
	if _, err := w.read(ctx, members); err != nil {
		return err
	}
	if err := w.curations(ctx); err != nil {
		return err
	}
	d := news.Desking{Lease: w.t.lease.Load().Lease, Shard: shard, UpTo: upTo, At: w.now, Done: w.done}
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
	if len(d.Stories) == 0 && upTo == "" && len(w.done) == 0 {
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
	if len(w.gone[id]) > 0 {
		members, articles = byArrival(members, articles)
	}
	is.Members = members
	is.Was = slices.DeleteFunc(union(slices.Clone(is.Was), w.gone[id]), func(g string) bool { return w.is[g].ID != "" })
	is.Curation = w.curation(is)
	is = w.lens.file(edited(compose(is, articles, w.lens.sources), w.lens.terms), articles, w.now)
	is.Traces = traces(was, is)
	w.spread(is)
	channels := affected(was, is, loud)
	for _, g := range w.gone[id] {
		channels = append(channels, slices.Collect(maps.Keys(sorts(w.was[g])))...)
	}
	channels = readers(channels)
	if len(channels) == 0 && len(w.gone[id]) == 0 && equal(was, is) {
		return news.Desked{}, false
	}
	return news.Desked{Story: is, Sorts: sorts(is), Channels: channels, Gone: w.gone[id]}, true
}

// byArrival orders the members of a story that was several.
func byArrival(members []news.Member, articles []news.Article) ([]news.Member, []news.Article) {
	at := make([]int, len(members))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int { return articles[a].FirstSeen.Compare(articles[b].FirstSeen) })
	ms, as := make([]news.Member, len(at)), make([]news.Article, len(at))
	for i, k := range at {
		ms[i], as[i] = members[k], articles[k]
	}
	return ms, as
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

// mostTaught is how many members of a story the grouper knows: a text that a
// hundred papers carry is found by these as well.
const mostTaught = 24

func (w *work) learn(stories []news.Desked) {
	for _, d := range stories {
		for _, m := range d.Story.Members[:min(mostTaught, len(d.Story.Members))] {
			w.t.learn(w.articles[m.Article])
		}
	}
}

func (t *term) learn(a news.Article) {
	if a.ID == "" {
		return
	}
	if err := safely(func() error { t.o.Grouper.Learn(a); return nil }); err != nil {
		t.o.Log.Error("an article could not be remembered for comparison", "article", a.ID, "error", err)
	}
}
