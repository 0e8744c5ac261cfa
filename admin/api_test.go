package admin

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"tinhub/news"
)

// TestRefusals: whatever is wrong gets a status and a sentence, and changes nothing.
func TestRefusals(t *testing.T) {
	r := newRig(t, Options{PublicURL: "https://tin.example.vn"})
	r.prepare()
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	tests := []struct {
		name, method, path, body string
		header                   []string
		status                   int
		says                     string
	}{
		{"not JSON", "POST", "/sources", `{"id":`, nil, 400, "no JSON"},
		{"two values", "POST", "/sources", `{} {}`, nil, 400, "more than one"},
		{"a key twice", "POST", "/sources", `{"id":"a","url":"https://a.vn/","id":"b"}`, nil, 400, `"id" stands there twice`},
		{"a key twice, inside", "POST", "/topics", `{"id":"a","include":{"any":[],"any":["x"]}}`, nil, 400, "twice"},
		{"deep", "POST", "/sources", deep, nil, 400, "deep"},
		{"an array", "POST", "/sources", `[]`, nil, 400, "object"},
		{"null", "POST", "/sources", `null`, nil, 400, "object"},
		{"large", "POST", "/sources", `{"id":"` + strings.Repeat("x", maxBody) + `"}`, nil, 413, "larger"},
		{"an unknown key", "POST", "/users", `{"name":"x1","role":"viewer","password":"mật khẩu dài","admin":true}`, nil, 400, "admin"},
		{"a simple form", "POST", "/sources", `id=a`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 400, "Content-Type"},
		{"several faults", "POST", "/topics", `{"id":"NO"}`, nil, 400, "2 faults"},
		{"taken", "POST", "/sources", `{"id":"kept","url":"https://a.vn/"}`, nil, 409, "already"},
		{"taken by the file", "POST", "/sources", `{"id":"declared","url":"https://a.vn/"}`, nil, 409, "already"},
		{"declared", "PATCH", "/sources/declared", `{"enabled":false}`, nil, 403, "tinhub.yaml:7"},
		{"declared", "DELETE", "/topics/declared", ``, nil, 403, "tinhub.yaml:20"},
		{"declared", "POST", "/partners/declared/key", ``, nil, 403, "tinhub.yaml:30"},
		{"another id", "PUT", "/sources/kept", `{"id":"other","url":"https://a.vn/"}`, nil, 400, "never changes"},
		{"an old version", "PATCH", "/sources/kept", `{"name":"x"}`, []string{"If-Match", `"999"`}, 412, "version"},
		{"no version", "PATCH", "/sources/kept", `{"name":"x"}`, []string{"If-Match", `"x"`}, 412, "ETag"},
		{"nowhere", "GET", "/sources/nope", ``, nil, 404, "nope"},
		{"nowhere", "GET", "/stories/../../etc/passwd", ``, nil, 404, ""},
		{"nowhere", "GET", "/stories/%2e%2e%2fx", ``, nil, 404, ""},
		{"no such route", "GET", "/nope", ``, nil, 404, "openapi.json"},
		{"no such method", "DELETE", "/audit", ``, nil, 405, "takes GET"},
		{"a parameter misspelt", "GET", "/sources?stat=ok", ``, nil, 400, "state"},
		{"a parameter twice", "GET", "/sources?q=a&q=b", ``, nil, 400, "more than once"},
		{"a limit", "GET", "/sources?limit=0", ``, nil, 400, "from 1"},
		{"a limit", "GET", "/sources?limit=99999", ``, nil, 400, "from 1"},
		{"an enum", "GET", "/sources?state=fine", ``, nil, 400, "one of"},
		{"a time", "GET", "/audit?from=yesterday", ``, nil, 400, "a time"},
		{"a cursor", "GET", "/audit?after=zzz", ``, nil, 400, "next"},
		{"a cursor", "GET", "/stories?topic=x&after=zzz", ``, nil, 400, "next"},
		{"a cursor", "GET", "/articles?after=zzz.1", ``, nil, 400, "next"},
		{"a role", "POST", "/users", `{"name":"x","role":"root","password":"mật khẩu dài"}`, nil, 400, "no role"},
		{"a name", "POST", "/users", `{"name":"../x","role":"viewer","password":"mật khẩu dài"}`, nil, 400, "name"},
		{"a short password", "POST", "/users", `{"name":"x","role":"viewer","password":"ngắn"}`, nil, 400, "shorter"},
		{"a long password", "POST", "/users", `{"name":"x","role":"viewer","password":"` + strings.Repeat("a", 2000) + `"}`, nil, 400, "longer"},
		{"a scope", "POST", "/tokens", `{"name":"x","scopes":["root"]}`, nil, 400, "no scope"},
		{"no scope", "POST", "/tokens", `{"name":"x","scopes":[]}`, nil, 400, "needs a scope"},
		{"another's name", "GET", "/sources", ``, []string{"Host", "evil.example"}, 421, "tin.example.vn"},
		{"no token of ours", "GET", "/sources", ``, []string{"Authorization", "Bearer tinhub_t-admin_WRONG"}, 401, "not known"},
		{"another scheme", "GET", "/sources", ``, []string{"Authorization", "Basic YTpi"}, 401, "needs a token"},
		{"a session", "GET", "/sources", ``, []string{"Authorization", "", "Cookie", "tinhub=lan_x"}, 401, "needs a token"},
	}
	for _, tt := range tests {
		got := r.ask(Admin, tt.method, apiRoot+tt.path, tt.body, tt.header...)
		if got.status == 307 || got.status == 301 { // the mux cleans a path
			continue
		}
		var p Problem
		if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.status != tt.status || p.Status != tt.status || !strings.Contains(p.Detail, tt.says) {
			t.Errorf("%s: %s %s: %d %s, want %d and %q", tt.name, tt.method, tt.path, got.status, got.body, tt.status, tt.says)
		}
		if got.header.Get("Content-Type") != "application/problem+json" || got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", tt.name, got.header)
		}
	}
	if n := len(r.world.Sources()); n != 2 {
		t.Errorf("there are %d sources", n)
	}
}

