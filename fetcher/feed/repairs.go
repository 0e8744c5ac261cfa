package feed

import "tinhub/news"

// What was wrong with a document and was mended, in words that stay the same:
// they are shown to admins and counted from poll to poll.
const (
	blankBefore       = "blank before the XML declaration removed"
	beforeBegin       = "text before the document dropped"
	wrongCharset      = "wrong charset label ignored"
	charsetGuessed    = "charset recognised from the bytes"
	invalidBytes      = "invalid bytes replaced"
	illegalCharacter  = "illegal character removed"
	windowsCharacter  = "control character read as windows-1252"
	badReference      = "bad character reference removed"
	htmlEntity        = "undeclared HTML entity replaced"
	encodedTwice      = "text encoded twice decoded"
	doubleEscaped     = "double-escaped entity decoded"
	unknownEntity     = "unknown entity kept as text"
	bareAmpersand     = "bare ampersand escaped"
	bareLess          = "bare less-than sign escaped"
	doctypeDropped    = "DOCTYPE dropped"
	unclosedTag       = "unclosed tag closed"
	unclosedElement   = "unclosed element closed"
	strayEnd          = "stray end tag dropped"
	badAttribute      = "malformed attribute mended"
	attributesDropped = "attributes beyond the limit dropped"
	tooDeep           = "nesting beyond the limit flattened"
	tooMuch           = "markup beyond the limit dropped"
	textCut           = "text beyond the limit cut"
	itemsDropped      = "items beyond the limit dropped"
	afterEnd          = "text after the end dropped"
	itemsAfterEnd     = "items after the end kept"
	endedEarly        = "document ended early, complete items kept"
	unknownPrefix     = "undeclared namespace prefix accepted"
	badLink           = "unusable link dropped"
	badDate           = "unreadable date dropped"
	wrongType         = "JSON value of the wrong type converted"
)

// repairs counts, in the order of first appearance.
type repairs struct {
	list     []news.Repair
	declared map[string]string // entities of the document's own, as far as they are plain text
	room     int               // bytes that these may still become
}

func (r *repairs) add(what string) { r.addN(what, 1) }

func (r *repairs) addN(what string, n int) {
	if n <= 0 {
		return
	}
	for i := range r.list {
		if r.list[i].What == what {
			r.list[i].Count += n
			return
		}
	}
	r.list = append(r.list, news.Repair{What: what, Count: n})
}
