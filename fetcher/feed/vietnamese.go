package feed

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// The three charsets that Vietnamese was typed in before Unicode and that no
// library knows. Archives of provincial papers still hold them.

// tcvn3 (TCVN 5712:1993 in the way of the ABC fonts) from byte 0xA1; U+FFFD
// where there is no letter. Capitals are the small letters in a font of capitals.
const tcvn3 = "ĂÂÊÔƠƯĐăâêôơưđ������àảãáạ�ằẳẵắ�������ặầẩẫấậè�ẻẽéẹềểễếệìỉ���ĩíịò�ỏõóọồổỗốộờởỡớợù�ủũúụừửữứựỳỷỹýỵ�"

// viscii (RFC 1456) from byte 0x80; six letters stand among the controls.
const viscii = "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"

var visciiLow = map[byte]rune{0x02: 'Ẳ', 0x05: 'Ẵ', 0x06: 'Ẫ', 0x14: 'Ỷ', 0x19: 'Ỹ', 0x1e: 'Ỵ'}

// vni writes a letter and then, in a second character, its marks; five letters
// have a character of their own. Each word is the letter and what VNI-Win shows
// for it in windows-1252.
const vni = "àaø áaù ảaû ãaõ ạaï ăaê ằaè ắaé ẳaú ẵaü ặaë âaâ ầaà ấaá ẩaå ẫaã ậaä èeø éeù ẻeû ẽeõ ẹeï êeâ ềeà ếeá ểeå ễeã ệeä " +
	"òoø óoù ỏoû õoõ ọoï ôoâ ồoà ốoá ổoå ỗoã ộoä ờôø ớôù ởôû ỡôõ ợôï ùuø úuù ủuû ũuõ ụuï ừöø ứöù ửöû ữöõ ựöï ỳyø ýyù ỷyû ỹyõ " +
	"ơô ưö ìì íí ỉæ ĩó ịò ỵî đñ"

// vniReader is the table as pairs for a Replacer: longest first, in both cases.
var vniReader = func() *strings.Replacer {
	var pairs []string
	for word := range strings.FieldsSeq(vni) {
		letter, size := utf8.DecodeRuneInString(word)
		shown := word[size:]
		upper := string(unicode.ToUpper(letter))
		pairs = append(pairs, shown, string(letter), strings.ToUpper(shown), upper)
		if first, size := utf8.DecodeRuneInString(shown); size < len(shown) {
			pairs = append(pairs, string(unicode.ToUpper(first))+shown[size:], upper)
		}
	}
	return strings.NewReplacer(pairs...)
}()

var (
	tcvn3Letters  = []rune(tcvn3)
	visciiLetters = []rune(viscii)
)

func decodeTCVN3(body []byte) string {
	var b strings.Builder
	b.Grow(len(body) * 3 / 2)
	for _, c := range body {
		switch {
		case c < 0x80:
			b.WriteByte(c)
		case c < 0xA1:
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(tcvn3Letters[c-0xA1])
		}
	}
	return b.String()
}

func decodeVISCII(body []byte) string {
	var b strings.Builder
	b.Grow(len(body) * 3 / 2)
	for _, c := range body {
		if r, ok := visciiLow[c]; ok {
			b.WriteRune(r)
		} else if c < 0x80 {
			b.WriteByte(c)
		} else {
			b.WriteRune(visciiLetters[c-0x80])
		}
	}
	return b.String()
}

func decodeVNI(body []byte) string {
	text, _ := charmap.Windows1252.NewDecoder().Bytes(body)
	return vniReader.Replace(string(text))
}

func decode1258(body []byte) string {
	text, _ := charmap.Windows1258.NewDecoder().Bytes(body)
	return norm.NFC.String(string(text)) // it writes tones as combining marks
}

