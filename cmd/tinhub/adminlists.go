package main

import (
	"encoding/xml"
	"fmt"
	"io"

	"tinhub/admin"
	"tinhub/config"
	"tinhub/news"
)

// outlines are what the office asks of subscription lists.
type outlines struct {
	roster    *roster
	catalogue []admin.Outline
	topics    []news.Topic
}

// newOutlines reads the built-in catalogue once.
func newOutlines(r *roster) (outlines, error) {
	c, faults := config.Load("", nil)
	if err := faults.Err(); err != nil {
		return outlines{}, err
	}
	o := outlines{roster: r, topics: c.Topics}
	for _, s := range c.Sources {
		if s.URL != "" {
			o.catalogue = append(o.catalogue, admin.Outline{ID: s.ID, Name: s.Name, Agency: s.Agency, URL: s.URL, Homepage: s.Homepage, Province: s.Province, Section: s.Section})
		}
	}
	return o, nil
}

// Read implements admin.Lists, as what follows does.
func (o outlines) Read(list io.Reader) ([]admin.Outline, error) {
	feeds, err := readOPML(list)
	if err != nil {
		return nil, err
	}
	known := o.roster.Sources()
	var out []admin.Outline
	for _, f := range feeds {
		x := admin.Outline{Name: news.Excerpt(f.Title, 200), URL: f.XMLURL, ID: freeID(known, f.Title, f.XMLURL)}
		known = append(known, news.Source{ID: x.ID})
		x.Homepage, x.Province = f.paper()
		out = append(out, x)
	}
	return out, nil
}

func (o outlines) Write(w io.Writer) error {
	s, sources, _, _ := o.roster.now()
	b, err := xml.MarshalIndent(opmlOf(s.Site.Title, sources), "", " ")
	if err == nil {
		_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, b)
	}
	return err
}

func (o outlines) Catalogue() []admin.Outline { return o.catalogue }

func (o outlines) Topics() []news.Topic { return o.topics }
