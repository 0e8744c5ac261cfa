package page

import (
	"cmp"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"tinhub/news"
)

// context is what is known of an article when its body is cut.
type context struct {
	title, section string
	vietnamese     bool
}

// A body is an article's blocks without furniture, and what its first and last
// lines said.
type body struct {
	blocks  []block
	date    string   // a date line that stood in the body
	bylines []string // credit lines that stood in it, in order
}

// stops are the labels behind which an article is over. They are compared
// folded, as whole lines or, where they end in a colon or stand for a form, as
// the beginning of one.
var stops = folded(
	"Viết bình luận mới", "Thăm dò ý kiến", "THÔNG TIN CẦN BIẾT", "Ý kiến của bạn", "Gửi bình luận", "Bình luận", "Bài liên quan", "Tin liên quan", "Tin bài liên quan",
	"Cùng chuyên mục", "Tin cùng chuyên mục", "Các tin khác", "Tin khác", "Tin mới hơn", "Tin cũ hơn", "Bạn có thể quan tâm", "Có thể bạn quan tâm", "Từ khóa", "Chia sẻ bài viết",
	"Tags", "Related articles", "Comments", "Bài đọc nhiều", "Đọc nhiều", "Tin đọc nhiều", "Tin nổi bật", "Mời bạn đọc tiếp", "Ý kiến bạn đọc",
)

// stopStarts end an article where a line begins with them.
var stopStarts = folded(
	"Vui lòng nhập tiếng Việt có dấu", "Bình luận của bạn đã được gửi", "Mọi phản ánh, ý kiến, tin, bài", "POWERED BY", "Bạn đang xem phiên bản XEM THỬ",
	"Theo dõi Báo", "Chia sẻ bài viết", "Từ khóa:", "Tags:", "Từ khoá:",
)

// skips are lines inside of an article that are none of its own.
var skips = folded("Đọc tiếp", "Đọc thêm", "Xem thêm", "Cỡ chữ", "Mặc định", "Xếp theo", "Chia sẻ Facebook", "Chia sẻ Zalo", "Facebook", "Zalo", "Twitter", "In bài viết", "Lưu bài viết", "Nghe đọc bài", "Bút danh")

type foldedLines []string

func folded(lines ...string) foldedLines {
	out := make(foldedLines, len(lines))
	for i, l := range lines {
		out[i] = news.Fold(l)
	}
	return out
}

func (f foldedLines) is(line string) bool {
	for _, l := range f {
		if l == line {
			return true
		}
	}
	return false
}

func (f foldedLines) starts(line string) bool {
	for _, l := range f {
		if strings.HasPrefix(line, l) {
			return true
		}
	}
	return false
}

// ownDomain is a line that is nothing but a host name.
var ownDomain = regexp.MustCompile(`^(https?://)?(www\.)?[a-z0-9.-]+\.(vn|com|net|org)/?$`)

// cut takes the article out of the blocks: the title, section and date lines
// before it, the lines that are none of its own inside, and all that follows
// its byline or the first label of the page's furniture. A label that stands
// early is a box in the text, and only itself cut.
func cut(blocks []block, c context) body {
	var b body
	blocks = b.start(captions(blocks), c)
	whole, so := body{blocks: blocks}.textLength(), 0
	for _, k := range blocks {
		so += utf8.RuneCountInString(k.text)
		if k.kind != figure && len(k.text) < 300 {
			f := news.Fold(k.text)
			if so*5 >= whole*2 && (stops.is(f) || stopStarts.starts(f)) {
				break
			}
			if stops.is(f) || skips.is(f) || ownDomain.MatchString(strings.ToLower(k.text)) || alike(k.text, c.title) && len(f) > len(news.Fold(c.title))*9/10 {
				continue
			}
		}
		if k.linked && (k.kind == paragraph && len(k.text) < maxLinked || so*2 > whole || len(b.blocks) == 0) {
			if n := len(b.blocks); n > 0 {
				b.blocks[n-1].emptied = true
			}
			continue // "read also", other news
		}
		if k.kind == paragraph && len(k.text) < 120 && strings.HasPrefix(k.text, "©") {
			continue
		}
		b.blocks = append(b.blocks, subhead(k, c))
	}
	b.unlabel()
	b.end(c)
	return b
}

// unlabel takes out the labels of what was cut: a heading, or a line that ends in
// a colon, with nothing left below it.
func (b *body) unlabel() {
	isLabel := func(k block) bool {
		return k.kind == heading || k.kind == paragraph && len(k.text) < 80 && (strings.HasSuffix(k.text, ":") || k.strong)
	}
	var kept []block
	for i, k := range b.blocks {
		if k.emptied && isLabel(k) && (i+1 == len(b.blocks) || b.blocks[i+1].kind == heading) {
			continue
		}
		kept = append(kept, k)
	}
	b.blocks = kept
}

