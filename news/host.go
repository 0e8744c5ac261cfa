package news

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// OurHost says whether a Host header is one that a site at publicURL answers: its
// own, localhost, or an address. A name of somebody else's that resolves to us would
// let his pages talk to us as if they were ours (DNS rebinding).
func OurHost(host, publicURL string) bool {
	name := hostOnly(host)
	if u, err := url.Parse(publicURL); err == nil && u.Host != "" && strings.EqualFold(name, u.Hostname()) {
		return true
	}
	if strings.EqualFold(strings.TrimSuffix(name, "."), "localhost") {
		return true
	}
	_, err := netip.ParseAddr(name)
	return err == nil
}

func hostOnly(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}
