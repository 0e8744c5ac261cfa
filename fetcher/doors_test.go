package fetcher

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"tinhub/fetcher/client"
	"tinhub/fetcher/feed"
	"tinhub/news"
)

// A memory is the doors to the store, in memory: as strict about fences as the
// store is.
type memory struct {
	mu     sync.Mutex
	states map[string]news.SourceState
	shard  map[string]int
	seen   map[string]news.Key
	wire   []news.Entry
	polls  []news.Poll
	fence  map[int]int64
	asked  map[string]time.Time
	leases map[string]news.Lease
	alive  map[string]time.Time
	tokens int64
	broken bool // every call fails
	hints  chan int
}

func newMemory() *memory {
	return &memory{states: map[string]news.SourceState{}, shard: map[string]int{}, seen: map[string]news.Key{}, fence: map[int]int64{},
		asked: map[string]time.Time{}, leases: map[string]news.Lease{}, alive: map[string]time.Time{}, hints: make(chan int, 100)}
}

var errBroken = fmt.Errorf("the store is away")

func (m *memory) lock() (func(), error) {
	m.mu.Lock()
	if m.broken {
		m.mu.Unlock()
		return func() {}, errBroken
	}
	return m.mu.Unlock, nil
}

func (m *memory) setBroken(b bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken = b
}

func (m *memory) States(_ context.Context, shard int) ([]news.SourceState, error) {
	unlock, err := m.lock()
	defer unlock()
	if err != nil {
		return nil, err
	}
	var out []news.SourceState
	for _, id := range slices.Sorted(maps.Keys(m.states)) {
		if m.shard[id] == shard {
			out = append(out, m.states[id])
		}
	}
	return out, nil
}

func (m *memory) Seen(_ context.Context, _ int, source string, keys []news.Key) ([]news.Key, error) {
	unlock, err := m.lock()
	defer unlock()
	out := make([]news.Key, len(keys))
	for i, k := range keys {
		out[i] = m.seen[source+"/"+string(k)]
	}
	return out, err
}

func (m *memory) Record(_ context.Context, p news.Poll) error {
	unlock, err := m.lock()
	defer unlock()
	if err != nil {
		return err
	}
	if p.Lease.Token < m.fence[p.Shard] {
		return fmt.Errorf("record: %w", news.ErrFenced)
	}
	m.fence[p.Shard] = p.Lease.Token
	if p.State.Source == "" {
		return nil
	}
	m.states[p.State.Source], m.shard[p.State.Source] = p.State, p.Shard
	for _, s := range p.Seen {
		m.seen[p.State.Source+"/"+string(s.Key)] = s.Hash
	}
	m.wire = append(m.wire, p.Entries...)
	m.polls = append(m.polls, p)
	return nil
}

func (m *memory) Asked(_ context.Context, shard int) (map[string]time.Time, error) {
	unlock, err := m.lock()
	defer unlock()
	out := map[string]time.Time{}
	for id, at := range m.asked {
		if n, ok := m.shard[id]; ok && n == shard {
			out[id] = at
		}
	}
	return out, err
}

func (m *memory) Ask(_ context.Context, shard int, source string, at time.Time) error {
	unlock, err := m.lock()
	defer unlock()
	m.asked[source], m.shard[source] = at, shard
	m.hints <- shard
	return err
}

func (m *memory) AskHints(context.Context) (<-chan int, error) { return m.hints, nil }

func (m *memory) Take(_ context.Context, name, holder string, ttl time.Duration) (news.Lease, error) {
	unlock, err := m.lock()
	defer unlock()
	if err != nil {
		return news.Lease{}, err
	}
	if l, ok := m.leases[name]; ok && l.Holder != holder && time.Now().Before(l.Until) {
		return news.Lease{}, fmt.Errorf("by %s: %w", l.Holder, news.ErrHeld)
	}
	m.tokens++
	l := news.Lease{Name: name, Holder: holder, Token: m.tokens, Until: time.Now().Add(ttl)}
	m.leases[name] = l
	return l, nil
}

