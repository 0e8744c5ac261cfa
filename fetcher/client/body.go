package client

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/zlib"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	largeBody   = 1 << 20  // bodies beyond it are few at a time: memory is shared by all polls
	largeBodies = 4        // so many of them, where the heap has room
	largeShare  = 40 << 20 // what one takes at worst: received, inflated and read
	ratioFloor  = 64 << 10 // below it any ratio is harmless
)

// errCut ends the inflating of a body of which only the beginning is wanted.
var errCut = errors.New("enough")

// decoders are kept from one body to the next: a zstd or brotli reader costs
// more to make than a feed does to inflate.
var (
	gzips   = sync.Pool{New: func() any { return new(gzip.Reader) }}
	brotlis = sync.Pool{New: func() any { return brotli.NewReader(nil) }}
	zstds   = sync.Pool{New: func() any {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderLowmem(true))
		if err != nil {
			panic(err) // only wrong options do that
		}
		return d
	}}
	buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	inputs  = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 16<<10) }}
)

// largePlaces is how many large bodies may be in memory, of a heap that is bounded
// at so many bytes (GOMEMLIMIT, or the container's limit): what is live the
// collector can't keep below any bound.
func largePlaces(heap int64) int {
	return int(max(1, min(largeBodies, heap/largeShare)))
}

// A read is one body on its way from the wire to memory, with its limits.
type read struct {
	ctx   context.Context
	host  string
	max   int64
	ratio int64
	cut   bool // what is beyond max is not wanted, instead of an error
	large chan struct{}
	known [32]byte // a sum that need not be inflated again
	src   io.Reader

	wire  int64    // bytes received
	sum   [32]byte // of them, and of what they are called
	same  bool     // sum is known: there is no body
	holds bool     // a place in large
}

func (r *read) tooLarge() error {
	return &Error{Class: TooLarge, Detail: fmt.Sprintf("%s sent more than %d MB; if that is right, raise fetch.max_body", r.host, r.max>>20)}
}

// all receives a body whole and inflates it. encoding is the header's word, which
// is not always true: a plain body under gzip's name is taken as it is, and gzip
// without a name (sitemap.xml.gz) is inflated. What was received before is not
// inflated again.
func (r *read) all(encoding string) ([]byte, error) {
	wire := buffers.Get().(*bytes.Buffer)
	defer giveBack(wire)
	if err := r.receive(wire); err != nil {
		return nil, err
	}
	h := sha256.New()
	io.WriteString(h, encoding+"\n")
	h.Write(wire.Bytes())
	h.Sum(r.sum[:0])
	if r.same = r.sum == r.known; r.same {
		return nil, nil
	}
	in := inputs.Get().(*bufio.Reader)
	in.Reset(bytes.NewReader(wire.Bytes()))
	defer func() {
		in.Reset(nil)
		inputs.Put(in)
	}()
	dec, done, err := r.decoder(in, encoding)
	if err != nil {
		return nil, r.inflating(err)
	}
	defer done()
	if dec == io.Reader(in) {
		return bytes.Clone(wire.Bytes()), nil
	}
	buf := buffers.Get().(*bytes.Buffer)
	defer giveBack(buf)
	if err := r.copy(buf, dec); err != nil && !r.cut { // of a body that may be cut, what is there is enough
		return nil, r.inflating(err)
	}
	return bytes.Clone(buf.Bytes()), nil
}

// giveBack keeps a buffer for the next body, unless it grew out of proportion.
func giveBack(b *bytes.Buffer) {
	if b.Cap() <= largeBody {
		b.Reset()
		buffers.Put(b)
	}
}

// receive takes the body off the wire. What breaks off is an error, unless only
// the beginning was wanted.
func (r *read) receive(buf *bytes.Buffer) error {
	for {
		buf.Grow(8 << 10)
		b := buf.AvailableBuffer()
		n, err := r.src.Read(b[:cap(b)])
		buf.Write(b[:n])
		r.wire = int64(buf.Len())
		if r.wire > r.max {
			if !r.cut {
				return r.tooLarge()
			}
			buf.Truncate(int(r.max))
			return nil
		}
		if err := r.hold(r.wire); err != nil {
			return err
		}
		if err == io.EOF || err != nil && r.cut {
			return nil
		}
		if err != nil {
			return classify(err, "", r.host, true)
		}
	}
}

// inflating words what went wrong between wire and memory.
func (r *read) inflating(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{Class: Truncated, Detail: fmt.Sprintf("the compressed answer of %s ends in the middle", r.host), Err: err}
	}
	return &Error{Class: Encoding, Detail: fmt.Sprintf("the compressed answer of %s is damaged: %s", r.host, plain(err)), Err: err}
}

