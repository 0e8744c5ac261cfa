package feed

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

// TestOrigin: a credit is found at either end of a text however long, and of the
// texts that an entry has; what only looks like one is none.
func TestOrigin(t *testing.T) {
	long := "<p>" + strings.Repeat("Người dân trong xã góp công làm đường. ", 100) + "</p>"
	for _, c := range []struct{ summary, content, want string }{
		{"<p>(TTXVN) - Trời quang.</p>" + long, "", "TTXVN"},
		{"", long + "<p>Minh Mẫu (TTXVN/Vietnam+)</p>", "TTXVN"},
		{"", long + "<p>Theo <b>VOV</b></p><p>Ảnh: M.M</p>", "VOV"},
		{"Trời quang.", long + "<p>Nguồn: NDDT</p>", "Nhân Dân"},
		{"<p>Trời quang.</p><p>Theo Báo Mẫu</p>", long + "<p>Theo VOV</p>", "Báo Mẫu"},
		{long + "<p>(TTXVN) - Trời quang.</p>" + long, "", ""},
		{"<p>Trời quang.</p><p>Theo bà Mẫu Thị</p>", "", ""},
		{strings.Repeat("ế", 2000), "", ""},
		{"", "", ""},
	} {
		if got := origin(news.Entry{Summary: c.summary, Content: c.content}); got != c.want {
			t.Errorf("%.80q, %.80q: got %q, want %q", c.summary, c.content, got, c.want)
		}
	}
}

func TestByline(t *testing.T) {
	for _, c := range []struct {
		names  []string
		people []string
		credit string
	}{
		{[]string{"Theo TTXVN"}, nil, "TTXVN"},
		{[]string{"Nguồn: Báo Sông Trăng"}, nil, "Báo Sông Trăng"},
		{[]string{"Minh Nguyệt (TTXVN)", "Thu Hà"}, []string{"Minh Nguyệt (TTXVN)", "Thu Hà"}, "TTXVN"},
		{[]string{"Thu Hà"}, []string{"Thu Hà"}, ""},
		{[]string{"Theo ông Sáu"}, []string{"Theo ông Sáu"}, ""},
		{nil, nil, ""},
	} {
		var authors, want []news.Person
		for _, n := range c.names {
			authors = append(authors, news.Person{Name: n})
		}
		for _, n := range c.people {
			want = append(want, news.Person{Name: n})
		}
		people, credit := byline(authors)
		if d := cmp.Diff(want, people); d != "" || credit != c.credit {
			t.Errorf("%q: credits %q, want %q; authors (-want +got):\n%s", c.names, credit, c.credit, d)
		}
	}
}
