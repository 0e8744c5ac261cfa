package admin

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

const curationPath = "/api/v1/stories/" + articleID + "/curation"

// curation reads an answer about what is decided.
func (r *rig) curation(got reply, status int) CurationForm {
	r.t.Helper()
	var f CurationForm
	if err := json.Unmarshal([]byte(got.body), &f); err != nil || got.status != status {
		r.t.Fatalf("%d %s, want %d", got.status, got.body, status)
	}
	return f
}

// TestCurate: a decision is made once, written down with before and after, and taken
// back exactly.
func TestCurate(t *testing.T) {
	r := newRig(t, Options{Now: func() time.Time { return noon }})
	body := `{"title":"Tiêu đề của biên tập","note":"đã\nrà lại","places":{"declared":{"pinned":true,"until":"2026-11-25T05:00:00Z"},"tat-ca":{"place":null}}}`
	got := r.ask(Write, "PATCH", curationPath, body)
	f := r.curation(got, 200)
	if f.Title != "Tiêu đề của biên tập" || f.Note != "đã rà lại" || !f.Places["declared"].Pinned || f.Places["declared"].Rank == "" || len(f.Places) != 1 || f.By != "token t-write" || got.header.Get("ETag") == "" {
		t.Errorf("%+v, ETag %q", f, got.header.Get("ETag"))
	}
	d := r.world.audit[0]
	if d.What != "story.curate" || d.Subject != articleID || d.ID() != f.Decision || strings.Contains(string(d.Before), "biên tập") || !strings.Contains(string(d.After), "biên tập") {
		t.Errorf("written down: %+v", d)
	}
	n := len(r.world.audit)
	if again := r.curation(r.ask(Write, "PATCH", curationPath, body), 200); again.Decision != "" || len(r.world.audit) != n {
		t.Errorf("the same again was decided again: %+v", again)
	}
	hidden := r.curation(r.ask(Write, "PATCH", curationPath, `{"hidden":true}`), 200)
	if !hidden.Hidden || hidden.Title != f.Title || r.world.audit[0].What != "story.hide" {
		t.Errorf("%+v, %s", hidden, r.world.audit[0].What)
	}
	undone := r.ask(Write, "POST", "/api/v1/decisions/"+f.Decision+"/undo", "")
	now := r.curation(r.ask(Read, "GET", curationPath, ""), 200)
	if diff := cmp.Diff(CurationForm{Hidden: true}, now.decided()); undone.status != 200 || diff != "" {
		t.Errorf("taken back: %d %s %s", undone.status, undone.body, diff)
	}
	var u Undone
	if err := json.Unmarshal([]byte(undone.body), &u); err != nil || u.Decision == "" {
		t.Fatalf("%s, %v", undone.body, err)
	}
	if again := r.ask(Write, "POST", "/api/v1/decisions/"+f.Decision+"/undo", ""); again.status != 200 || strings.Contains(again.body, `"decision"`) {
		t.Errorf("taken back twice: %d %s", again.status, again.body)
	}
	r.ask(Write, "POST", "/api/v1/decisions/"+u.Decision+"/undo", "")
	now = r.curation(r.ask(Read, "GET", curationPath, ""), 200)
	want := f.decided()
	want.Hidden = true
	if diff := cmp.Diff(want, now.decided()); diff != "" {
		t.Errorf("done again: %s", diff)
	}
	var list page[DecisionForm]
	if err := json.Unmarshal([]byte(r.ask(Read, "GET", "/api/v1/decisions?story="+articleID, "").body), &list); err != nil || len(list.Items) != 4 || list.Items[1].Undone != list.Items[0].ID || list.Items[3].Undone != list.Items[1].ID {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestTwoEditors: who looked at an older state is told what there is now; who names
// no version decides on what there is; what another decided since is not taken back.
func TestTwoEditors(t *testing.T) {
	r := newRig(t, Options{})
	first := r.ask(Write, "PATCH", curationPath, `{"note":"của lan"}`)
	made := r.curation(first, 200)
	r.curation(r.ask(Admin, "PATCH", curationPath, `{"note":"của minh"}`, "If-Match", first.header.Get("ETag")), 200)
	got := r.ask(Write, "PATCH", curationPath, `{"hidden":true}`, "If-Match", first.header.Get("ETag"))
	var p Problem
	if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.status != 412 || !strings.Contains(got.body, "của minh") || !strings.Contains(p.Detail, "token t-admin") {
		t.Errorf("an old version: %d %s", got.status, got.body)
	}
	if got := r.ask(Write, "POST", "/api/v1/decisions/"+made.Decision+"/undo", ""); got.status != 409 || !strings.Contains(got.body, "của minh") {
		t.Errorf("undone though another decided since: %d %s", got.status, got.body)
	}
	r.world.desk.meanwhile = func() {
		if _, err := r.Patch(t.Context(), Who{"minh", Write}, articleID, 0, json.RawMessage(`{"title":"Khác"}`)); err != nil {
			t.Error(err)
		}
	}
	if f := r.curation(r.ask(Write, "PATCH", curationPath, `{"hidden":true}`), 200); !f.Hidden || f.Title != "Khác" || f.Note != "của minh" {
		t.Errorf("one of two decisions is lost: %+v", f)
	}
}

func TestDeskRefuses(t *testing.T) {
	r := newRig(t, Options{Now: func() time.Time { return noon }})
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
		says                     string
	}{
		{"a long headline", "PATCH", curationPath, `{"title":"` + strings.Repeat("đ", mostTitle+1) + `"}`, 400, "301 characters"},
		{"a long note", "PATCH", curationPath, `{"note":"` + strings.Repeat("đ", mostNote+1) + `"}`, 400, "characters"},
		{"an unknown key", "PATCH", curationPath, `{"hiden":true}`, 400, "hiden"},
		{"another kind", "PATCH", curationPath, `{"hidden":"yes"}`, 400, "hidden"},
		{"no such topic", "PATCH", curationPath, `{"places":{"nope":{"pinned":true}}}`, 400, "no topic"},
		{"a province by hand", "PATCH", curationPath, `{"places":{"provinces/ca-mau":{"filed":"in"}}}`, 400, "by itself"},
		{"out of everything", "PATCH", curationPath, `{"places":{"tat-ca":{"filed":"out"}}}`, 400, "hidden"},
		{"filed somehow", "PATCH", curationPath, `{"places":{"declared":{"filed":"maybe"}}}`, 400, "in, out"},
		{"a pin that ended", "PATCH", curationPath, `{"places":{"declared":{"pinned":true,"until":"2026-11-24T04:59:59Z"}}}`, 400, "next year"},
		{"a pin for ever and a day", "PATCH", curationPath, `{"places":{"declared":{"pinned":true,"until":"2036-11-24T04:59:59Z"}}}`, 400, "next year"},
		{"pinned and out", "PATCH", curationPath, `{"places":{"declared":{"pinned":true,"filed":"out"}}}`, 400, "take one"},
		{"a place of one's own", "PATCH", curationPath, `{"places":{"declared":{"place":"zzz"}}}`, 400, "move"},
		{"no such story", "PATCH", "/api/v1/stories/nope/curation", `{"hidden":true}`, 404, "nope"},
		{"moved nowhere", "POST", "/api/v1/topics/declared/stories/" + articleID + "/move", `{}`, 400, "above or below"},
		{"moved past itself", "POST", "/api/v1/topics/declared/stories/" + articleID + "/move", `{"above":"` + articleID + `"}`, 400, "another story"},
		{"moved past a stranger", "POST", "/api/v1/topics/declared/stories/" + articleID + "/move", `{"above":"x"}`, 400, "is not shown"},
		{"no such topic", "GET", "/api/v1/topics/nope/stories", ``, 404, "no topic"},
		{"no such decision", "POST", "/api/v1/decisions/nope/undo", ``, 404, "no decision"},
		{"no such decision", "POST", "/api/v1/decisions/zz-0123456789abcdef/undo", ``, 404, "no decision"},
	} {
		got := r.ask(Write, tt.method, tt.path, tt.body)
		if got.status != tt.status || !strings.Contains(got.body, tt.says) {
			t.Errorf("%s: %d %s, want %d and %q", tt.name, got.status, got.body, tt.status, tt.says)
		}
		if got := r.ask(Read, tt.method, tt.path, tt.body); tt.method != "GET" && got.status != 403 {
			t.Errorf("%s, by a viewer: %d", tt.name, got.status)
		}
	}
	if len(r.world.desk.curations) > 0 {
		t.Errorf("it was decided: %+v", r.world.desk.curations)
	}
}

// TestHeadlinesStayVerbatim: the law wants them so under vn-aggregator; a note is the
// editors' own.
func TestHeadlinesStayVerbatim(t *testing.T) {
	r := newRig(t, Options{Verbatim: true})
	if got := r.ask(Admin, "PATCH", curationPath, `{"title":"Khác"}`); got.status != 403 || !strings.Contains(got.body, "vn-aggregator") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if f := r.curation(r.ask(Write, "PATCH", curationPath, `{"note":"Của biên tập"}`), 200); f.Note == "" {
		t.Errorf("%+v", f)
	}
}

// TestMove: a story goes between its new neighbours, and is pinned beside what is.
func TestMove(t *testing.T) {
	r := newRig(t, Options{})
	order := func() (ids []string) {
		list, _, err := r.TopicStories(t.Context(), Who{"x", Read}, "declared", false, "", 50)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			mark := ""
			if s.Pinned {
				mark = "!"
			}
			ids = append(ids, s.Story.ID[:4]+mark)
		}
		return ids
	}
	move := func(id, where string) {
		t.Helper()
		r.curation(r.ask(Write, "POST", "/api/v1/topics/declared/stories/"+id+"/move", where), 200)
	}
	wants := func(what string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, order()); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	wants("by the machine", "00aa", "00ff")
	move(otherID, `{"above":"`+articleID+`"}`)
	wants("moved up", "00ff", "00aa")
	move(otherID, `{"below":"`+articleID+`"}`)
	wants("moved down", "00aa", "00ff")
	r.ask(Write, "PATCH", curationPath, `{"places":{"declared":{"pinned":true}}}`)
	wants("pinned", "00aa!", "00ff")
	move(otherID, `{"above":"`+articleID+`"}`)
	wants("above a pin", "00ff!", "00aa!")
	if d := r.world.audit[0]; d.What != "story.move" {
		t.Errorf("written down as %s", d.What)
	}
	r.ask(Write, "POST", "/api/v1/decisions/"+r.world.audit[0].ID()+"/undo", "")
	wants("taken back", "00aa!", "00ff")
	r.ask(Write, "PATCH", curationPath, `{"places":{"declared":{"pinned":null,"filed":"out"}}}`)
	wants("taken out", "00ff")
	list, _, err := r.TopicStories(t.Context(), Who{"x", Read}, "declared", true, "", 50)
	if err != nil || len(list) != 1 || list[0].Story.ID != articleID || !list[0].Out {
		t.Errorf("kept out: %+v, %v", list, err)
	}
}

func TestBetweenIsNeverTheMachinesKey(t *testing.T) {
	day := news.Between("01764000000000000000.aa", "01764000000000000001.bb")
	if !strings.HasPrefix(day, "0176400000000000000") {
		t.Errorf("archives by date could not find %q", day)
	}
}
