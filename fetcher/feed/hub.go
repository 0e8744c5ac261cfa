package feed

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tinhub/fetcher/markup"
)

// HubsOfPage finds the hubs that a web page names with <link rel="hub">, and its
// own address as they know it (WebSub section 4). Only the head is looked at:
// what stands in the body may be a reader's (section 8.1).
func HubsOfPage(page []byte, base string) (hubs []string, self string) {
	z := html.NewTokenizer(strings.NewReader(string(page[:min(len(page), 1<<20)])))
	z.SetMaxBuf(1 << 20)
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return join(nil, hubs), self
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken && kind != html.EndTagToken {
			continue
		}
		name, more := z.TagName()
		tag := atom.Lookup(name)
		if tag == atom.Body || tag == atom.Head && kind == html.EndTagToken {
			return join(nil, hubs), self
		}
		if tag != atom.Link && tag != atom.Base || kind == html.EndTagToken {
			continue
		}
		attrs := map[string]string{}
		for more {
			var key, val []byte
			key, val, more = z.TagAttr()
			attrs[string(key)] = string(val)
		}
		address := markup.Address(base, attrs["href"])
		rels := strings.Fields(strings.ToLower(attrs["rel"]))
		switch {
		case address == "":
		case tag == atom.Base:
			base = address
		case slices.Contains(rels, "hub"):
			hubs = append(hubs, address)
		case slices.Contains(rels, "self") && self == "":
			self = address
		}
	}
}
