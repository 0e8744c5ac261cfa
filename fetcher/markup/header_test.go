package markup

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHeaderLinks(t *testing.T) {
	const base = "https://bao.example/rss/home.rss"
	for name, c := range map[string]struct {
		headers []string
		rel     string
		want    []string
	}{
		"none":                          {nil, "hub", nil},
		"one header for each":           {[]string{`<https://hub.example/>; rel="hub"`, `<https://bao.example/feed>; rel="self"`}, "self", []string{"https://bao.example/feed"}},
		"all in one header":             {[]string{`<https://hub.example/>; rel="hub", <https://bao.example/feed>; rel="self"`}, "hub", []string{"https://hub.example/"}},
		"several hubs, in order":        {[]string{`<https://a.example/>; rel=hub, <https://b.example/>; rel=hub`}, "hub", []string{"https://a.example/", "https://b.example/"}},
		"several relations":             {[]string{`<https://hub.example/>; rel="preconnect HUB"`}, "hub", []string{"https://hub.example/"}},
		"relative":                      {[]string{`</hub>; rel="hub"`}, "hub", []string{"https://bao.example/hub"}},
		"a comma in the address":        {[]string{`<https://hub.example/?a=1,2>; rel="hub"`}, "hub", []string{"https://hub.example/?a=1,2"}},
		"separators in quotes":          {[]string{`<https://x.example/>; title="a, b; \"rel=hub\""; rel="alternate", <https://hub.example/>; rel="hub"`}, "hub", []string{"https://hub.example/"}},
		"blanks":                        {[]string{`  < /hub >  ;  rel = "hub"  `}, "hub", []string{"https://bao.example/hub"}},
		"of two rels the first":         {[]string{`</hub>; rel="alternate"; rel="hub"`}, "hub", nil},
		"about another document":        {[]string{`</hub>; rel="hub"; anchor="https://other.example/"`}, "hub", nil},
		"about itself, in full":         {[]string{`</hub>; rel="hub"; anchor="https://bao.example/rss/home.rss"`}, "hub", []string{"https://bao.example/hub"}},
		"every parameter is its own":    {[]string{`</feed?utm_source=rss&id=1>; rel="self"`}, "self", []string{"https://bao.example/feed?utm_source=rss&id=1"}},
		"about itself":                  {[]string{`</hub>; rel="hub"; anchor=""`}, "hub", []string{"https://bao.example/hub"}},
		"not a web address":             {[]string{`<javascript:alert(1)>; rel="hub"`, `<file:///etc/passwd>; rel=hub`}, "hub", nil},
		"part of a word":                {[]string{`</hub>; rel="hubs"`}, "hub", nil},
		"no address":                    {[]string{`rel="hub"`, `; rel=hub`, ``, `<`, `<x`, `<>`}, "hub", nil},
		"an open quote ends at the end": {[]string{`</hub>; rel="hub`}, "hub", []string{"https://bao.example/hub"}},
		"flags":                         {[]string{`</hub>; crossorigin; rel=hub`}, "hub", []string{"https://bao.example/hub"}},
	} {
		if diff := cmp.Diff(c.want, HeaderLinks(c.headers, base, c.rel)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestHeaderLinksHostile: 64 KB of anything cost no time.
func TestHeaderLinksHostile(t *testing.T) {
	begun := time.Now()
	for _, piece := range []string{"<", "<>", "<a>;", "<a>;rel=hub,", `<a>;x="`, `\`, ",", ";", `<a>;rel="hub hub hub ",`, "<a> "} {
		HeaderLinks([]string{strings.Repeat(piece, 64<<10/len(piece))}, "https://bao.example/", "hub")
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
}

func FuzzHeaderLinks(f *testing.F) {
	f.Add(`</hub>; rel="hub", <x>; rel=self; title="a\"b"`)
	f.Fuzz(func(t *testing.T, header string) {
		for _, address := range HeaderLinks([]string{header}, "https://bao.example/", "hub") {
			if !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") {
				t.Errorf("%q gives %q", header, address)
			}
		}
	})
}
