package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
	"tinhub/store"
)

// facetRechecks: the plans to look at addresses again, and what becomes of looks.
func facetRechecks(t *testing.T, core store.Core) {
	w, s := store.NewWire(core, store.Keep{}), store.NewShelf(core)
	a, b := article(1), article(2)
	sh := shelving(1, "")
	due := noon.Add(time.Hour)
	sh.Articles = []news.Shelved{{Article: a, Change: "new", Recheck: due}, {Article: b, Change: "new", Recheck: due.Add(time.Hour)}}
	must(t, s.Shelve(t.Context(), sh))

	plans, _, err := w.DueLinks(t.Context(), shard, noon, 10)
	if err != nil || len(plans) != 0 {
		t.Fatalf("before the time: %v, %v", plans, err)
	}
	plans, articles, err := w.DueLinks(t.Context(), shard, due, 10)
	if err != nil || len(plans) != 1 || plans[0].Article != a.ID || articles[0].Link != a.Link {
		t.Fatalf("at the time: %+v, %+v, %v", plans, articles, err)
	}
	owner := lease("fetch", 5)
	missing := plans[0]
	missing.Missing, missing.Due, missing.Looks = due, due.Add(10*time.Minute), 1
	settle := news.LinkSettling{Shard: shard, Lease: owner, Recheck: missing}
	must(t, w.SettleLink(t.Context(), settle))
	must(t, w.SettleLink(t.Context(), settle)) // sent again

	plans, _, err = w.DueLinks(t.Context(), shard, due.Add(10*time.Minute), 10)
	if err != nil || len(plans) != 1 || !plans[0].Missing.Equal(due) || plans[0].Looks != 1 {
		t.Fatalf("found missing once: %+v, %v", plans, err)
	}
	e := news.GoneEntry(a, news.Withdrawal{At: due.Add(10 * time.Minute), By: news.BySource, Reason: "404"})
	gone := news.LinkSettling{Shard: shard, Lease: owner, Recheck: plans[0], Drop: true, Told: &e}
	old := gone
	old.Lease.Token = 4
	if err := w.SettleLink(t.Context(), old); !errors.Is(err, news.ErrFenced) {
		t.Errorf("the owner before settles: %v", err)
	}
	must(t, w.SettleLink(t.Context(), gone))
	must(t, w.SettleLink(t.Context(), gone))
	must(t, w.Order(t.Context(), news.GoneEntry(b, news.Withdrawal{At: due, By: "bien-tap", Reason: "theo yêu cầu"})))
	must(t, w.Order(t.Context(), news.GoneEntry(b, news.Withdrawal{At: due, By: "bien-tap", Reason: "theo yêu cầu"})))
	if err := w.Order(t.Context(), news.GoneEntry(news.Article{ID: "x"}, news.Withdrawal{})); !errors.Is(err, news.ErrNotFound) {
		t.Errorf("an order for no article: %v", err)
	}
	wired := val(s.Wire(t.Context(), shard, 10)).or(t)
	if len(wired) != 2 || wired[0].Entry.Gone.Article != a.ID || wired[1].Entry.Gone.By != "bien-tap" {
		t.Fatalf("the wire has %+v", wired)
	}

	a.Withdrawn, a.Reason = due, "404"
	end := shelving(1, wired[1].Place)
	end.Articles = []news.Shelved{{Article: a, Change: "withdrawn", Seal: due.Add(time.Hour)}}
	must(t, s.Shelve(t.Context(), end))
	if diff := cmp.Diff(a, val(s.Sealed(t.Context(), a.ID)).or(t)); diff != "" {
		t.Error(diff)
	}
	if _, err := s.Sealed(t.Context(), b.ID); !errors.Is(err, news.ErrNotFound) {
		t.Errorf("evidence of what was never withdrawn: %v", err)
	}
}

