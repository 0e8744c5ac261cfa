package admin

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

func findParam(list []param, name string) (param, bool) {
	i := slices.IndexFunc(list, func(p param) bool { return p.name == name && p.in == "query" })
	if i < 0 {
		return param{}, false
	}
	return list[i], true
}

func paramNames(list []param) string {
	var names []string
	for _, p := range list {
		if p.in == "query" {
			names = append(names, p.name)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// check refuses what a parameter can't be.
func (p param) check(v string) error {
	switch {
	case p.name == "limit":
		if n, err := strconv.Atoi(v); err != nil || n < 1 || n > mostPage {
			return faultf(Invalid, "limit is %.40q: write a whole number from 1 to %d", v, mostPage)
		}
	case p.kind == "boolean" && v != "true" && v != "false":
		return faultf(Invalid, "%s is %.40q: write true or false", p.name, v)
	case p.kind == "date-time":
		if _, err := time.Parse(time.RFC3339, v); err != nil {
			return faultf(Invalid, "%s is %.40q: write a time as 2026-01-31T00:00:00Z", p.name, v)
		}
	case p.kind == "date":
		if _, err := time.Parse(time.DateOnly, v); err != nil {
			return faultf(Invalid, "%s is %.40q: write a day as 2026-01-31", p.name, v)
		}
	case p.kind == "duration":
		if _, err := news.ParseDuration(v); err != nil {
			return faultf(Invalid, "%s: %v", p.name, err)
		}
	case p.enum != nil && !slices.Contains(p.enum, v):
		return faultf(Invalid, "%s is %.40q: write one of %s", p.name, v, strings.Join(p.enum, ", "))
	}
	return nil
}

func (q *call) time(name string) time.Time {
	t, _ := time.Parse(time.RFC3339, q.values[name]) // it was checked
	return t
}

var (
	pathID = param{name: "id", in: "path", kind: "string", about: "Its id."}
	paging = []param{
		{name: "after", in: "query", kind: "string", about: "The next of the page before; without it, the first page."},
		{name: "limit", in: "query", kind: "integer", about: "How many at most; 50 unless given."},
	}
)

func queries(more ...param) []param { return append(slices.Clone(paging), more...) }
