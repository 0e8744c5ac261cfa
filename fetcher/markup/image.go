package markup

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// lazy are the attributes that papers keep an image's address in until it is
// scrolled to; src then holds a placeholder.
var lazy = []string{"data-src", "data-original", "data-lazy-src", "data-lazy", "data-url", "data-srcset", "srcset"}

// image cleans an img and says whether it is worth showing.
func (r *rewriter) image(n *html.Node) bool {
	src := imageSource(n)
	if pixel(n) {
		return false
	}
	src = Picture(r.base, src)
	if src == "" {
		return false
	}
	setAttribute(n, "src", src)
	r.attributes(n, allowed[n.DataAtom])
	return attribute(n, "src") != ""
}

// Picture makes an image's address absolute as Link does. It is "" for what is
// none, leads into the reader's own network, or only counts who looks at it.
func Picture(base, ref string) string {
	if src := Link(base, ref); src != "" && !Private(src) && !Tracker(src) {
		return src
	}
	return ""
}

func imageSource(n *html.Node) string {
	src := strings.TrimSpace(attribute(n, "src"))
	low := strings.ToLower(src)
	placeholder := src == "" || strings.HasPrefix(low, "data:") || strings.Contains(low, "placeholder") ||
		strings.Contains(low, "blank.gif") || strings.Contains(low, "spacer.") || strings.Contains(low, "loading.gif") ||
		strings.Contains(low, "lazy")
	if !placeholder {
		return src
	}
	for _, key := range lazy {
		val := strings.TrimSpace(attribute(n, key))
		if strings.HasSuffix(key, "srcset") {
			val, _, _ = strings.Cut(val, " ")
			val = strings.TrimSuffix(val, ",")
		}
		if val != "" && !strings.HasPrefix(strings.ToLower(val), "data:") {
			return val
		}
	}
	return src
}

// pixel says that an image is too small or too hidden to be seen.
func pixel(n *html.Node) bool {
	for _, key := range []string{"width", "height"} {
		if v, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(attribute(n, key)), "px"), 64); err == nil && v <= 2 {
			return true
		}
	}
	style := strings.ToLower(strings.ReplaceAll(attribute(n, "style"), " ", ""))
	for _, hidden := range []string{"display:none", "visibility:hidden", "width:1px", "height:1px", "width:0", "height:0"} {
		if i := strings.Index(style, hidden); i >= 0 && (i == 0 || style[i-1] == ';') {
			return true
		}
	}
	return false
}

// trackers are hosts and paths that only count readers.
var trackers = []string{
	"feeds.feedburner.com/~r/", "feedproxy.google.com/~r/", "feedsportal.com/", "doubleclick.net/", "google-analytics.com/",
	"googletagmanager.com/", "googlesyndication.com/", "pixel.wp.com/", "stats.wordpress.com/", "feeds.wordpress.com/1.0/",
	"pixel.quantserve.com/", "scorecardresearch.com/", "facebook.com/tr", "pheedo.com/", "pixel.facebook.com/",
	"blogger.googleusercontent.com/tracker/", "rss.buysellads.com/", "zedo.com/", "segment.io/v1/pixel", "mc.yandex.ru/watch",
	"admicro.vn/", "adtima.vn/", "eclick.vn/",
}

// Tracker says whether an image's address only counts who looks at it.
func Tracker(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return true
	}
	where := strings.ToLower(u.Host + u.EscapedPath())
	for _, t := range trackers {
		if i := strings.Index(where, t); i == 0 || i > 0 && where[i-1] == '.' {
			return true
		}
	}
	name := where[strings.LastIndexByte(where, '/')+1:]
	switch name {
	case "pixel.gif", "pixel.png", "1x1.gif", "1x1.png", "b.gif", "spacer.gif", "blank.gif", "track.gif", "beacon.gif", "clear.gif":
		return true
	}
	return false
}

func setAttribute(n *html.Node, key, val string) {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			n.Attr[i].Val = val
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: val})
}

// FirstImage is the first image of sanitised HTML, with its alternative text and
// its size in pixels, 0 where it names none.
func FirstImage(fragment string) (src, alt string, width, height int) {
	if !strings.Contains(fragment, "<img") {
		return "", "", 0, 0
	}
	z := html.NewTokenizer(strings.NewReader(fragment))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return "", "", 0, 0
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			if t.Data != "img" {
				continue
			}
			n := &html.Node{Attr: t.Attr}
			width, _ = strconv.Atoi(attribute(n, "width"))
			height, _ = strconv.Atoi(attribute(n, "height"))
			return attribute(n, "src"), attribute(n, "alt"), width, height
		}
	}
}

// lead is an image that sanitised HTML begins with, in a link or not, and the
// line ends after it: <a><img></a></br>text, as VnExpress and its like write.
var lead = regexp.MustCompile(`^(?:<a [^>]*><img [^>]*/></a>|<img [^>]*/>)(?:\s*<br/>)*\s*`)

// WithoutLead is sanitised HTML without the image that it begins with, for
// where that image is shown on its own.
func WithoutLead(fragment string) string {
	if at := lead.FindStringIndex(fragment); at != nil {
		return fragment[at[1]:]
	}
	return fragment
}
