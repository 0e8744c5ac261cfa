package news

import "time"

// PageState is what became of the wish to read an article's own page.
type PageState string

// The states of a page. "" means that it was not asked for yet.
const (
	PageRead      PageState = "read"
	PageBlocked   PageState = "blocked"    // robots.txt, 401, 403, 451, a challenge: never evaded
	PageMissing   PageState = "missing"    // 404, 410, or a page that says so itself
	PageNoArticle PageState = "no article" // it was read and holds no text that could be an article
	PageFailing   PageState = "failing"
)

// A Page is an article page that is to be read for the article's full text, or
// what became of that. It stands in the paper's shard, named by its source and
// the entry's key.
type Page struct {
	Source string    `json:"source"`
	Key    Key       `json:"key"`
	Entry  *Entry    `json:"entry,omitempty"` // what is to be completed; nil once it is done with
	Queued time.Time `json:"queued,omitzero"` // first
	Due    time.Time `json:"due,omitzero"`    // not before; zero: it is done with
	Tries  int       `json:"tries,omitempty"` // of this round
	Rounds int       `json:"rounds,omitempty"`
	State  PageState `json:"state,omitempty"` // after the last try
	Detail string    `json:"detail,omitempty"`
	Last   time.Time `json:"last,omitzero"` // try

	Version int64 `json:"-"` // of the record, by which it is settled
}

// A PageSettling is what became of a try to read a page: stored whole or not at
// all, and not where the page was queued anew in the meantime.
type PageSettling struct {
	Shard     int
	Lease     Lease  // of the shard
	Page      Page   // with the Version that was read
	Completed *Entry // goes on the wire: the entry with its Full; nil when nothing was gained
}

// Done says that nobody is going to read the page.
func (p Page) Done() bool { return p.Due.IsZero() }
