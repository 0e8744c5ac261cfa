package publisher

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// Handler serves readers. It routes by itself: http.ServeMux would answer odd
// paths with redirects, where a 404 is due.
func (p *Publisher) Handler() http.Handler { return http.HandlerFunc(p.serve) }

// A request is one on its way to an answer.
type request struct {
	*http.Request
	w       http.ResponseWriter
	v       *view
	from    netip.Addr // who asks
	partner string     // whose key he has, or on whose page he is
}

func (p *Publisher) serve(w http.ResponseWriter, r *http.Request) {
	w.Header()["X-Content-Type-Options"] = nosniff
	switch r.URL.Path {
	case "/healthz":
		p.say(w, r, http.StatusOK, "ok")
		return
	case "/readyz":
		if err := p.Ready(); err != nil {
			p.say(w, r, http.StatusServiceUnavailable, err.Error())
			return
		}
		p.say(w, r, http.StatusOK, "ready")
		return
	}
	q := request{Request: r, w: w, v: p.view.Load(), from: p.opt.TrustedProxies.Client(r.RemoteAddr, r.Header["X-Forwarded-For"])}
	if !q.v.knows(r.Host) {
		p.say(w, r, http.StatusMisdirectedRequest, "Máy chủ này không phục vụ tên miền đó; hãy dùng "+q.v.base)
		return
	}
	if wait := p.limiter.take(q.from, p.now()); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		p.say(w, r, http.StatusTooManyRequests, "Quá nhiều yêu cầu từ địa chỉ này; hãy thử lại sau ít giây.")
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		p.route(q)
	case http.MethodOptions:
		preflight(w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		p.say(w, r, http.StatusMethodNotAllowed, "Địa chỉ này chỉ để đọc: dùng GET hoặc HEAD.")
	}
}

// Headers that never change, made once.
var (
	nosniff     = []string{"nosniff"}
	noCache     = []string{"no-cache"}
	private     = []string{"private, no-cache"}
	varyCoding  = []string{"Accept-Encoding"}
	varyOrigin  = []string{"Accept-Encoding, Origin"}
	anyOrigin   = []string{"*"}
	exposed     = []string{"ETag, Last-Modified, Link, Retry-After"}
	allowed     = []string{"GET, HEAD, OPTIONS"}
	allowedHead = []string{"If-None-Match, If-Modified-Since, A-IM, Accept, Range"}
)

// preflight answers a browser that asks whether a page elsewhere may read.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h["Allow"], h["Access-Control-Allow-Origin"] = allowed, anyOrigin
	if r.Header.Get("Access-Control-Request-Method") != "" {
		h["Access-Control-Allow-Methods"], h["Access-Control-Allow-Headers"] = allowed, allowedHead
		h["Access-Control-Max-Age"] = []string{"86400"}
	}
	w.WriteHeader(http.StatusNoContent)
}

// route finds what a path names.
func (p *Publisher) route(q request) {
	path := q.URL.Path
	if q.URL.RawPath != "" || len(path) > 512 { // an encoded slash, and the like: nothing of ours
		p.missing(q, "")
		return
	}
	if c, f, ok := q.v.find(path); ok {
		p.serveChannel(q, c, f)
		return
	}
	if a, ok := q.v.findArchive(path); ok {
		p.serveArchive(q, a)
		return
	}
	switch path {
	case "/":
		p.serveFront(q)
	case "/search", "/search.rss", "/search.atom", "/search.json":
		p.serveSearch(q, news.Format(strings.TrimPrefix(strings.TrimPrefix(path, "/search"), ".")))
	case "/topics.opml":
		p.serveOPML(q)
	case "/robots.txt":
		p.serveRobots(q)
	case "/sitemap.xml":
		p.serveSitemap(q)
	case "/favicon.svg":
		p.reply(q, http.StatusOK, "image/svg+xml", favicon)
	case "/topics", "/topics/", "/provinces", "/provinces/":
		p.redirect(q, http.StatusPermanentRedirect, "/")
	default:
		if id, ok := strings.CutPrefix(path, "/stories/"); ok {
			p.serveStory(q, id)
			return
		}
		p.serveFormer(q, path)
	}
}

