package curator

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
	"unicode/utf8"

	"tinhub/news"
)

// recognise reads a stretch of a shard's wire and shelves what it makes of it.
// It returns how many entries it read; fewer than the batch means the end.
func (t *term) recognise(ctx context.Context, shard int) (int, error) {
	t.shelving[shard].Lock()
	defer t.shelving[shard].Unlock()

	wired, err := t.deps.Shelf.Wire(ctx, shard, t.o.Batch)
	if err != nil {
		return 0, fmt.Errorf("read the wire of shard %02x: %w", shard, err)
	}
	if len(wired) == 0 {
		return 0, nil
	}
	t.meet(shard, wired)
	b, err := t.newBatch(ctx, shard, wired)
	if err != nil {
		return 0, err
	}
	if err := t.formerly(ctx, b, wired); err != nil {
		return 0, err
	}
	b.tide = t.tides[shard]
	for i, w := range wired {
		if err := safely(func() error { return b.take(w.Entry, b.named[i], b.former[i]) }); err != nil {
			t.o.Log.Error("an entry was set aside: it cannot be recognised",
				"source", w.Entry.Source, "link", w.Entry.Link, "guid", w.Entry.GUID, "place", w.Place, "error", err)
		}
	}
	if err := t.writeDown(ctx, b.ended); err != nil {
		return 0, err
	}
	s := news.Shelving{
		Shard: shard, Lease: t.lease.Load().Lease, Articles: b.shelved(t.o),
		UpTo: wired[len(wired)-1].Place, Expires: t.o.Now().Add(t.o.KeepSeen),
	}
	if err := t.deps.Shelf.Shelve(ctx, s); err != nil {
		return 0, fmt.Errorf("shelve %d articles of shard %02x: %w", len(s.Articles), shard, err)
	}
	return len(wired), nil
}

// meet reads the sources anew where an entry's source is not known, or not on this
// wire: it may have been added, or given another host, and polled, before this
// process heard of it. One that stays unknown was removed, and is not asked for
// again before the next change.
func (t *term) meet(shard int, wired []news.Wired) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, fresh := t.lens.Load(), false
	for _, w := range wired {
		id := w.Entry.Source
		_, known := l.sources[id]
		_, here := l.familyIn(w.Entry, shard)
		if known && here || id == "" || t.strangers[id] {
			continue
		}
		t.strangers[id] = true
		fresh = true
	}
	if fresh {
		t.reload()
		if t.lens.Load().fingerprint != l.fingerprint {
			t.refile = true
			signal(t.filer)
		}
	}
}

// A batch is a stretch of a wire with all that is known of it: what it founds
// or changes is seen by the entries behind.
type batch struct {
	shard    int
	lens     *lens
	named    []named
	leads    map[news.Key]string // identity key to article id
	articles map[string]news.Article
	aliases  map[string][]news.Key // of an article, those to store
	change   map[string]string
	order    []string // of the articles to store
	dirty    map[string]bool
	born     map[string]bool
	ended    []news.Withdrawal // those that were news
	former   []news.Article    // by entry: what it was under a former host
	tide     tide
}

// named is what an entry may be known by within its paper.
type named struct {
	family string
	ids    []Identity
}

// newBatch reads what the entries' keys lead to: two reads for all of them.
func (t *term) newBatch(ctx context.Context, shard int, wired []news.Wired) (*batch, error) {
	b := &batch{
		shard: shard, lens: t.lens.Load(), leads: map[news.Key]string{}, articles: map[string]news.Article{},
		aliases: map[string][]news.Key{}, change: map[string]string{}, dirty: map[string]bool{}, born: map[string]bool{},
	}
	var keys []news.Key
	var ids []string
	asked := map[news.Key]bool{}
	know := func(id string) {
		if _, known := b.articles[id]; !known {
			b.articles[id] = news.Article{}
			ids = append(ids, id)
		}
	}
	for _, w := range wired {
		var n named
		if id := w.Entry.About(); id != "" {
			b.named = append(b.named, n)
			know(id)
			continue
		}
		// One that cannot be named is set aside when its turn comes.
		_ = safely(func() error {
			n.family, _ = b.lens.familyIn(w.Entry, shard)
			n.ids = Identities(w.Entry, n.family)
			return nil
		})
		b.named = append(b.named, n)
		for _, k := range keysOf(n.ids) {
			if !asked[k] {
				asked[k] = true
				keys = append(keys, k)
			}
		}
	}
	found, err := t.deps.Shelf.Find(ctx, shard, keys)
	if err != nil {
		return nil, fmt.Errorf("look up %d keys in shard %02x: %w", len(keys), shard, err)
	}
	for i, id := range found {
		if id != "" {
			b.leads[keys[i]] = id
			know(id)
		}
	}
	if len(ids) == 0 {
		return b, nil
	}
	articles, err := t.deps.Shelf.Articles(ctx, ids...)
	if err != nil {
		return nil, fmt.Errorf("read %d articles: %w", len(ids), err)
	}
	for i, a := range articles {
		b.articles[ids[i]] = a
	}
	return b, nil
}

