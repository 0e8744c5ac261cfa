package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"tinhub/store"
)

func testRecords(t *testing.T, c store.Core) {
	same(t, "missing", record(t, c, paper, "a"), store.Record{Key: "a"})
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
	same(t, "in the order of refs", got, []store.Record{
		{Key: "a", Version: 1, Value: []byte("3")}, {Key: "b", Version: 2, Value: []byte("2")}, {Key: "none"},
		{Key: "a"}, {Key: "a", Version: 1, Value: []byte("1")}, {Key: "b", Version: 2, Value: []byte("2")}, {Key: "empty", Version: 3},
	})
	same(t, "deleting", steps(t, c, paper, del("a"), del("a"), del("none")), []store.Result{yes(0), yes(0), yes(0)})
	same(t, "deleted", record(t, c, paper, "a"), store.Record{Key: "a"})
	bytes := "\x00\xff\xfe: 12 \r\n đ"
	steps(t, c, paper, put("khoá/\xff\x01 ü", bytes))
	same(t, "any bytes", string(record(t, c, paper, "khoá/\xff\x01 ü").Value), bytes)
	none, err := c.Get(t.Context())
	if err != nil || len(none) != 0 {
		t.Errorf("Get of nothing: %v, %v", none, err)
	}
}

func testConditions(t *testing.T, c store.Core) {
	same(t, "absent, then there", steps(t, c, paper, when(put("a", "1"), store.Absent), when(put("a", "2"), store.Absent)),
		[]store.Result{yes(1), no(1)})
	same(t, "a skipped step changes nothing", string(record(t, c, paper, "a").Value), "1")
	same(t, "present", steps(t, c, paper, when(put("a", "3"), store.Present), when(put("b", "3"), store.Present), when(del("b"), store.Present)),
		[]store.Result{yes(2), no(0), no(0)})
	same(t, "at", steps(t, c, paper, at(put("a", "4"), 1), at(put("a", "5"), 2), at(put("a", "6"), 2), at(del("a"), 1), at(del("a"), 3)),
		[]store.Result{no(2), yes(3), no(3), no(3), yes(0)})
	same(t, "at none", steps(t, c, paper, at(put("a", "7"), 3), at(put("a", "8"), 0)), []store.Result{no(0), yes(4)})
	same(t, "absent delete", steps(t, c, paper, when(del("a"), store.Absent), when(del("b"), store.Absent)), []store.Result{no(4), yes(0)})
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
	same(t, "results", got, []store.Result{no(1), no(0), {}, yes(2), yes(3), yes(0), no(1), no(1)})
	same(t, "log", values(read(t, c, paper, "wire", "", 0)), "two")
	same(t, "skipped put", record(t, c, paper, "article/1").Version, int64(0))
}

// testHas: a record comes without its value to whoever has that version, and no
// other.
func testHas(t *testing.T, c store.Core) {
	steps(t, c, paper, put("a", "1"), put("b", "2", ix("x", "1")), put("empty", ""))
	steps(t, c, desk, put("a", "3"))
	has := func(p store.Partition, key string, version int64) store.Ref {
		return store.Ref{Partition: p, Key: key, Has: version}
	}
	got, err := c.Get(t.Context(), has(paper, "a", 1), has(paper, "b", 1), has(paper, "b", 22), has(desk, "a", 1), has(desk, "a", 0),
		has(paper, "none", 1), has(paper, "empty", 1), has(paper, "empty", 3), has("paper/1f", "a", 7))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "records", strings.ReplaceAll(fmt.Sprintf("%+v", got), "Expires:0001-01-01 00:00:00 +0000 UTC", ""),
		strings.ReplaceAll(fmt.Sprintf("%+v", []store.Record{
			{Key: "a", Version: 1}, {Key: "b", Version: 2, Value: []byte("2")}, {Key: "b", Version: 2, Value: []byte("2")}, {Key: "a", Version: 1},
			{Key: "a", Version: 1, Value: []byte("3")}, {Key: "none"}, {Key: "empty", Version: 3}, {Key: "empty", Version: 3}, {Key: "a"},
		}), "Expires:0001-01-01 00:00:00 +0000 UTC", ""))
	steps(t, c, paper, put("a", "1"))
	got, err = c.Get(t.Context(), has(paper, "a", 1))
	if err != nil || len(got) != 1 || string(got[0].Value) != "1" || got[0].Version != 4 {
		t.Errorf("after it was written again: %+v, %v", got, err)
	}
}

