package admin

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tinhub/news"
)

// An Illness is what is wrong with a source: it can't be read, it is silent, or its
// agreement ends.
type Illness struct {
	Source  string      `json:"source"`
	Name    string      `json:"name"`
	Address string      `json:"address"`
	Health  news.Health `json:"health"`
	Silent  bool        `json:"silent"` // it answers, and says nothing new
	Since   time.Time   `json:"since"`
	Detail  string      `json:"detail,omitempty"` // what is wrong and how to mend it
	LastNew time.Time   `json:"last_new,omitzero"`
	Ends    string      `json:"ends,omitempty"` // the last day of an agreement that ends or ended: it is that which is wrong
}

// key names an illness: a source may be ill, and its agreement end.
func (x Illness) key() string {
	if x.Ends != "" {
		return x.Source + "/agreement"
	}
	return x.Source
}

// silent are the states of a source that answers and says nothing; ill those of
// one that can't be read.
func silent(h news.Health) bool { return h == news.Empty || h == news.Stale }

func ill(h news.Health) bool {
	return h == news.NotAFeed || h == news.Blocked || h == news.Failing || h == news.Gone
}

// illnessOf says what is wrong with a source, if anything. One that is paused, or
// was never polled, is not ill.
func illnessOf(s news.Source, st news.SourceState) (Illness, bool) {
	if !s.Enabled || !ill(st.Health) && !silent(st.Health) {
		return Illness{}, false
	}
	x := Illness{Source: s.ID, Name: cmp.Or(s.Name, s.ID), Address: s.Address(), Health: st.Health, Silent: silent(st.Health), Detail: st.Detail, LastNew: st.LastNew}
	x.Since = st.FailingSince
	if x.Silent || x.Since.IsZero() { // since the first poll of its last row of ones like it
		x.Since = st.Last
		for _, p := range slices.Backward(slices.SortedFunc(slices.Values(st.History), func(a, b news.PollRecord) int { return a.At.Compare(b.At) })) {
			if p.Push {
				continue // a hub's doing, which says nothing of the source's
			}
			if !ill(p.Health) && !silent(p.Health) {
				break
			}
			x.Since = p.At
		}
	}
	return x, true
}

// illnesses are all that is wrong, the latest first.
func (o *Office) illnesses(states map[string]news.SourceState) []Illness {
	list := []Illness{}
	now := o.now()
	for _, s := range o.deps.Roster.Sources() {
		if x, ok := illnessOf(s, states[s.ID]); ok {
			list = append(list, x)
		}
		if x, ok := o.expiryOf(s, now); ok {
			list = append(list, x)
		}
	}
	slices.SortFunc(list, func(a, b Illness) int { return cmp.Or(b.Since.Compare(a.Since), cmp.Compare(a.key(), b.key())) })
	return list
}

// Illnesses lists what is wrong with the sources.
func (o *Office) Illnesses(ctx context.Context, w Who) ([]Illness, error) {
	if err := w.must(Read); err != nil {
		return nil, err
	}
	states, err := o.deps.Polls.States(ctx)
	return o.illnesses(states), err
}
