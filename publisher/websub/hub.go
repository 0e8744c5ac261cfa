package websub

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"tinhub/news"
)

// Deps is what the hub needs of the store and of the network.
type Deps struct {
	Leases        Leases
	Hints         Hints
	Outputs       Outputs
	Subscriptions Subscriptions
	Sender        Sender
}

// Settings is what the hub serves; Reload changes all of it while running.
type Settings struct {
	URL      string // site.public_url; the hub is at URL/hub
	Topics   []news.Topic
	Partners []news.Partner
	Formats  []news.Format // of feeds; nil is all
}

// Options has a usable zero value.
type Options struct {
	Settings

	LeaseMin, Lease, LeaseMax time.Duration // least, default and most; 0 is 5 min, 10 days, 30 days
	Signature                 string        // sha256, sha1, sha384 or sha512; "" is sha256

	Refuse         func(callback string) error // nil error: the network lets it through; asked before anything is stored
	TrustedProxies news.Networks               // whose X-Forwarded-For is believed
	Rate           float64                     // requests a second and address, in the long run; 0 is 10, negative is unlimited
	Burst          int                         // requests at once; 0 is 500

	Holder   string        // who holds leases; "" is a random name
	LeaseTTL time.Duration // of a shard; 0 is 15 s
	Refresh  time.Duration // how often is looked without a hint; 0 is 5 s

	Timeout    time.Duration // of one request to a callback; 0 is 15 s
	Workers    int           // requests at once; 0 is 256
	PerHost    int           // requests at once to one host that answers; 0 is 32
	Slow       int           // requests at once that take longer than Patience, of all hosts; 0 is 2048
	Patience   time.Duration // how long a request holds back others; 0 is 100 ms
	Retry      time.Duration // pause after the first failure, doubled after each; 0 is 1 s
	RetryMost  time.Duration // the longest pause; 0 is 1 h
	VerifyRate float64       // verifications a second and host; 0 is 200

	Observe Observer
	Now     func() time.Time
	Log     *slog.Logger
}

// Observer is told what happens, for metrics. Its functions must be quick; nil
// ones are not called.
type Observer struct {
	// Asked: a request came to /hub and was answered with a status.
	Asked func(mode string, status int)
	// Verified: an intent was confirmed, or not.
	Verified func(mode string, ok bool)
	// Delivered: an attempt to deliver ended as received, gone (410), failed or
	// unreachable; behind is since when the output was published.
	Delivered func(result string, took, behind time.Duration)
	// Taken: a subscriber took an output.
	Taken func(channel string, f news.Format)
	// Owned: how many shards and subscriptions this process keeps.
	Owned func(shards, subscriptions int)
	// Line: how many requests wait and run, and how many hosts do not answer.
	Line func(waiting, running, away int)
}

// A Hub answers at /hub and delivers. Make it with New, start it with Run.
type Hub struct {
	deps Deps
	opt  Options
	log  *slog.Logger
	now  func() time.Time

	topics atomic.Pointer[topics]
	askers limiter[netip.Addr]
	pings  limiter[topic]
	heads  heads
	bodies bodies
	line   *line // to the network

	mu     sync.Mutex     // guards shards
	shards map[int]*shard // that this process owns
	work   sync.WaitGroup // their loops
}

// New makes a hub; nothing runs before Run.
func New(deps Deps, opt Options) *Hub {
	def(&opt.LeaseMin, 5*time.Minute)
	def(&opt.Lease, 240*time.Hour)
	def(&opt.LeaseMax, 720*time.Hour)
	def(&opt.Signature, "sha256")
	def(&opt.Rate, 10)
	def(&opt.Burst, 500)
	def(&opt.Holder, "hub-"+rand.Text())
	def(&opt.LeaseTTL, 15*time.Second)
	def(&opt.Refresh, 5*time.Second)
	def(&opt.Timeout, 15*time.Second)
	def(&opt.Workers, 256)
	def(&opt.PerHost, 32)
	def(&opt.Slow, 2048)
	def(&opt.Patience, 100*time.Millisecond)
	def(&opt.Retry, time.Second)
	def(&opt.RetryMost, time.Hour)
	def(&opt.VerifyRate, 200)
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	h := &Hub{deps: deps, opt: opt, log: opt.Log, now: opt.Now, shards: map[int]*shard{}}
	h.line = newLine(opt, deps.Sender.Lookup)
	h.askers.allow(opt.Rate, opt.Burst)
	h.pings.allow(pingRate, pingBurst)
	h.bodies.outputs, h.bodies.log = deps.Outputs, opt.Log
	h.topics.Store(newTopics(opt.Settings))
	return h
}

// Reload changes what is served. Subscriptions to what is no longer a topic are
// denied.
func (h *Hub) Reload(s Settings) {
	h.topics.Store(newTopics(s))
	for _, s := range h.ours() {
		s.judgeAgain()
	}
}

// Handler answers at /hub. It needs the store only: any process may serve it.
func (h *Hub) Handler() http.Handler { return http.HandlerFunc(h.serve) }

// Run verifies and delivers, for the shards whose leases this process gets,
// until ctx ends.
func (h *Hub) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.followOutputs(ctx) })
	g.Go(func() error { return h.followAsked(ctx) })
	g.Go(func() error { return h.keepShards(ctx) })
	err := g.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// def sets what was left at zero.
func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// pause waits, or returns false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
