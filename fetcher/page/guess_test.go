package page

import (
	"fmt"
	"strings"
	"testing"

	"tinhub/news"
)

// listing makes a section page: a menu, a list of news in one shape, a box of
// most read ones beside it, and a foot.
func listing(shape string) string {
	var b strings.Builder
	b.WriteString(`<!doctype html><html><body><nav><ul>`)
	for i := range 12 {
		fmt.Fprintf(&b, `<li><a href="/muc-%d">Chuyên mục số %d của tờ báo này</a></li>`, i, i)
	}
	b.WriteString(`</ul></nav><div class="main"><div class="list-news row-12">`)
	for i := range 10 {
		fmt.Fprintf(&b, shape, i, fmt.Sprintf("Xã Tân Lập khởi công công trình thứ %d trong năm nay", i), fmt.Sprintf("%02d/10/2026 08:3%d", i+1, i))
	}
	b.WriteString(`</div><div class="paging"><a href="/xa-hoi?page=1">1</a><a href="/xa-hoi?page=2">2</a><a href="/xa-hoi?page=2">Trang sau</a></div></div><div class="most-read"><ul>`)
	for i := range 6 {
		fmt.Fprintf(&b, `<li><a href="/doc-nhieu-tin-so-%d-900%d.html">Tin đọc nhiều thứ %d</a></li>`, i, i, i)
	}
	b.WriteString(`</ul></div><footer><a href="/lien-he-toa-soan-bao-moi-1.html">Liên hệ tòa soạn báo của chúng tôi</a></footer></body></html>`)
	return b.String()
}

func TestGuess(t *testing.T) {
	for name, shape := range map[string]string{
		"articles":            `<article class="story story-%[1]d"><a href="/xa-hoi/tin-%[1]d-10012%[1]d.html"><img src="/a/%[1]d.jpg"></a><h3 class="title"><a href="/xa-hoi/tin-%[1]d-10012%[1]d.html">%[2]s</a></h3><span class="date">%[3]s</span><p>Tóm tắt</p></article>`,
		"list items":          `<li class="item"><h2><a href="tin-%[1]d-10012%[1]d.html">%[2]s</a></h2><time datetime="2026-10-0%[1]dT08:30:00+07:00">hôm nay</time></li>`,
		"links alone":         `<a class="news-link" href="/tin-%[1]d-10012%[1]d.html">%[2]s</a><i>%[3]s</i>`,
		"table of an old CMS": `<table class="tin"><tr><td><img src="/a/%[1]d.jpg"></td><td><a class="tieude" href="?id=10%[1]d&ten=tin-so-%[1]d-cua-bao">%[2]s</a><br><font class="ngay">%[3]s</font></td></tr></table>`,
	} {
		t.Run(name, func(t *testing.T) {
			body := listing(shape)
			rule, entries, ok := Guess([]byte(body), Options{URL: "https://bao.example.vn/xa-hoi", Now: now})
			if !ok || len(entries) != 10 || rule.Item == "" || rule.URL == "" {
				t.Fatalf("%v %+v: %d entries", ok, rule, len(entries))
			}
			for _, e := range entries {
				if !strings.HasPrefix(e.Title, "Xã Tân Lập khởi công") || !strings.HasPrefix(e.Link, "https://bao.example.vn/") {
					t.Errorf("%+v: %q %s", rule, e.Title, e.Link)
				}
			}
			if name != "links alone" && entries[3].Published.IsZero() {
				t.Errorf("%+v: no date", rule)
			}
			if got := Next([]byte(body), Options{URL: "https://bao.example.vn/xa-hoi"}); got != "https://bao.example.vn/xa-hoi?page=2" {
				t.Errorf("the next page is %q", got)
			}
		})
	}
}

func TestSiteName(t *testing.T) {
	for page, want := range map[string]string{
		`<title> Tin tức  - Báo Thử </title><meta property="og:site_name" content="Báo &lt;b&gt; Thử">`: "Báo <b> Thử",
		`<title>Báo Thử &amp; bạn đọc</title>`:                                                          "Báo Thử & bạn đọc",
		`<p>không tên`: "", "": "",
	} {
		if got := SiteName([]byte(page), "text/html; charset=utf-8"); got != want {
			t.Errorf("%s: %q, want %q", page, got, want)
		}
	}
	if got := SiteName([]byte("<title>"+strings.Repeat("dài ", 5000)), ""); len([]rune(got)) > maxSiteName {
		t.Errorf("%d characters", len([]rune(got)))
	}
}

func TestGuessNothing(t *testing.T) {
	menu := "<body>" + strings.Repeat(`<li><a href="/muc">Mục ngắn</a></li>`, 50)
	for name, body := range map[string]string{"a menu": menu, "nothing": "", "an error page": "<title>404</title><h1>Không tìm thấy trang</h1>", "an article": "<body>" + told,
		"another paper's": `<base href="https://khac.example.com/">` + listing(`<li class="item"><h2><a href="tin-%[1]d-10012%[1]d.html">%[2]s</a></h2><i>%[3]s</i></li>`)} {
		if rule, entries, ok := Guess([]byte(body), Options{URL: "https://bao.example.vn/"}); ok {
			t.Errorf("%s: %+v, %d entries", name, rule, len(entries))
		}
	}
	for name, body := range hostile() {
		if name == "many spans" || name == "headlines" {
			continue // slow to parse, and that is measured elsewhere
		}
		Guess([]byte(body[:min(len(body), MaxPage)]), Options{URL: "https://bao.example.vn/", Source: news.Source{}})
	}
}

func TestNext(t *testing.T) {
	for body, want := range map[string]string{
		`<link rel="next" href="/a/p2">`:                                              "https://bao.example.vn/a/p2",
		`<a rel="next" href="?trang=2">2</a>`:                                         "https://bao.example.vn/a?trang=2",
		`<ul class="pagination"><li class="next"><a href="/a/2/">x</a></li></ul>`:     "https://bao.example.vn/a/2/",
		`<div id="pager"><a href="/a/2">»</a></div>`:                                  "https://bao.example.vn/a/2",
		`<a href="/a/2">Tiếp theo</a>`:                                                "", // not in a pager
		`<a rel="next" href="https://khac.example.com/a/2">2</a>`:                     "",
		`<a rel="next" href="/a">1</a><a rel="next" href="javascript:trang(2)">2</a>`: "",
	} {
		if got := Next([]byte(body), Options{URL: "https://bao.example.vn/a"}); got != want {
			t.Errorf("%s: %q", body, got)
		}
	}
}
