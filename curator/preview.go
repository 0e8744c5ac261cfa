package curator

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tinhub/news"
)

// A Preview is what a topic's rule selects from what is stored, beside what the
// topic shows today.
type Preview struct {
	Topic   string   `json:"topic"`
	Looked  int      `json:"looked"` // at so many stories
	Kept    int      `json:"kept"`   // selected, and shown today
	Added   int      `json:"added"`
	Dropped int      `json:"dropped"`
	Stories []Picked `json:"stories"` // selected or shown today, as the topic would order them

	lens *lens
	now  time.Time
}

// Picked is a story that a rule selects, or selected.
type Picked struct {
	Story     string    `json:"story"`
	Title     string    `json:"title"`
	Link      string    `json:"link,omitempty"`
	Agency    string    `json:"agency,omitempty"`
	Published time.Time `json:"published"`
	Selected  bool      `json:"selected"` // by the rule
	Today     bool      `json:"today"`    // shown now
	Score     float64   `json:"score"`
	Reasons   []string  `json:"reasons,omitempty"`

	sort string
}

// NewPreview begins the preview of a topic.
func NewPreview(t news.Topic, k Known) (*Preview, error) {
	l, errs := newLens([]news.Topic{t}, k.Sources, k.Terms)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &Preview{Topic: t.ID, lens: l, now: k.Now}, nil
}

// Add looks at one story with its members' articles, as they are stored.
func (p *Preview) Add(s news.Story, articles []news.Article) {
	p.Looked++
	articles = slices.DeleteFunc(slices.Clone(articles), func(a news.Article) bool { return a.ID == "" })
	if len(articles) == 0 {
		return
	}
	_, today := sorts(s)[p.Topic]
	pick := Picked{Story: s.ID, Title: s.Title, Published: s.Published, Today: today}
	for _, m := range s.Members {
		if m.Article == s.Speaker {
			pick.Link, pick.Agency = m.Link, m.Agency
		}
	}
	p.judge(&pick, s, articles)
	switch {
	case pick.Selected && today:
		p.Kept++
	case pick.Selected:
		p.Added++
	case today:
		p.Dropped++
	default:
		return
	}
	p.Stories = append(p.Stories, pick)
}

// judge fills in what the rule says; of several articles the best counts.
func (p *Preview) judge(pick *Picked, s news.Story, articles []news.Article) {
	t := p.lens.topics[p.Topic]
	for i, a := range articles {
		v := p.lens.rules.Explain(ViewOf(a, p.lens.sources))[0]
		if i == 0 || v.In && !pick.Selected || v.In == pick.Selected && v.Score > pick.Score {
			pick.Selected, pick.Score, pick.Reasons = v.In && a.Withdrawn.IsZero(), v.Score, v.Reasons
		}
	}
	pick.sort = SortKey(t.Order, s, pick.Score)
	if pick.Selected && t.MaxAge > 0 && !p.now.Before(s.Published.Add(t.MaxAge)) {
		pick.Selected = false
		pick.Reasons = append(pick.Reasons, fmt.Sprintf("older than the topic's max_age of %s", t.MaxAge))
	}
}

// Finish orders what was found, as the topic's page would.
func (p *Preview) Finish() {
	slices.SortStableFunc(p.Stories, func(a, b Picked) int {
		switch {
		case a.sort > b.sort:
			return -1
		case a.sort < b.sort:
			return 1
		}
		return 0
	})
}
