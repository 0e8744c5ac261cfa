package page

import (
	"bytes"
	"cmp"
	"regexp"
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
		r, err := charset.NewReader(bytes.NewReader(body), cmp.Or(contentType, lateCharset(body)))
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil {
			return nil, err
		}
		body = bytes.ToValidUTF8(b.Bytes(), []byte("\uFFFD")) // what is read as UTF-8 may end within a letter
	}
	if tags(body) <= maxTags {
		if doc, err := html.Parse(bytes.NewReader(body)); err == nil {
			return doc, nil
		} // else it is nested deeper than the parser goes
	}
	return html.Parse(strings.NewReader(shallow(body)))
}

var charsetNamed = regexp.MustCompile(`(?i)<meta[^>]{0,200}charset=["']?([a-z0-9_:.-]{2,30})`)

// lateCharset is the charset that a page names beyond the first kilobyte, where
// browsers look for it too, as a header would say it.
func lateCharset(body []byte) string {
	if m := charsetNamed.FindSubmatch(body[:min(len(body), 64<<10)]); m != nil {
		return "text/html; charset=" + string(m[1])
	}
	return ""
}

// maxTags is how many elements of a page are looked at. The largest of thirteen
// hundred measured ones has ten thousand; the tree of a million, which fit into
// MaxPage, takes more memory than all else that a poll does.
const maxTags = 25_000

// tags counts what begins an element, roughly.
func tags(body []byte) (n int) {
	for {
		i := bytes.IndexByte(body, '<')
		if i < 0 || i+1 >= len(body) {
			return n
		}
		if c := body[i+1] | 0x20; c >= 'a' && c <= 'z' {
			n++
		}
		body = body[i+1:]
	}
}

// shallow writes a page anew without what only nests it: of all elements those
// that hold text of their own are kept, so that a page which the parser refuses
// still gives its paragraphs. Beyond maxTags only text is.
func shallow(body []byte) string {
	var b strings.Builder
	b.Grow(len(body))
	z := html.NewTokenizer(bytes.NewReader(body))
	z.SetMaxBuf(MaxPage)
	kept := 0
	keep := func(raw []byte) {
		if kept++; kept < maxTags {
			b.Write(raw)
		}
	}
	for {
		kind := z.Next()
		switch kind {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			b.Write(z.Raw())
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			raw := z.Raw()
			name, _ := z.TagName()
			switch tag := atom.Lookup(name); tag {
			case atom.Script, atom.Style:
				if kind == html.StartTagToken && (tag == atom.Style || !bytes.Contains(raw, []byte("ld+json"))) {
					z.Next() // its text
					z.Next() // its end
					continue
				}
				keep(raw)
			case atom.P, atom.H1, atom.H2, atom.H3, atom.Title:
				keep(raw) // a paragraph ends the one before it: none of these nests
			case atom.Br, atom.Img, atom.Meta, atom.Link, atom.Base:
				if kind != html.EndTagToken {
					keep(raw)
				}
			case atom.Div, atom.Td, atom.Tr, atom.Li, atom.Section, atom.Article:
				if !strings.HasSuffix(b.String(), "<p>") {
					keep([]byte("<p>"))
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
