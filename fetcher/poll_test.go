package fetcher

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/fetcher/client"
	"tinhub/fetcher/feed"
	"tinhub/news"
)

// onLoopback is a real client that may talk to the tests' servers.
func onLoopback(t testing.TB, timeout time.Duration) *client.Client {
	c := client.New(client.Options{
		Allow:   news.Networks{netip.MustParsePrefix("127.0.0.0/8")},
		Limits:  client.Limits{PerHost: 64, Spacing: -1},
		Timeout: timeout,
	})
	t.Cleanup(c.Close)
	return c
}

// lines reads a body whose first line is "feed" and whose others are entries,
// "guid text". A last line "…" says that it ends early.
func lines(v *visit, resp *client.Response) (feed.Document, error) {
	list := strings.Split(strings.TrimSpace(string(resp.Body)), "\n")
	if list[0] != "feed" {
		return feed.Document{Discovered: []string{"http://elsewhere.example/rss"}}, feed.ErrNotAFeed
	}
	doc := feed.Document{Format: "rss2.0", Title: "Tin"}
	for _, l := range list[1:] {
		if l == "…" {
			doc.Truncated = true
			continue
		}
		guid, text, _ := strings.Cut(l, " ")
		doc.Entries = append(doc.Entries, news.Entry{GUID: guid, Title: text, Link: "http://paper.example/" + guid, Key: news.KeyOf(guid), Hash: news.KeyOf(text)})
	}
	return doc, nil
}

// once polls one source a single time over a memory, as Run would.
func once(t *testing.T, m *memory, c Client, src news.Source) news.SourceState {
	t.Helper()
	f := newTest(t, m, c, Options{})
	f.parse = lines
	var got news.SourceState
	held, err := f.Once(t.Context(), []news.Source{src}, func(s news.SourceState, why string, err error) { got = s })
	if err != nil || len(held) > 0 {
		t.Fatal(held, err)
	}
	return got
}

func titles(entries []news.Entry) string {
	var out []string
	for _, e := range entries {
		out = append(out, e.Title)
	}
	return strings.Join(out, ",")
}

// TestPolls follows one source through good and bad days, over a real socket.
func TestPolls(t *testing.T) {
	var mu sync.Mutex
	var serve http.HandlerFunc
	var asked http.Header
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = r.Header.Clone()
		serve(w, r)
	}))
	defer srv.Close()
	tagged := func(etag, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", etag)
			if r.Header.Get("If-None-Match") == etag {
				w.WriteHeader(304)
				return
			}
			fmt.Fprint(w, body)
		}
	}
	truncated := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"cut"`)
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, "feed\nd four\n")
	}
	cutGzip := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"cut"`)
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		fmt.Fprint(z, "feed\nd four\n")
		z.Flush()
	}
	steps := []struct {
		name   string
		serve  http.HandlerFunc
		health news.Health
		wire   string // what reached the wire
		etag   string // kept
	}{
		{"first", tagged(`"1"`, "feed\nb two\na one"), news.OK, "one,two", `"1"`},
		{"again", tagged(`"1"`, "feed\nb two\na one"), news.Unchanged, "", `"1"`},
		{"another tag, the same body", tagged(`"1b"`, "feed\nb two\na one"), news.Unchanged, "", `"1b"`},
		{"one new, one changed", tagged(`"2"`, "feed\nc three\nb two!\na one"), news.OK, "two!,three", `"2"`},
		{"shuffled", tagged(`"3"`, "feed\na one\nc three\nb two!"), news.OK, "", `"3"`},
		{"cut off", truncated, news.Failing, "", `"3"`},
		{"cut off within gzip", cutGzip, news.Failing, "", `"3"`},
		{"an error page", tagged(`"err"`, "<html>Lỗi"), news.NotAFeed, "", `"3"`},
		{"shrunk", tagged(`"4"`, "feed\nc three"), news.OK, "", `"4"`},
		{"empty", tagged(`"5"`, "feed"), news.Empty, "", `"5"`},
		{"ends early in a whole transfer", tagged(`"6"`, "feed\ne five\n…"), news.OK, "five", `"5"`},
		{"whole", tagged(`"6"`, "feed\nf six\ne five"), news.OK, "six", `"6"`},
		{"dropped and back", tagged(`"7"`, "feed\na one\nb two!"), news.OK, "", `"7"`},
		{"an empty answer", func(w http.ResponseWriter, r *http.Request) {}, news.NotAFeed, "", `"7"`},
		{"no content", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) }, news.NotAFeed, "", `"7"`},
		{"ill", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) }, news.Failing, "", `"7"`},
		{"gone", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(410) }, news.Gone, "", `"7"`},
		{"back, by hand", tagged(`"7"`, "feed\na one\nb two!"), news.Unchanged, "", `"7"`},
	}
	m := newMemory()
	c := onLoopback(t, 2*time.Second)
	src := news.Source{ID: "a", URL: srv.URL + "/feed", Enabled: true}
	last := news.SourceState{}
	for _, st := range steps {
		mu.Lock()
		serve = st.serve
		mu.Unlock()
		before := len(m.wire)
		s := once(t, m, c, src)
		if s.Health != st.health || s.ETag != st.etag || titles(m.wire[before:]) != st.wire {
			t.Errorf("%s: %s (%s), ETag %s, on the wire %q", st.name, s.Health, s.Detail, s.ETag, titles(m.wire[before:]))
		}
		if asked.Get("If-None-Match") != last.ETag {
			t.Errorf("%s: asked with %q", st.name, asked.Get("If-None-Match"))
		}
		if good := st.health == news.OK || st.health == news.Empty || st.health == news.Unchanged; !good && s.Detail == "" {
			t.Errorf("%s: no word of what is wrong", st.name)
		}
		last = s
	}
	if len(last.History) != len(steps) {
		t.Errorf("%d lines of history", len(last.History))
	}
}

