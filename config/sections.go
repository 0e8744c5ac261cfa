package config

import (
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// A section is one that the environment may override.
type section struct {
	name string
	keys []key
}

const year = 366 * news.Day24

func (l *loader) sections() []section {
	c := &l.cfg
	return []section{
		{"site", []key{
			{"title", text(&c.Site.Title)},
			{"public_url", publicURL(&c.Site.PublicURL)},
			{"language", language(&c.Site.Language)},
			{"timezone", zone(&c.Site.Timezone)},
			{"owner", text(&c.Site.Owner)},
			{"contact", text(&c.Site.Contact)},
			{"licence", text(&c.Site.Licence)},
			{"profile", oneOf(&c.Site.Profile, Open, VNAggregator)},
		}},
		{"store", []key{{"url", storeURL(&c.Store.URL)}}},
		{"http", []key{
			{"listen", listen(&c.HTTP.Listen)},
			{"trusted_proxies", networks(&c.HTTP.TrustedProxies)},
			{"metrics_from", networks(&c.HTTP.MetricsFrom)},
		}},
		{"fetch", []key{
			{"schedule", schedule(&c.Fetch.Schedule)},
			{"workers", integer(&c.Fetch.Workers, 1, 10_000)},
			{"per_host", integer(&c.Fetch.PerHost, 1, 100)},
			{"spacing", duration(&c.Fetch.Spacing, 0, time.Hour)},
			{"timeout", duration(&c.Fetch.Timeout, time.Second, 10*time.Minute)},
			{"max_body", size(&c.Fetch.MaxBody, 1<<10, 1<<30)},
			{"user_agent", userAgent(&c.Fetch.UserAgent)},
			{"allow_networks", networks(&c.Fetch.AllowNetworks)},
		}},
		{"publish", []key{
			{"limit", integer(&c.Publish.Limit, 1, maxLimit)},
			{"content", oneOf(&c.Publish.Content, news.ScopeLink, news.ScopeSummary, news.ScopeFull)},
			{"formats", words(&c.Publish.Formats, news.RSS, news.Atom, news.JSON)},
			{"embargo", duration(&c.Publish.Embargo, 0, year)},
			{"without_agreement", oneOf(&c.Publish.WithoutAgreement, news.ScopeLink, news.ScopeSummary, news.ScopeFull)},
			{"agreement_notice", duration(&c.Publish.AgreementNotice, news.Day24, year)},
			{"require", words(&c.Publish.Require, RequireAgency, RequireAuthor, RequireTime, RequireLink)},
			{"footer", oneOf(&c.Publish.Footer, FooterOptional, FooterRequired)},
			{"min_agencies", integer(&c.Publish.MinAgencies, 0, 1000)},
		}},
		{"hub", []key{
			{"lease_min", duration(&c.Hub.LeaseMin, time.Second, year)},
			{"lease", duration(&c.Hub.Lease, time.Second, year)},
			{"lease_max", duration(&c.Hub.LeaseMax, time.Second, year)},
		}},
		{"withdraw", []key{
			{"recheck", duration(&c.Withdraw.Recheck, time.Second, year)},
			{"confirm", duration(&c.Withdraw.Confirm, 0, year)},
		}},
		{"keep", []key{
			{"articles", duration(&c.Keep.Articles, time.Minute, 100*year)},
			{"seen", duration(&c.Keep.Seen, time.Minute, 100*year)},
			{"audit", duration(&c.Keep.Audit, time.Minute, 100*year)},
		}},
	}
}

// maxLimit is how many stories an output may hold.
const maxLimit = 1000

// profile looks ahead, because the profile decides the defaults.
func (l *loader) profile(root *node) Profile {
	p := Open
	if n := root.get("site").get("profile"); n != nil && n.kind == scalar {
		p = Profile(n.text)
	}
	if v := strings.TrimSpace(l.env["TINHUB_SITE_PROFILE"]); v != "" {
		p = Profile(v)
	}
	return p
}

func (l *loader) defaults(p Profile) {
	c := &l.cfg
	c.Site = Site{Title: "Tin tỉnh", PublicURL: "http://localhost:8080", Language: "vi", Timezone: "Asia/Ho_Chi_Minh", Profile: Open}
	c.Store = Store{URL: "file:data"}
	c.HTTP = HTTP{Listen: "127.0.0.1:8080"}
	c.Fetch = Fetch{Schedule: "*/10 * * * *", Workers: 64, PerHost: 2, Spacing: time.Second, Timeout: 20 * time.Second, MaxBody: 10 << 20}
	c.Publish = Publish{
		Limit: 50, Content: news.ScopeSummary, Formats: []news.Format{news.RSS, news.Atom, news.JSON},
		WithoutAgreement: news.ScopeSummary, AgreementNotice: 30 * news.Day24, Require: []Requirement{RequireLink}, Footer: FooterOptional,
	}
	c.Hub = Hub{LeaseMin: 5 * time.Minute, Lease: 10 * news.Day24, LeaseMax: 30 * news.Day24}
	c.Withdraw = Withdraw{Recheck: 15 * time.Minute, Confirm: 10 * time.Minute}
	c.Keep = Keep{Articles: 90 * news.Day24, Seen: 400 * news.Day24, Audit: 730 * news.Day24}
	if p == VNAggregator {
		c.Publish.Embargo = time.Hour
		c.Publish.WithoutAgreement = news.ScopeLink
		c.Publish.MinAgencies = 3
		c.Publish.Footer = FooterRequired
		c.Publish.Require = []Requirement{RequireAgency, RequireTime, RequireLink}
	}
}

// finish derives what depends on several keys, and holds them against each other.
func (l *loader) finish() {
	c := &l.cfg
	c.Site.Location, _ = news.LoadZone(c.Site.Timezone) // its setter has judged it
	if c.Site.Location == nil {
		c.Site.Location = time.UTC
	}
	if folder, ok := c.Store.Embedded(); ok && !filepath.IsAbs(folder) {
		c.Store.URL = "file:" + filepath.Join(c.Folder, folder)
	}
	if c.Fetch.UserAgent == "" {
		c.Fetch.UserAgent = "tinhub/1 (+" + c.Site.PublicURL + ")"
	}
	if h := c.Hub; h.LeaseMin > h.Lease || h.Lease > h.LeaseMax {
		l.fault(c.At("hub.lease"), "hub.lease is %s: it must lie between lease_min (%s) and lease_max (%s)", short(h.Lease), short(h.LeaseMin), short(h.LeaseMax))
	}
	if k := c.Keep; k.Seen < k.Articles {
		l.fault(c.At("keep.seen"), "keep.seen (%s) is shorter than keep.articles (%s): old news would come back as new; make it longer", short(k.Seen), short(k.Articles))
	}
	if len(c.Publish.Formats) == 0 {
		l.fault(c.At("publish.formats"), "publish.formats is empty: write at least one of rss, atom, json")
	}
	if c.Publish.Footer == FooterRequired {
		l.footer()
	}
}

func (l *loader) footer() {
	var missing []string
	for _, f := range []struct{ name, value string }{
		{"owner", l.cfg.Site.Owner}, {"contact", l.cfg.Site.Contact}, {"licence", l.cfg.Site.Licence},
	} {
		if f.value == "" {
			missing = append(missing, "site."+f.name)
		}
	}
	if len(missing) > 0 {
		at := "site"
		if _, ok := l.places["publish.footer"]; ok {
			at = "publish.footer"
		}
		l.fault(l.cfg.At(at), "the legal footer is required: fill in %s", strings.Join(missing, ", "))
	}
}

func publicURL(dst *string) func(*loader, *node) {
	return single(dst, "an address", func(l *loader, n *node, s string) (string, bool) {
		if _, err := news.CanonicalURL(s); err != nil {
			l.fault(n.at, "%s: %v", n.name(), err)
			return "", false
		}
		u, err := url.Parse(strings.TrimSpace(s))
		if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
			l.fault(n.at, "%s is %q: write scheme and host only, as in https://tin.example.vn; tinhub answers at the root of its host", n.name(), clip(s))
			return "", false
		}
		canonical, _ := news.CanonicalURL(s)
		return strings.TrimSuffix(canonical, "/"), true
	})
}

