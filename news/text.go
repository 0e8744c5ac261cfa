package news

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A Syllable is one token of Vietnamese text as it is compared, never shown.
//
// Key is the syllable in NFC and lower case with the tone mark pulled to its
// end as a digit (hòa and hoà are both "hoa2"), one spelling of i/y (kỷ and kỉ
// are "ki3") and Cyrillic look-alikes made Latin; đ stays đ. Bare has no marks
// at all and đ is d: it is what a phrase typed without marks is compared with.
//
// A number is one syllable: 6.500 and 6500 are "6500", 2,5 and 2.5 are "2.5",
// while a date (16/06/2023, 01.07.2025) or a document's number (05-CT/TW) falls
// into its parts.
type Syllable struct {
	Key, Bare  string
	Start, End int // bytes of the input
}

// Fold is the match key of a text: the keys of its syllables, joined by one
// space. Folding what is folded changes nothing.
func Fold(s string) string {
	syllables := Syllables(nil, s)
	var b strings.Builder
	b.Grow(len(s) + len(syllables))
	for i, y := range syllables {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(y.Key)
	}
	return b.String()
}

// Marked says whether a text was typed with marks (of tone, of quality, or đ).
// A phrase that is not matches Bare, one that is matches Key.
func Marked(s string) bool {
	for _, r := range s {
		if r < utf8.RuneSelf {
			continue
		}
		if unicode.Is(unicode.Mn, r) {
			return true
		}
		if l := letterOf(r); l.class == classLetter && (l.tone != 0 || l.key != l.bare) {
			return true
		}
	}
	return false
}

// syllableBytes is how many bytes of a Vietnamese text are one syllable, at least
// on average.
const syllableBytes = 5

// Syllables appends the syllables of a text to dst. It allocates one arena for
// all the keys that are not already written in the text as they are.
func Syllables(dst []Syllable, s string) []Syllable {
	f := folder{s: s}
	if dst == nil && len(s) > syllableBytes {
		dst = make([]Syllable, 0, len(s)/syllableBytes+1)
	}
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			switch asciiClass[c] {
			case classSeparator:
				i++
				continue
			case classDigit:
				var y Syllable
				y, i = f.number(i)
				dst = append(dst, y)
				continue
			}
		} else if r, n := utf8.DecodeRuneInString(s[i:]); letterOf(r).class != classLetter && letterOf(r).class != classOther {
			i += n // a mark or a zero-width character with nothing to stand on
			continue
		}
		var y Syllable
		y, i = f.word(i)
		dst = append(dst, y)
	}
	return dst
}

// A folder turns one text into syllables; its buffers are reused from one to the next.
type folder struct {
	s         string
	arena     strings.Builder
	key, bare []byte
	keyBuf    [48]byte
	bareBuf   [48]byte
}

// word reads the syllable that starts with the letter at i, and returns where
// the text goes on. A digit inside belongs to it (h5n1).
func (f *folder) word(i int) (Syllable, int) {
	f.key, f.bare = f.keyBuf[:0], f.bareBuf[:0]
	y := Syllable{Start: i, End: i}
	w := word{plain: true}
	for i < len(f.s) {
		c := f.s[i]
		if c < utf8.RuneSelf {
			if asciiClass[c] == classSeparator {
				break
			}
			low := asciiLower[c]
			w.plain = w.plain && low == c
			w.last, w.at = rune(low), len(f.key)
			f.key, f.bare = append(f.key, low), append(f.bare, low)
			i++
			y.End = i
			continue
		}
		r, n := utf8.DecodeRuneInString(f.s[i:])
		l := letterOf(r)
		if l.class == classSeparator {
			break
		}
		w.plain = false
		i += n
		if l.class == classSkip {
			continue
		}
		y.End = i
		f.add(&w, l, r)
	}
	if w.rare {
		w.tone = f.rare(f.s[y.Start:y.End])
	}
	return f.finish(y, w), i
}

// word is what is known of the syllable being read.
type word struct {
	last  rune // the last letter in the key, at byte at
	at    int
	tone  byte
	plain bool // the key so far is the text as it stands
	rare  bool // it needs the way by full normalisation
}

func (f *folder) add(w *word, l letter, r rune) {
	switch l.class {
	case classLetter:
		if l.tone != 0 {
			w.tone = l.tone // of two, the last counts: "bãõ" is what scanners make of "bão"
		}
		w.last, w.at = rune(l.key), len(f.key)
		f.key = utf8.AppendRune(f.key, rune(l.key))
		f.bare = utf8.AppendRune(f.bare, rune(l.bare))
	case classTone:
		w.tone = l.tone
	case classMark:
		if c := compose(w.last, r); c != 0 {
			f.key = utf8.AppendRune(f.key[:w.at], c)
			w.last = c
			return
		}
		w.rare = true
	default:
		w.rare = true
	}
}

