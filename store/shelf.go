package store

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"tinhub/news"
)

// Shelf is the wire as the curator reads it, and the articles it makes of it.
type Shelf struct{ core Core }

// NewShelf makes the facet over an engine.
func NewShelf(core Core) *Shelf { return &Shelf{core} }

// Wire reads a shard's entries after the curator's place in it, oldest first.
// One that cannot be read any more comes with its place and an empty
// Entry.Source.
func (s *Shelf) Wire(ctx context.Context, shard, limit int) ([]news.Wired, error) {
	p := Paper(shard)
	place, err := placeOf(ctx, s.core, p, placeCurate)
	if err != nil {
		return nil, fmt.Errorf("read the wire: %w", err)
	}
	lines, err := readLog(ctx, s.core, p, logWire, place, limit, func(l *wireLine, p news.Place) { l.place = p })
	if err != nil {
		return nil, fmt.Errorf("read the wire: %w", err)
	}
	out := make([]news.Wired, len(lines))
	for i := range lines {
		out[i] = news.Wired{Place: lines[i].place, Entry: lines[i].Entry}
	}
	return out, nil
}

// wireLine is an entry as it stands in the log, which news.Wired is not.
type wireLine struct {
	news.Entry
	place news.Place
}

// Find follows identity keys to article ids in a shard, "" where a key is
// unknown, in one read.
func (s *Shelf) Find(ctx context.Context, shard int, keys []news.Key) ([]string, error) {
	ids := make([]string, len(keys))
	if len(keys) == 0 {
		return ids, nil
	}
	refs := make([]Ref, len(keys))
	for i, k := range keys {
		refs[i] = refOf(Paper(shard), keyAlias(k))
	}
	recs, err := s.core.Get(ctx, refs...)
	if err != nil {
		return nil, fmt.Errorf("find articles: %w", err)
	}
	for i, r := range recs {
		ids[i], _ = unpackAlias(r.Value)
	}
	return ids, nil
}

// An alias is the id of an article, and a mark if the sweeper spared it.
func packAlias(id string, spared bool) []byte {
	if spared {
		id += "+"
	}
	return []byte(id)
}

func unpackAlias(v []byte) (id string, spared bool) { return strings.CutSuffix(string(v), "+") }

// Articles reads articles by id, of any papers, in one read; one that is missing
// has an empty ID.
func (s *Shelf) Articles(ctx context.Context, ids ...string) ([]news.Article, error) {
	return readArticles(ctx, s.core, ids)
}

func readArticles(ctx context.Context, core Core, ids []string) ([]news.Article, error) {
	out := make([]news.Article, len(ids))
	refs := make([]Ref, 0, len(ids))
	at := make([]int, 0, len(ids))
	for i, id := range ids {
		p, err := ofPaper(id)
		if err != nil {
			continue // an id that no article can have
		}
		refs, at = append(refs, refOf(p, keyArticle(id))), append(at, i)
	}
	found, err := getJSON[news.Article](ctx, core, refs)
	if err != nil {
		return nil, fmt.Errorf("read articles: %w", err)
	}
	for i, a := range found {
		out[at[i]] = a
	}
	return out, nil
}

// Shelve stores articles, their aliases, a line in the article log for each
// change, and the curator's place, in one batch. news.ErrFenced: another curator
// took over, nothing was stored. After any other error, the same may be shelved
// again: what got through already changes nothing.
func (s *Shelf) Shelve(ctx context.Context, sh news.Shelving) error {
	b := build{steps: make([]Step, 0, 1+4*len(sh.Articles))}
	for i := range sh.Articles {
		if err := shelve(&b, sh, &sh.Articles[i]); err != nil {
			return err
		}
	}
	if sh.UpTo != "" {
		b.put(placeCurate, string(sh.UpTo), Step{})
	}
	if len(b.steps) == 0 {
		return nil
	}
	batch, err := b.batch(Paper(sh.Shard), fenceCurate, sh.Lease)
	if err == nil && sh.UpTo == "" {
		var done bool
		if done, err = s.asStored(ctx, &batch); done && err == nil {
			return nil
		}
	}
	if err == nil {
		_, err = s.core.Commit(ctx, batch)
	}
	if err != nil {
		return fmt.Errorf("shelve articles: %w", err)
	}
	return nil
}

// shelve adds one article.
func shelve(b *build, sh news.Shelving, one *news.Shelved) error {
	a := &one.Article
	if n, ok := news.Shard(a.ID); !ok || n != sh.Shard {
		return fmt.Errorf("shelve articles: %q does not belong to shard %02x", a.ID, sh.Shard)
	}
	b.json(keyArticle(a.ID), a, Step{Index: indexArticle(a)})
	for _, k := range one.Aliases {
		b.put(keyAlias(k), a.ID, Step{Expires: sh.Expires})
	}
	if !one.Recheck.IsZero() {
		b.recheck(&news.Recheck{Article: a.ID, Due: one.Recheck}, Step{If: Absent})
	}
	if !one.Seal.IsZero() {
		b.json(keySealed(a.ID), a, Step{Expires: one.Seal})
	}
	if one.Change != "" {
		b.append(logArticles, news.ArticleChange{Article: a.ID, Kind: one.Change})
	}
	return nil
}

func indexArticle(a *news.Article) []Index {
	return []Index{{indexKept, TimeSort(a.LastSeen)}, {indexDated, TimeSort(a.Dated())}}
}

// asStored says whether the store says already what a batch that moves no place
// would write. Otherwise it puts the records' versions into the batch's id:
// without a place in it, content may return to what it was before (a withdrawal
// that is taken back twice), and must not be taken for a resend.
func (s *Shelf) asStored(ctx context.Context, b *Batch) (bool, error) {
	var refs []Ref
	var values [][]byte
	for _, st := range b.Steps {
		if st.Op == Put {
			refs, values = append(refs, refOf(b.Partition, st.Key)), append(values, st.Value)
		}
	}
	recs, err := s.core.Get(ctx, refs...)
	if err != nil {
		return false, err
	}
	same, id := true, b.ID
	for i, r := range recs {
		same = same && r.Version != 0 && bytes.Equal(r.Value, values[i])
		id = fmt.Sprintf("%s.%d", id, r.Version)
	}
	b.ID = string(news.KeyOf(id))
	return same, nil
}
