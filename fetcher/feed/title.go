package feed

import (
	"html"
	"regexp"
	"strings"

	"tinhub/fetcher/markup"
	"tinhub/news"
)

var (
	markupIn = regexp.MustCompile(`(?i)</?(?:a|abbr|b|big|blockquote|br|center|cite|code|del|div|em|font|h[1-6]|hr|i|img|ins|li|mark|ol|p|pre|q|s|script|small|span|strike|strong|style|sub|sup|svg|table|td|tr|tt|u|ul|iframe|object|embed|form|input|button|title|wbr)(?:\s[^<>]*)?/?>`)
	entityIn = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)
)

// plainTitle is a title as text on one line. What an Atom feed declares as HTML
// or text is typed; RSS does not say, so that markup counts only where it is
// HTML's ("1 < 2" is text). Entities that were escaped twice are decoded twice,
// and no more.
func plainTitle(s string, typed bool) string {
	if !strings.ContainsAny(s, "<&") {
		return news.Clean(s)
	}
	s = markup.Uncover(s)
	if typed {
		return news.Clean(decodeKnown(oneLine(s)))
	}
	for range 2 {
		switch {
		case markupIn.MatchString(s):
			s = oneLine(escapeStray(s))
		case entityIn.MatchString(s):
			s = decodeKnown(s)
		default:
			return news.Clean(s)
		}
	}
	if markupIn.MatchString(s) {
		s = oneLine(escapeStray(s))
	}
	return news.Clean(s)
}

func oneLine(s string) string { return strings.ReplaceAll(news.Text(s), "\n", " ") }

// decodeKnown decodes one round of entities that HTML knows.
func decodeKnown(s string) string {
	return entityIn.ReplaceAllStringFunc(s, func(ref string) string {
		if text := html.UnescapeString(ref); !strings.HasSuffix(text, ";") || text == ";" {
			return text
		}
		return ref
	})
}

// escapeStray escapes less-than signs that begin no tag, or the words after
// them would be lost as one.
func escapeStray(s string) string {
	tags := markupIn.FindAllStringIndex(s, -1)
	var b strings.Builder
	at := 0
	for _, t := range tags {
		b.WriteString(strings.ReplaceAll(s[at:t[0]], "<", "&lt;"))
		b.WriteString(s[t[0]:t[1]])
		at = t[1]
	}
	b.WriteString(strings.ReplaceAll(s[at:], "<", "&lt;"))
	return b.String()
}

var doubled = regexp.MustCompile(`&amp;(#[0-9]{2,7}|#[xX][0-9a-fA-F]{2,6}|[A-Za-z][A-Za-z0-9]{1,31});`)

// undouble decodes entities of letters and punctuation that were escaped twice
// in HTML. Those that may be meant as they stand, in an article on HTML, stay.
func (r *repairs) undouble(s string) string {
	if !strings.Contains(s, "&amp;") {
		return s
	}
	return doubled.ReplaceAllStringFunc(s, func(ref string) string {
		once := "&" + ref[len("&amp;"):]
		switch text := html.UnescapeString(once); {
		case strings.HasSuffix(text, ";"), text == "<", text == ">", text == "&":
			return ref
		}
		r.add(doubleEscaped)
		return once
	})
}
