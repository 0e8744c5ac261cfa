package admin

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"tinhub/news"
)

// TestTopicID: a topic that was given no id has its name's, without marks, that nobody
// has; a preview goes by the same.
func TestTopicID(t *testing.T) {
	r := newRig(t, Options{Rate: -1})
	b := r.signIn("editor")
	for _, tt := range []struct{ id, title, want string }{
		{"", "Đất Mũi: nông thôn mới", "dat-mui-nong-thon-moi"},
		{"", "đất mũi – Nông thôn mới", "dat-mui-nong-thon-moi-2"},
		{"", "Declared", "declared-2"},
		{"", "Tất cả", "tat-ca-2"},
		{"cua-toi", "Đất Mũi", "cua-toi"},
	} {
		form := url.Values{"id": {tt.id}, "title": {tt.title}, "include_any": {"đất mũi"}, "new": {"1"}}
		if got := b.do("POST", "/admin/topics/preview", form); got.status != 200 || !strings.Contains(got.body, `name="id" value="`+tt.id+`"`) {
			t.Errorf("%q: preview: %d %s", tt.title, got.status, got.body)
		}
		if got := b.do("POST", "/admin/topics/new", form); got.status != 303 || got.header.Get("Location") != "/admin/topics/at/"+tt.want+"?done=added" {
			t.Errorf("%q: %d to %s, want %s", tt.title, got.status, got.header.Get("Location"), tt.want)
		}
	}
	if got := b.do("POST", "/admin/topics/new", url.Values{"title": {"…"}}); got.status != 400 {
		t.Errorf("a name without a letter: %d", got.status)
	}
}

// TestPreviewWithoutID asks with the name's.
func TestPreviewWithoutID(t *testing.T) {
	r := newRig(t, Options{})
	asked := ""
	r.deps.Judge = judgeSees{r.deps.Judge, &asked}
	b := r.signIn("editor")
	for title, want := range map[string]string{"Nước mặn": `"id":"nuoc-man"`, "": `"id":"chuyen-de-moi"`} {
		if b.do("POST", "/admin/topics/preview", url.Values{"title": {title}, "new": {"1"}}); !strings.Contains(asked, want) {
			t.Errorf("%q: %s", title, asked)
		}
	}
}

// judgeSees notes the topic that it reads.
type judgeSees struct {
	Judge
	topic *string
}

func (j judgeSees) Topic(raw json.RawMessage) (news.Topic, []string) {
	*j.topic = string(raw)
	return j.Judge.Topic(raw)
}
