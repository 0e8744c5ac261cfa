package news

import (
	"slices"
	"strconv"
	"time"
)

// Shards is the fixed number of partitions that papers are spread over. All
// that belongs to one paper (its sources' states, its wire, its articles) lives
// in the shard of its family, so that it can be written in one batch. It can
// never change for a store that holds news: article ids carry their shard.
const Shards = 32

// An Article is one piece of news, however often and wherever it was seen
// within one paper. What it says is its newest revision.
type Article struct {
	ID     string `json:"id"`     // 2 hex digits of shard, 30 of hash: see ArticleID
	Family string `json:"family"` // the paper's registrable domain: see Family

	Entry // the newest revision, as its source gave it

	Sources   []string   `json:"sources"` // every source that gave it, in order of appearance
	FirstSeen time.Time  `json:"first_seen"`
	LastSeen  time.Time  `json:"last_seen"` // in a feed
	Revisions []Revision `json:"revisions"` // oldest first, at least one; at most MaxRevisions
	Revised   int        `json:"revised"`   // how many revisions there ever were, from 1

	// Given is the hash (Revision.Hash) of what each source last said of it, so
	// that two feeds which word it differently never take turns.
	Given map[string]Key `json:"given,omitempty"`
	Held  *Held          `json:"held,omitempty"`

	// Settled is the held edit that editors decided about last.
	Settled *SettledEdit `json:"settled,omitempty"`

	Full      *Full     `json:"full,omitempty"` // what its page gave
	Withdrawn time.Time `json:"withdrawn,omitzero"`
	Reason    string    `json:"reason,omitempty"` // why it was withdrawn
	By        string    `json:"by,omitempty"`     // who withdrew it: BySource, or who ordered it

	Moved      time.Time `json:"moved,omitzero"`       // when it was last given under another address without being edited
	Formerly   string    `json:"formerly,omitempty"`   // the article that it was under a former host of its paper
	Quarantine string    `json:"quarantine,omitempty"` // why it waits a day from when it was first seen
}

// Sealed is what may be told of an article: all of it, or of one that was withdrawn
// what it was, when and why it went, and nothing of what it said.
func (a Article) Sealed() Article {
	if a.Withdrawn.IsZero() {
		return a
	}
	e := a.Entry
	a.Entry = Entry{Source: e.Source, GUID: e.GUID, Key: e.Key, Link: e.Link, Title: e.Title, Published: e.Published, Updated: e.Updated, Seen: e.Seen}
	a.Full, a.Held, a.Settled = nil, nil, nil
	a.Revisions = slices.Clone(a.Revisions)
	for i := range a.Revisions {
		a.Revisions[i].Title, a.Revisions[i].Diff = "", nil
	}
	return a
}

// MaxRevisions is how many revisions an article keeps; endless edits (counters,
// advertisements) lose the middle ones.
const MaxRevisions = 20

// A Revision is what changed in an article and when.
type Revision struct {
	At     time.Time `json:"at"`
	Hash   Key       `json:"hash"`
	Title  string    `json:"title,omitempty"`
	Reason string    `json:"reason,omitempty"` // "title", "text", "date" …
	Diff   []Change  `json:"diff,omitempty"`   // what the text was and is, for editors; never served to readers
}

// A Change is a stretch of a text that a revision replaced: one side may be empty.
type Change struct {
	Was string `json:"was,omitempty"`
	Is  string `json:"is,omitempty"`
}

// Held is an edit that waits, because the article is edited without end or
// only swings between texts: it becomes a revision at a time, unless the source
// takes it back before.
type Held struct {
	Entry  Entry     `json:"entry"`
	Hash   Key       `json:"hash"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
}

// What editors make of a held edit.
const (
	EditTake   = "take"   // it is shown now
	EditRefuse = "refuse" // it is not shown; what the source says next is an edit again
	EditBack   = "back"   // the decision is taken back: the edit waits as before
)

// A SettledEdit is a held edit with what editors decided about it, and what they need
// to take that back.
type SettledEdit struct {
	Held Held   `json:"held"`
	Do   string `json:"do"`            // EditTake or EditRefuse
	Was  *Entry `json:"was,omitempty"` // what was shown before it was taken
	By   string `json:"by"`
}

// An EditOrder is what editors decide about the edit of an article that is held
// under a hash. It stands on the wire, so that it comes after what was said before.
type EditOrder struct {
	Article string    `json:"article"`
	Hash    Key       `json:"hash"`
	Do      string    `json:"do"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
}

// EditEntry is the entry that tells what editors decided about a held edit.
func EditEntry(a Article, o EditOrder) Entry {
	o.Article = a.ID
	return Entry{Source: a.Source, Key: KeyOf("edit", a.ID), Link: a.Link, Seen: o.At, Edit: &o}
}

// Full is what an article's own page gave.
type Full struct {
	HTML      string    `json:"html,omitempty"`
	Text      string    `json:"text,omitempty"`
	Lede      string    `json:"lede,omitempty"`
	Section   string    `json:"section,omitempty"`
	Authors   []Person  `json:"authors,omitempty"`
	Origin    string    `json:"origin,omitempty"`
	Image     *Image    `json:"image,omitempty"`
	Published Moment    `json:"published,omitzero"` // as the page says it
	Fetched   time.Time `json:"fetched,omitzero"`
	Edited    bool      `json:"edited,omitempty"` // it read otherwise before, and no feed said so
}

// Shard is the partition an article lives in, read off its id.
func Shard(articleID string) (int, bool) {
	if len(articleID) != 32 {
		return 0, false
	}
	n, err := strconv.ParseUint(articleID[:2], 16, 8)
	if err != nil || n >= Shards {
		return 0, false
	}
	return int(n), true
}

// Dated is when the article was published, or when it was first seen where its
// source does not say: it orders articles and never lies in the future of
// FirstSeen unless the source dates it so.
func (a Article) Dated() time.Time {
	if a.Published.IsZero() {
		return a.FirstSeen
	}
	return a.Published.At
}

// A Wired is an entry on the wire, with its place in the log.
type Wired struct {
	Place Place
	Entry Entry
}

// An ArticleChange is one line of a shard's article log.
type ArticleChange struct {
	Place   Place  `json:"-"`
	Article string `json:"article"`
	Kind    string `json:"kind"` // "new", "revised", "held", "source", "withdrawn", "completed"
}
