package admin

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// deskPages are the pages of the desk.
func (o *Office) deskPages(read, write func(string, func(*view) error)) {
	read("GET /admin/desk", (*view).showDesk)
	write("POST /admin/desk/place", (*view).doPlace)
	read("GET /admin/desk/stories/{id}", func(v *view) error { return v.deskStory(nil) })
	write("POST /admin/desk/stories/{id}", (*view).doCurate)
	write("POST /admin/desk/stories/{id}/merge", (*view).doMerge)
	write("POST /admin/desk/stories/{id}/split", (*view).doSplit)
	write("POST /admin/desk/stories/{id}/withdraw", (*view).doWithdraw)
	read("GET /admin/desk/waiting", (*view).showWaiting)
	read("GET /admin/desk/decisions", (*view).showDecisions)
	write("POST /admin/desk/decisions/{id}/undo", (*view).doUndo)
}

// deskFace is the face of a page of the desk.
func (v *view) deskFace(title string, data any) face {
	return face{Title: title, Here: "desk", Data: data}
}

// decisionForm is what a decision's ID looks like.
var decisionForm = regexp.MustCompile(`^[0-9a-z]{1,14}-[0-9a-f]{16}$`)

// undoable is the decision that was just made, for a button that takes it back.
func (v *view) undoable() string {
	if id := v.FormValue("undo"); decisionForm.MatchString(id) && v.who.Level >= Write {
		return id
	}
	return ""
}

// decidedAt leads back to where something was decided, with the way to undo it.
func (v *view) decidedAt(to, decision string) error {
	u, err := url.Parse(safeNext(to))
	if err != nil || decision == "" {
		return v.leave(safeNext(to))
	}
	q := u.Query()
	q.Set("done", "decided")
	q.Set("undo", decision)
	u.RawQuery = q.Encode()
	return v.leave(u.String())
}

// A deskRow is a story in a topic.
type deskRow struct {
	TopicStory
	Agency, Link string
	Above, Below string // its neighbours, "" where it can't be moved past them
	Version      int64
}

// deskList is a topic as the desk shows it.
type deskList struct {
	Topic  string
	Topics []news.Topic // to choose from
	Days   []deskDay
	Out    []deskRow
	Undo   string
	Path   string
}

// A deskDay is the stories of one day, or what is pinned.
type deskDay struct {
	Label string
	Rows  []deskRow
}

// deskMost is how many stories of a topic a page shows.
const deskMost = 120

func (v *view) showDesk() error { return v.desk(v.FormValue("topic"), nil) }

// desk shows a topic, with what is wrong.
func (v *view) desk(topic string, wrong error) error {
	topics := slices.Clone(v.o.deps.Roster.Topics())
	slices.SortFunc(topics, func(a, b news.Topic) int { return strings.Compare(a.ID, b.ID) })
	topics = append(topics, news.Topic{ID: news.Everything, Title: v.t("Tất cả tin")})
	if topic == "" {
		topic = topics[0].ID
	}
	list, _, err := v.o.TopicStories(v.Context(), v.who, topic, false, "", deskMost)
	if err != nil {
		return err
	}
	out, _, err := v.o.TopicStories(v.Context(), v.who, topic, true, "", deskMost)
	if err != nil {
		return err
	}
	rows, err := v.deskRows(slices.Concat(list, out))
	if err != nil {
		return err
	}
	d := deskList{Topic: topic, Topics: topics, Undo: v.undoable(), Path: "/admin/desk?topic=" + url.QueryEscape(topic), Out: rows[len(list):]}
	for i, r := range rows[:len(list)] {
		if i > 0 {
			r.Above = rows[i-1].Story.ID
		}
		if i+1 < len(list) {
			r.Below = rows[i+1].Story.ID
		}
		label := v.t("Được ghim")
		if !r.Pinned {
			label = v.dayOf(r.Story.Published)
		}
		if n := len(d.Days); n == 0 || d.Days[n-1].Label != label && !r.Placed {
			d.Days = append(d.Days, deskDay{Label: label})
		}
		last := &d.Days[len(d.Days)-1]
		last.Rows = append(last.Rows, r)
	}
	f := v.deskFace(v.t("Bàn biên tập"), d)
	if wrong != nil {
		return v.again(wrong, "desk", f)
	}
	return v.ok("desk", f)
}

// dayOf names a day; today is called so.
func (v *view) dayOf(at time.Time) string {
	const form = "02/01/2006"
	day := at.In(v.o.opt.Zone).Format(form)
	if day == v.o.now().In(v.o.opt.Zone).Format(form) {
		return v.t("Hôm nay")
	}
	return day
}

// deskRows are stories with the versions that editors look at.
func (v *view) deskRows(list []TopicStory) ([]deskRow, error) {
	ids := make([]string, len(list))
	for i, t := range list {
		ids[i] = t.Story.ID
	}
	curations, err := v.o.deps.Desk.Curations(v.Context(), ids...)
	rows := make([]deskRow, len(list))
	for i, t := range list {
		rows[i] = deskRow{TopicStory: t}
		if err == nil {
			rows[i].Version = curations[i].Version
		}
		for _, m := range t.Story.Members {
			if m.Article == t.Story.Speaker {
				rows[i].Agency, rows[i].Link = m.Agency, m.Link
			}
		}
	}
	return rows, err
}

