package fetcher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tinhub/news"
)

// A reader reads article pages beside the polls of a run: of each paper one at
// a time, so that neither a paper's polls nor another paper wait for it.
type reader struct {
	r       *run
	wake    chan struct{} // holds one token when the loop has to look again
	flights sync.WaitGroup

	mu    sync.Mutex // guards what follows
	lists map[int]*pageList
	lanes map[string]*lane // by family of the paper
	busy  int              // pages being read
}

// A pageList is what is due of a shard, as far as it was listed.
type pageList struct {
	shard *shard // that it was listed for
	due   []news.Page
	at    time.Time
	stale bool // something was queued since
}

// A lane is a paper's way to its pages.
type lane struct {
	busy   bool
	until  time.Time // not before
	faults int       // of its host, in a row
}

const (
	listEvery = 10 * time.Second // pages whose time comes are noticed within
	mostPages = 32               // read at a time
	maxLane   = time.Hour        // that a host is left alone at most, unless it asks for more
)

func newReader(r *run) *reader {
	return &reader{r: r, wake: make(chan struct{}, 1), lists: map[int]*pageList{}, lanes: map[string]*lane{}}
}

func (d *reader) look() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// queued notes that a poll was recorded. run.mu may be held.
func (d *reader) queued(v *visit) {
	if len(v.pages) == 0 {
		return
	}
	d.mu.Lock()
	if l := d.lists[v.shard]; l != nil {
		l.stale = true
	}
	d.mu.Unlock()
	d.look()
}

// complete reads pages until ctx ends.
func (r *run) complete(ctx context.Context) error {
	d := r.reader
	defer d.flights.Wait()
	if r.f.pages == nil {
		return nil
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		wait, _ := d.round(ctx)
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		case <-d.wake:
		}
	}
}

// drain reads what is due of the run's sources, for a while at most: what is left
// is read by whoever comes next.
func (d *reader) drain(ctx context.Context, most time.Duration) {
	if d.r.f.pages == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	defer d.flights.Wait()
	for {
		wait, left := d.round(ctx)
		if left == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(wait, time.Second)):
		case <-d.wake:
		}
	}
}

// round starts what can be started. It says how long to sleep, and how many
// pages of known sources are due, at hosts that answer, or being read.
func (d *reader) round(ctx context.Context) (wait time.Duration, left int) {
	now := d.r.f.now()
	d.r.mu.Lock()
	sources := d.r.sources
	d.r.mu.Unlock()
	wait = listEvery
	for n, sh := range d.r.ours() {
		if sh.ctx.Err() != nil || ctx.Err() != nil {
			continue
		}
		list, err := d.list(ctx, n, sh, now)
		if err != nil {
			if ctx.Err() == nil {
				d.r.f.log.Error("pages that are due cannot be listed; they wait", "shard", n, "error", err)
			}
			continue
		}
		d.mu.Lock()
		kept := list.due[:0:0]
		for _, p := range list.due {
			src, ok := sources[p.Source]
			if !ok {
				continue // removed or disabled: it is listed again when it is back
			}
			if at, ok := d.enter(src, now); !ok {
				kept = append(kept, p)
				if d.lanes[src.Family()].faults == 0 {
					left++
				}
				if !at.IsZero() {
					wait = min(wait, max(at.Sub(now), 10*time.Millisecond))
				}
				continue
			}
			d.flights.Go(func() { d.leave(src, d.read(sh, n, src, p)) })
		}
		list.due = kept
		d.mu.Unlock()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return wait, left + d.busy
}

// list is what is due of a shard, listed anew now and then.
func (d *reader) list(ctx context.Context, n int, sh *shard, now time.Time) (*pageList, error) {
	d.mu.Lock()
	l := d.lists[n]
	if l != nil && l.shard == sh && !l.stale && now.Sub(l.at).Abs() < listEvery {
		d.mu.Unlock()
		return l, nil
	}
	l = &pageList{shard: sh, at: now}
	d.lists[n] = l // before it is read: what is queued meanwhile makes it stale
	d.mu.Unlock()
	due, err := d.r.f.pages.DuePages(ctx, n, now)
	d.mu.Lock()
	defer d.mu.Unlock()
	l.due = due
	if err != nil {
		l.stale = true
	}
	return l, err
}

// enter takes a paper's lane, or says when to try again (zero: when its page
// comes back). d.mu is held.
func (d *reader) enter(src source, now time.Time) (time.Time, bool) {
	l := d.lanes[src.Family()]
	if l == nil {
		l = &lane{}
		d.lanes[src.Family()] = l
	}
	switch {
	case l.busy, d.busy >= mostPages:
		return time.Time{}, false
	case l.until.After(now):
		return l.until, false
	}
	l.busy = true
	d.busy++
	return time.Time{}, true
}

// leave gives the lane back, and leaves a host alone that is down or wants it.
func (d *reader) leave(src source, look PageLook) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.lanes[src.Family()]
	l.busy = false
	d.busy--
	pause := look.Delay
	if look.HostFault {
		l.faults++
		pause = max(pause, look.RetryAfter, min(5*time.Second<<min(l.faults, 10), maxLane))
	} else {
		l.faults = 0
	}
	l.until = d.r.f.now().Add(pause)
	d.look()
}

