package sqlite

import (
	"path/filepath"
	"testing"
	"time"

	"tinhub/store"
	"tinhub/store/storetest"
)

func openTemp(t *testing.T) store.Core { return openClocked(t, nil) }

// openClocked makes versions of a clock.
func openClocked(t *testing.T, clock func() time.Time) store.Core {
	t.Helper()
	c, err := Open(t.Context(), filepath.Join(t.TempDir(), "data", "tinhub.db"), Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestCore(t *testing.T) {
	storetest.Core(t, func(t *testing.T) store.Core { return openClocked(t, storetest.Began) })
}

// TestVersionsOfAnotherLife: a file that is made anew gives no version again that the
// one before it gave.
func TestVersionsOfAnotherLife(t *testing.T) {
	var last int64
	for range 3 {
		r, err := openTemp(t).Commit(t.Context(), store.Batch{Partition: "p", Steps: []store.Step{{Op: store.Put, Key: "a"}}})
		if err != nil || r.Results[0].Version <= last {
			t.Fatalf("%+v after %d, %v", r, last, err)
		}
		last = r.Results[0].Version
	}
}

func TestKillNine(t *testing.T) {
	storetest.KillNine(t, filepath.Join(t.TempDir(), "tinhub.db"), 5, func(t *testing.T, path string) store.Core {
		c, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	})
}
