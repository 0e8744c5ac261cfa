package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tinhub/news"
	"tinhub/store"
)

func newDesk(core store.Core) *store.Desk { return store.NewDesk(core, store.Keep{}) }

// filed is a story shown in a channel, to be rendered there.
func filed(s news.Story, channels ...string) news.Desked {
	d := news.Desked{Story: s, Channels: channels, Sorts: map[string]string{}}
	for _, c := range channels {
		d.Sorts[c] = store.TimeSort(s.Published)
		d.Story.Filings = append(d.Story.Filings, news.Filing{Channel: c, In: true})
	}
	return d
}

func desking(token int64, upTo news.Place, stories ...news.Desked) news.Desking {
	return news.Desking{Lease: lease("curate", token), Stories: stories, Shard: shard, UpTo: upTo, At: noon}
}

func ids(stories []news.Story) []string {
	var out []string
	for _, s := range stories {
		out = append(out, s.ID)
	}
	return out
}

func facetDesk(t *testing.T, core store.Core) {
	s, d := store.NewShelf(core), newDesk(core)
	a, b, c := article(1), article(2), article(3)
	must(t, s.Shelve(t.Context(), shelving(1, "", a, b)))
	changed := val(d.Changed(t.Context(), shard, 10)).or(t)
	matches(t, "changed", len(changed), 2)

	one := filed(story(a, b), "tat-ca", "xay-dung-dang")
	must(t, d.File(t.Context(), desking(1, changed[1].Place, one)))
	matches(t, "left in the log", len(val(d.Changed(t.Context(), shard, 10)).or(t)), 0)
	matches(t, "stories of articles", ids(val(d.StoriesOf(t.Context(), b.ID, c.ID, a.ID)).or(t)), []string{a.ID, "", a.ID})
	matches(t, "whole", val(d.Story(t.Context(), a.ID)).or(t), one.Story)
	matches(t, "articles", val(d.Articles(t.Context(), b.ID, c.ID)).or(t), []news.Article{b, {}})

	// It leaves a channel by being filed without it.
	must(t, d.File(t.Context(), desking(1, "", filed(story(a, b), "tat-ca"))))
	page, _, err := d.Page(t.Context(), "xay-dung-dang", "", 10)
	must(t, err)
	matches(t, "the channel that it left", len(page), 0)
	page, _, err = d.Page(t.Context(), "tat-ca", "", 10)
	must(t, err)
	matches(t, "the channel where it stays", ids(page), []string{a.ID})

	// A split: the article follows the story that names it last.
	must(t, d.File(t.Context(), desking(1, "", filed(story(a), "tat-ca"), filed(story(b), "tat-ca"))))
	matches(t, "stories of articles", ids(val(d.StoriesOf(t.Context(), a.ID, b.ID)).or(t)), []string{a.ID, b.ID})
}

// A story that became part of another is found under its old id, through
// several joins, and is listed nowhere.
func facetDeskJoins(t *testing.T, core store.Core) {
	d := newDesk(core)
	a, b, c := article(1), article(2), article(3)
	due := story(b)
	due.Due = noon
	must(t, d.File(t.Context(), desking(1, "", filed(story(a), "tat-ca"), filed(due, "tat-ca"), filed(story(c), "tat-ca"))))
	join := filed(story(a, b), "tat-ca")
	join.Gone = []string{b.ID, a.ID} // its own id is no fault
	must(t, d.File(t.Context(), desking(1, "", join)))
	join = filed(story(c, a, b), "tat-ca")
	join.Gone = []string{a.ID}
	must(t, d.File(t.Context(), desking(1, "", join)))

	got := val(d.Find(t.Context(), b.ID, "unknown", c.ID, a.ID)).or(t)
	matches(t, "found", ids(got), []string{c.ID, "", c.ID, c.ID})
	matches(t, "stories of articles", ids(val(d.StoriesOf(t.Context(), a.ID, b.ID, c.ID)).or(t)), []string{c.ID, c.ID, c.ID})
	page, _, err := d.Page(t.Context(), "tat-ca", "", 10)
	must(t, err)
	matches(t, "the channel", ids(page), []string{c.ID})
	matches(t, "due", len(val(d.Due(t.Context(), noon.Add(time.Hour), 10)).or(t)), 0)
	_, err = d.Story(t.Context(), "unknown")
	is(t, err, news.ErrNotFound)

	// Taken apart again, each is itself.
	must(t, d.File(t.Context(), desking(1, "", filed(story(c), "tat-ca"), filed(story(a), "tat-ca"), filed(story(b), "tat-ca"))))
	matches(t, "found", ids(val(d.Find(t.Context(), b.ID, a.ID)).or(t)), []string{b.ID, a.ID})
}

