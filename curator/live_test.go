package curator_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/curator"
	"tinhub/fetcher/feed"
	"tinhub/news"
	"tinhub/store"
	"tinhub/store/sqlite"
)

// A house is a store with a wire to write to and a curator to run on it.
type house struct {
	t     *testing.T
	core  store.Core
	wire  *store.Wire
	desk  *store.Desk
	shelf *store.Shelf
	polls int64

	grouper curator.Grouper // nil: each article is a story of its own
}

func newHouse(t *testing.T) *house {
	t.Helper()
	core, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := core.Close(); err != nil {
			t.Error(err)
		}
	})
	return &house{t: t, core: core, wire: store.NewWire(core, store.Keep{}), desk: store.NewDesk(core, store.Keep{}), shelf: store.NewShelf(core)}
}

// poll puts entries on the wire of a source's paper, as a poll does.
func (h *house) poll(s news.Source, entries ...news.Entry) {
	h.t.Helper()
	h.polls++
	now := time.Now()
	p := news.Poll{
		Shard: news.ShardOf(s.Family()), Lease: news.Lease{Name: "poll", Token: 1},
		State: news.SourceState{Source: s.ID, Last: now, ETag: fmt.Sprint(h.polls)}, Expires: now.AddDate(1, 0, 0),
	}
	for _, e := range entries {
		e.Source, e.Seen = s.ID, now
		e.Key, e.Hash = news.EntryKey(e), news.EntryHash(e)
		p.Entries = append(p.Entries, e)
		p.Seen = append(p.Seen, news.Seen{Key: e.Key, Hash: e.Hash})
	}
	if err := h.wire.Record(h.t.Context(), p); err != nil {
		h.t.Fatal(err)
	}
}

// curate runs a curator until stop is called.
func (h *house) curate(holder string, sources []news.Source, topics []news.Topic) (stop func()) {
	ctx, cancel := context.WithCancel(h.t.Context())
	c := curator.New(curator.Deps{
		Leases: store.NewLeases(h.core), Hints: store.NewHints(h.core), Shelf: h.shelf, Desk: h.desk, Archive: h.desk, Late: h.desk,
	}, curator.Options{
		Grouper: h.grouper,
		Holder:  holder,
		Sources: func() []news.Source { return sources },
		Topics:  func() []news.Topic { return topics },
	})
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			h.t.Error(err)
		}
	}
}

// channel lists the titles of a channel, in its order.
func (h *house) channel(name string) []string {
	h.t.Helper()
	stories, _, err := h.desk.Page(h.t.Context(), name, "", 500)
	if err != nil {
		h.t.Fatal(err)
	}
	out := make([]string, len(stories))
	for i, s := range stories {
		out[i] = s.Title
	}
	return out
}

func (h *house) wait(what string, ok func() bool) {
	h.t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			h.t.Fatalf("it never came to %s; everything has %q", what, h.channel(news.Everything))
		}
	}
}

var mau = news.Source{ID: "bao-mau", Name: "Báo Mẫu", Province: "ca-mau", Homepage: "https://baotinh.example", URL: "https://baotinh.example/rss/home.rss", Section: "Xây dựng Đảng"}

// read parses a constructed sample as the fetcher does.
func read(t *testing.T, s news.Source, name string) []news.Entry {
	t.Helper()
	body, err := os.ReadFile("../../shared/vn/samples/constructed/" + name)
	if err != nil {
		t.Skip("the domain's samples are not beside this repository: ", err)
	}
	d, err := feed.Parse(body, feed.Options{Source: s, URL: s.URL, Now: time.Now(), Language: "vi"})
	if err != nil {
		t.Fatal(err)
	}
	return d.Entries
}

// TestOldNewsAfterARestart: a process that begins anew knows of an article that was
// dated long before it came, as the one that saw it come did: its copy is no story
// of its own.
func TestOldNewsAfterARestart(t *testing.T) {
	h := newHouse(t)
	other := news.Source{ID: "bao-khac", Name: "Báo Khác", Province: "an-giang", Homepage: "https://baokhac.example", URL: "https://baokhac.example/rss"}
	e := news.Entry{GUID: "1", Link: "https://baotinh.example/cau-ong-tu-600001.html", Title: "Khánh thành cầu Ông Tư bắc qua rạch",
		Summary:   "Sáng nay, bà con hai bờ rạch Ông Tư có cầu mới thay cho chuyến đò ngang đã chạy hơn bốn mươi năm qua.",
		Published: news.Moment{At: time.Now().AddDate(-1, 0, 0), Precision: news.Minute}}
	h.grouper = curator.NewCopies(h.shelf, 0)
	stop := h.curate("one", []news.Source{mau, other}, nil)
	h.poll(mau, e)
	h.wait("a story", func() bool { return len(h.channel(news.Everything)) == 1 })
	stop()
	h.grouper = curator.NewCopies(h.shelf, 0)
	defer h.curate("another", []news.Source{mau, other}, nil)()
	h.poll(other, e)
	h.wait("both tell it", func() bool {
		stories, err := h.desk.Stories(t.Context(), "", time.Time{}, 10)
		if err != nil || len(stories) > 1 {
			t.Fatalf("%d stories, %v", len(stories), err)
		}
		return len(stories[0].Members) == 2
	})
}

