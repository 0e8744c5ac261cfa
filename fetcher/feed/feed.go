// Package feed reads what a source sent: bytes in any charset and any state of
// repair become entries.
//
// A document goes through four hands: its bytes become text (charset.go), the
// text is mended into a well-formed document within the limits (scan.go,
// mend.go, write.go), gofeed reads that (rss.go, atom.go; JSON Feed is read in
// json.go), and what it gives is completed, cleaned and made absolute
// (draft.go). Every repair is counted.
package feed

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"tinhub/fetcher/markup"
	"tinhub/news"
)

// Options is what is known of a document besides its bytes.
type Options struct {
	Source      news.Source
	URL         string         // where it was fetched from, after redirects: the base of relative links
	Location    *time.Location // of dates that name no zone; nil means Asia/Ho_Chi_Minh
	ContentType string         // the header, with its charset
	// ContentLocation is the header of that name, a base before URL (RFC 9110 section 8.7).
	ContentLocation string
	Language        string // of documents that name none: the header Content-Language
	Now             time.Time

	// Bare keeps entries in which there is nothing to read, only an author, a
	// date, a category or what Details tell: for looking at a feed, not for publishing it.
	Bare bool
	// About fills Document.About and Details, which polls have no use for.
	About bool
	// Known says of an item's raw key (see Document.Raw) that the item was read
	// before and need not be read again. It may be nil.
	Known func(raw news.Key) bool
}

// A Document is what was read.
type Document struct {
	Format     string // rss2.0, rss1.0, atom1.0, json1.1, sitemap …
	Charset    string
	Title      string
	Link       string
	Language   string
	Updated    news.Moment
	About      About // where Options.About asks for it, as Details
	Entries    []news.Entry
	Details    []Details  // of Entries, in their order
	Raw        []news.Key // of Entries, in their order: of the bytes that each was read from
	Unchanged  []news.Key // raw keys of items that Options.Known knew: they are in no entry
	Rejected   []news.Rejected
	Repairs    []news.Repair
	Pace       news.Pace
	Hubs       []string // that send what is new (WebSub), best first
	Self       string   // the address that they know the document by
	Truncated  bool     // it ended early: complete entries are kept, validators must not be
	Discovered []string // feeds that a page names, where it is no feed itself; the parts of a sitemap index
}

// ErrNotAFeed says that the bytes are something else; Document.Discovered may help.
var ErrNotAFeed = errors.New("not a feed")

// Parse reads a document. It returns what could be read even beside an error.
func Parse(body []byte, o Options) (Document, error) {
	var doc Document
	r := &repairs{}
	text, charset := decodeBody(body, o.ContentType, r)
	doc.Charset = charset
	trimmed := strings.TrimLeft(text, " \t\r\n\ufeff")
	if len(trimmed) != len(text) && strings.HasPrefix(trimmed, "<?xml") {
		r.add(blankBefore)
	}
	rd := &reader{o: o, repairs: r, doc: &doc, loc: o.Location}
	if rd.loc == nil {
		rd.loc = markup.Vietnam()
	}
	rd.base = documentBase(o)
	var err error
	switch {
	case trimmed == "":
		err = fmt.Errorf("%w: the document is empty; check that the address is right", ErrNotAFeed)
	case trimmed[0] == '{' || trimmed[0] == '[':
		err = rd.json(trimmed)
	default:
		err = rd.xml(trimmed)
	}
	doc.Repairs = r.list
	return doc, err
}

// salt is of raw keys: an item that is read otherwise, because its source was
// set otherwise, is another.
func (rd *reader) salt() string {
	return string(news.KeyOf(rd.o.Source.Section, rd.loc.String(), rd.o.Language))
}

// documentBase is what relative addresses of a document count from.
func documentBase(o Options) string {
	return cmp.Or(markup.Link(o.URL, o.ContentLocation), o.URL)
}

