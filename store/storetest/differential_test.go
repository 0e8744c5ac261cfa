package storetest_test

import (
	"path/filepath"
	"testing"

	"tinhub/store"
	"tinhub/store/redis"
	"tinhub/store/sqlite"
	"tinhub/store/storetest"
)

// The engines give the same answers as a model, and so as each other.
func TestEnginesAgree(t *testing.T) {
	url, cluster, file := storetest.Redis(t), storetest.Cluster(t), filepath.Join(t.TempDir(), "tinhub.db")
	storetest.Differential(t,
		storetest.Engine{Name: "sqlite", Open: func() (store.Core, error) {
			return sqlite.Open(t.Context(), file, sqlite.Options{Clock: storetest.Began})
		}},
		storetest.Engine{Name: "redis", Open: func() (store.Core, error) {
			return redis.Open(t.Context(), url, redis.Options{Clock: storetest.Began})
		}},
		storetest.Engine{Name: "redis cluster", Open: func() (store.Core, error) {
			return redis.Open(t.Context(), cluster, redis.Options{Clock: storetest.Began})
		}},
	)
}
