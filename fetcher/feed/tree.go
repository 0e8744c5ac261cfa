package feed

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// A node is an element of the document, or a run of text in one (name "").
// Trees are built of one item, or one element of the head, at a time.
type node struct {
	space, name string
	attrs       []attr // of no namespace or of xml:, values decoded
	kids        []*node
	text        string
	base        string // the base of addresses in it
	lang        string
}

func (n *node) attr(name string) string {
	for _, a := range n.attrs {
		if a.name == name {
			return a.val
		}
	}
	return ""
}

func (n *node) has(name string) bool {
	return slices.ContainsFunc(n.attrs, func(a attr) bool { return a.name == name })
}

func (n *node) is(space, name string) bool { return n.space == space && n.name == name }

func (n *node) child(space, name string) *node {
	for _, k := range n.kids {
		if k.is(space, name) {
			return k
		}
	}
	return nil
}

// elements says whether there is markup in the node.
func (n *node) elements() bool {
	for _, k := range n.kids {
		if k.name != "" {
			return true
		}
	}
	return false
}

// plain is all the text in the node, without markup.
func (n *node) plain() string {
	if n.name == "" {
		return n.text
	}
	if len(n.kids) == 1 && n.kids[0].name == "" {
		return n.kids[0].text
	}
	var b strings.Builder
	for _, k := range n.kids {
		b.WriteString(k.plain())
	}
	return b.String()
}

// inner is the node's content as HTML: text escaped, elements written without
// their namespaces. A <div> that is all there is only wraps (RFC 4287 section
// 3.1.1.3) and is left out.
func (n *node) inner() string {
	kids := n.kids
	if only := n.only(); only != nil && only.name == "div" && (only.space == "xhtml" || only.space == native) {
		kids = only.kids
	}
	var b strings.Builder
	for _, k := range kids {
		k.html(&b)
	}
	return b.String()
}

// only is the one element of a node that has no other content than blanks.
func (n *node) only() *node {
	var only *node
	for _, k := range n.kids {
		switch {
		case k.name == "" && strings.TrimSpace(k.text) == "":
		case k.name == "" || only != nil:
			return nil
		default:
			only = k
		}
	}
	return only
}

func (n *node) html(b *strings.Builder) {
	if n.name == "" {
		b.WriteString(html.EscapeString(n.text))
		return
	}
	b.WriteString("<" + n.name)
	for _, a := range n.attrs {
		if !strings.Contains(a.name, ":") {
			b.WriteString(" " + a.name + `="` + html.EscapeString(a.val) + `"`)
		}
	}
	b.WriteByte('>')
	if void[n.name] {
		return
	}
	for _, k := range n.kids {
		k.html(b)
	}
	b.WriteString("</" + n.name + ">")
}

// void elements of HTML that feeds leave open. <link> and <source> are not among
// them: they are elements of feeds too.
var void = map[string]bool{
	"br": true, "hr": true, "img": true, "input": true, "meta": true, "col": true, "area": true, "base": true,
	"embed": true, "param": true, "wbr": true,
}
