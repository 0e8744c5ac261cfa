package curator

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"tinhub/news"
)

// errFault is what a fake store answers when it is told to fail.
var errFault = errors.New("the store is away")

// A fakeStore keeps everything as JSON in memory, as a real store does, and
// fails when it is told to.
type fakeStore struct {
	mu       sync.Mutex // guards all below
	calls    int
	failAt   int  // the call that fails, from 1; 0: none
	lateFail bool // it fails after it was done: the reply is lost

	wire      [news.Shards][]news.Entry
	logs      [news.Shards][]news.ArticleChange
	read      [news.Shards]int // the curator's places on the wires
	filed     [news.Shards]int // the filer's places on the logs
	aliases   [news.Shards]map[news.Key]string
	articles  map[string][]byte
	stories   map[string][]byte
	sorts     map[string]map[string]string // by story and channel
	of        map[string]string
	changes   []news.StoryChange
	audit     []string
	orders    []news.Instruction
	curations map[string]news.Curation
	merged    map[string]string // story that became part of another
	sealed    map[string]news.Article
	rechecks  map[string]time.Time
	states    map[string]news.TopicState

	token  int64
	holder string
	until  time.Time
	hints  []chan int
}

func newFake() *fakeStore {
	f := &fakeStore{
		articles: map[string][]byte{}, stories: map[string][]byte{}, sorts: map[string]map[string]string{},
		of: map[string]string{}, states: map[string]news.TopicState{},
		merged: map[string]string{}, curations: map[string]news.Curation{}, sealed: map[string]news.Article{}, rechecks: map[string]time.Time{},
	}
	for i := range f.aliases {
		f.aliases[i] = map[news.Key]string{}
	}
	return f
}

func (f *fakeStore) deps() Deps { return Deps{f, f, f, f, f, fakeOrders{f}, f, f} }

// call counts a call and does it, unless it is the one to fail.
func (f *fakeStore) call(do func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	fail := f.calls == f.failAt
	if fail && !f.lateFail {
		return errFault
	}
	err := do()
	if fail && err == nil {
		return errFault
	}
	return err
}

// deliver puts entries on the wire of a shard.
func (f *fakeStore) deliver(shard int, entries ...news.Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wire[shard] = append(f.wire[shard], entries...)
	for _, c := range f.hints {
		select {
		case c <- shard:
		default:
		}
	}
}

func (f *fakeStore) Take(_ context.Context, name, holder string, ttl time.Duration) (l news.Lease, err error) {
	err = f.call(func() error {
		if f.holder != "" && f.holder != holder && time.Now().Before(f.until) {
			return news.ErrHeld
		}
		f.token++
		f.holder, f.until = holder, time.Now().Add(ttl)
		l = news.Lease{Name: name, Holder: holder, Token: f.token, Until: f.until}
		return nil
	})
	return l, err
}

func (f *fakeStore) Renew(_ context.Context, l news.Lease, ttl time.Duration) (news.Lease, error) {
	err := f.call(func() error {
		if l.Token != f.token {
			return news.ErrHeld
		}
		f.until = time.Now().Add(ttl)
		l.Until = f.until
		return nil
	})
	return l, err
}

func (f *fakeStore) Release(_ context.Context, l news.Lease) error {
	return f.call(func() error {
		if l.Token == f.token {
			f.holder = ""
		}
		return nil
	})
}

func (f *fakeStore) WireHints(ctx context.Context) (<-chan int, error) {
	c := make(chan int, 64)
	f.mu.Lock()
	f.hints = append(f.hints, c)
	f.mu.Unlock()
	context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.hints = slices.DeleteFunc(f.hints, func(x chan int) bool { return x == c })
		close(c)
	})
	return c, nil
}

func (f *fakeStore) Wire(_ context.Context, shard, limit int) (out []news.Wired, err error) {
	err = f.call(func() error {
		for i := f.read[shard]; i < len(f.wire[shard]) && len(out) < limit; i++ {
			out = append(out, news.Wired{Place: news.Place(strconv.Itoa(i + 1)), Entry: f.wire[shard][i]})
		}
		return nil
	})
	return out, err
}

func (f *fakeStore) Find(_ context.Context, shard int, keys []news.Key) ([]string, error) {
	out := make([]string, len(keys))
	return out, f.call(func() error {
		for i, k := range keys {
			out[i] = f.aliases[shard][k]
		}
		return nil
	})
}

