package feed

import (
	"strings"

	"tinhub/fetcher/markup"
	"tinhub/news"
)

// The parts that what is stated consists of: texts, addresses, people, links.

// text is the first text by these names, with what it says.
func (t *teller) text(names ...string) Text {
	n := t.first(names...)
	if n == nil {
		return Text{}
	}
	out := t.kindOf(n)
	html, _ := t.m.html(n)
	out.Value = t.rd.readable(markup.Sanitise(t.rd.repairs.undouble(t.rd.repairs.once(html)), t.base(n)))
	return out
}

// title is text, but on one line and without markup.
func (t *teller) title(names ...string) Text {
	n := t.first(names...)
	if n == nil {
		return Text{}
	}
	out := t.kindOf(n)
	html, typed := t.m.html(n)
	out.Value = clip(plainTitle(html, typed), maxTitle)
	return out
}

// kind is text, without what it says.
func (t *teller) kind(names ...string) Text {
	if n := t.first(names...); n != nil {
		return t.kindOf(n)
	}
	return Text{}
}

func (t *teller) kindOf(n *node) Text {
	out := Text{Type: t.typeOf(n), Language: language(n.lang), Base: markup.Address("", n.base)}
	if n.lang == "" && t.m.lang == "" { // else it was taken back (XML 1.0 section 2.12)
		out.Language = language(t.rd.o.Language)
	}
	if src := n.attr("src"); src != "" {
		out.Src = t.resolved(n, src)
	}
	return out
}

// typeOf is the media type of a text. RSS names none: its texts are HTML.
func (t *teller) typeOf(n *node) string {
	if _, typed := t.m.html(n); !typed {
		if n.space == "xhtml" {
			return "application/xhtml+xml"
		}
		return "text/html"
	}
	kind, _, _ := strings.Cut(strings.ToLower(n.attr("type")), ";")
	switch kind = clip(news.Clean(kind), 256); kind {
	case "", "text", "plain":
		return "text/plain"
	case "html":
		return "text/html"
	case "xhtml":
		return "application/xhtml+xml"
	}
	return kind
}

func (t *teller) base(n *node) string { return or(n.base, t.rd.base) }

// address is the first address by these names.
func (t *teller) address(names ...string) string {
	if n := t.first(names...); n != nil {
		return t.resolved(n, n.plain())
	}
	return ""
}

// resolved is an address that may be shown as a link, or as it is where nothing
// says what it is relative to.
func (t *teller) resolved(n *node, ref string) string {
	if a := markup.Address(t.base(n), ref); a != "" {
		return a
	}
	if ref = news.Clean(ref); strings.Contains(ref, ":") || markup.Address("", t.base(n)) != "" || len(ref) > maxTitle {
		return ""
	}
	return ref
}

// people are those that elements name: by elements of their own, or in one line.
func (t *teller) people(names ...string) (list []news.Person) {
	for _, n := range t.take(names...) {
		if len(list) < 2*maxLinks {
			list = append(list, t.personOf(n))
		}
	}
	return list
}

func (t *teller) person(names ...string) *news.Person {
	if list := people(t.rd.base, t.people(names...)); len(list) > 0 {
		return &list[0]
	}
	return nil
}

func (t *teller) personOf(n *node) (p news.Person) {
	plain := true
	for _, k := range n.kids {
		switch k.name {
		case "name", "email", "uri", "url", "homepage":
			plain = false
		}
		switch k.name {
		case "name":
			p.Name = k.plain()
		case "email":
			p.Email = k.plain()
		case "uri", "url", "homepage":
			p.URL = t.resolved(k, k.plain())
		}
	}
	if plain {
		return person(n.plain())
	}
	return p
}

