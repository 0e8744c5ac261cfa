package client_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tinhub/fetcher/client"
	"tinhub/news"
)

// paths serves redirects: /STATUS/PATH?to=URL, and everything else as itself.
func paths(t *testing.T) *httptest.Server {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var status int
		if n, _ := fmt.Sscanf(r.URL.Path, "/%d", &status); n == 1 && status >= 300 {
			if to := r.URL.Query().Get("to"); to != "" {
				w.Header().Set("Location", to)
			}
			w.WriteHeader(status)
			return
		}
		fmt.Fprintf(w, "%s %s", r.Method, r.URL.Path)
	}))
	t.Cleanup(srv.Close)
	return srv
}

func TestRedirects(t *testing.T) {
	srv := paths(t)
	port, connections := counted(t)
	tests := []struct {
		name, path string
		body       string
		class      client.Class
		permanent  string
	}{
		{"301", "/301?to=/feed", "GET /feed", "", "/feed"},
		{"308", "/308?to=/feed", "GET /feed", "", "/feed"},
		{"302", "/302?to=/feed", "GET /feed", "", ""},
		{"307", "/307?to=/feed", "GET /feed", "", ""},
		{"303", "/303?to=/feed", "GET /feed", "", ""},
		{"permanent, then not", "/301?to=/302?to=/feed", "GET /feed", "", "/302?to=/feed"},
		{"not, then permanent", "/302?to=/301?to=/feed", "GET /feed", "", ""},
		{"relative, with a fragment", "/301/x?to=../feed%23part", "GET /feed", "", "/feed"},
		{"without Location", "/302", "", "", ""},
		{"five", "/302?to=/302/1?to=/302/2?to=/302/3?to=/302/4?to=/feed", "GET /feed", "", ""},
		{"six", "/302?to=/302/1?to=/302/2?to=/302/3?to=/302/4?to=/302/5?to=/feed", "", client.Loop, ""},
		{"to itself", "/302/self?to=/302/self?to=", "", "", ""},
		{"to loopback", "/302?to=http://127.0.0.2:" + port, "", client.Forbidden, ""},
		{"to a number", "/302?to=http://2130706433:" + port, "", client.Forbidden, ""},
		{"to metadata", "/302?to=http://169.254.169.254/latest", "", client.Forbidden, ""},
		{"to a file", "/302?to=file:///etc/passwd", "", client.Forbidden, ""},
		{"to gopher", "/302?to=gopher://127.0.0.1:6379/_FLUSHALL", "", client.Forbidden, ""},
		{"to data", "/302?to=data:text/xml,x", "", client.Forbidden, ""},
		{"to nothing", "/302?to=http://", "", client.Redirect, ""},
		{"to nonsense", "/302?to=http://[::1", "", client.Redirect, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := unhurried(t, func(o *client.Options) { o.Allow = only(t, "127.0.0.1/32") })
			resp, err := c.Fetch(t.Context(), client.Request{URL: srv.URL + tt.path})
			wantClass(t, err, tt.class)
			if err != nil {
				return
			}
			if string(resp.Body) != tt.body {
				t.Errorf("got %q", resp.Body)
			}
			if got := strings.TrimPrefix(resp.Permanent, srv.URL); got != tt.permanent {
				t.Errorf("permanent %q, want %q", got, tt.permanent)
			}
		})
	}
	if connections.Load() != 0 {
		t.Error("a redirect reached the private listener")
	}
}

func TestRedirectLoop(t *testing.T) {
	var srv *httptest.Server
	asked := 0
	srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		to := map[string]string{"/a": "/b", "/b": "/a"}[r.URL.Path]
		http.Redirect(w, r, to, http.StatusFound)
	}))
	defer srv.Close()
	_, err := unhurried(t).Fetch(t.Context(), client.Request{URL: srv.URL + "/a"})
	wantClass(t, err, client.Loop)
	if asked != 2 {
		t.Errorf("asked %d times", asked)
	}
}

