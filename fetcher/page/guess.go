package page

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"tinhub/fetcher/markup"
	"tinhub/news"
)

// What a list of articles has at least, so that a menu is none.
const (
	minListed   = 5
	minHeadline = 24 // characters, on average

	maxLinks = 2000 // that are looked at
)

// Guess finds the list of articles on a section page and the selectors that read
// it, for an admin to look at and write down. false: there is no list that can be
// told from a menu.
func Guess(body []byte, o Options) (news.PageRule, []news.Entry, bool) {
	root, err := parse(body, o.ContentType)
	if err != nil || len(body) > MaxPage {
		return news.PageRule{}, nil, false
	}
	doc := goquery.NewDocumentFromNode(root)
	g := guesser{Options: o, base: baseOf(doc, o.URL), groups: map[string]*group{}, holds: map[*html.Node]string{}}
	doc.Find("script, style, nav, header, footer, form").Remove()
	links := doc.Find("a[href]").Nodes
	for _, a := range links {
		g.note(a)
	}
	for _, a := range links[:min(len(links), maxLinks)] {
		g.take(a)
	}
	ranked := g.ranked()
	for _, best := range ranked[:min(len(ranked), 5)] {
		rule := best.rule()
		rule.URL = o.URL
		o.Source.Page = &rule
		entries, _, err := Section(body, o)
		if err == nil && len(entries) >= minListed {
			return rule, entries, true
		}
	}
	return news.PageRule{}, nil, false
}

// SiteName is what a page calls the site that it stands on: og:site_name, otherwise
// its title. "" where it is no page, or says neither.
func SiteName(body []byte, contentType string) string {
	root, err := parse(body, contentType)
	if err != nil || len(body) > MaxPage {
		return ""
	}
	m := readMetadata(goquery.NewDocumentFromNode(root))
	return news.Excerpt(cmp.Or(m.site, m.docTitle), maxSiteName)
}

// maxSiteName is how many characters of a site's name are kept.
const maxSiteName = 200

type guesser struct {
	Options
	base   string
	groups map[string]*group
	order  []string
	holds  map[*html.Node]string // of elements, the address of the one headline within; several: "several of them"
}

// several is no address.
const several = "several of them"

// note tells the elements around a link that they hold a headline.
func (g *guesser) note(a *html.Node) {
	if utf8.RuneCountInString(news.Clean(textOf(a))) < 15 {
		return
	}
	href := attr(a, "href")
	for p := a.Parent; p != nil; p = p.Parent {
		switch g.holds[p] {
		case several:
			return // as do all around it
		case "":
			g.holds[p] = href
		case href:
		default:
			g.holds[p] = several
		}
	}
}

// A group is links to articles that stand in elements of one kind.
type group struct {
	item  string // selector of the elements
	links map[string]bool
	chars int            // of all headlines
	path  map[string]int // selectors of the links with a headline inside of the item
	dates map[string]int // selectors of what reads as a date
}

// take notes a link that looks like one to an article: its text is a headline,
// and its address is a page of the paper below the front page.
func (g *guesser) take(a *html.Node) {
	title := news.Clean(textOf(a))
	link := markup.Link(g.base, attr(a, "href"))
	if utf8.RuneCountInString(title) < 15 || strings.Count(title, " ") < 3 || link == "" || news.FamilyOf(link) != news.FamilyOf(g.URL) || !articleLike(link) {
		return
	}
	item := g.container(a)
	name := selector(item.Parent) + " > " + selector(item)
	gr := g.groups[name]
	if gr == nil {
		gr = &group{item: name, links: map[string]bool{}, path: map[string]int{}, dates: map[string]int{}}
		g.groups[name] = gr
		g.order = append(g.order, name)
	}
	if gr.links[link] {
		return
	}
	gr.links[link] = true
	gr.chars += utf8.RuneCountInString(title)
	gr.path[within(a, item)]++
	if d := g.date(item); d != "" {
		gr.dates[d]++
	}
}

var slugLike = regexp.MustCompile(`[a-z0-9]+(?:-[a-z0-9]+){3,}`)

// articleLike says that an address looks like an article's: a number at its end,
// a page, or a headline made an address.
func articleLike(link string) bool {
	return news.ArticleNumber(link) != "" || slugLike.MatchString(strings.ToLower(link[strings.LastIndexByte(strings.TrimSuffix(link, "/"), '/')+1:]))
}

