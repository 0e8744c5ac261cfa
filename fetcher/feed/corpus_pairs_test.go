package feed

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"tinhub/fetcher/markup"
	"tinhub/news"
)

// Corpora other than feedparser's keep what a document gives in JSON beside it:
// gofeed (NAME.json), feed-rs (NAME.serde.json), fastfeedparser (NAME.json,
// NAME.expected.json). They name much the same things by other names.

// beside is the file that says what a document gives, or "".
func beside(path string) string {
	stem := strings.TrimSuffix(path, filepath.Ext(path))
	for _, end := range []string{".serde.json", ".expected.json", ".json"} {
		if _, err := os.Stat(stem + end); err == nil && stem+end != path {
			return stem + end
		}
	}
	return ""
}

// expected says that a file is one that beside finds.
func expected(path string) bool {
	for _, end := range []string{".serde.json", ".expected.json"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	stem, ok := strings.CutSuffix(path, ".json")
	if _, err := os.Stat(stem + ".xml"); !ok || err != nil {
		return false
	}
	return true
}

// A fact is what one field should be, and is.
type fact struct {
	name string
	want any
	have any
}

// pairCase holds a document to the facts beside it.
func pairCase(body []byte, file string) (bool, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	var want map[string]any
	if err := json.Unmarshal(raw, &want); err != nil {
		return false, fmt.Errorf("%w: %v", errBeyond, err)
	}
	if strings.Contains(said(want["version"]), "jsonfeed.org") { // another feed of the same site
		return false, errBeyond
	}
	doc, err := Parse(body, Options{Now: testNow, Location: time.UTC, Bare: true, About: true})
	facts := headFacts(want, doc)
	entries := objects(either(want, "items", "entries"))
	if n := len(entries); n > 0 {
		facts = append(facts, fact{"entries", min(n, maxItems), len(doc.Entries) + len(doc.Rejected)})
	}
	for i, w := range entries[:min(len(entries), len(doc.Entries))] {
		if len(doc.Rejected) == 0 {
			facts = append(facts, entryFacts(fmt.Sprintf("entry %d ", i), w, doc.Entries[i])...)
		}
	}
	if len(facts) == 0 {
		return false, errBeyond
	}
	for _, f := range facts {
		if !pyEquals(f.have, f.want) {
			return false, fmt.Errorf("%s %.100q, want %.100q (%v)", f.name, fmt.Sprint(f.have), fmt.Sprint(f.want), err)
		}
	}
	return true, nil
}

func headFacts(want map[string]any, doc Document) (facts []fact) {
	head := want
	if f, ok := want["feed"].(map[string]any); ok {
		head = f
	}
	add := func(name string, w string, have any) {
		if strings.TrimSpace(w) != "" {
			facts = append(facts, fact{"feed " + name, w, have})
		}
	}
	add("title", said(head["title"]), textValue{doc.Title, true})
	if links := followed(head); len(links) > 0 {
		facts = append(facts, fact{"feed link", links, linkValue(or(doc.Link, doc.Self))})
	}
	add("description", said(either(head, "description", "subtitle")), textValue{text: doc.About.Subtitle.Value})
	add("rights", said(either(head, "copyright", "rights")), textValue{text: doc.About.Rights.Value})
	add("updated", said(either(head, "updatedParsed", "lastBuildDateParsed")), dateValue{doc.Updated})
	if lang := said(head["language"]); lang != "" {
		add("language", strings.ToLower(language(lang)), strings.ToLower(doc.Language))
	}
	people := doc.About.Authors
	if doc.About.Publisher != nil { // whom gofeed takes for an author where nobody else is named
		people = append(people, *doc.About.Publisher)
	}
	return append(facts, peopleFacts("feed ", head, people)...)
}

func entryFacts(where string, want map[string]any, e news.Entry) (facts []fact) {
	add := func(name string, w string, have any) {
		if strings.TrimSpace(w) != "" {
			facts = append(facts, fact{where + name, w, have})
		}
	}
	add("title", said(want["title"]), textValue{e.Title, true})
	links := followed(want)
	if len(links) > 0 {
		facts = append(facts, fact{where + "link", links, linkValue(e.Link)})
	}
	guid := said(either(want, "guid", "id"))
	if !hashed.MatchString(guid) && (e.GUID != "" || !slices.Contains(links, guid)) { // which are made where there is none
		add("id", strings.TrimSpace(guid), linkValue(e.GUID))
	}
	summary := textValue{text: or(e.Summary, e.Content)}
	if content := said(want["content"]); strings.Contains(content, "<img") && e.Image != nil {
		content = "" // a lead image is taken out of the text
	} else {
		add("content", content, textValue{text: or(e.Content, e.Summary)})
	}
	if w := said(either(want, "description", "summary")); !strings.Contains(w, "<img") && !excerptOf(w, summary.text) {
		add("summary", w, summary)
	}
	add("published", said(either(want, "publishedParsed", "pubDateParsed", "published")), dateValue{e.Published})
	add("updated", said(either(want, "updatedParsed")), dateValue{e.Updated})
	for i, c := range objects(want["categories"]) {
		if i < maxCategories {
			facts = append(facts, fact{where + "category", true, slices.ContainsFunc(e.Categories, func(k news.Category) bool {
				want := plainTitle(said(either(c, "term", "value", "label")), false)
				return k.Term == want || k.Label == want
			})})
		}
	}
	for _, f := range objects(want["enclosures"]) {
		facts = append(facts, fact{where + "enclosure " + said(f["url"]), true, slices.ContainsFunc(e.Enclosures, func(k news.Enclosure) bool {
			return k.URL == markup.Link("", said(f["url"]))
		})})
	}
	return append(facts, peopleFacts(where, want, e.Authors)...)
}

// peopleFacts hold that whoever is named is among those that were found.
func peopleFacts(where string, want map[string]any, have []news.Person) (facts []fact) {
	for _, p := range objects(want["authors"]) {
		name, mail := said(p["name"]), said(p["email"])
		if strings.Contains(mail, "(") { // "a@b.vn (Name)", which feed-rs does not take apart
			name = ""
		}
		named := person(strings.TrimSpace(name + " " + mail))
		facts = append(facts, fact{where + "author " + name + " " + mail, true, name+mail == "" || slices.ContainsFunc(have, func(k news.Person) bool {
			return k.Name == named.Name && strings.EqualFold(k.Email, named.Email) || mail == "" && k.Name == named.Name
		})})
	}
	return facts
}

var hashed = regexp.MustCompile(`^[0-9a-f]{28,32}$|^[0-9a-f-]{36}$`)

// linkValue equals an address however it is spelt, or any of several.
type linkValue string

func (v linkValue) equals(other any) bool {
	switch want := other.(type) {
	case linkValue:
		return v.equals(string(want))
	case string:
		return spelt(want) == spelt(string(v))
	case []string:
		return slices.ContainsFunc(want, func(w string) bool { return v.equals(w) })
	}
	return false
}

func spelt(address string) string {
	address = or(markup.Link("", address), address)
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		u.Host = strings.ToLower(u.Host)
		address = strings.TrimSuffix(u.String(), "/")
	}
	return address
}

