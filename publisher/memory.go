package publisher

import (
	"maps"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tinhub/news"
)

// A memory holds all outputs as they are served. Readers load one pointer and
// never wait; writers copy the map, which has an entry a channel.
type memory struct {
	mu    sync.Mutex        // guards writes of set
	began func(news.Output) // is told of what begins to be served; nil: nobody
	set   atomic.Pointer[map[string]*shown]
}

// shown is one channel as it is served, by slot; nil where there is no output.
type shown [len(formats)]*served

// A served output has its headers made, so that answering allocates nothing; an
// encoding is made when it is asked for first.
type served struct {
	news.Output
	modified []string // for Last-Modified
	variants [4]variant
}

// A variant is an output in one encoding. Its ETag is known before its bytes: they
// depend on the plain ones and on this program alone.
type variant struct {
	etag   string // with its quotes
	etags  []string
	made   sync.Once
	body   []byte // from made on
	length []string
}

// The encodings, as the index of a variant.
const (
	plain = iota
	gzipped
	brotlied
	zstded
)

// encodings are the names in Accept-Encoding, best first where a reader has no
// preference.
var encodings = [...]struct {
	name     string
	suffix   string // of the ETag
	variant  int
	compress func(body []byte) []byte
	header   []string
}{
	{"br", "-br", brotlied, compressBrotli, []string{"br"}},
	{"zstd", "-zst", zstded, compressZstd, []string{"zstd"}},
	{"gzip", "-gz", gzipped, compressGzip, []string{"gzip"}},
}

func newServed(o news.Output) *served {
	s := &served{Output: o, modified: []string{o.Modified.UTC().Format(httpTime)}}
	s.variants[plain].named(o.ETag)
	for _, e := range encodings {
		s.variants[e.variant].named(o.ETag + e.suffix)
	}
	return s
}

func (v *variant) named(tag string) {
	v.etag = `"` + tag + `"`
	v.etags = []string{v.etag}
}

// in is an output in an encoding. Whoever asks while it is being made waits, so
// that it is made once.
func (s *served) in(coding int) *variant {
	v := &s.variants[coding]
	v.made.Do(func() {
		v.body = s.Body
		for _, e := range encodings {
			if e.variant == coding {
				v.body = e.compress(s.Body)
			}
		}
		v.length = []string{strconv.Itoa(len(v.body))}
	})
	return v
}

// channel is what is served of a channel, nil when nothing is.
func (m *memory) channel(id string) *shown {
	if set := m.set.Load(); set != nil {
		return (*set)[id]
	}
	return nil
}

// output is what is served of a channel in a format, nil when nothing is.
func (m *memory) output(id string, f news.Format) *served {
	if c, i := m.channel(id), slot(f); c != nil && i >= 0 {
		return c[i]
	}
	return nil
}

// all is every channel, not to be changed.
func (m *memory) all() map[string]*shown {
	if set := m.set.Load(); set != nil {
		return *set
	}
	return nil
}

// install serves outputs from now on, those that are newer than what is served:
// an output never goes back.
func (m *memory) install(outputs ...news.Output) {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := maps.Clone(m.all())
	if next == nil {
		next = map[string]*shown{}
	}
	for _, o := range outputs {
		i := slot(o.Format)
		if i < 0 {
			continue
		}
		var c shown
		if have := next[o.Channel]; have != nil {
			if c = *have; c[i] != nil && c[i].Revision >= o.Revision {
				continue
			}
		}
		c[i] = newServed(o)
		if m.began != nil {
			m.began(o)
		}
		next[o.Channel] = &c
	}
	m.set.Store(&next)
}

// remove forgets a channel.
func (m *memory) remove(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := maps.Clone(m.all())
	delete(next, id)
	m.set.Store(&next)
}

// revision is the highest of a channel's formats, 0 when there is none.
func (c *shown) revision() int64 {
	var r int64
	if c != nil {
		for _, s := range c {
			if s != nil {
				r = max(r, s.Revision)
			}
		}
	}
	return r
}

// outputs lists what is served of a channel.
func (c *shown) outputs() []news.Output {
	var all []news.Output
	if c != nil {
		for _, s := range c {
			if s != nil {
				all = append(all, s.Output)
			}
		}
	}
	return all
}

// httpTime is how HTTP writes times (RFC 9110 §5.6.7), for times in UTC.
const httpTime = "Mon, 02 Jan 2006 15:04:05 GMT"

// lastModified is when an output changed, at most now: HTTP forbids later times
// (RFC 9110 §8.8.2.1), and revisions in one second are dated a second apart.
func (s *served) lastModified(now time.Time) []string {
	if s.Modified.After(now) {
		return []string{now.UTC().Format(httpTime)}
	}
	return s.modified
}

// matches says whether an If-None-Match names this output in any encoding, and
// by which tag. Tags are compared weakly (RFC 9110 §13.1.2).
func (s *served) matches(ifNoneMatch string) (tag *variant, ok bool) {
	rest := strings.TrimSpace(ifNoneMatch)
	if rest == "*" {
		return &s.variants[plain], true
	}
	for rest != "" {
		var one string
		one, rest, _ = strings.Cut(rest, ",")
		one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
		for i := range s.variants {
			if one == s.variants[i].etag {
				return &s.variants[i], true
			}
		}
	}
	return nil, false
}
