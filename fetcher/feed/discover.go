package feed

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tinhub/fetcher/markup"
)

// maxDiscovered is how many feeds a page may name.
const maxDiscovered = 50

// feedTypes are the media types of feeds in <link rel=alternate>.
var feedTypes = []string{"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json",
	"application/json", "text/xml", "application/xml"}

// notAFeed says what a document is instead, and which feeds it names.
func (rd *reader) notAFeed(text, root string) error {
	low := strings.ToLower(text[:min(len(text), 2048)])
	if root == "html" || root == "" && strings.Contains(low, "<") || strings.Contains(low, "<html") || strings.Contains(low, "<!doctype html") {
		rd.doc.Discovered = Discover(text, rd.base)
		if len(rd.doc.Discovered) > 0 {
			return fmt.Errorf("%w: this is a web page; it names the feed %s", ErrNotAFeed, rd.doc.Discovered[0])
		}
		return fmt.Errorf("%w: this is a web page that names no feed; look for the paper's RSS page, or declare it by its sections (page) or its sitemap instead", ErrNotAFeed)
	}
	switch root {
	case "opml":
		return fmt.Errorf("%w: this is a list of feeds; import it with tinhub opml import", ErrNotAFeed)
	case "":
		return fmt.Errorf("%w: %d bytes without any markup (%.40q); check that the address is right", ErrNotAFeed, len(text), text)
	}
	return fmt.Errorf("%w: its root is <%s>; known are RSS, RDF, Atom, CDF, JSON Feed and sitemaps", ErrNotAFeed, root)
}

// Discover finds the feeds that a web page names with <link rel="alternate">,
// absolute, in the order of the page.
func Discover(page, base string) []string {
	var found []string
	z := html.NewTokenizer(strings.NewReader(page))
	z.SetMaxBuf(1 << 20)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return found
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := atom.Lookup(name)
			if tag != atom.Link && tag != atom.Base || !more {
				continue
			}
			attrs := map[string]string{}
			for more {
				var key, val []byte
				key, val, more = z.TagAttr()
				attrs[string(key)] = string(val)
			}
			if tag == atom.Base {
				base = or(markup.Link(base, attrs["href"]), base)
				continue
			}
			kind, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(attrs["type"])), ";")
			if !slices.Contains(strings.Fields(strings.ToLower(attrs["rel"])), "alternate") || !slices.Contains(feedTypes, kind) || attrs["hreflang"] != "" && kind == "" {
				continue
			}
			address := markup.Link(base, attrs["href"])
			if address != "" && !slices.Contains(found, address) && len(found) < maxDiscovered {
				found = append(found, address)
			}
		}
	}
}
