package admin

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

func TestSuggest(t *testing.T) {
	known := []news.Topic{
		{ID: "ntm", Title: "Nông thôn mới", Include: news.Rule{Any: []news.Phrase{{Text: "xã nông thôn mới", Weight: 3}, {Text: "đường hoa", Weight: 1}, {Text: "sáp nhập", Weight: -3}}}},
		{ID: "gd", Title: "Giáo dục", Include: news.Rule{Any: []news.Phrase{{Text: "học sinh", Weight: 1}, {Text: "trường học", Weight: 1}}}},
		{ID: "yt", Title: "Y tế", Include: news.Rule{Any: []news.Phrase{{Text: "bệnh viện", Weight: 1}}}},
	}
	for _, c := range []struct {
		written []string
		want    string
	}{
		{nil, ""},
		{[]string{"", ""}, ""},
		{[]string{"Chuyện khác hẳn"}, ""},
		{[]string{"Nông thôn mới ở quê"}, "ntm: xã nông thôn mới = 3, đường hoa"},
		{[]string{"nong thon moi"}, "ntm: xã nông thôn mới = 3, đường hoa"},
		{[]string{"x", "xã nông thôn mới = 3"}, "ntm: đường hoa"},
		{[]string{"Trường học"}, "gd: học sinh"},
		{[]string{"Giáo dục và Y tế", "bệnh viện", "học sinh"}, "gd: trường học"}, // nothing is left of the third
		{[]string{"nông thôn mới", "giáo dục"}, "ntm: xã nông thôn mới = 3, đường hoa; gd: học sinh, trường học"},
	} {
		var parts []string
		for _, s := range suggest(c.written, known) {
			var lines []string
			for _, p := range s.Phrases {
				lines = append(lines, p.Line())
			}
			parts = append(parts, s.Topic+": "+strings.Join(lines, ", "))
		}
		if diff := cmp.Diff(c.want, strings.Join(parts, "; ")); diff != "" {
			t.Errorf("%q: %s", c.written, diff)
		}
	}
}

// TestSuggestedInThePage: a known topic fills the form, and what was written brings
// what it lacks.
func TestSuggestedInThePage(t *testing.T) {
	b := newRig(t, Options{}).signIn("editor")
	if got := b.do("GET", "/admin/topics/new?like=nong-thon-moi", nil).body; !strings.Contains(got, "xã nông thôn mới = 3\nđường hoa</textarea>") || !strings.Contains(got, `name="id" value="nong-thon-moi"`) {
		t.Error(got)
	}
	got := b.do("POST", "/admin/topics/preview", map[string][]string{"id": {"x"}, "title": {"Nông thôn mới"}, "include_any": {"đường hoa"}}, "X-Fragment", "1").body
	if !strings.Contains(got, `data-add="include_any">xã nông thôn mới = 3</button>`) || strings.Contains(got, `data-add="include_any">đường hoa<`) {
		t.Error(got)
	}
}
