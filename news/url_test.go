package news

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCanonicalURL(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{" https://Báotỉnh.example/a b/ngoáy tai.html ", "https://xn--botnh-xqa8074c.example/a%20b/ngo%C3%A1y%20tai.html"},
		{"HTTPS://BaoTinh.Example:443/A?b=2&a=1&utm_source=rss&fbclid=x#top", "https://baotinh.example/A?b=2&a=1"},
		{"http://user:pw@baotinh.example:80/./x/../y", "http://baotinh.example/y"},
		{"https://baotinh.example/tai-lieu.aspx?ItemID=7&Section=&x", "https://baotinh.example/tai-lieu.aspx?ItemID=7&Section=&x"},
		{"https://baotinh.example?vnn_source=trangchu&vnn_medium=a", "https://baotinh.example/"},
		{"https://baotinh.example/\nbai-1.html", "https://baotinh.example/bai-1.html"},
		{"https://baotinh.example/100%", "https://baotinh.example/100%25"},
		{"https://baotinh.example/#!/tin/5", "https://baotinh.example/#!/tin/5"},
		{"http://2130706433/", "http://127.0.0.1/"},
		{"http://[::FFFF:127.0.0.1]:8080/", "http://[::ffff:7f00:1]:8080/"},
	} {
		got, err := CanonicalURL(c.in)
		if err != nil || got != c.want {
			t.Errorf("CanonicalURL(%q) = %q, %v, want %q", c.in, got, err, c.want)
		}
		if again, err := CanonicalURL(got); err != nil || again != got {
			t.Errorf("not a fixed point: %q -> %q, %v", got, again, err)
		}
	}
	for in, says := range map[string]string{
		"": "is empty", "javascript:alert(1)": "must begin with http", "file:///etc/passwd": "must begin with http",
		"//baotinh.example/a": "must begin with http", "http:127.0.0.1": "must begin with http", "baotinh.example": "must begin with http",
		"http://": "its host cannot be read", "http://a b/": "its host cannot be read", "http://x:65536/": "its host cannot be read",
		"https://x.example/" + strings.Repeat("a", MaxURL): "at most 8192",
	} {
		if got, err := CanonicalURL(in); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("CanonicalURL(%.40q) = %q, %v, want an error with %q", in, got, err, says)
		}
	}
}

