package store

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tinhub/news"
)

// Desk is where stories are kept: what the curator files, and what there is to
// publish.
type Desk struct {
	core Core
	keep Keep
}

// NewDesk makes the facet over an engine.
func NewDesk(core Core, keep Keep) *Desk { return &Desk{core, keep.withDefaults()} }

// Changed reads a shard's article log after the filer's place in it, oldest
// first. A line that cannot be read any more comes with its place and no Article.
func (d *Desk) Changed(ctx context.Context, shard, limit int) ([]news.ArticleChange, error) {
	place, err := placeOf(ctx, d.core, DeskPartition, placeArticles(shard))
	if err != nil {
		return nil, fmt.Errorf("read changed articles: %w", err)
	}
	changes, err := readLog(ctx, d.core, Paper(shard), logArticles, place, limit,
		func(c *news.ArticleChange, p news.Place) { c.Place = p })
	return changes, wrap("read changed articles", err)
}

// StoriesOf gives the story that each article belongs to, in their order; one
// without has an empty ID.
func (d *Desk) StoriesOf(ctx context.Context, articles ...string) ([]news.Story, error) {
	out := make([]news.Story, len(articles))
	if len(articles) == 0 {
		return out, nil
	}
	refs := make([]Ref, len(articles))
	for i, a := range articles {
		refs[i] = refOf(DeskPartition, keyOf(a))
	}
	recs, err := d.core.Get(ctx, refs...)
	if err != nil {
		return nil, fmt.Errorf("find stories: %w", err)
	}
	refs = refs[:0]
	at := make([]int, 0, len(recs))
	for i, r := range recs {
		if r.Version != 0 {
			refs, at = append(refs, refOf(DeskPartition, keyStory(string(r.Value)))), append(at, i)
		}
	}
	stories, err := getJSON[news.Story](ctx, d.core, refs)
	if err != nil {
		return nil, fmt.Errorf("find stories: %w", err)
	}
	for i, s := range stories {
		out[at[i]] = s
	}
	return out, nil
}

// File stores stories, a line in the story log for each that has channels to
// render anew, and the filer's place, in one batch. news.ErrFenced: another
// curator took over, nothing was stored. After any other error the same may be
// filed again: what got through already changes nothing.
func (d *Desk) File(ctx context.Context, k news.Desking) error {
	b := build{steps: make([]Step, 0, 1+5*len(k.Stories))}
	for i := range k.Stories {
		d.file(&b, k, &k.Stories[i])
	}
	for _, id := range k.Done {
		b.delete(keyOrder(id))
	}
	if k.UpTo != "" {
		b.put(placeArticles(k.Shard), string(k.UpTo), Step{})
	}
	if len(b.steps) == 0 {
		return nil
	}
	batch, err := b.batch(DeskPartition, fenceCurate, k.Lease)
	if err == nil {
		// What is filed may be what was filed before another decision; the time says
		// that it is decided anew.
		batch.ID = string(news.KeyOf(batch.ID, TimeSort(k.At)))
		_, err = d.core.Commit(ctx, batch)
	}
	if err != nil {
		return fmt.Errorf("file stories: %w", err)
	}
	return nil
}

// file adds one story. Those that became part of it go first, so that their
// members follow it.
func (d *Desk) file(b *build, k news.Desking, one *news.Desked) {
	s := &one.Story
	for _, g := range one.Gone {
		if g == s.ID {
			continue
		}
		b.delete(keyStory(g))
		b.delete(keyKept(g))
		b.put(keyGone(g), s.ID, Step{Expires: k.At.Add(d.keep.Seen)})
		if len(one.Channels) > 0 { // whoever follows single stories hears that it is gone
			b.append(logStories, news.StoryChange{Story: g, Channels: one.Channels, At: k.At})
		}
	}
	b.json(keyStory(s.ID), s, Step{Index: indexStory(one)})
	think := s.FirstSeen // the sweeper looks at its articles then, and not at dates from feeds
	if think.IsZero() {
		think = k.At
	}
	b.put(keyKept(s.ID), "", Step{Index: []Index{{indexKept, TimeSort(think)}}})
	for _, m := range s.Members {
		b.put(keyOf(m.Article), s.ID, Step{})
	}
	if len(one.Channels) > 0 {
		b.append(logStories, news.StoryChange{Story: s.ID, Channels: one.Channels, At: k.At})
	}
}

