package feed

import (
	"strings"
)

// The limits of what a document may ask of the parser behind the mending (the
// limits that FAULTS names, and two that keep it within its memory).
const (
	maxItems      = 500
	maxDepth      = 64
	maxAttributes = 64
	maxAttribute  = 16 << 10  // bytes of one attribute's value
	maxText       = 512 << 10 // bytes of one element's text
	maxNodes      = 20000     // elements and runs of text in one item
	maxDoctype    = 64 << 10  // bytes in which entities are looked for
)

type kind uint8

const (
	endOfInput kind = iota
	startTag
	endTag
	charData
	cdata
)

type attr struct{ name, val string }

// A token is one piece of a document. Its strings are slices of the document,
// still escaped.
type token struct {
	kind  kind
	name  string // as written, with its prefix
	attrs []attr // of a start tag; valid until the next token
	self  bool   // <x/>
	text  string
	at    int // where it begins in the document
}

// A scanner splits a document into tags and text however broken it is: what is
// no markup is text, comments, instructions and the DOCTYPE are passed over.
// It reads every byte at most a few times.
type scanner struct {
	s       string
	pos     int
	attrs   []attr
	noQuote [256]int // per kind of quote: where the search for one came up empty
	repairs *repairs
	cut     bool // the input ended inside a tag, a comment or a CDATA section
}

func (sc *scanner) next() token {
	for sc.pos < len(sc.s) {
		at := sc.pos
		if sc.s[at] != '<' {
			end := strings.IndexByte(sc.s[at:], '<')
			if end < 0 {
				end = len(sc.s) - at
			}
			sc.pos += end
			return token{kind: charData, text: sc.s[at:sc.pos], at: at}
		}
		rest := sc.s[at:]
		switch {
		case strings.HasPrefix(rest, "<!--"):
			sc.passOver("-->", 4)
		case strings.HasPrefix(rest, "<![CDATA["):
			return sc.section(at)
		case strings.HasPrefix(rest, "<?"):
			sc.instruction()
		case strings.HasPrefix(rest, "<!"):
			sc.declaration()
		case len(rest) > 2 && rest[1] == '/' && nameStart(rest[2]):
			return sc.end(at)
		case len(rest) > 1 && nameStart(rest[1]):
			return sc.start(at)
		default:
			sc.repairs.add(bareLess)
			end := strings.IndexByte(rest[1:], '<')
			if end < 0 {
				end = len(rest) - 1
			}
			sc.pos = at + 1 + end
			return token{kind: charData, text: rest[:1+end], at: at}
		}
	}
	return token{kind: endOfInput, at: len(sc.s)}
}

// passOver skips to after mark; where it is missing the document ended early.
func (sc *scanner) passOver(mark string, from int) {
	if n := strings.Index(sc.s[sc.pos+from:], mark); n >= 0 {
		sc.pos += from + n + len(mark)
		return
	}
	sc.pos = len(sc.s)
	sc.cut = true
}

func (sc *scanner) section(at int) token {
	begin := at + len("<![CDATA[")
	n := strings.Index(sc.s[begin:], "]]>")
	if n < 0 {
		sc.pos = len(sc.s)
		sc.cut = true
		return token{kind: cdata, text: sc.s[begin:], at: at}
	}
	sc.pos = begin + n + 3
	return token{kind: cdata, text: sc.s[begin : begin+n], at: at}
}

// instruction skips <?…?>. An instruction that is never closed ends at the next
// ">", as browsers have it.
func (sc *scanner) instruction() {
	if n := strings.Index(sc.s[sc.pos:], "?>"); n >= 0 && n < 4096 {
		sc.pos += n + 2
		return
	}
	sc.passOver(">", 2)
}

