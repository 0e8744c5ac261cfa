package admin

import (
	"net/url"
	"strings"
	"testing"
	"time"

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

// TestPreviewIsBounded: while a rule is written, a preview looks for a moment only, says
// how far it came, and goes on where that is asked for; a program waits for all.
func TestPreviewIsBounded(t *testing.T) {
	r := newRig(t, Options{Rate: -1, Now: func() time.Time { return noon }})
	b := r.signIn("viewer")
	form := url.Values{"id": {"moi"}, "title": {"Mới"}, "include_any": {"nông thôn mới"}, "days": {"7"}}
	const more = `name="whole" value="1"`
	if got := b.do("POST", "/admin/topics/preview", form); got.status != 200 || !strings.Contains(got.body, more) || !strings.Contains(got.body, "Mới xem các tin từ 12:00 · 17/11/2026") {
		t.Errorf("bounded: %d %s", got.status, got.body)
	}
	form.Set("whole", "1")
	if got := b.do("POST", "/admin/topics/preview", form); got.status != 200 || strings.Contains(got.body, more) {
		t.Errorf("whole: %d %s", got.status, got.body)
	}
	if got := r.ask(Read, "POST", apiRoot+"/topics/preview?since=7d", `{"id":"moi","title":"Mới"}`); got.status != 200 || strings.Contains(got.body, "partial") || !strings.Contains(got.body, `"since":"2026-11-17T05:00:00Z"`) {
		t.Errorf("the API: %d %s", got.status, got.body)
	}
}