func (m *memory) Renew(_ context.Context, l news.Lease, ttl time.Duration) (news.Lease, error) {
	unlock, err := m.lock()
	defer unlock()
	if err != nil {
		return l, err
	}
	if m.leases[l.Name].Token != l.Token {
		return l, news.ErrHeld
	}
	l.Until = time.Now().Add(ttl)
	m.leases[l.Name] = l
	return l, nil
}

func (m *memory) Release(_ context.Context, l news.Lease) error {
	unlock, err := m.lock()
	defer unlock()
	if m.leases[l.Name].Token == l.Token {
		delete(m.leases, l.Name)
	}
	return err
}

func (m *memory) Join(_ context.Context, group, holder string, ttl time.Duration) (int, error) {
	unlock, err := m.lock()
	defer unlock()
	if err != nil {
		return 0, err
	}
	m.alive[group+holder] = time.Now().Add(ttl)
	n := 0
	for _, until := range m.alive {
		if time.Now().Before(until) {
			n++
		}
	}
	return n, nil
}

// state is what is remembered of a source.
func (m *memory) state(id string) news.SourceState {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.states[id]
}

func (m *memory) entries() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.wire)
}

// A press answers requests without a network, so that loops can be tested under
// a clock that is not real. It counts and times what it is asked.
type press struct {
	mu     sync.Mutex
	asked  map[string][]time.Time
	flying map[string]int
	twice  []string // addresses that were asked while they were being asked
	answer func(ctx context.Context, address string, n int) (*client.Response, error)
}

func newPress(answer func(ctx context.Context, address string, n int) (*client.Response, error)) *press {
	return &press{asked: map[string][]time.Time{}, flying: map[string]int{}, answer: answer}
}

func (p *press) Try(string) (*client.Turn, time.Time, bool) { return &client.Turn{}, time.Time{}, true }

func (p *press) Fetch(ctx context.Context, q client.Request) (*client.Response, error) {
	p.mu.Lock()
	p.asked[q.URL] = append(p.asked[q.URL], time.Now())
	n := len(p.asked[q.URL])
	if p.flying[q.URL]++; p.flying[q.URL] > 1 {
		p.twice = append(p.twice, q.URL)
	}
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.flying[q.URL]--
		p.mu.Unlock()
	}()
	return p.answer(ctx, q.URL, n)
}

func (p *press) times(address string) []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked[address])
}

func (p *press) total() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, t := range p.asked {
		n += len(t)
	}
	return n
}

// fresh answers with a document that differs each time.
func fresh(_ context.Context, address string, n int) (*client.Response, error) {
	return ok200(fmt.Sprintf("%s#%d", address, n)), nil
}

func ok200(body string) *client.Response {
	return &client.Response{Status: 200, URL: "http://paper.example/feed", Body: []byte(body)}
}

// one reads any body as a feed with one entry, named by the body.
func one(v *visit, resp *client.Response) (feed.Document, error) {
	body := string(resp.Body)
	e := news.Entry{Title: body, GUID: body, Published: news.Moment{At: v.at}, Key: news.KeyOf(body), Hash: news.KeyOf("hash", body)}
	return feed.Document{Format: "rss2.0", Entries: []news.Entry{e}}, nil
}

// paper is a source of a paper of its own.
func paper(id, schedule string) news.Source {
	return news.Source{ID: id, Name: id, URL: "http://" + id + ".example/feed", Schedule: schedule, Enabled: true}
}

// newTest makes a fetcher over doors in memory.
func newTest(t *testing.T, m *memory, c Client, o Options, sources ...news.Source) *Fetcher {
	t.Helper()
	o.Location = time.UTC
	f, err := New(Deps{Wire: m, Leases: m, Hints: m, Client: c}, o)
	if err != nil {
		t.Fatal(err)
	}
	f.parse = one
	if err := f.SetSources(sources); err != nil {
		t.Fatal(err)
	}
	return f
}

// running runs a fetcher; the function that it returns ends it.
func running(t *testing.T, f *Fetcher) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	}
}
