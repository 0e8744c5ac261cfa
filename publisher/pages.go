package publisher

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"

	"tinhub/news"
	"tinhub/publisher/feed"
)

//go:embed pages
var pageFiles embed.FS

// templates by name: each page with the layout that it is set in.
var templates = func() map[string]*template.Template {
	all := map[string]*template.Template{}
	for _, name := range []string{"front", "channel", "story", "search", "error"} {
		all[name] = template.Must(template.New(name+".html").ParseFS(pageFiles, "pages/layout.html", "pages/"+name+".html"))
	}
	return all
}()

// The style stands in every page: a page is then one request, and a file written
// by `tinhub publish` needs no other. The policy names it by its hash.
var (
	style     = template.CSS(mustRead("pages/site.css"))
	favicon   = []byte(mustRead("pages/favicon.svg"))
	styleHash = func() string {
		sum := sha256.Sum256([]byte(style))
		return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
	}()
	referrers = []string{"strict-origin-when-cross-origin"}
)

func mustRead(name string) string {
	data, err := pageFiles.ReadFile(name)
	if err != nil {
		panic(err) // it is compiled in
	}
	return string(data)
}

// policy is the Content-Security-Policy of pages: no script at all, our style,
// pictures where the papers keep them.
func policy(base string) []string {
	origin := ""
	if u, err := url.Parse(base); err == nil && u.Host != "" && !strings.ContainsAny(u.Host, "; ,'\"") {
		origin = " " + u.Scheme + "://" + u.Host
	}
	return []string{"default-src 'none'; style-src '" + styleHash + "'; img-src 'self'" + origin + " http: https:; form-action 'self'" + origin +
		"; base-uri 'none'; frame-ancestors 'none'"}
}

// layout is what every page has.
type layout struct {
	Title, Description string
	Language           string
	Canonical          string // "" on pages that search engines should not keep
	Base               string
	Site               feed.Site
	Links              feed.Links
	OEmbed             string // where oEmbed tells how to show this page; "" where it does not
	Query              string
	Style              template.CSS
}

func (v *view) layout(title string) layout {
	return layout{Title: news.Clean(title), Language: v.Language, Base: v.base, Site: v.Site, Style: style}
}

// A told story is one as pages show it.
type told struct {
	Title, Link, Page, Text string
	Agency, Origin          string
	When, Machine           string // of its publication
	Image                   *news.Image
	Also                    []feed.Copy
	More                    int // agencies that are not named
	Corrects, Corrected     string
	Note                    string
}

// How much a list shows of a story.
const (
	textMost = 240 // characters of its summary
	alsoMost = 5   // agencies named beside the one quoted
)

func (v *view) told(e entry, when string) told {
	it := e.item
	t := told{
		Title: news.Clean(it.Title), Link: first(feed.URL(it.Link), it.Page), Page: it.Page,
		Agency: news.Clean(it.Agency.Name), Origin: news.Clean(it.Origin),
		When: it.Published.In(v.Zone).Format(when), Machine: it.Published.In(v.Zone).Format(time.RFC3339),
		Corrects: it.Corrects, Corrected: it.Corrected, Note: news.Clean(it.Note),
	}
	if strings.EqualFold(t.Origin, t.Agency) {
		t.Origin = ""
	}
	if it.Summary != "" {
		t.Text = news.Excerpt(news.Clean(news.Text(it.Summary)), textMost)
	}
	if it.Image != nil {
		if address := feed.URL(it.Image.URL); address != "" {
			t.Image = &news.Image{URL: address, Caption: news.Clean(it.Image.Caption)}
		}
	}
	for _, c := range it.Also {
		if len(t.Also) == alsoMost {
			t.More = len(it.Also) - alsoMost
			break
		}
		t.Also = append(t.Also, feed.Copy{Agency: news.Clean(c.Agency), Title: news.Clean(c.Title), Link: feed.URL(c.Link)})
	}
	return t
}

// How times are written: always absolute, in the site's zone. A page has no
// clock, so that the same state gives the same bytes.
const (
	clockTime = "15:04"
	fullTime  = "15:04, 2/1/2006"
)

