package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Engines keep receipts and owned entries in these forms, in Lua too: they must
// come back as they went in.
func TestPackedForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-zđ\x01-\x7f]{0,5}`)
		var s Step
		for range rapid.IntRange(0, 5).Draw(t, "entries") {
			s.Index = append(s.Index, Index{Name: word.Draw(t, "name"), Sort: word.Draw(t, "sort")})
		}
		own := s.Owns()
		got, err := UnpackIndex(PackIndex(own))
		if err != nil || len(got) != len(own) || len(own) > 0 && !cmp.Equal(got, own) {
			t.Fatalf("%q became %q, %v", own, got, err)
		}

		version := rapid.Int64Range(0, 1<<50).Draw(t, "version")
		var steps []Step
		var results []Result
		next := version
		for range rapid.IntRange(0, 8).Draw(t, "steps") {
			op := rapid.SampledFrom([]Op{Put, Delete, Append}).Draw(t, "op")
			var r Result
			switch {
			case rapid.Bool().Draw(t, "skipped"):
				r.Version = rapid.Int64Range(0, next).Draw(t, "at")
			case op == Put:
				next++
				r = Result{Applied: true, Version: next}
			default:
				r = Result{Applied: true}
			}
			steps, results = append(steps, Step{Op: op}), append(results, r)
		}
		back, err := UnpackResults(PackResults(version, steps, results))
		if err != nil || !cmp.Equal(back, results) {
			t.Fatalf("%v became %v, %v", results, back, err)
		}
	})
}

func TestDamagedForms(t *testing.T) {
	for _, s := range []string{"a", "a\x00b", "a\x00b\x00c\x00"} {
		if got, err := UnpackIndex(s); err == nil {
			t.Errorf("%q read as %q", s, got)
		}
	}
	for _, s := range []string{"", "5", "x:p", "5:q", "5:s", "5:s7", "5:sx;"} {
		if got, err := UnpackResults(s); err == nil {
			t.Errorf("%q read as %v", s, got)
		}
	}
}

func TestExpiryForms(t *testing.T) {
	at := time.Date(2026, 11, 24, 15, 0, 0, 5, time.FixedZone("", 7*3600))
	own, got := SplitExpiry(Step{Index: []Index{{Name: "z", Sort: "1"}}, Expires: at}.Owns())
	if !got.Equal(at) || len(own) != 1 || own[0].Name != "z" {
		t.Errorf("%v, %v", own, got)
	}
	if own, got := SplitExpiry(nil); own != nil || !got.IsZero() {
		t.Errorf("of nothing: %v, %v", own, got)
	}
}

func TestBatchKinds(t *testing.T) {
	put, del, add := Step{Op: Put}, Step{Op: Delete}, Step{Op: Append}
	claim := Step{Op: Put, If: Absent}
	for _, x := range []struct {
		steps                        []Step
		deletes, idempotent, appends bool
	}{
		{nil, false, true, false},
		{[]Step{put, del}, false, true, false},
		{[]Step{del, del}, true, true, false},
		{[]Step{claim}, false, false, false},
		{[]Step{put, add}, false, false, true},
	} {
		b := Batch{Steps: x.steps}
		if b.Deletes() != x.deletes || b.Idempotent() != x.idempotent || (len(b.Logs()) > 0) != x.appends {
			t.Errorf("%v: %v %v %v", x.steps, b.Deletes(), b.Idempotent(), b.Logs())
		}
	}
}

func TestPlaces(t *testing.T) {
	if e, id := SplitPlace(MakePlace("e", "1-2")); e != "e" || id != "1-2" {
		t.Errorf("%q %q", e, id)
	}
	if e, id := SplitPlace(""); e != "" || id != "" {
		t.Errorf("%q %q", e, id)
	}
}
