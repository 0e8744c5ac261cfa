package news

import "time"

// A Format is what an output is written in.
type Format string

// The formats that are rendered and stored.
const (
	RSS  Format = "rss"
	Atom Format = "atom"
	JSON Format = "json"
	HTML Format = "html" // the page of the channel
)

// ContentType is the media type of a format.
func (f Format) ContentType() string {
	switch f {
	case RSS:
		return "application/rss+xml; charset=utf-8"
	case Atom:
		return "application/atom+xml; charset=utf-8"
	case JSON:
		return "application/feed+json; charset=utf-8"
	default:
		return "text/html; charset=utf-8"
	}
}

// An Output is one channel in one format at one revision: bytes and the
// validators that belong to them. The same state renders the same bytes.
type Output struct {
	Channel  string    `json:"channel"`
	Format   Format    `json:"format"`
	Revision int64     `json:"revision"` // only ever grows
	Modified time.Time `json:"modified"` // never goes back
	ETag     string    `json:"etag"`     // strong, of the plain bytes, without quotes
	Items    int       `json:"items"`
	Updated  time.Time `json:"updated,omitzero"` // what the document says of itself; never goes back
	Newest   string    `json:"newest,omitempty"` // title of its first story, for the list of channels

	Body []byte `json:"-"` // encodings are made of it by whoever serves it
}

// A Front is how a channel begins: what its outputs are made of.
type Front struct {
	Pinned  []Story // by editors, in their order
	Stories []Story // in the channel's order
	Next    string  // the cursor behind Stories; "" where they are all
	Fixed   []Story // corrections that are shown for their time
	Gone    []Story // withdrawn from the channel, latest first
}

// FrontLimits are how many of each there are at most.
type FrontLimits struct{ Pinned, Stories, Fixed, Gone int }
