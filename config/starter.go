package config

import (
	_ "embed" // the catalogue and the topics below
	"slices"
	"strings"

	"tinhub/news"
)

// starterName is the file that the built-in starter is said to be declared in.
const starterName = "starter"

//go:embed starter/sources.tsv
var starterSources string

//go:embed starter/topics.tsv
var starterTopics string

// enabledPerPaper is how many feeds of one paper the starter polls: enough for
// its news, few enough not to burden a paper that was never asked.
const enabledPerPaper = 3

// starterScore is the score from which an article enters a starter topic.
const starterScore = 6

// A catalogued row is one address of the starter's catalogue.
type catalogued struct {
	source news.Source
	paper  string
	grade  string // A, B, C, D, "directory" or "": see the head of starter/sources.tsv
}

// starter adds the built-in catalogue and topics.
func starter(l *loader) {
	rows := catalogue(starterSources, l.cfg.Site.Timezone)
	enableBest(rows)
	for _, r := range rows {
		l.cfg.Sources = append(l.cfg.Sources, r.source)
		l.claim(l.sourceAt, r.source.ID, Position{File: starterName}, "source")
	}
	for _, c := range table(starterTopics) {
		t := l.newTopic()
		t.ID, t.Title, t.Description, t.Declared = c["id"], c["title"], c["description"], starterName
		t.MinScore = starterScore
		t.Include.Sections = split(c["sections"], "|")
		for _, p := range split(c["strong"], "|") {
			t.Include.Any = append(t.Include.Any, news.Phrase{Text: p, Weight: 3})
		}
		for _, p := range split(c["weak"], "|") {
			t.Include.Any = append(t.Include.Any, news.Phrase{Text: p, Weight: 1})
		}
		l.cfg.Topics = append(l.cfg.Topics, t)
		l.claim(l.topicAt, t.ID, Position{File: starterName}, "topic")
	}
}

// catalogue reads the embedded table. A directory is a page that lists feeds:
// it is kept in the catalogue by its homepage, and cannot be polled.
func catalogue(tsv, timezone string) []catalogued {
	var out []catalogued
	for _, c := range table(tsv) {
		s := news.Source{
			ID: c["id"], Name: c["name"], Province: c["province"], Homepage: c["homepage"], URL: c["url"],
			Section: c["section"], Hosts: split(c["hosts"], ";"), Timezone: timezone, Declared: starterName,
		}
		if c["grade"] == "directory" {
			s.URL = ""
		}
		out = append(out, catalogued{s, c["paper"], c["grade"]})
	}
	return out
}

// enableBest enables each paper's most trusted feeds: grade A before B, in the
// catalogue's order, others not at all.
func enableBest(rows []catalogued) {
	enabled := map[string]int{}
	for _, grade := range []string{"A", "B"} {
		for i := range rows {
			r := &rows[i]
			if r.grade == grade && r.source.URL != "" && enabled[r.paper] < enabledPerPaper {
				r.source.Enabled = true
				enabled[r.paper]++
			}
		}
	}
}

// table reads tab-separated values: lines with # are remarks, the first other
// line names the columns.
func table(tsv string) []map[string]string {
	var columns []string
	var out []map[string]string
	for line := range strings.Lines(tsv) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Split(line, "\t")
		if columns == nil {
			columns = fields
			continue
		}
		row := map[string]string{}
		for i, c := range columns[:min(len(columns), len(fields))] {
			row[c] = fields[i]
		}
		out = append(out, row)
	}
	return slices.Clip(out)
}

func split(s, by string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, by)
}
