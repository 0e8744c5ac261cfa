package storetest

import (
	"testing"
	"time"

	"tinhub/news"
	"tinhub/store"
)

// page is an entry's page that is due at a time.
func page(e news.Entry, due time.Time) news.Page {
	return news.Page{Source: e.Source, Key: e.Key, Entry: &e, Queued: noon, Due: due}
}

// withPages is a poll whose entries' pages are to be read, the n-th n minutes later.
func withPages(token int64, entries ...news.Entry) news.Poll {
	p := poll(token, noon, entries...)
	for i, e := range entries {
		p.Pages = append(p.Pages, page(e, noon.Add(time.Duration(i)*time.Minute)))
	}
	return p
}

// wasRead is a page that was read, with what it gave.
func wasRead(p news.Page, token int64, text string) news.PageSettling {
	s := news.PageSettling{Shard: shard, Lease: lease("shard", token), Page: p}
	e := *p.Entry
	e.Full = &news.Full{Text: text, Fetched: noon.Add(time.Hour)}
	s.Completed = &e
	s.Page.Entry, s.Page.Due, s.Page.State, s.Page.Last = nil, time.Time{}, news.PageRead, noon.Add(time.Hour)
	return s
}

// Pages are queued with their entries and taken off with their text.
func facetPages(t *testing.T, core store.Core) {
	w := store.NewWire(core, store.Keep{})
	a, b := entry("bao-mau", 1), entry("bao-mau", 2)
	must(t, w.Record(t.Context(), withPages(1, a, b)))

	due := func(at time.Time) (keys []news.Key) {
		for _, p := range val(w.DuePages(t.Context(), shard, at)).or(t) {
			if p.Source != "bao-mau" || p.Due.IsZero() {
				t.Errorf("a page without a name or a time: %+v", p)
			}
			keys = append(keys, p.Key)
		}
		return keys
	}
	matches(t, "due before", len(due(noon.Add(-time.Second))), 0)
	matches(t, "due at once", due(noon), []news.Key{a.Key})
	matches(t, "due later", due(noon.Add(time.Minute)), []news.Key{a.Key, b.Key})
	matches(t, "due in another shard", len(val(w.DuePages(t.Context(), (shard+1)%news.Shards, noon.Add(time.Hour))).or(t)), 0)

	found := val(w.Pages(t.Context(), shard, "bao-mau", a.Key, "unknown", b.Key)).or(t)
	if found[0].Version == 0 || found[0].Entry == nil || found[0].Entry.Title != a.Title || found[1].Source != "" || found[2].Key != b.Key {
		t.Fatalf("pages: %+v", found)
	}
	must(t, w.SettlePage(t.Context(), wasRead(found[0], 1, "Toàn văn")))
	matches(t, "due when one was read", due(noon.Add(time.Hour)), []news.Key{b.Key})

	// One that is tried again is due later, and puts nothing on the wire.
	again := news.PageSettling{Shard: shard, Lease: lease("shard", 1), Page: found[2]}
	again.Page.Due, again.Page.State, again.Page.Tries = noon.Add(2*time.Hour), news.PageFailing, 1
	must(t, w.SettlePage(t.Context(), again))
	matches(t, "due in an hour", len(due(noon.Add(time.Hour))), 0)
	matches(t, "due in two", due(noon.Add(2*time.Hour)), []news.Key{b.Key})

	wired := val(store.NewShelf(core).Wire(t.Context(), shard, 10)).or(t)
	if len(wired) != 3 || wired[2].Entry.Key != a.Key || wired[2].Entry.Full == nil || wired[2].Entry.Full.Text != "Toàn văn" {
		t.Errorf("the wire: %+v", wired)
	}
	kept := val(w.Pages(t.Context(), shard, "bao-mau", a.Key)).or(t)[0]
	if !kept.Done() || kept.State != news.PageRead || kept.Entry != nil {
		t.Errorf("what became of a page: %+v", kept)
	}
	done := val(store.NewSweeper(core, store.Keep{}).Sweep(t.Context(), noon.Add(40*24*time.Hour), 0)).or(t)
	matches(t, "forgotten after a month", val(w.Pages(t.Context(), shard, "bao-mau", a.Key, b.Key)).or(t), make([]news.Page, 2))
	if done.Expired < 2 {
		t.Errorf("swept %+v", done)
	}
}

// A page that is queued anew while it is read is read again: what was made of the
// older entry is not stored.
func facetPagesOvertaken(t *testing.T, core store.Core) {
	w := store.NewWire(core, store.Keep{})
	a := entry("bao-mau", 1)
	must(t, w.Record(t.Context(), withPages(1, a)))
	old := val(w.Pages(t.Context(), shard, "bao-mau", a.Key)).or(t)[0]
	a.Title += ", bản sửa"
	must(t, w.Record(t.Context(), withPages(1, a)))

	must(t, w.SettlePage(t.Context(), wasRead(old, 1, "Toàn văn cũ")))
	now := val(w.Pages(t.Context(), shard, "bao-mau", a.Key)).or(t)[0]
	if now.Done() || now.Entry == nil || now.Entry.Title != a.Title {
		t.Errorf("the page is not read again: %+v", now)
	}
	matches(t, "lines on the wire", lines(t, core, store.Paper(shard), "wire"), 2)
}

// A settling whose reply was lost is settled again and stands there once; one
// under a lost lease is refused.
func facetPagesResent(t *testing.T, core store.Core) {
	w := store.NewWire(core, store.Keep{})
	a := entry("bao-mau", 1)
	must(t, w.Record(t.Context(), withPages(2, a)))
	p := val(w.Pages(t.Context(), shard, "bao-mau", a.Key)).or(t)[0]
	is(t, w.SettlePage(t.Context(), wasRead(p, 1, "Toàn văn")), news.ErrFenced)
	matches(t, "lines on the wire", lines(t, core, store.Paper(shard), "wire"), 1)
	for range 3 {
		must(t, w.SettlePage(t.Context(), wasRead(p, 2, "Toàn văn")))
	}
	matches(t, "lines on the wire", lines(t, core, store.Paper(shard), "wire"), 2)
}
