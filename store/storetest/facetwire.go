package storetest

import (
	"testing"
	"time"

	"tinhub/news"
	"tinhub/store"
)

var shard = news.ShardOf(family)

func facetWire(t *testing.T, core store.Core) {
	w := store.NewWire(core, store.Keep{})
	a, b := entry("bao-mau", 1), entry("bao-mau", 2)
	keys := []news.Key{a.Key, b.Key}

	matches(t, "states of an empty shard", len(val(w.States(t.Context(), shard)).or(t)), 0)
	matches(t, "a state never polled", val(w.State(t.Context(), shard, "bao-mau")).or(t), news.SourceState{Source: "bao-mau"})
	matches(t, "seen before", val(w.Seen(t.Context(), shard, "bao-mau", keys)).or(t), []news.Key{"", ""})

	p := poll(1, noon, a)
	p.Rejected = []news.Rejected{{Reason: "no title", Link: a.Link}}
	must(t, w.Record(t.Context(), p))
	matches(t, "seen", val(w.Seen(t.Context(), shard, "bao-mau", keys)).or(t), []news.Key{a.Hash, ""})
	matches(t, "seen of another source", val(w.Seen(t.Context(), shard, "bao-khac", keys)).or(t), []news.Key{"", ""})
	matches(t, "states", val(w.States(t.Context(), shard)).or(t), []news.SourceState{p.State})

	// The same thing rejected again stands there once, with its last time.
	p = poll(1, noon.Add(time.Hour))
	p.Rejected = []news.Rejected{{Reason: "no title", Link: a.Link}, {Reason: "no link", At: noon}}
	must(t, w.Record(t.Context(), p))
	matches(t, "rejected", val(w.Rejected(t.Context(), shard, "bao-mau", 10)).or(t), []news.Rejected{
		{Reason: "no title", Link: a.Link, At: noon.Add(time.Hour)}, {Reason: "no link", At: noon}})
	matches(t, "the latest state", val(w.State(t.Context(), shard, "bao-mau")).or(t), p.State)

	// Entries are on the wire in order, whole.
	must(t, w.Record(t.Context(), poll(1, noon.Add(2*time.Hour), b)))
	wired := val(store.NewShelf(core).Wire(t.Context(), shard, 10)).or(t)
	var got []news.Entry
	for _, x := range wired {
		got = append(got, x.Entry)
	}
	matches(t, "the wire", got, []news.Entry{a, b})
}

// A poll under a lease that was lost stores nothing: neither entries nor the
// validators that would hide them.
func facetWireFenced(t *testing.T, core store.Core) {
	w := store.NewWire(core, store.Keep{})
	must(t, w.Record(t.Context(), poll(7, noon)))
	stale := poll(6, noon.Add(time.Hour), entry("bao-mau", 1))
	stale.Rejected = []news.Rejected{{Reason: "no title"}}
	is(t, w.Record(t.Context(), stale), news.ErrFenced)

	matches(t, "state", val(w.State(t.Context(), shard, "bao-mau")).or(t), poll(7, noon).State)
	matches(t, "seen", val(w.Seen(t.Context(), shard, "bao-mau", []news.Key{stale.Entries[0].Key})).or(t), []news.Key{""})
	matches(t, "rejected", len(val(w.Rejected(t.Context(), shard, "bao-mau", 10)).or(t)), 0)
	matches(t, "lines on the wire", lines(t, core, store.Paper(shard), "wire"), 0)

	// A new owner shuts the old one out before its first poll.
	must(t, w.Record(t.Context(), news.Poll{Shard: shard, Lease: lease("shard", 8)}))
	stale.Lease.Token = 7
	is(t, w.Record(t.Context(), stale), news.ErrFenced)
	matches(t, "states", len(val(w.States(t.Context(), shard)).or(t)), 1)

	// The same poll by the new owner goes through.
	stale.Lease.Token = 8
	must(t, w.Record(t.Context(), stale))
	matches(t, "lines on the wire", lines(t, core, store.Paper(shard), "wire"), 1)
}

