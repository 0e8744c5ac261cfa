package feed

import (
	"strconv"
	"strings"

	"tinhub/fetcher/markup"
	"tinhub/news"
)

// environment is a document as feedparser's result.
func environment(doc Document) pyDict {
	feed := aboutValue(doc.About)
	feed["title"] = textValue{doc.Title, true}
	feed["title_detail"] = detailValue(doc.About.Title, feed["title"])
	putSaid(feed, "link", doc.Link)
	putSaid(feed, "language", doc.Language)
	if doc.Pace.TTL > 0 {
		feed["ttl"] = strconv.Itoa(int(doc.Pace.TTL.Minutes()))
	}
	put(feed, doc.Updated, "updated", "updated_parsed", "modified", "modified_parsed", "date", "date_parsed")
	var entries []any
	for i, e := range doc.Entries {
		entries = append(entries, entryValue(e, doc.Details[i]))
	}
	for range doc.Rejected { // for there was nothing to read in it
		entries = append(entries, entryValue(news.Entry{}, Details{}))
	}
	return pyDict{
		"bozo": pyAny{}, "encoding": charsetValue(doc.Charset), "version": versionValue(doc.Format),
		"feed": feed, "channel": feed, "entries": entries, "items": entries,
		"datetime": pyDict{},
	}
}

// aboutValue is what a document, or the source of an entry, says of itself.
func aboutValue(a About) pyDict {
	d := statedValue(a.Stated)
	putSaid(d, "id", a.ID)
	putSaid(d, "guid", a.ID)
	info := a.Info
	if info.Value == "" {
		info = a.Subtitle
	}
	putText(d, a.Subtitle, "description", "tagline", "subtitle")
	putText(d, info, "info")
	putText(d, a.Title, "title")
	d["title"] = textValue{a.Title.Value, true}
	put(d, a.Published, "published", "published_parsed", "created", "created_parsed")
	put(d, a.Updated, "updated", "updated_parsed", "modified", "modified_parsed", "date", "date_parsed")
	putAuthors(d, a.Authors)
	putCategories(d, a.Categories)
	if g := a.Generator; g != (Generator{}) {
		d["generator"] = g.Name
		d["generator_detail"] = pyDict{"name": g.Name, "href": linkValue(g.URL), "url": linkValue(g.URL), "version": g.Version}
	}
	putSaid(d, "icon", a.Icon)
	putSaid(d, "logo", a.Logo)
	putSaid(d, "docs", a.Docs)
	putSaid(d, "newlocation", a.Moved)
	if a.Image != nil {
		d["image"] = pyDict{"href": a.Image.URL, "url": a.Image.URL, "title": textValue{a.Image.Caption, true}, "link": a.Image.Link,
			"description": textValue{text: a.Image.Description}, "width": float64(a.Image.Width), "height": float64(a.Image.Height)}
	}
	if c := a.Cloud; c != nil {
		d["cloud"] = pyDict{"domain": c.Domain, "port": c.Port, "path": c.Path, "registerprocedure": c.Procedure, "protocol": c.Protocol}
	}
	if in := a.TextInput; in != nil {
		d["textinput"] = pyDict{"title": textValue{in.Title, true}, "description": textValue{text: in.Description}, "name": in.Name, "link": in.Link}
	}
	return d
}

// statedValue is what documents and entries may state alike.
func statedValue(s Stated) pyDict {
	d := pyDict{"itunes_block": 0.0, "itunes_explicit": nil}
	putText(d, s.Rights, "rights", "copyright")
	if s.Subtitle.Value != "" {
		d["subtitle"] = textValue{text: s.Subtitle.Value}
	}
	var links []any
	for _, l := range s.Links {
		links = append(links, pyDict{"href": linkValue(l.URL), "url": linkValue(l.URL), "rel": l.Rel, "type": or2(l.Type), "title": or2(l.Title),
			"hreflang": or2(l.Language), "length": strconv.FormatInt(l.Length, 10)})
	}
	d["links"] = links
	if s.Publisher != nil {
		d["publisher_detail"] = personValue(*s.Publisher)
		d["publisher"] = nameValue(*s.Publisher)
	}
	var people []any
	for _, p := range s.Contributors {
		people = append(people, personValue(p))
	}
	d["contributors"] = people
	if len(s.Licences) > 0 {
		l := s.Licences[0]
		d["license"] = or(l.URL, l.Name)
		d["media_license"] = pyDict{"href": l.URL, "content": l.Name, "type": l.Type}
	}
	if s.ValidFrom != (news.Moment{}) {
		put(d, s.ValidFrom, "validity_start", "validity_start_parsed")
	}
	if s.ValidUntil != (news.Moment{}) {
		put(d, s.ValidUntil, "validity_end", "validity_end_parsed")
	}
	if s.Blocked {
		d["itunes_block"] = 1.0
	}
	if s.Explicit != nil {
		d["itunes_explicit"] = *s.Explicit
	}
	for _, e := range s.Other {
		d[strings.ReplaceAll(e.Name, ":", "_")] = elementValue(e)
	}
	return d
}

// elementValue is an element without a field: its text, or its attributes and its text.
func elementValue(e Element) any {
	if e.Attrs == nil {
		return e.Text
	}
	d := pyDict{"content": e.Text}
	if e.Name == "media:restriction" { // a list by its specification
		words := []any{}
		for _, w := range strings.Fields(e.Text) {
			words = append(words, w)
		}
		d["content"] = words
	}
	for name, val := range e.Attrs {
		d[name] = val
	}
	return d
}

