package publisher

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"tinhub/news"
	"tinhub/publisher/feed"
)

// Deps is what the publisher needs of the store.
type Deps struct {
	Leases  Leases
	Hints   Hints
	Stories Stories
	Fronts  Fronts
	Archive Archive // nil: no archives
	Changes Changes
	Outputs Outputs
}

// Settings is what is published and how; Reload changes all of it while running.
type Settings struct {
	Site     feed.Site      // URL is site.public_url; every link is made from it
	Language string         // "" is "vi"
	Zone     *time.Location // nil is UTC+7

	Topics   []news.Topic
	Sources  []news.Source
	Partners []news.Partner

	Limit            int           // stories a channel that sets none; 0 is 50
	Content          news.Scope    // the most that is shown; "" is summary
	WithoutAgreement news.Scope    // of sources without one in force; "" is summary
	Require          []string      // agency, author, time, link: a story without one of these is not shown
	MinAgencies      int           // agencies that a topic and everything need to be shown at all, and provinces with it; a topic may ask for more
	Formats          []news.Format // of feeds; nil is all
	Hub              string        // address of the WebSub hub, "" when there is none
}

// Options has a usable zero value.
type Options struct {
	Settings

	Holder  string        // who holds the lease; "" is a random name
	Sweep   time.Duration // how often the renderer looks without a hint; 0 is 1 s
	Refresh time.Duration // how often every process compares its outputs with the store's; 0 is 5 s
	Pace    time.Duration // at most one revision of a channel in this time, while many change; 0 is 500 ms
	Quick   float64       // renderings a second, and at once, up to which none waits for its Pace; 0 is 25, negative is none
	Settle  time.Duration // how long a store that was emptied may fill before shorter outputs replace fuller ones; 0 is 15 min
	Folder  string        // keeps the last outputs for a restart without the store; "" keeps none

	TrustedProxies news.Networks // whose X-Forwarded-For is believed
	Rate           float64       // requests a second and address, in the long run; 0 is 50, negative is unlimited
	Burst          int           // requests at once; 0 is 500

	Status  func(context.Context) Status // what the first page says of the sources; nil says nothing
	Observe Observer
	Now     func() time.Time
	Log     *slog.Logger
}

// Status is what the first page says of the sources.
type Status struct {
	Sources   int       // enabled
	Reachable int       // answered lately
	Polled    int       // were ever polled
	Latest    time.Time // the last news that any of them gave; zero: none yet
}

// Observer is told what happens, for metrics. Its functions must be quick; nil
// ones are not called.
type Observer struct {
	// Rendered: a channel was rendered; revisions is how many formats changed, bytes their plain size.
	Rendered func(channel string, took time.Duration, revisions, bytes int)
	// Served: a request was answered. format is rss, atom, json, html or other.
	Served func(format string, status, bytes int)
	// Read: a reader got an output, or was told that he has it.
	Read func(Reading)
	// Index: the search index grew or shrank.
	Index func(stories int, bytes int64)
}

// A Reading is an answer with an output. Who reads is told so that readers can be
// counted, and is not to be kept.
type Reading struct {
	Channel string
	Output  string     // the format, or news.UseWidget
	Partner string     // whose key or page it was; "" is nobody's that is known
	Agent   string     // User-Agent
	From    netip.Addr // not valid: nobody knows
	Bytes   int        // of the body
	Same    bool       // 304: the reader has it
}

// A Publisher renders and serves. Make it with New, start it with Run.
type Publisher struct {
	deps Deps
	opt  Options
	log  *slog.Logger
	now  func() time.Time

	view    atomic.Pointer[view]
	memory  memory
	deltas  deltas
	index   index
	limiter limiter
	front   atomic.Pointer[front]

	archiving chan struct{} // its capacity is how many archives are made at once
	redo      chan struct{} // capacity 1: render everything anew
	rendering atomic.Bool   // this process holds the lease
	warm      chan struct{} // closed when the stored outputs were read once, or the folder's in their place
	warmOnce  sync.Once
	contact   atomic.Int64 // Unix nanoseconds of the last answer of the store
	lagging   atomic.Int64 // since when the renderer fails to render, 0 when it does not

	damaged map[string]int64  // revision that a channel had when it could not be read; used by the renderer
	saved   map[string]*shown // what the folder holds; used by follow, and before and after it

	epochMu  sync.Mutex
	epoch    string    // guarded by epochMu: of the store that the outputs were rendered from
	settling time.Time // guarded by epochMu: until when the store fills
}

// New makes a publisher; nothing runs before Run.
func New(deps Deps, opt Options) *Publisher {
	def(&opt.Holder, "publisher-"+rand.Text())
	def(&opt.Sweep, time.Second)
	def(&opt.Refresh, 5*time.Second)
	def(&opt.Pace, 500*time.Millisecond)
	def(&opt.Quick, 25)
	def(&opt.Settle, 15*time.Minute)
	def(&opt.Rate, 50)
	def(&opt.Burst, 500)
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	p := &Publisher{
		deps: deps, opt: opt, log: opt.Log, now: opt.Now,
		archiving: make(chan struct{}, 2),
		redo:      make(chan struct{}, 1), warm: make(chan struct{}), saved: map[string]*shown{}, damaged: map[string]int64{},
	}
	p.limiter.allow(opt.Rate, opt.Burst)
	p.index.reset()
	p.memory.began = p.deltas.note
	p.look(opt.Settings)
	return p
}

// Reload changes what is published, and renders everything anew.
func (p *Publisher) Reload(s Settings) {
	p.look(s)
	p.renderAll()
}

func (p *Publisher) renderAll() {
	select {
	case p.redo <- struct{}{}:
	default:
	}
}

// look makes the view that everything is seen by.
func (p *Publisher) look(s Settings) {
	v := newView(s)
	v.archived = p.deps.Archive != nil
	p.view.Store(v)
}

// def sets what was left at zero.
func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
