// Package page takes an article from its page: text, author, time, section,
// lead image, without what the paper puts around it.
//
// What a page says of itself (JSON-LD, OpenGraph, meta) is compared with what a
// reader sees, since a CMS fills the former with defaults. The body is the
// element that the source's selectors name, or a container known from
// Vietnamese CMSs, or what readability finds; what follows the byline, and what
// carries the labels of comment boxes, polls, weather and related news, is cut.
package page

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"tinhub/fetcher/markup"
	"tinhub/news"
)

// Options is what is known of a page besides its bytes.
type Options struct {
	Source      news.Source // selectors, section, hosts
	URL         string      // after redirects: the base of relative links
	ContentType string      // the header, with its charset
	Now         time.Time
	Location    *time.Location // of dates that name no zone; nil means Asia/Ho_Chi_Minh
}

// An Article is what a page gave. HTML is sanitised, Text is plain, paragraphs
// separated by an empty line.
type Article struct {
	Title     string
	Section   string
	Published news.Moment
	Updated   news.Moment
	Authors   []news.Person
	Origin    string // credited: "TTXVN"
	Lede      string
	Text      string
	HTML      string
	Image     *news.Image
	Canonical string
	Language  string
}

// MaxPage is how many bytes of a page are read.
const MaxPage = 5 << 20

// ErrNoArticle says that the page holds no text that could be an article.
var ErrNoArticle = errors.New("no article on this page")

// ErrMissing says that the page itself says that the article is not there: a
// soft 404.
var ErrMissing = errors.New("the page says that the article does not exist")

// Read takes the article from a page.
func Read(body []byte, o Options) (Article, error) {
	if len(body) > MaxPage {
		return Article{}, fmt.Errorf("the page has more than %d bytes", MaxPage)
	}
	doc, err := parse(body, o.ContentType)
	if err != nil {
		return Article{}, fmt.Errorf("read the page: %w", err)
	}
	if o.Location == nil {
		o.Location = markup.Vietnam()
	}
	p := &reader{Options: o, doc: goquery.NewDocumentFromNode(doc)}
	p.base = baseOf(p.doc, o.URL)
	return p.read()
}

// baseOf is what a page's addresses are relative to: what it says, else its own.
func baseOf(doc *goquery.Document, address string) string {
	return cmp.Or(markup.Link(address, doc.Find("base[href]").AttrOr("href", "")), address)
}

// A reader reads one page.
type reader struct {
	Options
	doc  *goquery.Document
	base string
	meta metadata
	head *html.Node // where the headline was seen; nil when it was not
}

func (p *reader) read() (Article, error) {
	p.meta = readMetadata(p.doc)
	a := Article{Language: p.meta.language, Canonical: p.canonical()}
	a.Title = p.title()
	a.Section = p.section(a.Title)
	a.Published, a.Updated = p.dates()
	blocks := p.blocks(a.Title)
	if len(blocks) == 0 {
		if p.missing() {
			return a, ErrMissing
		}
		return a, ErrNoArticle
	}
	body := cut(blocks, context{title: a.Title, section: a.Section, vietnamese: p.vietnamese(blocks)})
	if body.textLength() < minText && p.missing() {
		return a, ErrMissing
	}
	if len(body.blocks) == 0 {
		return a, ErrNoArticle
	}
	if a.Published.IsZero() || a.Published.Precision == news.Day {
		if m, ok := markup.Date(body.date, p.Location, p.Now); ok && (a.Published.IsZero() || m.Precision != news.Day) {
			a.Published = m
		}
	}
	a.Authors, a.Origin = p.byline(body)
	a.Lede, a.Text = body.lede(), body.text()
	a.Image = p.image(body)
	a.HTML = markup.Sanitise(body.html(), p.base)
	return a, nil
}

// minText is how many characters an article has at least.
const minText = 80

// missing recognises the pages that papers show, with 200, for an article that
// is gone.
func (p *reader) missing() bool {
	text := strings.ToLower(news.Clean(p.doc.Find("title, h1, h2, .error, .notfound, main").Text()))
	if text == "" {
		text = strings.ToLower(news.Clean(p.doc.Find("body").Text()))
	}
	for _, s := range gone {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

// gone are the words of soft 404s.
var gone = []string{
	"bài viết không tồn tại", "bài viết này không tồn tại", "bài viết bạn tìm không tồn tại", "không tìm thấy trang", "không tìm thấy bài viết",
	"trang không tồn tại", "trang bạn tìm kiếm không tồn tại", "nội dung không tồn tại", "bài viết đã bị gỡ", "bài viết đã được gỡ", "đường dẫn không tồn tại",
	"tin bài không tồn tại", "404 not found", "page not found", "error 404", "lỗi 404",
}

// Missing says whether a page, answered with 200, says that its article is not
// there (a soft 404).
func Missing(body []byte, contentType string) bool {
	doc, err := parse(body, contentType)
	if err != nil {
		return false
	}
	return (&reader{doc: goquery.NewDocumentFromNode(doc)}).missing()
}

// canonical is the address that the page calls its own, where it can be
// believed: on the paper's hosts, and not the front page.
func (p *reader) canonical() string {
	for _, raw := range []string{p.meta.canonical, p.meta.ogURL} {
		u, err := url.Parse(markup.Link(p.base, raw))
		if err != nil || u.Host == "" || strings.Trim(u.Path, "/") == "" {
			continue
		}
		family := news.HostFamily(u.Hostname())
		if family == news.FamilyOf(p.URL) || slices.Contains(p.Source.Families(), family) {
			return u.String()
		}
	}
	return ""
}
