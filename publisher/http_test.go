package publisher

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"tinhub/news"
)

type answer struct {
	status int
	header http.Header
	body   []byte
}

// get asks over the socket, without following redirects or decoding; headers are
// pairs of name and value, and Host may be among them.
func get(t *testing.T, srv *httptest.Server, path string, headers ...string) answer {
	t.Helper()
	return do(t, srv, http.MethodGet, path, headers...)
}

func do(t *testing.T, srv *httptest.Server, method, path string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequest(method, srv.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
		req.Header.Add(headers[i], headers[i+1])
	}
	client := http.Client{
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, body}
}

func contains(body []byte, s string) bool { return bytes.Contains(body, []byte(s)) }

// stocked is a server with n stories in nong-thon-moi, noi-bo and everything.
func stocked(t *testing.T, n int, opt Options) (*desk, *Publisher, *httptest.Server) {
	t.Helper()
	d := newDesk()
	for i := range n {
		s, a := aStory(i, "nong-thon-moi", "noi-bo")
		d.file(s, a)
	}
	p, srv := start(t, d, opt)
	for _, c := range []string{news.Everything, "nong-thon-moi", "noi-bo"} {
		shows(t, p, c, min(n, 50))
	}
	eventually(t, "the index is built", func() bool { got, _ := p.index.size(); return got == n })
	return d, p, srv
}

func TestStatuses(t *testing.T) {
	_, _, srv := stocked(t, 3, Options{})
	long := strings.Repeat("a", 4096)
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/", 200}, {"HEAD", "/", 200}, {"GET", "/topics/nong-thon-moi", 200}, {"GET", "/topics/nong-thon-moi.rss", 200},
		{"GET", "/topics/nong-thon-moi.rss?utm_source=x", 200}, {"GET", "/topics/tat-ca.json", 200}, {"GET", "/provinces/ca-mau", 200},
		{"GET", "/topics/nong-thon-moi.html", 404}, {"GET", "/topics/nong-thon-moi.xml", 404}, {"GET", "/topics/khong-co", 404}, {"GET", "/topics/khong-co.rss", 404},
		{"GET", "/topics/provinces/ca-mau", 404}, {"GET", "/tat-ca", 404}, {"GET", "/nong-thon-moi.rss", 404}, {"GET", "/provinces/nong-thon-moi", 404},
		{"GET", "/topics/ntm", 308}, {"GET", "/topics/ntm.rss", 308}, {"GET", "/provinces/bac-lieu.atom", 308}, {"GET", "/topics/nong-thon-moi/", 308}, {"GET", "/topics", 308},
		{"GET", "/topics/noi-bo", 403}, {"GET", "/topics/noi-bo.rss", 403}, {"GET", "/topics/noi-bo.rss?key=sai", 403}, {"GET", "/topics/noi-bo.rss?key=chia-khoa", 200},
		{"GET", "/stories/" + id(1), 200}, {"GET", "/stories/" + id(99), 404}, {"GET", "/stories/x", 404}, {"GET", "/stories/", 404}, {"GET", "/stories/" + strings.ToUpper(id(1)) + "G", 404},
		{"GET", "/search", 200}, {"GET", "/search?q=nong+thon", 200}, {"GET", "/search.rss?q=nong", 200}, {"GET", "/search.rss", 400}, {"GET", "/search.rss?q=%22%22", 400},
		{"GET", "/search?q=a&page=0", 400}, {"GET", "/search?q=a&page=x", 400}, {"GET", "/search?q=a&page=99999999999999999999", 400}, {"GET", "/search?q=a&page=200", 200},
		{"GET", "/search?q=%ff", 400}, {"GET", "/search?q=%zz", 400}, {"GET", "/search?q=a;b", 400}, {"GET", "/search?q=" + long, 400}, {"GET", "/search.xml?q=a", 404},
		{"GET", "/topics/nong-thon-moi.json?callback=alert", 400},
		{"GET", "/topics/../../etc/passwd", 404}, {"GET", "/topics/..%2f..%2fetc%2fpasswd", 404}, {"GET", "/topics/a%2fb", 404}, {"GET", "/topics/%00", 404},
		{"GET", "/topics/" + long, 404}, {"GET", "/topics/CON", 404}, {"GET", "/topics/%E2%80%AEmoc", 404}, {"GET", "//", 404}, {"GET", "/./", 404}, {"GET", "/topics/nong-thon-moi.rss/", 308},
		{"GET", "/topics/.rss", 404}, {"GET", "/topics/%FF%FE.rss", 404}, {"GET", "/stories/" + long, 404}, {"GET", "/admin.php", 404}, {"GET", "/topics/nong-thon-moi%20", 404},
		{"POST", "/topics/nong-thon-moi.rss", 405}, {"PUT", "/", 405}, {"DELETE", "/stories/" + id(1), 405}, {"BREW", "/", 405}, {"OPTIONS", "/topics/nong-thon-moi.rss", 204},
		{"GET", "/robots.txt", 200}, {"GET", "/sitemap.xml", 200}, {"GET", "/favicon.svg", 200}, {"GET", "/topics.opml", 200}, {"GET", "/healthz", 200}, {"GET", "/readyz", 200},
	} {
		res := do(t, srv, c.method, c.path)
		if res.status != c.want {
			t.Errorf("%s %.60s: %d, want %d", c.method, c.path, res.status, c.want)
		}
		if res.status >= 400 && c.method != "HEAD" && (len(res.body) < 20 || contains(res.body, "goroutine")) {
			t.Errorf("%s %.60s: an error without a sentence: %.100q", c.method, c.path, res.body)
		}
		if res.status == 405 && res.header.Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("%s %s: Allow %q", c.method, c.path, res.header.Get("Allow"))
		}
		if res.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %.60s: may be sniffed", c.method, c.path)
		}
	}
}

