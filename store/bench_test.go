package store_test

import (
	"context"
	"testing"

	"tinhub/store"
	"tinhub/store/storetest"
)

// A void takes everything and holds nothing: what remains is the facets' own cost.
type void struct{ store.Core }

func (void) Commit(_ context.Context, b store.Batch) (store.Receipt, error) {
	return store.Receipt{Results: make([]store.Result, len(b.Steps))}, nil
}

func (void) Get(_ context.Context, refs ...store.Ref) ([]store.Record, error) {
	return make([]store.Record, len(refs)), nil
}

func (void) Range(context.Context, store.Partition, string, store.Span) ([]store.Hit, error) {
	return nil, nil
}

func BenchmarkFacets(b *testing.B) { storetest.BenchmarkFacets(b, void{}) }
