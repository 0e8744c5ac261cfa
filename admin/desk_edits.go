package admin

import (
	"context"

	"tinhub/news"
)

// A SettleForm is what editors make of an edit that is held.
type SettleForm struct {
	Do     string   `json:"do" enum:"take,refuse"`
	Hash   news.Key `json:"hash,omitempty"` // of the edit that was looked at; whichever it is unless given
	Reason string   `json:"reason,omitempty"`
}

// An EditState is what became of an article's edit that was held.
type EditState struct {
	Article  string   `json:"article"`
	Hash     news.Key `json:"hash,omitempty"`
	State    string   `json:"state,omitempty" enum:"waits,take,refuse"` // "": nothing waits
	Decision string   `json:"decision,omitempty"`
}

// editWaits is the state of an edit about which nobody decided.
const editWaits = "waits"

// editState is what became of an article's last edit that was held. One that was
// taken and edited over since is nobody's any more.
func editState(a news.Article) EditState {
	s := EditState{Article: a.ID}
	switch n := len(a.Revisions); {
	case a.Held != nil:
		s.Hash, s.State = a.Held.Hash, editWaits
	case a.Settled != nil && (a.Settled.Do == news.EditRefuse || n > 0 && a.Revisions[n-1].Hash == a.Settled.Held.Hash):
		s.Hash, s.State = a.Settled.Held.Hash, a.Settled.Do
	}
	return s
}

// Settle takes an edit that is held over, or refuses it.
func (o *Office) Settle(ctx context.Context, w Who, id string, f SettleForm) (EditState, error) {
	if err := w.must(Write); err != nil {
		return EditState{}, err
	}
	if f.Do != news.EditTake && f.Do != news.EditRefuse {
		return EditState{}, faultf(Invalid, "do is %.40q: write take or refuse", f.Do)
	}
	articles, err := o.meant(ctx, id, false)
	if err != nil {
		return EditState{}, err
	}
	before := editState(articles[0])
	if before.State != editWaits || f.Hash != "" && f.Hash != before.Hash {
		return EditState{}, &Fault{Kind: Taken, Now: before, Text: "this edit does not wait any more: look at what there is now"}
	}
	want := before
	want.State = f.Do
	return o.settleEdit(ctx, w, articles[0], want, news.Decision{What: "story.edit." + f.Do, Reason: line(f.Reason)})
}

// settleEdit orders what becomes of an edit, and waits until it is so. The decision
// is written down before: one that is lost halfway is never unknown.
func (o *Office) settleEdit(ctx context.Context, w Who, a news.Article, want EditState, d news.Decision) (EditState, error) {
	stories, err := o.deps.Orders.StoriesOf(ctx, a.ID)
	if err != nil {
		return EditState{}, err
	}
	d.At, d.Who, d.Subject = o.now().UTC(), w.Name, stories[0].ID
	if want.Decision, err = o.writeDown(ctx, d, editState(a), want); err != nil {
		return EditState{}, err
	}
	order := news.EditOrder{Hash: want.Hash, Do: want.State, At: d.At, By: w.Name}
	if order.Do == editWaits {
		order.Do = news.EditBack
	}
	if err := o.deps.Takes.Order(ctx, news.EditEntry(a, order)); err != nil {
		return EditState{}, err
	}
	err = o.await(ctx, func() (bool, error) {
		found, err := o.deps.Stories.Articles(ctx, a.ID)
		return err == nil && editState(found[0]).is(want), err
	})
	return want, err
}

// is says whether an edit is as somebody wants it.
func (s EditState) is(want EditState) bool { return s.Hash == want.Hash && s.State == want.State }

// undoSettled has an edit as it was before somebody decided about it.
func (o *Office) undoSettled(ctx context.Context, w Who, id string, d news.Decision) (Undone, error) {
	var before, after EditState
	if err := readBoth(d, &before, &after); err != nil {
		return Undone{}, err
	}
	articles, err := o.meant(ctx, before.Article, false)
	if err != nil {
		return Undone{}, err
	}
	now := editState(articles[0])
	switch {
	case now.is(before):
		return Undone{Subject: d.Subject, Now: now}, nil
	case !now.is(after):
		return Undone{}, &Fault{Kind: Taken, Now: now, Text: "this article was edited since, so that this can't be taken back as it was: look at what there is now"}
	}
	done, err := o.settleEdit(ctx, w, articles[0], before, news.Decision{What: "story.edit.back", Undoes: id})
	return Undone{Decision: done.Decision, Subject: d.Subject, Now: done}, err
}
