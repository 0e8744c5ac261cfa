package store

import (
	"context"
	"fmt"

	"tinhub/news"
)

// Order leaves an order for whoever files stories. It needs no lease, and the same
// one left again is there once.
func (d *Desk) Order(ctx context.Context, o news.Instruction) error {
	if o.ID == "" {
		return fmt.Errorf("leave an order about stories: it needs an id")
	}
	var b build
	b.json(keyOrder(o.ID), o, Step{Index: []Index{{indexOrders, TimeSort(o.At)}}})
	if b.err == nil {
		_, b.err = d.core.Commit(ctx, Batch{Partition: DeskPartition, Steps: b.steps})
	}
	return wrap("leave an order about stories", b.err)
}

// Orders lists the orders that nobody acted on yet, oldest first.
func (d *Desk) Orders(ctx context.Context, limit int) ([]news.Instruction, error) {
	hits, err := d.core.Range(ctx, DeskPartition, indexOrders, Span{Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("list the orders about stories: %w", err)
	}
	orders, err := getPresent[news.Instruction](ctx, d.core, refsOf(DeskPartition, hits), nil)
	return orders, wrap("list the orders about stories", err)
}
