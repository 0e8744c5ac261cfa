package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tinhub/news"
	"tinhub/store"
)

type withdrawCmd struct {
	configFlag
	Reason string        `required:"" help:"Whose order it is and why: it is kept in the audit log."`
	Copies bool          `help:"Also take out the copies of the same text in other papers."`
	Undo   bool          `help:"Take an order back."`
	JSON   bool          `help:"Print one JSON object a line, one for each article."`
	Wait   time.Duration `default:"30s" help:"How long to wait until it is done."`
	What   string        `arg:"" name:"url|id" help:"The address of an article, or the id of an article or story, as here or as in a feed."`
}

func (withdrawCmd) Help() string {
	return `The article leaves every output, page, archive and search now; Atom feeds carry its trace (RFC 6721).
What it said is kept sealed, and the order stands in the audit log. It works beside a running serve, and
without one: what is published is then made anew when serve starts, or by tinhub publish.

Example:
  tinhub withdraw https://baocamau.vn/xa-tan-sen-ve-dich-a12345.html --reason "Công văn 12/STTTT, 3/3/2026"`
}

// A withdrawnResult is what the command prints of an article.
type withdrawnResult struct {
	Article string `json:"article"`
	Title   string `json:"title"`
	Link    string `json:"link,omitempty"`
	Story   string `json:"story,omitempty"`
	State   string `json:"state"` // withdrawn, back, or as it was before
}

func (c *withdrawCmd) Run(p *program) error {
	c.Reason = news.Clean(c.Reason)
	if c.Reason == "" {
		return usagef("--reason is empty: say whose order it is and why")
	}
	conf, err := c.load(p)
	if err != nil {
		return err
	}
	h, err := openHouse(p.ctx, conf, map[string]bool{"curate": true}, p.logger(levelQuiet))
	if err != nil {
		return err
	}
	defer h.close()
	articles, err := c.find(p.ctx, h)
	if err != nil {
		return err
	}
	for _, a := range articles {
		if err := c.order(p.ctx, h, a); err != nil {
			return err
		}
	}
	if err := c.settle(p.ctx, h); err != nil {
		return err
	}
	return c.print(p, h, articles)
}

// find is the article that is meant, with its copies where they are wanted.
func (c *withdrawCmd) find(ctx context.Context, h *house) ([]news.Article, error) {
	shelf, desk := store.NewShelf(h.core), store.NewDesk(h.core, h.settings.keep())
	a, err := findArticle(ctx, shelf, desk, h.roster.Sources(), c.What)
	if err != nil || !c.Copies {
		return []news.Article{a}, err
	}
	stories, err := desk.StoriesOf(ctx, a.ID)
	if err != nil || stories[0].ID == "" {
		return []news.Article{a}, err
	}
	all, err := shelf.Articles(ctx, ids(stories[0].Members, func(m news.Member) string { return m.Article })...)
	return slices.DeleteFunc(all, func(a news.Article) bool { return a.ID == "" }), err
}

// order writes the decision down and puts it on the wire.
func (c *withdrawCmd) order(ctx context.Context, h *house, a news.Article) error {
	if a.Withdrawn.IsZero() == c.Undo {
		return nil // it is so already
	}
	what := "withdraw"
	if c.Undo {
		what = "withdraw.undo"
	}
	const who = "tinhub withdraw"
	now := time.Now().UTC()
	d := news.Decision{At: now, Who: who, What: what, Subject: a.ID, Reason: c.Reason}
	if err := store.NewAudit(h.core, h.settings.keep()).Add(ctx, d); err != nil {
		return err
	}
	e := news.GoneEntry(a, news.Withdrawal{At: now, By: who, Reason: c.Reason, Back: c.Undo})
	return store.NewWire(h.core, h.settings.keep()).Order(ctx, e)
}

// settle lets the curator, here or elsewhere, act on the order.
func (c *withdrawCmd) settle(ctx context.Context, h *house) error {
	err := curate(ctx, h, c.Wait)
	if errors.Is(err, errUncurated) {
		return fmt.Errorf("the order is stored and in the audit log, but was not acted on within %s; a running serve acts on it as soon as it can", c.Wait)
	}
	return err
}

// print says what became of each article.
func (c *withdrawCmd) print(p *program, h *house, before []news.Article) error {
	which := ids(before, func(a news.Article) string { return a.ID })
	articles, err := store.NewShelf(h.core).Articles(p.ctx, which...)
	if err != nil {
		return err
	}
	stories, err := store.NewDesk(h.core, h.settings.keep()).StoriesOf(p.ctx, which...)
	if err != nil {
		return err
	}
	for i, a := range articles {
		r := withdrawnResult{Article: a.ID, Title: a.Title, Link: a.Link, Story: stories[i].ID, State: "withdrawn"}
		if a.Withdrawn.IsZero() {
			r.State = "back"
		}
		if before[i].Withdrawn.IsZero() == a.Withdrawn.IsZero() {
			r.State = "as it was before: " + r.State
		}
		if c.JSON {
			err = p.json(r)
		} else {
			_, err = fmt.Fprintf(p.out, "%s: %s  %s  %s\n", r.State, r.Article, r.Title, r.Link)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