func TestFormerNamesLeadOn(t *testing.T) {
	_, _, srv := stocked(t, 1, Options{})
	for from, to := range map[string]string{
		"/topics/ntm.rss?a=1":        "http://localhost:8080/topics/nong-thon-moi.rss?a=1",
		"/topics/ntm":                "http://localhost:8080/topics/nong-thon-moi",
		"/provinces/bac-lieu.json":   "http://localhost:8080/provinces/ca-mau.json",
		"/provinces/bac-lieu":        "http://localhost:8080/provinces/ca-mau",
		"/topics/nong-thon-moi.rss/": "http://localhost:8080/topics/nong-thon-moi.rss",
	} {
		res := get(t, srv, from)
		if res.status != 308 || res.header.Get("Location") != to {
			t.Errorf("%s: %d to %s", from, res.status, res.header.Get("Location"))
		}
	}
}

func TestStoryThatBecamePartOfAnother(t *testing.T) {
	d, _, srv := stocked(t, 2, Options{})
	d.mu.Lock()
	d.gone[id(50)] = id(1)
	d.mu.Unlock()
	res := get(t, srv, "/stories/"+id(50))
	if res.status != 301 || res.header.Get("Location") != "http://localhost:8080/stories/"+id(1) {
		t.Errorf("%d to %s", res.status, res.header.Get("Location"))
	}
}

func TestHost(t *testing.T) {
	set := settings()
	set.Site.URL = "https://Tin.Example:8443/"
	_, _, srv := stocked(t, 1, Options{Settings: set})
	for host, want := range map[string]int{
		"tin.example": 200, "TIN.EXAMPLE": 200, "tin.example:1234": 200, "tin.example.": 200, "localhost": 200, "localhost:8080": 200,
		"127.0.0.1": 200, "127.0.0.1:80": 200, "[::1]": 200, "[::1]:8080": 200, "10.1.2.3": 200,
		"evil.example": 421, "tin.example.evil.example": 421, "localhost.evil.example": 421, "tin.example@evil.example": 421, "2130706433": 421,
		"tin.example:80:80": 421, "tin.example:abc": 421, "a": 421, "[::1": 421, "::1": 421, "127.0.0.1.evil.example": 421,
	} {
		for _, path := range []string{"/topics/nong-thon-moi.rss", "/"} {
			if res := get(t, srv, path, "Host", host); res.status != want && res.status != 400 { // net/http itself refuses some
				t.Errorf("Host %q: %d, want %d", host, res.status, want)
			}
		}
		if res := get(t, srv, "/healthz", "Host", host); res.status != 200 && res.status != 400 {
			t.Errorf("health with Host %q: %d", host, res.status)
		}
	}
	if res := get(t, srv, "/topics/nong-thon-moi.rss", "Host", "127.0.0.1"); !contains(res.body, "https://Tin.Example:8443/topics/nong-thon-moi.rss") &&
		!contains(res.body, "https://tin.example:8443/topics/nong-thon-moi.rss") || contains(res.body, "127.0.0.1") {
		t.Errorf("links do not use public_url:\n%s", res.body)
	}
}

