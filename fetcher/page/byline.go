package page

import (
	"cmp"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"tinhub/news"
)

// Credit lines, as papers write them. Who is an agency is for news.Agency to say.
var (
	originLine  = regexp.MustCompile(`(?i)^\(?\s*(theo|nguồn|nguồn tin|dẫn theo|tổng hợp từ)(\s*:\s*|\s+)(\S.{0,90}?)\s*\)?[./]*$`)
	behind      = regexp.MustCompile(`^(.{0,60}?)\s*(?:\((?:[Tt]heo\s+)?([^()]{2,40})\)|\s[-–—]\s*([^()]{2,60}?))[./]*$`)
	photoLine   = regexp.MustCompile(`(?i)^\(?\s*(ảnh|nguồn ảnh|đồ họa|video|clip)\s*:\s*(.{1,60}?)\)?\.?$`)
	textAndMore = regexp.MustCompile(`(?i)^\(?\s*(tin,?\s*(và\s+)?ảnh|bài,?\s*(và\s+)?ảnh|bài viết|bài|tin|thực hiện|biên tập|tác giả|người viết|by|ctv|pv|phóng viên)\s*:\s*(.{1,70}?)\)?\.?$`)
	photoTail   = regexp.MustCompile(`(?i)\s*[-–;,]?\s*(ảnh|video|đồ họa)\s*:.*$`)
	bracketTail = regexp.MustCompile(`\s*\((?:Theo\s+)?([^()]{2,40})\)[./\s]*$`)
	theoTail    = regexp.MustCompile(`\s+\(?(Theo\s+([^.()]{2,40}))\)?[./\s]*$`)
)

// creditLine says that a closing paragraph credits somebody and tells nothing.
func creditLine(b block, c context) bool {
	t := strings.TrimSpace(b.text)
	if utf8.RuneCountInString(t) > 90 || t == "" {
		return false
	}
	if originLine.MatchString(t) && shortCredit(t) || behindName(t) || photoLine.MatchString(t) || textAndMore.MatchString(t) {
		return true
	}
	return (b.right || b.strong || b.credit || b.italic && c.vietnamese) && looksLikeNames(t) || c.vietnamese && initials(t)
}

// shortCredit tells "Theo TTXVN" from a sentence that begins with "Theo".
func shortCredit(t string) bool {
	name := strings.TrimSpace(originLine.FindStringSubmatch(t)[3])
	if _, known := news.Agency(name); known || news.Origin(t) != "" || strings.Contains(name, "://") {
		return true
	}
	return unicode.IsUpper(firstRune(name)) && strings.Count(name, " ") < 6 && !strings.ContainsAny(name, ",;“\"")
}

// behindName says that a line is names with an agency behind, or one alone:
// "Huy Thắng – www.chinhphu.vn", "(TTXVN)".
func behindName(t string) bool {
	m := behind.FindStringSubmatch(t)
	if m == nil {
		return false
	}
	_, known := news.Agency(m[2] + m[3])
	return known && (m[1] == "" || looksLikeNames(m[1]))
}

// initials are a reporter's: "T.T", "V.T", "HLam".
func initials(s string) bool {
	s = strings.Trim(s, " ().")
	n := utf8.RuneCountInString(s)
	return n >= 2 && n <= 6 && !strings.Contains(s, " ") && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && r != '.' }) < 0 && strings.ToUpper(s[:1]) == s[:1] && unicode.IsUpper(firstRune(s))
}

func firstRune(s string) rune { r, _ := utf8.DecodeRuneInString(s); return r }

// looksLikeNames says that a line is one to four names: every word begins with a
// capital, there are few, and no sentence ends in it.
func looksLikeNames(s string) bool {
	s = strings.TrimSpace(strings.Trim(s, "().*"))
	words := strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("-–,&/;", r) })
	if len(words) == 0 || len(words) > 14 || utf8.RuneCountInString(s) > 70 || strings.ContainsAny(s, "?!:\"“”%") {
		return false
	}
	for _, w := range words {
		if r := firstRune(w); !unicode.IsUpper(r) && w != "và" && w != "thực" && w != "hiện" && w != "tổng" && w != "hợp" {
			return false
		}
		if strings.IndexFunc(w, unicode.IsDigit) >= 0 {
			return false
		}
	}
	return true
}

