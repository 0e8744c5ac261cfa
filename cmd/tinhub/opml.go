package main

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"tinhub/news"
	"tinhub/store"
)

type opmlCmd struct {
	Import opmlImportCmd `cmd:"" help:"Add the feeds of a subscription list to the sources that live in the store."`
	Export opmlExportCmd `cmd:"" help:"Write all sources as a subscription list."`
}

// The limits on a list that somebody else made.
const (
	maxOPML         = 10 << 20 // bytes
	maxOutlines     = 10_000
	maxOutlineDepth = 64
)

type opmlExportCmd struct {
	configFlag
	File string `arg:"" help:"Where to; - is standard output."`
}

func (opmlExportCmd) Help() string {
	return `The list holds what the file declares and what lives in the store, by province.

Example:
  tinhub opml export sources.opml`
}

// An opmlDocument is OPML 2.0, as far as subscription lists need it.
type opmlDocument struct {
	XMLName xml.Name      `xml:"opml"`
	Version string        `xml:"version,attr"`
	Title   string        `xml:"head>title"`
	Body    []opmlOutline `xml:"body>outline"`
}

type opmlOutline struct {
	Text     string        `xml:"text,attr"`
	Title    string        `xml:"title,attr,omitempty"`
	Type     string        `xml:"type,attr,omitempty"`
	XMLURL   string        `xml:"xmlUrl,attr,omitempty"`
	HTMLURL  string        `xml:"htmlUrl,attr,omitempty"`
	Category string        `xml:"category,attr,omitempty"` // "/province/ca-mau"
	Outlines []opmlOutline `xml:"outline"`
}

// provinceCategory marks a province in an outline's category.
const provinceCategory = "/province/"

