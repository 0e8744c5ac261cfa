package store

import (
	"context"
	"encoding/json"
	"time"

	"tinhub/news"
)

// stories removes those none of whose articles is kept any longer, with a line
// in the story log so that they leave their channels.
func (w *sweep) stories(ctx context.Context, p Partition) error {
	if p != DeskPartition {
		return nil
	}
	return w.pages(ctx, p, indexKept, w.cutoff, func(hits []Hit) error {
		ids := make([]string, len(hits))
		refs := make([]Ref, 0, 2*len(hits))
		for i, h := range hits {
			ids[i] = h.Key[len(keyKept("")):]
			refs = append(refs, refOf(p, h.Key), refOf(p, keyStory(ids[i])))
		}
		recs, err := w.core.Get(ctx, refs...)
		if err != nil {
			return err
		}
		stories := make([]news.Story, len(ids))
		var members []string
		for i := range ids {
			if r := recs[2*i+1]; r.Version != 0 {
				if err := decode(p, r, &stories[i]); err != nil {
					return err
				}
			}
			for _, m := range stories[i].Members {
				members = append(members, m.Article)
			}
		}
		stood, err := w.lastStood(ctx, members)
		if err != nil {
			return err
		}
		for i, s := range stories {
			kept, story := recs[2*i], recs[2*i+1]
			var last time.Time
			for _, m := range s.Members {
				last = later(last, stood[m.Article])
			}
			if err := w.story(ctx, s, kept, story, last); err != nil {
				return err
			}
		}
		return nil
	})
}

// story removes one story, or notes until when it is kept.
func (w *sweep) story(ctx context.Context, s news.Story, kept, story Record, last time.Time) error {
	if kept.Version == 0 {
		return nil
	}
	if last.After(w.cutoff) {
		_, err := w.commit(ctx, DeskPartition, nil, []Step{{Op: Put, Key: kept.Key, If: At, Version: kept.Version,
			Index: []Index{{indexKept, TimeSort(last)}}}})
		return err
	}
	steps := []Step{{Op: Delete, Key: kept.Key, If: At, Version: kept.Version}}
	if story.Version == 0 {
		_, err := w.commit(ctx, DeskPartition, steps, nil)
		return err
	}
	// Filed anew, a story's kept record has another version, too.
	steps = append(steps, Step{Op: Delete, Key: story.Key, If: At, Version: story.Version, Needs: 1})
	var refs []Ref
	for _, m := range s.Members {
		refs = append(refs, refOf(DeskPartition, keyOf(m.Article)))
	}
	var of []Record
	if len(refs) > 0 {
		var err error
		if of, err = w.core.Get(ctx, refs...); err != nil {
			return err
		}
	}
	for _, id := range append([]string{s.ID}, s.Was...) {
		steps = append(steps, Step{Op: Delete, Key: keyCuration(id), Needs: 2})
	}
	for _, r := range of {
		if r.Version != 0 && string(r.Value) == s.ID { // else a split gave the article to another story
			steps = append(steps, Step{Op: Delete, Key: r.Key, If: At, Version: r.Version, Needs: 2})
		}
	}
	change := news.StoryChange{Story: s.ID, At: w.now}
	for _, f := range s.Filings {
		if f.In {
			change.Channels = append(change.Channels, f.Channel)
		}
	}
	line, err := json.Marshal(change)
	if err != nil {
		return err
	}
	steps = append(steps, Step{Op: Append, Key: logStories, Value: line, Needs: 2})
	r, err := w.core.Commit(ctx, Batch{Partition: DeskPartition, Steps: steps})
	if err == nil && r.Results[1].Applied {
		w.done.Stories++
	}
	return err
}

// lastStood is until when articles are known to have stood in a feed; an article
// that is gone has no time.
func (w *sweep) lastStood(ctx context.Context, ids []string) (map[string]time.Time, error) {
	stood := make(map[string]time.Time, len(ids))
	articles, err := readArticles(ctx, w.core, ids)
	if err != nil {
		return nil, err
	}
	var refs []Ref
	var of []string
	for _, a := range articles {
		if a.ID == "" {
			continue
		}
		p, err := ofPaper(a.ID)
		if err != nil {
			return nil, err
		}
		stood[a.ID] = later(stood[a.ID], a.LastSeen)
		for _, source := range a.Sources { // sections of one paper call it the same
			at, err := w.stands(ctx, p, source, a.Key)
			if err != nil {
				return nil, err
			}
			stood[a.ID] = later(stood[a.ID], at)
			refs, of = append(refs, refOf(p, keySeen(source, a.Key))), append(of, a.ID)
		}
	}
	if len(refs) == 0 {
		return stood, nil
	}
	recs, err := w.core.Get(ctx, refs...)
	if err != nil {
		return nil, err
	}
	for i, r := range recs {
		_, at := unpackSeen(r.Value)
		stood[of[i]] = later(stood[of[i]], at)
	}
	return stood, nil
}

