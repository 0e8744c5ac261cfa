package admin

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

// ward is sources whose health a test decides.
type ward struct {
	*world
	mu     sync.Mutex
	health map[string]news.Health
	agreed map[string]*news.Agreement
}

func (w *ward) Sources() (list []news.Source) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range []string{"a", "b", "c"} {
		list = append(list, news.Source{ID: id, Name: "Báo " + id, URL: "https://" + id + ".example.vn/rss", Enabled: true, Agreement: w.agreed[id]})
	}
	return list
}

func (w *ward) States(context.Context) (map[string]news.SourceState, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]news.SourceState{}
	for id, h := range w.health {
		out[id] = news.SourceState{Source: id, Health: h, Detail: "it answered\n503", Last: time.Now(), FailingSince: time.Now()}
	}
	return out, nil
}

func (w *ward) set(id string, h news.Health) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.health[id] = h
}

func (w *ward) agree(id string, a news.Agreement) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.agreed = map[string]*news.Agreement{id: &a}
}

// hospital is an office over a ward, in a bubble in which time passes at once. start
// starts a process that alerts, and gives what ends it.
func hospital(t *testing.T, do func(w *ward, o *Office, start func() func())) {
	synctest.Test(t, func(t *testing.T) {
		w := &ward{world: &world{leases: &leases{}, post: &post{}}, health: map[string]news.Health{}}
		o := New(Deps{Audit: w, Roster: w, Polls: w, Alerts: newMemory[Alert](), AlertStates: newMemory[AlertState](),
			Cases: newMemory[Case](), Mail: newMemory[MailServer](), Leases: w.leases, Sender: w.post}, Options{Title: "Tin tỉnh"})
		do(w, o, func() func() {
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- o.Run(ctx) }()
			return func() {
				cancel()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			}
		})
	})
}

var boss = Who{"lan", Admin}

func addAlert(t *testing.T, o *Office, a Alert) {
	t.Helper()
	if _, err := o.SetAlert(t.Context(), boss, a, 0, true); err != nil {
		t.Fatal(err)
	}
}

// heard is what was sent, as lines: who, ill, well.
func heard(t *testing.T, sent []sentMessage) (lines []string) {
	t.Helper()
	for _, m := range sent {
		var v struct{ Ill, Recovered []Illness }
		if err := json.Unmarshal([]byte(m.body), &v); err != nil {
			lines = append(lines, m.to+": "+m.header["Subject"])
			continue
		}
		line := strings.TrimPrefix(m.to, "https://chat.example.vn/") + ":"
		for _, x := range v.Ill {
			line += " " + x.Source + " " + string(x.Health)
		}
		for _, x := range v.Recovered {
			line += " " + x.Source + " well"
		}
		lines = append(lines, line)
	}
	return lines
}

func hears(t *testing.T, when string, w *ward, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, heard(t, w.post.take())); diff != "" {
		t.Errorf("%s: -want +got:\n%s", when, diff)
	}
}

// TestAlerts: an illness is told once, with others of the same moment in one message,
// over restarts, and its end once; what is short or wavers is not told.
func TestAlerts(t *testing.T) {
	hospital(t, func(w *ward, o *Office, start func() func()) {
		addAlert(t, o, Alert{ID: "chat", Kind: "webhook", URL: "https://chat.example.vn/1", Secret: "k"})
		end := start()
		w.set("a", news.Failing)
		time.Sleep(20 * time.Minute)
		w.set("a", news.OK)
		time.Sleep(time.Hour)
		hears(t, "a short one", w)

		w.set("a", news.Failing)
		w.set("b", news.Blocked)
		w.set("c", news.Stale) // silent ones are not asked for
		time.Sleep(20 * time.Minute)
		end()
		time.Sleep(time.Minute)
		end = start()
		time.Sleep(3 * time.Hour)
		hears(t, "over a restart", w, "1: a failing b blocked")

		for range 5 { // it wavers
			w.set("a", news.OK)
			time.Sleep(10 * time.Minute)
			w.set("a", news.Failing)
			time.Sleep(10 * time.Minute)
		}
		w.set("b", news.Gone) // another state of the same illness
		time.Sleep(time.Hour)
		hears(t, "one that wavers", w)

		w.set("a", news.Unchanged)
		w.set("b", news.OK)
		time.Sleep(time.Hour)
		hears(t, "the end", w, "1: a well b well")
		w.set("a", news.Failing)
		time.Sleep(time.Hour)
		hears(t, "ill again", w, "1: a failing")
		end()
	})
}