func facetDeskResent(t *testing.T, core store.Core) {
	f := &faulty{Core: core, nth: 1, lost: true}
	d := newDesk(f)
	a, b := article(1), article(2)
	must(t, store.NewShelf(core).Shelve(t.Context(), shelving(1, "", a, b)))
	changed := val(d.Changed(t.Context(), shard, 10)).or(t)
	k := desking(5, changed[0].Place, filed(story(a), "tat-ca"))
	is(t, d.File(t.Context(), k), errTorn)
	must(t, d.File(t.Context(), k))
	matches(t, "lines in the story log", lines(t, core, store.DeskPartition, "stories"), 1)

	is(t, d.File(t.Context(), desking(4, changed[1].Place, filed(story(b), "tat-ca"))), news.ErrFenced)
	matches(t, "stories", ids(val(d.Find(t.Context(), a.ID, b.ID)).or(t)), []string{a.ID, ""})
	matches(t, "left in the log", len(val(d.Changed(t.Context(), shard, 10)).or(t)), 1)

	// Nobody need know: no line.
	quiet := filed(story(b))
	must(t, d.File(t.Context(), desking(5, changed[1].Place, quiet)))
	matches(t, "lines in the story log", lines(t, core, store.DeskPartition, "stories"), 1)

	// Decided again at another time it is no resend.
	k.At = noon.Add(time.Hour)
	must(t, d.File(t.Context(), k))
	matches(t, "lines in the story log", lines(t, core, store.DeskPartition, "stories"), 2)

	// Nor is what was filed quietly, then otherwise, then as before.
	titles := []string{"Cây xanh", "Cây và hoa", "Cây xanh"}
	for n, title := range titles {
		quiet.Story.Title = title
		k := desking(5, "", quiet)
		k.At = noon.Add(time.Duration(n) * time.Minute)
		must(t, d.File(t.Context(), k))
		matches(t, "the story", val(d.Story(t.Context(), b.ID)).or(t).Title, title)
	}
}

func facetDeskPages(t *testing.T, core store.Core) {
	d := newDesk(core)
	var want []string
	for n := range 7 {
		must(t, d.File(t.Context(), desking(1, "", filed(story(article(n)), "tat-ca"))))
		want = append([]string{article(n).ID}, want...) // the larger sort key first
	}
	walk := func(limit int, between func()) (got []string) {
		for cursor := ""; ; {
			page, next, err := d.Page(t.Context(), "tat-ca", cursor, limit)
			must(t, err)
			got = append(got, ids(page)...)
			if next == "" {
				return got
			}
			cursor = next
			between()
		}
	}
	for _, limit := range []int{1, 3, 7, 8, 0} {
		matches(t, fmt.Sprintf("by %d", limit), walk(limit, func() {}), want)
	}
	// A new story at the top does not shift the pages below.
	n := 10
	matches(t, "with news between", walk(3, func() {
		must(t, d.File(t.Context(), desking(1, "", filed(story(article(n)), "tat-ca"))))
		n++
	}), want)
	for _, cursor := range []string{"x", "!!", "AAAA", "a", "////"} {
		_, _, err := d.Page(t.Context(), "tat-ca", cursor, 3)
		is(t, err, news.ErrNotFound)
	}
	page, next, err := d.Page(t.Context(), "khong-co", "", 3)
	if err != nil || len(page) > 0 || next != "" {
		t.Errorf("an unknown channel: %v %q %v", page, next, err)
	}
}

func facetDeskWalk(t *testing.T, core store.Core) {
	d := newDesk(core)
	var all []string
	for n := range 5 {
		must(t, d.File(t.Context(), desking(1, "", filed(story(article(n))))))
		all = append(all, article(n).ID)
	}
	slices.Reverse(all)
	matches(t, "all", ids(val(d.Stories(t.Context(), "", time.Time{}, 10)).or(t)), all)
	matches(t, "first two", ids(val(d.Stories(t.Context(), "", time.Time{}, 2)).or(t)), all[:2])
	matches(t, "the others", ids(val(d.Stories(t.Context(), all[1], time.Time{}, 10)).or(t)), all[2:])
	matches(t, "since", ids(val(d.Stories(t.Context(), all[0], noon.Add(2*time.Minute), 10)).or(t)), all[1:3])
	_, err := d.Stories(t.Context(), "unknown", time.Time{}, 10)
	is(t, err, news.ErrNotFound)

	var late []string
	for n := range 3 { // dated a year before it was seen
		s := story(article(5 + n))
		s.FirstSeen = noon.Add(time.Duration(n) * time.Minute)
		s.Published = s.FirstSeen.AddDate(-1, 0, -n)
		must(t, d.File(t.Context(), desking(1, "", filed(s))))
		late = append(late, s.ID)
	}
	slices.Reverse(late)
	matches(t, "all that came late", ids(val(d.Late(t.Context(), "", time.Time{}, 10)).or(t)), late)
	matches(t, "late, from behind one", ids(val(d.Late(t.Context(), late[0], time.Time{}, 10)).or(t)), late[1:])
	matches(t, "late, since", ids(val(d.Late(t.Context(), "", noon.Add(time.Minute), 10)).or(t)), late[:2])
}

