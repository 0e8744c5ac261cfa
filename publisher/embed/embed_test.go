package embed

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tinhub/news"
)

const base = "https://tin.example.vn"

var viewed []string

func widget(t *testing.T) *Widget {
	t.Helper()
	viewed = nil
	return New(Options{
		PublicURL: base + "/", Title: `Tin "tỉnh" <b>`,
		Topics: func() []news.Topic {
			return []news.Topic{
				{ID: "mo", Title: `<script>alert(1)</script>"'`, Public: true, Formerly: []string{"cu"}},
				{ID: "rieng", Title: "Riêng"},
			}
		},
		Partners: func() []news.Partner {
			return []news.Partner{
				{ID: "cong", Origins: []string{"https://cong.example.vn", "https://www.cong.example.vn"}, Topics: []string{"rieng"}, Key: "khoa-cong"},
				{ID: "khac", Origins: []string{"https://khac.example.vn"}, Topics: []string{"mo"}, Key: "khoa-khac"},
				{ID: "chua", Topics: []string{"*"}}, // without a key: none matches it
			}
		},
		Viewed: func(partner, topic string) { viewed = append(viewed, partner+"/"+topic) },
	})
}

func get(t *testing.T, w *Widget, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", base+path, nil)
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return rec
}

func TestScript(t *testing.T) {
	if n := len(gzipped(script)); n > 8<<10 {
		t.Errorf("%d bytes gzipped, of 8 KB at most", n)
	}
	for _, never := range []string{"innerHTML", "insertAdjacentHTML", "eval(", "document.write", "new Function", "localStorage", "document.cookie"} {
		if bytes.Contains(script, []byte(never)) {
			t.Errorf("the script has %s", never)
		}
	}
	w := widget(t)
	got := get(t, w, "/embed.js", "Referer", "https://cong.example.vn/")
	if got.Code != 200 || got.Header().Get("Content-Type") != "text/javascript; charset=utf-8" || got.Header().Get("Cross-Origin-Resource-Policy") != "cross-origin" || len(viewed) != 1 || viewed[0] != "cong/" {
		t.Errorf("%d %v, viewed %q", got.Code, got.Header(), viewed)
	}
	packed := get(t, w, "/embed.js", "Accept-Encoding", "gzip, deflate, br")
	z, err := gzip.NewReader(packed.Body)
	if err != nil || packed.Header().Get("Content-Encoding") != "gzip" || packed.Header().Get("ETag") == got.Header().Get("ETag") {
		t.Fatalf("gzipped: %v, %v", packed.Header(), err)
	}
	if b, err := io.ReadAll(z); err != nil || !bytes.Equal(b, script) {
		t.Errorf("gzipped it says another thing, %v", err)
	}
	if again := get(t, w, "/embed.js", "If-None-Match", got.Header().Get("ETag")); again.Code != 304 || again.Body.Len() != 0 {
		t.Errorf("again: %d", again.Code)
	}
}

func TestPage(t *testing.T) {
	for _, tt := range []struct {
		name, path, referer string
		status              int
		frames              string // what may frame it
		viewed              string
	}{
		{"public", "/embed/mo", "", 200, "*", "/mo"},
		{"public, on a partner's page", "/embed/mo?items=3&theme=dark&images=1", "https://khac.example.vn/trang", 200, "*", "khac/mo"},
		{"large", "/embed/mo?size=large&theme=light&heading=%22%3E%3Cscript%3E1%3C/script%3E", "", 200, "*", "/mo"},
		{"a province", "/embed/provinces/ca-mau", "", 200, "*", "/provinces/ca-mau"},
		{"a former province", "/embed/provinces/bac-lieu", "", 200, "*", "/provinces/ca-mau"},
		{"no province", "/embed/provinces/nope", "", 404, "", ""},
		{"a size", "/embed/mo?size=%22", "", 400, "", ""},
		{"by its whole path", "/embed/topics/mo", "", 200, "*", "/mo"},
		{"by its former id", "/embed/cu", "", 200, "*", "/mo"},
		{"everything", "/embed/tat-ca", "", 200, "*", "/tat-ca"},
		{"private, without a key", "/embed/rieng", "https://cong.example.vn/", 403, "", ""},
		{"private, with an empty key", "/embed/rieng?key=", "", 403, "", ""},
		{"private, with another's key", "/embed/rieng?key=khoa-khac", "https://cong.example.vn/", 403, "", ""},
		{"private", "/embed/rieng?key=khoa-cong", "https://evil.example/", 200, "'self' https://cong.example.vn https://www.cong.example.vn", "cong/rieng"},
		{"nothing", "/embed/", "", 404, "", ""},
		{"unknown", "/embed/%3Cscript%3E", "", 404, "", ""},
		{"upwards", "/embed/../../etc/passwd", "", 404, "", ""},
		{"too many", "/embed/mo?items=1000", "", 400, "", ""},
		{"not a number", "/embed/mo?items=x", "", 400, "", ""},
		{"a theme", "/embed/mo?theme=%22%3E%3Cscript%3E", "", 400, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := get(t, widget(t), tt.path, "Referer", tt.referer)
			csp := got.Header().Get("Content-Security-Policy")
			if got.Code != tt.status || tt.status == 200 && !strings.HasSuffix(csp, "; frame-ancestors "+tt.frames) || strings.Join(viewed, " ") != tt.viewed {
				t.Fatalf("%d, %q, viewed %q\n%s", got.Code, csp, viewed, got.Body)
			}
			if tt.status == 200 {
				holds(t, got, csp)
			}
		})
	}
}

