package admin

import (
	"net/url"
	"strings"
	"testing"

	"tinhub/news"
)

// TestTrySource tries a source that there is: as it is polled, secrets and all, and as
// the form has it; what comes of it is on its own page, and nothing is stored.
func TestTrySource(t *testing.T) {
	r := newRig(t, Options{Rate: -1})
	b := r.signIn("editor")
	kept := news.Source{ID: "cu", Name: "Báo Cũ", URL: "https://cu.example.vn/rss", Headers: map[string]string{"X-Key": "bi mat"}, Enabled: true}
	if _, err := r.world.sources.Put(t.Context(), "cu", 0, kept); err != nil {
		t.Fatal(err)
	}
	form := func(more ...string) url.Values {
		v := url.Values{"version": {"1"}, "name": {"Tên đang sửa"}, "url": {kept.URL}, "enabled": {"1"}}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	r.world.title = "Một tin đọc thử"
	for name, tt := range map[string]struct {
		form    url.Values
		address string // that is tried; "" is refused
		secret  string // that goes with it
		shows   []string
	}{
		"as it is":              {nil, kept.URL, "bi mat", []string{"<h1>Báo Cũ</h1>", `value="Báo Cũ"`, "Một tin đọc thử"}},
		"as it is being edited": {form("url", "https://cu.example.vn/moi.rss"), "https://cu.example.vn/moi.rss", "bi mat", []string{`value="Tên đang sửa"`, `value="https://cu.example.vn/moi.rss"`, "Một tin đọc thử"}},
		"a feed that its page names": {form("feed", "https://cu.example.vn/a.rss", "page_url", "https://cu.example.vn/tin", "page_item", "li", "sitemap", "https://cu.example.vn/s.xml"),
			"https://cu.example.vn/a.rss", "bi mat", []string{`value="https://cu.example.vn/a.rss"`, `name="page_item" value=""`, `name="sitemap" inputmode="url" autocapitalize="none" spellcheck="false" value=""`}},
		"secrets are not carried to another host": {form("url", "https://khac.example.vn/rss"), "", "", []string{`value="https://khac.example.vn/rss"`, "********"}},
	} {
		t.Run(name, func(t *testing.T) {
			r.world.last = news.Source{}
			got := b.do("POST", "/admin/sources/at/cu/try", tt.form)
			if refused := tt.address == ""; (got.status != 200) != refused || r.world.last.Address() != tt.address || r.world.last.Headers["X-Key"] != tt.secret {
				t.Errorf("%d, tried %+v", got.status, r.world.last)
			}
			for _, want := range append(tt.shows, `action="/admin/sources/at/cu"`, `formaction="/admin/sources/at/cu/try"`) {
				if !strings.Contains(got.body, want) {
					t.Errorf("the page lacks %s", want)
				}
			}
		})
	}
	if s, _, err := r.world.sources.Get(t.Context(), "cu"); err != nil || s.Name != kept.Name || s.URL != kept.URL {
		t.Errorf("a try stored something: %+v %v", s, err)
	}
	if got := b.do("POST", "/admin/sources/at/declared/try", nil); got.status != 200 || r.world.last.ID != "declared" || strings.Contains(got.body, `id="source"`) {
		t.Errorf("what the file declares: %d, tried %s", got.status, r.world.last.ID)
	}
	if got := b.do("POST", "/admin/sources/at/nowhere/try", nil); got.status != 404 {
		t.Errorf("none: %d", got.status)
	}
	if got := r.signIn("viewer").do("POST", "/admin/sources/at/cu/try", nil); got.status != 403 {
		t.Errorf("by a viewer: %d", got.status)
	}
}
