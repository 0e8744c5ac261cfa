package curator

import (
	"fmt"
	"time"

	"tinhub/news"
)

// settle does what editors decided about an edit that is held. One that is not
// held any more, or whose article is gone, changes nothing.
func (b *batch) settle(o news.EditOrder) error {
	a := b.articles[o.Article]
	if shard, ok := news.Shard(o.Article); !ok || shard != b.shard {
		return fmt.Errorf("it tells of the article %.40q, which is of another paper", o.Article)
	}
	if a.ID == "" || !a.Withdrawn.IsZero() {
		return nil
	}
	if r := Settle(a, o); r.Write {
		b.put(r.Article, nil, r.Change)
	}
	return nil
}

// Settle applies what editors decided about an edit to its article. The machine is
// bound by it: a refused text waits no second time, until the source says another
// one.
func Settle(a news.Article, o news.EditOrder) Revising {
	if o.Do == news.EditBack {
		return unsettle(a, o)
	}
	if a.Held == nil || a.Held.Hash != o.Hash {
		return Revising{Article: a, Reason: "another edit waits, or none"}
	}
	h := *a.Held
	s := news.SettledEdit{Held: h, Do: o.Do, By: o.By}
	switch o.Do {
	case news.EditTake:
		was := a.Entry
		s.Was = &was
		a = revised(a, h.Entry, h.Hash, o.At.UTC(), h.Reason+"; taken over by "+o.By)
		a.Settled = &s
		return Revising{a, changeRevised, "taken over by " + o.By, true}
	case news.EditRefuse:
		a.Held, a.Settled = nil, &s
		return Revising{a, changeHeld, "refused by " + o.By, true}
	}
	return Revising{Article: a, Reason: "nobody knows what is to be done"}
}

// unsettle has an edit wait again as it did before somebody decided about it,
// unless the paper said something else since.
func unsettle(a news.Article, o news.EditOrder) Revising {
	s := a.Settled
	if s == nil || s.Held.Hash != o.Hash || a.Held != nil {
		return Revising{Article: a, Reason: "nothing is there to take back"}
	}
	at := o.At.UTC()
	if s.Do == news.EditTake {
		if s.Was == nil || a.Revisions[len(a.Revisions)-1].Hash != o.Hash {
			return Revising{Article: a, Reason: "its source edited it since"}
		}
		a = revised(a, *s.Was, Meaning(*s.Was), at, "taken back by "+o.By)
	}
	h := s.Held
	if h.Until.Before(at.Add(backWait)) {
		h.Until = at.Add(backWait)
	}
	a.Held, a.Settled = &h, nil
	return Revising{a, changeRevised, "taken back by " + o.By, true}
}

// backWait is how long an edit waits at least after a decision about it was taken
// back: somebody decides otherwise now.
const backWait = time.Hour
