package publisher

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// mediaTypes are the Content-Type headers, by slot.
var mediaTypes = func() (all [len(formats)][]string) {
	for i, f := range formats {
		all[i] = []string{f.ContentType()}
	}
	return all
}()

// serveChannel answers with one output of a channel.
func (p *Publisher) serveChannel(q request, c *channel, f news.Format) {
	if q.URL.RawQuery != "" && strings.Contains(q.URL.RawQuery, "callback=") {
		p.refuse(q, f, http.StatusBadRequest, "JSONP không được hỗ trợ; các đầu ra cho phép CORS, hãy dùng fetch().")
		return
	}
	h := q.w.Header()
	h["Cache-Control"], h["Vary"], h["Access-Control-Allow-Origin"] = noCache, varyCoding, anyOrigin
	if q.partner = q.v.partnerOf(q.Request, c); !c.public && !q.mayRead() {
		delete(h, "Access-Control-Allow-Origin")
		p.refuse(q, f, http.StatusForbidden, "Chuyên đề này chỉ dành cho đối tác: cần ?key= hợp lệ, hoặc mở từ trang của đối tác.")
		return
	}
	s := p.await(q.Context(), c, f)
	if s == nil {
		p.notReady(q, f)
		return
	}
	p.answer(q, c, s)
}

// notReady refuses what is not rendered yet.
func (p *Publisher) notReady(q request, f news.Format) {
	q.w.Header().Set("Retry-After", "2")
	p.refuse(q, f, http.StatusServiceUnavailable, "Máy chủ vừa khởi động, tin chưa sẵn sàng; hãy thử lại sau ít giây.")
}

// partnerOf is the partner whose key a request brings, or on whose page it is
// made; "" is none, or none that may show the channel.
func (v *view) partnerOf(r *http.Request, c *channel) string {
	origin := r.Header["Origin"]
	if len(origin) == 0 && r.URL.RawQuery == "" {
		return ""
	}
	key := r.URL.Query().Get("key")
	for _, partner := range v.Partners {
		if (c.public || mayShow(partner, c)) && (opens(partner, key) || len(origin) > 0 && slices.Contains(partner.Origins, origin[0])) {
			return partner.ID
		}
	}
	return ""
}

// mayShow says whether a partner may show a channel, opens whether a key is the
// partner's.
func mayShow(p news.Partner, c *channel) bool {
	return slices.Contains(p.Topics, c.id) || slices.Contains(p.Topics, "*")
}

func opens(p news.Partner, key string) bool {
	return p.Key != "" && subtle.ConstantTimeCompare([]byte(key), []byte(p.Key)) == 1
}

// mayRead says whether a request may read what is not public, and sets the
// headers that go with it.
func (q request) mayRead() bool {
	h := q.w.Header()
	h["Cache-Control"], h["Vary"] = private, varyOrigin
	if origin := q.Header.Get("Origin"); q.partner != "" && origin != "" {
		h["Access-Control-Allow-Origin"] = []string{origin}
	}
	return q.partner != ""
}

// answer sends an output, or 304 to a reader who has it. The hot path: all
// headers but Date are made already.
func (p *Publisher) answer(q request, c *channel, s *served) {
	h := q.w.Header()
	if none := q.Header["If-None-Match"]; len(none) > 0 {
		if tag, ok := s.matches(none[0]); ok || len(none) > 1 && s.matchesAny(none[1:], &tag) {
			p.unchanged(q, s, tag)
			return
		}
		if q.Header["A-Im"] != nil && p.answerDelta(q, c, s) {
			return
		}
	} else if since := q.Header["If-Modified-Since"]; len(since) > 0 && !s.modifiedSince(since[0]) {
		p.unchanged(q, s, &s.variants[negotiate(accepts(q.Request))])
		return
	}
	h["Last-Modified"], h["Link"] = s.lastModified(p.now()), q.links(c, s.Format)
	h["Access-Control-Expose-Headers"] = exposed
	if s.Format == news.HTML {
		h["Content-Security-Policy"], h["Referrer-Policy"] = q.v.policy, referrers
	}
	coding := negotiate(accepts(q.Request))
	v := s.in(coding)
	h["Etag"], h["Content-Length"], h["Content-Type"] = v.etags, v.length, mediaTypes[slot(s.Format)]
	for i := range encodings {
		if encodings[i].variant == coding {
			h["Content-Encoding"] = encodings[i].header
		}
	}
	q.w.WriteHeader(http.StatusOK)
	sent := 0
	if q.Method != http.MethodHead {
		sent, _ = q.w.Write(v.body)
	}
	p.read(q, s, http.StatusOK, sent)
}

