package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"tinhub/store"
)

// Dump walks a partition in one read transaction: what it yields stood together
// at one moment, and writers go on meanwhile.
func (s *Store) Dump(ctx context.Context, p store.Partition) iter.Seq2[store.Dumped, error] {
	return func(yield func(store.Dumped, error) bool) {
		if err := s.dump(ctx, p, func(d store.Dumped) bool { return yield(d, nil) }); err != nil {
			yield(store.Dumped{}, err)
		}
	}
}

func (s *Store) dump(ctx context.Context, p store.Partition, yield func(store.Dumped) bool) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s.fault(err)
	}
	defer tx.Rollback()
	more, err := s.dumpRecords(ctx, tx, p, yield)
	if more && err == nil {
		err = s.dumpLogs(ctx, tx, p, yield)
	}
	return err
}

func (s *Store) dumpRecords(ctx context.Context, tx *sql.Tx, p store.Partition, yield func(store.Dumped) bool) (more bool, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT key, version, owns, sum, value FROM record WHERE part=(SELECT id FROM part WHERE name=?) ORDER BY key", string(p))
	if err != nil {
		return false, s.fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var r store.Record
		var owns string
		var sum int64
		if err := rows.Scan(&r.Key, &r.Version, &owns, &sum, &r.Value); err != nil {
			return false, s.fault(err)
		}
		own, err := s.finish(p, &r, owns, sum)
		if err != nil {
			return false, err
		}
		if !yield(store.Dumped{Record: &r, Index: own}) {
			return false, nil
		}
	}
	return true, s.fault(rows.Err())
}

func (s *Store) dumpLogs(ctx context.Context, tx *sql.Tx, p store.Partition, yield func(store.Dumped) bool) error {
	rows, err := tx.QueryContext(ctx, `SELECT log.name, item.id, item.sum, item.value FROM log JOIN item ON item.log=log.id
		WHERE log.part=(SELECT id FROM part WHERE name=?) ORDER BY log.name, item.id`, string(p))
	if err != nil {
		return s.fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var d store.Dumped
		var id, sum int64
		if err := rows.Scan(&d.Log, &id, &sum, &d.Value); err != nil {
			return s.fault(err)
		}
		if sum != itemSum(id, d.Value) {
			return s.damaged(fmt.Sprintf("an item of log %s in %s is not what was written", d.Log, p))
		}
		if !yield(d) {
			return nil
		}
	}
	return s.fault(rows.Err())
}
