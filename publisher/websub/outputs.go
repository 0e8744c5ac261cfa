package websub

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"tinhub/news"
)

// heads are what is published of the channels that somebody subscribed to, as
// followOutputs and deliveries read it.
type heads struct {
	mu      sync.Mutex            // guards all below
	of      map[topic]news.Output // without bytes
	wanted  map[string]bool       // channels
	lower   map[topic]int64       // revisions that were read once behind a higher one
	refresh chan struct{}         // capacity 1: look at all that is wanted
}

func (h *heads) get(t topic) (news.Output, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	o, ok := h.of[t]
	return o, ok
}

// want makes a channel be followed.
func (h *heads) want(channel string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.make()
	if !h.wanted[channel] {
		h.wanted[channel] = true
		h.ask()
	}
}

// lookAgain makes followOutputs look at all that is wanted.
func (h *heads) lookAgain() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.make()
	h.ask()
}

// ask makes followOutputs look; mu is held.
func (h *heads) ask() {
	select {
	case h.refresh <- struct{}{}:
	default:
	}
}

func (h *heads) make() {
	if h.of == nil {
		h.of, h.wanted, h.refresh = map[topic]news.Output{}, map[string]bool{}, make(chan struct{}, 1)
		h.lower = map[topic]int64{}
	}
}

// put takes over what is published of some channels, and says which topics
// changed.
func (h *heads) put(channels []string, outputs []news.Output) []topic {
	h.mu.Lock()
	defer h.mu.Unlock()
	here := map[topic]bool{}
	var changed []topic
	for _, o := range outputs {
		t := topic{o.Channel, o.Format}
		here[t] = true
		was := h.of[t]
		if o.Revision < was.Revision && h.lower[t] != o.Revision {
			// Read before what a delivery read, or declared anew and counted from 1: the
			// next look, which begins after this one, tells.
			h.lower[t] = o.Revision
			h.ask()
			continue
		}
		delete(h.lower, t)
		if was.Revision != o.Revision || was.ETag != o.ETag {
			h.of[t] = o
			changed = append(changed, t)
		}
	}
	for _, c := range channels { // what was dropped
		for _, f := range []news.Format{news.RSS, news.Atom, news.JSON, news.HTML} {
			if t := (topic{c, f}); !here[t] {
				delete(h.of, t)
			}
		}
	}
	return changed
}

// raise takes over that a delivery found a newer revision than is known. Without
// it, what was delivered would look wrong until the next look, and be delivered
// again and again.
func (h *heads) raise(t topic, b *body) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.make()
	was := h.of[t]
	if was.Revision >= b.revision {
		return false
	}
	was.Channel, was.Format, was.Revision, was.ETag, was.Modified = t.Channel, t.Format, b.revision, b.etag, b.modified
	h.of[t] = was
	return true
}

func (h *heads) channels() (list []string, refresh <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.make()
	for c := range h.wanted {
		list = append(list, c)
	}
	return list, h.refresh
}

func (h *heads) wants(channel string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.wanted[channel]
}

// headNow reads what is published of one topic at this moment; nothing is no error.
func (h *Hub) headNow(ctx context.Context, t topic) (news.Output, error) {
	all, err := h.deps.Outputs.Heads(ctx, t.Channel)
	if err != nil {
		return news.Output{}, err
	}
	for _, o := range all {
		if o.Format == t.Format {
			return o, nil
		}
	}
	return news.Output{}, nil
}

// followOutputs learns of new revisions, by hints and by a slow comparison.
func (h *Hub) followOutputs(ctx context.Context) error {
	hints, err := h.deps.Hints.OutputHints(ctx)
	if err != nil {
		h.log.Warn("hub: no hints of new outputs; they are looked for", "every", h.opt.Refresh, "err", err)
	}
	tick := time.NewTicker(h.opt.Refresh)
	defer tick.Stop()
	for {
		channels, refresh := h.heads.channels()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case c, ok := <-hints:
			if !ok {
				hints = nil
				continue
			}
			if !h.heads.wants(c) {
				continue
			}
			channels = []string{c}
		case <-refresh:
			channels, _ = h.heads.channels()
		case <-tick.C:
		}
		if len(channels) == 0 {
			continue
		}
		outputs, err := h.deps.Outputs.Heads(ctx, channels...)
		if err != nil {
			if ctx.Err() == nil {
				h.log.Warn("hub: the store does not say what is published", "err", err)
			}
			continue
		}
		if changed := h.heads.put(channels, outputs); len(changed) > 0 {
			h.tell(changed)
		}
	}
}

// tell lets the shards know which outputs changed.
func (h *Hub) tell(changed []topic) {
	for _, s := range h.ours() {
		s.changed(changed)
	}
}

// A body is one output as it is sent to all who subscribed to it.
type body struct {
	revision int64
	etag     string
	modified time.Time
	bytes    []byte
}

// bodies keeps what is being delivered, loaded once for all subscribers.
type bodies struct {
	outputs Outputs
	log     *slog.Logger

	mu sync.Mutex           // guards of
	of map[string]*bodiesOf // by channel
}

type bodiesOf struct {
	mu  sync.Mutex // guards all below, and lets one load for all
	all map[news.Format]*body

	fault error     // of the last load
	until time.Time // it is not tried again before
}

// faultPause is how long a channel that cannot be loaded is left alone, whoever
// waits for it.
const faultPause = time.Second

// bodiesMost is how many channels' bytes are kept at once.
const bodiesMost = 64

// get is the body that a head tells of, or a newer one; nil where there is none
// any more.
func (b *bodies) get(ctx context.Context, head news.Output) (*body, error) {
	c := b.channel(head.Channel)
	c.mu.Lock()
	defer c.mu.Unlock()
	if have := c.all[head.Format]; have != nil && have.revision == head.Revision && have.etag == head.ETag {
		return have, nil
	}
	if time.Now().Before(c.until) {
		return nil, c.fault
	}
	outputs, err := b.outputs.Load(ctx, head.Channel)
	if err != nil {
		err = fmt.Errorf("load what is to be delivered: %w", err)
		if ctx.Err() == nil {
			c.fault, c.until = err, time.Now().Add(faultPause)
			b.log.Warn("hub: deliveries of a channel wait", "channel", head.Channel, "err", err)
		}
		return nil, err
	}
	c.all = map[news.Format]*body{}
	for _, o := range outputs {
		c.all[o.Format] = &body{revision: o.Revision, etag: o.ETag, modified: o.Modified, bytes: o.Body}
	}
	return c.all[head.Format], nil
}

func (b *bodies) channel(id string) *bodiesOf {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of == nil {
		b.of = map[string]*bodiesOf{}
	}
	c := b.of[id]
	if c == nil {
		for other := range b.of {
			if len(b.of) < bodiesMost {
				break
			}
			delete(b.of, other) // whoever uses it has it still
		}
		c = &bodiesOf{}
		b.of[id] = c
	}
	return c
}
