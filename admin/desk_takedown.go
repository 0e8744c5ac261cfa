package admin

import (
	"context"
	"slices"
	"strings"
	"time"

	"tinhub/news"
)

// A WithdrawForm is an order to take an article out of everything.
type WithdrawForm struct {
	Reason   string    `json:"reason"`            // whose order it is, and why
	Received time.Time `json:"received,omitzero"` // when the order came; now unless given
	Copies   bool      `json:"copies,omitempty"`  // those of its text in other papers, too
}

// A Withdrawn article is out of everything.
type Withdrawn struct {
	Article   string    `json:"article"`
	Story     string    `json:"story,omitempty"`
	Withdrawn bool      `json:"withdrawn"`
	Reason    string    `json:"reason,omitempty"`
	Received  time.Time `json:"received,omitzero"`
	At        time.Time `json:"at,omitzero"`
	Late      bool      `json:"late,omitempty"` // more than OrderClock after the order came
	Decision  string    `json:"decision,omitempty"`
}

// OrderClock is how long an aggregator has to act on a regulator's order.
const OrderClock = 3 * time.Hour

// Withdrawals is what came of an order.
type Withdrawals struct {
	Articles []Withdrawn `json:"articles"`
}

// Withdraw takes an article out of everything now, by somebody's order.
func (o *Office) Withdraw(ctx context.Context, w Who, id string, f WithdrawForm) (Withdrawals, error) {
	if err := w.must(Write); err != nil {
		return Withdrawals{}, err
	}
	now := o.now().UTC()
	if f.Reason = line(f.Reason); f.Reason == "" || len([]rune(f.Reason)) > mostNote {
		return Withdrawals{}, faultf(Invalid, "reason is empty or longer than %d characters: say whose order it is and why; it is kept in the audit log", mostNote)
	}
	if f.Received.IsZero() {
		f.Received = now
	}
	if f.Received.After(now.Add(time.Minute)) {
		return Withdrawals{}, faultf(Invalid, "received lies in the future: write when the order came, or leave it out")
	}
	articles, err := o.meant(ctx, id, f.Copies)
	if err != nil {
		return Withdrawals{}, err
	}
	return o.takeDown(ctx, w, articles, false, f, "")
}

// Restore takes an order back: the article is shown again.
func (o *Office) Restore(ctx context.Context, w Who, id, reason string) (Withdrawals, error) {
	if err := w.must(Write); err != nil {
		return Withdrawals{}, err
	}
	articles, err := o.meant(ctx, id, false)
	if err != nil {
		return Withdrawals{}, err
	}
	return o.takeDown(ctx, w, articles, true, WithdrawForm{Reason: line(reason)}, "")
}

// meant is an article, with its copies where they are wanted.
func (o *Office) meant(ctx context.Context, id string, copies bool) ([]news.Article, error) {
	all, err := o.deps.Stories.Articles(ctx, id)
	if err != nil || all[0].ID == "" {
		return nil, faultOr(err, faultf(Missing, "there is no article %.80q", id))
	}
	if !copies {
		return all, nil
	}
	stories, err := o.deps.Orders.StoriesOf(ctx, id)
	if err != nil || stories[0].ID == "" {
		return all, err
	}
	var ids []string
	for _, m := range stories[0].Members {
		ids = append(ids, m.Article)
	}
	all, err = o.deps.Stories.Articles(ctx, ids...)
	return slices.DeleteFunc(all, func(a news.Article) bool { return a.ID == "" }), err
}

func faultOr(err error, f *Fault) error {
	if err != nil && faultOf(err) == nil {
		return err
	}
	return f
}

// takeDown orders articles out, or back, and waits until they are. A decision is
// written down before it is acted on: one that is lost halfway is never unknown.
func (o *Office) takeDown(ctx context.Context, w Who, articles []news.Article, back bool, f WithdrawForm, undoes string) (Withdrawals, error) {
	out := Withdrawals{Articles: []Withdrawn{}}
	now := o.now().UTC()
	var waiting []string
	for _, a := range articles {
		x := Withdrawn{Article: a.ID, Withdrawn: !back, Reason: f.Reason, Received: f.Received, At: now}
		x.Late = !back && now.Sub(f.Received) > OrderClock
		if a.Withdrawn.IsZero() != back { // else it is so already
			d := news.Decision{At: now, Who: w.Name, What: map[bool]string{false: "withdraw", true: "withdraw.undo"}[back], Subject: a.ID, Reason: f.Reason, Undoes: undoes}
			was := Withdrawn{Article: a.ID, Withdrawn: back, Reason: a.Reason}
			var err error
			if x.Decision, err = o.writeDown(ctx, d, was, x); err != nil {
				return out, err
			}
			e := news.GoneEntry(a, news.Withdrawal{At: now, By: w.Name, Reason: f.Reason, Back: back})
			if err := o.deps.Takes.Order(ctx, e); err != nil {
				return out, err
			}
			waiting = append(waiting, a.ID)
		}
		out.Articles = append(out.Articles, x)
	}
	err := o.await(ctx, func() (bool, error) {
		found, err := o.deps.Stories.Articles(ctx, waiting...)
		return !slices.ContainsFunc(found, func(a news.Article) bool { return a.ID != "" && a.Withdrawn.IsZero() != back }), err
	})
	return out, err
}

// undoWithdrawal gives back what somebody withdrew, or withdraws it again.
func (o *Office) undoWithdrawal(ctx context.Context, w Who, id string, d news.Decision) (Undone, error) {
	articles, err := o.meant(ctx, d.Subject, false)
	if err != nil {
		return Undone{}, err
	}
	a, back := articles[0], d.What == "withdraw"
	if back && !a.Withdrawn.IsZero() && strings.HasPrefix(a.By, news.BySource) {
		return Undone{}, faultf(Taken, "its source took this article down: only the source can give it again")
	}
	f := WithdrawForm{Reason: d.Reason}
	var was Withdrawn
	if !back && readBoth(d, &was, new(Withdrawn)) == nil && was.Reason != "" {
		f.Reason = was.Reason // why it was withdrawn before
	}
	if !back {
		f.Received = o.now().UTC()
	}
	done, err := o.takeDown(ctx, w, articles, back, f, id)
	u := Undone{Subject: d.Subject, Now: done}
	if len(done.Articles) > 0 {
		u.Decision = done.Articles[0].Decision
	}
	return u, err
}