// container is the largest element around a link that holds no other headline:
// the item of the list.
func (g *guesser) container(a *html.Node) *html.Node {
	item := a
	for p := a.Parent; p != nil && p.Parent != nil && p.Data != "body" && g.holds[p] != several; p = p.Parent {
		item = p
	}
	return item
}

var unstable = regexp.MustCompile(`\d|^(first|last|odd|even|active|clearfix|row|mb?-|mt?-|p[xytb]?-)`)

// selector names an element by its tag and its first classes that look lasting.
func selector(n *html.Node) string {
	if n == nil || n.Type != html.ElementNode {
		return "body"
	}
	s, kept := n.Data, 0
	for class := range strings.FieldsSeq(attr(n, "class")) {
		if kept < 2 && plainName.MatchString(class) && !unstable.MatchString(class) {
			s += "." + class
			kept++
		}
	}
	return s
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// within is the selector of an element inside of another, by its parent.
func within(n, item *html.Node) string {
	if n == item || n.Parent == item || n.Parent == nil {
		return selector(n)
	}
	return selector(n.Parent) + " > " + selector(n)
}

// date is the selector of what reads as a date in an item.
func (g *guesser) date(item *html.Node) string {
	for n := item.FirstChild; n != nil && n != after(item); n = next(n) {
		if n.Type == html.ElementNode && n.Data == "time" {
			return "time"
		}
		if n.Type != html.TextNode || len(n.Data) > 120 || n.Parent == item {
			continue
		}
		if dateLine.MatchString(n.Data) {
			return selector(n.Parent)
		}
	}
	return ""
}

// ranked are the groups that could be the list, the likeliest first: most
// headlines, the longer the better.
func (g *guesser) ranked() []*group {
	var out []*group
	for _, name := range g.order {
		if gr := g.groups[name]; len(gr.links) >= minListed && gr.chars >= minHeadline*len(gr.links) {
			out = append(out, gr)
		}
	}
	slices.SortStableFunc(out, func(a, b *group) int { return cmp.Compare(b.chars, a.chars) })
	return out
}

// rule writes the group's selectors down.
func (g *group) rule() news.PageRule {
	r := news.PageRule{Item: g.item, Link: most(g.path)}
	if strings.HasSuffix(g.item, " > "+r.Link) { // the item is the link
		r.Link = ""
	}
	if d := most(g.dates); g.dates[d]*2 >= len(g.links) {
		r.Date = d
	}
	return r
}

func most(counts map[string]int) string {
	best := ""
	for k, n := range counts {
		if best == "" || n > counts[best] || n == counts[best] && k < best {
			best = k
		}
	}
	return best
}

// nextWords are how papers call the way to older entries.
var nextWords = []string{"trang sau", "trang tiếp", "tiếp theo", "trang kế", "xem thêm", "tin cũ hơn", "next", "older", "sau", "tiếp", "»", "›", "→", ">", ">>"}

// Next is the address of the page with older entries that a section page offers,
// "" when it offers none.
func Next(body []byte, o Options) string {
	root, err := parse(body, o.ContentType)
	if err != nil {
		return ""
	}
	doc := goquery.NewDocumentFromNode(root)
	base := baseOf(doc, o.URL)
	usable := func(href string) string {
		link := markup.Link(base, href)
		if link == "" || news.URLKey(link) == news.URLKey(o.URL) || news.FamilyOf(link) != news.FamilyOf(o.URL) {
			return ""
		}
		return link
	}
	for _, s := range doc.Find(`link[rel=next][href], a[rel=next][href], .pagination .next a[href], a.next[href], .paging .next[href]`).EachIter() {
		if link := usable(s.AttrOr("href", "")); link != "" {
			return link
		}
	}
	for _, s := range doc.Find(`[class*=pag] a[href], [id*=pag] a[href], [class*=phan-trang] a[href]`).EachIter() {
		text := strings.ToLower(news.Clean(s.Text() + " " + s.AttrOr("title", "")))
		if link := usable(s.AttrOr("href", "")); link != "" && slices.Contains(nextWords, strings.TrimSpace(text)) {
			return link
		}
	}
	return ""
}
