package client

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// deafFor is how long a host's connections are not kept after one went deaf.
const deafFor = 24 * time.Hour

// errDeaf says that a kept connection brought no answer.
var errDeaf = errors.New("the kept connection brought no answer")

// send makes one request. Some servers answer once, keep the connection open and
// never look at it again: where a kept connection stays silent for patience, the
// question is put again on a new one, and that host's connections are not kept
// for a day. end must be called when the body is done with.
func (n *network) send(ctx, caller context.Context, tr *http.Transport, r *http.Request, patience time.Duration) (resp *http.Response, end func(), err error) {
	repeatable := r.Method == http.MethodGet || r.Method == http.MethodHead
	deaf := n.isDeaf(r.URL.Host)
	r.Close = repeatable && deaf
	if end = func() {}; tr == n.direct && r.URL.Scheme == "http" {
		resp, err = n.clear.roundTrip(ctx, caller, r, patience)
	} else if repeatable && !deaf {
		resp, end, err = patient(ctx, tr, r, patience)
	} else {
		resp, err = tr.RoundTrip(r.WithContext(ctx))
	}
	if err == nil || ctx.Err() != nil || !repeatable || !errors.Is(err, errDeaf) {
		return resp, end, err
	}
	n.noteDeaf(r.URL.Host)
	r.Close = true
	return n.send(ctx, caller, tr, r, patience)
}

// patient is a round trip of the standard transport that ends in errDeaf where a
// kept connection stays silent.
func patient(ctx context.Context, tr *http.Transport, r *http.Request, patience time.Duration) (resp *http.Response, end func(), err error) {
	attempt, cancel := context.WithCancelCause(ctx)
	end = func() { cancel(nil) }
	var timer atomic.Pointer[time.Timer]
	trace := &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) {
		if c.Reused {
			timer.Store(time.AfterFunc(patience, func() { cancel(errDeaf) }))
		}
	}}
	resp, err = tr.RoundTrip(r.WithContext(httptrace.WithClientTrace(attempt, trace)))
	if t := timer.Load(); t != nil {
		t.Stop()
	}
	if err != nil && context.Cause(attempt) == errDeaf {
		err = errDeaf
	}
	return resp, end, err
}

func (n *network) isDeaf(host string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.deaf) == 0 {
		return false
	}
	since, ok := n.deaf[host]
	if ok && time.Since(since) > deafFor {
		delete(n.deaf, host)
		return false
	}
	return ok
}

func (n *network) noteDeaf(host string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.deaf[host] = time.Now()
}
