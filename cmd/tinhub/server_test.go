package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tinhub/news"
)

func networks(list ...string) news.Networks {
	var n news.Networks
	for _, s := range list {
		n = append(n, netip.MustParsePrefix(s))
	}
	return n
}

func TestFront(t *testing.T) {
	var sick error
	f := front{
		pages:   http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "page "+r.URL.Path) }),
		metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "numbers") }),
		ready:   func(context.Context) error { return sick },
		from:    networks("10.1.0.0/16"), proxies: networks("192.0.2.1/32"),
	}
	tests := []struct {
		name, path, remote string
		header             map[string]string
		sick               error
		status             int
		body               string
	}{
		{"alive", "/healthz", "203.0.113.9:1", nil, errors.New("x"), 200, "ok\n"},
		{"ready", "/readyz", "203.0.113.9:1", nil, nil, 200, "ready\n"},
		{"not ready", "/readyz", "203.0.113.9:1", nil, errors.New("store: dial\ndetails"), 503, "not ready: store: dial\n"},
		{"a page", "/topics/x", "203.0.113.9:1", nil, nil, 200, "page /topics/x"},
		{"metrics on loopback", "/metrics", "127.0.0.1:1", nil, nil, 200, "numbers"},
		{"metrics on loopback, v6", "/metrics", "[::1]:1", nil, nil, 200, "numbers"},
		{"metrics on loopback, mapped", "/metrics", "[::ffff:127.0.0.1]:1", nil, nil, 200, "numbers"},
		{"metrics_from", "/metrics", "10.1.2.3:1", nil, nil, 200, "numbers"},
		{"metrics from outside", "/metrics", "203.0.113.9:1", nil, nil, 404, ""},
		{"through a proxy on this machine", "/metrics", "127.0.0.1:1", map[string]string{"X-Forwarded-For": "203.0.113.9"}, nil, 404, ""},
		{"forging loopback to a proxy on this machine", "/metrics", "127.0.0.1:1", map[string]string{"X-Forwarded-For": "127.0.0.1"}, nil, 404, ""},
		{"forging loopback to a trusted proxy", "/metrics", "192.0.2.1:1", map[string]string{"X-Forwarded-For": "127.0.0.1, 203.0.113.9"}, nil, 404, ""},
		{"metrics_from through a trusted proxy", "/metrics", "192.0.2.1:1", map[string]string{"X-Forwarded-For": "1.1.1.1, 10.1.9.9"}, nil, 200, "numbers"},
		{"another forwarding header", "/metrics", "127.0.0.1:1", map[string]string{"Forwarded": "for=127.0.0.1"}, nil, 404, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sick = tt.sick
			r := httptest.NewRequest("GET", "http://anything.example"+tt.path, nil)
			r.RemoteAddr = tt.remote
			for k, v := range tt.header {
				r.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			f.handler().ServeHTTP(w, r)
			if w.Code != tt.status || (tt.body != "" && w.Body.String() != tt.body) {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, tt.status, tt.body)
			}
		})
	}
}

// TestFrontHandsOn: a path goes on as it came, however odd; what reads nothing
// is refused; and each role's part is there only with the role.
func TestFrontHandsOn(t *testing.T) {
	echo := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%s %s", name, r.URL.Path) })
	}
	all := front{pages: echo("page"), hub: echo("hub"), ready: func(context.Context) error { return nil }}
	tests := []struct {
		name, method, path string
		front              front
		status             int
		body               string
	}{
		{"upwards", "GET", "/topics/../../etc/passwd", all, 200, "page /topics/../../etc/passwd"},
		{"two slashes", "GET", "//topics//x", all, 200, "page //topics//x"},
		{"behind health", "GET", "/healthz/", all, 200, "page /healthz/"},
		{"the hub", "POST", "/hub", all, 200, "hub /hub"},
		{"behind the hub", "GET", "/hub/x", all, 200, "page /hub/x"},
		{"writing to health", "POST", "/healthz", all, 405, "this address is for reading: use GET or HEAD\n"},
		{"asking health briefly", "HEAD", "/readyz", all, 200, ""},
		{"no hub here", "GET", "/hub", front{pages: echo("page")}, 200, "page /hub"},
		{"no pages here", "GET", "/", front{}, 404, "this process serves no pages: it was started without the role publish\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "/", nil)
			r.URL.Path = tt.path
			w := httptest.NewRecorder()
			tt.front.handler().ServeHTTP(w, r)
			if w.Code != tt.status || (tt.method != "HEAD" && w.Body.String() != tt.body) {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, tt.status, tt.body)
			}
		})
	}
}

func TestListenSaysWhatToDo(t *testing.T) {
	l, err := listenHTTP(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for addr, want := range map[string]string{
		l.Addr().String():   "in use by another program",
		"203.0.113.77:8080": "no such address",
	} {
		if _, err := listenHTTP(t.Context(), addr); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", addr, err, want)
		}
	}
}

// TestDrain: a request in flight when the end comes gets its whole answer.
func TestDrain(t *testing.T) {
	l, err := listenHTTP(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	inside, finish := make(chan struct{}), make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(inside)
		<-finish
		fmt.Fprint(w, "all of it")
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serveHTTP(ctx, l, h, slog.New(slog.DiscardHandler)) }()
	got := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + l.Addr().String())
		if err != nil {
			got <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		got <- string(b)
	}()
	<-inside
	cancel()
	close(finish)
	if s := <-got; s != "all of it" {
		t.Errorf("the reader got %q", s)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestSlowHeaders: a connection that never finishes its headers is closed.
func TestSlowHeaders(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a timeout of several seconds")
	}
	l, err := listenHTTP(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _ = serveHTTP(ctx, l, http.NotFoundHandler(), slog.New(slog.DiscardHandler)) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	_ = c.SetReadDeadline(time.Now().Add(2 * readHeaderTimeout))
	_, err = bufio.NewReader(c).ReadByte()
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() {
		t.Error("the connection is still open")
	}
}

func TestOpenAddress(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:8080": "http://localhost:8080/", "0.0.0.0:80": "http://localhost:80/", "[::]:80": "http://localhost:80/",
		"192.0.2.7:8080": "http://192.0.2.7:8080/", "[2001:db8::1]:80": "http://[2001:db8::1]:80/",
	} {
		a, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := openAddress(a); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
}
