package config

import (
	"maps"
	"slices"
	"strings"

	"tinhub/news"
)

// environment is the file that faults of variables are said to be in.
const environment = "environment"

// environment sets what TINHUB_SECTION_KEY says, over what the file says. An
// empty variable empties a list and leaves anything else as it is.
func (l *loader) environment(sections []section) {
	for _, name := range slices.Sorted(maps.Keys(l.env)) {
		rest, ok := strings.CutPrefix(name, "TINHUB_")
		if !ok {
			continue
		}
		for _, s := range sections {
			want, ok := strings.CutPrefix(rest, strings.ToUpper(s.name)+"_")
			if !ok {
				continue
			}
			l.variable(s, name, strings.ToLower(want))
		}
	}
}

func (l *loader) variable(s section, name, want string) {
	at := Position{File: environment}
	i := slices.IndexFunc(s.keys, func(k key) bool { return k.name == want })
	if i < 0 {
		prefix := "TINHUB_" + strings.ToUpper(s.name) + "_"
		if near := news.Nearest(want, names(s.keys)); near != "" {
			l.fault(at, "%s sets nothing: did you mean %s%s?", name, prefix, strings.ToUpper(near))
			return
		}
		l.fault(at, "%s sets nothing: section %s has %s", name, s.name, strings.Join(names(s.keys), ", "))
		return
	}
	n := &node{kind: scalar, text: l.env[name], at: at, path: name, env: true}
	if strings.TrimSpace(n.text) == "" && !lists[s.name+"."+want] {
		return
	}
	s.keys[i].set(l, n)
	l.places[s.name+"."+want] = at
}

// lists are the keys that an empty variable empties.
var lists = map[string]bool{
	"http.trusted_proxies": true, "http.metrics_from": true, "fetch.allow_networks": true,
	"publish.formats": true, "publish.require": true,
}
