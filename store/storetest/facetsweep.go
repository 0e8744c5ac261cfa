package storetest

import (
	"testing"
	"time"

	"tinhub/news"
	"tinhub/store"
)

const day = 24 * time.Hour

func sweep(t *testing.T, core store.Core, now time.Time, limit int) store.Swept {
	t.Helper()
	return val(store.NewSweeper(core, store.Keep{}).Sweep(t.Context(), now, limit)).or(t)
}

func facetSweepExpired(t *testing.T, core store.Core) {
	w := store.NewWire(core, store.Keep{})
	ctx := t.Context()
	p := poll(1, noon, entry("bao-mau", 1))
	p.State.Standing = nil
	p.Rejected = []news.Rejected{{Reason: "no title"}}
	must(t, w.Record(ctx, p))
	must(t, w.Ask(ctx, shard, "bao-mau", noon))
	val(store.NewLeases(&clocked{Core: core, now: noon}).Join(ctx, "fetch", "a", time.Minute)).or(t)

	left := func() [4]int {
		seen := val(w.Seen(ctx, shard, "bao-mau", []news.Key{p.Entries[0].Key})).or(t)
		n := 0
		if seen[0] != "" {
			n = 1
		}
		hits := val(core.Range(ctx, store.LeasePartition, "m/fetch", store.Span{})).or(t)
		return [4]int{len(val(w.Asked(ctx, shard)).or(t)), len(val(w.Rejected(ctx, shard, "bao-mau", 9)).or(t)), n, len(hits)}
	}
	for _, c := range []struct {
		after time.Duration
		want  [4]int // asked, rejected, seen, members
	}{
		{59 * time.Second, [4]int{1, 1, 1, 1}},
		{time.Minute, [4]int{1, 1, 1, 0}},
		{day, [4]int{0, 1, 1, 0}},
		{30 * day, [4]int{0, 0, 1, 0}},
		{400*day - 1, [4]int{0, 0, 1, 0}},
		{400 * day, [4]int{0, 0, 0, 0}},
	} {
		sweep(t, core, noon.Add(c.after), 0)
		matches(t, "left after "+c.after.String(), left(), c.want)
	}
	matches(t, "the state", val(w.State(ctx, shard, "bao-mau")).or(t), p.State)
}

// shelved puts an article through the whole line at noon.
func shelved(t *testing.T, core store.Core, a news.Article, of ...news.Article) {
	t.Helper()
	sh := shelving(1, "", a)
	sh.Expires = noon.Add(400 * day)
	must(t, store.NewShelf(core).Shelve(t.Context(), sh))
	must(t, newDesk(core).File(t.Context(), desking(1, "", filed(story(append(of, a)...), "tat-ca"))))
}

// Articles and their stories go together, keys long after them.
func facetSweepArticles(t *testing.T, core store.Core) {
	ctx := t.Context()
	d, s := newDesk(core), store.NewShelf(core)
	old, told, again := article(1), article(2), article(3)
	again.LastSeen = noon.Add(50 * day)
	shelved(t, core, old)
	shelved(t, core, told)
	shelved(t, core, again, told) // one story: told, again
	must(t, d.File(ctx, desking(1, "", filed(story(told, again), "tat-ca"))))
	edge := noon.Add(90 * day)

	matches(t, "too early", sweep(t, core, edge.Add(-1), 0), store.Swept{})
	n := lines(t, core, store.DeskPartition, "stories")
	matches(t, "swept", sweep(t, core, edge, 0), store.Swept{Stories: 1, Articles: 1})
	matches(t, "swept again", sweep(t, core, edge, 0), store.Swept{})
	articles := val(s.Articles(ctx, old.ID, told.ID, again.ID)).or(t)
	matches(t, "articles", [3]string{articles[0].ID, articles[1].ID, articles[2].ID}, [3]string{"", told.ID, again.ID})
	page, _, err := d.Page(ctx, "tat-ca", "", 10)
	must(t, err)
	matches(t, "the channel", ids(page), []string{told.ID})
	matches(t, "the story of an article", ids(val(d.StoriesOf(ctx, old.ID)).or(t)), []string{""})

	// The channel that it left is rendered anew.
	changes := val(d.Changes(ctx, 100)).or(t)
	matches(t, "lines", len(changes), n+1)
	last := changes[n]
	matches(t, "the change", last, news.StoryChange{Place: last.Place, Story: old.ID, Channels: []string{"tat-ca"}, At: edge})

	// What was known by its keys is still recognised, for 310 days more.
	found := func() []string { return val(s.Find(ctx, shard, []news.Key{old.Key, again.Key})).or(t) }
	matches(t, "the story, when its last article goes", sweep(t, core, noon.Add(140*day), 0), store.Swept{Stories: 1, Articles: 2})
	sweep(t, core, noon.Add(400*day-1), 0)
	matches(t, "keys", found(), []string{old.ID, again.ID})
	sweep(t, core, noon.Add(400*day), 0)
	matches(t, "keys", found(), []string{"", ""})
}

