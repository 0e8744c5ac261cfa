package fetcher

import (
	"container/heap"
	"time"
)

// A queue holds the sources that are to be polled, by host, so that a host which
// is not to be asked yet holds up its own sources only. It knows no clock and no
// lock of its own.
type queue struct {
	hosts map[string]*hostLine
	items map[string]*item // by source
	order hostHeap
	rests map[string]time.Time // by host, until when it wants no question at all
}

type item struct {
	source string
	host   string
	due    time.Time
	at     int // place in its host's line
}

// A hostLine is the sources of one host, earliest first.
type hostLine struct {
	key   string
	line  itemHeap
	ready time.Time // the host's turn does not come before
	rest  time.Time // nor before this, whatever ends meanwhile
	at    int       // place in queue.order
}

// when is the earliest moment at which the host's first source can be polled.
func (h *hostLine) when() time.Time { return maxTime(maxTime(h.line[0].due, h.ready), h.rest) }

func newQueue() *queue {
	return &queue{hosts: map[string]*hostLine{}, items: map[string]*item{}, rests: map[string]time.Time{}}
}

// put makes a source due, instead of when it was due before.
func (q *queue) put(source, host string, due time.Time) {
	q.remove(source)
	h := q.hosts[host]
	if h == nil {
		h = &hostLine{key: host, rest: q.rests[host]}
		q.hosts[host] = h
	}
	it := &item{source: source, host: host, due: due}
	q.items[source] = it
	heap.Push(&h.line, it)
	if len(h.line) == 1 {
		heap.Push(&q.order, h)
	} else {
		heap.Fix(&q.order, h.at)
	}
}

func (q *queue) remove(source string) {
	it := q.items[source]
	if it == nil {
		return
	}
	delete(q.items, source)
	h := q.hosts[it.host]
	heap.Remove(&h.line, it.at)
	q.settle(h)
}

// settle puts a host's line where it belongs after its first source changed.
func (q *queue) settle(h *hostLine) {
	if len(h.line) == 0 {
		heap.Remove(&q.order, h.at)
		delete(q.hosts, h.key)
		return
	}
	heap.Fix(&q.order, h.at)
}

// pop takes the source that has waited longest among those whose host gives its
// turn; try is asked for it, and says how long to wait when it refuses.
func (q *queue) pop(now time.Time, try func(source string) (wait time.Duration, ok bool)) (string, bool) {
	for len(q.order) > 0 {
		h := q.order[0]
		if h.when().After(now) {
			return "", false
		}
		it := h.line[0]
		wait, ok := try(it.source)
		if ok {
			q.remove(it.source)
			return it.source, true
		}
		h.ready = now.Add(max(wait, time.Millisecond))
		heap.Fix(&q.order, h.at)
	}
	return "", false
}

// nudge lets a host be tried at once: a request to it has just ended.
func (q *queue) nudge(host string) {
	if h := q.hosts[host]; h != nil {
		h.ready = time.Time{}
		heap.Fix(&q.order, h.at)
	}
}

// leave leaves a host alone: none of its sources is popped before until.
func (q *queue) leave(host string, now, until time.Time) {
	for h, at := range q.rests {
		if !at.After(now) {
			delete(q.rests, h)
		}
	}
	q.rests[host] = maxTime(q.rests[host], until)
	if h := q.hosts[host]; h != nil {
		h.rest = q.rests[host]
		heap.Fix(&q.order, h.at)
	}
}

// next is when pop has something to do, the zero time when there is nothing.
func (q *queue) next() time.Time {
	if len(q.order) == 0 {
		return time.Time{}
	}
	return q.order[0].when()
}

type itemHeap []*item

func (s itemHeap) Len() int { return len(s) }
func (s itemHeap) Less(i, j int) bool {
	if !s[i].due.Equal(s[j].due) {
		return s[i].due.Before(s[j].due)
	}
	return s[i].source < s[j].source
}
func (s itemHeap) Swap(i, j int) { s[i], s[j] = s[j], s[i]; s[i].at, s[j].at = i, j }
func (s *itemHeap) Push(x any)   { it := x.(*item); it.at = len(*s); *s = append(*s, it) }
func (s *itemHeap) Pop() any {
	n := len(*s) - 1
	it := (*s)[n]
	(*s)[n] = nil
	*s = (*s)[:n]
	return it
}

type hostHeap []*hostLine

func (s hostHeap) Len() int           { return len(s) }
func (s hostHeap) Less(i, j int) bool { return s[i].when().Before(s[j].when()) }
func (s hostHeap) Swap(i, j int)      { s[i], s[j] = s[j], s[i]; s[i].at, s[j].at = i, j }
func (s *hostHeap) Push(x any)        { h := x.(*hostLine); h.at = len(*s); *s = append(*s, h) }
func (s *hostHeap) Pop() any {
	n := len(*s) - 1
	h := (*s)[n]
	(*s)[n] = nil
	*s = (*s)[:n]
	return h
}