// dayOf names a day as a Vietnamese paper does.
func dayOf(t time.Time) string {
	names := [...]string{"Chủ Nhật", "Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy"} // so written by Decree 30/2020/NĐ-CP, appendix II
	return fmt.Sprintf("%s, %d/%d/%d", names[t.Weekday()], t.Day(), int(t.Month()), t.Year())
}

// A day is a stretch of a list under one date; Label is "" in a list that is not
// ordered by time.
type day struct {
	Label   string
	Stories [][]byte // by the template "story"
}

// pinnedLabel stands over what editors pinned.
const pinnedLabel = "Được ghim"

func (v *view) days(d feed.Channel, entries []entry, order news.Order) ([]day, error) {
	var days []day
	newest := order == "" || order == news.Newest
	for i, e := range entries {
		label, when := "", fullTime
		switch {
		case e.pinned:
			label = pinnedLabel
		case e.placed && len(days) > 0: // under the day of those around it
			label = days[len(days)-1].Label
		case newest && !e.placed:
			label, when = dayOf(e.item.Published.In(v.Zone)), clockTime
		}
		if len(days) == 0 || days[len(days)-1].Label != label {
			days = append(days, day{Label: label})
		}
		last := &days[len(days)-1]
		var err error
		write := func() (text []byte) {
			text, err = executeAs("channel", "story", v.told(e, when))
			return text
		}
		var text []byte
		if i < len(d.Parts) {
			text = d.Parts[i].Written("html "+when, write)
		} else {
			text = write()
		}
		if err != nil {
			return nil, err
		}
		last.Stories = append(last.Stories, text)
	}
	return days, nil
}

type channelPage struct {
	layout
	Kind        string
	About       string
	Empty       bool
	MinAgencies int
}

// A shell is what of a channel's page does not depend on its stories.
type shell struct{ opens, closes, empty []byte }

// shell is made once for the settings.
func (v *view) shell(c *channel, links feed.Links) (shell, error) {
	if made, ok := v.shells.Load(c.id); ok {
		return made.(shell), nil
	}
	page := channelPage{layout: v.layout(c.title), About: news.Clean(c.description)}
	page.Kind = map[kind]string{kindTopic: "Chuyên đề", kindEverything: "Tất cả tin", kindProvince: "Tỉnh, thành phố"}[c.kind]
	page.Description, page.Canonical, page.Links, page.Language = page.About, links.Page, links, c.language
	if c.public && links.JSON != "" { // what the widget reads
		page.OEmbed = v.base + "/oembed?url=" + url.QueryEscape(links.Page)
	}
	if c.minAgencies > 1 {
		page.MinAgencies = c.minAgencies
	}
	var s shell
	var errs [3]error
	s.opens, errs[0] = executeAs("channel", "opens", page)
	s.closes, errs[1] = executeAs("channel", "closes", page)
	page.Empty = true
	s.empty, errs[2] = executeAs("channel", "closes", page)
	if err := errors.Join(errs[:]...); err != nil {
		return s, err
	}
	v.shells.Store(c.id, s)
	return s, nil
}

// channelPage writes the page of a channel, which is stored as an output: its shell
// around its stories, each of which was written once.
func (v *view) channelPage(c *channel, d feed.Channel, entries []entry) ([]byte, error) {
	s, err := v.shell(c, d.Links)
	if err != nil {
		return nil, err
	}
	days, err := v.days(d, entries, c.order)
	if err != nil {
		return nil, err
	}
	if len(days) == 0 {
		return slices.Concat(s.opens, s.empty), nil
	}
	pieces := [][]byte{s.opens, []byte("\n<div class=\"list\">\n")}
	for _, day := range days {
		head, err := executeAs("channel", "day", day)
		if err != nil {
			return nil, err
		}
		pieces = append(append(append(pieces, head), day.Stories...), []byte("</section>\n"))
	}
	return slices.Concat(append(pieces, []byte("</div>\n"), s.closes)...), nil
}

func execute(name string, data any) ([]byte, error) { return executeAs(name, name+".html", data) }

// executeAs renders one template of a page.
func executeAs(name, part string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := templates[name].ExecuteTemplate(&b, part, data); err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return b.Bytes(), nil
}
