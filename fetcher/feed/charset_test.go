package feed

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

const verse = "Tỉnh ủy Mẫu chỉ đạo các huyện tập trung chăm sóc lúa hè thu, phòng ngừa sâu bệnh, giữ vững năng suất và chất lượng; người dân phấn khởi vì giá lúa ổn định."

// encodeBy writes text in a charset of one byte a letter, by its table from 0x80.
func encodeBy(t *testing.T, text string, first int, letters []rune) []byte {
	t.Helper()
	var b []byte
	for _, r := range text {
		at := -1
		for i, l := range letters {
			if l == r {
				at = i
			}
		}
		switch {
		case r < 0x80:
			b = append(b, byte(r))
		case at >= 0:
			b = append(b, byte(first+at))
		default:
			t.Fatalf("%q is not in the charset", r)
		}
	}
	return b
}

// encode1258 writes letters and tones as windows-1258 wants them: the letter with
// its quality mark, then the tone.
func encode1258(t *testing.T, text string) []byte {
	t.Helper()
	var b strings.Builder
	for _, r := range text {
		bare, tone := withoutTone(string(r))
		b.WriteString(bare)
		if tone != 0 {
			b.WriteRune(tone)
		}
	}
	out, err := charmap.Windows1258.NewEncoder().String(b.String())
	if err != nil {
		t.Fatal(err)
	}
	return []byte(out)
}

func encodeVNI(t *testing.T, text string) []byte {
	t.Helper()
	pairs := []string{}
	for word := range strings.FieldsSeq(vni) {
		letter := []rune(word)[0]
		pairs = append(pairs, string(letter), word[len(string(letter)):])
	}
	out, err := charmap.Windows1252.NewEncoder().String(strings.NewReplacer(pairs...).Replace(text))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(out)
}

func TestVietnameseCharsets(t *testing.T) {
	text := norm.NFC.String(verse)
	for name, body := range map[string][]byte{
		"tcvn3":        encodeBy(t, text, 0xA1, tcvn3Letters),
		"viscii":       encodeBy(t, text, 0x80, visciiLetters),
		"windows-1258": encode1258(t, text),
		"vni":          encodeVNI(t, text),
	} {
		if got := legacy[name](body); got != text {
			t.Errorf("%s decodes to %s", name, got)
		}
		doc := []byte(`<rss version="2.0"><channel><title>`)
		doc = append(append(doc, body...), `</title></channel></rss>`...)
		got, err := Parse(doc, options())
		if err != nil || got.Charset != name || got.Title != text {
			t.Errorf("%s undeclared: read as %s: %s, %v", name, got.Charset, got.Title, err)
		}
		declared := append([]byte(`<?xml version="1.0" encoding="`+name+`"?>`), doc...)
		got, err = Parse(declared, options())
		if err != nil || got.Charset != name || got.Title != text || len(got.Repairs) > 0 {
			t.Errorf("%s declared: read as %s: %s, repairs %v, %v", name, got.Charset, got.Title, got.Repairs, err)
		}
	}
}

func TestNotVietnamese(t *testing.T) {
	for _, text := range []string{
		"Le ministère annonce une réunion à l'étranger après l'été; le préfet a été prévenu où il était déjà allé.",
		"Größere Städte müssen künftig über Lärmschutz für Bürger nachdenken, hieß es gestern in München.",
		"El niño comió una manzana en la mañana, según contó su mamá después.",
	} {
		body, err := charmap.Windows1252.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := vietnameseGuess([]byte(body)); got != "" {
			t.Errorf("%q was taken for Vietnamese in %s", text, got)
		}
		doc, err := Parse([]byte("<rss><channel><title>"+body+"</title></channel></rss>"), options())
		if err != nil || doc.Title != text {
			t.Errorf("%q was read as %s in %s, %v", text, doc.Title, doc.Charset, err)
		}
	}
}
