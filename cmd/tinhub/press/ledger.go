package press

import "time"

// An Item is the ledger's line on one article: what a reader must find, once.
type Item struct {
	Number    int
	Paper     string
	Kind      Kind
	Words     string // copies of one text share it
	Topic     string // that its section and words belong to
	Section   string
	Title     string
	Link      string   // canonical
	Links     []string // that it had before its paper moved
	Author    string
	Origin    string
	Published time.Time // to the minute
	Revision  int
	Corrects  int       // number of the item that it corrects
	Withdrawn time.Time // zero: still there
	Served    int       // complete answers that showed it
}

// Items is everything that was ever published, in order.
func (p *Press) Items() []Item {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]Item, 0, len(p.items))
	for _, it := range p.items {
		list = append(list, it.line())
	}
	return list
}

// line is an item's line in the ledger.
func (it *item) line() Item {
	return Item{
		Number: it.Number, Paper: it.paper.ID, Kind: it.Kind, Words: it.Words, Topic: it.Topic, Section: it.Section,
		Title: it.Title, Link: it.link(), Links: it.formerly(), Author: it.Author, Origin: it.Origin, Published: it.Published,
		Revision: it.Revision, Corrects: it.Corrects, Withdrawn: it.Withdrawn, Served: it.served,
	}
}

// Traffic is what one address of one paper saw.
type Traffic struct {
	Paper, Path string
	Requests    int
	NotModified int         // answered 304
	Open        int         // being answered now
	AtOnce      int         // most requests ever answered at one time
	Arrivals    []time.Time // of the last requests, at most 1,000
	Agent       string      // of the last request
}

// maxArrivals bounds a ledger that may be kept for days.
const maxArrivals = 1000

// Traffic is what each address saw so far.
func (p *Press) Traffic() []Traffic {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []Traffic
	for _, t := range p.stats {
		c := *t
		c.Arrivals = append([]time.Time(nil), t.Arrivals...)
		list = append(list, c)
	}
	return list
}

// arrive notes a request. Its line must be told when the request is over.
func (p *Press) arrive(r *running, path, agent string) *Traffic {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.stats[r.ID+path]
	if t == nil {
		t = &Traffic{Paper: r.ID, Path: path}
		p.stats[r.ID+path] = t
	}
	t.Requests++
	t.Open++
	t.AtOnce = max(t.AtOnce, t.Open)
	t.Agent = agent
	if len(t.Arrivals) == maxArrivals {
		t.Arrivals = append(t.Arrivals[:0], t.Arrivals[1:]...)
	}
	t.Arrivals = append(t.Arrivals, p.now())
	return t
}

// leave notes that a request is over, and what a complete answer showed.
func (p *Press) leave(t *Traffic, status int, shown []*item) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t.Open--
	if status == 304 {
		t.NotModified++
	}
	for _, it := range shown {
		it.served++
	}
}
