package publisher

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tinhub/news"
)

// sized is a server with one output of about 62.8 KB, as MEASURED.md has it.
func sized(b *testing.B) (*Publisher, *served) {
	b.Helper()
	d := newDesk()
	for n := range 50 {
		s, a := aStory(n, "nong-thon-moi")
		a.Summary = "<p>" + strings.Repeat(fmt.Sprintf("Xã %d làm đường hoa, kéo điện. ", n), 7) + "</p>"
		d.file(s, a)
	}
	p := New(d.deps(), Options{Settings: settings(), Rate: -1})
	v := p.view.Load()
	for _, c := range v.channels {
		entries, err := p.collect(context.Background(), v, c, time.Time{})
		if err != nil {
			b.Fatal(err)
		}
		next, err := v.revise(c, entries, nil, 0, t0)
		if err != nil {
			b.Fatal(err)
		}
		for i := range next {
			encode(&next[i])
		}
		p.memory.install(next...)
	}
	p.touch()
	p.ready()
	return p, p.memory.output("nong-thon-moi", news.RSS)
}

// BenchmarkServe compares each answer with a bare net/http handler that writes
// the same headers and bytes, over the same kind of socket. The sub-benchmarks of one name
// are to be compared within one run.
func BenchmarkServe(b *testing.B) {
	p, s := sized(b)
	for _, c := range []struct {
		name    string
		headers map[string]string
		body    []byte
		status  int
	}{
		{"304", map[string]string{"If-None-Match": s.variants[gzipped].etag, "Accept-Encoding": "gzip"}, nil, 304},
		{"gzip", map[string]string{"Accept-Encoding": "gzip"}, s.Gzip, 200},
	} {
		same := &sinkWriter{header: http.Header{}} // the headers that we send
		r := httptest.NewRequest("GET", "http://localhost:8080/topics/nong-thon-moi.rss", nil)
		for k, v := range c.headers {
			r.Header.Set(k, v)
		}
		p.serve(same, r)
		bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			maps.Copy(w.Header(), same.header)
			w.WriteHeader(c.status)
			_, _ = w.Write(c.body)
		})
		for name, h := range map[string]http.Handler{"tinhub": p.Handler(), "bare": bare} {
			b.Run(c.name+"/"+name, func(b *testing.B) { ask(b, h, c.headers, c.status) })
		}
	}
}

func ask(b *testing.B, h http.Handler, headers map[string]string, status int) {
	srv := httptest.NewServer(h)
	defer srv.Close()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		var sink bytes.Buffer
		for pb.Next() {
			req, _ := http.NewRequest("GET", srv.URL+"/topics/nong-thon-moi.rss", nil)
			for k, v := range headers {
				req.Header.Set(k, v)
			}
			res, err := client.Do(req)
			if err != nil {
				b.Error(err)
				return
			}
			sink.Reset()
			_, _ = sink.ReadFrom(res.Body)
			_ = res.Body.Close()
			if res.StatusCode != status {
				b.Errorf("%d", res.StatusCode)
				return
			}
		}
	})
}

// BenchmarkHandler is the work of the handler alone, without a socket.
func BenchmarkHandler(b *testing.B) {
	p, s := sized(b)
	for name, headers := range map[string]map[string][]string{
		"304":  {"If-None-Match": {s.variants[gzipped].etag}, "Accept-Encoding": {"gzip, deflate, br"}},
		"gzip": {"Accept-Encoding": {"gzip"}},
	} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "http://localhost:8080/topics/nong-thon-moi.rss", nil)
			r.Header = headers
			w := &sinkWriter{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				p.serve(w, r)
			}
		})
	}
}

type sinkWriter struct{ header http.Header }

func (w *sinkWriter) Header() http.Header         { return w.header }
func (w *sinkWriter) Write(b []byte) (int, error) { return len(b), nil }
func (w *sinkWriter) WriteHeader(int)             {}

// BenchmarkPublish renders a channel in which one story of 50 is new, every
// format and encoding, beside copying the bytes that come out.
func BenchmarkPublish(b *testing.B) {
	p, _ := sized(b)
	v := p.view.Load()
	c := v.byID["nong-thon-moi"]
	had := p.memory.channel(c.id)
	entries, err := p.collect(context.Background(), v, c, time.Time{})
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	b.Run("tinhub", func(b *testing.B) {
		for b.Loop() {
			n++
			entries[0].item.Title = fmt.Sprintf("Tin mới thứ %d", n)
			next, err := v.revise(c, entries, had, 0, t0)
			if err != nil || len(next) != len(formats) {
				b.Fatal(err, len(next))
			}
			for i := range next {
				encode(&next[i])
			}
		}
	})
	b.Run("copy", func(b *testing.B) {
		for b.Loop() {
			for _, s := range had {
				for i := range s.variants {
					_ = bytes.Clone(s.variants[i].body)
				}
			}
		}
	})
}

// BenchmarkIndex fills and asks a large index; it reports what it takes in memory.
func BenchmarkIndex(b *testing.B) {
	var x index
	x.reset()
	const stories = 20_000
	for n := range stories {
		s, _ := aStory(n)
		x.put(s.ID, int64(n), s.Title, s.Lede+strings.Repeat(fmt.Sprintf(" đoạn %d của bài", n%977), 6))
	}
	_, size := x.size()
	q := parseQuery(`"nong thon" 777`)
	b.ReportMetric(float64(size)/stories, "B/story")
	for b.Loop() {
		x.find(q)
	}
	b.ReportMetric(float64(size)/stories, "B/story")
}
