package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tinhub/news"
)

var noon = time.Date(2026, 11, 24, 5, 0, 0, 0, time.UTC)

// memory is Kept, in memory.
type memory[T any] struct {
	mu sync.Mutex
	n  int64
	at map[string]int64
	v  map[string][]byte
}

func newMemory[T any]() *memory[T] {
	return &memory[T]{at: map[string]int64{}, v: map[string][]byte{}}
}

func (m *memory[T]) Get(_ context.Context, id string) (v T, version int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at[id] == 0 {
		return v, 0, fmt.Errorf("%q: %w", id, news.ErrNotFound)
	}
	return v, m.at[id], json.Unmarshal(m.v[id], &v)
}

func (m *memory[T]) List(_ context.Context, after string, limit int) (out []T, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var ids []string
	for id := range m.at {
		if id > after {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		if limit > 0 && len(out) == limit {
			break
		}
		var v T
		if err := json.Unmarshal(m.v[id], &v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (m *memory[T]) Put(_ context.Context, id string, version int64, v T) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at[id] != version {
		return 0, news.ErrConflict
	}
	b, err := json.Marshal(v)
	m.n++
	m.at[id], m.v[id] = m.n, b
	return m.n, err
}

func (m *memory[T]) Delete(_ context.Context, id string, version int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at[id] != version {
		return news.ErrConflict
	}
	delete(m.at, id)
	return nil
}

// world is all that the office asks of others.
type world struct {
	mu       sync.Mutex
	sources  *memory[news.Source]
	topics   *memory[news.Topic]
	partners *memory[news.Partner]
	audit    []news.Decision
	answers  map[string][]byte
	asked    []string
	nobody   bool // has subscribed
	intents  []news.Intent
	tried    int
	last     news.Source    // that was tried
	says     TriedSays      // what it says of itself
	page     *news.PageRule // that a try finds
	title    string         // of everything, for hostile ones
	desk     desk
	leases   *leases
	post     *post
}

func (w *world) Sources() []news.Source {
	list, _ := w.sources.List(context.Background(), "", 0)
	return append(list, news.Source{ID: "declared", Name: w.title, URL: "https://bao.example.vn/rss", Province: "ca-mau", Declared: "tinhub.yaml:7", Enabled: true})
}

func (w *world) Topics() []news.Topic {
	list, _ := w.topics.List(context.Background(), "", 0)
	return append(list, news.Topic{ID: "declared", Title: w.title, Declared: "tinhub.yaml:20", Public: true, MinScore: 1, Limit: 50})
}

func (w *world) Partners() []news.Partner {
	list, _ := w.partners.List(context.Background(), "", 0)
	return append(list, news.Partner{ID: "declared", Name: w.title, Key: "secret-key", Declared: "tinhub.yaml:30"})
}

func (w *world) Refresh(context.Context) error { return nil }

// judged reads as the configuration does, as far as the tests need it.
func judged[F any](raw json.RawMessage, id func(F) string) (f F, faults []string) {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return f, []string{err.Error()}
	}
	if !idForm.MatchString(id(f)) {
		return f, []string{"the id can't be one"}
	}
	return f, nil
}

func (w *world) Source(raw json.RawMessage) (news.Source, []string) {
	f, faults := judged(raw, func(f SourceForm) string { return f.ID })
	s := f.Source
	s.BasicAuth = f.BasicAuth
	return s, faults
}

func (w *world) Topic(raw json.RawMessage) (news.Topic, []string) {
	var loose struct {
		ID, Title string
		Public    bool
		Include   struct{ Any []any }
	}
	if err := json.Unmarshal(raw, &loose); err != nil || !idForm.MatchString(loose.ID) {
		return news.Topic{}, []string{"the topic can't be read", "a second fault"}
	}
	t := news.Topic{ID: loose.ID, Title: loose.Title, Public: loose.Public, MinScore: 1, Limit: 50}
	for _, p := range loose.Include.Any {
		if text, ok := p.(string); ok {
			t.Include.Any = append(t.Include.Any, news.Phrase{Text: text, Weight: 1})
		}
	}
	return t, nil
}

func (w *world) Partner(raw json.RawMessage) (news.Partner, []string) {
	f, faults := judged(raw, func(f PartnerForm) string { return f.ID })
	return news.Partner{ID: f.ID, Name: f.Name, Origins: f.Origins, Topics: f.Topics, Key: f.Key}, faults
}

func (w *world) States(context.Context) (map[string]news.SourceState, error) {
	s, _ := w.State(context.Background(), news.Source{ID: "declared"})
	return map[string]news.SourceState{"declared": s}, nil
}

func (w *world) State(_ context.Context, s news.Source) (news.SourceState, error) {
	return news.SourceState{Source: s.ID, Health: news.Failing, Detail: w.title, Title: w.title, Last: noon, Next: noon.Add(time.Hour), Interval: 10 * time.Minute,
		Hub: "https://hub.example/", Push: news.Pushing{State: news.PushActive, Until: noon.Add(24 * time.Hour), Last: noon, Detail: w.title},
		History: []news.PollRecord{{At: noon, Health: news.OK, New: 1, Push: true}, {At: noon, Health: news.Failing, Status: 503, Detail: w.title, Took: time.Second}}}, nil
}

func (w *world) Ask(_ context.Context, s news.Source, _ time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, s.ID)
	return nil
}

func (w *world) Try(_ context.Context, s news.Source) (Tried, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tried++
	w.last = s
	return Tried{Page: w.page, Health: news.OK, Title: w.title, Format: "rss2.0", Says: w.says, Entries: []TriedEntry{{Title: w.title, Link: s.Address(), Published: noon}},
		Rejected: []string{}, Repairs: []news.Repair{}, Discovered: []string{}}, nil
}

const articleID = "00aabbccddeeff001122334455667788"

func (w *world) story() news.Story {
	return news.Story{ID: articleID, Title: w.title, Lede: w.title, Speaker: articleID, Published: noon, Updated: noon, FirstSeen: noon,
		Members: []news.Member{{Article: articleID, Source: "declared", Agency: w.title, Link: "https://bao.example.vn/a.html", Title: w.title, Published: noon}}}
}

func (w *world) Page(_ context.Context, channel, cursor string, limit int) ([]news.Story, string, error) {
	if cursor != "" {
		return nil, "", news.ErrNotFound
	}
	return w.inChannel(channel), "", nil
}

func (w *world) Find(_ context.Context, ids ...string) ([]news.Story, error) {
	return w.byID(ids), nil
}

// Sealed gives what was withdrawn, and what was withdrawn before.
func (w *world) Sealed(ctx context.Context, id string) (news.Article, error) {
	a, err := w.Articles(ctx, id)
	if err == nil && id != copyID && a[0].Withdrawn.IsZero() {
		err = news.ErrNotFound
	}
	return a[0], err
}

func (w *world) Articles(_ context.Context, ids ...string) ([]news.Article, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]news.Article, len(ids))
	for i, id := range ids {
		if id != articleID && id != otherID && id != copyID {
			continue
		}
		a := news.Article{ID: id, Family: "bao.example.vn", FirstSeen: noon, LastSeen: noon, Revised: 1, Sources: []string{"declared"}}
		a.Title, a.Published, a.Seen = w.title, news.Moment{At: noon}, noon
		a.Revisions = []news.Revision{{At: noon, Hash: "h1"}}
		if a.Settled = w.desk.edit; id == copyID && a.Settled == nil {
			a.Held = &news.Held{Entry: a.Entry, Hash: "h1", Until: noon.Add(time.Hour), Reason: w.title}
		}
		if w.desk.withdrawn[id] {
			a.Withdrawn, a.By = noon, "lan"
			a.Summary, a.Revisions[0].Diff = "Điều đã viết", []news.Change{{Is: "Điều đã viết"}}
		}
		out[i] = a
	}
	return out, nil
}

