package curator

import (
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tinhub/curator/sameness"
	"tinhub/news"
)

// Texts reads articles by id; one that is missing has an empty ID. A Shelf is
// one.
type Texts interface {
	Articles(ctx context.Context, ids ...string) ([]news.Article, error)
}

// Copies is the Grouper that finds copies by their text: wire news, reprints,
// cut-down versions. It keeps a sample of each text of the last days in memory,
// and reads the texts themselves where a sample says that they may be alike.
type Copies struct {
	texts   Texts
	window  time.Duration
	prepare *sameness.Preparer
	index   *sameness.Index
	links   map[uint64]link // of articles' addresses
	titles  map[uint64]link // of papers' titles
	notices map[uint64]link // by the title or address that they quote
	seed    maphash.Seed
	last    reading   // of the article that was read last: it is matched, then learned
	newest  time.Time // first seen
	expired time.Time
}

// A reading is an article as it is compared, with what that was made of.
type reading struct {
	of     wording
	title  string
	text   string
	sample sameness.Sample
}

// A wording is all of an article that its words come from.
type wording struct {
	title, summary, content string
	full                    *news.Full // never changed once it is an article's
}

// link is the first article that an address led to.
type link struct {
	article string
	seen    int64 // Unix seconds
}

// copiesWindow is how many days apart two articles may be dated and still tell
// one text: reprints come late, and bulletins come every week.
const copiesWindow = 10 * 24 * time.Hour

// mostCandidates is how many articles are compared with a new one.
const mostCandidates = 8

// NewCopies makes the grouper over the texts that are stored. Articles dated more
// than window apart never meet; 0 means ten days.
func NewCopies(texts Texts, window time.Duration) *Copies {
	if window <= 0 {
		window = copiesWindow
	}
	return &Copies{
		texts: texts, window: window, prepare: sameness.NewPreparer(),
		index: sameness.NewIndex(window), links: map[uint64]link{},
		titles: map[uint64]link{}, notices: map[uint64]link{}, seed: maphash.MakeSeed(),
	}
}

// Window is how far back articles are compared.
func (c *Copies) Window() time.Duration { return c.window }

// Learn puts an article into the index, or in the place of what it said before.
func (c *Copies) Learn(a news.Article) {
	v := version(a)
	if c.index.Holds(a.ID, v) {
		return
	}
	c.index.Put(a.ID, v, c.read(a).sample, Date(a).At, a.FirstSeen)
	if h, ok := linkHash(a); ok {
		if _, known := c.links[h]; !known {
			c.links[h] = link{a.ID, a.FirstSeen.Unix()}
		}
	}
	for _, title := range quotable(a.Title) {
		c.titles[c.titleHash(a.Family, title)] = link{a.ID, a.FirstSeen.Unix()}
	}
	if n, ok := NoticeOf(a); ok {
		for _, h := range c.quotations(a.Family, n.Titles, n.Links) {
			c.notices[h] = link{a.ID, a.FirstSeen.Unix()}
		}
	}
	c.newest = later(c.newest, a.FirstSeen)
	c.expire()
}

// Awaiting gives the notices that quote an article's title or address.
func (c *Copies) Awaiting(a news.Article) []string {
	var ids []string
	for _, h := range c.quotations(a.Family, quotable(a.Title), []string{a.Link}) {
		if n, ok := c.notices[h]; ok && n.article != a.ID && !slices.Contains(ids, n.article) {
			ids = append(ids, n.article)
		}
	}
	return ids
}

// quotations name what a notice may quote of a paper's article.
func (c *Copies) quotations(family string, titles, links []string) []uint64 {
	var out []uint64
	for _, t := range titles {
		out = append(out, c.titleHash(family, t))
	}
	for _, l := range links {
		if l != "" {
			out = append(out, maphash.String(c.seed, family+"\n"+string(news.URLKey(l))))
		}
	}
	return out
}

// Titled finds a paper's article by a title as somebody quotes it, "" where there
// is none within the window.
func (c *Copies) Titled(family, title string) string {
	return c.titles[c.titleHash(family, title)].article
}

func (c *Copies) titleHash(family, title string) uint64 {
	return maphash.String(c.seed, family+"\n"+news.Fold(title))
}

// quotable is how a title is quoted: whole, or up to its colon.
func quotable(title string) []string {
	out := []string{title}
	if head, _, ok := strings.Cut(title, ":"); ok && strings.Count(strings.TrimSpace(head), " ") >= 4 {
		out = append(out, head)
	}
	return out
}

// expire forgets what is past the window, once in a while: an hour's news is
// little beside ten days'.
func (c *Copies) expire() {
	if c.newest.Sub(c.expired) < time.Hour {
		return
	}
	c.expired = c.newest
	end := c.newest.Add(-c.window - 24*time.Hour)
	c.index.Expire(end)
	for _, m := range []map[uint64]link{c.links, c.titles, c.notices} {
		maps.DeleteFunc(m, func(_ uint64, l link) bool { return l.seen < end.Unix() })
	}
}

