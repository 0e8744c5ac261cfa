package client

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
)

// mailPorts are those of mail servers outside the allowed networks.
func mailPorts() []uint16 { return []uint16{25, 465, 587, 2525} }

// DialMail connects to a mail server, for whoever speaks SMTP over it. It is the
// same guarded way out: private addresses are refused unless they are in an allowed
// network, when they are connected. address is host:port.
func (c *Client) DialMail(ctx context.Context, _, address string) (net.Conn, error) {
	d := *c.net.dialer
	d.Control = c.guard.controlMail
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, classify(err, "smtp://"+address, address, false)
	}
	return conn, nil
}

func (g *guard) controlMail(network, address string, raw syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil || !slices.Contains(mailPorts(), a.Port()) {
		if err == nil && !g.allow.Contains(a.Addr().Unmap()) {
			return forbidden(fmt.Sprintf("port %d is not one of a mail server's (25, 465, 587, 2525); if it is meant, add the address's network to fetch.allow_networks", a.Port()))
		}
		return g.control(network, address, raw)
	}
	// The port is a mail server's: the address is judged as that of any other.
	return g.control(network, netip.AddrPortFrom(a.Addr(), 443).String(), raw)
}