func (w *world) Stories(_ context.Context, after string, _ time.Time, _ int) ([]news.Story, error) {
	if after != "" {
		return nil, nil
	}
	return []news.Story{w.story()}, nil
}

type curatorOf struct{ *world }

func (c curatorOf) Find(ctx context.Context, what string) (news.Article, error) {
	if what != articleID && !strings.HasPrefix(what, "https://bao.example.vn/") {
		return news.Article{}, news.ErrNotFound
	}
	a, err := c.Articles(ctx, articleID)
	return a[0], err
}

func (c curatorOf) Explain(context.Context, news.Article) (json.RawMessage, error) {
	return json.Marshal(map[string]string{"title": c.title})
}

func (c curatorOf) Preview(_ context.Context, t news.Topic, since time.Time, most time.Duration) (Preview, error) {
	return Preview{Topic: t.ID, Since: since, Partial: most > 0, Looked: 1, Added: 1, Stories: []Picked{{Story: articleID, Title: c.title, Published: noon, Selected: true, Score: 3, Reasons: []string{c.title}}}}, nil
}

type hubOf struct{ *world }

// all are a subscription that fails, one of a partner that is well, and one that
// ended, in the order of their ids.
func (h hubOf) all() []news.Subscription {
	until := time.Now().Add(time.Hour)
	return []news.Subscription{
		{ID: "0a", Topic: "http://localhost/topics/x.rss", Channel: "x", Format: news.RSS, Callback: "https://reader.example/cb?" + h.title, Secret: "hush", Failures: 1, Failed: 1,
			Since: noon, Until: until, Recent: []news.Delivery{{ID: "d1", Revision: 1, At: noon, Took: time.Second, Status: 500, Error: h.title}}},
		{ID: "1b", Topic: "http://localhost/topics/rieng.atom?key=secret-key", Channel: "rieng", Format: news.Atom, Callback: "https://partner.example/cb", Sent: 2, Delivered: noon,
			Since: noon, Until: until, Recent: []news.Delivery{{ID: "d2", Revision: 1, At: noon, Status: 204}, {ID: "d3", Revision: 2, At: noon.Add(time.Hour), Status: 200}}},
		{ID: "2c", Topic: "http://localhost/topics/x.rss", Channel: "x", Format: news.RSS, Callback: "https://gone.example/cb", Since: noon, Until: noon, Ended: h.title},
	}
}

