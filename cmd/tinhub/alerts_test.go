package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tinhub/cmd/tinhub/press"
)

// TestAlertsOverServe: a running hub tells a webhook, signed, and a mailbox; a source
// that fell ill is in the list and in the feed, in words; and what is one account's
// is nobody else's.
func TestAlertsOverServe(t *testing.T) {
	t.Parallel()
	p, papers := startPress(t, press.Options{Seed: 51, Papers: healthyPapers()})
	conf := writeConfig(t, "file:"+t.TempDir(), papers[:1], "")
	h := start(t, nil, "serve", "-c", conf)
	add := func(args ...string) string {
		t.Helper()
		code, out, errs := once(t, nil, "một câu thật dài\n", append(args, "-c", conf)...)
		if code != 0 {
			t.Fatal(errs)
		}
		return strings.TrimSpace(out)
	}
	boss := apiClient{t, h.base, add("token", "add", "sep", "--scope", "admin")}
	editor := apiClient{t, h.base, add("token", "add", "bien-tap", "--scope", "write")}
	reader := apiClient{t, h.base, add("token", "add", "doc", "--scope", "read")}

	hook := newHook(t)
	mailbox := newPostOffice(t, false, true)
	s := mailbox.server("none")
	boss.must("PUT", "/mail", fmt.Sprintf(`{"host":%q,"port":%d,"tls":"none","from":"tinhub@example.vn"}`, s.Host, s.Port), 200)
	boss.must("POST", "/alerts", fmt.Sprintf(`{"id":"chat","kind":"webhook","url":%q,"secret":"bi mat","after":"1m"}`, hook.URL), 201)
	boss.must("POST", "/alerts", `{"id":"thu","kind":"mail","to":["bientap@example.vn"],"after":"1m"}`, 201)
	boss.must("POST", "/alerts/chat/test", "", 204)
	boss.must("POST", "/alerts/thu/test", "", 204)
	if body, signed := hook.last(); !signed || !strings.Contains(body, `"test":true`) {
		t.Errorf("the webhook got %s, signed: %t", body, signed)
	}
	mailbox.mu.Lock()
	if len(mailbox.got) != 1 || !strings.Contains(mailbox.got[0], "bientap@example.vn") {
		t.Errorf("the mailbox got %q", mailbox.got)
	}
	mailbox.mu.Unlock()

	boss.must("POST", "/sources", fmt.Sprintf(`{"id":"hong","name":"Báo hỏng","url":%q,"schedule":"@every 1s"}`, strings.Replace(papers[1].Feed, "/rss/", "/nowhere/", 1)), 201)
	p.Step()
	h.await(20*time.Second, "the illness is listed", func() error {
		if items := fmt.Sprint(reader.must("GET", "/illnesses", "", 200)["items"]); !strings.Contains(items, "hong") {
			return fmt.Errorf("not in %s", items)
		}
		return nil
	})

	// Whatever id is named, a scope gives what it gives and no more.
	for _, c := range []struct {
		who                apiClient
		method, path, body string
		want               int
	}{
		{editor, "GET", "/alerts/chat", "", 403}, {editor, "DELETE", "/tokens/sep", "", 403}, {editor, "GET", "/users", "", 403}, {editor, "PUT", "/mail", "{}", 403},
		{reader, "POST", "/sources/hong/poll", "", 403}, {reader, "DELETE", "/sources/hong", "", 403}, {reader, "GET", "/audit", "", 403},
		{editor, "POST", "/decisions/0-0000000000000000/undo", "", 404}, {reader, "GET", "/alerts/..%2fmail%2fserver", "", 403},
		{boss, "GET", "/alerts/..%2f..%2fmail%2fserver", "", 404}, {boss, "GET", "/users/..%2ftokens%2fsep", "", 404}, {boss, "GET", "/sources/hong%00", "", 404},
	} {
		if status, v := c.who.do(c.method, c.path, c.body); status != c.want {
			t.Errorf("%s %s: %d %v, want %d", c.method, c.path, status, v, c.want)
		}
	}
	// What somebody's Idempotency-Key was answered is not another's to read.
	if a, b := boss.once("/partners/x/key"), editor.once("/partners/x/key"); a != 404 || b != 404 {
		t.Errorf("%d, %d", a, b)
	}
	if shown := boss.must("GET", "/alerts/chat", "", 200); shown["secret"] != "********" {
		t.Errorf("the secret is shown: %v", shown)
	}

	// Accounts: each has a feed's address of its own, which ends when another is made.
	add("user", "add", "lan", "--role", "viewer")
	add("user", "add", "minh", "--role", "viewer")
	lan, minh := h.signIn("lan"), h.signIn("minh")
	first, others := lan.feed(), minh.feed()
	if again := lan.feed(); again == first || first == others || !strings.Contains(again, "lan") {
		t.Errorf("addresses %q, %q and %q", first, again, others)
	} else if status, _, body, _ := h.get(again); status != 200 || !strings.Contains(string(body), "Báo hỏng") || !strings.Contains(string(body), "404") {
		t.Errorf("the feed: %d %s", status, body)
	}
	for _, gone := range []string{first, strings.Replace(others, "minh", "lan", 1), "/admin/illnesses.atom", "/admin/illnesses.atom?key="} {
		if status, _, _, _ := h.get(gone); status != 403 {
			t.Errorf("%s: %d", gone, status)
		}
	}
	for _, closed := range []string{"/debug/pprof/", "/setup", "/admin/first"} {
		if status, _, _, _ := h.get(closed); status == 200 && closed != "/admin/first" || status >= 500 {
			t.Errorf("%s: %d", closed, status)
		}
	}
}

// once is a POST with a key that everybody uses.
func (c apiClient) once(path string) int {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), "POST", c.base+"/api/v1"+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Idempotency-Key", "one")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// A hook is a chat's webhook that knows the secret "bi mat".
type hook struct {
	*httptest.Server
	mu     sync.Mutex
	body   string
	signed bool
}

func newHook(t *testing.T) *hook {
	h := &hook{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mac := hmac.New(sha256.New, []byte("bi mat"))
		mac.Write(b)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.body, h.signed = string(b), r.Header.Get("X-Tinhub-Signature") == "sha256="+hex.EncodeToString(mac.Sum(nil))
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) last() (body string, signed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.body, h.signed
}

// A signedIn is somebody at the pages, without a browser.
type signedIn struct {
	h      *hub
	cookie string
}

func (h *hub) signIn(name string) signedIn {
	h.t.Helper()
	s := signedIn{h: h}
	status, header, _ := s.post("/admin/login", url.Values{"name": {name}, "password": {"một câu thật dài"}})
	if s.cookie, _, _ = strings.Cut(header.Get("Set-Cookie"), ";"); status != 303 || s.cookie == "" {
		h.t.Fatalf("login: %d", status)
	}
	return s
}

func (s signedIn) post(path string, form url.Values) (int, http.Header, string) {
	s.h.t.Helper()
	req, err := http.NewRequestWithContext(s.h.t.Context(), "POST", s.h.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Cookie", s.cookie)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		s.h.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.h.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(body)
}

// feed makes the address of one's own feed of illnesses.
func (s signedIn) feed() string {
	s.h.t.Helper()
	_, _, body := s.post("/admin/alerts/feed", nil)
	_, rest, ok := strings.Cut(body, "/admin/illnesses.atom?")
	if !ok {
		s.h.t.Fatalf("no address in %s", body)
	}
	return "/admin/illnesses.atom?" + strings.ReplaceAll(rest[:strings.IndexAny(rest, `"<`)], "&amp;", "&")
}
