// Package press is a simulated provincial press on loopback: several papers
// with feeds, article pages and the quirks of real ones, whose editors publish,
// copy wire news, edit, correct and take down, every few seconds or step by
// step. What it tells is newly written and harmless; what it did is kept in a
// ledger, so that a test can compare what was served with what came out.
//
// The same seed and the same steps give the same news.
package press

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"
)

// Options says what the press is like. The zero value is the demo's press.
type Options struct {
	Seed    uint64           // of everything that looks random; 0 is a seed like another
	Papers  []Paper          // nil: DemoPapers
	Initial int              // stories that each healthy paper has at the start; 0: 4, negative: none
	Every   time.Duration    // how often the editors do something; 0: 3 s, negative: only when Step is called
	Window  int              // how many entries a feed shows; 0: 30
	Now     func() time.Time // nil: time.Now
	Log     *slog.Logger     // nil: discard
}

// Press is a number of papers and the newsroom behind them.
type Press struct {
	o         Options
	now       func() time.Time
	log       *slog.Logger
	templates templates
	papers    []*running

	mu    sync.Mutex // guards what follows, and what running says it guards
	rng   *rand.Rand
	items []*item // everything ever published, by number from 1
	steps int
	used  map[string]int // how often each template was told
	stats map[string]*Traffic

	servers []*http.Server
}

// running is a paper that is being served.
type running struct {
	Paper
	base   string // "http://127.0.1.1:40001", once started
	server *http.Server

	// Guarded by Press.mu.
	shown   []*item // newest first
	fetches int     // of its feed
	guids   int     // how often all its guids changed
	cms     int     // and its addresses
}

// An Address is where a paper can be read.
type Address struct {
	Paper
	Homepage string
	Feed     string
}

// New makes a press. Start serves it.
func New(o Options) (*Press, error) {
	t, err := readTemplates()
	if err != nil {
		return nil, err
	}
	if o.Papers == nil {
		o.Papers = DemoPapers()
	}
	if o.Initial == 0 {
		o.Initial = 4
	}
	if o.Every == 0 {
		o.Every = 3 * time.Second
	}
	if o.Window <= 0 {
		o.Window = 30
	}
	p := &Press{
		o: o, now: o.Now, log: o.Log, templates: t,
		rng:  rand.New(rand.NewPCG(o.Seed, 0x74696e)),
		used: map[string]int{}, stats: map[string]*Traffic{},
	}
	if p.now == nil {
		p.now = time.Now
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	for _, paper := range o.Papers {
		p.papers = append(p.papers, &running{Paper: paper})
	}
	return p, nil
}

// Start listens, serves until ctx ends and, unless Options.Every is negative,
// lets the editors work. Each paper has a loopback address of its own where the
// system has them (127.0.1.1, 127.0.1.2 …), since a paper is known by its host.
func (p *Press) Start(ctx context.Context) ([]Address, error) {
	var listeners []net.Listener
	for i, r := range p.papers {
		l, err := listen(ctx, i)
		if err != nil {
			for _, open := range listeners {
				open.Close()
			}
			return nil, fmt.Errorf("simulated paper %s: %w", r.ID, err)
		}
		listeners = append(listeners, l)
		r.base = "http://" + l.Addr().String()
	}
	p.firstEdition()
	for i, r := range p.papers {
		r.server = &http.Server{
			Handler:           p.handler(r),
			ReadHeaderTimeout: 5 * time.Second,
			BaseContext:       func(net.Listener) context.Context { return ctx },
		}
		go p.serve(r, r.server, listeners[i])
	}
	context.AfterFunc(ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, s := range p.servers {
			s.Close()
		}
	})
	if p.o.Every > 0 {
		go p.work(ctx)
	}
	return p.Addresses(), nil
}

// serve answers for a paper until its server is closed.
func (p *Press) serve(r *running, s *http.Server, l net.Listener) {
	p.mu.Lock()
	p.servers = append(p.servers, s)
	p.mu.Unlock()
	if err := s.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
		p.log.Error("a simulated paper stopped", "paper", r.ID, "err", err)
	}
}

// listen opens the i-th paper's loopback address.
func listen(ctx context.Context, i int) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", fmt.Sprintf("127.0.1.%d:0", i+1))
	if err != nil { // a system with 127.0.0.1 alone
		return lc.Listen(ctx, "tcp", "127.0.0.1:0")
	}
	return l, nil
}

// work lets the editors do something at each tick.
func (p *Press) work(ctx context.Context) {
	tick := time.NewTicker(p.o.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.Step()
		}
	}
}

// Addresses says where each paper can be read, once started.
func (p *Press) Addresses() []Address {
	var list []Address
	for _, r := range p.papers {
		list = append(list, r.address())
	}
	return list
}

func (r *running) address() Address {
	return Address{Paper: r.Paper, Homepage: r.base + "/", Feed: r.base + r.feedPath()}
}
