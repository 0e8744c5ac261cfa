package admin

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"tinhub/news"
)

// guess says what a source may be, where its address was tried: from what the
// catalogue knows of the paper, from its host and from what the feed says of itself.
// What nothing speaks of is "".
func guess(address string, tried Tried, catalogue []Outline, topics []news.Topic) (g Outline) {
	family := news.FamilyOf(address)
	for _, c := range catalogue {
		if family == "" || news.FamilyOf(c.URL) != family {
			continue
		}
		fill(&g.Agency, c.Agency)
		fill(&g.Province, c.Province)
		fill(&g.Homepage, c.Homepage)
		if news.URLKey(c.URL) == news.URLKey(address) {
			fill(&g.Name, c.Name)
			fill(&g.Section, c.Section)
		}
	}
	agency, section := titled(tried.Title)
	site, _ := titled(tried.Site)
	fill(&g.Agency, agency)
	fill(&g.Agency, site)
	if agency != "" && section == "" { // of its front page
		fill(&g.Name, agency)
	}
	if !names(tried.Title) {
		fill(&g.Name, site)
	}
	fill(&g.Name, tried.Title)
	fill(&g.Name, tried.Site)
	if p, ok := news.ProvinceOfPaper(address, g.Agency+" "+tried.Title+" "+tried.Site); ok {
		fill(&g.Province, p.Slug)
	}
	fill(&g.Section, common(tried.Entries))
	fill(&g.Section, sectionOf(lastPart(address), catalogue, topics))
	fill(&g.Section, section)
	fill(&g.Homepage, front(cmp.Or(tried.Link, address)))
	g.ID = slug(family + " " + lastPart(address))
	return g
}

func fill(s *string, with string) {
	if *s == "" {
		*s = with
	}
}

// Words that begin the name of an agency, and those of a title that name no section.
var (
	agencyWords = []string{"Báo", "Đài", "Tạp chí", "Trung tâm", "Cổng thông tin", "Trang thông tin"}
	noSections  = []string{"trang chủ", "rss", "home", "tin mới", "tin mới nhất", "mới nhất", "tin tức"}
)

// titled takes the title of a feed apart: "Báo Cà Mau - Xây dựng Đảng", in either
// order, is an agency and a section.
func titled(title string) (agency, section string) {
	for _, part := range strings.FieldsFunc(strings.NewReplacer(" - ", "\n", " – ", "\n", " | ", "\n", " :: ", "\n", " » ", "\n").Replace(title), func(r rune) bool { return r == '\n' }) {
		part = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(part), "RSS "))
		switch {
		case part == "":
		case slices.ContainsFunc(agencyWords, func(w string) bool { return strings.HasPrefix(news.Fold(part)+" ", news.Fold(w)+" ") }):
			fill(&agency, part)
		case names(part):
			fill(&section, part)
		}
	}
	if agency == "" { // a title of one part names the paper
		return "", ""
	}
	return agency, section
}

// names says that a part of a title names something: a paper, or a section of it.
func names(part string) bool {
	return part != "" && !slices.ContainsFunc(noSections, func(w string) bool { return news.Fold(w) == news.Fold(part) })
}

// common is the section that two entries of three stand in, at least.
func common(entries []TriedEntry) string {
	n := map[string]int{}
	for _, e := range entries {
		if n[e.Section]++; e.Section != "" && 3*n[e.Section] >= 2*len(entries) {
			return e.Section
		}
	}
	return ""
}

// sectionOf is the section whose slug a feed's address ends in, among those that
// papers of the catalogue and topics have.
func sectionOf(last string, catalogue []Outline, topics []news.Topic) string {
	last = slug(last)
	var names []string
	for _, c := range catalogue {
		names = append(names, c.Section)
	}
	for _, t := range topics {
		names = append(names, append([]string{t.Title}, t.Include.Sections...)...)
	}
	for _, name := range names {
		if s := slug(name); s != "" && s == last && !slices.Contains([]string{"trang-chu", "home"}, s) && name != s {
			return name
		}
	}
	return ""
}

// front is the homepage of an address' host.
func front(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.Scheme + "://" + u.Host + "/"
}

func lastPart(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	p := strings.Trim(u.Path, "/")
	p = p[strings.LastIndex(p, "/")+1:]
	for _, ext := range []string{".rss", ".xml", ".html", ".htm"} {
		p = strings.TrimSuffix(p, ext)
	}
	return p
}

// slug keeps what an id may have: letters without their marks, and digits.
func slug(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case r == 'đ':
			b.WriteByte('d')
		case unicode.Is(unicode.Mn, r):
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	id := b.String()
	return strings.Trim(id[:min(len(id), 50)], "-")
}
