package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"tinhub/news"
	"tinhub/store"
)

// A line is the rooms at their plainest: enough to see what a crash between any
// two batches loses or doubles. What it does in memory dies with it.
type line struct {
	core  store.Core
	token int64
}

// patience is how often a stage reads its log before it is stuck.
const patience = 100

var errStuck = errors.New("a stage reads the same lines for ever: its place does not move with its work")

// served are the polls that a paper's feed would answer, each standing until it
// was recorded: an entry dropped, one changed, one taken back.
func served() []news.Poll {
	a, b, c := entry("bao-mau", 1), entry("bao-mau", 2), entry("bao-mau", 3)
	b2 := b
	b2.Title, b2.Hash = "Xã Đông Hòa trồng 2 nghìn cây xanh", news.KeyOf("b2")
	return []news.Poll{poll(1, noon, a, b), poll(1, noon.Add(time.Hour), b2, c), poll(1, noon.Add(2*time.Hour), a, c)}
}

// fetch polls until each of the feeds is recorded.
func (l line) fetch(ctx context.Context) error {
	w := store.NewWire(l.core, store.Keep{})
	for _, p := range served() {
		state, err := w.State(ctx, p.Shard, p.State.Source)
		if err != nil {
			return err
		}
		if !state.Last.Before(p.State.Last) {
			continue
		}
		keys := make([]news.Key, len(p.Entries))
		for i, e := range p.Entries {
			keys[i] = e.Key
		}
		seen, err := w.Seen(ctx, p.Shard, p.State.Source, keys)
		if err != nil {
			return err
		}
		fresh := p
		fresh.Lease.Token, fresh.Entries, fresh.Seen = l.token, nil, nil
		for i, e := range p.Entries {
			if seen[i] != e.Hash {
				fresh.Entries, fresh.Seen = append(fresh.Entries, e), append(fresh.Seen, news.Seen{Key: e.Key, Hash: e.Hash})
			}
		}
		if err := w.Record(ctx, fresh); err != nil {
			return err
		}
	}
	return nil
}

// recognise makes articles of entries, one at a time.
func (l line) recognise(ctx context.Context) error {
	s := store.NewShelf(l.core)
	for range patience {
		wired, err := s.Wire(ctx, shard, 1)
		if err != nil || len(wired) == 0 {
			return err
		}
		e := wired[0].Entry
		found, err := s.Find(ctx, shard, []news.Key{e.Key})
		if err != nil {
			return err
		}
		a := news.Article{ID: news.ArticleID(family, e.Key), Family: family, Entry: e, Sources: []string{e.Source}, FirstSeen: e.Seen}
		change := "new"
		if found[0] != "" {
			old, err := s.Articles(ctx, found[0])
			if err != nil {
				return err
			}
			a, change = old[0], "revised"
			a.Entry = e
		}
		a.LastSeen = e.Seen
		a.Revisions = append(a.Revisions, news.Revision{At: e.Seen, Hash: e.Hash})
		a.Revised++
		sh := shelving(l.token, wired[0].Place, a)
		sh.Articles[0].Change = change
		if err := s.Shelve(ctx, sh); err != nil {
			return err
		}
	}
	return errStuck
}

// file puts each article into a story of its own, shown in one channel.
func (l line) file(ctx context.Context) error {
	d := newDesk(l.core)
	for range patience {
		changes, err := d.Changed(ctx, shard, 2)
		if err != nil || len(changes) == 0 {
			return err
		}
		var stories []news.Desked
		for _, c := range changes {
			found, err := d.Articles(ctx, c.Article)
			if err != nil {
				return err
			}
			stories = append(stories, filed(story(found[0]), "tat-ca"))
		}
		if err := d.File(ctx, desking(l.token, changes[len(changes)-1].Place, stories...)); err != nil {
			return err
		}
	}
	return errStuck
}

// render writes a revision for each read of the story log.
func (l line) render(ctx context.Context) error {
	d, o := newDesk(l.core), store.NewOutputs(l.core)
	for range patience {
		changes, err := d.Changes(ctx, 2)
		if err != nil || len(changes) == 0 {
			return err
		}
		page, _, err := d.Page(ctx, "tat-ca", "", 10)
		if err != nil {
			return err
		}
		body := ""
		for _, s := range page {
			body += s.Title + "\n"
		}
		old, err := o.Load(ctx, "tat-ca")
		if err != nil {
			return err
		}
		out := news.Output{Channel: "tat-ca", Format: news.RSS, Revision: 1, Modified: noon, ETag: string(news.KeyOf(body)), Body: []byte(body)}
		if len(old) > 0 {
			out.Revision = old[0].Revision + 1
		}
		if len(old) == 0 || old[0].ETag != out.ETag {
			if err := o.Save(ctx, lease("publish", l.token), []news.Output{out}); err != nil {
				return err
			}
		}
		if err := d.Rendered(ctx, lease("publish", l.token), changes[len(changes)-1].Place); err != nil {
			return err
		}
	}
	return errStuck
}

func (l line) run(ctx context.Context) error {
	for _, stage := range []func(context.Context) error{l.fetch, l.recognise, l.file, l.render} {
		if err := stage(ctx); err != nil {
			return err
		}
	}
	return nil
}

// clear empties a store between two runs. What receipts and fences remember of
// the run before stays, so each run has tokens of its own.
func clear(t *testing.T, core store.Core) {
	t.Helper()
	for _, p := range val(core.Partitions(t.Context())).or(t) {
		for d, err := range core.Dump(t.Context(), p) {
			must(t, err)
			if d.Record != nil {
				defer func() {
					_, err := core.Commit(t.Context(), store.Batch{Partition: p, Steps: []store.Step{{Op: store.Delete, Key: d.Record.Key}}})
					must(t, err)
				}()
			} else {
				defer func() {
					items := val(core.Read(t.Context(), p, d.Log, "", 0)).or(t)
					if len(items) > 0 {
						must(t, core.Trim(t.Context(), p, d.Log, items[len(items)-1].Place))
					}
				}()
			}
		}
	}
}

// facetCrashes breaks the line at its 1st, 2nd, 3rd … commit, before it was
// applied and after, until a run passes; begun again, it ends as the run that
// nothing broke: nothing is lost, and nothing is there twice.
func facetCrashes(t *testing.T, core store.Core) {
	must(t, line{core, 1}.run(t.Context()))
	want := outcome(t, core)
	if len(want) < 12 {
		t.Fatalf("the line did little: %q", want)
	}
	token := int64(1)
	for _, lost := range []bool{false, true} {
		for n := 1; ; n++ {
			clear(t, core)
			token++
			f := &faulty{Core: core, nth: n, lost: lost}
			l := line{f, token}
			err := l.run(t.Context())
			if !f.broken {
				must(t, err)
				if n < 10 {
					t.Errorf("only %d commits", n)
				}
				break
			}
			if !errors.Is(err, errTorn) {
				t.Fatalf("broken at commit %d (reply lost: %v): %v", n, lost, err)
			}
			must(t, l.run(t.Context()))
			matches(t, fmt.Sprintf("broken at commit %d (reply lost: %v)", n, lost), outcome(t, core), want)
		}
	}
}

// outcome is all that the line stored, but for places.
func outcome(t *testing.T, core store.Core) []string {
	t.Helper()
	var all []string
	for _, s := range Everything(t, core) {
		var p, kind, key string
		if _, err := fmt.Sscan(s, &p, &kind, &key); err != nil {
			t.Fatal(err)
		}
		if len(key) < 6 || key[:6] != "place/" {
			all = append(all, s)
		}
	}
	return all
}
