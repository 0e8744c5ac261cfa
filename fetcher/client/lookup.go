package client

import (
	"context"
	"net"
	"net/netip"
)

// Lookup says which addresses a host leads to that may be dialled, the best
// first. Whoever limits what an address gets, whatever names lead to it, looks up
// first and then has Request.At connected: a name could have changed its mind in
// between. Errors are of type *Error.
func (c *Client) Lookup(ctx context.Context, rawURL string) ([]netip.Addr, error) {
	t, err := parseTarget(rawURL)
	if err != nil {
		return nil, err
	}
	if err := c.guard.precheck(t); err != nil {
		return nil, classify(err, t.url.String(), t.host, false)
	}
	if a, err := netip.ParseAddr(t.host); err == nil {
		return []netip.Addr{a.Unmap()}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	found, err := c.opt.Resolver.LookupNetIP(ctx, "ip", t.host)
	var good []netip.Addr
	for _, a := range found {
		refused := c.guard.check(netip.AddrPortFrom(a, t.port))
		if refused == nil {
			good = append(good, a.Unmap())
		} else if err == nil {
			err = refused
		}
	}
	if len(good) > 0 {
		return good, nil
	}
	if err == nil {
		err = &net.DNSError{Err: "no address", Name: t.host, IsNotFound: true}
	}
	return nil, classify(err, t.url.String(), t.host, false)
}

type atKey struct{}

// dial connects; where the request says to which address, to that and no other.
// The guard judges it like any other.
func (n *network) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if at, ok := ctx.Value(atKey{}).(netip.Addr); ok {
		if _, port, err := net.SplitHostPort(address); err == nil {
			address = net.JoinHostPort(at.String(), port)
		}
	}
	return n.dialer.DialContext(ctx, network, address)
}
