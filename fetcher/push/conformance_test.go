package push_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tinhub/fetcher/push"
	"tinhub/news"
	"tinhub/store"
)

// TestConformance plays an independent publisher and hub through the clauses of
// the Recommendation that a subscriber must keep, over real sockets. Each case is
// named after its section; "rocks" are websub.rocks' subscriber tests. What is
// delivered (7) is played in content_test.go.
func TestConformance(t *testing.T) {
	for name, run := range map[string]func(*testing.T, *site){
		"4 Link headers (rocks 100)":                                     linkHeaders,
		"4 link elements of HTML (rocks 101)":                            htmlLinks,
		"4 link elements of Atom (rocks 102)":                            atomLinks,
		"4 link elements of RSS (rocks 103)":                             rssLinks,
		"4 headers count before the document (rocks 104)":                headersFirst,
		"4 of several hubs another one where the first does not want":    severalHubs,
		"5.1 the request":                                                request,
		"5.1 hub.topic is rel=self (rocks 200)":                          differentSelf,
		"5.1 a callback for each subscription":                           callbacks,
		"5.1.2 a hub sends us on, 307 (rocks 203)":                       hubMoved(307),
		"5.1.2 a hub sends us on, 308 (rocks 204)":                       hubMoved(308),
		"5.1.2 a hub sends us in circles":                                hubCircles,
		"5.1.2 an error is kept for people, and not answered by a storm": hubRefuses,
		"5.2 a denial": denial,
		"5.3 the challenge is echoed as plain text":                       challenge,
		"5.3.1 another topic is answered 404 (rocks 205)":                 invalidTopic,
		"5.3.1 what was not asked for is answered 404":                    notAsked,
		"5.3.1 only harmless challenges are echoed":                       hostileChallenges,
		"5.3.1 renewal at half of the lease":                              renewal,
		"5 a hub may ask again":                                           reconfirmed,
		"5.1 unsubscribing when a source is disabled":                     disabled,
		"6.1 a topic that redirects for now, 302 (rocks 201)":             topicMoved(302),
		"6.1 a topic that redirects for good, 301 (rocks 202)":            topicMoved(301),
		"6.1 a source that names another hub is subscribed to there":      migration,
		"8.2 of a hub without TLS the address with TLS is tried first":    favoursTLS,
		"polls stay where no hub confirms":                                neverConfirmed,
		"two processes ask once, and either may be told":                  twoProcesses,
		"a crash between storing and asking repeats the request, no more": crash,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, newSite(t))
		})
	}
}

// discovered runs a program on a topic and wants its hub asked about it.
func discovered(t *testing.T, s *site, src news.Source, topic string) (*program, asking) {
	t.Helper()
	p := start(t, newStore(t), nil, src)
	a := s.request("subscribe", 1)
	if got := a.form.Get("hub.topic"); got != topic || a.path != "/hub" {
		t.Errorf("%s was asked about %q, want /hub about %q", a.path, got, topic)
	}
	s.confirm(a)
	p.awaitState(src, news.PushActive)
	return p, a
}

func linkHeaders(t *testing.T, s *site) {
	s.has("/feed", text(atomType, atom("", "một"), "Link", "<"+s.URL+`/feed>; rel="self"`, "Link", "<"+s.URL+`/hub>; rel="hub"`))
	discovered(t, s, source("bao", s.URL+"/feed"), s.URL+"/feed")
}

func htmlLinks(t *testing.T, s *site) {
	page := func(titles ...string) string {
		body := `<!doctype html><html><head><link rel="hub" href="/hub"><link rel="self" href="` + s.URL + `/muc"></head><body>`
		for _, title := range titles {
			body += `<div class="tin"><a href="/` + title + `.html">Tin số ` + title + ` của báo</a></div>`
		}
		return body + `</body></html>`
	}
	s.has("/muc", text("text/html; charset=utf-8", page("1")))
	src := source("bao", "")
	src.Page = &news.PageRule{URL: s.URL + "/muc", Item: ".tin"}
	p, a := discovered(t, s, src, s.URL+"/muc")
	p.awaitWire(src, 1)
	if status := deliver(t, a, "text/html; charset=utf-8", page("1", "2")); status/100 != 2 {
		t.Errorf("status %d", status)
	}
	p.awaitWire(src, 2)
}

