package feed

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxEntity is how many bytes after an ampersand its semicolon may stand.
const maxEntity = 40

// decode replaces the references of character data. The five of XML and HTML's
// names are known, and what the document declares as plain text; anything else
// is text.
func (r *repairs) decode(s string) string {
	i := strings.IndexByte(s, '&')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i >= 0 {
		b.WriteString(s[:i])
		s = s[i:]
		n, text := r.reference(s)
		b.WriteString(text)
		s = s[n:]
		i = strings.IndexByte(s, '&')
	}
	b.WriteString(s)
	return b.String()
}

// reference reads the reference that s begins with: its length and its text.
func (r *repairs) reference(s string) (int, string) {
	end := strings.IndexByte(s[:min(len(s), maxEntity)], ';')
	if end < 2 {
		r.add(bareAmpersand)
		return 1, "&"
	}
	name := s[1:end]
	switch name {
	case "amp":
		return end + 1, "&"
	case "lt":
		return end + 1, "<"
	case "gt":
		return end + 1, ">"
	case "quot":
		return end + 1, `"`
	case "apos":
		return end + 1, "'"
	}
	if name[0] == '#' {
		return r.numeric(name[1:], end+1)
	}
	if text, ok := r.declared[name]; ok && len(text) <= r.room {
		r.room -= len(text)
		return end + 1, text
	}
	if !entityName(name) {
		r.add(bareAmpersand)
		return 1, "&"
	}
	if text := html.UnescapeString(s[:end+1]); !strings.HasSuffix(text, ";") {
		r.add(htmlEntity)
		return end + 1, text
	}
	r.add(unknownEntity)
	return 1, "&"
}

// entityDeclared is an entity of plain text in a DOCTYPE. What refers to other
// entities, to files or holds markup is none: such are bombs.
var entityDeclared = regexp.MustCompile(`<!ENTITY\s+([A-Za-z][A-Za-z0-9._-]{0,31})\s+(?:"([^"&%<]{0,500})"|'([^'&%<]{0,500})')\s*>`)

// The limits of what a DOCTYPE may declare.
const (
	maxDeclared = 64       // entities
	maxExpanded = 64 << 10 // bytes that they become in the whole document
)

// declare takes over the entities of a DOCTYPE.
func (r *repairs) declare(doctype string) {
	for _, m := range entityDeclared.FindAllStringSubmatch(doctype, maxDeclared) {
		if r.declared == nil {
			r.declared, r.room = map[string]string{}, maxExpanded
		}
		r.declared[m[1]] = m[2] + m[3]
	}
}

func (r *repairs) numeric(digits string, n int) (int, string) {
	base := 10
	if strings.HasPrefix(digits, "x") || strings.HasPrefix(digits, "X") {
		base, digits = 16, digits[1:]
	}
	code, err := strconv.ParseUint(digits, base, 32)
	if err != nil {
		if digits == "" || strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
			r.add(bareAmpersand)
			return 1, "&"
		}
		r.add(badReference)
		return n, ""
	}
	if code >= 0x80 && code < 0xA0 { // windows-1252 meant, as HTML reads it
		return n, html.UnescapeString("&#" + strconv.FormatUint(code, 10) + ";")
	}
	if c := rune(code); code > utf8.MaxRune || !legal(c) {
		r.add(badReference)
		return n, ""
	} else {
		return n, string(c)
	}
}

func entityName(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9' || i == 0) {
			return false
		}
	}
	return true
}

// legal says whether XML 1.0 (section 2.2) allows a character.
func legal(c rune) bool {
	return c == '\t' || c == '\n' || c == '\r' || c >= 0x20 && c <= 0xD7FF || c >= 0xE000 && c <= 0xFFFD || c >= 0x10000 && c <= 0x10FFFF
}
