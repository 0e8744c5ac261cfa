package websub

import (
	"container/heap"
	"time"
)

// times say when to look at what, the earliest first. Each id stands in them
// once, whatever happens to it meanwhile.
type times struct {
	heap moments
	of   map[string]*moment
}

type moment struct {
	at time.Time
	id string
	n  int // where it is in the heap
}

func newTimes() *times { return &times{of: map[string]*moment{}} }

// add has an id looked at, at a time or before.
func (t *times) add(at time.Time, id string) {
	m := t.of[id]
	switch {
	case m == nil:
		m = &moment{at: at, id: id}
		t.of[id] = m
		heap.Push(&t.heap, m)
	case at.Before(m.at):
		m.at = at
		heap.Fix(&t.heap, m.n)
	}
}

// drop forgets an id.
func (t *times) drop(id string) {
	if m := t.of[id]; m != nil {
		delete(t.of, id)
		heap.Remove(&t.heap, m.n)
	}
}

// next is the earliest time; zero if there is none.
func (t *times) next() time.Time {
	if len(t.heap) == 0 {
		return time.Time{}
	}
	return t.heap[0].at
}

// each takes out what is due at a time.
func (t *times) each(now time.Time, do func(id string)) {
	for len(t.heap) > 0 && !t.heap[0].at.After(now) {
		id := t.heap[0].id
		t.drop(id)
		do(id)
	}
}

// moments implement heap.Interface.
type moments []*moment

func (m moments) Len() int           { return len(m) }
func (m moments) Less(i, j int) bool { return m[i].at.Before(m[j].at) }
func (m moments) Swap(i, j int) {
	m[i], m[j] = m[j], m[i]
	m[i].n, m[j].n = i, j
}

// Push implements heap.Interface.
func (m *moments) Push(x any) {
	one := x.(*moment)
	one.n = len(*m)
	*m = append(*m, one)
}

// Pop implements heap.Interface.
func (m *moments) Pop() any {
	last := len(*m) - 1
	one := (*m)[last]
	(*m)[last] = nil
	*m = (*m)[:last]
	return one
}
