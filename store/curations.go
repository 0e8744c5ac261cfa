package store

import (
	"context"
	"fmt"

	"tinhub/news"
)

// What editors decide about a story stands beside it on the desk, each decision at
// a version, so that two editors never overwrite each other unseen. The curator
// reads it and never writes it.

// Curations reads what editors decided about stories, in their order; one about
// which nothing was decided has version 0.
func (d *Desk) Curations(ctx context.Context, stories ...string) ([]news.Curation, error) {
	out := make([]news.Curation, len(stories))
	if len(stories) == 0 {
		return out, nil
	}
	refs := make([]Ref, len(stories))
	for i, id := range stories {
		refs[i] = refOf(DeskPartition, keyCuration(id))
	}
	recs, err := d.core.Get(ctx, refs...)
	if err != nil {
		return nil, fmt.Errorf("read what editors decided: %w", err)
	}
	for i, r := range recs {
		if r.Version == 0 {
			continue
		}
		if err := decode(DeskPartition, r, &out[i]); err != nil {
			return nil, err
		}
		out[i].Version = r.Version
	}
	return out, nil
}

// Curate writes what editors decided about a story, where it is at the version that
// they looked at (c.Version), and has the story filed by it, in one batch.
// news.ErrConflict: it was changed in the meantime. After any other error the same
// may be written again.
func (d *Desk) Curate(ctx context.Context, c news.Curation) (version int64, err error) {
	var b build
	b.json(keyCuration(c.Story), c, Step{If: Absent})
	if c.Version != 0 {
		b.steps[0].If, b.steps[0].Version = At, c.Version
	}
	id := string(news.KeyOf("curate", c.Story, fmt.Sprint(c.Version), string(b.steps[0].Value)))
	o := news.Instruction{ID: id, At: c.At, Who: c.By, Kind: news.OrderFile, Stories: []string{c.Story}}
	b.json(keyOrder(o.ID), o, Step{Index: []Index{{indexOrders, TimeSort(o.At)}}, Needs: 1})
	what := "write what editors decided about " + c.Story
	if b.err != nil {
		return 0, wrap(what, b.err)
	}
	r, err := d.core.Commit(ctx, Batch{Partition: DeskPartition, ID: id, Steps: b.steps})
	if err != nil {
		return 0, wrap(what, err)
	}
	if !r.Results[0].Applied {
		return 0, wrap(what, news.ErrConflict)
	}
	return r.Results[0].Version, nil
}
