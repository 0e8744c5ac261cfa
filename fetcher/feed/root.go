package feed

import (
	"hash/maphash"
	"strconv"
	"strings"

	"tinhub/news"
)

// rootRoles are the elements that a feed may begin with.
var rootRoles = map[string]role{
	"rss": rootElement, "rdf": rootElement, "feed": container, "channel": container,
	"urlset": container, "sitemapindex": container,
}

// begin looks at an element that stands outside everything: the root, or what
// follows a root that has ended already.
func (m *mender) begin(t token) bool {
	m.roots++
	prefix, name, ok := strings.Cut(t.name, ":")
	if !ok {
		prefix, name = "", t.name
	}
	name = strings.ToLower(name)
	if m.roots > 1 {
		switch {
		case rootRoles[name] != ignored || name == "item" || name == "entry":
			m.repairs.add(itemsAfterEnd)
		default:
			m.repairs.add(afterEnd)
		}
		return true
	}
	m.root = name
	space := rootSpace(t.attrs, prefix)
	switch name {
	case "rss", "rdf", "channel", "item":
		m.dialect = "rss"
	case "feed", "entry":
		m.dialect = "atom"
	case "urlset", "sitemapindex":
		m.dialect = "rss"
	default:
		return false
	}
	m.format = formatOf(name, space, t.attrs)
	own, known := spaceOf(space)
	if !known || own == "rss" || own == "atom" {
		if !known {
			own = "unknown:" + strings.TrimSpace(space)
		}
		m.rootSpace = &own
	}
	return true
}

// rootSpace is the namespace of the root. A prefix that declares the format's
// namespace somewhere on the root counts for <rdf:RDF>, whose own is RDF's.
func rootSpace(attrs []attr, prefix string) string {
	want := xmlns
	if prefix != "" {
		want += ":" + prefix
	}
	for _, a := range attrs {
		if a.name == want {
			return a.val
		}
	}
	return ""
}

// formatOf names a format as the contract does: rss2.0, rss1.0, atom1.0 …
func formatOf(name, space string, attrs []attr) string {
	version := ""
	var all strings.Builder
	for _, a := range attrs {
		if strings.EqualFold(a.name, "version") {
			version = strings.TrimSpace(a.val)
		}
		if a.name == xmlns || strings.HasPrefix(a.name, xmlns+":") {
			all.WriteString(strings.ToLower(a.val) + " ")
		}
	}
	switch name {
	case "urlset", "sitemapindex":
		return "sitemap"
	case "rdf":
		if strings.Contains(all.String(), "netscape.com/rdf/simple/0.9") {
			return "rss0.90"
		}
		return "rss1.0"
	case "channel":
		if strings.Contains(space, "rss1.1") {
			return "rss1.1"
		}
		return "cdf"
	case "feed", "entry":
		switch {
		case strings.EqualFold(strings.TrimSpace(space), "http://www.w3.org/2005/Atom"):
			return "atom1.0"
		case version == "0.1" || version == "0.2" || version == "0.3":
			return "atom" + version
		case strings.Contains(space, "purl.org/atom/ns"):
			return "atom0.3"
		}
		return "atom"
	}
	switch {
	case version == "", strings.Trim(version, "0123456789.") != "":
		return "rss"
	case strings.HasPrefix(version, "2"):
		return "rss2.0"
	}
	return "rss" + version
}

func (m *mender) itemName(space, name string) bool {
	if space != native {
		return false
	}
	switch m.root {
	case "urlset":
		return name == "url"
	case "sitemapindex":
		return name == "sitemap"
	}
	return name == "item" || name == "entry"
}

// enterHead takes over what the channel or feed element says in attributes:
// its language, and CDF's href and lastmod.
func (m *mender) enterHead(n *node) {
	if m.roots > 1 {
		return
	}
	if m.lang == "" {
		m.lang = n.lang
	}
	if m.format == "cdf" || m.format == "rss1.1" {
		m.head = append(m.head, fromAttributes(n)...)
	}
}

// fromAttributes makes elements of CDF's attributes.
func fromAttributes(n *node) []*node {
	var nodes []*node
	for _, from := range [][2]string{{"href", "link"}, {"lastmod", "updated"}} {
		if val := n.attr(from[0]); val != "" {
			nodes = append(nodes, &node{name: from[1], base: n.base, lang: n.lang, kids: []*node{{text: val}}})
		}
	}
	return nodes
}

// rawKey names an item by its bytes and by what else decides how it is read: the
// tags around it, which say what its prefixes and relative addresses mean, and
// the settings of its source. It is good within this process: what is remembered by
// it is in memory only, and the secret seed makes up for a hash that is no more than
// quick.
func (m *mender) rawKey(from, to int) news.Key {
	if m.around == "" {
		m.around = news.KeyOf(m.salt, m.base, m.context.String())
	}
	var h maphash.Hash
	h.SetSeed(rawSeed)
	h.WriteString(string(m.around))
	h.WriteString(m.s[from:to])
	return news.Key(strconv.FormatUint(h.Sum64(), 16))
}

var rawSeed = maphash.MakeSeed()

// skipKnown passes over an item that was read before, without parsing it. An
// item whose end is not where the scan finds it has another key, and is parsed.
func (m *mender) skipKnown(t token) bool {
	if m.known == nil || t.self {
		return false
	}
	n := strings.Index(m.s[m.pos:], "</"+t.name)
	if n < 0 {
		return false
	}
	end := m.pos + n + 2 + len(t.name)
	closing := strings.IndexByte(m.s[end:], '>')
	if closing < 0 || strings.TrimSpace(m.s[end:end+closing]) != "" {
		return false
	}
	end += closing + 1
	key := m.rawKey(t.at, end)
	if !m.known(key) {
		return false
	}
	m.unchanged = append(m.unchanged, key)
	m.pos = end
	return true
}
