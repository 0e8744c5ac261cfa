package markup

import (
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/html"
)

const testBase = "https://baotinh.example/thoi-su/bai-1.html"

func TestSanitise(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain text", "Họp báo quý III", "Họp báo quý III"},
		{"text with marks", `a < b & "c"`, "a &lt; b &amp; &#34;c&#34;"},
		{"entities", "X&atilde; A &ndash; &#039;m&#039;", "Xã A – &#39;m&#39;"},
		{"nfd", "<p>hoa\u0300</p>", "<p>hoà</p>"},
		{"lead image of VnExpress", `<a href="/b-2.html"><img width=130 height=100 src="//img.example/a.jpg" ></a></br>Tin vắn.`,
			`<a href="https://baotinh.example/b-2.html"><img width="130" height="100" src="https://img.example/a.jpg"/></a><br/>Tin vắn.`},
		{"relative link", `<a href="../van-hoa/x.html?utm_source=rss&amp;id=3#b">x</a>`, `<a href="https://baotinh.example/van-hoa/x.html?id=3#b">x</a>`},
		{"bad link loses the link", `<a href="javascript:alert(1)">bấm</a>`, "bấm"},
		{"unknown element unwrapped", `<o:p><x-box><b>chữ</b></x-box></o:p>`, "<b>chữ</b>"},
		{"class, id, style go", `<p class="a" id="location" style="color:red" onclick="x()">t</p>`, "<p>t</p>"},
		{"lazy image", `<img src="data:image/gif;base64,AAAA" data-src="/a.jpg">`, `<img src="https://baotinh.example/a.jpg"/>`},
		{"srcset", `<img srcset="/a-2x.jpg 2x, /a.jpg 1x">`, `<img src="https://baotinh.example/a-2x.jpg"/>`},
		{"tracking pixel", `<p>t<img src="https://t.example/p.png" width="1" height="1"></p>`, "<p>t</p>"},
		{"pixel by style", `<p>t<img src="https://t.example/p.png" style="width: 1px; height: 1px"></p>`, "<p>t</p>"},
		{"feedburner", `t<img src="http://feeds.feedburner.com/~r/x/~4/y">`, "t"},
		{"image on a private host", `t<img src="http://192.168.1.1/logo.png"><img src="http://localhost/a.png"><img src="http://[::1]/a.png"><img src="http://2130706433/a.png">`, "t"},
		{"image name with letters and blanks", `<img src="/1%20NHỎ ảnh.jpg">`, `<img src="https://baotinh.example/1%20NH%E1%BB%8E%20%E1%BA%A3nh.jpg"/>`},
		{"own base", `<base href="https://khac.example/d/"><a href="e">x</a>`, `<a href="https://khac.example/d/e">x</a>`},
		{"empty link after its image went", `<p><a href="/x"><img src="http://10.0.0.1/a.png"></a>chữ</p>`, "<p>chữ</p>"},
		{"open object", `một<object data=x> <b>hai</b>`, "một <b>hai</b>"},
		{"no comment", `ba <!' <b>bốn</b>`, "ba &lt;!&#39; <b>bốn</b>"},
		{"unbalanced", `<div><b>đậm<p>đoạn</div></i></table>`, "<div><b>đậm<p>đoạn</p></b></div>"},
		{"table", `<table><tr><td colspan="2">1</td></tr></table>`, `<table><tbody><tr><td colspan="2">1</td></tr></tbody></table>`},
		{"directional override", "đọc\u202Etxt.exe\u202C", "đọctxt.exe"},
		{"comment", "a<!-- x -->b", "ab"},
		{"a CDATA section in another", "<![CDATA[<p>chữ</p><script>x</script>]]>b", "<p>chữ</p>b"},
		{"a comment without an end", "<p>một <!-- hai<b> ba</b></p>", "<p>một  ba</p>"},
		{"a comment without anything", "một<!--", "một"},
		{"comments with and without an end", "a<!-- <b>x</b> -->b<!-- c>d", "abd"},
		{"a declaration without an end", "giá <!DOCTYPE 5", "giá &lt;!DOCTYPE 5"},
		{"mailto", `<a href="mailto:toasoan@baotinh.example">thư</a>`, `<a href="mailto:toasoan@baotinh.example">thư</a>`},
		{"user in a link", `<a href="https://vtv.vn@evil.example/x">x</a>`, `<a href="https://evil.example/x">x</a>`},
		{"idn", `<a href="http://báo.example/tin mới">x</a>`, `<a href="http://xn--bo-mia.example/tin%20m%E1%BB%9Bi">x</a>`},
	} {
		got := Sanitise(c.in, testBase)
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		checkSafe(t, c.name, got)
	}
}