// version tells one reading of an article from the next.
func version(a news.Article) uint32 {
	v := uint32(a.Revised) << 1
	if a.Full != nil && a.Full.Text != "" {
		v++
	}
	return v
}

// Match compares an article with those that share samples of its text, and with
// one of another paper that has its address.
func (c *Copies) Match(ctx context.Context, a news.Article) ([]Match, error) {
	r := c.read(a)
	var ids []string
	for _, cand := range c.index.Candidates(r.sample, Date(a).At, mostCandidates+1) {
		if cand.ID != a.ID {
			ids = append(ids, cand.ID)
		}
	}
	ids = ids[:min(len(ids), mostCandidates)]
	if h, ok := linkHash(a); ok {
		if l, known := c.links[h]; known && l.article != a.ID {
			ids = append([]string{l.article}, without(ids, l.article)...)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return c.compare(ctx, a, c.prepare.Prepare(r.title, r.text), ids)
}

// Compare compares an article with others.
func (c *Copies) Compare(ctx context.Context, a news.Article, with ...string) ([]Match, error) {
	return c.compare(ctx, a, c.text(a), with)
}

func (c *Copies) compare(ctx context.Context, a news.Article, t *sameness.Text, ids []string) ([]Match, error) {
	others, err := c.texts.Articles(ctx, ids...)
	if err != nil {
		return nil, fmt.Errorf("read %d articles to compare with: %w", len(ids), err)
	}
	out := make([]Match, len(ids))
	for i, o := range others {
		if o.ID != "" {
			out[i] = judge(a, o, t, c.text(o))
		}
	}
	return out, nil
}

// read takes an article's sample, once where it is asked for twice in a row.
func (c *Copies) read(a news.Article) reading {
	of := wording{a.Title, a.Summary, a.Content, a.Full}
	if c.last.sample == nil || c.last.of != of {
		title, text := words(a)
		c.last = reading{of, title, text, c.prepare.Sample(title, text)}
	}
	return c.last
}

func (c *Copies) text(a news.Article) *sameness.Text { return c.prepare.Prepare(words(a)) }

// words are what an article says, as it is compared.
func words(a news.Article) (title, text string) {
	lede, body := ledeAndBody(a)
	return a.Title, strings.TrimSpace(lede + "\n" + body)
}

// judge compares two articles, whose texts are a and b, by what stands around
// their texts too.
func judge(a, o news.Article, ta, to *sameness.Text) Match {
	v := sameness.Compare(ta, to)
	m := Match{Article: o.ID, Same: v.Same, Score: v.Score, Reason: v.Reason, Short: min(ta.Len(), to.Len()) < weighty}
	ha, okA := linkHash(a)
	ho, okO := linkHash(o)
	gap := Date(a).At.Sub(Date(o).At).Abs()
	m.Score = math.Round(m.Score*1000) / 1000 // it is stored, and nobody compares it
	switch {
	case okA && okO && ha == ho && a.Family != o.Family && related(ta, to, v):
		m.Same, m.Score, m.Reason = true, max(v.Score, 1), "the same address in another paper"
	case v.Partly && gap > partlyGap:
		m.Same, m.Reason = false, "much of the same text, days later: a follow-up"
	case v.Same && a.Family == o.Family && m.Short && !sameness.TitlesAlike(ta, to):
		m.Same, m.Reason = false, "the paper put the same few lines under another headline"
	case v.Same && a.Family == o.Family && gap >= formulaGap && min(ta.Len(), to.Len()) < formulaLength:
		m.Same, m.Reason = false, "the paper printed the same short text on another day: a formula used again"
	}
	return m
}

// related says that two papers mean one thing by an address: what they say of it
// is alike, or little at all.
func related(a, b *sameness.Text, v sameness.Verdict) bool {
	return v.Score >= 0.3 || min(a.Len(), b.Len()) < 15 || sameness.TitlesAlike(a, b)
}

// What a paper prints every day in the same words (a timetable, a weather box)
// is shorter than an article; and a text that is the same in part only is a copy
// while the news is fresh, and repeats its background later.
const (
	partlyGap     = 72 * time.Hour
	formulaGap    = 18 * time.Hour
	formulaLength = 120 // syllables
	weighty       = 80  // syllables: such texts of one story have something in common
)

// linkHash names an article's address where it is one article's alone: a
// homepage or a section's is many's.
func linkHash(a news.Article) (uint64, bool) {
	if !telltale(news.ArticleNumber(a.Link)) {
		return 0, false
	}
	h, err := strconv.ParseUint(string(news.URLKey(a.Link))[:16], 16, 64)
	return h, err == nil
}

func without(ids []string, id string) []string {
	var out []string
	for _, x := range ids {
		if x != id {
			out = append(out, x)
		}
	}
	return out
}