// trailingCredit takes a credit off the end of the last sentence: "… (TTXVN)".
func trailingCredit(s string) (rest, credit string) {
	for _, re := range []*regexp.Regexp{bracketTail, theoTail} {
		m := re.FindStringSubmatchIndex(s)
		if m == nil || m[0] == 0 {
			continue
		}
		name := s[m[len(m)-2]:m[len(m)-1]]
		if _, known := news.Agency(name); known {
			return strings.TrimSpace(s[:m[0]]), strings.TrimSpace(s[m[2]:m[3]])
		}
	}
	return s, ""
}

// byline reads who wrote the article and whom the paper took it from. What
// stands at the end of the text is believed before what the metadata says, which
// is often the paper's name or that of whoever typed it in.
func (p *reader) byline(b body) (authors []news.Person, origin string) {
	if s := p.Source.Selectors; s != nil && s.Author != "" {
		a, o := credit(p.selected(s.Author))
		authors, origin = a, o
	}
	for _, l := range b.bylines {
		a, o := credit(l)
		if len(authors) == 0 {
			authors = a
		}
		if origin == "" {
			origin = o
		}
	}
	if len(authors) > 0 || origin != "" {
		return authors, origin
	}
	seen := p.doc.Find("[rel=author], .author, .article__author, .detail-author, [class*=author-name], .tac-gia, .byline").First().Text()
	for _, s := range append([]string{p.meta.realByline, seen}, append(p.meta.authors, p.meta.byline)...) {
		s = news.Clean(s)
		if s == "" || p.isPaper(s) || utf8.RuneCountInString(s) > 80 {
			continue
		}
		if authors, origin = credit(s); len(authors) > 0 || origin != "" {
			return authors, origin
		}
	}
	return nil, ""
}

// isPaper says that a byline is no person's: the paper's name, an address, the
// name of a CMS account.
func (p *reader) isPaper(s string) bool {
	f := news.Fold(s)
	return f == news.Fold(p.Source.Name) || f == news.Fold(p.Source.Agency) || f == news.Fold(p.meta.site) || strings.HasPrefix(f, news.Fold("Báo ")) ||
		strings.Contains(s, "://") || strings.Contains(s, ".vn") || !strings.Contains(s, " ") && s == strings.ToLower(s) || f == news.Fold("Bút danh") || f == "admin"
}

// credit reads one credit line: authors, and the agency that it was taken from.
func credit(line string) (authors []news.Person, origin string) {
	line = strings.TrimSpace(strings.Trim(strings.TrimSpace(line), "*"))
	if m := originLine.FindStringSubmatch(line); m != nil {
		if b := behind.FindStringSubmatch(m[3]); b != nil && looksLikeNames(b[1]) { // "Theo Văn Chính – www.chinhphu.vn"
			if name, known := news.Agency(b[2] + b[3]); known {
				return people(b[1]), name
			}
		}
		name := strings.TrimSpace(strings.Trim(news.Clean(m[3]), "./ "))
		return nil, cmp.Or(news.Origin("Nguồn: "+name), name) // one that is not known keeps its name
	}
	if m := behind.FindStringSubmatch(line); m != nil {
		if name, known := news.Agency(m[2] + m[3]); known {
			return people(m[1]), name
		}
	}
	if photoLine.MatchString(line) {
		return nil, ""
	}
	if m := textAndMore.FindStringSubmatch(line); m != nil {
		line = m[len(m)-1]
	}
	line = photoTail.ReplaceAllString(line, "")
	if name, known := news.Agency(strings.Trim(line, "() ")); known {
		return nil, name
	}
	return people(line), ""
}

var between = regexp.MustCompile(`\s*(?:,|;|&|\s[-–]\s|\s+và\s+)\s*`)

// people splits names: "Nghiệp - Hình", "Lan Anh, Đức Minh".
func people(s string) (out []news.Person) {
	for _, n := range between.Split(s, -1) {
		n = strings.TrimSpace(strings.Trim(n, "()*. "))
		if i := strings.Index(strings.ToLower(n), " thực hiện"); i > 0 {
			n = n[:i]
		}
		if n == "" || news.Fold(n) == news.Fold("Bút danh") || utf8.RuneCountInString(n) > 40 || !unicode.IsLetter(firstRune(n)) {
			continue
		}
		out = append(out, news.Person{Name: n})
	}
	return out[:min(len(out), 6)]
}
