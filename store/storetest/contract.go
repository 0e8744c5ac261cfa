package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
	"tinhub/store"
)

// Core runs the examples that every engine keeps. open gives an empty store,
// and closes it when its test ends.
func Core(t *testing.T, open func(t *testing.T) store.Core) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, store.Core)
	}{
		{"records", testRecords},
		{"conditions", testConditions},
		{"needs", testNeeds},
		{"versions", testVersions},
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

func get(t *testing.T, c store.Core, p store.Partition, key string) store.Record {
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

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func yes(v int64) store.Result { return store.Result{Applied: true, Version: v} }
func no(v int64) store.Result  { return store.Result{Version: v} }

func testRecords(t *testing.T, c store.Core) {
	equal(t, "missing", get(t, c, paper, "a"), store.Record{Key: "a"})
	steps(t, c, paper, put("a", "1"), put("b", "2"), put("empty", ""))
	steps(t, c, desk, put("a", "3"))
	got, err := c.Get(t.Context(), ref(desk, "a"), ref(paper, "b"), ref(paper, "none"),
		ref("nowhere", "a"), ref(paper, "a"), ref(paper, "b"), ref(paper, "empty"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if len(got[i].Value) == 0 {
			got[i].Value = nil
		}
	}
	equal(t, "in the order of refs", got, []store.Record{
		{Key: "a", Version: 1, Value: []byte("3")}, {Key: "b", Version: 2, Value: []byte("2")}, {Key: "none"},
		{Key: "a"}, {Key: "a", Version: 1, Value: []byte("1")}, {Key: "b", Version: 2, Value: []byte("2")}, {Key: "empty", Version: 3},
	})
	equal(t, "deleting", steps(t, c, paper, del("a"), del("a"), del("none")), []store.Result{yes(0), yes(0), yes(0)})
	equal(t, "deleted", get(t, c, paper, "a"), store.Record{Key: "a"})
	bytes := "\x00\xff\xfe: 12 \r\n đ"
	steps(t, c, paper, put("khoá/\xff\x01 ü", bytes))
	equal(t, "any bytes", string(get(t, c, paper, "khoá/\xff\x01 ü").Value), bytes)
	none, err := c.Get(t.Context())
	if err != nil || len(none) != 0 {
		t.Errorf("Get of nothing: %v, %v", none, err)
	}
}

func testConditions(t *testing.T, c store.Core) {
	equal(t, "absent, then there", steps(t, c, paper, when(put("a", "1"), store.Absent), when(put("a", "2"), store.Absent)),
		[]store.Result{yes(1), no(1)})
	equal(t, "a skipped step changes nothing", string(get(t, c, paper, "a").Value), "1")
	equal(t, "present", steps(t, c, paper, when(put("a", "3"), store.Present), when(put("b", "3"), store.Present), when(del("b"), store.Present)),
		[]store.Result{yes(2), no(0), no(0)})
	equal(t, "at", steps(t, c, paper, at(put("a", "4"), 1), at(put("a", "5"), 2), at(put("a", "6"), 2), at(del("a"), 1), at(del("a"), 3)),
		[]store.Result{no(2), yes(3), no(3), no(3), yes(0)})
	equal(t, "at none", steps(t, c, paper, at(put("a", "7"), 3), at(put("a", "8"), 0)), []store.Result{no(0), yes(4)})
	equal(t, "absent delete", steps(t, c, paper, when(del("a"), store.Absent), when(del("b"), store.Absent)), []store.Result{no(4), yes(0)})
}

func testNeeds(t *testing.T, c store.Core) {
	steps(t, c, paper, put("seen/1", "x"))
	got := steps(t, c, paper,
		when(put("seen/1", "y"), store.Absent), // 1 skipped
		needs(put("article/1", "a"), 1),        // 2 skipped
		needs(add("wire", "one"), 2),           // 3 skipped
		when(put("seen/2", "y"), store.Absent), // 4
		needs(put("article/2", "b"), 4),        // 5
		needs(add("wire", "two"), 5),           // 6
		needs(del("seen/1"), 3),                // 7 skipped: a chain
		needs(when(del("seen/1"), store.Absent), 6),
	)
	equal(t, "results", got, []store.Result{no(1), no(0), {}, yes(2), yes(3), yes(0), no(1), no(1)})
	equal(t, "log", values(read(t, c, paper, "wire", "", 0)), "two")
	equal(t, "skipped put", get(t, c, paper, "article/1").Version, int64(0))
}

func testVersions(t *testing.T, c store.Core) {
	steps(t, c, paper, put("a", "1"), del("a"))
	equal(t, "not reused after a delete", steps(t, c, paper, put("a", "1"))[0], yes(2))
	equal(t, "the same value again", steps(t, c, paper, put("a", "1"))[0], yes(3))
	equal(t, "one sequence a partition", steps(t, c, paper, put("b", "1"))[0], yes(4))
	equal(t, "another partition", steps(t, c, desk, put("b", "1"))[0], yes(1))
	equal(t, "twice in a batch", steps(t, c, paper, put("b", "1"), put("b", "2")), []store.Result{yes(5), yes(6)})
	equal(t, "the last one holds", string(get(t, c, paper, "b").Value), "2")
}

func testReceipts(t *testing.T, c store.Core) {
	b := store.Batch{Partition: paper, ID: "b1", Steps: []store.Step{
		when(put("a", "1", ix("i", "s")), store.Absent), add("wire", "x"), when(put("a", "2"), store.Absent), del("z")}}
	first := commit(t, c, b)
	equal(t, "first", first, store.Receipt{Results: []store.Result{yes(1), yes(0), no(1), yes(0)}})
	again := commit(t, c, b)
	equal(t, "resent", again, store.Receipt{Results: first.Results, Resent: true})
	equal(t, "applied once", values(read(t, c, paper, "wire", "", 0)), "x")
	other := commit(t, c, store.Batch{Partition: paper, ID: "b1", Steps: []store.Step{put("c", "other")}})
	equal(t, "the first receipt wins", other, again)
	equal(t, "other content is not applied", get(t, c, paper, "c").Version, int64(0))
	equal(t, "the same id elsewhere", commit(t, c, store.Batch{Partition: desk, ID: "b1", Steps: []store.Step{put("c", "")}}).Resent, false)

	only := store.Batch{Partition: paper, ID: "fence only", Fences: []store.Fence{fence("f", 3)}}
	r := commit(t, c, only)
	equal(t, "a batch of one fence", []any{len(r.Results), r.Resent}, []any{0, false})
	equal(t, "a batch of one fence again", commit(t, c, only).Resent, true)
	equal(t, "an empty batch", len(commit(t, c, store.Batch{Partition: paper}).Results), 0)

	commit(t, c, store.Batch{Partition: paper, Fences: []store.Fence{fence("f", 9)}})
	equal(t, "a resend after the fence rose is still answered", commit(t, c, only).Resent, true)
}

func testReceiptsBounded(t *testing.T, c store.Core) {
	one := func(i int) store.Receipt {
		return commit(t, c, store.Batch{Partition: paper, ID: fmt.Sprint("b", i), Steps: []store.Step{put("k", "v")}})
	}
	for i := range store.MaxReceipts + 1 {
		if one(i).Resent {
			t.Fatalf("batch %d is new", i)
		}
	}
	equal(t, "the second is remembered", one(1), store.Receipt{Results: []store.Result{yes(2)}, Resent: true})
	equal(t, "the first is forgotten", one(0).Resent, false)
	equal(t, "now the second is", one(1).Resent, false)
	equal(t, "the last is remembered", one(store.MaxReceipts).Resent, true)
}

func testFences(t *testing.T, c store.Core) {
	fenced := func(token int64, key string) error {
		_, err := c.Commit(t.Context(), store.Batch{Partition: paper, ID: key, Fences: []store.Fence{fence("other", 1), fence("curator", token)},
			Steps: []store.Step{put(key, "v", ix("i", "s")), add("log", key)}})
		return err
	}
	for _, x := range []struct {
		token int64
		key   string
		ok    bool
	}{{5, "a", true}, {4, "b", false}, {5, "c", true}, {7, "d", true}, {5, "e", false}, {0, "f", false}, {1 << 52, "g", true}, {1<<52 - 1, "h", false}} {
		err := fenced(x.token, x.key)
		if (err == nil) != x.ok || err != nil && !errors.Is(err, store.ErrFenced) {
			t.Errorf("token %d: %v", x.token, err)
		}
		if (get(t, c, paper, x.key).Version != 0) != x.ok {
			t.Errorf("token %d: record %s is wrong", x.token, x.key)
		}
	}
	equal(t, "nothing of a refused batch", values(read(t, c, paper, "log", "", 0)), "a c d g")
	equal(t, "nor its entries", hits(t, c, paper, "i", store.Span{}), "s/a s/c s/d s/g")
	_, err := c.Commit(t.Context(), store.Batch{Partition: paper, Fences: []store.Fence{fence("new", 9), fence("curator", 1)}})
	if !errors.Is(err, store.ErrFenced) {
		t.Errorf("second fence: %v", err)
	}
	if _, err := c.Commit(t.Context(), store.Batch{Partition: paper, Fences: []store.Fence{fence("new", 1)}}); err != nil {
		t.Errorf("a refused batch raised a fence: %v", err)
	}
	if _, err := c.Commit(t.Context(), store.Batch{Partition: desk, Fences: []store.Fence{fence("curator", 1)}}); err != nil {
		t.Errorf("fences of another partition: %v", err)
	}
	if err := fenced(1<<52, "b"); err != nil {
		t.Errorf("a refused batch leaves no receipt: %v", err)
	}
	equal(t, "sent with a good token", get(t, c, paper, "b").Version != 0, true)
}

func testRefused(t *testing.T, c store.Core) {
	for name, b := range map[string]store.Batch{
		"no partition":        {Steps: []store.Step{put("a", "")}},
		"a braced partition":  {Partition: "a{b}"},
		"no key":              {Partition: paper, Steps: []store.Step{put("", "")}},
		"NUL in a key":        {Partition: paper, Steps: []store.Step{put("a\x00b", "")}},
		"NUL in a sort":       {Partition: paper, Steps: []store.Step{put("a", "", ix("i", "a\x00"))}},
		"NUL in an index":     {Partition: paper, Steps: []store.Step{put("a", "", ix("\x00", "a"))}},
		"the engine's index":  {Partition: paper, Steps: []store.Step{put("a", "", ix(store.ExpiryIndex, "a"))}},
		"needs itself":        {Partition: paper, Steps: []store.Step{needs(put("a", ""), 1)}},
		"append on condition": {Partition: paper, Steps: []store.Step{when(add("l", ""), store.Absent)}},
		"unknown operation":   {Partition: paper, Steps: []store.Step{{Op: 'q', Key: "a"}}},
		"unknown condition":   {Partition: paper, Steps: []store.Step{when(put("a", ""), 'q')}},
		"a fence twice":       {Partition: paper, Fences: []store.Fence{fence("f", 1), fence("f", 2)}},
		"a negative token":    {Partition: paper, Fences: []store.Fence{fence("f", -1)}},
		"too large":           {Partition: paper, Steps: []store.Step{{Op: store.Put, Key: "a", Value: make([]byte, store.MaxValue+1)}}},
	} {
		b.Steps = append([]store.Step{put("first", "x")}, b.Steps...)
		if name == "needs itself" {
			b.Steps[1].Needs = 2
		}
		if _, err := c.Commit(t.Context(), b); err == nil {
			t.Errorf("%s: not refused", name)
		}
	}
	equal(t, "nothing applied", get(t, c, paper, "first").Version, int64(0))
}

func testOwned(t *testing.T, c store.Core) {
	steps(t, c, paper, put("a", "1", ix("dated", "2"), ix("kept", "1"), ix("dated", "2"), ix("dated", "5")))
	steps(t, c, paper, put("b", "1", ix("dated", "3")))
	equal(t, "both", hits(t, c, paper, "dated", store.Span{}), "2/a 3/b 5/a")
	steps(t, c, paper, put("a", "2", ix("dated", "4"), ix("dated", "5")))
	equal(t, "replaced", hits(t, c, paper, "dated", store.Span{}), "3/b 4/a 5/a")
	equal(t, "replaced in the other index", hits(t, c, paper, "kept", store.Span{}), "")
	steps(t, c, paper, at(put("a", "3", ix("dated", "9")), 1))
	equal(t, "skipped", hits(t, c, paper, "dated", store.Span{}), "3/b 4/a 5/a")
	steps(t, c, paper, del("a"))
	equal(t, "deleted", hits(t, c, paper, "dated", store.Span{}), "3/b")
	steps(t, c, paper, put("b", "2"))
	equal(t, "owning none", hits(t, c, paper, "dated", store.Span{}), "")
	steps(t, c, paper, put("c", "1", ix("x", "1")), put("c", "2", ix("x", "2")), del("d"), put("d", "", ix("x", "")))
	equal(t, "twice in a batch, and an empty sort", hits(t, c, paper, "x", store.Span{}), "/d 2/c")
}

func testRanges(t *testing.T, c store.Core) {
	var s []store.Step
	for _, x := range []string{"b/1", "a/2", "a/1", "c/1", "b/2", "ab/1"} {
		sort, key, _ := strings.Cut(x, "/")
		s = append(s, put(sort+key, "", ix("i", sort), ix("i2", "z"), ix("h", "y"), ix("i\x01", "x")))
	}
	steps(t, c, paper, s...)
	steps(t, c, desk, put("k", "", ix("i", "a")))
	for _, x := range []struct {
		name string
		span store.Span
		want string
	}{
		{"all", store.Span{}, "a/a1 a/a2 ab/ab1 b/b1 b/b2 c/c1"},
		{"from", store.Span{From: "ab"}, "ab/ab1 b/b1 b/b2 c/c1"},
		{"from between", store.Span{From: "aa"}, "ab/ab1 b/b1 b/b2 c/c1"},
		{"to", store.Span{To: "b"}, "a/a1 a/a2 ab/ab1"},
		{"from to", store.Span{From: "ab", To: "c"}, "ab/ab1 b/b1 b/b2"},
		{"empty", store.Span{From: "b", To: "b"}, ""},
		{"turned round", store.Span{From: "c", To: "a"}, ""},
		{"reverse", store.Span{Reverse: true}, "c/c1 b/b2 b/b1 ab/ab1 a/a2 a/a1"},
		{"reverse from to", store.Span{Reverse: true, From: "ab", To: "c"}, "b/b2 b/b1 ab/ab1"},
		{"limit", store.Span{Limit: 2}, "a/a1 a/a2"},
		{"reverse limit", store.Span{Reverse: true, Limit: 2}, "c/c1 b/b2"},
		{"after", store.Span{After: hit("a", "a1"), Limit: 2}, "a/a2 ab/ab1"},
		{"after what is gone", store.Span{After: hit("a", "a11"), Limit: 2}, "a/a2 ab/ab1"},
		{"reverse after", store.Span{Reverse: true, After: hit("b", "b2")}, "b/b1 ab/ab1 a/a2 a/a1"},
		{"after before from", store.Span{From: "b", After: hit("a", "a1")}, "b/b1 b/b2 c/c1"},
		{"reverse after behind to", store.Span{Reverse: true, To: "b", After: hit("c", "c1")}, "ab/ab1 a/a2 a/a1"},
		{"after the end", store.Span{After: hit("c", "c1")}, ""},
		{"after beyond to", store.Span{To: "b", After: hit("c", "")}, ""},
	} {
		equal(t, x.name, hits(t, c, paper, "i", x.span), x.want)
	}
	equal(t, "an unknown index", hits(t, c, paper, "none", store.Span{}), "")
	equal(t, "an unknown partition", hits(t, c, "none", "i", store.Span{}), "")
	equal(t, "its own partition", hits(t, c, desk, "i", store.Span{}), "a/k")

	s = s[:0]
	for i := range store.DefaultLimit + 5 {
		s = append(s, put(fmt.Sprint("n", i), "", ix("many", fmt.Sprintf("%05d", i))))
	}
	steps(t, c, paper, s...)
	found, err := c.Range(t.Context(), paper, "many", store.Span{})
	if err != nil || len(found) != store.DefaultLimit {
		t.Errorf("no limit gives %d, %v", len(found), err)
	}
}

func testSortsByBytes(t *testing.T, c store.Core) {
	sorts := []string{"", " ", "0", "00", "9", "A", "Z", "a", "aa", "z", "Đ", "đ", "ẵ", "\x01", "\x7f", "\x80", "\xff", "\xff\xff", "a\xff"}
	for i, s := range sorts {
		steps(t, c, paper, put(fmt.Sprintf("%02d", i), "", ix("i", s)))
	}
	slices.Sort(sorts)
	found, err := c.Range(t.Context(), paper, "i", store.Span{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range found {
		got = append(got, h.Sort)
	}
	equal(t, "order", got, sorts)
}

func testExpiry(t *testing.T, c store.Core) {
	day := time.Date(2026, 11, 24, 8, 0, 0, 123456789, time.UTC)
	exp := func(s store.Step, at time.Time) store.Step { s.Expires = at; return s }
	steps(t, c, paper, exp(put("a", "1"), day), exp(put("b", "1", ix("x", "1")), day.Add(-time.Hour)), put("c", "1"))
	equal(t, "kept as given", get(t, c, paper, "a").Expires, day)
	equal(t, "none", get(t, c, paper, "c").Expires.IsZero(), true)
	equal(t, "due", hits(t, c, paper, store.ExpiryIndex, store.Span{To: store.TimeSort(day)}), store.TimeSort(day.Add(-time.Hour))+"/b")
	steps(t, c, paper, put("a", "2"), exp(put("b", "2"), day.Add(time.Hour)))
	equal(t, "replaced", hits(t, c, paper, store.ExpiryIndex, store.Span{}), store.TimeSort(day.Add(time.Hour))+"/b")
	old := time.Date(2001, 1, 1, 0, 0, 0, 0, time.FixedZone("", 7*3600))
	steps(t, c, paper, exp(put("old", "still here"), old))
	equal(t, "Get does not look at it", string(get(t, c, paper, "old").Value), "still here")
	equal(t, "an instant, in UTC", get(t, c, paper, "old").Expires, old.UTC())
	steps(t, c, paper, exp(put("1970", ""), time.Unix(0, 0)), exp(put("1960", ""), time.Unix(-1e9, 0)), exp(put("9999", ""), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)))
	equal(t, "1970 is a time", get(t, c, paper, "1970").Expires, time.Unix(0, 0).UTC())
	equal(t, "the years before count as it", get(t, c, paper, "1960").Expires, time.Unix(0, 0).UTC())
	equal(t, "the far end", get(t, c, paper, "9999").Expires.Year(), 2262)
	steps(t, c, paper, del("b"))
	if got := hits(t, c, paper, store.ExpiryIndex, store.Span{From: store.TimeSort(day)}); strings.Contains(got, "/b") {
		t.Errorf("deleted, but due: %s", got)
	}
}

func testLogs(t *testing.T, c store.Core) {
	equal(t, "no such log", len(read(t, c, paper, "wire", "", 0)), 0)
	steps(t, c, paper, add("wire", "1"), add("wire", "2"), add("other", "x"), add("wire", "3"))
	steps(t, c, desk, add("wire", "y"))
	all := read(t, c, paper, "wire", "", 0)
	equal(t, "all", values(all), "1 2 3")
	equal(t, "limit", values(read(t, c, paper, "wire", "", 2)), "1 2")
	equal(t, "after", values(read(t, c, paper, "wire", all[0].Place, 0)), "2 3")
	equal(t, "after the last", values(read(t, c, paper, "wire", all[2].Place, 0)), "")
	steps(t, c, paper, add("wire", "4"), add("wire", ""))
	equal(t, "and on", values(read(t, c, paper, "wire", all[2].Place, 1)), "4")
	equal(t, "an empty item", len(read(t, c, paper, "wire", all[2].Place, 0)), 2)
	equal(t, "another log", values(read(t, c, paper, "other", "", 0)), "x")
	equal(t, "another partition", values(read(t, c, desk, "wire", "", 0)), "y")
	bytes := "\x00\xffđ\n"
	steps(t, c, paper, add("bytes/log", bytes))
	equal(t, "any bytes", values(read(t, c, paper, "bytes/log", "", 0)), bytes)
}

func testTrim(t *testing.T, c store.Core) {
	trim := func(p store.Partition, log string, place news.Place) {
		t.Helper()
		if err := c.Trim(t.Context(), p, log, place); err != nil {
			t.Fatalf("Trim: %v", err)
		}
	}
	steps(t, c, paper, add("wire", "1"), add("wire", "2"), add("other", "x"), add("wire", "3"))
	all := read(t, c, paper, "wire", "", 0)
	trim(paper, "wire", "")
	trim(paper, "none", all[0].Place)
	trim("none", "wire", all[0].Place)
	trim(paper, "wire", "nonsense")
	trim(paper, "wire", all[0].Place+"9999999999")
	equal(t, "nothing trimmed", values(read(t, c, paper, "wire", "", 0)), "1 2 3")
	trim(paper, "wire", all[1].Place)
	equal(t, "two trimmed", values(read(t, c, paper, "wire", "", 0)), "3")
	equal(t, "a place in what is gone", values(read(t, c, paper, "wire", all[0].Place, 0)), "3")
	trim(paper, "wire", all[1].Place)
	trim(paper, "wire", all[2].Place)
	equal(t, "all trimmed", values(read(t, c, paper, "wire", "", 0)), "")
	equal(t, "the last place is not beyond the end", values(read(t, c, paper, "wire", all[2].Place, 0)), "")
	steps(t, c, paper, add("wire", "4"))
	equal(t, "after all was trimmed", values(read(t, c, paper, "wire", all[2].Place, 0)), "4")
	equal(t, "the other log", values(read(t, c, paper, "other", "", 0)), "x")

	var s []store.Step
	for i := range 5000 {
		s = append(s, add("long", fmt.Sprint(i)))
	}
	steps(t, c, paper, s...)
	var place news.Place
	n := 0
	for {
		got := read(t, c, paper, "long", place, 999)
		if len(got) == 0 {
			break
		}
		n += len(got)
		place = got[len(got)-1].Place
	}
	equal(t, "read in pages", n, 5000)
	trim(paper, "long", place)
	equal(t, "a long log trimmed", len(read(t, c, paper, "long", "", 0)), 0)
}

func testStrangePlaces(t *testing.T, c store.Core) {
	steps(t, c, paper, add("wire", "1"), add("wire", "2"))
	last := read(t, c, paper, "wire", "", 0)[1].Place
	_, id := store.SplitPlace(last)
	epoch, _ := store.SplitPlace(last)
	for name, place := range map[string]news.Place{
		"another epoch":   store.MakePlace("0123456789abcdef0123456789abcdef", id),
		"beyond the end":  last + "0000",
		"far beyond":      store.MakePlace(epoch, "99999999999999999999999999"),
		"nonsense":        "nonsense",
		"no id":           store.MakePlace(epoch, ""),
		"a negative id":   store.MakePlace(epoch, "-5"),
		"another's place": store.MakePlace(epoch, "x-y"),
	} {
		equal(t, name, values(read(t, c, paper, "wire", place, 0)), "1 2")
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
	equal(t, "empty", len(list()), 0)
	steps(t, c, paper, put("a", ""))
	steps(t, c, "out/tat-ca", add("revisions", "1"))
	steps(t, c, "out/a.b_c:d", put("a", ""), del("a"))
	commit(t, c, store.Batch{Partition: "lease", Fences: []store.Fence{fence("f", 1)}})
	equal(t, "what holds anything", list(), []store.Partition{"out/tat-ca", paper})
	last := read(t, c, "out/tat-ca", "revisions", "", 0)[0].Place
	if err := c.Trim(t.Context(), "out/tat-ca", "revisions", last); err != nil {
		t.Fatal(err)
	}
	equal(t, "after trimming", list(), []store.Partition{paper})
}

func testDump(t *testing.T, c store.Core) {
	day := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	b := put("b", "2", ix("y", "2"), ix("x", "1"), ix("x", "1"))
	b.Expires = day
	steps(t, c, paper, put("a", "1"), b, add("wire", "1"), add("articles", "2"), add("wire", "3"), put("c", "\x00\xff"))
	steps(t, c, desk, put("other", ""))
	var records, items []store.Dumped
	for d, err := range c.Dump(t.Context(), paper) {
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case d.Record == nil:
			items = append(items, d)
		case len(items) > 0:
			t.Error("a record after the logs")
		default:
			records = append(records, d)
		}
	}
	slices.SortFunc(records, func(a, b store.Dumped) int { return strings.Compare(a.Record.Key, b.Record.Key) })
	equal(t, "records", records, []store.Dumped{
		{Record: &store.Record{Key: "a", Version: 1, Value: []byte("1")}},
		{Record: &store.Record{Key: "b", Version: 2, Value: []byte("2"), Expires: day}, Index: []store.Index{ix("x", "1"), ix("y", "2")}},
		{Record: &store.Record{Key: "c", Version: 3, Value: []byte("\x00\xff")}},
	})
	slices.SortStableFunc(items, func(a, b store.Dumped) int { return strings.Compare(a.Log, b.Log) })
	equal(t, "items", items, []store.Dumped{
		{Log: "articles", Value: []byte("2")}, {Log: "wire", Value: []byte("1")}, {Log: "wire", Value: []byte("3")},
	})
	for range c.Dump(t.Context(), paper) {
		break // and nothing is left open
	}
	for d, err := range c.Dump(t.Context(), "nowhere") {
		t.Errorf("a dump of nothing gives %v, %v", d, err)
	}
	steps(t, c, paper, put("after", "a dump"))
}

func testWatch(t *testing.T, c store.Core) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ch, err := c.Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	wait := func(want store.Partition) {
		t.Helper()
		limit := time.After(10 * time.Second)
		for {
			select {
			case p, ok := <-ch:
				if !ok {
					t.Fatal("the channel is closed")
				}
				if p == want {
					return
				}
			case <-limit:
				t.Fatalf("no signal for %s", want)
			}
		}
	}
	steps(t, c, paper, add("wire", "1"))
	wait(paper)
	steps(t, c, desk, add("stories", "1"))
	wait(desk)
	for range 2000 { // nobody takes them: they merge, and hold no writer up
		steps(t, c, paper, add("wire", "1"))
	}
	wait(paper)
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

// testWriters counts with optimistic writes: a lost update or a version given
// out twice would show.
func testWriters(t *testing.T, c store.Core) {
	const writers, rounds = 8, 40
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range rounds {
				for {
					r, err := c.Get(t.Context(), ref(paper, "count"))
					if err != nil {
						t.Error(err)
						return
					}
					n := 0
					fmt.Sscan(string(r[0].Value), &n)
					got, err := c.Commit(t.Context(), store.Batch{Partition: paper, ID: fmt.Sprint(w, "/", i, "/", r[0].Version),
						Steps: []store.Step{at(put("count", fmt.Sprint(n+1)), r[0].Version), needs(add("log", fmt.Sprint(n+1)), 1)}})
					if err != nil {
						t.Error(err)
						return
					}
					if got.Results[0].Applied {
						break
					}
				}
			}
		})
	}
	wg.Wait()
	equal(t, "count", string(get(t, c, paper, "count").Value), fmt.Sprint(writers*rounds))
	for i, x := range read(t, c, paper, "log", "", 0) {
		if string(x.Value) != fmt.Sprint(i+1) {
			t.Fatalf("item %d is %s", i, x.Value)
		}
	}
}

func testLarge(t *testing.T, c store.Core) {
	big := strings.Repeat("tin tỉnh ", 1<<20)
	steps(t, c, paper, put("big", big), add("wire", big))
	equal(t, "record", string(get(t, c, paper, "big").Value) == big, true)
	equal(t, "item", string(read(t, c, paper, "wire", "", 1)[0].Value) == big, true)
	var s []store.Step
	for i := range 3000 {
		s = append(s, put(fmt.Sprint("k", i), "v", ix("i", fmt.Sprintf("%04d", i))))
	}
	r := steps(t, c, paper, s...)
	equal(t, "a batch of many steps", r[2999], yes(3001))
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
