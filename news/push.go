package news

import (
	"strconv"
	"strings"
	"time"
)

// Advertised is what a source says of how to be told when it changes (WebSub §4).
type Advertised struct {
	Source  string
	Address string   // that the source is polled at
	Topic   string   // what its hubs know it by
	Hubs    []string // best first; none: it can only be polled
}

// A Push is a subscription of ours: a hub that is to send us what a source has
// new (WebSub). It stands in the source's shard. Who holds that shard asks the
// hub; whoever gets the hub's answers, at the callback, writes them down.
type Push struct {
	ID       string    `json:"id"` // the callback's last part, see PushID
	Source   string    `json:"source"`
	Address  string    `json:"address"` // the source's, when the subscription was made
	Hub      string    `json:"hub"`
	Topic    string    `json:"topic"`
	Callback string    `json:"callback"` // ends in ID
	Secret   string    `json:"secret"`
	Since    time.Time `json:"since"` // it was made

	Asked    time.Time     `json:"asked,omitzero"`    // the hub was, last
	Due      time.Time     `json:"due,omitzero"`      // when to ask it again: to renew, or because that failed
	Tries    int           `json:"tries,omitempty"`   // since the hub last confirmed
	Detail   string        `json:"detail,omitempty"`  // why the last try failed
	Verified time.Time     `json:"verified,omitzero"` // the hub last confirmed
	Lease    time.Duration `json:"lease,omitempty"`   // as granted then
	Until    time.Time     `json:"until,omitzero"`    // the lease ends

	Denied  bool      `json:"denied,omitempty"` // the hub said that it will not be
	Leaving time.Time `json:"leaving,omitzero"` // since when we want it to end
	Left    bool      `json:"left,omitempty"`   // the hub confirmed that

	Version int64 `json:"-"` // of the record that it was read from; 0: there is none yet
}

// The states of a subscription in words.
const (
	PushActive  = "active"
	PushAsked   = "asked"   // the hub has not confirmed yet
	PushFailing = "failing" // the hub cannot be had, or does not want
	PushDenied  = "denied"
	PushLeaving = "leaving" // it is no longer wanted
)

// State is the subscription's state in a word.
func (p Push) State(now time.Time) string {
	switch {
	case !p.Leaving.IsZero():
		return PushLeaving
	case p.Until.After(now):
		return PushActive
	case p.Denied:
		return PushDenied
	case p.Detail != "":
		return PushFailing
	}
	return PushAsked
}

// PushID makes the id of a subscription in a shard from 128 random bits, written
// as 32 hex digits. It is all that a callback's address keeps secret.
func PushID(shard int, random string) string {
	return strconv.FormatInt(int64(0x100+shard), 16)[1:] + random
}

// PushShard is the shard of a subscription's id; false for what is no such id.
func PushShard(id string) (int, bool) {
	if len(id) != 34 || strings.Trim(id, "0123456789abcdef") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(id[:2], 16, 8)
	return int(n), err == nil && n < Shards
}

// A Notification is a document that a hub sent, signed as was agreed. It waits in
// its source's shard until it is read as a poll's would be.
type Notification struct {
	Source      string    `json:"source"`
	Key         Key       `json:"key"`  // of what it says: sent again it is the same
	Push        string    `json:"push"` // the subscription that it came for
	At          time.Time `json:"at"`
	ContentType string    `json:"content_type,omitempty"`
	Location    string    `json:"location,omitempty"` // Content-Location
	Language    string    `json:"language,omitempty"` // Content-Language
	Body        []byte    `json:"body,omitempty"`     // none: only that something changed is believed
}

// Pushing is what hubs do for a source, as its polls are paced by it.
type Pushing struct {
	State  string    `json:"state,omitempty"` // see PushActive; "": there is no subscription
	Until  time.Time `json:"until,omitzero"`  // the subscription ends; zero while there is none
	Last   time.Time `json:"last,omitzero"`   // notification
	Missed time.Time `json:"missed,omitzero"` // a poll found news that no hub had told of
	Detail string    `json:"detail,omitempty"`
}

// Trusted says that hubs can be relied on at a time: the subscription is alive,
// they have told of news, and not missed any since.
func (p Pushing) Trusted(now time.Time) bool {
	return p.Until.After(now) && !p.Last.IsZero() && !p.Missed.After(p.Last)
}
