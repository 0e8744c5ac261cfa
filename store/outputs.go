package store

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"tinhub/news"
)

// Outputs is where rendered channels are kept.
type Outputs struct {
	core Core

	mu   sync.Mutex // guards last
	last map[Partition]saved
}

// saved is what Save wrote last, and need not read the next time: that it is still
// so is the condition of what it writes.
type saved struct {
	heads   heads
	version int64
}

// NewOutputs makes the facet over an engine.
func NewOutputs(core Core) *Outputs { return &Outputs{core: core, last: map[Partition]saved{}} }

// heads are what a channel's outputs say of themselves, by format: one small
// record a channel, which all of Save depends on.
type heads map[news.Format]news.Output

// Channels lists the channels that have outputs, each with the highest revision
// among its formats, without reading any bytes of them.
func (o *Outputs) Channels(ctx context.Context) (map[string]int64, error) {
	all, err := o.Heads(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, h := range all {
		out[h.Channel] = max(out[h.Channel], h.Revision)
	}
	return out, nil
}

// Heads are what channels' outputs say of themselves, without bytes; of all
// channels where none is named.
func (o *Outputs) Heads(ctx context.Context, channels ...string) ([]news.Output, error) {
	if len(channels) == 0 {
		parts, err := o.core.Partitions(ctx)
		if err != nil {
			return nil, wrap("list channels", err)
		}
		for _, p := range parts {
			if c, ok := channelOfOut(p); ok {
				channels = append(channels, c)
			}
		}
	}
	refs := make([]Ref, len(channels))
	for i, c := range channels {
		refs[i] = refOf(Out(c), keyHeads)
	}
	all, err := getJSON[heads](ctx, o.core, refs)
	if err != nil {
		return nil, wrap("read what outputs there are", err)
	}
	var out []news.Output
	for _, h := range all {
		for _, one := range h {
			out = append(out, one)
		}
	}
	return out, nil
}

// Load reads a channel's outputs, all formats; none if it has none. Each is
// whole and of one revision.
func (o *Outputs) Load(ctx context.Context, channel string) ([]news.Output, error) {
	p := Out(channel)
	have, _, err := o.heads(ctx, p)
	if err != nil || len(have) == 0 {
		return nil, wrap("load channel "+channel, err)
	}
	var refs []Ref
	for _, f := range slices.Sorted(maps.Keys(have)) {
		refs = append(refs, refOf(p, keyOutput(f)))
	}
	recs, err := o.core.Get(ctx, refs...)
	if err != nil {
		return nil, wrap("load channel "+channel, err)
	}
	outs := make([]news.Output, 0, len(recs))
	for _, r := range recs {
		if r.Version == 0 {
			continue // dropped between the two reads
		}
		out, err := unpackOutput(r.Value)
		if err != nil {
			return nil, fmt.Errorf("load channel %s: record %s cannot be read: %w; drop the channel and it is rendered anew", channel, r.Key, err)
		}
		outs = append(outs, out)
	}
	return outs, nil
}

func (o *Outputs) heads(ctx context.Context, p Partition) (heads, int64, error) {
	recs, err := o.core.Get(ctx, refOf(p, keyHeads))
	if err != nil {
		return nil, 0, err
	}
	have := heads{}
	if recs[0].Version != 0 {
		err = decode(p, recs[0], &have)
	}
	return have, recs[0].Version, err
}

// saves is how often Save looks again after somebody else wrote in between.
const saves = 8

// Save stores new revisions of one channel in one batch, and a line in its log
// of revisions for each, which gives others a hint; one that is not newer than
// what is stored of its format is skipped, whoever wrote that. news.ErrFenced: another renderer took over.
// After any other error the same may be saved again.
func (o *Outputs) Save(ctx context.Context, l news.Lease, outputs []news.Output) error {
	if len(outputs) == 0 {
		return nil
	}
	channel := outputs[0].Channel
	for _, out := range outputs {
		if out.Channel != channel {
			return fmt.Errorf("save outputs: of one channel at a time, not %s and %s", channel, out.Channel)
		}
	}
	for range saves {
		done, err := o.save(ctx, l, Out(channel), outputs)
		if done || err != nil {
			return wrap("save channel "+channel, err)
		}
	}
	return fmt.Errorf("save channel %s: %w", channel, news.ErrConflict)
}

// save tries once; done is false where something was written in between.
func (o *Outputs) save(ctx context.Context, l news.Lease, p Partition, outputs []news.Output) (done bool, err error) {
	o.mu.Lock()
	last, known := o.last[p]
	delete(o.last, p) // until this got through
	o.mu.Unlock()
	if !known {
		if last.heads, last.version, err = o.heads(ctx, p); err != nil {
			return false, err
		}
	}
	have, version := last.heads, last.version
	b := build{steps: make([]Step, 1, 1+2*len(outputs))}
	for i := range outputs {
		out := &outputs[i]
		if out.Revision > have[out.Format].Revision {
			head := *out
			head.Body = nil
			have[out.Format] = head
			b.output(out)
		}
	}
	if len(b.steps) == 1 {
		return !known, nil // a store that was emptied has not what was written last
	}
	head := build{}
	head.json(keyHeads, have, Step{If: Absent})
	if version != 0 {
		head.steps[0].If, head.steps[0].Version = At, version
	}
	b.steps[0], b.err = head.steps[0], errors.Join(b.err, head.err)
	rcpt, err := b.commitAsIs(ctx, o.core, p, fencePublish, l)
	if err != nil || !rcpt.Results[0].Applied {
		return false, err
	}
	o.mu.Lock()
	o.last[p] = saved{have, rcpt.Results[0].Version}
	o.mu.Unlock()
	return true, nil
}

// output adds one output, on condition that the heads, the first step, are written.
func (b *build) output(out *news.Output) {
	header, err := json.Marshal(out)
	if err != nil && b.err == nil {
		b.err = fmt.Errorf("store: encode %s of %s: %w", out.Format, out.Channel, err)
	}
	b.steps = append(b.steps,
		Step{Op: Put, Key: keyOutput(out.Format), Value: packOutput(header, out), Needs: 1},
		Step{Op: Append, Key: logRevisions, Value: []byte(out.Format), Needs: 1})
}

// Drop removes a channel that is no longer declared, and gives a hint of it as
// Save does, by a line without a format.
func (o *Outputs) Drop(ctx context.Context, l news.Lease, channel string) error {
	p := Out(channel)
	have, _, err := o.heads(ctx, p)
	if err != nil || len(have) == 0 {
		return wrap("drop channel "+channel, err)
	}
	var b build
	b.delete(keyHeads)
	for _, f := range slices.Sorted(maps.Keys(have)) {
		b.delete(keyOutput(f))
	}
	b.steps = append(b.steps, Step{Op: Append, Key: logRevisions})
	_, err = b.commitAsIs(ctx, o.core, p, fencePublish, l)
	return wrap("drop channel "+channel, err)
}

// packOutput lays an output out as its header in JSON, then its body; each piece
// behind its length as a uvarint. Bytes stay bytes: JSON would make a third more
// of them.
func packOutput(header []byte, out *news.Output) []byte {
	pieces := [...][]byte{header, out.Body}
	n := len(pieces) * binary.MaxVarintLen64
	for _, p := range pieces {
		n += len(p)
	}
	b := make([]byte, 0, n)
	for _, p := range pieces {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return b
}

var errTorn = errors.New("its pieces do not fit its length")

// unpackOutput is the inverse. The body shares the record's memory. A store of
// before has three encodings behind it, which are passed over.
func unpackOutput(b []byte) (news.Output, error) {
	var pieces [][]byte
	for len(b) > 0 {
		n, w := binary.Uvarint(b)
		if w <= 0 || n > uint64(len(b)-w) {
			return news.Output{}, errTorn
		}
		pieces = append(pieces, b[w:w+int(n):w+int(n)])
		b = b[w+int(n):]
	}
	if len(pieces) != 2 && len(pieces) != 5 {
		return news.Output{}, errTorn
	}
	var out news.Output
	if err := json.Unmarshal(pieces[0], &out); err != nil {
		return news.Output{}, err
	}
	if len(pieces[1]) > 0 {
		out.Body = pieces[1]
	}
	return out, nil
}
