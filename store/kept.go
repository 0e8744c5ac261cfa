package store

import (
	"context"
	"fmt"
	"strings"

	"tinhub/news"
)

// Kept holds objects of one kind that were made in the pages or the API: sources,
// topics, partners, accounts, tokens. Whoever changes one says which version he
// looked at, so that two editors never overwrite each other unseen.
type Kept[T any] struct {
	core Core
	kind string
}

// NewKept makes the facet for a kind ("source", "topic" …), a-z only.
func NewKept[T any](core Core, kind string) *Kept[T] { return &Kept[T]{core, kind} }

// A Versioned is an object at a version; version 0 means that there is none.
type Versioned[T any] struct {
	ID      string
	Version int64
	Value   T
}

func (k *Kept[T]) key(id string) string { return k.kind + "/" + id }

// Get reads one object; news.ErrNotFound if there is none.
func (k *Kept[T]) Get(ctx context.Context, id string) (Versioned[T], error) {
	v, err := k.read(ctx, []string{id})
	if err != nil {
		return Versioned[T]{}, err
	}
	if v[0].Version == 0 {
		return v[0], fmt.Errorf("%s %.80q: %w", k.kind, id, news.ErrNotFound)
	}
	return v[0], nil
}

func (k *Kept[T]) read(ctx context.Context, ids []string) ([]Versioned[T], error) {
	out := make([]Versioned[T], len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	refs := make([]Ref, len(ids))
	for i, id := range ids {
		refs[i] = refOf(AdminPartition, k.key(id))
	}
	recs, err := k.core.Get(ctx, refs...)
	if err != nil {
		return nil, fmt.Errorf("read %ss: %w", k.kind, err)
	}
	for i, r := range recs {
		out[i] = Versioned[T]{ID: ids[i], Version: r.Version}
		if r.Version == 0 {
			continue
		}
		if err := decode(AdminPartition, r, &out[i].Value); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// List reads objects in the order of their ids, from behind one ("" from the
// first); limit 0 is all of them.
func (k *Kept[T]) List(ctx context.Context, after string, limit int) ([]Versioned[T], error) {
	span := Span{Limit: limit}
	if after != "" {
		span.After = &Hit{Sort: after, Key: k.key(after)}
	}
	var hits []Hit
	var err error
	if limit > 0 {
		hits, err = k.core.Range(ctx, AdminPartition, indexKind(k.kind), span)
	} else {
		hits, err = rangeAll(ctx, k.core, AdminPartition, indexKind(k.kind), span)
	}
	if err != nil {
		return nil, fmt.Errorf("list %ss: %w", k.kind, err)
	}
	ids := make([]string, len(hits))
	for i, h := range hits {
		ids[i] = h.Sort
	}
	all, err := k.read(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := all[:0]
	for _, v := range all {
		if v.Version != 0 {
			out = append(out, v)
		}
	}
	return out, nil
}

// Put writes an object where it is at the version that the caller looked at (0:
// there is none yet), and returns its new version. news.ErrConflict: it was
// changed in the meantime; read it again.
func (k *Kept[T]) Put(ctx context.Context, id string, version int64, value T) (int64, error) {
	if id == "" || strings.ContainsRune(id, 0) {
		return 0, fmt.Errorf("write %s: it needs an id, without NUL", k.kind)
	}
	var b build
	b.json(k.key(id), value, Step{Index: []Index{{indexKind(k.kind), id}}})
	r, err := k.change(ctx, id, version, b)
	return r.Version, err
}

// Delete removes an object at a version; news.ErrConflict as for Put.
func (k *Kept[T]) Delete(ctx context.Context, id string, version int64) error {
	var b build
	b.delete(k.key(id))
	_, err := k.change(ctx, id, version, b)
	return err
}

// change commits one conditional step, with a line that others get a hint by.
func (k *Kept[T]) change(ctx context.Context, id string, version int64, b build) (Result, error) {
	what := "write " + k.kind + " " + id
	if b.err != nil {
		return Result{}, wrap(what, b.err)
	}
	b.steps[0].If, b.steps[0].Version = At, version
	if version == 0 {
		b.steps[0].If = Absent
	}
	b.steps = append(b.steps, Step{Op: Append, Key: logChanges, Value: []byte(k.key(id)), Needs: 1})
	r, err := k.core.Commit(ctx, Batch{Partition: AdminPartition, Steps: b.steps})
	if err != nil {
		return Result{}, wrap(what, err)
	}
	if !r.Results[0].Applied {
		return r.Results[0], wrap(what, news.ErrConflict)
	}
	return r.Results[0], nil
}
