package websub

import (
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"tinhub/news"
)

// TestConformance plays an independent subscriber and publisher through the
// clauses of the Recommendation that a hub must keep, over real sockets. Each
// case is named after its section; websub.rocks' hub tests are 100 to 106. What is
// published and delivered (6, 7) is played in conformance_content_test.go.
func TestConformance(t *testing.T) {
	for name, run := range merged(everyHub(), thisHub()) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startHub(t, tempStore(t), nil)
			r.publish("nong-thon", "tin đầu tiên")
			r.publish("provinces/ca-mau", "tin Cà Mau")
			run(t, r, newSubscriber(t))
		})
	}
}

// otherHub names the address of a hub that others wrote, if any: the cases that
// hold for every hub are played against it, as a check of the checker. What a case
// says of it may be a fault of either.
//
//	TINHUB_TEST_HUB=http://127.0.0.1:9000/ go test -v -run TestOtherHub ./publisher/websub
const otherHub = "TINHUB_TEST_HUB"

func TestOtherHub(t *testing.T) {
	address := os.Getenv(otherHub)
	if address == "" {
		t.Skipf("%s names no hub", otherHub)
	}
	for name, run := range everyHub() {
		t.Run(name, func(t *testing.T) { run(t, playOther(t, address), newSubscriber(t)) })
	}
}

type play = func(*testing.T, *rig, *subscriber)

func merged(all ...map[string]play) map[string]play {
	out := map[string]play{}
	for _, m := range all {
		maps.Copy(out, m)
	}
	return out
}

// everyHub are the cases that the Recommendation has for every hub.
func everyHub() map[string]play {
	return map[string]play{
		"5.1 hub.mode, hub.topic and hub.callback alone (rocks 100)":              plainSubscription,
		"5.1 hub.secret (rocks 101)":                                              secretSubscription,
		"5.1 parameters that are not understood are ignored (rocks 102)":          strangeParameters,
		"5.1 a subscription may be asked for again before it expires (rocks 103)": resubscription,
		"5.1 nothing changes until the new request is verified":                   unverifiedResubscription,
		"5.1 a new secret, or none, counts once it is verified":                   changedSecret,
		"5.1 unsubscription (rocks 104)":                                          unsubscription,
		"5.1 hub.secret must be less than 200 bytes":                              longSecret,
		"5.1 hub.mode, hub.topic and hub.callback are required":                   missingParameters,
		"5.1.1 the callback's query is kept, and parameters are appended":         callbackQuery,
		"5.1.2 202 does not wait for the subscriber":                              acceptedAtOnce,
		"5.3 hub.challenge is random, harmless and used once":                     challenges,
		"5.3.1 404 from the subscriber leaves everything as it was":               refusedBySubscriber,
		"5.3.1 3xx, 4xx and 5xx are failures, and redirects are not followed":     failedVerification,
		"5.3.1 2xx without the exact challenge is a failure":                      wrongChallenge,
		"5.3.1 nobody can unsubscribe another":                                    foreignUnsubscription,
		"7 content is the topic's bytes with its Content-Type (rocks 105, 106)":   contentTypes,
		"7 rel=hub and rel=self are sent in Link":                                 links,
		"7 2xx is success, 410 ends the subscription, all else is tried again":    answers,
	}
}

// thisHub are those about what the Recommendation leaves to hubs, or that need
// to look into this one.
func thisHub() map[string]play {
	return map[string]play{
		"5.1 bytes that need no escape are decoded":                           escapes,
		"8.3 the callback is used exactly as the subscriber wrote it":         exactCallback,
		"5.3 lease_seconds ends the subscription":                             enforcedLease,
		"an address that asks too much is told when to come back":             tooMany,
		"5.1 errors are 4xx with a plain reason":                              badRequests,
		"5.1 hub.lease_seconds is clamped, and ignored to unsubscribe":        leases,
		"5.2 a denial is told to the subscriber":                              denial,
		"6 a publisher may say that a topic changed, by hub.topic or hub.url": publishing,
		"7 a topic is one format of one channel":                              oneFormat,
		"7.1 X-Hub-Signature only where a secret was given, over the body":    signedContent,
		"8 a topic of somebody else is refused":                               foreignTopics,
		"8 callbacks on this hub or on private addresses are refused":         forbiddenCallbacks,
		"8 a topic that is not public needs a partner's key":                  privateTopics,
		"a topic's former id is that topic":                                   formerTopics,
	}
}

