package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"tinhub/fetcher/push"
	"tinhub/news"
	"tinhub/publisher/embed"
)

// The limits on readers' connections. A slow reader costs a connection and
// nothing else; one that sends its headers byte by byte is closed.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = time.Minute
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10
	drainTime         = 20 * time.Second // for requests in flight at SIGTERM
)

// A front is what the server shows beside the pages of the rooms.
type front struct {
	pages   http.Handler                // everything else; nil where this process publishes nothing
	office  http.Handler                // /admin/ and /api/; nil where this process has not the role
	widget  http.Handler                // nil where this process publishes nothing
	hub     http.Handler                // nil where this process does not answer for the hub
	push    http.Handler                // callbacks of our own subscriptions
	ready   func(context.Context) error // nil error: the store is reachable and outputs are fresh
	metrics http.Handler
	from    news.Networks // who, besides loopback, may read metrics
	proxies news.Networks // whose forwarding headers are believed
}

// handler answers health and metrics on any Host, and hands all else on as it
// came: http.ServeMux would answer an odd path with a redirect to a tidied one,
// where a 404 is due.
func (f front) handler() http.Handler {
	own := map[string]http.HandlerFunc{"/healthz": alive, "/readyz": f.readiness, "/metrics": f.figures}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, ok := own[r.URL.Path]; ok {
			readOnly(h)(w, r)
			return
		}
		switch {
		case f.hub != nil && r.URL.Path == hubPath:
			f.hub.ServeHTTP(w, r)
		case f.push != nil && strings.HasPrefix(r.URL.Path, push.Path):
			f.push.ServeHTTP(w, r)
		case f.office != nil && (r.URL.Path == "/admin" || strings.HasPrefix(r.URL.Path, "/admin/") || strings.HasPrefix(r.URL.Path, "/api/")):
			f.office.ServeHTTP(w, r)
		case f.widget != nil && embed.Serves(r.URL.Path):
			f.widget.ServeHTTP(w, r)
		case f.pages != nil:
			f.pages.ServeHTTP(w, r)
		default:
			plain(w, http.StatusNotFound, "this process serves no pages: it was started without the role publish")
		}
	})
}

// readOnly refuses whatever would change something.
func readOnly(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			plain(w, http.StatusMethodNotAllowed, "this address is for reading: use GET or HEAD")
			return
		}
		h(w, r)
	}
}

func alive(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") }

func (f front) readiness(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	if err := f.ready(ctx); err != nil {
		plain(w, http.StatusServiceUnavailable, "not ready: "+firstLine(err.Error()))
		return
	}
	plain(w, http.StatusOK, "ready")
}

func (f front) figures(w http.ResponseWriter, r *http.Request) {
	if !f.mayReadMetrics(r) {
		http.NotFound(w, r)
		return
	}
	f.metrics.ServeHTTP(w, r)
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// mayReadMetrics allows loopback and http.metrics_from. A request that a proxy
// on this machine forwards comes from loopback too: it counts as its sender,
// and as nobody where the proxy is not a trusted one.
func (f front) mayReadMetrics(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	addr = addr.Unmap().WithZone("")
	if r.Header.Get("Forwarded") != "" || r.Header.Get("Via") != "" {
		return false
	}
	if forwarded := strings.Join(r.Header.Values("X-Forwarded-For"), ","); forwarded != "" {
		if !f.proxies.Contains(addr) {
			return false
		}
		last := forwarded[strings.LastIndex(forwarded, ",")+1:]
		if addr, err = netip.ParseAddr(strings.TrimSpace(last)); err != nil {
			return false
		}
		addr = addr.Unmap()
		return f.from.Contains(addr)
	}
	return addr.IsLoopback() || f.from.Contains(addr)
}

// listenHTTP opens the address that readers come to.
func listenHTTP(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("listen on %s: the port is in use by another program; stop that one, or give http.listen (or TINHUB_HTTP_LISTEN) another port", addr)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("listen on %s: this user may not open that port; take one from 1024 on, and let a reverse proxy answer on 443 (see README)", addr)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("listen on %s: this machine has no such address; take 127.0.0.1 or one that \"ip address\" shows", addr)
	default:
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
}

// serveHTTP serves until ctx ends, then lets requests in flight finish.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := s.Shutdown(drain); err != nil {
		log.Warn("some requests did not finish in time and are cut", "after", drainTime)
		return s.Close()
	}
	return nil
}

// openAddress is what a person types to see the server.
func openAddress(l net.Addr) string {
	host, port, err := net.SplitHostPort(l.String())
	if err != nil {
		return "http://" + l.String() + "/"
	}
	if ip, err := netip.ParseAddr(host); err == nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + "/"
}
