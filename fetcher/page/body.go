package page

import (
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"codeberg.org/readeck/go-readability/v2"
	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tinhub/news"
)

// compile reads a selector; cascadia's own errors say what is wrong with it.
func compile(selector string) (cascadia.Selector, error) {
	return cascadia.Compile(selector)
}

// containers are the elements that Vietnamese CMSs keep an article's body in,
// the most telling first.
var containers = []string{
	"[itemprop=articleBody]", ".newscontent", ".article__body", ".article-body", ".detail-content", ".content-detail", ".detail__content",
	".b-maincontent", ".cms-body", ".fck_detail", ".article-content", ".entry-content", ".news-content", ".post-content", ".detail-body",
	".the-article-body", ".noidung", "#content_detail", "#divNewsContent", "#newscontents", ".knc-content", ".singular-content", ".maincontent",
	".journal-content-article", ".ms-rtestate-field", "[class^=ExternalClass]", // Liferay, SharePoint
}

// ledes are the elements that hold a lede outside of the body.
var ledes = []string{".sapo", ".article__sapo", ".detail-sapo", ".lead", ".article-lead", ".chapeau", ".news-sapo", ".singular-sapo", ".content_detail_sapo", ".sc-longform-header-sapo", ".summary-detail", ".lead-news"}

// blocks are the body's paragraphs, images and lists in order.
func (p *reader) blocks(title string) []block {
	p.remove()
	if s := p.Source.Selectors; s != nil && s.Body != "" {
		if m, err := compile(s.Body); err == nil {
			if found := p.doc.FindMatcher(m); found.Length() > 0 {
				strip(found)
				return flattenAll(found)
			}
		}
	}
	for _, c := range containers {
		found := p.doc.Find(c).First()
		if found.Length() == 0 || len(news.Clean(found.Text())) < 200 {
			continue
		}
		second := func() []block { return p.readable(title) }
		strip(found)
		return p.withLede(p.longer(flattenAll(found), second))
	}
	return p.withLede(p.longer(p.readable(title), nil))
}

// shortBody is how many characters a body has of which it is doubted that it is
// the whole one.
const shortBody = 700

// longer looks again where a body is short: a lede, a box or a list of dates may
// have been taken for the article. What readability finds is taken instead, or
// the element with most text in paragraphs of its own, or what the page says that
// its text is, where it has much more.
func (p *reader) longer(b []block, second func() []block) []block {
	better := func(again []block) {
		if prose(again) > max(2*prose(b), 400) {
			b = again
		}
	}
	if prose(b) < shortBody && second != nil {
		better(second())
	}
	if prose(b) < shortBody {
		if dense := p.densest(); dense != nil {
			s := goquery.NewDocumentFromNode(dense).Selection
			strip(s)
			better(flattenAll(s))
		}
	}
	if prose(b) < shortBody {
		better(p.said())
	}
	return b
}

// said is the text that JSON-LD gives, in paragraphs as far as it has any.
func (p *reader) said() (out []block) {
	for line := range strings.Lines(p.meta.body) {
		if t := news.Text(line); t != "" {
			out = append(out, block{kind: paragraph, text: t, html: "<p>" + html.EscapeString(t) + "</p>"})
		}
	}
	return out
}

// prose is how many characters of blocks stand in paragraphs that are more than a
// line.
func prose(blocks []block) (n int) {
	for _, b := range blocks {
		if size := utf8.RuneCountInString(b.text); b.kind == paragraph && !b.linked && size > 60 {
			n += size
		}
	}
	return n
}

// densest is the element with most text in paragraphs that are its children.
func (p *reader) densest() *html.Node {
	sums := map[*html.Node]int{}
	var best *html.Node
	for _, n := range p.doc.Find("p").Nodes {
		size := utf8.RuneCountInString(news.Clean(textOf(n)))
		if size <= 60 || n.Parent == nil {
			continue
		}
		if sums[n.Parent] += size; best == nil || sums[n.Parent] > sums[best] {
			best = n.Parent
		}
	}
	return best
}

