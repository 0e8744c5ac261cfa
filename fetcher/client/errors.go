package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// A Class is what kind of failure a request met: enough to decide what to do
// about it without reading the text.
type Class string

// The classes.
const (
	BadAddress Class = "bad address"       // not an absolute http or https address
	Forbidden  Class = "forbidden address" // refused by the guard, before any byte was sent
	DNS        Class = "dns"               // the name has no address, or nobody could say
	Connect    Class = "connect"           // refused, reset or unreachable before an answer
	TLS        Class = "tls"               // certificate or handshake
	Timeout    Class = "timeout"           // one of the limits on time
	Redirect   Class = "redirect"          // a redirect that leads nowhere
	Loop       Class = "redirect loop"     // one that leads round in a circle, or too far
	TooLarge   Class = "too large"         // headers, body or inflated body beyond the limit
	Truncated  Class = "truncated"         // the transport showed that the body is not whole
	Encoding   Class = "encoding"          // a Content-Encoding that cannot be undone
	Protocol   Class = "protocol"          // it does not speak HTTP as it should
	Busy       Class = "busy"              // the host's turn did not come in time: nothing was asked
	Cancelled  Class = "cancelled"         // by the caller
)

// An Error is a request that brought no whole answer. Its text is a sentence
// for the admin of a source.
type Error struct {
	Class  Class
	URL    string    // the hop that failed
	Detail string    // what happened and, where something can be done, what
	At     time.Time // Busy: when the host may be asked; zero when unknown
	Err    error     // the cause, if there is one
}

func (e *Error) Error() string { return e.Detail }

func (e *Error) Unwrap() error { return e.Err }

// ClassOf is the class of an error of this package, "" for nil and Protocol for
// any other error.
func ClassOf(err error) Class {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Protocol
}

// classify makes the transport's errors into ours. body says that the headers
// had arrived already.
func classify(err error, rawURL, host string, body bool) *Error {
	if e, ok := errors.AsType[*Error](err); ok { // from the dialer's control
		out := *e
		out.URL = rawURL
		return &out
	}
	class, detail := name(err, host, body)
	return &Error{Class: class, URL: rawURL, Detail: detail, Err: err}
}

// name finds the class of a transport's error and words it.
func name(err error, host string, body bool) (Class, string) {
	if errors.Is(err, context.Canceled) {
		return Cancelled, "the request was cancelled"
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		switch {
		case e.IsNotFound:
			return DNS, fmt.Sprintf("the name %s does not exist; check the address", host)
		case e.IsTimeout:
			return DNS, fmt.Sprintf("looking up %s took too long", host)
		}
		return DNS, fmt.Sprintf("looking up %s failed: %s", host, e.Err)
	}
	if class, detail, ok := nameTLS(err, host); ok {
		return class, detail
	}
	text := err.Error()
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		return Timeout, timeoutDetail(err, host, body)
	case strings.Contains(text, "response headers exceeded"), strings.Contains(text, "header list too large"):
		return TooLarge, fmt.Sprintf("%s sent more than %d KB of headers", host, maxHeader>>10)
	case body:
		return Truncated, fmt.Sprintf("the answer of %s broke off: %s", host, plain(err))
	case errors.Is(err, syscall.ECONNREFUSED):
		return Connect, fmt.Sprintf("%s refuses connections", host)
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return Connect, fmt.Sprintf("%s cannot be reached from here", host)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		strings.Contains(text, "server closed idle connection"), strings.Contains(text, "connection reset"):
		return Connect, fmt.Sprintf("%s closed the connection without an answer", host)
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
		return Connect, fmt.Sprintf("connecting to %s failed: %s", host, plain(e.Err))
	}
	return Protocol, fmt.Sprintf("%s gave an answer that is not HTTP: %s", host, plain(err))
}

func nameTLS(err error, host string) (Class, string, bool) {
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return TLS, fmt.Sprintf("the certificate of %s has expired", host), true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return TLS, fmt.Sprintf("the certificate of %s is for other names", host), true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return TLS, fmt.Sprintf("the certificate of %s is from an authority that this machine does not know", host), true
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return TLS, fmt.Sprintf("the certificate of %s cannot be verified: %s", host, plain(e.Err)), true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return TLS, fmt.Sprintf("%s does not speak TLS there; try http instead of https", host), true
	}
	if e, ok := errors.AsType[tls.AlertError](err); ok {
		return TLS, fmt.Sprintf("%s broke off the TLS handshake: %s", host, plain(e)), true
	}
	if text := err.Error(); strings.Contains(text, "TLS handshake timeout") {
		return Timeout, fmt.Sprintf("%s did not finish the TLS handshake in time", host), true
	} else if strings.Contains(text, "tls: ") {
		return TLS, fmt.Sprintf("TLS with %s failed: %s", host, plain(err)), true
	}
	return "", "", false
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

func timeoutDetail(err error, host string, body bool) string {
	if body {
		return fmt.Sprintf("%s did not send its whole answer in time", host)
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
		return fmt.Sprintf("%s did not accept a connection in time", host)
	}
	return fmt.Sprintf("%s did not begin to answer in time", host)
}

// plain is an error's text on one line of at most 200 bytes: servers choose
// parts of it, and it is shown to people.
func plain(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Err != nil { // which names our own port, another each time
		err = op.Err
	}
	s := strings.ToValidUTF8(err.Error(), "?")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}