// hostile inputs of which nothing dangerous may be left.
func hostile() map[string]string {
	return map[string]string{
		"script":             `<script>alert(1)</script><scr<script>ipt>alert(2)</script>`,
		"svg onload":         `<svg onload=alert(1)><circle/></svg>`,
		"svg animate":        `<svg><animate onbegin=alert(1) attributeName=x dur=1s>`,
		"math style":         `<math><mglyph><style><!--</style><img title="--><img src=1 onerror=alert(1)>">`,
		"math href":          `<math href="javascript:alert(1)">x</math>`,
		"js newline":         "<a href=\"java&#10;script:alert(1)\">x</a>",
		"js colon":           `<a href="javascript&colon;alert(1)">x</a>`,
		"js control":         `<a href="&#14; javascript:alert(1)">x</a>`,
		"js case":            `<a href="  JaVaScRiPt:alert(1)">x</a>`,
		"js in base":         `<base href="javascript:alert(1)//"><a href="x">x</a>`,
		"data html":          `<a href="data:text/html,<script>alert(1)</script>">x</a>`,
		"data svg":           `<img src="data:image/svg+xml;base64,PHN2Zy8+">`,
		"vbscript":           `<a href="vbscript:x">x</a><a href="intent:x">x</a><a href="blob:https://x/1">x</a>`,
		"iframe":             `<iframe src="https://x.example"></iframe><iframe srcdoc="<script>1</script>"></iframe>`,
		"object":             `<object data=x><embed src=x></object><applet code=x></applet>`,
		"refresh":            `<meta http-equiv=refresh content="0;url=javascript:1"><link rel=stylesheet href=//x>`,
		"form":               `<form action=/x><button formaction=javascript:1>b</button><input type=image src=x onerror=1></form>`,
		"onerror":            `<img src=x onerror=alert(1)>`,
		"double escaped":     `&lt;img src=x onerror=alert(1)&gt;`,
		"twice escaped":      `&amp;lt;img src=x onerror=alert(1)&amp;gt;`,
		"template":           `{{.Env}} ${x} <%= y %> {{constructor.constructor('a')()}}`,
		"attribute breakout": `<p title='"><script>alert(1)</script>'>x</p>`,
		"noscript":           `<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>`,
		"textarea":           `<textarea></textarea><script>1</script></textarea>`,
		"xmp":                `<xmp><p title="</xmp><script>1</script>"></xmp>`,
		"deep divs":          strings.Repeat("<div>", 600) + "x",
		"very deep":          strings.Repeat("<b>", 200000) + "x",
		"misnested":          strings.Repeat("<b><i>", 100000) + "x",
		"misnested closed":   strings.Repeat("<b><i></b></i>", 50000) + "x",
		"misnested p":        strings.Repeat("<b><p></b>", 50000) + "x",
		"tables":             strings.Repeat("<table><tr><td><a href=x>", 20000) + "x",
		"anchors":            strings.Repeat("<a href=/x>", 100000) + "x",
		"less-thans":         strings.Repeat("<", 1000000),
		"open comments":      strings.Repeat("<!--", 250000),
		"ampersands":         strings.Repeat("&", 1000000),
		"long attribute":     `<p title="` + strings.Repeat("x", 5<<20) + `">x</p>`,
		"many attributes":    "<p " + strings.Repeat("a=1 ", 200000) + ">x</p>",
		"huge text":          strings.Repeat("chữ ", 5<<18),
		"invalid utf-8":      "a\xff\xfe\xc0\xafb",
		"nul":                "<scr\x00ipt>alert(1)</scr\x00ipt>\x00",
	}
}

func TestSanitiseHostile(t *testing.T) {
	if racing {
		t.Skip("its budgets are those of the program as it is")
	}
	for name, in := range hostile() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		start := cpuTime()
		got := Sanitise(in, testBase)
		took := cpuTime() - start
		runtime.ReadMemStats(&after)
		if took > 2*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		if live := int64(after.HeapAlloc) - int64(before.HeapAlloc); live > 64<<20 {
			t.Errorf("%s left %d MiB in use", name, live>>20)
		}
		checkSafe(t, name, got)
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

// checkSafe looks at the output's tree: only what is allowed, a fixed point,
// balanced, within the cap.
func checkSafe(t *testing.T, name, out string) {
	t.Helper()
	if len(out) > MaxContent+MaxContent/8 {
		t.Errorf("%s: %d bytes", name, len(out))
	}
	if again := Sanitise(out, testBase); again != out {
		t.Errorf("%s: not a fixed point:\n%.300s\n%.300s", name, out, again)
	}
	open := []string{}
	z := html.NewTokenizer(strings.NewReader(out))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("%s: left open: %v in %.300s", name, open, out)
			}
			return
		case html.CommentToken, html.DoctypeToken:
			t.Errorf("%s: a comment came through: %.300s", name, out)
		case html.StartTagToken:
			token := z.Token()
			checkTag(t, name, token)
			open = append(open, token.Data)
		case html.SelfClosingTagToken:
			checkTag(t, name, z.Token())
		case html.EndTagToken:
			token := z.Token()
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Errorf("%s: </%s> closes %v", name, token.Data, open)
				return
			}
			open = open[:len(open)-1]
		}
	}
}

