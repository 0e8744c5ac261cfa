package admin

import (
	"context"
	"errors"
	"strings"

	"tinhub/news"
)

// A TieForm says what a story corrects.
type TieForm struct {
	Corrects  string `json:"corrects,omitempty"`  // a story's id, or an article's id or address; "": nothing that is here
	Automatic bool   `json:"automatic,omitempty"` // leave it to the machine again
	Reason    string `json:"reason,omitempty"`
}

// Tie says by hand what a story corrects, for good.
func (o *Office) Tie(ctx context.Context, w Who, id string, f TieForm) (StoriesNow, error) {
	if err := w.must(Write); err != nil {
		return StoriesNow{}, err
	}
	stories, err := o.storiesNamed(ctx, []string{id})
	if err != nil {
		return StoriesNow{}, err
	}
	notice, to := stories[0], news.Tie{Tied: w.Name}
	switch {
	case f.Automatic && f.Corrects != "":
		return StoriesNow{}, faultf(Invalid, "write corrects or automatic, not both")
	case f.Automatic:
		to = news.Tie{Untied: true}
	case f.Corrects != "":
		target, err := o.storyMeant(ctx, f.Corrects)
		if err != nil {
			return StoriesNow{}, err
		}
		if target.ID == notice.ID || target.Corrects == notice.ID {
			return StoriesNow{}, faultf(Invalid, "no story corrects itself: name another one")
		}
		to.Corrects = target.ID
	}
	return o.tie(ctx, w, notice, to, news.Decision{Reason: line(f.Reason)})
}

// storyMeant is the story that somebody names by its id or its page, or by an
// article's id or address.
func (o *Office) storyMeant(ctx context.Context, what string) (news.Story, error) {
	what = strings.TrimSpace(what)
	if i := strings.LastIndex(what, "/stories/"); i >= 0 {
		what = what[i+len("/stories/"):]
	}
	found, err := o.deps.Stories.Find(ctx, what)
	if err != nil || found[0].ID != "" {
		return found[0], err
	}
	a, err := o.deps.Curator.Find(ctx, what)
	if errors.Is(err, news.ErrNotFound) {
		return news.Story{}, faultf(Missing, "there is no story and no article %.200q", what)
	}
	if err != nil {
		return news.Story{}, err
	}
	told, err := o.deps.Orders.StoriesOf(ctx, a.ID)
	if err == nil && told[0].ID == "" {
		err = faultf(Missing, "there is no story and no article %.200q", what)
	}
	return told[0], err
}

// tie has the curator tie a story, waits until it did, and writes it down. What is
// so already is not.
func (o *Office) tie(ctx context.Context, w Who, notice news.Story, to news.Tie, d news.Decision) (StoriesNow, error) {
	before := news.TieOf(notice)
	if same := before; to.Tied != "" && same.Tied != "" {
		if same.Tied = to.Tied; same == to {
			return StoriesNow{Stories: []news.Story{notice}}, nil
		}
	}
	d.At, d.Who, d.What, d.Subject = o.now().UTC(), w.Name, "story.tie", notice.ID
	order := news.Instruction{Kind: news.OrderTie, Stories: []string{notice.ID}, Tie: &to, Reason: d.Reason}
	if err := o.instruct(ctx, d, &order); err != nil {
		return StoriesNow{}, err
	}
	acted := o.acted(ctx, order)
	id, err := o.writeDown(ctx, d, before, to)
	if err == nil {
		err = acted
	}
	if err != nil {
		return StoriesNow{}, err
	}
	now, err := o.deps.Stories.Find(ctx, notice.ID)
	if err == nil && now[0].Corrects != to.Corrects {
		err = &Fault{Kind: Taken, Now: StoriesNow{Stories: now}, Text: "somebody changed these stories at the same moment: look at what there is now"}
	}
	return StoriesNow{Decision: id, Stories: now}, err
}

// undoTie ties a story as it was tied before somebody decided about it.
func (o *Office) undoTie(ctx context.Context, w Who, id string, d news.Decision) (Undone, error) {
	var before, after news.Tie
	if err := readBoth(d, &before, &after); err != nil {
		return Undone{}, err
	}
	stories, err := o.storiesNamed(ctx, []string{d.Subject})
	if err != nil {
		return Undone{}, err
	}
	switch news.TieOf(stories[0]) {
	case before:
		return Undone{Subject: d.Subject, Now: StoriesNow{Stories: stories}}, nil
	case after:
		made, err := o.tie(ctx, w, stories[0], before, news.Decision{Undoes: id})
		return Undone{Decision: made.Decision, Subject: d.Subject, Now: made}, err
	}
	return Undone{}, &Fault{Kind: Taken, Now: StoriesNow{Stories: stories}, Text: "these stories were changed since, so that this can't be taken back as it was: look at what there is now"}
}