// maxLinked is how long a line of nothing but links may be, in bytes, and still be
// none of the article; a list of links is none in the second half.
const maxLinked = 300

// captions joins what stands below an image to it.
func captions(blocks []block) (out []block) {
	for i := 0; i < len(blocks); i++ {
		b := blocks[i]
		if b.kind == figure && b.text == "" && i+1 < len(blocks) && isCaption(blocks[i+1]) {
			b.text = blocks[i+1].text
			i++
		}
		out = append(out, b)
	}
	return out
}

var (
	photo = regexp.MustCompile(`(?i)(^|[.\s(|/])(ảnh|nguồn ảnh|photos?|foto|bild|image|crédits?|credits?)\s*:`)
	owned = regexp.MustCompile(`©|\(c\) |(?i)getty images|shutterstock|istock|\b(reuters|afp|dpa|ttxvn|vna)\b\W*$`)
)

func isCaption(b block) bool {
	return b.kind == paragraph && len(b.text) < 400 && (b.caption || b.italic || b.centred && !b.strong || (photo.MatchString(b.text) || owned.MatchString(b.text)) && utf8.RuneCountInString(b.text) < 250)
}

// start drops the lines before the text: title, section, date.
func (b *body) start(blocks []block, c context) []block {
	for len(blocks) > 0 {
		k := blocks[0]
		if k.kind == figure || len(k.text) > 2000 {
			return blocks
		}
		f := news.Fold(k.text)
		switch {
		case f == "" || f == news.Fold(c.title) || c.section != "" && f == news.Fold(c.section):
		case len(k.text) < 80 && len(strings.Join(dateLine.FindAllString(k.text, 2), ""))*2 > len(k.text):
			b.date = cmp.Or(b.date, k.text)
		case len(k.text) < 80 && shouted(k.text) && k.kind != list:
		default:
			return blocks
		}
		blocks = blocks[1:]
	}
	return nil
}

// shouted says that a line is in capitals only, as section labels are.
func shouted(s string) bool {
	letters := 0
	for _, r := range s {
		if unicode.IsLower(r) {
			return false
		}
		if unicode.IsUpper(r) {
			letters++
		}
	}
	return letters > 3
}

// subhead makes a short bold line without a full stop a heading.
func subhead(b block, c context) block {
	if b.kind == paragraph && b.strong && !b.right && !b.lede && utf8.RuneCountInString(b.text) < 120 && !strings.ContainsAny(b.text[len(b.text)-1:], ".!?:;,") && !creditLine(b, c) {
		b.kind, b.html = heading, "<h3>"+html.EscapeString(b.text)+"</h3>"
	}
	return b
}

// end takes the credit lines off the end: the byline, the agency, the photographer.
func (b *body) end(c context) {
	for n := len(b.blocks); n > 0; n-- {
		k := b.blocks[n-1]
		if k.kind == figure || k.kind == list {
			break
		}
		if k.kind == heading && !looksLikeNames(k.text) || k.kind == paragraph && !creditLine(k, c) {
			if k.kind == heading && n > 1 {
				b.blocks = b.blocks[:n-1] // a heading with nothing under it heads furniture
				continue
			}
			break
		}
		b.bylines = append([]string{k.text}, b.bylines...)
		b.blocks = b.blocks[:n-1]
	}
	if len(b.blocks) == 0 {
		return
	}
	last := &b.blocks[len(b.blocks)-1]
	if last.kind == paragraph {
		if rest, credit := trailingCredit(last.text); credit != "" {
			b.bylines = append(b.bylines, credit)
			last.html = strings.Replace(last.html, html.EscapeString(credit), "", 1)
			last.text = rest
		}
	}
}

func (b body) textLength() (n int) {
	for _, k := range b.blocks {
		if k.kind != figure {
			n += utf8.RuneCountInString(k.text)
		}
	}
	return n
}

// lede is the first paragraph.
func (b body) lede() string {
	for _, k := range b.blocks {
		if k.kind == paragraph && utf8.RuneCountInString(k.text) >= 40 {
			return k.text
		}
	}
	for _, k := range b.blocks {
		if k.kind != figure {
			return k.text
		}
	}
	return ""
}

func (b body) text() string {
	var out []string
	for _, k := range b.blocks {
		if k.kind != figure && k.text != "" {
			out = append(out, k.text)
		}
	}
	return strings.Join(out, "\n\n")
}

func (b body) html() string {
	var out strings.Builder
	for _, k := range b.blocks {
		if k.kind != figure {
			out.WriteString(k.html)
			continue
		}
		out.WriteString(`<figure><img src="` + html.EscapeString(k.src) + `" alt="">`)
		if k.text != "" {
			out.WriteString("<figcaption>" + html.EscapeString(k.text) + "</figcaption>")
		}
		out.WriteString("</figure>")
	}
	return out.String()
}
