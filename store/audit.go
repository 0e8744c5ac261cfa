package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tinhub/news"
)

// Audit is the log of decisions. It can be added to and read; only the sweeper
// takes from it, after keep.audit.
type Audit struct {
	core Core
	keep Keep
}

// NewAudit makes the facet over an engine.
func NewAudit(core Core, keep Keep) *Audit { return &Audit{core, keep.withDefaults()} }

// Add writes a decision. The same one added again stands there once.
func (a *Audit) Add(ctx context.Context, d news.Decision) error {
	b := build{}
	key, err := auditKey(d)
	if err == nil {
		b.json(key, d, Step{If: Absent, Index: []Index{{indexAudit, TimeSort(d.At)}}, Expires: d.At.Add(a.keep.Audit)})
		err = b.err
	}
	if err == nil {
		_, err = a.core.Commit(ctx, Batch{Partition: AdminPartition, Steps: b.steps})
	}
	if err != nil {
		return fmt.Errorf("write down what %s decided (%s %s): %w", d.Who, d.What, d.Subject, err)
	}
	return nil
}

func auditKey(d news.Decision) (string, error) {
	data, err := json.Marshal(d)
	return keyAudit(d.At, news.KeyOf(string(data))), err
}

// Between lists decisions from a time up to, not including, another (zero: open),
// latest first, from behind a decision's cursor ("" from the latest).
func (a *Audit) Between(ctx context.Context, from, to time.Time, cursor string, limit int) (ds []news.Decision, next string, err error) {
	after, err := readCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	if limit <= 0 {
		limit = 100
	}
	span := Span{Reverse: true, After: after, Limit: limit + 1}
	if !from.IsZero() {
		span.From = TimeSort(from)
	}
	if !to.IsZero() {
		span.To = TimeSort(to)
	}
	hits, err := a.core.Range(ctx, AdminPartition, indexAudit, span)
	if err != nil {
		return nil, "", fmt.Errorf("read the audit log: %w", err)
	}
	if len(hits) > limit {
		hits = hits[:limit]
		next = writeCursor(hits[limit-1])
	}
	ds, err = getPresent[news.Decision](ctx, a.core, refsOf(AdminPartition, hits), nil)
	if err != nil {
		return nil, "", fmt.Errorf("read the audit log: %w", err)
	}
	return ds, next, nil
}
