package sameness

import (
	"regexp"
	"slices"
	"strings"

	"tinhub/news"
)

// What more than words tells two texts apart: the places that they are about, the
// days that they speak of, and whether they are bulletins at all.

// bulletinWords open the titles of what is printed again and again around other
// figures. They are looked for as they are folded.
var bulletinWords = foldAll("giá vàng", "giá cà phê", "giá tiêu", "giá heo", "giá lúa", "giá gạo", "giá nông sản", "giá xăng",
	"giá dầu", "giá đô", "giá USD", "tỷ giá", "lãi suất", "thời tiết", "dự báo thời tiết", "xổ số", "kết quả xổ số", "XSMB", "XSMN", "XSMT",
	"lịch cắt điện", "lịch cúp điện", "lịch thi đấu", "lịch phát sóng", "lịch tàu", "bản tin", "điểm tin", "tử vi", "con số may mắn",
	"chứng khoán", "mực nước", "thủy triều", "chất lượng không khí", "hôm nay")

func foldAll(words ...string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = " " + news.Fold(w) + " "
	}
	return out
}

// bulletin says that a text is likely one of a row that differ in their figures.
func (t *Text) bulletin() bool {
	title := " " + news.Fold(t.raw[:t.titleBytes]) + " "
	for _, w := range bulletinWords {
		if strings.Contains(title, w) {
			return true
		}
	}
	return false
}

// dayWritten is a day and a month as papers write them: 24/11, 24-11, 24.11.
var dayWritten = regexp.MustCompile(`(?:^|[^0-9/.,-])([0-3]?[0-9])[/.-]([01]?[0-9])(?:[^0-9%]|$)`)

// daysFrom is how far into a text the day of what it tells stands, in bytes.
const daysFrom = 1200

// firstDay is the day that a text begins with, as day*16+month; 0 where there is none.
func (t *Text) firstDay() int {
	if d := days(t.raw[:min(len(t.raw), t.titleBytes+daysFrom)]); len(d) > 0 {
		return d[0]
	}
	return 0
}

// days are the days that a text speaks of, in its order.
func days(text string) (out []int) {
	for _, m := range dayWritten.FindAllStringSubmatch(text, -1) {
		day, month := number2(m[1]), number2(m[2])
		if day >= 1 && day <= 31 && month >= 1 && month <= 12 {
			out = append(out, day*16+month)
		}
	}
	return out
}

// isDay says that a figure is a date.
func isDay(figure string) bool { return dayWritten.MatchString(figure) }

// weekdays count as figures. Ordinals look like them, and differ no less.
var weekdays = foldAll("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")

// weekday says that a syllable and the next one name a day of the week.
func (t *Text) weekday(i int) bool {
	if i+1 >= len(t.syllables) || !t.joined(i, i+1) {
		return false
	}
	a, b := t.syllables[i].Key, t.syllables[i+1].Key
	return (a[0] == 't' || a[0] == 'c') && slices.Contains(weekdays, " "+a+" "+b+" ")
}

func number2(s string) (n int) {
	for _, c := range []byte(s) {
		n = n*10 + int(c-'0')
	}
	return n
}

// otherDays says that both texts begin with a day of which the other does not speak:
// what was reported on Monday, and what came of it on Thursday.
func otherDays(a, b *Text) bool {
	x, y := a.firstDay(), b.firstDay()
	return x != 0 && y != 0 && x != y && !slices.Contains(days(b.raw), x) && !slices.Contains(days(a.raw), y)
}

// placesOf numbers all provinces by the hashes of their names, as names in a text
// are hashed. Those before the mergers of 2025 are provinces of their own.
func (p *Preparer) placesOf() map[uint64]uint8 {
	out := map[uint64]uint8{}
	n := uint8(0)
	add := func(name string, aliases []string) {
		of := n + 1
		for _, x := range append([]string{name}, aliases...) {
			var h uint64
			for i, s := range news.Syllables(nil, strings.TrimPrefix(strings.TrimPrefix(x, "TP."), "TP ")) {
				if k := p.hash(s.Key); i == 0 {
					h = k
				} else {
					h = run([]uint64{h, k})
				}
			}
			if was, ok := out[h]; ok {
				of = was // in force under the name it had before
			}
			out[h] = of
		}
		n++
	}
	for _, x := range news.Provinces() {
		add(x.Name, x.Aliases)
	}
	for _, x := range news.FormerProvinces() {
		add(x.Name, x.Aliases)
	}
	return out
}
