package feed

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mmcdole/gofeed"

	"tinhub/news"
)

// TestCorpusProperties holds over every document under TINHUB_CORPUS, whatever
// its folder and form, what holds of all: no panic, no address that is not
// absolute, no unsafe or unbalanced HTML, the short way past known items giving
// what the long way gives, and no fewer entries than gofeed alone finds.
func TestCorpusProperties(t *testing.T) {
	root := os.Getenv("TINHUB_CORPUS")
	if root == "" {
		t.Skip("TINHUB_CORPUS names no folder with a corpus")
	}
	read, entries, refused := 0, 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{".xml", ".rss", ".atom", ".rdf", ".cdf", ".json"}, strings.ToLower(filepath.Ext(path))) {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil || len(body) > 5<<20 {
			return err
		}
		name, _ := filepath.Rel(root, path)
		o := options()
		o.Bare, o.About = true, true
		doc, err := Parse(body, o)
		if err != nil && !errors.Is(err, ErrNotAFeed) {
			t.Errorf("%s: %v", name, err)
		}
		read++
		entries += len(doc.Entries)
		checkDocument(t, doc)
		theirs := 0
		if !strings.EqualFold(filepath.Ext(path), ".json") { // any object is a feed to it
			theirs = byGofeed(body)
		}
		if err != nil {
			refused++
			if theirs > 0 {
				t.Errorf("%s: %v, while gofeed finds %d entries", name, err, theirs)
			}
			return nil
		}
		if n := len(doc.Entries) + len(doc.Rejected); n < min(theirs, maxItems) {
			t.Errorf("%s: %d entries and %d rejected, gofeed %d", name, len(doc.Entries), len(doc.Rejected), theirs)
		}
		checkShortWay(t, name, body, o, doc)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d documents, %d entries, %d no feeds", read, entries, refused)
}

// byGofeed counts what gofeed alone finds.
func byGofeed(body []byte) int {
	f, err := gofeed.NewParser().Parse(bytes.NewReader(body))
	if err != nil {
		return 0
	}
	return len(f.Items)
}

// checkShortWay reads a document again with every other item known.
func checkShortWay(t *testing.T, name string, body []byte, o Options, whole Document) {
	t.Helper()
	known := map[news.Key]bool{}
	for i, k := range whole.Raw {
		known[k] = known[k] || i%2 == 0
	}
	o.Known = func(k news.Key) bool { return known[k] }
	part, err := Parse(body, o)
	if err != nil {
		t.Errorf("%s: the short way: %v", name, err)
		return
	}
	for i, e := range whole.Entries {
		if known[whole.Raw[i]] {
			continue
		}
		if !slices.ContainsFunc(part.Entries, func(p news.Entry) bool { return cmp.Equal(p, e) }) {
			t.Errorf("%s: the short way does not give entry %d: %s", name, i, cmp.Diff(part.Entries, whole.Entries[i:i+1]))
		}
	}
	if part.Title != whole.Title || part.Link != whole.Link || part.Format != whole.Format || part.Truncated != whole.Truncated {
		t.Errorf("%s: the short way gives another head", name)
	}
}
