package admin

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"tinhub/news"
)

func withoutPort(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}

// clientOf is the address that a request comes from, behind trusted proxies: the
// last one of X-Forwarded-For that is not a proxy of ours.
func clientOf(r *http.Request, proxies news.Networks) string {
	host := withoutPort(r.RemoteAddr)
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && proxies.Contains(addr.Unmap()); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = next
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() { // a subscriber has a whole network to choose from
		if p, err := addr.Prefix(64); err == nil {
			return p.String()
		}
	}
	return addr.String()
}