func (t *teller) categories() (list []news.Category) {
	for _, n := range t.take("category", "dc:subject", "atom:category", "media:category") {
		list = append(list, news.Category{Term: or(n.attr("term"), n.plain()), Scheme: or(n.attr("scheme"), n.attr("domain")), Label: n.attr("label")})
	}
	var podcast func(list []*node) []news.Category
	podcast = func(list []*node) (found []news.Category) {
		for _, n := range list {
			if n.is("itunes", "category") {
				found = append(append(found, news.Category{Term: n.attr("text"), Scheme: podcasts}), podcast(n.kids)...)
			}
		}
		return found
	}
	list = append(list, podcast(t.take("itunes:category"))...)
	for _, n := range t.take("keywords", "itunes:keywords") {
		for word := range strings.FieldsFuncSeq(n.plain(), func(r rune) bool { return r == ',' || r == ';' }) {
			list = append(list, news.Category{Term: word})
		}
	}
	return list
}

// links are all links, in the order of the document.
func (t *teller) links() (list []Link) {
	for _, n := range t.all {
		if n.name != "link" && n.name != "enclosure" || n.space != native && n.space != "atom" || len(list) >= maxLinks {
			continue
		}
		l := Link{
			URL: t.resolved(n, or(n.attr("href"), n.attr("url"), n.plain())), Rel: relation(n), Type: clip(news.Clean(strings.ToLower(n.attr("type"))), 256),
			Title: clip(plainTitle(n.attr("title"), false), maxTitle), Language: language(n.attr("hreflang")), Length: length(n.attr("length")),
		}
		if n.has("href") && n.attr("href") == "" && l.URL == "" { // an empty reference is to its base (RFC 3986 section 4.4)
			l.URL = markup.Address("", t.base(n))
		}
		if l.Rel == "self" && l.Type == "" { // this very document
			l.Type = "application/" + t.m.dialect + "+xml"
		}
		if l.URL != "" {
			list = append(list, l)
		}
	}
	return list
}

func relation(n *node) string {
	rel := strings.TrimPrefix(strings.TrimSpace(n.attr("rel")), "http://www.iana.org/assignments/relation/")
	switch {
	case rel == "" && n.name == "enclosure":
		return "enclosure"
	case rel == "":
		return "alternate" // RFC 4287 section 4.2.7.2
	}
	return clip(news.Clean(rel), 256)
}

func (t *teller) licences(links []Link) (list []Licence) {
	for _, l := range links {
		if l.Rel == "license" {
			list = append(list, Licence{URL: l.URL, Name: l.Title, Type: l.Type})
		}
	}
	for _, n := range t.take("cc:license", "media:license") {
		l := Licence{URL: t.resolved(n, or(n.attr("rdf:resource"), n.attr("href"))), Name: clip(news.Clean(n.plain()), 256), Type: clip(news.Clean(n.attr("type")), 256)}
		if l.URL == "" {
			l.URL, l.Name = t.resolved(n, l.Name), ""
		}
		if l.URL != "" && len(list) < maxLinks {
			list = append(list, l)
		}
	}
	return list
}

// media reads what Media RSS says of pictures and recordings, in groups or not,
// besides what the entry keeps.
func (t *teller) media(d *Details, kids []*node) {
	for _, n := range kids {
		switch {
		case n.space != "media":
		case n.name == "group", n.name == "content":
			t.media(d, n.kids)
			group := t.m.teller(&t.rd, n.kids)
			d.Licences = append(d.Licences, group.licences(nil)...)
			for _, name := range []string{"media:rating", "media:restriction", "media:player"} {
				if list := group.take(name); len(list) > 0 && len(t.kids[name]) == 0 {
					t.kids[name] = list
					t.all = append(t.all[:len(t.all):len(t.all)], list...)
				}
			}
		case n.name == "credit" && len(d.Credits) < maxLinks:
			if name := clip(plainTitle(n.plain(), false), 256); name != "" {
				d.Credits = append(d.Credits, Credit{Name: name, Role: clip(news.Clean(strings.ToLower(n.attr("role"))), 256)})
			}
		}
	}
	delete(t.kids, "media:credit")
}
