package news

import (
	"maps"
	"slices"
	"time"
)

// A Curation is what editors decided about one story. It stands beside the story
// and beats what the machine would do, for good: the curator files by it, and
// never writes it.
type Curation struct {
	Story    string            `json:"story"`
	Title    string            `json:"title,omitempty"` // a headline of the editors', in the place of the speaker's
	Note     string            `json:"note,omitempty"`  // a line of the editors' own
	Hidden   bool              `json:"hidden,omitempty"`
	Released bool              `json:"released,omitempty"` // from quarantine, before its day is over
	Reviewed string            `json:"reviewed,omitempty"` // Story.Review, once an editor looked at it
	Places   map[string]Placed `json:"places,omitempty"`   // by channel

	By    string               `json:"by,omitempty"`
	At    time.Time            `json:"at,omitzero"`    // of the last decision
	Spoke time.Time            `json:"spoke,omitzero"` // when headline or note last changed
	Moved map[string]time.Time `json:"moved,omitempty"`

	// Over are the stories that became part of this one whose curations were looked
	// at for this: those of others still count beside it.
	Over []string `json:"over,omitempty"`

	Version int64 `json:"-"` // of the record; 0: there is none
}

// A Placed is what editors decided about a story in one channel.
type Placed struct {
	Filed  string    `json:"filed,omitempty" enum:"in,out"` // whatever the rule says
	Pinned bool      `json:"pinned,omitempty"`              // it stands before all others
	Rank   string    `json:"rank,omitempty"`                // among the pinned: the larger is earlier
	Until  time.Time `json:"until,omitzero"`                // the pin ends; zero: never
	Place  string    `json:"place,omitempty"`               // its sort key in the place of the machine's
}

// FiledIn and FiledOut are the words of Placed.Filed.
const (
	FiledIn  = "in"
	FiledOut = "out"
)

// PinChannel lists the stories that are pinned in a channel, by rank.
func PinChannel(channel string) string { return channel + pinSuffix }

const pinSuffix = "!pin"

// OutChannel lists the stories that editors keep out of a channel.
func OutChannel(channel string) string { return channel + outSuffix }

const outSuffix = "!out"

// Says says that anything is decided, and not only that something once was.
func (c Curation) Says() bool {
	return c.Title != "" || c.Note != "" || c.Hidden || c.Released || c.Reviewed != "" || len(c.Places) > 0
}

// In is what is decided about one channel.
func (c Curation) In(channel string) Placed { return c.Places[channel] }

// Set decides about one channel.
func (c *Curation) Set(channel string, p Placed) {
	c.Places = maps.Clone(c.Places)
	if c.Places == nil {
		c.Places = map[string]Placed{}
	}
	if c.Places[channel] = p; p == (Placed{}) {
		delete(c.Places, channel)
	}
}

// Edited is what is decided once somebody decided something else: what a reader
// sees of it is dated then.
func (c Curation) Edited(title, note string, places map[string]Placed, by string, at time.Time) Curation {
	if title != c.Title || note != c.Note {
		c.Spoke = at
	}
	moved := maps.Clone(c.Moved)
	for _, side := range []map[string]Placed{c.Places, places} {
		for channel := range side {
			a, b := c.Places[channel], places[channel]
			a.Until, b.Until = time.Time{}, time.Time{} // its end comes in its time
			if a != b {
				if moved == nil {
					moved = map[string]time.Time{}
				}
				moved[channel] = at
			}
		}
	}
	if len(places) == 0 {
		places = nil
	}
	c.Title, c.Note, c.Places, c.Moved, c.By, c.At = title, note, maps.Clone(places), moved, by, at
	return c
}

// CurationOf is what is decided about a story that others became part of: what was
// decided about those holds on where nothing else is decided about it.
func CurationOf(own Curation, became ...Curation) Curation {
	for _, o := range became {
		if o.Version == 0 || slices.Contains(own.Over, o.Story) {
			continue
		}
		if own.Title == "" {
			own.Title = o.Title
		}
		if own.Note == "" {
			own.Note = o.Note
		}
		own.Hidden, own.Released = own.Hidden || o.Hidden, own.Released || o.Released
		for _, channel := range slices.Sorted(maps.Keys(o.Places)) {
			if own.In(channel) == (Placed{}) {
				own.Set(channel, o.In(channel))
			}
		}
		moved := maps.Clone(o.Moved)
		if moved == nil {
			moved = map[string]time.Time{}
		}
		for channel, at := range own.Moved {
			moved[channel] = latest(at, moved[channel])
		}
		if len(moved) > 0 {
			own.Moved = moved
		}
		own.Spoke, own.At = latest(own.Spoke, o.Spoke), latest(own.At, o.At)
	}
	return own
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// The letters of sort keys that are made to stand between others. No key ends in
// the first, so that there is always room before it.
const firstLetter, lastLetter = '!', '~'

// Between is a sort key larger than one and smaller than another, "" where there
// can be none; "" as above is no bound.
func Between(below, above string) string {
	if above != "" && below >= above {
		return ""
	}
	var key []byte
	tight := above != "" // so far it is the beginning of above
	for i := 0; i < 4096; i++ {
		low, high := byte(firstLetter), byte(lastLetter+1)
		if i < len(below) {
			low = below[i]
		}
		if tight {
			if i == len(above) {
				return ""
			}
			high = above[i]
		}
		switch {
		case high < low:
			return "" // letters that are none of these
		case high-low > 1:
			return string(append(key, low+(high-low)/2))
		case high > low:
			tight = false
		}
		key = append(key, low)
	}
	return ""
}
