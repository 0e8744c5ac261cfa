package client_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tinhub/fetcher/client"
)

// talk is a server that counts its connections and answers each request on one,
// the n-th of all, as the test says; false ends the connection.
func talk(t *testing.T, answer func(c net.Conn, r *http.Request, n int64) bool) (address string, opened *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	opened = new(atomic.Int64)
	var asked atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			opened.Add(1)
			go func() {
				defer c.Close()
				in := bufio.NewReader(c)
				for {
					r, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					if _, err := io.Copy(io.Discard, r.Body); err != nil || !answer(c, r, asked.Add(1)) {
						return
					}
				}
			}()
		}
	}()
	return "http://" + l.Addr().String(), opened
}

const rss = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<rss"

// TestKeptInTheClear: whether a connection is kept follows from what came on it,
// and no answer is ever taken for another's.
func TestKeptInTheClear(t *testing.T) {
	all := func(s string) func(net.Conn, *http.Request, int64) bool {
		return func(c net.Conn, _ *http.Request, _ int64) bool { fmt.Fprint(c, s); return true }
	}
	tests := []struct {
		name   string
		answer func(c net.Conn, r *http.Request, n int64) bool
		status int
		opened int64 // for three requests
	}{
		{"a length", all(rss), 200, 1},
		{"chunks", all("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<rss\r\n0\r\n\r\n"), 200, 1},
		{"nothing to read", all("HTTP/1.1 304 Not Modified\r\n\r\n"), 304, 1},
		{"interim answers before it", all("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + rss), 200, 1},
		{"the server wants it closed", all("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\n<rss"), 200, 3},
		{"HTTP/1.0", all("HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\n<rss"), 200, 3},
		{"closed while idle", func(c net.Conn, _ *http.Request, _ int64) bool { fmt.Fprint(c, rss); return false }, 200, 3},
		{"more than the answer", all(rss + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<bad"), 200, 3},
		{"304 with a body", all("HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n<rss"), 304, 3},
		{"more than the answer, later", func(c net.Conn, _ *http.Request, _ int64) bool {
			fmt.Fprint(c, rss)
			time.Sleep(20 * time.Millisecond) // later than the client's look at what it has
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<bad")
			return true
		}, 200, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			address, opened := talk(t, tt.answer)
			c := unhurried(t)
			for range 3 {
				resp, err := c.Fetch(t.Context(), client.Request{URL: address})
				if err != nil || resp.Status != tt.status || resp.Status == 200 && string(resp.Body) != "<rss" {
					t.Fatalf("%+v, %v", resp, err)
				}
				time.Sleep(80 * time.Millisecond) // so long that the client looks at the connection before it trusts it
			}
			if n := opened.Load(); n != tt.opened {
				t.Errorf("%d connections for 3 requests, want %d", n, tt.opened)
			}
		})
	}
}

// TestClosedUnderTheQuestion: a kept connection that the server closes in the
// moment of the next question costs nothing, with or without a body.
func TestClosedUnderTheQuestion(t *testing.T) {
	for _, body := range [][]byte{nil, []byte("news")} {
		method := http.MethodGet
		if body != nil {
			method = http.MethodPut
		}
		var got atomic.Value
		address, opened := talk(t, func(c net.Conn, r *http.Request, n int64) bool {
			if n == 2 {
				return false // read, and hung up on
			}
			got.Store(r.Method)
			fmt.Fprint(c, rss)
			return true
		})
		c := unhurried(t)
		for range 2 {
			if resp, err := c.Fetch(t.Context(), client.Request{Method: method, URL: address, Body: body}); err != nil || resp.Status != 200 || got.Load() != method {
				t.Errorf("%s: %+v, %v", method, resp, err)
			}
		}
		if opened.Load() != 2 {
			t.Errorf("%s: %d connections", method, opened.Load())
		}
	}
}

// TestNotReadToItsEnd: what is left of an answer is nobody's next answer.
func TestNotReadToItsEnd(t *testing.T) {
	address, opened := talk(t, func(c net.Conn, _ *http.Request, _ int64) bool {
		_, err := fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n"+strings.Repeat("<rss", 100_000))
		return err == nil
	})
	c := unhurried(t)
	for range 2 {
		resp, err := c.Fetch(t.Context(), client.Request{URL: address, Cut: true, MaxBody: 40})
		if err != nil || len(resp.Body) != 40 {
			t.Fatalf("%+v, %v", resp, err)
		}
	}
	if opened.Load() != 2 {
		t.Errorf("%d connections", opened.Load())
	}
}

// TestCancelled: whoever asked may go away at any time.
func TestCancelled(t *testing.T) {
	for name, first := range map[string]string{"before the answer": "", "within the body": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<rss"} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			address, _ := talk(t, func(c net.Conn, _ *http.Request, _ int64) bool {
				fmt.Fprint(c, first)
				cancel()
				return true
			})
			_, err := unhurried(t).Fetch(ctx, client.Request{URL: address})
			wantClass(t, err, client.Cancelled)
		})
	}
}

// TestNoSecondRequest: what a configuration or an address holds is no way to
// write a request of one's own.
func TestNoSecondRequest(t *testing.T) {
	address, _ := talk(t, func(c net.Conn, r *http.Request, _ int64) bool {
		fmt.Fprint(c, rss)
		t.Errorf("asked for %s %v", r.URL, r.Header)
		return true
	})
	for name, q := range map[string]client.Request{
		"in a value": {URL: address, Header: http.Header{"X-Key": {"a\r\n\r\nGET /second HTTP/1.1\r\nHost: a"}}},
		"in a name":  {URL: address, Header: http.Header{"X-Key: a\r\nX": {"b"}}},
		"in a host":  {URL: address, Header: http.Header{"Host": {"a\r\nX: b"}}},
	} {
		if _, err := unhurried(t).Fetch(t.Context(), q); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
