package news

import "time"

// What a person can order of stories.
const (
	OrderMerge = "merge" // Stories are one
	OrderSplit = "split" // Articles are a story of their own, and not part of Stories[0]
	OrderFile  = "file"  // Stories are filed anew: their curation changed
)

// An Instruction is a decision by hand about stories. Who gave it wrote it into the
// audit log; the curator acts on it once, and is bound by it for good.
type Instruction struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	Who      string    `json:"who"`
	Kind     string    `json:"kind"`
	Stories  []string  `json:"stories"`
	Articles []string  `json:"articles,omitempty"`
	Reason   string    `json:"reason,omitempty"`
}

// SplitID is the id of the story that articles become that are taken out of
// another: that of the first of them, unless that is the other's.
func SplitID(from string, articles []string) string {
	if len(articles) == 0 {
		return ""
	}
	first := articles[0]
	if first != from || len(first) < 2 {
		return first
	}
	return first[:2] + string(KeyOf("split", from, first))[:30]
}
