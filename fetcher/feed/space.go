package feed

import "strings"

// The short names that namespaces have in the mended document. They are the
// names under which gofeed files what it does not know itself.
const (
	native = "" // the format's own elements
	xmlns  = "xmlns"
	note   = "note" // what mending has to tell the reader of the mended document
)

// spaces are the namespaces that are read, in lower case and without a trailing
// slash or "#": feeds write them in every way. Those of RSS are "rss", those of
// Atom (and of its drafts) "atom"; which of them is native depends on the root.
var spaces = map[string]string{
	"http://backend.userland.com/rss":                      "rss",
	"http://backend.userland.com/rss2":                     "rss",
	"http://blogs.law.harvard.edu/tech/rss":                "rss",
	"http://cyber.law.harvard.edu/rss":                     "rss",
	"http://purl.org/rss/1.0":                              "rss",
	"http://purl.org/net/rss1.1":                           "rss",
	"http://my.netscape.com/rdf/simple/0.9":                "rss",
	"http://channel.netscape.com/rdf/simple/0.9":           "rss",
	"http://my.netscape.com/publish/formats/rss-0.91":      "rss",
	"http://purl.org/rss/1.0/modules/rss091":               "rss",
	"http://www.w3.org/2005/atom":                          "atom",
	"https://www.w3.org/2005/atom":                         "atom",
	"http://purl.org/atom/ns":                              "atom",
	"http://example.com/newformat":                         "atom",
	"http://example.com/necho":                             "atom",
	"http://purl.org/echo":                                 "atom",
	"uri/of/echo/namespace":                                "atom",
	"http://purl.org/pie":                                  "atom",
	"http://purl.org/dc/elements/1.1":                      "dc",
	"http://purl.org/dc/elements/1.0":                      "dc",
	"http://dublincore.org/documents/dcmi-namespace":       "dc",
	"http://purl.org/dc/terms":                             "dcterms",
	"http://purl.org/rss/1.0/modules/content":              "content",
	"http://search.yahoo.com/mrss":                         "media",
	"http://tools.search.yahoo.com/mrss":                   "media",
	"http://video.search.yahoo.com/mrss":                   "media",
	"http://www.itunes.com/dtds/podcast-1.0.dtd":           "itunes",
	"http://www.itunes.com/dtds/podcast.dtd":               "itunes",
	"http://example.com/dtds/podcast-1.0.dtd":              "itunes",
	"http://purl.org/rss/1.0/modules/slash":                "slash",
	"http://purl.org/rss/1.0/modules/syndication":          "sy",
	"http://www.w3.org/1999/02/22-rdf-syntax-ns":           "rdf",
	"http://www.w3.org/1999/xhtml":                         "xhtml",
	"http://www.w3.org/xml/1998/namespace":                 "xml",
	"http://www.w3.org/1999/xlink":                         "xlink",
	"http://www.w3.org/2000/svg":                           "svg",
	"http://www.w3.org/1998/math/mathml":                   "mathml",
	"http://rssnamespace.org/feedburner/ext/1.0":           "feedburner",
	"http://wellformedweb.org/commentapi":                  "wfw",
	"http://purl.org/syndication/thread/1.0":               "thr",
	"http://www.sitemaps.org/schemas/sitemap/0.9":          "sitemap",
	"http://www.google.com/schemas/sitemap/0.84":           "sitemap",
	"http://www.google.com/schemas/sitemap/0.9":            "sitemap",
	"http://www.google.com/schemas/sitemap-news/0.9":       "news",
	"http://www.google.com/schemas/sitemap-image/1.1":      "image",
	"http://www.google.com/schemas/sitemap-image/1.0":      "image",
	"http://purl.org/rss/1.0/modules/company":              "co",
	"http://purl.org/rss/1.0/modules/link":                 "l",
	"http://www.georss.org/georss":                         "georss",
	"http://backend.userland.com/creativecommonsrssmodule": "cc",
	"http://web.resource.org/cc":                           "cc",
	"http://creativecommons.org/ns":                        "cc",
	"http://www.opengis.net/gml":                           "gml",
	"http://www.w3.org/2003/01/geo/wgs84_pos":              "geo",
	"http://podlove.org/simple-chapters":                   "psc",
	"http://webns.net/mvcb":                                "admin",
}

// literal are prefixes that mean what they say where nothing declares them.
var literal = map[string]bool{
	"rss": true, "atom": true, "dc": true, "dcterms": true, "content": true, "media": true, "itunes": true, "slash": true,
	"sy": true, "rdf": true, "xhtml": true, "feedburner": true, "wfw": true, "thr": true, "xml": true, "news": true, "image": true,
}

func spaceOf(uri string) (string, bool) {
	uri = strings.ToLower(strings.TrimSpace(uri))
	name, ok := spaces[strings.TrimRight(uri, "/#")]
	return name, ok
}

// A binding is a prefix that an element declares; own is a name for it that the
// mended document uses.
type binding struct {
	prefix, own string
	depth       int // of the element that declares it
}

// declare enters an element's xmlns attributes. Of namespaces that mean nothing
// here each keeps a name of its own, so that an extension's <description> is
// never taken for the format's.
func (m *mender) declare(attrs []attr, depth int) {
	for _, a := range attrs {
		prefix, ok := "", a.name == xmlns
		if !ok {
			prefix, ok = strings.CutPrefix(a.name, xmlns+":")
		}
		if !ok {
			continue
		}
		own, known := spaceOf(m.repairs.decode(a.val))
		switch {
		case known:
		case strings.TrimSpace(a.val) == "":
			own = "none"
		default:
			own = "unknown:" + strings.TrimSpace(a.val)
			if m.prefixes != nil && len(m.prefixes) < maxNodes {
				m.prefixes[strings.TrimSpace(a.val)] = prefix
			}
		}
		m.bindings = append(m.bindings, binding{prefix: prefix, own: own, depth: depth})
	}
}

// split takes a qualified name apart into namespace and local name. The format's
// own elements, however they are spelt, have no namespace and lower case.
func (m *mender) split(name string) (space, local string) {
	prefix, local, ok := strings.Cut(name, ":")
	if !ok {
		prefix, local = "", name
	}
	for i := len(m.bindings) - 1; i >= 0; i-- {
		if m.bindings[i].prefix == prefix {
			return m.nativeOr(m.bindings[i].own, local)
		}
	}
	if prefix == "" {
		return native, strings.ToLower(local)
	}
	if literal[strings.ToLower(prefix)] {
		if prefix != "xml" {
			m.repairs.add(unknownPrefix)
		}
		return m.nativeOr(strings.ToLower(prefix), local)
	}
	m.repairs.add(unknownPrefix)
	return "unknown:" + prefix, local
}

func (m *mender) nativeOr(own, local string) (string, string) {
	if own == "none" || own == m.dialect || m.rootSpace != nil && own == *m.rootSpace {
		return native, strings.ToLower(local)
	}
	if own == "rss" && m.dialect == "" || own == "atom" && m.dialect == "" || own == "sitemap" {
		return native, strings.ToLower(local)
	}
	return own, strings.ToLower(local)
}
