package push_test

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/fetcher/push"
	"tinhub/news"
)

// TestContent plays what hubs deliver (7). Every case begins with a subscription
// that is confirmed, to a topic that has one entry, "một".
func TestContent(t *testing.T) {
	for name, run := range map[string]func(*testing.T, *site, *program, news.Source, asking){
		"7 content is acknowledged with 2xx (rocks 300)":                     delivered,
		"7 it is read as a poll would be: mended, cleaned, set aside":        readAlike,
		"7 what a poll remembers stays, validators above all":                validatorsStay,
		"7 a diff brings what is in it":                                      diffs,
		"7 a repeated delivery brings nothing twice":                         repeated,
		"7 Link headers do not say which subscription it is for":             linkHeaderIsNoName,
		"7 another topic's document is not taken for this one's":             otherTopic,
		"7 what is no feed is a reason to poll":                              noFeed,
		"7.1.1 each method, by its own name":                                 signedContent,
		"7.1.2 a wrong signature is ignored with 2xx (rocks 301)":            ignored("X-Hub-Signature", sign("sha256", sha256.New, "sai", atom("", "giả"))),
		"7.1.2 none is ignored with 2xx (rocks 302)":                         ignored("X-Hub-Signature", ""),
		"7.1.2 one of another body is ignored":                               ignored("X-Hub-Signature", sign("sha256", sha256.New, "sai", "khác")),
		"7.1.2 one that is cut short is ignored":                             ignored("X-Hub-Signature", "sha256="),
		"7.1.2 one without a method is ignored":                              ignored("X-Hub-Signature", strings.Repeat("0", 64)),
		"7.1.2 md5 is ignored":                                               ignoredMethod("md5", md5.New),
		"8.3 sha1 is too weak: it is ignored with 2xx, and seen":             weak,
		"limits: too large is 413, encoded is 415, another method is 405":    refusedContent,
		"limits: of each subscription so many, and no other is touched":      flood,
		"limits: a hub that trickles what it sends keeps no other out":       trickled,
		"a notification for one source never touches another":                neighbours,
		"while hubs tell of news polls are rare, and then not":               pace,
		"kill -9 before it was read: it waits, and whoever comes next reads": waits,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub", </feed>; rel="self"`, "ETag", `"1"`, "Last-Modified", "Fri, 20 Nov 2026 01:00:00 GMT"))
			src := source("bao", s.URL+"/feed")
			p, a := discovered(t, s, src, s.URL+"/feed")
			run(t, s, p, src, a)
		})
	}
}

func delivered(t *testing.T, s *site, p *program, src news.Source, a asking) {
	if status := deliver(t, a, atomType, atom("", "một", "hai")); status/100 != 2 {
		t.Errorf("status %d", status)
	}
	p.awaitWire(src, 2)
	if s.polls("/feed") != 1 {
		t.Errorf("polled %d times", s.polls("/feed"))
	}
}

func readAlike(t *testing.T, _ *site, p *program, src news.Source, a asking) {
	body := "  " + `<feed xmlns="http://www.w3.org/2005/Atom"><title>Tin</title>` +
		`<entry><id>urn:2</id><title>Hai &nbsp; &lt;b&gt;</title><link href="/hai?utm_source=x"/><content type="html">&lt;script&gt;x&lt;/script&gt;&lt;p&gt;được&lt;/p&gt;</content></entry>` +
		`<entry><updated>2026-11-20</updated></entry><entry><id>urn:3</id><title>Ba</title>`
	if status := deliver(t, a, atomType, body); status/100 != 2 {
		t.Fatalf("status %d", status)
	}
	p.awaitWire(src, 2)
	eventually(t, "the history tells of it", func() bool { return last(p.state(src)).Push })
	if h := last(p.state(src)); h.New != 1 || h.Rejected == 0 || h.Health != news.OK || h.Bytes != int64(len(body)) {
		t.Errorf("history: %+v", h)
	}
}

func last(s news.SourceState) news.PollRecord {
	if len(s.History) == 0 {
		return news.PollRecord{}
	}
	return s.History[len(s.History)-1]
}

