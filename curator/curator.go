package curator

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"tinhub/news"
)

// Deps is what a curator works with.
type Deps struct {
	Leases  Leases
	Hints   Hints
	Shelf   Shelf
	Desk    Desk
	Archive Archive
	Orders  Orders // nil: nobody decides by hand
	Audit   Audit  // nil: what sources withdraw is written down nowhere else
	Late    Latecomers
}

// Options of a curator. The zero value curates without topics.
type Options struct {
	Sources func() []news.Source // all, also disabled ones; nil: none
	Topics  func() []news.Topic  // nil: none

	// Changed signals that Sources or Topics give something else: they are read
	// anew, and what is kept is filed again behind the news. It is never closed.
	Changed <-chan struct{}

	Terms    Terms
	KeepSeen time.Duration // how long identity keys are kept; 0 means 400 days
	Grouper  Grouper       // nil means Alone

	Recheck  time.Duration // after which a new article's address is first looked at again; 0: never
	Evidence time.Duration // how long what was withdrawn is kept sealed; 0 means 730 days

	Holder   string        // names this process among those that curate
	LeaseTTL time.Duration // 0 means 10 s
	Sweep    time.Duration // how often all shards are looked at without a hint; 0 means 1 s
	Batch    int           // entries or articles in one write; 0 means 100

	Now func() time.Time // nil means time.Now
	Log *slog.Logger     // nil discards
}

// The name of the lease that all curating writes carry.
const leaseName = "curate"

// Defaults of Options.
const (
	defaultEvidence = 730 * 24 * time.Hour
	defaultKeepSeen = 400 * 24 * time.Hour
	defaultTTL      = 10 * time.Second
	defaultSweep    = time.Second
	defaultBatch    = 100
)

func (o Options) withDefaults() Options {
	if o.Sources == nil {
		o.Sources = func() []news.Source { return nil }
	}
	if o.Topics == nil {
		o.Topics = func() []news.Topic { return nil }
	}
	if o.Grouper == nil {
		o.Grouper = Alone{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.KeepSeen <= 0 {
		o.KeepSeen = defaultKeepSeen
	}
	if o.Evidence <= 0 {
		o.Evidence = defaultEvidence
	}
	if o.LeaseTTL <= 0 {
		o.LeaseTTL = defaultTTL
	}
	if o.Sweep <= 0 {
		o.Sweep = defaultSweep
	}
	if o.Batch <= 0 {
		o.Batch = defaultBatch
	}
	return o
}

// A Curator turns the wire into articles, stories and filings, in whichever
// process has the lease; the others stand by.
type Curator struct {
	deps Deps
	o    Options
	lens atomic.Pointer[lens]
}

// New makes a curator. Nothing runs before Run.
func New(d Deps, o Options) *Curator {
	c := &Curator{deps: d, o: o.withDefaults()}
	c.reload()
	return c
}

// reload reads sources and topics.
func (c *Curator) reload() {
	l, errs := newLens(c.o.Topics(), c.o.Sources(), c.o.Terms)
	for _, err := range errs {
		c.o.Log.Error("a topic is left out until its rule is mended", "error", err)
	}
	c.lens.Store(l)
}

// Run curates until ctx ends. It returns nil then; faults of the store are
// waited out, never returned.
func (c *Curator) Run(ctx context.Context) error {
	var faults backoff
	for ctx.Err() == nil {
		lease, err := c.deps.Leases.Take(ctx, leaseName, c.o.Holder, c.o.LeaseTTL)
		switch {
		case errors.Is(err, news.ErrHeld):
			faults = backoff{}
			c.standBy(ctx, c.o.LeaseTTL/4)
			continue
		case err != nil:
			if ctx.Err() == nil {
				c.o.Log.Warn("the lease to curate cannot be taken; trying again", "error", err)
			}
			c.standBy(ctx, faults.next())
			continue
		}
		faults = backoff{}
		c.o.Log.Info("curating", "token", lease.Token)
		c.reload()
		newTerm(c, lease).run(ctx)
	}
	return nil
}

// standBy waits, and takes notice of changes meanwhile, so that whoever signals
// them is never held up by a process that stands by.
func (c *Curator) standBy(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-c.o.Changed: // read again when the lease is taken
		}
	}
}
