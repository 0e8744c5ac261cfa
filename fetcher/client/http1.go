package client

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"
)

// An http1 speaks HTTP/1.1 in the clear. The standard transport passes every
// answer through two goroutines of its connection, which costs a poll that is
// answered with "not modified" three times what asking takes; here the one who
// asks writes and reads. It keeps to what the standard transport promises:
// connections are kept, a question that a kept connection did not carry is put
// again on a new one, and headers and waiting are bounded.
type http1 struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)

	mu   sync.Mutex         // guards what follows
	idle map[string][]*conn // by host, those used last at the end
	kept int                // connections in idle
	next *time.Timer        // of the next sweep, nil when none is planned
}

const (
	maxKept     = 4096 // idle connections, of all hosts
	maxKeptHost = 64   // of one; turns keep a host far below it

	restless = 50 * time.Millisecond // a connection that was idle for longer is looked at
	glance   = time.Millisecond      // for so long
)

// A conn is a connection to one host, used by one request at a time.
type conn struct {
	net.Conn
	key   string
	in    *bufio.Reader // of itself, through head
	out   *bufio.Writer
	head  int64     // bytes that may be received before it is too much of a header
	err   error     // of the last Read: what a parser makes of it hides it
	since time.Time // idle since, on the monotonic clock
}

// errHeaders is worded as the standard transport's, which classify knows.
var errHeaders = errors.New("response headers exceeded the limit")

func (c *conn) Read(p []byte) (int, error) {
	if c.head <= 0 {
		c.err = errHeaders
		return 0, errHeaders
	}
	n, err := c.Conn.Read(p)
	c.head -= int64(n)
	c.err = err
	return n, err
}

func newHTTP1(dial func(ctx context.Context, network, address string) (net.Conn, error)) *http1 {
	return &http1{dial: dial, idle: map[string][]*conn{}}
}

// take is a kept connection, the one used last; nil when there is none.
func (t *http1) take(key string) *conn {
	for {
		t.mu.Lock()
		line := t.idle[key]
		if len(line) == 0 {
			t.mu.Unlock()
			return nil
		}
		c := line[len(line)-1]
		line[len(line)-1] = nil
		t.idle[key] = line[:len(line)-1] // an empty line stays until it is swept
		t.kept--
		t.mu.Unlock()
		if c.quiet() {
			return c
		}
		c.Close()
	}
}

// quiet says that nothing came on a connection since its last answer: neither
// its end nor bytes that nobody asked for. What was used just now is believed.
func (c *conn) quiet() bool {
	if c.in.Buffered() > 0 {
		return false
	}
	if time.Since(c.since) < restless {
		return true
	}
	c.head = 1
	_ = c.SetReadDeadline(time.Now().Add(glance))
	_, err := c.in.Peek(1)
	return isTimeout(err)
}

// keep makes a connection idle, or closes it where there are enough.
func (t *http1) keep(c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept >= maxKept || len(t.idle[c.key]) >= maxKeptHost {
		c.Close()
		return
	}
	c.since = time.Now()
	t.idle[c.key] = append(t.idle[c.key], c)
	t.kept++
	if t.next == nil {
		t.next = time.AfterFunc(idleTimeout, t.sweep)
	}
}

// sweep closes the connections that were idle for too long, and comes back while
// there are others.
func (t *http1) sweep() {
	t.mu.Lock()
	defer t.mu.Unlock()
	oldest := time.Now().Add(-idleTimeout)
	for key, line := range t.idle {
		n := 0
		for n < len(line) && !line[n].since.After(oldest) {
			line[n].Close()
			n++
		}
		t.kept -= n
		if line = slices.Delete(line, 0, n); len(line) == 0 {
			delete(t.idle, key)
		} else {
			t.idle[key] = line
		}
	}
	t.next = nil
	if len(t.idle) > 0 {
		t.next = time.AfterFunc(idleTimeout/4, t.sweep)
	}
}

// closeIdle drops the connections that are idle.
func (t *http1) closeIdle() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, line := range t.idle {
		for _, c := range line {
			c.Close()
		}
	}
	clear(t.idle)
	t.kept = 0
	if t.next != nil {
		t.next.Stop()
		t.next = nil
	}
}

