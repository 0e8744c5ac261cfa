package curator_test

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"tinhub/news"
)

// What papers do to a text that they take over, and what makes another text of
// it, as seeded edits. Each takes an article and another, unrelated one.

type evalText struct{ title, text string }

type evalEdit struct {
	name string
	same bool // whether the result tells the same text
	do   func(r *rand.Rand, p, other evalText) evalText
}

func evalEdits() []evalEdit {
	return []evalEdit{
		{"headline replaced", true, headline},
		{"typos 3 %", true, typos},
		{"cut to 40 %", true, func(r *rand.Rand, p, _ evalText) evalText { return evalText{p.title, cut(p.text, .4)} }},
		{"last two paragraphs cut", true, func(r *rand.Rand, p, _ evalText) evalText {
			ps := paragraphs(p.text)
			return evalText{p.title, strings.Join(ps[:max(1, len(ps)-2)], "\n")}
		}},
		{"wire prefix, byline, end mark", true, func(r *rand.Rand, p, _ evalText) evalText {
			return evalText{p.title, "(TTXVN) - " + strings.TrimSuffix(p.text, ".") + "./.\nTheo TTXVN"}
		}},
		{"furniture left in", true, func(r *rand.Rand, p, _ evalText) evalText {
			return evalText{p.title, p.text + "\nViết bình luận mới\nthăm dò ý kiến\nTHÔNG TIN CẦN BIẾT\nNhiều mây, có mưa, có nơi mưa vừa. Gió tây nam cấp 3.\nBài liên quan\n" + paragraphs(p.text)[0]}
		}},
		{"NFD", true, func(r *rand.Rand, p, _ evalText) evalText {
			return evalText{norm.NFD.String(p.title), norm.NFD.String(p.text)}
		}},
		{"tone mark elsewhere", true, func(r *rand.Rand, p, _ evalText) evalText {
			re := strings.NewReplacer("òa", "oà", "óa", "oá", "ỏa", "oả", "úy", "uý", "ủy", "uỷ", "ùy", "uỳ", "kỹ", "kĩ", "tỷ", "tỉ", "hòe", "hoè")
			return evalText{re.Replace(p.title), re.Replace(p.text)}
		}},
		{"paragraphs shuffled, one dropped", true, func(r *rand.Rand, p, _ evalText) evalText {
			ps := append([]string(nil), paragraphs(p.text)...)
			r.Shuffle(len(ps), func(i, j int) { ps[i], ps[j] = ps[j], ps[i] })
			return evalText{p.title, strings.Join(ps[:max(1, len(ps)-1)], "\n")}
		}},
		{"abbreviated", true, func(r *rand.Rand, p, _ evalText) evalText {
			re := strings.NewReplacer("Ủy ban nhân dân", "UBND", "Hội đồng nhân dân", "HĐND", "thành phố", "TP", "cán bộ, đảng viên", "CBĐV", "Thông tấn xã Việt Nam", "TTXVN", "Bệnh viện", "BV", "học sinh", "HS", "giáo viên", "GV")
			return evalText{re.Replace(p.title), re.Replace(p.text)}
		}},
		{"two figures corrected", true, func(r *rand.Rand, p, _ evalText) evalText { return evalText{p.title, figures(r, p.text, 2)} }},
		{"summary only, headline replaced", true, func(r *rand.Rand, p, other evalText) evalText {
			return headline(r, evalText{p.title, paragraphs(p.text)[0]}, other)
		}},
		{"summary only", true, func(r *rand.Rand, p, _ evalText) evalText { return evalText{p.title, paragraphs(p.text)[0]} }},
		{"combined: headline, lede, cut, byline, typos", true, func(r *rand.Rand, p, other evalText) evalText {
			ps := paragraphs(cut(p.text, .6))
			ps[0] = "(TTXVN) - " + strings.ToUpper(ps[0][:1]) + ps[0][1:]
			q := headline(r, evalText{p.title, strings.Join(ps, "\n") + "\nNguyễn Văn (theo TTXVN)"}, other)
			return typos(r, q, other)
		}},
		{"heavy: combined, lede rewritten, cut to 40 %", true, func(r *rand.Rand, p, other evalText) evalText {
			ps := paragraphs(cut(p.text, .5))
			ps[0] = headwords(ps[0], .5)
			return typos(r, headline(r, evalText{p.title, cut(strings.Join(ps, "\n"), .9)}, other), other)
		}},
		{"heavy: cut to 40 % with local paragraphs", true, func(r *rand.Rand, p, other evalText) evalText {
			ps, own := paragraphs(cut(p.text, .4)), paragraphs(other.text)
			for range min(2, len(own)) {
				at := 1 + r.IntN(len(ps))
				ps = append(ps[:at:at], append([]string{own[r.IntN(len(own))]}, ps[at:]...)...)
			}
			return evalText{p.title, strings.Join(ps, "\n")}
		}},
		{"template: all digits and places", false, func(r *rand.Rand, p, _ evalText) evalText {
			return evalText{places(r, figures(r, p.title, 1<<30)), places(r, figures(r, p.text, 1<<30))}
		}},
		{"template: places alone", false, func(r *rand.Rand, p, _ evalText) evalText {
			return evalText{places(r, p.title), places(r, p.text)}
		}},
		{"template: all digits", false, func(r *rand.Rand, p, _ evalText) evalText {
			return evalText{figures(r, p.title, 1<<30), figures(r, p.text, 1<<30)}
		}},
		{"template: digits, cut to 60 %", false, func(r *rand.Rand, p, _ evalText) evalText {
			q := evalText{figures(r, p.title, 1<<30), cut(figures(r, p.text, 1<<30), .6)}
			if q.text == cut(p.text, .6) {
				return p // no figure was left: it is a copy
			}
			return q
		}},
		{"feed summary of 250 letters", true, func(_ *rand.Rand, p, _ evalText) evalText {
			return evalText{p.title, string([]rune(strings.Join(paragraphs(p.text), " "))[:min(250, len([]rune(p.text))*2/3)]) + "..."}
		}},
		{"title alone", true, func(_ *rand.Rand, p, _ evalText) evalText { return evalText{p.title, ""} }},
		{"one line, plain quotes", true, func(_ *rand.Rand, p, _ evalText) evalText {
			plain := strings.NewReplacer("“", `"`, "”", `"`, "‘", "'", "’", "'", "–", "-", "…", "...")
			return evalText{strings.ToUpper(p.title), plain.Replace(strings.Join(paragraphs(p.text), " "))}
		}},
		{"first paragraph gone", true, func(_ *rand.Rand, p, other evalText) evalText {
			ps := paragraphs(p.text)
			return headline(nil, evalText{p.title, strings.Join(ps[min(1, len(ps)-1):], "\n")}, other)
		}},
		{"every fourth sentence gone, own lede", true, func(_ *rand.Rand, p, other evalText) evalText {
			out := paragraphs(other.text)[:1:1]
			for i, x := range paragraphs(p.text) {
				if i%4 != 3 {
					out = append(out, x)
				}
			}
			return evalText{p.title, strings.Join(out, "\n")}
		}},
		{"own paragraphs before and after", true, func(_ *rand.Rand, p, other evalText) evalText {
			ps := paragraphs(other.text)
			return evalText{other.title, ps[0] + "\n" + p.text + "\n" + ps[len(ps)-1]}
		}},
		{"heavy: one syllable in twelve another", true, func(r *rand.Rand, p, other evalText) evalText {
			return evalText{p.title, reworded(r, p.text, other.text, 12)}
		}},
		{"template: a name, its province and two figures", false, func(r *rand.Rand, p, other evalText) evalText {
			was, is := leadingName(p.text), leadingName(other.text)
			if was == "" || is == "" || was == is {
				return p
			}
			swap := func(s string) string { return places(r, strings.ReplaceAll(s, was, is)) }
			return evalText{swap(p.title), figures(r, swap(p.text), 2)}
		}},
		{"template: one name alone", false, func(r *rand.Rand, p, other evalText) evalText {
			was, is := leadingName(p.text), leadingName(other.text)
			if was == "" || is == "" || was == is {
				return p
			}
			return evalText{strings.ReplaceAll(p.title, was, is), strings.ReplaceAll(p.text, was, is)}
		}},
		{"template: half of the digits", false, func(r *rand.Rand, p, _ evalText) evalText {
			ps, n := paragraphs(p.text), 0
			for i := range ps {
				if strings.ContainsFunc(ps[i], unicode.IsDigit) {
					if n++; n%2 == 1 {
						ps[i] = figures(r, ps[i], 1<<30)
					}
				}
			}
			if n < 6 {
				return p // a correction
			}
			return evalText{p.title, strings.Join(ps, "\n")}
		}},
		{"template: all digits and places, other headline, typos", false, func(r *rand.Rand, p, other evalText) evalText {
			q := evalText{p.title, places(r, figures(r, p.text, 1<<30))}
			if q.text == p.text {
				return p
			}
			return typos(r, headline(r, q, other), other)
		}},
		{"follow-up: new half, the old one as background", false, func(_ *rand.Rand, p, other evalText) evalText {
			own, ps := cut(other.text, .5), paragraphs(p.text)
			return evalText{other.title, own + "\n" + strings.Join(ps[len(ps)/2:], "\n")}
		}},
		{"digest: the openings of this and of another", false, func(_ *rand.Rand, p, other evalText) evalText {
			return evalText{"Điểm báo sáng", cut(other.text, .5) + "\n" + cut(p.text, .5)}
		}},
	}
}

