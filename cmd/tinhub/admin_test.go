package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tinhub/cmd/tinhub/press"
)

// An apiClient is a program with a token.
type apiClient struct {
	t     *testing.T
	base  string
	token string
}

// do makes a request, and reads the answer into a map.
func (c apiClient) do(method, path, body string) (int, map[string]any) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	var v map[string]any
	if len(b) > 0 {
		if err := json.Unmarshal(b, &v); err != nil {
			c.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, b)
		}
	}
	return resp.StatusCode, v
}

// TestAPI is the walk of a program: over both stores it adds a source and a topic
// to a running hub, sees them gathered and served, and takes them away again.
func TestAPI(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, url string) {
		p, papers := startPress(t, press.Options{Seed: 21, Papers: healthyPapers()})
		conf := writeConfig(t, url, papers[1:], "")
		h := start(t, nil, "serve", "-c", conf)
		link := regexp.MustCompile(`/admin/first\?key=[A-Z2-7]{26}`)
		h.await(20*time.Second, "the link for the first account is said", func() error {
			if !link.MatchString(h.logs.String()) {
				return fmt.Errorf("not in %s", h.logs)
			}
			return nil
		})
		code, out, errs := once(t, nil, "", "token", "add", "ci", "--scope", "admin", "-c", conf)
		if code != 0 {
			t.Fatalf("token add beside serve: %d %s", code, errs)
		}
		c := apiClient{t, h.base, strings.TrimSpace(out)}
		for _, kind := range []string{"sources", "topics", "articles", "stories", "partners", "subscriptions", "deliveries", "users", "tokens", "audit"} {
			if status, v := c.do("GET", "/"+kind, ""); status != 200 || v["items"] == nil || v["next"] == nil {
				t.Errorf("%s: %d %v", kind, status, v)
			}
		}
		p.Step()
		c.must("POST", "/sources", fmt.Sprintf(`{"id":"them","name":"Báo thêm","url":%q,"schedule":"@every 1s"}`, papers[0].Feed), 201)
		h.await(20*time.Second, "the new source is polled", func() error {
			_, v := c.do("GET", "/sources/them", "")
			if state, _ := v["state"].(map[string]any); state["health"] != "ok" && state["health"] != "unchanged" {
				return fmt.Errorf("%v", v)
			}
			return nil
		})
		c.must("POST", "/sources/them/poll", "", 202)
		c.must("POST", "/topics", `{"id":"moi","title":"Chuyên đề mới","include":{"sources":["them"]},"max_age":"30d"}`, 201)
		h.await(20*time.Second, "the new topic has stories", func() error {
			entries, err := h.feed("/topics/moi.json")
			if err == nil && len(entries) == 0 {
				err = fmt.Errorf("none yet")
			}
			return err
		})
		if v := c.must("POST", "/topics/preview?since=7d", `{"id":"moi","include":{"any":["khong co cum tu nay"]}}`, 200); v["dropped"] == 0.0 || v["added"] != 0.0 {
			t.Errorf("preview: %v", v)
		}
		c.must("PATCH", "/sources/"+papers[1].ID, `{"enabled":false}`, 403)
		c.refuses("POST", "/topics", `{"id":"x","include":{"sources":["themm"]}}`, 400, `did you mean "them"`)
		c.refuses("POST", "/topics", `{"id":"x","where":"nonsense("}`, 400, "where")
		c.refuses("POST", "/sources", `{"id":"x","url":"file:///etc/passwd"}`, 400, "")
		c.refuses("POST", "/sources", `{"id":"x","url":"http://a.example/","timezone":"${HOME}"}`, 400, "${HOME}")
		c.refuses("POST", "/partners", `{"id":"x","name":"x"}`, 400, "never be recognised")
		if status, v := c.do("POST", "/sources/test", fmt.Sprintf(`{"url":%q}`, papers[0].Feed)); status != 200 || v["health"] != "ok" {
			t.Errorf("test: %d %v", status, v)
		}
		story := c.must("GET", "/articles?limit=1", "", 200)["items"].([]any)[0].(map[string]any)
		if v := c.must("GET", "/articles/"+story["id"].(string)+"/explain", "", 200); v["channels"] == nil {
			t.Errorf("explain: %v", v)
		}
		c.must("DELETE", "/topics/moi", "", 204)
		c.must("DELETE", "/sources/them", "", 204)
		h.await(20*time.Second, "the topic is gone", func() error {
			if status, _, _, err := h.get("/topics/moi"); err != nil || status != 404 {
				return fmt.Errorf("%d, %v", status, err)
			}
			return nil
		})
		if status, _, _, _ := h.get("/api/v1/sources"); status != 401 {
			t.Errorf("without a token: %d", status)
		}
	})
}

func (c apiClient) must(method, path, body string, want int) map[string]any {
	c.t.Helper()
	status, v := c.do(method, path, body)
	if status != want {
		c.t.Errorf("%s %s: %d %v, want %d", method, path, status, v, want)
	}
	return v
}

func (c apiClient) refuses(method, path, body string, want int, says string) {
	c.t.Helper()
	if v := c.must(method, path, body, want); !strings.Contains(fmt.Sprint(v["detail"]), says) {
		c.t.Errorf("%s %s: %v, want %q", method, path, v["detail"], says)
	}
}

// TestRolesAreClosed: a process without the role admin has neither pages nor API.
func TestRolesAreClosed(t *testing.T) {
	t.Parallel()
	conf := filepath.Join(t.TempDir(), "tinhub.yaml")
	text := "store: { url: \"file:" + t.TempDir() + "\" }\nhttp: { listen: \"127.0.0.1:0\" }\nsources: []\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h := start(t, nil, "serve", "-c", conf, "--roles", "publish")
	for _, path := range []string{"/admin/", "/admin/login", "/api/v1/sources", "/api/openapi.json", "/debug/pprof/", "/setup"} {
		if status, _, _, _ := h.get(path); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if strings.Contains(h.logs.String(), "/admin/first") {
		t.Error("it gives a link to a page that it has not")
	}
}
