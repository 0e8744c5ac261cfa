package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
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

// readForm reads the form of a source. A feed that a page names is taken instead of
// whatever is written.
func (v *view) readForm() {
	feed := v.PostFormValue("feed")
	if feed == "" {
		return
	}
	for _, k := range []string{"page_url", "page_item", "page_link", "page_title", "page_date", "sitemap"} {
		v.PostForm.Del(k)
	}
	v.PostForm.Set("url", feed)
}

// doTry reads the address, and shows what came of it before anything is saved.
func (v *view) doTry() error {
	v.readForm()
	tried, plain, err := v.tryWritten(v.tryNew)
	e := v.written(sourceEdit{New: true, Plain: plain})
	e.ID, e.Enabled = v.PostFormValue("id"), true
	if err != nil {
		return v.again(err, "source", v.sourceFace(e))
	}
	e.tell(tried)
	if tried.Page == nil && tried.Address != "" && e.URL != "" && !ill(tried.Health) {
		e.URL = tried.Address // as it is after redirects
	}
	g := guess(e.Address(), tried, v.o.deps.Lists.Catalogue(), v.o.deps.Lists.Topics())
	fill(&e.Name, g.Name)
	fill(&e.Agency, g.Agency)
	fill(&e.Province, g.Province)
	fill(&e.Homepage, g.Homepage)
	fill(&e.Section, g.Section)
	fill(&e.ID, g.ID)
	return v.ok("source", v.sourceFace(e))
}

// tryNew reads the address that the form has.
func (v *view) tryNew() (Tried, error) {
	write := v.sourcePatch()
	raw, err := whole(map[string]any{"id": "test", "url": write["url"], "page": write["page"], "sitemap": write["sitemap"]})
	if err != nil {
		return Tried{}, err
	}
	return v.o.Try(v.Context(), v.who, raw)
}

// schemed completes addresses that were written without http or https, as people write
// them, and says which.
func (v *view) schemed() (keys []string) {
	for _, k := range []string{"url", "page_url", "sitemap", "homepage"} {
		s := strings.TrimLeft(strings.TrimSpace(v.PostFormValue(k)), "/")
		if s != "" && !strings.Contains(s, ":/") {
			v.PostForm.Set(k, "https://"+s)
			keys = append(keys, k)
		}
	}
	return keys
}

// tryWritten reads what the form has. What was written without http or https is read
// by http where https fails; plain: the form has that now.
func (v *view) tryWritten(try func() (Tried, error)) (t Tried, plain bool, err error) {
	keys := v.schemed()
	t, err = try()
	if err != nil || len(keys) == 0 || t.Health != news.Failing {
		return t, false, err
	}
	change := func(from, to string) {
		for _, k := range keys {
			v.PostForm.Set(k, to+strings.TrimPrefix(v.PostForm.Get(k), from))
		}
	}
	change("https", "http")
	if p, err := try(); err == nil && p.Health != news.Failing {
		return p, true, nil
	}
	change("http", "https")
	return t, false, nil
}

// tell has a page show what a try gave, with what would read the address offered in
// the form: a feed that the page leads to, or selectors.
func (e *sourceEdit) tell(tried Tried) {
	e.Tried = &tried
	switch {
	case e.URL == "":
	case tried.Page != nil: // a paper without a feed
		e.URL, e.Page, e.Guessed = "", tried.Page, true
	case slices.Contains(tried.Discovered, tried.Address):
		e.URL = tried.Address
	}
}