func validatorsStay(t *testing.T, s *site, p *program, src news.Source, a asking) {
	before := p.state(src)
	deliver(t, a, atomType, atom(`<link rel="hub" href="http://elsewhere.example/"/>`, "một", "hai"), "ETag", `"2"`, "Last-Modified", "Sat, 21 Nov 2026 01:00:00 GMT")
	p.awaitWire(src, 2)
	eventually(t, "it is recorded", func() bool { return last(p.state(src)).Push })
	after := p.state(src)
	if after.LastNew.Before(before.LastNew) || after.Push.Last.IsZero() {
		t.Errorf("nothing says that something came: %+v", after)
	}
	for _, s := range []*news.SourceState{&before, &after} {
		s.History, s.Daily, s.LastNew, s.Next, s.Interval, s.Push = nil, nil, time.Time{}, time.Time{}, 0, news.Pushing{}
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("a notification changed what is a poll's: %s", diff)
	}
}

func diffs(t *testing.T, _ *site, p *program, src news.Source, a asking) {
	deliver(t, a, atomType, atom("", "hai"))
	deliver(t, a, atomType, atom("", "ba"))
	p.awaitWire(src, 3)
	if got := p.wire(src); !slices.Equal(got, []string{"một", "hai", "ba"}) {
		t.Errorf("the wire has %v", got)
	}
}

func repeated(t *testing.T, _ *site, p *program, src news.Source, a asking) {
	for range 5 {
		deliver(t, a, atomType, atom("", "một", "hai"))
	}
	p.awaitWire(src, 2)
	for range 3 {
		deliver(t, a, atomType, atom("", "một", "hai"))
	}
	quiet()
	if got := p.wire(src); len(got) != 2 {
		t.Errorf("the wire has %v", got)
	}
}

func linkHeaderIsNoName(t *testing.T, s *site, p *program, src news.Source, a asking) {
	deliver(t, a, atomType, atom("", "một", "hai"), "Link", `<https://khac.example/>; rel="self", <https://hub.example/>; rel="hub"`)
	p.awaitWire(src, 2)
	if s.polls("/feed") != 1 {
		t.Errorf("polled %d times", s.polls("/feed"))
	}
}

func otherTopic(t *testing.T, s *site, p *program, src news.Source, a asking) {
	if status := deliver(t, a, atomType, atom(`<link rel="self" href="https://khac.example/rss"/>`, "của báo khác")); status/100 != 2 {
		t.Errorf("status %d", status)
	}
	eventually(t, "it is noted", func() bool { return strings.Contains(last(p.state(src)).Detail, "khac.example") })
	if got := p.wire(src); !slices.Equal(got, []string{"một"}) {
		t.Errorf("the wire has %v", got)
	}
}

func noFeed(t *testing.T, _ *site, p *program, src news.Source, a asking) {
	before := p.state(src)
	if status := deliver(t, a, "text/html", "<html><body>Lỗi 500</body></html>"); status/100 != 2 {
		t.Errorf("status %d", status)
	}
	eventually(t, "it is noted", func() bool { return last(p.state(src)).Push })
	after := p.state(src)
	if after.Health != before.Health || last(after).Health != news.NotAFeed || time.Until(after.Next) > time.Minute {
		t.Errorf("health %q, %+v, next in %v", after.Health, last(after), time.Until(after.Next))
	}
}

func signedContent(t *testing.T, _ *site, p *program, src news.Source, a asking) {
	n := 1
	for method, h := range map[string]func() hash.Hash{"sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New, "SHA256": sha256.New} {
		body := atom("", "theo "+method)
		deliver(t, a, atomType, body, "X-Hub-Signature", sign(method, h, a.form.Get("hub.secret"), body))
		n++
	}
	p.awaitWire(src, n)
	body := atom("", "sai tên")
	deliver(t, a, atomType, body, "X-Hub-Signature", sign("sha512", sha256.New, a.form.Get("hub.secret"), body))
	if quiet(); len(p.wire(src)) != n {
		t.Error("a digest under another method's name is believed")
	}
}

