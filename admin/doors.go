package admin

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"tinhub/news"
)

// Kept is where objects of one kind live that are made here: accounts, tokens,
// sources, topics, partners.
type Kept[T any] interface {
	// Get reads one; news.ErrNotFound if there is none.
	Get(ctx context.Context, id string) (value T, version int64, err error)
	// List reads them in the order of their ids, from behind one; limit 0 is all.
	List(ctx context.Context, after string, limit int) ([]T, error)
	// Put writes one where it is at the version that the caller looked at (0: there
	// is none yet); news.ErrConflict: it was changed in the meantime.
	Put(ctx context.Context, id string, version int64, value T) (int64, error)
	// Delete removes one at a version; news.ErrConflict as for Put.
	Delete(ctx context.Context, id string, version int64) error
}

// Audit is the log of decisions.
type Audit interface {
	Add(ctx context.Context, d news.Decision) error
	// Between lists decisions, latest first; zero times are open.
	Between(ctx context.Context, from, to time.Time, cursor string, limit int) (ds []news.Decision, next string, err error)
}

// Roster is what is gathered, filed and served at present: what the file declares
// and what lives in the store.
type Roster interface {
	Sources() []news.Source
	Topics() []news.Topic
	Partners() []news.Partner
	// Refresh takes over now what was just changed in the store.
	Refresh(ctx context.Context) error
}

// Judge reads what somebody wrote as the configuration file would, by the same
// rules; what is wrong with it comes as sentences that say how to mend it. raw is
// a JSON object with the file's keys.
type Judge interface {
	Source(raw json.RawMessage) (news.Source, []string)
	Topic(raw json.RawMessage) (news.Topic, []string)
	Partner(raw json.RawMessage) (news.Partner, []string)
}

// Polls is what is known of the sources' polls.
type Polls interface {
	// States are those of all sources that were ever polled, by id; they may be
	// some seconds old.
	States(ctx context.Context) (map[string]news.SourceState, error)
	// State is the present one of a source, its zero value if it was never polled.
	State(ctx context.Context, s news.Source) (news.SourceState, error)
	// Ask wants a source polled now.
	Ask(ctx context.Context, s news.Source, at time.Time) error
	// Try reads an address as a poll would, and stores nothing.
	Try(ctx context.Context, s news.Source) (Tried, error)
}

// Tried is what an address gave.
type Tried struct {
	Address    string        `json:"address,omitempty"` // that was read in the end: of the feed that a page leads to
	Health     news.Health   `json:"health"`
	Detail     string        `json:"detail,omitempty"` // what was wrong and how to mend it
	Format     string        `json:"format,omitempty"`
	Title      string        `json:"title,omitempty"`
	Site       string        `json:"site,omitempty"` // what the page that was tried calls its paper
	Link       string        `json:"link,omitempty"`
	Says       TriedSays     `json:"says,omitzero"`
	Entries    []TriedEntry  `json:"entries"`
	Rejected   []string      `json:"rejected"` // reasons
	Repairs    []news.Repair `json:"repairs"`
	Discovered []string      `json:"discovered"` // feeds that a page names

	Page *news.PageRule `json:"page,omitempty"` // selectors that would read a page which is no feed, guessed; Entries are what they give
}

// TriedSays is what a feed says of itself, as text: whose it is, what they allow,
// how it wants to be read. An editor looks at it before taking a source.
type TriedSays struct {
	About     string    `json:"about,omitempty"`
	Language  string    `json:"language,omitempty"`
	Editor    string    `json:"editor,omitempty"`
	Publisher string    `json:"publisher,omitempty"`
	Rights    string    `json:"rights,omitempty"`
	Licence   string    `json:"licence,omitempty"` // an address
	MadeBy    string    `json:"made_by,omitempty"`
	Image     string    `json:"image,omitempty"`
	Moved     string    `json:"moved,omitempty"` // where the feed says that it went
	Hub       string    `json:"hub,omitempty"`
	Every     int       `json:"every,omitempty"` // minutes between polls that it asks for
	Updated   time.Time `json:"updated,omitzero"`
}

// TriedEntry is one entry of what was tried.
type TriedEntry struct {
	Title     string    `json:"title"`
	Link      string    `json:"link,omitempty"`
	Published time.Time `json:"published,omitzero"`
	Summary   string    `json:"summary,omitempty"`
	Section   string    `json:"section,omitempty"`
}