// doTrySource reads a source that there is, as it is or as the form has it, and shows
// on its own page what came of it.
func (v *view) doTrySource() error {
	f, err := v.o.Source(v.Context(), v.who, v.PathValue("id"))
	if err != nil {
		return err
	}
	e := sourceEdit{SourceForm: f}
	form := v.PostFormValue("version") != ""
	v.readForm()
	tried, plain, err := v.tryWritten(func() (Tried, error) {
		var change json.RawMessage
		if form {
			if change, err = json.Marshal(v.sourcePatch()); err != nil {
				return Tried{}, err
			}
		}
		return v.o.TrySource(v.Context(), v.who, f.ID, change)
	})
	if form {
		e = v.written(e)
	}
	e.Plain = plain
	if err != nil {
		return v.again(err, "source", v.sourceFace(e))
	}
	e.tell(tried)
	return v.ok("source", v.sourceFace(e))
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

func (v *view) showExport() error {
	var b bytes.Buffer
	if err := v.o.deps.Lists.Write(&b); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/x-opml; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="tinhub.opml"`)
	_, _ = v.w.Write(b.Bytes())
	return nil
}

// imports is what the page of many new sources shows.
type imports struct {
	Groups  []catalogued
	Results []importLine
}

// catalogued are the papers of a province in the built-in catalogue.
type catalogued struct {
	Province string
	Papers   []paper
}

type paper struct {
	Outline
	Known bool
}

// An importLine is what became of one feed of a list.
type importLine struct {
	Outline
	Result string // "added", "known", "refused"
	Why    string
}

func (v *view) importFace(results []importLine) face {
	known := v.known()
	d := imports{Results: results}
	at := map[string]int{}
	for _, c := range v.o.deps.Lists.Catalogue() {
		name := v.t("Toàn quốc")
		if p, ok := news.ProvinceOf(c.Province); ok {
			name = p.Name
		}
		if _, ok := at[name]; !ok {
			at[name] = len(d.Groups)
			d.Groups = append(d.Groups, catalogued{Province: name})
		}
		g := &d.Groups[at[name]]
		g.Papers = append(g.Papers, paper{c, known[news.URLKey(c.URL)] != ""})
	}
	return face{Title: v.t("Nhập nhiều nguồn"), Here: "sources", Data: d}
}

// known are the addresses that are sources already.
func (v *view) known() map[news.Key]string {
	m := map[news.Key]string{}
	for _, s := range v.o.deps.Roster.Sources() {
		m[news.URLKey(s.Address())] = s.ID
	}
	return m
}

func (v *view) showImport() error { return v.ok("import", v.importFace(nil)) }

// doImport takes an uploaded list, or what was ticked in the catalogue.
func (v *view) doImport() error {
	if err := v.ParseMultipartForm(maxForm); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return v.again(faultf(TooLarge, "%s", v.t("Tệp quá lớn hoặc không đọc được.")), "import", v.importFace(nil))
	}
	var list []Outline
	if file, _, err := v.FormFile("list"); err == nil {
		defer file.Close()
		if list, err = v.o.deps.Lists.Read(file); err != nil {
			return v.again(faultf(Invalid, "%v", err), "import", v.importFace(nil))
		}
	}
	for _, c := range v.o.deps.Lists.Catalogue() {
		if slices.Contains(v.PostForm["pick"], c.URL) {
			list = append(list, c)
		}
	}
	results, err := v.take(list)
	if err != nil {
		return err
	}
	return v.ok("import", v.importFace(results))
}

// take makes sources of outlines; what can't be one is said, and the rest taken.
func (v *view) take(list []Outline) (results []importLine, err error) {
	known, ids := v.known(), map[string]bool{}
	for _, s := range v.o.deps.Roster.Sources() {
		ids[s.ID] = true
	}
	for _, c := range list {
		line := importLine{Outline: c, Result: "known"}
		if known[news.URLKey(c.URL)] == "" {
			for n := 2; ids[line.ID]; n++ {
				line.ID = c.ID + "-" + strconv.Itoa(n)
			}
			raw, err := whole(map[string]any{"id": line.ID, "name": none(c.Name), "agency": none(c.Agency), "url": c.URL,
				"homepage": none(c.Homepage), "province": none(c.Province), "section": none(c.Section)})
			if err != nil {
				return nil, err
			}
			_, err = v.o.sources().make(v.Context(), v.o, v.who, raw)
			line.Result = "added"
			if f := faultOf(err); f != nil {
				line.Result, line.Why = "refused", strings.Join(f.lines(), "; ")
			} else if err != nil {
				return nil, err
			} else {
				ids[line.ID], known[news.URLKey(c.URL)] = true, line.ID
			}
		}
		results = append(results, line)
	}
	return results, v.o.deps.Roster.Refresh(v.Context())
}
