package admin

import (
	"cmp"
	"slices"
	"time"

	"tinhub/news"
)

// soonDays is how many days before its end an agreement is said to end soon: time
// enough to have it renewed.
const soonDays = 60

// How an agreement stands, as it is shown.
const (
	agreedEnded   = "agreed.ended"
	agreedSoon    = "agreed.soon"
	agreedRunning = "agreed.running"
	agreedLater   = "agreed.later"
)

// standing says how an agreement stands at a time, and how many days it has left,
// today included; days is 0 where it has no end, or is not in force.
func standing(a news.Agreement, now time.Time) (state string, days int) {
	switch end := a.To.AddDate(0, 0, 1); {
	case !a.To.IsZero() && !now.Before(end):
		return agreedEnded, 0
	case !a.From.IsZero() && now.Before(a.From):
		return agreedLater, 0
	case a.To.IsZero():
		return agreedRunning, 0
	default:
		days = int((end.Sub(now) + news.Day24 - 1) / news.Day24)
		if days <= soonDays {
			return agreedSoon, days
		}
		return agreedRunning, days
	}
}

// agreed is a source's agreement, as the list has it.
type agreed struct {
	ID, Name string
	AgreementForm
	Standing string
	Days     int
	Shown    news.Scope // what may be shown of the source now
}

// agreements is what the page of them shows.
type agreements struct {
	Items   []agreed
	Without news.Scope // what may be shown without one
}

// agreementsOf lists those of sources, the first to end at the top; what has no end
// comes last.
func agreementsOf(sources []news.Source, without news.Scope, now time.Time) (list []agreed) {
	sources = slices.DeleteFunc(slices.Clone(sources), func(s news.Source) bool { return s.Agreement == nil })
	slices.SortStableFunc(sources, func(a, b news.Source) int {
		x, y := a.Agreement.To, b.Agreement.To
		if x.IsZero() != y.IsZero() {
			return y.Compare(x)
		}
		return cmp.Or(x.Compare(y), cmp.Compare(a.ID, b.ID))
	})
	for _, s := range sources {
		a := agreed{ID: s.ID, Name: cmp.Or(s.Name, s.ID), AgreementForm: *sourceForm(s).Agreement, Shown: cmp.Or(s.Agreement.ScopeAt(now), without)}
		a.Standing, a.Days = standing(*s.Agreement, now)
		list = append(list, a)
	}
	return list
}

func (v *view) showAgreements() error {
	without := cmp.Or(v.o.opt.WithoutAgreement, news.ScopeSummary)
	d := agreements{agreementsOf(v.o.deps.Roster.Sources(), without, v.o.now()), without}
	return v.ok("agreements", face{Title: v.t("Thỏa thuận"), Here: "sources", Data: d})
}
