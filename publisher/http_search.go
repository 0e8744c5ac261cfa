package publisher

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tinhub/news"
	"tinhub/publisher/feed"
)

// Limits of a search.
const (
	searchPage  = 50  // stories a page
	searchMost  = 200 // characters of a query
	searchPages = 200
)

type searchResult struct {
	layout
	Stories     []told
	Total       int
	Page, Pages int
	Prev, Next  string
}

// serveSearch answers /search as a page, and /search.rss and its kin as feeds.
func (p *Publisher) serveSearch(q request, f news.Format) {
	if f == "/search" || f == "" {
		f = news.HTML
	}
	if !q.v.publishes(f) {
		p.missing(q, string(f))
		return
	}
	text, page, fault := searchParams(q.Request)
	parsed := parseQuery(text)
	if fault == "" && f != news.HTML && parsed.empty() {
		fault = "Thiếu tham số q: hãy cho biết cần tìm gì, ví dụ /search.rss?q=nông+thôn+mới"
	}
	if fault != "" {
		p.refuse(q, f, http.StatusBadRequest, fault)
		return
	}
	var found []finding
	if p.shownAtAll(q.v) {
		found = p.index.find(parsed)
	}
	pages := (len(found) + searchPage - 1) / searchPage
	entries, err := p.entriesOf(q.Context(), q.v, pageOf(found, page))
	if err != nil {
		p.away(q, f, err)
		return
	}
	query := "?q=" + url.QueryEscape(text)
	if f != news.HTML {
		p.replySearchFeed(q, f, text, query, entries)
		return
	}
	r := searchResult{layout: q.v.layout("Tìm tin"), Total: len(found), Page: page, Pages: min(pages, searchPages)}
	if r.Query = text; !parsed.empty() {
		r.Title, r.Links = "Tìm: "+news.Clean(text), q.v.links("/search", query)
	}
	for _, e := range entries {
		r.Stories = append(r.Stories, q.v.told(e, fullTime))
	}
	if page > 1 {
		r.Prev = q.v.base + "/search" + query + "&page=" + strconv.Itoa(page-1)
	}
	if page < r.Pages {
		r.Next = q.v.base + "/search" + query + "&page=" + strconv.Itoa(page+1)
	}
	p.page(q, http.StatusOK, "search", r)
}

// shownAtAll says whether there are the agencies that all that is shown must have
// (publish.min_agencies): a search is a part of it, as a province is.
func (p *Publisher) shownAtAll(v *view) bool {
	s := p.memory.output(news.Everything, news.HTML)
	return v.MinAgencies == 0 || s != nil && s.Items > 0
}

// searchParams reads q and page; fault is a sentence for whoever wrote them.
func searchParams(r *http.Request) (text string, page int, fault string) {
	values, err := params(r)
	if err != nil {
		return "", 0, "Địa chỉ tìm kiếm không đọc được: hãy mã hoá các ký tự đặc biệt trong ?q=."
	}
	text, page = values.Get("q"), 1
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "", 0, "Tham số q không phải là văn bản UTF-8."
	}
	if utf8.RuneCountInString(text) > searchMost {
		return "", 0, "Tham số q dài quá " + strconv.Itoa(searchMost) + " ký tự; hãy tìm bằng ít từ hơn."
	}
	if s, ok := values["page"]; ok {
		if page, err = strconv.Atoi(s[0]); err != nil || page < 1 || page > searchPages {
			return "", 0, "Tham số page phải là một số từ 1 đến " + strconv.Itoa(searchPages) + "."
		}
	}
	return news.Clean(text), page, ""
}

func pageOf(found []finding, page int) []finding {
	from := min((page-1)*searchPage, len(found))
	return found[from:min(from+searchPage, len(found))]
}

// entriesOf reads what was found; what went away meanwhile is left out, and out
// of the index.
func (p *Publisher) entriesOf(ctx context.Context, v *view, found []finding) ([]entry, error) {
	if len(found) == 0 {
		return nil, nil
	}
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = f.story
	}
	stories, err := p.deps.Stories.Find(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var kept []news.Story
	for i, s := range stories {
		if s.ID == ids[i] && visible(s) {
			kept = append(kept, s)
		} else {
			p.index.remove(ids[i])
		}
	}
	articles, err := p.speakers(ctx, kept)
	if err != nil {
		return nil, err
	}
	entries := make([]entry, 0, len(kept))
	for i, s := range kept {
		if articles[i].Withdrawn.IsZero() && fulfils(v.Require, s, articles[i]) {
			entries = append(entries, v.compose(s, articles[i], v.asOf(p.now())))
		}
	}
	return entries, nil
}

func (p *Publisher) replySearchFeed(q request, f news.Format, text, query string, entries []entry) {
	d := feed.Channel{
		Title: "Tìm: " + text + " · " + q.v.Site.Title, Description: "Tin có: " + text, Language: q.v.Language,
		Site: q.v.Site, Links: q.v.links("/search", query), Zone: q.v.Zone, Floor: time.Time{},
	}
	for _, e := range entries {
		d.Items = append(d.Items, e.item)
	}
	body, err := q.v.write(f, nil, d, entries)
	if err != nil {
		p.log.Error("a search feed cannot be made", "err", err)
		p.say(q.w, q.Request, http.StatusInternalServerError, "Kết quả tạm thời không hiển thị được.")
		return
	}
	p.reply(q, http.StatusOK, f.ContentType(), body)
}