func atomLinks(t *testing.T, s *site) {
	s.has("/feed", text("text/xml", atom(`<link rel="self" href="`+s.URL+`/feed"/><link rel="hub" href="`+s.URL+`/hub"/>`, "một")))
	discovered(t, s, source("bao", s.URL+"/feed"), s.URL+"/feed")
}

func rssLinks(t *testing.T, s *site) {
	s.has("/feed", text("text/xml", `<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Tin</title><link>https://bao.example/</link>`+
		`<description>x</description><atom:link rel="self" href="`+s.URL+`/feed"/><atom:link rel="hub" href="`+s.URL+`/hub"/><item><title>Một</title><guid>1</guid></item></channel></rss>`))
	discovered(t, s, source("bao", s.URL+"/feed"), s.URL+"/feed")
}

func headersFirst(t *testing.T, s *site) {
	s.has("/feed", text(atomType, atom(`<link rel="self" href="`+s.URL+`/wrong"/><link rel="hub" href="`+s.URL+`/hub-wrong"/>`, "một"),
		"Link", "<"+s.URL+`/feed>; rel="self", <`+s.URL+`/hub>; rel="hub"`))
	discovered(t, s, source("bao", s.URL+"/feed"), s.URL+"/feed")
	quiet()
	if n := len(s.requests("")); n != 1 {
		t.Errorf("hubs were asked %d times", n)
	}
}

func severalHubs(t *testing.T, s *site) {
	s.has("/hub-1", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "chỉ cho người quen", http.StatusForbidden)
	})
	s.has("/hub-2", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub-1>; rel="hub", </hub-2>; rel="hub", </hub>; rel=hub, </feed>; rel=self`))
	src := source("bao", s.URL+"/feed")
	p := start(t, newStore(t), nil, src)
	s.confirm(s.request("subscribe", 3))
	p.awaitState(src, news.PushActive)
	if quiet(); len(s.requests("")) != 3 {
		t.Errorf("hubs were asked %d times", len(s.requests("")))
	}
}

func request(t *testing.T, s *site) {
	s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub", </feed>; rel="self"`))
	_, a := discovered(t, s, source("bao", s.URL+"/feed"), s.URL+"/feed")
	if a.form.Get("hub.mode") != "subscribe" || a.form.Get("hub.lease_seconds") == "" || a.header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Errorf("asked %v with %v", a.form, a.header)
	}
	if n := len(a.form.Get("hub.secret")); n < 32 || n >= 200 {
		t.Errorf("a secret of %d bytes", n)
	}
	for name, values := range a.form {
		if len(values) != 1 {
			t.Errorf("%s stands %d times", name, len(values))
		}
	}
}

func differentSelf(t *testing.T, s *site) {
	s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub", </feed?self=other&utm_source=x>; rel="self"`))
	discovered(t, s, source("bao", s.URL+"/feed"), s.URL+"/feed?self=other&utm_source=x")
}

func callbacks(t *testing.T, s *site) {
	var sources []news.Source
	for i := range 4 {
		path := fmt.Sprint("/feed-", i)
		s.has(path, text(atomType, atom("", "một"), "Link", `</hub>; rel="hub", <`+path+`>; rel="self"`))
		sources = append(sources, source(fmt.Sprint("bao-", i), s.URL+path))
	}
	p := start(t, newStore(t), nil, sources...)
	s.request("subscribe", 4)
	callbacks, secrets := map[string]bool{}, map[string]bool{}
	for _, a := range s.requests("") {
		callback := a.form.Get("hub.callback")
		if !regexp.MustCompile(`^` + regexp.QuoteMeta(p.base) + `/push/[0-9a-f]{34}$`).MatchString(callback) {
			t.Errorf("callback %q", callback)
		}
		callbacks[callback[len(callback)-32:]], secrets[a.form.Get("hub.secret")] = true, true
	}
	if len(callbacks) != 4 || len(secrets) != 4 {
		t.Errorf("%d callbacks and %d secrets for 4 subscriptions", len(callbacks), len(secrets))
	}
}

