package admin

import (
	"html/template"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"tinhub/news"
)

// A wording is a form of an English sentence with its Vietnamese one.
type wording struct {
	mark  string // its longest fixed piece, which is looked for first
	fixed int    // bytes of it that are fixed: the more, the surer
	form  *regexp.Regexp
	vi    string
}

// verb is what fmt puts something in for.
var verb = regexp.MustCompile(`%(?:\.\d+)?([a-zA-Z%])`)

// wordings are all forms, compiled once, when the first page needs them.
var wordings = sync.OnceValue(func() []wording {
	var all []wording
	for _, table := range []map[string]string{sentences, tellings} {
		for _, en := range slices.Sorted(maps.Keys(table)) {
			all = append(all, newWording(en, table[en]))
		}
	}
	slices.SortStableFunc(all, func(a, b wording) int { return b.fixed - a.fixed })
	return all
})

func newWording(en, vi string) wording {
	w := wording{vi: vi}
	var form strings.Builder
	fixed := func(piece string) {
		w.fixed += len(piece)
		if len(piece) > len(w.mark) {
			w.mark = piece
		}
		form.WriteString(regexp.QuoteMeta(piece))
	}
	at := 0
	for _, m := range verb.FindAllStringSubmatchIndex(en, -1) {
		fixed(en[at:m[0]])
		at = m[1]
		switch en[m[2]:m[3]] {
		case "%":
			fixed("%")
		case "q":
			form.WriteString(`("(?:[^"\\]|\\.)*")`)
		case "d", "f":
			form.WriteString(`(-?[\d.]+)`)
		default:
			form.WriteString(`(.+?)`)
		}
	}
	fixed(en[at:])
	w.form = regexp.MustCompile(`(?s)^` + form.String() + `$`)
	return w
}

// Bounds of one wording: papers and hubs put parts into what is said of them.
const (
	longestSaid = 1 << 10 // bytes
	mostLooks   = 150     // at pieces of it
)

// keyName is a key as it stands before what is wrong with it: sources[0].url.
var keyName = regexp.MustCompile(`^[a-z_]+(?:\[\d+\]|\.[a-z_]+)*$`)

// inVietnamese words a sentence; ok is false where nothing of it is known.
func inVietnamese(en string) (vi string, ok bool) {
	if len(en) > longestSaid {
		return en, false
	}
	looks := mostLooks
	return worded(en, &looks)
}

// inWords is a sentence in Vietnamese where that is known, and as it is elsewhere.
func inWords(en string) string {
	vi, _ := inVietnamese(en)
	return vi
}

func worded(en string, looks *int) (vi string, ok bool) {
	if *looks--; *looks < 0 || en == "" {
		return en, false
	}
	for _, w := range wordings() {
		if !strings.Contains(en, w.mark) {
			continue
		}
		if m := w.form.FindStringSubmatch(en); m != nil {
			return w.filled(m, looks), true
		}
	}
	for _, between := range []string{"; ", ": ", ", ", " and "} { // several, or what and where
		for at := 0; ; at += len(between) {
			i := strings.Index(en[at:], between)
			if i < 0 {
				break
			}
			at += i
			head, known := worded(en[:at], looks)
			if !known && !keyName.MatchString(en[:at]) {
				continue
			}
			if rest, known := worded(en[at+len(between):], looks); known {
				return head + separators[between] + rest, true
			}
		}
	}
	return en, false
}

// separators stand between what is said in one breath.
var separators = map[string]string{"; ": "; ", ": ": ": ", ", ": ", ", " and ": " và "}

// capital begins a sentence as one that stands alone, unless it begins with what must
// stay as it is: a key, an address, a number.
func capital(s string) string {
	first, _, _ := strings.Cut(s, " ")
	if key := strings.TrimSuffix(first, ":"); key != first && keyName.MatchString(key) || strings.ContainsAny(first, "./_[0123456789") {
		return s
	}
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// keyed is a sentence about what was written under a key, or in a line of its list.
var keyed = regexp.MustCompile(`^([a-z_]+)(?:\[(\d+)\])?( is | là |: )`)

// labelled names a key of the configuration as the forms do.
func labelled(language, sentence string) string {
	m := keyed.FindStringSubmatch(sentence)
	if m == nil || labels[m[1]] == "" {
		return sentence
	}
	label, _, _ := strings.Cut(translate(language, labels[m[1]]), " (") // without its hints
	if n, err := strconv.Atoi(m[2]); err == nil {
		label += ", " + translate(language, "dòng") + " " + strconv.Itoa(n+1)
	}
	return "“" + label + "”" + m[3] + sentence[len(m[0]):]
}

// labels are what the forms of sources and topics call the keys that they write.
var labels = map[string]string{
	"id": "Mã (a–z, 0–9, -)", "url": "Địa chỉ nguồn tin", "sitemap": "Sơ đồ trang (sitemap) tin tức", "homepage": "Trang chủ", "schedule": "Lịch đọc (để trống: tự điều chỉnh)",
	"full_text": "Toàn văn", "priority": "Ưu tiên", "section": "Chuyên mục", "item": "Bộ chọn một tin", "link": "Bộ chọn liên kết", "title": "Bộ chọn tiêu đề", "date": "Bộ chọn thời gian",
	"scope": "Phạm vi", "from": "Từ ngày", "to": "Đến hết ngày",
	"min_score": "Điểm tối thiểu", "limit": "Số tin", "max_age": "Không cũ hơn (ví dụ 30d)", "per_source": "Mỗi nguồn nhiều nhất", "min_agencies": "Ít nhất bao nhiêu cơ quan", "order": "Thứ tự", "where": "Biểu thức",
	"any": "Có một trong các cụm từ (mỗi dòng một cụm; thêm trọng số: nông thôn mới = 3)", "all": "Phải có tất cả",
	"sections": "Chuyên mục", "sources": "Chỉ các nguồn (mã)", "authors": "Tác giả", "tags": "Thẻ",
}

// lasting is a length of time as Go writes it.
var lasting = regexp.MustCompile(`^(?:\d+h)?\d+m\d+s$`)

// filled is the wording with what was put in, which is worded, too.
func (w wording) filled(m []string, looks *int) string {
	return placeholder.ReplaceAllStringFunc(w.vi, func(p string) string {
		n, _ := strconv.Atoi(p[1 : len(p)-1])
		if n >= len(m) {
			return p
		}
		if d := day(m[n]); d != "–" {
			return d
		}
		arg, _ := worded(m[n], looks)
		if lasting.MatchString(arg) {
			arg = span("vi", arg)
		}
		return arg
	})
}

var placeholder = regexp.MustCompile(`\{\d\}`)

// say shows a sentence in the language of a page, at most some 300 characters of it;
// one that has no Vietnamese wording is marked as English. One that stands alone
// begins with a capital.
func say(language, sentence string, alone bool) template.HTML {
	foreign := false
	if language != "en" {
		vi, ok := inVietnamese(sentence)
		_, ours := english[sentence] // a text of the pages
		sentence, foreign = vi, !ok && !ours
	}
	if alone {
		sentence = capital(labelled(language, sentence))
	}
	text := template.HTML(template.HTMLEscapeString(news.Excerpt(sentence, 300))) // escaped
	if foreign {
		return `<span lang="en">` + text + `</span>`
	}
	return text
}