// TestOneProcessAlerts: of two processes one alerts; when it ends, the other goes on
// from where it was.
func TestOneProcessAlerts(t *testing.T) {
	hospital(t, func(w *ward, o *Office, start func() func()) {
		addAlert(t, o, Alert{ID: "chat", Kind: "webhook", URL: "https://chat.example.vn/1", After: "5m", Silent: true})
		endFirst := start()
		synctest.Wait()
		endSecond := start()
		w.set("a", news.Empty)
		time.Sleep(time.Hour)
		hears(t, "two processes", w, "1: a empty")
		endFirst()
		w.set("b", news.Failing)
		time.Sleep(time.Hour)
		hears(t, "the other", w, "1: b failing")
		endSecond()
	})
}

// TestAlertThatTakesNothing is tried again, ever more seldom, and does not keep another
// from being told.
func TestAlertThatTakesNothing(t *testing.T) {
	hospital(t, func(w *ward, o *Office, start func() func()) {
		addAlert(t, o, Alert{ID: "chat", Kind: "webhook", URL: "https://chat.example.vn/1", After: "1m"})
		w.post.fails(errors.New("it answered 500"))
		end := start()
		w.set("a", news.Failing)
		time.Sleep(24 * time.Hour)
		tries := w.post.take()
		if n := len(tries); n < 10 || n > 35 {
			t.Errorf("%d tries in a day", n)
		}
		if first, last := tries[0].header["Idempotency-Key"], tries[len(tries)-1].header["Idempotency-Key"]; first != last || first == "" {
			t.Errorf("the same message is called %s and %s", first, last)
		}
		if a, err := o.Alert(t.Context(), boss, "chat"); err != nil || a.Last == nil || a.Last.Error != "it answered 500" {
			t.Errorf("%+v, %v", a, err)
		}
		w.post.fails(nil)
		time.Sleep(2 * time.Hour)
		hears(t, "at last", w, "1: a failing")
		end()
	})
}

// TestMailAlert: mail is a text of lines, in which what a host said is one.
func TestMailAlert(t *testing.T) {
	hospital(t, func(w *ward, o *Office, start func() func()) {
		addAlert(t, o, Alert{ID: "thu", Kind: "mail", To: []string{"lan@cong.example.vn"}, After: "1m"})
		if _, err := o.SetMailServer(t.Context(), boss, MailServer{Host: "mail.example.vn", Port: 587, TLS: "starttls", From: "tin@example.vn"}); err != nil {
			t.Fatal(err)
		}
		end := start()
		w.set("a", news.Failing)
		time.Sleep(10 * time.Minute)
		end()
		sent := w.post.take()
		if len(sent) != 1 || sent[0].to != "mail.example.vn lan@cong.example.vn" || sent[0].header["Subject"] != "[Tin tỉnh] 1 nguồn gặp lỗi" ||
			!strings.Contains(sent[0].body, "- Báo a: Lỗi từ ") || !strings.Contains(sent[0].body, "it answered 503\n  http://localhost:8080/admin/sources/at/a\n") {
			t.Errorf("%+v", sent)
		}
	})
}

// TestNoStorm: when everything is away, there is one message, and it is short.
func TestNoStorm(t *testing.T) {
	o := New(Deps{Roster: &ward{}}, Options{})
	var list []Illness
	for n := range 500 {
		list = append(list, Illness{Source: fmt.Sprint(n), Name: strings.Repeat("x\n", 500), Health: news.Failing})
	}
	text := o.text(message{Ill: list})
	if !strings.Contains(text, "hãy xem mạng của chính máy chủ này trước") || !strings.Contains(text, "và 450 mục nữa") || len(text) > 60_000 {
		t.Errorf("%d bytes: %.300s", len(text), text)
	}
}

