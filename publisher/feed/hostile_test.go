package feed

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"tinhub/news"
)

// nasty texts must come out well formed in every field of every format.
var nasty = map[string]string{
	"cdata end":     "a ]]> b ]]]]>> c",
	"markup":        `<img src=x onerror=alert(1)> &amp; &lt;script&gt; "quoted" 'single'`,
	"controls":      "a\x00b\x01c\x0bd\x1be\x7ff\u0085g",
	"noncharacters": "a\uFFFEb\uFFFFc\U0001FFFEd\U0010FFFFe",
	"emoji":         "lúa 🌾 gạo 🍚 👩‍🌾",
	"decomposed":    "Hò̂a Bình nông thôn mới",
	"broken UTF-8":  "a\xffb\xc3(c\xed\xa0\x80d",
	"turned":        "a\u202Ecod.exe\u2066b",
	"blanks":        " \t a \n b \u00a0 c ",
	"comment":       "<!-- --> <?xml version=\"1.1\"?> <!DOCTYPE x>",
	"author":        "Nguyễn Văn A <a@b.example>",
	"only controls": "\x00\x01\x02",
}

func filled(s string) Channel {
	c := sample()
	c.Title, c.Description = s, s
	c.Site.Owner, c.Site.Contact, c.Site.Licence, c.Site.Title = s, s, s, s
	it := c.Items[0]
	it.Title, it.Origin, it.Summary, it.Content = s, s, s, s
	it.Authors = []news.Person{{Name: s, Email: s, URL: s}}
	it.Agency = Agency{Name: s, Home: s, Feed: s}
	it.Also = []Copy{{Agency: s, Title: s, Link: s}}
	it.Categories = []news.Category{{Term: s, Label: s, Scheme: s}}
	it.Image = &news.Image{URL: "https://bao.example/a.jpg", Caption: s}
	it.Enclosures = []news.Enclosure{{URL: "https://bao.example/b.mp3", Type: s, Title: s, Length: -5}}
	it.Language = s
	c.Items = []Item{it}
	return c
}

func TestNastyTextIsWellFormed(t *testing.T) {
	for name, s := range nasty {
		c := filled(s)
		for ext, doc := range documents(c) {
			t.Run(name+"."+ext, func(t *testing.T) { wellFormed(t, ext, doc) })
		}
		t.Run(name+".opml", func(t *testing.T) {
			wellFormed(t, "opml", OPML(c.Site, c.Updated(), []Outline{{Title: s, Description: s, Language: s, Links: c.Links}}))
		})
	}
}

// wellFormed parses strictly and looks for characters that XML 1.0 forbids.
func wellFormed(t *testing.T, ext string, doc []byte) {
	t.Helper()
	if !utf8.Valid(doc) {
		t.Error("not UTF-8")
	}
	if ext == "json" {
		var v any
		if err := json.Unmarshal(doc, &v); err != nil {
			t.Errorf("%v\n%s", err, doc)
		}
		return
	}
	for _, r := range string(doc) {
		if unfit(r) {
			t.Errorf("it holds U+%04X", r)
		}
	}
	dec := xml.NewDecoder(strings.NewReader(string(doc)))
	for {
		_, err := dec.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
	}
}

func FuzzWellFormed(f *testing.F) {
	for _, s := range nasty {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for ext, doc := range documents(filled(s)) {
			wellFormed(t, ext, doc)
		}
	})
}

func TestURL(t *testing.T) {
	for in, want := range map[string]string{
		"https://bao.example/tin?a=1&b=2#x":                   "https://bao.example/tin?a=1&b=2#x",
		" https://bao.example/tin ":                           "https://bao.example/tin",
		"https://bao.example/a b\"c":                          "https://bao.example/a%20b%22c",
		"https://bao.example/a]b[c":                           "https://bao.example/a%5Db%5Bc",
		"https://bao.example/tin-tức?q=lũ lụt":                "https://bao.example/tin-t%E1%BB%A9c?q=l%C5%A9%20l%E1%BB%A5t",
		"https://bao.example/100%":                            "",
		"https://bao.example/?x=100%":                         "https://bao.example/?x=100%25",
		"https://bao.example/%C4%91":                          "https://bao.example/%C4%91",
		"https://báo.example/":                                "https://xn--bo-mia.example/",
		"https://a_b.example:8443/x":                          "https://a_b.example:8443/x",
		"http://[2001:DB8::1]/x":                              "http://[2001:db8::1]/x",
		"http://127.0.0.1:8080/topics/x":                      "http://127.0.0.1:8080/topics/x",
		"https://bao.example/a\nb":                            "",
		"javascript:alert(1)":                                 "",
		"data:text/html,x":                                    "",
		"https://user:pass@bao.example/":                      "",
		"//bao.example/x":                                     "",
		"":                                                    "",
		"https://":                                            "",
		"https://bao.example/<script>?q=<b>&r='\"|\\^`{}":     "https://bao.example/%3Cscript%3E?q=%3Cb%3E&r=%27%22%7C%5C%5E%60%7B%7D",
		"HTTPS://BAO.example/X":                               "https://bao.example/X",
		"https://bao.example/x#phần 2":                        "https://bao.example/x#ph%E1%BA%A7n%202",
		"https://bao.example/" + strings.Repeat("a", 5) + "/": "https://bao.example/aaaaa/",
	} {
		if got := URL(in); got != want {
			t.Errorf("URL(%q) = %q, want %q", in, got, want)
		}
		if got := URL(URL(in)); got != URL(in) {
			t.Errorf("URL of URL(%q) = %q", in, got)
		}
	}
}

func TestStoryID(t *testing.T) {
	const id = "0a1122334455f67788f9aabbccddeeff"
	got := StoryID(id)
	if want := "urn:uuid:0a112233-4455-8677-88f9-aabbccddeeff"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if StoryID(id) != got || StoryID("1"+id[1:]) == got {
		t.Error("one story, one id; another story, another id")
	}
	for _, name := range []string{got, strings.ToUpper(got), " " + strings.TrimPrefix(got, "urn:uuid:")} {
		called := StoriesCalled(name)
		if len(called) != 64 || !slices.Contains(called, id) || slices.ContainsFunc(called, func(x string) bool { return StoryID(x) != got }) {
			t.Errorf("%q calls %v", name, called)
		}
	}
	for _, none := range []string{"", "urn:uuid:", strings.Replace(got, "8677", "4677", 1), got + "0", strings.Replace(got, "a", "x", 1), "tag:x,2026:" + id} {
		if called := StoriesCalled(none); len(called) != 0 {
			t.Errorf("%q calls %v", none, called)
		}
	}
	for _, odd := range []string{"", "short", strings.Repeat("é", 40), "ABCDEF"} {
		if s := StoryID(odd); len(s) != len(got) || s[23] != '8' {
			t.Errorf("StoryID(%q) = %s", odd, s)
		}
	}
}

func TestUnusableLinksLeadToThePage(t *testing.T) {
	c := sample()
	c.Items = c.Items[:1]
	c.Items[0].Link = "javascript:alert(1)"
	for ext, doc := range documents(c) {
		if strings.Contains(string(doc), "javascript:") {
			t.Errorf("%s carries it", ext)
		}
		if !strings.Contains(string(doc), c.Items[0].Page) {
			t.Errorf("%s does not lead to the story's page", ext)
		}
	}
}

func TestUpdatedNeverBeforeTheFloor(t *testing.T) {
	c := sample()
	before := c.Updated()
	c.Floor = before
	c.Items = c.Items[1:]
	if got := c.Updated(); !got.Equal(before) {
		t.Errorf("went back to %s from %s", got, before)
	}
}
