// Package push is the WebSub subscriber (the W3C's Recommendation of 2018): it
// has hubs send what sources have new, so that these need be polled rarely.
//
// What is to be done follows from two things: what a source advertises, which
// polls found out, and the subscriptions that are stored; decide.go says what.
// Before a hub is asked, that it will be is stored, so that a crash repeats a
// request at most, under the same callback, which changes nothing at the hub.
//
// Who polls a shard of papers asks the hubs of its sources, under the same lease.
// A hub's answers come to whichever process is behind the callback, which needs
// the store only: it leaves them there for the one that polls.
package push

import (
	"context"
	"net/http"
	"time"

	"tinhub/news"
)

// Subscriptions is where they are kept, in the shards of their sources.
type Subscriptions interface {
	// Pushes lists the subscriptions of a shard.
	Pushes(ctx context.Context, shard int) ([]news.Push, error)
	// Push reads one; news.ErrNotFound if there is none.
	Push(ctx context.Context, id string) (news.Push, error)
	// SettlePush writes or drops one under its shard's lease: news.ErrFenced,
	// news.ErrConflict where it was changed since it was read.
	SettlePush(ctx context.Context, l news.Lease, p news.Push, drop bool) (news.Push, error)
	// AnswerPush writes down what a hub said; news.ErrConflict as above.
	AnswerPush(ctx context.Context, p news.Push) error
}

// Inbox is where notifications wait until they are read.
type Inbox interface {
	// Notify stores one, durably; false where most others of its source wait.
	Notify(ctx context.Context, n news.Notification, most int) (bool, error)
}

// Papers is whoever polls: a *fetcher.Fetcher.
type Papers interface {
	// Advertised is what the sources say that are polled here, by shard.
	Advertised() map[int][]news.Advertised
	// Under has something stored under a shard's lease; news.ErrFenced where that is
	// another's.
	Under(shard int, store func(context.Context, news.Lease) error) error
	// Subscribed tells what became of a source's subscription.
	Subscribed(shard int, source string, p news.Pushing)
}

// Hints signals that something is asked of a shard of papers, or told to it by a hub.
type Hints interface {
	AskHints(ctx context.Context) (<-chan int, error)
}

// Sender is the guarded way out to hubs. It follows no redirect.
type Sender interface {
	// Send returns the answer whatever its status. An error is ErrBusy where nothing
	// was asked, and of type *Hopeless where asking again makes no difference.
	Send(ctx context.Context, m Message) (Answer, error)
}

// A Message is one request to a hub.
type Message struct {
	URL    string
	Header http.Header
	Body   []byte
	Most   int64 // bytes of the answer that are of interest
}

// An Answer is what a hub said.
type Answer struct {
	Status     int
	Location   string // the header
	RetryAfter string // the header
	Body       []byte // its beginning
}

// Hopeless says that a hub cannot be asked at all: its address is none, or is
// not to be dialled.
type Hopeless struct{ Err error }

func (e *Hopeless) Error() string { return e.Err.Error() }

func (e *Hopeless) Unwrap() error { return e.Err }

// Observer is told what happens, for metrics. Its functions must be quick; nil
// ones are not called.
type Observer struct {
	Asked    func(mode, result string)   // a hub was
	Answered func(mode string, ok bool)  // a hub's question, at the callback
	Notified func(result string)         // a notification came
	Owned    func(states map[string]int) // subscriptions of this process, by state
}

// How long things may take, and how often they are done.
const (
	flightTime  = time.Minute      // a request that a crash ended is made again after it
	verifyWait  = 10 * time.Minute // for a hub's question, once it accepted
	retryPause  = time.Minute      // after the first failure, doubled after each
	retryMost   = 12 * time.Hour
	refusedMost = 7 * 24 * time.Hour // a hub that does not want is asked again after a day, or two …
	deniedPause = 7 * 24 * time.Hour
	settleTime  = time.Hour // a source that names another hub each time is believed after it
	leaveMost   = 3         // times that a hub is told that we leave
	leftTime    = 24 * time.Hour

	leaseWish   = 10 * 24 * time.Hour // asked for: the Recommendation's good default (8.2)
	leaseMost   = 90 * 24 * time.Hour // believed
	leaseUnsaid = 24 * time.Hour      // where the hub did not say, as it must
	renewLeast  = 5 * time.Second     // between two renewals, however short a lease is
	renewSoon   = time.Minute         // between those of a subscription that has gone on for long
)
