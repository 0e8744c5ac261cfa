package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tinhub/news"
	"tinhub/store"
)

// maxGroup is how many jobs share a transaction: enough to share its cost, few
// enough that the first is not kept waiting.
const maxGroup = 256

// maxGroupBytes bounds what a transaction holds in memory.
const maxGroupBytes = 8 << 20

// A job is one thing to do in a transaction: a batch, or a stretch to trim.
type job struct {
	ctx   context.Context
	do    func(*group) error
	size  int
	grown []store.Log // what Watch is told of after the commit
	done  chan error
}

// A writer owns the one connection that writes. Only its own goroutine (and
// Open, before that starts) uses it.
type writer struct {
	s     *Store
	jobs  chan *job
	db    *sql.DB
	conn  *sql.Conn
	stmts *writeStatements // nil until prepared on conn
	ended chan struct{}    // closed when run has ended
}

func newWriter(s *Store) *writer {
	return &writer{s: s, jobs: make(chan *job, maxGroup), ended: make(chan struct{})}
}

// connect opens the connection anew if there is none.
func (w *writer) connect(ctx context.Context) error {
	if w.conn != nil {
		return nil
	}
	db, err := w.s.openDB(true)
	if err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		db.Close()
		return err
	}
	w.db, w.conn, w.stmts = db, conn, nil
	return nil
}

// close drops the connection; the next job opens another.
func (w *writer) close() error {
	if w.conn == nil {
		return nil
	}
	if w.stmts != nil {
		w.stmts.close()
	}
	w.conn.Close()
	err := w.db.Close()
	w.db, w.conn, w.stmts = nil, nil, nil
	return err
}

// submit hands a job to the writer and waits for its end. When ctx ends first,
// the job may still be done.
func (w *writer) submit(ctx context.Context, j *job) error {
	j.ctx, j.done = ctx, make(chan error, 1)
	select {
	case <-w.s.closed:
		return fmt.Errorf("store %s: %w", w.s.path, news.ErrClosed)
	default:
	}
	select {
	case w.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.ended:
		return fmt.Errorf("store %s: %w", w.s.path, news.ErrClosed)
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-w.ended:
		select {
		case err := <-j.done:
			return err
		default: // it came in behind the last group
			return fmt.Errorf("store %s: %w", w.s.path, news.ErrClosed)
		}
	}
}

// run writes until ctx ends, then what was handed in by then.
func (w *writer) run(ctx context.Context) {
	defer close(w.ended)
	for {
		select {
		case j := <-w.jobs:
			w.serve(w.gather(j))
			continue
		case <-ctx.Done():
		}
		select {
		case j := <-w.jobs:
			w.serve(w.gather(j))
		default:
			return
		}
	}
}

// gather takes what waits behind the first job, up to a group's bounds.
func (w *writer) gather(first *job) []*job {
	jobs, size := []*job{first}, first.size
	for len(jobs) < maxGroup && size < maxGroupBytes {
		select {
		case j := <-w.jobs:
			jobs, size = append(jobs, j), size+j.size
		default:
			return jobs
		}
	}
	return jobs
}

// serve does a group's jobs in one transaction, or each in one of its own where
// that fails, so that no job suffers for another's size.
func (w *writer) serve(jobs []*job) {
	live := jobs[:0]
	for _, j := range jobs {
		if err := j.ctx.Err(); err != nil {
			j.done <- err
		} else {
			live = append(live, j)
		}
	}
	if len(live) == 0 {
		return
	}
	refused, err := w.transact(live)
	if err != nil && len(live) > 1 {
		for _, j := range live {
			w.serve([]*job{j})
		}
		return
	}
	for i, j := range live {
		switch {
		case err != nil:
			j.done <- w.s.fault(err)
		default:
			if refused[i] == nil {
				w.s.hub.signal(j.grown)
			}
			j.done <- refused[i]
		}
	}
}

// transact runs jobs in one transaction. refused has the jobs that changed
// nothing because they may not; err means that none of them is applied.
func (w *writer) transact(jobs []*job) (refused []error, err error) {
	ctx := context.Background()
	if err := w.ready(ctx); err != nil {
		return nil, err
	}
	if _, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		w.abandon(err)
		return nil, err
	}
	g := &group{ctx: ctx, w: w, st: w.stmts, parts: map[store.Partition]*part{}}
	refused = make([]error, len(jobs))
	for i, j := range jobs {
		err := j.do(g)
		if errors.Is(err, store.ErrFenced) {
			refused[i], err = err, nil
		}
		if err != nil {
			w.abandon(err)
			return nil, err
		}
	}
	if err = g.save(); err == nil {
		_, err = w.conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		w.abandon(err)
		return nil, err
	}
	return refused, nil
}

// ready connects and prepares where a fault made that necessary.
func (w *writer) ready(ctx context.Context) error {
	if err := w.connect(ctx); err != nil {
		return err
	}
	if w.stmts != nil {
		return nil
	}
	st, err := prepareWrites(ctx, w.conn)
	if err != nil {
		w.close()
		return err
	}
	w.stmts = st
	return nil
}

// abandon rolls back. After anything but a full disk and a busy file it drops
// the connection too, whose state is then anybody's guess.
func (w *writer) abandon(err error) {
	w.conn.ExecContext(context.Background(), "ROLLBACK") // fails where SQLite has rolled back itself
	var e *sqlite.Error
	if errors.As(err, &e) && (e.Code()&0xff == sqlite3.SQLITE_FULL || e.Code()&0xff == sqlite3.SQLITE_BUSY) {
		return
	}
	w.close()
}