// furniture are parts of a page that belong to no article, by what papers call
// them in class and id.
var furniture = regexp.MustCompile(`(?i)(^|[\s_-])(comments?|binh-?luan|y-?kien|poll|tham-?do|weather|thoi-?tiet|related|lien-?quan|cung-?chuyen-?muc|read-?more|doc-?them|share|social|addthis|fb-like|zalo|tags?|tu-?khoa|breadcrumbs?|banner|qc|quang-?cao|ads|advert\w*|newsletter|pagination|print|font-?size|rating|google-?news|box-?(news|tin)|tin-?(khac|moi)|other-?news|most-?(read|view)|toolbar)($|[\s_-])`)

// remove takes out what the source's selectors name.
func (p *reader) remove() {
	if s := p.Source.Selectors; s != nil {
		for _, r := range s.Remove {
			if m, err := compile(r); err == nil {
				p.doc.FindMatcher(m).Remove()
			}
		}
	}
}

// strip removes what no article holds from its body. An element that holds much
// of the text stays, whatever it is called.
func strip(body *goquery.Selection) {
	body.Find("script, style, noscript, template, iframe, object, embed, form, button, select, nav, svg").Remove()
	whole := len(body.Text())
	body.Find("div, section, aside, ul, p, footer, table, span").Each(func(_ int, s *goquery.Selection) {
		name := s.AttrOr("class", "") + " " + s.AttrOr("id", "")
		if len(name) > 1 && len(name) < 300 && furniture.MatchString(name) && len(s.Text())*3 < whole {
			s.Remove()
		}
	})
}

// withLede puts a lede that stands outside of the body before it.
func (p *reader) withLede(b []block) []block {
	if len(b) == 0 {
		return b
	}
	lede := func(t string) block {
		return block{kind: paragraph, text: t, html: "<p>" + html.EscapeString(t) + "</p>", lede: true}
	}
	for _, c := range ledes {
		t := news.Clean(p.doc.Find(c).First().Text())
		if len(t) < 40 {
			continue
		}
		for _, have := range b[:min(len(b), 4)] {
			if alike(have.text, t) {
				return b
			}
		}
		return append([]block{lede(t)}, b...)
	}
	if t := p.between(b); t != "" {
		return append([]block{lede(t)}, b...)
	}
	return b
}

// between finds a lede whatever it is called: a paragraph that stands below the
// headline, and the body below it.
func (p *reader) between(b []block) (lede string) {
	if p.head == nil {
		return ""
	}
	starts := map[string]bool{} // of the body
	for _, k := range b[:min(len(b), 4)] {
		starts[k.text] = true
	}
	seen := map[*html.Node]bool{}
	for n := after(p.head); n != nil && len(seen) < 60; n = next(n) {
		if n.Type != html.TextNode || len(n.Data) > 2000 || strings.TrimSpace(n.Data) == "" || inScript(n) {
			continue
		}
		line := lineOf(n)
		if line == nil || seen[line] {
			continue
		}
		if seen[line] = true; holdsLines(line) {
			continue
		}
		t := news.Clean(textOf(line))
		switch {
		case starts[t]:
			return lede
		case utf8.RuneCountInString(t) < 50 || len(t) > 1000 || !strings.ContainsAny(t[len(t)-1:], ".?!\"") && !strings.HasSuffix(t, "…") && !strings.HasSuffix(t, "”"):
		case lede != "" || beside(line):
		default:
			lede = t
		}
	}
	return ""
}

// lineOf is the element that a text makes a line of.
func lineOf(n *html.Node) *html.Node {
	for n = n.Parent; n != nil; n = n.Parent {
		if isLine(n) {
			return n
		}
	}
	return nil
}

func isLine(n *html.Node) bool {
	switch n.DataAtom {
	case atom.P, atom.Div, atom.H2, atom.H3, atom.H4, atom.Li, atom.Td, atom.Section, atom.Figcaption, atom.Header, atom.Article, atom.Ul, atom.Table:
		return true
	}
	return false
}

// holdsLines says that an element is more than one line.
func holdsLines(n *html.Node) bool {
	for c := n.FirstChild; c != nil && c != after(n); c = next(c) {
		if isLine(c) {
			return true
		}
	}
	return false
}

// beside says that a line stands in what belongs to no article.
func beside(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		switch n.DataAtom {
		case atom.Nav, atom.Aside, atom.Footer, atom.Figure, atom.Figcaption, atom.Form, atom.Li, atom.Button, atom.A:
			return true
		}
		if name := attr(n, "class") + " " + attr(n, "id"); len(name) > 1 && len(name) < 300 && n.DataAtom != atom.Body && furniture.MatchString(name) {
			return true
		}
	}
	return false
}