// leadingName is the capitalised run inside sentences that a text has most often,
// "" where none stands in it twice.
func leadingName(s string) string {
	count, best := map[string]int{}, ""
	ws := strings.Fields(s)
	for i := 1; i < len(ws); i++ {
		j := i
		for j < len(ws) && unicode.IsUpper([]rune(ws[j])[0]) && !strings.ContainsAny(ws[j], ".,:;()\"“”?!") && !strings.ContainsAny(ws[j-1], ".:?!\"“") {
			j++
		}
		if j-i >= 2 {
			name := strings.Join(ws[i:j], " ")
			if count[name]++; count[name] > count[best] {
				best = name
			}
		}
		i = max(i, j-1)
	}
	if count[best] < 2 {
		return ""
	}
	return best
}

// reworded puts a syllable of another text in the place of one in n.
func reworded(r *rand.Rand, s, other string, n int) string {
	ws, from := strings.Split(s, " "), strings.Fields(other)
	for i := range ws {
		if r.IntN(n) == 0 && !strings.ContainsFunc(ws[i], unicode.IsDigit) && !strings.Contains(ws[i], "\n") {
			ws[i] = strings.ToLower(from[r.IntN(len(from))])
		}
	}
	return strings.Join(ws, " ")
}

func paragraphs(s string) []string {
	var out []string
	for p := range strings.SplitSeq(s, "\n") {
		if strings.TrimSpace(p) != "" {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		out = []string{s}
	}
	return out
}

// cut keeps the first share of a text, by words.
func cut(s string, share float64) string {
	ws := strings.SplitAfter(s, " ")
	return strings.Join(ws[:max(1, int(float64(len(ws))*share))], "")
}

// headwords replaces the first share of a paragraph by other words.
func headwords(s string, share float64) string {
	ws := strings.Fields(s)
	n := int(float64(len(ws)) * share)
	return "Thông tin mới nhất cho biết, sự việc được nhiều người quan tâm, " + strings.Join(ws[n:], " ")
}

func headline(_ *rand.Rand, p, other evalText) evalText { return evalText{other.title, p.text} }

// typos spoils three syllables in a hundred.
func typos(r *rand.Rand, p, _ evalText) evalText {
	spoil := func(s string) string {
		ws := strings.Split(s, " ")
		for i, w := range ws {
			if r.Float64() >= .03 || len([]rune(w)) < 2 {
				continue
			}
			rs := []rune(w)
			k := r.IntN(len(rs) - 1)
			switch r.IntN(3) {
			case 0:
				rs[k], rs[k+1] = rs[k+1], rs[k]
			case 1:
				rs = append(rs[:k], rs[k+1:]...)
			default:
				rs = append(rs[:k+1], rs[k:]...)
			}
			ws[i] = string(rs)
		}
		return strings.Join(ws, " ")
	}
	return evalText{spoil(p.title), spoil(p.text)}
}

// figures changes up to most runs of digits into others of the same length.
func figures(r *rand.Rand, s string, most int) string {
	rs := []rune(s)
	for i := 0; i < len(rs) && most > 0; i++ {
		if !unicode.IsDigit(rs[i]) {
			continue
		}
		j := i
		for j < len(rs) && unicode.IsDigit(rs[j]) {
			j++
		}
		was := string(rs[i:j])
		for string(rs[i:j]) == was {
			for k := i; k < j; k++ {
				rs[k] = rune('1' + r.IntN(9))
			}
		}
		i, most = j, most-1
	}
	return string(rs)
}

// places swaps the provinces that a text names, however it writes them, for others.
func places(r *rand.Rand, s string) string {
	was := news.FormerProvinces()
	slugs := map[string]string{}
	for _, p := range was {
		for _, n := range append([]string{p.Name}, p.Aliases...) {
			slugs[n] = p.Slug
		}
	}
	names := slices.Collect(maps.Keys(slugs))
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	var pairs []string
	for _, n := range names {
		other := was[r.IntN(len(was))]
		for other.Slug == slugs[n] {
			other = was[r.IntN(len(was))]
		}
		pairs = append(pairs, n, other.Name)
	}
	return strings.NewReplacer(pairs...).Replace(s)
}
