package feed

import (
	"bytes"
	"encoding/base64"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tinhub/fetcher/markup"
	"tinhub/news"
)

// declared are the namespaces that the mended document may use.
var declared = [][2]string{
	{"atom", "http://www.w3.org/2005/Atom"}, {"dc", "http://purl.org/dc/elements/1.1/"}, {"dcterms", "http://purl.org/dc/terms/"},
	{"content", "http://purl.org/rss/1.0/modules/content/"}, {"media", "http://search.yahoo.com/mrss/"},
	{"itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"}, {"sy", "http://purl.org/rss/1.0/modules/syndication/"},
	{"feedburner", "http://rssnamespace.org/feedburner/ext/1.0"}, {note, "urn:x-note"},
}

// declarations declares the namespaces that a body uses, and no others: gofeed
// copies all that are in scope for every element.
func declarations(body []byte) string {
	var b strings.Builder
	for _, d := range declared {
		if bytes.Contains(body, []byte("<"+d[0]+":")) {
			b.WriteString(" xmlns:" + d[0] + `="` + d[1] + `"`)
		}
	}
	return b.String()
}

// passed are the namespaces whose elements are read.
var passed = map[string]bool{
	native: true, "atom": true, "dc": true, "dcterms": true, "content": true, "media": true, "itunes": true, "sy": true, "feedburner": true,
}

// document is the mended document.
func (m *mender) document() []byte {
	var inner []byte
	for _, n := range m.head {
		if n.space == native && (n.name == "items" || n.name == "item" || n.name == "entry" || n.name == "redirect") {
			continue
		}
		inner = m.write(inner, n, false)
	}
	inner = append(inner, m.body...)
	begin, end := `<rss version="2.0"`+declarations(inner)+`><channel>`, `</channel></rss>`
	if m.dialect == "atom" {
		begin, end = `<feed xmlns="http://www.w3.org/2005/Atom"`+declarations(inner)+`>`, `</feed>`
	}
	return slices.Concat([]byte(begin), inner, []byte(end))
}

func (m *mender) writeItem(item *node) {
	name := "item"
	if m.dialect == "atom" {
		name = "entry"
	}
	b := append(m.body, '<')
	b = append(append(b, name...), '>')
	if lang := m.contentLanguage(item); lang != "" {
		b = element(b, "note:lang", nil, lang)
	}
	if item.base != m.base {
		b = element(b, "note:base", nil, item.base)
	}
	if about := item.attr("rdf:about"); about != "" && item.child(native, "guid") == nil {
		b = element(b, "note:about", nil, about)
	}
	kids := m.kidsOf(item)
	if m.dialect == "rss" {
		secondText(kids)
	}
	for _, n := range kids {
		if n.name != "" {
			b = m.write(b, n, true)
		}
	}
	b = append(append(append(b, "</"...), name...), '>')
	m.body = b
}

// kidsOf are the elements of an item, with those that a sitemap or CDF has otherwise.
func (m *mender) kidsOf(item *node) []*node {
	switch m.format {
	case "sitemap":
		return fromSitemap(item)
	case "cdf":
		return append(fromAttributes(item), item.kids...)
	}
	return item.kids
}

// contentLanguage is the language that an item's text is in: that of its
// content, else of its summary, its title, itself.
func (m *mender) contentLanguage(item *node) string {
	lang := item.lang
	for _, name := range [][2]string{{native, "content"}, {"content", "encoded"}, {native, "fullitem"}, {"xhtml", "body"}, {native, "body"},
		{"xhtml", "div"}, {native, "summary"}, {native, "description"}, {native, "title"}} {
		if n := item.child(name[0], name[1]); n != nil {
			lang = n.lang
			break
		}
	}
	if lang == "" && m.lang != "" {
		return noLanguage // xml:lang="" takes it back (XML 1.0 section 2.12)
	}
	return lang
}

// noLanguage is noted where an item takes its feed's language back.
const noLanguage = "none"

