package news

import (
	"slices"
	"time"
)

// Health is the state of a source in one word.
type Health string

// The states of a source. "" means that it was never polled.
const (
	OK        Health = "ok"
	Unchanged Health = "unchanged" // 304, or 200 with a known body
	Empty     Health = "empty"     // a feed without entries
	Stale     Health = "stale"     // it answers, but its newest entry is old
	NotAFeed  Health = "not a feed"
	Blocked   Health = "blocked" // 401, 403, 451, a challenge, a redirect loop: never evaded
	Failing   Health = "failing"
	Gone      Health = "gone" // 410
)

// PollHistory is how many polls a source remembers.
const PollHistory = 50

// A PollRecord is one line of a source's history.
type PollRecord struct {
	At       time.Time     `json:"at"`
	Took     time.Duration `json:"took"`
	Health   Health        `json:"health"`
	Status   int           `json:"status,omitempty"` // HTTP; 0 when there was no answer
	Bytes    int64         `json:"bytes,omitempty"`  // inflated
	Entries  int           `json:"entries,omitempty"`
	New      int           `json:"new,omitempty"`
	Changed  int           `json:"changed,omitempty"`
	Rejected int           `json:"rejected,omitempty"`
	Detail   string        `json:"detail,omitempty"` // what was wrong and how to mend it
	Push     bool          `json:"push,omitempty"`   // a hub sent it; nobody was asked
}

// DailyKept is for how many days a source remembers how much was new.
const DailyKept = 30

// A DayCount is how many entries were new on a day, in Vietnam's time.
type DayCount struct {
	Day string `json:"day"` // 2026-11-24
	New int    `json:"new"`
}

// vietnam has one zone, without summer time.
var vietnam = time.FixedZone("+07", 7*60*60)

// CountDay adds what was new at a time to the counts of the days, oldest first. It
// copies: the counts before are still in use.
func CountDay(days []DayCount, at time.Time, fresh int) []DayCount {
	day := at.In(vietnam).Format(time.DateOnly)
	if n := len(days); fresh == 0 || n > 0 && days[n-1].Day > day {
		return days
	}
	days = slices.Clone(days)
	if n := len(days); n > 0 && days[n-1].Day == day {
		days[n-1].New += fresh
		return days
	}
	return append(days[max(len(days)-DailyKept+1, 0):], DayCount{day, fresh})
}

// A SourceState is what is remembered of a source between polls. It is stored
// in the same batch as the entries that came with it: validators without their
// entries would let a later 304 hide lost news.
type SourceState struct {
	Source       string `json:"source"`
	Address      string `json:"address,omitempty"` // what the validators belong to
	Health       Health `json:"health,omitempty"`
	Detail       string `json:"detail,omitempty"`
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
	BodyHash     Key    `json:"body_hash,omitempty"`

	Last        time.Time     `json:"last,omitzero"`
	Next        time.Time     `json:"next,omitzero"`
	LastOK      time.Time     `json:"last_ok,omitzero"`      // answered and readable
	LastNew     time.Time     `json:"last_new,omitzero"`     // gave something new
	NewestEntry time.Time     `json:"newest_entry,omitzero"` // latest date among its entries
	NotBefore   time.Time     `json:"not_before,omitzero"`   // Retry-After, back-off
	Interval    time.Duration `json:"interval,omitempty"`    // the rhythm it was found to have
	Failures    int           `json:"failures,omitempty"`    // in a row

	FailingSince time.Time `json:"failing_since,omitzero"` // the first of Failures: back-off grows with the age of an outage

	MovedTo    string    `json:"moved_to,omitempty"` // a permanent redirect on probation
	MovedSince time.Time `json:"moved_since,omitzero"`
	Adopted    string    `json:"adopted,omitempty"` // fetched instead of Address, once a permanent redirect had stayed

	// Standing are the keys of the entries that stood in the feed when it was last
	// read whole (a 304 changes nothing): what is kept counts from when an article
	// last stood in its feed.
	Standing []Key `json:"standing,omitempty"`

	// What the document said of itself.
	Title  string   `json:"title,omitempty"`
	Format string   `json:"format,omitempty"`
	Pace   Pace     `json:"pace,omitzero"`
	Hub    string   `json:"hub,omitempty"`
	Hubs   []string `json:"hubs,omitempty"` // besides Hub
	Self   string   `json:"self,omitempty"` // what its hubs know it by
	Repair []Repair `json:"repairs,omitempty"`

	Push Pushing `json:"push,omitzero"`

	Asked   time.Time  `json:"asked,omitzero"` // "poll now": a request newer than Last makes it due
	History History    `json:"history,omitempty"`
	Daily   []DayCount `json:"daily,omitempty"` // days on which something was new
}

// Pace is how often a document asks to be read.
type Pace struct {
	TTL       time.Duration `json:"ttl,omitempty"` // ttl, sy:updatePeriod, Cache-Control, Expires
	SkipHours []int         `json:"skip_hours,omitempty"`
	SkipDays  []string      `json:"skip_days,omitempty"`
}

// Seen is what is remembered of an entry longer than of what it said.
type Seen struct {
	Key  Key `json:"key"`
	Hash Key `json:"hash"`
}

// A Poll is the outcome of one visit to a source: stored whole or not at all.
type Poll struct {
	Shard    int
	Lease    Lease // of the shard
	State    SourceState
	Was      *SourceState // what is stored of the source, where the owner of its shard knows; nil: it is read
	Entries  []Entry      // new or changed only, oldest first
	Seen     []Seen       // of Entries; others are known already
	Rejected []Rejected
	Pages    []Page        // of Entries, that are to be read
	Expires  time.Time     // when the seen keys may be forgotten
	Pushed   *Notification // that it was read from, and that is done with
}

// A Lease is exclusive, fenced ownership of something until a time. Token only
// ever grows from one owner to the next, so that what is written under an old
// lease can be refused.
type Lease struct {
	Name   string
	Holder string
	Token  int64
	Until  time.Time // by the store's clock
}

// A Place is how far a log was read. It is opaque; "" is the beginning.
type Place string