func (rd *reader) xml(text string) error {
	text = rd.fromRoot(text)
	m := newMender(text, rd.base, rd.repairs)
	m.known, m.salt = rd.o.Known, rd.salt()
	if rd.o.About {
		m.tell, m.prefixes = func(item *node) *Details { return m.details(rd, item) }, map[string]string{}
	}
	if !m.run() {
		return rd.notAFeed(text, m.root)
	}
	doc := rd.doc
	doc.Format, doc.Truncated, doc.Unchanged = m.format, m.truncated, m.unchanged
	doc.Language = or(m.lang, rd.o.Language)
	rd.text = m.text
	if m.tell != nil {
		doc.About = m.about(rd, m.head)
	}
	read := rd.readRSS
	if m.dialect == "atom" {
		read = rd.readAtom
	}
	drafts, err := read(m.document())
	if err != nil {
		return fmt.Errorf("%w: %s could not be read even after mending: %v", ErrNotAFeed, m.format, err)
	}
	rd.head()
	if m.root == "sitemapindex" {
		doc.Format = SitemapIndex
		doc.Discovered = rd.parts(drafts)
		return nil
	}
	for i, d := range drafts {
		d.title, d.summary, d.content = m.text(d.title), m.text(d.summary), m.text(d.content)
		if i < len(m.raw) {
			d.raw = m.raw[i]
		}
		if i < len(m.told) {
			d.details = m.told[i]
		}
		rd.take(d)
	}
	return nil
}

// SitemapIndex is the format of a list of sitemaps.
const SitemapIndex = "sitemapindex"

// parts are the sitemaps of an index, those of the news and those changed last
// first; where nothing tells, the year in the name does.
func (rd *reader) parts(drafts []draft) []string {
	type part struct {
		link string
		at   time.Time
		year string
	}
	var list []part
	for _, d := range drafts {
		if l := markup.Link(rd.base, first(d.links)); l != "" {
			list = append(list, part{l, rd.moment(d.updated).At, dateIn.FindString(l)})
		}
	}
	slices.SortStableFunc(list, func(a, b part) int {
		if a.at.Equal(b.at) {
			return strings.Compare(b.year, a.year)
		}
		return b.at.Compare(a.at)
	})
	slices.SortStableFunc(list, func(a, b part) int {
		return cmp.Compare(strings.Count(b.link, "news"), strings.Count(a.link, "news"))
	})
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = p.link
	}
	return out
}

// dateIn finds the month that a sitemap's name says.
var dateIn = regexp.MustCompile(`20\d\d[-_/]?\d{0,2}`)

// fromRoot drops what a server wrote before the document: a warning of PHP, a
// line of a log. A web page is left whole, it may show a feed in its text.
func (rd *reader) fromRoot(text string) string {
	begin := commentsBefore.FindStringIndex(text)[1]
	if begin > len(text)-1 || text[begin] == '<' && rootAt.FindStringIndex(text[begin:min(len(text), begin+16)]) != nil {
		return text
	}
	at := rootAt.FindStringIndex(text[begin:min(len(text), begin+64<<10)])
	if at == nil || at[0] == 0 || pageAt.MatchString(text[begin:begin+at[0]]) {
		return text
	}
	rd.repairs.add(beforeBegin)
	return text[begin+at[0]:]
}

var (
	commentsBefore = regexp.MustCompile(`^(?s:\s*<!--.*?-->)*\s*`)
	rootAt         = regexp.MustCompile(`<\?xml[\s?]|<(?:rss|feed|rdf:RDF|RDF|urlset|sitemapindex)[\s>]`)
	pageAt         = regexp.MustCompile(`(?i)<!doctype|<html[\s>]|<body[\s>]|<\w+:|xmlns|<!--`)
)

// head completes what the document says of itself, once it is known.
func (rd *reader) head() {
	doc := rd.doc
	doc.Title = clip(news.Clean(rd.repairs.once(doc.Title)), maxTitle)
	doc.Language = language(doc.Language)
	rd.lang = doc.Language
	doc.Link = markup.Link(rd.base, doc.Link)
	for i, h := range doc.Hubs {
		doc.Hubs[i] = markup.Address(rd.base, h)
	}
	doc.Hubs, doc.Self = join(nil, slices.DeleteFunc(doc.Hubs, func(h string) bool { return h == "" })), markup.Address(rd.base, doc.Self)
	if markup.Link("", rd.base) == "" { // no address of its own: relative to the paper's page
		rd.base = or(doc.Self, doc.Link, rd.o.Source.URL, rd.o.Source.Homepage)
	}
}
