package client

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"tinhub/news"
)

// A Request is one question to the outside world.
type Request struct {
	Method string // default GET
	URL    string
	Header http.Header // goes to other hosts of a redirect only as far as it holds no secret: see crossing
	Body   []byte

	BasicAuth *news.BasicAuth // for the host of URL only, as are userinfo and Cookies
	Cookies   map[string]string
	Proxy     string     // http, https or socks5; it is dialled under the same guard
	At        netip.Addr // where a new connection to the host of URL leads, from Lookup; zero: it is looked up

	Turn      *Turn              // the host's turn, from Try; nil to wait for it
	Yield     func(waiting bool) // called around each wait for a turn, so that a worker's place can be lent out
	Timeout   time.Duration      // 0: the client's
	MaxBody   int64              // inflated bytes; 0: the client's
	Cut       bool               // of the body only its beginning is wanted, MaxBody bytes or what comes before it breaks off
	Known     [32]byte           // the Sum of an answer that need not be inflated again: see Response.Same
	Redirects int                // at most; 0: the client's, negative: a redirect is the answer
}

// A Response is a whole answer. Close it when its body is done with.
type Response struct {
	Status    int
	Header    http.Header
	URL       string   // that answered, after redirects, without credentials
	Permanent string   // where permanent redirects alone led, "" when the first one was not permanent
	Hops      []Hop    // the redirects
	Body      []byte   // inflated; it may be kept
	Wire      int64    // bytes of the body as received
	Sum       [32]byte // SHA-256 of them and their encoding, zero without a body
	Same      bool     // Sum is Request.Known: Body was left out
	Took      time.Duration

	close func()
}

// A Hop is one redirect.
type Hop struct {
	Status int
	URL    string // that redirected
}

// Close gives back the place of a large body.
func (r *Response) Close() {
	if r != nil && r.close != nil {
		r.close()
		r.close = nil
	}
}

// Fetch sends a request and reads the whole answer, following redirects. Every
// answer is a Response, whatever its status; an error is always an *Error.
func (c *Client) Fetch(ctx context.Context, q Request) (*Response, error) {
	defer func() { q.Turn.Done() }()
	begun := time.Now()
	limit := c.opt.Timeout
	if q.Timeout > 0 {
		limit = q.Timeout
	}
	caller := ctx
	within := bound(ctx, limit)
	defer within.end()

	t, err := parseTarget(q.URL)
	if err != nil {
		return nil, err
	}
	if t.user != nil && q.BasicAuth == nil {
		p, _ := t.user.Password()
		q.BasicAuth = &news.BasicAuth{User: t.user.Username(), Password: p}
	}
	v := &visit{c: c, q: &q, limit: limit, home: t, caller: caller}
	resp, err := v.follow(within, t)
	if err != nil {
		return nil, err
	}
	resp.Took = time.Since(begun)
	return resp, nil
}

// A visit is a request on its way through redirects.
type visit struct {
	c     *Client
	q     *Request
	limit time.Duration // of the whole
	home  target        // the only host that credentials are for
	hops  []Hop
	perm  string // where permanent redirects alone led
	last  bool   // all redirects so far were permanent

	caller context.Context // the request's own less the limit, which connections keep themselves
}

func (v *visit) follow(ctx context.Context, t target) (*Response, error) {
	method, body := v.q.Method, v.q.Body
	if method == "" {
		method = http.MethodGet
	}
	allowed := v.c.opt.MaxRedirects
	if v.q.Redirects != 0 {
		allowed = max(v.q.Redirects, 0)
	}
	v.last = true
	for {
		resp, to, err := v.hop(ctx, t, method, body)
		if err != nil || to == "" {
			return resp, err
		}
		v.hops = append(v.hops, Hop{Status: resp.Status, URL: t.url.String()})
		next, err := t.url.Parse(to)
		if err != nil {
			return nil, &Error{Class: Redirect, URL: t.url.String(), Detail: fmt.Sprintf("%s redirects to something that is no address: %.200q", t.host, to)}
		}
		nt, err := cleanRedirect(t, next)
		if err != nil {
			return nil, err
		}
		if v.last = v.last && (resp.Status == 301 || resp.Status == 308); v.last {
			v.perm = nt.url.String()
		}
		if method != http.MethodHead && (resp.Status == 303 || method == http.MethodPost && resp.Status < 307) {
			method, body = http.MethodGet, nil
		}
		if err := v.circle(nt, allowed); err != nil {
			return nil, err
		}
		t = nt
	}
}

// cleanRedirect judges where a server sends us as strictly as what an admin typed.
func cleanRedirect(from target, to *url.URL) (target, error) {
	if to.Scheme != "http" && to.Scheme != "https" {
		return target{}, &Error{Class: Forbidden, URL: from.url.String(),
			Detail: fmt.Sprintf("%s redirects to a %.20q address, which is not fetched", from.host, to.Scheme)}
	}
	if to.User != nil { // credentials chosen by a stranger are of no use
		to.User = url.UserPassword("", "")
	}
	t, err := cleanTarget(to)
	if err != nil {
		return target{}, &Error{Class: Redirect, URL: from.url.String(), Err: err,
			Detail: fmt.Sprintf("%s redirects to an address that cannot be fetched: %s", from.host, err)}
	}
	t.user = nil
	return t, nil
}