func (h hubOf) Subscriptions(_ context.Context, after string, limit int) (out []news.Subscription, _ error) {
	if h.nobody {
		return nil, nil
	}
	for _, s := range h.all() {
		if s.ID > after && len(out) < limit {
			out = append(out, s)
		}
	}
	return out, nil
}

func (h hubOf) Subscription(_ context.Context, id string) (news.Subscription, error) {
	for _, s := range h.all() {
		if s.ID == id {
			return s, nil
		}
	}
	return news.Subscription{}, news.ErrNotFound
}

func (h hubOf) Ask(_ context.Context, in news.Intent) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.intents = append(h.intents, in)
	return nil
}

func (w *world) Add(_ context.Context, d news.Decision) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.audit = append([]news.Decision{d}, w.audit...)
	return nil
}

func (w *world) Between(_ context.Context, _, _ time.Time, cursor string, limit int) ([]news.Decision, string, error) {
	if cursor != "" {
		return nil, "", news.ErrNotFound
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.audit[:min(limit, len(w.audit))]), "", nil
}

func (w *world) Claim(_ context.Context, key string, value []byte, _, _ time.Time) ([]byte, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if v := w.answers[key]; v != nil {
		return v, false, nil
	}
	w.answers[key] = value
	return nil, true, nil
}

func (w *world) Settle(_ context.Context, key string, value []byte, _ time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[key] = value
	return nil
}

// A rig is an office with a server before it.
type rig struct {
	*Office
	t     *testing.T
	world *world
	url   string
	token map[Level]string
}

func newRig(t *testing.T, opt Options) *rig {
	w := &world{sources: newMemory[news.Source](), topics: newMemory[news.Topic](), partners: newMemory[news.Partner](), answers: map[string][]byte{}, title: "Xã Tân Sen về đích", leases: &leases{}, post: &post{}}
	if opt.Rate == 0 {
		opt.Rate = -1
	}
	o := New(Deps{
		Accounts: newMemory[Account](), Tokens: newMemory[Token](), Links: newMemory[Link](),
		Sources: w.sources, Topics: w.topics, Partners: w.partners,
		Audit: w, Answers: w, Roster: w, Judge: w, Polls: w, Stories: w, Desk: w, Orders: ordersOf{w}, Takes: takesOf{w}, Curator: curatorOf{w}, Sealed: w, Hub: hubOf{w}, Lists: lists{}, Usage: usageOf{w},
		Alerts: newMemory[Alert](), AlertStates: newMemory[AlertState](), Cases: newMemory[Case](), Mail: newMemory[MailServer](), Leases: w.leases, Sender: w.post,
	}, opt)
	server := httptest.NewServer(o.Handler())
	t.Cleanup(server.Close)
	r := &rig{Office: o, t: t, world: w, url: server.URL, token: map[Level]string{}}
	for l := Read; l <= Admin; l++ {
		p, err := o.AddToken(t.Context(), Who{"test", Admin}, "t-"+l.String(), []string{l.String()})
		if err != nil {
			t.Fatal(err)
		}
		r.token[l] = p.Secret
	}
	return r
}

