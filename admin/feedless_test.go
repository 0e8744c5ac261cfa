package admin

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

// TestTriedSays shows what a feed says of itself beside what it gives.
func TestTriedSays(t *testing.T) {
	r := newRig(t, Options{Rate: -1})
	b := r.signIn("editor")
	r.world.says = TriedSays{About: "Tin của tỉnh", Language: "vi", Editor: "Tòa soạn <toasoan@bao.example>", Publisher: "Phòng kỹ thuật", Rights: "Ghi rõ nguồn",
		Licence: "https://bao.example/ban-quyen", MadeBy: "CMS Mẫu 4.2", Image: "javascript:alert(1)", Moved: "https://moi.example/rss", Hub: "https://hub.example/", Every: 30}
	for language, wants := range map[string][]string{
		"vi": {"Tin của tỉnh", "<dt>Ngôn ngữ</dt><dd>vi<", "Tòa soạn &lt;toasoan@bao.example&gt;", "<dt>Nơi phát hành</dt><dd>Phòng kỹ thuật<", "<dt>Bản quyền</dt><dd>Ghi rõ nguồn<",
			`href="https://bao.example/ban-quyen"`, "CMS Mẫu 4.2", "đã chuyển đến địa chỉ mới:", "https://hub.example/", "30 phút"},
		"en": {"<dt>Publisher</dt>", "<dt>Made by</dt>", "says that it moved to:", "30 min"},
	} {
		got := b.do("POST", "/admin/sources/try", url.Values{"url": {"https://bao.example.vn/rss"}}, "Cookie", "tinhub_language="+language)
		for _, want := range wants {
			if got.status != 200 || !strings.Contains(got.body, want) {
				t.Errorf("%s: %d, the page lacks %s", language, got.status, want)
			}
		}
		if strings.Contains(got.body, `href="javascript`) {
			t.Errorf("%s: an image that is none leads somewhere", language)
		}
	}
}

// TestFeedless adds a paper without a feed: its page is tried, what reads it is
// offered, tried again, saved, and replaced by a sitemap.
func TestFeedless(t *testing.T) {
	r := newRig(t, Options{Rate: -1})
	b := r.signIn("admin")
	rule := news.PageRule{URL: "https://khong.example.vn/tin-tuc", Item: `div.item:not([class~="ad"])`, Link: "h3 a", Title: "h3", Date: ".date"}
	form := url.Values{"id": {"khong"}, "name": {"Báo Không"}, "page_url": {rule.URL}, "page_item": {" " + rule.Item}, "page_link": {rule.Link}, "page_title": {rule.Title}, "page_date": {rule.Date}}

	r.world.page = &rule
	for language, note := range map[string]string{"vi": "Không thấy RSS", "en": "No feed was found"} {
		got := b.do("POST", "/admin/sources/try", url.Values{"url": {rule.URL}}, "Cookie", "tinhub_language="+language)
		for _, want := range []string{note, `<input name="url" inputmode="url" autocapitalize="none" spellcheck="false" value="">`, `name="page_url" inputmode="url" autocapitalize="none" spellcheck="false" value="https://khong.example.vn/tin-tuc"`,
			`name="page_item" value="div.item:not([class~=&#34;ad&#34;])"`, `name="page_link" value="h3 a"`, `name="page_title" value="h3"`, `name="page_date" value=".date"`, `<details open><summary>`, `value="https://khong.example.vn/"`} {
			if got.status != 200 || !strings.Contains(got.body, want) {
				t.Errorf("%s: %d, the page lacks %s", language, got.status, want)
			}
		}
	}

	r.world.page = nil // selectors that were written read a list, and are not guessed
	got := b.do("POST", "/admin/sources/try", form)
	if diff := cmp.Diff(&rule, r.world.last.Page); diff != "" || r.world.last.URL != "" {
		t.Errorf("what was tried: %s %s", diff, r.world.last.URL)
	}
	if !strings.Contains(got.body, `name="page_date" value=".date"`) || strings.Contains(got.body, "Không thấy RSS") {
		t.Errorf("selectors that were tried: %d %s", got.status, got.body)
	}

	if got := b.do("POST", "/admin/sources/new", form); got.status != 303 {
		t.Fatalf("add: %d %s", got.status, got.body)
	}
	kept := func() news.Source {
		s, _, err := r.world.sources.Get(t.Context(), "khong")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if s := kept(); s.URL != "" || cmp.Diff(&rule, s.Page) != "" {
		t.Errorf("added: %+v", s)
	}
	if got := b.do("GET", "/admin/sources/at/khong", nil); !strings.Contains(got.body, `name="page_link" value="h3 a"`) || strings.Contains(got.body, " required></label>\n<details") {
		t.Errorf("it can't be saved again: %s", got.body)
	}
	if got := b.do("POST", "/admin/sources/at/khong/try", nil); got.status != 200 || cmp.Diff(&rule, r.world.last.Page) != "" || !strings.Contains(got.body, "<h1>Báo Không</h1>") {
		t.Errorf("it can't be tried again: %d %+v", got.status, r.world.last)
	}
	form.Del("page_date")
	if got := b.do("POST", "/admin/sources/at/khong", form); got.status != 303 || kept().Page.Date != "" || kept().Page.Item != rule.Item {
		t.Errorf("one selector removed: %d %+v", got.status, kept().Page)
	}
	if got := b.do("POST", "/admin/sources/at/khong", url.Values{"name": {"Báo Không"}, "sitemap": {"https://khong.example.vn/news.xml"}}); got.status != 303 || kept().Page != nil || kept().Address() != "https://khong.example.vn/news.xml" {
		t.Errorf("a sitemap instead: %d %+v", got.status, kept())
	}
}