func TestConditionalRequests(t *testing.T) {
	_, _, srv := stocked(t, 3, Options{})
	const path = "/topics/nong-thon-moi.rss"
	etags := map[string]string{}
	for _, coding := range []string{"", "gzip", "br", "zstd"} {
		res := get(t, srv, path, "Accept-Encoding", coding)
		if res.status != 200 || res.header.Get("Content-Encoding") != coding || res.header.Get("Vary") != "Accept-Encoding" ||
			res.header.Get("Cache-Control") != "no-cache" || res.header.Get("Content-Length") != strconv.Itoa(len(res.body)) {
			t.Errorf("%q: %d %v", coding, res.status, res.header)
		}
		etags[coding] = res.header.Get("ETag")
		if body := decode(t, coding, res.body); !contains(body, "<rss") {
			t.Errorf("%q does not decode to the output", coding)
		}
	}
	if len(map[string]bool{etags[""]: true, etags["gzip"]: true, etags["br"]: true, etags["zstd"]: true}) != 4 {
		t.Errorf("encodings share an ETag: %v", etags)
	}
	modified := get(t, srv, path).header.Get("Last-Modified")
	for _, c := range []struct {
		name    string
		headers []string
		want    int
	}{
		{"each current tag", []string{"If-None-Match", etags["br"]}, 304},
		{"another encoding's", []string{"If-None-Match", etags["gzip"], "Accept-Encoding", "br"}, 304},
		{"weak", []string{"If-None-Match", "W/" + etags[""]}, 304},
		{"in a list", []string{"If-None-Match", `"x", ` + etags["zstd"] + `, "y"`}, 304},
		{"in a second header", []string{"If-None-Match", `"x"`, "If-None-Match", etags[""]}, 304},
		{"any", []string{"If-None-Match", "*"}, 304},
		{"unknown", []string{"If-None-Match", `"x"`}, 200},
		{"unquoted", []string{"If-None-Match", strings.Trim(etags[""], `"`)}, 200},
		{"since", []string{"If-Modified-Since", modified}, 304},
		{"since long ago", []string{"If-Modified-Since", "Mon, 02 Jan 2006 15:04:05 GMT"}, 200},
		{"since nonsense", []string{"If-Modified-Since", "hôm qua"}, 200},
		{"the tag counts more", []string{"If-None-Match", `"x"`, "If-Modified-Since", modified}, 200},
	} {
		res := get(t, srv, path, c.headers...)
		if res.status != c.want {
			t.Errorf("%s: %d, want %d", c.name, res.status, c.want)
		}
		if res.status == 304 && (len(res.body) > 0 || res.header.Get("ETag") == "" || res.header.Get("Cache-Control") == "") {
			t.Errorf("%s: 304 with %v", c.name, res.header)
		}
	}
	head, full := do(t, srv, "HEAD", path), get(t, srv, path)
	head.header.Del("Date")
	full.header.Del("Date")
	if diff := cmp.Diff(full.header, head.header); diff != "" || len(head.body) > 0 {
		t.Errorf("HEAD differs from GET: %s", diff)
	}
}