// holds looks at a page: one script that is ours, and a style that its policy lets.
func holds(t *testing.T, got *httptest.ResponseRecorder, csp string) {
	t.Helper()
	doc, err := html.Parse(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	scripts, links := 0, 0
	for n := range doc.Descendants() {
		switch n.Data {
		case "script":
			if scripts++; n.FirstChild != nil {
				t.Error("a script in the page")
			}
		case "a":
			links++
		case "style":
			sum := sha256.Sum256([]byte(n.FirstChild.Data))
			if !strings.Contains(csp, base64.StdEncoding.EncodeToString(sum[:])) {
				t.Error("the policy forbids the page's style")
			}
		}
	}
	if scripts != 1 || links != 1 {
		t.Errorf("%d scripts, %d links for who has no JavaScript", scripts, links)
	}
}

func TestOEmbed(t *testing.T) {
	w := widget(t)
	got := get(t, w, "/oembed?url="+base+"/topics/mo&maxwidth=300&format=json")
	var o oEmbed
	if err := json.Unmarshal(got.Body.Bytes(), &o); err != nil || got.Code != 200 || o.Type != "rich" || o.Version != "1.0" || o.Width != 300 || o.Height != 520 ||
		!strings.Contains(o.HTML, `src="`+base+`/embed/mo"`) || strings.Contains(o.HTML, "<script") {
		t.Errorf("%d %s %v", got.Code, got.Body, err)
	}
	for path, want := range map[string]int{
		"":                                    404,
		"?url=https://evil.example/topics/mo": 404, "?url=" + base + ".evil.example/topics/mo": 404, "?url=" + base + "/topics/nope": 404, "?url=" + base + "/": 404,
		"?url=" + base + "/topics/rieng": 401, "?url=" + base + "/topics/mo&format=xml": 501, "?url=" + base + "/topics/mo&maxwidth=-1": 400, "?url=" + base + "/embed/mo?theme=dark": 200,
		"?url=" + base + "/provinces/bac-lieu": 200, "?url=" + base + "/mo": 404, "?url=" + base + "/provinces/nope": 404,
	} {
		if got := get(t, w, "/oembed"+path); got.Code != want {
			t.Errorf("%s: %d, want %d", path, got.Code, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	w := widget(t)
	if got := get(t, w, "/embed.js", "Host", "evil.example"); got.Code != 421 {
		t.Errorf("another's name: %d", got.Code)
	}
	r := httptest.NewRequest(http.MethodPost, base+"/embed/mo", nil)
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	if rec.Code != 405 || rec.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d", rec.Code)
	}
	if got := get(t, New(Options{}), "/embed/x", "Host", "localhost"); got.Code != 404 {
		t.Errorf("without anything: %d", got.Code)
	}
	for path, want := range map[string]bool{"/embed.js": true, "/embed/x": true, "/oembed": true, "/embed": false, "/embedded": false, "/topics/embed": false} {
		if Serves(path) != want {
			t.Errorf("%s: want %v", path, want)
		}
	}
}