func plainSubscription(t *testing.T, r *rig, s *subscriber) {
	topic := r.topic("nong-thon", news.RSS)
	r.subscribe(topic, s.URL+"/cb")
	r.confirmed(s.URL + "/cb")
	q := s.questions("/cb")[0]
	if q.Get("hub.mode") != "subscribe" || q.Get("hub.topic") != topic || q.Get("hub.lease_seconds") == "" || q.Get("hub.challenge") == "" {
		t.Errorf("the subscriber was asked %v", q)
	}
	r.publish("nong-thon", "tin mới")
	p := s.await(t, "/cb", 1)
	if p.body != "rss: tin mới" || p.header.Get("X-Hub-Signature") != "" {
		t.Errorf("got %q, signature %q", p.body, p.header.Get("X-Hub-Signature"))
	}
	if quiet(); len(s.got("/cb")) != 1 {
		t.Errorf("content came %d times", len(s.got("/cb")))
	}
}

func secretSubscription(t *testing.T, r *rig, s *subscriber) {
	r.subscribe(r.topic("nong-thon", news.Atom), s.URL+"/cb", "hub.secret", "bí mật của tôi")
	r.confirmed(s.URL + "/cb")
	r.publish("nong-thon", "tin mới")
	p := s.await(t, "/cb", 1)
	if want := signed(p, "bí mật của tôi"); p.header.Get("X-Hub-Signature") != want {
		t.Errorf("signature %q, want %q", p.header.Get("X-Hub-Signature"), want)
	}
}

func strangeParameters(t *testing.T, r *rig, s *subscriber) {
	r.subscribe(r.topic("nong-thon", news.RSS), s.URL+"/cb", "foo", "bar", "hub.foo", "hub.bar", "hub.verify", "async", "hub.verify", "sync")
	r.confirmed(s.URL + "/cb")
	if q := s.questions("/cb")[0]; q.Has("foo") || q.Has("hub.foo") {
		t.Errorf("what was not understood was passed on: %v", q)
	}
	r.publish("nong-thon", "tin mới")
	s.await(t, "/cb", 1)
}

func resubscription(t *testing.T, r *rig, s *subscriber) {
	topic := r.topic("nong-thon", news.RSS)
	r.subscribe(topic, s.URL+"/cb", "hub.lease_seconds", "600")
	first := r.confirmed(s.URL + "/cb")
	r.publish("nong-thon", "tin hai")
	s.await(t, "/cb", 1)
	r.subscribe(topic, s.URL+"/cb", "hub.lease_seconds", "7200")
	r.settles("the lease is longer", func() bool {
		now, _ := r.subscription(s.URL + "/cb")
		return now.Lease == 2*time.Hour && now.Until.After(first.Until)
	})
	if q := s.questions("/cb"); len(q) != 2 || r.inside() && (q[0].Get("hub.lease_seconds") != "600" || q[1].Get("hub.lease_seconds") != "7200") {
		t.Errorf("the subscriber was asked %v", q)
	}
	r.publish("nong-thon", "tin ba")
	s.await(t, "/cb", 2)
	if quiet(); len(s.got("/cb")) != 2 {
		t.Errorf("content came %d times; renewing must neither repeat nor double anything", len(s.got("/cb")))
	}
}

func unverifiedResubscription(t *testing.T, r *rig, s *subscriber) {
	topic := r.topic("nong-thon", news.RSS)
	r.subscribe(topic, s.URL+"/cb", "hub.secret", "một", "hub.lease_seconds", "600")
	first := r.confirmed(s.URL + "/cb")
	s.asked(func(w http.ResponseWriter, _ *http.Request) bool { http.NotFound(w, nil); return true })
	r.subscribe(topic, s.URL+"/cb", "hub.secret", "hai", "hub.lease_seconds", "7200")
	eventually(t, "the subscriber was asked again", func() bool { return len(s.questions("/cb")) == 2 })
	r.publish("nong-thon", "tin mới")
	p := s.await(t, "/cb", 1)
	if p.header.Get("X-Hub-Signature") != signed(p, "một") {
		t.Error("the secret of a request that was not verified is used")
	}
	if now, _ := r.subscription(s.URL + "/cb"); r.inside() && !now.Until.Equal(first.Until) {
		t.Errorf("the lease ends %v, want %v as before", now.Until, first.Until)
	}
}