// unchanged answers 304 with no more than RFC 9110 §15.4.5 asks for, and what
// CORS does: the reader has the rest.
func (p *Publisher) unchanged(q request, s *served, v *variant) {
	h := q.w.Header()
	h["Etag"] = v.etags
	delete(h, "X-Content-Type-Options")
	q.w.WriteHeader(http.StatusNotModified)
	p.read(q, s, http.StatusNotModified, 0)
}

func (s *served) matchesAny(more []string, tag **variant) bool {
	for _, one := range more {
		if v, ok := s.matches(one); ok {
			*tag = v
			return true
		}
	}
	return false
}

// modifiedSince says whether an output changed after an HTTP date. A date that
// cannot be read is ignored (RFC 9110 §13.1.3).
func (s *served) modifiedSince(date string) bool {
	t, err := http.ParseTime(date)
	return err != nil || s.Modified.Truncate(time.Second).After(t)
}

func accepts(r *http.Request) string {
	if all := r.Header["Accept-Encoding"]; len(all) == 1 {
		return all[0]
	} else if len(all) > 1 {
		return strings.Join(all, ",")
	}
	return ""
}

// reply sends what is made for one request: pages that depend on it, lists.
// It has validators of its own, and is gzipped where that is worth it.
func (p *Publisher) reply(q request, status int, mediaType string, body []byte) {
	h := q.w.Header()
	h["Content-Type"], h["Vary"] = []string{mediaType}, varyCoding
	if h["Cache-Control"] == nil {
		h["Cache-Control"] = noCache
	}
	format := formatOf(mediaType)
	if format == string(news.HTML) {
		h["Content-Security-Policy"], h["Referrer-Policy"] = q.v.policy, referrers
	} else {
		h["Access-Control-Allow-Origin"], h["Access-Control-Expose-Headers"] = anyOrigin, exposed
	}
	coding := plain
	if weight, named := quality(accepts(q.Request), "gzip"); named && weight > 0 && len(body) > gzipLeast {
		coding = gzipped
	}
	if status == http.StatusOK {
		s := newServed(news.Output{ETag: tagOf(body)})
		h["Etag"] = s.variants[coding].etags
		if tag, ok := s.matches(strings.Join(q.Header["If-None-Match"], ",")); ok {
			h["Etag"] = tag.etags
			delete(h, "Content-Type")
			q.w.WriteHeader(http.StatusNotModified)
			p.served(format, http.StatusNotModified, 0)
			return
		}
	}
	if coding == gzipped {
		body = compressGzip(body)
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	q.w.WriteHeader(status)
	if q.Method != http.MethodHead {
		_, _ = q.w.Write(body)
	}
	p.served(format, status, len(body))
}

// gzipLeast is the size from which compressing for one request is worth it.
const gzipLeast = 1024

// formatOf is a media type's format, for metrics.
func formatOf(mediaType string) string {
	for _, f := range formats {
		if f.ContentType() == mediaType {
			return string(f)
		}
	}
	return "other"
}

// refuse answers a request for a channel that cannot be served: with a page to a
// person, with a sentence to a program.
func (p *Publisher) refuse(q request, f news.Format, status int, sentence string) {
	if f == news.HTML {
		p.page(q, status, "error", errorPage{Status: status, Sentence: sentence})
		return
	}
	p.say(q.w, q.Request, status, sentence)
}

// links are the Link headers of an output. Of what is not public, the self link
// bears the key that it was read by: a hub is asked for that address, and must be
// (WebSub §5.1). Only who brought the key is told it; the bytes are everybody's,
// and name the address without.
func (q request) links(c *channel, f news.Format) []string {
	links := q.v.linkHeaders[c.id][slot(f)]
	if c.public || f == news.HTML || q.URL.RawQuery == "" {
		return links
	}
	key := q.URL.Query().Get("key")
	if !slices.ContainsFunc(q.v.Partners, func(p news.Partner) bool { return opens(p, key) && mayShow(p, c) }) {
		return links // it was read on a partner's page
	}
	own := slices.Clone(links)
	own[0] = strings.Replace(own[0], ">", "?key="+url.QueryEscape(key)+">", 1)
	return own
}

// linkHeadersOf are the Link headers of every output (WebSub §4), self first.
func linkHeadersOf(v *view) map[string][len(formats)][]string {
	all := make(map[string][len(formats)][]string, len(v.channels))
	for _, c := range v.channels {
		var headers [len(formats)][]string
		for i, f := range formats {
			self := v.base + c.path
			if f != news.HTML {
				self += "." + string(f)
			}
			headers[i] = []string{"<" + self + `>; rel="self"`}
			if _, err := url.Parse(v.Hub); v.Hub != "" && err == nil && f != news.HTML {
				headers[i] = append(headers[i], "<"+v.Hub+`>; rel="hub"`)
			}
		}
		all[c.id] = headers
	}
	return all
}
