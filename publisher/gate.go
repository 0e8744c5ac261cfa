package publisher

import (
	"fmt"
	"time"

	"tinhub/news"
)

// A Gate is what the settings and agreements let through of a story, and why.
type Gate struct {
	Scope   news.Scope `json:"scope"`             // how much is shown
	Why     string     `json:"why"`               // a sentence
	Cut     bool       `json:"cut,omitempty"`     // less than publish.content would show
	Missing []string   `json:"missing,omitempty"` // what publish.require asks for and it does not have: it is refused
}

// Judge says what may be shown of a story at a time. a is the article that speaks
// for it.
func (s Settings) Judge(story news.Story, a news.Article, now time.Time) Gate {
	def(&s.Content, news.ScopeSummary)
	def(&s.WithoutAgreement, news.ScopeSummary)
	g := Gate{Missing: lacks(s.Require, story, a)}
	allowed := s.WithoutAgreement
	g.Why = "its source has no agreement: publish.without_agreement is " + string(s.WithoutAgreement)
	for _, src := range s.Sources {
		if src.ID != a.Source || src.Agreement == nil {
			continue
		}
		agreed := src.Agreement.ScopeAt(now)
		if agreed == "" {
			g.Why = fmt.Sprintf("the agreement %s is not in force%s: publish.without_agreement is %s", src.Agreement.Number, dates(src.Agreement), s.WithoutAgreement)
			break
		}
		allowed, g.Why = agreed, fmt.Sprintf("the agreement %s allows %s%s", src.Agreement.Number, agreed, dates(src.Agreement))
	}
	g.Scope = s.Content.Lesser(allowed)
	if g.Cut = g.Scope != s.Content; !g.Cut && allowed != s.Content {
		g.Why += "; publish.content is " + string(s.Content)
	}
	return g
}

func dates(a *news.Agreement) string {
	const form = "2006-01-02"
	out := ""
	if !a.From.IsZero() {
		out += " from " + a.From.Format(form)
	}
	if !a.To.IsZero() {
		out += " to " + a.To.Format(form)
	}
	return out
}
