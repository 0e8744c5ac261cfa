package press

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"math/rand/v2"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// vietnam is the papers' time zone; it has known no summer time since 1975.
var vietnam = time.FixedZone("+07", 7*60*60)

// render writes a paper's feed as it is at its n-th poll.
func (r *running) render(items []*item, n int) ([]byte, error) {
	if r.has(Shuffled) {
		rng := rand.New(rand.NewPCG(uint64(n), 7))
		items = append([]*item(nil), items...)
		rng.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	}
	if r.Format == JSON {
		return r.json(items, n)
	}
	var b strings.Builder
	if r.has(BOM) {
		b.WriteString("\ufeff\r\n")
	}
	charset := "utf-8"
	if r.has(Windows1258) {
		charset = "windows-1258"
	}
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=%q?>\n", charset)
	if r.Format == Atom {
		r.atom(&b, items, n)
	} else {
		r.rss(&b, items, n)
	}
	if r.has(Trailing) {
		b.WriteString("\n<script>var loaded = true;</script>\n")
	}
	if r.has(Windows1258) {
		return windows1258(b.String())
	}
	return []byte(b.String()), nil
}

func (r *running) rss(b *strings.Builder, items []*item, n int) {
	b.WriteString(`<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">` + "\n<channel>\n")
	fmt.Fprintf(b, "<title>%s - Trang chủ</title><link>%s/</link><description>%s</description><language>vi</language><ttl>1</ttl>\n", r.text(r.Name), r.base, r.text("Tin mới của "+r.Name))
	for _, it := range items {
		fmt.Fprintf(b, "<item>\n<title>%s</title>\n<link>%s</link>\n", r.title(it.Title), r.text(r.feedLink(it, n)))
		if !r.has(NoGUID) {
			fmt.Fprintf(b, "<guid isPermaLink=\"%t\">%s</guid>\n", !r.has(PlainGUID) && r.guids == 0, r.guid(it))
		}
		fmt.Fprintf(b, "<pubDate>%s</pubDate>\n", r.date(it.Published))
		if it.Author != "" {
			fmt.Fprintf(b, "<dc:creator>%s</dc:creator>\n", r.text(it.Author))
		}
		fmt.Fprintf(b, "<category>%s</category>\n", r.text(it.Section))
		fmt.Fprintf(b, "<description><![CDATA[%s]]></description>\n", r.teaser(it, n))
		if r.has(FullText) {
			fmt.Fprintf(b, "<content:encoded><![CDATA[%s]]></content:encoded>\n", it.body())
		}
		b.WriteString("</item>\n")
	}
	b.WriteString("</channel>\n</rss>\n")
}

func (r *running) atom(b *strings.Builder, items []*item, n int) {
	fmt.Fprintf(b, "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"vi\">\n<title>%s</title><id>%s/</id><link href=\"%s/\"/><link rel=\"self\" href=\"%s/atom.xml\"/>\n",
		r.text(r.Name), r.base, r.base, r.base)
	var newest time.Time
	for _, it := range items {
		if it.changed().After(newest) {
			newest = it.changed()
		}
	}
	fmt.Fprintf(b, "<updated>%s</updated>\n", newest.In(vietnam).Format(time.RFC3339))
	for _, it := range items {
		fmt.Fprintf(b, "<entry><title>%s</title><id>tag:%s,%d:%d</id><link rel=\"alternate\" href=\"%s\"/>\n", r.title(it.Title), r.ID, 2026+r.guids, it.Number, r.text(r.feedLink(it, n)))
		fmt.Fprintf(b, "<published>%s</published><updated>%s</updated>\n", it.Published.In(vietnam).Format(time.RFC3339), it.changed().In(vietnam).Format(time.RFC3339))
		if it.Author != "" {
			fmt.Fprintf(b, "<author><name>%s</name></author>\n", r.text(it.Author))
		}
		fmt.Fprintf(b, "<category term=\"%s\"/><summary type=\"html\">%s</summary></entry>\n", r.text(it.Section), r.text(r.teaser(it, n)))
	}
	b.WriteString("</feed>\n")
}

func (r *running) json(items []*item, n int) ([]byte, error) {
	type author struct {
		Name string `json:"name"`
	}
	type entry struct {
		ID        string   `json:"id"`
		URL       string   `json:"url"`
		Title     string   `json:"title"`
		Content   string   `json:"content_html"`
		Published string   `json:"date_published"`
		Modified  string   `json:"date_modified,omitempty"`
		Authors   []author `json:"authors,omitempty"`
		Tags      []string `json:"tags"`
	}
	list := []entry{}
	for _, it := range items {
		e := entry{
			ID: r.guid(it), URL: r.feedLink(it, n), Title: it.Title, Content: r.teaser(it, n),
			Published: it.Published.In(vietnam).Format(time.RFC3339), Tags: []string{it.Section},
		}
		if !it.Updated.IsZero() {
			e.Modified = it.Updated.In(vietnam).Format(time.RFC3339)
		}
		if it.Author != "" {
			e.Authors = []author{{it.Author}}
		}
		list = append(list, e)
	}
	return json.MarshalIndent(map[string]any{
		"version": "https://jsonfeed.org/version/1.1", "title": r.Name, "language": "vi",
		"home_page_url": r.base + "/", "feed_url": r.base + "/feed.json", "items": list,
	}, "", " ")
}