// read reads one page and stores what became of it.
func (d *reader) read(sh *shard, n int, src source, due news.Page) (look PageLook) {
	f := d.r.f
	fault := func(err error) PageLook {
		if sh.ctx.Err() == nil && !errors.Is(err, news.ErrFenced) {
			f.log.Error("a page could not be settled; it is read again", "source", src.ID, "error", err)
		}
		return PageLook{HostFault: true} // the store is ill: not again at once
	}
	found, err := f.pages.Pages(sh.ctx, n, src.ID, due.Key)
	if err != nil {
		return fault(err)
	}
	p := found[0]
	if p.Source == "" || p.Done() || p.Entry == nil || p.Due.After(f.now()) {
		return look // settled, or put off, since it was listed
	}
	s := news.PageSettling{Shard: n, Page: p}
	now := f.now()
	if !wantsPage(src.Source, *p.Entry, f.opt.Scope(src.Source, now)) {
		s.Page.Due, s.Page.Entry, s.Page.Detail = time.Time{}, nil, "not read: what is agreed or set has changed"
		if err := d.settle(sh, s); err != nil {
			return fault(err)
		}
		return look
	}
	if look, err = f.Page(sh.ctx, src.Source, p.Entry.Link); err != nil {
		return look // the shard was lost, or the run ends
	}
	now = f.now()
	if look.State == news.PageRead && !ownPage(src.Source, look.Address) {
		look.State, look.Detail = news.PageNoArticle, fmt.Sprintf("it leads to %s, which is none of the paper's hosts; add it to hosts if it is", hostOf(look.Address))
	}
	if look.State == news.PageRead {
		if full := fullOf(&look, now); full != nil {
			e := *p.Entry
			e.Full = full
			e.Title = cmp.Or(e.Title, look.Article.Title) // a sitemap may give an address only
			s.Completed = &e
		}
	}
	s.Page = NextPage(p, look, now)
	if err := d.settle(sh, s); err != nil {
		return fault(err)
	}
	f.log.Debug("read a page", "source", src.ID, "link", p.Entry.Link, "state", s.Page.State, "detail", s.Page.Detail, "again", s.Page.Due)
	return look
}

// settle stores what became of a page.
func (d *reader) settle(sh *shard, s news.PageSettling) error {
	return d.r.write(s.Shard, sh, func(ctx context.Context, l news.Lease) error {
		s.Lease = l
		return d.r.f.pages.SettlePage(ctx, s)
	})
}

// queuePages decides which of the poll's entries have their pages read. An
// address alone, as sitemaps give, is no news before its page was. Of old
// entries, which stand in the document unchanged, the pages are read that nobody
// wanted when they were new: before an agreement, or before full_text was set.
func (v *visit) queuePages(ctx context.Context, old []news.Entry) error {
	if v.f.pages == nil {
		return nil
	}
	scope := v.f.opt.Scope(v.src.Source, v.at)
	var wanted, told []news.Entry
	var keys []news.Key
	for _, e := range v.entries {
		wants := wantsPage(v.src.Source, e, scope)
		if wants {
			wanted, keys = append(wanted, e), append(keys, e.Key)
		}
		if !bare(e) {
			told = append(told, e)
		} else if !wants {
			v.rejected = append(v.rejected, news.Rejected{Reason: "an address without a title, whose page is not to be read", Link: e.Link, At: v.at})
		}
	}
	v.entries = told
	changed := len(wanted)
	for _, e := range old {
		if e.Source, e.Seen = v.src.ID, v.at; wantsPage(v.src.Source, e, scope) {
			wanted, keys = append(wanted, e), append(keys, e.Key)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	known, err := v.f.pages.Pages(ctx, v.shard, v.src.ID, keys...)
	if err != nil {
		return fmt.Errorf("look up the pages of %s: %w", v.src.ID, err)
	}
	for i := range wanted {
		if i >= changed && known[i].Source != "" {
			continue // it was read already, or will be
		}
		p := requeue(known[i], v.at)
		p.Source, p.Key, p.Entry = v.src.ID, wanted[i].Key, &wanted[i]
		v.pages = append(v.pages, p)
	}
	return nil
}

// bare says that an entry is an address and nothing else.
func bare(e news.Entry) bool { return e.Title == "" && e.Summary == "" && e.Content == "" }