func changedSecret(t *testing.T, r *rig, s *subscriber) {
	topic := r.topic("nong-thon", news.RSS)
	for i, secret := range []string{"một", "hai", ""} {
		r.subscribe(topic, s.URL+"/cb", "hub.secret", secret)
		r.settles("it is confirmed", func() bool {
			now, ok := r.subscription(s.URL + "/cb")
			return ok && now.Secret == secret
		})
		r.publish("nong-thon", fmt.Sprint("tin ", i))
		p := s.await(t, "/cb", i+1)
		want := ""
		if secret != "" {
			want = signed(p, secret)
		}
		if got := p.header.Get("X-Hub-Signature"); got != want {
			t.Errorf("secret %q: signature %q, want %q", secret, got, want)
		}
	}
}

func unsubscription(t *testing.T, r *rig, s *subscriber) {
	topic := r.topic("nong-thon", news.RSS)
	r.subscribe(topic, s.URL+"/cb")
	r.confirmed(s.URL + "/cb")
	r.want(http.StatusAccepted, "hub.mode", "unsubscribe", "hub.topic", topic, "hub.callback", s.URL+"/cb", "hub.lease_seconds", "nonsense")
	r.settles("it is gone", func() bool { _, ok := r.subscription(s.URL + "/cb"); return !ok })
	if n := len(s.questions("/cb")); n != 2 {
		t.Fatalf("the subscriber was asked %d times, want 2", n)
	}
	q := s.questions("/cb")[1]
	if q.Get("hub.mode") != "unsubscribe" || q.Get("hub.topic") != topic || q.Get("hub.challenge") == "" {
		t.Errorf("the subscriber was asked %v", q)
	}
	r.publish("nong-thon", "tin mới")
	if quiet(); len(s.got("/cb")) != 0 {
		t.Error("content came after the end")
	}
}

func longSecret(t *testing.T, r *rig, s *subscriber) {
	topic := r.topic("nong-thon", news.RSS)
	r.subscribe(topic, s.URL+"/cb", "hub.secret", strings.Repeat("x", 199))
	for _, n := range []int{200, 201, 5000} {
		text := r.want(http.StatusBadRequest, "hub.mode", "subscribe", "hub.topic", topic, "hub.callback", s.URL+"/cb", "hub.secret", strings.Repeat("x", n))
		if !strings.Contains(text, "hub.secret") {
			t.Errorf("%d bytes: %q does not name the fault", n, text)
		}
	}
}

func leases(t *testing.T, r *rig, s *subscriber) {
	for asked, want := range map[string]string{
		"": "864000", "600": "600", "0": "300", "-1": "300", "1000000000000": "2592000", "99999999999999999999999": "2592000", "-99999999999999999999999": "300",
	} {
		path := "/cb" + asked
		r.subscribe(r.topic("nong-thon", news.RSS), s.URL+path, "hub.lease_seconds", asked)
		r.confirmed(s.URL + path)
		if got := s.questions(path)[0].Get("hub.lease_seconds"); got != want {
			t.Errorf("asked for %q: granted %s, want %s", asked, got, want)
		}
	}
}

func missingParameters(t *testing.T, r *rig, s *subscriber) {
	topic, cb := r.topic("nong-thon", news.RSS), s.URL+"/cb"
	for name, c := range map[string]struct {
		params []string
		word   string
	}{
		"no mode":      {[]string{"hub.topic", topic, "hub.callback", cb}, "hub.mode"},
		"another mode": {[]string{"hub.mode", "sub", "hub.topic", topic, "hub.callback", cb}, "hub.mode"},
		"no topic":     {[]string{"hub.mode", "subscribe", "hub.callback", cb}, "hub.topic"},
		"no callback":  {[]string{"hub.mode", "subscribe", "hub.topic", topic}, "hub.callback"},
	} {
		if status, text := r.post(c.params...); status < 400 || status > 499 || r.inside() && !strings.Contains(text, c.word) {
			t.Errorf("%s: %d %q, want 4xx and a sentence on %s", name, status, text, c.word)
		}
	}
	if quiet(); len(s.questions("/cb")) != 0 {
		t.Error("a bad request reached the subscriber")
	}
}

