package publisher

import (
	"context"
	"fmt"

	"tinhub/news"
	"tinhub/publisher/feed"
)

// Traces is what was withdrawn from channels.
type Traces interface {
	// Traces lists the stories that were withdrawn from a channel, latest first.
	Traces(ctx context.Context, channel string, limit int) ([]news.Story, error)
}

// mostTombstones is how many stories an Atom document calls back: the latest. A
// reader who was away for longer reads the document anew, or the archive.
const mostTombstones = 50

// tombstones are what a channel calls back, but for what it shows again.
func (p *Publisher) tombstones(ctx context.Context, c *channel, entries []entry) ([]feed.Tombstone, error) {
	if p.deps.Traces == nil {
		return nil, nil
	}
	stories, err := p.deps.Traces.Traces(ctx, c.id, mostTombstones)
	if err != nil {
		return nil, fmt.Errorf("list what was withdrawn from %s: %w", c.id, err)
	}
	shown := make(map[string]bool, len(entries))
	for _, e := range entries {
		shown[e.story.ID] = true
	}
	var out []feed.Tombstone
	for _, s := range stories {
		if !s.Withdrawn.IsZero() && !shown[s.ID] {
			out = append(out, feed.Tombstone{ID: feed.StoryID(s.ID), When: s.Withdrawn})
		}
	}
	return out, nil
}
