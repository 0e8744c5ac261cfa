package publisher

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"tinhub/news"
)

func (d *desk) saved(channel string, f news.Format) []news.Output {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []news.Output
	for _, o := range d.saves {
		if o.Channel == channel && o.Format == f {
			all = append(all, o)
		}
	}
	return all
}

func TestRevisionsOnlyGrow(t *testing.T) {
	d := newDesk()
	p, _ := start(t, d, Options{Pace: 5 * time.Millisecond})
	shows(t, p, news.Everything, 0)
	for n := range 10 {
		s, a := aStory(n, "nong-thon-moi")
		d.file(s, a)
		shows(t, p, "nong-thon-moi", n+1)
	}
	gone, a := aStory(9, "nong-thon-moi") // the newest goes: updated must not go back
	gone.Withdrawn = t0
	d.file(gone, a)
	shows(t, p, "nong-thon-moi", 9)
	for _, f := range formats {
		var last news.Output
		for _, o := range d.saved("nong-thon-moi", f) {
			if o.Revision <= last.Revision || !o.Modified.After(last.Modified) || o.Updated.Before(last.Updated) || bytes.Equal(o.Body, last.Body) || o.ETag == last.ETag {
				t.Errorf("%s: revision %d of %s, updated %s, after %d of %s, updated %s", f, o.Revision, o.Modified, o.Updated, last.Revision, last.Modified, last.Updated)
			}
			last = o
		}
	}
}

func TestNothingIsSavedWhenNoByteChanged(t *testing.T) {
	d := newDesk()
	s, a := aStory(1, "nong-thon-moi")
	d.file(s, a)
	p, _ := start(t, d, Options{})
	shows(t, p, "nong-thon-moi", 1)
	before := len(d.saved("nong-thon-moi", news.RSS))
	d.mu.Lock()
	place := d.place
	d.mu.Unlock()
	d.file(s, a) // a replay
	eventually(t, "the place moved on", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return d.place > place })
	if got := len(d.saved("nong-thon-moi", news.RSS)); got != before {
		t.Errorf("%d revisions after %d", got, before)
	}
}

func TestBurstsAreMerged(t *testing.T) {
	d := newDesk()
	p, _ := start(t, d, Options{Pace: 100 * time.Millisecond, Quick: -1})
	shows(t, p, news.Everything, 0)
	eventually(t, "all is rendered once", func() bool { return p.Ready() == nil })
	began := time.Now()
	for n := range 50 {
		s, a := aStory(n, "nong-thon-moi")
		d.file(s, a)
		time.Sleep(5 * time.Millisecond)
	}
	shows(t, p, "nong-thon-moi", 50)
	most := int(time.Since(began)/p.opt.Pace) + 2
	if got := len(d.saved("nong-thon-moi", news.RSS)) - 1; got > most || got < 1 {
		t.Errorf("%d revisions in %s", got, time.Since(began))
	}
}

// TestNewsDoesNotWaitForAnothersPace: while one channel waits for its time, what
// comes for another is rendered.
func TestNewsDoesNotWaitForAnothersPace(t *testing.T) {
	d := newDesk()
	p, _ := start(t, d, Options{Pace: 2 * time.Second, Quick: -1})
	shows(t, p, news.Everything, 0)
	eventually(t, "all is rendered once", func() bool { return p.Ready() == nil })
	time.Sleep(p.opt.Pace) // since then
	file := func(n int, channel string) {
		s, a := aStory(n, channel)
		d.file(s, a)
	}
	file(0, "nong-thon-moi")
	shows(t, p, "nong-thon-moi", 1)
	file(1, "nong-thon-moi") // waits
	time.Sleep(100 * time.Millisecond)
	began := time.Now()
	file(2, "noi-bo")
	shows(t, p, "noi-bo", 1)
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %s", took)
	}
	if s := p.memory.output("nong-thon-moi", news.RSS); s.Items != 1 {
		t.Errorf("nong-thon-moi shows %d within its pace", s.Items)
	}
	shows(t, p, "nong-thon-moi", 2)
}