func badRequests(t *testing.T, r *rig, s *subscriber) {
	topic, cb := r.topic("nong-thon", news.RSS), s.URL+"/cb"
	for name, c := range map[string]struct {
		params []string
		word   string
	}{
		"relative":         {[]string{"hub.mode", "subscribe", "hub.topic", topic, "hub.callback", "/cb"}, "hub.callback"},
		"no web address":   {[]string{"hub.mode", "subscribe", "hub.topic", topic, "hub.callback", "file:///etc/passwd"}, "hub.callback"},
		"two callbacks":    {[]string{"hub.mode", "subscribe", "hub.topic", topic, "hub.callback", cb, "hub.callback", cb}, "hub.callback"},
		"two topics":       {[]string{"hub.mode", "subscribe", "hub.topic", topic, "hub.topic", topic, "hub.callback", cb}, "hub.topic"},
		"lease in words":   {[]string{"hub.mode", "subscribe", "hub.topic", topic, "hub.callback", cb, "hub.lease_seconds", "ten days"}, "hub.lease_seconds"},
		"bytes, no text":   {[]string{"hub.mode", "subscribe", "hub.topic", topic, "hub.callback", cb, "hub.secret", "\xff\xfe"}, "hub.secret"},
		"endless callback": {[]string{"hub.mode", "subscribe", "hub.topic", topic, "hub.callback", cb + strings.Repeat("x", 3000)}, "hub.callback"},
	} {
		if status, text := r.post(c.params...); status != 400 || !strings.Contains(text, c.word) || strings.Contains(text, "\n") {
			t.Errorf("%s: %d %q, want 400 and a sentence on %s", name, status, text, c.word)
		}
	}
	for name, c := range map[string]struct {
		method, kind, body string
		status             int
	}{
		"GET":        {"GET", "", "", 405},
		"PUT":        {"PUT", "application/x-www-form-urlencoded", "hub.mode=subscribe", 405},
		"JSON":       {"POST", "application/json", "{}", 415},
		"no type":    {"POST", "", "hub.mode=subscribe", 415},
		"charset":    {"POST", "application/x-www-form-urlencoded; charset=latin1", "hub.mode=subscribe", 415},
		"bad escape": {"POST", "application/x-www-form-urlencoded", "hub.mode=%zz", 400},
		"large":      {"POST", "application/x-www-form-urlencoded", "hub.mode=" + strings.Repeat("x", 20<<10), 413},
	} {
		req, _ := http.NewRequestWithContext(t.Context(), c.method, r.address+"?hub.challenge=abc", strings.NewReader(c.body))
		if c.kind != "" {
			req.Header.Set("Content-Type", c.kind)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != c.status || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain") {
			t.Errorf("%s: %d %s, want %d in plain text", name, resp.StatusCode, resp.Header.Get("Content-Type"), c.status)
		}
	}
	if len(s.questions("/cb")) != 0 {
		t.Error("a bad request reached the subscriber")
	}
}

func callbackQuery(t *testing.T, r *rig, s *subscriber) {
	query := "foo=bar&red=fish&hub.topic=mine&b%20c=%2F&empty"
	r.subscribe(r.topic("nong-thon", news.RSS), s.URL+"/cb?"+query)
	eventually(t, "the subscriber is asked", func() bool { return len(s.questions("/cb")) == 1 })
	q := s.questions("/cb")[0]
	if q.Get("foo") != "bar" || q.Get("red") != "fish" || len(q["hub.topic"]) != 2 || q["hub.topic"][0] != "mine" || q.Get("b c") != "/" {
		t.Errorf("the subscriber was asked %v", q)
	}
	// Its own hub.topic was there first, so it never sees ours there; it confirms all the same.
	r.confirmed(s.URL + "/cb?" + query)
	r.publish("nong-thon", "tin mới")
	if p := s.await(t, "/cb", 1); p.query != query || strings.Contains(p.body, "red=fish") {
		t.Errorf("content came to %q", p.query)
	}
}

func acceptedAtOnce(t *testing.T, r *rig, s *subscriber) {
	hold := make(chan struct{})
	defer close(hold)
	s.asked(func(http.ResponseWriter, *http.Request) bool { <-hold; return false })
	began := time.Now()
	r.subscribe(r.topic("nong-thon", news.RSS), s.URL+"/cb")
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("202 took %v", took)
	}
	eventually(t, "the subscriber is asked", func() bool { return len(s.questions("/cb")) == 1 })
}

