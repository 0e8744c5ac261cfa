// Package client is the one way out to the internet: every poll, page,
// robots.txt and hub callback goes through it.
//
// It is guarded: addresses are judged when they are connected, after every
// lookup and at every redirect, and nothing is sent to a private one. It is
// polite: a host has at most so many requests at a time, so far apart. And it is
// bounded: in time, in headers, in bytes before and after inflating.
//
// Polls ask for a host's turn with Try and come back later when it is refused,
// so that no worker ever waits for a busy host; everybody else waits in Fetch
// until the turn comes or the context ends.
package client

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"sync"
	"time"

	"tinhub/news"
)

// Options are the limits; the zero value has the defaults named below.
type Options struct {
	UserAgent string        // default "tinhub/1 (+https://github.com/tinhub/tinhub)"; name a contact in it
	Allow     news.Networks // ranges in which private addresses and any port may be dialled
	Limits    Limits        // of each host

	Timeout      time.Duration // of a whole request with its redirects, default 20 s
	MaxBody      int64         // bytes, inflated, default 10 MB
	MaxRatio     int64         // inflated to received bytes, default 200
	MaxRedirects int           // default 5

	RootCAs  *x509.CertPool // nil means the system's
	Resolver *net.Resolver  // nil means Go's own: the system's reads 127.1 as an address
}

// Limits are how a host is treated, whoever asks.
type Limits struct {
	PerHost int           // requests at a time, default 2
	Spacing time.Duration // between two starts, default 1 s; negative for none
}

// The limits on the parts of a request, which no configuration changes.
const (
	connectTimeout   = 5 * time.Second
	tlsTimeout       = 5 * time.Second
	firstByteTimeout = 10 * time.Second
	idleTimeout      = 2 * time.Minute
	maxHeader        = 64 << 10
)

// Client is safe for concurrent use. Make one for a process: it keeps the
// connections, the TLS sessions and the hosts' turns.
type Client struct {
	opt   Options
	guard *guard
	hosts *limiter
	net   *network

	agent, encodings []string // values of headers that every request has
}

// A network is what clients made by With share: connections do not belong to
// the purpose they were opened for.
type network struct {
	dialer *net.Dialer
	tls    *tls.Config
	direct *http.Transport
	clear  *http1        // what direct is for https, for http
	large  chan struct{} // a place for each body beyond largeBody that is in memory

	mu      sync.Mutex
	proxies map[string]*http.Transport // by address; guarded by mu, as is deaf
	deaf    map[string]time.Time       // hosts that left a kept connection without an answer, and when
}

// New makes a client. It opens nothing.
func New(o Options) *Client {
	if o.UserAgent == "" {
		o.UserAgent = "tinhub/1 (+https://github.com/tinhub/tinhub)"
	}
	if o.Timeout <= 0 {
		o.Timeout = 20 * time.Second
	}
	if o.MaxBody <= 0 {
		o.MaxBody = 10 << 20
	}
	if o.MaxRatio <= 0 {
		o.MaxRatio = 200
	}
	if o.MaxRedirects <= 0 {
		o.MaxRedirects = 5
	}
	if o.Resolver == nil {
		o.Resolver = &net.Resolver{PreferGo: true}
	}
	g := newGuard(o.Allow)
	n := &network{
		dialer: &net.Dialer{Timeout: connectTimeout, Resolver: o.Resolver, Control: g.control},
		// A resumed session costs a tenth of a handshake: MEASURED.md.
		tls:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.RootCAs, ClientSessionCache: tls.NewLRUClientSessionCache(4096)},
		large:   make(chan struct{}, largePlaces(debug.SetMemoryLimit(-1))),
		proxies: map[string]*http.Transport{},
		deaf:    map[string]time.Time{},
	}
	n.direct, n.clear = n.transport(nil), newHTTP1(n.dial)
	return &Client{opt: o, guard: g, hosts: newLimiter(o.Limits), net: n, agent: []string{o.UserAgent}, encodings: []string{"gzip, br, zstd"}}
}

// With is a client with the same guard, connections and sizes, but with turns
// of its own: hub deliveries wait for other hub deliveries, not for polls.
func (c *Client) With(l Limits) *Client {
	out := *c
	out.opt.Limits = l
	out.hosts = newLimiter(l)
	return &out
}

// Close drops the connections that are idle.
func (c *Client) Close() {
	c.net.direct.CloseIdleConnections()
	c.net.clear.closeIdle()
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	for _, t := range c.net.proxies {
		t.CloseIdleConnections()
	}
}

// transport makes a transport without a proxy (the environment's is never
// used) or with the one that a source names.
func (n *network) transport(proxy *url.URL) *http.Transport {
	t := &http.Transport{
		DialContext:            n.dial,
		TLSClientConfig:        n.tls.Clone(),
		TLSHandshakeTimeout:    tlsTimeout,
		ResponseHeaderTimeout:  firstByteTimeout,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true, // body.go undoes it, with limits
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           4096,
		MaxIdleConnsPerHost:    64, // turns keep a host far below it
		IdleConnTimeout:        idleTimeout,
		// A frozen HTTP/2 connection must not swallow the polls after it.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 5 * time.Second},
	}
	if proxy != nil {
		t.Proxy = http.ProxyURL(proxy)
	}
	return t
}

// through is the transport for a request: the common one, or one for each proxy.
func (n *network) through(proxy string) (*http.Transport, error) {
	if proxy == "" {
		return n.direct, nil
	}
	u, err := url.Parse(proxy)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5") {
		return nil, &Error{Class: BadAddress, Detail: "the source's proxy is not of the form http://host:port, https://… or socks5://…"}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	t := n.proxies[proxy]
	if t == nil {
		t = n.transport(u)
		n.proxies[proxy] = t
	}
	return t, nil
}

// Try takes a host's turn if it is free now. Otherwise it says when to try
// again. The turn is handed to Fetch in Request.Turn, or given back with Done.
func (c *Client) Try(rawURL string) (*Turn, time.Time, bool) {
	key, err := HostKey(rawURL)
	if err != nil { // Fetch will say what is wrong with it, without asking anybody
		return &Turn{}, time.Time{}, true
	}
	return c.hosts.try(key)
}
