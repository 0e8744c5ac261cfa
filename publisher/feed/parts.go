package feed

import (
	"reflect"
	"sync"
)

// A Memo remembers how items are written, so that a document in which one item
// of fifty is new costs little more than copying the others. What is remembered
// depends on the item and on what never changes during a Memo's life (the zone,
// the site), and is compared with the item each time: a warm Memo and a cold one
// give the same bytes. Its zero value is ready; it may be used concurrently.
type Memo struct {
	mu         sync.Mutex // guards what follows
	young, old map[string]*Part
	size       int // bytes of young
}

// memoBytes is how much each of the two generations may hold. An item that is
// in no document any more is forgotten when both were filled since.
const memoBytes = 12 << 20

// A Part is one item and how it is written, by the format's name.
type Part struct {
	item Item
	mu   sync.Mutex // guards text
	text map[string][]byte
}

// Parts finds what is remembered of items, in their order; what is known of an
// item that changed is forgotten.
func (m *Memo) Parts(items []Item) []*Part {
	m.mu.Lock()
	defer m.mu.Unlock()
	parts := make([]*Part, len(items))
	for i, it := range items {
		p, young := m.young[it.ID]
		if !young {
			p = m.old[it.ID]
		}
		if p == nil || !reflect.DeepEqual(p.item, it) {
			p, young = &Part{item: it, text: map[string][]byte{}}, false
		}
		parts[i] = p
		if !young {
			m.keep(p)
		}
	}
	return parts
}

// keep puts a part among the young; those that were there before are old then,
// once there are too many.
func (m *Memo) keep(p *Part) {
	size := 5 * (len(p.item.Summary) + len(p.item.Content) + 1000) // itself, and four formats with their marks
	if m.young == nil || m.size+size > memoBytes {
		m.old, m.young, m.size = m.young, map[string]*Part{}, 0
	}
	m.young[p.item.ID] = p
	m.size += size
}

// Written is the part in a format: as it is remembered, or else as write writes
// it now. It is not to be changed.
func (p *Part) Written(format string, write func() []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	text, ok := p.text[format]
	if !ok {
		text = write()
		p.text[format] = text
	}
	return text
}

// written are the channel's items in a format.
func (c Channel) written(format string, write func(Channel, Item) []byte) [][]byte {
	texts := make([][]byte, len(c.Items))
	for i, it := range c.Items {
		if i < len(c.Parts) {
			texts[i] = c.Parts[i].Written(format, func() []byte { return write(c, it) })
		} else {
			texts[i] = write(c, it)
		}
	}
	return texts
}
