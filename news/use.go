package news

import (
	"cmp"
	"slices"
	"strings"
)

// A Use is what was asked of one output on one day by one kind of reader. It
// counts, and remembers nobody.
type Use struct {
	Day     string `json:"-"` // 2026-11-24, in the site's zone
	Channel string `json:"-"`
	Output  string `json:"output"`            // a Format, UsePush or UseWidget
	Reader  string `json:"reader,omitempty"`  // the software: Feedly, Miniflux …, or one of those below; of a delivery its Format
	Partner string `json:"partner,omitempty"` // by whose key, or from whose page

	Requests    int64  `json:"requests"`              // answered with the output, or that it did not change; deliveries; views
	Unchanged   int64  `json:"unchanged,omitempty"`   // of them 304
	Bytes       int64  `json:"bytes,omitempty"`       // of bodies
	Subscribers int64  `json:"subscribers,omitempty"` // the most that the reader said it reads for
	Readers     Sketch `json:"readers,omitempty"`     // who asked, by a hash that nobody can make again once the day is over
}

// What is counted beside the formats.
const (
	UsePush   = "push"   // deliveries that the hub's subscribers took
	UseWidget = "widget" // widgets that a page opened
)

// Kinds of readers that are no software of that name.
const (
	ReaderBrowser = "browser"
	ReaderRobot   = "robot" // crawlers and monitors: requests, but nobody who reads
	ReaderOther   = "other"
)

// Same says whether two count the same thing.
func (u Use) Same(v Use) bool {
	return u.Day == v.Day && u.Channel == v.Channel && u.Output == v.Output && u.Reader == v.Reader && u.Partner == v.Partner
}

// Plus is what two counted together.
func (u Use) Plus(v Use) Use {
	u.Requests += v.Requests
	u.Unchanged += v.Unchanged
	u.Bytes += v.Bytes
	u.Subscribers = max(u.Subscribers, v.Subscribers)
	u.Readers = slices.Clone(u.Readers).Merge(v.Readers)
	return u
}

// CompareUses orders uses by day, channel, output, reader and partner.
func CompareUses(a, b Use) int {
	return cmp.Or(strings.Compare(a.Day, b.Day), strings.Compare(a.Channel, b.Channel), strings.Compare(a.Output, b.Output),
		strings.Compare(a.Reader, b.Reader), strings.Compare(a.Partner, b.Partner))
}

// CountReaders is how many read what was counted: each reader once, however many
// outputs he has, and for a service that reads for many as many as it says. Robots
// read nothing.
func CountReaders(uses []Use) (n int64) {
	days := map[string]Sketch{} // what one day's hash makes of a reader, another's does not
	for _, u := range uses {
		switch {
		case u.Reader == ReaderRobot:
		case u.Subscribers > 0:
			n += u.Subscribers
		default:
			days[u.Day] = days[u.Day].Merge(u.Readers)
		}
	}
	for _, s := range days {
		n += s.Count()
	}
	return n
}
