package page

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"tinhub/news"
)

// parse decodes and parses a page. Bytes that are UTF-8 are read as that whatever
// they are declared as: saved and proxied pages keep their old label.
func parse(body []byte, contentType string) (*html.Node, error) {
	if !utf8.Valid(body) {
		r, err := charset.NewReader(bytes.NewReader(body), contentType)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil {
			return nil, err
		}
		body = b.Bytes()
	}
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil { // nested deeper than the parser goes
		doc, err = html.Parse(strings.NewReader(shallow(body)))
	}
	return doc, err
}

// shallow writes a page anew without what only nests it: of all elements those
// that hold text of their own are kept, so that a page which the parser refuses
// still gives its paragraphs.
func shallow(body []byte) string {
	var b strings.Builder
	z := html.NewTokenizer(bytes.NewReader(body))
	z.SetMaxBuf(MaxPage)
	for {
		kind := z.Next()
		switch kind {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			b.Write(z.Raw())
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			raw := string(z.Raw())
			name, _ := z.TagName()
			switch atom.Lookup(name) {
			case atom.P, atom.H1, atom.H2, atom.H3, atom.Title, atom.Script, atom.Style:
				b.WriteString(raw) // a paragraph ends the one before it: none of these nests
			case atom.Br, atom.Img, atom.Meta, atom.Link, atom.Base:
				if kind != html.EndTagToken {
					b.WriteString(raw)
				}
			case atom.Div, atom.Td, atom.Tr, atom.Li, atom.Section, atom.Article:
				if !strings.HasSuffix(b.String(), "<p>") {
					b.WriteString("<p>")
				}
			}
		}
	}
}

// vietnamese guesses the language by the marks: CMSs made abroad say "en".
func (p *reader) vietnamese(blocks []block) bool {
	if l := strings.ToLower(p.meta.language); l != "" && !strings.HasPrefix(l, "vi") && !strings.HasPrefix(l, "en") {
		return false
	}
	marked := 0
	for _, b := range blocks {
		if news.Marked(b.text) {
			marked++
		}
	}
	return marked*3 >= len(blocks)
}