func TestConstructedSamples(t *testing.T) {
	h := newHouse(t)
	topics := []news.Topic{{ID: "hoc-bac", MinScore: 6, Include: news.Rule{Any: []news.Phrase{{Text: "học và làm theo Bác", Weight: 3}}, Sections: []string{"Xây dựng Đảng"}}}}
	defer h.curate("one", []news.Source{mau}, topics)()
	// 09: four items are two articles; 10: three spellings are the first of them.
	h.poll(mau, read(t, mau, "09_relative_and_http.xml")...)
	h.poll(mau, read(t, mau, "10_nfc_nfd_hybrid.xml")...)
	h.poll(mau, read(t, mau, "03_bom_and_blank_before_decl.xml")...)
	h.wait("two articles", func() bool { return len(h.channel(news.Everything)) == 2 })
	// 15: a notice, and the silent edit of the first article; 16b: one is gone from the feed.
	h.poll(mau, read(t, mau, "15_correction.xml")...)
	h.poll(mau, read(t, mau, "16a_before_takedown.xml")...)
	h.poll(mau, read(t, mau, "16b_after_takedown.xml")...)
	h.poll(mau, read(t, mau, "17_wire_copies.xml")...)
	h.wait("seven articles", func() bool { return len(h.channel(news.Everything)) == 7 })
	if got := h.channel("hoc-bac"); len(got) != 7 {
		t.Errorf("the source's section puts %d stories into the topic: %q", len(got), got)
	}
	stories, err := h.desk.Stories(t.Context(), "", time.Time{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(stories, func(s news.Story) bool { return len(s.Title) > 100 })
	a, err := h.shelf.Articles(t.Context(), stories[i].Speaker)
	if err != nil {
		t.Fatal(err)
	}
	var reasons []string
	for _, r := range a[0].Revisions {
		reasons = append(reasons, r.Reason)
	}
	if a[0].Published.At.Format(time.RFC3339) != "2023-06-16T16:35:00+07:00" || reasons[1] != "text" {
		t.Errorf("the first article is of %s, revised for %q", a[0].Published.At, reasons)
	}
}

// What one process leaves half done the next one finishes, and nothing is told
// twice for it.
func TestRestartsLoseNothing(t *testing.T) {
	h := newHouse(t)
	const papers, each = 5, 40
	var sources []news.Source
	for p := range papers {
		sources = append(sources, news.Source{ID: fmt.Sprint("bao-", p), Name: fmt.Sprint("Báo ", p), Province: "ha-tinh", Homepage: fmt.Sprintf("https://bao%d.example", p)})
	}
	var stop atomic.Bool
	done := make(chan struct{})
	go func() { // restarts in the middle of it
		defer close(done)
		for n := 0; !stop.Load(); n++ {
			end := h.curate(fmt.Sprint("process-", n), sources, nil)
			time.Sleep(time.Duration(10+n*n*5) * time.Millisecond) // longer and longer, on however slow a machine
			end()
		}
	}()
	for i := range each {
		for p, s := range sources {
			h.poll(s, news.Entry{GUID: fmt.Sprint(i), Link: fmt.Sprintf("%s/tin-%d.html", s.Homepage, 500000+i), Title: fmt.Sprintf("Báo %d tin %d", p, i), Published: news.Moment{At: time.Now(), Precision: news.Second}})
		}
	}
	h.wait("all stories", func() bool { return len(h.channel(news.Everything)) == papers*each })
	stop.Store(true)
	<-done
	told := map[string]int{}
	changes, err := h.desk.Since(t.Context(), "", 10000)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		told[c.Story]++
	}
	for id, n := range told {
		if n != 1 {
			t.Errorf("story %s was told %d times", id, n)
		}
	}
	if len(told) != papers*each {
		t.Errorf("%d stories were told, want %d", len(told), papers*each)
	}
}

func TestRuleChangeOverTheStore(t *testing.T) {
	h := newHouse(t)
	for i := range 130 {
		h.poll(mau, news.Entry{GUID: fmt.Sprint(i), Link: fmt.Sprintf("https://baotinh.example/tin-%d.html", 500000+i), Title: fmt.Sprintf("Tin số %d", i), Published: news.Moment{At: time.Now().Add(-time.Duration(i) * time.Minute), Precision: news.Second}})
	}
	stop := h.curate("one", []news.Source{mau}, nil)
	h.wait("all stories", func() bool { return len(h.channel(news.Everything)) == 130 })
	stop()
	stop = h.curate("two", []news.Source{mau}, []news.Topic{{ID: "chin", MinScore: 1, Include: news.Rule{Any: []news.Phrase{{Text: "số 9"}}}}})
	h.wait("the new topic", func() bool { return len(h.channel("chin")) == 1 })
	stop()
	if diff := cmp.Diff([]string{"Tin số 9"}, h.channel("chin")); diff != "" {
		t.Error(diff)
	}
	stop = h.curate("three", []news.Source{mau}, nil)
	h.wait("the topic's end", func() bool { return len(h.channel("chin")) == 0 })
	stop()
}

// TestLatency measures the time from an entry's commit to its story's, over
// SQLite. It fails only where something waits that should not.
func TestLatency(t *testing.T) {
	h := newHouse(t)
	defer h.curate("one", []news.Source{mau}, nil)()
	h.poll(mau, news.Entry{GUID: "0", Link: "https://baotinh.example/tin-500000.html", Title: "Tin 0"})
	h.wait("the first", func() bool { return len(h.channel(news.Everything)) == 1 })
	var took []time.Duration
	for i := 1; i <= 50; i++ {
		h.poll(mau, news.Entry{GUID: fmt.Sprint(i), Link: fmt.Sprintf("https://baotinh.example/tin-%d.html", 500000+i), Title: fmt.Sprint("Tin ", i)})
		start := time.Now()
		h.wait("the next", func() bool { return len(h.channel(news.Everything)) == i+1 })
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	t.Logf("commit to story: median %s, worst %s", took[25], took[49])
	if took[25] > 500*time.Millisecond {
		t.Errorf("the median is %s: the hint is not followed", took[25])
	}
}
