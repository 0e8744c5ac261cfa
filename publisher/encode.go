package publisher

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/andybalholm/brotli/matchfinder"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"tinhub/news"
)

// Levels: a revision is compressed once and sent many times, but within the
// second that it has to be out, beside 50 others. gzip 5 comes within a few per
// cent of the highest level at a fraction of its time; brotli 3 of the library's
// second encoder makes what level 4 of its first one does, in a quarter of the
// time. Each document is compressed whole: spliced from parts that are compressed
// alone it would be a sixth larger with parts of 24 KB, and twice as large with
// one an item, for every reader.
const (
	gzipLevel   = 5
	brotliLevel = 3
)

// The encoders are large and reusable.
var (
	gzipWriters   = sync.Pool{New: func() any { w, _ := gzip.NewWriterLevel(nil, gzipLevel); return w }}
	brotliWriters = sync.Pool{New: func() any { return brotli.NewWriterV2(nil, brotliLevel) }}
	scratch       = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	zstdEncoder   = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1))
		if err != nil {
			panic(err) // only wrong options are refused
		}
		return e
	})
)

// encode fills in an output's ETag and encodings from its bytes.
func encode(o *news.Output) {
	o.ETag = tagOf(o.Body)
	o.Gzip = compressGzip(o.Body)
	o.Brotli = compressBrotli(o.Body)
	o.Zstd = zstdEncoder().EncodeAll(o.Body, nil)
}

// tagOf is the strong ETag of bytes, without quotes.
func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:12])
}

func compressGzip(body []byte) []byte {
	w := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(w)
	return compress(w, body)
}

func compressBrotli(body []byte) []byte {
	w := brotliWriters.Get().(*matchfinder.Writer)
	defer brotliWriters.Put(w)
	return compress(w, body)
}

// compress gives a slice of just the size, since it is kept for as long as it is
// served.
func compress(w interface {
	io.WriteCloser
	Reset(io.Writer)
}, body []byte) []byte {
	b := scratch.Get().(*bytes.Buffer)
	defer scratch.Put(b)
	b.Reset()
	w.Reset(b)
	_, _ = w.Write(body) // a bytes.Buffer takes everything
	_ = w.Close()
	return bytes.Clone(b.Bytes())
}
