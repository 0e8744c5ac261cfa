package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"tinhub/store"
)

// errDisk is what a call that is made to fail says.
var errDisk = errors.New("disk I/O error, made by the test")

// A countdown fails the n-th call of the driver and lets all others through.
type countdown struct{ left atomic.Int64 }

func (c *countdown) hit() error {
	if c.left.Add(-1) == 0 {
		return errDisk
	}
	return nil
}

// fired says that the call was made.
func (c *countdown) fired() bool { return c.left.Load() <= 0 }

func (c *countdown) wrap(in driver.Connector) driver.Connector { return faultyConnector{in, c} }

type faultyConnector struct {
	driver.Connector
	c *countdown
}

func (f faultyConnector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := f.c.hit(); err != nil {
		return nil, err
	}
	conn, err := f.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &faultyConn{conn, f.c}, nil
}

// A faultyConn offers what database/sql uses of modernc's.
type faultyConn struct {
	driver.Conn
	c *countdown
}

func (f *faultyConn) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Result, error) {
	if err := f.c.hit(); err != nil && q != "ROLLBACK" {
		return nil, err
	}
	return f.Conn.(driver.ExecerContext).ExecContext(ctx, q, args)
}

func (f *faultyConn) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Rows, error) {
	if err := f.c.hit(); err != nil {
		return nil, err
	}
	return f.Conn.(driver.QueryerContext).QueryContext(ctx, q, args)
}

func (f *faultyConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if err := f.c.hit(); err != nil {
		return nil, err
	}
	return f.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
}

func (f *faultyConn) PrepareContext(ctx context.Context, q string) (driver.Stmt, error) {
	if err := f.c.hit(); err != nil {
		return nil, err
	}
	s, err := f.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, q)
	if err != nil {
		return nil, err
	}
	return &faultyStmt{s, f.c}, nil
}

type faultyStmt struct {
	driver.Stmt
	c *countdown
}

func (f *faultyStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if err := f.c.hit(); err != nil {
		return nil, err
	}
	return f.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

func (f *faultyStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if err := f.c.hit(); err != nil {
		return nil, err
	}
	return f.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
}

// TestEveryCallFailsOnce fails the first call of SQLite, then the second, and so
// on until a run meets no fault. Each time, what was acknowledged must stand,
// what was refused must have left nothing, and sending everything again must lead
// to the same end.
func TestEveryCallFailsOnce(t *testing.T) {
	for n := int64(1); ; n++ {
		c := &countdown{}
		c.left.Store(n)
		if runWithFault(t, c, fmt.Sprint(n)); !c.fired() {
			t.Logf("%d calls", n-1)
			return
		}
		if t.Failed() {
			t.Fatalf("with call %d failing", n)
		}
	}
}

func runWithFault(t *testing.T, c *countdown, name string) {
	path := filepath.Join(t.TempDir(), name, "tinhub.db")
	s, err := open(t.Context(), path, Options{Readers: 1}, c.wrap)
	if err != nil {
		if !errors.Is(err, errDisk) {
			t.Errorf("Open: %v", err)
		}
		if s, err = open(t.Context(), path, Options{Readers: 1}, c.wrap); err != nil {
			t.Fatalf("opening again: %v", err)
		}
	}
	defer s.Close()
	batches := faultBatches()
	for i, b := range batches {
		_, err := s.Commit(t.Context(), b)
		if err == nil {
			continue
		}
		if !errors.Is(err, errDisk) {
			t.Errorf("batch %d: %v", i, err)
		}
		if got := state(t, s); got != wantStates[i] {
			t.Errorf("batch %d failed and left %q, want %q", i, got, wantStates[i])
		}
		if _, err := s.Commit(t.Context(), b); err != nil {
			t.Errorf("batch %d again: %v", i, err)
		}
	}
	for range 2 { // a read may meet the fault; the next may not
		if got := state(t, s); got == wantStates[len(batches)] {
			break
		} else if !c.fired() {
			t.Errorf("the end is %q, want %q", got, wantStates[len(batches)])
		}
	}
	if got := state(t, s); got != wantStates[len(batches)] {
		t.Errorf("the end is %q, want %q", got, wantStates[len(batches)])
	}
}

func faultBatches() []store.Batch {
	put := func(key, sort string) store.Step {
		return store.Step{Op: store.Put, Key: key, Value: []byte(sort), Index: []store.Index{{Name: "i", Sort: sort}}}
	}
	item := func(v string) store.Step { return store.Step{Op: store.Append, Key: "log", Value: []byte(v)} }
	return []store.Batch{
		{Partition: "p", ID: "1", Fences: []store.Fence{{Name: "f", Token: 1}}, Steps: []store.Step{put("a", "1"), item("x")}},
		{Partition: "p", ID: "2", Fences: []store.Fence{{Name: "f", Token: 2}}, Steps: []store.Step{put("a", "2"), put("b", "3"), item("y")}},
		{Partition: "p", ID: "3", Steps: []store.Step{{Op: store.Delete, Key: "a"}, item("z")}},
	}
}

// wantStates has the state before each batch, and at the end.
var wantStates = []string{"", "1/a x", "2/a 3/b x y", "3/b x y z"}

// state is what is in the partition, in one string; a read that fails is tried
// once more.
func state(t *testing.T, s *Store) string {
	t.Helper()
	got, err := tryState(t.Context(), s)
	if errors.Is(err, errDisk) {
		got, err = tryState(t.Context(), s)
	}
	if err != nil {
		t.Errorf("read: %v", err)
	}
	return got
}

func tryState(ctx context.Context, s *Store) (string, error) {
	var out string
	hits, err := s.Range(ctx, "p", "i", store.Span{})
	if err != nil {
		return "", err
	}
	for _, h := range hits {
		out += " " + h.Sort + "/" + h.Key
		r, err := s.Get(ctx, store.Ref{Partition: "p", Key: h.Key})
		if err != nil {
			return "", err
		}
		if string(r[0].Value) != h.Sort {
			return "", fmt.Errorf("%s has %q", h.Key, r[0].Value)
		}
	}
	items, err := s.Read(ctx, "p", "log", "", 0)
	for _, x := range items {
		out += " " + string(x.Value)
	}
	if out != "" {
		out = out[1:]
	}
	return out, err
}
