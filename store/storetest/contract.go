package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
	"tinhub/store"
)

// Core runs the examples that every engine keeps. open gives an empty store whose
// clock for versions is Began, so that they count from 1, and closes it when its
// test ends.
func Core(t *testing.T, open func(t *testing.T) store.Core) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, store.Core)
	}{
		{"records", testRecords},
		{"conditions", testConditions},
		{"needs", testNeeds},
		{"versions", testVersions},
		{"what the reader has", testHas},
		{"receipts", testReceipts},
		{"receipts are bounded", testReceiptsBounded},
		{"fences", testFences},
		{"refused batches", testRefused},
		{"owned entries", testOwned},
		{"ranges", testRanges},
		{"sorts by bytes", testSortsByBytes},
		{"expiry", testExpiry},
		{"logs", testLogs},
		{"trimming", testTrim},
		{"strange places", testStrangePlaces},
		{"partitions", testPartitions},
		{"dump", testDump},
		{"dump of one moment", testDumpMoment},
		{"watch", testWatch},
		{"clock and epoch", testClock},
		{"writers at once", testWriters},
		{"large values", testLarge},
		{"cancelled", testCancelled},
		{"closed", testClosed},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// Began is a clock that never goes: versions of it are the next number.
func Began() time.Time { return time.Unix(0, 0) }

const (
	paper = store.Partition("paper/00")
	desk  = store.Partition("desk")
)

func put(key, value string, own ...store.Index) store.Step {
	return store.Step{Op: store.Put, Key: key, Value: []byte(value), Index: own}
}

func when(s store.Step, c store.Cond) store.Step { s.If = c; return s }

func at(s store.Step, version int64) store.Step { s.If, s.Version = store.At, version; return s }

func needs(s store.Step, n int) store.Step { s.Needs = n; return s }

func del(key string) store.Step { return store.Step{Op: store.Delete, Key: key} }

func add(log, value string) store.Step {
	return store.Step{Op: store.Append, Key: log, Value: []byte(value)}
}

func ix(name, sort string) store.Index { return store.Index{Name: name, Sort: sort} }

func ref(p store.Partition, key string) store.Ref { return store.Ref{Partition: p, Key: key} }

func hit(sort, key string) *store.Hit { return &store.Hit{Sort: sort, Key: key} }

func fence(name string, token int64) store.Fence { return store.Fence{Name: name, Token: token} }

func commit(t *testing.T, c store.Core, b store.Batch) store.Receipt {
	t.Helper()
	r, err := c.Commit(t.Context(), b)
	if err != nil {
		t.Fatalf("Commit: %v", err)
	}
	return r
}

func steps(t *testing.T, c store.Core, p store.Partition, s ...store.Step) []store.Result {
	t.Helper()
	return commit(t, c, store.Batch{Partition: p, Steps: s}).Results
}

func record(t *testing.T, c store.Core, p store.Partition, key string) store.Record {
	t.Helper()
	r, err := c.Get(t.Context(), store.Ref{Partition: p, Key: key})
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	return r[0]
}

// hits lists a span as "sort/key" words.
func hits(t *testing.T, c store.Core, p store.Partition, index string, s store.Span) string {
	t.Helper()
	found, err := c.Range(t.Context(), p, index, s)
	if err != nil {
		t.Fatalf("Range: %v", err)
	}
	words := make([]string, len(found))
	for i, h := range found {
		words[i] = h.Sort + "/" + h.Key
	}
	return strings.Join(words, " ")
}

func read(t *testing.T, c store.Core, p store.Partition, log string, after news.Place, limit int) []store.Item {
	t.Helper()
	items, err := c.Read(t.Context(), p, log, after, limit)
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return items
}

func values(items []store.Item) string {
	words := make([]string, len(items))
	for i, x := range items {
		words[i] = string(x.Value)
	}
	return strings.Join(words, " ")
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func yes(v int64) store.Result { return store.Result{Applied: true, Version: v} }
func no(v int64) store.Result  { return store.Result{Version: v} }

func testClock(t *testing.T, c store.Core) {
	a, err := c.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.Now(t.Context())
	if err != nil || b.Before(a) || time.Since(a).Abs() > time.Minute {
		t.Errorf("Now: %v then %v, %v", a, b, err)
	}
	e, err := c.Epoch(t.Context())
	if err != nil || e == "" {
		t.Fatalf("Epoch: %q, %v", e, err)
	}
	steps(t, c, paper, put("a", ""))
	again, err := c.Epoch(t.Context())
	if err != nil || again != e {
		t.Errorf("Epoch: %q then %q, %v", e, again, err)
	}
}

func testCancelled(t *testing.T, c store.Core) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Commit(ctx, store.Batch{Partition: paper, Steps: []store.Step{put("a", "")}}); !errors.Is(err, context.Canceled) {
		t.Errorf("Commit: %v", err)
	}
	if _, err := c.Get(ctx, ref(paper, "a")); !errors.Is(err, context.Canceled) {
		t.Errorf("Get: %v", err)
	}
	for _, err := range c.Dump(ctx, paper) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Dump: %v", err)
		}
	}
	steps(t, c, paper, put("a", "it goes on"))
}

