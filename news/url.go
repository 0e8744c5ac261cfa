package news

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/nlnwa/whatwg-url/url"
	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/unicode/norm"
)

// MaxURL is how long an address may be, in bytes.
const MaxURL = 8 << 10

var whatwg = url.NewParser(url.WithPercentEncodeSinglePercentSign())

// CanonicalURL is one way of writing an http or https address (WHATWG URL
// Standard): NFC and percent-encoded UTF-8, punycode host, no credentials, no
// default port, no fragment, no tracking parameters. Scheme, host and the order
// of parameters stay as they are, so that the address still leads there.
func CanonicalURL(raw string) (string, error) {
	u, err := parseURL(raw)
	if err != nil {
		return "", err
	}
	u.SetUsername("")
	u.SetPassword("")
	if !strings.HasPrefix(u.Hash(), "#!") { // such a fragment names the page
		u.SetHash("")
	}
	out := StripTracking(u.Href(false))
	if len(out) > MaxURL {
		return "", fmt.Errorf("the address has %d bytes: at most %d are allowed", len(out), MaxURL)
	}
	return out, nil
}

func parseURL(raw string) (*url.Url, error) {
	raw = strings.TrimSpace(raw)
	switch {
	case raw == "":
		return nil, errors.New("the address is empty")
	case len(raw) > MaxURL:
		return nil, fmt.Errorf("the address has %d bytes: at most %d are allowed", len(raw), MaxURL)
	}
	scheme, rest, ok := strings.Cut(raw, ":")
	if s := strings.ToLower(scheme); !ok || (s != "http" && s != "https") || !strings.HasPrefix(rest, "//") {
		return nil, fmt.Errorf("%q is no web address: it must begin with http:// or https://", clip(raw))
	}
	u, err := whatwg.Parse(norm.NFC.String(strings.ToValidUTF8(raw, "\uFFFD")))
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("%q is no web address: its host cannot be read", clip(raw))
	}
	return u, nil
}

func clip(s string) string { return Excerpt(s, 80) }

// tracking names the parameters that only count readers. A parameter that is
// not known is never dropped: in .aspx and Liferay addresses it is the article.
var tracking = map[string]bool{
	"fbclid": true, "gclid": true, "gclsrc": true, "dclid": true, "wbraid": true, "gbraid": true, "srsltid": true,
	"msclkid": true, "yclid": true, "twclid": true, "ttclid": true, "igshid": true, "igsh": true,
	"mc_cid": true, "mc_eid": true, "mkt_tok": true, "_ga": true, "_gl": true, "_hsenc": true, "_hsmi": true,
	"zarsrc": true, "vero_id": true, "oly_enc_id": true, "oly_anon_id": true, "wickedid": true,
}

var trackingPrefixes = []string{"utm_", "vnn_", "pk_", "mtm_", "hsa_"}

func isTracking(pair string) bool {
	name, _, _ := strings.Cut(pair, "=")
	name = strings.ToLower(name)
	return tracking[name] || slices.ContainsFunc(trackingPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

// StripTracking drops tracking parameters from an address, relative or not, and
// leaves every other byte of it as it is.
func StripTracking(raw string) string {
	rest, fragment, hasFragment := strings.Cut(raw, "#")
	if hasFragment && isTracking(fragment) {
		hasFragment = false
	}
	base, query, hasQuery := strings.Cut(rest, "?")
	if !hasQuery {
		if hasFragment {
			return raw
		}
		return rest
	}
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		if !isTracking(pair) {
			kept = append(kept, pair)
		}
	}
	if len(kept) > 0 || query == "" {
		base += "?" + strings.Join(kept, "&")
	}
	if hasFragment {
		base += "#" + fragment
	}
	return base
}

// URLKey names what an address leads to, however it is written: http and https,
// www., m. and amp., a port that is the default of either scheme, the fragment,
// a trailing slash, tracking parameters and the order of parameters make no
// difference. An address that cannot be read is named by its text; "" has no key.
func URLKey(raw string) Key {
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return ""
	}
	c, err := CanonicalURL(raw)
	if err != nil {
		return KeyOf("url", raw)
	}
	c, _, _ = strings.Cut(c, "#")
	_, c, _ = strings.Cut(c, "://")
	address, query, _ := strings.Cut(c, "?")
	host, path, _ := strings.Cut(address, "/")
	path = strings.TrimRight(path, "/")
	path = strings.TrimRight(strings.TrimSuffix(path, "/amp"), "/")
	pairs := slices.DeleteFunc(strings.Split(query, "&"), func(p string) bool {
		return p == "" || p == "amp" || p == "amp=" || p == "amp=1" || p == "amp=true"
	})
	slices.Sort(pairs)
	return KeyOf("url", foldHost(host), path, strings.Join(pairs, "&"))
}

// foldHost drops what makes no other site of a host.
func foldHost(host string) string {
	host = strings.TrimSuffix(strings.TrimSuffix(host, ":80"), ":443")
	host = strings.TrimSuffix(host, ".")
	for _, p := range []string{"www.", "m.", "amp.", "mobile."} {
		if rest, ok := strings.CutPrefix(host, p); ok && strings.Contains(rest, ".") {
			return foldHost(rest)
		}
	}
	return host
}

// HostFamily is the registrable domain of a host (Public Suffix List), lower
// case and in punycode: all of vnexpress.net's hosts are one family. What has
// none (an IP address, localhost) is its own family together with its port.
func HostFamily(host string) string {
	host = strings.ToLower(strings.TrimSpace(host))
	name, port := host, ""
	if h, p, err := net.SplitHostPort(host); err == nil {
		name, port = h, p
	}
	name = strings.TrimSuffix(strings.Trim(name, "[]"), ".")
	if a, err := netip.ParseAddr(name); err == nil {
		return withPort(a.Unmap().String(), port)
	}
	if ascii, err := idna.Lookup.ToASCII(name); err == nil {
		name = ascii
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(name)
	if err != nil {
		return withPort(name, port)
	}
	return domain
}

func withPort(name, port string) string {
	if port == "" {
		return name
	}
	return net.JoinHostPort(name, port)
}

// FamilyOf is the family of the host of an address, "" when it cannot be read.
func FamilyOf(address string) string {
	u, err := parseURL(address)
	if err != nil {
		return ""
	}
	return HostFamily(u.Host())
}

// Family names the paper that a source belongs to: the family of its homepage,
// else of its address. Sources of one family share a shard.
func (s Source) Family() string {
	if f := FamilyOf(s.Homepage); f != "" {
		return f
	}
	return FamilyOf(s.Address())
}

// Families are all families of the paper: its own first, then of its address
// and of its other and former hosts.
func (s Source) Families() []string {
	out := []string{s.Family()}
	add := func(f string) {
		if f != "" && !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	add(FamilyOf(s.Address()))
	for _, h := range s.Hosts {
		add(HostFamily(h))
	}
	return out
}