// TestCredentialsStay: what is meant for a source's host reaches no other, nor
// the same one in the clear.
func TestCredentialsStay(t *testing.T) {
	got := map[string]http.Header{}
	record := func(w http.ResponseWriter, r *http.Request) {
		got[r.URL.Path] = r.Header.Clone()
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
		}
	}
	srv := httptest.NewServer(http.HandlerFunc(record))
	defer srv.Close()
	other := strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
	q := client.Request{
		URL:       strings.Replace(srv.URL, "http://", "http://an:secret@", 1) + "/first?to=/same?to=" + other + "/other?to=" + srv.URL + "/back",
		Header:    http.Header{"X-Api-Key": {"k"}, "Authorization-Extra": {"x"}, "Accept": {"application/xml"}, "If-None-Match": {`"1"`}},
		Cookies:   map[string]string{"session": "s"},
		BasicAuth: &news.BasicAuth{User: "an", Password: "secret"},
	}
	if _, err := unhurried(t).Fetch(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	for path, secret := range map[string]bool{"/first": true, "/same": true, "/other": false, "/back": true} {
		h := got[path]
		has := []string{h.Get("Authorization"), h.Get("Cookie"), h.Get("X-Api-Key"), h.Get("Authorization-Extra"), h.Get("Accept"), h.Get("Referer")}
		want := []string{"", "", "", "", "application/xml", ""}
		if secret {
			want = []string{"Basic YW46c2VjcmV0", "session=s", "k", "x", "application/xml", ""}
		}
		if d := cmp.Diff(want, has); d != "" {
			t.Errorf("%s: %s", path, d)
		}
	}
}

// TestUserinfo: an address may carry credentials, a redirect may not give us any.
func TestUserinfo(t *testing.T) {
	var auth string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth = r.Header.Get("Authorization")
		if r.URL.Path == "/go" {
			w.Header().Set("Location", strings.Replace("http://"+r.Host, "http://", "http://evil:x@", 1)+"/there")
			w.WriteHeader(302)
		}
	}))
	defer srv.Close()
	resp, err := unhurried(t).Fetch(t.Context(), client.Request{URL: strings.Replace(srv.URL, "http://", "http://an:secret@", 1) + "/"})
	if err != nil || auth != "Basic YW46c2VjcmV0" || strings.Contains(resp.URL, "secret") {
		t.Errorf("%q, %v, %v", auth, resp, err)
	}
	if _, err = unhurried(t).Fetch(t.Context(), client.Request{URL: srv.URL + "/go"}); err != nil || auth != "" {
		t.Errorf("a stranger's credentials were sent: %q, %v", auth, err)
	}
}

// TestPosts: a delivery is not redirected by Do, and to nowhere private by Fetch.
func TestPosts(t *testing.T) {
	srv := paths(t)
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/307?to=/there", strings.NewReader("news"))
	resp, err := unhurried(t).Do(r)
	if err != nil || resp.StatusCode != 307 {
		t.Fatal(resp, err)
	}
	c := unhurried(t, func(o *client.Options) { o.Allow = only(t, "127.0.0.1/32") })
	post := client.Request{Method: "POST", Body: []byte("news")}
	for path, want := range map[string]string{"/307?to=/a": "POST /a", "/308?to=/a": "POST /a", "/302?to=/a": "GET /a", "/303?to=/a": "GET /a"} {
		post.URL = srv.URL + path
		resp, err := c.Fetch(t.Context(), post)
		if err != nil || string(resp.Body) != want {
			t.Errorf("%s: %v, %v", path, resp, err)
		}
	}
	post.URL = srv.URL + "/307?to=http://127.0.0.2/"
	_, err = c.Fetch(t.Context(), post)
	wantClass(t, err, client.Forbidden)

	head, err := c.Fetch(t.Context(), client.Request{Method: "HEAD", URL: srv.URL + "/302?to=/a"})
	if err != nil || head.Status != 200 || len(head.Body) != 0 {
		t.Errorf("HEAD: %v, %v", head, err)
	}
}
