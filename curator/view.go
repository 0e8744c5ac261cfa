package curator

import (
	"net/url"
	"slices"
	"strings"
	"sync"

	"tinhub/news"
)

// A View is an article as rules look at it: folded once, for all topics.
type View struct {
	words where // what `where` may speak of

	title, lede, body []news.Syllable

	sections []label // names that it stands under
	segments []string
	tags     []label
	authors  []label
}

// maxViewed is how much of a text is looked at, in bytes: FAULTS bounds content
// at 256 KB, and a page's text is bounded by the same.
const maxViewed = 256 << 10

// ViewOf makes the view of an article. sources are all that are known, by id;
// an article of a removed source is looked at without what its source said.
func ViewOf(a news.Article, sources map[string]news.Source) View {
	lede, body := ledeAndBody(a)
	v := View{
		title: news.Syllables(nil, a.Title),
		lede:  news.Syllables(nil, lede),
		body:  news.Syllables(nil, body),
	}
	v.words = where{
		Title: a.Title, Lede: lede, Text: body, Link: a.Link, Section: a.Section, Source: a.Source,
		Sources: a.Sources, Origin: a.Origin, Language: a.Language, Published: a.Published.At.UTC(),
		Syllables: len(v.lede) + len(v.body), Image: a.Image != nil,
	}
	v.addSources(a, sources)
	v.addNames(a)
	v.words.Has = v.has
	return v
}

func (v *View) addSources(a news.Article, sources map[string]news.Source) {
	names := []string{a.Section}
	if a.Full != nil {
		names = append(names, a.Full.Section)
		if v.words.Section == "" {
			v.words.Section = a.Full.Section
		}
	}
	for _, id := range a.Sources {
		s, ok := sources[id]
		if !ok {
			continue
		}
		names = append(names, s.Section)
		if id == a.Source {
			v.words.Agency, v.words.Province = s.Publisher(), s.Province
			if v.words.Section == "" {
				v.words.Section = s.Section
			}
		}
		if s.Province != "" && !slices.Contains(v.words.Provinces, s.Province) {
			v.words.Provinces = append(v.words.Provinces, s.Province)
		}
	}
	for _, c := range a.Categories {
		names = append(names, c.Term, c.Label)
	}
	for _, name := range names {
		if l := labelOf(name); l.slug != "" && !slices.Contains(v.sections, l) {
			v.sections = append(v.sections, l)
			v.words.Sections = append(v.words.Sections, name)
		}
	}
	v.segments = pathSegments(a.Link)
}

func (v *View) addNames(a news.Article) {
	for _, c := range a.Categories {
		for _, name := range []string{c.Term, c.Label} {
			if l := labelOf(name); l.slug != "" && !slices.Contains(v.tags, l) {
				v.tags = append(v.tags, l)
				v.words.Tags = append(v.words.Tags, name)
			}
		}
	}
	people := a.Authors
	if a.Full != nil {
		people = slices.Concat(people, a.Full.Authors)
	}
	for _, p := range people {
		if l := labelOf(p.Name); l.slug != "" && !slices.Contains(v.authors, l) {
			v.authors = append(v.authors, l)
			v.words.Authors = append(v.words.Authors, p.Name)
		}
	}
}

func (v *View) has(phrase string) bool {
	if len(phrase) > maxWherePhrase {
		return false
	}
	p := patternOf(phrase)
	return contains(v.title, p) > 0 || contains(v.lede, p) > 0 || contains(v.body, p) > 0
}

// ledeOf is what an article says first: its summary, or its first paragraph.
func ledeOf(a news.Article) string {
	if a.Summary != "" {
		return clip(strings.TrimSpace(news.Text(a.Summary)), maxViewed)
	}
	lede, _ := ledeAndBody(a)
	return lede
}

// ledeAndBody splits what an article says after its title. Where the summary
// stands again at the head of the body, as most feeds with full content have
// it, it counts once.
func ledeAndBody(a news.Article) (lede, body string) {
	lede = news.Text(a.Summary)
	body = news.Text(a.Content)
	if a.Full != nil && len(a.Full.Text) > len(body) {
		body = a.Full.Text
		if lede == "" {
			lede = a.Full.Lede
		}
	}
	lede, body = strings.TrimSpace(lede), strings.TrimSpace(body)
	if lede == "" {
		lede, body, _ = strings.Cut(body, "\n")
	} else if rest, ok := strings.CutPrefix(body, lede); ok {
		body = rest
	}
	return clip(lede, maxViewed), clip(strings.TrimSpace(body), maxViewed)
}

// clip cuts a text to at most n bytes, between two letters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// A label is the name of a section, tag or author as it is compared: by its
// marks where both sides have them, else by its slug.
type label struct {
	key  string // folded; "" where it was typed without marks
	slug string // xay-dung-dang
}

func labelOf(name string) label {
	var l label
	if name == "" {
		return l
	}
	var slug, key strings.Builder
	for i, y := range news.Syllables(nil, name) {
		if i > 0 {
			slug.WriteByte('-')
			key.WriteByte(' ')
		}
		slug.WriteString(y.Bare)
		key.WriteString(y.Key)
	}
	l.slug = slug.String()
	if news.Marked(name) {
		l.key = key.String()
	}
	return l
}

func (l label) is(o label) bool {
	if l.key != "" && o.key != "" {
		return l.key == o.key
	}
	return l.slug == o.slug
}

// pathSegments are the folders of an address as slugs, without the article's
// own name: /xay-dung-dang/bai-viet-86112.html stands in xay-dung-dang.
func pathSegments(link string) []string {
	u, err := url.Parse(link)
	if err != nil {
		return nil
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	var slugs []string
	for _, p := range parts[:len(parts)-1] {
		if l := labelOf(p); l.slug != "" {
			slugs = append(slugs, l.slug)
		}
	}
	return slugs
}

// scratch is what counting needs for one article; it is used again.
type scratch struct {
	hits    []places // by phrase
	touched []int
}

// places counts the hits of a phrase in title, lede and body.
type places [3]int

func (p places) total() int { return p[0] + p[1] + p[2] }

type scratchPool struct{ pool sync.Pool }

func (p *scratchPool) get(phrases int) *scratch {
	s, ok := p.pool.Get().(*scratch)
	if !ok {
		s = &scratch{hits: make([]places, phrases)}
	}
	return s
}

func (p *scratchPool) put(s *scratch) {
	for _, i := range s.touched {
		s.hits[i] = places{}
	}
	s.touched = s.touched[:0]
	p.pool.Put(s)
}
