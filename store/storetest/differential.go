package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tinhub/news"
	"tinhub/store"
)

// An Engine is one of those that Differential compares.
type Engine struct {
	Name string
	Open func() (store.Core, error) // opens the same store again after Close
}

// Differential does the same random operations on engines and on a model in
// memory, and fails where an answer differs. A failure prints the shortest
// sequence that rapid finds.
func Differential(t *testing.T, engines ...Engine) {
	d := &differ{engines: engines, cores: make([]store.Core, len(engines))}
	for i, e := range engines {
		c, err := e.Open()
		if err != nil {
			t.Fatalf("%s: %v", e.Name, err)
		}
		d.cores[i] = c
	}
	t.Cleanup(func() {
		for _, c := range d.cores {
			c.Close()
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		d.begin()
		t.Repeat(map[string]func(*rapid.T){
			"commit": d.commit, "commit again": d.commit, "commit more": d.commit,
			"get": d.get, "range": d.span, "read": d.read, "trim": d.trim, "reopen": d.reopen,
			"dump": d.dumps, "partitions": d.partitions,
			"": d.learnAll,
		})
		d.dumps(t)
	})
}

// A differ is one run's state. Each run has partitions of its own in stores that
// all runs share.
type differ struct {
	engines []Engine
	cores   []store.Core
	model   model
	places  []places
	runs    int
	parts   []store.Partition
	calls   int
}

func (d *differ) begin() {
	d.runs++
	d.model, d.places = model{}, make([]places, len(d.engines))
	for i := range d.places {
		d.places[i] = places{}
	}
	d.parts = []store.Partition{store.Partition(fmt.Sprintf("run%d/a", d.runs)), store.Partition(fmt.Sprintf("run%d/b", d.runs))}
}

// The words that batches are made of: few, so that they meet.
var (
	diffKeys    = []string{"a", "b", "b/1", "đ", "z z", "\xff"}
	diffIndexes = []string{"i", "i2", "c/tin", "i\x01"}
	diffSorts   = []string{"", "1", "10", "2", "a", "a\x01", "á", "\xff", "\xffa"}
	diffLogs    = []string{"wire", "log/2"}
	diffFences  = []string{"poll", "curator"}
	diffTimes   = []time.Time{{}, {}, time.Unix(1, 5), time.Date(2026, 11, 24, 0, 0, 0, 999, time.FixedZone("", 25200)), time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)}
)

func draw[T any](t *rapid.T, from []T, label string) T { return rapid.SampledFrom(from).Draw(t, label) }

func (d *differ) batch(t *rapid.T) store.Batch {
	b := store.Batch{Partition: draw(t, d.parts, "partition")}
	if rapid.IntRange(0, 2).Draw(t, "has an id") > 0 {
		b.ID = fmt.Sprint("batch", rapid.IntRange(0, 12).Draw(t, "id"))
	}
	for _, name := range diffFences {
		if rapid.IntRange(0, 3).Draw(t, "fence "+name) == 0 {
			b.Fences = append(b.Fences, store.Fence{Name: name, Token: rapid.Int64Range(0, 4).Draw(t, "token")})
		}
	}
	for i := range rapid.IntRange(0, 6).Draw(t, "steps") {
		b.Steps = append(b.Steps, d.step(t, b.Partition, i))
	}
	return b
}

func (d *differ) step(t *rapid.T, p store.Partition, i int) store.Step {
	s := store.Step{Op: draw(t, []store.Op{store.Put, store.Put, store.Delete, store.Append}, "op"), Needs: 0}
	if i > 0 && rapid.IntRange(0, 2).Draw(t, "chained") == 0 {
		s.Needs = rapid.IntRange(1, i).Draw(t, "needs")
	}
	if s.Op == store.Append {
		d.calls++
		s.Key, s.Value = draw(t, diffLogs, "log"), fmt.Append(nil, "item", d.calls)
		return s
	}
	s.Key = draw(t, diffKeys, "key")
	s.If = draw(t, []store.Cond{store.Always, store.Always, store.Absent, store.Present, store.At}, "if")
	if s.If == store.At {
		s.Version = d.model.part(p).records[s.Key].Version + rapid.Int64Range(0, 1).Draw(t, "off by")
	}
	if s.Op == store.Put {
		s.Value = rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, "value")
		s.Expires = draw(t, diffTimes, "expires")
		for range rapid.IntRange(0, 3).Draw(t, "entries") {
			s.Index = append(s.Index, store.Index{Name: draw(t, diffIndexes, "index"), Sort: draw(t, diffSorts, "sort")})
		}
	}
	return s
}

