package admin

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

func keysOf[V any](all ...map[string]V) []string {
	set := map[string]bool{}
	for _, m := range all {
		for k := range m {
			set[k] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// sourceList is what the list of sources shows.
type sourceList struct {
	Items  []sourceRow
	Counts []count
	State  string
	Query  string
	Next   string
}

// sourceRow is a source in the list.
type sourceRow struct {
	SourceForm
	Daily plot
}

type count struct {
	State string
	N     int
}

// sourcePage is how many sources a page lists.
const sourcePage = 100

func (v *view) showSources() error {
	d := sourceList{State: v.FormValue("state"), Query: v.FormValue("q")}
	all, _, err := v.o.Sources(v.Context(), v.who, "", 1<<20, nil)
	if err != nil {
		return err
	}
	n := map[string]int{}
	after := v.FormValue("after")
	for _, f := range all {
		state := f.word()
		n[state]++
		if d.State != "" && d.State != state || !has(f.Source, d.Query) || f.ID <= after {
			continue
		}
		if len(d.Items) == sourcePage {
			d.Next = d.Items[sourcePage-1].ID
			continue
		}
		d.Items = append(d.Items, sourceRow{f, dailyPlot(f.State, v.o.now().In(v.o.opt.Zone))})
	}
	for _, s := range []string{"failing", "blocked", "not a feed", "gone", "stale", "empty", "new", "ok", "unchanged", "paused"} {
		if n[s] > 0 {
			d.Counts = append(d.Counts, count{s, n[s]})
		}
	}
	return v.ok("sources", face{Title: v.t("Nguồn tin"), Here: "sources", Data: d})
}

// sourceEdit is what the page of one source shows.
type sourceEdit struct {
	SourceForm
	New       bool
	Fixed     string // where the file declares it
	Provinces []news.Province
	Tried     *Tried
	Rule      news.PageRule // of a paper without a feed, as its form shows it
	Guessed   bool          // Rule was found on the page, not written
	Plain     bool          // the address was written without http or https, and only http answers
	today     time.Time
}

// Daily is how many entries were new on each of the last days.
func (e sourceEdit) Daily() plot { return dailyPlot(e.State, e.today) }

// dailyPlot draws them, up to a day.
func dailyPlot(s *SourceState, today time.Time) plot {
	new := map[string]int64{}
	if s != nil {
		for _, d := range s.Daily {
			new[d.Day] = int64(d.New)
		}
	}
	var days []DayForm
	for n := range news.DailyKept {
		day := today.AddDate(0, 0, n+1-news.DailyKept).Format(time.DateOnly)
		days = append(days, DayForm{Day: day, Requests: new[day]})
	}
	return bars("", days, func(d DayForm) int64 { return d.Requests })
}

func (v *view) sourceFace(e sourceEdit) face {
	e.Provinces, e.today = news.Provinces(), v.o.now().In(v.o.opt.Zone)
	if e.SourceForm.Agreement == nil {
		e.SourceForm.Agreement = &AgreementForm{}
	}
	if e.Page != nil {
		e.Rule = *e.Page
	}
	e.Fixed = e.Declared
	title := e.Name
	if e.New {
		title = v.t("Thêm nguồn")
	}
	return face{Title: title, Here: "sources", Data: e}
}

func (v *view) showSource() error {
	f, err := v.o.Source(v.Context(), v.who, v.PathValue("id"))
	if err != nil {
		return err
	}
	return v.ok("source", v.sourceFace(sourceEdit{SourceForm: f}))
}

func (v *view) showNewSource() error {
	e := sourceEdit{New: true}
	e.URL, e.Enabled = v.FormValue("url"), true
	return v.ok("source", v.sourceFace(e))
}

// sourceTexts are the keys that the form of a source has as they are written.
var sourceTexts = []string{"url", "sitemap", "name", "agency", "province", "homepage", "section", "schedule", "full_text"}

// sourcePatch is what the form says, as a merge patch: what the form does not show
// (selectors, headers and the like) stays as it is.
func (v *view) sourcePatch() map[string]any {
	p := map[string]any{}
	for _, k := range sourceTexts {
		p[k] = none(strings.TrimSpace(v.PostFormValue(k)))
	}
	p["enabled"] = v.PostFormValue("enabled") != ""
	p["page"] = nil
	if rule := v.pageRule(); rule != (news.PageRule{}) {
		p["page"] = map[string]any{"url": none(rule.URL), "item": none(rule.Item), "link": none(rule.Link), "title": none(rule.Title), "date": none(rule.Date)}
	}
	if n := strings.TrimSpace(v.PostFormValue("priority")); n != "" {
		p["priority"] = n
	} else {
		p["priority"] = nil
	}
	p["agreement"] = nil
	if scope := v.PostFormValue("agreement_scope"); scope != "" {
		p["agreement"] = map[string]any{"number": none(v.PostFormValue("agreement_number")), "scope": scope,
			"from": none(v.PostFormValue("agreement_from")), "to": none(v.PostFormValue("agreement_to"))}
	}
	return p
}

// pageRule is what the form says of a page that is read by selectors.
func (v *view) pageRule() news.PageRule {
	of := func(key string) string { return strings.TrimSpace(v.PostFormValue("page_" + key)) }
	return news.PageRule{URL: of("url"), Item: of("item"), Link: of("link"), Title: of("title"), Date: of("date")}
}

// none is nothing where nothing was written.
func none(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// whole is a patch as a new thing: without what is nothing.
func whole(p map[string]any) (json.RawMessage, error) {
	return json.Marshal(merge(map[string]any{}, p))
}

// written is the form as it was written, to be shown again.
func (v *view) written(e sourceEdit) sourceEdit {
	e.Name, e.Agency, e.Province, e.Homepage = v.PostFormValue("name"), v.PostFormValue("agency"), v.PostFormValue("province"), v.PostFormValue("homepage")
	e.URL, e.Section, e.Schedule = v.PostFormValue("url"), v.PostFormValue("section"), v.PostFormValue("schedule")
	e.Sitemap, e.Page = v.PostFormValue("sitemap"), nil
	if rule := v.pageRule(); rule != (news.PageRule{}) {
		e.Page = &rule
	}
	e.Priority, _ = strconv.Atoi(v.PostFormValue("priority"))
	e.FullText, e.Enabled = news.FullText(v.PostFormValue("full_text")), v.PostFormValue("enabled") != ""
	e.SourceForm.Agreement = &AgreementForm{Number: v.PostFormValue("agreement_number"), Scope: news.Scope(v.PostFormValue("agreement_scope")),
		From: v.PostFormValue("agreement_from"), To: v.PostFormValue("agreement_to")}
	return e
}

func (v *view) doAddSource() error {
	if address := v.PostFormValue("url"); address != "" && !strings.Contains(address, ":/") { // nobody tried it
		_, _, _ = v.tryWritten(v.tryNew) // what is wrong is told by the source's polls
	}
	v.schemed()
	p := v.sourcePatch()
	p["id"] = strings.TrimSpace(v.PostFormValue("id"))
	raw, err := whole(p)
	if err != nil {
		return err
	}
	f, err := v.o.sources().add(v.Context(), v.o, v.who, raw)
	if err != nil {
		e := v.written(sourceEdit{New: true})
		e.ID = v.PostFormValue("id")
		return v.again(err, "source", v.sourceFace(e))
	}
	return v.after("/admin/sources/at/"+url.PathEscape(f.ID), "added")
}

func (v *view) doSaveSource() error {
	id := v.PathValue("id")
	v.schemed()
	raw, err := json.Marshal(v.sourcePatch())
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(v.PostFormValue("version"), 10, 64) // 0: whatever it is
	if _, err := v.o.sources().set(v.Context(), v.o, v.who, id, version, patch[SourceForm](raw)); err != nil {
		f, err2 := v.o.Source(v.Context(), v.who, id)
		if err2 != nil {
			return err2
		}
		return v.again(err, "source", v.sourceFace(v.written(sourceEdit{SourceForm: f})))
	}
	return v.after("/admin/sources/at/"+url.PathEscape(id), "changed")
}

func (v *view) doPoll() error {
	id := v.PathValue("id")
	if err := v.o.Poll(v.Context(), v.who, id); err != nil {
		return err
	}
	return v.after("/admin/sources/at/"+url.PathEscape(id), "asked")
}

func (v *view) doPause() error {
	id := v.PathValue("id")
	raw, err := json.Marshal(map[string]bool{"enabled": v.PostFormValue("enabled") != ""})
	if err != nil {
		return err
	}
	if _, err := v.o.sources().set(v.Context(), v.o, v.who, id, 0, patch[SourceForm](raw)); err != nil {
		return err
	}
	return v.after("/admin/sources/at/"+url.PathEscape(id), "changed")
}

func (v *view) doRemoveSource() error {
	if err := v.o.sources().remove(v.Context(), v.o, v.who, v.PathValue("id"), 0); err != nil {
		return err
	}
	return v.after("/admin/sources", "removed")
}
