package feed

import (
	"html"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"tinhub/news"
)

// clean makes text that any XML 1.0 document can hold (§2.2 Char): characters
// outside it go, broken UTF-8 becomes U+FFFD. encoding/xml does so for character
// data, but not inside CDATA.
func clean(s string) string {
	if !strings.ContainsFunc(s, unfit) && utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unfit(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func unfit(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF ||
		r >= 0x7F && r <= 0x9F || r > 0xFFFF && r&0xFFFE == 0xFFFE
}

// hostnames lets underscores pass, which real hosts have.
var hostnames = idna.New(idna.MapForLookup(), idna.StrictDomainName(false), idna.Transitional(false))

// URL writes an address so that every validator takes it: http or https, ASCII
// only (RFC 3986), a host in its IDNA form. "" when it cannot be used.
func URL(s string) string {
	u, err := url.Parse(strings.TrimSpace(clean(s)))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Opaque != "" {
		return ""
	}
	host, port := u.Hostname(), u.Port()
	if addr, err := netip.ParseAddr(host); err == nil {
		if host = addr.String(); addr.Is6() {
			host = "[" + host + "]"
		}
	} else if host, err = hostnames.ToASCII(host); err != nil || host == "" {
		return ""
	}
	if port != "" {
		host += ":" + port
	}
	out := u.Scheme + "://" + host + escape(u.EscapedPath())
	if u.RawQuery != "" {
		out += "?" + escape(u.RawQuery)
	}
	if f := u.EscapedFragment(); f != "" {
		out += "#" + escape(f)
	}
	return out
}

// escape percent-encodes what may not stand in a path, query or fragment, and
// leaves what is encoded already.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		stray := c == '%' && !(i+2 < len(s) && ishex(s[i+1]) && ishex(s[i+2]))
		if c <= ' ' || c >= 0x7F || stray || strings.IndexByte("\"'<>[\\]^`{|}#", c) >= 0 {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func ishex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// mediaTypes guesses the type of a file by its name; the system's own table
// differs from machine to machine, and with it the bytes.
var mediaTypes = map[string]string{
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp",
	".avif": "image/avif", ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg", ".wav": "audio/wav",
	".mp4": "video/mp4", ".webm": "video/webm", ".m3u8": "application/vnd.apple.mpegurl", ".pdf": "application/pdf",
}

// mediaType is the declared type if it is one, or else a guess, or "".
func mediaType(declared, address string) string {
	if major, minor, ok := strings.Cut(declared, "/"); ok && token(major) && token(minor) {
		return strings.ToLower(declared)
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return mediaTypes[strings.ToLower(path.Ext(u.Path))]
}

func token(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r >= utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("!#$&-^_.+", r)
	})
}

// medium is the Media RSS word for a type.
func medium(mediaType string) string {
	switch major, _, _ := strings.Cut(mediaType, "/"); major {
	case "image", "audio", "video":
		return major
	default:
		return "document"
	}
}

// language is a tag that validators take, or "".
func language(tag string) string {
	primary, _, _ := strings.Cut(tag, "-")
	if len(primary) < 2 || len(primary) > 3 {
		return ""
	}
	for _, c := range []byte(tag) {
		if c != '-' && (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') {
			return ""
		}
	}
	return tag
}

// anchor is a link in HTML, or plain text where there is no address.
func anchor(address, text string) string {
	text = html.EscapeString(news.Clean(text))
	if address = URL(address); address == "" {
		return text
	}
	return `<a href="` + html.EscapeString(address) + `">` + text + `</a>`
}
