package redis

import (
	"path/filepath"
	"testing"

	"tinhub/store"
	"tinhub/store/sqlite"
	"tinhub/store/storetest"
)

func TestFacets(t *testing.T) { storetest.Facets(t, opener(storetest.Redis(t))) }

func TestFacetsOnCluster(t *testing.T) { storetest.Facets(t, opener(storetest.Cluster(t))) }

// A store moves from embedded to Redis and back by its backup.
func TestMove(t *testing.T) {
	embedded := func() store.Core {
		c, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "tinhub.db"), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	storetest.Move(t, embedded(), opener(storetest.Redis(t))(t), embedded())
}
