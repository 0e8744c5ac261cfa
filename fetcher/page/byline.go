package page

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"tinhub/news"
)

// Credit lines, as papers write them.
var (
	originLine  = regexp.MustCompile(`(?i)^\(?\s*(theo|nguồn|nguồn tin|tổng hợp từ)\s*:?\s+(\S.{0,70}?)\s*\)?[./]*$`)
	agencyMark  = regexp.MustCompile(`^(.{0,60}?)\s*\(\s*((?:TTXVN|Vietnam\+|VietnamPlus|TTXVN/Vietnam\+|TTXVN/Báo Tin tức|Báo Tin tức)[^()]*)\)[./]*$`)
	photoLine   = regexp.MustCompile(`(?i)^\(?\s*(ảnh|nguồn ảnh|đồ họa|video|clip)\s*:\s*(.{1,60}?)\)?\.?$`)
	textAndMore = regexp.MustCompile(`(?i)^\(?\s*(tin,?\s*(và\s+)?ảnh|bài,?\s*(và\s+)?ảnh|bài viết|bài|tin|thực hiện|biên tập|tác giả|người viết|by|ctv|pv|phóng viên)\s*:\s*(.{1,70}?)\)?\.?$`)
	photoTail   = regexp.MustCompile(`(?i)\s*[-–;,]?\s*(ảnh|video|đồ họa)\s*:.*$`)
	bracketTail = regexp.MustCompile(`\s*\((?:Theo\s+)?((?:TTXVN|Vietnam\+|VietnamPlus|TTXVN/[^()]{2,20}))\)[./\s]*$`)
	theoTail    = regexp.MustCompile(`\s+\(?(Theo\s+(?:TTXVN|Vietnam\+|VietnamPlus|Nhân Dân|Chinhphu\.vn|VOV|VTV|QĐND|DTO|VnExpress|Tuổi Trẻ|Thanh Niên|Dân trí|Vietnamnet)[^.()]{0,20})\)?[./\s]*$`)
)

// creditLine says that a closing paragraph credits somebody and tells nothing.
func creditLine(b block, c context) bool {
	t := strings.TrimSpace(b.text)
	if utf8.RuneCountInString(t) > 90 || t == "" {
		return false
	}
	if originLine.MatchString(t) || agencyMark.MatchString(t) || photoLine.MatchString(t) || textAndMore.MatchString(t) {
		return true
	}
	return (b.right || b.strong || b.credit || b.italic && c.vietnamese) && looksLikeNames(t) || c.vietnamese && initials(t)
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
		if m := re.FindStringSubmatchIndex(s); m != nil && m[0] > 0 {
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
	if m := agencyMark.FindStringSubmatch(line); m != nil {
		return people(m[1]), agency(m[2])
	}
	if m := originLine.FindStringSubmatch(line); m != nil {
		return nil, agency(m[2])
	}
	if photoLine.MatchString(line) {
		return nil, ""
	}
	if m := textAndMore.FindStringSubmatch(line); m != nil {
		line = m[len(m)-1]
	}
	line = photoTail.ReplaceAllString(line, "")
	if bare := strings.Trim(line, "() "); isAgency(bare) {
		return nil, agency(bare)
	}
	return people(line), ""
}

var thirdParty = folded("TTXVN", "TTXVN/Vietnam+", "Vietnam+", "VietnamPlus", "Báo Tin tức", "Chinhphu.vn", "Nhân Dân", "VOV", "VTV", "QĐND", "SKĐS", "Vietnamnet", "VnExpress", "Tuổi Trẻ", "Thanh Niên", "Dân trí")

func isAgency(s string) bool { return thirdParty.is(news.Fold(s)) }

// agency gives an agency its usual name.
func agency(s string) string {
	s = strings.TrimSpace(strings.Trim(news.Clean(s), "./ "))
	if i := strings.IndexAny(s, "/"); i > 0 && strings.HasPrefix(strings.ToUpper(s), "TTXVN") {
		s = s[:i]
	}
	if strings.HasPrefix(strings.ToUpper(s), "TTXVN") && len(s) < 8 {
		return "TTXVN"
	}
	return s
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
