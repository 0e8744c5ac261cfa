package store

import (
	"context"
	"fmt"

	"tinhub/news"
)

// Topics gives what is remembered of each topic, in the order of their ids.
func (d *Desk) Topics(ctx context.Context) ([]news.TopicState, error) {
	hits, err := rangeAll(ctx, d.core, DeskPartition, indexTopics, Span{})
	if err != nil {
		return nil, fmt.Errorf("read topics: %w", err)
	}
	topics, err := getPresent[news.TopicState](ctx, d.core, refsOf(DeskPartition, hits), nil)
	return topics, wrap("read topics", err)
}

// SetTopic remembers what a topic was filed by. news.ErrFenced: another curator
// took over.
func (d *Desk) SetTopic(ctx context.Context, l news.Lease, t news.TopicState) error {
	var b build
	b.json(keyTopic(t.Topic), t, Step{Index: []Index{{indexTopics, t.Topic}}})
	if _, err := b.commitAsIs(ctx, d.core, DeskPartition, fenceCurate, l); err != nil {
		return fmt.Errorf("remember topic %s: %w", t.Topic, err)
	}
	return nil
}

// Changes reads the story log after the publisher's place.
func (d *Desk) Changes(ctx context.Context, limit int) ([]news.StoryChange, error) {
	place, err := placeOf(ctx, d.core, PublishPartition, placeStories)
	if err != nil {
		return nil, fmt.Errorf("read changed stories: %w", err)
	}
	return d.Since(ctx, place, limit)
}

// Since reads the story log after any place, "" from the oldest line kept.
func (d *Desk) Since(ctx context.Context, after news.Place, limit int) ([]news.StoryChange, error) {
	changes, err := readLog(ctx, d.core, DeskPartition, logStories, after, limit,
		func(c *news.StoryChange, p news.Place) { c.Place = p })
	return changes, wrap("read changed stories", err)
}

// Epoch names the store's life: another one means that it was emptied or restored.
func (d *Desk) Epoch(ctx context.Context) (string, error) { return d.core.Epoch(ctx) }

// Rendered moves that place, once the outputs are stored. news.ErrFenced: another
// renderer took over, and reads on from its own place.
func (d *Desk) Rendered(ctx context.Context, l news.Lease, upTo news.Place) error {
	var b build
	b.put(placeStories, string(upTo), Step{})
	if _, err := b.commitAsIs(ctx, d.core, PublishPartition, fencePublish, l); err != nil {
		return fmt.Errorf("move the publisher's place: %w", err)
	}
	return nil
}
