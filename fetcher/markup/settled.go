package markup

import (
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// place is what a node stands in.
type place uint8

const (
	inBlock  place = iota // blocks and text may stand here
	inList                // only items
	inPhrase              // only text and what marks it up
	inLink                // the same, but no link
)

// settles says that a tree, written and read again, is sure to be the same:
// blocks in blocks, text in paragraphs, no link in a link, nothing of which
// HTML's parser moves things about (tables, <pre>, ruby, definition lists).
// A tree of which it says no may settle all the same; that has to be tried.
func settles(n *html.Node, where place) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			if where == inList {
				return false
			}
			continue
		}
		inside, ok := within(c.DataAtom, where)
		if !ok || !settles(c, inside) {
			return false
		}
	}
	return true
}

func within(a atom.Atom, where place) (inside place, ok bool) {
	switch a {
	case atom.Br, atom.Img, atom.Wbr:
		return inPhrase, where != inList
	case atom.B, atom.Strong, atom.I, atom.Em, atom.U, atom.S, atom.Small, atom.Code, atom.Sub, atom.Sup, atom.Span, atom.Mark,
		atom.Q, atom.Cite, atom.Abbr, atom.Time, atom.Del, atom.Ins:
		return max(where, inPhrase), where != inList
	case atom.A:
		return inLink, where == inBlock || where == inPhrase
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return inPhrase, where == inBlock
	case atom.Hr, atom.Div, atom.Blockquote, atom.Figure, atom.Figcaption, atom.Section, atom.Article, atom.Aside:
		return inBlock, where == inBlock
	case atom.Ul, atom.Ol:
		return inList, where == inBlock
	case atom.Li:
		return inBlock, where == inList
	}
	return 0, false
}
