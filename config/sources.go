package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/http/httpguts"

	"tinhub/news"
)

var idForm = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$`)

// id reads an identifier; a bad one is not kept.
func id(dst *string) func(*loader, *node) {
	return single(dst, "an id", func(l *loader, n *node, s string) (string, bool) {
		if !idForm.MatchString(s) {
			l.fault(n.at, "%s is %q: write at most 64 of a-z, 0-9 and - between them, as in bao-ca-mau", n.name(), clip(s))
			return "", false
		}
		return s, true
	})
}

// claim says that an id is taken; what is for the message.
func (l *loader) claim(taken map[string]Position, id string, at Position, what string) {
	if id == "" {
		return
	}
	if first, ok := taken[id]; ok {
		l.fault(at, "the %s id %q is taken already, in line %d: choose another", what, id, first.Line)
		return
	}
	taken[id] = at
}

// declared is where something was declared, for pages and messages.
func (l *loader) declared(at Position) string {
	return fmt.Sprintf("%s:%d", filepath.Base(l.file), at.Line)
}

// place is where a key of a mapping stands, or the mapping where it has none.
func (n *node) place(key string) Position {
	if v := n.get(key); v != nil {
		return v.at
	}
	return n.at
}

// entries walks the mappings of a list such as sources.
func (l *loader) entries(n *node, what string, each func(*node)) {
	if n == nil || n.kind == nothing {
		return
	}
	if n.kind != sequence {
		l.fault(n.at, "%s is %s: a list is wanted, each item beginning with \"- id:\"", what, n.kind)
		return
	}
	for _, item := range n.items {
		if item.kind != mapping {
			l.fault(item.at, "%s is %s: write its keys, beginning with id", item.name(), item.kind)
			continue
		}
		each(item)
	}
}

func (l *loader) readSources(list *node) {
	l.entries(list, "sources", func(n *node) {
		s := news.Source{Enabled: true, Timezone: l.cfg.Site.Timezone, Declared: l.declared(n.at)}
		l.object(n, "the source", l.sourceKeys(&s))
		l.checkSource(n, &s)
		l.cfg.Sources = append(l.cfg.Sources, s)
	})
}

func (l *loader) sourceKeys(s *news.Source) []key {
	return []key{
		{"id", id(&s.ID)},
		{"name", text(&s.Name)},
		{"agency", text(&s.Agency)},
		{"province", single(&s.Province, "a province", province)},
		{"homepage", address(&s.Homepage)},
		{"url", address(&s.URL)},
		{"page", func(l *loader, n *node) { s.Page = l.pageRule(n) }},
		{"sitemap", address(&s.Sitemap)},
		{"section", text(&s.Section)},
		{"schedule", schedule(&s.Schedule)},
		{"timezone", zone(&s.Timezone)},
		{"full_text", oneOf(&s.FullText, news.FullTextAuto, news.FullTextAlways, news.FullTextNever)},
		{"selectors", func(l *loader, n *node) { s.Selectors = l.selectors(n) }},
		{"priority", integer(&s.Priority, -1_000_000, 1_000_000)},
		{"hosts", texts(&s.Hosts, hostName)},
		{"headers", pairsOf(&s.Headers, headerPair)},
		{"basic_auth", func(l *loader, n *node) { s.BasicAuth = l.basicAuth(n) }},
		{"cookies", pairsOf(&s.Cookies, cookiePair)},
		{"proxy", proxy(&s.Proxy)},
		{"agreement", func(l *loader, n *node) { s.Agreement = l.agreement(n) }},
		{"enabled", boolean(&s.Enabled)},
	}
}

func (l *loader) checkSource(n *node, s *news.Source) {
	if n.get("id") == nil {
		l.fault(n.at, "the source has no id: give it one of a-z, 0-9 and -")
	}
	l.claim(l.sourceAt, s.ID, n.place("id"), "source")
	if s.Name == "" && n.get("name") == nil {
		s.Name = s.ID
	}
	var ways []string
	for _, w := range []string{"url", "page", "sitemap"} {
		if v := n.get(w); v != nil && v.kind != nothing {
			ways = append(ways, w)
		}
	}
	switch {
	case len(ways) == 0:
		l.fault(n.at, "the source %q has no address: write url (a feed), page (a section page read by selectors) or sitemap", s.ID)
	case len(ways) > 1:
		l.fault(n.place(ways[1]), "the source %q has %s: keep one, and make a second source of the other", s.ID, strings.Join(ways, " and "))
	}
	if s.Page != nil {
		l.liftUser(n.get("page"), &s.Page.URL, s)
	}
	l.liftUser(n.get("url"), &s.URL, s)
	l.liftUser(n.get("sitemap"), &s.Sitemap, s)
}

// liftUser moves credentials out of an address, where a redirect or a log could
// carry them along, into basic_auth, which goes to the source's host only.
func (l *loader) liftUser(n *node, raw *string, s *news.Source) {
	u, err := url.Parse(*raw)
	if n == nil || err != nil || u.User == nil {
		return
	}
	if s.BasicAuth != nil {
		l.fault(n.at, "%s holds a user name and basic_auth does too: keep basic_auth", n.name())
		return
	}
	password, _ := u.User.Password()
	s.BasicAuth = &news.BasicAuth{User: u.User.Username(), Password: password}
	u.User = nil
	*raw = u.String()
}

func address(dst *string) func(*loader, *node) {
	return single(dst, "an address", func(l *loader, n *node, s string) (string, bool) {
		if _, err := news.CanonicalURL(s); err != nil {
			l.fault(n.at, "%s: %v", n.name(), err)
			return "", false
		}
		return strings.TrimSpace(s), true
	})
}

// province is the slug in force that a slug means.
func province(l *loader, n *node, s string) (string, bool) {
	if p, ok := news.ProvinceOf(s); ok {
		return p.Slug, true
	}
	l.mistyped(n.at, fmt.Sprintf("there is no province %q", clip(s)), s, news.ProvinceSlugs(), "write a slug such as ca-mau or ha-noi")
	return "", false
}

func (l *loader) pageRule(n *node) *news.PageRule {
	p := &news.PageRule{}
	l.object(n, "page", []key{
		{"url", address(&p.URL)},
		{"item", selector(&p.Item)},
		{"link", selector(&p.Link)},
		{"title", selector(&p.Title)},
		{"date", selector(&p.Date)},
	})
	if n.kind == mapping {
		for _, must := range []string{"url", "item"} {
			if n.get(must) == nil {
				l.fault(n.at, "page has no %s: it needs url, and item, the selector of one entry", must)
			}
		}
	}
	return p
}

func (l *loader) selectors(n *node) *news.Selectors {
	s := &news.Selectors{}
	l.object(n, "selectors", []key{
		{"title", selector(&s.Title)},
		{"author", selector(&s.Author)},
		{"date", selector(&s.Date)},
		{"body", selector(&s.Body)},
		{"remove", func(l *loader, n *node) {
			if n.kind == scalar { // one is as good as a list of one
				n = &node{kind: sequence, items: []*node{n}, at: n.at, path: n.path}
			}
			texts(&s.Remove, isSelector)(l, n)
		}},
	})
	return s
}

func selector(dst *string) func(*loader, *node) {
	return single(dst, "a CSS selector", isSelector)
}

func isSelector(l *loader, n *node, s string) (string, bool) {
	if _, err := cascadia.ParseGroup(s); err != nil {
		l.fault(n.at, "%s is %q, which is no CSS selector (%v): write one as in div.news > a", n.name(), clip(s), err)
		return "", false
	}
	return strings.TrimSpace(s), true
}

var hostForm = regexp.MustCompile(`^[\pL\pN]([\pL\pN\pM.-]*[\pL\pN])?(:\d{1,5})?$`)

func hostName(l *loader, n *node, s string) (string, bool) {
	if !hostForm.MatchString(s) {
		l.fault(n.at, "%s is %q: write a host alone, as in baobaclieu.vn", n.name(), clip(s))
		return "", false
	}
	return strings.ToLower(s), true
}

// framing are headers that belong to the transport.
var framing = []string{"host", "connection", "content-length", "transfer-encoding", "upgrade", "accept-encoding", "if-none-match", "if-modified-since", "a-im"}

func headerPair(l *loader, at Position, name, value string) bool {
	switch {
	case !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value):
		l.fault(at, "headers: %q is no HTTP header: write a name of letters and -, and a value in one line", clip(name))
	case slices.Contains(framing, strings.ToLower(name)):
		l.fault(at, "headers: %s is set by tinhub itself: remove it", name)
	default:
		return true
	}
	return false
}

func cookiePair(l *loader, at Position, name, value string) bool {
	if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) || strings.ContainsAny(value, "; ,\"\\") {
		l.fault(at, "cookies: %q cannot be sent: a name has no spaces, a value none of ; , \" and spaces", clip(name))
		return false
	}
	return true
}

func (l *loader) basicAuth(n *node) *news.BasicAuth {
	b := &news.BasicAuth{}
	l.object(n, "basic_auth", []key{{"user", verbatim(&b.User)}, {"password", verbatim(&b.Password)}})
	if n.kind == mapping && (b.User == "" || strings.Contains(b.User, ":")) {
		l.fault(n.place("user"), "basic_auth needs a user, without a colon")
	}
	return b
}

// proxy never shows its value in a fault: it may hold a password.
func proxy(dst *string) func(*loader, *node) {
	return single(dst, "an address", func(l *loader, n *node, s string) (string, bool) {
		s = strings.TrimSpace(s)
		u, err := url.Parse(s)
		if err != nil || u.Hostname() == "" || !slices.Contains([]string{"http", "https", "socks5"}, u.Scheme) {
			l.fault(n.at, "proxy is no address of a proxy: write http://HOST:PORT, https://… or socks5://…")
			return "", false
		}
		return s, true
	})
}

func (l *loader) agreement(n *node) *news.Agreement {
	a := &news.Agreement{}
	l.object(n, "agreement", []key{
		{"number", text(&a.Number)},
		{"scope", oneOf(&a.Scope, news.ScopeLink, news.ScopeSummary, news.ScopeFull)},
		{"from", single(&a.From, "a day", day)},
		{"to", single(&a.To, "a day", day)},
	})
	if n.kind != mapping {
		return a
	}
	if n.get("scope") == nil {
		l.fault(n.at, "agreement has no scope: write what it allows to be shown, link, summary or full")
	}
	if !a.From.IsZero() && !a.To.IsZero() && a.To.Before(a.From) {
		l.fault(n.place("to"), "agreement ends (%s) before it begins (%s): mend one of the days", a.To.Format(time.DateOnly), a.From.Format(time.DateOnly))
	}
	return a
}

// day is a calendar day in the site's zone.
func day(l *loader, n *node, s string) (time.Time, bool) {
	t, err := time.ParseInLocation(time.DateOnly, strings.TrimSpace(s), l.cfg.Site.Location)
	if err != nil {
		l.fault(n.at, "%s is %q: write a day as in 2026-01-31", n.name(), clip(s))
		return time.Time{}, false
	}
	return t, true
}
