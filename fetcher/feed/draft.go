package feed

import (
	"cmp"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tinhub/fetcher/markup"
	"tinhub/news"
)

// The limits of an entry, beside markup.MaxContent.
const (
	maxTitle      = 1 << 10 // bytes
	maxGUID       = 2 << 10 // bytes; a longer one is named by its hash
	maxCategories = 32
	maxLinks      = 16
)

// A draft is an entry as its format gave it: addresses absolute where the
// document said of what, texts as HTML, dates as written.
type draft struct {
	guid      string
	permalink bool     // the guid is the entry's address
	links     []string // in order of preference
	title     string   // HTML, or RSS's guess-which
	typed     bool     // title is HTML for sure
	summary   string
	content   string
	authors   []news.Person
	published []string // in order of preference
	updated   []string
	section   string // where in the paper it stands, as the entry says
	labels    []news.Category
	files     []news.Enclosure
	images    []news.Image
	lang      string
	base      string
	via       *news.Via
	raw       news.Key
	details   *Details // where they are wanted
}

// A reader makes entries of drafts.
type reader struct {
	o       Options
	base    string
	lang    string
	loc     *time.Location
	repairs *repairs
	doc     *Document
	text    func(string) string // gives back what was kept aside from gofeed
}

// take adds the entry that a draft makes to the document, or its rejection.
func (rd *reader) take(d draft) {
	if rd.o.About && d.details == nil {
		d.details = &Details{}
	}
	e := rd.entry(d)
	if reason := rd.refuse(e, d.details); reason != "" {
		rd.doc.Rejected = append(rd.doc.Rejected, news.Rejected{Reason: reason, Title: e.Title, Link: e.Link, At: rd.o.Now})
		return
	}
	rd.doc.Entries = append(rd.doc.Entries, e)
	rd.doc.Raw = append(rd.doc.Raw, d.raw)
	if rd.o.About {
		rd.doc.Details = append(rd.doc.Details, *d.details)
	}
}

// refuse says why an entry is nothing to read, or "".
func (rd *reader) refuse(e news.Entry, said *Details) string {
	if e.Title != "" || e.Link != "" || e.GUID != "" || e.Summary != "" || e.Content != "" || len(e.Enclosures) > 0 || e.Image != nil {
		return ""
	}
	if rd.o.Bare && (len(e.Authors) > 0 || len(e.Categories) > 0 || !e.Published.IsZero() || !e.Updated.IsZero() || e.Via != nil || e.Language != rd.lang ||
		said != nil && !reflect.ValueOf(*said).IsZero()) {
		return ""
	}
	return "no title, link, id or text"
}

func (rd *reader) entry(d draft) news.Entry {
	base := cmp.Or(d.base, rd.base)
	d.title, d.summary, d.content = rd.repairs.once(d.title), rd.repairs.once(d.summary), rd.repairs.once(d.content)
	e := news.Entry{
		Source:    rd.o.Source.ID,
		GUID:      clipGUID(news.Clean(d.guid)),
		Title:     rd.title(d),
		Authors:   people(base, d.authors),
		Published: rd.moment(d.published),
		Updated:   rd.moment(d.updated),
		Language:  cmp.Or(language(d.lang), rd.lang),
		Via:       rd.via(d.via, base),
		Seen:      rd.o.Now,
	}
	if d.lang == noLanguage {
		e.Language = ""
	}
	e.Link = rd.link(d, base)
	// Pictures and links in the text are as the page's are: relative to it.
	e.Summary = rd.readable(markup.Sanitise(rd.repairs.undouble(d.summary), base))
	e.Content = rd.readable(markup.Sanitise(rd.repairs.undouble(d.content), base))
	if e.Content == e.Summary {
		e.Content = ""
	}
	e.Categories = categories(d.labels)
	e.Enclosures = rd.enclosures(d.files, base)
	e.Image = rd.image(d, e, base)
	if e.Image != nil {
		e.Summary = markup.WithoutLead(e.Summary)
	}
	e.Section = cmp.Or(clip(plainTitle(d.section, false), 256), rd.o.Source.Section)
	e.Origin = origin(e)
	if people, credit := byline(e.Authors); credit != "" {
		e.Authors, e.Origin = people, cmp.Or(e.Origin, credit)
	}
	if e.Published.IsZero() {
		e.Published = e.Updated
	}
	e.Key, e.Hash = news.EntryKey(e), news.EntryHash(e)
	return e
}

// language is a language tag (BCP 47) as far as it was meant as one.
func language(s string) string {
	s = strings.ReplaceAll(news.Clean(s), "_", "-")
	if len(s) > 35 {
		return ""
	}
	return s
}

func clipGUID(guid string) string {
	if len(guid) > maxGUID {
		return "hash:" + string(news.KeyOf(guid))
	}
	return guid
}