// What stands in its feed is kept, with its keys, and counts from when it left.
func facetSweepStanding(t *testing.T, core store.Core) {
	ctx := t.Context()
	w, s := store.NewWire(core, store.Keep{}), store.NewShelf(core)
	a := article(1)
	must(t, w.Record(ctx, poll(1, noon, a.Entry)))
	shelved(t, core, a)
	here := func() bool { return val(s.Articles(ctx, a.ID)).or(t)[0].ID != "" }
	known := func() bool {
		return val(s.Find(ctx, shard, []news.Key{a.Key})).or(t)[0] != "" &&
			val(w.Seen(ctx, shard, "bao-mau", []news.Key{a.Key})).or(t)[0] != ""
	}
	stands := func(at time.Time) { // an unchanged feed: state, and no entries
		p := poll(1, at)
		p.State.Standing = []news.Key{a.Key}
		must(t, w.Record(ctx, p))
	}
	for d := 0; d <= 500; d += 50 {
		stands(noon.Add(time.Duration(d) * day))
		sweep(t, core, noon.Add(time.Duration(d)*day), 0)
		if !here() || !known() {
			t.Fatalf("day %d: kept %v, known %v, and it stands in its feed", d, here(), known())
		}
	}
	// On day 510 another entry took its place: it last stood there on day 500.
	must(t, w.Record(ctx, poll(1, noon.Add(510*day), entry("bao-mau", 2))))
	for _, c := range []struct {
		day         time.Duration
		here, known bool
	}{{511, true, true}, {589, true, true}, {590, false, true}, {899, false, true}, {901, false, false}} {
		sweep(t, core, noon.Add(c.day*day), 0)
		if here() != c.here || known() != c.known {
			t.Errorf("day %d: kept %v, known %v, want %v, %v", c.day, here(), known(), c.here, c.known)
		}
	}
}

// Logs are trimmed up to the places of those who follow them, and no further;
// those that only give hints are emptied, however long they grew.
func facetSweepLogs(t *testing.T, core store.Core) {
	ctx := t.Context()
	w, s, d := store.NewWire(core, store.Keep{}), store.NewShelf(core), newDesk(core)
	o := store.NewOutputs(core)
	count := func() [3]int {
		return [3]int{lines(t, core, store.Paper(shard), "wire"), lines(t, core, store.Paper(shard), "articles"),
			lines(t, core, store.DeskPartition, "stories")}
	}
	hints := func() [3]int {
		return [3]int{lines(t, core, store.Paper(shard), "asks"), lines(t, core, store.Out("tat-ca"), "revisions"),
			lines(t, core, store.AdminPartition, "changes")}
	}
	must(t, w.Record(ctx, poll(1, noon, entry("bao-mau", 1), entry("bao-mau", 2))))
	must(t, w.Ask(ctx, shard, "bao-mau", noon))
	must(t, o.Save(ctx, lease("publish", 1), []news.Output{output(news.RSS, 1)}))
	must(t, o.Save(ctx, lease("publish", 1), []news.Output{output(news.RSS, 2)}))
	many := store.Batch{Partition: store.AdminPartition, ID: "many"}
	for range 1200 {
		many.Steps = append(many.Steps, store.Step{Op: store.Append, Key: "changes"})
	}
	val(core.Commit(ctx, many)).or(t)
	matches(t, "hints", hints(), [3]int{1, 2, 1200})
	sweep(t, core, noon, 0)
	matches(t, "nobody read", count(), [3]int{2, 0, 0})
	matches(t, "hints", hints(), [3]int{0, 0, 0})

	wired := val(s.Wire(ctx, shard, 10)).or(t)
	must(t, s.Shelve(ctx, shelving(1, wired[0].Place, article(1), article(2))))
	sweep(t, core, noon, 0)
	matches(t, "one read", count(), [3]int{1, 2, 0})
	matches(t, "what is left to read", len(val(s.Wire(ctx, shard, 10)).or(t)), 1)

	changed := val(d.Changed(ctx, shard, 10)).or(t)
	must(t, d.File(ctx, desking(1, changed[0].Place, filed(story(article(1)), "tat-ca"), filed(story(article(2)), "tat-ca"))))
	sweep(t, core, noon.Add(2*day), 0)
	matches(t, "one filed", count(), [3]int{1, 1, 2})

	// The story log stays a day behind the renderer's place for those who serve.
	stories := val(d.Changes(ctx, 10)).or(t)
	must(t, d.Rendered(ctx, lease("publish", 1), stories[0].Place))
	sweep(t, core, noon.Add(day-1), 0)
	matches(t, "rendered, and new", count(), [3]int{1, 1, 2})
	sweep(t, core, noon.Add(day), 0)
	matches(t, "rendered, and old", count(), [3]int{1, 1, 1})
	sweep(t, core, noon.Add(31*day), 0)
	matches(t, "much later", count(), [3]int{1, 1, 1})
	matches(t, "the output", load(t, o, "tat-ca")[news.RSS].Revision, int64(2))
}

// A sweep is bounded, and gets through when it is called again.
func facetSweepBounded(t *testing.T, core store.Core) {
	for n := range 6 {
		shelved(t, core, article(n))
	}
	now := noon.Add(100 * day)
	var total store.Swept
	for n := 0; ; n++ {
		got := sweep(t, core, now, 4)
		total.Stories += got.Stories
		total.Articles += got.Articles
		if got.Stories+got.Articles > 4 {
			t.Errorf("one sweep of at most 4 removed %+v", got)
		}
		if !got.More {
			break
		}
		if n > 10 {
			t.Fatal("it never gets through")
		}
	}
	matches(t, "removed", total, store.Swept{Stories: 6, Articles: 6})
}
