package sqlite

import (
	"testing"

	"tinhub/store/storetest"
)

func TestFacets(t *testing.T) { storetest.Facets(t, openTemp) }