// circle stops a redirect that was there before, or one too many.
func (v *visit) circle(t target, allowed int) error {
	to := t.url.String()
	if slices.ContainsFunc(v.hops, func(h Hop) bool { return h.URL == to }) {
		return &Error{Class: Loop, URL: to, Detail: fmt.Sprintf("%s redirects in a circle", t.host)}
	}
	if len(v.hops) > allowed {
		return &Error{Class: Loop, URL: to, Detail: fmt.Sprintf("more than %d redirects, the last one to %s", allowed, t.host)}
	}
	return nil
}

// hop asks one address. It returns where to go on when the answer is a redirect
// to follow, otherwise the whole answer.
func (v *visit) hop(ctx context.Context, t target, method string, body []byte) (*Response, string, error) {
	if err := v.c.guard.precheck(t); err != nil {
		return nil, "", classify(err, t.url.String(), t.host, false)
	}
	turn, err := v.turn(ctx, t)
	if err != nil {
		return nil, "", classify(err, t.url.String(), t.host, false)
	}
	defer turn.Done()
	tr, err := v.c.net.through(v.q.Proxy)
	if err != nil {
		return nil, "", err
	}
	if v.q.At.IsValid() && v.q.Proxy == "" && t.host == v.home.host {
		ctx = context.WithValue(ctx, atKey{}, v.q.At)
	}
	raw, end, err := v.c.net.send(ctx, v.caller, tr, v.request(t, method, body), v.limit/2)
	defer end()
	if err != nil {
		err = cmp.Or(v.caller.Err(), ctx.Err(), err) // the caller's first: a context's children learn of its end one by one
		return nil, "", classify(err, t.url.String(), t.host, false)
	}
	defer raw.Body.Close()
	resp := &Response{Status: raw.StatusCode, Header: raw.Header, URL: t.url.String(), Permanent: v.perm, Hops: v.hops}
	if to := raw.Header.Get("Location"); v.q.Redirects >= 0 && to != "" && redirects(raw.StatusCode) {
		if n := raw.ContentLength; n > 0 && n <= 4<<10 { // a body read to its end leaves the connection usable
			_, _ = io.Copy(io.Discard, raw.Body)
		}
		return resp, to, nil
	}
	if err := v.read(ctx, t, method, raw, resp); err != nil {
		return nil, "", err
	}
	return resp, "", nil
}

func redirects(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// turn uses the turn that came with the request for the first hop and waits for
// those of later ones.
func (v *visit) turn(ctx context.Context, t target) (*Turn, error) {
	if given := v.q.Turn; given != nil {
		v.q.Turn = nil
		if given.key == t.key() {
			return given, nil
		}
		given.Done()
	}
	if v.q.Yield != nil {
		v.q.Yield(true)
		defer v.q.Yield(false)
	}
	return v.c.hosts.wait(ctx, t.key())
}

// read takes the body of the answer into memory.
func (v *visit) read(ctx context.Context, t target, method string, raw *http.Response, resp *Response) error {
	if method == http.MethodHead || raw.StatusCode == http.StatusNotModified || raw.StatusCode == http.StatusNoContent {
		return nil
	}
	r := &read{ctx: ctx, host: t.host, max: v.c.opt.MaxBody, ratio: v.c.opt.MaxRatio, cut: v.q.Cut, large: v.c.net.large,
		known: v.q.Known, src: raw.Body}
	if v.q.MaxBody > 0 {
		r.max = v.q.MaxBody
	}
	body, err := r.all(strings.Join(raw.Header.Values("Content-Encoding"), ","))
	free := func() {
		if r.holds {
			<-r.large
		}
	}
	if err != nil {
		free()
		err = cmp.Or(v.caller.Err(), ctx.Err(), err) // the caller's first: a context's children learn of its end one by one
		return classify(err, t.url.String(), t.host, true)
	}
	resp.Body, resp.Wire, resp.Sum, resp.Same, resp.close = body, r.wire, r.sum, r.same, free
	return nil
}

// request writes the hop's request. Outside the host that the request was made
// for only headers that hold no secret go along.
func (v *visit) request(t target, method string, body []byte) *http.Request {
	own := t.host == v.home.host && (t.url.Scheme == "https" || v.home.url.Scheme == "http")
	h := make(http.Header, len(v.q.Header)+4)
	h["User-Agent"], h["Accept-Encoding"] = v.c.agent, v.c.encodings
	for name, values := range v.q.Header {
		if name = http.CanonicalHeaderKey(name); own || crossing(name) {
			h[name] = values
		}
	}
	r := &http.Request{Method: method, URL: t.url, Header: h, Host: t.url.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	if host := h.Get("Host"); host != "" {
		r.Host = host
		h.Del("Host")
	}
	if body != nil {
		r.ContentLength = int64(len(body))
		r.Body = http.NoBody
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		if len(body) > 0 {
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
	}
	if own {
		if a := v.q.BasicAuth; a != nil {
			r.SetBasicAuth(a.User, a.Password)
		}
		if len(v.q.Cookies) > 0 {
			for _, name := range slices.Sorted(maps.Keys(v.q.Cookies)) {
				r.AddCookie(&http.Cookie{Name: name, Value: v.q.Cookies[name]})
			}
		}
	}
	return r
}

// crossing are the headers that follow a redirect to another host.
func crossing(name string) bool {
	switch name {
	case "Accept", "Accept-Language", "Accept-Encoding", "User-Agent", "Content-Type", "If-None-Match", "If-Modified-Since", "A-Im", "Link":
		return true
	}
	return false
}
