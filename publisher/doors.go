// Package publisher regenerates the outputs of each channel when something
// changed, and serves them.
//
// One process at a time renders (lease "publish"); every process that publishes
// serves what is stored, from memory, and follows the changes.
package publisher

import (
	"context"
	"time"

	"tinhub/news"
)

// Leases gives exclusive, fenced ownership, across processes.
type Leases interface {
	Take(ctx context.Context, name, holder string, ttl time.Duration) (news.Lease, error)
	Renew(ctx context.Context, l news.Lease, ttl time.Duration) (news.Lease, error)
	Release(ctx context.Context, l news.Lease) error
}

// Hints signals that stories or outputs changed in the store. Signals may be
// merged or lost.
type Hints interface {
	DeskHints(ctx context.Context) (<-chan struct{}, error)
	OutputHints(ctx context.Context) (<-chan string, error) // channels
}

// Stories is what there is to publish.
type Stories interface {
	// Page lists a channel's stories in its order, from behind the cursor ("" from
	// the top); next is "" at the end.
	Page(ctx context.Context, channel, cursor string, limit int) (stories []news.Story, next string, err error)
	// Find reads stories by id, in the order asked, or by an id that became part
	// of one (then Story.ID differs); one that is missing has an empty ID.
	Find(ctx context.Context, ids ...string) ([]news.Story, error)
	// Articles reads articles by id; one that is missing has an empty ID.
	Articles(ctx context.Context, ids ...string) ([]news.Article, error)
	// Stories walks all stories, newest first, from behind a story's id, not older than since.
	Stories(ctx context.Context, after string, since time.Time, limit int) ([]news.Story, error)
}

// Fronts is how channels begin, which every rendering reads.
type Fronts interface {
	// Front reads how a channel begins, in its order, and what was withdrawn from it.
	Front(ctx context.Context, channel string, most news.FrontLimits) (news.Front, error)
}

// Archive is what was published by date.
type Archive interface {
	// Between lists a channel's stories dated from a time up to another, newest
	// first: limit of them behind the first skip.
	Between(ctx context.Context, channel string, order news.Order, from, to time.Time, skip, limit int) ([]news.Story, error)
	// Beside gives the dates of its newest story before a time and of its oldest at
	// or after another; zero where there is none.
	Beside(ctx context.Context, channel string, order news.Order, before, after time.Time) (older, newer time.Time, err error)
}

// Changes is the desk's log: the renderer follows it from the publisher's saved
// place, and every process that serves follows it from a place of its own, to
// keep its search index.
type Changes interface {
	// Changes reads the story log after the publisher's place.
	Changes(ctx context.Context, limit int) ([]news.StoryChange, error)
	// Since reads the story log after any place ("" from the oldest line kept).
	Since(ctx context.Context, after news.Place, limit int) ([]news.StoryChange, error)
	// Rendered moves that place, once the outputs are stored.
	Rendered(ctx context.Context, l news.Lease, upTo news.Place) error
	// Epoch names the store's life: another one means that it was emptied or restored.
	Epoch(ctx context.Context) (string, error)
}

// Outputs is where rendered channels are kept.
type Outputs interface {
	// Channels lists the channels that have outputs, each with the highest revision
	// among its formats, without reading any bytes.
	Channels(ctx context.Context) (map[string]int64, error)
	// Load reads a channel's outputs, all formats; none if it has none.
	Load(ctx context.Context, channel string) ([]news.Output, error)
	// Save stores new revisions of one channel (not necessarily of every format),
	// and a line in its log of revisions for each; one that is not newer than what
	// is stored of its format is skipped.
	Save(ctx context.Context, l news.Lease, outputs []news.Output) error
	// Drop removes a channel that is no longer declared.
	Drop(ctx context.Context, l news.Lease, channel string) error
}
