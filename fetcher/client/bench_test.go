package client

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	kgzip "github.com/klauspost/compress/gzip"

	"tinhub/news"
)

// notModified is a server that answers everything with 304, as cheaply as a
// server can: what is measured is who asks.
func notModified(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	answer := []byte("HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nDate: Wed, 04 Mar 2026 12:00:00 GMT\r\n\r\n")
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				in := bufio.NewReader(conn)
				for {
					if !skipHead(in) {
						return
					}
					if _, err := conn.Write(answer); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

func skipHead(in *bufio.Reader) bool {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return false
		}
		if len(line) <= 2 {
			return true
		}
	}
}

// BenchmarkFetch compares conditional GETs, 64 at once, with a client that
// writes and reads sockets. MEASURED.md asks for 0.7 of its rate.
func BenchmarkFetch(b *testing.B) {
	addr := notModified(b)
	c := New(Options{Allow: news.Networks{netip.MustParsePrefix("127.0.0.0/8")}, Limits: Limits{PerHost: 64, Spacing: -1}})
	defer c.Close()
	header := http.Header{"Accept": {"application/rss+xml"}, "If-None-Match": {`"1"`}}
	polite := func() {
		resp, err := c.Fetch(context.Background(), Request{URL: "http://" + addr + "/rss", Header: header})
		if err != nil || resp.Status != 304 {
			b.Error(resp, err)
		}
	}
	conns := make(chan *bufio.ReadWriter, 64)
	for range 64 {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		conns <- bufio.NewReadWriter(bufio.NewReader(conn), bufio.NewWriter(conn))
	}
	raw := func() {
		rw := <-conns
		fmt.Fprintf(rw, "GET /rss HTTP/1.1\r\nHost: %s\r\nUser-Agent: tinhub/1 (+https://github.com/tinhub/tinhub)\r\nAccept: application/rss+xml\r\nAccept-Encoding: gzip, br, zstd\r\nIf-None-Match: \"1\"\r\n\r\n", addr)
		if rw.Flush() != nil || !skipHead(rw.Reader) {
			b.Error("the server left")
		}
		conns <- rw
	}
	const n = 2000
	var ratios, work []float64
	var polites, raws time.Duration
	for b.Loop() {
		p, pc := timed(n, polite)
		r, rc := timed(n, raw)
		polites, raws = polites+p, raws+r
		ratios = append(ratios, r.Seconds()/p.Seconds())
		work = append(work, rc.Seconds()/pc.Seconds())
	}
	slices.Sort(ratios)
	slices.Sort(work)
	b.ReportMetric(ratios[len(ratios)/2], "of-limit")
	b.ReportMetric(work[len(work)/2], "of-limit-cpu") // the same by processor time, which other programs disturb less
	b.ReportMetric(float64(polites.Microseconds())/float64(n*len(ratios)), "µs/GET")
	b.ReportMetric(float64(raws.Microseconds())/float64(n*len(ratios)), "µs/raw")
}

// timed runs n calls, 64 at once, and gives the time that went by and the
// processor time that the process took for it, the server's included.
func timed(n int64, call func()) (wall, cpu time.Duration) {
	begun, used := time.Now(), processorTime()
	var left atomic.Int64
	left.Store(n)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				call()
			}
		})
	}
	wg.Wait()
	return time.Since(begun), processorTime() - used
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkUnchanged compares what an unchanged 200 costs, from the compressed
// bytes to knowing that they are known, with inflating and hashing alone.
// MEASURED.md allows 1.1 of it.
func BenchmarkUnchanged(b *testing.B) {
	var doc, packed bytes.Buffer
	for i := 0; doc.Len() < 110<<10; i++ {
		fmt.Fprintf(&doc, "<item><title>Bản tin số %d</title><description>%x</description></item>\n", i, sha256.Sum256([]byte{byte(i), byte(i >> 8)}))
	}
	z := gzip.NewWriter(&packed)
	z.Write(doc.Bytes())
	z.Close()
	first := &read{ctx: context.Background(), max: 10 << 20, ratio: 200, src: bytes.NewReader(packed.Bytes())}
	if body, err := first.all("gzip"); err != nil || len(body) != doc.Len() {
		b.Fatal(len(body), err)
	}
	ours := func() {
		r := &read{ctx: context.Background(), max: 10 << 20, ratio: 200, known: first.sum, src: bytes.NewReader(packed.Bytes())}
		if _, err := r.all("gzip"); err != nil || !r.same {
			b.Fatal(r.same, err)
		}
	}
	in := new(kgzip.Reader)
	buf := make([]byte, doc.Len())
	limit := func() {
		if err := in.Reset(bytes.NewReader(packed.Bytes())); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(in, buf); err != nil {
			b.Fatal(err)
		}
		sha256.Sum256(buf)
	}
	var ratios []float64
	for b.Loop() {
		var o, l time.Duration
		for range 20 {
			begun := time.Now()
			ours()
			middle := time.Now()
			limit()
			o, l = o+middle.Sub(begun), l+time.Since(middle)
		}
		ratios = append(ratios, o.Seconds()/l.Seconds())
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "of-limit")
}
