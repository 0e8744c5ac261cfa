package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tinhub/news"
)

// How long what was counted is kept, and how long the salt of a day's hashes is
// after that day: until all processes have told what they counted.
const (
	useKept  = 400 * day
	saltKept = 2 * day
)

// Usage is what was asked of the outputs: one record a day and channel, to which
// every process adds what it counted.
type Usage struct{ core Core }

// NewUsage makes the facet over an engine.
func NewUsage(core Core) *Usage { return &Usage{core} }

// used is one record. Each says how far it knows each writer's telling, so that
// one told again, whole or in part, adds nothing.
type used struct {
	Uses    []news.Use `json:"uses"`
	Writers []told     `json:"writers"` // the last ones, latest first
}

type told struct {
	Writer string `json:"w"`
	N      int64  `json:"n"`
}

// usedWriters is how many a record remembers. A writer tells again at once or never.
const usedWriters = 64

// usedBatch is how many records one batch changes.
const usedBatch = 100

// Add adds the n-th telling of a writer, in a record for each day and channel. The
// same one added again adds nothing, also where an earlier try got half through.
func (u *Usage) Add(ctx context.Context, writer string, n int64, uses []news.Use) error {
	uses = slices.Clone(uses)
	slices.SortFunc(uses, news.CompareUses)
	var records [][]news.Use
	for i := 0; i < len(uses); {
		j := i + 1
		for j < len(uses) && uses[j].Day == uses[i].Day && uses[j].Channel == uses[i].Channel {
			j++
		}
		records, i = append(records, uses[i:j]), j
	}
	for part := range slices.Chunk(records, usedBatch) {
		if err := u.add(ctx, told{writer, n}, part); err != nil {
			return fmt.Errorf("add up what was asked of the outputs: %w", err)
		}
	}
	return nil
}

// add adds to records until none of them was changed by another in between.
func (u *Usage) add(ctx context.Context, by told, records [][]news.Use) error {
	for range contention {
		refs := make([]Ref, len(records))
		for i, r := range records {
			refs[i] = refOf(UsagePartition, keyUse(r[0].Day, r[0].Channel))
		}
		stand, err := u.core.Get(ctx, refs...)
		if err != nil {
			return err
		}
		var b build
		var left [][]news.Use
		for i, rec := range stand {
			if err := b.use(rec, by, records[i]); err != nil {
				return err
			}
			if len(b.steps) > len(left) {
				left = append(left, records[i])
			}
		}
		if b.err != nil || len(b.steps) == 0 {
			return b.err
		}
		done, err := u.core.Commit(ctx, Batch{Partition: UsagePartition, Steps: b.steps})
		if err != nil {
			return err
		}
		records = records[:0:0]
		for i, r := range done.Results {
			if !r.Applied {
				records = append(records, left[i])
			}
		}
		if len(records) == 0 {
			return nil
		}
	}
	return fmt.Errorf("%d others were quicker: %w", contention, news.ErrConflict)
}

// use puts what is added to one record, unless it knows it.
func (b *build) use(rec Record, by told, uses []news.Use) error {
	step := Step{If: Absent}
	var v used
	if rec.Version != 0 {
		step = Step{If: At, Version: rec.Version}
		if err := decode(UsagePartition, rec, &v); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(v.Writers, func(t told) bool { return t.Writer == by.Writer && t.N >= by.N }) {
		return nil
	}
	v.Writers = slices.DeleteFunc(v.Writers, func(t told) bool { return t.Writer == by.Writer })
	v.Writers = slices.Insert(v.Writers, 0, by)
	v.Writers = v.Writers[:min(len(v.Writers), usedWriters)]
	d, channel := uses[0].Day, uses[0].Channel
	for _, one := range uses {
		one.Day, one.Channel = "", "" // they are the key
		same := func(x news.Use) bool { return x.Same(one) }
		if i := slices.IndexFunc(v.Uses, same); i >= 0 {
			v.Uses[i] = v.Uses[i].Plus(one)
		} else {
			v.Uses = append(v.Uses, one)
		}
	}
	slices.SortFunc(v.Uses, news.CompareUses)
	at, err := time.Parse(time.DateOnly, d)
	if err != nil {
		return err
	}
	step.Index, step.Expires = []Index{{indexUsed, useSort(d, channel)}}, at.Add(useKept)
	b.json(keyUse(d, channel), v, step)
	return nil
}

// Between reads what was counted from a day to another, both included, in the
// order of news.CompareUses: of all channels, or of those that want says.
func (u *Usage) Between(ctx context.Context, from, to string, want func(channel string) bool) ([]news.Use, error) {
	hits, err := rangeAll(ctx, u.core, UsagePartition, indexUsed, Span{From: from, To: to + "0"}) // '0' comes behind '/'
	if err != nil {
		return nil, fmt.Errorf("read what was asked of the outputs: %w", err)
	}
	hits = slices.DeleteFunc(hits, func(h Hit) bool {
		return len(h.Sort) < len(useSort(from, "")) || !want(h.Sort[len(useSort(from, "")):])
	})
	var all []news.Use
	for part := range slices.Chunk(hits, 500) {
		records, err := getJSON[used](ctx, u.core, refsOf(UsagePartition, part))
		if err != nil {
			return nil, fmt.Errorf("read what was asked of the outputs: %w", err)
		}
		for i, r := range records {
			for _, one := range r.Uses {
				one.Day, one.Channel = part[i].Sort[:len(from)], part[i].Sort[len(from)+1:]
				all = append(all, one)
			}
		}
	}
	return all, nil
}

// Salt is what a day's readers are hashed with, the same for all processes: fresh,
// unless another was quicker. It goes when the day is over.
func (u *Usage) Salt(ctx context.Context, d string, fresh []byte) ([]byte, error) {
	at, err := time.Parse(time.DateOnly, d)
	if err != nil {
		return nil, fmt.Errorf("the salt of a day: %w", err)
	}
	ref := refOf(UsagePartition, keySalt(d))
	var b build
	b.put(ref.Key, string(fresh), Step{If: Absent, Expires: at.Add(saltKept)})
	if _, err := u.core.Commit(ctx, Batch{Partition: UsagePartition, Steps: b.steps}); err != nil {
		return nil, fmt.Errorf("the salt of a day: %w", err)
	}
	recs, err := u.core.Get(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("the salt of a day: %w", err)
	}
	if recs[0].Version == 0 {
		return nil, fmt.Errorf("the salt of %s: %w", d, news.ErrNotFound)
	}
	return recs[0].Value, nil
}
