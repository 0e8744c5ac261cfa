package news

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	// bai-viet-86112, bai-viet-a86112, bai-viet-post86112, 86112
	numberAtEnd = regexp.MustCompile(`(?:^|[-_.])([a-z]{1,6})?(\d{1,20})$`)
	// /202309/bao-so-4-1a2b3c4/: the CMS of Vĩnh Long and others
	hashAtEnd  = regexp.MustCompile(`/(?:19|20)\d{4}/[^/]*-([0-9a-f]{7})$`)
	suffix     = regexp.MustCompile(`\.[a-z]{2,5}$`)
	wordBefore = regexp.MustCompile(`([a-z0-9]+)[-_.]$`)
)

// numberMarks are the letters that a CMS writes before an article's number.
var numberMarks = map[string]bool{
	"a": true, "d": true, "i": true, "id": true, "n": true, "p": true, "t": true, "art": true, "news": true,
	"post": true, "postid": true, "tin": true,
}

// countWords stand in a headline before a number that is not the article's.
var countWords = map[string]bool{
	"nam": true, "thang": true, "ngay": true, "ky": true, "bai": true, "phan": true, "tap": true, "so": true,
	"lan": true, "khoa": true, "thu": true, "quy": true, "page": true, "trang": true, "cap": true, "dot": true,
	"vong": true, "tuan": true, "top": true, "hang": true, "covid": true, "thi": true, "quyet": true, "dinh": true,
	"luc": true, "tu": true, "den": true, "hon": true, "gan": true, "p": true,
}

// numberQueries are parameters that hold an article's number in portals.
var numberQueries = []string{"itemid", "articleid", "newsid", "id", "aid", "nid", "p"}

// ArticleNumber is the article's own number in the address of a Vietnamese news
// page, which stays when slug, section or host change: "86112" of
// …/slug-86112.html, "a86112" of …-a86112.html, "post86112", "itemid=86112" of a
// portal's query. It is unique within a family at best, and "" when there is
// none. One of fewer than four digits says little: let the title agree too.
func ArticleNumber(address string) string {
	address = strings.ToLower(strings.TrimSpace(address))
	address, _, _ = strings.Cut(address, "#")
	if _, rest, ok := strings.Cut(address, "://"); ok {
		address = rest
	}
	path, query, _ := strings.Cut(address, "?")
	_, path, ok := strings.Cut(path, "/")
	if !ok {
		path = ""
	}
	path = "/" + strings.TrimSuffix(strings.TrimRight(path, "/"), "/amp")
	if n := numberInPath(path); n != "" {
		return n
	}
	return numberInQuery(path, query)
}

func numberInPath(path string) string {
	ext := suffix.FindString(path)
	path = strings.TrimSuffix(strings.TrimSuffix(path, ext), "-amp")
	if m := hashAtEnd.FindStringSubmatch(path); m != nil && ext == "" {
		return m[1]
	}
	last := path[strings.LastIndexByte(path, '/')+1:]
	m := numberAtEnd.FindStringSubmatchIndex(last)
	if m == nil {
		return ""
	}
	digits := last[m[4]:m[5]]
	if m[2] >= 0 {
		mark := last[m[2]:m[3]]
		if !numberMarks[mark] || (len(mark) == 1 && len(digits) < 3) {
			return ""
		}
		return mark + digits
	}
	if isCalendar(digits) || (ext == "" && len(digits) < 5) {
		return ""
	}
	if before := wordBefore.FindStringSubmatch(last[:m[4]]); before != nil && len(digits) < 4 {
		if _, err := strconv.Atoi(before[1]); err == nil || countWords[before[1]] {
			return ""
		}
	}
	return digits
}

// isCalendar says that digits are a year or a day: "…-nam-2025.html" is the
// address of many articles of a paper that writes no numbers.
func isCalendar(digits string) bool {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return false
	}
	switch len(digits) {
	case 4:
		return n >= 1900 && n < 2100
	case 8:
		month, day := n/100%100, n%100
		return n/10000 >= 1900 && n/10000 < 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31
	}
	return false
}

func numberInQuery(path, query string) string {
	values := map[string]string{}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if value == "" && len(name) > 2 && isNumber(name) {
			return name // Liferay: …/chi-tiet?86112
		}
		values[name] = value
	}
	for _, name := range numberQueries {
		if v := values[name]; isNumber(v) {
			n := name + "=" + v
			for _, list := range []string{"listid", "list"} { // SharePoint counts in each list anew
				if l := values[list]; l != "" {
					n = list + "=" + l + "&" + n
				}
			}
			if page := path[strings.LastIndexByte(path, '/')+1:]; name == "id" || name == "p" {
				n = page + "?" + n // too common a name to stand alone
			}
			return n
		}
	}
	return ""
}

func isNumber(s string) bool {
	return s != "" && len(s) <= 20 && strings.Trim(s, "0123456789") == ""
}
