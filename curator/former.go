package curator

import (
	"context"
	"fmt"
	"time"

	"tinhub/news"
)

// A paper that changes its name in the net (two papers become one, a host is given
// up) is another family with another shard, where none of its news is known. What
// a source declares as its other and former hosts says where to look: what stood
// there is the same article, and no news.

// formerly looks up what a stretch of a wire had been in the papers that its
// sources name as their former hosts. It reads only where there are such sources.
func (t *term) formerly(ctx context.Context, b *batch, wired []news.Wired) error {
	b.former = make([]news.Article, len(wired))
	for i, w := range wired {
		families := b.lens.former[w.Entry.Source]
		if len(families) == 0 || w.Entry.About() != "" || b.knows(i) {
			continue
		}
		for _, f := range families {
			a, err := t.inFamily(ctx, w.Entry, f)
			if err != nil {
				return err
			}
			if a.ID != "" {
				b.former[i] = a
				break
			}
		}
	}
	return nil
}

// knows says that an entry's keys lead to an article of its own paper already.
func (b *batch) knows(i int) bool {
	for _, id := range b.named[i].ids {
		if b.leads[id.Key] != "" {
			return true
		}
	}
	return false
}

// inFamily recognises an entry among the articles of another paper.
func (t *term) inFamily(ctx context.Context, e news.Entry, family string) (news.Article, error) {
	var ids []Identity
	if safely(func() error { ids = Identities(e, family); return nil }) != nil {
		return news.Article{}, nil
	}
	found, err := t.deps.Shelf.Find(ctx, news.ShardOf(family), keysOf(ids))
	if err != nil {
		return news.Article{}, fmt.Errorf("look up what an entry was in %s: %w", family, err)
	}
	var want []string
	var kinds []Kind
	for i, id := range found {
		if id != "" {
			want, kinds = append(want, id), append(kinds, ids[i].Kind)
		}
	}
	if len(want) == 0 {
		return news.Article{}, nil
	}
	articles, err := t.deps.Shelf.Articles(ctx, want...)
	if err != nil {
		return news.Article{}, fmt.Errorf("read what an entry was in %s: %w", family, err)
	}
	var candidates []Candidate
	byID := map[string]news.Article{}
	for i, a := range articles {
		if a.ID != "" {
			candidates, byID[a.ID] = append(candidates, Candidate{kinds[i], a}), a
		}
	}
	return byID[Recognise(e, candidates).Article], nil
}

// succeed makes a new article the one that it was under a former host: as old, and
// out where that was taken out.
func succeed(a, was news.Article) news.Article {
	if was.ID == "" {
		return a
	}
	a.Formerly, a.FirstSeen = was.ID, was.FirstSeen
	a.Withdrawn, a.Reason, a.By = was.Withdrawn, was.Reason, was.By
	if a.By == news.BySource { // its source gives it again, elsewhere
		a.Withdrawn, a.Reason, a.By = time.Time{}, "", ""
	}
	return a
}

// A flood is so many new articles, dated in the last days or not at all, in one
// poll of one source: no newsroom writes them. It is a fault or a break-in, and
// what is beyond it waits.
const (
	flood     = 150
	floodDays = 48 * time.Hour
	floodHold = 24 * time.Hour
)

// A tide counts the new articles of each source's last poll.
type tide map[string]*poured

type poured struct {
	seen time.Time // of the poll
	n    int
}

// count counts a new article, and says why it waits where it is beyond the flood's
// mark.
func (t tide) count(e news.Entry) string {
	if !e.Published.IsZero() && e.Seen.Sub(e.Published.At).Abs() > floodDays {
		return ""
	}
	p := t[e.Source]
	if p == nil || !p.seen.Equal(e.Seen) {
		p = &poured{seen: e.Seen}
		t[e.Source] = p
	}
	if p.n++; p.n <= flood {
		return ""
	}
	return fmt.Sprintf("one of more than %d new articles that its source gave at once: held for %s, for an editor to look at", flood, floodHold)
}
