package feed

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"time"

	"github.com/gorilla/feeds"

	"tinhub/news"
)

// The namespaces that the documents declare.
const (
	nsAtom  = "http://www.w3.org/2005/Atom"
	nsDC    = "http://purl.org/dc/elements/1.1/"
	nsTerms = "http://purl.org/dc/terms/"
	nsMedia = "http://search.yahoo.com/mrss/"
	nsFH    = "http://purl.org/syndication/history/1.0"
)

type rssRoot struct {
	feeds.RssFeedXml
	Atom    string      `xml:"xmlns:atom,attr"`
	DC      string      `xml:"xmlns:dc,attr"`
	Terms   string      `xml:"xmlns:dcterms,attr"`
	Media   string      `xml:"xmlns:media,attr"`
	History string      `xml:"xmlns:fh,attr,omitempty"`
	Channel *rssChannel `xml:"channel"`
}

type rssChannel struct {
	XMLName xml.Name `xml:"channel"`
	feeds.RssFeed
	AtomLinks []xlink   `xml:"atom:link"`
	Archive   *struct{} `xml:"fh:archive"`
	Rendered  []byte    `xml:",innerxml"` // the items, each rendered by rssItemXML
}

type rssItem struct {
	XMLName xml.Name `xml:"item"`
	feeds.RssItem
	Creators   []string  `xml:"dc:creator"`
	Categories []string  `xml:"category"`
	Source     *rssVia   `xml:"source"`
	Modified   string    `xml:"dcterms:modified,omitempty"`
	Language   string    `xml:"dc:language,omitempty"`
	Links      []xlink   `xml:"atom:link"`
	Media      []mediaOf `xml:"media:content"`
	Thumbnail  *mediaURL `xml:"media:thumbnail"`
}

// rssVia is <source url>: the feed that an item came from.
type rssVia struct {
	URL  string `xml:"url,attr"`
	Name string `xml:",chardata"`
}

// xlink is an Atom link wherever it stands.
type xlink struct {
	Rel   string `xml:"rel,attr"`
	Type  string `xml:"type,attr,omitempty"`
	Title string `xml:"title,attr,omitempty"`
	Href  string `xml:"href,attr"`
}

type mediaOf struct {
	URL         string      `xml:"url,attr"`
	Type        string      `xml:"type,attr,omitempty"`
	Medium      string      `xml:"medium,attr,omitempty"`
	FileSize    string      `xml:"fileSize,attr,omitempty"`
	Width       int         `xml:"width,attr,omitempty"`
	Height      int         `xml:"height,attr,omitempty"`
	Description *mediaWords `xml:"media:description"`
}

type mediaWords struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

type mediaURL struct {
	URL string `xml:"url,attr"`
}

// RSS writes the channel as RSS 2.0.
func RSS(c Channel) []byte {
	base := (&feeds.Rss{Feed: c.base()}).RssFeed()
	base.Language = language(c.Language)
	base.PubDate = ""
	base.Generator = "tinhub"
	base.Docs = "https://www.rssboard.org/rss-specification"
	ch := &rssChannel{RssFeed: *base, AtomLinks: c.links(c.Links.RSS, "application/rss+xml", func(l Links) string { return l.RSS })}
	ch.RssFeed.Items = nil
	ch.Rendered = bytes.Join(c.written("rss", rssItemXML), nil)
	root := rssRoot{Atom: nsAtom, DC: nsDC, Terms: nsTerms, Media: nsMedia, Channel: ch}
	if c.Current.RSS != "" {
		root.History, ch.Archive = nsFH, &struct{}{}
	}
	root.Version, root.ContentNamespace = "2.0", "http://purl.org/rss/1.0/modules/content/"
	return document(root, len(ch.Rendered))
}

// base is what gorilla/feeds can say of a channel.
func (c Channel) base() *feeds.Feed {
	title := news.Clean(c.Title)
	if title == "" {
		title = c.Site.publisher()
	}
	about := news.Clean(c.Description)
	if about == "" {
		about = title
	}
	return &feeds.Feed{
		Title: title, Link: &feeds.Link{Href: URL(c.Links.Page)}, Description: about,
		Updated: c.in(c.Updated()), Copyright: c.Site.Footer(),
	}
}

