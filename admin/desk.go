package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"tinhub/news"
)

// A CurationForm is what editors decided about a story, as it is shown and written.
// What others became part of it brought along is in it.
type CurationForm struct {
	Story    string                 `json:"story"`
	Title    string                 `json:"title,omitempty"`    // a headline in the place of the paper's
	Note     string                 `json:"note,omitempty"`     // a line of the editors' own
	Hidden   bool                   `json:"hidden,omitempty"`   // everywhere
	Released bool                   `json:"released,omitempty"` // from quarantine
	Reviewed string                 `json:"reviewed,omitempty"` // the story's review, once somebody looked at it
	Places   map[string]news.Placed `json:"places,omitempty"`   // by topic, provinces/SLUG or tat-ca
	By       string                 `json:"by,omitempty"`       // who decided last
	At       time.Time              `json:"at,omitzero"`
	Decision string                 `json:"decision,omitempty"` // that made it so, to take it back
	Version  int64                  `json:"-"`
}

func (f CurationForm) version() int64 { return f.Version }

// curationForm shows what is decided.
func curationForm(c news.Curation) CurationForm {
	return CurationForm{Story: c.Story, Title: c.Title, Note: c.Note, Hidden: c.Hidden, Released: c.Released, Reviewed: c.Reviewed,
		Places: c.Places, By: c.By, At: c.At, Version: c.Version}
}

// decided is the form without who decided it and when: what is written down.
func (f CurationForm) decided() CurationForm {
	return CurationForm{Title: f.Title, Note: f.Note, Hidden: f.Hidden, Released: f.Released, Reviewed: f.Reviewed, Places: f.Places}
}

// An edited story is one with all that is decided about it.
type editedStory struct {
	story news.Story
	now   news.Curation // with what those that became part of it brought along
}

// edited reads a story by its id, or by one that became part of it.
func (o *Office) edited(ctx context.Context, id string) (editedStory, error) {
	found, err := o.deps.Stories.Find(ctx, id)
	if err != nil {
		return editedStory{}, err
	}
	s := found[0]
	if s.ID == "" {
		return editedStory{}, faultf(Missing, "there is no story %.80q", id)
	}
	all, err := o.deps.Desk.Curations(ctx, append([]string{s.ID}, s.Was...)...)
	if err != nil {
		return editedStory{}, err
	}
	now := news.CurationOf(all[0], all[1:]...)
	now.Story, now.Over = s.ID, s.Was
	return editedStory{s, now}, nil
}

// Curation is what editors decided about a story.
func (o *Office) Curation(ctx context.Context, w Who, id string) (CurationForm, error) {
	if err := w.must(Read); err != nil {
		return CurationForm{}, err
	}
	e, err := o.edited(ctx, id)
	return curationForm(e.now), err
}

// An Edit changes what is decided about a story. It is made of what is decided at
// present, and again where somebody decides meanwhile.
type Edit struct {
	Story   string
	Version int64 // that the editor looked at; 0: whatever it is
	What    string
	Reason  string
	Undoes  string
	Change  func(s news.Story, now CurationForm) (CurationForm, error)
}

// editTries is how often an edit is made again because others decide meanwhile.
const editTries = 8

// Edit decides about a story. What changes nothing is not written down.
func (o *Office) Edit(ctx context.Context, w Who, e Edit) (CurationForm, error) {
	if err := w.must(Write); err != nil {
		return CurationForm{}, err
	}
	for try := 0; ; try++ {
		f, err := o.edit(ctx, w, e)
		if !errors.Is(err, news.ErrConflict) || try == editTries {
			return f, err
		}
	}
}

func (o *Office) edit(ctx context.Context, w Who, e Edit) (CurationForm, error) {
	was, err := o.edited(ctx, e.Story)
	if err != nil {
		return CurationForm{}, err
	}
	before := curationForm(was.now)
	if e.Version != 0 && e.Version != before.Version {
		return CurationForm{}, changedMeanwhile(before)
	}
	after, err := e.Change(was.story, before)
	if err != nil {
		return CurationForm{}, err
	}
	if reflect.DeepEqual(before.decided(), after.decided()) {
		return before, nil
	}
	next := was.now.Edited(after.Title, after.Note, after.Places, w.Name, o.now().UTC())
	next.Hidden, next.Released, next.Reviewed = after.Hidden, after.Released, after.Reviewed
	if next.Version, err = o.deps.Desk.Curate(ctx, next); err != nil {
		return CurationForm{}, err
	}
	f := curationForm(next)
	d := news.Decision{At: next.At, Who: w.Name, What: e.What, Subject: was.story.ID, Reason: e.Reason, Undoes: e.Undoes}
	if d.What == "" {
		d.What = whatChanged(before, after)
	}
	if f.Decision, err = o.writeDown(ctx, d, before.decided(), f.decided()); err != nil {
		return f, err
	}
	o.filed(ctx, next)
	return f, nil
}

// fileWithin is how long who decides waits to see it filed. Where nobody curates it
// is filed later, and is decided all the same.
const fileWithin = 2 * time.Second

// filed waits until a story is filed by what was decided, so that the page that
// comes next shows it.
func (o *Office) filed(ctx context.Context, c news.Curation) {
	ctx, cancel := context.WithTimeout(ctx, fileWithin)
	defer cancel()
	_ = o.await(ctx, func() (bool, error) { // a store that is away is told of by the next page
		found, err := o.deps.Stories.Find(ctx, c.Story)
		return err == nil && !found[0].Edited().At.Before(c.At), err
	})
}

// changedMeanwhile tells who decided in between, and what there is now.
func changedMeanwhile(now CurationForm) *Fault {
	return &Fault{Kind: Stale, Now: now, Text: fmt.Sprintf("%s decided about this story in the meantime: look at what there is now, and repeat your change where you still want it", now.By)}
}

