package news

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Text is what a reader sees of sanitised HTML: block elements and <br> are on
// lines of their own, white space is collapsed, table cells keep apart.
func Text(fragment string) string {
	if !strings.ContainsAny(fragment, "<&") {
		return Clean(fragment)
	}
	var lines []string
	var line strings.Builder
	flush := func() {
		if s := Clean(line.String()); s != "" {
			lines = append(lines, s)
		}
		line.Reset()
	}
	z := html.NewTokenizer(strings.NewReader(fragment))
	z.SetMaxBuf(maxToken)
	hidden := atom.Atom(0)
	for {
		switch z.Next() {
		case html.ErrorToken:
			flush()
			return strings.Join(lines, "\n")
		case html.TextToken:
			if hidden == 0 {
				line.Write(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			a := atom.Lookup(name)
			if unseen[a] && hidden == 0 {
				hidden = a
			}
			breakAt(a, &line, flush)
		case html.EndTagToken:
			name, _ := z.TagName()
			a := atom.Lookup(name)
			if a == hidden {
				hidden = 0
			}
			breakAt(a, &line, flush)
		}
	}
}

// maxToken bounds one tag or text run, in bytes; what is longer ends the text.
const maxToken = 4 << 20

func breakAt(a atom.Atom, line *strings.Builder, flush func()) {
	switch {
	case a == atom.Td || a == atom.Th:
		line.WriteByte(' ')
	case blocks[a]:
		flush()
	}
}

// unseen elements have no text of their own that a reader sees. The void ones
// are not here: they have no end.
var unseen = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Template: true, atom.Noscript: true,
	atom.Iframe: true, atom.Object: true, atom.Title: true,
}

var blocks = map[atom.Atom]bool{
	atom.Address: true, atom.Article: true, atom.Aside: true, atom.Blockquote: true, atom.Br: true,
	atom.Caption: true, atom.Center: true, atom.Dd: true, atom.Details: true, atom.Div: true, atom.Dl: true, atom.Dt: true,
	atom.Fieldset: true, atom.Figcaption: true, atom.Figure: true, atom.Footer: true, atom.Form: true,
	atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true,
	atom.Header: true, atom.Hr: true, atom.Li: true, atom.Main: true, atom.Nav: true, atom.Ol: true,
	atom.P: true, atom.Pre: true, atom.Section: true, atom.Summary: true, atom.Table: true, atom.Tbody: true,
	atom.Tfoot: true, atom.Thead: true, atom.Tr: true, atom.Ul: true,
}

// Excerpt is the beginning of a text, at most n characters with the "…" that
// says it was cut; it is cut between words where there is a word to keep.
func Excerpt(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	if n <= 0 {
		return ""
	}
	end, space, count := 0, -1, 0
	for i, r := range text {
		if unicode.IsSpace(r) {
			space = i
		}
		if count == n-1 {
			end = i
			if !unicode.IsSpace(r) && space > 0 {
				end = space
			}
			break
		}
		count++
	}
	return strings.TrimRightFunc(text[:end], func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(",;:–-", r)
	}) + "…"
}
