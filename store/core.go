// Package store is what must survive: the rooms' facets, written once over a
// small core that has two engines, store/redis and store/sqlite.
//
// The core knows partitions. A partition holds records, which own entries in
// ordered indexes, and append-only logs. A batch commits to one partition,
// whole or not at all; nothing is ever atomic across partitions, which is why
// Redis Cluster works by construction (a partition is one hash tag).
//
// Two layouts were compared. With one partition a topic and one a source,
// every article costs a batch in its own partition, one in each topic's and a
// follower between each two. Here a paper's polls, wire and articles share one
// of a fixed number of shards, and all stories share the desk, where each story
// owns its index entries in the channels it is filed under: an entry costs
// three batches however many topics it enters, every place in a log is stored
// in the batch that did the work, and there is no index that could disagree
// with its record. See keys.go for what lives where.
package store

import (
	"context"
	"errors"
	"iter"
	"time"

	"tinhub/news"
)

// A Partition is what one batch can change: one Redis hash tag, one set of rows
// in SQLite. Names are made in keys.go only; they use a-z, 0-9 and "-:/._".
type Partition string

// Core is what an engine gives. All of it is safe for concurrent use.
//
// A lost reply, a dropped connection or a frozen server is an error of Commit
// that leaves the caller not knowing; resending the same batch (same ID) is
// always right, and answers with the first receipt if the first try got through.
type Core interface {
	// Commit applies a batch, atomically and durably. It returns ErrFenced, with
	// nothing applied, where the partition has seen a higher token of a fence.
	Commit(ctx context.Context, b Batch) (Receipt, error)

	// Get reads records, from any partitions, in the order of refs. A missing one
	// has Version 0, and one that is at Ref.Has its version alone. Reads of one
	// partition are consistent with each other only as far as one record goes.
	Get(ctx context.Context, refs ...Ref) ([]Record, error)

	// Range lists an index in order.
	Range(ctx context.Context, p Partition, index string, s Span) ([]Hit, error)

	// Ranges lists several stretches of a partition's indexes at once, each as Range
	// does.
	Ranges(ctx context.Context, p Partition, stretches ...Stretch) ([][]Hit, error)

	// Read lists a log after a place, oldest first. A place of another epoch, or
	// beyond the log's end (the store lost its tail or was restored), restarts at
	// the oldest item.
	Read(ctx context.Context, p Partition, log string, after news.Place, limit int) ([]Item, error)

	// Trim forgets a log's items up to and including a place.
	Trim(ctx context.Context, p Partition, log string, upTo news.Place) error

	// Watch sends the logs that batches append to, here or in another process,
	// until ctx ends; then the channel is closed. It is a hint: signals are merged,
	// may be lost, and a follower polls too. A Name of "" may be any log.
	Watch(ctx context.Context) (<-chan Log, error)

	// Now is the store's clock, which leases are measured by.
	Now(ctx context.Context) (time.Time, error)

	// Epoch names this store's life. It changes when the store starts empty
	// (new, lost or restored).
	Epoch(ctx context.Context) (string, error)

	// Partitions lists the partitions that hold anything.
	Partitions(ctx context.Context) ([]Partition, error)

	// Dump walks one partition for a backup: its records with what they own,
	// then its logs.
	Dump(ctx context.Context, p Partition) iter.Seq2[Dumped, error]

	Close() error
}

// ErrFenced is news.ErrFenced: the batch was refused whole.
var ErrFenced = news.ErrFenced

// ErrFull says that the store refused a write for want of room (disk full,
// Redis out of memory). Nothing was applied; it may work later.
var ErrFull = errors.New("the store is full")

// A Batch is applied to one partition, in the order of its steps.
type Batch struct {
	Partition Partition

	// ID names the batch so that a resend is answered instead of repeated. ""
	// marks a batch that is idempotent as it stands (unconditional puts and
	// deletes), and keeps no receipt. The last MaxReceipts ids of a partition
	// are remembered.
	ID string

	Fences []Fence
	Steps  []Step
}

// MaxReceipts is how many batch ids a partition remembers.
const MaxReceipts = 1024

// A Fence refuses a batch whose token is lower than the highest that this
// partition has seen under the same name; otherwise it raises that to Token.
type Fence struct {
	Name  string
	Token int64
}

// Op is what a step does.
type Op byte

// The steps.
const (
	Put    Op = 'p' // write a record, replacing all that it owned
	Delete Op = 'd' // remove a record and all that it owned
	Append Op = 'a' // add Value to the log named Key
)

// Cond is when a step is applied.
type Cond byte

// The conditions, on the record named Key. A step whose condition fails is
// skipped alone, and its result says so.
const (
	Always  Cond = 0
	Absent  Cond = 'n' // there is no such record
	Present Cond = 'x' // there is one
	At      Cond = 'v' // its version is Step.Version
)

// A Step is one change.
type Step struct {
	Op      Op
	Key     string // a record's key, or a log's name
	If      Cond
	Version int64 // for At
	Needs   int   // 1 + the number of an earlier step that must have been applied; 0: none
	Value   []byte
	Index   []Index   // Put: what the record owns
	Expires time.Time // Put: when Sweep may remove it; zero: never. Get does not look at it.
}

// An Index is one entry of a record in an ordered index. Sort is compared byte
// by byte; it holds no NUL.
type Index struct {
	Name string
	Sort string
}

// ExpiryIndex is the index that holds every record with an expiry, by TimeSort.
const ExpiryIndex = "~expires"

// A Receipt says what became of each step.
type Receipt struct {
	Results []Result
	Resent  bool // the batch had been applied before; Results are the first ones
}

// A Result is what became of one step. Applied is false where its condition
// failed or the step it needs was skipped.
type Result struct {
	Applied bool

	// Version is the record's after the step. It grows within a partition and is
	// never reused: it is at least the microseconds since 1970 of the batch, so that
	// neither a store that was emptied nor one that lost its last second gives out
	// again what it gave out before.
	Version int64
}

// A Log is one of a partition's.
type Log struct {
	Partition Partition
	Name      string
}

// A Ref names a record.
type Ref struct {
	Partition Partition
	Key       string
	Has       int64 // the version that whoever reads has already; 0: none
}

// A Record is a value at a version. Version 0 means that there is none.
type Record struct {
	Key     string
	Version int64
	Value   []byte
	Expires time.Time
}

// A Span is a stretch of an index: entries with From <= Sort < To, in order or
// in reverse; empty bounds are open. After continues behind an earlier hit, in
// the direction of the walk. Limit 0 means 1,000.
type Span struct {
	From, To string
	Reverse  bool
	After    *Hit
	Limit    int
}

// A Stretch is a span of an index.
type Stretch struct {
	Index string
	Span  Span
}

// A Hit is one entry of an index.
type Hit struct {
	Sort string
	Key  string
}

// An Item is one entry of a log.
type Item struct {
	Place news.Place
	Value []byte
}

// Dumped is one thing in a partition: a record with what it owns, or an item of
// a log.
type Dumped struct {
	Record *Record
	Index  []Index
	Log    string
	Value  []byte
}
