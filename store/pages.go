package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tinhub/news"
)

// Article pages that are to be read stand in their paper's shard, so that they
// are queued in the batch that brings their entries, and taken off in the one
// that brings their text.

// pageKept is how long a page is remembered, from when it was last touched: one
// that nobody reads any more, because its source is gone, must not stand for ever,
// and what became of one is of interest for a while.
const pageKept = 30 * day

// page adds a page: due, or done with.
func (b *build) page(p *news.Page) {
	s := Step{Expires: later(p.Queued, p.Last).Add(pageKept)}
	if !p.Done() {
		s.Index = []Index{{indexPages, TimeSort(p.Due)}}
		s.Expires = later(s.Expires, p.Due.Add(pageKept))
	}
	b.json(keyPage(p.Source, p.Key), p, s)
}

// DuePages lists the pages of a shard that are due, earliest first: their names
// and when they are due, and nothing else of them.
func (w *Wire) DuePages(ctx context.Context, shard int, now time.Time) ([]news.Page, error) {
	hits, err := rangeAll(ctx, w.core, Paper(shard), indexPages, Span{To: TimeSort(now.Add(1))})
	if err != nil {
		return nil, fmt.Errorf("list the pages that are due: %w", err)
	}
	pages := make([]news.Page, 0, len(hits))
	for _, h := range hits {
		source, key, ok := strings.Cut(strings.TrimPrefix(h.Key, "page/"), "/")
		if ok {
			pages = append(pages, news.Page{Source: source, Key: news.Key(key), Due: sortTime(h.Sort)})
		}
	}
	return pages, nil
}

// Pages reads pages of a source by the keys of their entries; one that is not
// known has an empty Source.
func (w *Wire) Pages(ctx context.Context, shard int, source string, keys ...news.Key) ([]news.Page, error) {
	out := make([]news.Page, len(keys))
	if len(keys) == 0 {
		return out, nil
	}
	p := Paper(shard)
	refs := make([]Ref, len(keys))
	for i, k := range keys {
		refs[i] = refOf(p, keyPage(source, k))
	}
	recs, err := w.core.Get(ctx, refs...)
	if err != nil {
		return nil, fmt.Errorf("read pages of %s: %w", source, err)
	}
	for i, r := range recs {
		if r.Version == 0 {
			continue
		}
		if err := decode(p, r, &out[i]); err != nil {
			return nil, err
		}
		out[i].Version = r.Version
	}
	return out, nil
}

// SettlePage stores what became of a page and puts the completed entry on the
// wire, in one batch. Where the page was queued anew since it was read, nothing
// is stored: it is going to be read again. news.ErrFenced: the shard has a new
// owner. After any other error the same may be settled again.
func (w *Wire) SettlePage(ctx context.Context, s news.PageSettling) error {
	var b build
	b.page(&s.Page)
	b.steps[0].If, b.steps[0].Version = At, s.Page.Version
	if s.Completed != nil {
		b.append(logWire, s.Completed)
		b.steps[1].Needs = 1
	}
	_, err := b.commit(ctx, w.core, Paper(s.Shard), fencePoll, s.Lease)
	return wrap("settle a page of "+s.Page.Source, err)
}
