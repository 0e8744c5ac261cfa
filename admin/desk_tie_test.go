package admin

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"tinhub/news"
)

// undone takes a decision back over the API.
func (r *rig) undone(id string) (int, Undone) {
	r.t.Helper()
	got := r.ask(Write, "POST", "/api/v1/decisions/"+id+"/undo", "")
	var u Undone
	_ = json.Unmarshal([]byte(got.body), &u)
	return got.status, u
}

// TestTie: what a story corrects is said by hand, written down, and taken back as it
// was, unless somebody said otherwise since.
func TestTie(t *testing.T) {
	r := newRig(t, Options{})
	const path = "/api/v1/stories/" + articleID + "/tie"
	tied := r.became(r.ask(Write, "POST", path, `{"corrects":"`+otherID+`","reason":"gọi điện hỏi báo"}`))
	if s := tied.Stories[0]; s.Corrects != otherID || s.Untied || s.Tied == "" || tied.Decision == "" {
		t.Errorf("tied: %+v", tied)
	}
	if d := r.world.audit[0]; d.What != "story.tie" || d.Reason == "" || !strings.Contains(string(d.Before), `"untied"`) || !strings.Contains(string(d.After), otherID) {
		t.Errorf("written down: %+v", d)
	}
	if again := r.became(r.ask(Write, "POST", path, `{"corrects":"`+otherID+`"}`)); again.Decision != "" {
		t.Error("the same is decided twice")
	}
	if status, u := r.undone(tied.Decision); status != 200 || u.Decision == "" || r.world.desk.ties[articleID] != (news.Tie{Untied: true}) {
		t.Errorf("taken back: %d %+v, %+v", status, u, r.world.desk.ties)
	}
	if status, u := r.undone(tied.Decision); status != 200 || u.Decision != "" {
		t.Errorf("taken back twice: %d %+v", status, u)
	}
	none := r.became(r.ask(Write, "POST", path, `{}`))
	if s := none.Stories[0]; s.Corrects != "" || s.Untied || s.Tied == "" {
		t.Errorf("tied to nothing: %+v", s)
	}
	if status, _ := r.undone(tied.Decision); status != 409 {
		t.Errorf("taken back after another decision: %d", status)
	}
	if s := r.became(r.ask(Write, "POST", path, `{"automatic":true}`)).Stories[0]; !s.Untied || s.Tied != "" {
		t.Errorf("left to the machine: %+v", s)
	}
	for body, want := range map[string]int{
		`{"corrects":"` + articleID + `"}`: 400, `{"corrects":"nope"}`: 404, `{"corrects":"` + otherID + `","automatic":true}`: 400,
		`{"corrects":"https://bao.example.vn/a.html"}`: 400, // of the very story
	} {
		if got := r.ask(Write, "POST", path, body); got.status != want {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
}

// TestSettleEdit: an edit that is held is taken over or refused by hand, once, and
// that is taken back.
func TestSettleEdit(t *testing.T) {
	r := newRig(t, Options{})
	const path = "/api/v1/articles/" + copyID + "/edit"
	settle := func(body string, want int) EditState {
		t.Helper()
		got := r.ask(Write, "POST", path, body)
		var s EditState
		if err := json.Unmarshal([]byte(got.body), &s); err != nil || got.status != want {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
		return s
	}
	settle(`{"do":"burn"}`, 400)
	settle(`{"do":"take","hash":"another"}`, 409)
	taken := settle(`{"do":"take","hash":"h1","reason":"đã gọi báo"}`, 200)
	if taken.State != news.EditTake || taken.Decision == "" || r.world.audit[0].What != "story.edit.take" || r.world.audit[0].Subject != articleID || r.world.audit[0].Reason == "" {
		t.Errorf("taken: %+v, %+v", taken, r.world.audit[0])
	}
	settle(`{"do":"refuse"}`, 409)
	status, u := r.undone(taken.Decision)
	if status != 200 || u.Decision == "" || r.world.desk.edit != nil {
		t.Errorf("taken back: %d %+v", status, u)
	}
	if status, again := r.undone(taken.Decision); status != 200 || again.Decision != "" {
		t.Errorf("taken back twice: %d %+v", status, again)
	}
	if status, _ := r.undone(u.Decision); status != 200 || r.world.desk.edit == nil || r.world.desk.edit.Do != news.EditTake {
		t.Errorf("the taking back taken back: %d %+v", status, r.world.desk.edit)
	}
	r.world.desk.edit = nil
	refused := settle(`{"do":"refuse"}`, 200)
	r.world.desk.edit = &news.SettledEdit{Held: news.Held{Hash: "another"}, Do: news.EditRefuse}
	if status, _ := r.undone(refused.Decision); status != 409 {
		t.Errorf("taken back after another decision: %d", status)
	}
	if got := r.ask(Write, "POST", "/api/v1/articles/nope/edit", `{"do":"take"}`); got.status != 404 {
		t.Errorf("of no article: %d", got.status)
	}
}

// TestTiePages: the buttons of a story's page do the same, and lead back with a way to
// undo it.
func TestTiePages(t *testing.T) {
	r := newRig(t, Options{})
	b := r.signIn("editor")
	const page = "/admin/desk/stories/" + articleID
	if body := b.do("GET", page, nil).body; !strings.Contains(body, page+"/tie") || !strings.Contains(body, page+"/edit") || !strings.Contains(body, "chưa rõ của tin nào") {
		t.Errorf("no way to tie or settle in %s", body)
	}
	for _, do := range []struct {
		path string
		form url.Values
		is   func() bool
	}{
		{"/tie", url.Values{"do": {"tie"}, "corrects": {"https://tin.example.vn/stories/" + otherID}}, func() bool { return r.world.desk.ties[articleID].Corrects == otherID }},
		{"/tie", url.Values{"do": {"none"}, "corrects": {"ignored"}}, func() bool {
			return r.world.desk.ties[articleID].Corrects == "" && !r.world.desk.ties[articleID].Untied
		}},
		{"/tie", url.Values{"do": {"automatic"}}, func() bool { return r.world.desk.ties[articleID].Untied }},
		{"/edit", url.Values{"do": {"refuse"}, "article": {copyID}, "hash": {"h1"}}, func() bool { return r.world.desk.edit.Do == news.EditRefuse }},
	} {
		got := b.do("POST", page+do.path, do.form)
		if to := got.header.Get("Location"); got.status != 303 || !strings.HasPrefix(to, page+"?") || !strings.Contains(to, "undo=") || !do.is() {
			t.Errorf("%s %v: %d to %s", do.path, do.form, got.status, to)
		}
	}
	if got := b.do("POST", page+"/tie", url.Values{"do": {"tie"}}); got.status != 400 || !strings.Contains(got.body, "Hãy nêu tin được đính chính") {
		t.Errorf("tied to nothing: %d %s", got.status, got.body)
	}
	if got := b.do("GET", "/admin/desk/stories/"+copyID, nil); got.header.Get("Location") != page {
		t.Errorf("an article's id leads to %q", got.header.Get("Location"))
	}
	if body := r.signIn("viewer").do("GET", page, nil).body; strings.Contains(body, page+"/tie") || strings.Contains(body, page+"/edit") {
		t.Error("a viewer is shown buttons that are refused")
	}
}
