package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

func TestReadOPML(t *testing.T) {
	outlines := func(n int) string {
		return "<opml><body>" + strings.Repeat(`<outline xmlUrl="https://x.example.vn/"/>`, n) + "</body></opml>"
	}
	tests := []struct {
		name, in string
		feeds    int
		fault    string
	}{
		{"nested", `<opml><body><outline text="g"><outline text="a" xmlUrl="https://a.vn/"/></outline><outline xmlurl="https://b.vn/"/></body></opml>`, 2, ""},
		{"no address", `<opml><body><outline text="only a name"/></body></opml>`, 0, ""},
		{"not OPML", `<rss><channel/></rss>`, 0, "there is no <opml>"},
		{"empty", ``, 0, "there is no <opml>"},
		{"not XML", `{"a": 1}`, 0, "there is no <opml>"},
		{"cut off", `<opml><body><outline xmlUrl="https://a.vn/"`, 0, "not an OPML list"},
		{"entities of its own", `<!DOCTYPE o [<!ENTITY a "aaaa">]><opml><body><outline text="&a;" xmlUrl="https://a.vn/"/></body></opml>`, 0, "not an OPML list"},
		{"an entity that reads a file", `<!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/passwd">]><opml><body><outline text="&a;"/></body></opml>`, 0, "not an OPML list"},
		{"deep", "<opml>" + strings.Repeat("<outline>", 10_000), 0, "more than 64 deep"},
		{"as many as may be", outlines(maxOutlines), maxOutlines, ""},
		{"too many", outlines(maxOutlines + 1), 0, "more than 10000 feeds"},
		{"too large", "<opml><body>" + strings.Repeat(" ", maxOPML), 0, "larger than 10 MB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			feeds, err := readOPML(strings.NewReader(tt.in))
			switch {
			case tt.fault == "" && (err != nil || len(feeds) != tt.feeds):
				t.Errorf("%d feeds, %v; want %d", len(feeds), err, tt.feeds)
			case tt.fault != "" && (err == nil || !strings.Contains(err.Error(), tt.fault)):
				t.Errorf("%d feeds, %v; want %q", len(feeds), err, tt.fault)
			}
		})
	}
}

// TestOPMLRoundTrip: what is written can be read again, hostile names included.
func TestOPMLRoundTrip(t *testing.T) {
	sources := []news.Source{
		{ID: "a", Name: `Báo "A" <script>&`, Province: "ca-mau", URL: "https://a.vn/rss?x=1&y=2", Homepage: "https://a.vn/"},
		{ID: "b", Name: "Báo B", Section: "Thể thao", URL: "https://b.vn/rss"},
		{ID: "page", Name: "Báo C", Page: &news.PageRule{URL: "https://c.vn/"}},
	}
	b, err := xml.Marshal(opmlOf("Tin", sources))
	if err != nil {
		t.Fatal(err)
	}
	feeds, err := readOPML(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	want := []opmlOutline{
		{Text: sources[0].Name, Title: sources[0].Name, XMLURL: sources[0].URL, HTMLURL: sources[0].Homepage, Category: "/province/ca-mau"},
		{Text: "Báo B – Thể thao", Title: "Báo B", XMLURL: sources[1].URL},
	}
	if d := cmp.Diff(want, feeds); d != "" {
		t.Error(d)
	}
}

func TestImportFeed(t *testing.T) {
	core := openTest(t)
	known := []news.Source{{ID: "bao-song", URL: "https://song.vn/rss"}}
	tests := []struct {
		outline opmlOutline
		want    imported
	}{
		{opmlOutline{Title: "Báo Sông", XMLURL: "http://www.song.vn/rss?utm_source=x"}, imported{URL: "http://www.song.vn/rss", Title: "Báo Sông", Source: "bao-song", Result: "known"}},
		{opmlOutline{Title: "Báo Sông", XMLURL: "https://khac.vn/rss", Category: "/province/bac-lieu"}, imported{URL: "https://khac.vn/rss", Title: "Báo Sông", Source: "bao-song-2", Result: "added"}},
		{opmlOutline{Title: "../../x", XMLURL: "https://x.vn/rss"}, imported{URL: "https://x.vn/rss", Title: "../../x", Source: "x", Result: "added"}},
		{opmlOutline{Title: "…", XMLURL: "https://bao.example.vn/rss"}, imported{URL: "https://bao.example.vn/rss", Title: "…", Source: "example-vn", Result: "added"}},
		{opmlOutline{XMLURL: "javascript:alert(1)"}, imported{URL: "javascript:alert(1)", Result: "refused"}},
		{opmlOutline{XMLURL: "//127.0.0.1/rss"}, imported{URL: "//127.0.0.1/rss", Result: "refused"}},
	}
	for _, tt := range tests {
		got, src, err := importFeed(t.Context(), core, known, tt.outline)
		if err != nil {
			t.Fatal(err)
		}
		if (got.Reason == "") == (got.Result == "refused") {
			t.Errorf("%s is %s because %q", got.URL, got.Result, got.Reason)
		}
		got.Reason = ""
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: %s", tt.outline.XMLURL, d)
		}
		if tt.outline.Category != "" && src.Province == "" {
			t.Errorf("%s has no province", tt.outline.XMLURL)
		}
		if got.Result != "added" {
			continue
		}
		v, err := keptSources(core).Get(t.Context(), got.Source)
		if err != nil || v.Value.URL != got.URL || !v.Value.Enabled {
			t.Errorf("%s in the store: %+v, %v", got.Source, v, err)
		}
	}
}

func TestSlug(t *testing.T) {
	for in, want := range map[string]string{
		"Báo Đắk Nông": "bao-dak-nong", "  --x--  ": "x", "…": "", "Báo Công an Đà Nẵng": "bao-cong-an-da-nang",
		strings.Repeat("ab ", 40): strings.Trim(strings.Repeat("ab-", 14)[:40], "-"),
	} {
		if got := slug(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := fmt.Sprint(freeID(nil, "", "")); got != "source" {
		t.Errorf("an outline without anything is called %q", got)
	}
}
