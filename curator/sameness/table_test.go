package sameness

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTable holds a table to a map, wherever the keys stand: everywhere, or all at
// its end, where there is no room behind them.
func TestTable(t *testing.T) {
	for name, keyOf := range map[string]func(n uint32) uint32{
		"everywhere": func(n uint32) uint32 { return n },
		"few":        func(n uint32) uint32 { return n % 90 << 17 },
		"at the end": func(n uint32) uint32 { return 1<<docBits - 1 - n%3000 },
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			var table table
			want := map[uint32][]uint32{}
			for doc := range uint32(5000) {
				k := keyOf(r.Uint32N(1 << docBits))
				table.add(k, doc)
				want[k] = append(want[k], doc)
			}
			compareTable(t, &table, want)

			dead := map[uint32]bool{}
			for doc := range uint32(5000) {
				if doc%3 > 0 {
					dead[doc] = true
				}
			}
			before := len(table.high)
			table.drop(dead)
			for k, docs := range want {
				docs = docs[:min(len(docs), crowded+1)] // no more were taken
				want[k] = slices.DeleteFunc(docs, func(d uint32) bool { return dead[d] })
			}
			compareTable(t, &table, want)
			if name != "at the end" && len(table.high) > before*2/3 {
				t.Errorf("of %d slots %d are left when two in three entries are gone", before, len(table.high))
			}
		})
	}
}

func compareTable(t *testing.T, x *table, want map[uint32][]uint32) {
	t.Helper()
	for k, docs := range want {
		if len(docs) > crowded {
			docs = nil
		}
		got := x.find(nil, k)
		slices.Sort(got)
		if d := cmp.Diff(docs, got, equateEmpty); d != "" {
			t.Fatalf("key %06x (-want +got):\n%s", k, d)
		}
	}
	if got := x.find(nil, 12345); len(want[12345]) == 0 && len(got) > 0 {
		t.Errorf("a key that nobody put leads to %d", got)
	}
	if n := len(x.high) - 1; x.high[n] != 0 || x.low[n] != 0 {
		t.Error("the last slot is no gap: a look there would not end")
	}
}

var equateEmpty = cmp.Comparer(func(a, b []uint32) bool { return slices.Equal(a, b) })
