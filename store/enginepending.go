package store

import (
	"slices"
	"sync"
)

// Pending merges signals for a reader of Watch who may be slow, so that telling it
// never waits and never grows beyond one entry a partition.
type Pending struct {
	mu      sync.Mutex // guards pending
	pending []Partition
	wake    chan struct{} // holds one token while pending is not empty
}

// NewPending is empty.
func NewPending() *Pending { return &Pending{wake: make(chan struct{}, 1)} }

// Add notes a partition.
func (w *Pending) Add(p Partition) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Contains(w.pending, p) {
		w.pending = append(w.pending, p)
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Wake receives when there is something to Take.
func (w *Pending) Wake() <-chan struct{} { return w.wake }

// Take empties it, oldest first.
func (w *Pending) Take() []Partition {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.pending
	w.pending = nil
	return all
}