// take recognises one entry.
func (b *batch) take(e news.Entry, n named, was news.Article) error {
	if e.Gone != nil {
		return b.end(*e.Gone)
	}
	if e.Edit != nil {
		return b.settle(*e.Edit)
	}
	if err := check(e); err != nil {
		return err
	}
	family, ids := n.family, n.ids
	if len(ids) == 0 {
		return errors.New("it cannot be named")
	}
	if b.forgotten(e, ids) {
		return nil
	}
	var candidates []Candidate
	for _, id := range ids {
		if a := b.articles[b.leads[id.Key]]; a.ID != "" {
			candidates = append(candidates, Candidate{id.Kind, a})
		}
	}
	d := Recognise(e, candidates)
	if full := e.Full; full != nil && len(candidates) == 0 {
		b.found(e, family, ids, was) // a sitemap gave its address only: it is nothing without its page
		return nil
	} else if full != nil {
		if r := Complete(b.articles[d.Article], *full); r.Write {
			b.put(r.Article, nil, r.Change)
		}
		return nil
	}
	if d.Article == "" {
		b.found(e, family, ids, was)
		return nil
	}
	known := b.articles[d.Article]
	r := Return(known, Revise(known, e), e)
	var fresh []news.Key
	for _, id := range ids {
		if b.leads[id.Key] == "" {
			b.leads[id.Key] = d.Article
			fresh = append(fresh, id.Key)
		}
	}
	if r.Write || len(fresh) > 0 {
		b.put(r.Article, fresh, r.Change)
	}
	return nil
}

// recent is how old a date may be that contradicts a key without an article.
const recent = 30 * 24 * time.Hour

// forgotten says that an entry is old news: its article is gone (keep.articles)
// and only its keys are kept, because what we have seen outlives what it said.
// Nothing is left to compare with, so a key that could be used again does not
// say so alone.
func (b *batch) forgotten(e news.Entry, ids []Identity) bool {
	gone := map[Kind]string{}
	for _, id := range ids {
		if lead := b.leads[id.Key]; lead != "" && b.articles[lead].ID == "" {
			gone[id.Kind] = lead
		}
	}
	fresh := !e.Published.IsZero() && e.Seen.Sub(e.Published.At) < recent
	switch {
	case gone[ByURL] != "" && (telltale(news.ArticleNumber(e.Link)) || gone[ByURL] == gone[ByGUID]):
		return true
	default:
		return gone[ByText] != "" && !fresh
	}
}

// found shelves a new article. Keys that led to another article lead to this
// one from now on: whatever is used again is used for the newest.
func (b *batch) found(e news.Entry, family string, ids []Identity, was news.Article) {
	id := b.newID(family, e, ids)
	keys := keysOf(ids)
	for _, k := range keys {
		b.leads[k] = id
	}
	b.born[id] = true
	a := succeed(newArticle(e, family, id), was)
	if was.ID == "" {
		a.Quarantine = b.tide.count(e)
	}
	b.put(a, keys, changeNew)
}

// newID makes an id of what the article was first known by. It is the id that a
// replay makes too. Where that name was used before, the text is added.
func (b *batch) newID(family string, e news.Entry, ids []Identity) string {
	first := ids[0].Key
	if b.leads[first] != "" {
		first = news.KeyOf(string(first), string(ids[len(ids)-1].Key), e.Published.At.UTC().String())
	}
	return fmt.Sprintf("%02x", b.shard) + news.ArticleID(family, first)[2:]
}

func (b *batch) put(a news.Article, aliases []news.Key, change string) {
	if !b.dirty[a.ID] {
		b.dirty[a.ID] = true
		b.order = append(b.order, a.ID)
	}
	b.articles[a.ID] = a
	b.aliases[a.ID] = append(b.aliases[a.ID], aliases...)
	if rank[change] > rank[b.change[a.ID]] {
		b.change[a.ID] = change
	}
}

// rank says which change of an article stands for all that a batch made.
var rank = map[string]int{changeSource: 1, changeHeld: 2, changeRevised: 3, changeCompleted: 4, changeNew: 5, changeWithdrawn: 6}

func (b *batch) shelved(o Options) []news.Shelved {
	out := make([]news.Shelved, len(b.order))
	for i, id := range b.order {
		a := b.articles[id]
		out[i] = news.Shelved{Article: a, Aliases: b.aliases[id], Change: b.change[id]}
		if o.Recheck > 0 && (b.born[id] || b.change[id] == changeWithdrawn) && a.Withdrawn.IsZero() {
			out[i].Recheck = a.LastSeen.Add(o.Recheck)
		}
		if b.change[id] == changeWithdrawn && !a.Withdrawn.IsZero() {
			out[i].Seal = a.Withdrawn.Add(o.Evidence)
		}
	}
	return out
}

// maxEntry bounds what one entry may hold, in bytes; FAULTS bounds its content
// at 256 KB long before.
const maxEntry = 4 << 20

// check refuses what no entry can be: it would be refused by the store for
// ever, and everything behind it on the wire would wait.
func check(e news.Entry) error {
	switch {
	case e.Source == "":
		return errors.New("it cannot be read: it names no source")
	case e.Title == "" && e.Summary == "" && e.Content == "":
		return errors.New("it has neither title nor text")
	case len(e.Title)+len(e.Summary)+len(e.Content) > maxEntry:
		return fmt.Errorf("it is larger than %d bytes", maxEntry)
	case !utf8.ValidString(e.Title) || !utf8.ValidString(e.Summary) || !utf8.ValidString(e.Content):
		return errors.New("its text is not UTF-8")
	case e.Seen.IsZero():
		return errors.New("it does not say when it was seen")
	}
	for _, m := range []int{e.Seen.Year(), e.Published.At.Year(), e.Updated.At.Year()} {
		if m < 1 || m > 9999 {
			return fmt.Errorf("it is dated in the year %d", m)
		}
	}
	return nil
}

// safely makes a panic an error: one entry must not stop a paper.
func safely(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return f()
}