// finish applies the rules that need the whole syllable, and stores it.
func (f *folder) finish(y Syllable, w word) Syllable {
	if foldIY(f.key) {
		foldIY(f.bare)
		w.plain = false
	}
	if w.plain {
		y.Key = f.s[y.Start:y.End]
		y.Bare = y.Key
		return y
	}
	same := string(f.key) == string(f.bare)
	if w.tone != 0 {
		f.key = append(f.key, '0'+w.tone)
	}
	y.Key = f.keep(f.key)
	switch {
	case !same:
		y.Bare = f.keep(f.bare)
	case w.tone != 0:
		y.Bare = y.Key[:len(y.Key)-1]
	default:
		y.Bare = y.Key
	}
	return y
}

func (f *folder) keep(b []byte) string {
	if f.arena.Cap() == 0 {
		f.arena.Grow(len(f.s) + len(f.s)/4 + 16)
	}
	at := f.arena.Len()
	f.arena.Write(b)
	return f.arena.String()[at:]
}

// foldIY writes a final y after nothing but consonants as i (kỷ, kỉ), and
// "qui" as "quy" (quí, quý), in place. It leaves y after another vowel (thuý is
// not thúi) and at the beginning (y tế).
func foldIY(b []byte) bool {
	n := len(b)
	if n == 3 && string(b) == "qui" {
		b[2] = 'y'
		return true
	}
	if n < 2 || b[n-1] != 'y' {
		return false
	}
	for i := 0; i < n-1; {
		if c := b[i]; c < utf8.RuneSelf {
			if !consonant[c] {
				return false
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if r != 'đ' {
			return false
		}
		i += size
	}
	b[n-1] = 'i'
	return true
}

// number reads the number at i. Groups of three are put together, a decimal
// mark is written as a point, and anything with more marks is left in parts.
func (f *folder) number(i int) (Syllable, int) {
	s := f.s
	end := digits(s, i)
	y := Syllable{Start: i, End: end, Key: s[i:end]}
	y.Bare = y.Key
	if i > 1 && (s[i-1] == '.' || s[i-1] == ',') && isDigit(s[i-2]) {
		return y, y.End // a part of something that was not one number
	}
	whole, next := number{end: end}, end
	for next+1 < len(s) && (s[next] == '.' || s[next] == ',') && isDigit(s[next+1]) {
		to := digits(s, next+1)
		whole.add(s[next], to-next-1, next, y.End-i)
		whole.end = to
		next = to
	}
	if whole.marks == 0 || whole.bad {
		return y, y.End
	}
	f.key = f.keyBuf[:0]
	for k := i; k < whole.end; k++ {
		switch {
		case isDigit(s[k]):
			f.key = append(f.key, s[k])
		case k == whole.point:
			f.key = append(f.key, '.')
		}
	}
	y.End = whole.end
	y.Key = f.keep(f.key)
	y.Bare = y.Key
	return y, y.End
}

// number is what is known of a number with marks in it.
type number struct {
	group byte // the mark between groups of three, 0 when there is none
	point int  // where the decimal mark is; 0 when there is none
	end   int
	marks int
	bad   bool
}

// add reads a mark and the run of n digits behind it; head is the length of
// the number's first run of digits.
func (w *number) add(mark byte, n, at, head int) {
	switch {
	case w.point != 0:
		w.bad = true
	case w.marks == 0 && n == 3 && head <= 3:
		w.group = mark
	case w.group == mark && n == 3:
	case w.group != mark: // the first mark of its kind, and the last mark there may be
		w.point = at
	default:
		w.bad = true
	}
	w.marks++
}

func digits(s string, i int) int {
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// rare folds a syllable with letters outside the table by full normalisation.
func (f *folder) rare(raw string) (tone byte) {
	f.key, f.bare = f.key[:0], f.bare[:0]
	for _, r := range norm.NFD.String(raw) {
		l := letterOf(r)
		switch l.class {
		case classSkip, classSeparator:
		case classTone:
			tone = l.tone
		case classMark:
			f.key = utf8.AppendRune(f.key, r)
		case classLetter:
			f.key = utf8.AppendRune(f.key, rune(l.key))
			f.bare = utf8.AppendRune(f.bare, rune(l.bare))
		default:
			r = unicode.ToLower(r)
			f.key = utf8.AppendRune(f.key, r)
			f.bare = utf8.AppendRune(f.bare, r)
		}
	}
	f.key = norm.NFC.Append(nil, f.key...)
	f.bare = norm.NFC.Append(nil, f.bare...)
	return tone
}
