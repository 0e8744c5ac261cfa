package publisher

import (
	"bytes"
	"hash/maphash"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"tinhub/news"
)

// A delta is what of an output a reader does not have yet: the document without
// the items that stood in the revision that the reader names by its ETag
// (RFC 3229, instance manipulation "feed"). It is cut out of the current
// document, so that nothing is in it that is not published any more.

// deltaRevisions is how many revisions of an output a reader may be behind.
const deltaRevisions = 32

// deltas remember which items stood in the last revisions of each output.
type deltas struct {
	mu   sync.Mutex // guards of
	seed maphash.Seed
	of   map[string]*lineage // by channel and format
}

// A lineage is the last revisions of one output, oldest first.
type lineage struct {
	tags  []string
	items []map[uint64]bool // what stood in each
}

// note remembers an output that begins to be served.
func (d *deltas) note(o news.Output) {
	if o.Format == news.HTML {
		return
	}
	cut, ok := cutItems(o)
	if !ok {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.of == nil {
		d.of, d.seed = map[string]*lineage{}, maphash.MakeSeed()
	}
	key := o.Channel + "." + string(o.Format)
	l := d.of[key]
	if l == nil {
		l = &lineage{}
		d.of[key] = l
	}
	if n := len(l.tags); n > 0 && l.tags[n-1] == o.ETag {
		return
	}
	items := make(map[uint64]bool, len(cut.items))
	for _, it := range cut.items {
		items[maphash.Bytes(d.seed, it)] = true
	}
	l.tags, l.items = append(l.tags, o.ETag), append(l.items, items)
	if over := len(l.tags) - deltaRevisions; over > 0 {
		l.tags, l.items = append([]string(nil), l.tags[over:]...), append([]map[uint64]bool(nil), l.items[over:]...)
	}
}

// since is an output without the items that stood in a revision named by an
// If-None-Match; nil where that revision is not remembered, or where nothing
// would be saved.
func (d *deltas) since(o news.Output, ifNoneMatch []string) []byte {
	had := d.had(o, ifNoneMatch)
	if had == nil {
		return nil
	}
	cut, ok := cutItems(o)
	if !ok {
		return nil
	}
	var fresh [][]byte
	for _, it := range cut.items {
		if !had[maphash.Bytes(d.seed, it)] {
			fresh = append(fresh, it)
		}
	}
	if len(fresh) == len(cut.items) {
		return nil
	}
	return cut.with(fresh)
}

func (d *deltas) had(o news.Output, ifNoneMatch []string) map[uint64]bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.of[o.Channel+"."+string(o.Format)]
	if l == nil {
		return nil
	}
	for i := len(l.tags) - 1; i >= 0; i-- { // the newest that the reader has
		for _, tag := range strings.Split(strings.Join(ifNoneMatch, ","), ",") {
			tag = strings.Trim(strings.TrimPrefix(strings.TrimSpace(tag), "W/"), `"`)
			for _, e := range encodings {
				tag = strings.TrimSuffix(tag, e.suffix)
			}
			if tag == l.tags[i] {
				return l.items[i]
			}
		}
	}
	return nil
}

// A cutting is a document taken apart: what is before its items, between two of
// them, and after them.
type cutting struct {
	head, between, tail []byte
	items               [][]byte
}

// cutItems takes a document apart. It says no where it does not find as many
// items as there are, rather than cut wrongly.
func cutItems(o news.Output) (cutting, bool) {
	var at [][2]int
	if o.Format == news.JSON {
		at = jsonItems(o.Body)
	} else {
		at = xmlItems(o.Body, map[news.Format]string{news.RSS: "item", news.Atom: "entry"}[o.Format])
	}
	if len(at) == 0 || len(at) != o.Items {
		return cutting{}, false
	}
	c := cutting{head: o.Body[:at[0][0]], tail: o.Body[at[len(at)-1][1]:]}
	for _, a := range at {
		c.items = append(c.items, o.Body[a[0]:a[1]])
	}
	if len(at) > 1 {
		c.between = o.Body[at[0][1]:at[1][0]]
	}
	return c, true
}

// with is the document with other items.
func (c cutting) with(items [][]byte) []byte {
	return bytes.Join([][]byte{c.head, bytes.Join(items, c.between), c.tail}, nil)
}

// xmlItems finds elements of a name. Our documents have no CDATA, and escape
// every < in a text: a tag is a tag.
func xmlItems(body []byte, name string) [][2]int {
	open, end := []byte("<"+name), []byte("</"+name+">")
	var at [][2]int
	for from := 0; ; {
		i := bytes.Index(body[from:], open)
		if i < 0 {
			return at
		}
		i += from
		if next := i + len(open); next < len(body) && body[next] != '>' && body[next] != ' ' {
			from = next // <items…, another element
			continue
		}
		j := bytes.Index(body[i:], end)
		if j < 0 {
			return nil
		}
		from = i + j + len(end)
		at = append(at, [2]int{i, from})
	}
}

// jsonItems finds the members of a JSON Feed's items. In a text the key could
// only stand with its quotes escaped.
func jsonItems(body []byte) [][2]int {
	key := []byte(`"items":`)
	from := bytes.Index(body, key)
	if from < 0 {
		return nil
	}
	var at [][2]int
	begun, depth, quoted := 0, 0, false
	for i := from + len(key); i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth == 2 {
				begun = i
			}
		case c == '}' || c == ']':
			if depth--; depth == 1 {
				at = append(at, [2]int{begun, i + 1})
			} else if depth == 0 {
				return at
			}
		}
	}
	return nil
}

// acceptsDelta says whether a reader knows the manipulation "feed". A weight of 0
// refuses it (RFC 3229 §10.5.3), as one that cannot be read does: the whole
// document is never wrong.
func acceptsDelta(r *http.Request) bool {
	q, named := quality(strings.Join(r.Header["A-Im"], ","), "feed")
	return named && q > 0
}

// answerDelta sends what a reader does not have, if it can be told.
func (p *Publisher) answerDelta(q request, c *channel, s *served) bool {
	if !acceptsDelta(q.Request) {
		return false
	}
	h := q.w.Header()
	h["Vary"] = append(append([]string(nil), h["Vary"]...), "A-IM, If-None-Match")
	body := p.deltas.since(s.Output, q.Header["If-None-Match"])
	if body == nil {
		return false
	}
	h["Last-Modified"], h["Link"] = s.lastModified(p.now()), q.links(c, s.Format)
	h["Access-Control-Expose-Headers"] = exposed
	h["Etag"], h["Content-Type"] = s.variants[plain].etags, mediaTypes[slot(s.Format)]
	h["Im"] = []string{"feed"}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	q.w.WriteHeader(http.StatusIMUsed)
	sent := 0
	if q.Method != http.MethodHead {
		sent, _ = q.w.Write(body)
	}
	p.read(q, s, http.StatusIMUsed, sent)
	return true
}
