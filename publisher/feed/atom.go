package feed

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/feeds"

	"tinhub/news"
)

type atomRoot struct {
	XMLName xml.Name `xml:"feed"`
	Lang    string   `xml:"xml:lang,attr,omitempty"`
	Media   string   `xml:"xmlns:media,attr"`
	History string   `xml:"xmlns:fh,attr,omitempty"`
	Gone    string   `xml:"xmlns:at,attr,omitempty"`
	feeds.AtomFeed
	Links    []xlink   `xml:"link"`
	Archive  *struct{} `xml:"fh:archive"`
	Made     string    `xml:"generator"`
	Rendered []byte    `xml:",innerxml"` // the entries, each rendered by atomEntryXML
}

type atomEntry struct {
	XMLName xml.Name `xml:"entry"`
	Lang    string   `xml:"xml:lang,attr,omitempty"`
	feeds.AtomEntry
	Authors    []feeds.AtomAuthor `xml:"author"`
	Links      []atomLink         `xml:"link"`
	Categories []atomCategory     `xml:"category"`
	Source     *atomSource        `xml:"source"`
	Media      []mediaOf          `xml:"media:content"`
	Thumbnail  *mediaURL          `xml:"media:thumbnail"`
}

type atomLink struct {
	xlink
	Length string `xml:"length,attr,omitempty"`
}

type atomCategory struct {
	Term   string `xml:"term,attr"`
	Scheme string `xml:"scheme,attr,omitempty"`
	Label  string `xml:"label,attr,omitempty"`
}

// atomSource is where an entry was taken from (RFC 4287 §4.2.11).
type atomSource struct {
	ID      string  `xml:"id"`
	Title   string  `xml:"title"`
	Updated string  `xml:"updated"`
	Links   []xlink `xml:"link"`
}

// Atom writes the channel as Atom 1.0.
func Atom(c Channel) []byte {
	root := atomRoot{AtomFeed: *(&feeds.Atom{Feed: c.base()}).AtomFeed(), Lang: language(c.Language), Media: nsMedia, Made: "tinhub"}
	root.Id = c.ID
	if root.Id == "" {
		root.Id = URL(c.Links.Page)
	}
	root.Link = nil
	root.Links = c.links(c.Links.Atom, "application/atom+xml", func(l Links) string { return l.Atom })
	root.Author = &feeds.AtomAuthor{AtomPerson: feeds.AtomPerson{Name: c.Site.publisher(), Uri: URL(c.Site.URL)}}
	if c.Current.Atom != "" {
		root.History, root.Archive = nsFH, &struct{}{}
	}
	entries := c.written("atom", atomEntryXML)
	for _, t := range c.Gone {
		root.Gone = nsTombstones
		entries = append(entries, c.tombstone(t))
	}
	root.Rendered = bytes.Join(entries, nil)
	return document(root, len(root.Rendered))
}

// atomEntryXML writes one entry; it depends on the channel only for the zone.
func atomEntryXML(c Channel, it Item) []byte {
	base := (&feeds.Atom{Feed: &feeds.Feed{Items: []*feeds.Item{{
		Title: news.Clean(it.Title), Link: &feeds.Link{Href: it.link()}, Id: it.ID,
		Description: it.summary(), Content: it.content(), Created: c.in(it.Published), Updated: c.in(it.changed()),
	}}}}).AtomFeed().Entries[0]
	e := atomEntry{AtomEntry: *base, Lang: language(it.Language), Categories: it.terms()}
	e.Published = c.in(it.Published).Format(time.RFC3339)
	e.AtomEntry.Links = nil
	e.Links = it.atomLinks()
	for _, p := range it.authors() {
		e.Authors = append(e.Authors, feeds.AtomAuthor{AtomPerson: feeds.AtomPerson{Name: p.Name, Uri: p.URL}})
	}
	if from := it.Agency.source(); from != "" {
		e.Source = &atomSource{ID: from, Title: it.Agency.name(), Updated: base.Updated}
		if feed := URL(it.Agency.Feed); feed != "" {
			e.Source.Links = append(e.Source.Links, xlink{Rel: "self", Href: feed})
		}
		if home := URL(it.Agency.Home); home != "" {
			e.Source.Links = append(e.Source.Links, xlink{Rel: "alternate", Type: "text/html", Href: home})
		}
	}
	e.Media, e.Thumbnail = it.media()
	return fragment(e)
}

func (it Item) atomLinks() []atomLink {
	links := []atomLink{{xlink: xlink{Rel: "alternate", Type: "text/html", Href: it.link()}}}
	for _, l := range it.related() {
		links = append(links, atomLink{xlink: l})
	}
	for _, e := range it.Enclosures {
		href := URL(e.URL)
		if href == "" {
			continue
		}
		l := atomLink{xlink: xlink{Rel: "enclosure", Type: mediaType(e.Type, e.URL), Title: news.Clean(e.Title), Href: href}}
		if e.Length > 0 {
			l.Length = strconv.FormatInt(e.Length, 10)
		}
		links = append(links, l)
	}
	return links
}

// terms are an item's categories for Atom.
func (it Item) terms() []atomCategory {
	var all []atomCategory
	seen := map[string]bool{}
	for _, c := range it.Categories {
		term, label := news.Clean(c.Term), news.Clean(c.Label)
		if term == "" {
			term = label
		}
		if term == "" || seen[term] {
			continue
		}
		seen[term] = true
		if label == term {
			label = ""
		}
		all = append(all, atomCategory{Term: term, Scheme: scheme(c), Label: label})
	}
	return all
}

// scheme is a category's, where it is an address.
func scheme(c news.Category) string {
	if !strings.Contains(c.Scheme, "://") {
		return ""
	}
	return URL(c.Scheme)
}
