package sqlite

import (
	"path/filepath"
	"sync/atomic"
	"testing"

	"tinhub/store/storetest"
)

// BenchmarkIngest is the rate of batches of 30 new entries (a claim that must be
// absent, a record of 2 KB with 3 index entries), by one writer and by many.
func BenchmarkIngest(b *testing.B) {
	for _, x := range []struct {
		name    string
		entries int
		opt     Options
		many    int
	}{
		{"batches of 30", 30, Options{}, 1},
		{"batches of 30, 16 writers", 30, Options{}, 8},
		{"batches of 30, full sync", 30, Options{Sync: true}, 1},
		{"single", 1, Options{}, 1},
		{"single, 16 writers", 1, Options{}, 8},
		{"single, 16 writers, full sync", 1, Options{Sync: true}, 8},
	} {
		b.Run(x.name, func(b *testing.B) {
			c, err := Open(b.Context(), filepath.Join(b.TempDir(), "tinhub.db"), x.opt)
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			var n atomic.Int64
			b.SetParallelism(x.many)
			run := func() {
				if _, err := c.Commit(b.Context(), storetest.Ingest(int(n.Add(1)), x.entries)); err != nil {
					b.Error(err)
				}
			}
			b.ResetTimer()
			if x.many == 1 {
				for range b.N {
					run()
				}
			} else {
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						run()
					}
				})
			}
			b.ReportMetric(float64(b.N*x.entries)/b.Elapsed().Seconds(), "items/s")
		})
	}
}
