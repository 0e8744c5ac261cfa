package page

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tinhub/fetcher/markup"
	"tinhub/news"
)

// metadata is what a page says of itself. None of it is believed unseen: CMSs
// fill it with defaults (the paper as author, another paper as publisher, the
// front page as canonical address).
type metadata struct {
	title, docTitle, site      string
	section, published         string
	modified, language, byline string
	realByline                 string // dable:author, which papers fill with the reporter's name
	image, ogURL, canonical    string
	body                       string // of JSON-LD
	authors                    []string
	crumbs                     []string
}

func readMetadata(doc *goquery.Document) metadata {
	m := metadata{docTitle: news.Clean(doc.Find("head title").First().Text())}
	m.language, _ = doc.Find("html").Attr("lang")
	doc.Find("meta").Each(func(_ int, s *goquery.Selection) {
		key := s.AttrOr("property", s.AttrOr("name", s.AttrOr("itemprop", "")))
		if v := news.Clean(s.AttrOr("content", "")); v != "" {
			m.take(strings.ToLower(key), v)
		}
	})
	if m.canonical == "" {
		m.canonical = doc.Find("link[rel=canonical]").AttrOr("href", "")
	}
	doc.Find(`script[type="application/ld+json"]`).Each(func(_ int, s *goquery.Selection) {
		m.takeLD(s.Text())
	})
	return m
}

func (m *metadata) take(key, v string) {
	first := func(p *string) {
		if *p == "" {
			*p = v
		}
	}
	switch key {
	case "og:title", "twitter:title":
		first(&m.title)
	case "og:site_name":
		first(&m.site)
	case "article:section":
		first(&m.section)
	case "article:published_time", "pubdate", "datepublished", "date", "dc.date.issued", "published_time":
		first(&m.published)
	case "article:modified_time", "lastmod", "datemodified", "og:updated_time":
		first(&m.modified)
	case "dable:author":
		first(&m.realByline)
	case "author", "article:author":
		first(&m.byline)
	case "og:image", "og:image:url", "twitter:image":
		first(&m.image)
	case "og:url":
		first(&m.ogURL)
	case "canonical": // Báo Hải Phòng and others write <meta name="canonical">
		first(&m.canonical)
	}
}

// rawNewline is what makes some papers' JSON-LD invalid: a line break inside a string.
var rawNewline = regexp.MustCompile(`[\r\n\t]+`)

// maxLD is how many bytes of JSON-LD are read.
const maxLD = 256 << 10

func (m *metadata) takeLD(raw string) {
	if len(raw) > maxLD {
		return
	}
	var v any
	if json.Unmarshal([]byte(rawNewline.ReplaceAllString(raw, " ")), &v) != nil {
		return
	}
	m.walkLD(v, 0)
}

func (m *metadata) walkLD(v any, depth int) {
	switch v := v.(type) {
	case []any:
		for _, e := range v[:min(len(v), 50)] {
			if depth < 4 {
				m.walkLD(e, depth+1)
			}
		}
	case map[string]any:
		switch kind := text(v["@type"]); {
		case strings.HasSuffix(kind, "Article") || strings.HasSuffix(kind, "Posting"):
			m.article(v)
		case kind == "BreadcrumbList":
			m.breadcrumbs(v)
		}
		if depth < 4 {
			m.walkLD(v["@graph"], depth+1)
		}
	}
}

func (m *metadata) article(v map[string]any) {
	for _, f := range []struct {
		to  *string
		key string
	}{{&m.title, "headline"}, {&m.section, "articleSection"}, {&m.published, "datePublished"}, {&m.modified, "dateModified"}, {&m.body, "articleBody"}} {
		if *f.to == "" {
			*f.to = news.Clean(text(v[f.key]))
		}
	}
	authors, ok := v["author"].([]any)
	if !ok {
		authors = []any{v["author"]}
	}
	for _, a := range authors[:min(len(authors), 10)] {
		if o, ok := a.(map[string]any); ok {
			if text(o["@type"]) == "Organization" {
				continue
			}
			a = o["name"]
		}
		if n := news.Clean(text(a)); n != "" {
			m.authors = append(m.authors, n)
		}
	}
	if m.image == "" {
		m.image = text(v["image"])
	}
}

