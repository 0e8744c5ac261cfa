package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tinhub/news"
	"tinhub/store"
)

func testOwned(t *testing.T, c store.Core) {
	steps(t, c, paper, put("a", "1", ix("dated", "2"), ix("kept", "1"), ix("dated", "2"), ix("dated", "5")))
	steps(t, c, paper, put("b", "1", ix("dated", "3")))
	same(t, "both", hits(t, c, paper, "dated", store.Span{}), "2/a 3/b 5/a")
	steps(t, c, paper, put("a", "2", ix("dated", "4"), ix("dated", "5")))
	same(t, "replaced", hits(t, c, paper, "dated", store.Span{}), "3/b 4/a 5/a")
	same(t, "replaced in the other index", hits(t, c, paper, "kept", store.Span{}), "")
	steps(t, c, paper, at(put("a", "3", ix("dated", "9")), 1))
	same(t, "skipped", hits(t, c, paper, "dated", store.Span{}), "3/b 4/a 5/a")
	steps(t, c, paper, del("a"))
	same(t, "deleted", hits(t, c, paper, "dated", store.Span{}), "3/b")
	steps(t, c, paper, put("b", "2"))
	same(t, "owning none", hits(t, c, paper, "dated", store.Span{}), "")
	steps(t, c, paper, put("c", "1", ix("x", "1")), put("c", "2", ix("x", "2")), del("d"), put("d", "", ix("x", "")))
	same(t, "twice in a batch, and an empty sort", hits(t, c, paper, "x", store.Span{}), "/d 2/c")
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
		same(t, x.name, hits(t, c, paper, "i", x.span), x.want)
	}
	same(t, "an unknown index", hits(t, c, paper, "none", store.Span{}), "")
	same(t, "an unknown partition", hits(t, c, "none", "i", store.Span{}), "")
	same(t, "its own partition", hits(t, c, desk, "i", store.Span{}), "a/k")

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
	same(t, "order", got, sorts)
}

func testExpiry(t *testing.T, c store.Core) {
	day := time.Date(2026, 11, 24, 8, 0, 0, 123456789, time.UTC)
	exp := func(s store.Step, at time.Time) store.Step { s.Expires = at; return s }
	steps(t, c, paper, exp(put("a", "1"), day), exp(put("b", "1", ix("x", "1")), day.Add(-time.Hour)), put("c", "1"))
	same(t, "kept as given", record(t, c, paper, "a").Expires, day)
	same(t, "none", record(t, c, paper, "c").Expires.IsZero(), true)
	same(t, "due", hits(t, c, paper, store.ExpiryIndex, store.Span{To: store.TimeSort(day)}), store.TimeSort(day.Add(-time.Hour))+"/b")
	steps(t, c, paper, put("a", "2"), exp(put("b", "2"), day.Add(time.Hour)))
	same(t, "replaced", hits(t, c, paper, store.ExpiryIndex, store.Span{}), store.TimeSort(day.Add(time.Hour))+"/b")
	old := time.Date(2001, 1, 1, 0, 0, 0, 0, time.FixedZone("", 7*3600))
	steps(t, c, paper, exp(put("old", "still here"), old))
	same(t, "Get does not look at it", string(record(t, c, paper, "old").Value), "still here")
	same(t, "an instant, in UTC", record(t, c, paper, "old").Expires, old.UTC())
	steps(t, c, paper, exp(put("1970", ""), time.Unix(0, 0)), exp(put("1960", ""), time.Unix(-1e9, 0)), exp(put("9999", ""), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)))
	same(t, "1970 is a time", record(t, c, paper, "1970").Expires, time.Unix(0, 0).UTC())
	same(t, "the years before count as it", record(t, c, paper, "1960").Expires, time.Unix(0, 0).UTC())
	same(t, "the far end", record(t, c, paper, "9999").Expires.Year(), 2262)
	steps(t, c, paper, del("b"))
	if got := hits(t, c, paper, store.ExpiryIndex, store.Span{From: store.TimeSort(day)}); strings.Contains(got, "/b") {
		t.Errorf("deleted, but due: %s", got)
	}
}

