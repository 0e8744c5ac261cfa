package admin

import (
	"encoding/json"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// topicRow is a topic in the list.
type topicRow struct {
	TopicForm
	Phrases int
}

func (v *view) showTopics() error {
	list, _ := v.o.topics().list("", 1<<20, nil)
	rows := make([]topicRow, len(list))
	for i, t := range list {
		rows[i] = topicRow{topicForm(t), len(t.Include.Any) + len(t.Include.All)}
	}
	return v.ok("topics", face{Title: v.t("Chuyên đề"), Here: "topics", Data: rows})
}

// topicEdit is what the rule editor shows.
type topicEdit struct {
	New        bool
	Fixed      string
	Version    int64
	Fields     map[string]string
	Public     bool
	Provinces  []news.Province
	Picked     []string // of the provinces
	Preview    *topicPreview
	Days       string
	Base       string // site.public_url
	SourceList []string
	Suggested  []Suggestion
	Known      []news.Topic // to begin from, for a new one
}

// topicLines are the fields that are lists, one item a line, and where they lie.
var topicLines = []string{"include_any", "include_all", "include_sections", "include_sources", "include_authors", "include_tags", "exclude_any", "exclude_sections", "exclude_sources"}

// topicWords are the fields of one line.
var topicWords = []string{"id", "title", "description", "where", "min_score", "limit", "max_age", "per_source", "min_agencies", "order"}

func phraseLines(list []PhraseForm) string {
	var lines []string
	for _, p := range list {
		if p.Weight == 1 {
			lines = append(lines, p.Text)
		} else {
			lines = append(lines, p.Text+" = "+strconv.FormatFloat(p.Weight, 'f', -1, 64))
		}
	}
	return strings.Join(lines, "\n")
}

func topicFields(t TopicForm) map[string]string {
	lines := func(l []string) string { return strings.Join(l, "\n") }
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	return map[string]string{
		"id": t.ID, "title": t.Title, "description": t.Description, "where": t.Where, "max_age": t.MaxAge, "order": string(t.Order),
		"min_score": strconv.FormatFloat(t.MinScore, 'f', -1, 64), "limit": number(t.Limit), "per_source": number(t.PerSource), "min_agencies": number(t.MinAgencies),
		"include_any": phraseLines(t.Include.Any), "include_all": phraseLines(t.Include.All), "exclude_any": phraseLines(t.Exclude.Any),
		"include_sections": lines(t.Include.Sections), "include_sources": lines(t.Include.Sources), "include_authors": lines(t.Include.Authors),
		"include_tags": lines(t.Include.Tags), "exclude_sections": lines(t.Exclude.Sections), "exclude_sources": lines(t.Exclude.Sources),
	}
}

func (v *view) topicFace(e topicEdit) face {
	e.Provinces, e.Base = news.Provinces(), strings.TrimSuffix(v.o.opt.PublicURL, "/")
	if e.Days == "" {
		e.Days = "30"
	}
	for _, s := range v.o.deps.Roster.Sources() {
		e.SourceList = append(e.SourceList, s.ID)
	}
	known := v.o.deps.Lists.Topics()
	e.Suggested = suggest(slices.Concat([]string{e.Fields["title"]}, strings.Split(e.Fields["include_any"], "\n"), strings.Split(e.Fields["include_all"], "\n")), known)
	title := e.Fields["title"]
	if e.New {
		title, e.Known = v.t("Chuyên đề mới"), known
	}
	return face{Title: title, Here: "topics", Data: e}
}

func (v *view) showNewTopic() error {
	e := topicEdit{New: true, Public: true, Fields: map[string]string{"min_score": "1", "order": "newest"}}
	for _, t := range v.o.deps.Lists.Topics() {
		if t.ID == v.FormValue("like") {
			e.Fields = topicFields(topicForm(t))
		}
	}
	return v.ok("topic", v.topicFace(e))
}

func (v *view) topicEdit(id string) (topicEdit, error) {
	t, version, err := v.o.topics().find(v.Context(), id)
	if err != nil {
		return topicEdit{}, err
	}
	return topicEdit{Fixed: t.Declared, Version: version, Fields: topicFields(topicForm(t)), Public: t.Public, Picked: t.Include.Provinces}, nil
}

func (v *view) showTopic() error {
	e, err := v.topicEdit(v.PathValue("id"))
	if err != nil {
		return err
	}
	return v.ok("topic", v.topicFace(e))
}

// writtenTopic is the form as it was written.
func (v *view) writtenTopic(e topicEdit) topicEdit {
	e.Fields = map[string]string{}
	for _, k := range slices.Concat(topicLines, topicWords) {
		e.Fields[k] = v.PostFormValue(k)
	}
	e.Public, e.Picked, e.Days = v.PostFormValue("public") != "", v.PostForm["include_provinces"], v.PostFormValue("days")
	return e
}

// topicRaw is the form as the configuration file has it.
func (v *view) topicRaw() (json.RawMessage, error) {
	t := map[string]any{"public": v.PostFormValue("public") != ""}
	for _, k := range topicWords {
		t[k] = none(strings.TrimSpace(v.PostFormValue(k)))
	}
	if t["id"] == nil {
		t["id"] = none(v.freeTopic(slug(v.PostFormValue("title"))))
	}
	include, exclude := map[string]any{}, map[string]any{}
	for _, k := range topicLines {
		part, name, _ := strings.Cut(k, "_")
		var items []any
		for line := range strings.Lines(v.PostFormValue(k)) {
			if line = strings.TrimSpace(line); line != "" {
				items = append(items, item(name, line))
			}
		}
		if items == nil {
			continue
		}
		if part == "include" {
			include[name] = items
		} else {
			exclude[name] = items
		}
	}
	if p := v.PostForm["include_provinces"]; len(p) > 0 {
		include["provinces"] = p
	}
	t["include"], t["exclude"] = include, exclude
	return whole(t)
}

// freeTopic is an id, or the next of its kind that no topic has or had.
func (v *view) freeTopic(id string) string {
	if id == "" {
		return ""
	}
	taken := map[string]bool{news.Everything: true}
	for _, t := range v.o.deps.Roster.Topics() {
		taken[t.ID] = true
		for _, was := range t.Formerly {
			taken[was] = true
		}
	}
	free := id
	for n := 2; taken[free]; n++ {
		free = id + "-" + strconv.Itoa(n)
	}
	return free
}

// item reads one line: a phrase may carry a weight, "nông thôn mới = 3".
func item(list, line string) any {
	if list != "any" && list != "all" {
		return line
	}
	text, weight, ok := strings.Cut(line, "=")
	if !ok {
		return line
	}
	return map[string]any{strings.TrimSpace(text): strings.TrimSpace(weight)}
}

func (v *view) doAddTopic() error {
	raw, err := v.topicRaw()
	if err != nil {
		return err
	}
	f, err := v.o.topics().add(v.Context(), v.o, v.who, raw)
	if err != nil {
		return v.again(err, "topic", v.topicFace(v.writtenTopic(topicEdit{New: true})))
	}
	return v.after("/admin/topics/at/"+url.PathEscape(f.ID), "added")
}

func (v *view) doSaveTopic() error {
	id := v.PathValue("id")
	raw, err := v.topicRaw()
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(v.PostFormValue("version"), 10, 64) // 0: whatever it is
	keep := func(now TopicForm) (json.RawMessage, error) {
		// What the form does not show stays.
		m, err := readObject(raw)
		if err != nil {
			return nil, err
		}
		m["id"], _ = json.Marshal(id)
		if now.Language != "" {
			m["language"], _ = json.Marshal(now.Language)
		}
		if len(now.Formerly) > 0 {
			m["formerly"], _ = json.Marshal(now.Formerly)
		}
		return json.Marshal(m)
	}
	if _, err := v.o.topics().set(v.Context(), v.o, v.who, id, version, keep); err != nil {
		e, err2 := v.topicEdit(id)
		if err2 != nil {
			return err2
		}
		e = v.writtenTopic(e)
		e.Fields["id"] = id
		return v.again(err, "topic", v.topicFace(e))
	}
	return v.after("/admin/topics/at/"+url.PathEscape(id), "changed")
}

func (v *view) doRemoveTopic() error {
	if err := v.o.topics().remove(v.Context(), v.o, v.who, v.PathValue("id"), 0); err != nil {
		return err
	}
	return v.after("/admin/topics", "removed")
}

// topicPreview is a preview with its phrases marked.
type topicPreview struct {
	Preview
	Rows []previewRow
	More int
}

type previewRow struct {
	Picked
	Mark   string // "enters", "leaves", "stays"
	Marked template.HTML
}

// previewMost is how many stories a preview shows.
const previewMost = 200

// doPreview shows what a rule would select, without saving it: the whole page
// again, or only that part where the script asks.
// previewWait is how long a preview looks while a rule is being written: what it did
// not reach then is looked at when that is asked for.
const previewWait = time.Second

func (v *view) doPreview() error {
	raw, err := v.topicRaw()
	if err != nil {
		return err
	}
	m, err := readObject(raw)
	if err != nil {
		return err
	}
	if m["id"] == nil {
		m["id"] = json.RawMessage(`"chuyen-de-moi"`) // before it has a name
	}
	if raw, err = json.Marshal(m); err != nil {
		return err
	}
	e := v.writtenTopic(topicEdit{New: v.PostFormValue("new") != ""})
	e.Version, _ = strconv.ParseInt(v.PostFormValue("version"), 10, 64)
	days, err := strconv.Atoi(e.Days)
	if err != nil || days < 1 || days > 365 {
		days = 30
	}
	most := previewWait
	if v.PostFormValue("whole") != "" {
		most = 0
	}
	p, err := v.o.Preview(v.Context(), v.who, raw, time.Duration(days)*news.Day24, most)
	if err != nil {
		return v.again(err, "topic", v.topicFace(e))
	}
	var phrases []string
	for _, k := range []string{"include_any", "include_all"} {
		for line := range strings.Lines(v.PostFormValue(k)) {
			text, _, _ := strings.Cut(line, "=")
			phrases = append(phrases, strings.TrimSpace(text))
		}
	}
	e.Preview = marked(p, phrases)
	return v.ok("topic", v.topicFace(e))
}

func marked(p Preview, phrases []string) *topicPreview {
	t := &topicPreview{Preview: p}
	for i, s := range p.Stories {
		if i == previewMost {
			t.More = len(p.Stories) - previewMost
			break
		}
		mark := "stays"
		switch {
		case s.Selected && !s.Today:
			mark = "enters"
		case s.Today && !s.Selected:
			mark = "leaves"
		}
		t.Rows = append(t.Rows, previewRow{s, mark, highlight(s.Title, phrases)})
	}
	return t
}

// highlight marks the phrases in a title, whichever way they are written. All of
// the title is escaped: feeds are written by anybody.
func highlight(title string, phrases []string) template.HTML {
	all := news.Syllables(nil, title)
	in := make([]bool, len(all))
	for _, phrase := range phrases {
		strict, want := news.Marked(phrase), news.Syllables(nil, phrase)
		for i := 0; len(want) > 0 && i+len(want) <= len(all); i++ {
			hit := true
			for j, y := range want {
				if strict && all[i+j].Key != y.Key || !strict && all[i+j].Bare != y.Bare {
					hit = false
					break
				}
			}
			for j := range want {
				in[i+j] = in[i+j] || hit
			}
		}
	}
	var b strings.Builder
	at := 0
	for i := 0; i < len(all); i++ {
		if !in[i] {
			continue
		}
		begin := i
		for i+1 < len(all) && in[i+1] {
			i++
		}
		b.WriteString(template.HTMLEscapeString(title[at:all[begin].Start]))
		b.WriteString("<mark>" + template.HTMLEscapeString(title[all[begin].Start:all[i].End]) + "</mark>")
		at = all[i].End
	}
	b.WriteString(template.HTMLEscapeString(title[at:]))
	return template.HTML(b.String()) //nolint:gosec // every piece of it is escaped above
}