func TestStripTracking(t *testing.T) {
	for in, want := range map[string]string{
		"/a?utm_source=x":                   "/a",
		"/a?UTM_Source=x&b=%20&zarsrc=30&c": "/a?b=%20&c",
		"/a?b=1#utm_source=rss":             "/a?b=1",
		"/a#phan-2":                         "/a#phan-2",
		"/a?":                               "/a?",
		"https://x.example/p.aspx?ItemID=3&ref=rss":   "https://x.example/p.aspx?ItemID=3&ref=rss",
		"https://x.example/chi-tiet?86112&gclid=abc#": "https://x.example/chi-tiet?86112#",
	} {
		if got := StripTracking(in); got != want {
			t.Errorf("StripTracking(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestURLKey(t *testing.T) {
	same := [][]string{
		{"https://baotinh.example/thoi-su/bai-2.html", "http://www.baotinh.example:80/thoi-su/bai-2.html?utm_source=rss&utm_medium=feed",
			"https://m.baotinh.example/thoi-su/bai-2.html#a", "http://amp.baotinh.example/thoi-su/bai-2.html/amp/", "HTTPS://BAOTINH.EXAMPLE/thoi-su/bai-2.html?amp=1"},
		{"https://baotinh.example/p.aspx?ItemID=1&b=2", "http://baotinh.example/p.aspx?b=2&ItemID=1"},
		{"https://baotinh.example", "https://www.baotinh.example/", "http://baotinh.example?"},
		{"https://baotinh.example/ngo\u00e1y tai", "https://baotinh.example/ngoa\u0301y%20tai/"},
		{"not an address", "  not an address"},
	}
	seen := map[Key]string{}
	for _, group := range same {
		k := URLKey(group[0])
		for _, u := range group[1:] {
			if URLKey(u) != k {
				t.Errorf("%q and %q should have one key", group[0], u)
			}
		}
		if other, ok := seen[k]; ok {
			t.Errorf("%q and %q should differ", group[0], other)
		}
		seen[k] = group[0]
	}
	for _, pair := range [][2]string{
		{"https://baotinh.example/a", "https://baotinh.example/A"},
		{"https://baotinh.example/p.aspx?ItemID=1", "https://baotinh.example/p.aspx?ItemID=2"},
		{"https://baotinh.example:8080/", "https://baotinh.example/"},
		{"https://video.baotinh.example/a", "https://baotinh.example/a"},
		{"https://m.vn/", "https://vn/"},
	} {
		if URLKey(pair[0]) == URLKey(pair[1]) {
			t.Errorf("%q and %q should differ", pair[0], pair[1])
		}
	}
	if URLKey("  ") != "" {
		t.Error("no address, no key")
	}
}

func TestHostFamily(t *testing.T) {
	for in, want := range map[string]string{
		"vnexpress.net": "vnexpress.net", "giaitri.vnexpress.net": "vnexpress.net", "WWW.BaoCaMau.vn.": "baocamau.vn",
		"www.baocantho.com.vn:8080": "baocantho.com.vn", "baclieu.gov.vn": "baclieu.gov.vn", "phuyen.baodaklak.vn": "baodaklak.vn",
		"baotinh.example": "baotinh.example", "Báotỉnh.example": "xn--botnh-xqa8074c.example",
		"localhost:8081": "localhost:8081", "127.0.0.1:9000": "127.0.0.1:9000", "[::1]:80": "[::1]:80", "::1": "::1", "com.vn": "com.vn", "": "",
	} {
		if got := HostFamily(in); got != want {
			t.Errorf("HostFamily(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFamilies(t *testing.T) {
	s := Source{Homepage: "https://www.baocamau.vn", URL: "https://rss.baocamau.com.vn/home.rss", Hosts: []string{"baobaclieu.vn", "m.baocamau.vn"}}
	if d := cmp.Diff([]string{"baocamau.vn", "baocamau.com.vn", "baobaclieu.vn"}, s.Families()); d != "" {
		t.Error(d)
	}
	if got := (Source{Sitemap: "http://127.0.0.1:8081/sitemap.xml"}).Family(); got != "127.0.0.1:8081" {
		t.Errorf("a source without a homepage has the family of its address, not %q", got)
	}
}

func TestArticleNumber(t *testing.T) {
	for in, want := range map[string]string{
		"https://baobaclieu.vn/hoc-tap/huyen-hong-dan-86112.html":        "86112",
		"http://m.baobaclieu.vn/khac/ten-khac-86112.html?utm_source=x#y": "86112",
		"https://baocamau.vn/bai-viet-a12345.html":                       "a12345",
		"https://www.sggp.org.vn/bai-viet-post745123.html":               "post745123",
		"https://baobacninhtv.vn/bai-viet-postid412345.bbg":              "postid412345",
		"https://baotinh.example/bai-viet-1234567.htm":                   "1234567",
		"https://tuoitre.example/bai-20230616143512345.htm":              "20230616143512345",
		"https://baotinh.example/thoi-su/bai-thu-hai-doi-tua-2.html":     "2",
		"https://baotinh.example/123.htm":                                "123",
		"https://baolaichau.vn/xa-hoi/bai-viet-66012":                    "66012",
		"https://bao-b.example/202309/bao-so-4-giat-cap-12-1a2b3c4/":     "1a2b3c4",
		"https://baotinh.example/amp/bai-viet-86112.html/amp":            "86112",
		"https://tinh.gov.example/Pages/chitiet.aspx?ItemID=4512&l=Tin":  "itemid=4512",
		"https://tinh.gov.example/Lists/Post.aspx?List=abc&ID=7":         "post.aspx?list=abc&id=7",
		"https://tinh.gov.example/web/chi-tiet?86112":                    "86112",
		"https://video.baotinh.example/phong-su/x-3559225.html":          "3559225",
		"https://baotinh.example/tin-bai/thoi-su/ke-hoach-nam-2025.html": "",
		"https://baotinh.example/tin-bai/thoi-tiet-ngay-25-9.html":       "",
		"https://baotinh.example/thoi-tiet-20250925.html":                "",
		"https://baotinh.example/bao-so-4-giat-cap-12.html":              "",
		"https://baotinh.example/phong-chong-covid-19.html":              "",
		"https://baotinh.example/thoi-su/":                               "",
		"https://baotinh.example/quoc-lo-a1.html":                        "",
		"https://baotinh.example":                                        "",
		"":                                                               "",
		"https://1234567.example/":                                       "",
		"https://baotinh.example/tin?page=2":                             "",
	} {
		if got := ArticleNumber(in); got != want {
			t.Errorf("ArticleNumber(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzCanonicalURL(f *testing.F) {
	for _, s := range []string{"https://baotinh.example/a?b=1&utm_x=2#c", "http://[::1]:80/%", "https://x.example/?a=%zz&%", "http://ｂáo.example/\u200b", "https://x/#!utm_"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once, err := CanonicalURL(s)
		URLKey(s)
		ArticleNumber(s)
		HostFamily(s)
		if err != nil {
			return
		}
		if twice, err := CanonicalURL(once); err != nil || twice != once {
			t.Fatalf("%q -> %q -> %q, %v", s, once, twice, err)
		}
		if URLKey(s) != URLKey(once) {
			t.Fatalf("%q and its canonical form %q have two keys", s, once)
		}
	})
}