func hubMoved(status int) func(*testing.T, *site) {
	return func(t *testing.T, s *site) {
		s.has("/hub-old", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/hub")
			w.WriteHeader(status)
		})
		s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub-old>; rel="hub", </feed>; rel="self"`))
		src := source("bao", s.URL+"/feed")
		p := start(t, newStore(t), nil, src)
		first, second := s.request("subscribe", 1), s.request("subscribe", 2)
		if first.path != "/hub-old" || second.path != "/hub" || first.form.Encode() != second.form.Encode() {
			t.Errorf("asked %s %v, then %s %v", first.path, first.form, second.path, second.form)
		}
		s.confirm(second)
		p.awaitState(src, news.PushActive)
	}
}

func hubCircles(t *testing.T, s *site) {
	s.has("/hub", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Location", "/hub"); w.WriteHeader(307) })
	s.has("/hub-out", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "http://10.0.0.1/")
		w.WriteHeader(307)
	})
	s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub", </hub-out>; rel="hub"`))
	src := source("bao", s.URL+"/feed")
	p := start(t, newStore(t), nil, src)
	eventually(t, "both have failed", func() bool {
		all := p.subscriptions(src)
		return len(all) == 2 && all[0].Detail != "" && all[1].Detail != ""
	})
	if quiet(); len(s.requests("")) > 7 {
		t.Errorf("asked %d times", len(s.requests("")))
	}
}

func hubRefuses(t *testing.T, s *site) {
	s.has("/hub", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7200")
		http.Error(w, "we know\nno such <topic>", http.StatusServiceUnavailable)
	})
	s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub"`))
	src := source("bao", s.URL+"/feed")
	p := start(t, newStore(t), nil, src)
	p.awaitState(src, news.PushFailing)
	if detail := p.state(src).Push.Detail; detail != "the hub answered 503: we know no such <topic>" {
		t.Errorf("it says %q", detail)
	}
	if due := time.Until(p.subscriptions(src)[0].Due); due < 119*time.Minute || due > 3*time.Hour {
		t.Errorf("it is asked again in %v, and wants two hours", due)
	}
	if quiet(); len(s.requests("")) != 1 {
		t.Errorf("asked %d times", len(s.requests("")))
	}
}

func denial(t *testing.T, s *site) {
	s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub", </feed>; rel="self"`))
	src := source("bao", s.URL+"/feed")
	p, a := discovered(t, s, src, s.URL+"/feed")
	if status, _, _ := verify(t, a, "hub.mode", "denied", "hub.topic", s.URL+"/other"); status != http.StatusNotFound {
		t.Errorf("a denial of another topic: %d", status)
	}
	status, body, _ := verify(t, a, "hub.mode", "denied", "hub.reason", "hết\nchỗ", "hub.challenge", "<script>")
	if status/100 != 2 || body != "" {
		t.Errorf("answered %d %q", status, body)
	}
	p.awaitState(src, news.PushDenied)
	if now := p.state(src).Push; !now.Until.IsZero() || now.Detail != "the hub denies it: hết chỗ" {
		t.Errorf("state %+v", now)
	}
	if quiet(); len(s.requests("")) != 1 {
		t.Errorf("a hub that denied was asked %d times", len(s.requests("")))
	}
}

