package publisher

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"tinhub/news"
)

// Levels: a revision is compressed once and sent many times, but within the
// second that it has to be out, beside 50 others. gzip 5 and brotli 4 come within
// a few per cent of the highest levels at a fraction of their time.
const (
	gzipLevel   = 5
	brotliLevel = 4
)

// The encoders are large and reusable.
var (
	gzipWriters   = sync.Pool{New: func() any { w, _ := gzip.NewWriterLevel(nil, gzipLevel); return w }}
	brotliWriters = sync.Pool{New: func() any { return brotli.NewWriterLevel(nil, brotliLevel) }}
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
	var b bytes.Buffer
	w := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(w)
	w.Reset(&b)
	_, _ = w.Write(body) // a bytes.Buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

func compressBrotli(body []byte) []byte {
	var b bytes.Buffer
	w := brotliWriters.Get().(*brotli.Writer)
	defer brotliWriters.Put(w)
	w.Reset(&b)
	_, _ = w.Write(body)
	_ = w.Close()
	return b.Bytes()
}
