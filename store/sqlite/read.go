package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"tinhub/news"
	"tinhub/store"
)

// above is a bound above every TEXT.
var above = []byte{0}

// Get reads records one by one, each whole.
func (s *Store) Get(ctx context.Context, refs ...store.Ref) ([]store.Record, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	out := make([]store.Record, len(refs))
	for i, ref := range refs {
		r := &out[i]
		r.Key = ref.Key
		var owns string
		var sum int64
		err := s.stmts.record.QueryRowContext(ctx, ref.Has, string(ref.Partition), ref.Key).Scan(&r.Version, &owns, &sum, &r.Value)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, s.fault(err)
		}
		if ref.Has != 0 && r.Version == ref.Has {
			continue
		}
		if _, err := s.finish(ref.Partition, r, owns, sum); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// finish checks a record that was read, and gives its expiry and what it owns.
func (s *Store) finish(p store.Partition, r *store.Record, owns string, sum int64) ([]store.Index, error) {
	if sum != recordSum(r.Key, owns, r.Version, r.Value) {
		return nil, s.damaged(fmt.Sprintf("record %s in %s is not what was written", r.Key, p))
	}
	own, err := store.UnpackIndex(owns)
	if err != nil {
		return nil, s.damaged(err.Error())
	}
	own, r.Expires = store.SplitExpiry(own)
	return own, nil
}

// Range reads one stretch of an index.
func (s *Store) Range(ctx context.Context, p store.Partition, index string, span store.Span) ([]store.Hit, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	limit := span.Limit
	if limit <= 0 {
		limit = store.DefaultLimit
	}
	var rows *sql.Rows
	var err error
	if span.Reverse {
		sort, key := upper(span), ""
		if a := span.After; a != nil && (span.To == "" || a.Sort < span.To) {
			sort, key = a.Sort, a.Key
		}
		rows, err = s.stmts.reverse.QueryContext(ctx, string(p), index, sort, key, span.From, limit)
	} else {
		sort, key := span.From, ""
		if a := span.After; a != nil && a.Sort >= span.From {
			sort, key = a.Sort, a.Key
		}
		rows, err = s.stmts.forward.QueryContext(ctx, string(p), index, sort, key, upper(span), limit)
	}
	if err != nil {
		return nil, s.fault(err)
	}
	defer rows.Close()
	var hits []store.Hit
	for rows.Next() {
		var h store.Hit
		if err := rows.Scan(&h.Sort, &h.Key); err != nil {
			return nil, s.fault(err)
		}
		hits = append(hits, h)
	}
	return hits, s.fault(rows.Err())
}

// Ranges reads them one by one.
func (s *Store) Ranges(ctx context.Context, p store.Partition, stretches ...store.Stretch) ([][]store.Hit, error) {
	out := make([][]store.Hit, len(stretches))
	for i, x := range stretches {
		var err error
		if out[i], err = s.Range(ctx, p, x.Index, x.Span); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func upper(span store.Span) any {
	if span.To == "" {
		return above
	}
	return span.To
}

// Read reads a log. A log is never removed, so its last id only grows and needs
// no transaction with the items.
func (s *Store) Read(ctx context.Context, p store.Partition, log string, after news.Place, limit int) ([]store.Item, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = store.DefaultLimit
	}
	id, from, err := s.locate(ctx, p, log, after)
	if id == 0 || err != nil {
		return nil, err
	}
	rows, err := s.stmts.items.QueryContext(ctx, id, max(from, 0), limit)
	if err != nil {
		return nil, s.fault(err)
	}
	defer rows.Close()
	var items []store.Item
	for rows.Next() {
		var n, sum int64
		var value []byte
		if err := rows.Scan(&n, &sum, &value); err != nil {
			return nil, s.fault(err)
		}
		if sum != itemSum(n, value) {
			return nil, s.damaged(fmt.Sprintf("an item of log %s in %s is not what was written", log, p))
		}
		items = append(items, store.Item{Place: store.MakePlace(s.epoch, strconv.FormatInt(n, 10)), Value: value})
	}
	return items, s.fault(rows.Err())
}

// locate finds a log's row, 0 if there is none, and what a place in it means:
// -1 if the place is not of this log's life.
func (s *Store) locate(ctx context.Context, p store.Partition, log string, at news.Place) (id, from int64, err error) {
	var last int64
	err = s.stmts.log.QueryRowContext(ctx, string(p), log).Scan(&id, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, -1, nil
	}
	if err != nil {
		return 0, -1, s.fault(err)
	}
	epoch, text := store.SplitPlace(at)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || epoch != s.epoch || n > last {
		return id, -1, nil
	}
	return id, n, nil
}

// trimStretch is how many items one job of Trim removes, so that batches get
// their turn between.
const trimStretch = 2000

// Trim removes items through the writer: a transaction beside it could be rolled
// back with a group's.
func (s *Store) Trim(ctx context.Context, p store.Partition, log string, upTo news.Place) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	id, to, err := s.locate(ctx, p, log, upTo)
	if id == 0 || to < 0 || err != nil {
		return err
	}
	for {
		var gone int64
		err := s.w.submit(ctx, &job{do: func(g *group) error {
			r, err := g.st.trim.ExecContext(g.ctx, id, to, trimStretch)
			if err == nil {
				gone, err = r.RowsAffected()
			}
			return err
		}})
		if err != nil || gone < trimStretch {
			return err
		}
	}
}

// Partitions lists those with a record or a log item.
func (s *Store) Partitions(ctx context.Context) ([]store.Partition, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, `SELECT name FROM part
		WHERE EXISTS (SELECT 1 FROM record WHERE record.part=part.id)
		OR EXISTS (SELECT 1 FROM log JOIN item ON item.log=log.id WHERE log.part=part.id)
		ORDER BY name`)
	if err != nil {
		return nil, s.fault(err)
	}
	defer rows.Close()
	var out []store.Partition
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, s.fault(err)
		}
		out = append(out, store.Partition(name))
	}
	return out, s.fault(rows.Err())
}