func ignored(header, value string) func(*testing.T, *site, *program, news.Source, asking) {
	return func(t *testing.T, s *site, p *program, src news.Source, a asking) {
		if status := deliver(t, a, atomType, atom("", "giả"), header, value); status/100 != 2 {
			t.Errorf("status %d", status)
		}
		quiet()
		if got := p.wire(src); !slices.Equal(got, []string{"một"}) || s.polls("/feed") != 1 || !p.state(src).Push.Last.IsZero() {
			t.Errorf("the wire has %v after %d polls", got, s.polls("/feed"))
		}
	}
}

func ignoredMethod(name string, h func() hash.Hash) func(*testing.T, *site, *program, news.Source, asking) {
	return func(t *testing.T, s *site, p *program, src news.Source, a asking) {
		ignored("X-Hub-Signature", sign(name, h, a.form.Get("hub.secret"), atom("", "giả")))(t, s, p, src, a)
	}
}

func weak(t *testing.T, s *site, p *program, src news.Source, a asking) {
	body := atom("", "giả")
	if status := deliver(t, a, atomType, body, "X-Hub-Signature", sign("sha1", sha1.New, "sai", body)); status/100 != 2 {
		t.Errorf("status %d", status)
	}
	quiet()
	if detail := p.state(src).Push.Detail; detail != "" {
		t.Errorf("whoever guesses at a secret has it said that %s", detail)
	}
	if status := deliver(t, a, atomType, body, "X-Hub-Signature", sign("sha1", sha1.New, a.form.Get("hub.secret"), body)); status/100 != 2 {
		t.Errorf("status %d", status)
	}
	eventually(t, "it is seen why nothing comes of it", func() bool { return strings.Contains(p.state(src).Push.Detail, "SHA-1") })
	now := p.state(src)
	if got := p.wire(src); !slices.Equal(got, []string{"một"}) || s.polls("/feed") != 1 || !now.Push.Last.IsZero() || now.Push.State != news.PushActive {
		t.Errorf("the wire has %v, %d polls, %+v", got, s.polls("/feed"), now.Push)
	}
	deliver(t, a, atomType, atom("", "một", "hai")) // rightly signed
	p.awaitWire(src, 2)
}

// trickled holds open as many notifications of one subscription as it can: it
// gets two places, and another subscription is taken in all the same.
func trickled(t *testing.T, s *site, _ *program, _ news.Source, _ asking) {
	one, two, p, a, b := besides(t, s, nil)
	end := make(chan struct{})
	answers := make(chan int, 20)
	for range 20 {
		body, w := io.Pipe()
		go func() {
			w.Write([]byte("<feed"))
			<-end
			w.Close()
		}()
		go func() {
			r, _ := http.NewRequest(http.MethodPost, a.form.Get("hub.callback"), body)
			r.ContentLength = 1 << 20 // so much that the server does not wait for it once it has answered
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				answers <- 0
				return
			}
			resp.Body.Close()
			answers <- resp.StatusCode
		}()
	}
	for range 18 {
		if status := <-answers; status != http.StatusServiceUnavailable {
			t.Errorf("one too many: %d", status)
		}
	}
	if status := deliver(t, b, atomType, atom("", "một", "hai")); status != http.StatusAccepted {
		t.Errorf("the other subscription: %d", status)
	}
	p.awaitWire(two, 2)
	close(end)
	for range 2 {
		if status := <-answers; status != 0 {
			t.Errorf("what broke off: %d", status)
		}
	}
	eventually(t, "its places are free", func() bool { return deliver(t, a, atomType, atom("", "một", "hai")) == http.StatusAccepted })
	p.awaitWire(one, 2)
}