func denial(t *testing.T, r *rig, s *subscriber) {
	topic := r.topic("nong-thon", news.RSS)
	r.subscribe(topic, s.URL+"/cb?x=1")
	r.subscribe(r.topic("provinces/ca-mau", news.RSS), s.URL+"/stays")
	r.confirmed(s.URL + "/cb?x=1")
	r.confirmed(s.URL + "/stays")
	set := r.hub.opt.Settings
	set.Topics = nil // the topic is given up
	r.hub.Reload(set)
	eventually(t, "the subscriber is told", func() bool { return len(s.questions("/cb")) == 2 })
	q := s.questions("/cb")[1]
	if q.Get("hub.mode") != "denied" || q.Get("hub.topic") != topic || q.Get("hub.reason") == "" || q.Get("x") != "1" || q.Has("hub.challenge") {
		t.Errorf("the subscriber was told %v", q)
	}
	if _, ok := r.subscription(s.URL + "/cb?x=1"); ok {
		t.Error("the subscription is still there")
	}
	if _, ok := r.subscription(s.URL + "/stays"); !ok {
		t.Error("another subscription went with it")
	}
}

func challenges(t *testing.T, r *rig, s *subscriber) {
	safe := regexp.MustCompile(`^[A-Za-z0-9_-]{22,}$`)
	seen := map[string]bool{}
	for i := range 8 {
		path := fmt.Sprintf("/cb%d", i%4)
		r.subscribe(r.topic("nong-thon", news.RSS), s.URL+path)
		eventually(t, "it is asked", func() bool { return len(s.questions(path)) == i/4+1 })
		c := s.questions(path)[i/4].Get("hub.challenge")
		if !safe.MatchString(c) || seen[c] {
			t.Errorf("challenge %q", c)
		}
		seen[c] = true
	}
}

func refusedBySubscriber(t *testing.T, r *rig, s *subscriber) {
	s.asked(func(w http.ResponseWriter, _ *http.Request) bool { http.NotFound(w, nil); return true })
	r.subscribe(r.topic("nong-thon", news.RSS), s.URL+"/cb")
	eventually(t, "it is asked", func() bool { return len(s.questions("/cb")) == 1 })
	r.publish("nong-thon", "tin mới")
	quiet()
	if _, ok := r.subscription(s.URL + "/cb"); r.inside() && ok || len(s.got("/cb")) != 0 || len(s.questions("/cb")) != 1 {
		t.Errorf("subscription %v, content %d, asked %d times", ok, len(s.got("/cb")), len(s.questions("/cb")))
	}
}

func failedVerification(t *testing.T, r *rig, s *subscriber) {
	s.asked(func(w http.ResponseWriter, q *http.Request) bool {
		var status int
		if _, err := fmt.Sscanf(q.URL.Path, "/%d", &status); err != nil {
			return false // where the redirect leads, all would be confirmed
		}
		w.Header().Set("Location", "/elsewhere?"+q.URL.RawQuery)
		w.WriteHeader(status)
		fmt.Fprint(w, q.URL.Query().Get("hub.challenge"))
		return true
	})
	for _, status := range []int{301, 302, 307, 400, 401, 403, 410, 429, 500, 503} {
		r.subscribe(r.topic("nong-thon", news.RSS), fmt.Sprint(s.URL, "/", status))
	}
	for _, status := range []int{301, 302, 307, 400, 401, 403, 410, 429, 500, 503} {
		eventually(t, "it is asked", func() bool { return len(s.questions(fmt.Sprint("/", status))) == 1 })
	}
	r.publish("nong-thon", "tin mới")
	quiet()
	for _, status := range []int{301, 302, 307, 400, 401, 403, 410, 429, 500, 503} {
		if len(s.got(fmt.Sprint("/", status))) > 0 {
			t.Errorf("%d counts as a confirmation", status)
		}
	}
	if len(s.questions("/elsewhere")) != 0 {
		t.Error("a redirect was followed")
	}
}

