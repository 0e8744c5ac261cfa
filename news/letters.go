package news

import (
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// What a character is to the folding of text.
const (
	classSeparator = iota
	classDigit
	classLetter // in the table: key, bare and tone are known
	classOther  // a letter of another script
	classTone   // a combining tone mark
	classMark   // another combining mark
	classSkip   // zero-width: it is as if it were not there
)

// The tones, as digits in a key. 0 is the level tone, which has no mark.
const (
	toneSac = 1 + iota
	toneHuyen
	toneHoi
	toneNga
	toneNang
)

// A letter is how one character is folded.
type letter struct {
	key, bare uint16
	tone      byte
	class     byte
}

// Where the blocks that hold Vietnamese lie in the table.
const (
	latinEnd  = 0x250 // Basic Latin to Latin Extended-B
	marksFrom = 0x300
	marksEnd  = 0x370
	extraFrom = 0x1E00 // Latin Extended Additional
	extraEnd  = 0x1F00
	marksAt   = latinEnd
	extraAt   = marksAt + marksEnd - marksFrom
	tableEnd  = extraAt + extraEnd - extraFrom
)

var (
	letterTable = makeLetters()
	asciiClass  = makeASCII()
	asciiLower  = makeLower()
	consonant   = makeConsonants()
)

func letterOf(r rune) letter {
	switch {
	case r < latinEnd:
		return letterTable[r]
	case r >= extraFrom && r < extraEnd:
		return letterTable[r-extraFrom+extraAt]
	case r >= marksFrom && r < marksEnd:
		return letterTable[r-marksFrom+marksAt]
	default:
		return rareLetter(r)
	}
}

// rareLetter is for what stands outside the table.
func rareLetter(r rune) letter {
	if l := lookalike(r); l != 0 {
		return letter{key: l, bare: bareOf(l), class: classLetter}
	}
	switch {
	case isZeroWidth(r):
		return letter{class: classSkip}
	case unicode.IsMark(r):
		return letter{class: classMark}
	case unicode.IsLetter(r), unicode.IsDigit(r):
		return letter{class: classOther}
	}
	return letter{class: classSeparator}
}

// isZeroWidth is for characters that editors and pages leave inside words.
func isZeroWidth(r rune) bool {
	switch {
	case r == 0xAD, r == 0x34F, r == 0x61C, r == 0x180E, r == 0xFEFF,
		r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E,
		r >= 0x2060 && r <= 0x206F, r >= 0xFE00 && r <= 0xFE0F:
		return true
	}
	return false
}

// lookalike is the Latin letter that a Cyrillic one is mistaken for ("NĐ-СР"
// was seen with the last two in Cyrillic), or đ for the two letters that look
// like its capital. 0: none.
func lookalike(r rune) uint16 {
	switch unicode.ToLower(r) {
	case 'а':
		return 'a'
	case 'в':
		return 'b'
	case 'с':
		return 'c'
	case 'ԁ':
		return 'd'
	case 'е':
		return 'e'
	case 'н', 'һ':
		return 'h'
	case 'і':
		return 'i'
	case 'ј':
		return 'j'
	case 'к':
		return 'k'
	case 'м':
		return 'm'
	case 'о':
		return 'o'
	case 'р':
		return 'p'
	case 'ԛ':
		return 'q'
	case 'ѕ':
		return 's'
	case 'т':
		return 't'
	case 'ԝ':
		return 'w'
	case 'х':
		return 'x'
	case 'у':
		return 'y'
	case 'ð', 'ɖ':
		return 'đ'
	}
	return 0
}

// compose puts one of the three quality marks on a letter; 0: it does not take it.
func compose(letter, mark rune) rune {
	switch mark {
	case 0x302:
		switch letter {
		case 'a':
			return 'â'
		case 'e':
			return 'ê'
		case 'o':
			return 'ô'
		}
	case 0x306:
		if letter == 'a' {
			return 'ă'
		}
	case 0x31B:
		switch letter {
		case 'o':
			return 'ơ'
		case 'u':
			return 'ư'
		}
	}
	return 0
}

func toneOf(mark rune) byte {
	switch mark {
	case 0x300, 0x340:
		return toneHuyen
	case 0x301, 0x341:
		return toneSac
	case 0x303:
		return toneNga
	case 0x309:
		return toneHoi
	case 0x323:
		return toneNang
	}
	return 0
}

func makeLetters() (t [tableEnd]letter) {
	for r := rune(0); r < latinEnd; r++ {
		t[r] = makeLetter(r)
	}
	for r := rune(marksFrom); r < marksEnd; r++ {
		t[r-marksFrom+marksAt] = makeLetter(r)
	}
	for r := rune(extraFrom); r < extraEnd; r++ {
		t[r-extraFrom+extraAt] = makeLetter(r)
	}
	return t
}

func makeLetter(r rune) letter {
	if l := lookalike(r); l != 0 {
		return letter{key: l, bare: bareOf(l), class: classLetter}
	}
	switch {
	case isZeroWidth(r):
		return letter{class: classSkip}
	case toneOf(r) != 0:
		return letter{class: classTone, tone: toneOf(r)}
	case unicode.IsMark(r):
		return letter{class: classMark}
	case !unicode.IsLetter(r) && !unicode.IsDigit(r):
		return letter{class: classSeparator}
	}
	l := letter{class: classLetter}
	var rest []rune
	for _, d := range norm.NFD.String(string(unicode.ToLower(r))) {
		if tone := toneOf(d); tone != 0 {
			l.tone = tone
			continue
		}
		rest = append(rest, d)
	}
	whole := []rune(norm.NFC.String(string(rest)))
	if len(whole) != 1 || whole[0] > 0xFFFF {
		return letter{class: classOther}
	}
	l.key, l.bare = uint16(whole[0]), bareOf(uint16(rest[0]))
	return l
}

func bareOf(key uint16) uint16 {
	if key == 'đ' {
		return 'd'
	}
	return key
}

func makeASCII() (t [128]byte) {
	for c := range t {
		switch {
		case isDigit(byte(c)):
			t[c] = classDigit
		case unicode.IsLetter(rune(c)):
			t[c] = classLetter
		}
	}
	return t
}

func makeLower() (t [128]byte) {
	for c := range t {
		t[c] = byte(unicode.ToLower(rune(c)))
	}
	return t
}

func makeConsonants() (t [128]bool) {
	for _, c := range "bcdfghjklmnpqrstvwxz" {
		t[c] = true
	}
	return t
}
