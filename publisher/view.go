package publisher

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"tinhub/news"
	"tinhub/publisher/feed"
)

// A view is the settings as the publisher uses them. It never changes; a reload
// makes another.
type view struct {
	Settings
	base        string // public_url without a slash at its end
	host        string // of public_url, as a Host header gives it without a port
	channels    []*channel
	byID        map[string]*channel
	formerly    map[string]string // a topic's former id, or a former province's slug: the path it has now
	sources     map[string]*news.Source
	linkHeaders map[string][len(formats)][]string // Link headers by channel and slot
	policy      []string                          // Content-Security-Policy of pages
	archived    bool                              // there are archives to link to
	turns       []time.Time                       // when an agreement begins or ends, in order
	memo        *feed.Memo                        // how stories are written under these settings
	cuts        *cuts                             // their summaries
	shells      sync.Map                          // by channel: its shell, made with its first page
}

// A channel is a topic, a province or everything, as it is published.
type channel struct {
	id          string // news.StoryChange calls it so
	path        string // /topics/ID or /provinces/SLUG
	kind        kind
	title       string
	description string
	language    string
	limit       int
	perSource   int
	minAgencies int
	public      bool
	order       news.Order
	region      string // of a province
}

type kind byte

const (
	kindTopic kind = iota
	kindEverything
	kindProvince
)

// formats are all that is rendered, in the order that they are.
var formats = [...]news.Format{news.RSS, news.Atom, news.JSON, news.HTML}

// slot is a format's place in an array, -1 for one that there is not.
func slot(f news.Format) int { return slices.Index(formats[:], f) }

func newView(s Settings) *view {
	def(&s.Language, "vi")
	def(&s.Limit, 50)
	def(&s.Content, news.ScopeSummary)
	def(&s.WithoutAgreement, news.ScopeSummary)
	for _, text := range []*string{&s.Site.Title, &s.Site.Owner, &s.Site.Contact, &s.Site.Licence} {
		*text = news.Clean(*text)
	}
	def(&s.Site.Title, "Tin tỉnh")
	def(&s.Site.URL, "http://localhost:8080")
	if s.Zone == nil {
		s.Zone = time.FixedZone("+07", 7*60*60)
	}
	if s.Formats == nil {
		s.Formats = []news.Format{news.RSS, news.Atom, news.JSON}
	}
	v := &view{Settings: s, base: strings.TrimRight(s.Site.URL, "/"),
		memo: new(feed.Memo), cuts: newCuts(), byID: map[string]*channel{}, formerly: map[string]string{}, sources: map[string]*news.Source{}}
	v.Site.URL = v.base + "/"
	if u, err := url.Parse(v.base); err == nil {
		v.host = strings.ToLower(u.Hostname())
	}
	for i := range s.Sources {
		v.sources[s.Sources[i].ID] = &s.Sources[i]
	}
	v.declareChannels()
	v.turns = turnsOf(s.Sources)
	v.linkHeaders = linkHeadersOf(v)
	v.policy = policy(v.base)
	return v
}

func (v *view) declareChannels() {
	for _, t := range v.Topics {
		def(&t.Limit, v.Limit)
		def(&t.Language, v.Language)
		t.Title, t.Description = news.Clean(t.Title), news.Clean(t.Description)
		def(&t.Title, t.ID)
		v.add(&channel{id: t.ID, path: "/topics/" + t.ID, kind: kindTopic, title: t.Title, description: t.Description,
			language: t.Language, limit: t.Limit, perSource: t.PerSource, minAgencies: max(t.MinAgencies, v.MinAgencies),
			public: t.Public, order: t.Order})
		for _, old := range t.Formerly {
			v.formerly["/topics/"+old] = "/topics/" + t.ID
		}
	}
	v.add(&channel{id: news.Everything, path: "/topics/" + news.Everything, kind: kindEverything, title: "Tất cả tin",
		description: "Mọi tin từ báo chí các tỉnh, thành phố", language: v.Language, limit: v.Limit,
		minAgencies: v.MinAgencies, public: true})
	for _, pr := range news.Provinces() {
		id := news.ProvinceChannel(pr.Slug)
		v.add(&channel{id: id, path: "/" + id, kind: kindProvince, title: pr.Name,
			description: "Tin từ báo chí " + pr.Name, language: v.Language, limit: v.Limit, public: true,
			region: pr.Region})
	}
	for _, f := range news.FormerProvinces() {
		v.formerly["/provinces/"+f.Slug] = "/provinces/" + f.Successor
	}
	for path := range v.formerly { // an id that is in use again leads to its new owner
		if _, ok := v.byID[strings.TrimPrefix(strings.TrimPrefix(path, "/topics/"), "/")]; ok {
			delete(v.formerly, path)
		}
	}
}

func (v *view) add(c *channel) {
	if v.byID[c.id] == nil {
		v.channels = append(v.channels, c)
		v.byID[c.id] = c
	}
}

// links are where a path's formats live; one that is not published has none.
func (v *view) links(path, query string) feed.Links {
	l := feed.Links{Page: v.base + path + query}
	for _, f := range v.Formats {
		address := v.base + path + "." + string(f) + query
		switch f {
		case news.RSS:
			l.RSS = address
		case news.Atom:
			l.Atom = address
		case news.JSON:
			l.JSON = address
		}
	}
	return l
}

// publishes says whether a format is given out.
func (v *view) publishes(f news.Format) bool {
	return f == news.HTML || slices.Contains(v.Formats, f)
}

// turnsOf lists the times at which an agreement begins to count or ceases to.
func turnsOf(sources []news.Source) []time.Time {
	var turns []time.Time
	for _, s := range sources {
		if a := s.Agreement; a != nil {
			if !a.From.IsZero() {
				turns = append(turns, a.From)
			}
			if !a.To.IsZero() {
				turns = append(turns, a.To.AddDate(0, 0, 1))
			}
		}
	}
	slices.SortFunc(turns, time.Time.Compare)
	return turns
}

// asOf is the last turn of an agreement. Rendering takes it for the present, so
// that the same state gives the same bytes until the next turn.
func (v *view) asOf(now time.Time) time.Time {
	var last time.Time
	for _, t := range v.turns {
		if !t.After(now) {
			last = t
		}
	}
	return last
}
