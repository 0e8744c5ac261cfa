package markup

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"
)

// dropped elements go with all that is in them: none of it is text of an article.
var dropped = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Template: true, atom.Noscript: true, atom.Iframe: true, atom.Frame: true,
	atom.Frameset: true, atom.Noframes: true, atom.Object: true, atom.Embed: true, atom.Applet: true, atom.Param: true,
	atom.Svg: true, atom.Math: true, atom.Base: true, atom.Link: true, atom.Meta: true, atom.Title: true, atom.Head: true,
	atom.Input: true, atom.Select: true, atom.Textarea: true, atom.Option: true, atom.Canvas: true, atom.Noembed: true,
	atom.Xmp: true, atom.Plaintext: true, atom.Listing: true, atom.Dialog: true, atom.Audio: true, atom.Video: true,
	atom.Source: true, atom.Track: true, atom.Map: true, atom.Area: true, atom.Datalist: true, atom.Optgroup: true,
}

// everywhere are the attributes that any element may have.
var everywhere = []string{"dir", "lang", "title"}

// allowed elements with the attributes that they may have. What stands neither
// here nor in dropped is unwrapped: its children stay.
var allowed = map[atom.Atom][]string{
	atom.P: nil, atom.Br: nil, atom.Hr: nil, atom.Div: nil, atom.Span: nil, atom.Pre: nil, atom.Blockquote: {"cite"},
	atom.H1: nil, atom.H2: nil, atom.H3: nil, atom.H4: nil, atom.H5: nil, atom.H6: nil,
	atom.A: {"href"}, atom.Img: {"src", "alt", "width", "height"}, atom.Figure: nil, atom.Figcaption: nil,
	atom.Ul: nil, atom.Ol: {"start", "type"}, atom.Li: {"value"}, atom.Dl: nil, atom.Dt: nil, atom.Dd: nil,
	atom.B: nil, atom.Strong: nil, atom.I: nil, atom.Em: nil, atom.U: nil, atom.S: nil, atom.Strike: nil, atom.Del: {"cite"},
	atom.Ins: {"cite"}, atom.Sub: nil, atom.Sup: nil, atom.Small: nil, atom.Big: nil, atom.Mark: nil, atom.Code: nil,
	atom.Kbd: nil, atom.Samp: nil, atom.Var: nil, atom.Tt: nil, atom.Q: {"cite"}, atom.Cite: nil, atom.Abbr: nil,
	atom.Acronym: nil, atom.Dfn: nil, atom.Time: {"datetime"}, atom.Ruby: nil, atom.Rt: nil, atom.Rp: nil, atom.Bdi: nil,
	atom.Bdo: nil, atom.Wbr: nil, atom.Address: nil, atom.Section: nil, atom.Article: nil, atom.Aside: nil,
	atom.Header: nil, atom.Footer: nil, atom.Details: nil, atom.Summary: nil, atom.Center: nil,
	atom.Table: nil, atom.Caption: nil, atom.Colgroup: {"span"}, atom.Col: {"span"}, atom.Thead: nil, atom.Tbody: nil,
	atom.Tfoot: nil, atom.Tr: nil, atom.Td: {"colspan", "rowspan"}, atom.Th: {"colspan", "rowspan", "scope"},
}

// fits says whether an attribute's value is one that it may have.
var fits = fitTable{
	"dir":   func(s string) bool { return s == "ltr" || s == "rtl" || s == "auto" },
	"scope": func(s string) bool { return s == "row" || s == "col" || s == "rowgroup" || s == "colgroup" },
	"type":  func(s string) bool { return len(s) == 1 && strings.Contains("1aAiI", s) },
	"lang": func(s string) bool {
		return len(s) <= 35 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == ""
	},
	"datetime": func(s string) bool { return len(s) <= 40 && strings.Trim(s, "0123456789-:+.TZWPYMDHS ") == "" },
}

type fitTable map[string]func(string) bool

var anyValue = func(s string) bool { return len(s) <= maxLink }

func (t fitTable) of(key string) func(string) bool {
	if f := t[key]; f != nil {
		return f
	}
	return anyValue
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }

func has(attrs []html.Attribute, key string) bool {
	return slices.ContainsFunc(attrs, func(a html.Attribute) bool { return a.Key == key })
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

// digits is a number of pixels or cells, or "" for anything else.
func digits(s string) string {
	s = strings.TrimSuffix(strings.TrimSpace(s), "px")
	if s == "" || len(s) > 5 || strings.Trim(s, "0123456789") != "" {
		return ""
	}
	return s
}

// attributeText is the text of an attribute on one line.
func attributeText(s string) string {
	return strings.Join(strings.Fields(cleanText(s)), " ")
}

// latin says that a text is of letters that NFC leaves as they are, Vietnamese
// among them, with the usual dashes and quotes, and no more.
func latin(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < 0x80:
			if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
				return false
			}
		case c >= 0xC3 && c <= 0xCA: // U+00C0 to U+02BF
			i++
		case c == 0xE1 && i+2 < len(s) && s[i+1] >= 0xB8 && s[i+1] <= 0xBB: // U+1E00 to U+1EFF
			i += 2
		case c == 0xE2 && i+2 < len(s) && s[i+1] == 0x80 && s[i+2] >= 0x90 && s[i+2] <= 0xA6: // U+2010 to U+2026
			i += 2
		default:
			return false
		}
	}
	return true
}

func slowCleanText(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r':
			return '\n'
		case unicode.IsControl(r), // the C1 controls too
			r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, // directional overrides turn words round
			r == 0x200B, r == 0xFEFF, r == 0x2060,
			r >= 0xFDD0 && r <= 0xFDEF, r&0xFFFE == 0xFFFE:
			return -1
		}
		return r
	}, s)
	return norm.NFC.String(s)
}