// title is an entry's title as text on one line.
func (rd *reader) title(d draft) string {
	t := clip(plainTitle(d.title, d.typed), maxTitle)
	if placeholder(t) {
		return ""
	}
	return t
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n -= len("…")
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.TrimSpace(s[:n]) + "…"
}

// link is the first usable address. A guid that says it is one counts where
// there is no other (RSS 2.0, guid); FeedBurner's detour is not taken.
func (rd *reader) link(d draft, base string) string {
	links := d.links
	if guid := strings.TrimSpace(d.guid); d.permalink && (strings.Contains(guid, "://") || strings.HasPrefix(guid, "/")) {
		links = append(slices.Clone(links), d.guid)
	}
	for i, l := range links {
		if l = markup.Link(base, l); l != "" {
			return l
		}
		if i < len(d.links) && strings.TrimSpace(d.links[i]) != "" {
			rd.repairs.add(badLink)
		}
	}
	return ""
}

// moment is the first readable date.
func (rd *reader) moment(dates []string) news.Moment {
	written := false
	for _, s := range dates {
		if strings.TrimSpace(s) == "" {
			continue
		}
		if m, ok := markup.Date(s, rd.loc, rd.o.Now); ok {
			return m
		}
		written = true
	}
	if written {
		rd.repairs.add(badDate)
	}
	return news.Moment{}
}

func (rd *reader) via(v *news.Via, base string) *news.Via {
	if v == nil {
		return nil
	}
	v = &news.Via{Title: clip(plainTitle(rd.kept(v.Title), false), maxTitle), URL: markup.Link(base, v.URL)}
	if *v == (news.Via{}) {
		return nil
	}
	return v
}

// readable is HTML with something in it, or "". Who only looks at a feed sees what
// stands there in place of a text, too.
func (rd *reader) readable(fragment string) string {
	if rd.o.Bare && news.Text(fragment) != "" {
		return fragment
	}
	if len(fragment) < 64 && placeholder(news.Text(fragment)) && !strings.Contains(fragment, "<img") {
		return ""
	}
	return fragment
}

// placeholder says that a text only stands for one that is missing.
func placeholder(s string) bool {
	switch strings.ToLower(strings.Trim(s, " .…-[]()")) {
	case "", "no description", "no title", "untitled", "null", "undefined", "n/a", "(no title)",
		"không có mô tả", "không có tiêu đề", "không tiêu đề":
		return true
	}
	return false
}

func categories(labels []news.Category) []news.Category {
	var kept []news.Category
	for _, c := range labels {
		c = news.Category{Term: clip(plainTitle(c.Term, false), 256), Scheme: clip(news.Clean(c.Scheme), 256), Label: clip(plainTitle(c.Label, false), 256)}
		if c.Term == "" {
			c.Term = c.Label
		}
		again := func(k news.Category) bool { // the same word, which need not say again of what scheme it is
			return k == c || c.Scheme == "" && c.Label == "" && k.Term == c.Term
		}
		if c.Term == "" && c.Scheme == "" || slices.ContainsFunc(kept, again) || len(kept) >= maxCategories {
			continue
		}
		kept = append(kept, c)
	}
	return kept
}

// origin is whom an entry's texts credit as their first publisher, or "".
func origin(e news.Entry) string {
	return cmp.Or(news.Origin(credits(e.Summary)), news.Origin(credits(e.Content)))
}

// byline takes out of an entry's authors whom it has the text from: "Theo TTXVN" is
// nobody's name, and "Minh Nguyệt (TTXVN)" is a name with one.
func byline(authors []news.Person) (people []news.Person, credit string) {
	for _, a := range authors {
		from := news.Origin(a.Name)
		credit = cmp.Or(credit, from)
		folded := news.Fold(a.Name)
		if from == "" || !strings.HasPrefix(folded, "theo ") && !strings.HasPrefix(folded, news.Fold("nguồn")+" ") {
			people = append(people, a)
		}
	}
	return people, credit
}

// How much of a long text is looked at for a credit, in bytes.
const (
	creditHead = 400
	creditTail = 600
)

// credits is the text of sanitised HTML as far as a credit may stand in it: all of
// a short one; of a long one the first line and the last ones, from one tag on.
func credits(fragment string) string {
	if len(fragment) <= creditHead+creditTail {
		return news.Text(fragment)
	}
	head, tail := fragment[:creditHead], fragment[len(fragment)-creditTail:]
	head = head[:max(strings.LastIndexByte(head, '<'), creditHead/2)]
	tail = tail[max(strings.IndexByte(tail, '<'), 0):]
	head, _, _ = strings.Cut(news.Text(strings.ToValidUTF8(head, "")), "\n")
	return head + "\n" + news.Text(strings.ToValidUTF8(tail, ""))
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
