package page

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tinhub/news"
)

// ledes are the elements that hold a lede outside of the body.
var ledes = []string{".sapo", ".article__sapo", ".detail-sapo", ".lead", ".article-lead", ".chapeau", ".news-sapo", ".singular-sapo", ".content_detail_sapo", ".sc-longform-header-sapo", ".summary-detail", ".lead-news"}

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
