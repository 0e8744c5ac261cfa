package feed

import (
	"strings"

	"tinhub/news"
)

// attribution is the visible end of every item: the editors' note; who wrote it,
// with a link to where; whom that paper credits; who else carries it; and
// corrections.
func (it Item) attribution() string {
	var b strings.Builder
	if note := news.Clean(it.Note); note != "" {
		b.WriteString("<p><strong>Ghi chú của ban biên tập:</strong> " + anchor("", note) + "</p>")
	}
	b.WriteString("<p>Theo ")
	b.WriteString(anchor(it.link(), it.Agency.name()))
	if origin := news.Clean(it.Origin); origin != "" && !strings.EqualFold(origin, it.Agency.name()) {
		b.WriteString(" (dẫn nguồn " + anchor("", origin) + ")")
	}
	b.WriteString("</p>")
	if len(it.Also) > 0 {
		b.WriteString("<p>Cũng đăng trên: ")
		for i, c := range it.Also {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(anchor(c.Link, c.Agency))
		}
		b.WriteString("</p>")
	}
	if it.Corrects != "" {
		b.WriteString("<p>" + anchor(it.Corrects, "Đính chính cho tin đã đăng") + "</p>")
	}
	if it.Corrected != "" {
		b.WriteString("<p><strong>" + anchor(it.Corrected, "Tin này đã được đính chính") + "</strong></p>")
	}
	return b.String()
}

// summary is the item's short text with its attribution: never empty.
func (it Item) summary() string {
	return paragraph(clean(it.Summary)) + it.attribution()
}

// content is the item's whole text with its attribution, "" where only a
// summary may be shown.
func (it Item) content() string {
	if it.Content == "" {
		return ""
	}
	return paragraph(clean(it.Content)) + it.attribution()
}

// paragraph wraps bare text, so that the attribution stands on a line of its own.
func paragraph(html string) string {
	if html == "" || strings.HasPrefix(html, "<") {
		return html
	}
	return "<p>" + html + "</p>"
}