// declaration skips a DOCTYPE with its internal subset. Of the entities that it
// declares only plain words count.
func (sc *scanner) declaration() {
	if i := sc.pos + 2; len(sc.s) > i+7 && strings.EqualFold(sc.s[i:i+7], "DOCTYPE") {
		sc.repairs.add(doctypeDropped)
		defer func(from int) { sc.repairs.declare(sc.s[from:min(sc.pos, from+maxDoctype)]) }(sc.pos)
	}
	depth := 0
	for i := sc.pos + 2; i < len(sc.s); i++ {
		switch c := sc.s[i]; c {
		case '[':
			depth++
		case ']':
			depth--
		case '"', '\'':
			if n := sc.quote(i+1, c); n >= 0 {
				i += n + 1
			}
		case '>':
			if depth <= 0 {
				sc.pos = i + 1
				return
			}
		case '<':
			if depth <= 0 { // a DOCTYPE that is not closed
				sc.pos = i
				return
			}
		}
	}
	sc.pos = len(sc.s)
	sc.cut = true
}

func (sc *scanner) end(at int) token {
	i := at + 2
	for i < len(sc.s) && nameByte(sc.s[i]) {
		i++
	}
	name := sc.s[at+2 : i]
	for i < len(sc.s) && sc.s[i] != '>' && sc.s[i] != '<' {
		i++
	}
	if i == len(sc.s) {
		sc.cut = true
	} else if sc.s[i] == '>' {
		i++
	}
	sc.pos = i
	return token{kind: endTag, name: name, at: at}
}

func (sc *scanner) start(at int) token {
	i := at + 1
	for i < len(sc.s) && nameByte(sc.s[i]) {
		i++
	}
	t := token{kind: startTag, name: sc.s[at+1 : i], at: at}
	sc.attrs = sc.attrs[:0]
	over := 0
	for {
		for i < len(sc.s) && (blank(sc.s[i]) || sc.s[i] == '/' && !strings.HasPrefix(sc.s[i:], "/>")) {
			i++
		}
		if i >= len(sc.s) {
			sc.cut = true
			break
		}
		if sc.s[i] == '>' {
			i++
			break
		}
		if sc.s[i] == '/' {
			t.self = true
			i += 2
			break
		}
		if sc.s[i] == '<' {
			sc.repairs.add(unclosedTag)
			break
		}
		var a attr
		a, i = sc.attribute(i)
		if len(sc.attrs) >= maxAttributes || len(a.val) > maxAttribute {
			over++
			continue
		}
		if a.name != "" {
			sc.attrs = append(sc.attrs, a)
		}
	}
	if over > 0 {
		sc.repairs.add(attributesDropped)
	}
	sc.pos = i
	t.attrs = sc.attrs
	return t
}

// attribute reads one attribute, quoted or not, with or without a value.
func (sc *scanner) attribute(i int) (attr, int) {
	s := sc.s
	from := i
	for i < len(s) && !blank(s[i]) && s[i] != '=' && s[i] != '>' && s[i] != '<' && s[i] != '/' && s[i] != '"' && s[i] != '\'' {
		i++
	}
	a := attr{name: s[from:i]}
	if i == from { // a stray quote or "="
		sc.repairs.add(badAttribute)
		return attr{}, i + 1
	}
	for i < len(s) && blank(s[i]) {
		i++
	}
	if i >= len(s) || s[i] != '=' {
		sc.repairs.add(badAttribute)
		return a, i
	}
	i++
	for i < len(s) && blank(s[i]) {
		i++
	}
	if i < len(s) && (s[i] == '"' || s[i] == '\'') {
		quote := s[i]
		if n := sc.quote(i+1, quote); n >= 0 {
			a.val = s[i+1 : i+1+n]
			return a, i + n + 2
		}
		i++
	}
	sc.repairs.add(badAttribute)
	from = i
	for i < len(s) && !blank(s[i]) && s[i] != '>' && s[i] != '<' {
		i++
	}
	a.val = strings.TrimRight(s[from:i], `"'`)
	return a, i
}

// quote finds the closing quote. That there is none from some place on is
// remembered, or a document full of open quotes would be read anew for each.
func (sc *scanner) quote(from int, quote byte) int {
	if gone := sc.noQuote[quote]; gone > 0 && from >= gone {
		return -1
	}
	n := strings.IndexByte(sc.s[from:], quote)
	if n < 0 {
		sc.noQuote[quote] = max(from, 1)
	}
	return n
}

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func nameStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == ':' || c >= 0x80
}

func nameByte(c byte) bool {
	return nameStart(c) || c >= '0' && c <= '9' || c == '-' || c == '.'
}