func checkTag(t *testing.T, name string, token html.Token) {
	t.Helper()
	attrs, ok := allowed[token.DataAtom]
	if !ok {
		t.Errorf("%s: <%s> came through", name, token.Data)
	}
	for _, a := range token.Attr {
		if !contains(attrs, a.Key) && !contains(everywhere, a.Key) {
			t.Errorf("%s: %s= came through", name, a.Key)
		}
		if a.Key == "href" || a.Key == "src" || a.Key == "cite" {
			if !strings.HasPrefix(a.Val, "http://") && !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, "mailto:") {
				t.Errorf("%s: %s=%q came through", name, a.Key, a.Val)
			}
		}
	}
}

func FuzzSanitise(f *testing.F) {
	for _, in := range hostile() {
		if len(in) < 1000 {
			f.Add(in)
		}
	}
	f.Add(`<table><a href=x>1<tr><td><b>2</table><p>3<div>4`)
	f.Fuzz(func(t *testing.T, in string) {
		checkSafe(t, "fuzz", Sanitise(in, testBase))
	})
}

func TestWithoutLead(t *testing.T) {
	for in, want := range map[string]string{
		`<a href="https://b.example/1"><img src="https://b.example/1.jpg"/></a><br/>Tin vắn.`: "Tin vắn.",
		`<img src="https://b.example/1.jpg" alt="a &gt; b"/> Tin vắn.`:                        "Tin vắn.",
		`<p><img src="https://b.example/1.jpg"/></p>Tin`:                                      `<p><img src="https://b.example/1.jpg"/></p>Tin`,
		`<a href="https://b.example/1"><img src="https://b.example/1.jpg"/>Tin</a>`:           `<a href="https://b.example/1"><img src="https://b.example/1.jpg"/>Tin</a>`,
		"Tin": "Tin",
	} {
		if got := WithoutLead(in); got != want {
			t.Errorf("WithoutLead(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPrivate(t *testing.T) {
	for _, address := range []string{
		"http://127.0.0.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/", "http://100.100.100.200/",
		"http://[fd00:ec2::254]/", "http://0.0.0.0:6379/", "http://0.1.2.3/", "http://[::127.0.0.1]/", "http://[64:ff9b::7f00:1]/",
		"http://198.18.0.1/", "http://240.0.0.1/", "http://[fe80::1%25eth0]/", "http://2130706433/", "http://0177.0.0.1/",
		"http://127.1/", "http://localhost./", "http://router/", "http://nas.local/", "http://10.0.0.1/", "http://0x7f.1/", "http:///x", "%zz",
	} {
		if !Private(address) {
			t.Errorf("Private(%q) = false", address)
		}
	}
	for _, address := range []string{"https://baotinh.example/a.jpg", "http://8.8.8.8/", "http://[2001:4860:4860::8888]/x", "https://img.f29.vnecdn.net/x"} {
		if Private(address) {
			t.Errorf("Private(%q) = true", address)
		}
	}
}

func TestLink(t *testing.T) {
	for _, c := range []struct{ base, ref, want string }{
		{testBase, " \n/a b.html\n", "https://baotinh.example/a%20b.html"},
		{testBase, "//khac.example/x", "https://khac.example/x"},
		{testBase, "?id=2", "https://baotinh.example/thoi-su/bai-1.html?id=2"},
		{testBase, "https://a.example/100%-giam", "https://a.example/100%25-giam"},
		{testBase, "https://a.example/x?q=a|b&utm_medium=rss", "https://a.example/x?q=a%7Cb"},
		{testBase, "https://a.example/da%C4%91/%7Ex", "https://a.example/da%C4%91/%7Ex"},
		{"", "/a", ""},
		{"", "https://A.Example/B", "https://A.Example/B"},
		{testBase, "javascript:alert(1)", ""},
		{testBase, "http:127.0.0.1", ""},
		{testBase, "ftp://a.example/x", ""},
		{testBase, "", ""},
		{testBase, "http://", ""},
		{testBase, "http://a b.example/", ""},
		{testBase, "http://[::1", ""},
		{testBase, "https://a.example/" + strings.Repeat("x", 5000), ""},
		{testBase, "https:\n//a.example/x", "https://a.example/x"},
		{testBase, "https://a.example:65535/x", "https://a.example:65535/x"},
		{testBase, "http://[2001:db8::1]:8080/x", "http://[2001:db8::1]:8080/x"},
		{testBase, "http://[2001:db8::1]/x", "http://[2001:db8::1]/x"},
		{testBase, "https://a.example:/x", "https://a.example:/x"},
		{testBase, "https://báo.example:8080/x", "https://xn--bo-mia.example:8080/x"},
		{testBase, "https://a.example:65536/x", ""},
		{testBase, "//a.example:99999/x", ""},
		{testBase, "http://[::1]:99999/8", ""},
		{testBase, "https://báo.example:99999/x", ""},
		{testBase, "https://a.example:18446744073709551617/x", ""},
		{testBase, "https://:80/x", ""},
		{"https://a.example:99999/", "/x", ""},
	} {
		if got := Link(c.base, c.ref); got != c.want {
			t.Errorf("Link(%q, %.80q) = %q, want %q", c.base, c.ref, got, c.want)
		}
	}
}
