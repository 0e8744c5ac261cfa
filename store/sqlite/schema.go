package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/crc32"

	"tinhub/store"
)

// The tables. A record keeps what it owns beside its value (store.PackIndex),
// so that replacing it removes exactly that from entry. An item's id is the time
// in microseconds when it was written, or one more than the last id: ids of a
// lost tail do not come back. sum is a CRC-32C over the parts of a row, since
// SQLite notices a flipped bit in its own structure but not in a value.
const schema = `
CREATE TABLE about (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE part (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	version INTEGER NOT NULL,  -- the last version given out
	batches INTEGER NOT NULL   -- how many receipts were written
);
CREATE TABLE record (
	id INTEGER PRIMARY KEY,
	part INTEGER NOT NULL,
	key TEXT NOT NULL,
	version INTEGER NOT NULL,
	owns TEXT NOT NULL,
	sum INTEGER NOT NULL,
	value BLOB NOT NULL
);
CREATE UNIQUE INDEX record_key ON record (part, key);
CREATE TABLE entry (
	part INTEGER NOT NULL,
	name TEXT NOT NULL,
	sort TEXT NOT NULL,
	key TEXT NOT NULL,
	PRIMARY KEY (part, name, sort, key)
) WITHOUT ROWID;
CREATE TABLE log (
	id INTEGER PRIMARY KEY,
	part INTEGER NOT NULL,
	name TEXT NOT NULL,
	last INTEGER NOT NULL,     -- the last item's id, trimmed or not
	UNIQUE (part, name)
);
CREATE TABLE item (
	id INTEGER PRIMARY KEY,
	log INTEGER NOT NULL,
	sum INTEGER NOT NULL,
	value BLOB NOT NULL
);
CREATE INDEX item_log ON item (log);
CREATE TABLE fence (
	part INTEGER NOT NULL,
	name TEXT NOT NULL,
	token INTEGER NOT NULL,
	PRIMARY KEY (part, name)
) WITHOUT ROWID;
CREATE TABLE receipt (
	part INTEGER NOT NULL,
	batch TEXT NOT NULL,
	number INTEGER NOT NULL,
	results TEXT NOT NULL,
	PRIMARY KEY (part, batch)
) WITHOUT ROWID;
CREATE INDEX receipt_number ON receipt (part, number);
`

// schemaVersion is the file's user_version.
const schemaVersion = 1

// applicationID marks a file as ours in its header: "tinh".
const applicationID = 0x74696e68

// makeSchema makes the tables in a new file, refuses a foreign or newer one, and
// returns the store's epoch. Two processes that start together agree, since the
// look and the making are one transaction.
func (w *writer) makeSchema(ctx context.Context) (epoch string, err error) {
	if _, err = w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			w.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	var version, app, tables int
	row := w.conn.QueryRowContext(ctx, "SELECT (SELECT user_version FROM pragma_user_version), (SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema)")
	if err = row.Scan(&version, &app, &tables); err != nil {
		return "", err
	}
	switch {
	case tables > 0 && app != applicationID:
		return "", errors.New("it is a database of another program: give store.url another folder")
	case version > schemaVersion:
		return "", fmt.Errorf("a newer tinhub wrote it (form %d, this one knows %d): use that version", version, schemaVersion)
	case tables == 0:
		if err = w.create(ctx); err != nil {
			return "", err
		}
	}
	if err = w.conn.QueryRowContext(ctx, "SELECT value FROM about WHERE name='epoch'").Scan(&epoch); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			err = errors.New("it has no epoch: its making was cut short; remove the file")
		}
		return "", err
	}
	_, err = w.conn.ExecContext(ctx, "COMMIT")
	return epoch, err
}

func (w *writer) create(ctx context.Context) error {
	pragmas := fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d;", applicationID, schemaVersion)
	if _, err := w.conn.ExecContext(ctx, schema+pragmas); err != nil {
		return err
	}
	_, err := w.conn.ExecContext(ctx, "INSERT INTO about VALUES ('epoch', ?), ('item', 0)", store.NewName())
	return err
}

// recordSum guards a record's row.
func recordSum(key, owns string, version int64, value []byte) int64 {
	c := crc32.Update(uint32(version), castagnoli, []byte(key))
	c = crc32.Update(c, castagnoli, []byte(owns))
	return int64(crc32.Update(c, castagnoli, value))
}

// itemSum guards an item's row.
func itemSum(id int64, value []byte) int64 {
	return int64(crc32.Update(uint32(id), castagnoli, value))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)