// copy inflates into buf while watching size, ratio and the memory of all.
func (r *read) copy(buf *bytes.Buffer, from io.Reader) error {
	for {
		buf.Grow(32 << 10)
		b := buf.AvailableBuffer()
		n, err := from.Read(b[:cap(b)])
		buf.Write(b[:n])
		size := int64(buf.Len())
		switch {
		case size > r.max && r.cut:
			buf.Truncate(int(r.max))
			return errCut
		case size > r.max:
			return r.tooLarge()
		case size > ratioFloor && size > r.ratio*r.wire:
			return &Error{Class: TooLarge, Detail: fmt.Sprintf("%s sent %d bytes that inflate to more than %d times as much: a bomb, not a feed", r.host, r.wire, r.ratio)}
		}
		if err := r.hold(size); err != nil {
			return err
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// hold takes a place among the large bodies once a body is one.
func (r *read) hold(size int64) error {
	if size <= largeBody || r.holds {
		return nil
	}
	select {
	case r.large <- struct{}{}:
		r.holds = true
		return nil
	case <-r.ctx.Done():
		return classify(r.ctx.Err(), "", r.host, true)
	}
}

// decoder undoes the content encodings, last one first, at most two.
func (r *read) decoder(in *bufio.Reader, encoding string) (io.Reader, func(), error) {
	var names []string
	for name := range strings.SplitSeq(encoding, ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" && name != "identity" && name != "none" {
			names = append(names, name)
		}
	}
	if len(names) > 2 {
		return nil, nil, &Error{Class: Encoding, Detail: fmt.Sprintf("%s compressed its answer %d times over", r.host, len(names))}
	}
	if len(names) == 0 {
		names = []string{""}
	}
	done := func() {}
	for i := len(names) - 1; i >= 0; i-- {
		dec, free, err := r.undo(in, names[i])
		if err != nil {
			done()
			return nil, nil, err
		}
		before := done
		done = func() { free(); before() }
		if dec == io.Reader(in) || i == 0 {
			return dec, done, nil
		}
		in = bufio.NewReaderSize(dec, 16<<10)
	}
	return in, done, nil
}

// undo makes the reader for one encoding, believing the bytes before the name.
func (r *read) undo(in *bufio.Reader, name string) (io.Reader, func(), error) {
	head, err := in.Peek(4)
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	switch {
	case len(head) == 0:
		return in, func() {}, nil
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z := gzips.Get().(*gzip.Reader)
		if err := z.Reset(in); err != nil {
			return nil, nil, err
		}
		z.Multistream(false)
		return &members{z: z, in: in}, func() { gzips.Put(z) }, nil
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z := zstds.Get().(*zstd.Decoder)
		if err := z.Reset(in); err != nil {
			return nil, nil, err
		}
		return z, func() { _ = z.Reset(nil); zstds.Put(z) }, nil
	}
	switch name {
	case "br":
		if text(head) {
			return in, func() {}, nil
		}
		b := brotlis.Get().(*brotli.Reader)
		if err := b.Reset(in); err != nil {
			return nil, nil, err
		}
		return b, func() { brotlis.Put(b) }, nil
	case "deflate":
		return undeflate(in, head)
	case "", "gzip", "x-gzip", "zstd", "utf-8", "utf8", "binary", "8bit":
		return in, func() {}, nil // plain after all, or a charset in the wrong header
	}
	return nil, nil, &Error{Class: Encoding, Detail: fmt.Sprintf("%s compressed its answer as %.40q, which nobody asked for", r.host, name)}
}

// undeflate reads zlib, or the raw deflate that some servers send under the same name.
func undeflate(in *bufio.Reader, head []byte) (io.Reader, func(), error) {
	if text(head) {
		return in, func() {}, nil
	}
	if len(head) >= 2 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		z, err := zlib.NewReader(in)
		return z, func() {}, err
	}
	return flate.NewReader(in), func() {}, nil
}

// text says that a body begins as a document does, not as compressed bytes do.
// A brotli stream can begin with '<' only by a header that no encoder writes
// for documents of more than a few bytes.
func text(head []byte) bool {
	h := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(h) == 0 || h[0] == '<' || h[0] == '{' || h[0] == '['
}

// members reads the members of a gzip stream one after the other and stops at
// what follows the last: some servers pad with zeros or append a banner.
type members struct {
	z  *gzip.Reader
	in *bufio.Reader
}

func (m *members) Read(p []byte) (int, error) {
	n, err := m.z.Read(p)
	if err != io.EOF {
		return n, err
	}
	head, perr := m.in.Peek(2)
	if len(head) < 2 || head[0] != 0x1f || head[1] != 0x8b {
		if perr != nil && perr != io.EOF {
			return n, perr
		}
		return n, io.EOF
	}
	if err := m.z.Reset(m.in); err != nil {
		return n, err
	}
	m.z.Multistream(false)
	return n, nil
}