func (d *differ) commit(t *rapid.T) {
	b := d.batch(t)
	want, wantErr := d.model.commit(b)
	for i, c := range d.cores {
		got, err := c.Commit(t.Context(), b)
		if (err != nil) != (wantErr != nil) || err != nil && !errors.Is(err, wantErr) {
			t.Fatalf("%s: Commit: %v, want %v", d.engines[i].Name, err, wantErr)
		}
		d.equal(t, i, "Commit", got, want)
	}
}

// equal compares, taking nil and empty for one.
func (d *differ) equal(t *rapid.T, engine int, what string, got, want any) {
	t.Helper()
	if x := cmp.Diff(want, got, cmpopts.EquateEmpty()); x != "" {
		t.Fatalf("%s: %s (-model +engine):\n%s", d.engines[engine].Name, what, x)
	}
}

func (d *differ) get(t *rapid.T) {
	refs := make([]store.Ref, rapid.IntRange(0, 5).Draw(t, "refs"))
	want := make([]store.Record, len(refs))
	for i := range refs {
		refs[i] = store.Ref{Partition: draw(t, d.parts, "partition"), Key: draw(t, diffKeys, "key")}
		want[i] = d.model.get(refs[i])
		want[i].Expires = instant(want[i].Expires)
		if rapid.Bool().Draw(t, "known") {
			refs[i].Has = want[i].Version + rapid.Int64Range(0, 1).Draw(t, "off by")
		}
		if v := want[i].Version; v != 0 && refs[i].Has == v {
			want[i] = store.Record{Key: refs[i].Key, Version: v}
		}
	}
	for i, c := range d.cores {
		got, err := c.Get(t.Context(), refs...)
		if err != nil {
			t.Fatalf("%s: Get: %v", d.engines[i].Name, err)
		}
		d.equal(t, i, "Get", got, want)
	}
}

func (d *differ) span(t *rapid.T) {
	p, index := draw(t, d.parts, "partition"), draw(t, append(diffIndexes, store.ExpiryIndex), "index")
	s := store.Span{Reverse: rapid.Bool().Draw(t, "reverse"), Limit: rapid.IntRange(0, 4).Draw(t, "limit")}
	if rapid.Bool().Draw(t, "bounded") {
		s.From, s.To = draw(t, diffSorts, "from"), draw(t, diffSorts, "to")
	}
	if rapid.Bool().Draw(t, "goes on") {
		s.After = &store.Hit{Sort: draw(t, diffSorts, "after"), Key: draw(t, diffKeys, "after key")}
	}
	want := d.model.span(p, index, s)
	for i, c := range d.cores {
		got, err := c.Range(t.Context(), p, index, s)
		if err != nil {
			t.Fatalf("%s: Range: %v", d.engines[i].Name, err)
		}
		d.equal(t, i, fmt.Sprintf("Range %s %+v", index, s), got, want)
	}
}

// number draws one of a log's items, trimmed or not; 0 is the beginning.
func (d *differ) number(t *rapid.T) (p store.Partition, log string, n int) {
	p, log = draw(t, d.parts, "partition"), draw(t, diffLogs, "log")
	return p, log, rapid.IntRange(0, len(d.model.part(p).log(log).items)).Draw(t, "item")
}

func (d *differ) read(t *rapid.T) {
	p, log, after := d.number(t)
	limit := rapid.IntRange(0, 3).Draw(t, "limit")
	strange := draw(t, []news.Place{"", "", "", "x", "0123.9-9", "0123.999"}, "place")
	if strange != "" {
		after = 0 // a place of another life is the beginning
	}
	_, want := d.model.read(p, log, after, limit)
	for i, c := range d.cores {
		place := strange
		if strange == "" {
			place = d.places[i].at(p, log, after)
		}
		got, err := c.Read(t.Context(), p, log, place, limit)
		if err != nil {
			t.Fatalf("%s: Read: %v", d.engines[i].Name, err)
		}
		d.equal(t, i, "Read", texts(got), want)
	}
}