// TestSockets: sources that hang in every way the network knows, beside one that
// is well, all over real sockets and under Run.
func TestSockets(t *testing.T) {
	bye := make(chan struct{})
	hang := func(head string) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					defer conn.Close()
					http.ReadRequest(bufio.NewReader(conn))
					fmt.Fprint(conn, head)
					<-bye
				}()
			}
		}()
		return l.Addr().String()
	}
	var polls atomic.Int64
	well := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "feed\nn%d news", polls.Add(1))
	}))
	defer well.Close()
	defer close(bye)
	sources := []news.Source{
		{ID: "well", URL: well.URL, Schedule: "@every 1s", Enabled: true},
		{ID: "tls", URL: "https://" + hang(""), Schedule: "@every 1s", Enabled: true},
		{ID: "headers", URL: "http://" + hang("HTTP/1.1 200"), Schedule: "@every 1s", Enabled: true},
		{ID: "body", URL: "http://" + hang("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nfeed"), Schedule: "@every 1s", Enabled: true},
		{ID: "after", URL: "http://" + hang("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfeed"), Schedule: "@every 1s", Enabled: true},
	}
	m := newMemory()
	f := newTest(t, m, onLoopback(t, 700*time.Millisecond), Options{Workers: 5}, sources...)
	f.parse = lines
	stop := running(t, f)
	time.Sleep(4500 * time.Millisecond)
	stop()
	if n := polls.Load(); n < 4 || n > 6 {
		t.Errorf("the healthy source was polled %d times in 4.5 seconds", n)
	}
	for _, id := range []string{"tls", "headers", "body"} {
		if s := m.state(id); s.Health != news.Failing || !strings.Contains(s.Detail, "in time") {
			t.Errorf("%s: %s: %s", id, s.Health, s.Detail)
		}
	}
	if s := m.state("after"); s.Health != news.Empty {
		t.Errorf("after the last byte: %s: %s", s.Health, s.Detail)
	}
}