func (m *metadata) breadcrumbs(v map[string]any) {
	items, _ := v["itemListElement"].([]any)
	for _, i := range items[:min(len(items), 10)] {
		o, _ := i.(map[string]any)
		name := text(o["name"])
		if in, ok := o["item"].(map[string]any); ok && name == "" {
			name = text(in["name"])
		}
		if n := news.Clean(name); n != "" {
			m.crumbs = append(m.crumbs, n)
		}
	}
}

// text is a JSON-LD value as a string: itself, its first element, or its url or name.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		if len(v) > 0 {
			return text(v[0])
		}
	case map[string]any:
		if u, ok := v["url"].(string); ok {
			return u
		}
		n, _ := v["name"].(string)
		return n
	}
	return ""
}

// title is what a reader sees as the headline.
func (p *reader) title() string {
	if s := p.Source.Selectors; s != nil && s.Title != "" {
		if t := p.selected(s.Title); t != "" {
			return t
		}
	}
	best, near := "", 0.0
	heads := p.doc.Find("h1")
	for _, n := range heads.Nodes[:min(len(heads.Nodes), 100)] {
		t := news.Clean(textOf(n))
		if len(t) < 8 || p.isSite(t) {
			continue
		}
		if alike(t, p.meta.title) || alike(t, p.meta.docTitle) {
			best, near, p.head = t, 1, n
			break
		}
		if like := max(sharedWords(t, p.meta.title), sharedWords(t, longestPart(p.meta.docTitle))); like > near || best == "" && len(heads.Nodes) == 1 {
			best, near, p.head = t, like, n
		}
	}
	if near >= sameHeadline || best != "" && p.meta.title == "" && p.meta.docTitle == "" {
		return best
	}
	if t := p.withoutSite(p.meta.title); t != "" && !p.isSite(t) {
		return t
	}
	if t, n := p.seenTitle(); t != "" {
		p.head = n
		return t
	}
	if best != "" {
		return best
	}
	return p.withoutSite(p.meta.docTitle)
}

// sameHeadline is how much of the words of two headlines must be the same for one
// to be the other in short, or made for search engines.
const sameHeadline = .3

// sharedWords is the share of words that two lines have in common, of all they
// have; none where it is one word only.
func sharedWords(a, b string) float64 {
	in, all, both := map[string]bool{}, 0, 0
	for w := range strings.FieldsSeq(news.Fold(a)) {
		if !in[w] {
			in[w] = true
			all++
		}
	}
	other := map[string]bool{}
	for w := range strings.FieldsSeq(news.Fold(b)) {
		switch {
		case other[w]:
		case in[w]:
			both++
		default:
			all++
		}
		other[w] = true
	}
	if both < 2 {
		return 0
	}
	return float64(both) / float64(all)
}

func longestPart(title string) (longest string) {
	for _, t := range titleParts.Split(title, 8) {
		if len(t) > len(longest) {
			longest = t
		}
	}
	return longest
}

// isSite says that a line is the name of the site: what it calls itself, or what
// its host is called.
func (p *reader) isSite(t string) bool {
	f := news.Fold(t)
	return f == news.Fold(p.meta.site) || f == news.Fold(p.Source.Name) || inHost(t, p.URL)
}

// inHost says that a name is that of an address's host: "Báo Mẫu" of baomau.vn,
// "SLF" of slf.ch.
func inHost(name, address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	var bare strings.Builder
	for _, y := range news.Syllables(nil, name) {
		bare.WriteString(y.Bare)
	}
	host := strings.ToLower(strings.TrimPrefix(u.Hostname(), "www."))
	label, _, _ := strings.Cut(host, ".")
	plain := strings.NewReplacer("-", "", ".", "")
	n := bare.String()
	return len(n) >= 3 && (n == plain.Replace(label) || n == plain.Replace(host))
}