func refusedContent(t *testing.T, _ *site, p *program, src news.Source, a asking) {
	large := atom("", "lớn"+strings.Repeat(" ", 10<<20))
	if status := deliver(t, a, atomType, large); status != http.StatusRequestEntityTooLarge {
		t.Errorf("10 MB and a little: %d", status)
	}
	if status := deliver(t, a, atomType, atom("", "hai"), "Content-Encoding", "gzip"); status != http.StatusUnsupportedMediaType {
		t.Errorf("gzip: %d", status)
	}
	r, _ := http.NewRequest(http.MethodPut, a.form.Get("hub.callback"), strings.NewReader("x"))
	if resp, err := http.DefaultClient.Do(r); err != nil || resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "GET, POST" {
		t.Errorf("PUT: %v %v", resp, err)
	}
	r, _ = http.NewRequest(http.MethodGet, a.form.Get("hub.callback"), nil)
	r.Host = "evil.example"
	if resp, err := http.DefaultClient.Do(r); err != nil || resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("another host: %v %v", resp, err)
	}
	if quiet(); len(p.wire(src)) != 1 {
		t.Errorf("the wire has %v", p.wire(src))
	}
}

// besides is another program with two sources that are subscribed to.
func besides(t *testing.T, s *site, change func(*push.Options)) (one, two news.Source, p *program, a, b asking) {
	t.Helper()
	s.has("/a", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub", </a>; rel="self"`))
	s.has("/b", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub", </b>; rel="self"`))
	one, two = source("mot", s.URL+"/a"), source("hai", s.URL+"/b")
	p = start(t, newStore(t), change, one, two)
	for n := 2; n <= 3; n++ {
		asked := s.request("subscribe", n)
		s.confirm(asked)
		if asked.form.Get("hub.topic") == s.URL+"/a" {
			a = asked
		} else {
			b = asked
		}
	}
	return one, two, p, a, b
}

func flood(t *testing.T, s *site, _ *program, _ news.Source, _ asking) {
	one, two, p, a, b := besides(t, s, func(o *push.Options) { o.Rate, o.Burst = 0.0001, 5 })
	counts := map[int]int{}
	for i := range 20 {
		counts[deliver(t, a, atomType, atom("", "tin "+string(rune('a'+i))))]++
	}
	if counts[http.StatusAccepted] != 5 || counts[http.StatusTooManyRequests] != 15 {
		t.Errorf("answers %v", counts)
	}
	if status := deliver(t, b, atomType, atom("", "một", "hai")); status != http.StatusAccepted {
		t.Errorf("the other subscription: %d", status)
	}
	p.awaitWire(two, 2)
	p.awaitWire(one, 6)
}

func neighbours(t *testing.T, s *site, p *program, src news.Source, a asking) {
	other := source("bao-b", s.URL+"/b")
	other.Homepage = src.Homepage // the same paper, the same shard
	s.has("/b", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub", </b>; rel="self"`))
	if err := p.fetcher.SetSources([]news.Source{src, other}); err != nil {
		t.Fatal(err)
	}
	p.awaitWire(other, 1)
	s.confirm(s.request("subscribe", 2))
	p.awaitState(other, news.PushActive)
	before := p.state(other)
	deliver(t, a, atomType, atom("", "một", "hai"))
	p.awaitWire(src, 2)
	if diff := cmp.Diff(before, p.state(other)); diff != "" || len(p.wire(other)) != 1 {
		t.Errorf("the other has %v, and %s", p.wire(other), diff)
	}
}

func pace(t *testing.T, _ *site, p *program, src news.Source, a asking) {
	next := func() time.Duration { return time.Until(p.state(src).Next) }
	if d := next(); d > 2*time.Hour {
		t.Errorf("before anything came the next poll is in %v", d)
	}
	deliver(t, a, atomType, atom("", "một", "hai"))
	eventually(t, "polls are rare", func() bool { return next() > 2*time.Hour })
	if status, _, _ := verify(t, a, "hub.mode", "denied"); status/100 != 2 {
		t.Errorf("status %d", status)
	}
	eventually(t, "polls are in their own rhythm", func() bool { return next() < 2*time.Hour })
}

func waits(t *testing.T, _ *site, p *program, src news.Source, a asking) {
	core := p.core
	p.stop()
	// A process that answers, and polls nothing.
	answering := start(t, core, func(o *push.Options) { o.URL = p.base })
	deliverAt(t, answering, a, atom("", "một", "hai"))
	if quiet(); len(answering.wire(src)) != 1 {
		t.Fatal("it was read by nobody")
	}
	answering.stop()
	start(t, core, func(o *push.Options) { o.URL = p.base }, src).awaitWire(src, 2)
}