func testVersions(t *testing.T, c store.Core) {
	steps(t, c, paper, put("a", "1"), del("a"))
	same(t, "not reused after a delete", steps(t, c, paper, put("a", "1"))[0], yes(2))
	same(t, "the same value again", steps(t, c, paper, put("a", "1"))[0], yes(3))
	same(t, "one sequence a partition", steps(t, c, paper, put("b", "1"))[0], yes(4))
	same(t, "another partition", steps(t, c, desk, put("b", "1"))[0], yes(1))
	same(t, "twice in a batch", steps(t, c, paper, put("b", "1"), put("b", "2")), []store.Result{yes(5), yes(6)})
	same(t, "the last one holds", string(record(t, c, paper, "b").Value), "2")
}

func testReceipts(t *testing.T, c store.Core) {
	b := store.Batch{Partition: paper, ID: "b1", Steps: []store.Step{
		when(put("a", "1", ix("i", "s")), store.Absent), add("wire", "x"), when(put("a", "2"), store.Absent), del("z")}}
	first := commit(t, c, b)
	same(t, "first", first, store.Receipt{Results: []store.Result{yes(1), yes(0), no(1), yes(0)}})
	again := commit(t, c, b)
	same(t, "resent", again, store.Receipt{Results: first.Results, Resent: true})
	same(t, "applied once", values(read(t, c, paper, "wire", "", 0)), "x")
	other := commit(t, c, store.Batch{Partition: paper, ID: "b1", Steps: []store.Step{put("c", "other")}})
	same(t, "the first receipt wins", other, again)
	same(t, "other content is not applied", record(t, c, paper, "c").Version, int64(0))
	same(t, "the same id elsewhere", commit(t, c, store.Batch{Partition: desk, ID: "b1", Steps: []store.Step{put("c", "")}}).Resent, false)

	only := store.Batch{Partition: paper, ID: "fence only", Fences: []store.Fence{fence("f", 3)}}
	r := commit(t, c, only)
	same(t, "a batch of one fence", []any{len(r.Results), r.Resent}, []any{0, false})
	same(t, "a batch of one fence again", commit(t, c, only).Resent, true)
	same(t, "an empty batch", len(commit(t, c, store.Batch{Partition: paper}).Results), 0)

	commit(t, c, store.Batch{Partition: paper, Fences: []store.Fence{fence("f", 9)}})
	same(t, "a resend after the fence rose is still answered", commit(t, c, only).Resent, true)
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
	same(t, "the second is remembered", one(1), store.Receipt{Results: []store.Result{yes(2)}, Resent: true})
	same(t, "the first is forgotten", one(0).Resent, false)
	same(t, "now the second is", one(1).Resent, false)
	same(t, "the last is remembered", one(store.MaxReceipts).Resent, true)
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
		if (record(t, c, paper, x.key).Version != 0) != x.ok {
			t.Errorf("token %d: record %s is wrong", x.token, x.key)
		}
	}
	same(t, "nothing of a refused batch", values(read(t, c, paper, "log", "", 0)), "a c d g")
	same(t, "nor its entries", hits(t, c, paper, "i", store.Span{}), "s/a s/c s/d s/g")
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
	same(t, "sent with a good token", record(t, c, paper, "b").Version != 0, true)
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
	same(t, "nothing applied", record(t, c, paper, "first").Version, int64(0))
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
	same(t, "count", string(record(t, c, paper, "count").Value), fmt.Sprint(writers*rounds))
	for i, x := range read(t, c, paper, "log", "", 0) {
		if string(x.Value) != fmt.Sprint(i+1) {
			t.Fatalf("item %d is %s", i, x.Value)
		}
	}
}

func testLarge(t *testing.T, c store.Core) {
	big := strings.Repeat("tin tỉnh ", 1<<20)
	steps(t, c, paper, put("big", big), add("wire", big))
	same(t, "record", string(record(t, c, paper, "big").Value) == big, true)
	same(t, "item", string(read(t, c, paper, "wire", "", 1)[0].Value) == big, true)
	var s []store.Step
	for i := range 3000 {
		s = append(s, put(fmt.Sprint("k", i), "v", ix("i", fmt.Sprintf("%04d", i))))
	}
	r := steps(t, c, paper, s...)
	same(t, "a batch of many steps", r[2999], yes(3001))
}