// guid is what the paper's feed calls an item.
func (r *running) guid(it *item) string {
	switch {
	case r.guids > 0:
		return fmt.Sprintf("%d-%d", r.guids, it.Number*7)
	case r.has(PlainGUID):
		return fmt.Sprint(it.Number)
	case r.has(Secured):
		return secure(it.link())
	default:
		return it.link()
	}
}

func secure(link string) string { return "https" + strings.TrimPrefix(link, "http") }

// cmsNumbers is how far apart the numbers of two CMSs are.
const cmsNumbers = 700_000

// link is the item's canonical address. Each CMS of a paper numbers anew.
func (it *item) link() string {
	if cms := it.paper.cms; cms > 0 {
		return fmt.Sprintf("%s/bai-viet-%d.html", it.paper.base, cms*cmsNumbers+it.Number)
	}
	return fmt.Sprintf("%s/%s-%d.html", it.paper.base, slug(it.First), it.Number)
}

// changed is when the item last changed.
func (it *item) changed() time.Time {
	if it.Updated.IsZero() {
		return it.Published
	}
	return it.Updated
}

// feedLink is the link as the paper's feed gives it at the n-th poll.
func (r *running) feedLink(it *item, n int) string {
	l := it.link()
	if r.has(SlugDrift) && n%2 == 1 {
		l = fmt.Sprintf("%s/tin-%s-%d.html", r.base, slug(it.Title), it.Number)
	}
	switch {
	case r.has(Relative):
		l = strings.TrimPrefix(l, r.base)
	case r.has(Secured), r.has(HTTPSVariant) && n%2 == 1:
		l = secure(l)
	}
	if r.has(Tracked) {
		l += fmt.Sprintf("?utm_source=rss&utm_medium=feed&utm_campaign=trang-chu&fbclid=IwAR%d", n)
	}
	return l
}

// title escapes a headline, twice where the paper's CMS does.
func (r *running) title(s string) string {
	if r.has(DoubleEscape) {
		s = html.EscapeString(s)
	}
	return r.text(s)
}

// text escapes for XML, with HTML's entities where the paper's CMS has them.
func (r *running) text(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder never fails
	if r.has(Undeclared) {
		return strings.NewReplacer("ê", "&ecirc;", "à", "&agrave;", "–", "&ndash;").Replace(b.String())
	}
	return b.String()
}

// teaser is the description as Vietnamese CMSs write it: picture, break, lede.
func (r *running) teaser(it *item, n int) string {
	lede := it.Text[0]
	if it.fed != nil {
		lede = it.fed[0]
	}
	if it.vary != nil {
		lede = it.vary(lede, n)
	}
	return fmt.Sprintf(`<a href="%s"><img src="%s/anh/%d.png" alt=""/></a></br>%s`, it.link(), r.base, it.Number, html.EscapeString(lede))
}

// body is the article's text as HTML.
func (it *item) body() string {
	var b strings.Builder
	for _, s := range it.Text {
		fmt.Fprintf(&b, "<p>%s</p>\n", html.EscapeString(s))
	}
	return b.String()
}

// date writes a time as the paper's CMS does.
func (r *running) date(t time.Time) string {
	t = t.In(vietnam)
	switch {
	case r.has(GMT7):
		return t.Format("Mon, 02 Jan 2006 15:04:05") + " GMT+7"
	case r.has(DotNet):
		return t.Format("1/2/2006 3:04:05 PM")
	case r.has(DayFirst):
		return t.Format("02/01/2006 15:04")
	default:
		return t.Format(time.RFC1123Z)
	}
}

// slug is a headline as the words of an address.
func slug(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case r == 'đ':
			b.WriteRune('d')
		case unicode.Is(unicode.Mn, r):
		case r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteRune('-')
		}
	}
	words := strings.Trim(b.String(), "-")
	if len(words) > 60 {
		words = strings.TrimRight(words[:60], "-")
	}
	return words
}

// windows1258 encodes as that code page must: it has the letters of Vietnamese
// with their circumflex, breve and horn, but tones only as combining marks.
func windows1258(s string) ([]byte, error) {
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		var letter, tone []rune
		for _, part := range norm.NFD.String(string(r)) {
			if strings.ContainsRune("\u0300\u0301\u0303\u0309\u0323", part) {
				tone = append(tone, part)
			} else {
				letter = append(letter, part)
			}
		}
		b.WriteString(norm.NFC.String(string(letter)))
		b.WriteString(string(tone))
	}
	return charmap.Windows1258.NewEncoder().Bytes([]byte(b.String()))
}
