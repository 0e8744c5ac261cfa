package news

import (
	"net/url"
	"strings"
)

// placeName is a way that a province, in force or former, is named.
type placeName struct {
	folded string // as words of a text: Fold
	bare   string // as a host has it: letters without marks, in one word
	slug   string // of the province in force
}

var placeNames = readPlaceNames()

func readPlaceNames() (all []placeName) {
	add := func(slug, own string, names ...string) {
		for _, n := range names {
			all = append(all, placeName{Fold(n), "", slug})
		}
		all = append(all, placeName{"", strings.ReplaceAll(own, "-", ""), slug})
	}
	for _, p := range provinces.now {
		add(p.Slug, p.Slug, append([]string{p.Name}, p.Aliases...)...)
	}
	for _, f := range provinces.before {
		add(f.Successor, f.Slug, append([]string{f.Name}, f.Aliases...)...)
	}
	return all
}

// shortestInHost is how long a name must be to be seen within a longer label: "hue"
// stands in many words.
const shortestInHost = 5

// papersOf are what papers put before or behind their province's name in a host.
var papersOf = []string{"bao", "dai", "tin", "congan", "tv", "tvdt", "portal", "online", "news", "ptth", "moi"}

// ProvinceOfPaper guesses a paper's province by its address and its name: the host
// first, whose own label comes before that of the house that took the paper in
// (phuyen.baodaklak.vn is of Phú Yên, and so of Đắk Lắk). ok is false where neither
// names one, or the name names several.
func ProvinceOfPaper(address, name string) (p Province, ok bool) {
	if u, err := url.Parse(address); err == nil {
		for _, label := range strings.Split(strings.ToLower(u.Hostname()), ".") {
			if slug := placeInLabel(strings.ReplaceAll(label, "-", "")); slug != "" {
				return ProvinceOf(slug)
			}
		}
	}
	if slug := placeInText(name); slug != "" {
		return ProvinceOf(slug)
	}
	return Province{}, false
}

// placeInLabel is the province that a part of a host names by itself, or with what
// papers put around it; else the longest that stands in it.
func placeInLabel(label string) (slug string) {
	for _, around := range papersOf {
		label = strings.TrimPrefix(label, around)
	}
	longest := shortestInHost - 1
	for _, n := range placeNames {
		if n.bare == "" {
			continue
		}
		if rest, ok := strings.CutPrefix(label, n.bare); ok && (rest == "" || strings.Trim(rest, "0123456789") == "") {
			return n.slug
		}
		if len(n.bare) > longest && strings.Contains(label, n.bare) {
			slug, longest = n.slug, len(n.bare)
		}
	}
	return slug
}

// placeInText is the one province that a text names.
func placeInText(text string) (slug string) {
	words := " " + Fold(text) + " "
	longest := 0
	for _, n := range placeNames {
		if n.folded == "" || !strings.Contains(words, " "+n.folded+" ") {
			continue
		}
		switch {
		case len(n.folded) > longest:
			slug, longest = n.slug, len(n.folded)
		case len(n.folded) == longest && slug != n.slug:
			slug = ""
		}
	}
	return slug
}
