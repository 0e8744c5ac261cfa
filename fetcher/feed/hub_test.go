package feed

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestHubs: every form in which a document names its hubs and itself.
func TestHubs(t *testing.T) {
	const at = "https://bao.example/rss/home.rss"
	rss := func(links string) string {
		return `<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:a10="http://www.w3.org/2005/Atom"><channel><title>Tin</title>` +
			`<link>https://bao.example/</link><description>x</description>` + links + `<item><title>Một</title><link>https://bao.example/1</link></item></channel></rss>`
	}
	atom := func(links string) string {
		return `<feed xmlns="http://www.w3.org/2005/Atom"><title>Tin</title>` + links + `<entry><id>1</id><title>Một</title><link href="/1" rel="alternate"/></entry></feed>`
	}
	for name, c := range map[string]struct {
		doc  string
		hubs []string
		self string
	}{
		"RSS":                         {rss(`<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="self" href="https://bao.example/feed"/>`), []string{"https://hub.example/"}, "https://bao.example/feed"},
		"RSS, another prefix":         {rss(`<a10:link rel="hub" href="https://hub.example/"/>`), []string{"https://hub.example/"}, ""},
		"RSS, two hubs, one twice":    {rss(`<atom:link rel="hub" href="https://a.example/"/><atom:link rel="hub" href="https://b.example/"/><atom:link rel="hub" href="https://a.example/"/>`), []string{"https://a.example/", "https://b.example/"}, ""},
		"RSS, relative":               {rss(`<atom:link rel="hub" href="/hub"/><atom:link rel="self" href="feed"/>`), []string{"https://bao.example/hub"}, "https://bao.example/rss/feed"},
		"RSS, all that self says":     {rss(`<atom:link rel="self" href="https://bao.example/feed?utm_source=rss&amp;id=1"/>`), nil, "https://bao.example/feed?utm_source=rss&id=1"},
		"RSS, no web address":         {rss(`<atom:link rel="hub" href="javascript:alert(1)"/><atom:link rel="hub" href=""/>`), nil, ""},
		"RSS, a link of an item":      {rss(``) + `<!-- <atom:link rel="hub" href="https://hub.example/"/> -->`, nil, ""},
		"Atom":                        {atom(`<link rel="hub" href="https://hub.example/"/><link rel="self" href="https://bao.example/feed"/>`), []string{"https://hub.example/"}, "https://bao.example/feed"},
		"Atom, two hubs":              {atom(`<link rel="hub" href="https://a.example/"/><link rel="HUB" href="https://b.example/"/>`), []string{"https://a.example/", "https://b.example/"}, ""},
		"JSON Feed":                   {`{"version":"https://jsonfeed.org/version/1.1","title":"Tin","feed_url":"https://bao.example/feed.json","hubs":[{"type":"rssCloud","url":"https://cloud.example/"},{"type":"WebSub","url":"https://hub.example/"}],"items":[{"id":"1","url":"https://bao.example/1","title":"Một"}]}`, []string{"https://hub.example/"}, "https://bao.example/feed.json"},
		"JSON Feed, hubs that aren't": {`{"version":"https://jsonfeed.org/version/1.1","title":"Tin","hubs":[1,"x",{}],"items":[{"id":"1","url":"https://bao.example/1","title":"Một"}]}`, nil, ""},
	} {
		doc, err := Parse([]byte(c.doc), Options{URL: at})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.hubs, doc.Hubs); diff != "" || doc.Self != c.self {
			t.Errorf("%s: self %q, want %q; hubs %s", name, doc.Self, c.self, diff)
		}
	}
}

func TestHubsOfPage(t *testing.T) {
	const at = "https://bao.example/chuyen-muc"
	for name, c := range map[string]struct {
		page string
		hubs []string
		self string
	}{
		"both":          {`<!doctype html><html><head><link rel="hub" href="https://hub.example/"><link rel=self href="/muc"></head><body></body></html>`, []string{"https://hub.example/"}, "https://bao.example/muc"},
		"in the body":   {`<html><head></head><body><link rel="hub" href="https://evil.example/"></body></html>`, nil, ""},
		"behind a body": {`<html><body><p>x<link rel="hub" href="https://evil.example/">`, nil, ""},
		"a base":        {`<head><base href="https://khac.example/a/"><link rel="hub" href="hub">`, []string{"https://khac.example/a/hub"}, ""},
		"with others":   {`<head><link rel="preconnect hub" href="https://hub.example/"><link rel="stylesheet" href="/x.css">`, []string{"https://hub.example/"}, ""},
		"of two selves": {`<head><link rel="self" href="/1"><link rel="self" href="/2">`, nil, "https://bao.example/1"},
		"in a script":   {`<head><script>'<link rel="hub" href="https://evil.example/">'</script></head>`, nil, ""},
		"nothing":       {``, nil, ""},
		"endless":       {`<head>` + strings.Repeat(`<link `, 100_000), nil, ""},
	} {
		hubs, self := HubsOfPage([]byte(c.page), at)
		if diff := cmp.Diff(c.hubs, hubs); diff != "" || self != c.self {
			t.Errorf("%s: self %q, want %q; hubs %s", name, self, c.self, diff)
		}
	}
}
