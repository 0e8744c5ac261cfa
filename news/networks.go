package news

import (
	"net"
	"net/netip"
	"strings"
)

// Client is the address that a request comes from, by the address of its peer
// (host:port, or a host alone) and its X-Forwarded-For headers, where the networks
// are those of trusted proxies. The headers are read from their end, and believed
// only as far as trusted proxies wrote them. It is not valid where the peer has no
// address (a Unix socket); it never has a zone.
func (n Networks) Client(peer string, forwarded []string) netip.Addr {
	host, _, err := net.SplitHostPort(peer)
	if err != nil {
		host = strings.Trim(peer, "[]")
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	addr = addr.Unmap().WithZone("")
	if len(forwarded) == 0 || !n.Contains(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(hops) - 1; i >= 0 && n.Contains(addr); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap().WithZone("")
	}
	return addr
}