func entryValue(e news.Entry, said Details) pyDict {
	d := statedValue(said.Stated)
	text := textValue{text: or(e.Summary, e.Content)}
	d["id"], d["guid"], d["summary"], d["description"] = e.GUID, e.GUID, text, text
	d["title"] = textValue{e.Title, true}
	d["title_detail"] = detailValue(said.Title, d["title"])
	d["summary_detail"] = detailValue(said.Summary, text)
	d["content"] = contentValue(e, said)
	put(d, e.Published, "published", "published_parsed", "issued", "issued_parsed", "created", "created_parsed")
	put(d, e.Updated, "updated", "updated_parsed", "modified", "modified_parsed", "date", "date_parsed")
	put(d, said.Expires, "expired", "expired_parsed")
	putSaid(d, "link", e.Link)
	putSaid(d, "language", e.Language)
	putSaid(d, "comments", said.Comments)
	d["guidislink"] = e.GUID != "" && e.Link == markup.Link("", e.GUID)
	if e.Image != nil {
		d["media_thumbnail"] = []any{pyDict{"url": e.Image.URL}}
		d["image"] = pyDict{"href": e.Image.URL, "url": e.Image.URL}
	}
	putAuthors(d, e.Authors)
	putCategories(d, e.Categories)
	var files, credits []any
	for _, f := range e.Enclosures {
		files = append(files, pyDict{"url": f.URL, "href": f.URL, "type": f.Type, "length": strconv.FormatInt(f.Length, 10)})
	}
	for _, c := range said.Credits {
		credits = append(credits, pyDict{"content": c.Name, "role": c.Role})
	}
	d["enclosures"], d["media_credit"] = files, credits
	putSource(d, e, said)
	putWhere(d, said)
	putChapters(d, said)
	return d
}

// contentValue is an entry's content with what is said of each of its parts. An
// entry keeps one; where it has none, its summary stands for it.
func contentValue(e news.Entry, said Details) []any {
	value := textValue{text: or(e.Content, e.Summary)}
	if len(said.Content) == 0 {
		return []any{detailValue(said.Summary, value)}
	}
	var parts []any
	for _, part := range said.Content {
		parts = append(parts, detailValue(part, value))
	}
	return parts
}

func putSource(d pyDict, e news.Entry, said Details) {
	if e.Via == nil && said.Source == nil {
		return
	}
	source := pyDict{}
	if said.Source != nil {
		source = aboutValue(*said.Source)
	}
	if v := e.Via; v != nil {
		source["link"], source["href"], source["url"] = v.URL, v.URL, v.URL
		if said.Source == nil {
			source["title"], source["links"] = textValue{v.Title, true}, []any{pyDict{"href": v.URL}}
		}
	}
	d["source"] = source
}

func putWhere(d pyDict, said Details) {
	w := said.Where
	if w == nil {
		d["where"] = pyDict{} // which feedparser makes of a place without coordinates
		return
	}
	var points []any
	for _, p := range w.Points {
		var point pyTuple
		for _, f := range p {
			point = append(point, f)
		}
		points = append(points, point)
	}
	where := pyDict{"type": w.Kind, "coordinates": points}
	switch w.Kind {
	case "Point":
		where["coordinates"] = points[0]
	case "Polygon":
		where["coordinates"] = []any{points}
	}
	d["where"] = where
}

func putChapters(d pyDict, said Details) {
	if said.Chapters == nil {
		return
	}
	var list []any
	for _, c := range said.Chapters.List {
		list = append(list, pyDict{"start_parsed": c.Start, "title": c.Title, "href": c.URL, "image": c.Image})
	}
	d["psc_chapters"] = pyDict{"version": said.Chapters.Version, "chapters": list}
}

// detailValue is what is said of a text beside what it says.
func detailValue(t Text, value any) pyDict {
	return pyDict{"value": value, "type": t.Type, "language": or2(t.Language), "base": t.Base, "src": or2(t.Src)}
}

func putText(d pyDict, t Text, names ...string) {
	for _, name := range names {
		d[name] = textValue{text: t.Value}
		d[name+"_detail"] = detailValue(t, d[name])
	}
}

func putSaid(d pyDict, name, val string) {
	if val != "" {
		d[name] = val
	}
}

func put(d pyDict, m news.Moment, names ...string) {
	for _, n := range names {
		d[n] = dateValue{m}
	}
}

func personValue(p news.Person) pyDict {
	return pyDict{"name": p.Name, "email": p.Email, "href": linkValue(p.URL), "url": linkValue(p.URL)}
}

// nameValue is how feedparser writes a person in one line.
func nameValue(p news.Person) string {
	switch {
	case p.Email == "":
		return p.Name
	case p.Name == "":
		return p.Email
	}
	return p.Name + " (" + p.Email + ")"
}

func putAuthors(d pyDict, people []news.Person) {
	var authors []any
	for _, p := range people {
		authors = append(authors, personValue(p))
	}
	if people != nil {
		d["authors"], d["author_detail"], d["author"] = authors, authors[0], nameValue(people[0])
	}
}

func putCategories(d pyDict, list []news.Category) {
	var tags, categories []any
	for _, c := range list {
		tags = append(tags, pyDict{"term": or2(c.Term), "scheme": or2(c.Scheme), "label": or2(c.Label)})
		categories = append(categories, pyTuple{or2(c.Scheme), or2(c.Term)})
	}
	d["tags"], d["categories"] = tags, categories
	if len(list) > 0 {
		d["category"] = list[0].Term
	}
}

func or2(s string) any {
	if s == "" {
		return nil
	}
	return s
}
