package feed

import (
	"encoding/xml"
	"time"

	"tinhub/news"
)

// An Outline is one channel in a subscription list.
type Outline struct {
	Title, Description string
	Language           string
	Links              Links
}

type opmlRoot struct {
	XMLName xml.Name `xml:"opml"`
	Version string   `xml:"version,attr"`
	Head    opmlHead `xml:"head"`
	Body    opmlBody `xml:"body"`
}

type opmlHead struct {
	Title    string `xml:"title"`
	Modified string `xml:"dateModified,omitempty"`
	Owner    string `xml:"ownerName,omitempty"`
}

type opmlBody struct {
	Outlines []opmlOutline `xml:"outline"`
}

type opmlOutline struct {
	Text        string `xml:"text,attr"`
	Title       string `xml:"title,attr"`
	Type        string `xml:"type,attr"`
	Version     string `xml:"version,attr,omitempty"`
	XMLURL      string `xml:"xmlUrl,attr"`
	HTMLURL     string `xml:"htmlUrl,attr,omitempty"`
	Description string `xml:"description,attr,omitempty"`
	Language    string `xml:"language,attr,omitempty"`
}

// OPML writes a subscription list (OPML 2.0). It names the RSS documents where
// there are any, and the Atom ones otherwise: type is "rss" for both, as the
// specification has it.
func OPML(site Site, updated time.Time, channels []Outline) []byte {
	root := opmlRoot{Version: "2.0", Head: opmlHead{Title: news.Clean(site.Title), Owner: news.Clean(site.Owner)}}
	if root.Head.Title == "" {
		root.Head.Title = site.publisher()
	}
	if !updated.IsZero() {
		root.Head.Modified = updated.Format(time.RFC1123Z)
	}
	for _, c := range channels {
		o := opmlOutline{
			Text: news.Clean(c.Title), Title: news.Clean(c.Title), Type: "rss", Version: "RSS2", XMLURL: URL(c.Links.RSS),
			HTMLURL: URL(c.Links.Page), Description: news.Clean(c.Description), Language: language(c.Language),
		}
		if o.XMLURL == "" {
			o.XMLURL, o.Version = URL(c.Links.Atom), ""
		}
		if o.XMLURL != "" {
			root.Body.Outlines = append(root.Body.Outlines, o)
		}
	}
	return document(root, 0)
}
