package page

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
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
	if racing {
		t.Skip("its budgets are those of the program as it is")
	}
	for name, body := range hostile() {
		t.Run(name, func(t *testing.T) {
			body = body[:min(len(body), MaxPage)]
			var a Article
			var err error
			budgeted(t, body, func(b []byte) { a, err = Read(b, Options{URL: "https://bao.example/tin/a-1.html", Now: now}) })
			if strings.Contains(body, "Kênh Mới") && name != "nul" && name != "frameset" && name != "headlines" && (err != nil || !strings.Contains(a.Text, "cắt băng khánh thành")) {
				t.Errorf("the article is lost: %v, %.100q", err, a.Text)
			}
			safe(t, a)
		})
	}
	if _, err := Read(make([]byte, MaxPage+1), Options{}); err == nil {
		t.Error("a page beyond the limit is no error")
	}
}

// TestHostileLists: nor does a page that is looked at for a list of articles.
func TestHostileLists(t *testing.T) {
	if racing {
		t.Skip("its budgets are those of the program as it is")
	}
	o := Options{URL: "https://bao.example/", Now: now, Source: news.Source{Page: &news.PageRule{Item: "li, div, a", Link: "a", Date: "time"}}}
	link := `<a href="/tin/mot-hai-ba-bon-nam-%d.html">Một hai ba bốn năm sáu bảy tám chín mười</a>`
	links := func(each string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, each, i)
		}
		return b.String()
	}
	pages := hostile()
	pages["links in one element"] = "<body><div>" + links(link, 20_000)
	pages["links in items"] = "<body><ul>" + links("<li>"+link+"</li>", 12_000)
	pages["one address"] = "<body><div>" + strings.Repeat(`<a href="/tin/mot-hai-ba-bon-nam.html">Một hai ba bốn năm</a>`, 20_000)
	pages["links in links"] = "<body>" + links("<div>"+link, 400)
	pages["items in items"] = "<body>" + strings.Repeat("<div><li>", 240) + links(link, 5_000)
	for name, body := range pages {
		t.Run(name, func(t *testing.T) {
			budgeted(t, body[:min(len(body), MaxPage)], func(b []byte) {
				_, _, _ = Guess(b, o)
				_, _, _ = Section(b, o)
				_ = Next(b, o)
			})
		})
	}
}

// budgeted holds work on a page to FAULTS.md's budget: two seconds of a processor,
// and 64 MiB besides the page itself.
func budgeted(t *testing.T, body string, work func([]byte)) {
	t.Helper()
	page := []byte(body)
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	stop := make(chan struct{})
	peak := watchHeap(stop)
	begun := cpuTime()
	work(page)
	took := cpuTime() - begun
	close(stop)
	used := (int64(<-peak) - int64(before.HeapInuse)) >> 20
	t.Logf("%v, %d MiB for %d KiB", took.Round(time.Millisecond), used, len(page)>>10)
	if took > 2*time.Second {
		t.Errorf("took %v", took)
	}
	if most := int64(64 + len(page)>>20); used > most {
		t.Errorf("used %d MiB, of %d", used, most)
	}
}

// cpuTime is what the process has used: other work on the machine is not counted.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// watchHeap samples the heap until stop is closed, then sends its peak.
func watchHeap(stop chan struct{}) chan uint64 {
	peak := make(chan uint64, 1)
	go func() {
		var most uint64
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return peak
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
	if strings.Contains(a.HTML, "//169.254") || a.Image != nil && strings.Contains(a.Image.URL, "//169.254") {
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
