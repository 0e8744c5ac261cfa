package publisher

import (
	"context"
	"net/http"
	"strings"
	"time"

	"tinhub/news"
	"tinhub/publisher/feed"
)

type errorPage struct {
	layout
	Status   int
	Sentence string
	Near     []card
}

// page answers with a page made for this request.
func (p *Publisher) page(q request, status int, name string, data any) {
	if e, ok := data.(errorPage); ok {
		e.layout = q.v.layout(map[int]string{404: "Không có trang này", 400: "Yêu cầu chưa đúng", 403: "Không mở cho mọi người",
			410: "Tin đã được gỡ bỏ", 503: "Chưa sẵn sàng"}[e.Status])
		data = e
	}
	body, err := execute(name, data)
	if err != nil { // a template that does not fit its data: a fault of ours
		p.log.Error("a page cannot be made", "page", name, "err", err)
		p.say(q.w, q.Request, http.StatusInternalServerError, "Trang này tạm thời không hiển thị được.")
		return
	}
	p.reply(q, status, news.HTML.ContentType(), body)
}

// missing answers 404: to a person with a page that helps, to a feed reader with
// a sentence.
func (p *Publisher) missing(q request, suffix string) {
	if suffix != "" {
		q.w.Header()["Access-Control-Allow-Origin"] = anyOrigin // who embeds it is told what is wrong, and not that it is refused
		p.say(q.w, q.Request, http.StatusNotFound, "Không có chuyên đề này. Danh sách chuyên đề: "+q.v.base+"/topics.opml")
		return
	}
	p.page(q, http.StatusNotFound, "error", errorPage{Status: http.StatusNotFound, Near: q.v.near(q.URL.Path),
		Sentence: "Địa chỉ này không dẫn đến chuyên đề, tỉnh hay tin nào. Có thể nó đã đổi tên hoặc bị gõ nhầm."})
}

// nearMost is how many channels a 404 proposes.
const nearMost = 5

// near are the public channels whose address has a part of what was asked for.
func (v *view) near(path string) []card {
	_, name, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	parts := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	if len(parts) == 0 || len(name) > 64 {
		return nil
	}
	var all []card
	for _, c := range v.channels {
		have := "-" + c.path[strings.LastIndexByte(c.path, '/')+1:] + "-"
		hits := 0
		for _, part := range parts {
			if strings.Contains(have, "-"+part+"-") {
				hits++
			}
		}
		if c.public && hits > 0 && hits*2 >= len(parts) && len(all) < nearMost {
			all = append(all, card{Title: c.title, Links: v.links(c.path, "")})
		}
	}
	return all
}

// A card is a channel in a list.
type card struct {
	Title, About, Newest string
	Count                int
	When                 *moment
	Links                feed.Links
}

type moment struct{ Text, Machine string }

func (p *Publisher) card(v *view, c *channel) card {
	k := card{Title: c.title, About: c.description, Links: v.links(c.path, "")}
	if s := p.memory.output(c.id, news.HTML); s != nil && s.Items > 0 {
		t := s.Updated.In(v.Zone)
		k.Count, k.Newest, k.When = s.Items, s.Newest, &moment{t.Format(fullTime), t.Format(time.RFC3339)}
	}
	return k
}

type frontPage struct {
	layout
	Notice  *notice
	Latest  []told
	Topics  []card
	Regions []region
}

type region struct {
	Name      string
	Provinces []card
}

// A notice says why there is no news.
type notice struct {
	Title, Text string
	Demo        bool
}

// A front page is kept for a moment: it is asked for most, and costs a look into
// the store.
type front struct {
	view *view
	made time.Time
	body []byte
}

const frontAge = time.Second

// latestMost is how many stories the first page shows.
const latestMost = 8

func (p *Publisher) serveFront(q request) {
	if f := p.front.Load(); f != nil && f.view == q.v && p.now().Sub(f.made).Abs() < frontAge {
		p.reply(q, http.StatusOK, news.HTML.ContentType(), f.body)
		return
	}
	body, err := p.frontPage(q.Context(), q.v, true)
	if err != nil {
		p.log.Error("the first page cannot be made", "err", err)
		p.say(q.w, q.Request, http.StatusInternalServerError, "Trang này tạm thời không hiển thị được.")
		return
	}
	p.front.Store(&front{q.v, p.now(), body})
	p.reply(q, http.StatusOK, news.HTML.ContentType(), body)
}