// TestFewDoNotWait: where little changes nothing waits for its Pace, and where
// much does, what is rendered at once has an end.
func TestFewDoNotWait(t *testing.T) {
	d := newDesk()
	p, _ := start(t, d, Options{Pace: time.Hour, Quick: 20})
	shows(t, p, news.Everything, 0)
	eventually(t, "all is rendered once", func() bool { return p.Ready() == nil })
	for n := range 3 {
		s, a := aStory(n, "nong-thon-moi")
		d.file(s, a)
		shows(t, p, "nong-thon-moi", n+1)
	}
	for n := range 200 {
		s, a := aStory(3+n, "nong-thon-moi")
		d.file(s, a)
		time.Sleep(time.Millisecond)
	}
	if got := len(d.saved("nong-thon-moi", news.RSS)); got > 50 {
		t.Errorf("%d revisions of 203 changes", got)
	}
}

func TestOneRendersTheOtherServes(t *testing.T) {
	d := newDesk()
	p1, _ := start(t, d, Options{Holder: "one"})
	shows(t, p1, news.Everything, 0)
	p2, srv2 := start(t, d, Options{Holder: "two", Refresh: 50 * time.Millisecond})
	s, a := aStory(1, "nong-thon-moi")
	d.file(s, a)
	shows(t, p2, "nong-thon-moi", 1)
	if p2.rendering.Load() || !p1.rendering.Load() {
		t.Error("both render")
	}
	if res := get(t, srv2, "/topics/nong-thon-moi.rss"); res.header.Get("ETag") != p1.memory.output("nong-thon-moi", news.RSS).variants[plain].etag {
		t.Error("two processes serve other bytes")
	}
	d.mu.Lock() // the first one freezes, and its lease passes on
	d.holder = ""
	d.mu.Unlock()
	eventually(t, "the second takes over", p2.rendering.Load)
	for n := 2; n < 5; n++ {
		s, a := aStory(n, "nong-thon-moi")
		d.file(s, a)
	}
	shows(t, p2, "nong-thon-moi", 4)
	shows(t, p1, "nong-thon-moi", 4)
	eventually(t, "the first stands by", func() bool { return !p1.rendering.Load() })
}

func TestReadersNoticeNothingWhileTheStoreIsDown(t *testing.T) {
	d, p, srv := stocked(t, 3, Options{Refresh: 30 * time.Millisecond, Sweep: 30 * time.Millisecond})
	eventually(t, "it is ready", func() bool { return p.Ready() == nil })
	d.setDown(true)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 30 {
				for _, path := range []string{"/topics/nong-thon-moi", "/topics/tat-ca.rss", "/", "/topics.opml"} {
					if res := get(t, srv, path); res.status != 200 {
						t.Errorf("%s: %d", path, res.status)
					}
				}
			}
		})
	}
	wg.Wait()
	if res := get(t, srv, "/stories/"+id(1)); res.status != 503 || res.header.Get("Retry-After") == "" {
		t.Errorf("a story: %d", res.status)
	}
	p.contact.Store(time.Now().Add(-time.Hour).UnixNano())
	p.lagging.Store(time.Now().Add(-time.Hour).UnixNano())
	if res := get(t, srv, "/readyz"); res.status != 503 {
		t.Errorf("readyz: %d %s", res.status, res.body)
	}
	d.setDown(false)
	s, a := aStory(7, "nong-thon-moi")
	d.file(s, a)
	shows(t, p, "nong-thon-moi", 4)
	eventually(t, "it is ready again", func() bool { return p.Ready() == nil })
}

// failing makes the nth call of the doors that write fail, once.
type failing struct {
	*desk
	mu   sync.Mutex
	left int // guarded by mu
}

func (f *failing) fail() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left--; f.left == 0 {
		return errDown
	}
	return nil
}

func (f *failing) Changes(ctx context.Context, limit int) ([]news.StoryChange, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	return f.desk.Changes(ctx, limit)
}

func (f *failing) Page(ctx context.Context, channel, cursor string, limit int) ([]news.Story, string, error) {
	if err := f.fail(); err != nil {
		return nil, "", err
	}
	return f.desk.Page(ctx, channel, cursor, limit)
}

func (f *failing) Front(ctx context.Context, channel string, most news.FrontLimits) (news.Front, error) {
	if err := f.fail(); err != nil {
		return news.Front{}, err
	}
	return f.desk.Front(ctx, channel, most)
}

func (f *failing) Save(ctx context.Context, l news.Lease, outputs []news.Output) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.desk.Save(ctx, l, outputs)
}

