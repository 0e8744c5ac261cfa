package fetcher

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"tinhub/fetcher/client"
	"tinhub/fetcher/feed"
	"tinhub/news"
)

// Deps are what the fetcher works with.
type Deps struct {
	Wire   Wire
	Leases Leases
	Pages  Pages  // nil: no article page is read
	Links  Links  // nil: no published address is looked at again
	Notes  Notes  // what hubs sent; nil: nothing
	Hints  Hints  // nil: what is asked for by hand is noticed a little later
	Robots Robots // what pages may be read; nil: all (feeds are never asked about)
	Client Client // nil: one with default limits
}

// Options are the fetcher's settings; the zero value works.
type Options struct {
	Schedule string         // fetch.schedule, cron; default "*/10 * * * *"
	Location *time.Location // of schedules and dates that name no zone; default Asia/Ho_Chi_Minh
	Workers  int            // polls at a time, default 64
	KeepSeen time.Duration  // how long what was seen is remembered, default 400 days
	Holder   string         // names this process; default host, pid and chance
	LeaseTTL time.Duration  // default 15 s

	// Scope is how much of a source's articles may be shown at a time: pages are
	// read where it is all of them. nil: what the agreement says, else the summary.
	Scope func(news.Source, time.Time) news.Scope

	Recheck Rechecking // of published addresses; zero: none is looked at again

	Log     *slog.Logger
	Observe func(Event)      // called after every poll and notification, from its goroutine; for metrics
	Now     func() time.Time // the wall clock; default time.Now
}

// An Event is a poll that was recorded, or what a hub sent.
type Event struct {
	Source string
	Record news.PollRecord
	Late   time.Duration // after it was due, or came
	Shards int           // held by this process
}

// Fetcher polls sources. Make it with New, tell it the sources with SetSources,
// and let it Run.
type Fetcher struct {
	wire    Wire
	leases  Leases
	hints   Hints
	robots  Robots
	pages   Pages
	links   Links
	notes   Notes
	client  Client
	opt     Options
	log     *slog.Logger
	now     func() time.Time
	parse   func(*visit, *client.Response) (feed.Document, error)
	parsing chan struct{} // a place for each document that is being parsed

	running atomic.Pointer[run] // while Run does

	mu      sync.Mutex
	sources map[string]source // by id; guarded by mu
	changed chan struct{}     // closed and replaced when sources changes; guarded by mu
}

// A source is a news.Source with what follows from it.
type source struct {
	news.Source
	shard  int
	timing Timing
	loc    *time.Location
	host   string // of its limits
}

// New makes a fetcher. It starts nothing. The error names a setting that cannot be used.
func New(d Deps, o Options) (*Fetcher, error) {
	o.Schedule = cmp.Or(o.Schedule, "*/10 * * * *")
	if o.Location == nil {
		loc, err := time.LoadLocation("Asia/Ho_Chi_Minh")
		if err != nil {
			return nil, fmt.Errorf("find the default time zone: %w (link time/tzdata into the program)", err)
		}
		o.Location = loc
	}
	if _, err := news.ParseSchedule(o.Schedule, o.Location); err != nil {
		return nil, fmt.Errorf("fetch.schedule: %w", err)
	}
	o.Workers = cmp.Or(o.Workers, 64)
	o.KeepSeen = cmp.Or(o.KeepSeen, 400*24*time.Hour)
	o.LeaseTTL = cmp.Or(o.LeaseTTL, 15*time.Second)
	if o.Holder == "" {
		host, _ := os.Hostname()
		o.Holder = fmt.Sprintf("%s-%d-%s", host, os.Getpid(), rand.Text()[:6])
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Observe == nil {
		o.Observe = func(Event) {}
	}
	if o.Scope == nil {
		o.Scope = agreedScope
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if d.Client == nil {
		d.Client = client.New(client.Options{})
	}
	return &Fetcher{
		wire: d.Wire, leases: d.Leases, hints: d.Hints, robots: d.Robots, pages: d.Pages, links: d.Links, notes: d.Notes, client: d.Client, opt: o, log: o.Log, now: o.Now,
		parse: parse, parsing: make(chan struct{}, 2*runtime.GOMAXPROCS(0)),
		sources: map[string]source{}, changed: make(chan struct{}),
	}, nil
}

// SetSources says which sources there are, from now on; disabled ones are not
// polled. It may be called at any time. The error names every source that cannot
// be polled as it is configured; the others are.
func (f *Fetcher) SetSources(all []news.Source) error {
	made := make(map[string]source, len(all))
	var faults []error
	for _, s := range all {
		if !s.Enabled {
			continue
		}
		src, err := f.prepare(s)
		if err != nil {
			faults = append(faults, fmt.Errorf("source %s: %w", s.ID, err))
			continue
		}
		made[s.ID] = src
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sources = made
	close(f.changed)
	f.changed = make(chan struct{})
	return errors.Join(faults...)
}

// prepare works out what follows from a source's configuration.
func (f *Fetcher) prepare(s news.Source) (source, error) {
	out := source{Source: s, shard: news.ShardOf(s.Family()), loc: f.opt.Location}
	if s.Timezone != "" {
		loc, err := news.LoadZone(s.Timezone)
		if err != nil {
			return source{}, err
		}
		out.loc = loc
	}
	spec, zone := s.Schedule, out.loc
	if spec == "" {
		spec, zone = f.opt.Schedule, f.opt.Location
	}
	schedule, err := news.ParseSchedule(spec, zone)
	if err != nil {
		return source{}, err
	}
	out.timing = NewTiming(s.ID, schedule, s.Schedule != "", f.now())
	if out.host, err = client.HostKey(s.Address()); err != nil {
		out.host = "" // such a source fails by itself, visibly
	}
	return out, nil
}

// known are the sources as they are now, and a channel that closes when they change.
func (f *Fetcher) known() (map[string]source, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sources, f.changed
}

// parse reads a document with what is known of its source.
func parse(v *visit, resp *client.Response) (feed.Document, error) {
	if v.src.isPage() {
		return parseSection(v, resp)
	}
	o := feed.Options{
		Source: v.src.Source, URL: resp.URL, ContentType: resp.Header.Get("Content-Type"),
		ContentLocation: resp.Header.Get("Content-Location"), Language: resp.Header.Get("Content-Language"),
		Now: v.at, Location: v.src.loc, About: v.about,
	}
	if v.memo != nil {
		o.Known = v.memo.knows
	}
	return feed.Parse(resp.Body, o)
}

// Run polls until ctx ends: it takes its share of the shards, and gives them
// back at the end. Failures of the store are waited out: nothing is polled
// without a lease, and leases are tried for again.
func (f *Fetcher) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	r := newRun(ctx, f)
	f.running.Store(r)
	defer f.running.Store(nil)
	g.Go(func() error { return r.poll(ctx) })
	g.Go(func() error { return r.keep(ctx) })
	g.Go(func() error { return r.listen(ctx) })
	g.Go(func() error { return r.complete(ctx) })
	g.Go(func() error { return r.recheck(ctx) })
	err := g.Wait()
	r.leave()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
