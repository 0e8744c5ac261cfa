package curator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tinhub/news"
)

// fileAll files, in one goroutine: what articles changed, then what time
// changed, then, page by page, what a new rule changes. Grouping has one truth,
// and the desk one writer.
func (t *term) fileAll(ctx context.Context, stop context.CancelCauseFunc) {
	var faults backoff
	due := time.NewTicker(min(t.o.Sweep, 250*time.Millisecond))
	defer due.Stop()
	for timed := true; ; {
		more, err := t.fileOnce(ctx, timed)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, news.ErrFenced):
			stop(fmt.Errorf("a newer owner curates: %w", err))
			return
		case err != nil:
			t.o.Log.Warn("filing waits for the store", "error", err)
			pause(ctx, faults.next())
			timed = true
			continue
		}
		faults = backoff{}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-t.filer:
			timed = false
		case <-due.C:
			timed = true
		}
	}
}

// fileOnce files what is waiting, most urgent first. What nobody signals (orders,
// and what time changes) is looked for where timed says so: news does not wait for
// those reads. more: there is work left.
func (t *term) fileOnce(ctx context.Context, timed bool) (more bool, err error) {
	if !t.tookOver {
		if err := t.takeOver(ctx); err != nil {
			return true, err
		}
		if err := t.teach(ctx); err != nil {
			return true, err
		}
		t.tookOver = true
	}
	if err := t.noteRules(ctx); err != nil {
		return true, err
	}
	if timed {
		if more, err := t.fileOrders(ctx); err != nil || more {
			return true, err
		}
	}
	for shard := range news.Shards {
		if !t.takeShard(shard) {
			continue
		}
		for n := t.o.Batch; n == t.o.Batch; {
			if n, err = t.fileShard(ctx, shard); err != nil {
				t.toFileShard(shard)
				return true, err
			}
		}
	}
	if timed {
		if more, err = t.fileDue(ctx); err != nil || more {
			return more, err
		}
	}
	return t.refilePage(ctx)
}

func (t *term) takeShard(shard int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.toFile[shard]
	t.toFile[shard] = false
	return was
}

// fileShard files a stretch of a shard's article log.
func (t *term) fileShard(ctx context.Context, shard int) (int, error) {
	changes, err := t.deps.Desk.Changed(ctx, shard, t.o.Batch)
	if err != nil {
		return 0, fmt.Errorf("read the article log of shard %02x: %w", shard, err)
	}
	if len(changes) == 0 {
		return 0, nil
	}
	var ids []string
	loud, reads := map[string]bool{}, map[string]bool{}
	seen := map[string]bool{}
	for _, c := range changes {
		if c.Article == "" {
			t.o.Log.Error("a line of the article log was set aside: it cannot be read", "shard", shard, "place", c.Place)
			continue
		}
		if !seen[c.Article] {
			seen[c.Article] = true
			ids = append(ids, c.Article)
		}
		loud[c.Article] = loud[c.Article] || c.Kind == changeCompleted || c.Kind == changeWithdrawn
		reads[c.Article] = reads[c.Article] || c.Kind == changeCompleted || c.Kind == changeRevised
	}
	w := t.newWork()
	w.loud, w.reads = loud, reads
	if err := w.place(ctx, ids); err != nil {
		return 0, err
	}
	if err := w.file(ctx, shard, changes[len(changes)-1].Place); err != nil {
		return 0, err
	}
	return len(changes), nil
}

// teachPage is how many stories are read at once for the grouper.
const teachPage = 200

// teach tells the grouper what is stored, behind the fence that takeOver
// raised: nothing that it should know can be added by anybody else any more.
func (t *term) teach(ctx context.Context) error {
	window := t.o.Grouper.Window()
	if window <= 0 {
		return nil
	}
	since := t.o.Now().Add(-window)
	// What came late is dated before the window and was first seen within it.
	for _, walk := range []func(context.Context, string, time.Time, int) ([]news.Story, error){t.deps.Archive.Stories, t.deps.Late.Late} {
		if err := t.teachAlong(ctx, walk, since); err != nil {
			return err
		}
	}
	return nil
}

func (t *term) teachAlong(ctx context.Context, walk func(context.Context, string, time.Time, int) ([]news.Story, error), since time.Time) error {
	for after := ""; ; {
		stories, err := walk(ctx, after, since, teachPage)
		if err != nil {
			return fmt.Errorf("walk the stories for the grouper: %w", err)
		}
		if len(stories) == 0 {
			return nil
		}
		var ids []string
		for _, s := range stories {
			for _, m := range s.Members[:min(mostTaught, len(s.Members))] {
				ids = append(ids, m.Article)
			}
		}
		articles, err := t.deps.Shelf.Articles(ctx, ids...)
		if err != nil {
			return fmt.Errorf("read %d articles for the grouper: %w", len(ids), err)
		}
		for _, a := range articles {
			t.learn(a)
		}
		after = stories[len(stories)-1].ID
	}
}
