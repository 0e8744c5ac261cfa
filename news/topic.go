package news

import "time"

// A Topic is a curated selection of stories.
type Topic struct {
	ID          string        `json:"id"`
	Title       string        `json:"title"`
	Description string        `json:"description,omitempty"`
	Include     Rule          `json:"include,omitzero"`
	Exclude     Rule          `json:"exclude,omitzero"` // only Any, Sections and Sources
	Where       string        `json:"where,omitempty"`  // an expression over the article
	MinScore    float64       `json:"min_score"`
	Limit       int           `json:"limit"`
	MaxAge      time.Duration `json:"max_age,omitempty"`    // 0: none
	PerSource   int           `json:"per_source,omitempty"` // 0: unlimited
	MinAgencies int           `json:"min_agencies,omitempty"`
	Order       Order         `json:"order"`
	Language    string        `json:"language,omitempty"`
	Public      bool          `json:"public"`
	Formerly    []string      `json:"formerly,omitempty"`
	Declared    string        `json:"declared,omitempty"`
}

// A Rule is what a topic asks of an article. Non-empty All, Sources, Provinces,
// Authors and Tags must each hold; Any and Sections score.
type Rule struct {
	Any       []Phrase `json:"any,omitempty"`
	All       []Phrase `json:"all,omitempty"`
	Sections  []string `json:"sections,omitempty"`
	Sources   []string `json:"sources,omitempty"`
	Provinces []string `json:"provinces,omitempty"`
	Authors   []string `json:"authors,omitempty"`
	Tags      []string `json:"tags,omitempty"`
}

// A Phrase is whole syllables with a weight.
type Phrase struct {
	Text   string  `json:"text"`
	Weight float64 `json:"weight"`
}

// Order is how the stories of a topic are ordered.
type Order string

// The orders; "" means Newest.
const (
	Newest   Order = "newest"
	Score    Order = "score"
	Coverage Order = "coverage" // independent agencies telling the story
)

// Everything is the channel that holds all stories. A province's channel is
// ProvinceChannel(slug); a topic's channel is its id.
const Everything = "tat-ca"

// ProvinceChannel names the channel of a province in force.
func ProvinceChannel(slug string) string { return "provinces/" + slug }