func wrongChallenge(t *testing.T, r *rig, s *subscriber) {
	s.asked(func(w http.ResponseWriter, q *http.Request) bool {
		c := q.URL.Query().Get("hub.challenge")
		fmt.Fprint(w, map[string]string{"/empty": "", "/line": c + "\n", "/html": "<html>" + c + "</html>", "/case": strings.ToLower(c) + strings.ToUpper(c),
			"/part": c[:len(c)-1], "/long": c + strings.Repeat("x", 1<<20), "/right": c}[q.URL.Path])
		return true
	})
	paths := []string{"/empty", "/line", "/html", "/case", "/part", "/long", "/right"}
	for _, p := range paths {
		r.subscribe(r.topic("nong-thon", news.RSS), s.URL+p)
	}
	r.confirmed(s.URL + "/right")
	for _, p := range paths[:6] {
		eventually(t, "it is asked", func() bool { return len(s.questions(p)) == 1 })
	}
	r.publish("nong-thon", "tin mới")
	s.await(t, "/right", 1)
	quiet()
	for _, p := range paths[:6] {
		if len(s.got(p)) > 0 {
			t.Errorf("%s counts as a confirmation", p)
		}
	}
}

func foreignUnsubscription(t *testing.T, r *rig, s *subscriber) {
	topic := r.topic("nong-thon", news.RSS)
	r.subscribe(topic, s.URL+"/cb")
	r.confirmed(s.URL + "/cb")
	s.asked(func(w http.ResponseWriter, q *http.Request) bool {
		if q.URL.Query().Get("hub.mode") == "unsubscribe" { // it never asked for that
			http.NotFound(w, q)
			return true
		}
		return false
	})
	r.want(http.StatusAccepted, "hub.mode", "unsubscribe", "hub.topic", topic, "hub.callback", s.URL+"/cb")
	eventually(t, "it is asked", func() bool { return len(s.questions("/cb")) == 2 })
	r.publish("nong-thon", "tin mới")
	s.await(t, "/cb", 1)
}

func escapes(t *testing.T, r *rig, s *subscriber) {
	topic := r.topic("nong-thon", news.RSS)
	r.subscribe(topic, s.URL+"/cb")
	first := r.confirmed(s.URL + "/cb")
	written := strings.Replace(topic, "nong", "%6Eon%67", 1)
	r.subscribe(written, s.URL+"/%63b", "hub.lease_seconds", "7200")
	eventually(t, "the same subscription is renewed", func() bool {
		now, _ := r.subscription(s.URL + "/%63b")
		return now.ID == first.ID && now.Lease == 2*time.Hour
	})
	if q := s.questions("/cb"); len(q) != 2 || q[1].Get("hub.topic") != written {
		t.Errorf("the subscriber was asked %v, want the topic as it was written", q)
	}
	r.publish("nong-thon", "tin mới")
	s.await(t, "/cb", 1)
	if quiet(); len(s.got("/cb")) != 1 {
		t.Errorf("content came %d times: one subscription counts as two", len(s.got("/cb")))
	}
}

func exactCallback(t *testing.T, r *rig, s *subscriber) {
	const query = "/cb/%7Ea%2Fb//c/../d?t=%41&u=a+b&v=&%zz"
	r.subscribe(r.topic("nong-thon", news.RSS), s.URL+query)
	r.confirmed(s.URL + query)
	r.publish("nong-thon", "tin mới")
	eventually(t, "content comes", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.posts) > 0 })
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := s.posts[0].uri; got != query {
		t.Errorf("content came to %s, want %s", got, query)
	}
}

func enforcedLease(t *testing.T, _ *rig, s *subscriber) {
	r := startHub(t, tempStore(t), func(o *Options) { o.LeaseMin = time.Second })
	r.publish("nong-thon", "tin")
	r.subscribe(r.topic("nong-thon", news.RSS), s.URL+"/cb", "hub.lease_seconds", "1")
	until := r.confirmed(s.URL + "/cb").Until
	time.Sleep(time.Until(until) + 50*time.Millisecond) // nobody tells when a lease is over
	r.publish("nong-thon", "quá hạn")
	if quiet(); len(s.got("/cb")) != 0 {
		t.Error("content came after the lease")
	}
}

