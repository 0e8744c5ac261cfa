package news

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"testing"
)

func hashOf(n int) uint64 {
	sum := sha256.Sum256(fmt.Append(nil, n))
	return binary.BigEndian.Uint64(sum[:])
}

func sketchOf(from, to int) (s Sketch) {
	for n := from; n < to; n++ {
		s = s.Add(hashOf(n))
	}
	return s
}

// TestSketch: small numbers are exact or nearly so, large ones within 4 standard
// errors, however often a thing is added, and its size is bounded.
func TestSketch(t *testing.T) {
	for _, n := range []int{0, 1, 2, 10, 50, 200, 511, 512, 513, 1000, 3000, 20_000, 200_000} {
		s := sketchOf(0, n)
		s = s.Merge(sketchOf(0, n/2))
		off := math.Abs(float64(s.Count()) - float64(n))
		if off > max(0.13*float64(n), 1) || n <= 10 && off > 0 {
			t.Errorf("%d things count as %d", n, s.Count())
		}
		if len(s) > sketchCells {
			t.Errorf("%d things take %d bytes", n, len(s))
		}
	}
}

// TestSketchMerges: a merge is the sketch of all, in any order and either form.
func TestSketchMerges(t *testing.T) {
	for _, c := range []struct{ a, b, c, d int }{{0, 20, 10, 30}, {0, 20, 0, 5000}, {0, 5000, 10, 30}, {0, 400, 300, 900}, {0, 0, 0, 0}, {0, 2000, 2000, 9000}} {
		a, b := sketchOf(c.a, c.b), sketchOf(c.c, c.d)
		all := sketchOf(min(c.a, c.c), max(c.b, c.d))
		ab, ba := slices.Clone(a).Merge(b), slices.Clone(b).Merge(a)
		if !slices.Equal(ab, all) || !slices.Equal(ba, all) {
			t.Errorf("%v: merged sketches differ from that of all", c)
		}
	}
}

// TestSketchDamaged: bytes that are no sketch do no harm.
func TestSketchDamaged(t *testing.T) {
	for _, s := range []Sketch{{1}, {0, 0}, {255, 255, 1}, slices.Repeat(Sketch{255}, sketchCells), slices.Repeat(Sketch{255}, 3*sketchCells), slices.Repeat(Sketch{0}, 700)} {
		if n := s.Count(); n < 0 {
			t.Errorf("%d", n)
		}
		var fresh Sketch
		_ = fresh.Merge(s).Count()
	}
}

func TestCountReaders(t *testing.T) {
	day := func(d, reader string, claims int64, readers Sketch) Use {
		return Use{Day: d, Output: "rss", Reader: reader, Subscribers: claims, Readers: readers}
	}
	for _, c := range []struct {
		name string
		uses []Use
		want int64
	}{
		{"none", nil, 0},
		{"one reader of two outputs", []Use{day("a", "Miniflux", 0, sketchOf(0, 1)), day("a", "Miniflux", 0, sketchOf(0, 1))}, 1},
		{"a service says how many", []Use{day("a", "Feedly", 40, sketchOf(0, 3)), day("a", "browser", 0, sketchOf(0, 2))}, 42},
		{"robots read nothing", []Use{day("a", ReaderRobot, 0, sketchOf(0, 9))}, 0},
		{"two days are two", []Use{day("a", "browser", 0, sketchOf(0, 1)), day("b", "browser", 0, sketchOf(0, 1))}, 2},
	} {
		if got := CountReaders(c.uses); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestPlusLeavesBoth(t *testing.T) {
	a := Use{Requests: 1, Unchanged: 1, Bytes: 10, Subscribers: 5, Readers: sketchOf(0, 3)}
	b := Use{Requests: 2, Bytes: 5, Subscribers: 3, Readers: sketchOf(2, 6)}
	kept := slices.Clone(a.Readers)
	sum := a.Plus(b)
	if sum.Requests != 3 || sum.Unchanged != 1 || sum.Bytes != 15 || sum.Subscribers != 5 || sum.Readers.Count() != 6 {
		t.Errorf("%+v, %d readers", sum, sum.Readers.Count())
	}
	if !slices.Equal(kept, a.Readers) {
		t.Error("the sketch of what was added to has changed")
	}
}