// find is the channel and the format that a path names.
func (v *view) find(path string) (*channel, news.Format, bool) {
	name, f := path, news.HTML
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		f = news.Format(path[i+1:])
		if name = path[:i]; f == news.HTML || slot(f) < 0 {
			return nil, "", false
		}
	}
	id := strings.TrimPrefix(name, "/")
	if topic, ok := strings.CutPrefix(name, "/topics/"); ok {
		id = topic
	}
	c := v.byID[id]
	if c == nil || c.path != name || !v.publishes(f) {
		return nil, "", false
	}
	return c, f, true
}

// serveFormer leads from a name that something had before, or that it has with a
// slash behind it, to what it is called now.
func (p *Publisher) serveFormer(q request, path string) {
	name, suffix := path, ""
	if i := strings.LastIndexByte(path, '.'); i >= 0 && slot(news.Format(path[i+1:])) >= 0 {
		name, suffix = path[:i], path[i:]
	}
	if now, ok := q.v.formerly[name]; ok {
		p.redirect(q, http.StatusPermanentRedirect, now+suffix)
		return
	}
	if name, ok := strings.CutSuffix(path, "/"); ok {
		if _, _, ok := q.v.find(name); ok || q.v.formerly[name] != "" {
			p.redirect(q, http.StatusPermanentRedirect, name)
			return
		}
	}
	p.missing(q, suffix)
}

// redirect leads to another path of ours, with the query that came.
func (p *Publisher) redirect(q request, status int, path string) {
	to := q.v.base + path
	if q.URL.RawQuery != "" {
		to += "?" + q.URL.RawQuery
	}
	h := q.w.Header()
	h.Set("Location", to)
	h["Cache-Control"], h["Access-Control-Allow-Origin"] = noCache, anyOrigin
	p.say(q.w, q.Request, status, "Địa chỉ mới: "+to)
}

// knows says whether a Host header is ours to answer: public_url's, localhost,
// or an address (a name of somebody else's that resolves here is not).
func (v *view) knows(host string) bool {
	if host == v.host {
		return true
	}
	name := host
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		if port := host[i+1:]; len(port) > 5 || strings.Trim(port, "0123456789") != "" {
			return false
		}
		name = host[:i]
	}
	name = strings.TrimSuffix(name, ".")
	if strings.EqualFold(name, v.host) || strings.EqualFold(name, "localhost") {
		return true
	}
	if inside, ok := strings.CutPrefix(name, "["); ok {
		addr, err := netip.ParseAddr(strings.TrimSuffix(inside, "]"))
		return err == nil && addr.Is6()
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Is4()
}

// say answers with a sentence.
func (p *Publisher) say(w http.ResponseWriter, r *http.Request, status int, sentence string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(sentence)+1))
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		fmt.Fprintln(w, sentence)
	}
	p.served("other", status, len(sentence)+1)
}

func (p *Publisher) served(format string, status, bytes int) {
	if p.opt.Observe.Served != nil {
		p.opt.Observe.Served(format, status, bytes)
	}
}

// read tells of an output that a reader got.
func (p *Publisher) read(q request, s *served, status, bytes int) {
	p.served(string(s.Format), status, bytes)
	if f := p.opt.Observe.Read; f != nil {
		output := string(s.Format)
		if s.Format == news.JSON && q.Header["Origin"] != nil {
			output = news.UseWidget // a page elsewhere shows it
		}
		f(Reading{
			Channel: s.Channel, Output: output, Partner: q.partner, Agent: q.UserAgent(), From: q.from,
			Bytes: bytes, Same: status == http.StatusNotModified,
		})
	}
}

// params reads a query strictly: one value a name, valid UTF-8.
func params(r *http.Request) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fmt.Errorf("tham số trên địa chỉ không đọc được")
	}
	return values, nil
}

// await waits for the first outputs after a start, for as long as a reader would.
func (p *Publisher) await(ctx context.Context, c *channel, f news.Format) *served {
	if s := p.memory.output(c.id, f); s != nil {
		return s
	}
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-deadline.C:
			return nil
		case <-look.C:
			if s := p.memory.output(c.id, f); s != nil {
				return s
			}
		}
	}
}