// links are what a document says of itself and its neighbours (RFC 4287
// §4.2.7.2, RFC 5005, WebSub §4).
func (c Channel) links(self, mediaType string, pick func(Links) string) []xlink {
	var links []xlink
	add := func(rel, mediaType, href string) {
		if href = URL(href); href != "" {
			links = append(links, xlink{Rel: rel, Type: mediaType, Href: href})
		}
	}
	add("self", mediaType, self)
	add("alternate", "text/html", c.Links.Page)
	add("hub", "", c.Hub)
	add("prev-archive", mediaType, pick(c.Prev))
	add("next-archive", mediaType, pick(c.Next))
	add("current", mediaType, pick(c.Current))
	return links
}

// rssItemXML writes one item; it depends on the channel only for the zone.
func rssItemXML(c Channel, it Item) []byte {
	base := (&feeds.Rss{Feed: &feeds.Feed{Items: []*feeds.Item{{
		Title: news.Clean(it.Title), Link: &feeds.Link{Href: it.link()}, Id: it.ID, IsPermaLink: "false",
		Description: it.summary(), Content: it.content(), Created: c.in(it.Published),
		Enclosure: it.enclosure(),
	}}}}).RssFeed().Items[0]
	item := rssItem{RssItem: *base, Categories: it.labels(), Language: language(it.Language)}
	for _, p := range it.authors() {
		item.Creators = append(item.Creators, p.Name)
	}
	if from := it.Agency.source(); from != "" {
		item.Source = &rssVia{URL: from, Name: it.Agency.name()}
	}
	if it.changed().After(it.Published) {
		item.Modified = c.in(it.changed()).Format(time.RFC3339)
	}
	item.Links = it.related()
	item.Media, item.Thumbnail = it.media()
	return fragment(item)
}

// source is the address that stands for an agency: its feed, or its front page.
func (a Agency) source() string {
	if u := URL(a.Feed); u != "" {
		return u
	}
	return URL(a.Home)
}

// enclosure is the one file that RSS readers agree on. An unknown length is 0:
// the attribute is required, and gorilla/feeds drops an enclosure without it.
func (it Item) enclosure() *feeds.Enclosure {
	for _, e := range it.Enclosures {
		href, kind := URL(e.URL), mediaType(e.Type, e.URL)
		if href != "" && kind != "" {
			return &feeds.Enclosure{Url: href, Type: kind, Length: strconv.FormatInt(max(e.Length, 0), 10)}
		}
	}
	return nil
}

// related are the other places that tell the item.
func (it Item) related() []xlink {
	var links []xlink
	for _, a := range it.Also {
		if href := URL(a.Link); href != "" {
			links = append(links, xlink{Rel: "related", Type: "text/html", Title: news.Clean(a.Agency), Href: href})
		}
	}
	return links
}

// media are the image and the enclosures in Media RSS, each address once.
func (it Item) media() ([]mediaOf, *mediaURL) {
	var all []mediaOf
	var thumb *mediaURL
	seen := map[string]bool{}
	if img := it.Image; img != nil {
		if href := URL(img.URL); href != "" {
			m := mediaOf{URL: href, Type: mediaType("", img.URL), Medium: "image", Width: max(img.Width, 0), Height: max(img.Height, 0)}
			if caption := news.Clean(img.Caption); caption != "" {
				m.Description = &mediaWords{Type: "plain", Text: caption}
			}
			all, thumb, seen[href] = append(all, m), &mediaURL{URL: href}, true
		}
	}
	for _, e := range it.Enclosures {
		href := URL(e.URL)
		if href == "" || seen[href] {
			continue
		}
		seen[href] = true
		m := mediaOf{URL: href, Type: mediaType(e.Type, e.URL)}
		m.Medium = medium(m.Type)
		if e.Length > 0 {
			m.FileSize = strconv.FormatInt(e.Length, 10)
		}
		all = append(all, m)
	}
	return all, thumb
}