// A poll whose reply was lost is recorded again, and stands there once, also
// where its first try changed what the second one finds.
func facetWireResent(t *testing.T, core store.Core) {
	w := store.NewWire(core, store.Keep{})
	must(t, w.Record(t.Context(), poll(1, noon, entry("bao-mau", 1))))

	still := poll(1, noon.Add(30*time.Minute))
	still.State.Standing = []news.Key{entry("bao-mau", 1).Key}
	must(t, w.Record(t.Context(), still))

	f := &faulty{Core: core, nth: 1, lost: true}
	p := poll(1, noon.Add(time.Hour), entry("bao-mau", 2)) // the first dropped out, which is noted on it
	is(t, store.NewWire(f, store.Keep{}).Record(t.Context(), p), errTorn)
	must(t, w.Record(t.Context(), p))
	matches(t, "lines on the wire", lines(t, core, store.Paper(shard), "wire"), 2)

	// Nothing of a poll that did not get through is there: it is no resend then.
	f = &faulty{Core: core, nth: 1}
	p = poll(1, noon.Add(2*time.Hour), entry("bao-mau", 3))
	is(t, store.NewWire(f, store.Keep{}).Record(t.Context(), p), errTorn)
	matches(t, "seen", val(w.Seen(t.Context(), shard, "bao-mau", []news.Key{p.Entries[0].Key})).or(t), []news.Key{""})
	must(t, w.Record(t.Context(), p))
	matches(t, "lines on the wire", lines(t, core, store.Paper(shard), "wire"), 3)
}

func facetWireAsked(t *testing.T, core store.Core) {
	w := store.NewWire(core, store.Keep{})
	matches(t, "asked of nobody", val(w.Asked(t.Context(), shard)).or(t), map[string]time.Time{})
	must(t, w.Ask(t.Context(), shard, "bao-mau", noon))
	must(t, w.Ask(t.Context(), shard, "bao-khac", noon))
	must(t, w.Ask(t.Context(), shard, "bao-mau", noon.Add(time.Minute)))
	matches(t, "asked", val(w.Asked(t.Context(), shard)).or(t),
		map[string]time.Time{"bao-mau": noon.Add(time.Minute), "bao-khac": noon})

	must(t, w.Record(t.Context(), poll(1, noon.Add(30*time.Second))))
	if at := val(w.Asked(t.Context(), shard)).or(t)["bao-mau"]; !at.After(noon.Add(30 * time.Second)) {
		t.Errorf("asked during a poll: got %v, want it to stand", at)
	}
}

func facetShelf(t *testing.T, core store.Core) {
	w, s := store.NewWire(core, store.Keep{}), store.NewShelf(core)
	a, b := article(1), article(2)
	must(t, w.Record(t.Context(), poll(1, noon, a.Entry, b.Entry)))
	wired := val(s.Wire(t.Context(), shard, 1)).or(t)
	matches(t, "a short read", len(wired), 1)

	must(t, s.Shelve(t.Context(), shelving(1, wired[0].Place, a)))
	matches(t, "found", val(s.Find(t.Context(), shard, []news.Key{b.Key, a.Key})).or(t), []string{"", a.ID})
	matches(t, "articles", val(s.Articles(t.Context(), "zz", b.ID, a.ID)).or(t), []news.Article{{}, {}, a})
	wired = val(s.Wire(t.Context(), shard, 10)).or(t)
	matches(t, "left on the wire", len(wired), 1)
	matches(t, "the next entry", wired[0].Entry, b.Entry)

	// A key that led elsewhere leads to its new article.
	sh := shelving(1, wired[0].Place, b)
	sh.Articles[0].Aliases = []news.Key{b.Key, a.Key}
	must(t, s.Shelve(t.Context(), sh))
	matches(t, "found", val(s.Find(t.Context(), shard, []news.Key{b.Key, a.Key})).or(t), []string{b.ID, b.ID})

	// What does not change for readers leaves no line.
	a.LastSeen = noon.Add(time.Hour)
	sh = shelving(1, "", a)
	sh.Articles[0].Change = ""
	must(t, s.Shelve(t.Context(), sh))
	changes := val(store.NewDesk(core, store.Keep{}).Changed(t.Context(), shard, 10)).or(t)
	matches(t, "changes", len(changes), 2)
	matches(t, "the last change", [2]string{changes[1].Article, changes[1].Kind}, [2]string{b.ID, "new"})

	other := article(3)
	other.ID = "00" + other.ID[2:]
	if shard == 0 {
		other.ID = "01" + other.ID[2:]
	}
	if err := s.Shelve(t.Context(), shelving(1, "", a, other)); err == nil {
		t.Error("an article of another shard was shelved")
	}
}

