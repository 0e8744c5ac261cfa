package news

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A Story is the articles that tell the same text: wire copies, reprints. It
// is what readers see; its id is the id of its first article and never changes.
type Story struct {
	ID      string   `json:"id"`
	Members []Member `json:"members"` // in order of arrival
	Speaker string   `json:"speaker"` // the article that speaks for it
	Origin  string   `json:"origin,omitempty"`

	Published time.Time `json:"published"` // the earliest date among its members
	Updated   time.Time `json:"updated"`   // when what is shown of it last changed; never goes back
	FirstSeen time.Time `json:"first_seen"`

	Provinces []string  `json:"provinces,omitempty"`
	Filings   []Filing  `json:"filings,omitempty"`
	Due       time.Time `json:"due,omitzero"` // when time alone changes it next

	Title string `json:"title"` // the speaker's, for lists and search
	Lede  string `json:"lede,omitempty"`
	Image string `json:"image,omitempty"`

	Corrects  string    `json:"corrects,omitempty"`  // the story that this one corrects
	Corrected []string  `json:"corrected,omitempty"` // those that correct it, in order of arrival
	Fixes     []string  `json:"fixes,omitempty"`     // channels that what it corrects stood in
	Untied    bool      `json:"untied,omitempty"`    // a correction, and nobody knows of what
	Tied      string    `json:"tied,omitempty"`      // who said by hand what it corrects, or that it corrects nothing
	Withdrawn time.Time `json:"withdrawn,omitzero"`

	// Traces are the channels that it stood in when it was withdrawn: what they
	// published of it is called back there.
	Traces []string `json:"traces,omitempty"`
	Review string   `json:"review,omitempty"` // why an editor should look at it

	Quarantine string    `json:"quarantine,omitempty"` // why it waits
	Editing    time.Time `json:"editing,omitzero"`     // an edit of one of its articles waits until then

	Apart []string `json:"apart,omitempty"` // stories that an editor keeps it apart from, for good
	Was   []string `json:"was,omitempty"`   // stories that became part of it

	Curation *Curation `json:"curation,omitempty"` // what it was filed by, nil: editors decided nothing
}

// Edited is what editors decided about it, as it was filed.
func (s Story) Edited() Curation {
	if s.Curation == nil {
		return Curation{}
	}
	return *s.Curation
}

// KeptApart says that an editor decided that two stories are two.
func KeptApart(a, b Story) bool {
	return slices.Contains(a.Apart, b.ID) || slices.Contains(b.Apart, a.ID)
}

// A Member is an article's part in a story.
type Member struct {
	Article   string    `json:"article"`
	Source    string    `json:"source"`
	Agency    string    `json:"agency"`
	Link      string    `json:"link"`
	Title     string    `json:"title"`
	Published time.Time `json:"published"`
	Origin    string    `json:"origin,omitempty"`
	Reason    string    `json:"reason,omitempty"` // why it belongs here
	Score     float64   `json:"score,omitempty"`
	Gone      bool      `json:"gone,omitempty"` // its source withdrew it
}

// Agencies counts the independent agencies that tell the story: whoever a copy
// credits tells it, and not the paper that copied, and papers of one house are
// one.
func (s Story) Agencies() int {
	seen := map[string]bool{}
	for _, m := range s.Members {
		if !m.Gone {
			name := m.Teller()
			seen[cmp.Or(AgencyKey(name), name)] = true
		}
	}
	return len(seen)
}

// Teller is the agency whose text a member is: the one that it credits, or its own.
func (m Member) Teller() string {
	name := m.Origin
	if name == "" {
		name = m.Agency
	}
	if known, ok := Agency(name); ok {
		return known
	}
	return name
}

// A Filing is a story's place in a channel.
type Filing struct {
	Channel string    `json:"channel"`
	In      bool      `json:"in"` // shown now
	Score   float64   `json:"score,omitempty"`
	Sort    string    `json:"sort,omitempty"`  // its sort key there (larger is earlier on the page)
	From    time.Time `json:"from,omitzero"`   // an embargo or a future date ends
	Until   time.Time `json:"until,omitzero"`  // max_age is reached
	Fix     time.Time `json:"fix,omitzero"`    // a correction: until then no limit keeps it out
	Fixed   bool      `json:"fixed,omitempty"` // and it is before that
	Out     bool      `json:"out,omitempty"`   // editors keep it out
	Pin     string    `json:"pin,omitempty"`   // its sort key among those that are pinned there now
	Reasons []string  `json:"reasons,omitempty"`
}

// FixChannel lists the corrections that a channel shows whatever its limits.
func FixChannel(channel string) string { return channel + fixSuffix }

const fixSuffix = "!fix"

// ChannelOf is the channel that a FixChannel, PinChannel or OutChannel belongs to,
// or the channel itself.
func ChannelOf(channel string) string {
	channel, _, _ = strings.Cut(channel, "!")
	return channel
}

// The lists of what editors look at. Their names are of no channel: nothing is
// published of them.
const (
	InQuarantine = "!quarantine" // by when it ends
	HeldBack     = "!held"       // for an embargo or a date to come, by when that is
	EditWaits    = "!edits"      // by when the edit is taken over
	Corrections  = "!corrections"
	ToReview     = "!review"
	TakenOut     = "!withdrawn" // by when
)

// Waits says in which of the lists a story stands, and by which time.
func (s Story) Waits() map[string]time.Time {
	m := map[string]time.Time{}
	if !s.Withdrawn.IsZero() {
		return map[string]time.Time{TakenOut: s.Withdrawn}
	}
	for _, f := range s.Filings {
		if f.Channel == Everything && !f.In && !f.Out && !f.From.IsZero() {
			if m[HeldBack] = f.From; s.Quarantine != "" {
				delete(m, HeldBack)
				m[InQuarantine] = f.From
			}
		}
	}
	if !s.Editing.IsZero() {
		m[EditWaits] = s.Editing
	}
	if s.Corrects != "" || s.Untied {
		m[Corrections] = s.FirstSeen
	}
	if s.Review != "" && s.Edited().Reviewed != s.Review {
		m[ToReview] = s.Updated
	}
	return m
}

// A StoryChange is one line of the desk's log: what has to be rendered anew.
type StoryChange struct {
	Place    Place     `json:"-"`
	Story    string    `json:"story"`
	Channels []string  `json:"channels"`
	At       time.Time `json:"at"`
}
