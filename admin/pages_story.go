package admin

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tinhub/news"
)

// A deskTelling is one copy of a story beside the one that speaks for it.
type deskTelling struct {
	news.Member
	Lede    string
	Speaks  bool
	Changes []news.Change // what it says otherwise
	Held    *news.Held    // an edit of it that waits
	Edit    []news.Change // what that says otherwise than what is shown
}

// A deskPlace is a topic in which a story may stand.
type deskPlace struct {
	Topic news.Topic
	news.Filing
	Placed news.Placed
	There  bool // it has a filing
}

// deskStoryData is one story with all that can be decided about it.
type deskStoryData struct {
	Story     news.Story
	Paper     string // the speaker's own headline
	Curation  CurationForm
	Version   int64
	Tellings  []deskTelling
	Places    []deskPlace
	Decisions []decidedRow
	Corrects  news.Story   // what it corrects, if anything
	Corrected []news.Story // those that correct it
	Verbatim  bool
	Undo      *decidedRow
	Path      string
	Wrote     map[string]string // what somebody wrote that was refused
}

// Gone says that something of the story was withdrawn, and could be shown again.
func (d deskStoryData) Gone() bool {
	return slices.ContainsFunc(d.Tellings, func(t deskTelling) bool { return t.Gone })
}

// Papers counts those that carry the story at present.
func (d deskStoryData) Papers() int {
	seen := map[string]bool{}
	for _, m := range d.Story.Members {
		if !m.Gone {
			seen[m.Agency] = true
		}
	}
	return len(seen)
}

// Tellers are whose text they carry, in order of arrival: those that they credit, or
// they themselves.
func (d deskStoryData) Tellers() (names []string) {
	seen := map[string]bool{}
	for _, m := range d.Story.Members {
		name := m.Teller()
		if key := cmp.Or(news.AgencyKey(name), name); !m.Gone && !seen[key] { // as Story.Agencies counts them
			seen[key] = true
			names = append(names, name)
		}
	}
	return names
}

// tellingsMost is how many copies are compared on a page.
const tellingsMost = 12

func (v *view) deskStory(wrong error) error {
	e, err := v.o.edited(v.Context(), v.PathValue("id"))
	if f := faultOf(err); f != nil && f.Kind == Missing { // an article's id, as decisions about articles have it
		told, lost := v.o.deps.Orders.StoriesOf(v.Context(), v.PathValue("id"))
		if lost == nil && told[0].ID != "" {
			return v.leave("/admin/desk/stories/" + told[0].ID)
		}
	}
	if err != nil {
		return err
	}
	if wrong == nil && e.story.ID != v.PathValue("id") {
		return v.leave("/admin/desk/stories/" + e.story.ID)
	}
	s := e.story
	d := deskStoryData{Story: s, Curation: curationForm(e.now), Version: e.now.Version, Verbatim: v.o.opt.Verbatim, Undo: v.undoable(), Path: "/admin/desk/stories/" + s.ID}
	d.Wrote = map[string]string{"title": d.Curation.Title, "note": d.Curation.Note}
	if wrong != nil && v.PostForm.Has("note") {
		d.Wrote = map[string]string{"title": v.PostFormValue("title"), "note": v.PostFormValue("note")}
	}
	if err := v.tellings(&d); err != nil {
		return err
	}
	for _, t := range v.o.deps.Roster.Topics() {
		f, ok := filingIn(s, t.ID)
		d.Places = append(d.Places, deskPlace{t, f, d.Curation.Places[t.ID], ok})
	}
	slices.SortFunc(d.Places, func(a, b deskPlace) int { return strings.Compare(a.Topic.ID, b.Topic.ID) })
	decisions, _, err := v.o.DeskDecisions(v.Context(), v.who, s.ID, "", 20)
	if err != nil {
		return err
	}
	if d.Decisions, err = v.decidedRows(decisions...); err != nil {
		return err
	}
	if err := v.corrections(&d); err != nil {
		return err
	}
	f := v.deskFace(s.Title, d)
	if wrong != nil {
		return v.again(wrong, "desk-story", f)
	}
	return v.ok("desk-story", f)
}

