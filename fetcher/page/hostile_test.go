package page

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tinhub/news"
)

// told is an article long enough to be one.
const told = `<h1>Khánh thành cầu Kênh Mới</h1><p>Sáng nay, chính quyền xã cùng bà con đã cắt băng khánh thành cây cầu nối hai bờ Kênh Mới sau tám tháng thi công.</p>` +
	`<p>Cầu dài bốn mươi mét, rộng ba mét rưỡi, do người dân hiến đất và góp ngày công, tổng kinh phí hơn một tỷ đồng.</p>`

// hostile are pages that were made to hurt, and some that a broken CMS makes.
func hostile() map[string]string {
	n := func(s string, times int) string { return strings.Repeat(s, times) }
	return map[string]string{
		"nested a thousand deep":    "<body>" + n("<div>", 1000) + told + n("</div>", 1000),
		"nested a million deep":     "<body>" + n("<div>", 1<<20) + told,
		"nested tables":             "<body>" + n("<table><tr><td>", 2000) + told,
		"misnested":                 "<body>" + told + n("<b><i>", 100_000) + "x",
		"misnested formatting":      "<body>" + told + n("<b><p><i></b>", 20_000),
		"a million brackets":        "<body>" + told + n("<", 1<<20),
		"comments that never end":   "<body>" + told + n("<!--", 250_000),
		"one word of five megabyte": "<body>" + told + "<p>" + n("á", MaxPage/2-1000) + "</p>",
		"two hundred thousand divs": "<body><div class=newscontent>" + told + n("<div class=comment>a</div>", 200_000) + "</div>",
		"many spans":                "<body>" + told + n("<span>b</span>", 300_000),
		"attributes":                "<body><div " + n("a=b ", 100_000) + ">" + told + "</div>",
		"one attribute":             "<body><div class=\"" + n("author source ", 100_000) + "\">" + told + "</div>",
		"scripts":                   "<body>" + n("<script>var x='<p>không phải bài</p>'</script>", 20_000) + told,
		"json-ld nested":            `<head><script type="application/ld+json">` + n(`[`, 100_000) + `</script></head><body>` + told,
		"json-ld of an array":       `<head><script type="application/ld+json">[` + n(`{"@type":"NewsArticle","author":[{"name":"A B"}]},`, 5000) + `{}]</script></head><body>` + told,
		"headlines":                 "<body>" + n("<h1>Tin</h1>", 100_000) + told,
		"breaks":                    "<body><div class=newscontent>" + told + n("<br>", 500_000) + "</div>",
		"base to a script":          `<head><base href="javascript:alert(1)//"></head><body><div class=newscontent>` + told + `<img src="x.jpg"><a href="y">z</a></div>`,
		"base to data":              `<head><base href="data:text/html,x"></head><body><div class=newscontent>` + told + `<img src="x.jpg"></div>`,
		"base into the house":       `<head><base href="http://169.254.169.254/latest/"></head><body><div class=newscontent>` + told + `<img src="x.jpg"></div>`,
		"svg, math, template":       "<body>" + told + "<svg><style><img src=x onerror=alert(1)></style></svg><math><mtext><script>alert(1)</script></mtext></math><template><p onclick=x>y</p></template>",
		"noscript":                  "<body>" + told + "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
		"image with a handler":      "<body><div class=newscontent>" + told + `<figure><img src="a.jpg" onerror="alert(1)"><figcaption>"><script>alert(1)</script></figcaption></figure></div>`,
		"javascript as an image":    "<body><div class=newscontent>" + told + `<img src="javascript:alert(1)"><img data-src="vbscript:x"><a href="jAvAsCrIpT:alert(1)">x</a></div>`,
		"frameset":                  "<frameset><frame src=x></frameset>" + told,
		"plaintext":                 "<body>" + told + "<plaintext><p>x",
		"nul":                       "<body>" + strings.ReplaceAll(told, " ", "\x00 "),
		"not text":                  n("\xff\xfe\x00\x80", 100_000),
		"nothing":                   "",
		"title only":                "<title>x</title>",
	}
}

// TestHostile: no page takes more than a page may take, none panics, and what
// comes out is safe whatever went in.
func TestHostile(t *testing.T) {
	budget := 15 * time.Second // wall time on a busy machine; alone the worst takes two
	if raceEnabled {
		budget *= 10
	}
	for name, body := range hostile() {
		t.Run(name, func(t *testing.T) {
			if len(body) > MaxPage {
				body = body[:MaxPage]
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begun := time.Now()
			a, err := Read([]byte(body), Options{URL: "https://bao.example/tin/a-1.html", Now: now})
			took := time.Since(begun)
			runtime.ReadMemStats(&after)
			if took > budget {
				t.Errorf("took %v", took)
			}
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 2000 {
				t.Errorf("allocated %d MB", used)
			}
			if strings.Contains(body, "Kênh Mới") && name != "nul" && name != "frameset" && (err != nil || !strings.Contains(a.Text, "cắt băng khánh thành")) {
				t.Errorf("the article is lost: %v, %.100q", err, a.Text)
			}
			if os.Getenv("TINHUB_TIMES") != "" {
				fmt.Printf("%-28s %8d bytes %v %d MB\n", name, len(body), took, (after.TotalAlloc-before.TotalAlloc)>>20)
			}
			safe(t, a)
		})
	}
	if _, err := Read(make([]byte, MaxPage+1), Options{}); err == nil {
		t.Error("a page beyond the limit is no error")
	}
}

// safe says that nothing of an article can do harm where it is shown.
func safe(t *testing.T, a Article) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(a.HTML))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		tok := z.Token()
		switch tok.Data {
		case "script", "style", "iframe", "object", "embed", "form", "svg", "math", "base", "template", "noscript", "meta", "link":
			if kind != html.TextToken {
				t.Errorf("<%s> in %.200q", tok.Data, a.HTML)
			}
		}
		for _, at := range tok.Attr {
			v := strings.ToLower(strings.TrimSpace(at.Val))
			if strings.HasPrefix(at.Key, "on") || (at.Key == "src" || at.Key == "href") && !strings.HasPrefix(v, "https://") && !strings.HasPrefix(v, "http://") && !strings.HasPrefix(v, "mailto:") {
				t.Errorf("%s=%q in %.200q", at.Key, at.Val, a.HTML)
			}
		}
	}
	if a.Image != nil && !strings.HasPrefix(a.Image.URL, "https://") && !strings.HasPrefix(a.Image.URL, "http://") {
		t.Errorf("image %q", a.Image.URL)
	}
	if strings.Contains(a.HTML, "169.254") || a.Image != nil && strings.Contains(a.Image.URL, "169.254") {
		t.Errorf("an address inside of the house: %.300q %v", a.HTML, a.Image)
	}
}

// FuzzRead: whatever the bytes, no panic, safe HTML, and texts that are UTF-8.
func FuzzRead(f *testing.F) {
	for _, body := range hostile() {
		if len(body) < 4000 {
			f.Add([]byte(body), "text/html")
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		a, _ := Read(body, Options{URL: "https://bao.example/tin/a-1.html", ContentType: contentType, Now: now})
		safe(t, a)
		for _, s := range []string{a.Title, a.Text, a.HTML, a.Lede, a.Section, a.Origin} {
			if s != strings.ToValidUTF8(s, "") {
				t.Errorf("not UTF-8: %.100q", s)
			}
		}
		_, _, _ = Section(body, Options{Source: news.Source{Page: &news.PageRule{Item: "li, .item", Date: "time"}}, URL: "https://bao.example/", Now: now})
	})
}