// Stories is what is kept of the news.
type Stories interface {
	// Page lists a channel's stories in its order; next is "" at the end. A cursor
	// that was not made there is news.ErrNotFound.
	Page(ctx context.Context, channel, cursor string, limit int) (stories []news.Story, next string, err error)
	// Find reads stories by id, or by an id that became part of one; one that is
	// missing has an empty ID.
	Find(ctx context.Context, ids ...string) ([]news.Story, error)
	// Articles reads articles by id; one that is missing has an empty ID.
	Articles(ctx context.Context, ids ...string) ([]news.Article, error)
	// Stories walks all stories, newest first, from behind one.
	Stories(ctx context.Context, after string, since time.Time, limit int) ([]news.Story, error)
}

// Evidence is what withdrawn articles said.
type Evidence interface {
	// Sealed reads an article as it was when it was withdrawn; news.ErrNotFound.
	Sealed(ctx context.Context, article string) (news.Article, error)
}

// Curator is what the rules say.
type Curator interface {
	// Find finds an article by its address, its id, or its story's;
	// news.ErrNotFound, with a sentence.
	Find(ctx context.Context, what string) (news.Article, error)
	// Explain tells where an article came from and why it is where it is.
	Explain(ctx context.Context, article news.Article) (json.RawMessage, error)
	// Differences are what an article says otherwise than another one.
	Differences(a, b news.Article) []news.Change
	// Preview is what a topic's rule selects of what is stored since a time, or as far
	// back as can be looked within some time (0: however long it takes).
	Preview(ctx context.Context, t news.Topic, since time.Time, most time.Duration) (Preview, error)
}

// A Preview is what a topic's rule selects, beside what the topic shows today.
type Preview struct {
	Topic   string    `json:"topic"`
	Since   time.Time `json:"since"`             // the oldest that was looked at
	Partial bool      `json:"partial,omitempty"` // older ones were wanted, and would have taken too long
	Looked  int       `json:"looked"`            // at so many stories
	Kept    int       `json:"kept"`
	Added   int       `json:"added"`
	Dropped int       `json:"dropped"`
	Stories []Picked  `json:"stories"`
}

// Picked is a story that a rule selects, or selected.
type Picked struct {
	Story     string    `json:"story"`
	Title     string    `json:"title"`
	Link      string    `json:"link,omitempty"`
	Agency    string    `json:"agency,omitempty"`
	Published time.Time `json:"published"`
	Selected  bool      `json:"selected"`
	Today     bool      `json:"today"`
	Score     float64   `json:"score"`
	Reasons   []string  `json:"reasons,omitempty"`
}

// Hub is who wants outputs sent.
type Hub interface {
	Subscriptions(ctx context.Context, after string, limit int) ([]news.Subscription, error)
	Subscription(ctx context.Context, id string) (news.Subscription, error)
	// Ask stores what is asked about a subscription.
	Ask(ctx context.Context, in news.Intent) error
}

// Answers are what requests with an Idempotency-Key were answered.
type Answers interface {
	// Claim stores a value under a key where there is none yet, or one whose time
	// has come; otherwise it gives what stands there.
	Claim(ctx context.Context, key string, value []byte, now, until time.Time) (stands []byte, claimed bool, err error)
	// Settle replaces what stands there.
	Settle(ctx context.Context, key string, value []byte, until time.Time) error
}

// Lists are subscription lists, and the papers that tinhub knows by itself.
type Lists interface {
	// Read reads an OPML list; whatever is wrong with it is a *Fault.
	Read(list io.Reader) ([]Outline, error)
	// Write is all sources as such a list.
	Write(w io.Writer) error
	// Catalogue is the built-in one.
	Catalogue() []Outline
	// Topics are those that tinhub knows by itself, with the phrases that they are
	// found by.
	Topics() []news.Topic
}

// An Outline is a feed in a list.
type Outline struct {
	ID       string // that it could have
	Name     string
	Agency   string
	URL      string
	Homepage string
	Province string
	Section  string
}

// Leases gives exclusive ownership, across processes.
type Leases interface {
	Take(ctx context.Context, name, holder string, ttl time.Duration) (news.Lease, error)
	Renew(ctx context.Context, l news.Lease, ttl time.Duration) (news.Lease, error)
	Release(ctx context.Context, l news.Lease) error
}

// Sender takes alerts out of the house.
type Sender interface {
	// Check says whether an address may be posted to at all.
	Check(url string) error
	// Post sends a body; an answer that is no 2xx is an error with a sentence.
	Post(ctx context.Context, url string, header map[string]string, body []byte) error
	Mail(ctx context.Context, server MailServer, m Mail) error
}

// Usage is what was asked of the outputs.
type Usage interface {
	// Between reads what was counted from a day to another, both included, in the
	// order of news.CompareUses: of the channels that want says.
	Between(ctx context.Context, from, to string, want func(channel string) bool) ([]news.Use, error)
}
