package client_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"tinhub/fetcher/client"
)

func packed(t *testing.T, how string, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch how {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "br":
		w = brotli.NewWriterLevel(&out, 4)
	case "zstd":
		w, _ = zstd.NewWriter(&out)
	case "zlib":
		w = zlib.NewWriter(&out)
	case "flate":
		w, _ = flate.NewWriter(&out, 6)
	default:
		return b
	}
	w.Write(b)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// article is text that compresses about as well as a feed does.
func article(n int) []byte {
	var b bytes.Buffer
	b.WriteString("<?xml version=\"1.0\"?><rss><channel>")
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "<item><title>Bản tin số %d</title><guid>%x</guid></item>", i, i*2654435761)
	}
	b.WriteString("</channel></rss>")
	return b.Bytes()
}

func TestDecoding(t *testing.T) {
	doc := article(50_000)
	gz := packed(t, "gzip", doc)
	tests := []struct {
		name, encoding string
		body           []byte
		want           []byte
		class          client.Class
	}{
		{"plain", "", doc, doc, ""},
		{"identity", "identity", doc, doc, ""},
		{"gzip", "gzip", gz, doc, ""},
		{"x-gzip", "x-gzip", gz, doc, ""},
		{"GZIP", "GZIP", gz, doc, ""},
		{"gzip without a name", "", gz, doc, ""},
		{"gzip under another name", "br", gz, doc, ""},
		{"plain under gzip's name", "gzip", doc, doc, ""},
		{"plain under br's name", "br", doc, doc, ""},
		{"plain under deflate's name", "deflate", doc, doc, ""},
		{"br, though not asked", "br", packed(t, "br", doc), doc, ""},
		{"zstd, though not asked", "zstd", packed(t, "zstd", doc), doc, ""},
		{"deflate as zlib", "deflate", packed(t, "zlib", doc), doc, ""},
		{"deflate raw", "deflate", packed(t, "flate", doc), doc, ""},
		{"gzip of gzip", "gzip, gzip", packed(t, "gzip", gz), doc, ""},
		{"br then gzip", "br, gzip", packed(t, "gzip", packed(t, "br", doc)), doc, ""},
		{"two members", "gzip", append(bytes.Clone(gz), gz...), append(bytes.Clone(doc), doc...), ""},
		{"padded with zeros", "gzip", append(bytes.Clone(gz), make([]byte, 512)...), doc, ""},
		{"empty under gzip's name", "gzip", nil, nil, ""},
		{"three times", "gzip, gzip, gzip", gz, nil, client.Encoding},
		{"unknown", "compress", []byte("\x1f\x9dxxxx"), nil, client.Encoding},
		{"a charset in the wrong header", "utf-8", doc, doc, ""},
		{"truncated gzip", "gzip", gz[:len(gz)/2], nil, client.Truncated},
		{"gzip without its checksum", "gzip", gz[:len(gz)-8], nil, client.Truncated},
		{"wrong checksum", "gzip", append(bytes.Clone(gz[:len(gz)-8]), 1, 2, 3, 4, 5, 6, 7, 8), nil, client.Encoding},
		{"truncated zstd", "zstd", packed(t, "zstd", doc)[:2000], nil, client.Truncated},
		{"truncated br", "br", packed(t, "br", doc)[:2000], nil, client.Truncated},
		{"garbage under br's name", "br", []byte("\xff\xff\xff\xff\xff\xff\xff"), nil, client.Encoding},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if tt.encoding != "" {
					w.Header().Set("Content-Encoding", tt.encoding)
				}
				w.Write(tt.body)
			}))
			defer srv.Close()
			resp, err := unhurried(t).Fetch(t.Context(), client.Request{URL: srv.URL})
			wantClass(t, err, tt.class)
			if err == nil && !bytes.Equal(resp.Body, tt.want) {
				t.Errorf("%d bytes, want %d", len(resp.Body), len(tt.want))
			}
			if err == nil && resp.Wire != int64(len(tt.body)) && tt.name != "padded with zeros" {
				t.Errorf("counted %d bytes on the wire, sent %d", resp.Wire, len(tt.body))
			}
		})
	}
}

