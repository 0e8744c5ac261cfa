package publisher

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// staleAfter is how long the store may be silent before this process says that
// it is not ready.
const staleAfter = 15 * time.Second

// follow keeps what is served as new as what is stored, on hints and by a slow
// comparison. While the store does not answer, readers get what is in memory.
func (p *Publisher) follow(ctx context.Context) error {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, p.opt.Refresh) {
		err := p.sync(ctx)
		if err == nil {
			p.ready()
			break
		}
		if len(p.memory.all()) > 0 {
			p.ready() // the folder's outputs are better than none
		}
		p.log.Warn("outputs cannot be read from the store", "err", err)
		if !pause(ctx, wait) {
			return ctx.Err()
		}
	}
	hints, err := p.deps.Hints.OutputHints(ctx)
	if err != nil {
		p.log.Warn("no hints of new outputs; they are looked for", "every", p.opt.Refresh, "err", err)
	}
	tick := time.NewTicker(p.opt.Refresh)
	defer tick.Stop()
	for {
		err = nil
		select {
		case <-ctx.Done():
			return ctx.Err()
		case id, ok := <-hints:
			if !ok {
				hints = nil
			} else if !p.rendering.Load() { // a renderer hears only of itself
				err = p.load(ctx, id)
			}
		case <-tick.C:
			err = p.sync(ctx)
			p.saveFolder()
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			p.log.Warn("outputs cannot be read from the store", "err", err)
		}
	}
}

// sync loads the channels of which the store has a newer revision.
func (p *Publisher) sync(ctx context.Context) error {
	_, unread, err := p.loadNewer(ctx)
	for _, id := range sortedIDs(unread) {
		err = errors.Join(err, unread[id])
	}
	return err
}

// loadNewer does so and tells what is stored; a channel that cannot be read does
// not keep the others back.
func (p *Publisher) loadNewer(ctx context.Context) (stored map[string]int64, unread map[string]error, err error) {
	stored, err = p.deps.Outputs.Channels(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("list outputs: %w", err)
	}
	unread = map[string]error{}
	for _, id := range sortedIDs(stored) {
		if stored[id] > p.memory.channel(id).revision() {
			if err := p.load(ctx, id); err != nil {
				unread[id] = err
			}
		}
	}
	p.touch()
	return stored, unread, ctx.Err()
}

// load serves a channel's stored outputs.
func (p *Publisher) load(ctx context.Context, id string) error {
	outputs, err := p.deps.Outputs.Load(ctx, id)
	if err != nil {
		return fmt.Errorf("load the outputs of %s: %w", id, err)
	}
	p.memory.install(outputs...)
	p.touch()
	return nil
}

func (p *Publisher) touch() { p.contact.Store(p.now().UnixNano()) }

// ready lets readers in who waited for the first outputs.
func (p *Publisher) ready() { p.warmOnce.Do(func() { close(p.warm) }) }

// Ready is nil when the store answers and what is served is fresh, or says what
// is wrong.
func (p *Publisher) Ready() error {
	select {
	case <-p.warm:
	default:
		return errors.New("the outputs are not loaded yet")
	}
	now := p.now()
	if silent := now.Sub(time.Unix(0, p.contact.Load())); silent > staleAfter+2*p.opt.Refresh {
		return fmt.Errorf("the store has not answered for %s; what is in memory is served on", silent.Round(time.Second))
	}
	if since := p.lagging.Load(); since != 0 {
		if lag := now.Sub(time.Unix(0, since)); lag > staleAfter {
			return fmt.Errorf("nothing could be rendered for %s", lag.Round(time.Second))
		}
	}
	for _, c := range p.view.Load().channels {
		if p.memory.channel(c.id) == nil {
			return fmt.Errorf("channel %s is not rendered yet", c.id)
		}
	}
	return nil
}