// roundTrip puts a request and reads the head of its answer. Its body must be
// closed. A kept connection that stays silent for patience ends in errDeaf.
func (t *http1) roundTrip(ctx, caller context.Context, r *http.Request, patience time.Duration) (*http.Response, error) {
	key := r.URL.Host
	if !r.Close {
		if c := t.take(key); c != nil {
			resp, heard, err := t.ask(ctx, caller, c, r, min(patience, firstByteTimeout))
			switch {
			case err == nil, heard, ctx.Err() != nil:
				return resp, err
			case isTimeout(err):
				return nil, fmt.Errorf("%w: %w", errDeaf, err)
			}
			// It was closed while it was idle: the question never arrived.
			if r.GetBody != nil {
				if r.Body, err = r.GetBody(); err != nil {
					return nil, err
				}
			}
		}
	}
	address := key
	if r.URL.Port() == "" {
		address = net.JoinHostPort(r.URL.Hostname(), "80")
	}
	raw, err := t.dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: raw, key: key, out: bufio.NewWriter(raw)}
	c.in = bufio.NewReader(c)
	resp, _, err := t.ask(ctx, caller, c, r, firstByteTimeout)
	return resp, err
}

// ask puts a request to a connection. heard says that something of an answer came.
func (t *http1) ask(ctx, caller context.Context, c *conn, r *http.Request, wait time.Duration) (resp *http.Response, heard bool, err error) {
	until, bounded := ctx.Deadline()
	if first := time.Now().Add(wait); !bounded || first.Before(until) {
		_ = c.SetDeadline(first)
	} else {
		_ = c.SetDeadline(until)
	}
	stop := func() bool { return true }
	if caller.Done() != nil {
		stop = context.AfterFunc(caller, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	}
	c.head, c.err = maxHeader, nil
	if err = write(c.out, r); err == nil {
		err = c.out.Flush()
	}
	for err == nil && (resp == nil || resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols) {
		resp, err = http.ReadResponse(c.in, r) // all interim answers have to fit into the limit, too
	}
	if err != nil {
		stop()
		c.Close()
		return nil, c.head < maxHeader, cmp.Or(c.err, err)
	}
	c.head = math.MaxInt64
	body := &answer{ReadCloser: resp.Body, t: t, c: c, stop: stop, ended: resp.Body == http.NoBody, last: resp.Close || r.Close}
	if !body.ended {
		_ = c.SetDeadline(until) // without one: never
		if caller.Err() != nil { // what stop would have prevented came just before that
			_ = c.SetDeadline(time.Unix(1, 0))
		}
	}
	resp.Body = body
	return resp, true, nil
}

// write puts a request into out as RFC 9112 has it. What is no header is an
// error, as with the standard transport: it could be a second request.
func write(out *bufio.Writer, r *http.Request) error {
	uri := r.URL.RequestURI()
	if !httpguts.ValidHeaderFieldValue(uri) || strings.ContainsAny(uri, " ") || !httpguts.ValidHeaderFieldValue(r.Host) {
		return unsendable("the address has control characters")
	}
	for _, s := range [...]string{r.Method, " ", uri, " HTTP/1.1\r\nHost: ", r.Host, "\r\n"} {
		out.WriteString(s)
	}
	var room [16]string
	names := room[:0]
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !httpguts.ValidHeaderFieldName(name) {
			return unsendable("%.50q is no name of a header", name)
		}
		for _, value := range r.Header[name] {
			if !httpguts.ValidHeaderFieldValue(value) {
				return unsendable("the value of the header %s has control characters", name)
			}
			for _, s := range [...]string{name, ": ", value, "\r\n"} {
				out.WriteString(s)
			}
		}
	}
	if r.Close {
		out.WriteString("Connection: close\r\n")
	}
	if r.Body == nil {
		_, err := out.WriteString("\r\n")
		return err
	}
	fmt.Fprintf(out, "Content-Length: %d\r\n\r\n", r.ContentLength)
	_, err := io.Copy(out, r.Body)
	return err
}

func unsendable(format string, args ...any) *Error {
	return &Error{Class: BadAddress, Detail: "it cannot be asked: " + fmt.Sprintf(format, args...)}
}

// An answer is the body of a response, which gives its connection back once it
// was read to its end.
type answer struct {
	io.ReadCloser
	t     *http1
	c     *conn
	stop  func() bool // of the context's hand on the connection
	ended bool
	last  bool // the connection is not to be kept
}

func (a *answer) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	a.ended = a.ended || err == io.EOF
	return n, err
}

func (a *answer) Close() error {
	if a.c == nil {
		return nil
	}
	c := a.c
	a.c = nil
	if a.stop() && a.ended && !a.last && c.in.Buffered() == 0 {
		a.t.keep(c)
		return nil
	}
	return c.Close()
}
