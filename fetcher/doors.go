// Package fetcher polls sources when they are due and records what came back.
//
// Papers are spread over a fixed number of shards. A process polls the shards
// that it has a lease on, so that a host has one owner and its limits hold over
// all processes. Each poll ends in one Record: state, validators and entries
// together, fenced by the shard's lease.
package fetcher

import (
	"context"
	"time"

	"tinhub/fetcher/client"
	"tinhub/news"
)

// Client is the way out to the internet: a *client.Client.
type Client interface {
	Fetch(ctx context.Context, q client.Request) (*client.Response, error)
	// Try takes the turn of an address's host if it is free now; otherwise it says
	// when to try again.
	Try(rawURL string) (turn *client.Turn, again time.Time, ok bool)
}

// Robots says what robots.txt lets us read: a *client.Robots.
type Robots interface {
	Allowed(ctx context.Context, page string) (ok bool, delay time.Duration, err error)
}

// Wire is where polls are remembered.
type Wire interface {
	// States are the states of all sources of a shard that were ever polled.
	States(ctx context.Context, shard int) ([]news.SourceState, error)
	// Seen gives the remembered hash of each of a source's entries, "" for new ones.
	Seen(ctx context.Context, shard int, source string, keys []news.Key) ([]news.Key, error)
	// Record stores a poll: all of it or nothing. news.ErrFenced: the shard has a
	// new owner, nothing was stored. A poll without State.Source stores nothing but
	// its fence: a new owner shuts its predecessor out before it reads the states.
	Record(ctx context.Context, p news.Poll) error
	// Asked are the sources of a shard that somebody wants polled now, and since when.
	Asked(ctx context.Context, shard int) (map[string]time.Time, error)
}

// Pages are the article pages that are to be read, queued by Wire.Record.
type Pages interface {
	// DuePages lists the pages of a shard that are due, earliest first: Source, Key
	// and Due only.
	DuePages(ctx context.Context, shard int, now time.Time) ([]news.Page, error)
	// Pages reads pages by the keys of their entries; an unknown one has no Source.
	Pages(ctx context.Context, shard int, source string, keys ...news.Key) ([]news.Page, error)
	// SettlePage stores what became of a page, with the completed entry, unless the
	// page was queued anew in the meantime. news.ErrFenced as with Record.
	SettlePage(ctx context.Context, s news.PageSettling) error
}

// Links are the published addresses that are looked at again.
type Links interface {
	// DueLinks lists the plans of a shard whose time has come, earliest first, each
	// with its article; one that is not kept any more has an empty ID.
	DueLinks(ctx context.Context, shard int, now time.Time, limit int) ([]news.Recheck, []news.Article, error)
	// SettleLink stores what became of a look, and the news that the article is gone
	// or reads otherwise where it does, in one batch.
	SettleLink(ctx context.Context, s news.LinkSettling) error
}

// Notes is what hubs sent and nobody has read yet. Wire.Record takes it off.
type Notes interface {
	// Notified names what waits in a shard, of each source in the order that it came.
	Notified(ctx context.Context, shard int) ([]news.Notification, error)
	// Notification reads one; news.ErrNotFound if it was dealt with.
	Notification(ctx context.Context, shard int, source string, key news.Key) (news.Notification, error)
}

// Leases gives exclusive, fenced ownership, across processes.
type Leases interface {
	// Take takes a free or expired lease; news.ErrHeld if another has it.
	Take(ctx context.Context, name, holder string, ttl time.Duration) (news.Lease, error)
	// Renew prolongs a lease that is still held; news.ErrHeld if it was lost.
	Renew(ctx context.Context, l news.Lease, ttl time.Duration) (news.Lease, error)
	Release(ctx context.Context, l news.Lease) error
	// Join says that holder is alive for ttl, and counts the living of its group.
	Join(ctx context.Context, group, holder string, ttl time.Duration) (members int, err error)
}

// Hints signals that something is asked of a shard of papers in the store.
// Signals may be merged or lost.
type Hints interface {
	AskHints(ctx context.Context) (<-chan int, error)
}
