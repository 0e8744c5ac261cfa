package feed

import (
	"regexp"
	"slices"
	"strings"

	"tinhub/fetcher/markup"
	"tinhub/news"
)

var (
	mailIn   = regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)
	brackets = regexp.MustCompile(`\(\s*\)|<\s*>|\[\s*\]|<mailto:\s*>`)
)

// person takes a name and a mail address apart: "a@b.vn (Name)", "Name <a@b.vn>",
// "Name (a@b.vn)", "a@b.vn".
func person(s string) news.Person {
	s = news.Clean(s)
	at := mailIn.FindStringIndex(s)
	if at == nil {
		return news.Person{Name: plainTitle(s, false)}
	}
	p := news.Person{Email: s[at[0]:at[1]]}
	name := brackets.ReplaceAllString(s[:at[0]]+s[at[1]:], "")
	name = strings.TrimSuffix(strings.TrimSpace(name), "mailto:")
	name = strings.TrimSpace(name)
	if strings.HasPrefix(name, "(") && strings.HasSuffix(name, ")") {
		name = name[1 : len(name)-1]
	}
	p.Name = plainTitle(strings.Trim(name, ` "',;<>-`), false)
	return p
}

// people cleans a list of authors: each once, without the placeholders that
// CMSs put in, an address beside the name it belongs to, no page that is none.
func people(base string, list []news.Person) []news.Person {
	var kept []news.Person
	for _, p := range list {
		if p.Email == "" && strings.Contains(p.Name, "@") || p.Email != "" && p.Name == "" {
			q := person(strings.TrimSpace(p.Name + " " + p.Email))
			q.URL = p.URL
			p = q
		}
		p = news.Person{Name: clip(plainTitle(p.Name, false), 256), Email: clip(news.Clean(p.Email), 256), URL: markup.Address(base, p.URL)}
		switch strings.ToLower(p.Name) {
		case "bút danh", "admin", "administrator", "unknown", "author", "noreply", "no author":
			p.Name = ""
		}
		if p == (news.Person{}) || len(kept) >= maxLinks {
			continue
		}
		if i := slices.IndexFunc(kept, func(k news.Person) bool { return same(k, p) }); i >= 0 {
			kept[i] = merge(kept[i], p)
			continue
		}
		kept = append(kept, p)
	}
	return kept
}

func same(a, b news.Person) bool {
	return a.Name != "" && strings.EqualFold(a.Name, b.Name) && (a.Email == "" || b.Email == "" || strings.EqualFold(a.Email, b.Email)) ||
		a.Email != "" && strings.EqualFold(a.Email, b.Email) && (a.Name == "" || b.Name == "")
}

func merge(a, b news.Person) news.Person {
	if a.Name == "" {
		a.Name = b.Name
	}
	if a.Email == "" {
		a.Email = b.Email
	}
	if a.URL == "" {
		a.URL = b.URL
	}
	return a
}
