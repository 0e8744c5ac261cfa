package markup

import (
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tinhub/news"
)

// The limits of one piece of HTML, in bytes.
const (
	MaxContent = 256 << 10 // of what comes out
	maxInput   = 1 << 20   // of what is looked at
)

// Sanitise makes a piece of HTML safe to show in feeds, pages and the widget:
// only elements and attributes that text needs, http and https only, links and
// images absolute (against base, or against a <base href> that stands first),
// without tracking parameters, tracking pixels and images in private networks.
// What comes out is balanced, at most MaxContent long, and sanitising it again
// changes nothing. HTML nested deeper than the parser allows becomes text.
func Sanitise(fragment, base string) string {
	if len(fragment) > maxInput {
		fragment = strings.ToValidUTF8(fragment[:maxInput], "")
	}
	if !strings.ContainsAny(fragment, "<&") && plain(fragment) {
		return strings.TrimSpace(fragment)
	}
	out := Uncover(fragment)
	for round := range maxRounds {
		next, settled, err := rewrite(out, base)
		if err != nil {
			break
		}
		if next == out && round > 0 {
			return out // as bluemonday left it
		}
		rewritten := next
		if next = policy().Sanitize(next); next == out || settled && next == rewritten {
			return next
		}
		out = next
	}
	return textOnly(fragment)
}

// frames are tags of what is shown instead of the text in them. Where one is left
// open, as happens in feeds, all that follows would go with it.
var frames = regexp.MustCompile(`(?i)</?(?:iframe|object|embed|applet|noframes|noembed|param)(?:\s[^<>]*)?/?>`)

// unframe drops the tags of embedded objects and keeps what stands in them.
func unframe(fragment string) string {
	for at := 0; ; {
		n := strings.IndexByte(fragment[at:], '<')
		if n < 0 {
			return fragment
		}
		at += n + 1
		if framed(strings.TrimPrefix(fragment[at:], "/")) {
			return frames.ReplaceAllString(fragment, "")
		}
	}
}

// framed says quickly that a tag may be one of frames.
func framed(tag string) bool {
	for _, name := range []string{"iframe", "object", "embed", "applet", "noframes", "noembed", "param"} {
		if len(tag) >= len(name) && strings.EqualFold(tag[:len(name)], name) {
			return true
		}
	}
	return false
}

var (
	// bogus is "<!" or "<?" that begins no comment: HTML would hide what follows up
	// to the next ">".
	bogus = regexp.MustCompile(`<([!?](?:[^-\[a-zA-Z]|$))`)
	// openComment is the beginning of a comment, as far as one without an end goes.
	openComment = regexp.MustCompile(`<!--(?:[^>]*>|-*$)`)
)

var cdataMarks = strings.NewReplacer("<![CDATA[", "", "]]>", "")

// Uncover takes out of HTML, or escapes, what would hide the text that follows
// it: the tags of embedded objects, the marks of CDATA sections, comments and
// declarations without an end.
func Uncover(fragment string) string {
	fragment = unframe(fragment)
	if !strings.Contains(fragment, "<!") && !strings.Contains(fragment, "<?") {
		return fragment
	}
	if strings.Contains(fragment, "<![CDATA[") { // wrapped twice: HTML would hide what is in it
		fragment = cdataMarks.Replace(fragment)
	}
	fragment = bogus.ReplaceAllString(fragment, "&lt;$1")
	closed := 0
	if n := strings.LastIndex(fragment, "-->"); n >= 0 {
		closed = n + len("-->")
	}
	if strings.Contains(fragment[closed:], "<!--") {
		fragment = fragment[:closed] + openComment.ReplaceAllString(fragment[closed:], "")
	}
	// A declaration that no ">" ends.
	last := strings.LastIndexByte(fragment, '>') + 1
	for i := last; i+1 < len(fragment); i++ {
		if fragment[i] == '<' && (fragment[i+1] == '!' || fragment[i+1] == '?') {
			return fragment[:i] + "&lt;" + fragment[i+1:]
		}
	}
	return fragment
}

// maxRounds is how often HTML is rewritten until it stays the same: misnested
// tables and links settle in two or three.
const maxRounds = 6

// plain says that a text needs no rewriting.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c > '~' || c == '>' || c == '"' || c == '\'' || c < ' ' {
			return false
		}
	}
	return true
}

// textOnly is what is left of HTML that can't be trusted: its words, in paragraphs.
func textOnly(fragment string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(news.Text(fragment), "\n") {
		if line = html.EscapeString(line); line != "" && b.Len()+len(line)+7 <= MaxContent {
			b.WriteString("<p>" + line + "</p>")
		}
	}
	return b.String()
}

// rewrite cleans a fragment's tree. It is settled when reading what is written
// is sure to give the same tree.
func rewrite(fragment, base string) (written string, settled bool, err error) {
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(fragment), body)
	if err != nil {
		return "", false, err // more than 512 levels
	}
	r := rewriter{base: base, room: MaxContent}
	for _, n := range nodes {
		body.AppendChild(n)
	}
	r.children(body)
	trimEnds(body)
	var b strings.Builder
	for n := body.FirstChild; n != nil; n = n.NextSibling {
		if err := html.Render(&b, n); err != nil {
			return "", false, err
		}
	}
	return strings.TrimSpace(b.String()), settles(body, inBlock), nil
}

