// Package curator reads the wire, recognises what is the same, and files the
// news under channels.
//
// It works in two steps, each from a saved place in a log. Recognise turns
// entries into articles, shard by shard. File turns articles into stories and
// stories into filings. Both run under one lease, "curate", whose token goes
// with every write.
package curator

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

// Hints signals that a shard's wire grew in the store.
// Signals may be merged or lost.
type Hints interface {
	WireHints(ctx context.Context) (<-chan int, error)
}

// Shelf is the wire as the curator reads it, and the articles it makes of it.
type Shelf interface {
	// Wire reads a shard's entries after the curator's place in it, oldest first.
	// One that cannot be read any more comes with its place and an empty
	// Entry.Source, so that it can be set aside and never blocks the wire.
	Wire(ctx context.Context, shard, limit int) ([]news.Wired, error)
	// Find follows identity keys to article ids in a shard, "" where a key is unknown.
	Find(ctx context.Context, shard int, keys []news.Key) ([]string, error)
	// Articles reads articles by id; one that is missing has an empty ID.
	Articles(ctx context.Context, ids ...string) ([]news.Article, error)
	// Shelve stores articles, their aliases (each leads to its article from now
	// on, whatever it led to before), a line in the article log for each change,
	// and the curator's place, in one batch.
	Shelve(ctx context.Context, s news.Shelving) error
}

// Desk is where stories are kept.
type Desk interface {
	// Changed reads a shard's article log after the filer's place in it, oldest
	// first. A line that cannot be read comes with its place and no Article.
	Changed(ctx context.Context, shard, limit int) ([]news.ArticleChange, error)
	// StoriesOf gives the stories that articles belong to, in their order; one
	// without has an empty ID. A story's own id is that of its first article.
	StoriesOf(ctx context.Context, articles ...string) ([]news.Story, error)
	// File stores stories with what they own (members, sort keys, due time), a
	// line in the story log for each that has Channels, and the filer's place, in
	// one batch.
	File(ctx context.Context, d news.Desking) error
	// Due lists stories whose Due time has come, earliest first.
	Due(ctx context.Context, now time.Time, limit int) ([]news.Story, error)
}

// Audit is the append-only log of decisions.
type Audit interface {
	// Add writes a decision. The same one added again stands there once.
	Add(ctx context.Context, d news.Decision) error
}

// Archive walks what is kept, for refiling after a rule changed, for previews
// and for rebuilding what is held in memory.
type Archive interface {
	// Stories walks all stories, newest first, from behind a story's id ("" from
	// the newest), not older than since (zero: all). news.ErrNotFound: the story
	// to continue behind is not there any more; begin again.
	Stories(ctx context.Context, after string, since time.Time, limit int) ([]news.Story, error)
	// Topics gives what is remembered of each topic.
	Topics(ctx context.Context) ([]news.TopicState, error)
	// Between lists the stories of a channel dated from a time up to another, newest
	// first: limit of them behind the first skip.
	Between(ctx context.Context, channel string, order news.Order, from, to time.Time, skip, limit int) ([]news.Story, error)
	// SetTopic remembers it. The curator keeps one state, for news.Everything: the
	// fingerprint of all rules together, and how far a refiling under them came.
	SetTopic(ctx context.Context, l news.Lease, t news.TopicState) error
}

// Latecomers are the stories that a walk by dates, back to a time, misses though
// they were first seen since: a new source's old news, a feed of the year's best.
type Latecomers interface {
	// Late walks them by when they were first seen, otherwise as Archive.Stories.
	Late(ctx context.Context, after string, since time.Time, limit int) ([]news.Story, error)
}
