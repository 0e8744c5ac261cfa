package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tinhub/store"
)

// Commit hands the batch to the writer and waits for its transaction.
func (s *Store) Commit(ctx context.Context, b store.Batch) (store.Receipt, error) {
	if err := s.usable(ctx); err != nil {
		return store.Receipt{}, err
	}
	if err := b.Check(); err != nil {
		return store.Receipt{}, err
	}
	var r store.Receipt
	j := &job{do: func(g *group) (err error) { r, err = g.apply(&b); return err }}
	for _, step := range b.Steps {
		j.size += len(step.Value)
	}
	j.grown = b.Logs()
	if err := s.w.submit(ctx, j); err != nil {
		return store.Receipt{}, err // not r: the writer may still be at it
	}
	return r, nil
}

// A group is the transaction under way, with the rows that several of its
// batches change.
type group struct {
	ctx   context.Context
	w     *writer
	st    *writeStatements
	parts map[store.Partition]*part
	item  int64 // the last item's id; 0: not read yet
}

// A part is a partition's row and its logs'.
type part struct {
	id, version, batches int64
	logs                 map[string]*logRow
	dirty                bool
}

type logRow struct{ id, last int64 }

// apply carries out one batch. It writes nothing before it knows that the batch
// is not refused.
func (g *group) apply(b *store.Batch) (store.Receipt, error) {
	p, err := g.part(b.Partition)
	if err != nil {
		return store.Receipt{}, err
	}
	if b.ID != "" {
		if r, ok, err := g.receipt(p, b.ID); ok || err != nil {
			return r, err
		}
	}
	if err := g.fences(p, b.Fences); err != nil {
		return store.Receipt{}, err
	}
	p.version = max(p.version, g.w.s.opt.Clock().UnixMicro()-1)
	before, results := p.version, make([]store.Result, len(b.Steps))
	for i := range b.Steps {
		step := &b.Steps[i]
		allowed := step.Needs == 0 || results[step.Needs-1].Applied
		if results[i], err = g.step(p, step, allowed); err != nil {
			return store.Receipt{}, err
		}
	}
	p.dirty = p.dirty || p.version != before
	if b.ID != "" {
		if err := g.remember(p, b.ID, store.PackResults(before, b.Steps, results)); err != nil {
			return store.Receipt{}, err
		}
	}
	return store.Receipt{Results: results}, nil
}

// part reads a partition's row, or makes it.
func (g *group) part(name store.Partition) (*part, error) {
	if p := g.parts[name]; p != nil {
		return p, nil
	}
	p := &part{logs: map[string]*logRow{}}
	err := g.st.part.QueryRowContext(g.ctx, string(name)).Scan(&p.id, &p.version, &p.batches)
	if errors.Is(err, sql.ErrNoRows) {
		err = g.st.newPart.QueryRowContext(g.ctx, string(name)).Scan(&p.id)
	}
	if err != nil {
		return nil, err
	}
	g.parts[name] = p
	return p, nil
}

// receipt answers a batch that was applied before.
func (g *group) receipt(p *part, id string) (store.Receipt, bool, error) {
	var packed string
	err := g.st.receipt.QueryRowContext(g.ctx, p.id, id).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Receipt{}, false, nil
	}
	if err != nil {
		return store.Receipt{}, false, err
	}
	results, err := store.UnpackResults(packed)
	if err != nil {
		return store.Receipt{}, false, g.w.s.damaged(err.Error())
	}
	return store.Receipt{Results: results, Resent: true}, true, nil
}

// remember writes a receipt and forgets the one MaxReceipts before it.
func (g *group) remember(p *part, id, packed string) error {
	p.batches++
	p.dirty = true
	if _, err := g.st.newReceipt.ExecContext(g.ctx, p.id, id, p.batches, packed); err != nil {
		return err
	}
	if p.batches <= store.MaxReceipts {
		return nil
	}
	_, err := g.st.oldReceipts.ExecContext(g.ctx, p.id, p.batches-store.MaxReceipts)
	return err
}

// fences refuses the batch for a stale token before it raises any.
func (g *group) fences(p *part, fences []store.Fence) error {
	raise := make([]store.Fence, 0, len(fences))
	for _, f := range fences {
		var seen int64
		err := g.st.fence.QueryRowContext(g.ctx, p.id, f.Name).Scan(&seen)
		switch {
		case errors.Is(err, sql.ErrNoRows) || err == nil && f.Token > seen:
			raise = append(raise, f)
		case err != nil:
			return err
		case f.Token < seen:
			return fmt.Errorf("fence %s: token %d after %d: %w", f.Name, f.Token, seen, store.ErrFenced)
		}
	}
	for _, f := range raise {
		if _, err := g.st.raise.ExecContext(g.ctx, p.id, f.Name, f.Token); err != nil {
			return err
		}
	}
	return nil
}