// readable lets readability find the body.
func (p *reader) readable(title string) []block {
	u, err := url.Parse(p.URL)
	if err != nil {
		u = &url.URL{}
	}
	parser := readability.NewParser()
	found, err := parser.ParseDocument(p.doc.Get(0), u)
	if err != nil || found.Node == nil {
		return nil
	}
	return flattenAll(goquery.NewDocumentFromNode(found.Node).Selection)
}

// kind is what a block is.
type kind int

const (
	paragraph kind = iota
	heading
	figure // an image with its caption in text
	list   // or a table, a quotation: kept whole
)

// A block is a piece of the body.
type block struct {
	kind    kind
	text    string
	html    string
	src     string // of a figure
	strong  bool   // all of it is bold
	linked  bool   // nearly all of it is links
	italic  bool
	right   bool // set to the right
	centred bool
	lede    bool
	credit  bool // its class says author, source
	caption bool // its class or element says caption
	emptied bool // what stood below it was cut
}

func flattenAll(s *goquery.Selection) (out []block) {
	for _, n := range s.Nodes {
		f := flattener{}
		f.walk(n)
		f.flush()
		out = append(out, f.out...)
	}
	return out
}

// A flattener turns a tree into blocks: text between block elements is gathered
// into paragraphs, so that bodies of bare text and <br> come out too.
type flattener struct {
	out    []block
	inline strings.Builder // HTML of the paragraph under way
	plain  strings.Builder
	bold   int // bytes of plain text that are bold
	linked int // that are links
}

func (f *flattener) walk(n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		f.text(n)
		return
	case n.Type != html.ElementNode:
		f.children(n)
		return
	}
	switch n.DataAtom {
	case atom.Br:
		if nextIsBr(n) {
			f.flush()
			return
		}
		f.inline.WriteString("<br>")
		f.plain.WriteByte('\n')
	case atom.Img:
		f.image(n, "")
	case atom.Figure:
		f.figure(n)
	case atom.Ul, atom.Ol, atom.Table, atom.Blockquote, atom.Pre, atom.Dl:
		f.whole(n)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		f.flush()
		if t := news.Clean(textOf(n)); t != "" {
			f.out = append(f.out, block{kind: heading, text: t, html: "<h3>" + html.EscapeString(t) + "</h3>"})
		}
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Center, atom.Td, atom.Li, atom.Figcaption, atom.Main, atom.Aside, atom.Address:
		f.flush()
		from := len(f.out)
		f.children(n)
		f.flush()
		f.mark(n, from)
	default:
		f.inlineElement(n)
	}
}

func (f *flattener) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		f.walk(c)
	}
}

var inlineKept = map[atom.Atom]string{atom.Strong: "strong", atom.B: "strong", atom.Em: "em", atom.I: "em", atom.Sub: "sub", atom.Sup: "sup", atom.U: "u"}

func (f *flattener) inlineElement(n *html.Node) {
	tag, attrs := inlineKept[n.DataAtom], ""
	if n.DataAtom == atom.A {
		tag, attrs = "a", ` href="`+html.EscapeString(attr(n, "href"))+`"`
	}
	if tag != "" {
		f.inline.WriteString("<" + tag + attrs + ">")
	}
	f.children(n)
	if tag != "" {
		f.inline.WriteString("</" + tag + ">")
	}
}

func (f *flattener) text(n *html.Node) {
	f.inline.WriteString(html.EscapeString(n.Data))
	f.plain.WriteString(n.Data)
	for p := n.Parent; p != nil; p = p.Parent {
		if p.DataAtom == atom.Strong || p.DataAtom == atom.B {
			f.bold += len(strings.TrimSpace(n.Data))
			break
		}
	}
	if inLink(n) {
		f.linked += len(strings.TrimSpace(n.Data))
	}
}

// flush ends the paragraph under way.
func (f *flattener) flush() {
	t := cleanLines(f.plain.String())
	if t != "" {
		whole := len(strings.TrimSpace(f.plain.String()))
		f.out = append(f.out, block{kind: paragraph, text: t, html: "<p>" + trimBreaks(f.inline.String()) + "</p>", strong: f.bold*10 >= whole*9, linked: f.linked*10 >= whole*9})
	}
	f.inline.Reset()
	f.plain.Reset()
	f.bold, f.linked = 0, 0
}

