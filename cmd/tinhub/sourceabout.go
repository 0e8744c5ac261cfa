package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"tinhub/admin"
	"tinhub/fetcher/feed"
	"tinhub/news"
)

// printAbout shows what a feed says of itself: whose it is, what they allow, and
// how it wants to be read.
func printAbout(w io.Writer, r sourceResult) {
	a := r.About
	about := oneLine(a.Subtitle.Value)
	if strings.EqualFold(about, r.Title) { // as CMSs fill it in
		about = ""
	}
	printLine(w, "about", about)
	printLine(w, "editor", named(a.Authors))
	if a.Publisher != nil {
		printLine(w, "publisher", named([]news.Person{*a.Publisher}))
	}
	printLine(w, "rights", oneLine(a.Rights.Value))
	for _, l := range a.Licences {
		printLine(w, "licence", strings.TrimSpace(l.Name+" "+l.URL))
	}
	printLine(w, "made by", madeBy(a.Generator))
	if a.Image != nil {
		printLine(w, "image", a.Image.URL)
	}
	printLine(w, "moved to", a.Moved)
	if !a.ValidUntil.IsZero() {
		printLine(w, "valid until", a.ValidUntil.At.Format(time.RFC3339))
	}
	for _, h := range r.Hubs {
		printLine(w, "hub", h)
	}
	if r.TTL > 0 {
		printLine(w, "asks for", fmt.Sprintf("a poll every %s", time.Duration(r.TTL)*time.Minute))
	}
	switch {
	case r.ETag != "" && r.Modified != "":
		printLine(w, "unchanged by", "ETag and Last-Modified")
	case r.ETag != "" || r.Modified != "":
		printLine(w, "unchanged by", cmp.Or(r.ETag, r.Modified))
	}
}

// printLine is a line of a result, where there is something to say.
func printLine(w io.Writer, name, text string) {
	if text != "" {
		fmt.Fprintf(w, "  %s\t%s\n", name, news.Excerpt(text, 160))
	}
}

// named are people in one line.
func named(people []news.Person) string {
	var list []string
	for _, p := range people {
		name := p.Name
		if p.Email != "" {
			name = strings.TrimSpace(name + " <" + p.Email + ">")
		}
		list = append(list, name)
	}
	return strings.Join(list, ", ")
}

// madeBy is a program with its version.
func madeBy(g feed.Generator) string {
	if g.Version == "" || strings.Contains(g.Name, g.Version) {
		return g.Name
	}
	return strings.TrimSpace(g.Name + " " + g.Version)
}

// saysOf is what the office shows of it.
func saysOf(d feed.Document) admin.TriedSays {
	a := d.About
	s := admin.TriedSays{
		About: news.Excerpt(oneLine(a.Subtitle.Value), 300), Language: d.Language, Editor: news.Excerpt(named(a.Authors), 300),
		Rights: news.Excerpt(oneLine(a.Rights.Value), 300), MadeBy: madeBy(a.Generator), Moved: a.Moved,
		Every: int(d.Pace.TTL.Minutes()), Updated: d.Updated.At,
	}
	if a.Publisher != nil {
		s.Publisher = news.Excerpt(named([]news.Person{*a.Publisher}), 300)
	}
	if a.Image != nil {
		s.Image = a.Image.URL
	}
	if len(a.Licences) > 0 {
		s.Licence = a.Licences[0].URL
	}
	if len(d.Hubs) > 0 {
		s.Hub = d.Hubs[0]
	}
	return s
}
