package curator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tinhub/news"
)

// Time is an event: what only time changes (an embargo that ends, an age that is
// reached, an edit that waited long enough) is stored as the story's due time,
// and happens when that comes, here and nowhere else.

// fileDue files stories whose time has come. more: there may be others.
func (t *term) fileDue(ctx context.Context) (more bool, err error) {
	now := t.o.Now()
	stories, err := t.deps.Desk.Due(ctx, now, t.o.Batch)
	if err != nil {
		return false, fmt.Errorf("list what is due: %w", err)
	}
	if len(stories) == 0 {
		return false, nil
	}
	if err := t.releaseHeld(ctx, stories, now); err != nil {
		return false, err
	}
	w := t.newWork()
	w.now, w.due = now, true
	for _, s := range stories {
		w.add(s)
	}
	if err := w.file(ctx, 0, ""); err != nil {
		return false, err
	}
	return len(stories) == t.o.Batch, nil
}

// releaseHeld makes the held edits of stories revisions, where their time has
// come. It goes through the shelf as any revision does.
func (t *term) releaseHeld(ctx context.Context, stories []news.Story, now time.Time) error {
	byShard := map[int][]string{}
	for _, s := range stories {
		for _, m := range s.Members {
			if shard, ok := news.Shard(m.Article); ok {
				byShard[shard] = append(byShard[shard], m.Article)
			}
		}
	}
	for shard, ids := range byShard {
		if err := t.releaseIn(ctx, shard, ids, now); err != nil {
			return err
		}
	}
	return nil
}

func (t *term) releaseIn(ctx context.Context, shard int, ids []string, now time.Time) error {
	t.shelving[shard].Lock()
	defer t.shelving[shard].Unlock()
	articles, err := t.deps.Shelf.Articles(ctx, ids...)
	if err != nil {
		return fmt.Errorf("read %d articles: %w", len(ids), err)
	}
	s := news.Shelving{Shard: shard, Lease: t.lease.Load().Lease, Expires: now.Add(t.o.KeepSeen)}
	for _, a := range articles {
		if a, ok := Release(a, now); ok && a.ID != "" {
			s.Articles = append(s.Articles, news.Shelved{Article: a, Change: changeRevised})
		}
	}
	if len(s.Articles) == 0 {
		return nil
	}
	if err := t.deps.Shelf.Shelve(ctx, s); err != nil {
		return fmt.Errorf("shelve %d edits that waited: %w", len(s.Articles), err)
	}
	t.toFileShard(shard)
	return nil
}

// How a refiling goes: so many stories between two looks at the news, and the
// mark of one that has not begun.
const (
	refileBatch = 50
	notBegun    = "-"
)

// refilePage files the next page of what is kept under the present rules, if
// they are others than those it was filed by. How far it came is stored, so that
// it goes on after a restart. more: it is not done.
func (t *term) refilePage(ctx context.Context) (more bool, err error) {
	t.mu.Lock()
	wanted := t.refile
	t.mu.Unlock()
	if !wanted {
		return false, nil
	}
	l := t.lens.Load()
	state, err := t.filedBy(ctx)
	if err != nil {
		return false, err
	}
	if state.Fingerprint != l.fingerprint { // they changed since this began
		return true, nil
	}
	if state.Refiled == "" {
		return false, t.refiled(l)
	}
	return true, t.refileFrom(ctx, l, state)
}

// noteRules stores that what is kept is to be filed by other rules, before
// anything is: a process that ends in between leaves stories filed by two rules,
// and the next one must not take them for settled because it has the old rules.
func (t *term) noteRules(ctx context.Context) error {
	l := t.lens.Load()
	if t.noted == l.fingerprint {
		return nil
	}
	state, err := t.filedBy(ctx)
	if err != nil {
		return err
	}
	if state.Fingerprint != l.fingerprint {
		t.o.Log.Info("the rules changed: filing again what is kept", "topics", len(l.topics))
		if err := t.setState(ctx, news.TopicState{Topic: news.Everything, Fingerprint: l.fingerprint, Refiled: notBegun}); err != nil {
			return err
		}
	}
	t.noted = l.fingerprint
	return nil
}

// refileFrom files one page and stores how far it came.
func (t *term) refileFrom(ctx context.Context, l *lens, state news.TopicState) error {
	after := state.Refiled
	if after == notBegun {
		after = ""
	}
	stories, err := t.deps.Archive.Stories(ctx, after, time.Time{}, refileBatch)
	switch {
	case errors.Is(err, news.ErrNotFound) && after != "":
		state.Refiled = notBegun // the story to go on behind is gone
		return t.setState(ctx, state)
	case err != nil:
		return fmt.Errorf("walk the stories: %w", err)
	}
	w := t.newWork()
	w.lens = l
	for _, s := range stories {
		w.add(s)
	}
	if err := w.file(ctx, 0, ""); err != nil {
		return err
	}
	if len(stories) == 0 { // a short page is not the last: a story may go while it is read
		state.Refiled = ""
	} else {
		state.Refiled = stories[len(stories)-1].ID
	}
	return t.setState(ctx, state)
}

// refiled notes that nothing is left to file again, unless the rules changed
// meanwhile.
func (t *term) refiled(l *lens) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lens.Load() == l {
		t.refile = false
	}
	return nil
}

// takeOver raises the desk's fence to this lease's token before anything is read
// for filing: what an owner before it still writes is refused from then on, and
// so cannot be missed.
func (t *term) takeOver(ctx context.Context) error {
	state, err := t.filedBy(ctx)
	if err != nil {
		return err
	}
	if state.Topic == "" {
		state = news.TopicState{Topic: news.Everything, Refiled: notBegun}
	}
	return t.setState(ctx, state)
}

// filedBy is what stories were last filed by.
func (t *term) filedBy(ctx context.Context) (news.TopicState, error) {
	states, err := t.deps.Archive.Topics(ctx)
	if err != nil {
		return news.TopicState{}, fmt.Errorf("read what topics were filed by: %w", err)
	}
	for _, s := range states {
		if s.Topic == news.Everything {
			return s, nil
		}
	}
	return news.TopicState{}, nil
}

func (t *term) setState(ctx context.Context, s news.TopicState) error {
	if err := t.deps.Archive.SetTopic(ctx, t.lease.Load().Lease, s); err != nil {
		return fmt.Errorf("remember how far the refiling came: %w", err)
	}
	return nil
}
