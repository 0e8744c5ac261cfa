package news

import (
	"net/netip"
	"time"
)

// A Source is one address that a paper publishes at: a feed, or a page or
// sitemap of a paper that has none. Several sources may belong to one paper.
type Source struct {
	ID       string `json:"id"`                 // a-z0-9-
	Name     string `json:"name"`               // Báo Cà Mau
	Agency   string `json:"agency,omitempty"`   // who is named as the publisher; Name when empty
	Province string `json:"province,omitempty"` // slug of a province in force; "" for national sources
	Homepage string `json:"homepage,omitempty"`

	URL     string    `json:"url,omitempty"`     // a feed
	Page    *PageRule `json:"page,omitempty"`    // or a section page read by selectors
	Sitemap string    `json:"sitemap,omitempty"` // or a news sitemap

	Section   string            `json:"section,omitempty"`
	Schedule  string            `json:"schedule,omitempty"` // cron; "" means adaptive within Options' fastest pace
	Timezone  string            `json:"timezone,omitempty"` // of dates that name none; IANA name
	FullText  FullText          `json:"full_text,omitempty"`
	Selectors *Selectors        `json:"selectors,omitempty"`
	Priority  int               `json:"priority,omitempty"` // which copy of a story speaks for it; more is better
	Hosts     []string          `json:"hosts,omitempty"`    // other and former hosts of the same paper
	Headers   map[string]string `json:"headers,omitempty"`
	BasicAuth *BasicAuth        `json:"basic_auth,omitempty"`
	Cookies   map[string]string `json:"cookies,omitempty"`
	Proxy     string            `json:"proxy,omitempty"`
	Agreement *Agreement        `json:"agreement,omitempty"`
	Enabled   bool              `json:"enabled"`

	// Declared is where the source was declared: "tinhub.yaml:12", "starter",
	// or "" for one that lives in the store and can be changed there.
	Declared string `json:"declared,omitempty"`
}

// Publisher is the name of the agency that answers for the source.
func (s Source) Publisher() string {
	if s.Agency != "" {
		return s.Agency
	}
	return s.Name
}

// Address is what is fetched when the source is polled.
func (s Source) Address() string {
	switch {
	case s.URL != "":
		return s.URL
	case s.Page != nil:
		return s.Page.URL
	default:
		return s.Sitemap
	}
}

// A PageRule reads entries off a page by CSS selectors, for papers without a feed.
type PageRule struct {
	URL   string `json:"url"`
	Item  string `json:"item"`
	Link  string `json:"link,omitempty"`
	Title string `json:"title,omitempty"`
	Date  string `json:"date,omitempty"`
}

// Selectors override what is taken from an article page.
type Selectors struct {
	Title  string   `json:"title,omitempty"`
	Author string   `json:"author,omitempty"`
	Date   string   `json:"date,omitempty"`
	Body   string   `json:"body,omitempty"`
	Remove []string `json:"remove,omitempty"`
}

// BasicAuth is sent to the source's own host and to no other.
type BasicAuth struct {
	User     string `json:"user"`
	Password string `json:"password"`
}

// FullText says whether article pages are fetched.
type FullText string

// The values of Source.FullText; "" means FullTextAuto.
const (
	FullTextAuto   FullText = "auto" // where the scope is full or the feed gives no summary
	FullTextAlways FullText = "always"
	FullTextNever  FullText = "never"
)

// Scope is how much of an article may be shown.
type Scope string

// The scopes, from the least.
const (
	ScopeLink    Scope = "link"
	ScopeSummary Scope = "summary"
	ScopeFull    Scope = "full"
)

// Lesser returns the narrower of two scopes; "" counts as the other one.
func (s Scope) Lesser(o Scope) Scope {
	rank := map[Scope]int{"": 3, ScopeLink: 0, ScopeSummary: 1, ScopeFull: 2}
	if rank[o] < rank[s] {
		return o
	}
	return s
}

// An Agreement is a paper's written consent to be republished.
type Agreement struct {
	Number string    `json:"number"`
	Scope  Scope     `json:"scope"`
	From   time.Time `json:"from,omitzero"`
	To     time.Time `json:"to,omitzero"` // the last day, inclusive
}

// ScopeAt is the scope that the agreement gives at a time, or "" when there is
// none or it is not in force.
func (a *Agreement) ScopeAt(now time.Time) Scope {
	if a == nil || (!a.From.IsZero() && now.Before(a.From)) || (!a.To.IsZero() && !now.Before(a.To.AddDate(0, 0, 1))) {
		return ""
	}
	return a.Scope
}

// A Partner puts topics on pages of its own.
type Partner struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Origins  []string `json:"origins,omitempty"`
	Topics   []string `json:"topics,omitempty"` // ids, or "*"
	Key      string   `json:"key,omitempty"`
	Declared string   `json:"declared,omitempty"`
}

// Networks is a list of address ranges.
type Networks []netip.Prefix

// Contains says whether one of the ranges holds the address.
func (n Networks) Contains(a netip.Addr) bool {
	for _, p := range n {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}
