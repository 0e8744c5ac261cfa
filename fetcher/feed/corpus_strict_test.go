package feed

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html/charset"

	"tinhub/news"
)

// Corpora that say of their documents only whether they are valid (feedvalidator),
// or nothing (real feeds), are held to what a strict XML parser sees where it
// sees anything: every item, and its plain title, id, link and date.

type strictItem struct {
	XMLName xml.Name
	Fields  []strictField `xml:",any"`
}

type strictField struct {
	XMLName xml.Name
	Href    string `xml:"href,attr"`
	Rel     string `xml:"rel,attr"`
	Text    string `xml:",chardata"`
	Inner   string `xml:",innerxml"`
}

// all are the fields of the format's own by one of these names.
func (it strictItem) all(names ...string) (list []strictField) {
	for _, f := range it.Fields {
		if f.XMLName.Space == it.XMLName.Space && slices.Contains(names, f.XMLName.Local) {
			list = append(list, f)
		}
	}
	return list
}

// only is all where that is one.
func (it strictItem) only(names ...string) []strictField {
	if list := it.all(names...); len(list) == 1 {
		return list
	}
	return nil
}

// strictCase holds a document to the items that encoding/xml finds in it.
func strictCase(body []byte) (bool, error) {
	items, ok := strictItems(body)
	if !ok {
		return false, errBeyond
	}
	doc, err := Parse(body, Options{Now: testNow, Location: time.UTC, Bare: true})
	if err != nil {
		return false, err
	}
	if have := len(doc.Entries) + len(doc.Rejected); have != min(len(items), maxItems) {
		return false, fmt.Errorf("%d entries, want %d", have, len(items))
	}
	if len(doc.Rejected) > 0 {
		return true, nil
	}
	for i, e := range doc.Entries {
		if err := strictEntry(items[i], e); err != nil {
			return false, fmt.Errorf("entry %d: %w", i, err)
		}
	}
	return true, nil
}

func strictEntry(want strictItem, e news.Entry) error {
	title := first(want.only("title")) // of two nobody says which one counts
	if text := strings.TrimSpace(title.Text); text != "" && !strings.Contains(title.Inner, "<") && !(textValue{e.Title, true}).equals(text) && !placeholder(text) {
		return fmt.Errorf("title %q, want %q", e.Title, text)
	}
	if id := strings.TrimSpace(first(want.only("guid", "id")).Text); id != "" && !linkValue(e.GUID).equals(id) {
		return fmt.Errorf("id %q, want %q", e.GUID, id)
	}
	if links := want.all("link"); len(links) == 1 {
		link := strings.TrimSpace(links[0].Text + links[0].Href)
		if strings.HasPrefix(link, "http") && !detour(link) && (links[0].Rel == "" || links[0].Rel == "alternate") && !linkValue(e.Link).equals(link) {
			return fmt.Errorf("link %q, want %q", e.Link, link)
		}
	}
	date := strings.TrimSpace(first(want.only("pubDate", "published")).Text)
	for _, form := range []string{time.RFC1123Z, time.RFC1123, time.RFC3339Nano} {
		at, err := time.Parse(form, date)
		if _, offset := at.Zone(); err != nil || form == time.RFC1123 && !strings.HasSuffix(date, "GMT") && offset == 0 {
			continue // names of zones mean nothing to Go
		}
		plausible := at.Year() >= 1970 && at.Before(testNow) // feedvalidator warns of others as well
		if plausible && !at.Truncate(time.Second).Equal(e.Published.At) {
			return fmt.Errorf("published %v, want %v", e.Published.At, at)
		}
	}
	return nil
}

// strictItems are the items of a document that is well-formed, and whether it is
// a feed of which that can be said.
func strictItems(body []byte) ([]strictItem, bool) {
	d := xml.NewDecoder(bytes.NewReader(body))
	d.CharsetReader = charset.NewReaderLabel
	var items []strictItem
	depth, feed := 0, false
	for {
		t, err := d.Token()
		if err != nil {
			return items, feed && depth == 0 && err.Error() == "EOF"
		}
		switch t := t.(type) {
		case xml.StartElement:
			name := t.Name.Local
			if depth == 0 {
				feed = name == "rss" || name == "feed" || name == "RDF"
				if !feed {
					return nil, false
				}
			}
			if (name == "item" || name == "entry") && depth < 3 {
				var it strictItem
				if d.DecodeElement(&it, &t) != nil {
					return nil, false
				}
				items = append(items, it)
				continue
			}
			depth++
		case xml.EndElement:
			depth--
		}
	}
}
