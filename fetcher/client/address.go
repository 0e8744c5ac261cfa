package client

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"
	"golang.org/x/net/idna"

	"tinhub/news"
)

// Ports that may be dialled outside the allowed networks.
func publicPorts() []uint16 { return []uint16{80, 443, 8080, 8443} }

// A guard says which addresses may be dialled: public ones on the usual ports,
// and any port of the networks that the operator allowed.
type guard struct {
	allow  news.Networks
	public *ssrf.Guardian
}

func newGuard(allow news.Networks) *guard {
	return &guard{allow: allow, public: ssrf.New(ssrf.WithPorts(publicPorts()...))}
}

// check decides on the address that is about to be connected, which is the
// only moment at which a name can no longer change its mind (DNS rebinding).
func (g *guard) check(a netip.AddrPort) error {
	addr := a.Addr().Unmap()
	if a.Port() == 0 {
		return forbidden("port 0 cannot be connected")
	}
	if addr.Zone() == "" && g.allow.Contains(addr) {
		return nil
	}
	// A mapped address is refused as such where the guardian sees it first; after
	// Unmap it is judged as the IPv4 address that would be connected.
	if err := g.public.SafeAddr(addr); err != nil {
		return forbidden(fmt.Sprintf("%s is a private, local or reserved address; if it is meant, add its network to fetch.allow_networks", addr))
	}
	if err := g.public.SafeAddrPort(netip.AddrPortFrom(addr, a.Port())); err != nil {
		return forbidden(fmt.Sprintf("port %d is not one of 80, 443, 8080, 8443; if it is meant, add the address's network to fetch.allow_networks", a.Port()))
	}
	return nil
}

// control is the dialer's last look before connect(2).
func (g *guard) control(network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return forbidden("only TCP is dialled, not " + network)
	}
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return forbidden(address + " is not an address that can be judged")
	}
	return g.check(a)
}

func forbidden(detail string) *Error { return &Error{Class: Forbidden, Detail: detail} }

// A target is an address that passed parsing, in one form: scheme http or
// https, host in lower case ASCII without a final dot, no userinfo, no fragment.
type target struct {
	url  *url.URL
	host string // without brackets
	port uint16
	user *url.Userinfo // what the address carried
}

// Key is what limits of a host are counted by: http and https on their own
// ports are the same host.
func (t target) key() string {
	if t.port == 80 || t.port == 443 {
		return t.host
	}
	return t.host + ":" + strconv.Itoa(int(t.port))
}

// HostKey is the name under which the limits of an address's host are counted,
// or an *Error when the address cannot be fetched at all.
func HostKey(rawURL string) (string, error) {
	t, err := parseTarget(rawURL)
	if err != nil {
		return "", err
	}
	return t.key(), nil
}

// parseTarget reads an address as strictly as the guard needs. References such
// as //host and opaque forms such as http:127.0.0.1 are refused: what they mean
// depends on who reads them.
func parseTarget(rawURL string) (target, error) {
	u, err := url.Parse(strings.TrimSpace(rawURL))
	if err != nil {
		return target{}, badAddress(rawURL, "cannot be read: %s", plain(err))
	}
	return cleanTarget(u)
}

// cleanTarget judges an address and brings it into its one form, in place.
func cleanTarget(u *url.URL) (target, error) {
	if u.Scheme != "http" && u.Scheme != "https" {
		return target{}, badAddress(u.Redacted(), "does not begin with http:// or https://")
	}
	if u.Opaque != "" || u.Host == "" {
		return target{}, badAddress(u.Redacted(), "names no host; write it as %s://host/…", u.Scheme)
	}
	t := target{user: u.User}
	if u.User != nil {
		if _, ok := u.User.Password(); !ok {
			return target{}, badAddress(u.Redacted(), "hides its host %s behind a user name", u.Hostname())
		}
	}
	port, err := portOf(u)
	if err != nil {
		return target{}, badAddress(u.Redacted(), "%s", err)
	}
	ported := u.Port() != ""
	host, err := cleanHost(u.Hostname())
	if err != nil {
		return target{}, badAddress(u.Redacted(), "%s", err)
	}
	t.host, t.port = host, port
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	u.Host = host
	if strings.Contains(host, ":") {
		// url.URL escapes the zone of an IPv6 literal when it is written out.
		u.Host = "[" + host + "]"
	}
	if ported && !(u.Scheme == "http" && port == 80) && !(u.Scheme == "https" && port == 443) {
		u.Host += ":" + strconv.Itoa(int(port))
	}
	t.url = u
	return t, nil
}

