package feed

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"tinhub/fetcher/markup"
	"tinhub/news"
)

// A teller reads what a document and its entries state from the trees that
// mending makes anyway: gofeed keeps neither the type, language and base of a
// text, nor what stands in namespaces that it does not know.
type teller struct {
	m    *mender
	rd   reader             // with repairs of its own: what it mends was counted before
	kids map[string][]*node // by qualified name, what was not told of yet
	all  []*node
}

// How much is told of one document or entry, beside the limits of an entry.
const (
	maxOther    = 32
	maxAttrs    = 8
	maxChapters = 500
)

// about is what a document's head, or the source of an entry, says.
func (m *mender) about(rd *reader, head []*node) About {
	t := m.teller(rd, head)
	a := About{
		ID:         t.identity(t.last("id", "atom:id", "guid")),
		Info:       t.text("info", "feedburner:browserfriendly"),
		Authors:    people(rd.base, t.people("author", "managingeditor", "dc:creator", "dc:author", "atom:author", "itunes:author")),
		Categories: categories(t.categories()),
		Published:  t.moment("published", "dcterms:issued", "pubdate", "dcterms:created"),
		Updated:    t.moment("lastbuilddate", "updated", "modified", "atom:updated", "dcterms:modified", "dc:date"),
		Generator:  t.generator(),
		Icon:       t.address("icon", "atom:icon"),
		Logo:       t.address("logo", "atom:logo"),
		Docs:       t.address("docs"),
		Moved:      t.moved(),
		Cloud:      t.cloud(),
		TextInput:  t.textInput(),
	}
	a.Image = t.image(a)
	a.Title = t.title("title", "atom:title", "dc:title")
	a.Subtitle = t.text("subtitle", "tagline", "description", "abstract", "atom:subtitle", "dc:description", "itunes:summary", "itunes:subtitle")
	a.Publisher = t.person("webmaster", "dc:publisher", "itunes:owner")
	t.stated(&a.Stated)
	return a
}

// details are what an entry says.
func (m *mender) details(rd *reader, item *node) *Details {
	kids := m.kidsOf(item)
	t := m.teller(rd, kids)
	d := &Details{
		Summary:  t.kind("summary", "description", "abstract", "atom:summary", "dc:description", "itunes:summary", "media:description"),
		Comments: t.address("comments"),
		Expires:  t.moment("expirationdate", "expires"),
		Chapters: t.chapters(),
		Where:    t.where(),
	}
	for _, name := range []string{"content", "content:encoded", "fullitem", "body", "xhtml:body", "xhtml:div", "atom:content"} {
		for _, n := range t.take(name) {
			if len(d.Content) < maxLinks {
				d.Content = append(d.Content, t.kindOf(n))
			}
		}
	}
	d.Title = t.kind("title", "atom:title", "dc:title", "media:title", "itunes:title")
	d.Subtitle = t.text("subtitle", "itunes:subtitle")
	d.Publisher = t.person("dc:publisher")
	for _, n := range t.take("source", "atom:source") {
		if n.elements() && d.Source == nil {
			about := m.about(rd, n.kids)
			d.Source = &about
		}
	}
	t.media(d, kids)
	t.stated(&d.Stated)
	return d
}

func (m *mender) teller(rd *reader, kids []*node) *teller {
	t := &teller{m: m, rd: *rd, kids: map[string][]*node{}, all: kids}
	t.rd.repairs = &repairs{}
	for _, n := range kids {
		if n.name != "" {
			name := m.written(n)
			t.kids[name] = append(t.kids[name], n)
		}
	}
	return t
}

// written is an element's name with the prefix that it was written with.
func (m *mender) written(n *node) string {
	if uri, ok := strings.CutPrefix(n.space, "unknown:"); ok {
		return strings.ToLower(cmp.Or(m.prefixes[uri], uri)) + ":" + n.name
	}
	return qualified(n)
}

// stated fills in what all may state. It comes last: what is left then is other.
func (t *teller) stated(s *Stated) {
	s.Rights = t.text("rights", "copyright", "dc:rights", "atom:rights", "media:copyright")
	s.Contributors = people(t.rd.base, t.people("contributor", "dc:contributor", "atom:contributor"))
	s.Links = t.links()
	s.Licences = append(s.Licences, t.licences(s.Links)...)
	if n := t.last("dcterms:valid"); n != nil {
		s.ValidFrom, s.ValidUntil = t.period(n.plain())
	}
	// Both are as strict as Apple's directory: "Yes" and " yes " are nothing there.
	s.Blocked = t.plain("itunes:block") == "yes"
	if explicit, known := map[string]bool{"yes": true, "true": true, "explicit": true, "no": false, "false": false, "clean": false}[t.plain("itunes:explicit")]; known {
		s.Explicit = &explicit
	}
	for _, name := range kept {
		delete(t.kids, name)
	}
	for _, n := range t.all {
		name := t.m.written(n)
		if len(s.Other) >= maxOther || n.name == "" || len(t.kids[name]) == 0 {
			continue
		}
		if e, ok := t.element(name, n); ok {
			s.Other = append(s.Other, e)
		}
	}
}

// kept are the elements that the document or its entries keep by themselves.
var kept = []string{
	"title", "link", "guid", "id", "author", "category", "language", "ttl", "skiphours", "skipdays", "items", "item", "entry",
	"published", "pubdate", "issued", "updated", "modified", "created", "lastbuilddate", "lastmod", "tags", "keywords", "enclosure",
	"dc:date", "dc:language", "dc:creator", "dc:author", "dc:subject", "dc:title", "dcterms:issued", "dcterms:created", "dcterms:modified",
	"atom:link", "atom:id", "atom:author", "atom:category", "atom:published", "atom:updated", "itunes:author", "itunes:category",
	"itunes:keywords", "itunes:image", "itunes:summary", "itunes:title", "media:content", "media:group", "media:thumbnail", "media:category",
	"media:title", "media:description", "media:keywords", "sy:updateperiod", "sy:updatefrequency", "sy:updatebase", "feedburner:origlink",
	"description", "summary", "abstract", "dc:description", "atom:summary",
}