func testLogs(t *testing.T, c store.Core) {
	same(t, "no such log", len(read(t, c, paper, "wire", "", 0)), 0)
	steps(t, c, paper, add("wire", "1"), add("wire", "2"), add("other", "x"), add("wire", "3"))
	steps(t, c, desk, add("wire", "y"))
	all := read(t, c, paper, "wire", "", 0)
	same(t, "all", values(all), "1 2 3")
	same(t, "limit", values(read(t, c, paper, "wire", "", 2)), "1 2")
	same(t, "after", values(read(t, c, paper, "wire", all[0].Place, 0)), "2 3")
	same(t, "after the last", values(read(t, c, paper, "wire", all[2].Place, 0)), "")
	steps(t, c, paper, add("wire", "4"), add("wire", ""))
	same(t, "and on", values(read(t, c, paper, "wire", all[2].Place, 1)), "4")
	same(t, "an empty item", len(read(t, c, paper, "wire", all[2].Place, 0)), 2)
	same(t, "another log", values(read(t, c, paper, "other", "", 0)), "x")
	same(t, "another partition", values(read(t, c, desk, "wire", "", 0)), "y")
	bytes := "\x00\xffđ\n"
	steps(t, c, paper, add("bytes/log", bytes))
	same(t, "any bytes", values(read(t, c, paper, "bytes/log", "", 0)), bytes)
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
	trim(paper, "wire", all[2].Place+"9999999999") // beyond the end, whichever millisecond each item is of
	same(t, "nothing trimmed", values(read(t, c, paper, "wire", "", 0)), "1 2 3")
	trim(paper, "wire", all[1].Place)
	same(t, "two trimmed", values(read(t, c, paper, "wire", "", 0)), "3")
	same(t, "a place in what is gone", values(read(t, c, paper, "wire", all[0].Place, 0)), "3")
	trim(paper, "wire", all[1].Place)
	trim(paper, "wire", all[2].Place)
	same(t, "all trimmed", values(read(t, c, paper, "wire", "", 0)), "")
	same(t, "the last place is not beyond the end", values(read(t, c, paper, "wire", all[2].Place, 0)), "")
	steps(t, c, paper, add("wire", "4"))
	same(t, "after all was trimmed", values(read(t, c, paper, "wire", all[2].Place, 0)), "4")
	same(t, "the other log", values(read(t, c, paper, "other", "", 0)), "x")

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
	same(t, "read in pages", n, 5000)
	trim(paper, "long", place)
	same(t, "a long log trimmed", len(read(t, c, paper, "long", "", 0)), 0)
}

func testStrangePlaces(t *testing.T, c store.Core) {
	steps(t, c, paper, add("wire", "1"), add("wire", "2"))
	last := read(t, c, paper, "wire", "", 0)[1].Place
	_, id := store.SplitPlace(last)
	epoch, _ := store.SplitPlace(last)
	for name, place := range map[string]news.Place{
		"another epoch":   store.MakePlace("0123456789abcdef0123456789abcdef", id),
		"beyond the end":  last + "1",
		"far beyond":      store.MakePlace(epoch, "99999999999999999999999999"),
		"nonsense":        "nonsense",
		"no id":           store.MakePlace(epoch, ""),
		"a negative id":   store.MakePlace(epoch, "-5"),
		"another's place": store.MakePlace(epoch, "x-y"),
	} {
		same(t, name, values(read(t, c, paper, "wire", place, 0)), "1 2")
	}
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
	same(t, "records", records, []store.Dumped{
		{Record: &store.Record{Key: "a", Version: 1, Value: []byte("1")}},
		{Record: &store.Record{Key: "b", Version: 2, Value: []byte("2"), Expires: day}, Index: []store.Index{ix("x", "1"), ix("y", "2")}},
		{Record: &store.Record{Key: "c", Version: 3, Value: []byte("\x00\xff")}},
	})
	slices.SortStableFunc(items, func(a, b store.Dumped) int { return strings.Compare(a.Log, b.Log) })
	same(t, "items", items, []store.Dumped{
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

// testDumpMoment dumps while a writer keeps a record and a log in step: a dump of
// several moments would show them apart.
func testDumpMoment(t *testing.T, c store.Core) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	fill := make([]store.Step, 500)
	for i := range fill {
		fill[i] = put(fmt.Sprintf("filler/%03d", i), strings.Repeat("x", 300))
	}
	steps(t, c, paper, fill...)
	wg.Go(func() {
		for i := 1; ctx.Err() == nil; i++ {
			n := fmt.Sprint(i)
			_, err := c.Commit(ctx, store.Batch{Partition: paper, ID: n, Steps: []store.Step{put("a", n), put("z", n), add("wire", n)}})
			if err != nil && ctx.Err() == nil {
				t.Errorf("commit %d: %v", i, err)
				return
			}
		}
	})
	for range 20 {
		var a, z, last string
		for d, err := range c.Dump(t.Context(), paper) {
			switch {
			case err != nil:
				t.Fatal(err)
			case d.Record == nil:
				last = string(d.Value)
			case d.Record.Key == "a":
				a = string(d.Record.Value)
			case d.Record.Key == "z":
				z = string(d.Record.Value)
			}
		}
		if a != z || a != last {
			t.Fatalf("the dump has a at %q, z at %q, the log at %q", a, z, last)
		}
	}
}
