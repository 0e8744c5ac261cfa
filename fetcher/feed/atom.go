package feed

import (
	"bytes"
	"strings"

	"tinhub/news"

	"github.com/mmcdole/gofeed/atom"
)

// readAtom reads a mended document of the Atom family.
func (rd *reader) readAtom(mended []byte) ([]draft, error) {
	f, err := (&atom.Parser{}).Parse(bytes.NewReader(mended))
	if err != nil {
		return nil, err
	}
	x := extensions(f.Extensions)
	doc := rd.doc
	doc.Title = plainTitle(rd.text(f.Title), true)
	doc.Link = atomLink(f.Links, "alternate")
	doc.Language = or(doc.Language, x.text("dc", "language"))
	doc.Updated = rd.moment([]string{f.Updated, x.last("dcterms", "modified"), x.last("dc", "date")})
	for _, l := range f.Links {
		if strings.EqualFold(l.Rel, "hub") {
			doc.Hubs = append(doc.Hubs, l.Href)
		}
	}
	doc.Self = atomLink(f.Links, "self")
	doc.Pace = pace("", nil, nil, x)
	var drafts []draft
	for _, e := range f.Entries {
		d := atomDraft(e)
		if len(d.authors) == 0 { // RFC 4287 section 4.2.1
			if e.Source != nil && len(e.Source.Authors) > 0 {
				d.authors = atomPeople(e.Source.Authors)
			} else {
				d.authors = append(atomPeople(f.Authors), x.authors("")...)
			}
		}
		drafts = append(drafts, d)
	}
	return drafts, nil
}

func atomDraft(e *atom.Entry) draft {
	x := extensions(e.Extensions)
	d := draft{
		guid: or(x.text(note, "id"), e.ID), title: or(e.Title, x.text("dc", "title"), x.media("title")), typed: e.Title != "",
		summary:   or(e.Summary, x.text("dc", "description"), x.media("description")),
		lang:      or(x.text(note, "lang"), x.text("dc", "language")),
		base:      x.text(note, "base"),
		authors:   append(atomPeople(e.Authors), x.authors("")...),
		published: []string{e.Published, x.last("dcterms", "issued"), x.last("dcterms", "created"), x.last("dc", "date")},
		updated:   []string{e.Updated, x.last("dcterms", "modified"), x.last("dc", "date")},
	}
	d.permalink = len(e.Links) == 0 && strings.HasPrefix(strings.TrimSpace(d.guid), "http")
	if e.Content != nil {
		d.content = e.Content.Value
		if e.Content.Src != "" {
			d.links = append(d.links, e.Content.Src)
		}
	}
	var others []string
	for _, l := range e.Links {
		switch strings.ToLower(strings.TrimPrefix(l.Rel, "http://www.iana.org/assignments/relation/")) {
		case "alternate":
			others = append(others, l.Href)
		case "enclosure":
			d.files = append(d.files, enclosure(l.Href, l.Type, l.Length, l.Title))
		}
	}
	d.links = append(append(preferHTML(e.Links), others...), d.links...)
	if len(e.Categories) > 0 {
		d.section = or(e.Categories[0].Label, e.Categories[0].Term)
	}
	for _, c := range e.Categories {
		d.labels = append(d.labels, news.Category{Term: c.Term, Scheme: c.Scheme, Label: c.Label})
	}
	d.labels = append(d.labels, x.labels()...)
	d.media(x)
	if s := e.Source; s != nil {
		d.via = &news.Via{Title: s.Title, URL: or(atomLink(s.Links, "alternate"), atomLink(s.Links, "self"))}
	}
	return d
}

// preferHTML are the alternates that a browser can show, before those of another type.
func preferHTML(links []*atom.Link) []string {
	var list []string
	for _, l := range links {
		if l.Rel == "alternate" && (l.Type == "" || strings.Contains(l.Type, "html")) {
			list = append(list, l.Href)
		}
	}
	return list
}

func atomLink(links []*atom.Link, rel string) string {
	if rel == "alternate" {
		if l := preferHTML(links); len(l) > 0 {
			return l[0]
		}
	}
	for _, l := range links {
		if strings.EqualFold(l.Rel, rel) && l.Href != "" {
			return l.Href
		}
	}
	return ""
}

func atomPeople(list []*atom.Person) []news.Person {
	var people []news.Person
	for _, p := range list {
		people = append(people, news.Person{Name: p.Name, Email: p.Email, URL: p.URI})
	}
	return people
}
