package publisher

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tinhub/news"
	"tinhub/publisher/tally"
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
	counter := tally.New(saltedBook{}, tally.Options{})
	ctx, cancel := context.WithCancel(b.Context())
	b.Cleanup(cancel)
	go func() { _ = counter.Run(ctx) }()
	p := New(d.deps(), Options{Settings: settings(), Rate: -1, Observe: Observer{Read: func(r Reading) { counter.Read(tally.Reading(r)) }}})
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
		p.memory.install(next...)
	}
	p.touch()
	p.ready()
	return p, p.memory.output("nong-thon-moi", news.RSS)
}

// saltedBook lets readers be told apart, as they are in the program.
type saltedBook struct{}

func (saltedBook) Add(context.Context, string, int64, []news.Use) error { return nil }

func (saltedBook) Salt(_ context.Context, _ string, fresh []byte) ([]byte, error) { return fresh, nil }

// BenchmarkServe compares the rate of each answer with that of a bare net/http
// handler that writes the same headers and bytes, over the same kind of socket,
// in turns. MEASURED.md asks for 0.95 of it.
func BenchmarkServe(b *testing.B) {
	p, s := sized(b)
	for _, c := range []struct {
		name    string
		headers map[string]string
		body    []byte
		status  int
	}{
		{"304", map[string]string{"If-None-Match": s.variants[gzipped].etag, "Accept-Encoding": "gzip"}, nil, 304},
		{"gzip", map[string]string{"Accept-Encoding": "gzip"}, s.in(gzipped).body, 200},
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
		b.Run(c.name, func(b *testing.B) {
			ours, limit := asker(b, p.Handler(), c.headers, c.status), asker(b, bare, c.headers, c.status)
			inTurns(b, 500, ours, limit, func(ours, limit time.Duration) float64 { return limit.Seconds() / ours.Seconds() })
		})
	}
}

// asker is one request to a server of its own, over a kept connection.
func asker(b *testing.B, h http.Handler, headers map[string]string, status int) func() {
	srv := httptest.NewServer(h)
	b.Cleanup(srv.Close)
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	b.Cleanup(client.CloseIdleConnections)
	var sink bytes.Buffer
	return func() {
		req, _ := http.NewRequest("GET", srv.URL+"/topics/nong-thon-moi.rss", nil)
		for k, v := range headers {
			req.Header.Set(k, v)
		}
		res, err := client.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		sink.Reset()
		_, _ = sink.ReadFrom(res.Body)
		_ = res.Body.Close()
		if res.StatusCode != status {
			b.Fatal(res.StatusCode)
		}
	}
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
// format and encoding, in turns with copying the bytes that come out.
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
	publish := func() {
		n++
		entries[0].item.Title = fmt.Sprintf("Tin mới thứ %d", n)
		next, err := v.revise(c, entries, had, 0, t0)
		if err != nil || len(next) != len(formats) {
			b.Fatal(err, len(next))
		}
		for _, o := range next {
			s := newServed(o)
			for coding := range s.variants {
				s.in(coding)
			}
		}
	}
	copied := func() { // into new memory: what is published before is still being read
		for _, s := range had {
			for coding := range s.variants {
				_ = bytes.Clone(s.in(coding).body)
			}
		}
	}
	inTurns(b, 20, publish, copied, func(ours, limit time.Duration) float64 { return ours.Seconds() / limit.Seconds() })
}

// inTurns measures two things in turns, so many calls of each at once, by the CPU
// time of this process, which others on the machine sway less than the clock, and
// reports the median of their ratio.
func inTurns(b *testing.B, calls int, ours, limit func(), ratio func(ours, limit time.Duration) float64) {
	b.Helper()
	var ratios []float64
	for b.Loop() {
		begun := cpuTime()
		for range calls {
			ours()
		}
		middle := cpuTime()
		for range calls {
			limit()
		}
		ratios = append(ratios, ratio(middle-begun, cpuTime()-middle))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "of-limit")
}

// cpuTime is the CPU time that this process used up to now.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
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
