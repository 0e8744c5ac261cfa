package publisher

import (
	"context"
	"fmt"
	"time"

	"tinhub/news"
)

// How far a channel's stories are looked through for ones that may be shown.
const (
	pageSize = 100
	maxPages = 50
)

// collect chooses what a channel shows: its stories in its order, as far as its
// limit, its share per source and what every story must have allow.
func (p *Publisher) collect(ctx context.Context, v *view, c *channel, asOf time.Time) ([]entry, error) {
	var chosen []entry
	perSource := map[string]int{}
	seen := map[string]bool{}
	cursor := ""
	for range maxPages {
		stories, next, err := p.deps.Stories.Page(ctx, c.id, cursor, min(pageSize, c.limit+c.limit/4+1))
		if err != nil {
			return nil, fmt.Errorf("page through %s: %w", c.id, err)
		}
		articles, err := p.speakers(ctx, stories)
		if err != nil {
			return nil, fmt.Errorf("read the articles of %s: %w", c.id, err)
		}
		for i, s := range stories {
			if len(chosen) >= c.limit {
				break
			}
			source := speaker(s).Source
			if seen[s.ID] || !s.Withdrawn.IsZero() || !articles[i].Withdrawn.IsZero() || c.perSource > 0 && perSource[source] >= c.perSource ||
				!fulfils(v.Require, s, articles[i]) {
				continue
			}
			seen[s.ID] = true
			perSource[source]++
			chosen = append(chosen, v.compose(s, articles[i], asOf))
		}
		if len(chosen) >= c.limit || next == "" {
			break
		}
		cursor = next
	}
	chosen, err := p.corrections(ctx, v, c, chosen, seen, asOf)
	if err != nil {
		return nil, err
	}
	if agencies(chosen) < c.minAgencies {
		return nil, nil
	}
	return chosen, nil
}

// mostCorrections is how many corrections a channel shows beyond its limits.
const mostCorrections = 20

// corrections adds the corrections of what the channel showed that its limits left
// out: they are shown for their time.
func (p *Publisher) corrections(ctx context.Context, v *view, c *channel, chosen []entry, seen map[string]bool, asOf time.Time) ([]entry, error) {
	stories, _, err := p.deps.Stories.Page(ctx, news.FixChannel(c.id), "", mostCorrections)
	if err != nil {
		return nil, fmt.Errorf("list the corrections of %s: %w", c.id, err)
	}
	articles, err := p.speakers(ctx, stories)
	if err != nil {
		return nil, fmt.Errorf("read the corrections of %s: %w", c.id, err)
	}
	for i, s := range stories {
		if !seen[s.ID] && s.Withdrawn.IsZero() && articles[i].Withdrawn.IsZero() {
			seen[s.ID] = true
			chosen = append(chosen, v.compose(s, articles[i], asOf))
		}
	}
	return chosen, nil
}

// speakers reads the article that speaks for each story.
func (p *Publisher) speakers(ctx context.Context, stories []news.Story) ([]news.Article, error) {
	if len(stories) == 0 {
		return nil, nil
	}
	ids := make([]string, len(stories))
	for i, s := range stories {
		ids[i] = first(s.Speaker, speaker(s).Article)
	}
	articles, err := p.deps.Stories.Articles(ctx, ids...)
	if err == nil && len(articles) != len(ids) {
		err = fmt.Errorf("asked for %d articles, got %d", len(ids), len(articles))
	}
	return articles, err
}

// fulfils says whether a story has what every story must have.
func fulfils(require []string, s news.Story, a news.Article) bool {
	return len(lacks(require, s, a)) == 0
}

// lacks lists what a story does not have of that.
func lacks(require []string, s news.Story, a news.Article) []string {
	m := speaker(s)
	has := map[string]bool{
		"agency": m.Agency != "",
		"author": len(a.Authors) > 0 || a.Full != nil && len(a.Full.Authors) > 0,
		"time":   !a.Published.IsZero() || !m.Published.IsZero(),
		"link":   first(a.Link, m.Link) != "",
	}
	var out []string
	for _, what := range require {
		if ok, known := has[what]; known && !ok {
			out = append(out, what)
		}
	}
	return out
}

// agencies counts the agencies that a selection draws on. The law on aggregators
// asks for a number of them in a topic (publish.min_agencies): with fewer, the
// topic shows nothing yet.
func agencies(chosen []entry) int {
	seen := map[string]bool{}
	for _, e := range chosen {
		for _, m := range e.story.Members {
			if !m.Gone {
				seen[m.Agency] = true
			}
		}
	}
	return len(seen)
}