func (f *failing) Rendered(ctx context.Context, l news.Lease, upTo news.Place) error {
	if err := f.fail(); err != nil {
		return err
	}
	d := f.desk
	d.mu.Lock()
	for _, c := range d.log { // the place may only pass what is stored
		if c.Place <= upTo && len(d.outputs["nong-thon-moi"]) == 0 {
			d.mu.Unlock()
			return errors.New("the place moved before the work was stored")
		}
	}
	d.mu.Unlock()
	return d.Rendered(ctx, l, upTo)
}

func TestAnyCallMayFail(t *testing.T) {
	for n := 1; n <= 12; n++ {
		d := newDesk()
		s, a := aStory(1, "nong-thon-moi")
		d.file(s, a)
		f := &failing{desk: d, left: n}
		p := New(Deps{Leases: d, Hints: d, Stories: f, Fronts: f, Changes: f, Outputs: f}, Options{Settings: settings(), Sweep: 20 * time.Millisecond})
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() { done <- p.Run(ctx) }()
		shows(t, p, "nong-thon-moi", 1)
		eventually(t, "the place moved", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return d.place != "" })
		cancel()
		if err := <-done; err != nil {
			t.Errorf("call %d: %v", n, err)
		}
	}
}

func TestReloadRendersAnewAndDropsWhatWent(t *testing.T) {
	d, p, srv := stocked(t, 2, Options{})
	set := settings()
	set.Topics = []news.Topic{{ID: "nong-thon-moi", Title: "Tên mới", Public: true}}
	p.Reload(set)
	eventually(t, "the title is new", func() bool {
		return contains(get(t, srv, "/topics/nong-thon-moi.rss").body, "<title>Tên mới</title>")
	})
	eventually(t, "the other topic is gone", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return d.outputs["noi-bo"] == nil })
	if res := get(t, srv, "/topics/noi-bo.rss?key=chia-khoa"); res.status != 404 {
		t.Errorf("it answers %d", res.status)
	}
}

func TestDamagedRecordIsRenderedAnew(t *testing.T) {
	d := newDesk()
	s, a := aStory(1, "nong-thon-moi")
	d.file(s, a)
	for _, c := range []string{"nong-thon-moi", news.Everything} {
		d.outputs[c] = []news.Output{{Channel: c, Format: news.RSS, Revision: 41, Body: []byte("old")}}
	}
	d.torn = "nong-thon-moi"
	p, _ := start(t, d, Options{})
	shows(t, p, "nong-thon-moi", 1)
	shows(t, p, news.Everything, 1)
	if got := p.memory.channel("nong-thon-moi").revision(); got != 42 {
		t.Errorf("revision %d after 41", got)
	}
}

func TestRestartWithoutTheStore(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "outputs")
	d := newDesk()
	s, a := aStory(1, "nong-thon-moi")
	d.file(s, a)
	ctx, cancel := context.WithCancel(context.Background())
	p := New(d.deps(), Options{Settings: settings(), Folder: folder})
	done := make(chan error)
	go func() { done <- p.Run(ctx) }()
	shows(t, p, "nong-thon-moi", 1)
	eventually(t, "all is rendered", func() bool { return p.Ready() == nil })
	cancel()
	<-done
	etag := p.memory.output("nong-thon-moi", news.RSS).ETag

	broken := filepath.Join(folder, "tat-ca"+folderSuffix)
	data, err := os.ReadFile(broken)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1 // a flipped bit
	if err := os.WriteFile(broken, data, 0o644); err != nil {
		t.Fatal(err)
	}
	d.setDown(true)
	again, srv := start(t, d, Options{Folder: folder})
	eventually(t, "the last outputs are served", func() bool { return again.memory.output("nong-thon-moi", news.RSS) != nil })
	if res := get(t, srv, "/topics/nong-thon-moi.rss", "Accept-Encoding", "br"); res.status != 200 || res.header.Get("ETag") != `"`+etag+`-br"` {
		t.Errorf("%d %s", res.status, res.header.Get("ETag"))
	}
	if again.memory.output(news.Everything, news.RSS) != nil {
		t.Error("a damaged file is served")
	}
	if again.Ready() == nil {
		t.Error("it says that it is ready")
	}
	d.setDown(false)
	shows(t, again, news.Everything, 1)
}