// titleParts stand between the parts of a document title: the headline, the section, the paper.
var titleParts = regexp.MustCompile(`\s+(?:[|\-–—»]|::)\s+`)

// seenTitle is the part of the document title that is a line of the page too:
// old CMSs have no h1, or keep the site's name in it.
func (p *reader) seenTitle() (string, *html.Node) {
	var parts []string
	for _, t := range titleParts.Split(p.meta.docTitle, 8) {
		if f := news.Fold(t); len(f) >= 12 && f != news.Fold(p.Source.Name) && f != news.Fold(p.meta.site) {
			parts = append(parts, f)
		}
	}
	if len(parts) == 0 {
		return "", nil
	}
	for n := p.doc.Get(0); n != nil; n = next(n) {
		if n.Type != html.TextNode || n.Parent == nil || n.Parent.DataAtom == atom.Title || inScript(n) || len(n.Data) > 1000 {
			continue
		}
		t := news.Clean(n.Data)
		if f := news.Fold(t); f != "" && slices.Contains(parts, f) {
			return t, n
		}
	}
	return "", nil
}

// alike says that one headline is the beginning of the other, in any case.
func alike(a, b string) bool {
	a, b = news.Fold(a), news.Fold(b)
	return a != "" && b != "" && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a))
}

// withoutSite cuts the paper's name off a document title.
func (p *reader) withoutSite(t string) string {
	for _, sep := range []string{" | ", " - ", " – ", " — ", " :: ", " » ", " • ", " │ "} {
		i := strings.LastIndex(t, sep)
		if i < 12 {
			continue
		}
		name := t[i+len(sep):]
		tail := news.Fold(name)
		if p.isSite(name) || strings.HasPrefix(tail, news.Fold("Báo ")) || strings.Contains(tail, ".vn") || sep == " | " {
			return t[:i]
		}
	}
	if i := strings.Index(t, " - "); i > 0 && p.isSite(t[:i]) {
		return t[i+3:]
	}
	return t
}

// section is where the paper filed the article.
func (p *reader) section(title string) string {
	ok := func(s string) bool {
		f := news.Fold(s)
		return f != "" && f != news.Fold("Trang chủ") && f != "home" && f != news.Fold("Tin tức") && !alike(s, title) && len(s) < 120
	}
	for i := len(p.meta.crumbs) - 1; i >= 0; i-- {
		if ok(p.meta.crumbs[i]) {
			return p.meta.crumbs[i]
		}
	}
	found := ""
	p.doc.Find(".breadcrumb a, .breadcrumbs a, .bread-crumb a, .breadcrumb li, [class*=breadcrumb] a, .article__header .sc-longform-header-sapo, .cate-title a").Each(func(_ int, s *goquery.Selection) {
		if t := news.Clean(strings.Trim(s.Text(), " »>/›")); ok(t) {
			found = t
		}
	})
	switch {
	case found != "":
		return found
	case ok(p.meta.section):
		return p.meta.section
	default:
		return p.Source.Section
	}
}

func (p *reader) selected(selector string) string {
	m, err := compile(selector)
	if err != nil {
		return ""
	}
	return news.Clean(p.doc.FindMatcher(m).First().Text())
}

// image is the lead image: the first of the body with what stands below it, else
// the one that the page names for sharing.
func (p *reader) image(b body) *news.Image {
	for _, blk := range b.blocks {
		if blk.kind == figure {
			if u := markup.Picture(p.base, blk.src); u != "" {
				return &news.Image{URL: u, Caption: blk.text}
			}
		}
	}
	if u := markup.Link(p.base, p.meta.image); plausibleImage(u) {
		return &news.Image{URL: u}
	}
	return nil
}

// plausibleImage drops what a CMS puts where an article has no image, and
// addresses that were glued together ("/filehttp://…").
func plausibleImage(u string) bool {
	l := strings.ToLower(u)
	return u != "" && strings.Count(l, "://") == 1 && !markup.Private(u) && !strings.Contains(l, "logo") && !strings.Contains(l, "no-image") && !strings.Contains(l, "default")
}