// TestTestAlert: the button sends at once, and says why it did not get through.
func TestTestAlert(t *testing.T) {
	r := newRig(t, Options{})
	r.prepare()
	if got := r.ask(Admin, "POST", apiRoot+"/alerts/kept/test", ""); got.status != 204 {
		t.Errorf("%d %s", got.status, got.body)
	}
	if sent := r.world.post.take(); len(sent) != 1 || !strings.Contains(sent[0].body, `"test":true`) {
		t.Errorf("%+v", sent)
	}
	r.world.post.fails(errors.New("it answered 404"))
	if got := r.ask(Admin, "POST", apiRoot+"/alerts/kept/test", ""); got.status != 409 || !strings.Contains(got.body, "it answered 404") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := r.ask(Admin, "PATCH", apiRoot+"/alerts/kept", `{"kind":"mail","url":null,"to":["lan@cong.example.vn"]}`); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := r.ask(Admin, "POST", apiRoot+"/alerts/kept/test", ""); got.status != 409 || !strings.Contains(got.body, "no mail server") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestAlertRefusals: what can't be right says so, and secrets stay where they are.
func TestAlertRefusals(t *testing.T) {
	r := newRig(t, Options{})
	for body, says := range map[string]string{
		`{"id":"A B","kind":"webhook","url":"https://x.example.vn/"}`:                   "the id",
		`{"id":"x","kind":"pigeon"}`:                                                    "no kind",
		`{"id":"x","kind":"webhook","url":"file:///etc/passwd"}`:                        "no address",
		`{"id":"x","kind":"webhook","url":"http://127.0.0.1/"}`:                         "private address",
		`{"id":"x","kind":"webhook","url":"https://x.example.vn/","after":"1s"}`:        "from 1m",
		`{"id":"x","kind":"mail","to":[]}`:                                              "1 to 20",
		`{"id":"x","kind":"mail","to":["lan@a.vn\r\nBcc: b@b.vn"]}`:                     "no mail address",
		`{"id":"x","kind":"mail","to":["Lan <lan@a.vn>"]}`:                              "no mail address",
		`{"id":"x","kind":"mail","to":["lan@a.vn"],"url":"https://x.example.vn/"}`:      "neither",
		`{"id":"x","kind":"webhook","url":"https://x.example.vn/","secret":"********"}`: "stands for a secret",
		`{"id":"x","kind":"webhook","url":"https://x.example.vn/","colour":"red"}`:      "colour",
	} {
		if got := r.ask(Admin, "POST", apiRoot+"/alerts", body); got.status != 400 || !strings.Contains(got.body, says) {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
	for body, says := range map[string]string{
		`{"host":"mail.example.vn/x","port":587,"tls":"starttls","from":"a@b.vn"}`:                               "no name of a server",
		`{"host":"mail.example.vn","port":0,"tls":"starttls","from":"a@b.vn"}`:                                   "1 to 65535",
		`{"host":"mail.example.vn","port":25,"tls":"","from":"a@b.vn"}`:                                          "starttls, tls or none",
		`{"host":"mail.example.vn","port":25,"tls":"none","from":"a@b.vn","user":"u","password":"p"}`:            "in the clear",
		`{"host":"mail.example.vn","port":25,"tls":"starttls","from":"a@b.vn\nX: y"}`:                            "mail address",
		`{"host":"mail.example.vn","port":25,"tls":"starttls","from":"a@b.vn","user":"u","password":"********"}`: "stands for a password",
	} {
		if got := r.ask(Admin, "PUT", apiRoot+"/mail", body); got.status != 400 || !strings.Contains(got.body, says) {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
	good := r.ask(Admin, "POST", apiRoot+"/alerts", `{"id":"x","kind":"webhook","url":"https://x.example.vn/","secret":"geheim"}`)
	mail := r.ask(Admin, "PUT", apiRoot+"/mail", `{"host":"mail.example.vn","port":465,"tls":"tls","from":"a@b.vn","user":"u","password":"geheim"}`)
	moved := r.ask(Admin, "PATCH", apiRoot+"/alerts/x", `{"url":"https://y.example.vn/"}`)
	if good.status != 201 || mail.status != 200 || moved.status != 400 {
		t.Errorf("%d %d %d", good.status, mail.status, moved.status)
	}
	all := good.body + mail.body + moved.body + r.ask(Admin, "GET", apiRoot+"/alerts", "").body + r.ask(Admin, "GET", apiRoot+"/mail", "").body +
		r.ask(Admin, "GET", apiRoot+"/audit", "").body + r.signIn("admin").do("GET", "/admin/alerts", nil).body
	if strings.Contains(all, "geheim") {
		t.Error("a secret is told")
	}
	if a, _, _ := r.deps.Alerts.Get(t.Context(), "x"); a.Secret != "geheim" {
		t.Error("a secret is lost")
	}
}

func TestIllnessOf(t *testing.T) {
	s := news.Source{ID: "a", Name: "Báo", URL: "https://a.example.vn/", Enabled: true}
	history := func(list ...news.Health) (h []news.PollRecord) {
		for i, x := range list {
			h = append(h, news.PollRecord{At: noon.Add(time.Duration(i) * time.Hour), Health: x})
		}
		return h
	}
	for _, c := range []struct {
		state news.SourceState
		since time.Time // zero: it is well
	}{
		{news.SourceState{}, time.Time{}},
		{news.SourceState{Health: news.OK}, time.Time{}},
		{news.SourceState{Health: news.Unchanged}, time.Time{}},
		{news.SourceState{Health: news.Failing, FailingSince: noon}, noon},
		{news.SourceState{Health: news.Stale, Last: noon.Add(3 * time.Hour), History: history(news.OK, news.Stale, news.Failing, news.Stale)}, noon.Add(time.Hour)},
		{news.SourceState{Health: news.Gone, Last: noon.Add(5 * time.Hour)}, noon.Add(5 * time.Hour)},
	} {
		x, is := illnessOf(s, c.state)
		if is == c.since.IsZero() || is && !x.Since.Equal(c.since) {
			t.Errorf("%+v: %t since %s", c.state, is, x.Since)
		}
	}
	s.Enabled = false
	if _, is := illnessOf(s, news.SourceState{Health: news.Failing}); is {
		t.Error("a paused source is ill")
	}
}

// TestIllnessFeed: its address opens this feed and nothing else, until a new one, a new
// password, or the account's end.
func TestIllnessFeed(t *testing.T) {
	r := newRig(t, Options{})
	r.world.title = "<b>Báo</b> & \x0b\"tin\""
	b := r.signIn("viewer")
	address := func() string {
		t.Helper()
		got := b.do("POST", "/admin/alerts/feed", nil)
		_, rest, ok := strings.Cut(got.body, "/admin/illnesses.atom?key=")
		if !ok || got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		return "/admin/illnesses.atom?key=" + rest[:strings.IndexAny(rest, `<"`)]
	}
	status := func(path string) int { return r.ask(0, "GET", path, "").status }
	first := address()
	got := r.ask(0, "GET", first, "")
	var feed struct {
		ID      string `xml:"id"`
		Entries []struct {
			ID      string `xml:"id"`
			Title   string `xml:"title"`
			Updated string `xml:"updated"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal([]byte(got.body), &feed); err != nil || len(feed.Entries) != 1 || !strings.HasPrefix(feed.Entries[0].Title, "<b>Báo</b> & ") ||
		feed.Entries[0].ID == "" || feed.Entries[0].Updated != "2026-11-24T05:00:00Z" || !strings.Contains(got.header.Get("Cache-Control"), "private") {
		t.Errorf("%v %v\n%s", err, got.header, got.body)
	}
	if api := r.ask(Read, "GET", apiRoot+"/illnesses.atom", ""); api.body != got.body {
		t.Errorf("the API has another feed:\n%s", api.body)
	}
	key := strings.TrimPrefix(first, "/admin/illnesses.atom?key=")
	raw, _ := url.QueryUnescape(key)
	for _, other := range []string{"", "?key=", "?key=x_y", "?key=" + key + "x", "?key=viewer_", "?key=" + strings.Repeat("x", 5000)} {
		if got := status("/admin/illnesses.atom" + other); got != 403 {
			t.Errorf("%.40s: %d", other, got)
		}
	}
	if got := r.ask(0, "GET", "/admin/sources", "", "Cookie", r.cookieName()+"="+raw); got.status != 303 {
		t.Errorf("the key signs in: %d", got.status)
	}
	if got := r.ask(0, "GET", apiRoot+"/sources", "", "Authorization", "Bearer "+raw); got.status != 401 {
		t.Errorf("the key is a token: %d", got.status)
	}
	second := address()
	if status(first) != 403 || status(second) != 200 {
		t.Errorf("a new address: the old one %d, the new one %d", status(first), status(second))
	}
	name, _, _ := strings.Cut(raw, "_")
	if err := r.SetPassword(t.Context(), boss, name, "một câu khác thật dài"); err != nil || status(second) != 403 {
		t.Errorf("after another password: %d, %v", status(second), err)
	}
}
