package sqlite

import (
	"path/filepath"
	"testing"

	"tinhub/store/storetest"
)

func TestFacets(t *testing.T) { storetest.Facets(t, openTemp) }

func BenchmarkFacets(b *testing.B) {
	c, err := Open(b.Context(), filepath.Join(b.TempDir(), "tinhub.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	storetest.BenchmarkFacets(b, c)
}
