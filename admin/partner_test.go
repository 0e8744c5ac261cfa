package admin

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"tinhub/news"
)

// TestPartnerKeys: a key is shown when it is made and never again; it can be made
// anew, and taken away where origins are left to know the partner by.
func TestPartnerKeys(t *testing.T) {
	r := newRig(t, atNoon())
	b := r.signIn("editor")
	add := url.Values{"id": {"cong"}, "name": {"Cổng"}, "topics": {"*"}, "with_key": {"1"}}
	got := b.do("POST", "/admin/partners", add)
	key := func() string { p, _, _ := r.deps.Partners.Get(t.Context(), "cong"); return p.Key }
	first := key()
	if got.status != 200 || first == "" || !strings.Contains(got.body, first) || strings.Contains(b.do("GET", "/admin/partners", nil).body, first) {
		t.Errorf("%d, the key is %q", got.status, first)
	}
	if got := b.do("POST", "/admin/partners/at/cong/key", nil); key() == first || !strings.Contains(got.body, key()) {
		t.Error("the key is not another")
	}
	if got := b.do("POST", "/admin/partners/at/cong/key/end", nil); got.status != 409 || key() == "" {
		t.Errorf("without origins: %d", got.status)
	}
	save := url.Values{"name": {"Cổng mới"}, "topics": {"declared"}, "origins": {"https://camau.example.vn\nhttps://b.example.vn"}}
	if got := b.do("POST", "/admin/partners/at/cong", save); got.status != 303 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	p, _, _ := r.deps.Partners.Get(t.Context(), "cong")
	if p.Name != "Cổng mới" || len(p.Origins) != 2 || len(p.Topics) != 1 || p.Key == "" {
		t.Errorf("%+v", p)
	}
	if got := b.do("POST", "/admin/partners/at/cong/key/end", nil); got.status != 303 || key() != "" {
		t.Errorf("%d, the key is %q", got.status, key())
	}
	for _, path := range []string{"/admin/partners/at/declared", "/admin/partners/at/declared/key/end"} {
		if got := b.do("POST", path, save); got.status != 403 || !strings.Contains(got.body, "tinhub.yaml:30") {
			t.Errorf("%s: %d", path, got.status)
		}
	}
}

// TestPartnerUse: each partner's page says what was asked from its pages.
func TestPartnerUse(t *testing.T) {
	r := newRig(t, atNoon())
	r.world.title = "declared" // the partner that usageOf names
	got := r.signIn("viewer").do("GET", "/admin/partners", nil).body
	if !strings.Contains(got, "7 lượt xem khung tin, 0 lượt hỏi") || !strings.Contains(got, "24/11/2026: 7</title>") {
		t.Error(got)
	}
}

// TestAuditExports: every decision, with what was before and after, in both forms and
// from both doors; nobody but an admin gets them.
func TestAuditExports(t *testing.T) {
	r := newRig(t, atNoon())
	r.prepare()
	if got := r.ask(Admin, "PATCH", apiRoot+"/sources/kept", `{"name":"=SUM(1)"}`); got.status != 200 {
		t.Fatal(got.body)
	}
	lines := r.ask(Admin, "GET", apiRoot+"/audit.jsonl", "").body
	found := false
	for line := range strings.Lines(lines) {
		var d news.Decision
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if d.What == "source.update" {
			found = strings.Contains(string(d.After), "=SUM(1)") && !strings.Contains(string(d.Before), "=SUM(1)")
		}
	}
	if !found {
		t.Errorf("before and after are not in\n%s", lines)
	}
	if n, csv := strings.Count(lines, "\n"), r.ask(Admin, "GET", apiRoot+"/audit.csv", "").body; strings.Count(csv, "\n") != n+1 {
		t.Errorf("%d lines, and as a table\n%s", n, csv)
	}
	boss, viewer := r.signIn("admin"), r.signIn("viewer")
	for _, path := range []string{"/admin/audit.csv", "/admin/audit.jsonl"} {
		if got := boss.do("GET", path, nil); got.status != 200 || !strings.Contains(got.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %d", path, got.status)
		}
		if got := viewer.do("GET", path, nil); got.status != 403 || strings.Contains(got.body, "source.update") {
			t.Errorf("%s: a viewer: %d", path, got.status)
		}
	}
}
