package feed

import (
	"bytes"
	"strconv"
	"strings"

	"tinhub/news"

	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/mmcdole/gofeed/rss"
)

// readRSS reads a mended document of the RSS family: RSS, RDF, CDF, sitemaps.
func (rd *reader) readRSS(mended []byte) ([]draft, error) {
	f, err := (&rss.Parser{}).Parse(bytes.NewReader(mended))
	if err != nil {
		return nil, err
	}
	x := extensions(f.Extensions)
	doc := rd.doc
	doc.Title = plainTitle(rd.text(or(f.Title, x.text("atom", "title"), x.text("dc", "title"))), false)
	doc.Link = or(f.Link, x.link("alternate"))
	if len(f.Links) > 0 {
		doc.Link = or(f.Links[0], doc.Link)
	}
	doc.Language = or(f.Language, x.text("dc", "language"), doc.Language)
	doc.Updated = rd.moment([]string{f.LastBuildDate, x.last("atom", "updated"), x.last("dcterms", "modified"),
		x.last("dc", "date"), f.PubDate, x.last("dcterms", "issued")})
	doc.Hubs, doc.Self = x.linksOf("hub"), x.link("self")
	doc.Pace = pace(f.TTL, f.SkipHours, f.SkipDays, x)
	var drafts []draft
	for _, it := range f.Items {
		drafts = append(drafts, rssDraft(it))
	}
	return drafts, nil
}

func rssDraft(it *rss.Item) draft {
	x := extensions(it.Extensions)
	d := draft{
		title:   or(it.Title, x.text("atom", "title"), x.text("dc", "title"), x.media("title"), x.text("itunes", "title")),
		lang:    or(x.text("dc", "language"), x.text(note, "lang")),
		base:    x.text(note, "base"),
		authors: x.authors(it.Author),
	}
	d.texts(it, x)
	d.address(it, x)
	d.dates(it, x)
	for tag := range strings.SplitSeq(it.Custom["tags"], ",") {
		d.labels = append(d.labels, news.Category{Term: tag})
	}
	if len(it.Categories) > 0 {
		d.section = it.Categories[0].Value
	}
	d.section = or(d.section, x.text("dc", "subject"))
	for _, c := range it.Categories {
		d.labels = append(d.labels, news.Category{Term: c.Value, Scheme: c.Domain})
	}
	d.labels = append(d.labels, x.labels()...)
	for _, e := range it.Enclosures {
		d.files = append(d.files, enclosure(e.URL, e.Type, e.Length, ""))
	}
	d.media(x)
	if it.Source != nil {
		d.via = &news.Via{Title: it.Source.Title, URL: it.Source.URL}
	}
	return d
}

// address finds what the item is called and where it stands.
func (d *draft) address(it *rss.Item, x extensions) {
	if it.GUID != nil {
		d.guid, d.permalink = it.GUID.Value, !strings.EqualFold(strings.TrimSpace(it.GUID.IsPermalink), "false")
	}
	if d.guid == "" {
		d.guid = or(it.Custom["id"], x.text("atom", "id"), x.text(note, "about"))
		d.permalink = x.text(note, "about") != ""
	}
	d.links = append(append([]string{}, it.Links...), x.link("alternate"))
	if detour(first(it.Links)) {
		d.links = append([]string{x.text("feedburner", "origlink")}, d.links...)
	}
}

func (d *draft) dates(it *rss.Item, x extensions) {
	d.published = []string{it.PubDate, x.last("dcterms", "issued"), x.last("atom", "published"), it.Custom["published"],
		it.Custom["issued"], x.last("dc", "date"), x.last("dcterms", "created"), it.Custom["created"]}
	d.updated = []string{x.last("dcterms", "modified"), x.last("atom", "updated"), it.Custom["updated"], it.Custom["modified"],
		it.Custom["lastbuilddate"], x.last("dc", "date")}
}

// texts finds summary and content among the many places that RSS has for them.
func (d *draft) texts(it *rss.Item, x extensions) {
	d.summary = or(it.Description, it.Custom["summary"], it.Custom["abstract"], x.text("atom", "summary"), x.text("dc", "description"),
		x.text("dcterms", "abstract"), x.text("itunes", "summary"), x.media("description"), x.text("itunes", "subtitle"))
	d.content = or(it.Content, it.Custom["fullitem"], it.Custom["body"], it.Custom["content"], x.text("atom", "content"))
}

// detour says that an address only leads on to another after counting.
func detour(address string) bool {
	host := hostOf(address)
	return strings.HasPrefix(host, "feedproxy.") || strings.Contains(host, "feedburner.") || strings.Contains(host, "feedsportal.")
}

func enclosure(address, kind, length, title string) news.Enclosure {
	n, _ := strconv.ParseInt(strings.TrimSpace(length), 10, 64)
	return news.Enclosure{URL: address, Type: kind, Length: n, Title: title}
}

