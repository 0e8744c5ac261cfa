package feed

import "strings"

// rename gives an element the name that gofeed knows it by: Atom 0.3's and
// RSS's words in an Atom feed, CDF's in RSS.
func (m *mender) rename(n *node, inItem bool) string {
	name := qualified(n)
	if name == "itunes:link" && strings.EqualFold(n.attr("rel"), "image") { // its old form
		return "itunes:image"
	}
	if n.space != native {
		return name
	}
	if m.dialect == "atom" {
		if name == "link" && n.attr("href") == "" { // as RSS has it
			if at := strings.TrimSpace(n.plain()); at != "" {
				n.attrs = append(n.attrs, attr{"href", at})
			}
		}
		if to, ok := atomNames[name]; ok {
			name = to
		}
		switch {
		case name == "description" && inItem:
			return "summary"
		case name == "description":
			return "subtitle"
		case name == "info": // Atom 0.3
			return "dc:description"
		}
		return name
	}
	switch {
	case m.format == "cdf" && name == "abstract":
		return "description"
	case name == "link" && n.attr("href") != "" && strings.TrimSpace(n.plain()) == "" && n.attr("rel") != "":
		return "atom:link"
	case !inItem && name == "author": // which RSS has only of items
		return "dc:creator"
	case !inItem && (name == "updated" || name == "modified" || name == "lastmod"):
		return "lastbuilddate"
	case name == "tagline", name == "subtitle", name == "info":
		if !inItem {
			return "atom:subtitle"
		}
	}
	return name
}

var atomNames = map[string]string{
	"tagline": "subtitle", "modified": "updated", "lastbuilddate": "updated", "issued": "published", "pubdate": "published",
	"copyright": "rights", "url": "uri", "homepage": "uri", "guid": "id", "body": "content", "abstract": "summary",
	"created": "dcterms:created", "language": "dc:language", "enclosure": "note:enclosure", "keywords": "itunes:keywords",
}

// fromSitemap makes an entry of a sitemap's <url>: its address is link and id,
// what the news extension says is title and date. An address without a title is
// read from its page later.
func fromSitemap(item *node) []*node {
	var kids []*node
	add := func(space, name, text string, attrs ...attr) {
		if text = strings.TrimSpace(text); text != "" || len(attrs) > 0 {
			kids = append(kids, &node{space: space, name: name, attrs: attrs, base: item.base, kids: []*node{{text: text}}})
		}
	}
	for _, n := range item.kids {
		switch {
		case n.is(native, "loc"):
			add(native, "link", n.plain())
			add(native, "guid", n.plain())
		case n.is(native, "lastmod"):
			add("dcterms", "modified", n.plain())
		case n.is("image", "image"):
			if loc := n.child("image", "loc"); loc != nil {
				add("media", "content", "", attr{"url", strings.TrimSpace(loc.plain())}, attr{"medium", "image"})
			}
		case n.is("news", "news"):
			for _, k := range n.kids {
				switch k.name {
				case "title":
					add(native, "title", k.plain())
				case "publication_date":
					add(native, "pubdate", k.plain())
				case "keywords":
					add("itunes", "keywords", k.plain())
				case "publication":
					if lang := k.child("news", "language"); lang != nil {
						add("dc", "language", lang.plain())
					}
				}
			}
		}
	}
	return kids
}

// secondText makes the content of an RSS item's second text, where it has both a
// <description> and a <summary>, and nothing that is content by name.
func secondText(kids []*node) {
	var texts []*node
	for _, n := range kids {
		switch {
		case n.is("content", "encoded"), n.is(native, "fullitem"), n.is(native, "body"), n.is(native, "content"):
			return
		case n.is(native, "description"), n.is(native, "summary"):
			texts = append(texts, n)
		}
	}
	if len(texts) == 2 && texts[0].name != texts[1].name {
		texts[0].name, texts[1].name = "description", "encoded"
		texts[1].space = "content"
	}
}