func tooMany(t *testing.T, _ *rig, s *subscriber) {
	proxy := news.Networks{netip.MustParsePrefix("127.0.0.0/8")} // names who asks
	r := startHub(t, tempStore(t), func(o *Options) { o.Rate, o.Burst, o.TrustedProxies = 0.01, 3, proxy })
	r.publish("nong-thon", "tin")
	ask := func(from string, n int) *http.Response {
		form := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {r.topic("nong-thon", news.RSS)}, "hub.callback": {fmt.Sprint(s.URL, "/", from, n)}}
		req, _ := http.NewRequestWithContext(t.Context(), "POST", r.address, strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("X-Forwarded-For", from)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	for n := range 3 {
		if resp := ask("2001:db8::1", n); resp.StatusCode != http.StatusAccepted {
			t.Fatalf("request %d: %d", n, resp.StatusCode)
		}
	}
	resp := ask("2001:db8::2", 4) // of the same household
	if wait, err := strconv.Atoi(resp.Header.Get("Retry-After")); resp.StatusCode != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 101 {
		t.Errorf("%d, Retry-After %q", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	if resp := ask("2001:db8:0:1::1", 5); resp.StatusCode != http.StatusAccepted {
		t.Errorf("somebody else: %d", resp.StatusCode)
	}
	if quiet(); len(s.questions("/2001:db8::24")) != 0 {
		t.Error("what was refused reached the subscriber")
	}
}

func foreignTopics(t *testing.T, r *rig, s *subscriber) {
	own := newSubscriber(t) // would notice a fetch
	for _, topic := range []string{
		own.URL + "/topics/nong-thon.rss", "https://elsewhere.example/feed", r.base + "/topics/none.rss", r.base + "/topics/nong-thon",
		r.base + "/topics/nong-thon.html", r.base + "/topics/nong-thon.exe", r.base + "/topics/nong-thon.rss?x=1", r.base + "/topics/../topics/nong-thon.rss",
		r.base + "/topics/nong%2Dthon%2Frss", r.base + "/search.rss?q=x", r.base + "/", "urn:x", "not an address", "//tin.example/topics/nong-thon.rss",
		strings.Replace(r.base, "http://", "http://user:pass@", 1) + "/topics/nong-thon.rss",
	} {
		if status, text := r.post("hub.mode", "subscribe", "hub.topic", topic, "hub.callback", s.URL+"/cb"); status != http.StatusNotFound || !strings.Contains(text, "hub.topic") {
			t.Errorf("%s: %d %s", topic, status, text)
		}
	}
	if quiet(); len(own.gets) != 0 || len(s.gets) != 0 {
		t.Error("somebody was asked about a topic that is not ours")
	}
}

func forbiddenCallbacks(t *testing.T, r *rig, _ *subscriber) {
	for _, callback := range []string{
		r.base + "/hub", r.base + "/topics/x", strings.ToUpper(r.base) + "/hub", "http://10.0.0.1/", "http://[::1]:8080/", "http://169.254.169.254/latest/",
		"http://[::ffff:a9fe:a9fe]/", "http://192.168.1.1/", "http://0.0.0.0:6379/", "http://[fe80::1]/",
	} {
		if status, text := r.post("hub.mode", "subscribe", "hub.topic", r.topic("nong-thon", news.RSS), "hub.callback", callback); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", callback, status, text)
		}
	}
}

func privateTopics(t *testing.T, r *rig, s *subscriber) {
	r.publish("rieng", "tin riêng")
	topic := r.topic("rieng", news.JSON)
	for _, query := range []string{"", "?key=", "?key=sai", "?key=chia-khoa&x=1", "?key=chia-khoa&key=chia-khoa"} {
		r.want(http.StatusNotFound, "hub.mode", "subscribe", "hub.topic", topic+query, "hub.callback", s.URL+"/cb")
	}
	r.subscribe(topic+"?key=chia-khoa", s.URL+"/cb")
	r.confirmed(s.URL + "/cb")
	r.publish("rieng", "tin riêng mới")
	s.await(t, "/cb", 1)
}

func formerTopics(t *testing.T, r *rig, s *subscriber) {
	topic := r.topic("nong-thon-cu", news.RSS)
	r.subscribe(topic, s.URL+"/cb")
	r.confirmed(s.URL + "/cb")
	r.publish("nong-thon", "tin mới")
	if p := s.await(t, "/cb", 1); !strings.Contains(p.header.Get("Link"), "<"+topic+`>; rel="self"`) {
		t.Errorf("Link %q does not name what was subscribed to", p.header.Get("Link"))
	}
	if _, err := url.Parse(topic); err != nil {
		t.Fatal(err)
	}
}
