package admin

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tinhub/news"
)

// waitingData is what waits, list by list.
type waitingData struct {
	Lists []waitingList
	Undo  *decidedRow
}

type waitingList struct {
	Name  string
	Items []Waiting
}

// Count is how many wait, as far as they are listed.
func (l waitingList) Count() string {
	if len(l.Items) >= mostWaiting {
		return strconv.Itoa(mostWaiting) + "+"
	}
	return strconv.Itoa(len(l.Items))
}

func (v *view) showWaiting() error {
	all, err := v.o.Waiting(v.Context(), v.who, "")
	if err != nil {
		return err
	}
	d := waitingData{Undo: v.undoable()}
	for _, l := range waitingLists {
		w := waitingList{Name: l.name}
		for _, x := range all {
			if x.List == l.name {
				w.Items = append(w.Items, x)
			}
		}
		d.Lists = append(d.Lists, w)
	}
	return v.ok("desk-waiting", v.deskFace(v.t("Đang chờ"), d))
}

// A decidedRow is a decision with what it is about, as its line says it.
type decidedRow struct {
	DecisionForm
	Title  string   // the headline of its story or article; "" where that is kept no more
	Topics []string // the titles of those in which it changed something
	Back   bool     // it takes another one back: to take it back does that one again
	First  string   // what was decided at first, where it takes back or does again
}

// Word names what was done: "Ghim", "Hoàn tác: Ghim", "Làm lại: Ghim".
func (r decidedRow) Word(language string) string {
	switch {
	case r.First == "":
		return whatText(language, r.What)
	case r.Back:
		return translate(language, "Hoàn tác") + ": " + whatText(language, r.First)
	}
	return translate(language, "Làm lại") + ": " + whatText(language, r.First)
}

// decidedRows says of decisions what they are about.
func (v *view) decidedRows(list ...DecisionForm) ([]decidedRow, error) {
	rows := make([]decidedRow, len(list))
	known := map[string]news.Decision{}
	var ids []string
	for i, d := range list {
		rows[i] = decidedRow{DecisionForm: d, Topics: v.topicsOf(d.Decision)}
		known[d.ID] = d.Decision
		if !slices.Contains(ids, d.Subject) {
			ids = append(ids, d.Subject)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	stories, err := v.o.deps.Stories.Find(v.Context(), ids...)
	if err != nil {
		return nil, err
	}
	articles, err := v.o.deps.Stories.Articles(v.Context(), ids...)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		r := &rows[i]
		at := slices.Index(ids, r.Subject)
		if r.Title = stories[at].Title; r.Title == "" || strings.HasPrefix(r.What, "withdraw") { // which is of one copy
			r.Title = articles[at].Title
		}
		r.First, r.Back = v.takesBack(r.Decision, known)
	}
	return rows, nil
}

// longestUndo is how many undoings of undoings are looked through.
const longestUndo = 50

// takesBack says whether a decision undoes, or does again what another one had undone;
// and what was decided at first, "" where it is neither or that is past its time.
func (v *view) takesBack(d news.Decision, known map[string]news.Decision) (first string, back bool) {
	for range longestUndo {
		if d.Undoes == "" {
			break
		}
		back = !back
		next, ok := known[d.Undoes]
		if !ok {
			next, _ = v.o.decision(v.Context(), d.Undoes) // past its time: as if it undid nothing
			known[d.Undoes] = next
		}
		d, first = next, next.What
	}
	return first, back
}

// topicsOf are the titles of the channels in which a decision changed something.
func (v *view) topicsOf(d news.Decision) (titles []string) {
	var before, after struct{ Places map[string]news.Placed }
	if json.Unmarshal(d.Before, &before) != nil || json.Unmarshal(d.After, &after) != nil {
		return nil
	}
	for _, channel := range channelsOf(before.Places, after.Places) {
		if before.Places[channel] != after.Places[channel] {
			titles = append(titles, v.channelTitle(channel))
		}
	}
	return titles
}

// channelTitle is what readers know a channel by.
func (v *view) channelTitle(channel string) string {
	if channel == news.Everything {
		return v.t("Tất cả tin")
	}
	for _, t := range v.o.deps.Roster.Topics() {
		if t.ID == channel {
			return t.Title
		}
	}
	for _, p := range news.Provinces() {
		if news.ProvinceChannel(p.Slug) == channel {
			return p.Name
		}
	}
	return channel // of a topic that is gone
}

// undoable is the decision that the address names, for a button that takes it back.
func (v *view) undoable() *decidedRow {
	id := v.FormValue("undo")
	if !decisionForm.MatchString(id) || v.who.Level < Write {
		return nil
	}
	d, err := v.o.decision(v.Context(), id)
	if err != nil {
		return nil // there is nothing to take back; the list tells of a store that is away
	}
	rows, err := v.decidedRows(DecisionForm{ID: id, Decision: d})
	if err != nil {
		return nil
	}
	return &rows[0]
}

// lately is how many decisions are looked through for the next one to take back.
const lately = 100

// nextUndo is what somebody decided last that stands: no undoing, nor undone. On a
// story's page it is of that story. "" where there is none.
func (v *view) nextUndo(page, done string) (string, error) {
	story, _ := strings.CutPrefix(page, "/admin/desk/stories/")
	if story == page {
		story = ""
	}
	list, _, err := v.o.DeskDecisions(v.Context(), v.who, story, "", lately)
	if err != nil {
		return "", err
	}
	known := map[string]news.Decision{}
	for _, d := range list {
		known[d.ID] = d.Decision
	}
	for _, d := range list {
		if _, back := v.takesBack(d.Decision, known); !back && d.Who == v.who.Name && d.Undone == "" && d.ID != done {
			return d.ID, nil
		}
	}
	return "", nil
}

// decisionsData is what was decided lately.
type decisionsData struct {
	Items []decidedRow
	Next  string
	Undo  *decidedRow
}

func (v *view) showDecisions() error { return v.decisions(nil) }

func (v *view) decisions(wrong error) error {
	list, next, err := v.o.DeskDecisions(v.Context(), v.who, "", v.FormValue("after"), 100)
	if err != nil {
		return err
	}
	d := decisionsData{Next: next, Undo: v.undoable()}
	if d.Items, err = v.decidedRows(list...); err != nil {
		return err
	}
	f := v.deskFace(v.t("Quyết định"), d)
	if wrong != nil {
		return v.again(wrong, "desk-decisions", f)
	}
	return v.ok("desk-decisions", f)
}

// doUndo takes a decision back, and offers to go on with the one before.
func (v *view) doUndo() error {
	id := v.PathValue("id")
	if _, err := v.o.Undo(v.Context(), v.who, id); err != nil {
		return v.decisions(err)
	}
	to := v.PostFormValue("next")
	if to == "" {
		to = "/admin/desk/decisions"
	}
	u, err := url.Parse(safeNext(to))
	if err != nil {
		return err
	}
	next, err := v.nextUndo(u.Path, id)
	if err != nil {
		return err
	}
	if next == "" {
		return v.after(safeNext(to), "decided")
	}
	return v.decidedAt(to, next)
}
