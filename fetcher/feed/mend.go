package feed

import (
	"strings"

	"tinhub/fetcher/markup"
	"tinhub/news"
)

// A mender reads a document in any state and writes it anew: well formed, in
// UTF-8, in one dialect (RSS 2.0 or Atom 1.0, whichever the document is a
// member of the family of), with absolute addresses, with every piece of rich
// text as HTML, without entities of its own, and within the limits. gofeed
// reads what is written, and cannot be killed by it.
//
// Items are written as they end, so that a document that ends early has its
// complete items, and nothing of a huge one is held but the item being read.
type mender struct {
	scanner
	repairs   *repairs
	bindings  []binding
	rootSpace *string // the namespace of a root that means nothing here is the format's own
	dialect   string  // "rss", "atom" or, until the root is seen, ""
	frames    []frame
	skipped   map[string]int  // elements open beyond the depth limit, by name
	roots     int             // that began: documents glued together have several
	context   strings.Builder // the tags around the items, which their meaning depends on
	nodes     int             // in the item being read
	item      *node           // being read
	itemAt    int             // where it begins in the document
	base      string          // of the document
	known     func(news.Key) bool
	salt      string   // of raw keys: settings that decide how an item is read
	around    news.Key // of base and context

	tell     func(item *node) *Details // where details are wanted
	prefixes map[string]string         // that unknown namespaces were declared with

	head  []*node  // elements of the channel or feed
	body  []byte   // the items as written
	texts []string // that were kept aside
	outcome
}

// outcome is what mending found besides the mended document.
type outcome struct {
	root      string // name of the first element, in lower case
	format    string
	lang      string
	items     int // that were written
	cutItems  int // beyond the limit
	raw       []news.Key
	told      []*Details
	unchanged []news.Key // items that were known already
	truncated bool
}

type role uint8

const (
	ignored role = iota
	other        // outside everything
	rootElement
	container // channel, or the feed itself
	itemElement
	part // of an item or of the head
)

type frame struct {
	name       string // as written
	role       role
	node       *node
	base, lang string
}

func newMender(text, base string, r *repairs) *mender {
	return &mender{scanner: scanner{s: text, repairs: r}, repairs: r, base: base}
}

// run reads the document. It reports false when its root is none of a feed.
func (m *mender) run() bool {
	for {
		t := m.next()
		switch t.kind {
		case endOfInput:
			m.finish()
			return m.dialect != ""
		case startTag:
			if len(m.frames) == 0 && !m.begin(t) {
				return false
			}
			m.open(t)
		case endTag:
			m.close(t)
		case charData:
			if n := m.top().node; n != nil {
				m.addText(n, m.repairs.decode(t.text))
			}
		case cdata:
			if n := m.top().node; n != nil {
				m.addText(n, t.text)
			}
		}
	}
}

func (m *mender) top() *frame {
	if len(m.frames) == 0 {
		return &frame{role: other, base: m.base, lang: m.lang}
	}
	return &m.frames[len(m.frames)-1]
}

// open enters an element.
func (m *mender) open(t token) {
	if len(m.frames) >= maxDepth {
		m.tooDeep(t)
		return
	}
	m.declare(t.attrs, len(m.frames))
	space, name := m.split(t.name)
	if n := m.overdue(space, name); n < len(m.frames) {
		m.repairs.add(unclosedElement)
		m.closeTo(n)
		m.declare(t.attrs, n)
	}
	parent := m.top()
	f := frame{name: t.name, role: m.roleOf(parent.role, space, name), base: parent.base, lang: parent.lang}
	m.inherit(&f, t.attrs)
	switch f.role {
	case itemElement:
		m.itemAt, m.nodes = t.at, 0
		if m.skipKnown(t) {
			m.unbind(len(m.frames))
			return
		}
		if m.items+len(m.unchanged) >= maxItems {
			m.cutItems++
			f.role = ignored
			break
		}
		f.node = m.newNode(space, name, t.attrs, f)
		m.item = f.node
	case container, rootElement:
		m.context.WriteString(m.s[t.at:m.pos])
		m.around = ""
		if f.role == container {
			m.enterHead(m.newNode(space, name, t.attrs, f))
		}
	case part:
		m.openPart(&f, parent, space, name, t)
	}
	m.frames = append(m.frames, f)
	if t.self || f.role == part && void[name] && parent.role == part {
		m.pop()
	}
}

// openPart enters an element of an item or of the head.
func (m *mender) openPart(f, parent *frame, space, name string, t token) {
	if m.nodes++; m.nodes > maxNodes {
		m.repairs.add(tooMuch)
		if f.node = parent.node; f.node == nil { // else its text counts as its parent's
			f.role = ignored
		}
		return
	}
	f.node = m.newNode(space, name, t.attrs, *f)
	if parent.node != nil {
		parent.node.kids = append(parent.node.kids, f.node)
	} else {
		m.head = append(m.head, f.node)
	}
}

// tooDeep passes over a tag beyond the depth limit, and remembers its name, so
// that its end tag closes nothing else.
func (m *mender) tooDeep(t token) {
	m.repairs.add(tooDeep)
	if m.skipped == nil {
		m.skipped = map[string]int{}
	}
	if !t.self && (len(m.skipped) < maxDepth || m.skipped[t.name] > 0) {
		m.skipped[t.name]++
	}
}

// overdue is how many elements stay open when this one begins: an item ends the
// item before it, a field of an item ends a title that was never closed.
func (m *mender) overdue(space, name string) int {
	if m.item != nil && m.itemName(space, name) && !m.insideSource() {
		return m.itemFrame()
	}
	top := m.top()
	if top.role == part && top.node.space == native && simple[top.node.name] && space == native && fields[name] {
		return len(m.frames) - 1
	}
	return len(m.frames)
}

