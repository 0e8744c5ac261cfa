package admin

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tinhub/news"
)

// decidesOfStories says whether a decision is the desk's: those are what editors
// may read of the audit log, and take back.
func decidesOfStories(d news.Decision) bool {
	return strings.HasPrefix(d.What, "story.") || strings.HasPrefix(d.What, "withdraw")
}

// A DecisionForm is a decision of the desk.
type DecisionForm struct {
	ID string `json:"id"`
	news.Decision
	Undone string `json:"undone,omitempty"` // the decision that took it back
}

// How much of the audit log is looked through for the decisions of the desk.
const (
	auditRead  = 200
	auditPages = 20
)

// DeskDecisions lists what was decided of stories, latest first; of one story
// where it is named.
func (o *Office) DeskDecisions(ctx context.Context, w Who, subject, cursor string, limit int) (list []DecisionForm, next string, err error) {
	if err := w.must(Read); err != nil {
		return nil, "", err
	}
	undone := map[string]string{}
	for range auditPages {
		ds, following, err := o.deps.Audit.Between(ctx, time.Time{}, time.Time{}, cursor, min(auditRead, limit))
		if err != nil {
			return nil, "", badCursor(err)
		}
		for _, d := range ds {
			if !decidesOfStories(d) || subject != "" && d.Subject != subject {
				continue
			}
			f := DecisionForm{ID: d.ID(), Decision: d}
			if d.Undoes != "" {
				undone[d.Undoes] = f.ID
			}
			f.Undone = undone[f.ID]
			list = append(list, f)
		}
		if cursor = following; cursor == "" || len(list) >= limit {
			break
		}
	}
	return list, cursor, nil
}

// decision finds one by its ID.
func (o *Office) decision(ctx context.Context, id string) (news.Decision, error) {
	if at, ok := news.DecidedAt(id); ok {
		for cursor := ""; ; {
			ds, next, err := o.deps.Audit.Between(ctx, at, at.Add(1), cursor, auditRead)
			if err != nil {
				return news.Decision{}, err
			}
			if i := slices.IndexFunc(ds, func(d news.Decision) bool { return d.ID() == id }); i >= 0 && decidesOfStories(ds[i]) {
				return ds[i], nil
			}
			if cursor = next; cursor == "" {
				break
			}
		}
	}
	return news.Decision{}, faultf(Missing, "there is no decision %.80q about a story: the list of decisions has their ids", id)
}

// Undone is what taking a decision back made.
type Undone struct {
	Decision string `json:"decision,omitempty"` // that took it back; "" where that was so already
	Subject  string `json:"subject"`
	Now      any    `json:"now,omitempty"`
}

// Undo takes a decision back: what it changed is as before it. Where somebody
// decided otherwise since, it is refused, and tells what there is now.
func (o *Office) Undo(ctx context.Context, w Who, id string) (Undone, error) {
	if err := w.must(Write); err != nil {
		return Undone{}, err
	}
	d, err := o.decision(ctx, id)
	if err != nil {
		return Undone{}, err
	}
	switch d.What {
	case "withdraw", "withdraw.undo":
		return o.undoWithdrawal(ctx, w, id, d)
	case "story.merge", "story.split", "story.group":
		return o.undoGroups(ctx, w, id, d)
	case "story.tie":
		return o.undoTie(ctx, w, id, d)
	case "story.edit.take", "story.edit.refuse", "story.edit.back":
		return o.undoSettled(ctx, w, id, d)
	}
	return o.undoEdit(ctx, w, id, d)
}

// undoEdit takes back what was decided about a story.
func (o *Office) undoEdit(ctx context.Context, w Who, id string, d news.Decision) (Undone, error) {
	var before, after CurationForm
	if err := readBoth(d, &before, &after); err != nil {
		return Undone{}, err
	}
	f, err := o.Edit(ctx, w, Edit{Story: d.Subject, What: "story.undo", Undoes: id, Change: func(_ news.Story, now CurationForm) (CurationForm, error) {
		next, changed := reverted(now, before, after)
		if changed {
			return now, &Fault{Kind: Taken, Now: now, Text: "somebody decided otherwise since, so that this can't be taken back as it was: look at what there is now"}
		}
		if o.opt.Verbatim && next.Title != "" && next.Title != now.Title {
			return now, faultf(Refused, "under site.profile vn-aggregator a headline stays as the paper wrote it")
		}
		return next, nil
	}})
	return Undone{Decision: f.Decision, Subject: d.Subject, Now: f}, err
}

func readBoth[T any](d news.Decision, before, after *T) error {
	for _, x := range []struct {
		raw  json.RawMessage
		into *T
	}{{d.Before, before}, {d.After, after}} {
		if err := json.Unmarshal(x.raw, x.into); err != nil {
			return faultf(Invalid, "the decision %s does not say what was before and after, so that it can't be taken back", d.What)
		}
	}
	return nil
}

// reverted is what there is now without what a decision changed. changed: some of
// it is neither as the decision left it nor as it was before.
func reverted(now, before, after CurationForm) (next CurationForm, changed bool) {
	next = now
	changed = back(&next.Title, before.Title, after.Title)
	changed = back(&next.Note, before.Note, after.Note) || changed
	changed = back(&next.Hidden, before.Hidden, after.Hidden) || changed
	changed = back(&next.Reviewed, before.Reviewed, after.Reviewed) || changed
	changed = back(&next.Released, before.Released, after.Released) || changed
	for _, channel := range channelsOf(before.Places, after.Places) {
		p := now.Places[channel]
		changed = back(&p, before.Places[channel], after.Places[channel]) || changed
		next = next.with(channel, p)
	}
	return next, changed
}

// back gives a value what it was before, if it is as it was left.
func back[T comparable](value *T, before, after T) (changed bool) {
	if before == after || *value == before {
		return false
	}
	if *value != after {
		return true
	}
	*value = before
	return false
}
