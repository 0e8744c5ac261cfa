package feed

import (
	"encoding/xml"
	"time"
)

// nsTombstones is of the elements that call entries back (RFC 6721).
const nsTombstones = "http://purl.org/atompub/tombstones/1.0"

// A Tombstone calls a story back that the channel once showed. It says nothing of
// what the story said.
type Tombstone struct {
	ID   string // see StoryID
	When time.Time
}

// deletedEntry is RFC 6721 §3.
type deletedEntry struct {
	XMLName xml.Name `xml:"at:deleted-entry"`
	Ref     string   `xml:"ref,attr"`
	When    string   `xml:"when,attr"`
}

func (c Channel) tombstone(t Tombstone) []byte {
	return fragment(deletedEntry{Ref: t.ID, When: c.in(t.When).Format(time.RFC3339)})
}
