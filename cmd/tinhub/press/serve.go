package press

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// handler is a paper's web server: feed, front page, article pages, pictures.
func (p *Press) handler(r *running) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+r.feedPath(), func(w http.ResponseWriter, req *http.Request) { p.serveFeed(w, req, r) })
	mux.HandleFunc("GET /robots.txt", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "User-agent: *\nDisallow: /quan-tri/\n")
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { p.serveFront(w, r) })
	mux.HandleFunc("GET /anh/{file}", servePicture)
	mux.HandleFunc("GET /{page}", func(w http.ResponseWriter, req *http.Request) { p.serveArticle(w, req, r) })
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		p.mu.Lock()
		to, moved := strings.CutPrefix(r.base, "http://")
		p.mu.Unlock()
		if moved && req.Host != to { // it has another name now
			http.Redirect(w, req, "http://"+to+req.URL.RequestURI(), http.StatusMovedPermanently)
			return
		}
		mux.ServeHTTP(w, req)
	})
}

// serveFeed answers a poll as the paper's health allows.
func (p *Press) serveFeed(w http.ResponseWriter, req *http.Request, r *running) {
	line := p.arrive(r, req.URL.Path, req.UserAgent())
	status, shown := http.StatusOK, []*item(nil)
	defer func() { p.leave(line, status, shown) }()
	switch r.Sick {
	case Hangs:
		w.Header().Set("Content-Type", "application/rss+xml")
		fmt.Fprintf(w, "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>%s</title><item><title>Đang tải", r.Name)
		_ = http.NewResponseController(w).Flush()
		<-req.Context().Done()
		return
	case HTML:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!DOCTYPE html><html lang=\"vi\"><title>%s</title><body><h1>Trang bạn tìm không còn tồn tại</h1></body></html>", r.Name)
		return
	case Busy:
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "30")
		http.Error(w, "Hệ thống đang bảo trì", status)
		return
	case Closed:
		status = http.StatusGone
		http.Error(w, "Báo đã ngừng xuất bản", status)
		return
	}
	var body []byte
	var err error
	p.mu.Lock()
	r.fetches++
	shown = r.window(p.o.Window)
	shown = append([]*item(nil), shown...)
	body, err = r.render(shown, r.fetches)
	modified := p.modified(shown)
	p.mu.Unlock()
	if err != nil {
		status, shown = http.StatusInternalServerError, nil
		p.log.Error("a simulated feed can't be written", "paper", r.ID, "err", err)
		http.Error(w, "lỗi", status)
		return
	}
	var sent bool
	if status, sent = write(w, req, r, body, modified); !sent {
		shown = nil
	}
}

// modified is when a feed last changed, as HTTP can say it.
func (p *Press) modified(shown []*item) time.Time {
	var t time.Time
	for _, it := range shown {
		if it.changed().After(t) {
			t = it.changed()
		}
	}
	return t.UTC().Truncate(time.Second)
}

// write sends a feed with its validators, compressed where asked; false means
// that the reader has no complete new body.
func write(w http.ResponseWriter, req *http.Request, r *running, body []byte, modified time.Time) (int, bool) {
	h := w.Header()
	h.Set("Content-Type", map[Format]string{"": "text/xml", RSS: "text/xml", Atom: "application/atom+xml", JSON: "application/feed+json"}[r.Format])
	if !r.has(Unconditional) {
		tag := fmt.Sprintf("%q", fmt.Sprintf("%x", sha256.Sum256(body))[:20])
		h.Set("ETag", tag)
		h.Set("Last-Modified", modified.Format(http.TimeFormat))
		if req.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return http.StatusNotModified, false
		}
	}
	if strings.Contains(req.Header.Get("Accept-Encoding"), "gzip") {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(body) // into memory
		_ = z.Close()
		h.Set("Content-Encoding", "gzip")
		body = b.Bytes()
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, err := w.Write(body)
	return http.StatusOK, err == nil
}

// serveFront is the paper's front page, which names its feed.
func (p *Press) serveFront(w http.ResponseWriter, r *running) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(w, "<!DOCTYPE html><html lang=\"vi\"><head><meta charset=\"utf-8\"><title>%s</title><link rel=\"alternate\" type=\"application/rss+xml\" href=\"%s\"></head><body><h1>%[1]s</h1><p>Báo mô phỏng của tinhub demo.</p><ul>\n", r.Name, r.feedPath())
	for _, it := range r.window(p.o.Window) {
		fmt.Fprintf(w, "<li><a href=\"%s\">%s</a></li>\n", it.link(), html.EscapeString(it.Title))
	}
	fmt.Fprint(w, "</ul></body></html>\n")
}

