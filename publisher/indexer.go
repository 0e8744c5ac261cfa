package publisher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tinhub/news"
)

// How much the indexer reads at once, and how often it begins anew, which is how
// stories that retention removed leave the index.
const (
	indexRead  = 500
	indexAgain = 24 * time.Hour
)

// keepIndex holds the search index: all that is kept at first, then what the
// desk's log says has changed. Every process that serves has its own.
func (p *Publisher) keepIndex(ctx context.Context) error {
	hints, err := p.deps.Hints.DeskHints(ctx)
	if err != nil {
		p.log.Warn("search: no hints of changes; they are looked for", "every", p.opt.Refresh, "err", err)
	}
	tick := time.NewTicker(p.opt.Refresh)
	defer tick.Stop()
	var f indexFollower
	for {
		if err := f.step(ctx, p); err != nil && ctx.Err() == nil {
			p.log.Warn("search: the index is behind", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case _, ok := <-hints:
			if !ok {
				hints = nil
			}
			if !pause(ctx, p.opt.Pace) { // a burst is read once
				return ctx.Err()
			}
		case <-tick.C:
		}
	}
}

// An indexFollower is where the index stands.
type indexFollower struct {
	place news.Place // in the story log
	built time.Time  // when it was last begun anew; zero: never
}

func (f *indexFollower) step(ctx context.Context, p *Publisher) error {
	if f.built.IsZero() || p.now().Sub(f.built) >= indexAgain {
		if err := f.build(ctx, p); err != nil {
			return err
		}
	}
	for {
		changes, err := p.deps.Changes.Since(ctx, f.place, indexRead)
		if err != nil {
			return fmt.Errorf("read the story log: %w", err)
		}
		if len(changes) == 0 {
			return nil
		}
		var ids []string
		seen := map[string]bool{}
		for _, c := range changes {
			if c.Story != "" && !seen[c.Story] {
				seen[c.Story] = true
				ids = append(ids, c.Story)
			}
		}
		if err := p.reindex(ctx, ids); err != nil {
			return err
		}
		f.place = changes[len(changes)-1].Place
	}
}

// build walks all stories. What changes meanwhile stands in the log behind the
// place that was its end at the beginning, and is read after.
func (f *indexFollower) build(ctx context.Context, p *Publisher) error {
	place := f.place
	for {
		changes, err := p.deps.Changes.Since(ctx, place, 10*indexRead)
		if err != nil {
			return fmt.Errorf("find the end of the story log: %w", err)
		}
		if len(changes) == 0 {
			break
		}
		place = changes[len(changes)-1].Place
	}
	var fresh index
	fresh.reset()
	after := ""
	for {
		stories, err := p.deps.Stories.Stories(ctx, after, time.Time{}, indexRead)
		if errors.Is(err, news.ErrNotFound) {
			return fmt.Errorf("the story to go on from went away; beginning again: %w", err)
		}
		if err != nil {
			return fmt.Errorf("walk the stories: %w", err)
		}
		if len(stories) == 0 {
			break
		}
		for _, s := range stories {
			fresh.story(s)
		}
		after = stories[len(stories)-1].ID
	}
	p.index.replace(&fresh)
	f.place, f.built = place, p.now()
	p.observeIndex()
	return nil
}

// reindex reads stories and brings their entries up to date.
func (p *Publisher) reindex(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	stories, err := p.deps.Stories.Find(ctx, ids...)
	if err != nil {
		return fmt.Errorf("read changed stories: %w", err)
	}
	for i, s := range stories {
		if s.ID != ids[i] { // gone, or part of another one
			p.index.remove(ids[i])
		}
		if s.ID != "" {
			p.index.story(s)
		}
	}
	p.observeIndex()
	return nil
}

func (p *Publisher) observeIndex() {
	if p.opt.Observe.Index != nil {
		p.opt.Observe.Index(p.index.size())
	}
}

// story takes a story in, or out where it is not for everyone to read.
func (x *index) story(s news.Story) {
	if !visible(s) {
		x.remove(s.ID)
		return
	}
	x.put(s.ID, first(s.Published, s.FirstSeen).Unix(), s.Title, s.Lede)
}

// visible says whether a story may be read by everyone: it stands among all
// news, which a held, embargoed or withdrawn one does not.
func visible(s news.Story) bool {
	if !s.Withdrawn.IsZero() {
		return false
	}
	for _, f := range s.Filings {
		if f.Channel == news.Everything {
			return f.In
		}
	}
	return false
}

// replace takes over what another index holds.
func (x *index) replace(o *index) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.terms, x.keys, x.bare, x.docs, x.of, x.dead, x.bytes = o.terms, o.keys, o.bare, o.docs, o.of, o.dead, o.bytes
}
