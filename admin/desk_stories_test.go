package admin

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// became reads an answer about stories.
func (r *rig) became(got reply) StoriesNow {
	r.t.Helper()
	var n StoriesNow
	if err := json.Unmarshal([]byte(got.body), &n); err != nil || got.status != 200 {
		r.t.Fatalf("%d %s", got.status, got.body)
	}
	return n
}

// TestMergeSplitUndo: stories are merged and split by hand, once, and are taken back
// as they were; what was changed since is not.
func TestMergeSplitUndo(t *testing.T) {
	r := newRig(t, Options{})
	merged := r.became(r.ask(Write, "POST", "/api/v1/stories/"+articleID+"/merge", `{"stories":["`+otherID+`"],"reason":"cùng một việc"}`))
	if len(merged.Stories) != 1 || len(merged.Stories[0].Members) != 3 || merged.Decision == "" {
		t.Errorf("merged: %+v", merged)
	}
	if d := r.world.audit[0]; d.What != "story.merge" || d.Reason != "cùng một việc" || !strings.Contains(string(d.Before), otherID) {
		t.Errorf("written down: %+v", d)
	}
	undo := func(id string) (int, Undone) {
		t.Helper()
		got := r.ask(Write, "POST", "/api/v1/decisions/"+id+"/undo", "")
		var u Undone
		_ = json.Unmarshal([]byte(got.body), &u)
		return got.status, u
	}
	if status, u := undo(merged.Decision); status != 200 || u.Decision == "" || len(r.world.byID([]string{otherID})[0].Members) != 1 {
		t.Errorf("taken back: %d %+v", status, u)
	}
	if status, u := undo(merged.Decision); status != 200 || u.Decision != "" {
		t.Errorf("taken back twice: %d %+v", status, u)
	}
	split := r.became(r.ask(Write, "POST", "/api/v1/stories/"+articleID+"/split", `{"articles":["`+copyID+`"]}`))
	if len(split.Stories) != 2 || len(r.world.stories()) != 3 {
		t.Errorf("split: %+v", split)
	}
	if got := r.ask(Write, "POST", "/api/v1/stories/"+articleID+"/split", `{"articles":["`+copyID+`"]}`); got.status != 409 || !strings.Contains(got.body, `"now"`) {
		t.Errorf("split twice: %d %s", got.status, got.body)
	}
	if status, _ := undo(split.Decision); status != 200 || len(r.world.stories()) != 2 {
		t.Errorf("taken back: %d, %d stories", status, len(r.world.stories()))
	}
	if status, _ := undo(merged.Decision); status != 200 {
		t.Errorf("as it was before already: %d", status)
	}
}

func TestStoryRefusals(t *testing.T) {
	r := newRig(t, Options{Now: func() time.Time { return noon }})
	for _, tt := range []struct {
		name, path, body string
		status           int
		says             string
	}{
		{"merged with nothing", "/stories/" + articleID + "/merge", `{"stories":[]}`, 400, "from 1"},
		{"merged with a stranger", "/stories/" + articleID + "/merge", `{"stories":["nope"]}`, 404, "nope"},
		{"split whole", "/stories/" + otherID + "/split", `{"articles":["` + otherID + `"]}`, 400, "leave some"},
		{"split nothing", "/stories/" + articleID + "/split", `{"articles":[]}`, 400, "name some"},
		{"split a stranger", "/stories/" + articleID + "/split", `{"articles":["nope"]}`, 409, "not in this story"},
		{"withdrawn for nothing", "/articles/" + articleID + "/withdraw", `{"reason":" "}`, 400, "whose order"},
		{"withdrawn by an order to come", "/articles/" + articleID + "/withdraw", `{"reason":"x","received":"2026-11-25T00:00:00Z"}`, 400, "future"},
		{"no such article", "/articles/nope/withdraw", `{"reason":"x"}`, 404, "nope"},
		{"no such article", "/articles/nope/restore", `{}`, 404, "nope"},
		{"an unknown key", "/stories/" + articleID + "/merge", `{"story":"x"}`, 400, "story"},
	} {
		got := r.ask(Write, "POST", apiRoot+tt.path, tt.body)
		if got.status != tt.status || !strings.Contains(got.body, tt.says) {
			t.Errorf("%s: %d %s, want %d and %q", tt.name, got.status, got.body, tt.status, tt.says)
		}
		if got := r.ask(Read, "POST", apiRoot+tt.path, tt.body); got.status != 403 {
			t.Errorf("%s, by a viewer: %d", tt.name, got.status)
		}
	}
	if len(r.world.audit) != 3 { // the tokens
		t.Errorf("written down: %+v", r.world.audit[0])
	}
}

// TestWithdrawByOrder: the order, when it came and whether it was acted on in time
// are written down; it is taken back, and done again.
func TestWithdrawByOrder(t *testing.T) {
	r := newRig(t, Options{Now: func() time.Time { return noon }})
	got := r.ask(Write, "POST", "/api/v1/articles/"+articleID+"/withdraw", `{"reason":"Công văn số 1","received":"2026-11-24T01:00:00Z","copies":true}`)
	var done Withdrawals
	if err := json.Unmarshal([]byte(got.body), &done); err != nil || len(done.Articles) != 2 || !done.Articles[0].Late || done.Articles[0].Decision == "" {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if !r.world.desk.withdrawn[articleID] || !r.world.desk.withdrawn[copyID] || r.world.audit[0].What != "withdraw" {
		t.Errorf("withdrawn: %v, %+v", r.world.desk.withdrawn, r.world.audit[0])
	}
	n := len(r.world.audit)
	if again := r.ask(Write, "POST", "/api/v1/articles/"+articleID+"/withdraw", `{"reason":"lần nữa"}`); again.status != 200 || len(r.world.audit) != n {
		t.Errorf("again: %d %s", again.status, again.body)
	}
	undone := r.ask(Write, "POST", "/api/v1/decisions/"+done.Articles[0].Decision+"/undo", "")
	if undone.status != 200 || r.world.desk.withdrawn[articleID] || r.world.audit[0].What != "withdraw.undo" || r.world.audit[0].Undoes != done.Articles[0].Decision {
		t.Errorf("taken back: %d %s, %+v", undone.status, undone.body, r.world.audit[0])
	}
	r.ask(Write, "POST", "/api/v1/decisions/"+r.world.audit[0].ID()+"/undo", "")
	if !r.world.desk.withdrawn[articleID] {
		t.Error("not withdrawn again")
	}
}

// TestNobodyCurates: an order that nobody acts on is told of as what it is.
func TestNobodyCurates(t *testing.T) {
	r := newRig(t, Options{})
	r.world.desk.stuck = true
	if got := r.ask(Write, "POST", "/api/v1/stories/"+articleID+"/merge", `{"stories":["`+otherID+`"]}`); got.status != 503 || !strings.Contains(got.body, "nobody curates") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if d := r.world.audit[0]; d.What != "story.merge" || len(d.After) > 0 {
		t.Errorf("written down: %+v", d)
	}
}

func TestWaitingLists(t *testing.T) {
	r := newRig(t, Options{})
	var list page[Waiting]
	if err := json.Unmarshal([]byte(r.ask(Read, "GET", "/api/v1/waiting?list=missing", "").body), &list); err != nil || len(list.Items) != 1 || list.Items[0].Article != articleID || list.Items[0].Until.IsZero() {
		t.Errorf("%+v, %v", list, err)
	}
	if got := r.ask(Read, "GET", "/api/v1/waiting?list=nope", ""); got.status != 400 {
		t.Errorf("%d %s", got.status, got.body)
	}
}
