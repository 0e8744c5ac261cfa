package curator

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"tinhub/news"
)

// onlyFigures says that two versions differ in numbers alone.
func onlyFigures(a, b news.Entry) bool {
	return figureless(a) == figureless(b)
}

func figureless(e news.Entry) string {
	var b strings.Builder
	for _, y := range news.Syllables(nil, e.Title+"\n"+news.Text(e.Summary)+"\n"+news.Text(e.Content)) {
		if c := y.Key[0]; c < '0' || c > '9' {
			b.WriteString(y.Key)
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// counters are numbers that grow by being read; they say nothing.
var counters = regexp.MustCompile(`(?i)\(?\s*(?:(?:lượt\s+)?(?:xem|đọc|thích|chia sẻ|bình luận|views?|likes?|shares?|comments?)\s*[:(]\s*\d[\d.,]*\)?|\d[\d.,]*\s*(?:lượt\s+(?:xem|đọc|thích|chia sẻ|truy cập)|bình luận|views?|likes?|shares?|comments?))\s*\)?`)

// counterWords stand in every text that counters could match, which is dear to
// ask of each.
var counterWords = []string{
	"lượt", "Lượt", "LƯỢT", "ình luận", "ÌNH LUẬN", "iew", "IEW", "ike", "IKE", "hare", "HARE", "omment", "OMMENT",
	"xem:", "Xem:", "xem (", "Xem (", "đọc:", "Đọc:", "đọc (", "Đọc (", "hích:", "hích (", "hia sẻ:", "hia sẻ (",
}

// shown is an entry's words as a reader sees them, without counters.
func shown(html string) string {
	text := news.Text(html)
	has := func(word string) bool { return strings.Contains(text, word) }
	if slices.ContainsFunc(counterWords, has) {
		lines := strings.Split(text, "\n")
		for i, line := range lines {
			if slices.ContainsFunc(counterWords, func(w string) bool { return strings.Contains(line, w) }) {
				lines[i] = counters.ReplaceAllString(line, " ")
			}
		}
		text = strings.Join(lines, "\n")
	}
	return strings.Join(strings.Fields(text), " ")
}

// Meaning is the hash of what an entry says to a reader, Revision.Hash: not
// its markup, its counters, its section, the size of its image or how its address
// is written.
func Meaning(e news.Entry) news.Key {
	parts := []string{strings.Join(strings.Fields(e.Title), " "), shown(e.Summary), shown(e.Content), dated(e), names(e.Authors), e.Origin, picture(e.Image)}
	for _, x := range e.Enclosures {
		parts = append(parts, address(x.URL))
	}
	return news.KeyOf(parts...)
}

// changes names what differs between two versions, in the words of Revision.Reason.
func changes(a, b news.Entry) []string {
	var what []string
	differ := func(name string, yes bool) {
		if yes {
			what = append(what, name)
		}
	}
	differ("title", strings.Join(strings.Fields(a.Title), " ") != strings.Join(strings.Fields(b.Title), " "))
	differ("text", shown(a.Summary) != shown(b.Summary) || shown(a.Content) != shown(b.Content))
	differ("date", dated(a) != dated(b))
	differ("author", names(a.Authors) != names(b.Authors))
	differ("origin", a.Origin != b.Origin)
	differ("image", picture(a.Image) != picture(b.Image))
	differ("attachments", !slices.EqualFunc(a.Enclosures, b.Enclosures, func(x, y news.Enclosure) bool { return address(x.URL) == address(y.URL) }))
	differ("link", a.Link != "" && b.Link != "" && news.URLKey(a.Link) != news.URLKey(b.Link))
	return what
}

func dated(e news.Entry) string {
	if e.Published.IsZero() || e.Published.Precision == news.Relative {
		return ""
	}
	return e.Published.At.UTC().Format(time.RFC3339)
}

func names(people []news.Person) string {
	var b strings.Builder
	for _, p := range people {
		b.WriteString(p.Name + "\n")
	}
	return b.String()
}

func picture(i *news.Image) string {
	if i == nil {
		return ""
	}
	return address(i.URL)
}

// address is a file's address without its query, which caches change at will.
func address(raw string) string {
	before, _, _ := strings.Cut(raw, "?")
	return before
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