// legacy are the charsets by the labels that documents give them.
var legacy = map[string]func([]byte) string{
	"tcvn3": decodeTCVN3, "tcvn": decodeTCVN3, "tcvn-5712": decodeTCVN3, "tcvn5712": decodeTCVN3, "tcvn5712-1": decodeTCVN3,
	"x-viet-tcvn5712": decodeTCVN3, "x-viet-tcvn": decodeTCVN3, "abc": decodeTCVN3,
	"vni": decodeVNI, "x-viet-vni": decodeVNI, "vni-win": decodeVNI,
	"viscii": decodeVISCII, "x-viscii": decodeVISCII, "viscii1.1": decodeVISCII, "csviscii": decodeVISCII,
	"windows-1258": decode1258, "cp1258": decode1258, "x-cp1258": decode1258,
}

// vietnameseGuess recognises Vietnamese in a charset that nothing names. A font
// of that charset in the text decides (.VnTime, VNI-Times); else the charset
// whose letters make Vietnamese words. "" when it is not Vietnamese.
func vietnameseGuess(body []byte) string {
	sample := body[:min(len(body), 64<<10)]
	switch {
	case bytes.Contains(sample, []byte(".Vn")):
		return "tcvn3"
	case bytes.Contains(sample, []byte("VNI-")):
		return "vni"
	}
	best, bestScore := "", 0
	for _, name := range []string{"windows-1258", "tcvn3", "vni", "viscii"} {
		if score := vietnameseScore(legacy[name](sample)); score > bestScore {
			best, bestScore = name, score
		}
	}
	return best
}

// syllable is how a Vietnamese syllable is built, in lower case and without its
// tone: an onset, a nucleus with its glides, a coda.
var syllable = regexp.MustCompile(`^(?:ngh|ch|gh|gi|kh|ng|nh|ph|qu|th|tr|[bcdđghklmnprstvx])?` +
	`(?:uyê|uya|uyu|uây|uôi|ươi|ươu|iêu|yêu|oai|oay|oao|oeo|uao|uê|uy|uơ|uâ|uô|ua|ui|ia|iê|iu|yê|oa|oă|oe|oo|oi|ôi|ơi|ai|ao|au|ay|âu|ây|eo|êu|ưa|ươ|ưi|ưu|[aăâeêioôơuưy])` +
	`(?:ch|ng|nh|[cmnpt])?$`)

// vietnameseScore counts the words with marks that are Vietnamese syllables
// against those that are not; 0 when there are too many of these. French, which
// shares é and à, has words enough that are none.
func vietnameseScore(text string) int {
	right, wrong, own := 0, 0, 0
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool {
		return r < 0x80 && !unicode.IsLetter(r) || strings.ContainsRune("–—‘’“”…•\u00a0«»", r)
	}) {
		if len(word) == utf8.RuneCountInString(word) {
			continue // without marks it says nothing
		}
		lower := strings.ToLower(word)
		stopped := strings.HasSuffix(lower, "c") || strings.HasSuffix(lower, "ch") || strings.HasSuffix(lower, "p") || strings.HasSuffix(lower, "t")
		bare, tone := withoutTone(lower)
		inside := lower != word && word != strings.ToUpper(word) && strings.ToLower(word[1:]) != word[1:] && word[0] < 0x80
		if !syllable.MatchString(bare) || inside || stopped && tone != 0 && tone != '\u0301' && tone != '\u0323' {
			wrong++
			continue
		}
		right++
		if bare != lower && tone != '\u0301' && tone != '\u0300' || strings.ContainsAny(bare, "ăđơư") {
			own++
		}
	}
	if wrong*3 > right || own == 0 {
		return 0
	}
	return right - 3*wrong
}

// withoutTone takes the tone mark off a syllable.
func withoutTone(s string) (bare string, tone rune) {
	bare = strings.Map(func(r rune) rune {
		switch r {
		case '\u0300', '\u0301', '\u0303', '\u0309', '\u0323':
			tone = r
			return -1
		}
		return r
	}, norm.NFD.String(s))
	return norm.NFC.String(bare), tone
}