// TestSecretsStay: what is secret is not shown, is kept when it is written back,
// and never goes to another host.
func TestSecretsStay(t *testing.T) {
	r := newRig(t, Options{})
	body := `{"id":"s","url":"https://bao.example.vn/rss","headers":{"X-Key":"hush"},"cookies":{"c":"hush"},"basic_auth":{"user":"u","password":"hush"},"proxy":"http://u:hush@p.example/"}`
	if got := r.ask(Write, "POST", "/api/v1/sources", body); got.status != 201 || strings.Contains(got.body, "hush") {
		t.Fatalf("%d %s", got.status, got.body)
	}
	read := r.ask(Read, "GET", "/api/v1/sources/s", "")
	if strings.Contains(read.body, "hush") {
		t.Error(read.body)
	}
	back := r.ask(Write, "PUT", "/api/v1/sources/s", read.body, "If-Match", read.header.Get("ETag"))
	s, _, err := r.world.sources.Get(t.Context(), "s")
	if back.status != 200 || err != nil || s.Headers["X-Key"] != "hush" || s.Cookies["c"] != "hush" || s.BasicAuth.Password != "hush" || !strings.Contains(s.Proxy, "hush") {
		t.Errorf("%d %s; %+v, %v", back.status, back.body, s, err)
	}
	for _, change := range []string{
		`{"url":"https://evil.example/rss"}`, `{"url":"http://bao.example.vn/rss"}`, `{"url":"https://bao.example.vn:8443/rss"}`, `{"proxy":"http://evil.example/"}`,
	} {
		if got := r.ask(Write, "PATCH", "/api/v1/sources/s", change); got.status != 400 || !strings.Contains(got.body, Hidden) {
			t.Errorf("%s: %d %s", change, got.status, got.body)
		}
	}
	for _, path := range []string{"/audit", "/tokens", "/users", "/partners", "/subscriptions", "/deliveries"} {
		if got := r.ask(Admin, "GET", apiRoot+path, ""); got.status != 200 || strings.Contains(got.body, "hush") || strings.Contains(got.body, `"hash"`) || strings.Contains(got.body, "argon2") || strings.Contains(got.body, "secret-key") {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

func TestAuditHasBeforeAndAfter(t *testing.T) {
	r := newRig(t, Options{})
	r.prepare()
	r.ask(Write, "PATCH", "/api/v1/sources/kept", `{"name":"Tên mới"}`)
	d := r.world.audit[0]
	if d.Who != "token t-write" || d.What != "source.update" || d.Subject != "kept" || strings.Contains(string(d.Before), "Tên mới") || !strings.Contains(string(d.After), "Tên mới") {
		t.Errorf("%+v", d)
	}
}

// TestOnce: a request with an Idempotency-Key is done once, however often it comes.
func TestOnce(t *testing.T) {
	r := newRig(t, Options{})
	body := `{"id":"a","url":"https://a.example.vn/rss"}`
	first := r.ask(Write, "POST", "/api/v1/sources", body, "Idempotency-Key", "k1")
	again := r.ask(Write, "POST", "/api/v1/sources", body, "Idempotency-Key", "k1")
	if first.status != 201 || again.status != 201 || strings.TrimSpace(first.body) != strings.TrimSpace(again.body) || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("%d %s; again %d %s", first.status, first.body, again.status, again.body)
	}
	if got := r.ask(Write, "POST", "/api/v1/sources", `{"id":"b","url":"https://b.example.vn/rss"}`, "Idempotency-Key", "k1"); got.status != 400 {
		t.Errorf("the key of another request: %d", got.status)
	}
	if got := r.ask(Admin, "POST", "/api/v1/sources", `{"id":"b","url":"https://b.example.vn/rss"}`, "Idempotency-Key", "k1"); got.status != 201 {
		t.Errorf("the same key of another token: %d %s", got.status, got.body)
	}
	token := `{"name":"x","scopes":["read"]}`
	made := r.ask(Admin, "POST", "/api/v1/tokens", token, "Idempotency-Key", "k2")
	replay := r.ask(Admin, "POST", "/api/v1/tokens", token, "Idempotency-Key", "k2")
	if !strings.Contains(made.body, tokenPrefix+"x_") || strings.Contains(replay.body, tokenPrefix) || replay.status != 201 {
		t.Errorf("%s, again %s", made.body, replay.body)
	}
	var wg sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		wg.Go(func() {
			statuses[i] = r.ask(Write, "POST", "/api/v1/sources", `{"id":"c","url":"https://c.example.vn/rss"}`, "Idempotency-Key", "k3").status
		})
	}
	wg.Wait()
	for _, s := range statuses {
		if s != 201 && s != 409 {
			t.Errorf("statuses %v", statuses)
		}
	}
	added := 0
	for _, d := range r.world.audit {
		if d.What == "source.add" && d.Subject == "c" {
			added++
		}
	}
	if added != 1 {
		t.Errorf("added %d times", added)
	}
}

func TestRate(t *testing.T) {
	r := newRig(t, Options{Rate: 0.001, Burst: 3})
	for range 3 {
		if got := r.ask(Read, "GET", "/api/v1/topics", ""); got.status != 200 {
			t.Fatal(got.status)
		}
	}
	got := r.ask(Read, "GET", "/api/v1/topics", "")
	if got.status != 429 || got.header.Get("Retry-After") == "" {
		t.Errorf("%d, Retry-After %q", got.status, got.header.Get("Retry-After"))
	}
	if got := r.ask(Write, "GET", "/api/v1/topics", ""); got.status != 200 {
		t.Errorf("another token pays for it: %d", got.status)
	}
	for range 3 {
		r.ask(0, "GET", "/api/v1/topics", "")
	}
	if got := r.ask(0, "GET", "/api/v1/topics", ""); got.status != 429 {
		t.Errorf("guessing is not slowed: %d", got.status)
	}
}

func TestPages(t *testing.T) {
	r := newRig(t, Options{})
	for _, id := range []string{"c", "a", "e", "b", "d"} {
		r.ask(Write, "POST", "/api/v1/sources", `{"id":"`+id+`","url":"https://`+id+`.example.vn/rss","enabled":true}`)
	}
	for _, path := range []string{"/sources", "/tokens"} {
		var got []string
		for after := ""; ; {
			var p page[map[string]any]
			if err := json.Unmarshal([]byte(r.ask(Admin, "GET", apiRoot+path+"?limit=2&after="+after, "").body), &p); err != nil {
				t.Fatal(err)
			}
			for _, i := range p.Items {
				id, _ := i["id"].(string)
				name, _ := i["name"].(string)
				got = append(got, id+"/"+name)
			}
			if after = p.Next; after == "" {
				break
			}
		}
		want := map[string]int{"/sources": 6, "/tokens": 3}[path]
		if len(got) != want {
			t.Errorf("%s: %q", path, got)
		}
	}
	var p page[SourceForm]
	if err := json.Unmarshal([]byte(r.ask(Read, "GET", "/api/v1/sources?state=failing", "").body), &p); err != nil || len(p.Items) != 1 || p.Items[0].ID != "declared" || p.Items[0].State.Health != news.Failing {
		t.Errorf("%+v, %v", p, err)
	}
	var a page[news.Article]
	if err := json.Unmarshal([]byte(r.ask(Read, "GET", "/api/v1/articles?url=https://bao.example.vn/a.html", "").body), &a); err != nil || len(a.Items) != 1 {
		t.Errorf("%+v, %v", a, err)
	}
}
