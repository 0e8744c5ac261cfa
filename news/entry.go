package news

import "time"

// Precision is how exactly a time is known.
type Precision string

// The precisions. A day has no hour: it is never used as one, and an embargo
// then counts from when the entry was first seen.
const (
	Second   Precision = "second"
	Minute   Precision = "minute"
	Day      Precision = "day"
	Relative Precision = "relative" // "26 phút trước"
)

// A Moment is a time as a source gave it; its zero value is an unknown time.
type Moment struct {
	At        time.Time `json:"at,omitzero"`
	Precision Precision `json:"precision,omitempty"`
}

// IsZero says that the time is unknown.
func (m Moment) IsZero() bool { return m.At.IsZero() }

// A Person wrote an article, or photographed for it.
type Person struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	URL   string `json:"url,omitempty"`
}

// A Category is a label that a source gave.
type Category struct {
	Term   string `json:"term"`
	Scheme string `json:"scheme,omitempty"`
	Label  string `json:"label,omitempty"`
}

// An Enclosure is a file that belongs to an entry, linked at its source.
type Enclosure struct {
	URL    string `json:"url"`
	Type   string `json:"type,omitempty"`
	Length int64  `json:"length,omitempty"` // bytes; 0 when unknown
	Title  string `json:"title,omitempty"`
}

// An Image is the lead image of an entry, linked at its source.
type Image struct {
	URL     string `json:"url"`
	Caption string `json:"caption,omitempty"`
	Width   int    `json:"width,omitempty"`
	Height  int    `json:"height,omitempty"`
}

// An Entry is what one feed said once: repaired, sanitised, absolute, NFC, and
// not yet compared with anything. HTML in it is safe to show.
type Entry struct {
	Source string `json:"source"` // Source.ID
	Key    Key    `json:"key"`    // what this entry is called within its source, see EntryKey
	Hash   Key    `json:"hash"`   // of what it says: an equal hash needs no second look

	GUID       string      `json:"guid,omitempty"`
	Link       string      `json:"link,omitempty"` // absolute, without tracking parameters
	Title      string      `json:"title"`          // text, not HTML
	Summary    string      `json:"summary,omitempty"`
	Content    string      `json:"content,omitempty"`
	Authors    []Person    `json:"authors,omitempty"`
	Published  Moment      `json:"published,omitzero"`
	Updated    Moment      `json:"updated,omitzero"`
	Section    string      `json:"section,omitempty"` // the source's, or the entry's own where it gives one
	Categories []Category  `json:"categories,omitempty"`
	Enclosures []Enclosure `json:"enclosures,omitempty"`
	Image      *Image      `json:"image,omitempty"`
	Language   string      `json:"language,omitempty"`
	Origin     string      `json:"origin,omitempty"` // credited: "TTXVN"
	Via        *Via        `json:"via,omitempty"`    // RSS <source>, Atom source

	Seen time.Time `json:"seen"` // when the poll that brought it began

	// Full is what the entry's own page gave, where that was read: the entry then
	// stands on the wire a second time. An article keeps it in a field of its own.
	Full *Full `json:"full,omitempty"`

	// Gone is set on an entry that says nothing but that an article is no more.
	Gone *Withdrawal `json:"gone,omitempty"`

	// Edit is set on an entry that says nothing but what editors made of a held edit.
	Edit *EditOrder `json:"edit,omitempty"`
}

// About is the article that an entry speaks of instead of saying what a paper said;
// "" for those that papers gave.
func (e Entry) About() string {
	switch {
	case e.Gone != nil:
		return e.Gone.Article
	case e.Edit != nil:
		return e.Edit.Article
	}
	return ""
}

// Via is the feed that an entry says it was taken from.
type Via struct {
	Title string `json:"title,omitempty"`
	URL   string `json:"url,omitempty"`
}

// Rejected is an entry that was set aside, with the reason.
type Rejected struct {
	Reason string    `json:"reason"`
	Title  string    `json:"title,omitempty"`
	Link   string    `json:"link,omitempty"`
	At     time.Time `json:"at,omitzero"`
}

// A Repair is something that was wrong with a document and was mended.
type Repair struct {
	What  string `json:"what"`
	Count int    `json:"count"`
}
