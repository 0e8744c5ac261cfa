package client

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestIdleConnections: a connection is kept for as long as it may be idle, and
// none when the client was closed.
func TestIdleConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var opened, closed atomic.Int64
		h := newHTTP1(func(context.Context, string, string) (net.Conn, error) {
			opened.Add(1)
			ours, theirs := net.Pipe()
			go func() {
				in := bufio.NewReader(theirs)
				for {
					if _, err := http.ReadRequest(in); err != nil {
						closed.Add(1)
						theirs.Close()
						return
					}
					fmt.Fprint(theirs, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<rss")
				}
			}()
			return ours, nil
		})
		ask := func() {
			t.Helper()
			r := &http.Request{Method: http.MethodGet, URL: &url.URL{Scheme: "http", Host: "paper.example", Path: "/"}, Host: "paper.example"}
			resp, err := h.roundTrip(t.Context(), t.Context(), r, time.Second)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := io.ReadAll(resp.Body); err != nil || string(b) != "<rss" {
				t.Fatal(string(b), err)
			}
			resp.Body.Close()
			resp.Body.Close() // a second time does nothing
		}
		want := func(o, c int64, kept int) {
			t.Helper()
			synctest.Wait()
			h.mu.Lock()
			defer h.mu.Unlock()
			if opened.Load() != o || closed.Load() != c || h.kept != kept || len(h.idle) != min(kept, 1) {
				t.Errorf("%d opened, %d closed, %d kept of %d hosts; want %d, %d, %d", opened.Load(), closed.Load(), h.kept, len(h.idle), o, c, kept)
			}
		}
		ask()
		want(1, 0, 1)
		time.Sleep(idleTimeout - time.Second)
		ask()
		want(1, 0, 1)
		time.Sleep(idleTimeout - time.Second)
		want(1, 0, 1)
		time.Sleep(2*time.Second + idleTimeout/4) // it is swept now and then
		want(1, 1, 0)
		ask()
		want(2, 1, 1)
		h.closeIdle()
		want(2, 2, 0)
	})
}