func texts(items []store.Item) []string {
	var out []string
	for _, x := range items {
		out = append(out, string(x.Value))
	}
	return out
}

func (d *differ) trim(t *rapid.T) {
	p, log, upTo := d.number(t)
	d.model.trim(p, log, upTo)
	for i, c := range d.cores {
		if err := c.Trim(t.Context(), p, log, d.places[i].at(p, log, upTo)); err != nil {
			t.Fatalf("%s: Trim: %v", d.engines[i].Name, err)
		}
	}
}

func (d *differ) reopen(t *rapid.T) {
	if rapid.IntRange(0, 29).Draw(t, "really") > 0 {
		return
	}
	for i, e := range d.engines {
		if err := d.cores[i].Close(); err != nil {
			t.Fatalf("%s: Close: %v", e.Name, err)
		}
		c, err := e.Open()
		if err != nil {
			t.Fatalf("%s: Open: %v", e.Name, err)
		}
		d.cores[i] = c
	}
}

// dumps compares everything that is in the partitions.
func (d *differ) dumps(t *rapid.T) {
	for i := range d.cores {
		for _, p := range d.parts {
			d.equal(t, i, "Dump "+string(p), d.dump(t, i, p), d.wantDump(p))
		}
	}
}

// partitions compares the list of this run's partitions.
func (d *differ) partitions(t *rapid.T) {
	for i, c := range d.cores {
		got, err := c.Partitions(t.Context())
		if err != nil {
			t.Fatalf("%s: Partitions: %v", d.engines[i].Name, err)
		}
		run := strings.TrimSuffix(string(d.parts[0]), "a")
		got = slices.DeleteFunc(got, func(p store.Partition) bool { return !strings.HasPrefix(string(p), run) })
		slices.Sort(got)
		d.equal(t, i, "Partitions", got, d.model.partitions())
	}
}

// learnAll runs after every operation: the places of new items are learnt.
func (d *differ) learnAll(t *rapid.T) {
	for i := range d.cores {
		for _, p := range d.parts {
			for _, log := range diffLogs {
				d.learn(t, i, p, log)
			}
		}
	}
}

func (d *differ) wantDump(p store.Partition) []store.Dumped {
	all := d.model.dump(p)
	for _, x := range all {
		if x.Record != nil {
			x.Record.Expires = instant(x.Record.Expires)
		}
	}
	return all
}

// dump lists an engine's dump in the model's order.
func (d *differ) dump(t *rapid.T, engine int, p store.Partition) []store.Dumped {
	var all []store.Dumped
	for x, err := range d.cores[engine].Dump(t.Context(), p) {
		if err != nil {
			t.Fatalf("%s: Dump: %v", d.engines[engine].Name, err)
		}
		all = append(all, x)
	}
	key := func(x store.Dumped) string {
		if x.Record != nil {
			return "r" + x.Record.Key
		}
		return "s" + x.Log
	}
	slices.SortStableFunc(all, func(a, b store.Dumped) int { return strings.Compare(key(a), key(b)) })
	return all
}

// learn reads a log from its start, if it grew, and notes its items' places.
func (d *differ) learn(t *rapid.T, engine int, p store.Partition, log string) {
	numbers, want := d.model.read(p, log, 0, 0)
	if n := len(numbers); n == 0 || d.places[engine].at(p, log, numbers[n-1]) != "" {
		return
	}
	got, err := d.cores[engine].Read(t.Context(), p, log, "", 0)
	if err != nil {
		t.Fatalf("%s: Read: %v", d.engines[engine].Name, err)
	}
	d.equal(t, engine, "log "+log, texts(got), want)
	for j, n := range numbers {
		at := got[j].Place
		if was := d.places[engine].at(p, log, n); was != "" && was != at {
			t.Fatalf("%s: item %d of %s moved from %s to %s", d.engines[engine].Name, n, log, was, at)
		}
		d.places[engine].set(p, log, n, at)
	}
}