func inLink(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.DataAtom == atom.A {
			return true
		}
	}
	return false
}

func trimBreaks(s string) string {
	s = strings.TrimSpace(s)
	for strings.HasPrefix(s, "<br>") {
		s = strings.TrimSpace(s[4:])
	}
	for strings.HasSuffix(s, "<br>") {
		s = strings.TrimSpace(s[:len(s)-4])
	}
	return s
}

func cleanLines(s string) string {
	var out []string
	for l := range strings.SplitSeq(s, "\n") {
		if l = news.Clean(l); l != "" {
			out = append(out, l)
		}
	}
	return strings.Join(out, " ")
}

// mark says of the blocks that an element gave how it sets them.
func (f *flattener) mark(n *html.Node, from int) {
	style := strings.ToLower(strings.ReplaceAll(attr(n, "style"), " ", ""))
	align := strings.ToLower(attr(n, "align"))
	class := strings.ToLower(attr(n, "class"))
	for i := from; i < len(f.out); i++ {
		b := &f.out[i]
		b.right = b.right || align == "right" || strings.Contains(style, "text-align:right") || strings.Contains(class, "right")
		b.centred = b.centred || align == "center" || strings.Contains(style, "text-align:center") || n.DataAtom == atom.Center
		b.italic = b.italic || strings.HasPrefix(b.html, "<p><em>") && strings.HasSuffix(b.html, "</em></p>")
		b.credit = b.credit || strings.Contains(class, "author") || strings.Contains(class, "tac-gia") || strings.Contains(class, "source") || strings.Contains(class, "nguon")
		b.caption = b.caption || strings.Contains(class, "caption") || strings.Contains(class, "chu-thich") || n.DataAtom == atom.Figcaption
	}
}

func (f *flattener) image(n *html.Node, caption string) {
	src := source(n)
	if src == "" {
		return
	}
	f.flush()
	f.out = append(f.out, block{kind: figure, src: src, text: caption})
}

// source is an image's address; lazy loaders keep it in data attributes.
func source(n *html.Node) string {
	for _, k := range []string{"data-src", "data-original", "data-lazy-src", "src"} {
		if v := strings.TrimSpace(attr(n, k)); v != "" && !strings.HasPrefix(v, "data:") {
			return v
		}
	}
	return ""
}

func (f *flattener) figure(n *html.Node) {
	s := goquery.NewDocumentFromNode(n)
	caption := news.Clean(s.Find("figcaption").Text())
	if s.Find("img").Length() == 0 {
		f.flush()
		f.children(n)
		return
	}
	s.Find("img").Each(func(i int, img *goquery.Selection) {
		c := ""
		if i == 0 {
			c = caption
		}
		f.image(img.Get(0), c)
	})
}

// whole keeps a list, table or quotation as it is. A table that only sets an
// image above its caption, as old editors do, is a figure.
func (f *flattener) whole(n *html.Node) {
	s := goquery.NewDocumentFromNode(n)
	if imgs := s.Find("img"); n.DataAtom == atom.Table && imgs.Length() > 0 && s.Find("td").Length() <= 2*imgs.Length()+1 {
		f.image(imgs.Get(0), news.Clean(s.Text()))
		return
	}
	f.flush()
	t := news.Clean(textOf(n))
	if t == "" {
		f.children(n)
		return
	}
	var b strings.Builder
	if html.Render(&b, n) == nil {
		links := 0
		s.Find("a").Each(func(_ int, a *goquery.Selection) { links += len(news.Clean(a.Text())) })
		f.out = append(f.out, block{kind: list, text: news.Text(b.String()), html: b.String(), linked: links*10 >= len(t)*7})
	}
}

func nextIsBr(n *html.Node) bool {
	for s := n.NextSibling; s != nil; s = s.NextSibling {
		if s.Type == html.TextNode && strings.TrimSpace(s.Data) == "" {
			continue
		}
		return s.DataAtom == atom.Br
	}
	return false
}

func textOf(n *html.Node) string { return goquery.NewDocumentFromNode(n).Text() }

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