func (f *fakeStore) Articles(_ context.Context, ids ...string) ([]news.Article, error) {
	out := make([]news.Article, len(ids))
	return out, f.call(func() error {
		for i, id := range ids {
			if b, ok := f.articles[id]; ok {
				if err := json.Unmarshal(b, &out[i]); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (f *fakeStore) fenced(l news.Lease) error {
	if l.Token < f.token {
		return news.ErrFenced
	}
	return nil
}

func (f *fakeStore) Shelve(_ context.Context, s news.Shelving) error {
	return f.call(func() error {
		if err := f.fenced(s.Lease); err != nil {
			return err
		}
		for _, a := range s.Articles {
			if shard, ok := news.Shard(a.Article.ID); !ok || shard != s.Shard {
				return fmt.Errorf("article %q is not of shard %d", a.Article.ID, s.Shard)
			}
			b, err := json.Marshal(a.Article)
			if err != nil {
				return err
			}
			f.articles[a.Article.ID] = b
			for _, k := range a.Aliases {
				f.aliases[s.Shard][k] = a.Article.ID
			}
			if !a.Seal.IsZero() {
				f.sealed[a.Article.ID] = a.Article
			}
			if !a.Recheck.IsZero() {
				f.rechecks[a.Article.ID] = a.Recheck
			}
			if a.Change != "" {
				f.logs[s.Shard] = append(f.logs[s.Shard], news.ArticleChange{Article: a.Article.ID, Kind: a.Change})
			}
		}
		return movePlace(&f.read[s.Shard], s.UpTo)
	})
}

func movePlace(at *int, to news.Place) error {
	if to == "" {
		return nil
	}
	n, err := strconv.Atoi(string(to))
	*at = max(*at, n)
	return err
}

func (f *fakeStore) Changed(_ context.Context, shard, limit int) (out []news.ArticleChange, err error) {
	err = f.call(func() error {
		for i := f.filed[shard]; i < len(f.logs[shard]) && len(out) < limit; i++ {
			c := f.logs[shard][i]
			c.Place = news.Place(strconv.Itoa(i + 1))
			out = append(out, c)
		}
		return nil
	})
	return out, err
}

func (f *fakeStore) story(id string) (s news.Story) {
	if b, ok := f.stories[id]; ok {
		if err := json.Unmarshal(b, &s); err != nil {
			panic(err)
		}
	}
	return s
}

func (f *fakeStore) StoriesOf(_ context.Context, articles ...string) ([]news.Story, error) {
	out := make([]news.Story, len(articles))
	return out, f.call(func() error {
		for i, id := range articles {
			out[i] = f.story(f.of[id])
		}
		return nil
	})
}

func (f *fakeStore) File(_ context.Context, d news.Desking) error {
	return f.call(func() error {
		if err := f.fenced(d.Lease); err != nil {
			return err
		}
		f.orders = slices.DeleteFunc(f.orders, func(o news.Instruction) bool { return slices.Contains(d.Done, o.ID) })
		for _, s := range d.Stories {
			b, err := json.Marshal(s.Story)
			if err != nil {
				return err
			}
			for _, g := range s.Gone {
				delete(f.stories, g)
				f.merged[g] = s.Story.ID
				delete(f.sorts, g)
				f.changes = append(f.changes, news.StoryChange{Story: g, Channels: s.Channels, At: d.At})
			}
			f.stories[s.Story.ID], f.sorts[s.Story.ID] = b, s.Sorts
			for _, m := range s.Story.Members {
				f.of[m.Article] = s.Story.ID
			}
			if len(s.Channels) > 0 {
				f.changes = append(f.changes, news.StoryChange{Story: s.Story.ID, Channels: s.Channels, At: d.At})
			}
		}
		return movePlace(&f.filed[d.Shard], d.UpTo)
	})
}

func (f *fakeStore) all() (out []news.Story) {
	for id := range f.stories {
		out = append(out, f.story(id))
	}
	slices.SortFunc(out, func(a, b news.Story) int {
		return cmp.Or(b.Published.Compare(a.Published), cmp.Compare(b.ID, a.ID))
	})
	return out
}

func (f *fakeStore) Due(_ context.Context, now time.Time, limit int) (out []news.Story, err error) {
	err = f.call(func() error {
		for _, s := range f.all() {
			if !s.Due.IsZero() && !s.Due.After(now) && len(out) < limit {
				out = append(out, s)
			}
		}
		return nil
	})
	return out, err
}

func (f *fakeStore) Stories(_ context.Context, after string, since time.Time, limit int) (out []news.Story, err error) {
	err = f.call(func() error {
		all := f.all()
		if after != "" {
			i := slices.IndexFunc(all, func(s news.Story) bool { return s.ID == after })
			if i < 0 {
				return news.ErrNotFound
			}
			all = all[i+1:]
		}
		out = all[:min(limit, len(all))]
		return nil
	})
	return out, err
}

func (f *fakeStore) Late(context.Context, string, time.Time, int) ([]news.Story, error) {
	return nil, f.call(func() error { return nil }) // Stories leaves nothing out
}

func (f *fakeStore) Between(_ context.Context, channel string, _ news.Order, from, to time.Time, skip, limit int) (out []news.Story, err error) {
	err = f.call(func() error {
		for _, s := range f.all() {
			if _, in := f.sorts[s.ID][channel]; in && !s.Published.Before(from) && s.Published.Before(to) {
				out = append(out, s)
			}
		}
		out = out[min(skip, len(out)):]
		out = out[:min(limit, len(out))]
		return nil
	})
	return out, err
}

// fakeOrders are the orders of a fake store.
type fakeOrders struct{ f *fakeStore }

func (o fakeOrders) Orders(_ context.Context, limit int) (out []news.Instruction, err error) {
	err = o.f.call(func() error {
		out = slices.Clone(o.f.orders[:min(limit, len(o.f.orders))])
		return nil
	})
	return out, err
}

func (o fakeOrders) Find(_ context.Context, ids ...string) ([]news.Story, error) {
	out := make([]news.Story, len(ids))
	return out, o.f.call(func() error {
		for i, id := range ids {
			if into, ok := o.f.merged[id]; ok {
				id = into
			}
			out[i] = o.f.story(id)
		}
		return nil
	})
}

func (o fakeOrders) Curations(_ context.Context, ids ...string) ([]news.Curation, error) {
	out := make([]news.Curation, len(ids))
	return out, o.f.call(func() error {
		for i, id := range ids {
			out[i] = o.f.curations[id]
		}
		return nil
	})
}

func (f *fakeStore) Add(_ context.Context, d news.Decision) error {
	return f.call(func() error {
		b, err := json.Marshal(d)
		if !slices.Contains(f.audit, string(b)) {
			f.audit = append(f.audit, string(b))
		}
		return err
	})
}

func (f *fakeStore) Topics(context.Context) (out []news.TopicState, err error) {
	err = f.call(func() error {
		for _, s := range f.states {
			out = append(out, s)
		}
		return nil
	})
	return out, err
}

func (f *fakeStore) SetTopic(_ context.Context, l news.Lease, s news.TopicState) error {
	return f.call(func() error {
		if err := f.fenced(l); err != nil {
			return err
		}
		f.states[s.Topic] = s
		return nil
	})
}

// channel lists the stories of a channel in its order, by title.
func (f *fakeStore) channel(name string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	type line struct{ sort, title string }
	var lines []line
	for id, sorts := range f.sorts {
		if s, ok := sorts[name]; ok {
			lines = append(lines, line{s, f.story(id).Title})
		}
	}
	slices.SortFunc(lines, func(a, b line) int { return cmp.Compare(b.sort, a.sort) })
	titles := make([]string, len(lines))
	for i, l := range lines {
		titles[i] = l.title
	}
	return titles
}

// told counts the lines of the story log.
func (f *fakeStore) told() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.changes)
}

// owner is who has the lease.
func (f *fakeStore) owner() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.holder
}

// shelved gives all articles, by id.
func (f *fakeStore) shelved(t tester) []news.Article {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []news.Article
	for _, b := range f.articles {
		var a news.Article
		if err := json.Unmarshal(b, &a); err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b news.Article) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// settle does all there is to do at one time, without goroutines, trying again
// what fails. It is Run without the waiting.
func settle(t tester, f *fakeStore, o Options) {
	t.Helper()
	c := New(f.deps(), o)
	for try := range 20 {
		lease, err := f.Take(context.Background(), leaseName, "test", time.Hour)
		if err == nil {
			err = newTerm(c, lease).drain(context.Background())
		}
		if err == nil {
			return
		}
		if !errors.Is(err, errFault) {
			t.Fatalf("try %d: %v", try, err)
		}
	}
	t.Fatal("it never settled")
}

// drain recognises and files until nothing is left.
func (t *term) drain(ctx context.Context) error {
	for shard := range news.Shards {
		for n := 1; n > 0; {
			var err error
			if n, err = t.recognise(ctx, shard); err != nil {
				return err
			}
		}
		t.toFile[shard] = true
	}
	for more := true; more; {
		var err error
		if more, err = t.fileOnce(ctx, true); err != nil {
			return err
		}
	}
	return nil
}

// tester is what a test and a property have in common.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}