// frontPage makes the first page. Without the store it is shorter, not absent.
func (p *Publisher) frontPage(ctx context.Context, v *view, withStatus bool) ([]byte, error) {
	page := frontPage{layout: v.layout(v.Site.Title)}
	page.Description = "Tin từ báo chí các tỉnh, thành phố, xếp theo chuyên đề."
	page.Canonical, page.Links = v.base+"/", v.links("/topics/"+news.Everything, "")
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	everything := *v.byID[news.Everything]
	if v.MinAgencies == 0 { // their number is not that of a few stories
		everything.limit = latestMost
	}
	if entries, err := p.collect(ctx, v, &everything, v.asOf(p.now())); err == nil {
		for _, e := range entries[:min(latestMost, len(entries))] {
			page.Latest = append(page.Latest, v.told(e, fullTime))
		}
	}
	for _, c := range v.channels {
		switch {
		case c.kind == kindTopic && c.public:
			page.Topics = append(page.Topics, p.card(v, c))
		case c.kind == kindProvince:
			page.Regions = grouped(page.Regions, c.region, p.card(v, c))
		}
	}
	if withStatus && p.opt.Status != nil {
		page.Notice = noticeOf(p.opt.Status(ctx), len(page.Latest) > 0)
	}
	return execute("front", page)
}

func grouped(regions []region, name string, c card) []region {
	for i := range regions {
		if regions[i].Name == name {
			regions[i].Provinces = append(regions[i].Provinces, c)
			return regions
		}
	}
	return append(regions, region{name, []card{c}})
}

// noticeOf says on the first page what keeps it empty, or out of date.
func noticeOf(s Status, news bool) *notice {
	switch {
	case s.Sources == 0:
		return &notice{"Chưa có nguồn tin nào", "Chưa nguồn nào được bật trong cấu hình. Thêm nguồn vào tinhub.yaml, hoặc chạy không cần tệp cấu hình để dùng danh mục báo tỉnh có sẵn.", !news}
	case s.Polled > 0 && s.Reachable == 0:
		return &notice{"Không nguồn nào trả lời", "Máy chủ này chưa kết nối được với báo nào; có thể máy không có mạng, hoặc tường lửa chặn. Việc đọc tin được thử lại tự động.", !news}
	case !news && s.Polled == 0:
		return &notice{"Đang đọc các báo", "Lần đọc đầu tiên đang diễn ra; tin sẽ hiện ở đây sau ít phút.", true}
	case !news:
		return &notice{"Chưa có tin", "Các báo đã trả lời nhưng chưa có tin nào để hiển thị. Trang này tự đầy lên khi có tin.", true}
	default:
		return nil
	}
}

type storyPage struct {
	layout
	Story    told
	Tellings []telling
	Channels []card
}

// A telling is one article of a story.
type telling struct {
	Agency, Origin, Title, Link string
	When, Machine               string
}

func (p *Publisher) serveStory(q request, id string) {
	if len(id) != 32 || strings.Trim(id, "0123456789abcdef") != "" {
		p.missing(q, "")
		return
	}
	found, err := p.deps.Stories.Find(q.Context(), id)
	var articles []news.Article
	if err == nil && found[0].ID != "" {
		articles, err = p.speakers(q.Context(), found[:1])
	}
	switch {
	case err != nil:
		p.away(q, news.HTML, err)
	case !found[0].Withdrawn.IsZero():
		p.refuse(q, news.HTML, http.StatusGone, "Tin này đã được gỡ bỏ theo nguồn hoặc theo yêu cầu, nên không còn ở đây.")
	case found[0].ID == "" || !visible(found[0]):
		p.missing(q, "")
	case found[0].ID != id:
		p.redirect(q, http.StatusMovedPermanently, "/stories/"+found[0].ID)
	case !articles[0].Withdrawn.IsZero(), !fulfils(q.v.Require, found[0], articles[0]):
		p.missing(q, "")
	default:
		p.page(q, http.StatusOK, "story", q.v.storyPage(q.v.compose(found[0], articles[0], q.v.asOf(p.now()))))
	}
}

func (v *view) storyPage(e entry) storyPage {
	page := storyPage{layout: v.layout(e.item.Title), Story: v.told(e, fullTime)}
	page.Canonical, page.Description = e.item.Page, page.Story.Text
	for _, m := range e.story.Members {
		if m.Gone {
			continue // its source took it down
		}
		t := first(m.Published, e.item.Published).In(v.Zone)
		page.Tellings = append(page.Tellings, telling{Agency: news.Clean(m.Agency), Origin: news.Clean(m.Origin),
			Title: news.Clean(first(m.Title, e.item.Title)), Link: feed.URL(m.Link), When: t.Format(fullTime), Machine: t.Format(time.RFC3339)})
	}
	for _, f := range e.story.Filings {
		if c := v.byID[f.Channel]; c != nil && f.In && c.public {
			page.Channels = append(page.Channels, card{Title: c.title, Links: v.links(c.path, "")})
		}
	}
	return page
}

// away answers while the store does not.
func (p *Publisher) away(q request, f news.Format, err error) {
	if q.Context().Err() == nil {
		p.log.Warn("the store cannot be read for a reader", "path", q.URL.Path, "err", err)
	}
	q.w.Header().Set("Retry-After", "5")
	p.refuse(q, f, http.StatusServiceUnavailable, "Kho tin tạm thời không trả lời; các chuyên đề vẫn đọc được, phần này hãy thử lại sau ít giây.")
}