// indexStory is where a story is listed: in the channels it is shown in, among
// those that time will change, and by date.
func indexStory(one *news.Desked) []Index {
	x := make([]Index, 0, len(one.Sorts)+2)
	for _, c := range slices.Sorted(maps.Keys(one.Sorts)) {
		x = append(x, Index{indexChannel(c), one.Sorts[c]})
	}
	if !one.Story.Withdrawn.IsZero() {
		for _, c := range one.Story.Traces {
			x = append(x, Index{indexGone(c), TimeSort(one.Story.Withdrawn)})
		}
	}
	if !one.Story.Due.IsZero() {
		x = append(x, Index{indexDue, TimeSort(one.Story.Due)})
	}
	if s := &one.Story; !s.Published.IsZero() && s.FirstSeen.Sub(s.Published) > late {
		x = append(x, Index{indexLate, lateStory(s)})
	}
	return append(x, Index{indexDated, datedStory(&one.Story)})
}

// late is how long after its date a story comes late: whoever walks by dates, back
// to a time, may miss one that was first seen since.
const late = time.Hour

func lateStory(s *news.Story) string { return TimeSort(s.FirstSeen) }

func datedStory(s *news.Story) string {
	if s.Published.IsZero() {
		return TimeSort(s.FirstSeen)
	}
	return TimeSort(s.Published)
}