// take gives the elements of a name and counts them as told of.
func (t *teller) take(names ...string) []*node {
	var list []*node
	for _, name := range names {
		list = append(list, t.kids[name]...)
		delete(t.kids, name)
	}
	return list
}

// first is the first element by these names, in their order, that says anything.
func (t *teller) first(names ...string) (found *node) {
	for _, n := range t.take(names...) {
		if found == nil && (n.elements() || len(n.attrs) > 0 || strings.TrimSpace(n.plain()) != "") {
			found = n
		}
	}
	return found
}

// last is the last element of the first of these names that there is.
func (t *teller) last(names ...string) (found *node) {
	for _, name := range names {
		if list := t.take(name); found == nil && len(list) > 0 {
			found = list[len(list)-1]
		}
	}
	return found
}

// plain is the text of the first element of a name, as it stands.
func (t *teller) plain(names ...string) string {
	if n := t.first(names...); n != nil {
		return n.plain()
	}
	return ""
}

func (t *teller) identity(n *node) string {
	if n == nil {
		return ""
	}
	return clipGUID(news.Clean(t.m.identity(n)))
}

// moment is the first readable date of these elements.
func (t *teller) moment(names ...string) news.Moment {
	var dates []string
	for _, name := range names {
		if n := t.last(name); n != nil {
			dates = append(dates, n.plain())
		}
	}
	return t.rd.moment(dates)
}

// period reads dcterms:valid: "start=…;end=…" (DCMI Period).
func (t *teller) period(s string) (from, until news.Moment) {
	for part := range strings.SplitSeq(s, ";") {
		switch key, val, _ := strings.Cut(part, "="); strings.ToLower(strings.TrimSpace(key)) {
		case "start":
			from, _ = markup.Date(val, t.rd.loc, time.Time{})
		case "end":
			until, _ = markup.Date(val, t.rd.loc, time.Time{}) // it may well be to come
		}
	}
	return from, until
}

// element is one that has no field, as far as it is plain.
func (t *teller) element(name string, n *node) (Element, bool) {
	e := Element{Name: clip(name, 256)}
	if !n.elements() {
		text := n.plain()
		if addresses[name] {
			text = t.resolved(n, text)
		}
		e.Text = clip(news.Clean(text), maxTitle)
	}
	for _, a := range n.attrs {
		if len(e.Attrs) < maxAttrs && a.val != "" {
			if e.Attrs == nil {
				e.Attrs = map[string]string{}
			}
			e.Attrs[a.name] = clip(news.Clean(t.m.address(n, a.name, a.val)), maxTitle)
		}
	}
	return e, e.Text != "" || e.Attrs != nil
}

// generator is the program, as RSS, Atom or RDF's admin:generatorAgent names it.
func (t *teller) generator() (g Generator) {
	if n := t.first("generator", "admin:generatoragent"); n != nil {
		g = Generator{
			Name: clip(plainTitle(n.plain(), false), 256), Version: clip(news.Clean(n.attr("version")), 256),
			URL: t.resolved(n, or(n.attr("uri"), n.attr("url"), n.attr("rdf:resource"))),
		}
		g.Name = cmp.Or(g.Name, g.URL)
	}
	return g
}

func (t *teller) moved() string {
	if n := t.first("redirect"); n != nil {
		if to := n.child(native, "newlocation"); to != nil {
			return t.resolved(to, to.plain())
		}
	}
	return t.address("newlocation", "itunes:new-feed-url")
}

func (t *teller) cloud() *Cloud {
	n := t.first("cloud")
	if n == nil {
		return nil
	}
	at := func(name string) string { return clip(news.Clean(n.attr(name)), 256) }
	return &Cloud{Domain: at("domain"), Port: at("port"), Path: at("path"), Procedure: at("registerprocedure"), Protocol: at("protocol")}
}

func (t *teller) textInput() *TextInput {
	n := t.first("textinput")
	if n == nil {
		return nil
	}
	in := t.m.teller(&t.rd, n.kids)
	return &TextInput{Title: in.title("title").Value, Description: in.text("description").Value, Name: clip(news.Clean(in.plain("name")), 256), Link: in.address("link")}
}

// image is a document's picture: RSS's, iTunes', else its logo or icon.
func (t *teller) image(a About) *Image {
	var image Image
	for _, n := range t.take("image") {
		if !n.elements() || image.URL != "" {
			continue
		}
		in := t.m.teller(&t.rd, n.kids)
		image = Image{
			Image:       news.Image{URL: in.address("url"), Caption: in.title("title").Value, Width: number(in.plain("width")), Height: number(in.plain("height"))},
			Link:        in.address("link"),
			Description: in.text("description").Value,
		}
	}
	for _, n := range t.take("itunes:image", "itunes:link") {
		if n.name == "link" && !strings.EqualFold(n.attr("rel"), "image") { // its old form
			continue
		}
		image.URL = or(image.URL, t.resolved(n, or(n.attr("href"), n.attr("url"), n.plain())))
	}
	image.URL = or(image.URL, a.Logo, a.Icon)
	if image == (Image{}) {
		return nil
	}
	return &image
}

// length is a number of bytes, 0 when it is none.
func length(s string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
