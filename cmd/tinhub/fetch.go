package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"tinhub/news"
	"tinhub/store"
)

type fetchCmd struct {
	configFlag
	JSON    bool          `help:"Print one JSON object a line, one for each source."`
	Wait    time.Duration `default:"2m" help:"How long to wait for sources that a running serve polls, and for curating."`
	Sources []string      `arg:"" optional:"" name:"source" help:"Ids of sources (default: all enabled ones)."`
}

func (fetchCmd) Help() string {
	return `It works beside a running serve: what that one holds, it is asked to poll. A source that asked to be
left alone (Retry-After) is left alone. With any source that can't be read the exit code is 1.

Example:
  tinhub fetch
  tinhub fetch -c tinhub.yaml bao-ca-mau bao-an-giang`
}

// A fetched source is one line of the table.
type fetched struct {
	Source   string      `json:"source"`
	Name     string      `json:"name"`
	State    news.Health `json:"state"`
	Status   int         `json:"status,omitempty"`
	Entries  int         `json:"entries"`
	New      int         `json:"new"`
	Changed  int         `json:"changed"`
	Rejected int         `json:"rejected"`
	Bytes    int64       `json:"bytes"`
	TookMS   int64       `json:"took_ms"`
	Detail   string      `json:"detail,omitempty"`
	Next     *time.Time  `json:"next,omitempty"`
}

func (c *fetchCmd) Run(p *program) error {
	s, err := c.load(p)
	if err != nil {
		return err
	}
	roles, _ := parseRoles("fetch,curate") // both are known
	h, err := openHouse(p.ctx, s, roles, p.logger(levelQuiet))
	if err != nil {
		return err
	}
	defer h.close()
	sources, err := c.choose(h.roster.Sources())
	if err != nil {
		return err
	}
	if len(sources) == 0 {
		return errors.New("no source is enabled: set enabled: true on one, or name one")
	}
	lines, err := c.poll(p, h, sources)
	if err == nil {
		if err = curate(p.ctx, h, c.Wait); errors.Is(err, errUncurated) {
			err = fmt.Errorf("the news was polled but not curated within %s; a running serve goes on with it", c.Wait)
		}
	}
	if perr := c.print(p.out, lines, s.zone()); perr != nil {
		return perr
	}
	if err != nil {
		return err
	}
	for _, l := range lines {
		if !reachable(l.State) {
			return errSaid // the table says it
		}
	}
	return nil
}

// choose is the sources that are named, or all enabled ones.
func (c *fetchCmd) choose(all []news.Source) ([]news.Source, error) {
	var chosen []news.Source
	if len(c.Sources) == 0 {
		for _, s := range all {
			if s.Enabled {
				chosen = append(chosen, s)
			}
		}
		return chosen, nil
	}
	for _, id := range c.Sources {
		i := slices.IndexFunc(all, func(s news.Source) bool { return s.ID == id })
		if i < 0 {
			return nil, unknown("source", id, ids(all, sourceID))
		}
		if !slices.ContainsFunc(chosen, func(s news.Source) bool { return s.ID == id }) {
			chosen = append(chosen, all[i])
		}
	}
	return chosen, nil
}

// poll polls the sources, here or in the process that holds them.
func (c *fetchCmd) poll(p *program, h *house, sources []news.Source) ([]fetched, error) {
	names := map[string]string{}
	for _, s := range sources {
		names[s.ID] = s.Name
	}
	bar := newProgress(p, len(sources), "polling")
	defer bar.end()
	var lines []fetched
	progress := func(s news.SourceState, why string, err error) {
		l := lineOf(s, why, err)
		l.Name = names[s.Source]
		lines = append(lines, l)
		bar.step(l.Source + ": " + string(l.State))
	}
	held, err := h.fetcher.Once(p.ctx, sources, progress)
	if err != nil && p.ctx.Err() != nil {
		return lines, err
	}
	if len(held) > 0 { // faults of single sources are in the lines
		ctx, cancel := context.WithTimeout(p.ctx, c.Wait)
		defer cancel()
		err = h.fetcher.Await(ctx, held, h.overview.wire, progress)
		if err != nil {
			return lines, err
		}
	}
	slices.SortFunc(lines, func(a, b fetched) int { return cmp.Compare(a.Source, b.Source) })
	return lines, nil
}

// lineOf is what is said of a source that was polled.
func lineOf(s news.SourceState, why string, err error) fetched {
	l := fetched{Source: s.Source, State: s.Health, Detail: s.Detail}
	if n := len(s.History); n > 0 {
		last := s.History[n-1]
		l.Status, l.Entries, l.New, l.Changed, l.Rejected = last.Status, last.Entries, last.New, last.Changed, last.Rejected
		l.Bytes, l.TookMS = last.Bytes, last.Took.Milliseconds()
		l.Detail = cmp.Or(l.Detail, last.Detail)
	}
	if !s.Next.IsZero() {
		l.Next = &s.Next
	}
	if err != nil {
		l.State, l.Detail = news.Failing, err.Error()
	}
	l.Detail = cmp.Or(l.Detail, why)
	return l
}

// curate lets the curator, here or elsewhere, come to the end of what is on the
// wire. errUncurated: it did not within wait, and goes on where serve runs.
func curate(ctx context.Context, h *house, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	work, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		supervise(work, h.log, "curator", h.curator.Run)
	}()
	err := curated(ctx, h.core, h.settings.keep())
	stop()
	<-ended
	if errors.Is(err, context.DeadlineExceeded) {
		return errUncurated
	}
	return err
}

// errUncurated says that what is stored waits for a curator.
var errUncurated = errors.New("not curated in time")

// curated waits until nothing on the wire or in an article log is unread.
func curated(ctx context.Context, core store.Core, keep store.Keep) error {
	shelf, desk := store.NewShelf(core), store.NewDesk(core, keep)
	for shard := 0; shard < news.Shards; {
		wired, err := shelf.Wire(ctx, shard, 1)
		if err != nil {
			return err
		}
		changed, err := desk.Changed(ctx, shard, 1)
		if err != nil {
			return err
		}
		if len(wired) == 0 && len(changed) == 0 {
			shard++
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// print writes the table, or JSON lines.
func (c *fetchCmd) print(out io.Writer, lines []fetched, zone *time.Location) error {
	if c.JSON {
		p := &program{out: out}
		for _, l := range lines {
			if err := p.json(l); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.StripEscape)
	fmt.Fprintln(w, "SOURCE\tSTATE\tENTRIES\tNEW\tCHANGED\tSET ASIDE\tKB\tSECONDS\tNEXT\tWHAT")
	total := fetched{}
	for _, l := range lines {
		next := ""
		if l.Next != nil {
			next = l.Next.In(zone).Format("15:04:05")
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%.1f\t%.2f\t%s\t%s\n", l.Source, l.State, l.Entries, l.New, l.Changed, l.Rejected,
			float64(l.Bytes)/1024, float64(l.TookMS)/1000, next, news.Excerpt(strings.ReplaceAll(l.Detail, "\n", " "), 80))
		total.Entries += l.Entries
		total.New += l.New
		total.Changed += l.Changed
		total.Rejected += l.Rejected
		total.Bytes += l.Bytes
	}
	fmt.Fprintf(w, "%d sources\t\t%d\t%d\t%d\t%d\t%.1f\t\t\t\n", len(lines), total.Entries, total.New, total.Changed, total.Rejected, float64(total.Bytes)/1024)
	return w.Flush()
}
