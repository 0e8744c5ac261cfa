package admin

import (
	"strings"
	"testing"
)

// TestEvidence: what a withdrawn article said is told to no token but an admin's who
// asks for it with a reason, and that stands in the log.
func TestEvidence(t *testing.T) {
	r := newRig(t, Options{})
	path := "/api/v1/articles/" + articleID
	if got := r.ask(Admin, "POST", path+"/evidence", `{"reason":"thanh tra"}`); got.status != 404 {
		t.Errorf("evidence of what stands: %d %s", got.status, got.body)
	}
	r.ask(Write, "POST", path+"/withdraw", `{"reason":"Công văn số 1"}`)
	for _, where := range []string{path, "/api/v1/articles", "/api/v1/stories"} {
		for l := Read; l <= Admin; l++ {
			if got := r.ask(l, "GET", where, ""); got.status != 200 || strings.Contains(string(got.body), "Điều đã viết") {
				t.Errorf("%s to %s: %d %s", where, l, got.status, got.body)
			}
		}
	}
	log := len(r.world.audit)
	for _, c := range []struct {
		by     Level
		body   string
		status int
	}{
		{Read, `{"reason":"tò mò"}`, 403}, {Write, `{"reason":"tò mò"}`, 403},
		{Admin, `{}`, 400}, {Admin, `{"reason":" "}`, 400},
	} {
		if got := r.ask(c.by, "POST", path+"/evidence", c.body); got.status != c.status || strings.Contains(string(got.body), "Điều") {
			t.Errorf("%s with %s: %d %s, want %d", c.by, c.body, got.status, got.body, c.status)
		}
	}
	if len(r.world.audit) != log {
		t.Error("what was refused stands in the log")
	}
	if got := r.ask(Admin, "POST", path+"/evidence", `{"reason":"thanh tra"}`); got.status != 200 || !strings.Contains(string(got.body), "Điều đã viết") {
		t.Errorf("to an admin: %d %s", got.status, got.body)
	}
	if len(r.world.audit) != log+1 {
		t.Fatalf("%d lines were logged, want 1", len(r.world.audit)-log)
	}
	if d := r.world.audit[0]; d.What != "article.evidence" || d.Reason != "thanh tra" || d.Subject != articleID {
		t.Errorf("logged: %+v", d)
	}
}
