package store

import (
	"context"
	"fmt"
	"time"

	"tinhub/news"
)

// The plans to look at articles' addresses again stand in their papers' shards:
// made in the batch that shelves an article, and settled by whoever polls there.

// recheckKept is how long a plan stands beyond the time that it is for, where
// nobody polls the paper any more.
const recheckKept = 60 * day

func (b *build) recheck(r *news.Recheck, s Step) {
	s.Index, s.Expires = []Index{{indexRecheck, TimeSort(r.Due)}}, r.Due.Add(recheckKept)
	if !r.Missing.IsZero() {
		s.Index = append(s.Index, Index{indexMissing, TimeSort(r.Due)})
	}
	b.json(keyRecheck(r.Article), r, s)
}

// DueLinks lists the plans of a shard whose time has come, earliest first, each
// with its article; one that is not kept any more has an empty ID.
func (w *Wire) DueLinks(ctx context.Context, shard int, now time.Time, limit int) ([]news.Recheck, []news.Article, error) {
	p := Paper(shard)
	hits, err := w.core.Range(ctx, p, indexRecheck, Span{To: TimeSort(now.Add(1)), Limit: limit})
	if err != nil || len(hits) == 0 {
		return nil, nil, wrap("list the addresses to look at", err)
	}
	plans, err := getPresent(ctx, w.core, refsOf(p, hits), func(r *news.Recheck, version int64) { r.Version = version })
	if err != nil {
		return nil, nil, wrap("list the addresses to look at", err)
	}
	ids := make([]string, len(plans))
	for i, plan := range plans {
		ids[i] = plan.Article
	}
	articles, err := readArticles(ctx, w.core, ids)
	return plans, articles, err
}

// SettleLink stores what became of a look, and the news that the article is gone
// where it is. news.ErrFenced: the shard has a new owner. Where the plan was
// settled since it was read, nothing is stored. After any other error the same may
// be settled again.
func (w *Wire) SettleLink(ctx context.Context, s news.LinkSettling) error {
	var b build
	if s.Drop {
		b.delete(keyRecheck(s.Recheck.Article))
	} else {
		b.recheck(&s.Recheck, Step{})
	}
	b.steps[0].If, b.steps[0].Version = At, s.Recheck.Version
	if s.Told != nil {
		b.append(logWire, s.Told)
		b.steps[1].Needs = 1
	}
	_, err := b.commit(ctx, w.core, Paper(s.Shard), fencePoll, s.Lease)
	return wrap("settle a look at the address of "+s.Recheck.Article, err)
}

// Order puts on the wire what somebody decided about an article: that it is gone,
// or what becomes of an edit that is held. It needs no lease: it changes nothing
// but the log, and the same one ordered again is there once.
func (w *Wire) Order(ctx context.Context, e news.Entry) error {
	p, err := ofPaper(e.About())
	if err != nil {
		return fmt.Errorf("order what becomes of an article: %w", err)
	}
	var b build
	b.append(logWire, e)
	if b.err != nil {
		return wrap("order what becomes of an article", b.err)
	}
	_, err = w.core.Commit(ctx, Batch{Partition: p, ID: string(news.KeyOf("order", string(b.steps[0].Value))), Steps: b.steps})
	return wrap("order what becomes of an article", err)
}

// Sealed reads the evidence of a withdrawn article: what it said then.
// news.ErrNotFound: there is none, or it is past its time.
func (s *Shelf) Sealed(ctx context.Context, article string) (news.Article, error) {
	p, err := ofPaper(article)
	if err != nil {
		return news.Article{}, err
	}
	found, err := getJSON[news.Article](ctx, s.core, []Ref{refOf(p, keySealed(article))})
	if err != nil {
		return news.Article{}, fmt.Errorf("read sealed evidence: %w", err)
	}
	if found[0].ID == "" {
		return news.Article{}, fmt.Errorf("sealed evidence of %s: %w", article, news.ErrNotFound)
	}
	return found[0], nil
}

// Missing lists the plans for articles that were found missing and are looked at
// again before a time, the earliest of each shard first, with their articles.
func (w *Wire) Missing(ctx context.Context, before time.Time, limit int) ([]news.Recheck, []news.Article, error) {
	var plans []news.Recheck
	for shard := range news.Shards {
		p := Paper(shard)
		hits, err := w.core.Range(ctx, p, indexMissing, Span{To: TimeSort(before), Limit: limit})
		if err != nil {
			return nil, nil, wrap("list the addresses that were missing", err)
		}
		found, err := getPresent(ctx, w.core, refsOf(p, hits), func(r *news.Recheck, version int64) { r.Version = version })
		if err != nil {
			return nil, nil, wrap("list the addresses that were missing", err)
		}
		for _, r := range found {
			if len(plans) < limit {
				plans = append(plans, r)
			}
		}
	}
	ids := make([]string, len(plans))
	for i, r := range plans {
		ids[i] = r.Article
	}
	articles, err := readArticles(ctx, w.core, ids)
	return plans, articles, err
}
