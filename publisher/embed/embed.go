package embed

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tinhub/news"
)

//go:embed embed.js
var script []byte

//go:embed page.html
var pageText string

//go:embed page.css
var style string

var page = template.Must(template.New("page").Parse(pageText))

// Options has a usable zero value, which knows no topics.
type Options struct {
	PublicURL string // site.public_url
	Title     string // of the site
	Topics    func() []news.Topic
	Partners  func() []news.Partner

	// Viewed is told of every widget that a page opens: whose page it is ("" is
	// nobody's that is known), and never who looks at it.
	Viewed func(partner, topic string)
}

// A Widget serves /embed.js, /embed/ID and /oembed.
type Widget struct {
	opt    Options
	packed []byte // the script, gzipped
	etag   string
	csp    string
}

// New makes a widget.
func New(opt Options) *Widget {
	if opt.Topics == nil {
		opt.Topics = func() []news.Topic { return nil }
	}
	if opt.Partners == nil {
		opt.Partners = func() []news.Partner { return nil }
	}
	if opt.Viewed == nil {
		opt.Viewed = func(string, string) {}
	}
	opt.PublicURL = strings.TrimSuffix(opt.PublicURL, "/")
	sum, look := sha256.Sum256(script), sha256.Sum256([]byte(style))
	return &Widget{
		opt: opt, packed: gzipped(script), etag: hex.EncodeToString(sum[:16]),
		csp: "default-src 'none'; script-src 'self'; connect-src 'self'; img-src https: http:; base-uri 'none'; form-action 'none'; style-src 'sha256-" +
			base64.StdEncoding.EncodeToString(look[:]) + "'",
	}
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is a good one, and memory takes all
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

// Serves says whether a path is the widget's.
func Serves(path string) bool {
	return path == "/embed.js" || path == "/oembed" || strings.HasPrefix(path, "/embed/")
}

// ServeHTTP answers with what a path names.
func (w *Widget) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	h := rw.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	switch {
	case !news.OurHost(r.Host, w.opt.PublicURL):
		say(rw, http.StatusMisdirectedRequest, "Máy chủ này không phục vụ tên miền đó; hãy dùng "+w.opt.PublicURL)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		say(rw, http.StatusMethodNotAllowed, "Địa chỉ này chỉ để đọc: dùng GET hoặc HEAD.")
	case r.URL.Path == "/embed.js":
		w.serveScript(rw, r)
	case r.URL.Path == "/oembed":
		w.serveOEmbed(rw, r)
	default:
		w.servePage(rw, r)
	}
}

func say(w http.ResponseWriter, status int, sentence string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintln(w, sentence)
}

func (w *Widget) serveScript(rw http.ResponseWriter, r *http.Request) {
	h := rw.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=3600")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Vary", "Accept-Encoding")
	body, etag := script, `"`+w.etag+`"`
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body, etag = w.packed, `"`+w.etag+`-gzip"`
	}
	h.Set("ETag", etag)
	if strings.Contains(r.Header.Get("If-None-Match"), w.etag) {
		h.Del("Content-Encoding")
		rw.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	w.opt.Viewed(w.partnerOf(r.Referer()), "")
	_, _ = rw.Write(body)
}

// takesGzip says whether a browser takes gzip; every one does, and says so in the
// simplest way. Whoever says it otherwise gets the script as it is.
func takesGzip(r *http.Request) bool {
	for _, one := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		if strings.TrimSpace(one) == "gzip" {
			return true
		}
	}
	return false
}

// partnerOf is whose page an address belongs to.
func (w *Widget) partnerOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	for _, p := range w.opt.Partners() {
		if slices.Contains(p.Origins, strings.ToLower(u.Scheme+"://"+u.Host)) {
			return p.ID
		}
	}
	return ""
}

// A channel is what can be shown: a topic, or all of a province.
type channel struct {
	ID     string // of the topic; "" of a province
	Path   string // topics/ID or provinces/SLUG
	Title  string
	Public bool
	Attr   template.HTMLAttr // how the element names it
}

// find is a channel by its path, in which "topics/" may be left out. A former id
// or province means its successor.
func (w *Widget) find(path string) (channel, bool) {
	if slug, ok := strings.CutPrefix(path, "provinces/"); ok {
		p, ok := news.ProvinceOf(slug)
		return channel{Path: "provinces/" + p.Slug, Title: p.Name, Public: true, Attr: template.HTMLAttr(`province="` + p.Slug + `"`)}, ok //nolint:gosec // of our own table
	}
	id := strings.TrimPrefix(path, "topics/")
	if id == news.Everything {
		return topic(news.Topic{ID: id, Title: w.opt.Title, Public: true}), true
	}
	for _, t := range w.opt.Topics() {
		if t.ID == id || slices.Contains(t.Formerly, id) {
			return topic(t), true
		}
	}
	return channel{}, false
}

func topic(t news.Topic) channel {
	return channel{ID: t.ID, Path: "topics/" + t.ID, Title: t.Title, Public: t.Public, Attr: template.HTMLAttr(`topic="` + template.HTMLEscapeString(t.ID) + `"`)} //nolint:gosec // it is escaped
}

// holders are the partners that may show a topic.
func (w *Widget) holders(topic string) (list []news.Partner) {
	for _, p := range w.opt.Partners() {
		if slices.Contains(p.Topics, topic) || slices.Contains(p.Topics, "*") {
			list = append(list, p)
		}
	}
	return list
}

// The bounds of what an iframe may ask for.
const (
	defaultItems = 5
	mostItems    = 50
)

