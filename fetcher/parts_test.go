package fetcher

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

// TestPartsOfIndex: the parts of a sitemap index are asked for with the validators
// of what was read, and what did not change still stands.
func TestPartsOfIndex(t *testing.T) {
	parts := map[string][]string{"a": {"1", "2"}, "b": {"3"}}
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.Trim(r.URL.Path, "/")
		if name == "sitemap.xml" {
			fmt.Fprintf(w, `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>http://%[1]s/a</loc></sitemap><sitemap><loc>http://%[1]s/b</loc></sitemap></sitemapindex>`, r.Host)
			return
		}
		tag := fmt.Sprintf(`"%s-%d"`, name, len(parts[name]))
		if r.Header.Get("If-None-Match") == tag {
			asked = append(asked, name+" 304")
			w.WriteHeader(http.StatusNotModified)
			return
		}
		asked = append(asked, name+" 200")
		w.Header().Set("ETag", tag)
		fmt.Fprint(w, `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
		for _, n := range parts[name] {
			fmt.Fprintf(w, `<url><loc>http://%s/tin-%s.html</loc><lastmod>2026-03-0%s</lastmod></url>`, r.Host, n, n)
		}
		fmt.Fprint(w, `</urlset>`)
	}))
	defer srv.Close()
	f := newTest(t, newMemory(), onLoopback(t, 5*time.Second), Options{})
	f.parse = parse
	src, err := f.prepare(news.Source{ID: "s", Name: "s", Sitemap: srv.URL + "/sitemap.xml", Enabled: true})
	if err != nil {
		t.Fatal(err)
	}
	state := Settle(news.SourceState{}, src.Source)
	var before visit
	poll := func() Outcome {
		t.Helper()
		asked = nil
		v := &visit{f: f, src: src, state: state, at: noon, memo: before.after, parts: before.partsAfter}
		if err := v.make(t.Context()); err != nil {
			t.Fatal(err)
		}
		state, _ = Next(state, src.timing, v.out, noon)
		before = *v
		return v.out
	}
	for _, step := range []struct {
		name   string
		change func()
		asked  []string
		stand  int
	}{
		{"first", func() {}, []string{"a 200", "b 200"}, 3},
		{"nothing new", func() {}, []string{"a 304", "b 304"}, 3},
		{"one part has more", func() { parts["b"] = append(parts["b"], "4") }, []string{"a 304", "b 200"}, 4},
		{"and the other less", func() { parts["a"] = parts["a"][:1] }, []string{"a 200", "b 304"}, 3},
		{"nothing is remembered of an item", func() {
			for k := range before.after {
				delete(before.after, k)
				break
			}
		}, nil, 3},
		{"nothing is remembered", func() { before = visit{} }, []string{"a 200", "b 200"}, 3},
	} {
		step.change()
		o := poll()
		if step.asked != nil {
			if d := cmp.Diff(step.asked, asked); d != "" {
				t.Errorf("%s: %s", step.name, d)
			}
		} else if !slices.ContainsFunc(asked, func(s string) bool { return strings.HasSuffix(s, "200") }) {
			t.Errorf("%s: asked %v", step.name, asked)
		}
		if o.Entries != step.stand || len(state.Standing) != step.stand || state.Health != news.OK && state.Health != news.Stale {
			t.Errorf("%s: %d entries, %d stand, %s", step.name, o.Entries, len(state.Standing), state.Health)
		}
	}
}

// TestPartUnmodifiedForEver: as of a feed, see TestUnmodifiedForEver.
func TestPartUnmodifiedForEver(t *testing.T) {
	v := &visit{parts: map[string]sitePart{"a": {etag: `"1"`, held: news.PollHistory - 1}, "b": {etag: `"1"`, held: news.PollHistory}}}
	if a, b := v.remembered("a"), v.remembered("b"); a.etag == "" || b.etag != "" {
		t.Errorf("%+v, %+v", a, b)
	}
}
