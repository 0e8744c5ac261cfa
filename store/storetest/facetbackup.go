package storetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"tinhub/news"
	"tinhub/store"
)

// furnish fills a store with something of each kind.
func furnish(t *testing.T, core store.Core) {
	t.Helper()
	ctx := t.Context()
	for n := range 3 {
		a := article(n)
		p := poll(1, noon.Add(time.Duration(n)*time.Minute), a.Entry)
		p.Rejected = []news.Rejected{{Reason: "no title", Link: a.Link}}
		must(t, store.NewWire(core, store.Keep{}).Record(ctx, p))
		shelved(t, core, a)
	}
	must(t, store.NewOutputs(core).Save(ctx, lease("publish", 1), []news.Output{output(news.RSS, 1), output(news.HTML, 4)}))
	must(t, store.NewAudit(core, store.Keep{}).Add(ctx, news.Decision{At: noon, Who: "lan", What: "pin"}))
	val(store.NewKept[news.Topic](core, "topic").Put(ctx, "a", 0, news.Topic{ID: "a"})).or(t)
	val(store.NewLeases(core).Take(ctx, "curate", "a", time.Hour)).or(t)
	_, err := core.Commit(ctx, store.Batch{Partition: "hub", Steps: []store.Step{{Op: store.Put, Key: "empty"}}})
	must(t, err)
}

// Everything is what a store holds, but for leases, versions and places: records
// by key, then the items of logs in their order.
func Everything(t *testing.T, core store.Core) []string {
	t.Helper()
	var all []string
	for _, p := range slices.Sorted(slices.Values(val(core.Partitions(t.Context())).or(t))) {
		if p == store.LeasePartition {
			continue
		}
		var records []string
		logs := map[string][]string{}
		for d, err := range core.Dump(t.Context(), p) {
			must(t, err)
			if d.Record != nil {
				records = append(records, fmt.Sprintf("%s record %s %q %v %q", p, d.Record.Key, d.Record.Value, d.Index, store.TimeSort(d.Record.Expires)))
			} else {
				logs[d.Log] = append(logs[d.Log], fmt.Sprintf("%s log %s %q", p, d.Log, d.Value))
			}
		}
		slices.Sort(records)
		all = append(all, records...)
		for _, log := range slices.Sorted(maps.Keys(logs)) {
			all = append(all, logs[log]...)
		}
	}
	return all
}

func backup(t *testing.T, core store.Core) []byte {
	t.Helper()
	var b bytes.Buffer
	counts := val(store.Backup(t.Context(), core, &b)).or(t)
	matches(t, "verified", val(store.Verify(t.Context(), bytes.NewReader(b.Bytes()))).or(t), counts)
	return b.Bytes()
}

// Over itself, and from something that cannot be read twice: the same things.
func facetBackup(t *testing.T, core store.Core) {
	ctx := t.Context()
	furnish(t, core)
	want := Everything(t, core)
	data := backup(t, core)
	shelved(t, core, article(9))
	must(t, store.NewOutputs(core).Drop(ctx, lease("publish", 1), "tat-ca"))

	for range 2 { // a second time is no resend of the first
		val(store.Restore(ctx, core, io.MultiReader(bytes.NewReader(data)), store.RestoreOptions{Replace: true})).or(t)
		matches(t, "restored", Everything(t, core), want)
	}

	// Followers read what they had not read, and nothing is lost to them.
	s := store.NewShelf(core)
	matches(t, "on the wire", len(val(s.Wire(ctx, shard, 10)).or(t)), 3)
	must(t, store.NewWire(core, store.Keep{}).Record(ctx, poll(1, noon.Add(time.Hour), entry("bao-mau", 7))))
	matches(t, "on the wire", len(val(s.Wire(ctx, shard, 10)).or(t)), 4)
}

// Move fills the first of some empty stores, of any engines, and moves what it
// holds from one to the next by a backup; the last one's backup must hold the
// same again.
func Move(t *testing.T, stores ...store.Core) {
	furnish(t, stores[0])
	want := Everything(t, stores[0])
	for i, to := range stores[1:] {
		_, err := store.Restore(t.Context(), to, bytes.NewReader(backup(t, stores[i])), store.RestoreOptions{})
		must(t, err)
		matches(t, fmt.Sprintf("what store %d holds", i+1), Everything(t, to), want)
	}
}

func facetBackupRefused(t *testing.T, core store.Core) {
	ctx := t.Context()
	empty := backup(t, core)
	val(store.NewLeases(core).Take(ctx, "curate", "a", time.Hour)).or(t) // a lease is nothing to lose
	val(store.Restore(ctx, core, bytes.NewReader(empty), store.RestoreOptions{})).or(t)

	furnish(t, core)
	want := Everything(t, core)
	_, err := store.Restore(ctx, core, bytes.NewReader(backup(t, core)), store.RestoreOptions{})
	is(t, err, store.ErrNotEmpty)
	matches(t, "as it was", Everything(t, core), want)
}

// Whatever is wrong with a file, nothing changes.
func facetBackupDamaged(t *testing.T, core store.Core) {
	furnish(t, core)
	data := backup(t, core)
	want := Everything(t, core)
	bad := map[string][]byte{
		"empty":              {},
		"something else":     []byte("<rss version='2.0'/>"),
		"something behind":   append(bytes.Clone(data), "more"...),
		"half":               data[:len(data)/2],
		"all but one byte":   data[:len(data)-1],
		"without a checksum": data[:len(data)-4],
	}
	for i := 0; i < len(data); i += max(1, len(data)/40) {
		flipped := bytes.Clone(data)
		flipped[i] ^= 0x10
		bad[fmt.Sprintf("byte %d flipped", i)] = flipped
	}
	for name, b := range bad {
		if bytes.Equal(b, data) {
			continue
		}
		_, err := store.Restore(t.Context(), core, bytes.NewReader(b), store.RestoreOptions{Replace: true})
		if err == nil {
			// A bit of zstd's header may say nothing of the content.
			if !strings.HasPrefix(name, "byte ") {
				t.Errorf("%s: restored", name)
			}
			continue
		}
		is(t, err, store.ErrBackup)
	}
	matches(t, "as it was", Everything(t, core), want)
}

// A restore that was interrupted anywhere says so, and can be done again.
func facetBackupInterrupted(t *testing.T, core store.Core) {
	ctx := t.Context()
	furnish(t, core)
	want := Everything(t, core)
	data := backup(t, core)
	for n := 1; ; n++ {
		f := &faulty{Core: core, nth: n}
		_, err := store.Restore(ctx, f, bytes.NewReader(data), store.RestoreOptions{Replace: true})
		if !f.broken {
			must(t, err)
			break
		}
		is(t, err, errTorn)
		if half := val(store.Restoring(ctx, core)).or(t); half != (n > 1) {
			t.Errorf("broken at commit %d: half a restore: %v", n, half)
		} else if half {
			if _, err := store.Backup(ctx, core, io.Discard); err == nil {
				t.Error("half a restore was backed up")
			}
			val(store.Restore(ctx, core, bytes.NewReader(data), store.RestoreOptions{})).or(t)
		}
		matches(t, "restored", Everything(t, core), want)
	}
	cancelled, stop := context.WithCancel(ctx)
	stop()
	_, err := store.Backup(cancelled, core, io.Discard)
	is(t, err, context.Canceled)
}
