package sqlite

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tinhub/news"
	"tinhub/store"
)

// fault says what SQLite's error means here, naming the file and the mend.
func (s *Store) fault(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, news.ErrClosed) {
		return err
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("store %s: %w", s.path, err)
	}
	switch {
	case e.Code()&0xff == sqlite3.SQLITE_FULL, e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE:
		return fmt.Errorf("store %s: %w: make room on its disk (%v)", s.path, store.ErrFull, err)
	case e.Code()&0xff == sqlite3.SQLITE_CORRUPT, e.Code()&0xff == sqlite3.SQLITE_NOTADB:
		return s.damaged(err.Error())
	case e.Code()&0xff == sqlite3.SQLITE_BUSY:
		return fmt.Errorf("store %s: another process has been writing to it for over %v: stop that, or try again (%w)", s.path, s.opt.Busy, err)
	case e.Code()&0xff == sqlite3.SQLITE_READONLY, e.Code()&0xff == sqlite3.SQLITE_CANTOPEN, e.Code()&0xff == sqlite3.SQLITE_PERM:
		return fmt.Errorf("store %s: it cannot be written: see to the rights of the file and its folder, and whether the disk is mounted read-only (%w)", s.path, err)
	}
	return fmt.Errorf("store %s: %w", s.path, err)
}

// errDamaged marks a file that needs its backup.
var errDamaged = errors.New("the file is damaged")

func (s *Store) damaged(how string) error {
	return fmt.Errorf("store %s: %w: %s: stop tinhub, move the file and its -wal and -shm away, and restore the last backup (tinhub restore FILE)",
		s.path, errDamaged, how)
}
