package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"modernc.org/sqlite"

	"tinhub/news"
	"tinhub/store"
)

// Options has a usable zero value.
type Options struct {
	// Sync makes each commit survive a power loss (synchronous FULL). Without it
	// a power loss may undo the last commits, whole and in order; a crash of the
	// process or kill -9 never does.
	Sync bool

	Busy    time.Duration // how long to wait for another process that writes; 0: 5 s
	Poll    time.Duration // how often Watch looks for other processes' commits; 0: 500 ms
	Readers int           // connections that read; 0: twice the processors, at least 4
	Log     *slog.Logger  // nil: none

	Clock func() time.Time // which versions are made of; nil: time.Now
}

// A Store is an open file. Its file is named in its errors.
type Store struct {
	path    string
	opt     Options
	log     *slog.Logger
	started time.Time // the store's clock: wall time at open plus monotonic time since
	dsn     func(write bool) string
	wrap    func(driver.Connector) driver.Connector // faults for tests
	read    *sql.DB
	stmts   readStatements
	epoch   string
	w       *writer
	hub     *hub

	closing sync.Once
	stop    context.CancelFunc
	done    sync.WaitGroup // writer and poller
	closed  chan struct{}
}

var _ store.Core = (*Store)(nil)

// Open opens the file at path, and makes it, and its folder, if there is none.
// A damaged file is an error that says so and what to do. ctx bounds the opening
// only.
func Open(ctx context.Context, path string, o Options) (store.Core, error) {
	s, err := open(ctx, path, o, nil)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func open(ctx context.Context, path string, o Options, wrap func(driver.Connector) driver.Connector) (*Store, error) {
	if o.Busy <= 0 {
		o.Busy = 5 * time.Second
	}
	if o.Poll <= 0 {
		o.Poll = 500 * time.Millisecond
	}
	if o.Readers <= 0 {
		o.Readers = max(4, 2*runtime.GOMAXPROCS(0))
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(abs), 0o750); err != nil {
		return nil, fmt.Errorf("open store %s: make its folder: %w", path, err)
	}
	s := &Store{path: path, opt: o, log: o.Log, started: time.Now(), wrap: wrap, closed: make(chan struct{}), hub: newHub()}
	s.dsn = func(write bool) string { return dsn(abs, o, write) }
	unclean := leftOver(abs)
	s.w = newWriter(s)
	if err := s.prepare(ctx, unclean); err != nil {
		s.w.close()
		if s.read != nil {
			s.read.Close()
		}
		return nil, fmt.Errorf("open store: %w", err)
	}
	run, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.done.Go(func() { s.w.run(run) })
	return s, nil
}

// prepare makes the tables, checks the file and readies the readers.
func (s *Store) prepare(ctx context.Context, unclean bool) error {
	if err := s.w.connect(ctx); err != nil {
		return s.fault(err)
	}
	epoch, err := s.w.makeSchema(ctx)
	if err != nil {
		return s.fault(err)
	}
	s.epoch = epoch
	if s.read, err = s.openDB(false); err != nil {
		return s.fault(err)
	}
	s.read.SetMaxOpenConns(s.opt.Readers)
	s.read.SetMaxIdleConns(s.opt.Readers)
	if unclean {
		if err := s.check(ctx); err != nil {
			return err
		}
	}
	return s.stmts.prepare(ctx, s)
}

// leftOver says that the file was in use when its last process ended, or is in
// use now: SQLite removes its log when the last connection closes it.
func leftOver(path string) bool {
	info, err := os.Stat(path + "-wal")
	return err == nil && info.Size() > 0
}

// check reads the whole file for damage: 0.5 to 0.8 s for 164 MB on two busy
// cores.
func (s *Store) check(ctx context.Context) error {
	var said string
	if err := s.read.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said); err != nil {
		return s.fault(err)
	}
	if said != "ok" {
		return s.damaged(said)
	}
	return nil
}

func dsn(abs string, o Options, write bool) string {
	sync := "normal"
	if o.Sync {
		sync = "full"
	}
	q := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", o.Busy.Milliseconds()),
		"journal_mode(wal)",
		"synchronous(" + sync + ")",
		"journal_size_limit(67108864)",
		"temp_store(memory)",
	}}
	if !write {
		q["_pragma"] = []string{q["_pragma"][0], "query_only(1)"}
	}
	return (&url.URL{Scheme: "file", Path: abs, RawQuery: q.Encode()}).String()
}

func (s *Store) openDB(write bool) (*sql.DB, error) {
	c, err := sqlite.NewConnector(s.dsn(write))
	if err != nil {
		return nil, err
	}
	if s.wrap != nil {
		return sql.OpenDB(s.wrap(c)), nil
	}
	return sql.OpenDB(c), nil
}

// Now is the wall clock at Open plus the time that passed since, so that a clock
// set back or forward moves no lease.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	if err := s.usable(ctx); err != nil {
		return time.Time{}, err
	}
	return s.started.Add(time.Since(s.started)).Round(0).UTC(), nil
}

// Epoch is written when the file is made.
func (s *Store) Epoch(ctx context.Context) (string, error) {
	if err := s.usable(ctx); err != nil {
		return "", err
	}
	return s.epoch, nil
}

// usable refuses a call on a closed store or under an ended ctx.
func (s *Store) usable(ctx context.Context) error {
	select {
	case <-s.closed:
		return fmt.Errorf("store %s: %w", s.path, news.ErrClosed)
	default:
		return ctx.Err()
	}
}

// Close answers every batch that was handed in, and closes the file.
func (s *Store) Close() error {
	var err error
	s.closing.Do(func() {
		close(s.closed)
		s.stop()
		s.done.Wait()
		s.hub.close()
		s.stmts.close()
		err = s.read.Close()
		if e := s.w.close(); err == nil {
			err = e
		}
	})
	if err != nil {
		return fmt.Errorf("close store %s: %w", s.path, err)
	}
	return nil
}
