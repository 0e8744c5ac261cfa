package redis

import (
	"testing"

	"tinhub/store"
	"tinhub/store/storetest"
)

// opener opens empty stores that share a server.
func opener(url string) func(t *testing.T) store.Core {
	return func(t *testing.T) store.Core {
		t.Helper()
		c, err := Open(t.Context(), url, Options{Prefix: storetest.Prefix()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
}

func TestCore(t *testing.T) { storetest.Core(t, opener(storetest.Redis(t))) }

func TestCoreOnCluster(t *testing.T) { storetest.Core(t, opener(storetest.Cluster(t))) }
