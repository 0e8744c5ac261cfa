package storetest

import (
	"fmt"
	"testing"
	"time"

	"tinhub/news"
	"tinhub/store"
)

// BenchmarkFacets times what happens for each poll, each stretch of the wire and
// each stretch of an article log, by batches of an everyday size.
func BenchmarkFacets(b *testing.B, core store.Core) {
	const size = 30
	articles := make([]news.Article, size)
	entries := make([]news.Entry, size)
	for n := range size {
		articles[n] = article(n)
		entries[n] = articles[n].Entry
	}
	ctx := b.Context()
	for _, c := range []struct {
		name string
		do   func(n int) error
	}{
		{"unchanged poll", func(n int) error {
			p := poll(1, noon.Add(time.Duration(n)*time.Second))
			p.State.Health = news.Unchanged
			return store.NewWire(core, store.Keep{}).Record(ctx, p)
		}},
		{"poll of 2 new", func(n int) error {
			return store.NewWire(core, store.Keep{}).Record(ctx, poll(1, noon.Add(time.Duration(n)*time.Second), entries[:2]...))
		}},
		{"poll of 30 new", func(n int) error {
			return store.NewWire(core, store.Keep{}).Record(ctx, poll(1, noon.Add(time.Duration(n)*time.Second), entries...))
		}},
		{"shelve 30", func(n int) error {
			return store.NewShelf(core).Shelve(ctx, shelving(1, news.Place(fmt.Sprint("bench ", n)), articles...))
		}},
		{"file 30", func(n int) error {
			k := desking(1, news.Place(fmt.Sprint("bench ", n)))
			k.At = noon.Add(time.Duration(n) * time.Second)
			for _, a := range articles {
				k.Stories = append(k.Stories, filed(story(a), "tat-ca", "provinces/ca-mau"))
			}
			return newDesk(core).File(ctx, k)
		}},
		{"page of 50", func(int) error {
			_, _, err := newDesk(core).Page(ctx, "tat-ca", "", 50)
			return err
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if err := c.do(n); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
