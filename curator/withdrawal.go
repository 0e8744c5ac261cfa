package curator

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tinhub/news"
)

// end takes an article out, or back in by order. One that is not kept any more, or
// is as the news has it, changes nothing.
func (b *batch) end(g news.Withdrawal) error {
	a := b.articles[g.Article]
	if shard, ok := news.Shard(g.Article); !ok || shard != b.shard {
		return fmt.Errorf("it tells of the article %.40q, which is of another paper", g.Article)
	}
	switch {
	case a.ID == "", g.Back == a.Withdrawn.IsZero():
		return nil
	case g.Back:
		a = revive(a)
	default:
		a.Withdrawn, a.Reason, a.By = g.At.UTC(), g.Reason, g.By
		a.Held = nil
	}
	b.ended = append(b.ended, g)
	b.put(a, nil, changeWithdrawn)
	return nil
}

// Return has an article back that its source took down and gives again under
// another address, in a feed that is younger than that: it had moved. What
// somebody ordered out stays out, and so does what is only still in a feed.
func Return(was news.Article, r Revising, e news.Entry) Revising {
	a := r.Article
	if a.Withdrawn.IsZero() || a.By != news.BySource || !e.Seen.After(a.Withdrawn) || e.Link == "" || news.URLKey(e.Link) == news.URLKey(was.Link) {
		return r
	}
	a.Link, a.LastSeen = e.Link, later(a.LastSeen, e.Seen)
	return Revising{revive(a), changeWithdrawn, "its source gives it again, under another address", true}
}

func revive(a news.Article) news.Article {
	a.Withdrawn, a.Reason, a.By = time.Time{}, "", ""
	return a
}

// writeDown logs what sources withdrew, before it is done: a decision is never
// missing, and the same one stands there once. Orders were logged by whoever gave
// them.
func (t *term) writeDown(ctx context.Context, ended []news.Withdrawal) error {
	if t.deps.Audit == nil {
		return nil
	}
	for _, g := range ended {
		if g.By != news.BySource {
			continue
		}
		d := news.Decision{At: g.At, Who: "tinhub", What: "withdraw", Subject: g.Article, Reason: g.Reason}
		if err := t.deps.Audit.Add(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// traces are the channels that a story is called back from: where it stood when it
// was withdrawn.
func traces(was, is news.Story) []string {
	if is.Withdrawn.IsZero() {
		return nil
	}
	out := slices.Clone(was.Traces)
	for c := range sorts(was) {
		if c != news.OutChannel(news.ChannelOf(c)) {
			out = append(out, c)
		}
	}
	return readers(out)
}

// review says why an editor should look at a story: whom its copies credit has
// withdrawn the text, or somebody tells again what was ordered out.
func review(articles []news.Article, sources map[string]news.Source) string {
	for _, a := range articles {
		if a.Withdrawn.IsZero() {
			continue
		}
		for _, copied := range articles {
			key := news.AgencyKey(originOf(copied, nil))
			if copied.Withdrawn.IsZero() && copied.ID != a.ID && wrote(a, map[string]bool{key: key != ""}, sources) {
				return originOf(copied, nil) + ", whom copies of this text credit, withdrew it: " + a.Reason
			}
		}
	}
	for _, a := range articles {
		if a.Withdrawn.IsZero() || a.By == news.BySource {
			continue
		}
		for _, again := range articles {
			if again.Withdrawn.IsZero() && again.FirstSeen.After(a.Withdrawn) {
				return "it was ordered out (" + a.Reason + "), and is told again by " + again.Family
			}
		}
	}
	return ""
}
