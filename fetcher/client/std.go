package client

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
)

// callbackBody is how much of an answer Do keeps: a subscriber's 10 GB of thanks
// are of no interest.
const callbackBody = 64 << 10

// Do sends a request in the standard library's words, for rooms that know
// nothing of this one (the hub's deliveries and verifications). It is the same
// guarded and polite way out as Fetch, waits for the host's turn, follows no
// redirect, and keeps the first 64 KB of the answer. Errors are of type *Error.
func (c *Client) Do(r *http.Request) (*http.Response, error) {
	q := Request{Method: r.Method, URL: r.URL.String(), Header: r.Header, MaxBody: callbackBody, Cut: true, Redirects: -1}
	if r.Body != nil && r.Body != http.NoBody {
		defer r.Body.Close()
		body, err := io.ReadAll(io.LimitReader(r.Body, c.opt.MaxBody+1))
		if err != nil {
			return nil, &Error{Class: Protocol, URL: q.URL, Detail: "the request's body could not be read", Err: err}
		}
		if int64(len(body)) > c.opt.MaxBody {
			return nil, &Error{Class: TooLarge, URL: q.URL, Detail: "the request's body is too large", Err: errors.New(strconv.Itoa(len(body)) + " bytes")}
		}
		q.Body = body
	}
	resp, err := c.Fetch(r.Context(), q)
	if err != nil {
		return nil, err
	}
	defer resp.Close()
	return &http.Response{
		Status:     strconv.Itoa(resp.Status) + " " + http.StatusText(resp.Status),
		StatusCode: resp.Status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        resp.Header,
		Body:          io.NopCloser(bytes.NewReader(resp.Body)),
		ContentLength: int64(len(resp.Body)),
		Request:       r,
	}, nil
}
