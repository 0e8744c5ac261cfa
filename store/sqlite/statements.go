package sqlite

import (
	"context"
	"database/sql"
)

// writeStatements are prepared on the writer's connection.
type writeStatements struct {
	part, newPart, savePart *sql.Stmt
	receipt, newReceipt     *sql.Stmt
	oldReceipts             *sql.Stmt
	fence, raise            *sql.Stmt
	record, newRecord       *sql.Stmt
	setRecord, delRecord    *sql.Stmt
	newEntry, delEntry      *sql.Stmt
	log, newLog, saveLog    *sql.Stmt
	lastItem, saveItem      *sql.Stmt
	newItem, trim           *sql.Stmt
	all                     []*sql.Stmt
}

func prepareWrites(ctx context.Context, conn *sql.Conn) (*writeStatements, error) {
	st := &writeStatements{}
	list := []struct {
		to  **sql.Stmt
		sql string
	}{
		{&st.part, "SELECT id, version, batches FROM part WHERE name=?"},
		{&st.newPart, "INSERT INTO part (name, version, batches) VALUES (?, 0, 0) RETURNING id"},
		{&st.savePart, "UPDATE part SET version=?, batches=? WHERE id=?"},
		{&st.receipt, "SELECT results FROM receipt WHERE part=? AND batch=?"},
		{&st.newReceipt, "INSERT INTO receipt (part, batch, number, results) VALUES (?, ?, ?, ?)"},
		{&st.oldReceipts, "DELETE FROM receipt WHERE part=? AND number<=?"},
		{&st.fence, "SELECT token FROM fence WHERE part=? AND name=?"},
		{&st.raise, "INSERT INTO fence (part, name, token) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET token=excluded.token"},
		{&st.record, "SELECT id, version, owns FROM record WHERE part=? AND key=?"},
		{&st.newRecord, "INSERT INTO record (part, key, version, owns, sum, value) VALUES (?, ?, ?, ?, ?, ?)"},
		{&st.setRecord, "UPDATE record SET version=?, owns=?, sum=?, value=? WHERE id=?"},
		{&st.delRecord, "DELETE FROM record WHERE id=?"},
		{&st.newEntry, "INSERT OR IGNORE INTO entry (part, name, sort, key) VALUES (?, ?, ?, ?)"},
		{&st.delEntry, "DELETE FROM entry WHERE part=? AND name=? AND sort=? AND key=?"},
		{&st.log, "SELECT id, last FROM log WHERE part=? AND name=?"},
		{&st.newLog, "INSERT INTO log (part, name, last) VALUES (?, ?, 0) RETURNING id"},
		{&st.saveLog, "UPDATE log SET last=? WHERE id=?"},
		{&st.lastItem, "SELECT value FROM about WHERE name='item'"},
		{&st.saveItem, "UPDATE about SET value=? WHERE name='item'"},
		{&st.newItem, "INSERT INTO item (id, log, sum, value) VALUES (?, ?, ?, ?)"},
		{&st.trim, "DELETE FROM item WHERE id IN (SELECT id FROM item WHERE log=? AND id<=? ORDER BY id LIMIT ?)"},
	}
	for _, l := range list {
		var err error
		if *l.to, err = conn.PrepareContext(ctx, l.sql); err != nil {
			st.close()
			return nil, err
		}
		st.all = append(st.all, *l.to)
	}
	return st, nil
}

func (st *writeStatements) close() {
	for _, s := range st.all {
		s.Close()
	}
}

// readStatements are prepared on any of the readers' connections as needed.
type readStatements struct {
	record, forward, reverse *sql.Stmt
	log, items               *sql.Stmt
	all                      []*sql.Stmt
}

// The bounds of a span are pairs of sort and key. An open end is a BLOB, which
// sorts after every TEXT.
const (
	sqlRecord  = "SELECT version, owns, sum, CASE WHEN version=? THEN NULL ELSE value END FROM record WHERE part=(SELECT id FROM part WHERE name=?) AND key=?"
	sqlForward = "SELECT sort, key FROM entry WHERE part=(SELECT id FROM part WHERE name=?) AND name=? AND (sort, key)>(?, ?) AND sort<? ORDER BY sort, key LIMIT ?"
	sqlReverse = "SELECT sort, key FROM entry WHERE part=(SELECT id FROM part WHERE name=?) AND name=? AND (sort, key)<(?, ?) AND sort>=? ORDER BY sort DESC, key DESC LIMIT ?"
	sqlLog     = "SELECT id, last FROM log WHERE part=(SELECT id FROM part WHERE name=?) AND name=?"
	sqlItems   = "SELECT id, sum, value FROM item WHERE log=? AND id>? ORDER BY id LIMIT ?"
)

func (st *readStatements) prepare(ctx context.Context, s *Store) error {
	for _, l := range []struct {
		to  **sql.Stmt
		sql string
	}{
		{&st.record, sqlRecord}, {&st.forward, sqlForward}, {&st.reverse, sqlReverse},
		{&st.log, sqlLog}, {&st.items, sqlItems},
	} {
		var err error
		if *l.to, err = s.read.PrepareContext(ctx, l.sql); err != nil {
			return s.fault(err)
		}
		st.all = append(st.all, *l.to)
	}
	return nil
}

func (st *readStatements) close() {
	for _, s := range st.all {
		s.Close()
	}
}
