package storetest

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"tinhub/news"
	"tinhub/store"
)

// A model is a store's core in as few lines as its contract can be said in:
// maps, sorted when asked. It forgets no receipt, and its places are numbers.
type model map[store.Partition]*modelPart

type modelPart struct {
	version  int64
	records  map[string]modelRecord
	logs     map[string]*modelLog
	fences   map[string]int64
	receipts map[string][]store.Result
}

type modelRecord struct {
	store.Record
	own []store.Index
}

// A modelLog keeps every item there was; the first gone are trimmed.
type modelLog struct {
	items []string
	gone  int
}

func (m model) part(p store.Partition) *modelPart {
	if m[p] == nil {
		m[p] = &modelPart{records: map[string]modelRecord{}, logs: map[string]*modelLog{},
			fences: map[string]int64{}, receipts: map[string][]store.Result{}}
	}
	return m[p]
}

func (m model) commit(b store.Batch) (store.Receipt, error) {
	p := m.part(b.Partition)
	if first, ok := p.receipts[b.ID]; ok && b.ID != "" {
		return store.Receipt{Results: first, Resent: true}, nil
	}
	for _, f := range b.Fences {
		if seen, ok := p.fences[f.Name]; ok && f.Token < seen {
			return store.Receipt{}, store.ErrFenced
		}
	}
	for _, f := range b.Fences {
		p.fences[f.Name] = f.Token
	}
	var results []store.Result
	for _, s := range b.Steps {
		results = append(results, p.step(s, s.Needs == 0 || results[s.Needs-1].Applied))
	}
	if b.ID != "" {
		p.receipts[b.ID] = results
	}
	return store.Receipt{Results: results}, nil
}

func (p *modelPart) step(s store.Step, allowed bool) store.Result {
	if s.Op == store.Append {
		if allowed {
			p.log(s.Key).items = append(p.log(s.Key).items, string(s.Value))
		}
		return store.Result{Applied: allowed}
	}
	old := p.records[s.Key].Version
	switch s.If {
	case store.Absent:
		allowed = allowed && old == 0
	case store.Present:
		allowed = allowed && old != 0
	case store.At:
		allowed = allowed && old == s.Version
	}
	switch {
	case !allowed:
		return store.Result{Version: old}
	case s.Op == store.Delete:
		delete(p.records, s.Key)
		return store.Result{Applied: true}
	}
	p.version++
	r := modelRecord{store.Record{Key: s.Key, Version: p.version, Value: s.Value, Expires: s.Expires}, slices.Clone(s.Index)}
	slices.SortFunc(r.own, func(a, b store.Index) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Sort, b.Sort))
	})
	r.own = slices.Compact(r.own)
	p.records[s.Key] = r
	return store.Result{Applied: true, Version: p.version}
}

func (p *modelPart) log(name string) *modelLog {
	if p.logs[name] == nil {
		p.logs[name] = &modelLog{}
	}
	return p.logs[name]
}

func (m model) get(ref store.Ref) store.Record {
	if r, ok := m.part(ref.Partition).records[ref.Key]; ok {
		return r.Record
	}
	return store.Record{Key: ref.Key}
}

func (m model) span(p store.Partition, index string, s store.Span) []store.Hit {
	order := func(a, b store.Hit) int {
		return cmp.Or(strings.Compare(a.Sort, b.Sort), strings.Compare(a.Key, b.Key))
	}
	var hits []store.Hit
	for key, r := range m.part(p).records {
		own := r.own
		if !r.Expires.IsZero() {
			own = append(slices.Clone(own), store.Index{Name: store.ExpiryIndex, Sort: store.TimeSort(r.Expires)})
		}
		for _, x := range own {
			if h := (store.Hit{Sort: x.Sort, Key: key}); x.Name == index && x.Sort >= s.From && (s.To == "" || x.Sort < s.To) &&
				(s.After == nil || s.Reverse && order(h, *s.After) < 0 || !s.Reverse && order(h, *s.After) > 0) {
				hits = append(hits, h)
			}
		}
	}
	slices.SortFunc(hits, order)
	if s.Reverse {
		slices.Reverse(hits)
	}
	if s.Limit > 0 && len(hits) > s.Limit {
		hits = hits[:s.Limit]
	}
	return hits
}

// read gives the numbers of a log's items after a number, 0 being the beginning.
func (m model) read(p store.Partition, log string, after, limit int) (numbers []int, values []string) {
	l := m.part(p).log(log)
	for i := max(after, l.gone); i < len(l.items) && (limit == 0 || len(numbers) < limit); i++ {
		numbers, values = append(numbers, i+1), append(values, l.items[i])
	}
	return numbers, values
}

func (m model) trim(p store.Partition, log string, upTo int) {
	l := m.part(p).log(log)
	l.gone = max(l.gone, upTo)
}

// dump lists a partition in order.
func (m model) dump(p store.Partition) []store.Dumped {
	var out []store.Dumped
	part := m.part(p)
	for _, key := range slices.Sorted(maps.Keys(part.records)) {
		r := part.records[key]
		out = append(out, store.Dumped{Record: &r.Record, Index: r.own})
	}
	for _, name := range slices.Sorted(maps.Keys(part.logs)) {
		l := part.logs[name]
		for _, v := range l.items[l.gone:] {
			out = append(out, store.Dumped{Log: name, Value: []byte(v)})
		}
	}
	return out
}

func (m model) partitions() []store.Partition {
	var out []store.Partition
	for p := range m {
		if len(m.dump(p)) > 0 {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// places remembers, for one engine, the place of each item of a log by number.
type places map[store.Partition]map[string]map[int]news.Place

func (p places) at(part store.Partition, log string, n int) news.Place { return p[part][log][n] }

func (p places) set(part store.Partition, log string, n int, at news.Place) {
	if p[part] == nil {
		p[part] = map[string]map[int]news.Place{}
	}
	if p[part][log] == nil {
		p[part][log] = map[int]news.Place{}
	}
	p[part][log][n] = at
}

// instant drops what a store does not keep of a time.
func instant(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}
