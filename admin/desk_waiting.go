package admin

import (
	"context"
	"slices"
	"time"

	"tinhub/news"
)

// Waiting is something that editors look at, with its clock.
type Waiting struct {
	List    string    `json:"list" enum:"quarantine,held,edits,corrections,review,missing,withdrawn"`
	Story   string    `json:"story,omitempty"`
	Article string    `json:"article,omitempty"`
	Title   string    `json:"title"`
	Link    string    `json:"link,omitempty"`
	Agency  string    `json:"agency,omitempty"`
	Why     string    `json:"why,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	Until   time.Time `json:"until,omitzero"` // when it happens by itself
}

// waitingLists are what there is to look at, in the order that editors do.
var waitingLists = []struct{ name, list string }{
	{"missing", ""}, {"review", news.ToReview}, {"quarantine", news.InQuarantine}, {"edits", news.EditWaits},
	{"corrections", news.Corrections}, {"held", news.HeldBack}, {"withdrawn", news.TakenOut},
}

// Bounds of the lists: how many are read of each, and how long a notice stands by
// what it corrects.
const (
	mostWaiting = 100
	noticeStays = 7 * news.Day24
	missingNext = 24 * time.Hour
)

// Waiting lists what waits for time or for an editor: all lists, or one; the most
// urgent first.
func (o *Office) Waiting(ctx context.Context, w Who, only string) ([]Waiting, error) {
	if err := w.must(Read); err != nil {
		return nil, err
	}
	out := []Waiting{}
	for _, l := range waitingLists {
		if only != "" && only != l.name {
			continue
		}
		var list []Waiting
		var err error
		if l.list == "" {
			list, err = o.missing(ctx)
		} else {
			list, err = o.waitingIn(ctx, l.name, l.list)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

func (o *Office) waitingIn(ctx context.Context, name, list string) ([]Waiting, error) {
	stories, _, err := o.deps.Stories.Page(ctx, list, "", mostWaiting)
	if err != nil {
		return nil, err
	}
	var out []Waiting
	for _, s := range stories {
		at := s.Waits()[list]
		x := Waiting{List: name, Story: s.ID, Title: s.Title, Since: s.FirstSeen}
		for _, m := range s.Members {
			if m.Article == s.Speaker {
				x.Article, x.Link, x.Agency = m.Article, m.Link, m.Agency
			}
		}
		switch list {
		case news.InQuarantine:
			x.Why, x.Until = s.Quarantine, at
		case news.HeldBack:
			x.Until = at
			if f, ok := filingIn(s, news.Everything); ok && len(f.Reasons) > 0 {
				x.Why = f.Reasons[0]
			}
		case news.EditWaits:
			x.Why, x.Until = "an edit waits", at
			edited, err := o.editedOf(ctx, s)
			if err != nil {
				return nil, err
			}
			if edited.Article != "" {
				x.Article, x.Link, x.Agency, x.Title = edited.Article, edited.Link, edited.Agency, edited.Title
			}
		case news.Corrections:
			if x.Until = at.Add(noticeStays); s.Untied {
				x.Why = "a correction, and nobody knows of what"
			}
		case news.ToReview:
			x.Why, x.Since = s.Review, at
		case news.TakenOut:
			x.Since = at
		}
		out = append(out, x)
	}
	if list != news.TakenOut && list != news.ToReview { // what ends first, first
		slices.SortStableFunc(out, func(a, b Waiting) int { return a.Until.Compare(b.Until) })
	}
	return out, nil
}

// editedOf is the part of a story whose edit waits.
func (o *Office) editedOf(ctx context.Context, s news.Story) (news.Member, error) {
	ids := make([]string, len(s.Members))
	for i, m := range s.Members {
		ids[i] = m.Article
	}
	articles, err := o.deps.Stories.Articles(ctx, ids...)
	if i := slices.IndexFunc(articles, func(a news.Article) bool { return a.Held != nil }); i >= 0 {
		return s.Members[i], err
	}
	return news.Member{}, err
}

// missing are articles that were not found at their address once: a second look
// confirms it, or an editor does.
func (o *Office) missing(ctx context.Context) ([]Waiting, error) {
	plans, articles, err := o.deps.Takes.Missing(ctx, o.now().Add(missingNext), mostWaiting)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(plans))
	for i, p := range plans {
		ids[i] = p.Article
	}
	told, err := o.deps.Orders.StoriesOf(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var out []Waiting
	for i, a := range articles {
		if a.ID == "" || !a.Withdrawn.IsZero() {
			continue
		}
		agency := a.Family
		for _, m := range told[i].Members {
			if m.Article == a.ID {
				agency = m.Agency
			}
		}
		out = append(out, Waiting{List: "missing", Story: told[i].ID, Article: a.ID, Title: a.Title, Link: a.Link, Agency: agency,
			Why: plans[i].Detail, Since: plans[i].Missing, Until: plans[i].Due})
	}
	return out, nil
}