// TestBombs holds that what inflates without end costs neither memory nor time.
func TestBombs(t *testing.T) {
	zeros := func(how string, mega int) []byte { return packed(t, how, make([]byte, mega<<20)) }
	tests := []struct {
		name, encoding string
		body           []byte
	}{
		{"gzip of zeros", "gzip", zeros("gzip", 8)},
		{"br of zeros", "br", zeros("br", 8)},
		{"zstd of zeros", "zstd", zeros("zstd", 8)},
		{"gzip of gzip of zeros", "gzip, gzip", packed(t, "gzip", zeros("gzip", 8))},
		{"many little members", "gzip", bytes.Repeat(packed(t, "gzip", make([]byte, 64<<10)), 64)},
		{"plain beyond the limit", "", bytes.Repeat([]byte("<a>"), 400<<10)},
		{"well packed beyond the limit", "gzip", packed(t, "gzip", article(1200<<10))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Encoding", tt.encoding)
				w.Write(tt.body)
			}))
			defer srv.Close()
			c := unhurried(t, func(o *client.Options) { o.MaxBody = 1 << 20 })
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begun := time.Now()
			_, err := c.Fetch(t.Context(), client.Request{URL: srv.URL})
			runtime.ReadMemStats(&after)
			wantClass(t, err, client.TooLarge)
			if d := time.Since(begun); d > 2*time.Second {
				t.Errorf("took %v", d)
			}
			if grown := (after.TotalAlloc - before.TotalAlloc) >> 20; grown > 16 {
				t.Errorf("allocated %d MB", grown)
			}
		})
	}
}

func TestCut(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chunk := bytes.Repeat([]byte("thanks "), 1000)
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer srv.Close()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, strings.NewReader("news"))
	resp, err := unhurried(t).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(resp.Body); len(b) != 64<<10 || resp.StatusCode != 200 {
		t.Errorf("%d bytes, status %d", len(b), resp.StatusCode)
	}
}

// TestLargeBodiesAreFew: memory is shared, so large bodies wait for each other
// and small ones for nobody.
func TestLargeBodiesAreFew(t *testing.T) {
	big := bytes.Repeat([]byte("<item/>"), 300<<10)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/small" {
			w.Write(big[:1000])
			return
		}
		w.Write(big)
	}))
	defer srv.Close()
	c := unhurried(t)
	var held []*client.Response
	for i := range 5 {
		q := client.Request{URL: fmt.Sprintf("%s/%d", srv.URL, i)}
		if i == 4 {
			q.Timeout = 300 * time.Millisecond
		}
		resp, err := c.Fetch(t.Context(), q)
		if i < 4 && err != nil {
			t.Fatal(err)
		}
		if i == 4 {
			wantClass(t, err, client.Timeout)
			continue
		}
		held = append(held, resp)
	}
	if _, err := c.Fetch(t.Context(), client.Request{URL: srv.URL + "/small"}); err != nil {
		t.Error(err)
	}
	for _, r := range held {
		r.Close()
		r.Close() // harmless
	}
	if _, err := c.Fetch(t.Context(), client.Request{URL: srv.URL}); err != nil {
		t.Error(err)
	}
}

// TestLargeBodiesInASmallHeap: where the process has 128 MiB, as in a small
// container, its heap is of 76, and holds one at a time.
func TestLargeBodiesInASmallHeap(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	big := bytes.Repeat([]byte("<item/>"), 300<<10)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(big) }))
	defer srv.Close()
	for _, tt := range []struct {
		heap   int64 // MiB
		places int
	}{{89, 2}, {76, 1}, {16, 1}, {1 << 20, 4}} {
		debug.SetMemoryLimit(tt.heap << 20)
		c := unhurried(t)
		debug.SetMemoryLimit(before)
		for i := range tt.places + 1 {
			q := client.Request{URL: fmt.Sprintf("%s/%d", srv.URL, i)}
			if i == tt.places {
				q.Timeout = 500 * time.Millisecond
			}
			resp, err := c.Fetch(t.Context(), q)
			if i == tt.places {
				wantClass(t, err, client.Timeout)
			} else if err != nil {
				t.Fatalf("a heap of %d MiB, body %d: %v", tt.heap, i+1, err)
			} else {
				defer resp.Close()
			}
		}
	}
}

// TestSame: what was received before is recognised by its bytes and their name,
// and not inflated again.
func TestSame(t *testing.T) {
	gz := packed(t, "gzip", article(5000))
	body, encoding := gz, "gzip"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", encoding)
		w.Write(body)
	}))
	defer srv.Close()
	c := unhurried(t)
	ask := func(known [32]byte) *client.Response {
		t.Helper()
		resp, err := c.Fetch(t.Context(), client.Request{URL: srv.URL, Known: known})
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	first := ask([32]byte{})
	if again := ask(first.Sum); !again.Same || len(again.Body) != 0 || first.Same || again.Wire != int64(len(gz)) {
		t.Errorf("the same body: %v, %d bytes", again.Same, len(again.Body))
	}
	encoding = "identity"
	if named := ask(first.Sum); named.Same {
		t.Error("the same bytes under another name are the same")
	}
	encoding, body = "gzip", packed(t, "gzip", article(6000))
	if other := ask(first.Sum); other.Same || len(other.Body) < 6000 {
		t.Error("another body is the same")
	}
}
