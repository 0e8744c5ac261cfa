package client_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tinhub/fetcher/client"
)

// raw is a server that answers each connection as a function of the test says,
// after it has read the request's head.
func raw(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
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
				serve(conn)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// TestSickServers: each kind of illness ends within the limit, as its own class.
func TestSickServers(t *testing.T) {
	gone := make(chan struct{})
	t.Cleanup(func() { close(gone) })
	hang := func() { <-gone }
	tests := []struct {
		name  string
		serve func(net.Conn)
		want  client.Class
	}{
		{"hangs before the headers", func(c net.Conn) { hang() }, client.Timeout},
		{"hangs within the headers", func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-"); hang() }, client.Timeout},
		{"hangs within the body", func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<rss"); hang() }, client.Timeout},
		{"a byte now and then", func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\n\r\n")
			for {
				if _, err := fmt.Fprint(c, "x"); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}, client.Timeout},
		{"chunks without end", func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<rss\r\n")
			hang()
		}, client.Timeout},
		{"hangs after the last byte", func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<rss")
			hang()
		}, ""},
		{"closes without an answer", func(c net.Conn) {}, client.Connect},
		{"resets without an answer", func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }, client.Connect},
		{"closes within the body", func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<rss") }, client.Truncated},
		{"resets within the body", func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<rss")
			time.Sleep(50 * time.Millisecond)
			c.(*net.TCPConn).SetLinger(0)
		}, client.Truncated},
		{"closes within chunks", func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<rss\r\n")
		}, client.Truncated},
		{"a malformed chunk", func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<rss\r\n")
		}, client.Truncated},
		{"headers without end", func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\n")
			for {
				if _, err := fmt.Fprintf(c, "X-Pad: %s\r\n", strings.Repeat("a", 1000)); err != nil {
					return
				}
			}
		}, client.TooLarge},
		{"no HTTP", func(c net.Conn) { fmt.Fprint(c, "SSH-2.0-OpenSSH_9.9\r\n\r\n") }, client.Protocol},
		{"closed by its end", func(c net.Conn) { fmt.Fprint(c, "HTTP/1.0 200 OK\r\n\r\n<rss") }, ""},
		{"a hundred interim answers", func(c net.Conn) {
			for range 100 {
				fmt.Fprint(c, "HTTP/1.1 103 Early Hints\r\n\r\n")
			}
			hang()
		}, client.Timeout},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := unhurried(t, func(o *client.Options) { o.Timeout = 400 * time.Millisecond })
			begun := time.Now()
			resp, err := c.Fetch(t.Context(), client.Request{URL: raw(t, tt.serve)})
			wantClass(t, err, tt.want)
			if err == nil && string(resp.Body) != "<rss" {
				t.Errorf("body %q", resp.Body)
			}
			if d := time.Since(begun); d > 2*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}

func TestConnecting(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts nothing: the kernel does, and TLS waits
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	self := httptest.NewTLSServer(http.NotFoundHandler())
	self.Config.ErrorLog = nil
	t.Cleanup(self.Close)
	closed, _ := counted(t)
	dead := httptest.NewServer(nil)
	dead.Close()
	names := fakeDNS(t, func(name string, n int) string { return "" })
	tests := []struct {
		name, url string
		want      client.Class
	}{
		{"refused", dead.URL, client.Connect},
		{"closed at once", "http://127.0.0.1:" + closed, client.Connect},
		{"TLS that never answers", "https://" + silent.Addr().String(), client.Timeout},
		{"TLS where none is spoken", strings.Replace(plain.URL, "http", "https", 1), client.TLS},
		{"a certificate that nobody signed", self.URL, client.TLS},
		{"a name that does not exist", "http://no-such-paper.example/", client.DNS},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := unhurried(t, func(o *client.Options) { o.Timeout = time.Second; o.Resolver = names })
			_, err := c.Fetch(t.Context(), client.Request{URL: tt.url})
			wantClass(t, err, tt.want)
		})
	}
}

// TestKeptConnections: the handshake is the cost of a poll (MEASURED.md), so
// connections stay open and sessions are resumed, over HTTP/2 where spoken.
func TestKeptConnections(t *testing.T) {
	var opened atomic.Int64
	resumed := false
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Proto)
		resumed = r.TLS.DidResume
	}))
	srv.Config.ConnState = func(c net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	srv.EnableHTTP2 = true
	srv.TLS = &tls.Config{}
	srv.StartTLS()
	defer srv.Close()
	c := unhurried(t, func(o *client.Options) { o.RootCAs = srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs })
	for range 3 {
		resp, err := c.Fetch(t.Context(), client.Request{URL: srv.URL})
		if err != nil || string(resp.Body) != "HTTP/2.0" {
			t.Fatal(resp, err)
		}
	}
	if opened.Load() != 1 {
		t.Errorf("%d connections for 3 requests", opened.Load())
	}
	c.Close()
	if _, err := c.Fetch(t.Context(), client.Request{URL: srv.URL}); err != nil || !resumed {
		t.Errorf("resumed %v, %v", resumed, err)
	}
}

// TestDeafConnections: a server that answers once and never looks at its kept
// connection again costs half a limit once, and no poll.
func TestDeafConnections(t *testing.T) {
	gone := make(chan struct{})
	t.Cleanup(func() { close(gone) })
	var opened atomic.Int64
	addr := raw(t, func(c net.Conn) {
		opened.Add(1)
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<rss")
		<-gone
	})
	c := unhurried(t, func(o *client.Options) { o.Timeout = 600 * time.Millisecond })
	for i, most := range []time.Duration{200, 500, 200, 200} {
		begun := time.Now()
		resp, err := c.Fetch(t.Context(), client.Request{URL: addr})
		if err != nil || string(resp.Body) != "<rss" || opened.Load() != int64(i+1) {
			t.Fatalf("request %d: %v, %v, %d connections", i, resp, err, opened.Load())
		}
		if d := time.Since(begun); d > most*time.Millisecond {
			t.Errorf("request %d took %v", i, d)
		}
	}
}