func portOf(u *url.URL) (uint16, error) {
	switch p := u.Port(); {
	case p == "":
		if u.Scheme == "https" {
			return 443, nil
		}
		return 80, nil
	default:
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return 0, fmt.Errorf("has no valid port: %s", p)
		}
		return uint16(n), nil
	}
}

// cleanHost maps a host to the ASCII that will be looked up, so that full-width
// digits and the like are judged as what they become.
func cleanHost(host string) (string, error) {
	if strings.Contains(host, ":") { // an IPv6 literal
		a, err := netip.ParseAddr(host)
		if err != nil {
			return "", fmt.Errorf("has a malformed IPv6 address: %s", host)
		}
		return a.String(), nil
	}
	if plainName(host) {
		return host, nil
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil {
		// Lookup is strict about underscores and hyphens, which real hosts use.
		if ascii, err = idna.Punycode.ToASCII(strings.ToLower(host)); err != nil {
			return "", fmt.Errorf("has a host that is no name: %s", host)
		}
	}
	ascii = strings.TrimRight(ascii, ".")
	if ascii == "" || len(ascii) > 253 || strings.ContainsAny(ascii, " %/\\?#@<>[]^|") {
		return "", fmt.Errorf("has a host that is no name: %q", host)
	}
	return ascii, nil
}

// plainName says that a host is in its final form already: the everyday case,
// at a fraction of the mapping's cost.
func plainName(host string) bool {
	if host == "" || len(host) > 253 || host[len(host)-1] == '.' || strings.Contains(host, "xn--") {
		return false
	}
	for i := range len(host) {
		if c := host[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-') {
			return false
		}
	}
	return true
}

// precheck refuses what can be refused before anything is looked up.
func (g *guard) precheck(t target) error {
	if a, err := netip.ParseAddr(t.host); err == nil {
		return g.check(netip.AddrPortFrom(a, t.port))
	}
	if t.host == "localhost" || strings.HasSuffix(t.host, ".localhost") {
		four := g.check(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), t.port))
		six := g.check(netip.AddrPortFrom(netip.IPv6Loopback(), t.port))
		if four != nil && six != nil {
			return four
		}
		return nil
	}
	if endsInNumber(t.host) {
		return forbidden(fmt.Sprintf("%s is a number that some programs read as an address; write the address in full", t.host))
	}
	if len(g.allow) == 0 {
		for _, p := range publicPorts() {
			if p == t.port {
				return nil
			}
		}
		return forbidden(fmt.Sprintf("port %d is not one of 80, 443, 8080, 8443", t.port))
	}
	return nil
}

// endsInNumber is the "ends in a number" checker of the WHATWG URL standard:
// such hosts are IPv4 addresses in octal, hexadecimal or short forms.
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" {
		return false
	}
	digits := strings.Trim(last, "0123456789") == ""
	hex := len(last) >= 2 && (last[:2] == "0x" || last[:2] == "0X") && strings.Trim(last[2:], "0123456789abcdefABCDEF") == ""
	return digits || hex
}

func badAddress(raw, format string, args ...any) *Error {
	return &Error{Class: BadAddress, URL: raw, Detail: fmt.Sprintf("the address %.200s %s", raw, fmt.Sprintf(format, args...))}
}
