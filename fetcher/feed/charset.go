package feed

import (
	"bytes"
	"html"
	"mime"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wlynxg/chardet"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// decodeBody makes text of a body in any charset: by its byte order mark, by
// the header, by the XML declaration (RFC 7303 section 3, in this order), and,
// where the bytes belie these, by looking at the bytes. The text is valid UTF-8
// without characters that XML forbids. It also returns the charset's name.
func decodeBody(body []byte, contentType string, r *repairs) (text, name string) {
	if rest, name, enc := byteOrder(body); name != "" {
		if enc == nil {
			return cleanUTF8(rest, r), name
		}
		if decoded, err := enc.NewDecoder().Bytes(rest); err == nil {
			return cleanUTF8(decoded, r), name
		}
	}
	header, media := headerCharset(contentType)
	valid := utf8.Valid(body)
	declared := declaredCharset(body)
	if strings.HasSuffix(media, "json") {
		declared = ""
	}
	if header == "" && strings.HasPrefix(media, "text/") && ascii(body) {
		return cleanUTF8(body, r), "us-ascii" // RFC 2046; it is what the bytes are
	}
	for _, label := range []string{header, declared} {
		if label == "" {
			continue
		}
		if valid && (label == "utf-8" || label == "utf8") { // the short way of nearly all
			return cleanValid(body, r), "utf-8"
		}
		if decoded, name, ok := byLabel(body, label); ok {
			return cleanUTF8(decoded, r), name
		}
		r.add(wrongCharset)
	}
	return byLooking(body, r)
}

// byteOrder recognises UTF-8, UTF-16 and UTF-32 by their marks, or by how "<"
// and "{" lie in them (XML 1.0 appendix F).
func byteOrder(b []byte) (rest []byte, name string, enc encoding.Encoding) {
	little, big := unicode.LittleEndian, unicode.BigEndian
	first := func(p string) bool { return bytes.HasPrefix(b, []byte(p)) }
	switch {
	case first("\xef\xbb\xbf"):
		for bytes.HasPrefix(b, []byte("\xef\xbb\xbf")) {
			b = b[3:]
		}
		return b, "utf-8", nil
	case first("\xff\xfe\x00\x00"):
		return b[4:], "utf-32le", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	case first("\x00\x00\xfe\xff"):
		return b[4:], "utf-32be", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	case first("<\x00\x00\x00"):
		return b, "utf-32le", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	case first("\x00\x00\x00<"):
		return b, "utf-32be", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	case first("\xff\xfe"):
		return b[2:], "utf-16le", unicode.UTF16(little, unicode.IgnoreBOM)
	case first("\xfe\xff"):
		return b[2:], "utf-16be", unicode.UTF16(big, unicode.IgnoreBOM)
	}
	for _, c := range []byte("<{ \n\r\t") {
		if len(b) >= 4 && b[0] == c && b[1] == 0 && b[2] != 0 && b[3] == 0 {
			return b, "utf-16le", unicode.UTF16(little, unicode.IgnoreBOM)
		}
		if len(b) >= 4 && b[0] == 0 && b[1] == c && b[2] == 0 && b[3] != 0 {
			return b, "utf-16be", unicode.UTF16(big, unicode.IgnoreBOM)
		}
	}
	return b, "", nil
}

func headerCharset(contentType string) (label, media string) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil { // "text/xml; qs=0.9, charset=x": take what can be had
		media, _, _ = strings.Cut(contentType, ";")
		media = strings.ToLower(strings.TrimSpace(media))
		if _, after, ok := strings.Cut(strings.ToLower(contentType), "charset="); ok {
			label, _, _ = strings.Cut(after, ";")
			return strings.Trim(label, " \"'"), media
		}
		return "", media
	}
	return strings.ToLower(strings.Trim(params["charset"], " \"'")), media
}

var declaration = regexp.MustCompile(`^[\s\x00]*<\?xml[^>]*?\sencoding\s*=\s*["']?([A-Za-z0-9._:-]+)`)

func declaredCharset(body []byte) string {
	if m := declaration.FindSubmatch(body[:min(len(body), 512)]); m != nil {
		return strings.ToLower(string(m[1]))
	}
	return ""
}

// byLabel decodes a body by a charset's label. Bytes that are valid UTF-8 beyond
// ASCII are UTF-8 whatever the label says (papers change their CMS and forget the
// template), but for East Asian labels, where short texts are both.
func byLabel(body []byte, label string) (decoded []byte, name string, ok bool) {
	if read := legacy[label]; read != nil && !utf8Beyond(body) {
		return []byte(read(body)), label, true
	}
	enc, name := charset.Lookup(label)
	switch {
	case enc == nil && label == "iso-8859-1" || label == "us-ascii" || label == "ascii":
		enc, name = charset.Lookup("windows-1252")
	case enc == nil || name == "replacement" || name == "x-user-defined" || strings.HasPrefix(name, "utf-16"):
		return nil, "", false
	}
	if name == "utf-8" {
		return body, name, utf8.Valid(body) || mostlyUTF8(body, 4)
	}
	if utf8Beyond(body) && !eastAsian(name) {
		return nil, "", false
	}
	decoded, err := enc.NewDecoder().Bytes(body)
	if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
		return nil, "", false
	}
	if name == "gbk" {
		name = "gb18030"
	}
	if name == "windows-1252" && label != "windows-1252" && label != "cp1252" {
		name = strings.TrimPrefix(label, "x-")
	}
	return decoded, name, true
}

func eastAsian(name string) bool {
	switch name {
	case "gbk", "gb18030", "big5", "euc-jp", "euc-kr", "shift_jis", "iso-2022-jp":
		return true
	}
	return false
}