// shown is what the iframe's page shows.
type shown struct {
	Style template.CSS
	channel
	Items  int
	Key    string
	Theme  string
	Size   string
	Head   string // in place of the title
	Images bool
	Base   string
	Site   string
}

// servePage is the widget in a page of its own. Where a topic is not public, it
// needs its partner's key, and only that partner's pages may frame it.
func (w *Widget) servePage(rw http.ResponseWriter, r *http.Request) {
	t, ok := w.find(strings.TrimPrefix(r.URL.Path, "/embed/"))
	if !ok {
		say(rw, http.StatusNotFound, "Không có chuyên đề này.")
		return
	}
	q := r.URL.Query()
	frames, holder := "*", w.partnerOf(r.Referer()) // a public topic is for everybody's page
	if !t.Public {
		p, ok := byKey(w.holders(t.ID), q.Get("key"))
		if !ok {
			say(rw, http.StatusForbidden, "Chuyên đề này chỉ dành cho đối tác: cần ?key= hợp lệ.")
			return
		}
		frames, holder = strings.Join(append([]string{"'self'"}, p.Origins...), " "), p.ID
	}
	d := shown{Style: template.CSS(style), channel: t, Items: defaultItems, Key: q.Get("key"), Head: news.Excerpt(q.Get("heading"), 120), Images: q.Get("images") != "", Base: w.opt.PublicURL, Site: w.opt.Title} //nolint:gosec // it is ours
	if n := q.Get("items"); n != "" {
		var err error
		if d.Items, err = strconv.Atoi(n); err != nil || d.Items < 1 || d.Items > mostItems {
			say(rw, http.StatusBadRequest, fmt.Sprintf("items phải là số từ 1 đến %d.", mostItems))
			return
		}
	}
	for name, c := range map[string]struct {
		to   *string
		from []string
	}{"theme": {&d.Theme, []string{"light", "dark"}}, "size": {&d.Size, []string{"small", "large"}}} {
		if *c.to = q.Get(name); *c.to != "" && !slices.Contains(c.from, *c.to) {
			say(rw, http.StatusBadRequest, name+" phải là "+strings.Join(c.from, " hoặc ")+".")
			return
		}
	}
	var b bytes.Buffer
	if err := page.Execute(&b, d); err != nil {
		say(rw, http.StatusInternalServerError, "Không dựng được trang này.")
		return
	}
	if r.Method == http.MethodGet {
		w.opt.Viewed(holder, cmp.Or(t.ID, t.Path))
	}
	h := rw.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	if !t.Public {
		h.Set("Cache-Control", "private, no-store")
	}
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Content-Security-Policy", w.csp+"; frame-ancestors "+frames)
	_, _ = rw.Write(b.Bytes())
}

func byKey(list []news.Partner, key string) (news.Partner, bool) {
	for _, p := range list {
		if p.Key != "" && subtle.ConstantTimeCompare([]byte(p.Key), []byte(key)) == 1 {
			return p, true
		}
	}
	return news.Partner{}, false
}

// An oEmbed is the answer of oembed.com, 2.3.4.4: rich.
type oEmbed struct {
	Version      string `json:"version"`
	Type         string `json:"type"`
	Title        string `json:"title"`
	ProviderName string `json:"provider_name"`
	ProviderURL  string `json:"provider_url"`
	HTML         string `json:"html"`
	Width        int    `json:"width"`
	Height       int    `json:"height"`
	CacheAge     int    `json:"cache_age"`
}

var frame = template.Must(template.New("frame").Parse(
	`<iframe src="{{.Base}}/embed/{{.Path}}" title="{{.Title}}" width="{{.Width}}" height="{{.Height}}" loading="lazy" style="border:0"></iframe>`))

// serveOEmbed tells a page that has the address of a public topic how to show it.
func (w *Widget) serveOEmbed(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if f := q.Get("format"); f != "" && f != "json" {
		say(rw, http.StatusNotImplemented, "Chỉ có format=json.")
		return
	}
	path, ours := strings.CutPrefix(q.Get("url"), w.opt.PublicURL+"/")
	path, _, _ = strings.Cut(path, "?")
	path, framed := strings.CutPrefix(path, "embed/")
	t, ok := w.find(path)
	if !ours || !ok || !framed && !strings.Contains(path, "/") {
		say(rw, http.StatusNotFound, "url không phải là địa chỉ của một chuyên đề ở đây, như "+w.opt.PublicURL+"/topics/"+news.Everything)
		return
	}
	if !t.Public {
		say(rw, http.StatusUnauthorized, "Chuyên đề này chỉ dành cho đối tác.")
		return
	}
	o := oEmbed{Version: "1.0", Type: "rich", Title: t.Title, ProviderName: w.opt.Title, ProviderURL: w.opt.PublicURL + "/", Width: 480, Height: 520, CacheAge: 3600}
	for name, size := range map[string]*int{"maxwidth": &o.Width, "maxheight": &o.Height} {
		if v := q.Get(name); v != "" {
			n, err := strconv.Atoi(v)
			if err != nil || n < 1 {
				say(rw, http.StatusBadRequest, name+" phải là số điểm ảnh, từ 1.")
				return
			}
			*size = min(*size, n)
		}
	}
	var b strings.Builder
	err := frame.Execute(&b, map[string]any{"Base": w.opt.PublicURL, "Path": strings.TrimPrefix(t.Path, "topics/"), "Title": t.Title, "Width": o.Width, "Height": o.Height})
	o.HTML = b.String()
	body, err2 := json.Marshal(o)
	if err != nil || err2 != nil {
		say(rw, http.StatusInternalServerError, "Không dựng được câu trả lời.")
		return
	}
	h := rw.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cache-Control", "public, max-age=300")
	_, _ = rw.Write(body)
}