// serveArticle is an article's page with the furniture of real ones around it.
func (p *Press) serveArticle(w http.ResponseWriter, req *http.Request, r *running) {
	line := p.arrive(r, req.URL.Path, req.UserAgent())
	status := http.StatusOK
	defer func() { p.leave(line, status, nil) }()
	name := strings.TrimSuffix(req.PathValue("page"), ".html")
	n, err := strconv.Atoi(name[strings.LastIndex(name, "-")+1:])
	p.mu.Lock()
	absence, page := NotFound, ""
	if n -= r.cms * cmsNumbers; err == nil && n > 0 && n <= len(p.items) && p.items[n-1].paper == r {
		it := p.items[n-1]
		if absence = it.absence; absence == Present && !it.Withdrawn.IsZero() {
			absence = NotFound
		}
		page = it.page()
	}
	p.mu.Unlock()
	status = absent(w, req, absence)
	if status == 0 {
		status = http.StatusOK
		writePage(w, req, page)
	}
}

// absent answers for an article that is not there, or as if it were not; 0: it is.
func absent(w http.ResponseWriter, req *http.Request, how Absence) int {
	status := map[Absence]int{NotFound: 404, Deleted: 410, SoftMissing: 200, Forbidden: 403, Broken: 500}[how]
	switch how {
	case Present:
		return 0
	case ToFront:
		http.Redirect(w, req, "/", http.StatusFound)
		return http.StatusFound
	case Silent:
		<-req.Context().Done()
		return 499 // the reader went away
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprint(w, "<!DOCTYPE html><title>Báo</title><h1>Bài viết không tồn tại</h1>")
	return status
}

// writePage sends a page with a validator.
func writePage(w http.ResponseWriter, req *http.Request, page string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("ETag", fmt.Sprintf("%q", fmt.Sprintf("%x", sha256.Sum256([]byte(page)))[:20]))
	if req.Header.Get("If-None-Match") == h.Get("ETag") {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	fmt.Fprint(w, page)
}

// page is the article's page.
func (it *item) page() string {
	e := html.EscapeString
	var text strings.Builder
	for i, s := range it.Text {
		if i == 0 {
			s = "<strong>" + e(s) + "</strong>"
		} else {
			s = e(s)
		}
		fmt.Fprintf(&text, "<p>%s</p>\n", s)
	}
	weekdays := []string{"Chủ Nhật", "Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy"}
	at := it.Published.In(vietnam)
	return fmt.Sprintf(`<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><title>%[1]s - %[2]s</title><link rel="canonical" href="%[3]s"></head><body>
<div class="breadcrumb"><a href="/">Trang chủ</a> » <a href="#">%[4]s</a></div>
<h1>%[1]s</h1>
<div class="date">%[5]s, %[6]s | %[7]s</div>
<div class="newscontent">
%[8]s<p align="center"><img src="/anh/%[9]d.png" alt=""></p><p align="center"><em>Ảnh minh họa.</em></p>
<p align="right"><strong>%[10]s</strong></p>
</div>
<div class="comment"><a>Viết bình luận mới</a></div>
<div class="poll"><h3>thăm dò ý kiến</h3><p>Theo bạn, phiên chợ cuối tuần nên mở cửa lúc mấy giờ?</p></div>
<div class="weather"><h3>THÔNG TIN CẦN BIẾT</h3><p>Trời nhiều mây, chiều tối có mưa rào vài nơi. Gió nhẹ.</p></div>
</body></html>
`, e(it.Title), e(it.paper.Name), it.link(), e(it.Section), weekdays[at.Weekday()], at.Format("02/01/2006"), at.Format("15:04"), text.String(), it.Number, e(it.Author))
}

// servePicture paints hills under a sky, other ones for each number.
func servePicture(w http.ResponseWriter, req *http.Request) {
	n, err := strconv.Atoi(strings.TrimSuffix(req.PathValue("file"), ".png"))
	if err != nil {
		http.NotFound(w, req)
		return
	}
	const width, height = 320, 180
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{R: uint8(120 + (n*37)%100), G: uint8(150 + y/3), B: uint8(190 + (n*11)%50), A: 255}
			if hill := height - 50 - (x*(n%5+1)/9)%40 + ((x-width/2)*(x-width/2))/900; y > hill {
				c = color.RGBA{R: uint8(40 + (n*23)%60), G: uint8(110 + (n*17)%70 - y/8), B: 60, A: 255}
			}
			img.Set(x, y, c)
		}
	}
	w.Header().Set("Content-Type", "image/png")
	_ = png.Encode(w, img) // a reader who went away is no fault
}