// whatChanged names a change for the audit log.
func whatChanged(before, after CurationForm) string {
	var what []string
	if before.Title != after.Title {
		what = append(what, "story.headline")
	}
	if before.Note != after.Note {
		what = append(what, "story.note")
	}
	if before.Hidden != after.Hidden {
		what = append(what, map[bool]string{true: "story.hide", false: "story.show"}[after.Hidden])
	}
	if before.Released != after.Released {
		what = append(what, "story.release")
	}
	if before.Reviewed != after.Reviewed {
		what = append(what, "story.review")
	}
	for _, channel := range channelsOf(before.Places, after.Places) {
		a, b := before.Places[channel], after.Places[channel]
		switch {
		case a.Pinned != b.Pinned:
			what = append(what, map[bool]string{true: "story.pin", false: "story.unpin"}[b.Pinned])
		case a.Filed != b.Filed:
			what = append(what, map[string]string{news.FiledIn: "story.file", news.FiledOut: "story.take", "": "story.file"}[b.Filed])
		case a != b:
			what = append(what, "story.move")
		}
	}
	if what = slices.Compact(what); len(what) != 1 {
		return "story.curate"
	}
	return what[0]
}

// channelsOf are those that either side speaks of, in order.
func channelsOf(a, b map[string]news.Placed) []string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]news.Placed{}
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

// Limits on what editors write.
const (
	mostTitle  = 300 // characters
	mostNote   = 600
	longestPin = 366 * news.Day24
)

// Patch decides what a JSON merge patch (RFC 7396) of the form says.
func (o *Office) Patch(ctx context.Context, w Who, id string, version int64, raw json.RawMessage) (CurationForm, error) {
	return o.Edit(ctx, w, Edit{Story: id, Version: version, Change: func(_ news.Story, now CurationForm) (CurationForm, error) {
		merged, err := patched(now.decided(), raw)
		if err != nil {
			return now, err
		}
		next, err := into[CurationForm](merged)
		if err != nil {
			return now, err
		}
		return next, o.settle(&next, now)
	}})
}

// settle mends and judges what somebody wrote.
func (o *Office) settle(next *CurationForm, now CurationForm) error {
	next.Title, next.Note = line(next.Title), line(next.Note)
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if n := len([]rune(next.Title)); n > mostTitle {
		fault("the headline has %d characters: write at most %d", n, mostTitle)
	}
	if n := len([]rune(next.Note)); n > mostNote {
		fault("the note has %d characters: write at most %d", n, mostNote)
	}
	if o.opt.Verbatim && next.Title != "" && next.Title != now.Title {
		return faultf(Refused, "under site.profile vn-aggregator a headline stays as the paper wrote it (Luật Báo chí 103/2016/QH13, Điều 36); add a note instead")
	}
	for _, channel := range channelsOf(next.Places, nil) {
		p, was := next.Places[channel], now.Places[channel]
		for _, f := range o.misplaced(channel, &p, was) {
			fault("%s", f)
		}
		if next.Places[channel] = p; p == (news.Placed{}) {
			delete(next.Places, channel)
		}
	}
	if len(next.Places) == 0 {
		next.Places = nil
	}
	if len(faults) > 0 {
		return invalid("what is decided", faults)
	}
	return nil
}

// line is a text on one line.
func line(s string) string { return strings.Join(strings.Fields(news.Clean(s)), " ") }

// misplaced judges what somebody wrote of one channel, and completes it.
func (o *Office) misplaced(channel string, p *news.Placed, was news.Placed) (faults []string) {
	topic := slices.ContainsFunc(o.deps.Roster.Topics(), func(t news.Topic) bool { return t.ID == channel })
	switch {
	case *p == was:
		return nil // also of a topic that is gone
	case !topic && !builtIn(channel):
		return []string{fmt.Sprintf("there is no topic %.80q; a province is provinces/SLUG, everything is %s", channel, news.Everything)}
	case p.Filed == news.FiledIn && !topic:
		faults = append(faults, fmt.Sprintf("%s is filled by itself: file stories in topics by hand", channel))
	case p.Filed == news.FiledOut && channel == news.Everything:
		faults = append(faults, "taken out of everything is hidden: set hidden")
	case p.Filed != "" && p.Filed != news.FiledIn && p.Filed != news.FiledOut:
		faults = append(faults, fmt.Sprintf("filed is %.40q: write in, out or nothing", p.Filed))
	}
	now := o.now()
	if !p.Pinned {
		p.Rank, p.Until = "", time.Time{}
	} else {
		p.Until = p.Until.UTC()
		if !p.Until.Equal(was.Until) && !p.Until.IsZero() && (!p.Until.After(now) || p.Until.After(now.Add(longestPin))) {
			faults = append(faults, "until is when the pin ends: write a time within the next year, or leave it out")
		}
		if p.Filed == news.FiledOut {
			faults = append(faults, "what is taken out can't be pinned there: take one of the two back")
		}
		if p.Rank == "" {
			p.Rank = was.Rank
		}
		if p.Rank == "" {
			p.Rank = fmt.Sprintf("%020d.%s", now.UnixNano(), newSecret()[:6]) // before those that are pinned
		}
	}
	if p.Rank != was.Rank && was.Rank != "" && p.Rank != "" || p.Place != was.Place && p.Place != "" {
		faults = append(faults, "rank and place say where a story stands: move it with POST /topics/{id}/stories/{story}/move")
	}
	return faults
}

// builtIn are the channels that are there without a rule.
func builtIn(channel string) bool {
	return channel == news.Everything || slices.ContainsFunc(news.Provinces(), func(p news.Province) bool { return news.ProvinceChannel(p.Slug) == channel })
}