// A reply is an answer, read.
type reply struct {
	status int
	header http.Header
	body   string
}

// ask makes one request of the API; extra are headers by twos.
func (r *rig) ask(level Level, method, path, body string, extra ...string) reply {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if level > 0 {
		req.Header.Set("Authorization", "Bearer "+r.token[level])
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(extra); i += 2 {
		if extra[i] == "Host" {
			req.Host = extra[i+1]
			continue
		}
		req.Header.Set(extra[i], extra[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(b)}
}

// usageOf is what was counted, by a partner of a hostile name.
type usageOf struct{ *world }

func (u usageOf) Between(_ context.Context, from, to string, want func(string) bool) (list []news.Use, err error) {
	for _, x := range []news.Use{
		{Day: "2026-11-23", Channel: "declared", Output: "rss", Reader: "Feedly", Requests: 3, Subscribers: 12},
		{Day: "2026-11-24", Channel: "declared", Output: "html", Reader: news.ReaderRobot, Requests: 40, Readers: news.Sketch(nil).Add(5 << 60)},
		{Day: "2026-11-24", Channel: "declared", Output: news.UsePush, Reader: "rss", Requests: 4},
		{Day: "2026-11-24", Channel: "declared", Output: "rss", Reader: "Miniflux", Requests: 5, Unchanged: 2, Bytes: 4096, Readers: news.Sketch(nil).Add(1 << 60)},
		{Day: "2026-11-24", Channel: "tat-ca", Output: "rss", Reader: "Miniflux", Requests: 1, Readers: news.Sketch(nil).Add(1 << 60)},
		{Day: "2026-11-24", Channel: "tat-ca", Output: news.UseWidget, Reader: news.ReaderBrowser, Partner: u.title, Requests: 7, Readers: news.Sketch(nil).Add(2 << 60)},
	} {
		if x.Day >= from && x.Day <= to && want(x.Channel) {
			list = append(list, x)
		}
	}
	return list, nil
}

// leases gives one lease, in memory.
type leases struct {
	mu   sync.Mutex
	held news.Lease
}

func (l *leases) Take(_ context.Context, name, holder string, ttl time.Duration) (news.Lease, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held.Holder != "" && l.held.Holder != holder && time.Now().Before(l.held.Until) {
		return news.Lease{}, news.ErrHeld
	}
	l.held = news.Lease{Name: name, Holder: holder, Token: l.held.Token + 1, Until: time.Now().Add(ttl)}
	return l.held, nil
}

func (l *leases) Renew(_ context.Context, lease news.Lease, ttl time.Duration) (news.Lease, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held.Token != lease.Token {
		return news.Lease{}, news.ErrHeld
	}
	l.held.Until = time.Now().Add(ttl)
	return l.held, nil
}

func (l *leases) Release(context.Context, news.Lease) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held.Holder = ""
	return nil
}

// post keeps what is sent; down, it refuses.
type post struct {
	mu   sync.Mutex
	down error
	sent []sentMessage
}

type sentMessage struct {
	to     string
	header map[string]string
	body   string
}

func (p *post) Check(url string) error {
	if strings.Contains(url, "127.0.0.1") {
		return errors.New("127.0.0.1 is a private address")
	}
	return nil
}

func (p *post) Post(_ context.Context, url string, header map[string]string, body []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, sentMessage{url, header, string(body)})
	return p.down
}

func (p *post) Mail(_ context.Context, server MailServer, m Mail) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, sentMessage{server.Host + " " + strings.Join(m.To, ","), map[string]string{"Subject": m.Subject}, m.Text})
	return p.down
}

// fails has everything fail from now on; nil is nothing.
func (p *post) fails(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = err
}

// take gives what was sent since.
func (p *post) take() []sentMessage {
	p.mu.Lock()
	defer p.mu.Unlock()
	sent := p.sent
	p.sent = nil
	return sent
}
