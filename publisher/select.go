package publisher

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"tinhub/news"
)

// How far a channel's stories are looked through for ones that may be shown.
const (
	pageSize = 100
	maxPages = 50
)

// collect chooses what a channel shows as it is stored now.
func (p *Publisher) collect(ctx context.Context, v *view, c *channel, asOf time.Time) ([]entry, error) {
	f, err := p.opening(ctx, c)
	if err != nil {
		return nil, err
	}
	return p.choose(ctx, v, c, f, asOf)
}

// An opening is how a channel begins, with the articles that speak for its stories.
type opening struct {
	pinned, stories, corrections []read
	next                         string // the cursor behind the stories
	gone                         []news.Story
}

// ahead is how many stories are read at once, of which some may not be shown.
func (c *channel) ahead() int { return min(pageSize, c.limit+c.limit/4+1) }

func (p *Publisher) opening(ctx context.Context, c *channel) (opening, error) {
	f, err := p.deps.Fronts.Front(ctx, c.id, news.FrontLimits{
		Pinned: min(c.limit, mostPinned), Stories: c.ahead(), Fixed: mostCorrections, Gone: mostTombstones,
	})
	if err != nil {
		return opening{}, fmt.Errorf("read how %s begins: %w", c.id, err)
	}
	all, err := p.spoken(ctx, slices.Concat(f.Pinned, f.Stories, f.Fixed))
	if err != nil {
		return opening{}, fmt.Errorf("read the articles of %s: %w", c.id, err)
	}
	n, m := len(f.Pinned), len(f.Pinned)+len(f.Stories)
	return opening{pinned: all[:n], stories: all[n:m], corrections: all[m:], next: f.Next, gone: f.Gone}, nil
}

// choose takes what editors pinned in a channel, then its stories in its order, as
// far as its limit, its share per source and what every story must have allow.
func (p *Publisher) choose(ctx context.Context, v *view, c *channel, f opening, asOf time.Time) ([]entry, error) {
	s := selection{v: v, c: c, asOf: asOf, perSource: map[string]int{}, seen: map[string]bool{}}
	for _, x := range f.pinned {
		s.take(x, true)
	}
	for stories, cursor := f.stories, f.next; ; {
		for _, x := range stories {
			s.take(x, false)
		}
		if s.pages++; len(s.chosen) >= c.limit || s.pages >= maxPages || cursor == "" {
			break
		}
		var err error
		if stories, cursor, err = p.listed(ctx, c.id, cursor, c.ahead()); err != nil {
			return nil, err
		}
	}
	s.correct(f.corrections)
	if agencies(s.chosen) < c.minAgencies {
		return nil, nil
	}
	if ok, err := p.whole(ctx, v, c, asOf); !ok {
		return nil, err
	}
	return s.chosen, nil
}

// whole says whether a channel may be shown as far as it is a part of the whole. The
// law asks an aggregator for several agencies, and a province has one: that of the
// paper and the radio, which are one agency since 2026. So the number holds for each
// topic, and for everything; a province's page is shown while everything is.
func (p *Publisher) whole(ctx context.Context, v *view, c *channel, asOf time.Time) (bool, error) {
	if c.kind != kindProvince || v.MinAgencies == 0 {
		return true, nil
	}
	all, err := p.collect(ctx, v, v.byID[news.Everything], asOf)
	return len(all) > 0, err
}

// How many stories a channel shows that editors pinned, and how many corrections
// beyond its limits.
const (
	mostPinned      = 50
	mostCorrections = 20
)

// A read story comes with the article that speaks for it.
type read struct {
	story   news.Story
	article news.Article
}

// stands says that nobody took it down.
func (x read) stands() bool { return x.story.Withdrawn.IsZero() && x.article.Withdrawn.IsZero() }

// listed reads a stretch of a list of stories.
func (p *Publisher) listed(ctx context.Context, list, cursor string, limit int) ([]read, string, error) {
	stories, next, err := p.deps.Stories.Page(ctx, list, cursor, limit)
	if err != nil {
		return nil, "", fmt.Errorf("page through %s: %w", list, err)
	}
	all, err := p.spoken(ctx, stories)
	if err != nil {
		return nil, "", fmt.Errorf("read the articles of %s: %w", list, err)
	}
	return all, next, nil
}

// spoken reads the articles of stories.
func (p *Publisher) spoken(ctx context.Context, stories []news.Story) ([]read, error) {
	articles, err := p.speakers(ctx, stories)
	if err != nil {
		return nil, err
	}
	out := make([]read, len(stories))
	for i, s := range stories {
		out[i] = read{s, articles[i]}
	}
	return out, nil
}

// A selection is what a channel shows, while it is chosen.
type selection struct {
	v         *view
	c         *channel
	asOf      time.Time
	chosen    []entry
	perSource map[string]int
	seen      map[string]bool
	pages     int
}

// take takes a story where the channel's limits allow it. What editors pinned
// counts as its source's, and is not kept out by its share.
func (s *selection) take(x read, pinned bool) {
	source := speaker(x.story).Source
	full := s.c.perSource > 0 && s.perSource[source] >= s.c.perSource && !pinned
	if len(s.chosen) >= s.c.limit || s.seen[x.story.ID] || full || !x.stands() || !fulfils(s.v.Require, x.story, x.article) {
		return
	}
	s.perSource[source]++
	s.add(x, pinned)
}

// correct adds the corrections of what the channel showed that its limits left
// out: they are shown for their time.
func (s *selection) correct(corrections []read) {
	for _, x := range corrections {
		if !s.seen[x.story.ID] && x.stands() && fulfils(s.v.Require, x.story, x.article) {
			s.add(x, false)
		}
	}
}

func (s *selection) add(x read, pinned bool) {
	s.seen[x.story.ID] = true
	e := s.v.compose(x.story, x.article, s.asOf)
	e.pinned, e.placed = pinned, x.story.Edited().In(s.c.id).Place != ""
	s.chosen = append(s.chosen, e)
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

// lacks lists what a story does not have of that. Nobody signs a correction.
func lacks(require []string, s news.Story, a news.Article) []string {
	m := speaker(s)
	has := map[string]bool{
		"agency": m.Agency != "",
		"author": s.Corrects != "" || s.Untied || len(a.Authors) > 0 || a.Full != nil && len(a.Full.Authors) > 0,
		"time":   !a.Published.IsZero(), // its source's: a member is dated in any case
		"link":   direct(first(a.Link, m.Link)),
	}
	var out []string
	for _, what := range require {
		if ok, known := has[what]; known && !ok {
			out = append(out, what)
		}
	}
	return out
}

// direct says that an address leads to an article, and not to a paper.
func direct(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.Host != "" && (strings.Trim(u.Path, "/") != "" || u.RawQuery != "")
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
