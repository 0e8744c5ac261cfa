package config

import (
	"net/url"
	"strings"

	"tinhub/news"
)

func (l *loader) readPartners(list *node) {
	taken, keys := map[string]Position{}, map[string]Position{}
	l.entries(list, "partners", func(n *node) {
		p := news.Partner{Declared: l.declared(n.at)}
		l.object(n, "the partner", []key{
			{"id", id(&p.ID)},
			{"name", text(&p.Name)},
			{"origins", texts(&p.Origins, origin)},
			{"topics", texts(&p.Topics, nil)},
			{"key", verbatim(&p.Key)},
		})
		if n.get("id") == nil {
			l.fault(n.at, "the partner has no id: give it one of a-z, 0-9 and -")
		}
		l.claim(taken, p.ID, n.place("id"), "partner")
		if p.Name == "" {
			p.Name = p.ID
		}
		if len(p.Origins) == 0 && p.Key == "" && n.get("origins") == nil && n.get("key") == nil {
			l.fault(n.at, "the partner %q has neither origins nor a key: it could never be recognised; write one of them", p.ID)
		}
		if first, ok := keys[p.Key]; ok && p.Key != "" {
			l.fault(n.place("key"), "the partner %q has the key of another, in line %d: give each its own", p.ID, first.Line)
		}
		keys[p.Key] = n.place("key")
		l.cfg.Partners = append(l.cfg.Partners, p)
		l.partnersAt = append(l.partnersAt, n)
	})
}

// origin is what a browser sends as Origin: scheme and host, in lower case.
func origin(l *loader, n *node, s string) (string, bool) {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		l.fault(n.at, "%s is %q: write scheme and host only, as in https://camau.gov.vn", n.name(), clip(s))
		return "", false
	}
	canonical, err := news.CanonicalURL(u.Scheme + "://" + u.Host)
	if err != nil {
		l.fault(n.at, "%s: %v", n.name(), err)
		return "", false
	}
	return strings.TrimSuffix(canonical, "/"), true
}
