// Package feed reads what a source sent: bytes in any charset and any state of
// repair become entries.
package feed

import (
	"errors"
	"time"

	"tinhub/news"
)

// Options is what is known of a document besides its bytes.
type Options struct {
	Source      news.Source
	URL         string // where it was fetched from, after redirects: the base of relative links
	ContentType string // the header, with its charset
	Language    string
	Now         time.Time
	Location    *time.Location // of dates that name no zone; nil means Asia/Ho_Chi_Minh
}

// A Document is what was read.
type Document struct {
	Format     string // rss2.0, rss1.0, atom1.0, json1.1 …
	Charset    string
	Title      string
	Link       string
	Language   string
	Updated    news.Moment
	Entries    []news.Entry
	Rejected   []news.Rejected
	Repairs    []news.Repair
	Pace       news.Pace
	Hub, Self  string
	Truncated  bool     // it ended early: complete entries are kept, validators must not be
	Discovered []string // feeds that a page names, where it is no feed itself
}

// ErrNotAFeed says that the bytes are something else; Document.Discovered may help.
var ErrNotAFeed = errors.New("not a feed")

// Parse reads a document. It returns what could be read even beside an error.
func Parse(body []byte, o Options) (Document, error) {
	return Document{}, ErrNotAFeed
}
