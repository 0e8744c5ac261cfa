package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tinhub/curator"
	"tinhub/news"
	"tinhub/publisher/feed"
	"tinhub/store"
)

type explainCmd struct {
	configFlag
	JSON   bool   `help:"Print JSON."`
	Report bool   `help:"Instead of one article, list what was held, cut, refused or withdrawn, and why."`
	Since  string `default:"7d" help:"How far back the report goes: 12h, 7d …"`
	What   string `arg:"" optional:"" name:"url|id" help:"The address of an article, or the id of an article or story, as here or as in a feed."`
}

func (explainCmd) Help() string {
	return `It tells where an article came from, its revisions, its story and why, and for each topic why it
is in or out, by the rules as they are now.

Example:
  tinhub explain --report --since 24h
  tinhub explain https://baocamau.vn/xa-tan-sen-ve-dich-a12345.html`
}

func (c *explainCmd) Run(p *program) error {
	if (c.What == "") != c.Report {
		return usagef("name one article by its address or id, or ask for --report")
	}
	conf, err := c.load(p)
	if err != nil {
		return err
	}
	core, err := openStore(p.ctx, conf, p.logger(levelQuiet))
	if err != nil {
		return err
	}
	defer core.Close()
	sources, topics, err := conf.withKept(p.ctx, core)
	if err != nil {
		return err
	}
	if c.Report {
		return c.report(p, conf, core, sources, topics)
	}
	shelf, desk := store.NewShelf(core), store.NewDesk(core, conf.keep())
	a, err := findArticle(p.ctx, shelf, desk, sources, c.What)
	if err != nil {
		return err
	}
	stories, err := desk.StoriesOf(p.ctx, a.ID)
	if err != nil {
		return err
	}
	members, err := membersOf(p.ctx, shelf, stories[0])
	if err != nil {
		return err
	}
	e, faults := curator.Explain(a, stories[0], curator.Known{Topics: topics, Sources: sources, Terms: conf.terms(), Now: time.Now(), Members: members})
	for _, f := range faults {
		p.say("tinhub: %v", f)
	}
	x := explained{e, publishing(conf, sources, topics, nil).Judge(stories[0], a, time.Now())}
	x.refuse()
	if c.JSON {
		return p.json(x)
	}
	_, err = fmt.Fprintln(p.out, x.text(conf.zone()))
	return err
}

// membersOf reads the articles of a story, which may be none.
func membersOf(ctx context.Context, shelf *store.Shelf, s news.Story) ([]news.Article, error) {
	ids := make([]string, len(s.Members))
	for i, m := range s.Members {
		ids[i] = m.Article
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return shelf.Articles(ctx, ids...)
}

// findArticle finds what a person names: an address as it stands in a browser,
// an article's id, or a story's, which means the article that speaks for it.
func findArticle(ctx context.Context, shelf *store.Shelf, desk *store.Desk, sources []news.Source, what string) (news.Article, error) {
	what = strings.TrimSpace(what)
	if !strings.Contains(what, "://") {
		return articleByID(ctx, shelf, desk, what)
	}
	for _, l := range curator.LookupsOf(what, sources) {
		ids, err := shelf.Find(ctx, l.Shard, l.Keys)
		if err != nil {
			return news.Article{}, err
		}
		for _, id := range ids {
			if id == "" {
				continue
			}
			a, err := shelf.Articles(ctx, id)
			if err != nil {
				return news.Article{}, err
			}
			if a[0].ID != "" {
				return a[0], nil
			}
		}
	}
	return news.Article{}, fmt.Errorf("no article is known under %s: no source gave it yet, or it is past keep.articles", what)
}

func articleByID(ctx context.Context, shelf *store.Shelf, desk *store.Desk, id string) (news.Article, error) {
	if strings.Contains(id, "-") { // as feeds call a story
		var err error
		if id, err = storyCalled(ctx, desk, id); err != nil {
			return news.Article{}, err
		}
	}
	if _, ok := news.Shard(id); !ok {
		return news.Article{}, usagef("%q is neither an address (https://…) nor an id (32 hex digits, or urn:uuid:… of a feed)", id)
	}
	// A story has the id of its first article.
	a, err := shelf.Articles(ctx, id)
	if err != nil {
		return news.Article{}, err
	}
	if a[0].ID != "" {
		return a[0], nil
	}
	story, err := desk.Story(ctx, id)
	if errors.Is(err, news.ErrNotFound) {
		return news.Article{}, fmt.Errorf("there is no article or story %s: it is past keep.articles, or was never here", id)
	}
	if err != nil {
		return news.Article{}, err
	}
	if a, err = shelf.Articles(ctx, story.Speaker); err != nil {
		return news.Article{}, err
	}
	return a[0], nil
}

// storyCalled is the id of the story that feeds call by a name, or the name where
// there is none.
func storyCalled(ctx context.Context, desk *store.Desk, name string) (string, error) {
	for _, id := range feed.StoriesCalled(name) {
		switch _, err := desk.Story(ctx, id); {
		case err == nil:
			return id, nil
		case !errors.Is(err, news.ErrNotFound):
			return "", err
		}
	}
	return name, nil
}