// A store that was emptied fills again without readers seeing news go and come
// back, and then goes on.
func TestStoreThatWasEmptied(t *testing.T) {
	d, p, _ := stocked(t, 5, Options{Folder: t.TempDir(), Sweep: 20 * time.Millisecond, Refresh: 20 * time.Millisecond})
	before := p.memory.output("nong-thon-moi", news.RSS)
	saves := len(d.saved("nong-thon-moi", news.RSS))
	d.empty("two")
	eventually(t, "the outputs are stored again", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return len(d.outputs["nong-thon-moi"]) == len(formats) })
	for n := range 5 {
		if got := p.memory.output("nong-thon-moi", news.RSS).Items; got < 5 {
			t.Fatalf("%d stories are shown", got)
		}
		s, a := aStory(n, "nong-thon-moi")
		d.file(s, a)
		time.Sleep(30 * time.Millisecond)
	}
	if after := p.memory.output("nong-thon-moi", news.RSS); after.ETag != before.ETag {
		t.Error("the same news in the same words gave other bytes")
	}
	if got := d.saved("nong-thon-moi", news.RSS); len(got) != saves+1 {
		t.Errorf("%d revisions, want the one that was stored again", len(got)-saves)
	}
	s, a := aStory(6, "nong-thon-moi")
	d.file(s, a)
	shows(t, p, "nong-thon-moi", 6)
	if now := p.memory.output("nong-thon-moi", news.RSS); now.Revision <= before.Revision {
		t.Errorf("revision %d after %d", now.Revision, before.Revision)
	}
}

func TestAnOutputNeverGoesBack(t *testing.T) {
	var m memory
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for r := range int64(200) {
				m.install(news.Output{Channel: "a", Format: news.RSS, Revision: r*4 + int64(w)})
			}
		})
	}
	stop := make(chan struct{})
	go func() {
		defer close(stop)
		var last int64
		for last < 799 {
			if s := m.output("a", news.RSS); s != nil {
				if s.Revision < last {
					t.Errorf("%d after %d", s.Revision, last)
					return
				}
				last = s.Revision
			}
		}
	}()
	wg.Wait()
	<-stop
}

func TestWrite(t *testing.T) {
	d := newDesk()
	for n := range 3 {
		s, a := aStory(n, "nong-thon-moi", "noi-bo")
		d.file(s, a)
	}
	folder := t.TempDir()
	stale := filepath.Join(folder, "topics", ".nong-thon-moi.rss.tmp")
	if err := os.MkdirAll(filepath.Dir(stale), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(stale, []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	p := New(d.deps(), Options{Settings: settings()})
	names, err := p.Write(context.Background(), folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"topics/nong-thon-moi.rss", "topics/nong-thon-moi.atom", "topics/nong-thon-moi.json", "topics/nong-thon-moi/index.html",
		"topics/tat-ca.rss", "provinces/ca-mau.rss", "index.html", "404.html", "topics.opml", "sitemap.xml", "favicon.svg"} {
		if info, err := os.Stat(filepath.Join(folder, want)); err != nil || info.Size() == 0 || !slices.Contains(names, filepath.Join(folder, want)) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "topics/noi-bo.rss")); err == nil {
		t.Error("a topic that is not public was written")
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "*", ".*.tmp")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	before, _ := os.Stat(filepath.Join(folder, "topics/nong-thon-moi.rss"))
	if err := os.WriteFile(stale, []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := New(d.deps(), Options{Settings: settings()}).Write(context.Background(), folder); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "*", ".*.tmp")); len(left) > 0 {
		t.Errorf("left behind by a writer that was killed: %v", left)
	}
	if after, _ := os.Stat(filepath.Join(folder, "topics/nong-thon-moi.rss")); !after.ModTime().Equal(before.ModTime()) {
		t.Error("a file that did not change was written anew")
	}
	if _, err := p.Write(context.Background(), folder, "ntm", "noi-bo", "provinces/bac-lieu"); err != nil {
		t.Error(err)
	}
	if _, err := p.Write(context.Background(), folder, "khong-co"); !errors.Is(err, news.ErrNotFound) {
		t.Errorf("an unknown topic: %v", err)
	}
	if _, err := p.Write(context.Background(), "/dev/null/x"); err == nil {
		t.Error("a folder that cannot be made is no error")
	}
}

func TestModifiedIsNeverInTheFuture(t *testing.T) {
	now := t0
	s := newServed(news.Output{Modified: now.Add(30 * time.Second)})
	if got := s.lastModified(now)[0]; got != now.UTC().Format(httpTime) {
		t.Error(got)
	}
	if got := s.lastModified(now.Add(time.Minute))[0]; got != now.Add(30*time.Second).UTC().Format(httpTime) {
		t.Error(got)
	}
}
