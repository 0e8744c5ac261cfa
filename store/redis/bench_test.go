package redis

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"tinhub/store"
	"tinhub/store/storetest"
)

// BenchmarkIngest is the rate of batches of 30 new entries (a claim that must be
// absent, a record of 2 KB with 3 index entries, AOF everysec) as a ratio to
// that of SET 2 KB pipelined by 30, both in turns on one server. Goal: 0.24.
func BenchmarkIngest(b *testing.B) {
	url := storetest.Redis(b)
	c, err := Open(b.Context(), url, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	s := c.(*Store)
	const batch, rounds = 30, 40
	n := 0
	var ratios []float64
	var ours, limit time.Duration
	for b.Loop() {
		batches := make([]store.Batch, rounds)
		for i := range batches {
			batches[i] = storetest.Ingest(n, batch)
			n++
		}
		took := clock(func() {
			for _, x := range batches {
				if _, err := s.Commit(b.Context(), x); err != nil {
					b.Fatal(err)
				}
			}
		})
		floor := clock(func() {
			for i := range batches {
				set(b, s.client, n*rounds+i, batch)
			}
		})
		ours, limit = ours+took, limit+floor
		ratios = append(ratios, float64(floor)/float64(took))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
	items := float64(len(ratios) * rounds * batch)
	b.ReportMetric(items/ours.Seconds(), "items/s")
	b.ReportMetric(items/limit.Seconds(), "limit/s")
	b.ReportMetric(0, "ns/op")
}

func clock(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

func set(b *testing.B, c redis.UniversalClient, round, batch int) {
	value := strings.Repeat("x", 2048)
	_, err := c.Pipelined(context.Background(), func(p redis.Pipeliner) error {
		for i := range batch {
			p.Set(context.Background(), fmt.Sprint("set", round, "/", i), value, 0)
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
