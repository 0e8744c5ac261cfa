package news

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestBetween: wherever two keys stand, a third finds its place, again and again.
func TestBetween(t *testing.T) {
	for _, tt := range []struct{ below, above string }{
		{"", ""}, {"1", "2"}, {"1", "10"}, {"19", "2"}, {"1~", "2"}, {"01790000000000000000.ab", "01790000000000000001.cd"},
		{"", "!~"}, {"a", "a\""}, {"~~", ""}, {"00.1", "00.1.x"},
	} {
		if got := Between(tt.below, tt.above); got <= tt.below || tt.above != "" && got >= tt.above || strings.ContainsRune(got, 0) {
			t.Errorf("between %q and %q: %q", tt.below, tt.above, got)
		}
	}
	for _, tt := range []struct{ below, above string }{{"b", "a"}, {"a", "a"}, {"a", "a!"}} {
		if got := Between(tt.below, tt.above); got != "" {
			t.Errorf("between %q and %q: %q", tt.below, tt.above, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		keys := []string{"05000.aa", "06000.bb"}
		for range 60 {
			i := rapid.IntRange(0, len(keys)).Draw(t, "place")
			below, above := "", ""
			if i > 0 {
				below = keys[i-1]
			}
			if i < len(keys) {
				above = keys[i]
			}
			k := Between(below, above)
			if k <= below || above != "" && k >= above || k[len(k)-1] == firstLetter {
				t.Fatalf("between %q and %q: %q", below, above, k)
			}
			keys = append(keys[:i], append([]string{k}, keys[i:]...)...)
		}
	})
}

func TestCurationOf(t *testing.T) {
	noon := time.Date(2026, 3, 2, 5, 0, 0, 0, time.UTC)
	gone := Curation{Story: "b", Version: 3, Title: "Của b", Note: "ghi chú", Hidden: true, Spoke: noon,
		Places: map[string]Placed{"x": {Pinned: true, Rank: "2"}, "y": {Filed: FiledOut}}, Moved: map[string]time.Time{"x": noon}}
	own := Curation{Story: "a", Version: 4, Title: "Của a", Places: map[string]Placed{"x": {Pinned: true, Rank: "1"}}}
	got := CurationOf(own, gone, Curation{Story: "c", Title: "không có"})
	want := Curation{Story: "a", Version: 4, Title: "Của a", Note: "ghi chú", Hidden: true, Spoke: noon,
		Places: map[string]Placed{"x": {Pinned: true, Rank: "1"}, "y": {Filed: FiledOut}}, Moved: map[string]time.Time{"x": noon}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(own.Places) != 1 {
		t.Error("it changed what it was given")
	}
	own.Over = []string{"b"}
	if diff := cmp.Diff(own, CurationOf(own, gone)); diff != "" {
		t.Errorf("what was looked at already counts again: %s", diff)
	}
}
