package page

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

// A fixture says what is taken from the page beside it. What it leaves out is
// not there.
type fixture struct {
	URL       string          `json:"url"`
	Name      string          `json:"name"` // of the paper
	Selectors *news.Selectors `json:"selectors"`

	Title     string   `json:"title"`
	Section   string   `json:"section"`
	Published string   `json:"published"`
	Updated   string   `json:"updated"`
	Authors   []string `json:"authors"`
	Origin    string   `json:"origin"`
	Lede      string   `json:"lede"`
	Text      []string `json:"text"`
	Image     string   `json:"image"`
	Caption   string   `json:"caption"`
	Canonical string   `json:"canonical"`
}

// TestFixtures reads pages in the style of the CMSs that provincial papers use,
// with their furniture and their quirks. The news in them is made up.
func TestFixtures(t *testing.T) {
	pages, err := filepath.Glob("testdata/*.html")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range pages {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".html"), func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want fixture
			b, err := os.ReadFile(strings.TrimSuffix(file, ".html") + ".json")
			if err == nil {
				err = json.Unmarshal(b, &want)
			}
			if err != nil {
				t.Fatal(err)
			}
			src := news.Source{Name: want.Name, Homepage: want.URL, Selectors: want.Selectors}
			a, err := Read(body, Options{Source: src, URL: want.URL, ContentType: "text/html", Now: now})
			if err != nil {
				t.Fatal(err)
			}
			got := taken(a)
			got.URL, got.Name, got.Selectors = want.URL, want.Name, want.Selectors
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			safe(t, a)
		})
	}
}

func taken(a Article) fixture {
	at := func(m news.Moment) string {
		if m.IsZero() {
			return ""
		}
		return m.At.Format(time.RFC3339)
	}
	f := fixture{Title: a.Title, Section: a.Section, Published: at(a.Published), Updated: at(a.Updated), Origin: a.Origin, Lede: a.Lede, Canonical: a.Canonical}
	if a.Text != "" {
		f.Text = strings.Split(a.Text, "\n\n")
	}
	for _, p := range a.Authors {
		f.Authors = append(f.Authors, p.Name)
	}
	if a.Image != nil {
		f.Image, f.Caption = a.Image.URL, a.Image.Caption
	}
	return f
}
