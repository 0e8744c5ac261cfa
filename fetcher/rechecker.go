package fetcher

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tinhub/fetcher/client"
	"tinhub/fetcher/page"
	"tinhub/news"
)

// A rechecker looks whether published articles are still at their addresses,
// beside the polls of a run: of each paper one at a time, through the host's
// limits, so that nothing else waits for it.
type rechecker struct {
	r       *run
	o       Rechecking
	flights sync.WaitGroup

	mu        sync.Mutex // guards what follows
	busy      map[string]bool
	standings map[string]*standing // by family of the paper
}

// mostLinks is how many plans are listed at once, and how many addresses are
// looked at at a time.
const (
	mostLinks  = 256
	mostGlance = 16
)

// recheck looks at addresses until ctx ends.
func (r *run) recheck(ctx context.Context) error {
	o := r.f.opt.Recheck
	if r.f.links == nil || o.First <= 0 {
		return nil
	}
	c := &rechecker{r: r, o: o, busy: map[string]bool{}, standings: map[string]*standing{}}
	defer c.flights.Wait()
	every := min(listEvery, max(o.First/4, 250*time.Millisecond))
	if o.Confirm > 0 {
		every = min(every, max(o.Confirm/4, 250*time.Millisecond))
	}
	beat := time.NewTicker(every)
	defer beat.Stop()
	for {
		c.round(ctx)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-beat.C:
		}
	}
}

// round starts the looks that are due and can be made now.
func (c *rechecker) round(ctx context.Context) {
	c.r.mu.Lock()
	sources := c.r.sources
	c.r.mu.Unlock()
	for n, sh := range c.r.ours() {
		if sh.ctx.Err() != nil || ctx.Err() != nil {
			continue
		}
		plans, articles, err := c.r.f.links.DueLinks(ctx, n, c.r.f.now(), mostLinks)
		if err != nil {
			if ctx.Err() == nil {
				c.r.f.log.Error("addresses that are due cannot be listed; they wait", "shard", n, "error", err)
			}
			continue
		}
		papers := map[string][]published{}
		for i, p := range plans {
			papers[articles[i].Family] = append(papers[articles[i].Family], published{p, articles[i]})
		}
		for paper, due := range papers {
			c.begin(ctx, sh, n, sources, paper, due)
		}
	}
}

// published is an article with the plan to look at its address.
type published struct {
	plan    news.Recheck
	article news.Article
}

// begin looks at what is due of a paper, one after the other, unless that is being
// done.
func (c *rechecker) begin(ctx context.Context, sh *shard, n int, sources map[string]source, paper string, due []published) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy[paper] || len(c.busy) >= mostGlance {
		return
	}
	c.busy[paper] = true
	c.flights.Go(func() {
		defer func() {
			c.mu.Lock()
			delete(c.busy, paper)
			c.mu.Unlock()
		}()
		for _, d := range due {
			if ctx.Err() != nil || sh.ctx.Err() != nil {
				return
			}
			src, known := sources[d.article.Source]
			if err := c.look(sh, n, src, known, d.plan, d.article); err != nil {
				if sh.ctx.Err() == nil && !errors.Is(err, news.ErrFenced) {
					c.r.f.log.Error("a look at an address could not be settled; it is made again", "article", d.plan.Article, "error", err)
				}
				return
			}
		}
	})
}

// look makes one look and stores what it means.
func (c *rechecker) look(sh *shard, n int, src source, known bool, p news.Recheck, a news.Article) error {
	s := news.LinkSettling{Shard: n, Recheck: p}
	now := c.r.f.now()
	switch {
	case a.ID == "", !a.Withdrawn.IsZero(), a.Link == "":
		s.Drop = true
		return c.settle(sh, s)
	case !known: // its source is removed or disabled, and may be back
		s.Recheck.Due = now.Add(24 * time.Hour)
		return c.settle(sh, s)
	}
	wants := rereads(src.Source, a, c.r.f.opt.Scope(src.Source, now))
	text := knownText(p, a)
	look, err := c.r.f.glance(sh.ctx, src.Source, a.Link, p, wants, text != "")
	if err != nil {
		return err
	}
	now = c.r.f.now()
	re := Relooked(p, look, a.FirstSeen, now, c.o)
	var full *news.Full
	switch {
	case look.State != news.PageRead || look.Status == http.StatusNotModified:
	case !wants:
		re.Next.ETag, re.Next.LastModified = look.ETag, look.LastModified
	case ownPage(src.Source, look.Address):
		if full = fullOf(&look, now); full != nil {
			re = re.Reread(text, textKey(full.HTML), look, c.o)
		}
	}
	re, redesigned := c.weigh(a.Family, re, look, now)
	s.Recheck = re.Next
	switch {
	case re.Gone:
		e := news.GoneEntry(a, news.Withdrawal{At: now, By: news.BySource, Reason: re.Reason})
		s.Told, s.Drop = &e, true
		c.r.f.log.Info("an article was withdrawn by its source", "article", a.ID, "link", a.Link, "reason", re.Reason)
	case re.Edited:
		full.Edited = !redesigned
		e := a.Entry
		e.Full, e.Seen = full, now
		s.Told = &e
		c.r.f.log.Info("a page reads otherwise than before, and no feed says so", "article", a.ID, "link", a.Link, "redesigned", redesigned)
	}
	return c.settle(sh, s)
}

// weigh holds a look against the last ones at the paper's pages.
func (c *rechecker) weigh(paper string, re Relook, look PageLook, now time.Time) (_ Relook, redesigned bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := c.standings[paper]
	if st == nil {
		st = &standing{}
		c.standings[paper] = st
	}
	if look.State != news.PageFailing && look.State != news.PageBlocked {
		st.note(look.State == news.PageMissing, re.Edited)
	}
	return postponed(re, st, now), st.redesigned()
}

// glance asks an address whether its article is still there, politely, and reads
// the article only where it is wanted. Where it is wanted and not known what it
// said, no validators are sent: "not modified" would not tell.
func (f *Fetcher) glance(ctx context.Context, src news.Source, address string, p news.Recheck, wants, known bool) (PageLook, error) {
	q, read := pageRequest(src, address), glimpse
	if wants {
		read = f.reading(src)
	}
	if !wants || known {
		q = conditional(q, p)
	}
	return f.visitPage(ctx, q, read)
}

// glimpse says whether an answer is an article or a page that says there is none.
func glimpse(look *PageLook, resp *client.Response) {
	look.State = news.PageRead
	if page.Missing(resp.Body, resp.Header.Get("Content-Type")) {
		look.State, look.Detail = news.PageMissing, fmt.Sprintf("%d, and the page says that there is no such article", resp.Status)
	}
}

// settle stores what became of a look.
func (c *rechecker) settle(sh *shard, s news.LinkSettling) error {
	return c.r.write(s.Shard, sh, func(ctx context.Context, l news.Lease) error {
		s.Lease = l
		return c.r.f.links.SettleLink(ctx, s)
	})
}
