package news

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"tone at the end", "hòa", "hoa2"},
		{"old and new placement", "hoà thuý Huỷ uỷ", "hoa2 thuy1 huy3 uy3"},
		{"the same in the new one", "hòa thúy Hủy ủy", "hoa2 thuy1 huy3 uy3"},
		{"qu", "qúy quý quí", "quy1 quy1 quy1"},
		{"i and y", "kỷ kỉ ký kí tỷ sỹ sĩ Mỹ", "ki3 ki3 ki1 ki1 ti3 si4 si4 mi4"},
		{"y that stays", "y tế, yêu, thúi, thúy, ý", "y tê1 yêu thui1 thuy1 y1"},
		{"đ stays", "Đảng đang dang", "đang3 đang dang"},
		{"all five", "má mà mả mã mạ ma", "ma1 ma2 ma3 ma4 ma5 ma"},
		{"NFD", norm.NFD.String("Thừa Thiên Huế, Đắk Lắk"), "thưa2 thiên huê1 đăk1 lăk1"},
		{"hybrid", "Vie\u0302\u0323t Vi\u00ea\u0323t vo\u031b\u0300", "viêt5 viêt5 vơ2"},
		{"two marks, the last counts", "bãõ ủỷ", "bao4 uy3"},
		{"Cyrillic look-alikes", "NĐ-СР", "nđ cp"},
		{"Icelandic eth", "Ðồng ðội", "đông2 đôi5"},
		{"zero width and no-break", "nông\u00a0thôn\u202fmới x\u200bã hội\u200b \ufeffđẹp", "nông thôn mơi1 xa4 hôi5 đep5"},
		{"punctuation", "“Nói đi – đôi với làm”…", "noi1 đi đôi vơi1 lam2"},
		{"grouped numbers", "6.500 6,500 6500 1.234.567 1.234.567,5", "6500 6500 6500 1234567 1234567.5"},
		{"decimals", "2,5 2.5 0,75%", "2.5 2.5 0.75"},
		{"number and unit", "6.500đ/kg 4G 16h30", "6500 đ kg 4 g 16 h30"},
		{"dates fall apart", "16/06/2023 01.07.2025 2023-06-16", "16 06 2023 01 07 2025 2023 06 16"},
		{"numbers of documents", "Chỉ thị 05-CT/TW, NQ57, H5N1", "chi3 thi5 05 ct tw nq57 h5n1"},
		{"a list", "2, 3, 4,5,6", "2 3 4 5 6"},
		{"sentence end", "năm 2023. Và 5,", "năm 2023 va2 5"},
		{"foreign marks", "Müller Ångström façade", "müller ångström façade"},
		{"other scripts", "日本 Россия", "日本 poccия"},
		{"not UTF-8", "xa\xffhoi \xc3", "xa hoi"},
		{"nothing", " \t…!?\u0301", ""},
	} {
		if got := Fold(c.in); got != c.want {
			t.Errorf("%s: Fold(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestSyllables(t *testing.T) {
	in := "Kỷ luật  đảng\u200b."
	got := Syllables(nil, in)
	want := []Syllable{
		{Key: "ki3", Bare: "ki", Start: 0, End: 4},
		{Key: "luât5", Bare: "luat", Start: 5, End: 11},
		{Key: "đang3", Bare: "dang", Start: 13, End: 20},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := in[got[1].Start:got[1].End]; got != "luật" {
		t.Errorf("offsets give %q", got)
	}
}

func TestBareMatchesWhatIsTypedWithoutMarks(t *testing.T) {
	bare := func(s string) string {
		var out []string
		for _, y := range Syllables(nil, s) {
			out = append(out, y.Bare)
		}
		return strings.Join(out, " ")
	}
	for _, c := range []string{"nông thôn mới", "Kỉ luật Đảng", "quí", "hoà", "Đồng Tháp", "H5N1", "Ðắk Lắk"} {
		plain := strings.Map(func(r rune) rune {
			if r == 'đ' || r == 'Đ' || r == 'Ð' {
				return 'd'
			}
			return r
		}, c)
		var b strings.Builder
		for _, r := range norm.NFD.String(plain) {
			if r < 0x300 || r > 0x36f {
				b.WriteRune(r)
			}
		}
		if bare(c) != Fold(b.String()) {
			t.Errorf("%q: bare %q, typed without marks %q", c, bare(c), Fold(b.String()))
		}
	}
}

// The same real text must have one key however its marks are encoded or placed.
func TestFoldOfTheSeedArticle(t *testing.T) {
	data, err := os.ReadFile("../../shared/seed/article.txt")
	if err != nil {
		t.Skip("shared/seed is not beside the repository")
	}
	seed := string(data)
	want := Fold(seed)
	if len(want) < 1000 {
		t.Fatalf("the key is %q", want)
	}
	old := strings.NewReplacer("òa", "oà", "óa", "oá", "ủy", "uỷ", "úy", "uý", "kỷ", "kỉ", "kỹ", "kĩ", "tỷ", "tỉ", " ", "\u00a0")
	for name, other := range map[string]string{
		"NFD": norm.NFD.String(seed), "old placement and i": old.Replace(seed), "capitals": strings.ToUpper(seed),
		"hybrid":     strings.NewReplacer("ệ", "ê\u0323", "ờ", "ơ\u0300", "ấ", "â\u0301").Replace(seed),
		"zero width": strings.ReplaceAll(seed, "h", "h\u200b"),
	} {
		if got := Fold(other); got != want {
			t.Errorf("%s has another key", name)
		}
	}
	if Fold("bảo") == Fold("bão") || Fold("bác") == Fold("bắc") {
		t.Error("marks are part of the key")
	}
}

func TestMarked(t *testing.T) {
	for s, want := range map[string]bool{
		"nong thon moi": false, "": false, "OCOP 2026": false, "日本": false, "Россия": false,
		"nông thon": true, "da": false, "đa": true, "Đa": true, "ba\u0301o": true, "hoà": true, "ư": true,
	} {
		if Marked(s) != want {
			t.Errorf("Marked(%q) = %v", s, !want)
		}
	}
}

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Báo Cà Mau", "Báo Cà Mau"},
		{"  a \n\t b\u00a0\u202f c ", "a b c"},
		{"Vi\u00ea\u0323t", "Việt"},
		{"a\x00b\x0bc\u0085d\ufffee\uffff\x1b\u009c", "ab c de"},
		{"\u202eevil\u2066x\u2069", "evilx"},
		{"nông\u200bthôn\u00ad\ufeff", "nôngthôn"},
		{"👨\u200d👩", "👨\u200d👩"},
		{"a\xffb", "a\uFFFDb"},
		{"", ""},
		{"plain", "plain"},
	} {
		if got := Clean(c.in); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
		}
		if got := Clean(Clean(c.in)); got != c.want {
			t.Errorf("Clean is not a fixed point for %q: %q", c.in, got)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Kỷ luật 6.500,5", "bãõ \u0301x", "İK\u212a Å\u0323", "a\u0308\u0301\u0323b1", "qúi\u0301", "\u00ad.5,5.5", "Ԁ", "Ԛ\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Fold(s)
		if twice := Fold(once); twice != once {
			t.Fatalf("Fold(%q) = %q, folded again %q", s, once, twice)
		}
		end := 0
		for _, y := range Syllables(nil, s) {
			if y.Key == "" || y.Bare == "" || y.Start < end || y.End <= y.Start || y.End > len(s) {
				t.Fatalf("%q: bad syllable %+v", s, y)
			}
			end = y.End
		}
		if c := Clean(s); Clean(c) != c {
			t.Fatalf("Clean(%q) = %q is no fixed point", s, c)
		}
	})
}

// A 3 KB article: MEASURED.md has 153 µs for a tokeniser by normalisation.
func BenchmarkSyllables(b *testing.B) {
	const p = "Thực hiện chủ đề năm nay, các cấp uỷ trong tỉnh xây dựng 3 nội dung gắn với nhiệm vụ của từng đơn vị; giá lúa 6.500 đồng/kg, kỷ cương được giữ vững. "
	s := strings.Repeat(p, 3000/len(p)+1)
	b.SetBytes(int64(len(s)))
	var dst []Syllable
	for b.Loop() {
		dst = Syllables(dst[:0], s)
	}
}