// facetFront: a channel begins with what is pinned there, its stories in their order
// and its corrections; what was withdrawn from it is told, latest first.
func facetFront(t *testing.T, core store.Core) {
	d := newDesk(core)
	a, b := news.Story{ID: article(1).ID, Title: "a"}, news.Story{ID: article(2).ID, Title: "b"}
	for i, s := range []*news.Story{&a, &b} {
		s.Withdrawn, s.Traces = noon.Add(time.Duration(i)*time.Minute), []string{"nong-nghiep", news.Everything}
	}
	must(t, d.File(t.Context(), news.Desking{Lease: lease("curate", 1), At: noon, Stories: []news.Desked{{Story: a}, {Story: b}}}))
	front := func(channel string, most news.FrontLimits) string {
		t.Helper()
		f := val(d.Front(t.Context(), channel, most)).or(t)
		var s strings.Builder
		for _, list := range [][]news.Story{f.Pinned, f.Stories, f.Fixed, f.Gone} {
			for _, x := range list {
				s.WriteString(x.Title + " ")
			}
			s.WriteString("/ ")
		}
		if f.Next != "" {
			page, _, err := d.Page(t.Context(), channel, f.Next, 10)
			if err != nil {
				t.Error(err)
			}
			for _, x := range page {
				s.WriteString("then " + x.Title)
			}
		}
		return strings.TrimSpace(s.String())
	}
	same(t, "latest", front(news.Everything, news.FrontLimits{Stories: 10, Gone: 1}), "/ / / b /")
	b.Withdrawn, b.Traces = time.Time{}, nil
	must(t, d.File(t.Context(), news.Desking{Lease: lease("curate", 1), At: noon.Add(time.Hour), Stories: []news.Desked{{Story: b}}}))
	same(t, "one came back", front("nong-nghiep", news.FrontLimits{Stories: 10, Gone: 10}), "/ / / a /")

	var listed []news.Desked
	for i := range 3 {
		s := news.Desked{Story: news.Story{ID: article(3 + i).ID, Title: fmt.Sprint("tin", i)}, Sorts: map[string]string{"nong-nghiep": fmt.Sprint(i)}}
		listed = append(listed, s)
	}
	listed[0].Sorts[news.PinChannel("nong-nghiep")], listed[1].Sorts[news.FixChannel("nong-nghiep")] = "1", "1"
	must(t, d.File(t.Context(), news.Desking{Lease: lease("curate", 1), At: noon.Add(2 * time.Hour), Stories: listed}))
	most := news.FrontLimits{Pinned: 5, Stories: 3, Fixed: 5, Gone: 5}
	same(t, "all of it", front("nong-nghiep", most), "tin0 / tin2 tin1 tin0 / tin1 / a /")
	most.Stories = 2
	same(t, "its beginning", front("nong-nghiep", most), "tin0 / tin2 tin1 / tin1 / a / then tin0")
	same(t, "nothing", front("khong-co", most), "/ / / /")
}

// facetOrders: orders about stories wait until they are acted on, in the batch
// that does it.
func facetOrders(t *testing.T, core store.Core) {
	d := newDesk(core)
	one := news.Instruction{ID: "1", At: noon, Who: "bien-tap", Kind: news.OrderMerge, Stories: []string{"a", "b"}}
	two := one
	two.ID, two.At = "2", noon.Add(-time.Minute)
	must(t, d.Order(t.Context(), one))
	must(t, d.Order(t.Context(), two))
	must(t, d.Order(t.Context(), one))
	if err := d.Order(t.Context(), news.Instruction{}); err == nil {
		t.Error("an order without an id was left")
	}
	if diff := cmp.Diff([]news.Instruction{two, one}, val(d.Orders(t.Context(), 10)).or(t)); diff != "" {
		t.Error(diff)
	}
	must(t, d.File(t.Context(), news.Desking{Lease: lease("curate", 1), At: noon, Done: []string{"2"}}))
	if got := val(d.Orders(t.Context(), 10)).or(t); len(got) != 1 || got[0].ID != "1" {
		t.Errorf("after one was acted on: %+v", got)
	}
}

// facetMissing: who asks hears of the addresses that were not found once, and no
// others.
func facetMissing(t *testing.T, core store.Core) {
	w, s := store.NewWire(core, store.Keep{}), store.NewShelf(core)
	sh := shelving(1, "", article(1), article(2))
	for i := range sh.Articles {
		sh.Articles[i].Recheck = noon
	}
	must(t, s.Shelve(t.Context(), sh))
	plans, _, err := w.DueLinks(t.Context(), shard, noon, 10)
	must(t, err)
	lost := plans[1]
	lost.Missing, lost.Due = noon, noon.Add(10*time.Minute)
	must(t, w.SettleLink(t.Context(), news.LinkSettling{Shard: shard, Lease: lease("poll", 1), Recheck: lost}))
	found, articles, err := w.Missing(t.Context(), noon.Add(time.Hour), 10)
	must(t, err)
	if len(found) != 1 || found[0].Article != lost.Article || articles[0].ID != lost.Article {
		t.Errorf("missing: %+v, %+v", found, articles)
	}
	found, _, err = w.Missing(t.Context(), noon, 10)
	must(t, err)
	matches(t, "before its time", len(found), 0)
}
