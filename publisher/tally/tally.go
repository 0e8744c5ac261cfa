// Package tally counts who reads what, and remembers nobody: requests, deliveries
// and widgets by day, output and kind of reader. A reader is a hash of his address
// and software under the day's salt, which goes into a sketch and nowhere else.
//
// Counting is done in memory, and told to the store twice a minute: a crash loses
// at most that half minute, and never counts anything twice.
package tally

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tinhub/news"
)

// Book is where counts add up, those of all processes.
type Book interface {
	// Add adds the n-th telling of a writer; the same one again adds nothing.
	Add(ctx context.Context, writer string, n int64, uses []news.Use) error
	// Salt is what a day's readers are hashed with, the same for all processes:
	// fresh, unless another was quicker.
	Salt(ctx context.Context, day string, fresh []byte) ([]byte, error)
}

// Options has a usable zero value.
type Options struct {
	Zone   *time.Location // in which days begin; nil is UTC+7
	Writer string         // names this process; "" is a random name
	Every  time.Duration  // how often the book is told; 0 is 30 s
	Now    func() time.Time
	Log    *slog.Logger
}

// A Reading is an answer to a reader.
type Reading struct {
	Channel string
	Output  string
	Partner string     // whose key or page it was
	Agent   string     // User-Agent
	From    netip.Addr // not valid: nobody knows
	Bytes   int        // of the body
	Same    bool       // 304: the reader has it
}

// A Counter counts. Make it with New, start it with Run; the rest is safe for
// concurrent use.
type Counter struct {
	book   Book
	opt    Options
	agents agents
	day    atomic.Pointer[today]

	mu   sync.Mutex
	rows map[row]*news.Use // guarded by mu: what the book was not told

	untold []news.Use // what a telling that failed said; used by Run alone
	n      int64      // of the last telling; used by Run alone
}

// A row is what a count is of.
type row struct{ day, channel, output, reader, partner string }

// today is the present day.
type today struct {
	name       string
	begin, end time.Time
	salt       []byte // nil: not known yet, and readers are not told apart
	next       []byte // of the day that follows
}

// New makes a counter; nothing is told before Run.
func New(book Book, opt Options) *Counter {
	if opt.Zone == nil {
		opt.Zone = time.FixedZone("+07", 7*60*60)
	}
	if opt.Writer == "" {
		opt.Writer = "tally-" + rand.Text()
	}
	if opt.Every == 0 {
		opt.Every = 30 * time.Second
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	return &Counter{book: book, opt: opt, rows: map[row]*news.Use{}}
}

// Read counts an answer to a reader.
func (c *Counter) Read(r Reading) {
	d := c.today()
	a := c.agents.of(r.Agent)
	hash, known := d.hash(r.From, a)
	c.count(row{d.name, r.Channel, r.Output, a.reader, r.Partner}, func(u *news.Use) {
		u.Bytes += int64(r.Bytes)
		u.Subscribers = max(u.Subscribers, a.subscribers)
		if r.Same {
			u.Unchanged++
		}
		if known {
			u.Readers = u.Readers.Add(hash)
		}
	})
}

// Delivered counts an output that a subscriber took from the hub.
func (c *Counter) Delivered(channel string, f news.Format) {
	c.count(row{c.today().name, channel, news.UsePush, string(f), ""}, nil)
}

// Viewed counts a widget's page that was opened in a partner's.
func (c *Counter) Viewed(partner, channel string) {
	c.count(row{c.today().name, channel, news.UseWidget, news.ReaderBrowser, partner}, nil)
}

func (c *Counter) count(r row, more func(*news.Use)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	u := c.rows[r]
	if u == nil {
		u = &news.Use{Day: r.day, Channel: r.channel, Output: r.output, Reader: r.reader, Partner: r.partner}
		c.rows[r] = u
	}
	u.Requests++
	if more != nil {
		more(u)
	}
}

// today is the day that it is, made anew when another begins.
func (c *Counter) today() *today {
	now, d := c.opt.Now(), c.day.Load()
	if d != nil && !now.Before(d.begin) && now.Before(d.end) {
		return d
	}
	now = now.In(c.opt.Zone)
	begin := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, c.opt.Zone)
	next := &today{name: now.Format(time.DateOnly), begin: begin, end: begin.AddDate(0, 0, 1)}
	if d != nil && d.end.Equal(begin) {
		next.salt = d.next
	}
	if !c.day.CompareAndSwap(d, next) {
		return c.day.Load() // as another has it
	}
	return next
}

// hash is a reader as the day's sketches know him: nobody can go from it to the
// address, and when the salt is gone, nobody from the address to it.
func (d *today) hash(from netip.Addr, a agent) (uint64, bool) {
	if d.salt == nil || !from.IsValid() {
		return 0, false
	}
	if from.Is6() { // a household has a /64
		if p, err := from.Prefix(64); err == nil {
			from = p.Addr()
		}
	}
	var text [64]byte
	at := from.As16()
	n := copy(text[:], d.salt)
	n += copy(text[n:], at[:])
	n += copy(text[n:], a.hash[:])
	sum := sha256.Sum256(text[:n])
	return binary.BigEndian.Uint64(sum[:]), true
}

// Run tells the book until ctx ends, and then once more.
func (c *Counter) Run(ctx context.Context) error {
	tick := time.NewTicker(c.opt.Every)
	defer tick.Stop()
	failing := false
	for {
		c.look(ctx)
		err := c.tell(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			c.opt.Log.Warn("tally: the store takes no counts; they are kept and told later", "err", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if err = c.tell(last); err == nil {
				err = c.tell(last) // what came beside one that had failed
			}
			if err != nil {
				c.opt.Log.Warn("tally: the last counts are lost", "err", err)
			}
			return nil
		case <-tick.C:
		}
	}
}

// saltBytes is how much of a hash's text the salt is.
const saltBytes = 16

// look gets the salts of this day and the next. Without them requests are counted,
// and readers are not.
func (c *Counter) look(ctx context.Context) {
	d := c.today()
	if d.salt != nil && d.next != nil {
		return
	}
	with := *d
	for name, salt := range map[string]*[]byte{d.name: &with.salt, d.end.Format(time.DateOnly): &with.next} {
		if *salt != nil {
			continue
		}
		fresh := make([]byte, saltBytes)
		_, _ = rand.Read(fresh) // never fails
		got, err := c.book.Salt(ctx, name, fresh)
		if err != nil {
			c.opt.Log.Debug("tally: no salt", "day", name, "err", err)
			continue
		}
		*salt = got[:min(len(got), saltBytes)]
	}
	c.day.CompareAndSwap(d, &with)
}

// tell tells the book what was counted since. One that failed is told again as it
// was, under its own number, before anything else: half of it may stand there.
func (c *Counter) tell(ctx context.Context) error {
	if c.untold == nil {
		c.mu.Lock()
		for _, u := range c.rows {
			c.untold = append(c.untold, *u)
		}
		c.rows = make(map[row]*news.Use, len(c.rows))
		c.mu.Unlock()
		if c.untold == nil {
			return nil
		}
		slices.SortFunc(c.untold, news.CompareUses)
		c.n++
	}
	if err := c.book.Add(ctx, c.opt.Writer, c.n, c.untold); err != nil {
		return err
	}
	c.untold = nil
	return nil
}
