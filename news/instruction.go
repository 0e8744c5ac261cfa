package news

import "time"

// What a person can order of stories.
const (
	OrderMerge = "merge" // Stories are one
	OrderSplit = "split" // Articles are a story of their own, and not part of Stories[0]
	OrderFile  = "file"  // Stories are filed anew: their curation changed
	OrderGroup = "group" // Groups are the stories that their articles are, as they were once
	OrderTie   = "tie"   // Stories[0] corrects what Tie says
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
	Groups   []Group   `json:"groups,omitempty"`
	Tie      *Tie      `json:"tie,omitempty"`
}

// A Tie is what a story corrects.
type Tie struct {
	Corrects string `json:"corrects,omitempty"` // a story
	Untied   bool   `json:"untied,omitempty"`   // it corrects something, and nobody knows what
	Tied     string `json:"tied,omitempty"`     // who said so by hand; "": the machine, which may change its mind
}

// TieOf is what a story corrects at present.
func TieOf(s Story) Tie { return Tie{Corrects: s.Corrects, Untied: s.Untied, Tied: s.Tied} }

// A Group is which articles a story is made of, and why each belongs there.
type Group struct {
	Story   string    `json:"story"`
	Members []Grouped `json:"members"`
	Apart   []string  `json:"apart,omitempty"`
}

// A Grouped is one article of a group.
type Grouped struct {
	Article string  `json:"article"`
	Reason  string  `json:"reason,omitempty"`
	Score   float64 `json:"score,omitempty"`
}

// GroupOf is which articles a story is made of at present.
func GroupOf(s Story) Group {
	g := Group{Story: s.ID, Apart: s.Apart}
	for _, m := range s.Members {
		g.Members = append(g.Members, Grouped{m.Article, m.Reason, m.Score})
	}
	return g
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