func facetDeskDue(t *testing.T, core store.Core) {
	d := newDesk(core)
	at := func(n int, due time.Time) news.Desked {
		s := story(article(n))
		s.Due = due
		return filed(s)
	}
	must(t, d.File(t.Context(), desking(1, "",
		at(1, noon.Add(time.Hour)), at(2, noon), at(3, time.Time{}), at(4, noon.Add(time.Hour+1)))))
	due := func(now time.Time) []string { return ids(val(d.Due(t.Context(), now, 10)).or(t)) }
	matches(t, "before", len(due(noon.Add(-1))), 0)
	matches(t, "at the time", due(noon), []string{article(2).ID})
	matches(t, "earliest first", due(noon.Add(time.Hour)), []string{article(2).ID, article(1).ID})
	must(t, d.File(t.Context(), desking(1, "", at(2, time.Time{}))))
	matches(t, "no longer", due(noon.Add(time.Hour)), []string{article(1).ID})
}

func facetTopics(t *testing.T, core store.Core) {
	d := newDesk(core)
	matches(t, "no topics", len(val(d.Topics(t.Context())).or(t)), 0)
	b, a := news.TopicState{Topic: "b", Fingerprint: "1"}, news.TopicState{Topic: "a", Fingerprint: "2", Refiled: "x"}
	must(t, d.SetTopic(t.Context(), lease("curate", 2), b))
	must(t, d.SetTopic(t.Context(), lease("curate", 2), a))
	b.Fingerprint = "3"
	must(t, d.SetTopic(t.Context(), lease("curate", 2), b))
	is(t, d.SetTopic(t.Context(), lease("curate", 1), news.TopicState{Topic: "b"}), news.ErrFenced)
	matches(t, "topics", val(d.Topics(t.Context())).or(t), []news.TopicState{a, b})

	must(t, d.File(t.Context(), desking(2, "", filed(story(article(1)), "tat-ca"), filed(story(article(2)), "tat-ca"))))
	changes := val(d.Changes(t.Context(), 1)).or(t)
	matches(t, "a short read", len(changes), 1)
	matches(t, "the change", changes[0], news.StoryChange{Place: changes[0].Place, Story: article(1).ID, Channels: []string{"tat-ca"}, At: noon})
	must(t, d.Rendered(t.Context(), lease("publish", 2), changes[0].Place))
	is(t, d.Rendered(t.Context(), lease("publish", 1), ""), news.ErrFenced)
	changes = val(d.Changes(t.Context(), 10)).or(t)
	matches(t, "what is left", len(changes), 1)
	matches(t, "from another place", len(val(d.Since(t.Context(), "", 10)).or(t)), 2)
	matches(t, "behind the last", len(val(d.Since(t.Context(), changes[0].Place, 10)).or(t)), 0)
	if e := val(d.Epoch(t.Context())).or(t); e == "" {
		t.Error("the store's life has no name")
	}
}

// What editors decide stands at a version, has its story filed, and goes with it.
func facetCurations(t *testing.T, core store.Core) {
	d := newDesk(core)
	a, b := article(1), article(2)
	must(t, d.File(t.Context(), desking(1, "", filed(story(a), "tat-ca"))))
	c := news.Curation{Story: a.ID, Title: "Tiêu đề của biên tập", By: "lan", At: noon, Places: map[string]news.Placed{"tat-ca": {Pinned: true, Rank: "5"}}}
	first := val(d.Curate(t.Context(), c)).or(t)
	if again := val(d.Curate(t.Context(), c)).or(t); again != first {
		t.Errorf("sent again it is at version %d, not %d", again, first)
	}
	c.Note = "từ máy khác"
	if _, err := d.Curate(t.Context(), c); !errors.Is(err, news.ErrConflict) {
		t.Errorf("made twice: %v", err)
	}
	c.Version = first
	second := val(d.Curate(t.Context(), c)).or(t)
	if _, err := d.Curate(t.Context(), news.Curation{Story: a.ID, Version: first}); !errors.Is(err, news.ErrConflict) || second <= first {
		t.Errorf("at an old version: %v", err)
	}
	c.Version = second
	matches(t, "curations", val(d.Curations(t.Context(), b.ID, a.ID)).or(t), []news.Curation{{}, c})
	orders := val(d.Orders(t.Context(), 10)).or(t)
	if len(orders) != 2 || orders[0].Kind != news.OrderFile || orders[0].Stories[0] != a.ID {
		t.Errorf("what is to be filed: %+v", orders)
	}
	must(t, d.File(t.Context(), news.Desking{Lease: lease("curate", 1), At: noon, Done: []string{orders[0].ID, orders[1].ID}}))
	matches(t, "orders left", len(val(d.Orders(t.Context(), 10)).or(t)), 0)

	pinned := filed(story(a), "tat-ca")
	pinned.Sorts[news.PinChannel("tat-ca")] = "5"
	must(t, d.File(t.Context(), desking(1, "", pinned, filed(story(b), "tat-ca"))))
	page, _, err := d.Page(t.Context(), news.PinChannel("tat-ca"), "", 10)
	must(t, err)
	matches(t, "pinned", ids(page), []string{a.ID})
	sweep(t, core, noon.AddDate(2, 0, 0), 0)
	matches(t, "curations of what is gone", val(d.Curations(t.Context(), a.ID)).or(t), []news.Curation{{}})
}