var languageForm = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

func language(dst *string) func(*loader, *node) {
	return single(dst, "a language", func(l *loader, n *node, s string) (string, bool) {
		if !languageForm.MatchString(s) {
			l.fault(n.at, "%s is %q: write a language tag, as in vi or vi-VN", n.name(), clip(s))
			return "", false
		}
		return s, true
	})
}

func zone(dst *string) func(*loader, *node) {
	return single(dst, "a time zone", func(l *loader, n *node, s string) (string, bool) {
		if _, err := news.LoadZone(s); err != nil {
			l.fault(n.at, "%v", err)
			return "", false
		}
		return s, true
	})
}

func schedule(dst *string) func(*loader, *node) {
	return single(dst, "a schedule", func(l *loader, n *node, s string) (string, bool) {
		if _, err := news.ParseSchedule(s, time.UTC); err != nil {
			l.fault(n.at, "%s: %v", n.name(), err)
			return "", false
		}
		return s, true
	})
}

var storeSchemes = []string{"redis", "rediss", "redis+cluster", "redis+sentinel", "rediss+cluster", "rediss+sentinel"}

// storeURL never shows the address in a fault: it may hold a password.
func storeURL(dst *string) func(*loader, *node) {
	return single(dst, "an address", func(l *loader, n *node, s string) (string, bool) {
		s = strings.TrimSpace(s)
		scheme, rest, _ := strings.Cut(s, ":")
		if scheme == "file" {
			rest = strings.TrimPrefix(rest, "//")
			if rest == "" {
				l.fault(n.at, "%s names no folder: write file:data, for one beside this file", n.name())
				return "", false
			}
			return "file:" + rest, true
		}
		if !slices.Contains(storeSchemes, scheme) {
			l.fault(n.at, "%s is no store: write file:FOLDER, redis://HOST:PORT, rediss://…, redis+cluster://HOST:PORT,HOST:PORT or redis+sentinel://HOST:PORT/MASTER", n.name())
			return "", false
		}
		host, ok := strings.CutPrefix(rest, "//")
		host = host[strings.LastIndexByte(host, '@')+1:]
		if host, _, _ = strings.Cut(host, "/"); !ok || host == "" || strings.HasPrefix(host, ":") {
			l.fault(n.at, "%s names no host: write %s://HOST:PORT", n.name(), scheme)
			return "", false
		}
		return s, true
	})
}

func listen(dst *string) func(*loader, *node) {
	return single(dst, "an address", func(l *loader, n *node, s string) (string, bool) {
		_, port, err := net.SplitHostPort(s)
		if p, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil || p > 65535 {
			l.fault(n.at, "%s is %q: write host:port, as in 127.0.0.1:8080, or :8080 for every address of this machine", n.name(), clip(s))
			return "", false
		}
		return s, true
	})
}

func userAgent(dst *string) func(*loader, *node) {
	return single(dst, "a text", func(l *loader, n *node, s string) (string, bool) {
		if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
			l.fault(n.at, "%s has characters that no HTTP header may have: write it in one line of ASCII", n.name())
			return "", false
		}
		return strings.TrimSpace(s), true
	})
}
