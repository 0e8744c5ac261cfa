package admin

import (
	"encoding/json"
	"slices"
	"strings"

	"tinhub/news"
)

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
