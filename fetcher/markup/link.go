package markup

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"tinhub/news"
)

// maxLink is how long an address may be in bytes; browsers and CMSs stop earlier.
const maxLink = 4096

// Link makes an address absolute: against base when it is relative, without
// tracking parameters, with blanks and letters outside ASCII escaped and a host
// outside ASCII in its DNS form. It is "" for what is no http or https address.
func Link(base, ref string) string {
	if address := Address(base, ref); address != "" {
		return news.StripTracking(address)
	}
	return ""
}

// Address is Link for what another program is to be told again: every parameter
// stays.
func Address(base, ref string) string {
	u := resolve(base, ref)
	if u == nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

// Resolve makes an address absolute as Link does, of whatever scheme, and keeps
// it as it is where there is nothing to resolve it against. It is for values
// that are compared and not followed (an Atom id, a base).
func Resolve(base, ref string) string {
	if u := resolve(base, ref); u != nil {
		return u.String()
	}
	return ref
}

func resolve(base, ref string) *url.URL {
	u := parseLink(ref)
	if u == nil {
		return nil
	}
	if !u.IsAbs() {
		b := parseLink(base)
		if b == nil || !b.IsAbs() || b.Host == "" {
			return nil
		}
		u = b.ResolveReference(u)
	}
	if u.Opaque != "" { // "http:127.0.0.1", "mailto:…"
		if u.Scheme == "http" || u.Scheme == "https" {
			return nil
		}
		return u
	}
	if u.Scheme == "http" || u.Scheme == "https" {
		host, ok := asciiHost(u.Host)
		if !ok {
			return nil
		}
		u.Host = host
		if u.User != nil { // https://example.com@evil.example/ is meant to mislead
			u.User = nil
		}
	}
	return u
}

// parseLink parses what papers put into links: padded, with line ends and
// blanks inside, with letters that are not escaped and % that escapes nothing.
func parseLink(s string) *url.URL {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > maxLink {
		return nil
	}
	// More than two slashes are two (WHATWG URL Standard, special authority ignore slashes state).
	if scheme, rest, ok := strings.Cut(s, ":///"); ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")) {
		s = scheme + "://" + strings.TrimLeft(rest, "/")
	}
	if u, err := url.Parse(escapeLink(s, false)); err == nil {
		return u
	}
	u, err := url.Parse(escapeLink(s, true))
	if err != nil {
		return nil
	}
	return u
}

// escapeLink escapes what may not stand in an address; the host is left as it
// is. With percent, a % that begins no escape is escaped too.
func escapeLink(s string, percent bool) string {
	clean := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}%", c) >= 0 {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	start := hostEnd(s)
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < ' ' || c == 0x7f: // a line end inside is a broken line, not a blank
		case i < start:
			b.WriteByte(c)
		case c == '\\' && !strings.ContainsAny(s[:i], "?#"):
			b.WriteByte('/')
		case c == ' ' || c > 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0,
			c == '%' && percent && !(i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])):
			b.WriteByte('%')
			b.WriteByte("0123456789ABCDEF"[c>>4])
			b.WriteByte("0123456789ABCDEF"[c&15])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// hostEnd is where scheme and host of an absolute address end; 0 when it is relative.
func hostEnd(s string) int {
	i := strings.Index(s, "//")
	if i < 0 || i > 12 || strings.ContainsAny(s[:i], "?#/") {
		return 0
	}
	if n := strings.IndexAny(s[i+2:], "/?#"); n >= 0 {
		return i + 2 + n
	}
	return len(s)
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// asciiHost is a host in its DNS form, with the port that it was given; false
// for what is no host, or has a port above 65535 (WHATWG URL Standard, port state).
func asciiHost(host string) (string, bool) {
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		name, port = host[:i], host[i:]
		if _, err := strconv.ParseUint(port[1:], 10, 16); err != nil && port != ":" {
			return "", false
		}
	}
	if name == "" || strings.ContainsAny(name, " %<>\"") {
		return "", false
	}
	for i := 0; i < len(name); i++ {
		if name[i] >= 0x80 {
			ascii, err := idna.Lookup.ToASCII(name)
			return ascii + port, err == nil
		}
	}
	return host, true
}

// Private says whether an address points into the reader's own network: images
// there are traps that make a browser call a router.
func Private(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return true
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if host == "" || !strings.Contains(host, ".") && !strings.Contains(host, ":") {
		return true // localhost, router, 2130706433, 0x7f000001
	}
	for _, end := range []string{".localhost", ".local", ".internal", ".intranet", ".lan", ".home", ".corp", ".home.arpa"} {
		if strings.HasSuffix(host, end) {
			return true
		}
	}
	if a, err := netip.ParseAddr(host); err == nil {
		a = a.Unmap()
		return !a.IsGlobalUnicast() || a.IsPrivate() || a.Is4() && !publicIPv4(a) || a.Is6() && a.As16()[0]>>5 != 1
	}
	// 127.1, 0177.0.0.1, 0x7f.1: a last label that is a number is no name.
	last := host[strings.LastIndexByte(host, '.')+1:]
	_, err = strconv.ParseUint(last, 0, 64)
	return err == nil
}

// publicIPv4 leaves out what IsGlobalUnicast and IsPrivate let through
// (RFC 6890 and its successors).
func publicIPv4(a netip.Addr) bool {
	b := a.As4()
	switch {
	case b[0] == 0, b[0] >= 240, b[0] == 100 && b[1]&0xc0 == 64, b[0] == 192 && b[1] == 0 && b[2] == 0,
		b[0] == 198 && b[1]&0xfe == 18:
		return false
	}
	return true
}