func challenge(t *testing.T, s *site) {
	s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub"`))
	start(t, newStore(t), nil, source("bao", s.URL+"/feed"))
	a := s.request("subscribe", 1)
	status, body, head := verify(t, a, "hub.challenge", "Abc-123_xyz")
	if status != http.StatusOK || body != "Abc-123_xyz" || head.Get("Content-Type") != "text/plain; charset=utf-8" || head.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("answered %d %q %v", status, body, head)
	}
}

func invalidTopic(t *testing.T, s *site) {
	s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub"`))
	src := source("bao", s.URL+"/feed")
	p := start(t, newStore(t), nil, src)
	a := s.request("subscribe", 1)
	for _, topic := range []string{s.URL + "/other", s.URL + "/feed/", "", s.URL + "/feed#x"} {
		if status, body, _ := verify(t, a, "hub.topic", topic); status != http.StatusNotFound || strings.Contains(body, "thu-thach") {
			t.Errorf("%q: answered %d %q", topic, status, body)
		}
	}
	if !p.subscriptions(src)[0].Verified.IsZero() {
		t.Error("it counts as confirmed")
	}
}

func notAsked(t *testing.T, s *site) {
	s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub"`))
	src := source("bao", s.URL+"/feed")
	p := start(t, newStore(t), nil, src)
	a := s.request("subscribe", 1)
	s.confirm(a)
	for _, mode := range []string{"unsubscribe", "publish", "", "SUBSCRIBE"} {
		if status, _, _ := verify(t, a, "hub.mode", mode); status != http.StatusNotFound {
			t.Errorf("%q: answered %d", mode, status)
		}
	}
	callback := a.form.Get("hub.callback")
	for _, other := range []string{callback[:len(callback)-1] + "x", callback + "0", p.base + "/push/", p.base + "/push/" + strings.Repeat("0", 34), callback[:len(callback)-34] + "ff" + callback[len(callback)-32:]} {
		a.form.Set("hub.callback", other)
		if status, _, _ := verify(t, a); status != http.StatusNotFound {
			t.Errorf("%s: answered %d", other, status)
		}
	}
	p.awaitState(src, news.PushActive)
}

func hostileChallenges(t *testing.T, s *site) {
	s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub"`))
	start(t, newStore(t), nil, source("bao", s.URL+"/feed"))
	a := s.request("subscribe", 1)
	for _, c := range []string{"", "<script>alert(1)</script>", "a b", "a\r\nX: y", "\x00", "é", strings.Repeat("a", 1025)} {
		if status, body, _ := verify(t, a, "hub.challenge", c); status != http.StatusNotFound || c != "" && strings.Contains(body, c) {
			t.Errorf("%.20q: answered %d %q", c, status, body)
		}
	}
}

func renewal(t *testing.T, s *site) {
	s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub"`))
	src := source("bao", s.URL+"/feed")
	p := start(t, newStore(t), nil, src)
	first := s.request("subscribe", 1)
	s.confirm(first, "hub.lease_seconds", "20")
	confirmed := p.subscriptions(src)[0]
	if half := confirmed.Due.Sub(confirmed.Verified); half != 10*time.Second {
		t.Errorf("a lease of 20 s is renewed after %v", half)
	}
	second := s.request("subscribe", 2)
	if first.form.Encode() != second.form.Encode() {
		t.Errorf("renewed as %v, was %v", second.form, first.form)
	}
	s.confirm(second)
	eventually(t, "the lease is longer", func() bool { return time.Until(p.state(src).Push.Until) > time.Hour })
}

func reconfirmed(t *testing.T, s *site) {
	s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub"`))
	src := source("bao", s.URL+"/feed")
	p := start(t, newStore(t), nil, src)
	a := s.request("subscribe", 1)
	for range 3 { // our answer may have been lost
		s.confirm(a)
	}
	s.confirm(a, "hub.lease_seconds", "") // which it must send
	if now := p.subscriptions(src)[0]; now.Lease != 24*time.Hour {
		t.Errorf("without a lease it is %v", now.Lease)
	}
	s.confirm(a, "hub.lease_seconds", "99999999999999999999")
	s.confirm(a, "hub.lease_seconds", "999999999999")
	if now := p.subscriptions(src)[0]; now.Lease != 90*24*time.Hour {
		t.Errorf("an endless lease is %v", now.Lease)
	}
}