func (c *opmlExportCmd) Run(p *program) error {
	s, err := c.load(p)
	if err != nil {
		return err
	}
	core, err := openStore(p.ctx, s, p.logger(levelQuiet))
	if err != nil {
		return err
	}
	defer core.Close()
	sources, _, err := s.withKept(p.ctx, core)
	if err != nil {
		return err
	}
	write := func(w io.Writer) error {
		b, err := xml.MarshalIndent(opmlOf(s.Site.Title, sources), "", " ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, b)
		return err
	}
	if c.File == "-" {
		return write(p.out)
	}
	if err := writeWhole(c.File, write); err != nil {
		return fmt.Errorf("opml export: %w", err)
	}
	feeds := 0
	for _, src := range sources {
		if src.URL != "" {
			feeds++
		}
	}
	p.say("%s written to %s", count(feeds, "source", "sources"), c.File)
	if left := len(sources) - feeds; left > 0 {
		p.say("%s without a feed left out: an OPML list holds feeds only; tinhub backup keeps everything", count(left, "source", "sources"))
	}
	return nil
}

// opmlOf groups sources by province, in the provinces' order.
func opmlOf(title string, sources []news.Source) opmlDocument {
	doc := opmlDocument{Version: "2.0", Title: title}
	group := func(slug, name string) {
		var list []opmlOutline
		for _, src := range sources {
			if src.Province != slug || src.URL == "" { // pages and sitemaps are no feeds
				continue
			}
			o := opmlOutline{Text: src.Name, Title: src.Name, Type: "rss", XMLURL: src.URL, HTMLURL: src.Homepage}
			if src.Section != "" {
				o.Text += " – " + src.Section
			}
			if slug != "" {
				o.Category = provinceCategory + slug
			}
			list = append(list, o)
		}
		if len(list) > 0 {
			doc.Body = append(doc.Body, opmlOutline{Text: name, Outlines: list})
		}
	}
	for _, province := range news.Provinces() {
		group(province.Slug, province.Name)
	}
	group("", "Toàn quốc")
	return doc
}

type opmlImportCmd struct {
	configFlag
	JSON bool   `help:"Print one JSON object a line, one for each feed in the list."`
	File string `arg:"" help:"An OPML file; - is standard input."`
}

func (opmlImportCmd) Help() string {
	return `A feed that is known already is left as it is; what can't be a source is said, and the rest imported.
A running serve takes the new sources over by itself.

Example:
  tinhub opml import subscriptions.opml`
}

// An imported feed is what became of one outline.
type imported struct {
	URL    string `json:"url"`
	Title  string `json:"title,omitempty"`
	Source string `json:"source,omitempty"` // the id that it has
	Result string `json:"result"`           // added, known or refused
	Reason string `json:"reason,omitempty"`
}

func (c *opmlImportCmd) Run(p *program) error {
	s, err := c.load(p)
	if err != nil {
		return err
	}
	feeds, err := c.read(p)
	if err != nil {
		return fmt.Errorf("opml import: %w", err)
	}
	core, err := openStore(p.ctx, s, p.logger(levelQuiet))
	if err != nil {
		return err
	}
	defer core.Close()
	sources, _, err := s.withKept(p.ctx, core)
	if err != nil {
		return err
	}
	counts := map[string]int{}
	bar := newProgress(p, len(feeds), "importing")
	defer bar.end()
	for _, f := range feeds {
		line, src, err := importFeed(p.ctx, core, sources, f)
		if err != nil {
			return err
		}
		if line.Result == "added" {
			sources = append(sources, src)
		}
		counts[line.Result]++
		if err := c.tell(p, line); err != nil {
			return err
		}
		bar.step(line.Title)
	}
	p.say("%d added, %d known already, %d refused", counts["added"], counts["known"], counts["refused"])
	if counts["refused"] > 0 {
		return errSaid
	}
	return nil
}

func (c *opmlImportCmd) tell(p *program, l imported) error {
	if c.JSON {
		return p.json(l)
	}
	_, err := fmt.Fprintf(p.out, "%s\t%s\t%s\t%s\n", l.Result, l.Source, l.URL, l.Reason)
	return err
}

func (c *opmlImportCmd) read(p *program) ([]opmlOutline, error) {
	in, err := p.open(c.File)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return readOPML(in)
}

// readOPML gathers the outlines with an address, from a list made by anybody:
// it knows no entities but XML's own, and bounds size, depth and number.
func readOPML(in io.Reader) ([]opmlOutline, error) {
	limited := &io.LimitedReader{R: in, N: maxOPML + 1}
	d := xml.NewDecoder(limited)
	var feeds []opmlOutline
	depth, opml := 0, false
	for {
		token, err := d.Token()
		switch {
		case limited.N <= 0:
			return nil, fmt.Errorf("the list is larger than %d MB", maxOPML>>20)
		case errors.Is(err, io.EOF) && opml:
			return feeds, nil
		case errors.Is(err, io.EOF):
			return nil, errors.New("there is no <opml> in it")
		case err != nil:
			return nil, fmt.Errorf("not an OPML list: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > maxOutlineDepth {
				return nil, fmt.Errorf("outlines lie more than %d deep in each other", maxOutlineDepth)
			}
			opml = opml || t.Name.Local == "opml"
			if o := outlineOf(t); t.Name.Local == "outline" && o.XMLURL != "" {
				if feeds = append(feeds, o); len(feeds) > maxOutlines {
					return nil, fmt.Errorf("the list has more than %d feeds", maxOutlines)
				}
			}
		case xml.EndElement:
			depth--
		}
	}
}

// outlineOf reads an outline's attributes, in any case: lists differ.
func outlineOf(t xml.StartElement) (o opmlOutline) {
	for _, a := range t.Attr {
		switch strings.ToLower(a.Name.Local) {
		case "text":
			o.Text = news.Clean(a.Value)
		case "title":
			o.Title = news.Clean(a.Value)
		case "xmlurl":
			o.XMLURL = strings.TrimSpace(a.Value)
		case "htmlurl":
			o.HTMLURL = strings.TrimSpace(a.Value)
		case "category":
			o.Category = a.Value
		}
	}
	if o.Title == "" {
		o.Title = o.Text
	}
	return o
}

// paper is what an outline says of the paper that the feed is of: its homepage,
// and the slug of its province in force; "" where it does not say.
func (o opmlOutline) paper() (homepage, province string) {
	homepage, _ = news.CanonicalURL(o.HTMLURL)
	if _, rest, ok := strings.Cut(o.Category, provinceCategory); ok {
		slug, _, _ := strings.Cut(rest, ",")
		p, _ := news.ProvinceOf(strings.TrimSpace(slug))
		province = p.Slug
	}
	return homepage, province
}

// importFeed makes a source of a feed, unless it is known. An error is the
// store's; what is wrong with the feed is in the line.
func importFeed(ctx context.Context, core store.Core, known []news.Source, o opmlOutline) (imported, news.Source, error) {
	line := imported{URL: news.Excerpt(o.XMLURL, 200), Title: news.Excerpt(o.Title, 200), Result: "refused"}
	url, err := news.CanonicalURL(o.XMLURL)
	if err != nil {
		line.Reason = err.Error()
		return line, news.Source{}, nil
	}
	line.URL = url
	key := news.URLKey(url)
	if i := slices.IndexFunc(known, func(s news.Source) bool { return s.URL != "" && news.URLKey(s.URL) == key }); i >= 0 {
		line.Source, line.Result = known[i].ID, "known"
		return line, news.Source{}, nil
	}
	src := news.Source{ID: freeID(known, o.Title, url), Name: line.Title, URL: url, FullText: news.FullTextAuto, Enabled: true}
	if src.Name == "" {
		src.Name = news.FamilyOf(url)
	}
	src.Homepage, src.Province = o.paper()
	if _, err := keptSources(core).Put(ctx, src.ID, 0, src); err != nil {
		return line, src, err
	}
	line.Source, line.Result = src.ID, "added"
	return line, src, nil
}

// freeID makes an id of a title, or of the paper's domain, that no source has.
func freeID(known []news.Source, title, url string) string {
	base := slug(title)
	if base == "" {
		base = slug(news.FamilyOf(url))
	}
	if base == "" {
		base = "source"
	}
	for n := 1; ; n++ {
		id := base
		if n > 1 {
			id = fmt.Sprintf("%s-%d", base, n)
		}
		if !slices.ContainsFunc(known, func(s news.Source) bool { return s.ID == id }) {
			return id
		}
	}
}

// slug keeps of a title what an id may have: a-z, 0-9 and single hyphens.
func slug(title string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(title)) {
		switch {
		case r == 'đ':
			b.WriteByte('d')
		case unicode.Is(unicode.Mn, r):
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	s := b.String()
	if len(s) > 40 {
		s = s[:40]
	}
	return strings.Trim(s, "-")
}