// utf8Beyond says that a body is valid UTF-8 and more than ASCII.
func utf8Beyond(body []byte) bool { return !ascii(body) && utf8.Valid(body) }

func ascii(body []byte) bool {
	for _, c := range body {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// byLooking decodes what has no label, or none that is right.
func byLooking(body []byte, r *repairs) (text, name string) {
	if utf8.Valid(body) {
		return cleanUTF8(body, r), "utf-8"
	}
	if mostlyUTF8(body, 1) {
		return cleanUTF8(body, r), "utf-8"
	}
	r.add(charsetGuessed)
	if name := vietnameseGuess(body); name != "" {
		return cleanUTF8([]byte(legacy[name](body)), r), name
	}
	guess := chardet.Detect(body[:min(len(body), 64<<10)])
	if enc, name := charset.Lookup(guess.Encoding); enc != nil && guess.Confidence > 0.5 && name != "utf-8" && name != "replacement" {
		if decoded, err := enc.NewDecoder().Bytes(body); err == nil {
			return cleanUTF8(decoded, r), name
		}
	}
	enc, name := charset.Lookup("windows-1252")
	decoded, err := enc.NewDecoder().Bytes(body)
	if err != nil {
		decoded = body
	}
	return cleanUTF8(decoded, r), name
}

// mostlyUTF8 says that a body is UTF-8 with some damage, and no other charset:
// for each good letter beyond ASCII at most so many bad bytes.
func mostlyUTF8(body []byte, bad int) bool {
	balance := 0
	for i := 0; i < len(body); {
		if body[i] < 0x80 {
			i++
			continue
		}
		r, n := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && n == 1 {
			if _, n = surrogates(body[i:]); n == 0 {
				balance, n = balance-1, 1
			}
		} else {
			balance += bad
		}
		i += n
	}
	return balance >= 0
}

// cleanUTF8 leaves valid UTF-8 with only the characters that XML allows
// (XML 1.0 section 2.2). Surrogate pairs written as UTF-8 (CESU-8) become the
// character they mean.
func cleanUTF8(b []byte, r *repairs) string {
	if utf8.Valid(b) {
		return cleanValid(b, r)
	}
	return replaceUnclean(b, 0, r)
}

// cleanValid is cleanUTF8 for valid UTF-8, which is looked through byte by byte:
// only some bytes begin a character that may not be.
func cleanValid(b []byte, r *repairs) string {
	for i, c := range b {
		if !suspect[c] {
			continue
		}
		if ch, _ := utf8.DecodeRune(b[i:]); unclean(ch) {
			return replaceUnclean(b, i, r)
		}
	}
	return string(b)
}

// suspect are the bytes that characters begin with which XML forbids, or which
// are controls: C0, C1 (C2 80 …), U+FFFE and U+FFFF (EF BF BE …).
var suspect = func() (t [256]bool) {
	for c := range 0x20 {
		t[c] = c != '\t' && c != '\n' && c != '\r'
	}
	t[0xC2], t[0xEF] = true, true
	return t
}()

func unclean(ch rune) bool { return !legal(ch) || ch >= 0x80 && ch < 0xA0 }

func replaceUnclean(b []byte, at int, r *repairs) string {
	var out strings.Builder
	out.Grow(len(b))
	out.Write(b[:at])
	illegal, invalid, windows := 0, 0, 0
	for i := at; i < len(b); {
		ch, n := utf8.DecodeRune(b[i:])
		switch {
		case ch == utf8.RuneError && n == 1:
			invalid++
			if ch, n = surrogates(b[i:]); n == 0 {
				ch, n = utf8.RuneError, 1
			}
			out.WriteRune(ch)
		case !legal(ch):
			illegal++
		case ch >= 0x80 && ch < 0xA0: // a byte of windows-1252 that was taken for Latin-1
			windows++
			out.WriteString(html.UnescapeString("&#" + strconv.Itoa(int(ch)) + ";"))
		default:
			out.Write(b[i : i+n])
		}
		i += n
	}
	r.addN(illegalCharacter, illegal)
	r.addN(invalidBytes, invalid)
	r.addN(windowsCharacter, windows)
	return out.String()
}

// surrogates reads a pair of surrogates of three bytes each.
func surrogates(b []byte) (rune, int) {
	if len(b) < 6 || b[0] != 0xED || b[3] != 0xED || b[1]&0xF0 != 0xA0 || b[4]&0xF0 != 0xB0 {
		return 0, 0
	}
	hi := rune(b[1]&0x0F)<<6 | rune(b[2]&0x3F)
	lo := rune(b[4]&0x0F)<<6 | rune(b[5]&0x3F)
	return 0x10000 + hi<<10 + lo, 6
}

// once decodes a text that was UTF-8, was taken for windows-1252 and was encoded
// again ("HÃ  Ná»™i"): all of it, or nothing where any of it can't be that. A
// single "Ã©" may be meant.
func (r *repairs) once(s string) string {
	var b []byte
	for i, c := range s {
		if c < utf8.RuneSelf {
			if b != nil {
				b = append(b, byte(c))
			}
			continue
		}
		char, ok := charmap.Windows1252.EncodeRune(c)
		if !ok && c > 0xFF { // as any Vietnamese word soon has
			return s
		}
		if !ok {
			char = byte(c)
		}
		if b == nil {
			b = append(make([]byte, 0, len(s)), s[:i]...)
		}
		b = append(b, char)
	}
	if b == nil || !utf8.Valid(b) {
		return s
	}
	// A character that was lost before ("ï¿½") is not to be had back.
	if rest := bytes.ReplaceAll(b, []byte("\uFFFD"), nil); len(rest)-utf8.RuneCount(rest) < 2 {
		return s
	}
	r.add(encodedTwice)
	return cleanUTF8(b, r)
}
