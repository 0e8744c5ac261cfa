package news

import (
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// TestCleanFastWay: what passes unlooked at is what the long way would leave as
// it is, whatever stands beside it.
func TestCleanFastWay(t *testing.T) {
	passed := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		s := string(r)
		if s == "\uFFFD" || !isClean(s) {
			continue
		}
		passed++
		if p := norm.NFC.PropertiesString(s); !p.BoundaryBefore() || !norm.NFC.IsNormalString("e"+s+"e") || !showable(r, 'e') || unicode.IsSpace(r) {
			t.Errorf("%U passes and may be changed", r)
		}
	}
	if passed < 95+0x100 {
		t.Errorf("only %d characters pass", passed)
	}
	if isClean("a\u0301") || isClean("ệ  x") || isClean(" ệ") || isClean("ệ ") || isClean("\xE1\xBA") {
		t.Error("what has to be cleaned passes")
	}
}
