package news

import "time"

// What rooms hand to the store in one piece.

// A Shelving is what the curator made of a stretch of one shard's wire: stored
// together with the place up to which it read, or not at all.
type Shelving struct {
	Shard    int
	Lease    Lease // of the curator
	Articles []Shelved
	UpTo     Place     // on the shard's wire; "" leaves it where it is
	Expires  time.Time // when aliases may be forgotten
}

// Shelved is one article to write.
type Shelved struct {
	Article Article
	Aliases []Key  // identity keys that lead to it from now on
	Change  string // ArticleChange.Kind, or "" when only LastSeen and the like moved

	Recheck time.Time // when its address is first looked at again; zero: that is planned, or never
	Seal    time.Time // keep what it says as evidence until then; zero: it was not withdrawn now
}

// A Desking is what the curator made of a stretch of one shard's article log,
// or of a due time, or of a changed rule.
type Desking struct {
	Lease   Lease
	Stories []Desked
	Shard   int   // whose article log was read
	UpTo    Place // on it; "" leaves it where it is
	At      time.Time
	Done    []string // orders that this acts on
}

// Desked is one story to write.
type Desked struct {
	Story    Story
	Sorts    map[string]string // for each channel it is shown in: its sort key there (larger is earlier on the page)
	Channels []string          // channels to render anew, those it left included; empty: nobody need know
	Gone     []string          // ids of stories that became part of this one
}

// TopicState is what the desk remembers of a topic.
type TopicState struct {
	Topic       string `json:"topic"`
	Fingerprint string `json:"fingerprint"`       // of the rule that stories were last filed by
	Refiled     string `json:"refiled,omitempty"` // story up to which a refiling came, "" when it is complete
}
