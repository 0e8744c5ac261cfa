package main

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestHostileOPML uploads through the pages what nobody should: each is refused with
// a sentence, or taken as far as it is good, and nothing of it becomes a source that
// must not be one.
func TestHostileOPML(t *testing.T) {
	long(t)
	t.Parallel()
	config := writeConfig(t, "file:"+t.TempDir(), nil, "")
	h := start(t, nil, "serve", "-c", config)
	if code, _, errs := once(t, nil, "một câu thật dài\n", "user", "add", "lan", "--role", "editor", "-c", config); code != 0 {
		t.Fatal(errs)
	}
	send := func(path, kind string, body io.Reader, cookie string) (int, string, http.Header) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "POST", h.base+path, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", kind)
		req.Header.Set("Cookie", cookie)
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text), resp.Header
	}
	status, _, header := send("/admin/login", "application/x-www-form-urlencoded", strings.NewReader(url.Values{"name": {"lan"}, "password": {"một câu thật dài"}}.Encode()), "")
	cookie, _, _ := strings.Cut(header.Get("Set-Cookie"), ";")
	if status != 303 || cookie == "" {
		t.Fatalf("login: %d", status)
	}
	list := func(inside string) string { return "<opml><body>" + inside + "</body></opml>" }
	for _, c := range []struct {
		name, list string
		status     int
		says       string
	}{
		{"10 MB", list(strings.Repeat(" ", maxOPML)), 400, "10 MB"},
		{"beyond what a form may send", list(strings.Repeat(" ", 12<<20)), 413, "Tệp quá lớn"},
		{"entity bomb", `<!DOCTYPE o [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>` + list(`<outline text="&b;" xmlUrl="https://bom.example.vn/"/>`), 400, "hông phải danh sách OPML"},
		{"entity of a file", `<!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/passwd">]>` + list(`<outline text="&a;" xmlUrl="https://tep.example.vn/"/>`), 400, "hông phải danh sách OPML"},
		{"100,000 outlines", list(strings.Repeat(`<outline xmlUrl="https://x.example.vn/"/>`, 100_000)), 400, "10000 nguồn"},
		{"depth 10,000", list(strings.Repeat("<outline>", 10_000)), 400, "sâu quá 64 tầng"},
		{"file://", list(`<outline text="a" xmlUrl="file:///etc/passwd"/>`), 200, "file:///etc/passwd"},
		{"a name that is a path", list(`<outline text="../../x&lt;script>" xmlUrl="https://duong.example.vn/rss"/>`), 200, "../../x&lt;script&gt;"},
		{"a private address", list(`<outline text="b" xmlUrl="gopher://127.0.0.1/"/>`), 200, "gopher://127.0.0.1/"},
		{"not XML", "\x00\xff{}", 400, "hông phải danh sách OPML"},
		{"nothing", "", 400, "rong tệp không có &lt;opml&gt;"},
	} {
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		part, err := form.CreateFormFile("list", "../../list.opml")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(part, c.list)
		form.Close()
		if status, body, _ := send("/admin/sources/import", form.FormDataContentType(), &b, cookie); status != c.status || !strings.Contains(body, c.says) || strings.Contains(body, "root:") {
			t.Errorf("%s: %d, want %d and %q: %.1500s", c.name, status, c.status, c.says, body)
		}
	}
	code, out, errs := once(t, nil, "", "token", "add", "ci", "--scope", "read", "-c", config)
	if code != 0 {
		t.Fatal(errs)
	}
	items := apiClient{t, h.base, strings.TrimSpace(out)}.must("GET", "/sources", "", 200)["items"].([]any)
	if len(items) != 1 || items[0].(map[string]any)["url"] != "https://duong.example.vn/rss" {
		t.Errorf("the sources are %v", items)
	}
}