// simple are elements in which none of the fields can stand.
var (
	simple = map[string]bool{"title": true, "link": true, "guid": true, "id": true, "pubdate": true, "published": true,
		"updated": true, "category": true, "comments": true}
	fields = map[string]bool{"title": true, "link": true, "guid": true, "id": true, "pubdate": true, "published": true,
		"updated": true, "description": true, "summary": true, "content": true, "category": true, "enclosure": true, "author": true,
		"comments": true, "source": true}
)

// roleOf decides what an element is by what it stands in.
func (m *mender) roleOf(parent role, space, name string) role {
	switch parent {
	case other:
		if m.itemName(space, name) {
			return itemElement // after a premature end, or an entry document
		}
		return rootRoles[name]
	case rootElement:
		switch {
		case space == native && name == "channel":
			return container
		case m.itemName(space, name):
			return itemElement
		case space == native && (name == "image" || name == "textinput" || name == "redirect"):
			return part
		}
		return ignored
	case container:
		if m.itemName(space, name) {
			return itemElement
		}
		if space == native && name == "items" { // RSS 1.0's table of contents, RSS 1.1's list
			return container
		}
		if m.roots > 1 || len(m.head) >= maxNodes/10 {
			return ignored // the head of the first document counts
		}
		return part
	case itemElement, part:
		return part
	}
	return ignored
}

// inherit takes over xml:base and xml:lang.
func (m *mender) inherit(f *frame, attrs []attr) {
	for _, a := range attrs {
		switch a.name {
		case "xml:base":
			if base := markup.Resolve(f.base, m.repairs.decode(a.val)); markup.Link("", base) != "" {
				f.base = base
			}
		case "xml:lang":
			f.lang = strings.TrimSpace(a.val)
		case "lang":
			if f.role != part {
				f.lang = strings.TrimSpace(a.val)
			}
		case "base", "BASE": // CDF
			if f.role == container && m.format == "cdf" {
				f.base = markup.Resolve(f.base, m.repairs.decode(a.val))
			}
		}
	}
}

func (m *mender) newNode(space, name string, attrs []attr, f frame) *node {
	n := &node{space: space, name: name, base: f.base, lang: f.lang}
	for _, a := range attrs {
		if a.name == xmlns || strings.HasPrefix(a.name, xmlns+":") {
			continue
		}
		key := a.name
		if prefix, local, ok := strings.Cut(key, ":"); ok {
			switch space, _ := m.split(prefix + ":x"); space {
			case "rdf":
				key = "rdf:" + local
			case native, "atom":
				key = local
			default:
				key = strings.ToLower(prefix) + ":" + local
			}
		} else {
			key = strings.ToLower(key)
		}
		if key == "ispermalink" {
			key = "isPermaLink" // as gofeed looks for it
		}
		n.attrs = append(n.attrs, attr{key, strings.TrimSpace(m.repairs.decode(a.val))})
	}
	return n
}

func (m *mender) addText(n *node, s string) {
	if s == "" {
		return
	}
	if len(s) > maxText {
		m.repairs.add(textCut)
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	if m.nodes++; m.nodes > 2*maxNodes {
		m.repairs.add(tooMuch)
		return
	}
	n.kids = append(n.kids, &node{text: s})
}

// close leaves the element that an end tag names, and those that were left open in it.
func (m *mender) close(t token) {
	if m.skipped[t.name] > 0 {
		m.skipped[t.name]--
		return
	}
	for i := len(m.frames) - 1; i >= 0; i-- {
		if !strings.EqualFold(m.frames[i].name, t.name) {
			continue
		}
		if m.frames[i].name != t.name && i != len(m.frames)-1 {
			continue // another case counts only where nothing is open in it
		}
		m.repairs.addN(unclosedElement, len(m.frames)-1-i)
		m.closeTo(i)
		return
	}
	if len(m.frames) > 0 && m.top().role != ignored {
		m.repairs.add(strayEnd)
	}
}

// closeTo leaves elements until n are open.
func (m *mender) closeTo(n int) {
	for len(m.frames) > n {
		m.pop()
	}
}

func (m *mender) pop() {
	f := m.frames[len(m.frames)-1]
	m.frames = m.frames[:len(m.frames)-1]
	clear(m.skipped)
	m.unbind(len(m.frames))
	if f.role == itemElement && m.item != nil {
		m.raw = append(m.raw, m.rawKey(m.itemAt, m.pos))
		if m.tell != nil {
			m.told = append(m.told, m.tell(m.item))
		}
		m.writeItem(m.item)
		m.item = nil
		m.items++
	}
}

func (m *mender) unbind(depth int) {
	n := len(m.bindings)
	for n > 0 && m.bindings[n-1].depth >= depth {
		n--
	}
	m.bindings = m.bindings[:n]
}

func (m *mender) itemFrame() int {
	for i, f := range m.frames {
		if f.role == itemElement {
			return i
		}
	}
	return len(m.frames)
}

// insideSource says that what begins belongs to HTML or to an extension and is
// no item of the feed.
func (m *mender) insideSource() bool {
	for i := m.itemFrame() + 1; i < len(m.frames); i++ {
		if n := m.frames[i].node; n != nil && (n.space != native || n.name == "source") {
			return true
		}
	}
	return false
}

// finish ends the document. An item that is still open was cut off and is left out.
func (m *mender) finish() {
	if len(m.frames) > 0 {
		m.truncated = true
		m.repairs.add(endedEarly)
		m.item = nil
	}
	m.repairs.addN(itemsDropped, m.cutItems)
}
