package news

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Clean makes one line of text fit to show: NFC, white space of every kind
// (U+00A0 too) collapsed to single spaces, without characters that XML 1.0
// forbids, controls, bidirectional overrides and the zero-width characters that
// pages leave inside Vietnamese words. Bytes that are not UTF-8 become U+FFFD.
func Clean(s string) string {
	if isClean(s) {
		return s
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	var b strings.Builder
	b.Grow(len(s))
	space, last := false, rune(0)
	for _, r := range s {
		if unicode.IsSpace(r) {
			space = true
			continue
		}
		if !showable(r, last) {
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space, last = false, r
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}

// isClean is the fast way out: printable ASCII and the composed letters and
// dashes that Vietnamese is written in, with single spaces. None of them changes
// in NFC, nor takes part in a composition with another.
func isClean(s string) bool {
	space := true
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c < ' ' || c > '~' || (c == ' ' && space) {
				return false
			}
			space = c == ' '
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if !(r >= 0xC0 && r <= 0x24F || r >= 0x1E00 && r <= 0x1EFF || r >= 0x2010 && r <= 0x2027) {
			return false
		}
		space = false
		i += size
	}
	return !space || s == ""
}

// showable says whether a character may stand in text that is published; last
// is the one before it.
func showable(r, last rune) bool {
	switch {
	case r == 0x200C || r == 0x200D:
		return last >= 0x900 // joins emoji and Indic letters; in Latin it is litter
	case r >= 0xFE00 && r <= 0xFE0F:
		return last >= 0x80
	case isZeroWidth(r), unicode.IsControl(r):
		return false
	case r >= 0xFDD0 && r <= 0xFDEF, r&0xFFFE == 0xFFFE: // noncharacters; XML forbids U+FFFE and U+FFFF
		return false
	}
	return true
}
