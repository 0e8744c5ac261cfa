package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tinhub/news"
)

// TestMemory: what is remembered of a record is given out for as long as the store
// says just that, whatever its version, and is bounded.
func TestMemory(t *testing.T) {
	m := &Remembering(nil, 1<<20).(*remembering).memory
	read := func(version int64, title string) string {
		t.Helper()
		var s news.Story
		rec := Record{Key: "story/a", Version: version, Value: fmt.Appendf(nil, `{"id":"a","title":%q}`, title)}
		if err := decodeInto(m, DeskPartition, rec, &s); err != nil || s.ID != "a" {
			t.Fatalf("%+v, %v", s, err)
		}
		return s.Title
	}
	for i, c := range []struct {
		version int64
		title   string
	}{
		{1, "một"}, {1, "một"}, {2, "hai"}, {3, "một"},
		{3, "ba!"}, // of a store that was emptied and came to the same version
		{1, "một"}, // an answer that was overtaken
	} {
		if got := read(c.version, c.title); got != c.title {
			t.Errorf("read %d: %q, and the store says %q", i, got, c.title)
		}
	}

	one := Record{Key: "story/a", Version: 1, Value: []byte(`{"id":"a"}`)}
	var other struct{ ID int }
	if err := decodeInto(m, DeskPartition, one, &other); err == nil {
		t.Error("a record was read as what it is not")
	}
	torn := one
	torn.Value = one.Value[:5]
	var s news.Story
	if err := decodeInto(m, DeskPartition, torn, &s); err == nil {
		t.Error("a torn record was read")
	}
	if err := decodeInto(nil, DeskPartition, one, &s); err != nil || s.ID != "a" {
		t.Errorf("without a memory: %+v, %v", s, err)
	}
}

// TestMemoryIsBounded: what is asked for all along stays, the rest goes.
func TestMemoryIsBounded(t *testing.T) {
	const most = 64 << 10
	m := &Remembering(nil, most).(*remembering).memory
	var s news.Story
	hot := Record{Key: "story/hot", Version: 1, Value: []byte(`{"title":"tin được đọc mãi"}`)}
	for i := range 1000 {
		rec := Record{Key: fmt.Sprint("story/", i), Version: 1, Value: []byte(`{"title":"tin chỉ đọc một lần"}`)}
		for _, r := range []Record{rec, hot} {
			if err := decodeInto(m, DeskPartition, r, &s); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(m.young) + len(m.old); n*decodedCost(0) > most {
			t.Fatalf("%d records are remembered in %d bytes", n, most)
		}
		_, young := m.young[Ref{DeskPartition, hot.Key}]
		if !young {
			t.Fatalf("after %d others, what is read all along is forgotten", i)
		}
	}
}

// TestMemoryIsUsed: a facet over an engine that remembers decodes a story once.
func TestMemoryIsUsed(t *testing.T) {
	core := Remembering(constant{}, 1<<20)
	for range 2 {
		s, err := NewDesk(core, Keep{}).Find(t.Context(), "a")
		if err != nil || s[0].Title != "tin" {
			t.Fatalf("%+v, %v", s, err)
		}
		s, err = NewDesk(core, Keep{}).stories(t.Context(), []Hit{{Key: "story/a"}})
		if err != nil || s[0].Title != "tin" {
			t.Fatalf("%+v, %v", s, err)
		}
	}
	if n := len(memoryOf(core).young); n != 1 {
		t.Errorf("%d records are remembered", n)
	}
}

// A walk over everything leaves no trace.
func TestMemoryIsNotForWalks(t *testing.T) {
	core := Remembering(constant{}, 1<<20)
	s, err := NewDesk(core, Keep{}).Stories(t.Context(), "", time.Time{}, 10)
	if err != nil || len(s) != 1 || len(memoryOf(core).young) != 0 {
		t.Errorf("%d stories, %d remembered, %v", len(s), len(memoryOf(core).young), err)
	}
}

// constant is an engine in which every record is one story.
type constant struct{ Core }

func (constant) Range(context.Context, Partition, string, Span) ([]Hit, error) {
	return []Hit{{Key: "story/a"}}, nil
}

func (constant) Get(_ context.Context, refs ...Ref) ([]Record, error) {
	recs := make([]Record, len(refs))
	for i, r := range refs {
		recs[i] = Record{Key: r.Key, Version: 1, Value: []byte(`{"id":"a","title":"tin"}`)}
	}
	return recs, nil
}