func facetShelfResent(t *testing.T, core store.Core) {
	w := store.NewWire(core, store.Keep{})
	f := &faulty{Core: core, lost: true}
	s := store.NewShelf(f)
	a := article(1)
	must(t, w.Record(t.Context(), poll(1, noon, a.Entry)))
	place := val(s.Wire(t.Context(), shard, 1)).or(t)[0].Place

	withdrawn := a
	withdrawn.Withdrawn = noon.Add(time.Hour)
	for i, c := range []struct {
		name string
		sh   news.Shelving
		want int // lines in the article log
	}{
		{"with a place", shelving(1, place, a), 1},
		{"withdrawn", shelving(1, "", withdrawn), 2},
		{"taken back", shelving(1, "", a), 3},
		{"withdrawn again, the same", shelving(1, "", withdrawn), 4},
		{"taken back again, the same", shelving(1, "", a), 5},
	} {
		f.nth = 1
		is(t, s.Shelve(t.Context(), c.sh), errTorn)
		must(t, s.Shelve(t.Context(), c.sh))
		must(t, s.Shelve(t.Context(), c.sh))
		if n := lines(t, core, store.Paper(shard), "articles"); n != c.want {
			t.Errorf("%d, %s: %d lines, want %d", i, c.name, n, c.want)
		}
		got := val(s.Articles(t.Context(), a.ID)).or(t)[0]
		matches(t, c.name, got, c.sh.Articles[0].Article)
	}
}

// The curator that was replaced moves nothing: neither articles nor the place.
func facetShelfFenced(t *testing.T, core store.Core) {
	w, s := store.NewWire(core, store.Keep{}), store.NewShelf(core)
	a, b := article(1), article(2)
	must(t, w.Record(t.Context(), poll(1, noon, a.Entry, b.Entry)))
	wired := val(s.Wire(t.Context(), shard, 10)).or(t)
	must(t, s.Shelve(t.Context(), shelving(5, wired[0].Place, a)))
	is(t, s.Shelve(t.Context(), shelving(4, wired[1].Place, b)), news.ErrFenced)
	matches(t, "articles", val(s.Articles(t.Context(), b.ID)).or(t), []news.Article{{}})
	matches(t, "left on the wire", len(val(s.Wire(t.Context(), shard, 10)).or(t)), 1)
}

// A line that cannot be read keeps its place and blocks nobody.
func facetUnreadable(t *testing.T, core store.Core) {
	junk := []byte(`{"source":"bao-mau","title":[`)
	for p, log := range map[store.Partition]string{store.Paper(shard): "wire", store.DeskPartition: "stories"} {
		_, err := core.Commit(t.Context(), store.Batch{Partition: p, ID: "x", Steps: []store.Step{{Op: store.Append, Key: log, Value: junk}}})
		must(t, err)
	}
	_, err := core.Commit(t.Context(), store.Batch{Partition: store.Paper(shard), ID: "y",
		Steps: []store.Step{{Op: store.Append, Key: "articles", Value: junk}}})
	must(t, err)

	s, d := store.NewShelf(core), store.NewDesk(core, store.Keep{})
	wired := val(s.Wire(t.Context(), shard, 10)).or(t)
	if len(wired) != 1 || wired[0].Place == "" || wired[0].Entry.Source != "" {
		t.Errorf("wire: got %+v, want a place and no source", wired)
	}
	must(t, s.Shelve(t.Context(), shelving(1, wired[0].Place)))
	matches(t, "left on the wire", len(val(s.Wire(t.Context(), shard, 10)).or(t)), 0)

	articles := val(d.Changed(t.Context(), shard, 10)).or(t)
	if len(articles) != 1 || articles[0].Place == "" || articles[0].Article != "" {
		t.Errorf("articles: got %+v, want a place and no article", articles)
	}
	stories := val(d.Changes(t.Context(), 10)).or(t)
	if len(stories) != 1 || stories[0].Place == "" || stories[0].Story != "" {
		t.Errorf("stories: got %+v, want a place and no story", stories)
	}
}
