package fetcher

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/fetcher/client"
	"tinhub/fetcher/feed"
	"tinhub/news"
)

// rss writes a document of items "guid/link/title".
func rss(items ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><rss version="2.0"><channel><title>Báo thử</title><link>http://paper.example/</link><description>x</description>`)
	for i, it := range items {
		p := strings.Split(it, "/")
		fmt.Fprintf(&b, "\n<item><title>%s</title><link>http://paper.example/%s.html</link><guid isPermaLink=\"false\">%s</guid><pubDate>Tue, 03 Mar 2026 %02d:00:00 +0700</pubDate></item>", p[2], p[1], p[0], len(items)-i)
	}
	b.WriteString("</channel></rss>")
	return b.String()
}

// TestMemo polls documents one after the other with what was remembered, and
// each of them anew: the outcome is the same, the work is not.
func TestMemo(t *testing.T) {
	item := func(n int) string { return fmt.Sprintf("g%d/l%d/Tin số %d", n, n, n) }
	tests := []struct {
		name string
		docs []string
	}{
		{"news on top", []string{rss(item(1)), rss(item(2), item(1)), rss(item(3), item(2), item(1))}},
		{"all guids one", []string{rss("x/a/A", "x/b/B"), rss("x/c/C", "x/a/A", "x/b/B")}},
		{"a guid that becomes shared", []string{rss("x/a/A"), rss("x/b/B", "x/a/A")}},
		{"shuffled", []string{rss(item(1), item(2)), rss(item(2), item(1))}},
		{"told twice", []string{rss(item(1), item(1)), rss(item(2), item(1), item(1))}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var m memo
			for i, doc := range tt.docs {
				with, memory := visited(t, doc, m)
				without, _ := visited(t, doc, nil)
				slices.Sort(with.Standing)
				slices.Sort(without.Standing)
				if d := cmp.Diff(without.Standing, with.Standing); d != "" {
					t.Errorf("document %d: %s", i, d)
				}
				if with.Entries != without.Entries || !with.Newest.Equal(without.Newest) || len(with.Standing) == 0 {
					t.Errorf("document %d: %+v, anew %+v", i, with, without)
				}
				m = memory
			}
		})
	}
}

// TestMemoSparesWork: what stood there before is not read again.
func TestMemoSparesWork(t *testing.T) {
	// dates hang on the place from the end, so that the old items stay as they are
	before, after := rss("b/b/B", "a/a/A"), rss("c/c/C", "b/b/B", "a/a/A")
	_, m := visited(t, before, nil)
	if len(m) != 2 {
		t.Fatalf("remembered %v", m)
	}
	doc, err := feed.Parse([]byte(after), feed.Options{URL: "http://paper.example/feed", Now: noon, Location: time.UTC, Known: m.knows})
	if err != nil || len(doc.Entries) != 1 || len(doc.Unchanged) != 2 {
		t.Errorf("%d read, %d passed over, %v", len(doc.Entries), len(doc.Unchanged), err)
	}
	out, next := visited(t, after, m)
	if out.New != 1 || out.Entries != 3 || len(next) != 3 {
		t.Errorf("%+v, remembered %d", out, len(next))
	}
}

// visited polls a document with the real parser, over a store that has seen
// nothing.
func visited(t *testing.T, doc string, m memo) (Outcome, memo) {
	t.Helper()
	p := newPress(func(context.Context, string, int) (*client.Response, error) { return ok200(doc), nil })
	f := newTest(t, newMemory(), p, Options{})
	f.parse = parse
	src, err := f.prepare(paper("a", ""))
	if err != nil {
		t.Fatal(err)
	}
	v := &visit{f: f, src: src, state: Settle(news.SourceState{}, src.Source), at: noon, memo: m}
	if err := v.make(t.Context()); err != nil || v.out.NotAFeed {
		t.Fatal(err, v.out.Detail)
	}
	return v.out, v.after
}
