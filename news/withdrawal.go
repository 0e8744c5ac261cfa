package news

import "time"

// BySource is who withdrew an article where its source took it down.
const BySource = "source"

// A Withdrawal is the news that an article is no more: it stands on the wire in an
// entry's place, so that it comes after all that was said before.
type Withdrawal struct {
	Article string    `json:"article"`
	At      time.Time `json:"at"`
	By      string    `json:"by"` // BySource, or who ordered it
	Reason  string    `json:"reason"`
	Back    bool      `json:"back,omitempty"` // the opposite: an order is taken back
}

// A Recheck is the plan to look whether an article is still at its address. It
// stands in the article's shard from the article's first day to its last.
type Recheck struct {
	Article string    `json:"article"`
	Due     time.Time `json:"due"`
	Last    time.Time `json:"last,omitzero"`    // look
	Missing time.Time `json:"missing,omitzero"` // when it was first found missing, of those without a look in between that found it
	Detail  string    `json:"detail,omitempty"` // of the last look that did not find it
	Looks   int       `json:"looks,omitempty"`

	// What the page says, where all of it may be shown. An edit counts once two looks
	// in a row find the same: furniture differs at every look.
	Said         Key    `json:"said,omitempty"` // at the first look, of an article that has no text of its page
	Says         Key    `json:"says,omitempty"` // at the last look, where that is not what is known
	ETag         string `json:"etag,omitempty"` // of the page as it is known
	LastModified string `json:"last_modified,omitempty"`

	Version int64 `json:"-"` // of the record that it was read from
}

// A LinkSettling is what became of a look, stored in one batch.
type LinkSettling struct {
	Shard   int
	Lease   Lease
	Recheck Recheck
	Drop    bool   // nobody needs to look again
	Told    *Entry // goes on the wire: it was withdrawn, or how its page reads now
}

// GoneEntry is the entry that tells of an article's end.
func GoneEntry(a Article, g Withdrawal) Entry {
	g.Article = a.ID
	return Entry{Source: a.Source, Key: KeyOf("gone", a.ID), Link: a.Link, Seen: g.At, Gone: &g}
}