// Due lists stories whose Due time has come, earliest first.
func (d *Desk) Due(ctx context.Context, now time.Time, limit int) ([]news.Story, error) {
	hits, err := d.core.Range(ctx, DeskPartition, indexDue, Span{To: TimeSort(now.Add(1)), Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("list stories that are due: %w", err)
	}
	return d.stories(ctx, hits)
}

// stories reads what an index led to; a story that went in between is left out.
func (d *Desk) stories(ctx context.Context, hits []Hit) ([]news.Story, error) {
	stories, err := getPresent[news.Story](ctx, d.core, refsOf(DeskPartition, hits), nil)
	return stories, wrap("read stories", err)
}

// Page lists a channel's stories in its order, the larger sort key first, from
// behind the cursor ("" from the top); next is "" at the end. A cursor that was
// not made here is news.ErrNotFound.
func (d *Desk) Page(ctx context.Context, channel, cursor string, limit int) (stories []news.Story, next string, err error) {
	after, err := readCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	if limit <= 0 {
		limit = 50
	}
	hits, err := d.core.Range(ctx, DeskPartition, indexChannel(channel), Span{Reverse: true, After: after, Limit: limit + 1})
	if err != nil {
		return nil, "", fmt.Errorf("list channel %s: %w", channel, err)
	}
	if len(hits) > limit {
		hits = hits[:limit]
		next = writeCursor(hits[limit-1])
	}
	stories, err = d.stories(ctx, hits)
	return stories, next, err
}

// Front reads how a channel begins, in two reads.
func (d *Desk) Front(ctx context.Context, channel string, most news.FrontLimits) (news.Front, error) {
	top := func(index string, limit int) Stretch { return Stretch{index, Span{Reverse: true, Limit: limit}} }
	lists, err := d.core.Ranges(ctx, DeskPartition,
		top(indexChannel(news.PinChannel(channel)), most.Pinned), top(indexChannel(channel), most.Stories+1),
		top(indexChannel(news.FixChannel(channel)), most.Fixed), top(indexGone(channel), most.Gone))
	if err != nil {
		return news.Front{}, fmt.Errorf("list channel %s: %w", channel, err)
	}
	var f news.Front
	if n := most.Stories; len(lists[1]) > n {
		lists[1] = lists[1][:n]
		f.Next = writeCursor(lists[1][n-1])
	}
	stories := map[string]news.Story{} // some are in several lists
	refs := refsOf(DeskPartition, slices.Concat(lists...))
	err = eachJSON(ctx, d.core, refs, func(i int, s news.Story, _ int64) { stories[refs[i].Key] = s })
	if err != nil {
		return news.Front{}, fmt.Errorf("read the stories of channel %s: %w", channel, err)
	}
	for i, to := range []*[]news.Story{&f.Pinned, &f.Stories, &f.Fixed, &f.Gone} {
		for _, h := range lists[i] {
			if s, ok := stories[h.Key]; ok {
				*to = append(*to, s)
			}
		}
	}
	return f, nil
}

// A cursor is the last hit of a page. It stays good when stories come and go.
func writeCursor(h Hit) string {
	return base64.RawURLEncoding.EncodeToString([]byte(h.Sort + "\x00" + h.Key))
}

func readCursor(cursor string) (*Hit, error) {
	if cursor == "" {
		return nil, nil
	}
	data, err := base64.RawURLEncoding.DecodeString(cursor)
	sort, key, ok := strings.Cut(string(data), "\x00")
	if err != nil || !ok || key == "" || strings.Contains(key, "\x00") {
		return nil, fmt.Errorf("cursor %.40q was not given by this store; begin without one: %w", cursor, news.ErrNotFound)
	}
	return &Hit{Sort: sort, Key: key}, nil
}

// joins is how many stories that became part of one another are followed.
const joins = 16

// Find reads stories by id, in the order asked, or by an id that became part of
// one (then Story.ID differs); one that is missing has an empty ID.
func (d *Desk) Find(ctx context.Context, ids ...string) ([]news.Story, error) {
	m, out := memoryOf(d.core), make([]news.Story, len(ids))
	open := make(map[int]string, len(ids)) // what is not found yet, under which id
	for i, id := range ids {
		open[i] = id
	}
	for n := 0; len(open) > 0 && n < joins; n++ {
		at := slices.Sorted(maps.Keys(open))
		refs := make([]Ref, 2*len(at)) // the stories, then what became of them
		for k, i := range at {
			refs[k], refs[len(at)+k] = refOf(DeskPartition, keyStory(open[i])), refOf(DeskPartition, keyGone(open[i]))
		}
		had := recall[news.Story](m, refs[:len(at)])
		recs, err := d.core.Get(ctx, refs...)
		if err != nil {
			return nil, fmt.Errorf("read stories: %w", err)
		}
		for k, i := range at {
			story, gone := recs[k], recs[len(at)+k]
			if story.Version != 0 {
				s, err := decodeKnown(m, refs[k], story, had[k])
				if err != nil {
					return nil, err
				}
				out[i] = *s
			}
			if story.Version != 0 || gone.Version == 0 {
				delete(open, i)
			} else {
				open[i] = string(gone.Value)
			}
		}
	}
	return out, nil
}

// Story finds one story as Find does; news.ErrNotFound if it is missing.
func (d *Desk) Story(ctx context.Context, id string) (news.Story, error) {
	s, err := d.Find(ctx, id)
	if err != nil {
		return news.Story{}, err
	}
	if s[0].ID == "" {
		return news.Story{}, fmt.Errorf("story %.40q: %w", id, news.ErrNotFound)
	}
	return s[0], nil
}

// Articles reads articles by id, of any papers, in one read; one that is missing
// has an empty ID.
func (d *Desk) Articles(ctx context.Context, ids ...string) ([]news.Article, error) {
	return readArticles(ctx, d.core, ids)
}

// Stories walks all stories, newest first, from behind a story's id ("" from the
// newest), not older than since (zero: all). news.ErrNotFound: the story to
// continue behind is not there any more; begin again.
func (d *Desk) Stories(ctx context.Context, after string, since time.Time, limit int) ([]news.Story, error) {
	return d.walk(ctx, indexDated, datedStory, after, since, limit)
}

// Late walks, as Stories does, the stories that were dated more than an hour
// before they were first seen, by when that was.
func (d *Desk) Late(ctx context.Context, after string, since time.Time, limit int) ([]news.Story, error) {
	return d.walk(ctx, indexLate, lateStory, after, since, limit)
}

func (d *Desk) walk(ctx context.Context, index string, sort func(*news.Story) string, after string, since time.Time, limit int) ([]news.Story, error) {
	span := Span{Reverse: true, Limit: limit}
	if !since.IsZero() {
		span.From = TimeSort(since)
	}
	if after != "" {
		s, err := getJSON[news.Story](ctx, d.core, []Ref{refOf(DeskPartition, keyStory(after))})
		if err != nil {
			return nil, fmt.Errorf("walk stories: %w", err)
		}
		if s[0].ID == "" {
			return nil, fmt.Errorf("walk stories from behind %.40q: %w", after, news.ErrNotFound)
		}
		span.After = &Hit{Sort: sort(&s[0]), Key: keyStory(after)}
	}
	hits, err := d.core.Range(ctx, DeskPartition, index, span)
	if err != nil {
		return nil, fmt.Errorf("walk stories: %w", err)
	}
	whole := Desk{unremembered(d.core), d.keep}
	return whole.stories(ctx, hits)
}