// write writes one element of an item or of the head.
func (m *mender) write(b []byte, n *node, inItem bool) []byte {
	if n.space == "xhtml" && (n.name == "body" || n.name == "div") && inItem && m.dialect == "rss" {
		return m.rich(b, "content:encoded", nil, m.based(n, n.inner()))
	}
	if !passed[n.space] || !xmlName(n.name) {
		return b
	}
	name := m.rename(n, inItem)
	if constructs[name] || n.space == native && m.dialect == "atom" && constructs["atom:"+name] {
		return m.writeConstruct(b, n, name)
	}
	if name == "id" && inItem && m.dialect == "atom" && n.space == native {
		b = element(b, "note:id", nil, m.identity(n)) // gofeed would rewrite it as an address
	}
	if addresses[name] {
		return element(b, name, m.linked(n), m.resolved(n))
	}
	if !n.elements() {
		text := n.plain()
		if (name == "guid" || name == "id") && len(text) > maxGUID {
			text = "hash:" + string(news.KeyOf(text))
		}
		return element(b, name, m.linked(n), text)
	}
	b = openTag(b, name, m.linked(n))
	for _, k := range n.kids {
		switch {
		case k.name == "":
			b = appendText(b, clip(k.text, maxAttribute))
		default:
			b = m.write(b, k, inItem)
		}
	}
	return append(append(append(b, "</"...), name...), '>')
}

// qualified is an element's name in the mended document.
func qualified(n *node) string {
	if n.space == native {
		return n.name
	}
	return n.space + ":" + n.name
}

// constructs are the elements whose content is rich text.
var constructs = map[string]bool{
	"title": true, "description": true, "content:encoded": true, "body": true, "fullitem": true, "summary": true,
	"abstract": true, "atom:title": true, "atom:subtitle": true, "atom:summary": true, "atom:content": true, "atom:rights": true,
	"dc:title": true, "dc:description": true, "itunes:summary": true, "itunes:subtitle": true, "dcterms:abstract": true,
	"media:title": true, "media:description": true,
}

// addresses are the elements whose content is an address.
var addresses = map[string]bool{
	"link": true, "url": true, "uri": true, "comments": true, "wfw:comment": true, "wfw:commentrss": true, "docs": true, "icon": true, "logo": true, "atom:uri": true,
	"feedburner:origlink": true, "atom:icon": true, "atom:logo": true,
}

// writeConstruct writes rich text as HTML, whatever it came as.
func (m *mender) writeConstruct(b []byte, n *node, name string) []byte {
	var attrs []attr
	text, _ := m.html(n)
	if name == "content" || name == "atom:content" {
		if src := n.attr("src"); src != "" {
			attrs = append(attrs, attr{"src", m.address(n, "src", src)})
		}
		if binaryType(strings.ToLower(n.attr("type"))) && strings.ContainsRune(text, utf8.RuneError) {
			text = "" // a picture or a sound is nothing to read
		}
	}
	if name != "title" {
		text = m.based(n, text)
	}
	return m.rich(b, name, attrs, text)
}

// html is a piece of rich text as HTML, and whether the document says that it is.
func (m *mender) html(n *node) (text string, typed bool) {
	switch {
	case m.dialect == "atom" && n.space == native || n.space == "atom" || n.space == "media":
		return typedText(n), true
	case n.elements():
		return n.inner(), false
	}
	return n.plain(), false
}

// typedText is an Atom text construct (RFC 4287 section 3.1, and the modes of
// Atom 0.3) as HTML.
func typedText(n *node) string {
	kind, mode := strings.ToLower(n.attr("type")), strings.ToLower(n.attr("mode"))
	kind, _, _ = strings.Cut(kind, ";")
	if mode == "base64" || mode == "" && binaryType(kind) {
		data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.plain()), ""))
		if err != nil {
			return n.plain()
		}
		if mode == "" && len(data) < 32 && !utf8.Valid(data) { // any word of four letters can be read as base64
			return html.EscapeString(n.plain())
		}
		if kind == "text" || kind == "text/plain" || kind == "" && !strings.Contains(string(data), "<") {
			return html.EscapeString(strings.ToValidUTF8(string(data), "\uFFFD"))
		}
		return strings.ToValidUTF8(string(data), "\uFFFD")
	}
	if n.elements() && mode != "escaped" {
		return n.inner()
	}
	switch {
	case kind == "html", kind == "text/html", kind == "application/xhtml+xml" && mode == "escaped":
		return n.plain()
	case kind == "xhtml", kind == "application/xhtml+xml":
		return html.EscapeString(n.plain())
	case mode == "escaped" && kind != "text/plain" && kind != "":
		return n.plain()
	case mode == "escaped" && strings.Contains(n.plain(), "</"): // Atom 0.3 without a type, meant as HTML
		return n.plain()
	}
	return html.EscapeString(n.plain())
}

