package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tinhub/store"
	"tinhub/store/storetest"
)

func openAt(t *testing.T, path string, o Options) *Store {
	t.Helper()
	s, err := open(t.Context(), path, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func fill(t *testing.T, s *Store, n int) {
	t.Helper()
	for i := range n {
		if _, err := s.Commit(t.Context(), small(i)); err != nil {
			t.Fatal(err)
		}
	}
}

func small(i int) store.Batch {
	key := fmt.Sprintf("k%04d", i)
	return store.Batch{Partition: "p", ID: key, Steps: []store.Step{
		{Op: store.Put, Key: key, Value: []byte(strings.Repeat(key, 100)), Index: []store.Index{{Name: "i", Sort: key}}},
		{Op: store.Append, Key: "log", Value: []byte(key)},
	}}
}

func TestFull(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "tinhub.db"), Options{})
	fill(t, s, 10)
	pages := func(n int) {
		// the writer is at rest between two commits
		if _, err := s.w.conn.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count=%d", n)); err != nil {
			t.Fatal(err)
		}
	}
	pages(1) // SQLite takes the present size as the least
	big := store.Batch{Partition: "p", ID: "big", Steps: []store.Step{{Op: store.Put, Key: "big", Value: make([]byte, 1<<20)}}}
	if _, err := s.Commit(t.Context(), big); !errors.Is(err, store.ErrFull) || !strings.Contains(err.Error(), s.path) {
		t.Errorf("a full disk says %v", err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex // guards good
	var good []int
	for i := 100; i < 200; i++ { // groups in which some fit and some do not
		wg.Go(func() {
			b := small(i)
			if i%2 == 0 {
				b.Steps[0].Value = make([]byte, 1<<20)
			}
			_, err := s.Commit(t.Context(), b)
			switch {
			case err == nil:
				mu.Lock()
				good = append(good, i)
				mu.Unlock()
			case !errors.Is(err, store.ErrFull):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	pages(1 << 30)
	items, err := s.Read(t.Context(), "p", "log", "", 0)
	if err != nil || len(items) != 10+len(good) {
		t.Errorf("%d items, %d acknowledged, %v", len(items), 10+len(good), err)
	}
	if r, err := s.Commit(t.Context(), big); err != nil || r.Resent {
		t.Errorf("with room again: %+v, %v", r, err)
	}
}

// damage closes the store, spoils its file, and gives what opening and reading
// it all says.
func damage(t *testing.T, spoil func(t *testing.T, path string)) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tinhub.db")
	s := openAt(t, path, Options{})
	fill(t, s, 200)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	spoil(t, path)
	s, err := open(t.Context(), path, Options{}, nil)
	if err != nil {
		return err
	}
	defer s.Close()
	return readAll(t.Context(), s)
}

func readAll(ctx context.Context, s *Store) error {
	for _, err := range s.Dump(ctx, "p") {
		if err != nil {
			return err
		}
	}
	_, err := s.Range(ctx, "p", "i", store.Span{})
	return err
}

func TestDamage(t *testing.T) {
	edit := func(f func(b []byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			b, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, f(b), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, spoil := range map[string]func(*testing.T, string){
		"not a database": edit(func([]byte) []byte { return []byte(strings.Repeat("không phải là dữ liệu\n", 1000)) }),
		"cut":            edit(func(b []byte) []byte { return b[:len(b)/2] }),
		"cut in a page":  edit(func(b []byte) []byte { return b[:len(b)-1000] }),
		"head gone":      edit(func(b []byte) []byte { copy(b, make([]byte, 100)); return b }),
		"zeros inside": edit(func(b []byte) []byte {
			copy(b[len(b)/3/4096*4096:], make([]byte, len(b)/3))
			return b
		}),
		"a bit of a value": edit(func(b []byte) []byte {
			at := strings.Index(string(b), strings.Repeat("k0050", 3))
			b[at+7] ^= 4
			return b
		}),
	} {
		err := damage(t, spoil)
		if err == nil {
			t.Errorf("%s: nobody notices", name)
			continue
		}
		if msg := err.Error(); !errors.Is(err, errDamaged) || !strings.Contains(msg, "tinhub.db") || !strings.Contains(msg, "restore") {
			t.Errorf("%s: the error does not help: %v", name, err)
		}
	}
	if err := damage(t, func(*testing.T, string) {}); err != nil {
		t.Errorf("unspoilt: %v", err)
	}
}

// Any bit anywhere: an error or the truth, never a panic and never a changed
// value.
func TestFlippedBits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tinhub.db")
	s := openAt(t, path, Options{})
	fill(t, s, 60)
	s.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	noticed := 0
	for at := 0; at < len(whole); at += len(whole)/80 + 7 {
		spoilt := append([]byte(nil), whole...)
		spoilt[at] ^= 1 << (at % 8)
		if err := os.WriteFile(path, spoilt, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := open(t.Context(), path, Options{}, nil)
		if err == nil {
			err = readAll(t.Context(), s)
			for i := range 60 {
				b := small(i)
				r, e := s.Get(t.Context(), store.Ref{Partition: "p", Key: b.Steps[0].Key})
				if e == nil && r[0].Version != 0 && string(r[0].Value) != string(b.Steps[0].Value) {
					t.Errorf("bit at %d: record %d is changed", at, i)
				}
			}
			s.Close()
		}
		if err != nil {
			noticed++
		}
	}
	t.Logf("%d noticed", noticed)
}

func TestForeignFiles(t *testing.T) {
	make := func(statements string) string {
		path := filepath.Join(t.TempDir(), "x.db")
		db, err := sql.Open("sqlite", path)
		if err == nil {
			_, err = db.Exec(statements)
			db.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	for statements, want := range map[string]string{
		"CREATE TABLE bookmarks (id)": "another program",
		fmt.Sprintf("CREATE TABLE about (name, value); PRAGMA application_id=%d; PRAGMA user_version=99", applicationID): "newer tinhub",
	} {
		if _, err := Open(t.Context(), make(statements), Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", statements, err)
		}
	}
	dir := t.TempDir()
	if _, err := Open(t.Context(), dir, Options{}); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a folder: %v", err)
	}
	file := filepath.Join(dir, "file")
	os.WriteFile(file, nil, 0o600)
	if _, err := Open(t.Context(), filepath.Join(file, "tinhub.db"), Options{}); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("a file where the folder should be: %v", err)
	}
}

func TestNamesOfFiles(t *testing.T) {
	for _, name := range []string{"a b.db", "a?b=c.db", "100%.db", "a%20b.db", "tỉnh #1.db"} {
		dir := t.TempDir()
		s := openAt(t, filepath.Join(dir, name), Options{})
		fill(t, s, 1)
		s.Close()
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Two processes share a file: two stores do the same here, each with its own
// connections and locks.
func TestTwoStoresOfOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tinhub.db")
	a := openAt(t, path, Options{Clock: storetest.Began})
	b := openAt(t, path, Options{Clock: storetest.Began, Poll: 20 * time.Millisecond})
	hints, err := b.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i, s := range []*Store{a, b} {
		wg.Go(func() {
			for j := range 100 {
				if _, err := s.Commit(t.Context(), small(1000*i+j)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	var versions []int64
	for _, s := range []*Store{a, b} {
		items, err := s.Read(t.Context(), "p", "log", "", 0)
		if err != nil || len(items) != 200 {
			t.Errorf("%d items, %v", len(items), err)
		}
		r, err := s.Commit(t.Context(), store.Batch{Partition: "p", Steps: []store.Step{{Op: store.Put, Key: "last"}}})
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, r.Results[0].Version)
	}
	if versions[0] != 201 || versions[1] != 202 {
		t.Errorf("versions %v", versions)
	}
	drain := time.After(200 * time.Millisecond)
	for waiting := true; waiting; {
		select {
		case <-hints:
		case <-drain:
			waiting = false
		}
	}
	fill2 := small(5000)
	fill2.Partition = "other"
	if _, err := a.Commit(t.Context(), fill2); err != nil {
		t.Fatal(err)
	}
	limit := time.After(10 * time.Second)
	for {
		select {
		case l := <-hints:
			if l.Partition == "other" {
				return
			}
		case <-limit:
			t.Fatal("the other's commit is not told of")
		}
	}
}

// A file that another process holds for too long is an error that says so, and
// work goes on after it.
func TestBusy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tinhub.db")
	s := openAt(t, path, Options{Busy: 50 * time.Millisecond})
	other, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	if _, err := other.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), small(1)); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("busy: %v", err)
	}
	if _, err := s.Get(t.Context(), store.Ref{Partition: "p", Key: "x"}); err != nil {
		t.Errorf("readers wait for a writer: %v", err)
	}
	if _, err := other.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Commit(t.Context(), small(1)); err != nil || r.Resent {
		t.Errorf("afterwards: %+v, %v", r, err)
	}
}

// A tail lost with the power is data that was never there; what is written after
// it must come after every place that somebody may still hold.
func TestLostTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tinhub.db")
	s := openAt(t, path, Options{})
	fill(t, s, 3)
	s.Close()
	early, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s = openAt(t, path, Options{})
	for i := 3; i < 6; i++ {
		if _, err := s.Commit(t.Context(), small(i)); err != nil {
			t.Fatal(err)
		}
	}
	held, _ := s.Read(t.Context(), "p", "log", "", 0)
	s.Close()
	if err := os.WriteFile(path, early, 0o600); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, path, Options{})
	place := held[5].Place
	got, err := s.Read(t.Context(), "p", "log", place, 0)
	if err != nil || len(got) != 3 {
		t.Errorf("a place in the lost tail gives %d items, %v", len(got), err)
	}
	if _, err := s.Commit(t.Context(), small(9)); err != nil {
		t.Fatal(err)
	}
	got, err = s.Read(t.Context(), "p", "log", place, 0)
	if err != nil || len(got) != 1 || string(got[0].Value) != "k0009" {
		t.Errorf("what came after the loss is skipped: %v, %v", got, err)
	}
}

func TestNothingLeaks(t *testing.T) {
	before := goleak.IgnoreCurrent()
	for range 3 {
		s := openAt(t, filepath.Join(t.TempDir(), "tinhub.db"), Options{})
		ctx, cancel := context.WithCancel(t.Context())
		for _, ctx := range []context.Context{ctx, t.Context()} {
			if _, err := s.Watch(ctx); err != nil {
				t.Fatal(err)
			}
		}
		fill(t, s, 3)
		cancel()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	goleak.VerifyNone(t, before)
}
