// Package websub is the hub: it verifies intent, keeps subscriptions and
// delivers, after the W3C's WebSub Recommendation of 2018.
//
// What a subscriber is owed follows from two values: what is published, and what
// it has. While they differ, a delivery is due. There is no queue of deliveries
// that could be lost, filled twice or grow: after a crash the comparison is made
// again, a subscriber that is behind gets the latest state and no older one, and
// an attempt that is repeated carries the same id, since that is made from the
// subscription, the output and its revision.
//
// Subscriptions live in shards. A shard belongs to the process that holds its
// lease, which knows all of it in memory; whoever answers at /hub only stores
// what is asked. Any number of processes share the shards, and none is needed in
// particular.
package websub

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"tinhub/news"
)

// Leases gives exclusive, fenced ownership of shards, across processes.
type Leases interface {
	Take(ctx context.Context, name, holder string, ttl time.Duration) (news.Lease, error)
	Renew(ctx context.Context, l news.Lease, ttl time.Duration) (news.Lease, error)
	Release(ctx context.Context, l news.Lease) error
	// Join says that holder is alive for ttl, and counts the living of its group;
	// a ttl of 0 leaves it.
	Join(ctx context.Context, group, holder string, ttl time.Duration) (members int, err error)
}

// Hints signals that outputs changed or that something was asked of a shard.
// Signals may be merged or lost.
type Hints interface {
	OutputHints(ctx context.Context) (<-chan string, error) // channels
	HubHints(ctx context.Context) (<-chan int, error)       // shards
}

// Outputs is what is published.
type Outputs interface {
	// Heads are the outputs of channels without their bytes; of all channels where
	// none is named.
	Heads(ctx context.Context, channels ...string) ([]news.Output, error)
	// Load reads a channel's outputs, all formats; none if it has none.
	Load(ctx context.Context, channel string) ([]news.Output, error)
}

// Subscriptions is where they are kept.
type Subscriptions interface {
	// Ask stores an intent, in the place of an earlier one about the same subscription.
	Ask(ctx context.Context, in news.Intent) error
	// Load reads a shard whole, after it shut its former owner out.
	Load(ctx context.Context, l news.Lease, shard int) (news.HubShard, error)
	// Asked reads what was asked of a shard after a place, and where to go on.
	Asked(ctx context.Context, shard int, after news.Place, limit int) ([]news.Intent, news.Place, error)
	// Settle writes what became of subscriptions and intents of one shard, whole or
	// not at all; news.ErrFenced: another process owns the shard.
	Settle(ctx context.Context, l news.Lease, shard int, list []news.Settling) ([]news.Settled, error)
}

// Sender is the guarded way out to subscribers. It follows no redirect, has
// limits on time and on the answer's size, and refuses private addresses.
type Sender interface {
	// Send returns the answer whatever its status. An error of type *Unreachable
	// says that the whole host does not answer, and not only this callback.
	Send(ctx context.Context, m Message) (Answer, error)
	// Lookup says which addresses a host (with its port, where that is not the
	// scheme's) leads to, the best first.
	Lookup(ctx context.Context, host string) ([]netip.Addr, error)
}

// A Message is one request to a callback.
type Message struct {
	Method string
	URL    string
	At     netip.Addr // of what Lookup gave: there and nowhere else it is sent
	Header http.Header
	Body   []byte // shared by all who are sent the same: not to be changed
	Most   int64  // bytes of the answer that are of interest
}

// An Answer is what a callback said.
type Answer struct {
	Status     int
	RetryAfter string // the header
	Body       []byte // its beginning
}

// Unreachable says that a host did not answer at all: no address, no
// connection, no TLS.
type Unreachable struct{ Err error }

func (e *Unreachable) Error() string { return e.Err.Error() }

func (e *Unreachable) Unwrap() error { return e.Err }
