package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tinhub/news"
)

// Keep is how long things are kept; a zero field means the contract's default.
type Keep struct {
	Articles time.Duration // from when an article last stood in its feed; 90 days
	Seen     time.Duration // what outlives it: keys that recognise old news; 400 days
	Audit    time.Duration // the log of decisions; 730 days
}

const day = 24 * time.Hour

// withDefaults fills what is not set. Keys never live shorter than articles, or
// old news would come back as new.
func (k Keep) withDefaults() Keep {
	if k.Articles <= 0 {
		k.Articles = 90 * day
	}
	if k.Seen <= 0 {
		k.Seen = 400 * day
	}
	if k.Audit <= 0 {
		k.Audit = 730 * day
	}
	k.Seen = max(k.Seen, k.Articles)
	return k
}

// decode reads a JSON record. A record that cannot be read is a damaged store,
// and the error names it.
func decode(p Partition, rec Record, into any) error {
	if err := json.Unmarshal(rec.Value, into); err != nil {
		return fmt.Errorf("store: record %s in %s cannot be read: %w; restore it from a backup", rec.Key, p, err)
	}
	return nil
}

// getJSON reads JSON records in the order of refs, in one Get; a missing one is
// the zero value.
func getJSON[T any](ctx context.Context, core Core, refs []Ref) ([]T, error) {
	out := make([]T, len(refs))
	if err := eachJSON(ctx, core, refs, func(i int, v T, _ int64) { out[i] = v }); err != nil {
		return nil, err
	}
	return out, nil
}

// getPresent reads JSON records in the order of refs, in one Get, and leaves out
// the missing ones: what an index led to may go before it is read. at, unless it
// is nil, is told the version of each.
func getPresent[T any](ctx context.Context, core Core, refs []Ref, at func(*T, int64)) ([]T, error) {
	out := make([]T, 0, len(refs))
	err := eachJSON(ctx, core, refs, func(_ int, v T, version int64) {
		if at != nil {
			at(&v, version)
		}
		out = append(out, v)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// eachJSON reads JSON records in one Get, and gives those that are there, in the
// order of refs.
func eachJSON[T any](ctx context.Context, core Core, refs []Ref, give func(i int, v T, version int64)) error {
	if len(refs) == 0 {
		return nil
	}
	m := memoryOf(core)
	refs = slices.Clone(refs)
	had := recall[T](m, refs)
	recs, err := core.Get(ctx, refs...)
	if err != nil {
		return err
	}
	for i, rec := range recs {
		if rec.Version == 0 {
			continue
		}
		v, err := decodeKnown(m, refs[i], rec, had[i])
		if err != nil {
			return err
		}
		give(i, *v, rec.Version)
	}
	return nil
}

// readLog reads a log after a place. An item that cannot be read any more comes
// with its place and nothing else, so that it never blocks whoever follows.
func readLog[T any](ctx context.Context, core Core, p Partition, log string, after news.Place, limit int,
	set func(*T, news.Place)) ([]T, error) {
	items, err := core.Read(ctx, p, log, after, limit)
	if err != nil {
		return nil, err
	}
	out := make([]T, len(items))
	for i, it := range items {
		if err := json.Unmarshal(it.Value, &out[i]); err != nil {
			out[i] = *new(T)
		}
		set(&out[i], it.Place)
	}
	return out, nil
}

// placeOf reads how far a log was read.
func placeOf(ctx context.Context, core Core, p Partition, key string) (news.Place, error) {
	recs, err := core.Get(ctx, refOf(p, key))
	if err != nil {
		return "", err
	}
	return news.Place(recs[0].Value), nil
}

// rangeAll walks a whole stretch of an index, a bounded page at a time.
func rangeAll(ctx context.Context, core Core, p Partition, index string, s Span) ([]Hit, error) {
	const page = 1000
	s.Limit = page
	var all []Hit
	for {
		hits, err := core.Range(ctx, p, index, s)
		if err != nil {
			return nil, err
		}
		all = append(all, hits...)
		if len(hits) < page {
			return all, nil
		}
		s.After = &hits[len(hits)-1]
	}
}

func refOf(p Partition, key string) Ref { return Ref{Partition: p, Key: key} }

// refsOf names the records that an index led to.
func refsOf(p Partition, hits []Hit) []Ref {
	refs := make([]Ref, len(hits))
	for i, h := range hits {
		refs[i] = refOf(p, h.Key)
	}
	return refs
}

// A build collects the steps of a batch; the first error sticks.
type build struct {
	steps []Step
	err   error
}

func (b *build) json(key string, v any, s Step) {
	data, err := json.Marshal(v)
	if err != nil && b.err == nil {
		b.err = fmt.Errorf("store: encode %s: %w", key, err)
	}
	s.Op, s.Key, s.Value = Put, key, data
	b.steps = append(b.steps, s)
}

func (b *build) put(key, value string, s Step) {
	s.Op, s.Key, s.Value = Put, key, []byte(value)
	b.steps = append(b.steps, s)
}

func (b *build) delete(key string) { b.steps = append(b.steps, Step{Op: Delete, Key: key}) }

func (b *build) append(log string, v any) {
	data, err := json.Marshal(v)
	if err != nil && b.err == nil {
		b.err = fmt.Errorf("store: encode an item of log %s: %w", log, err)
	}
	b.steps = append(b.steps, Step{Op: Append, Key: log, Value: data})
}

// batch makes the batch, with an id derived from all that it says: sent again,
// it is answered and not repeated.
func (b *build) batch(p Partition, fence string, l news.Lease) (Batch, error) {
	if b.err != nil {
		return Batch{}, b.err
	}
	f := Fence{Name: fence, Token: l.Token}
	return Batch{Partition: p, ID: contentID(f, b.steps), Fences: []Fence{f}, Steps: b.steps}, nil
}

// commit commits the batch under that id.
func (b *build) commit(ctx context.Context, core Core, p Partition, fence string, l news.Lease) (Receipt, error) {
	batch, err := b.batch(p, fence, l)
	if err != nil {
		return Receipt{}, err
	}
	return core.Commit(ctx, batch)
}

// commitAsIs commits without an id what is idempotent as it stands: puts and
// deletes without a condition, or all of it on one.
func (b *build) commitAsIs(ctx context.Context, core Core, p Partition, fence string, l news.Lease) (Receipt, error) {
	if b.err != nil {
		return Receipt{}, b.err
	}
	return core.Commit(ctx, Batch{Partition: p, Fences: []Fence{{fence, l.Token}}, Steps: b.steps})
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// contentID hashes a fence and steps so that no two batches read the same.
func contentID(f Fence, steps []Step) string {
	h := sha256.New()
	b := appendPart(make([]byte, 0, 512), f.Name)
	b = binary.BigEndian.AppendUint64(b, uint64(f.Token))
	for i := range steps {
		s := &steps[i]
		b = append(b, byte(s.Op), byte(s.If))
		b = binary.BigEndian.AppendUint64(b, uint64(s.Version))
		b = appendPart(b, s.Key)
		b = binary.BigEndian.AppendUint64(b, uint64(len(s.Value)))
		h.Write(b)
		h.Write(s.Value)
		b = binary.BigEndian.AppendUint64(b[:0], uint64(len(s.Index)))
		for _, x := range s.Index {
			b = appendPart(appendPart(b, x.Name), x.Sort)
		}
		if !s.Expires.IsZero() {
			b = append(b, 'e')
			b = binary.BigEndian.AppendUint64(b, uint64(s.Expires.UnixNano()))
		}
	}
	h.Write(b)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func appendPart(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(len(s))), s...)
}
