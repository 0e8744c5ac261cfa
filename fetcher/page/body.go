package page

import (
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"codeberg.org/readeck/go-readability/v2"
	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"tinhub/news"
)

// compile reads a selector; cascadia's own errors say what is wrong with it.
func compile(selector string) (cascadia.Selector, error) {
	return cascadia.Compile(selector)
}

// containers are the elements that Vietnamese CMSs keep an article's body in,
// the most telling first.
var containers = []string{
	"[itemprop=articleBody]", ".newscontent", ".article__body", ".article-body", ".detail-content", ".content-detail", ".detail__content",
	".b-maincontent", ".cms-body", ".fck_detail", ".article-content", ".entry-content", ".news-content", ".post-content", ".detail-body",
	".the-article-body", ".noidung", "#content_detail", "#divNewsContent", "#newscontents", ".knc-content", ".singular-content", ".maincontent",
	".journal-content-article", ".ms-rtestate-field", "[class^=ExternalClass]", // Liferay, SharePoint
}

// blocks are the body's paragraphs, images and lists in order.
func (p *reader) blocks(title string) []block {
	p.remove()
	if s := p.Source.Selectors; s != nil && s.Body != "" {
		if m, err := compile(s.Body); err == nil {
			if found := p.doc.FindMatcher(m); found.Length() > 0 {
				strip(found)
				return flattenAll(found)
			}
		}
	}
	for _, c := range containers {
		found := p.doc.Find(c).First()
		if found.Length() == 0 || len(news.Clean(found.Text())) < 200 {
			continue
		}
		second := func() []block { return p.readable(title) }
		strip(found)
		return p.withLede(p.longer(flattenAll(found), second))
	}
	return p.withLede(p.longer(p.readable(title), nil))
}

// shortBody is how many characters a body has of which it is doubted that it is
// the whole one.
const shortBody = 700

// longer looks again where a body is short: a lede, a box or a list of dates may
// have been taken for the article. What readability finds is taken instead, or
// the element with most text in paragraphs of its own, or what the page says that
// its text is, where it has much more.
func (p *reader) longer(b []block, second func() []block) []block {
	better := func(again []block) {
		if prose(again) > max(2*prose(b), 400) {
			b = again
		}
	}
	if prose(b) < shortBody && second != nil {
		better(second())
	}
	if prose(b) < shortBody {
		if dense := p.densest(); dense != nil {
			s := goquery.NewDocumentFromNode(dense).Selection
			strip(s)
			better(flattenAll(s))
		}
	}
	if prose(b) < shortBody {
		better(p.said())
	}
	return b
}

// said is the text that JSON-LD gives, in paragraphs as far as it has any.
func (p *reader) said() (out []block) {
	for line := range strings.Lines(p.meta.body) {
		if t := news.Text(line); t != "" {
			out = append(out, block{kind: paragraph, text: t, html: "<p>" + html.EscapeString(t) + "</p>"})
		}
	}
	return out
}

// prose is how many characters of blocks stand in paragraphs that are more than a
// line.
func prose(blocks []block) (n int) {
	for _, b := range blocks {
		if size := utf8.RuneCountInString(b.text); b.kind == paragraph && !b.linked && size > 60 {
			n += size
		}
	}
	return n
}

// densest is the element with most text in paragraphs that are its children.
func (p *reader) densest() *html.Node {
	sums := map[*html.Node]int{}
	var best *html.Node
	for _, n := range p.doc.Find("p").Nodes {
		size := utf8.RuneCountInString(news.Clean(textOf(n)))
		if size <= 60 || n.Parent == nil {
			continue
		}
		if sums[n.Parent] += size; best == nil || sums[n.Parent] > sums[best] {
			best = n.Parent
		}
	}
	return best
}

// furniture are parts of a page that belong to no article, by what papers call
// them in class and id.
var furniture = regexp.MustCompile(`(?i)(^|[\s_-])(comments?|binh-?luan|y-?kien|poll|tham-?do|weather|thoi-?tiet|related|lien-?quan|cung-?chuyen-?muc|read-?more|doc-?them|share|social|addthis|fb-like|zalo|tags?|tu-?khoa|breadcrumbs?|banner|qc|quang-?cao|ads|advert\w*|newsletter|pagination|print|font-?size|rating|google-?news|box-?(news|tin)|tin-?(khac|moi)|other-?news|most-?(read|view)|toolbar)($|[\s_-])`)

// remove takes out what the source's selectors name.
func (p *reader) remove() {
	if s := p.Source.Selectors; s != nil {
		for _, r := range s.Remove {
			if m, err := compile(r); err == nil {
				p.doc.FindMatcher(m).Remove()
			}
		}
	}
}

// strip removes what no article holds from its body. An element that holds much
// of the text stays, whatever it is called.
func strip(body *goquery.Selection) {
	body.Find("script, style, noscript, template, iframe, object, embed, form, button, select, nav, svg").Remove()
	whole := len(body.Text())
	body.Find("div, section, aside, ul, p, footer, table, span").Each(func(_ int, s *goquery.Selection) {
		name := s.AttrOr("class", "") + " " + s.AttrOr("id", "")
		if len(name) > 1 && len(name) < 300 && furniture.MatchString(name) && len(s.Text())*3 < whole {
			s.Remove()
		}
	})
}

// readable lets readability find the body.
func (p *reader) readable(title string) []block {
	u, err := url.Parse(p.URL)
	if err != nil {
		u = &url.URL{}
	}
	parser := readability.NewParser()
	found, err := parser.ParseDocument(p.doc.Get(0), u)
	if err != nil || found.Node == nil {
		return nil
	}
	return flattenAll(goquery.NewDocumentFromNode(found.Node).Selection)
}