func binaryType(kind string) bool {
	switch kind {
	case "", "text", "html", "xhtml", "plain":
		return false
	}
	return !strings.HasPrefix(kind, "text/") && !strings.HasSuffix(kind, "xml")
}

// based puts the base of rich text in front of it where it is another than the document's.
func (m *mender) based(n *node, text string) string {
	if n.base == m.base || text == "" || markup.Link("", n.base) == "" {
		return text
	}
	return `<base href="` + html.EscapeString(n.base) + `">` + text
}

// linked are an element's attributes with their addresses absolute.
func (m *mender) linked(n *node) []attr {
	for i, a := range n.attrs {
		n.attrs[i].val = m.address(n, a.name, a.val)
	}
	return n.attrs
}

// address makes an attribute's value absolute where it is an address.
func (m *mender) address(n *node, key, val string) string {
	switch key {
	case "href", "src", "url", "uri", "rdf:resource":
		if val != "" && n.base != "" {
			return markup.Resolve(n.base, val)
		}
	}
	return val
}

// identity is an Atom id as it stands. It has to be absolute (RFC 4287 section
// 4.2.6); a path is made so, and what looks like one where an xml:base is stated.
func (m *mender) identity(n *node) string {
	id := strings.TrimSpace(n.plain())
	if n.base != "" && (strings.HasPrefix(id, "/") || n.base != m.base && strings.Contains(id, "/") && !strings.Contains(id, ":")) {
		return markup.Resolve(n.base, id)
	}
	return id
}

func (m *mender) resolved(n *node) string {
	val := strings.TrimSpace(n.plain())
	if val == "" || n.base == "" {
		return val
	}
	return markup.Resolve(n.base, val)
}

func openTag(b []byte, name string, attrs []attr) []byte {
	b = append(append(b, '<'), name...)
	for _, a := range attrs {
		key := a.name
		if key == "rdf:resource" || key == "xml:lang" {
			_, key, _ = strings.Cut(key, ":")
		}
		if !xmlName(key) {
			continue
		}
		b = append(append(append(b, ' '), key...), '=', '"')
		b = append(b, attributeEscape.Replace(a.val)...)
		b = append(b, '"')
	}
	return append(b, '>')
}

var attributeEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "\n", "&#10;", "\t", "&#9;", "\r", "&#13;")

// rich writes an element with rich text. A long text goes round gofeed, which
// reads byte by byte and copies several times: it is kept aside, and a mark
// stands for it that no document can write itself.
func (m *mender) rich(b []byte, name string, attrs []attr, text string) []byte {
	switch {
	case strings.TrimSpace(text) == "":
		text = ""
	case len(text) > longText || strings.Contains(text, aside):
		m.texts = append(m.texts, clip(text, maxText))
		text = aside + strconv.Itoa(len(m.texts)-1)
	}
	return element(b, name, attrs, text)
}

func element(b []byte, name string, attrs []attr, text string) []byte {
	b = openTag(b, name, attrs)
	b = appendText(b, clip(text, maxAttribute))
	return append(append(append(b, "</"...), name...), '>')
}

// longText is from how many bytes on a text is kept aside.
const longText = 200

// aside begins the mark that stands for a text kept aside; the rest is its number.
const aside = "\uf8ffaside:"

// text is the text that gofeed gave back, or the one that was kept aside for it.
func (m *mender) text(s string) string {
	number, ok := strings.CutPrefix(s, aside)
	if !ok {
		return s
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(m.texts) {
		return ""
	}
	return m.texts[n]
}

func appendText(b []byte, text string) []byte {
	if !strings.ContainsAny(text, "<&>\r") {
		return append(b, text...)
	}
	text = strings.ReplaceAll(text, "\r", "\n")
	b = append(b, "<![CDATA["...)
	for {
		before, after, found := strings.Cut(text, "]]>")
		b = append(b, before...)
		if !found {
			break
		}
		b = append(b, "]]]]><![CDATA[>"...)
		text = after
	}
	return append(b, "]]>"...)
}

// xmlName says whether a name is plain enough to be written again.
func xmlName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x80 || c == ':' || !nameByte(c) || i == 0 && !nameStart(c) {
			return false
		}
	}
	return s != ""
}
