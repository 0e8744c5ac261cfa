package store

import (
	"slices"
	"sync"
)

// Pending merges signals for a reader of Watch who may be slow, so that telling it
// never waits and never grows beyond one entry a log.
type Pending struct {
	mu      sync.Mutex // guards pending
	pending []Log
	wake    chan struct{} // holds one token while pending is not empty
}

// NewPending is empty.
func NewPending() *Pending { return &Pending{wake: make(chan struct{}, 1)} }

// Add notes a log.
func (w *Pending) Add(l Log) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Contains(w.pending, l) {
		w.pending = append(w.pending, l)
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Wake receives when there is something to Take.
func (w *Pending) Wake() <-chan struct{} { return w.wake }

// Take empties it, oldest first.
func (w *Pending) Take() []Log {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.pending
	w.pending = nil
	return all
}
