package feed

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"tinhub/news"
)

// twice is a text as a program writes it that takes UTF-8 for windows-1252.
func twice(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if r := charmap.Windows1252.DecodeByte(c); r != '\uFFFD' {
			b.WriteRune(r)
		} else {
			b.WriteRune(rune(c))
		}
	}
	return b.String()
}

func TestOnce(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"Vietnamese":                {twice("Hà Nội đón gió mùa, “rét đậm”"), "Hà Nội đón gió mùa, “rét đậm”"},
		"HTML":                      {twice("<p>Ảnh: Đức</p>"), "<p>Ảnh: Đức</p>"},
		"right as it is":            {"Hà Nội đón gió mùa", "Hà Nội đón gió mùa"},
		"of Latin-1 only":           {"Tà xùa, Là Ngà", "Tà xùa, Là Ngà"},
		"French":                    {"été à Orléans", "été à Orléans"},
		"a mark of no word":         {"nhiệt độ 30 °C – 35 °C", "nhiệt độ 30 °C – 35 °C"},
		"one of them, and a letter": {twice("Hà") + " ộ", twice("Hà") + " ộ"},
		"one, as a joke":            {"Chao-Ã©-ru", "Chao-Ã©-ru"},
		"one character of three":    {twice("…"), "…"},
		"ASCII":                     {"a < b", "a < b"},
	} {
		r := &repairs{}
		if got := r.once(c.in); got != c.want || (len(r.list) > 0) != (c.in != c.want) {
			t.Errorf("%s: %q, want %q; repairs %v", name, got, c.want, r.list)
		}
	}
}

func TestEncodedTwice(t *testing.T) {
	doc, err := Parse([]byte(rssOf(`<item><title>`+twice("Mưa lớn ở Cà Mau")+`</title><link>https://bao.example/1</link><description><![CDATA[`+
		twice("<p>Nước dâng cao</p>")+`]]></description></item>`)), options())
	if err != nil || len(doc.Entries) != 1 {
		t.Fatal(doc, err)
	}
	if e := doc.Entries[0]; e.Title != "Mưa lớn ở Cà Mau" || e.Summary != "<p>Nước dâng cao</p>" {
		t.Errorf("%q, %q", e.Title, e.Summary)
	}
	if want := (news.Repair{What: encodedTwice, Count: 2}); len(doc.Repairs) != 1 || doc.Repairs[0] != want {
		t.Errorf("repairs %v, want %v", doc.Repairs, want)
	}
}
