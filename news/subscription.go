package news

import (
	"strconv"
	"time"
)

// HubShards is how many shards the hub's subscriptions are spread over: enough
// for sixteen processes, few enough that one process keeps all their leases.
const HubShards = 16

// HubAll stands for all of the shards where something is asked of no subscription
// in particular.
const HubAll = HubShards

// A Subscription is somebody who wants an output sent when it changes: one for
// each topic and callback (WebSub §5.1).
type Subscription struct {
	ID       string        `json:"id"` // see SubscriptionID
	Topic    string        `json:"topic"`
	Channel  string        `json:"channel"`
	Format   Format        `json:"format"`
	Callback string        `json:"callback"`
	Secret   string        `json:"secret,omitempty"`
	Origin   string        `json:"origin,omitempty"` // address that asked for it
	Lease    time.Duration `json:"lease"`            // as granted
	Since    time.Time     `json:"since"`            // first verified
	Verified time.Time     `json:"verified"`         // last verified
	Until    time.Time     `json:"until"`            // when the lease ends
	Ended    string        `json:"ended,omitempty"`  // why it ended before, "" while it is active

	// What it has: an output is owed while that differs from what is published.
	Revision  int64     `json:"revision,omitempty"`
	ETag      string    `json:"etag,omitempty"`
	Delivered time.Time `json:"delivered,omitzero"` // last success

	Sent     int64      `json:"sent,omitempty"`     // deliveries received, since it began
	Failed   int64      `json:"failed,omitempty"`   // attempts that were not
	Failures int        `json:"failures,omitempty"` // in a row
	Due      time.Time  `json:"due,omitzero"`       // not tried before
	Recent   []Delivery `json:"recent,omitempty"`   // the last attempts, oldest first
}

// A Delivery is one attempt to send an output to a subscriber.
type Delivery struct {
	ID       string        `json:"id"` // the same for every attempt at one revision
	Revision int64         `json:"revision"`
	At       time.Time     `json:"at"`
	Took     time.Duration `json:"took"`
	Status   int           `json:"status,omitempty"` // 0 where there was no answer
	Error    string        `json:"error,omitempty"`  // "" where it was received
}

// RecentDeliveries is how many attempts a subscription remembers.
const RecentDeliveries = 5

// IntentMode is what somebody asks of the hub.
type IntentMode string

// The modes. The first two are a subscriber's, and count once the subscriber
// confirmed them; the others are the hub's own or an admin's.
const (
	Subscribe   IntentMode = "subscribe"
	Unsubscribe IntentMode = "unsubscribe"
	Denied      IntentMode = "denied" // the subscriber is to be told
	Replay      IntentMode = "replay" // deliver what is published, though it was delivered
	Remove      IntentMode = "remove" // end the subscription, and tell the subscriber
	Ping        IntentMode = "ping"   // a publisher says that an output changed; of no subscription in particular
)

// An Intent is what was asked about a subscription and is not settled yet. A
// later one of the same Key replaces it.
type Intent struct {
	ID       string        `json:"id"`    // of the subscription
	Nonce    string        `json:"nonce"` // tells it from others like it
	Mode     IntentMode    `json:"mode"`
	Topic    string        `json:"topic"`
	Channel  string        `json:"channel,omitempty"`
	Format   Format        `json:"format,omitempty"`
	Callback string        `json:"callback"`
	Secret   string        `json:"secret,omitempty"`
	Lease    time.Duration `json:"lease,omitempty"`
	Origin   string        `json:"origin,omitempty"`
	Reason   string        `json:"reason,omitempty"` // of a denial
	At       time.Time     `json:"at"`
	Revision int64         `json:"revision,omitempty"` // of the output when it was asked
	ETag     string        `json:"etag,omitempty"`
	Attempts int           `json:"attempts,omitempty"`
	Due      time.Time     `json:"due,omitzero"` // not tried before

	Version int64 `json:"-"` // of the record it was read from
}

// Key tells intents apart: what a subscriber wants and what an admin orders do
// not replace each other.
func (in Intent) Key() string {
	if in.Mode == Replay || in.Mode == Remove {
		return in.ID + "/order"
	}
	return in.ID
}

// A HubShard is all that the hub keeps in one shard.
type HubShard struct {
	Subscriptions []Subscription
	Intents       []Intent
	Place         Place // up to where the shard's log is surely contained in it
}

// A Settling is what became of a subscription or an intent.
type Settling struct {
	ID           string
	Subscription *Subscription // to be written
	Remove       bool          // the subscription goes
	Done         *Intent       // what this settles; where a newer one took its place, nothing is written
	Next         *Intent       // the intent that takes its place
	Place        Place         // up to where the shard's log was taken up; of no subscription
}

// SubscriptionID names the subscription of a callback to a topic, both in their
// canonical form. Its first digit is its shard.
func SubscriptionID(topic, callback string) string {
	return string(KeyOf("subscription", topic, callback))
}

// HubShardOf is the shard of a subscription, 0 for what is no id of one.
func HubShardOf(id string) int {
	if id == "" {
		return 0
	}
	n, err := strconv.ParseUint(id[:1], 16, 8)
	if err != nil {
		return 0
	}
	return int(n)
}

// Settled says what became of a settling.
type Settled struct {
	Applied bool
	Version int64 // of the next intent, where there is one
}
