package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tinhub/news"
)

// TestMemory: what is remembered of a record is given out for as long as the store
// has that version, is not read again meanwhile, and what cannot be read is not
// remembered.
func TestMemory(t *testing.T) {
	core := &versions{}
	desk := NewDesk(Remembering(core, 1<<20), Keep{})
	for i, c := range []struct {
		version int64
		title   string
		values  int // how many were read in all
	}{
		{1, "một", 1}, {1, "một", 1}, {2, "hai", 2}, {2, "hai", 2}, {5, "một", 3},
		{4, "bốn", 4}, // an answer that was overtaken
		{0, "", 4}, {4, "bốn", 4},
	} {
		core.version, core.title = c.version, c.title
		for name, read := range map[string]func() ([]news.Story, error){
			"found":  func() ([]news.Story, error) { return desk.Find(t.Context(), "a") },
			"listed": func() ([]news.Story, error) { return desk.stories(t.Context(), []Hit{{Key: "story/a"}}) },
		} {
			s, err := read()
			if err != nil || len(s) > 0 && s[0].Title != c.title || len(s) == 0 && c.version != 0 {
				t.Errorf("read %d, %s: %+v, %v, and the store says %q", i, name, s, err, c.title)
			}
		}
		if core.values != c.values {
			t.Errorf("read %d: %d values were read by now, want %d", i, core.values, c.values)
		}
	}

	core.version, core.title = 6, "\x00"
	for range 2 {
		if _, err := desk.Find(t.Context(), "a"); err == nil {
			t.Error("a damaged record was read")
		}
	}
	m := memoryOf(desk.core)
	if had := recall[news.Article](m, []Ref{refOf(DeskPartition, "story/a")}); had[0] != nil {
		t.Error("a record was read as what it is not")
	}
}

// versions is an engine with one story at a version.
type versions struct {
	Core
	version int64
	title   string
	values  int // how many it gave
}

func (v *versions) Get(_ context.Context, refs ...Ref) ([]Record, error) {
	recs := make([]Record, len(refs))
	for i, r := range refs {
		if recs[i].Key = r.Key; r.Key != "story/a" {
			continue
		}
		if recs[i].Version = v.version; v.version != 0 && r.Has != v.version {
			v.values++
			recs[i].Value = []byte(`{"id":"a","title":"` + v.title + `"}`)
		}
	}
	return recs, nil
}

// TestMemoryIsBounded: what is asked for all along stays, the rest goes.
func TestMemoryIsBounded(t *testing.T) {
	const most = 64 << 10
	m := &Remembering(nil, most).(*remembering).memory
	read := func(key string) {
		rec := Record{Key: key, Version: 1, Value: []byte(`{"title":"tin"}`)}
		refs := []Ref{refOf(DeskPartition, key)}
		if _, err := decodeKnown(m, refs[0], rec, recall[news.Story](m, refs)[0]); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 1000 {
		read(fmt.Sprint("story/", i))
		read("story/hot")
		if n := len(m.young) + len(m.old); n*decodedCost(0) > most {
			t.Fatalf("%d records are remembered in %d bytes", n, most)
		}
		if _, young := m.young[refOf(DeskPartition, "story/hot")]; !young {
			t.Fatalf("after %d others, what is read all along is forgotten", i)
		}
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
