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
	write("POST /admin/desk/stories/{id}/tie", (*view).doTie)
	write("POST /admin/desk/stories/{id}/edit", (*view).doSettle)
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
	Undo   *decidedRow
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