// excerptOf says that a text is the beginning of another, without its markup.
func excerptOf(part, whole string) bool {
	part, whole = news.Clean(strings.ReplaceAll(part, "\n", " ")), strings.ReplaceAll(news.Text(whole), "\n", " ")
	squeeze := strings.NewReplacer(" ", "", "…", "")
	return len(part) > 100 && strings.HasPrefix(squeeze.Replace(whole), squeeze.Replace(news.Excerpt(part, 80)))
}

func either(d map[string]any, names ...string) any {
	for _, n := range names {
		if v := d[n]; v != nil {
			return v
		}
	}
	return nil
}

// said is a text that stands by itself or in an object, or in the first of several.
func said(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		if len(v) > 0 {
			return said(v[0])
		}
	case map[string]any:
		return said(either(v, "value", "content"))
	}
	return ""
}

// followed are the addresses that a person may follow: absolute, and of the paper itself.
func followed(d map[string]any) (list []string) {
	all := []string{said(d["link"])}
	for _, l := range objects(d["links"]) {
		if rel := said(l["rel"]); rel == "" || rel == "alternate" {
			all = append(all, said(either(l, "href", "value")))
		}
	}
	for _, l := range all {
		if strings.Contains(l, "://") && !detour(l) {
			list = append(list, l)
		}
	}
	return list
}

func objects(v any) (list []map[string]any) {
	all, _ := v.([]any)
	for _, o := range all {
		if d, ok := o.(map[string]any); ok {
			list = append(list, d)
		} else if s, ok := o.(string); ok {
			list = append(list, map[string]any{"value": s})
		}
	}
	return list
}
