package page

import (
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tinhub/news"
)

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
