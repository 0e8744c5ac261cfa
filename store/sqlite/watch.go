package sqlite

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tinhub/news"
	"tinhub/store"
)

// A hub tells every watcher of logs that grew.
type hub struct {
	mu       sync.Mutex // guards watchers and ended
	watchers map[*store.Pending]bool
	ended    bool
}

func newHub() *hub { return &hub{watchers: map[*store.Pending]bool{}} }

func (h *hub) signal(grown []store.Log) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		for _, l := range grown {
			w.Add(l)
		}
	}
}

// join adds a watcher, unless the store is closed.
func (h *hub) join() (*store.Pending, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	w := store.NewPending()
	if !h.ended {
		h.watchers[w] = true
	}
	return w, !h.ended
}

func (h *hub) leave(w *store.Pending) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watchers, w)
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
}

// Watch tells of this process's commits at once, and of other processes' within
// Options.Poll.
func (s *Store) Watch(ctx context.Context) (<-chan store.Log, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	w, ok := s.hub.join()
	if !ok {
		return nil, fmt.Errorf("store %s: %w", s.path, news.ErrClosed)
	}
	seen, err := s.lastItems(ctx)
	if err != nil {
		s.hub.leave(w)
		return nil, err
	}
	out := make(chan store.Log)
	go func() {
		defer close(out)
		defer s.hub.leave(w)
		s.watch(ctx, w, seen, out)
	}()
	return out, nil
}

func (s *Store) watch(ctx context.Context, w *store.Pending, seen map[store.Log]int64, out chan<- store.Log) {
	tick := time.NewTicker(s.opt.Poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.closed:
			return
		case <-tick.C:
			now, err := s.lastItems(ctx)
			if err != nil {
				continue // a hint may be lost, and the next read says what is wrong
			}
			for l, last := range now {
				if last > seen[l] {
					w.Add(l)
				}
			}
			seen = now
		case <-w.Wake():
			for _, l := range w.Take() {
				select {
				case out <- l:
				case <-ctx.Done():
					return
				case <-s.closed:
					return
				}
			}
		}
	}
}

// lastItems is the last item's id of each log, of which there are about 200.
func (s *Store) lastItems(ctx context.Context) (map[store.Log]int64, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT part.name, log.name, log.last FROM log JOIN part ON part.id=log.part")
	if err != nil {
		return nil, s.fault(err)
	}
	defer rows.Close()
	last := map[store.Log]int64{}
	for rows.Next() {
		var p, name string
		var n int64
		if err := rows.Scan(&p, &name, &n); err != nil {
			return nil, s.fault(err)
		}
		last[store.Log{Partition: store.Partition(p), Name: name}] = n
	}
	return last, s.fault(rows.Err())
}