// TestAdoptedKeepsSecrets: credentials stay with the host that the admin named,
// also when its feed has moved to another one for good.
func TestAdoptedKeepsSecrets(t *testing.T) {
	f := newTest(t, newMemory(), newPress(fresh), Options{})
	src := paper("a", "")
	src.BasicAuth = &news.BasicAuth{User: "u", Password: "p"}
	src.Headers = map[string]string{"X-Key": "k"}
	prepared, err := f.prepare(src)
	if err != nil {
		t.Fatal(err)
	}
	for adopted, secret := range map[string]bool{"": true, "https://a.example/new": true, "https://b.example/new": false} {
		v := &visit{f: f, src: prepared, state: news.SourceState{Adopted: adopted, ETag: `"1"`}}
		q := v.request()
		if (q.BasicAuth != nil) != secret || (q.Header.Get("X-Key") != "") != secret || q.Header.Get("If-None-Match") != `"1"` {
			t.Errorf("adopted %q: %+v", adopted, q)
		}
	}
}

// TestUnmodifiedForEver: a server that knows no other answer is asked once
// without a condition.
func TestUnmodifiedForEver(t *testing.T) {
	f := newTest(t, newMemory(), newPress(fresh), Options{})
	src, _ := f.prepare(paper("a", ""))
	s := news.SourceState{ETag: `"1"`}
	for i := range news.PollHistory {
		if q := (&visit{f: f, src: src, state: s}).request(); q.Header.Get("If-None-Match") == "" {
			t.Fatalf("no condition after %d", i)
		}
		s.History = append(s.History, news.PollRecord{Status: 304})
	}
	if q := (&visit{f: f, src: src, state: s}).request(); q.Header.Get("If-None-Match") != "" {
		t.Error("still asked with a condition")
	}
}

func TestDistinct(t *testing.T) {
	e := func(guid, link, text string) news.Entry {
		return news.Entry{GUID: guid, Link: link, Title: text, Key: news.KeyOf(guid), Hash: news.KeyOf(guid, link, text)}
	}
	tests := []struct {
		name  string
		in    []news.Entry
		want  string
		twice int
	}{
		{"all different", []news.Entry{e("1", "a", "x"), e("2", "b", "y")}, "x,y", 0},
		{"told twice", []news.Entry{e("1", "a", "x"), e("1", "a", "x")}, "x", 0},
		{"twice with another text", []news.Entry{e("1", "a", "new"), e("1", "a", "old")}, "new", 1},
		{"one guid for everything", []news.Entry{e("1", "a", "x"), e("1", "b", "y"), e("1", "c", "z")}, "x,y,z", 0},
		{"an empty guid and no link", []news.Entry{e("", "", "x"), e("", "a", "y")}, "x,y", 0},
	}
	for _, tt := range tests {
		got, names, twice := distinct(tt.in)
		if titles(got) != tt.want || len(twice) != tt.twice || len(names) != len(tt.in) {
			t.Errorf("%s: %s, %d twice", tt.name, titles(got), len(twice))
		}
		keys := map[news.Key]bool{}
		for _, e := range got {
			keys[e.Key] = true
		}
		if len(keys) != len(got) {
			t.Errorf("%s: keys are shared", tt.name)
		}
	}
	// the names are the same in the next poll, where other entries stand
	a, _, _ := distinct([]news.Entry{e("1", "a", "x"), e("1", "b", "y")})
	b, _, _ := distinct([]news.Entry{e("1", "c", "z"), e("1", "b", "y"), e("1", "a", "x")})
	if d := cmp.Diff([]news.Key{a[0].Key, a[1].Key}, []news.Key{b[2].Key, b[1].Key}); d != "" {
		t.Error(d)
	}
}

func TestOldestFirst(t *testing.T) {
	at := func(title string, minute int) news.Entry {
		e := news.Entry{Title: title}
		if minute > 0 {
			e.Published = news.Moment{At: noon.Add(time.Duration(minute) * time.Minute)}
		}
		return e
	}
	for want, in := range map[string][]news.Entry{
		"a,b,c": {at("c", 3), at("a", 1), at("b", 2)},
		"b,c,a": {at("a", 9), at("c", 0), at("b", 3)}, // the feed's own order where dates are missing
		"x,y":   {at("y", 5), at("x", 5)},
	} {
		oldestFirst(in)
		if titles(in) != want {
			t.Errorf("%s, want %s", titles(in), want)
		}
	}
}