// A rewriter cleans one tree.
type rewriter struct {
	base string
	room int // bytes that may still be written
}

func (r *rewriter) children(parent *html.Node) {
	for n := parent.FirstChild; n != nil; {
		next := n.NextSibling
		switch n.Type {
		case html.TextNode:
			r.text(parent, n)
		case html.ElementNode:
			if first := r.element(parent, n); first != nil {
				next = first
			}
		default:
			parent.RemoveChild(n)
		}
		n = next
	}
}

func (r *rewriter) text(parent, n *html.Node) {
	n.Data = cleanText(n.Data)
	if r.room -= len(n.Data) + strings.Count(n.Data, "&")*4; r.room < 0 || n.Data == "" {
		parent.RemoveChild(n)
		return
	}
	if p := n.PrevSibling; p != nil && p.Type == html.TextNode { // around what was dropped
		p.Data = cleanText(p.Data + n.Data)
		parent.RemoveChild(n)
	}
}

// element cleans one element. Where it unwraps it, it returns the first child
// that took its place, which is still to be cleaned.
func (r *rewriter) element(parent, n *html.Node) *html.Node {
	if n.DataAtom == atom.Base && r.setBase(n) || dropped[n.DataAtom] || n.Namespace != "" || r.room <= 0 {
		parent.RemoveChild(n)
		return nil
	}
	if n.DataAtom == atom.Img && !r.image(n) {
		parent.RemoveChild(n)
		return nil
	}
	allowedHere, ok := allowed[n.DataAtom]
	if n.DataAtom == atom.A {
		r.attributes(n, allowedHere)
		ok = attribute(n, "href") != ""
	}
	if !ok {
		return unwrap(parent, n)
	}
	if n.DataAtom != atom.Img && n.DataAtom != atom.A {
		r.attributes(n, allowedHere)
	}
	r.room -= 2*len(n.Data) + 5
	r.children(n)
	if emptied(n) {
		parent.RemoveChild(n)
	}
	return nil
}

// setBase takes the base that the mended document gives content which has one of its own.
func (r *rewriter) setBase(n *html.Node) bool {
	if href := Link(r.base, attribute(n, "href")); href != "" {
		r.base = href
	}
	return true
}

// unwrap puts an element's children in its place and returns the first.
func unwrap(parent, n *html.Node) *html.Node {
	first := n.FirstChild
	for c := n.FirstChild; c != nil; c = n.FirstChild {
		n.RemoveChild(c)
		parent.InsertBefore(c, n)
	}
	parent.RemoveChild(n)
	return first
}

// emptied says that an element has nothing left to show.
func emptied(n *html.Node) bool {
	switch n.DataAtom {
	case atom.A, atom.P, atom.Span, atom.Div, atom.B, atom.I, atom.Em, atom.Strong, atom.Figure, atom.Figcaption,
		atom.Li, atom.Ul, atom.Ol, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return n.FirstChild == nil
	}
	return false
}

// attributes keeps those that the element may have, with their addresses absolute.
func (r *rewriter) attributes(n *html.Node, allowedHere []string) {
	kept := n.Attr[:0]
	for _, a := range n.Attr {
		if a.Namespace != "" || !contains(allowedHere, a.Key) && !contains(everywhere, a.Key) || has(kept, a.Key) {
			continue
		}
		switch a.Key {
		case "href", "src", "cite":
			a.Val = r.address(n, a)
		case "width", "height", "colspan", "rowspan", "span", "start", "value":
			a.Val = digits(a.Val)
		default:
			a.Val = attributeText(a.Val)
		}
		if a.Val == "" && a.Key != "alt" || !fits.of(a.Key)(a.Val) {
			continue
		}
		r.room -= len(a.Key) + len(a.Val) + 4
		kept = append(kept, a)
	}
	n.Attr = kept
}

func (r *rewriter) address(n *html.Node, a html.Attribute) string {
	if n.DataAtom == atom.A && len(a.Val) < 254 && strings.HasPrefix(strings.ToLower(a.Val), "mailto:") {
		if u := parseLink(a.Val); u != nil && u.Scheme == "mailto" && strings.Contains(u.Opaque, "@") {
			return u.String()
		}
		return ""
	}
	return Link(r.base, a.Val)
}

// cleanText is NFC without controls and directional overrides; white space
// stays, <pre> needs it.
func cleanText(s string) string {
	if latin(s) {
		return s
	}
	return slowCleanText(s)
}

func trimEnds(body *html.Node) {
	for _, end := range []func() *html.Node{
		func() *html.Node { return body.FirstChild }, func() *html.Node { return body.LastChild },
	} {
		for n := end(); n != nil && (n.Type == html.TextNode && strings.TrimSpace(n.Data) == "" || n.DataAtom == atom.Br); n = end() {
			body.RemoveChild(n)
		}
	}
}

// policy is bluemonday's last look, over what the rewriting has let through. It
// is made once; a Policy is safe for many readers.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.AllowAttrs(everywhere...).Globally()
	for name, attrs := range allowed {
		p.AllowElements(name.String())
		if len(attrs) > 0 {
			p.AllowAttrs(attrs...).OnElements(name.String())
		}
	}
	p.AllowNoAttrs().OnElements("span", "font", "img", "a")
	return p
})
