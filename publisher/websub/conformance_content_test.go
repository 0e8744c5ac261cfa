package websub

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"tinhub/news"
)

// The cases of TestConformance on what is published and delivered (WebSub §6, §7).

// sign is what a signature must be, made independently of the hub.
func sign(newHash func() hash.Hash, secret, body string) string {
	m := hmac.New(newHash, []byte(secret))
	m.Write([]byte(body))
	return hex.EncodeToString(m.Sum(nil))
}

// signed is the signature that content must have, by the method that it names.
func signed(p post, secret string) string {
	method, _, _ := strings.Cut(p.header.Get("X-Hub-Signature"), "=")
	h, ok := map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}[method]
	if !ok {
		return "one by sha1, sha256, sha384 or sha512"
	}
	return method + "=" + sign(h, secret, p.body)
}

func publishing(t *testing.T, r *rig, s *subscriber) {
	topic := r.topic("nong-thon", news.RSS)
	r.subscribe(topic, s.URL+"/cb")
	r.confirmed(s.URL + "/cb")
	r.want(http.StatusAccepted, "hub.mode", "publish", "hub.topic", topic)
	if p := s.await(t, "/cb", 1); p.body != "rss: tin đầu tiên" {
		t.Errorf("got %q", p.body)
	}
	r.want(http.StatusAccepted, "hub.mode", "publish", "hub.url", topic, "hub.url", r.topic("provinces/ca-mau", news.RSS))
	if quiet(); len(s.got("/cb")) != 1 {
		t.Error("what it has already was sent again")
	}
	r.want(http.StatusNotFound, "hub.mode", "publish", "hub.url", "https://elsewhere.example/feed")
	r.want(http.StatusBadRequest, "hub.mode", "publish")
}

func contentTypes(t *testing.T, r *rig, s *subscriber) {
	for _, f := range []news.Format{news.RSS, news.Atom, news.JSON} {
		r.subscribe(r.topic("nong-thon", f), s.URL+"/"+string(f))
		r.confirmed(s.URL + "/" + string(f))
	}
	content := "tin \x00 mới\r\n\xff " + strings.Repeat("dài ", 50_000)
	r.publish("nong-thon", content)
	for _, f := range []news.Format{news.RSS, news.Atom, news.JSON} {
		p := s.await(t, "/"+string(f), 1)
		if p.header.Get("Content-Type") != f.ContentType() || p.body != string(f)+": "+content || p.header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %s, %d bytes", f, p.header.Get("Content-Type"), len(p.body))
		}
	}
}

func links(t *testing.T, r *rig, s *subscriber) {
	topic := r.topic("provinces/ca-mau", news.Atom)
	r.subscribe(topic, s.URL+"/cb")
	r.confirmed(s.URL + "/cb")
	r.publish("provinces/ca-mau", "tin mới")
	p := s.await(t, "/cb", 1)
	want := map[string]string{"hub": strings.TrimSuffix(r.address, "/"), "self": topic}
	got := map[string]string{}
	for _, m := range regexp.MustCompile(`<([^>]*)>;\s*rel="([a-z]+)"`).FindAllStringSubmatch(strings.Join(p.header["Link"], ", "), -1) {
		got[m[2]] = strings.TrimSuffix(m[1], "/")
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("links %v, want %v", got, want)
	}
}

func answers(t *testing.T, r *rig, s *subscriber) {
	s.on(func(w http.ResponseWriter, q *http.Request) bool {
		var status int
		fmt.Sscanf(q.URL.Path, "/%d", &status)
		if status == 0 || len(s.got(q.URL.Path)) > 1 && status != 410 {
			return false // the second time it takes it, as it does where a redirect leads
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		return true
	})
	times := map[int]int{200: 1, 201: 1, 202: 1, 204: 1, 299: 1, 302: 2, 307: 2, 400: 2, 404: 2, 500: 2, 503: 2, 410: 1}
	for status := range times {
		r.subscribe(r.topic("nong-thon", news.RSS), fmt.Sprint(s.URL, "/", status))
	}
	for status := range times {
		r.confirmed(fmt.Sprint(s.URL, "/", status))
	}
	r.publish("nong-thon", "tin mới")
	for status, n := range times {
		s.await(t, fmt.Sprint("/", status), n)
	}
	quiet()
	for status, n := range times {
		got := s.got(fmt.Sprint("/", status))
		if len(got) != n {
			t.Errorf("%d: content came %d times, want %d", status, len(got), n)
		}
		for _, p := range got {
			if id := p.header.Get("X-Hub-Delivery"); r.inside() && (id == "" || id != got[0].header.Get("X-Hub-Delivery") || p.header.Get("Idempotency-Key") != `"`+id+`"`) {
				t.Errorf("%d: delivery ids %q", status, id)
			}
		}
	}
	if len(s.got("/elsewhere")) != 0 {
		t.Error("a redirect was followed")
	}
	r.publish("nong-thon", "tin sau")
	s.await(t, "/200", 2)
	if quiet(); len(s.got("/410")) != 1 {
		t.Error("content came after 410")
	}
	if one, ok := r.subscription(s.URL + "/410"); r.inside() && (!ok || one.Ended == "") {
		t.Errorf("why it ended is not to be seen: %+v", one)
	}
}

func oneFormat(t *testing.T, r *rig, s *subscriber) {
	r.subscribe(r.topic("nong-thon", news.RSS), s.URL+"/rss")
	r.subscribe(r.topic("nong-thon", news.JSON), s.URL+"/json")
	r.confirmed(s.URL + "/rss")
	r.confirmed(s.URL + "/json")
	r.publish("nong-thon", "chỉ JSON", news.JSON)
	s.await(t, "/json", 1)
	if quiet(); len(s.got("/rss")) != 0 {
		t.Error("another format's revision was delivered")
	}
}

func signedContent(t *testing.T, _ *rig, s *subscriber) {
	for method, h := range map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New} {
		r := startHub(t, tempStore(t), func(o *Options) { o.Signature = method })
		r.publish("nong-thon", "tin đầu")
		r.subscribe(r.topic("nong-thon", news.RSS), s.URL+"/"+method, "hub.secret", "mật")
		r.confirmed(s.URL + "/" + method)
		r.publish("nong-thon", "tin mới")
		p := s.await(t, "/"+method, 1)
		if want := method + "=" + sign(h, "mật", p.body); p.header.Get("X-Hub-Signature") != want {
			t.Errorf("signature %q, want %q", p.header.Get("X-Hub-Signature"), want)
		}
		r.stop()
	}
}