// articles removes those past keep.articles. One whose story is still told by
// others stays with it.
func (w *sweep) articles(ctx context.Context, p Partition) error {
	if _, paper := shardOfPaper(p); !paper {
		return nil
	}
	return w.pages(ctx, p, indexKept, w.cutoff, func(hits []Hit) error {
		ids := make([]string, len(hits))
		told := make([]Ref, len(hits))
		for i, h := range hits {
			ids[i] = h.Key[len(keyArticle("")):]
			told[i] = refOf(DeskPartition, keyOf(ids[i]))
		}
		recs, err := w.core.Get(ctx, refsOf(p, hits)...)
		if err != nil {
			return err
		}
		stories, err := w.core.Get(ctx, told...)
		if err != nil {
			return err
		}
		stood, err := w.lastStood(ctx, ids)
		if err != nil {
			return err
		}
		var deletes, puts []Step
		for i, r := range recs {
			if r.Version == 0 {
				continue
			}
			last := stood[ids[i]]
			if !last.After(w.cutoff) && stories[i].Version == 0 {
				deletes = append(deletes, Step{Op: Delete, Key: r.Key, If: At, Version: r.Version})
				continue
			}
			step, err := w.spareArticle(p, r, last)
			if err != nil {
				return err
			}
			puts = append(puts, step)
		}
		n, err := w.commit(ctx, p, deletes, puts)
		w.done.Articles += n
		return err
	})
}

// spareArticle writes an article with what became known of it, so that it is
// looked at again when its time comes.
func (w *sweep) spareArticle(p Partition, r Record, last time.Time) (Step, error) {
	var a news.Article
	if err := decode(p, r, &a); err != nil {
		return Step{}, err
	}
	a.LastSeen = later(a.LastSeen, last)
	var b build
	b.json(r.Key, a, Step{If: At, Version: r.Version, Index: []Index{
		{indexKept, TimeSort(later(a.LastSeen, w.cutoff.Add(again)))},
		{indexDated, TimeSort(a.Dated())},
	}})
	return b.steps[0], b.err
}

// linesKept is how long the story log is kept behind the publisher's place:
// every process that serves follows it from a place of its own.
const linesKept = day

// logsOfPaper trims a shard's logs up to the places of their one follower each,
// and empties the one without.
func (w *sweep) logsOfPaper(ctx context.Context, p Partition, shard int) error {
	for log, at := range map[string]Ref{
		logWire:     refOf(p, placeCurate),
		logArticles: refOf(DeskPartition, placeArticles(shard)),
	} {
		place, err := placeOf(ctx, w.core, at.Partition, at.Key)
		if err == nil && place != "" {
			err = w.core.Trim(ctx, p, log, place)
		}
		if err != nil {
			return err
		}
	}
	return emptyLog(ctx, w.core, p, logAsks)
}

// logOfHub trims what was asked of the hub up to where the shard's owner took it
// up, and what is older than any intent; pings are for the moment only.
func (w *sweep) logOfHub(ctx context.Context, p Partition, shard int) error {
	age := intentKept
	if shard == news.HubAll {
		age = pingKept
	} else {
		place, err := placeOf(ctx, w.core, p, placeAsks)
		if err == nil && place != "" {
			err = w.core.Trim(ctx, p, logAsks, place)
		}
		if err != nil {
			return err
		}
	}
	return w.trimOld(ctx, p, logAsks, nil, age, func(v []byte) time.Time { return orZero[asked](v).At })
}

// trimOld trims the items at the head of a log that are older than age, and not
// behind a follower's place where it has one.
func (w *sweep) trimOld(ctx context.Context, p Partition, log string, place *news.Place, age time.Duration, at func([]byte) time.Time) error {
	var next news.Place // the first that its follower has not read
	if place != nil {
		items, err := w.core.Read(ctx, p, log, *place, 1)
		if err != nil {
			return err
		}
		if len(items) > 0 {
			next = items[0].Place
		}
	}
	for {
		items, err := w.core.Read(ctx, p, log, "", sweepPage)
		if err != nil {
			return err
		}
		old := 0
		for old < len(items) && items[old].Place != next && !at(items[old].Value).After(w.now.Add(-age)) {
			old++
		}
		if old == 0 {
			return nil
		}
		if err := w.core.Trim(ctx, p, log, items[old-1].Place); err != nil || old < sweepPage {
			return err
		}
	}
}

// orZero decodes what a sweep looks at for its time; what cannot be read is the
// zero value, and so is old.
func orZero[T any](data []byte) T {
	var v T
	_ = json.Unmarshal(data, &v)
	return v
}