func decode(t *testing.T, coding string, body []byte) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(body)
	var err error
	switch coding {
	case "gzip":
		r, err = gzip.NewReader(r)
	case "br":
		r = brotli.NewReader(r)
	case "zstd":
		r, err = zstd.NewReader(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestNegotiate(t *testing.T) {
	for accept, want := range map[string]int{
		"": plain, "identity": plain, "gzip": gzipped, "br": brotlied, "zstd": zstded, "gzip, deflate, br": brotlied, "gzip, deflate, br, zstd": brotlied,
		"gzip;q=1.0, br;q=0.5": gzipped, "br;q=0, gzip": gzipped, "*": brotlied, "*;q=0": plain, "br;q=0, *": zstded, "GZIP": gzipped, "x-gzip": gzipped,
		"gzip;q=0": plain, "gzip;q=abc": plain, "gzip;q=2": plain, "deflate": plain, "identity;q=1, gzip;q=0.5": plain, "identity;q=0.5, gzip;q=0.5": gzipped,
		" gzip ;q=0.3 ,zstd; q=0.9": zstded, ",,,": plain, ";q=1": plain, "gzip;q=NaN": plain,
	} {
		if got := negotiate(accept); got != want {
			t.Errorf("%q: %d, want %d", accept, got, want)
		}
	}
}

func TestPrivateTopics(t *testing.T) {
	_, _, srv := stocked(t, 1, Options{})
	res := get(t, srv, "/topics/noi-bo.json", "Origin", "https://cong.example")
	if res.status != 200 || res.header.Get("Access-Control-Allow-Origin") != "https://cong.example" || res.header.Get("Vary") != "Accept-Encoding, Origin" ||
		!strings.Contains(res.header.Get("Cache-Control"), "private") {
		t.Errorf("a partner's page: %d %v", res.status, res.header)
	}
	if res := get(t, srv, "/topics/noi-bo.json", "Origin", "https://la.example"); res.status != 403 || res.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another page: %d %v", res.status, res.header)
	}
	for _, path := range []string{"/", "/topics.opml", "/sitemap.xml", "/topics/noi", "/stories/" + id(0)} {
		if contains(get(t, srv, path).body, "noi-bo") {
			t.Errorf("%s names it", path)
		}
	}
}

func TestLimits(t *testing.T) {
	_, _, srv := stocked(t, 1, Options{Rate: 0.5, Burst: 3, TrustedProxies: news.Networks{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}})
	for i := range 5 {
		res := get(t, srv, "/topics/tat-ca.rss", "X-Forwarded-For", "198.51.100.9, 203.0.113.5")
		if want := map[bool]int{true: 200, false: 429}[i < 3]; res.status != want {
			t.Errorf("request %d: %d, want %d", i, res.status, want)
		}
		if res.status == 429 {
			if n, err := strconv.Atoi(res.header.Get("Retry-After")); err != nil || n < 1 || n > 10 {
				t.Errorf("Retry-After %q", res.header.Get("Retry-After"))
			}
		}
	}
	if res := get(t, srv, "/topics/tat-ca.rss", "X-Forwarded-For", "203.0.113.5, 203.0.113.6"); res.status != 200 {
		t.Errorf("another address shares the limit: %d", res.status)
	}
	if res := get(t, srv, "/healthz", "X-Forwarded-For", "203.0.113.5"); res.status != 200 {
		t.Errorf("health is limited: %d", res.status)
	}
}

func TestForwardedForIsNotBelievedFromStrangers(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "198.51.100.7:1234"
	r.Header.Set("X-Forwarded-For", "203.0.113.5")
	if got := news.Networks(nil).Client(r.RemoteAddr, r.Header["X-Forwarded-For"]).String(); got != "198.51.100.7" {
		t.Error(got)
	}
	trusted := news.Networks{netip.MustParsePrefix("198.51.100.0/24")}
	for header, want := range map[string]string{
		"203.0.113.5": "203.0.113.5", "1.1.1.1, 203.0.113.5": "203.0.113.5", "203.0.113.5, 198.51.100.8": "203.0.113.5",
		"nonsense": "198.51.100.7", "": "198.51.100.7", "203.0.113.5, nonsense": "198.51.100.7", "::ffff:203.0.113.5": "203.0.113.5",
	} {
		r.Header.Set("X-Forwarded-For", header)
		if got := trusted.Client(r.RemoteAddr, r.Header["X-Forwarded-For"]).String(); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

func TestCORS(t *testing.T) {
	_, _, srv := stocked(t, 1, Options{})
	for _, path := range []string{"/topics/tat-ca.rss", "/topics/tat-ca.json", "/topics.opml", "/search.json?q=tin"} {
		res := get(t, srv, path, "Origin", "https://la.example")
		if res.header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(res.header.Get("Access-Control-Expose-Headers"), "ETag") {
			t.Errorf("%s: %v", path, res.header)
		}
	}
	if res := get(t, srv, "/topics/khong-co.json", "Origin", "https://la.example"); res.status != 404 || res.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("a topic that is none: %d %v", res.status, res.header)
	}
	res := do(t, srv, "OPTIONS", "/topics/tat-ca.rss", "Origin", "https://la.example", "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "if-none-match")
	if res.status != 204 || !strings.Contains(res.header.Get("Access-Control-Allow-Headers"), "If-None-Match") {
		t.Errorf("preflight: %d %v", res.status, res.header)
	}
}

func TestLinkHeaders(t *testing.T) {
	set := settings()
	set.Hub = "http://localhost:8080/hub"
	_, _, srv := stocked(t, 1, Options{Settings: set})
	got := get(t, srv, "/topics/tat-ca.atom").header.Values("Link")
	want := []string{`<http://localhost:8080/topics/tat-ca.atom>; rel="self"`, `<http://localhost:8080/hub>; rel="hub"`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	// What is not public is to be asked of the hub as it was read: by the reader's own
	// key, and by nobody else's. The bytes are everybody's, and bear none.
	const self, partner = "http://localhost:8080/topics/noi-bo.atom", "https://cong.example"
	set.Partners = append(set.Partners, news.Partner{ID: "khac", Key: "khác&lạ", Topics: []string{"*"}}, news.Partner{ID: "ngoai", Key: "ngoài", Topics: []string{"x"}})
	_, _, srv = stocked(t, 1, Options{Settings: set})
	for _, c := range []struct {
		path, origin, self string
	}{
		{"/topics/noi-bo.atom?key=chia-khoa", "", self + "?key=chia-khoa"},
		{"/topics/noi-bo.atom?utm=x&key=kh%C3%A1c%26l%E1%BA%A1", "", self + "?key=kh%C3%A1c%26l%E1%BA%A1"},
		{"/topics/noi-bo.atom?key=kh%C3%A1c%26l%E1%BA%A1", partner, self + "?key=kh%C3%A1c%26l%E1%BA%A1"},
		{"/topics/noi-bo.atom", partner, self}, {"/topics/noi-bo.atom?key=%3E%3B", partner, self}, {"/topics/noi-bo.atom?key=ngo%C3%A0i", partner, self},
		{"/topics/tat-ca.atom?key=chia-khoa", "", "http://localhost:8080/topics/tat-ca.atom"},
		{"/topics/noi-bo?key=chia-khoa", "", "http://localhost:8080/topics/noi-bo"},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			res := do(t, srv, method, c.path, "Origin", c.origin)
			if res.status != 200 || res.header.Values("Link")[0] != "<"+c.self+`>; rel="self"` || contains(res.body, "key=") {
				t.Errorf("%s by %q: %d %v", c.path, c.origin, res.status, res.header["Link"])
			}
		}
	}
	if res := get(t, srv, "/topics/noi-bo.atom?key=sai"); res.status != 403 || len(res.header["Link"]) != 0 {
		t.Errorf("a wrong key: %d %v", res.status, res.header["Link"])
	}
	set.Hub = ""
	_, _, srv = stocked(t, 1, Options{Settings: set})
	if got := get(t, srv, "/topics/tat-ca.atom"); len(got.header.Values("Link")) != 1 || contains(got.body, `rel="hub"`) {
		t.Errorf("a hub that there is not: %v", got.header)
	}
}