func disabled(t *testing.T, s *site) {
	s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub"`))
	src := source("bao", s.URL+"/feed")
	p, a := discovered(t, s, src, s.URL+"/feed")
	if err := p.fetcher.SetSources(nil); err != nil {
		t.Fatal(err)
	}
	leave := s.request("unsubscribe", 1)
	if leave.form.Get("hub.callback") != a.form.Get("hub.callback") || leave.form.Get("hub.topic") != a.form.Get("hub.topic") || leave.form.Has("hub.secret") {
		t.Errorf("asked %v", leave.form)
	}
	if status, _, _ := verify(t, a); status != http.StatusNotFound {
		t.Errorf("it still confirms that it subscribes: %d", status)
	}
	if status := deliver(t, a, atomType, atom("", "hai")); status != http.StatusGone {
		t.Errorf("what is sent on the way out is answered %d", status)
	}
	for range 2 {
		s.confirm(leave)
	}
	if status := deliver(t, a, atomType, atom("", "hai")); status != http.StatusGone {
		t.Errorf("what is sent afterwards is answered %d", status)
	}
	if quiet(); len(s.requests("unsubscribe")) != 1 {
		t.Errorf("it left %d times", len(s.requests("unsubscribe")))
	}
}

func topicMoved(status int) func(*testing.T, *site) {
	return func(t *testing.T, s *site) {
		s.has("/feed", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/feed?redirect=complete", status) })
		s.has("/feed?redirect=complete", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub", </feed?redirect=complete>; rel="self"`))
		src := source("bao", s.URL+"/feed")
		p, a := discovered(t, s, src, s.URL+"/feed?redirect=complete")
		deliver(t, a, atomType, atom(`<link rel="self" href="`+s.URL+`/feed?redirect=complete"/>`, "một", "hai"))
		p.awaitWire(src, 2)
	}
}

func migration(t *testing.T, s *site) {
	s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub-old>; rel="hub", </feed>; rel="self"`))
	src := source("bao", s.URL+"/feed")
	core := newStore(t)
	p := start(t, core, nil, src)
	old := s.request("subscribe", 1)
	s.confirm(old)
	p.awaitState(src, news.PushActive)
	p.stop()

	s.has("/feed", text(atomType, atom("", "một", "hai"), "Link", `</hub>; rel="hub", </feed>; rel="self"`))
	later := func() time.Time { return time.Now().Add(2 * time.Hour) }
	public := p.base
	p = start(t, core, func(o *push.Options) { o.URL, o.Now = public, later }, src)
	p.ask(src, later())
	moved := s.request("subscribe", 2)
	if moved.path != "/hub" || moved.form.Get("hub.callback") == old.form.Get("hub.callback") {
		t.Errorf("asked %s about %v", moved.path, moved.form)
	}
	if quiet(); len(s.requests("unsubscribe")) != 0 {
		t.Error("the old hub was left before the new one confirmed")
	}
	confirmAt(t, p, moved)
	if left := s.request("unsubscribe", 1); left.path != "/hub-old" || left.form.Get("hub.callback") != old.form.Get("hub.callback") {
		t.Errorf("left %s about %v", left.path, left.form)
	}
}

func favoursTLS(t *testing.T, s *site) {
	s.has("/feed", text(atomType, atom("", "một"), "Link", `<http://127.0.0.1/hub>; rel="hub"`))
	src := source("bao", s.URL+"/feed")
	p := start(t, newStore(t), nil, src)
	eventually(t, "both addresses were tried", func() bool { return len(p.subscriptions(src)) == 2 })
	tried := p.subscriptions(src)
	slices.SortFunc(tried, func(a, b news.Push) int { return a.Since.Compare(b.Since) })
	if tried[0].Hub != "https://127.0.0.1/hub" || tried[1].Hub != "http://127.0.0.1/hub" {
		t.Errorf("tried %s, then %s", tried[0].Hub, tried[1].Hub)
	}
}

func neverConfirmed(t *testing.T, s *site) {
	s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub"`))
	src := source("bao", s.URL+"/feed")
	p := start(t, newStore(t), func(o *push.Options) { o.URL = "http://localhost:1" }, src)
	if a := s.request("subscribe", 1); !strings.HasPrefix(a.form.Get("hub.callback"), "http://localhost:1/push/") {
		t.Errorf("callback %q", a.form.Get("hub.callback"))
	}
	p.awaitState(src, news.PushAsked)
	if next := time.Until(p.state(src).Next); next > 2*time.Hour {
		t.Errorf("the next poll is in %v", next)
	}
}

func twoProcesses(t *testing.T, s *site) {
	s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub"`))
	src, core := source("bao", s.URL+"/feed"), newStore(t)
	one := start(t, core, nil, src)
	two := start(t, core, func(o *push.Options) { o.URL = one.base }, src)
	a := s.request("subscribe", 1)
	confirmAt(t, two, a)
	one.awaitState(src, news.PushActive)
	deliverAt(t, two, a, atom("", "một", "hai"))
	one.awaitWire(src, 2)
	one.stop()
	deliverAt(t, two, a, atom("", "một", "hai", "ba"))
	two.awaitWire(src, 3)
	if quiet(); len(s.requests("")) != 1 {
		t.Errorf("the hub was asked %d times", len(s.requests("")))
	}
}

func crash(t *testing.T, s *site) {
	hang := make(chan struct{})
	s.has("/hub", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	})
	s.has("/feed", text(atomType, atom("", "một"), "Link", `</hub>; rel="hub"`))
	src, core := source("bao", s.URL+"/feed"), newStore(t)
	p := start(t, core, nil, src)
	first := s.request("subscribe", 1)
	p.stop() // as it waits for the hub's answer
	s.has("/hub", nil)
	close(hang)

	again := start(t, core, func(o *push.Options) { o.URL = p.base }, src)
	if quiet(); len(s.requests("")) != 1 {
		t.Errorf("after a crash the hub was asked at once, %d times", len(s.requests(""))-1)
	}
	again.stop()
	third := start(t, core, func(o *push.Options) {
		o.URL, o.Now = p.base, func() time.Time { return time.Now().Add(2 * time.Minute) }
	}, src)
	if second := s.request("subscribe", 2); second.form.Encode() != first.form.Encode() {
		t.Errorf("asked %v, and before %v", second.form, first.form)
	}
	if n := len(third.subscriptions(src)); n != 1 {
		t.Errorf("%d subscriptions", n)
	}
}

// ask wants a source polled now.
func (p *program) ask(s news.Source, now time.Time) {
	p.t.Helper()
	if err := store.NewWire(p.core, store.Keep{}).Ask(p.t.Context(), news.ShardOf(s.Family()), s.ID, now); err != nil {
		p.t.Fatal(err)
	}
}

// at is what a hub was asked, with the callback at another process.
func at(p *program, a asking) asking {
	callback := a.form.Get("hub.callback")
	out := asking{a.path, map[string][]string{}, a.header}
	for name, values := range a.form {
		out.form[name] = values
	}
	out.form.Set("hub.callback", p.base+callback[strings.Index(callback, "/push/"):])
	return out
}

func confirmAt(t *testing.T, p *program, a asking) {
	t.Helper()
	if status, body, _ := verify(t, at(p, a)); status != http.StatusOK || body != "thu-thach_1" {
		t.Fatalf("answered %d %q", status, body)
	}
}

func deliverAt(t *testing.T, p *program, a asking, body string) {
	t.Helper()
	if status := deliver(t, at(p, a), atomType, body); status/100 != 2 {
		t.Fatalf("answered %d", status)
	}
}
