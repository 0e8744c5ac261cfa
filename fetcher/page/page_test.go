package page

import (
	"os"
	"strings"
	"testing"
	"time"

	"tinhub/news"
)

var now = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// The page of an article of 2023: its text is known, see the shared folder.
func TestSeedPage(t *testing.T) {
	b, err := os.ReadFile("../../../shared/vn/samples/html_constructed/baobaclieu_seed_page.html")
	if err != nil {
		t.Skip("the shared samples are not here")
	}
	seed, err := os.ReadFile("../../../shared/seed/article.txt")
	if err != nil {
		t.Skip("the shared seed is not here")
	}
	a, err := Read(b, Options{URL: "https://baobaclieu.vn/hoc-tap/huyen-hong-dan-86112.html", Now: now, Source: news.Source{Name: "Báo Bạc Liêu", Homepage: "https://baobaclieu.vn"}})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for l := range strings.SplitSeq(string(seed), "\n") {
		if l = news.Clean(l); l != "" {
			lines = append(lines, l)
		}
	}
	// section, title, date, lede, caption, text …, author, furniture
	end := 0
	for i, l := range lines {
		if l == "Hoàng Uyên" {
			end = i
		}
	}
	text := append([]string{lines[3]}, lines[5:end]...)
	for _, c := range []struct{ what, got, want string }{
		{"section", a.Section, lines[0]},
		{"title", a.Title, lines[1]},
		{"date", a.Published.At.Format(time.RFC3339), "2023-06-16T16:35:00+07:00"},
		{"lede", a.Lede, lines[3]},
		{"caption", a.Image.Caption, lines[4]},
		{"image", a.Image.URL, "https://baobaclieu.vn/uploads/image/2023/06/16/hoc-bac.jpg"},
		{"text", a.Text, strings.Join(text, "\n\n")},
		{"canonical", a.Canonical, ""}, // the page names its front page: not believed
		{"origin", a.Origin, ""},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.what, c.got, c.want)
		}
	}
	if len(a.Authors) != 1 || a.Authors[0].Name != "Hoàng Uyên" {
		t.Errorf("authors: %v", a.Authors)
	}
}

func TestCredit(t *testing.T) {
	for _, c := range []struct{ line, authors, origin string }{
		{"Hoàng Uyên", "Hoàng Uyên", ""},
		{"Nghiệp - Hình", "Nghiệp|Hình", ""},
		{"Bài và ảnh: Ngọc Hân", "Ngọc Hân", ""},
		{"Tin, ảnh: Lan Anh", "Lan Anh", ""},
		{"Tin: Tường Minh - Ảnh: Đỗ Hiền", "Tường Minh", ""},
		{"MINH NGUYỆT (TTXVN/VIETNAM+)", "MINH NGUYỆT", "TTXVN"},
		{"(TTXVN)", "", "TTXVN"},
		{"(TTXVN/Vietnam+)", "", "TTXVN"},
		{"Theo TTXVN", "", "TTXVN"},
		{"Theo Nhân Dân", "", "Nhân Dân"},
		{"Nguồn: Vietnamnet", "", "VietNamNet"},
		{"Nguồn: https://www.vietnamplus.vn/mot-tin-post1.vnp", "", "TTXVN"},
		{"Huy Thắng – www.chinhphu.vn", "Huy Thắng", "Chinhphu.vn"},
		{"Theo Văn Chính – www.chinhphu.vn", "Văn Chính", "Chinhphu.vn"},
		{"Theo DTO", "", "DTO"},
		{"HLam", "HLam", ""},
		{"Ảnh: T.T", "", ""},
		{"Bút danh", "", ""},
		{"Thu Hà và Minh Đức", "Thu Hà|Minh Đức", ""},
	} {
		people, origin := credit(c.line)
		var names []string
		for _, p := range people {
			names = append(names, p.Name)
		}
		if got := strings.Join(names, "|"); got != c.authors || origin != c.origin {
			t.Errorf("%q: got %q, %q; want %q, %q", c.line, got, origin, c.authors, c.origin)
		}
	}
}

func TestMissing(t *testing.T) {
	for body, want := range map[string]bool{
		"<title>Báo mẫu</title><h1>Bài viết không tồn tại</h1>": true,
		"<title>404 Not Found</title>":                          true,
		"<title>Báo mẫu</title><h1>Khánh thành cầu mới</h1>":    false,
	} {
		if got := Missing([]byte(body), "text/html; charset=utf-8"); got != want {
			t.Errorf("%s: got %v", body, got)
		}
	}
}
