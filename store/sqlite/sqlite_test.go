package sqlite

import (
	"path/filepath"
	"testing"

	"tinhub/store"
	"tinhub/store/storetest"
)

func openTemp(t *testing.T) store.Core {
	t.Helper()
	c, err := Open(t.Context(), filepath.Join(t.TempDir(), "data", "tinhub.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestCore(t *testing.T) { storetest.Core(t, openTemp) }

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
