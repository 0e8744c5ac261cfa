package feed

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
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

// Discover finds the feeds that a web page names, absolute: with <link
// rel="alternate"> in the order of the page, then in JSON-LD, then as links that
// call themselves feeds, or lead to the paper's page of feeds.
func Discover(page, base string) []string {
	var found, links []string
	ld := false
	z := html.NewTokenizer(strings.NewReader(page))
	z.SetMaxBuf(1 << 20)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return join(found, links)
		case html.TextToken:
			if ld {
				found = join(found, fromLD(string(z.Text()), base))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := atom.Lookup(name)
			ld = false
			if tag != atom.Link && tag != atom.Base && tag != atom.A && tag != atom.Script || !more {
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
			if tag == atom.Script {
				ld = strings.EqualFold(attrs["type"], "application/ld+json")
				continue
			}
			if tag == atom.A {
				if address := markup.Link(base, attrs["href"]); feedLike.MatchString(address) && len(links) < maxDiscovered {
					links = join(links, []string{address})
				}
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

// feedLike are addresses that feeds, and papers' pages of feeds, stand at.
var feedLike = regexp.MustCompile(`(?i)^https?://[^/?#]+/(?:[^?#]*/)?(?:rss|feed|feeds|atom)(?:/|$|\.(?:xml|rss|html?|aspx|php)|\?)|\.(?:rss|rdf|atom)$|/(?:rss|feed)/[^?#]*\.(?:rss|xml)$`)

// fromLD finds feeds in JSON-LD: a DataFeed, or a download that is one.
func fromLD(raw, base string) (found []string) {
	var v any
	if len(raw) > 256<<10 || json.Unmarshal([]byte(raw), &v) != nil {
		return nil
	}
	var walk func(v any, depth int)
	walk = func(v any, depth int) {
		switch v := v.(type) {
		case []any:
			for _, e := range v[:min(len(v), maxDiscovered)] {
				walk(e, depth)
			}
		case map[string]any:
			kind, _ := v["@type"].(string)
			format, _ := v["encodingFormat"].(string)
			for _, key := range []string{"contentUrl", "url"} {
				at, _ := v[key].(string)
				if address := markup.Link(base, at); address != "" && (kind == "DataFeed" || slices.Contains(feedTypes, strings.ToLower(format))) {
					found = join(found, []string{address})
					break
				}
			}
			for _, key := range slices.Sorted(maps.Keys(v)) {
				if depth < 6 {
					walk(v[key], depth+1)
				}
			}
		}
	}
	walk(v, 0)
	return found
}

// join adds what is not there yet, as long as there is room.
func join(found, more []string) []string {
	for _, m := range more {
		if !slices.Contains(found, m) && len(found) < maxDiscovered {
			found = append(found, m)
		}
	}
	return found
}