// corrections reads what a story corrects, and what corrects it.
func (v *view) corrections(d *deskStoryData) error {
	ids := slices.Clone(d.Story.Corrected)
	if d.Story.Corrects != "" {
		ids = append(ids, d.Story.Corrects)
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := v.o.deps.Stories.Find(v.Context(), ids...)
	for i, s := range found {
		switch {
		case s.ID == "": // it is past its time
		case i < len(d.Story.Corrected):
			d.Corrected = append(d.Corrected, s)
		default:
			d.Corrects = s
		}
	}
	return err
}

// tellings puts a story's copies beside the article that speaks for it.
func (v *view) tellings(d *deskStoryData) error {
	members := d.Story.Members[:min(tellingsMost, len(d.Story.Members))]
	ids := []string{d.Story.Speaker}
	for _, m := range members {
		ids = append(ids, m.Article)
	}
	articles, err := v.o.deps.Stories.Articles(v.Context(), ids...)
	if err != nil {
		return err
	}
	d.Paper = articles[0].Title
	for i, m := range members {
		a := articles[i+1]
		t := deskTelling{Member: m, Lede: news.Excerpt(news.Text(a.Summary), 300), Speaks: m.Article == d.Story.Speaker}
		if !t.Speaks && a.ID != "" && articles[0].ID != "" {
			t.Changes = v.o.deps.Curator.Differences(articles[0], a)
		}
		if t.Held = a.Held; t.Held != nil {
			next := a
			next.Entry, next.Full = a.Held.Entry, nil
			a.Full = nil // the page is no word of the edit's
			t.Edit = v.o.deps.Curator.Differences(a, next)
		}
		d.Tellings = append(d.Tellings, t)
	}
	return nil
}

// doCurate decides about one story.
func (v *view) doCurate() error {
	f, err := v.o.Edit(v.Context(), v.who, Edit{Story: v.PathValue("id"), Version: v.formVersion(), Reason: line(v.PostFormValue("reason")),
		Change: func(s news.Story, now CurationForm) (next CurationForm, err error) {
			next = now
			switch v.PostFormValue("do") {
			case "words":
				next.Title, next.Note = v.PostFormValue("title"), v.PostFormValue("note")
			case "release":
				next.Released = true
			case "reviewed":
				next.Reviewed = s.Review
			default:
				if next, err = v.placed(now, v.PostFormValue("topic")); err != nil {
					return now, err
				}
			}
			return next, v.o.settle(&next, now)
		}})
	if err != nil {
		return v.deskStory(err)
	}
	return v.decidedAt("/admin/desk/stories/"+f.Story, f.Decision)
}

// doMerge makes the story and another one, which is named by its id or an article's
// address, one.
func (v *view) doMerge() error {
	other, err := v.o.storyMeant(v.Context(), v.PostFormValue("other"))
	if err != nil {
		return v.deskStory(err)
	}
	n, err := v.o.Merge(v.Context(), v.who, v.PathValue("id"), MergeForm{[]string{other.ID}, v.PostFormValue("reason")})
	if err != nil {
		return v.deskStory(err)
	}
	return v.decidedAt("/admin/desk/stories/"+n.Stories[0].ID, n.Decision)
}

// doTie says what the story corrects.
func (v *view) doTie() error {
	f := TieForm{Reason: v.PostFormValue("reason")}
	switch v.PostFormValue("do") {
	case "tie":
		if f.Corrects = strings.TrimSpace(v.PostFormValue("corrects")); f.Corrects == "" {
			return v.deskStory(faultf(Invalid, "name the story that it corrects, by its id or the address of an article"))
		}
	case "automatic":
		f.Automatic = true
	}
	n, err := v.o.Tie(v.Context(), v.who, v.PathValue("id"), f)
	if err != nil {
		return v.deskStory(err)
	}
	return v.decidedAt("/admin/desk/stories/"+v.PathValue("id"), n.Decision)
}

// doSettle takes an edit that is held over, or refuses it.
func (v *view) doSettle() error {
	done, err := v.o.Settle(v.Context(), v.who, v.PostFormValue("article"), SettleForm{Do: v.PostFormValue("do"), Hash: news.Key(v.PostFormValue("hash"))})
	if err != nil {
		return v.deskStory(err)
	}
	return v.decidedAt("/admin/desk/stories/"+v.PathValue("id"), done.Decision)
}

func (v *view) doSplit() error {
	reason := v.PostFormValue("reason") // which reads the form
	n, err := v.o.Split(v.Context(), v.who, v.PathValue("id"), SplitForm{v.PostForm["article"], reason})
	if err != nil {
		return v.deskStory(err)
	}
	return v.decidedAt("/admin/desk/stories/"+v.PathValue("id"), n.Decision)
}

// doWithdraw takes a story's article out, or gives it back.
func (v *view) doWithdraw() error {
	id, article, reason := v.PathValue("id"), v.PostFormValue("article"), v.PostFormValue("reason")
	var done Withdrawals
	var err error
	if v.PostFormValue("do") == "restore" {
		done, err = v.o.Restore(v.Context(), v.who, article, reason)
	} else {
		f := WithdrawForm{Reason: reason, Copies: v.PostFormValue("copies") != ""}
		if at := v.PostFormValue("received"); at != "" {
			if f.Received, err = time.ParseInLocation("2006-01-02T15:04", at, v.o.opt.Zone); err != nil {
				return v.deskStory(faultf(Invalid, "received is %.40q: write when the order came", at))
			}
		}
		done, err = v.o.Withdraw(v.Context(), v.who, article, f)
	}
	if err != nil {
		return v.deskStory(err)
	}
	decision := ""
	if len(done.Articles) == 1 {
		decision = done.Articles[0].Decision
	}
	return v.decidedAt("/admin/desk/stories/"+id, decision)
}
