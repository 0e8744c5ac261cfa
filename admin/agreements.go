package admin

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tinhub/news"
)

// How an agreement stands. The first two are told, as illnesses are.
const (
	agreedEnded   = "agreement ended"
	agreedEnding  = "agreement ending" // within Options.AgreementNotice
	agreedRunning = "agreement running"
	agreedLater   = "agreement later"
)

// standing says how an agreement stands at a time, and how many days it has left,
// today included; days is 0 where it has no end, or is not in force.
func standing(a news.Agreement, now time.Time, notice time.Duration) (state string, days int) {
	switch end := afterEnd(a); {
	case !a.To.IsZero() && !now.Before(end):
		return agreedEnded, 0
	case !a.From.IsZero() && now.Before(a.From):
		return agreedLater, 0
	case a.To.IsZero():
		return agreedRunning, 0
	default:
		days = int((end.Sub(now) + news.Day24 - 1) / news.Day24)
		if !now.Before(end.Add(-notice)) {
			return agreedEnding, days
		}
		return agreedRunning, days
	}
}

// afterEnd is when an agreement that has a last day is not in force any more.
func afterEnd(a news.Agreement) time.Time { return a.To.AddDate(0, 0, 1) }

// Agreed is a source's agreement, as the list has it.
type Agreed struct {
	Source string `json:"source"`
	Name   string `json:"name"` // of the source
	AgreementForm
	State string     `json:"state" enum:"agreement later,agreement running,agreement ending,agreement ended"`
	Days  int        `json:"days_left,omitempty"` // today included; absent where it has no end, or is not in force
	Shown news.Scope `json:"shown"`               // what may be shown of the source now
}

// Agreements lists the sources' agreements, the first to end at the top; what has no
// end comes last.
func (o *Office) Agreements(_ context.Context, w Who) ([]Agreed, error) {
	if err := w.must(Read); err != nil {
		return nil, err
	}
	list, now := []Agreed{}, o.now()
	for _, s := range agreeing(o.deps.Roster.Sources()) {
		a := Agreed{Source: s.ID, Name: cmp.Or(s.Name, s.ID), AgreementForm: *sourceForm(s).Agreement, Shown: cmp.Or(s.Agreement.ScopeAt(now), o.opt.WithoutAgreement)}
		a.State, a.Days = standing(*s.Agreement, now, o.opt.AgreementNotice)
		list = append(list, a)
	}
	return list, nil
}

// agreeing are the sources that have an agreement, the first to end at the top.
func agreeing(sources []news.Source) []news.Source {
	list := slices.DeleteFunc(slices.Clone(sources), func(s news.Source) bool { return s.Agreement == nil })
	slices.SortStableFunc(list, func(a, b news.Source) int {
		x, y := a.Agreement.To, b.Agreement.To
		if x.IsZero() != y.IsZero() {
			return y.Compare(x)
		}
		return cmp.Or(x.Compare(y), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// expiryOf says of a source's agreement that it ends soon, or has ended. That is told
// of a paused source, too: what is kept of it is shown on.
func (o *Office) expiryOf(s news.Source, now time.Time) (Illness, bool) {
	if s.Agreement == nil {
		return Illness{}, false
	}
	form := "the agreement %s lasts until %s; after that only %s may be shown of the source: renew it with the paper, and write its new end"
	since := afterEnd(*s.Agreement)
	state, _ := standing(*s.Agreement, now, o.opt.AgreementNotice)
	switch state {
	case agreedEnding:
		since = since.Add(-o.opt.AgreementNotice)
	case agreedEnded:
		form = "the agreement %s ended on %s; since then only %s may be shown of the source: renew it with the paper and write its new end, or take the agreement away"
	default:
		return Illness{}, false
	}
	return Illness{
		Source: s.ID, Name: cmp.Or(s.Name, s.ID), Address: s.Address(), Health: news.Health(state), Since: since.UTC(), Ends: s.Agreement.To.Format(time.DateOnly),
		Detail: fmt.Sprintf(form, cmp.Or(s.Agreement.Number, "–"), s.Agreement.To.Format(time.DateOnly), scopeTexts[o.opt.WithoutAgreement]),
	}, true
}

// scopeTexts say what a scope lets be shown.
var scopeTexts = map[news.Scope]string{news.ScopeLink: "headlines with links", news.ScopeSummary: "summaries", news.ScopeFull: "whole articles"}

// agreements is what the page of them shows.
type agreements struct {
	Items   []Agreed
	Without news.Scope // what may be shown without one
}

func (v *view) showAgreements() error {
	list, err := v.o.Agreements(v.Context(), v.who)
	if err != nil {
		return err
	}
	return v.ok("agreements", face{Title: v.t("Thỏa thuận"), Here: "sources", Data: agreements{list, v.o.opt.WithoutAgreement}})
}
