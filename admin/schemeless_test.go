package admin

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"tinhub/news"
)

// plainOnly is a press that knows no TLS.
type plainOnly struct{ Polls }

func (p plainOnly) Try(ctx context.Context, s news.Source) (Tried, error) {
	t, err := p.Polls.Try(ctx, s)
	if strings.HasPrefix(s.Address(), "https:") {
		t = Tried{Health: news.Failing, Detail: "bao.example.vn refuses connections"}
	}
	return t, err
}

// TestSchemeless: an address is taken as people write it, by https, and by http where
// only that answers.
func TestSchemeless(t *testing.T) {
	for _, tt := range []struct {
		name, written, want string
		plain               bool // the press knows no TLS
	}{
		{"https answers", "bao.example.vn/rss", "https://bao.example.vn/rss", false},
		{"only http answers", " 127.0.1.3:38341", "http://127.0.1.3:38341", true},
		{"https was written", "https://bao.example.vn/rss", "https://bao.example.vn/rss", true},
	} {
		r := newRig(t, Options{Rate: -1})
		if tt.plain {
			r.deps.Polls = plainOnly{r.deps.Polls}
		}
		b := r.signIn("editor")
		got := b.do("POST", "/admin/sources/try", url.Values{"url": {tt.written}})
		fell := tt.plain && !strings.Contains(tt.written, "://")
		if got.status != 200 || !strings.Contains(got.body, `value="`+tt.want+`"`) || strings.Contains(got.body, "đã đọc bằng http.") != fell {
			t.Errorf("%s: tried: %d %s", tt.name, got.status, got.body)
		}
		got = b.do("POST", "/admin/sources/new", url.Values{"id": {"x"}, "name": {"X"}, "url": {tt.written}, "homepage": {"bao.example.vn"}})
		s, _, err := r.deps.Sources.Get(t.Context(), "x")
		if err != nil || got.status != 303 || s.URL != tt.want || s.Homepage != "https://bao.example.vn" && !fell {
			t.Errorf("%s: added: %d, %+v, %v", tt.name, got.status, s, err)
		}
	}
}

// TestLabelled: what is wrong names the field by its label.
func TestLabelled(t *testing.T) {
	for _, tt := range []struct{ said, vi, en string }{
		{`url: "x" is no web address: it must begin with http:// or https://`, "“Địa chỉ nguồn tin”: ", "“Address”: "},
		{`min_score is "x1": write a number, as in 2 or 0.5`, "“Điểm tối thiểu” là ", "“Least score” is "},
		{`any[0] is "--", which has no letter or digit to look for: remove it`, "“Có một trong các cụm từ, dòng 1” là ", "“Has one of these phrases, line 1” is "},
		{`received is "x": write when the order came`, "Giờ nhận là ", "Received is "},
	} {
		for language, want := range map[string]string{"vi": tt.vi, "en": tt.en} {
			if got := string(say(language, tt.said, true)); !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s, want %s…", language, got, want)
			}
		}
	}
}