func testClosed(t *testing.T, c store.Core) {
	ch, err := c.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case _, ok := <-ch:
		if ok {
			t.Error("a signal from a closed store")
		}
	case <-time.After(10 * time.Second):
		t.Error("Close leaves Watch's channel open")
	}
	if _, err := c.Commit(t.Context(), store.Batch{Partition: paper, Steps: []store.Step{put("a", "")}}); !errors.Is(err, news.ErrClosed) {
		t.Errorf("Commit: %v", err)
	}
	if _, err := c.Get(t.Context(), ref(paper, "a")); !errors.Is(err, news.ErrClosed) {
		t.Errorf("Get: %v", err)
	}
	if _, err := c.Watch(t.Context()); !errors.Is(err, news.ErrClosed) {
		t.Errorf("Watch: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

func testPartitions(t *testing.T, c store.Core) {
	list := func() []store.Partition {
		t.Helper()
		got, err := c.Partitions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		return got
	}
	same(t, "empty", len(list()), 0)
	steps(t, c, paper, put("a", ""))
	steps(t, c, "out/tat-ca", add("revisions", "1"))
	steps(t, c, "out/a.b_c:d", put("a", ""), del("a"))
	commit(t, c, store.Batch{Partition: "lease", Fences: []store.Fence{fence("f", 1)}})
	same(t, "what holds anything", list(), []store.Partition{"out/tat-ca", paper})
	last := read(t, c, "out/tat-ca", "revisions", "", 0)[0].Place
	if err := c.Trim(t.Context(), "out/tat-ca", "revisions", last); err != nil {
		t.Fatal(err)
	}
	same(t, "after trimming", list(), []store.Partition{paper})
}

func testWatch(t *testing.T, c store.Core) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ch, err := c.Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	wait := func(want store.Partition, log string) {
		t.Helper()
		limit := time.After(10 * time.Second)
		for {
			select {
			case l, ok := <-ch:
				if !ok {
					t.Fatal("the channel is closed")
				}
				if l == (store.Log{Partition: want, Name: log}) {
					return
				}
			case <-limit:
				t.Fatalf("no signal for %s of %s", log, want)
			}
		}
	}
	steps(t, c, paper, add("wire", "1"))
	wait(paper, "wire")
	steps(t, c, paper, put("a", ""), add("asks", "1"), add("articles", "1"))
	wait(paper, "asks")
	wait(paper, "articles")
	steps(t, c, desk, add("stories", "1"))
	wait(desk, "stories")
	for range 2000 { // nobody takes them: they merge, and hold no writer up
		steps(t, c, paper, add("wire", "1"))
	}
	wait(paper, "wire")
	cancel()
	limit := time.After(10 * time.Second)
	for {
		select {
		case _, ok := <-ch:
			if !ok {
				return
			}
		case <-limit:
			t.Fatal("the channel stays open after ctx ended")
		}
	}
}