// extensions are the elements that are not the format's own, by the short names
// of their namespaces.
type extensions ext.Extensions

func (x extensions) text(space, name string) string {
	for _, e := range x[space][name] {
		if e.Value != "" {
			return e.Value
		}
	}
	return ""
}

// media is a text of Media RSS, of the item's own or of a group's (as YouTube's are).
func (x extensions) media(name string) string {
	if s := x.text("media", name); s != "" {
		return s
	}
	for _, group := range x["media"]["group"] {
		if s := child(group, name); s != "" {
			return s
		}
	}
	return ""
}

// last is the value of the last of such elements, which counts for dates as it
// does among the format's own.
func (x extensions) last(space, name string) string {
	list := x[space][name]
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1].Value
}

// link is the address of the first atom:link of a relation.
func (x extensions) link(rel string) string { return first(x.linksOf(rel)) }

// linksOf are the addresses of all atom:links of a relation.
func (x extensions) linksOf(rel string) (found []string) {
	for _, l := range x["atom"]["link"] {
		if r := strings.TrimSpace(l.Attrs["rel"]); (strings.EqualFold(r, rel) || r == "" && rel == "alternate") && l.Attrs["href"] != "" {
			found = append(found, l.Attrs["href"])
		}
	}
	return found
}

// authors are all that are named: by the format's own element, Dublin Core, Atom, iTunes.
func (x extensions) authors(own string) []news.Person {
	var list []news.Person
	if strings.TrimSpace(own) != "" {
		list = append(list, person(own))
	}
	for _, name := range []string{"creator", "author"} {
		for _, e := range x["dc"][name] {
			list = append(list, person(e.Value))
		}
	}
	for _, e := range x["atom"]["author"] {
		p := news.Person{Name: child(e, "name"), Email: child(e, "email"), URL: or(child(e, "uri"), child(e, "url"))}
		if p == (news.Person{}) {
			p = person(e.Value)
		}
		list = append(list, p)
	}
	if len(list) == 0 {
		if name := x.text("itunes", "author"); name != "" {
			list = append(list, person(name))
		}
	}
	return list
}

func child(e ext.Extension, name string) string {
	for _, c := range e.Children[name] {
		if c.Value != "" {
			return c.Value
		}
	}
	return ""
}

func (x extensions) labels() []news.Category {
	var list []news.Category
	for _, e := range x["dc"]["subject"] {
		list = append(list, news.Category{Term: e.Value})
	}
	for _, e := range x["atom"]["category"] {
		list = append(list, news.Category{Term: or(e.Attrs["term"], e.Value), Scheme: e.Attrs["scheme"], Label: e.Attrs["label"]})
	}
	for _, e := range x["media"]["category"] {
		list = append(list, news.Category{Term: e.Value, Scheme: or(e.Attrs["scheme"], "http://search.yahoo.com/mrss/category_schema"), Label: e.Attrs["label"]})
	}
	list = append(list, podcastLabels(x["itunes"]["category"])...)
	for _, e := range x["itunes"]["keywords"] {
		for word := range strings.FieldsFuncSeq(e.Value, func(r rune) bool { return r == ',' || r == ';' }) {
			list = append(list, news.Category{Term: word})
		}
	}
	return list
}

// podcasts is the scheme of iTunes' categories, as feeds name it.
const podcasts = "http://www.itunes.com/"

// podcastLabels are iTunes' categories, which nest.
func podcastLabels(categories []ext.Extension) []news.Category {
	var list []news.Category
	for _, e := range categories {
		list = append(list, news.Category{Term: e.Attrs["text"], Scheme: podcasts})
		list = append(list, podcastLabels(e.Children["category"])...)
	}
	return list
}

// media reads pictures and files that extensions name.
func (d *draft) media(x extensions) {
	images, files := media(x["media"])
	d.images = append(d.images, images...)
	d.files = append(d.files, files...)
	for _, e := range x[note]["enclosure"] { // RSS's in an Atom feed
		d.files = append(d.files, enclosure(e.Attrs["url"], e.Attrs["type"], e.Attrs["length"], ""))
	}
	for _, l := range x["atom"]["link"] {
		if strings.EqualFold(l.Attrs["rel"], "enclosure") {
			d.files = append(d.files, enclosure(l.Attrs["href"], l.Attrs["type"], l.Attrs["length"], l.Attrs["title"]))
		}
	}
	for _, e := range x["itunes"]["image"] {
		d.images = append(d.images, news.Image{URL: or(e.Attrs["href"], e.Attrs["url"], e.Value)})
	}
}

// or is the first that is not blank.
func or(list ...string) string {
	for _, s := range list {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

func first[T any](list []T) T {
	var zero T
	if len(list) == 0 {
		return zero
	}
	return list[0]
}