// version is the one that the form was made from; 0: there was none.
func (v *view) formVersion() int64 {
	n, _ := strconv.ParseInt(v.PostFormValue("version"), 10, 64) // else whatever it is
	return n
}

// doPlace decides about a story in a topic.
func (v *view) doPlace() error {
	topic, id := v.PostFormValue("topic"), v.PostFormValue("story")
	var f CurationForm
	var err error
	above, below := v.PostFormValue("above"), v.PostFormValue("below")
	if above != "" || below != "" {
		f, err = v.o.Move(v.Context(), v.who, topic, id, v.formVersion(), Move{above, below})
	} else {
		f, err = v.o.Edit(v.Context(), v.who, Edit{Story: id, Version: v.formVersion(), Change: func(_ news.Story, now CurationForm) (CurationForm, error) {
			next, err := v.placed(now, topic)
			if err != nil {
				return now, err
			}
			return next, v.o.settle(&next, now)
		}})
	}
	if err != nil {
		return v.desk(topic, err)
	}
	return v.decidedAt("/admin/desk?topic="+url.QueryEscape(topic), f.Decision)
}

// placed is what a button decides about a story in a topic.
func (v *view) placed(now CurationForm, topic string) (CurationForm, error) {
	p := now.Places[topic]
	switch v.PostFormValue("do") {
	case "pin":
		p.Pinned, p.Filed = true, strings.TrimSuffix(p.Filed, news.FiledOut)
		if hours, err := strconv.Atoi(v.PostFormValue("hours")); err == nil && hours > 0 && hours < 24*366 {
			p.Until = v.o.now().UTC().Add(time.Duration(hours) * time.Hour)
		}
	case "unpin":
		p.Pinned = false
	case "out":
		p = news.Placed{Filed: news.FiledOut}
	case "in":
		p.Filed = news.FiledIn
	case "back":
		p = news.Placed{}
	case "hide":
		now.Hidden = true
		return now, nil
	case "show":
		now.Hidden = false
		return now, nil
	default:
		return now, faultf(Invalid, "there is no such button")
	}
	return now.with(topic, p), nil
}

// A deskTelling is one copy of a story beside the one that speaks for it.
type deskTelling struct {
	news.Member
	Lede    string
	Speaks  bool
	Changes []news.Change // what it says otherwise
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
	Decisions []DecisionForm
	Verbatim  bool
	Undo      string
	Path      string
	Wrote     map[string]string // what somebody wrote that was refused
}

// tellingsMost is how many copies are compared on a page.
const tellingsMost = 12

func (v *view) deskStory(wrong error) error {
	e, err := v.o.edited(v.Context(), v.PathValue("id"))
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
	for _, about := range []string{s.ID} {
		list, _, err := v.o.DeskDecisions(v.Context(), v.who, about, "", 20)
		if err != nil {
			return err
		}
		d.Decisions = append(d.Decisions, list...)
	}
	f := v.deskFace(s.Title, d)
	if wrong != nil {
		return v.again(wrong, "desk-story", f)
	}
	return v.ok("desk-story", f)
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
	other := strings.TrimSpace(v.PostFormValue("other"))
	if i := strings.LastIndex(other, "/stories/"); i >= 0 {
		other = other[i+len("/stories/"):]
	}
	if found, err := v.o.deps.Stories.Find(v.Context(), other); err != nil {
		return err
	} else if found[0].ID == "" {
		a, err := v.o.deps.Curator.Find(v.Context(), other)
		if err != nil {
			return v.deskStory(err)
		}
		told, err := v.o.deps.Orders.StoriesOf(v.Context(), a.ID)
		if err != nil {
			return err
		}
		other = told[0].ID
	}
	n, err := v.o.Merge(v.Context(), v.who, v.PathValue("id"), MergeForm{[]string{other}, v.PostFormValue("reason")})
	if err != nil {
		return v.deskStory(err)
	}
	return v.decidedAt("/admin/desk/stories/"+n.Stories[0].ID, n.Decision)
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

// waitingData is what waits, list by list.
type waitingData struct {
	Lists []waitingList
	Undo  string
}

type waitingList struct {
	Name  string
	Items []Waiting
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

// decisionsData is what was decided lately.
type decisionsData struct {
	Items []DecisionForm
	Next  string
	Undo  string
}

func (v *view) showDecisions() error { return v.decisions(nil) }

func (v *view) decisions(wrong error) error {
	d := decisionsData{Undo: v.undoable()}
	var err error
	after := v.FormValue("after")
	if d.Items, d.Next, err = v.o.DeskDecisions(v.Context(), v.who, "", after, 100); err != nil {
		return err
	}
	f := v.deskFace(v.t("Quyết định"), d)
	if wrong != nil {
		return v.again(wrong, "desk-decisions", f)
	}
	return v.ok("desk-decisions", f)
}

func (v *view) doUndo() error {
	u, err := v.o.Undo(v.Context(), v.who, v.PathValue("id"))
	if err != nil {
		return v.decisions(err)
	}
	to := v.PostFormValue("next")
	if to == "" {
		to = "/admin/desk/decisions"
	}
	return v.decidedAt(to, u.Decision)
}
