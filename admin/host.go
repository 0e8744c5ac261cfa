package admin

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"tinhub/news"
)

// ours says whether a Host header is one that we answer: public_url's, localhost,
// or an address. A name of somebody else's that resolves here would let his pages
// talk to us as if they were ours.
func ours(host, publicURL string) bool {
	if u, err := url.Parse(publicURL); err == nil && strings.EqualFold(host, u.Host) {
		return true
	} else if err == nil && strings.EqualFold(withoutPort(host), u.Hostname()) {
		return true
	}
	name := withoutPort(host)
	if strings.EqualFold(strings.TrimSuffix(name, "."), "localhost") {
		return true
	}
	_, err := netip.ParseAddr(name)
	return err == nil
}

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