// step applies one step if its condition holds.
func (g *group) step(p *part, s *store.Step, allowed bool) (store.Result, error) {
	if s.Op == store.Append {
		if !allowed {
			return store.Result{}, nil
		}
		return store.Result{Applied: true}, g.add(p, s.Key, s.Value)
	}
	var id, version int64
	var owns string
	err := g.st.record.QueryRowContext(g.ctx, p.id, s.Key).Scan(&id, &version, &owns)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return store.Result{}, err
	}
	if !allowed || !holds(s, version) {
		return store.Result{Version: version}, nil
	}
	if s.Op == store.Delete {
		return store.Result{Applied: true}, g.remove(p, s.Key, id, owns)
	}
	p.version++
	own := store.PackIndex(s.Owns())
	sum := recordSum(s.Key, own, p.version, s.Value)
	value := s.Value
	if value == nil {
		value = []byte{}
	}
	if id == 0 {
		_, err = g.st.newRecord.ExecContext(g.ctx, p.id, s.Key, p.version, own, sum, value)
	} else {
		_, err = g.st.setRecord.ExecContext(g.ctx, p.version, own, sum, value, id)
	}
	if err == nil {
		err = g.reindex(p, s.Key, owns, own)
	}
	return store.Result{Applied: true, Version: p.version}, err
}

// holds decides a step's condition on a record at a version; 0 is none.
func holds(s *store.Step, version int64) bool {
	switch s.If {
	case store.Absent:
		return version == 0
	case store.Present:
		return version != 0
	case store.At:
		return version == s.Version
	}
	return true
}

func (g *group) remove(p *part, key string, id int64, owns string) error {
	if id == 0 {
		return nil
	}
	if _, err := g.st.delRecord.ExecContext(g.ctx, id); err != nil {
		return err
	}
	return g.reindex(p, key, owns, "")
}

// reindex changes a record's entries from those packed in was to those in is.
func (g *group) reindex(p *part, key, was, is string) error {
	if was == is {
		return nil
	}
	old, err := store.UnpackIndex(was)
	if err != nil {
		return g.w.s.damaged(err.Error())
	}
	own, err := store.UnpackIndex(is)
	if err != nil {
		return err
	}
	keep := make(map[store.Index]bool, len(own))
	for _, x := range own {
		keep[x] = true
	}
	for _, x := range old {
		if keep[x] {
			delete(keep, x) // it stands already
		} else if _, err := g.st.delEntry.ExecContext(g.ctx, p.id, x.Name, x.Sort, key); err != nil {
			return err
		}
	}
	for _, x := range own {
		if !keep[x] {
			continue
		}
		if _, err := g.st.newEntry.ExecContext(g.ctx, p.id, x.Name, x.Sort, key); err != nil {
			return err
		}
	}
	return nil
}

// add appends to a log.
func (g *group) add(p *part, name string, value []byte) error {
	l, err := g.log(p, name)
	if err != nil {
		return err
	}
	if g.item == 0 {
		if err := g.st.lastItem.QueryRowContext(g.ctx).Scan(&g.item); err != nil {
			return err
		}
	}
	g.item = max(g.item+1, time.Now().UnixMicro())
	l.last, p.dirty = g.item, true
	if value == nil {
		value = []byte{}
	}
	_, err = g.st.newItem.ExecContext(g.ctx, g.item, l.id, itemSum(g.item, value), value)
	return err
}

func (g *group) log(p *part, name string) (*logRow, error) {
	if l := p.logs[name]; l != nil {
		return l, nil
	}
	l := &logRow{}
	err := g.st.log.QueryRowContext(g.ctx, p.id, name).Scan(&l.id, &l.last)
	if errors.Is(err, sql.ErrNoRows) {
		err = g.st.newLog.QueryRowContext(g.ctx, p.id, name).Scan(&l.id)
	}
	if err != nil {
		return nil, err
	}
	p.logs[name] = l
	return l, nil
}

// save writes the rows that the group's batches shared.
func (g *group) save() error {
	for _, p := range g.parts {
		if !p.dirty {
			continue
		}
		if _, err := g.st.savePart.ExecContext(g.ctx, p.version, p.batches, p.id); err != nil {
			return err
		}
		for _, l := range p.logs {
			if _, err := g.st.saveLog.ExecContext(g.ctx, l.last, l.id); err != nil {
				return err
			}
		}
	}
	if g.item == 0 {
		return nil
	}
	_, err := g.st.saveItem.ExecContext(g.ctx, g.item)
	return err
}
