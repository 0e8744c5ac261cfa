package admin

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tinhub/news"
)

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
