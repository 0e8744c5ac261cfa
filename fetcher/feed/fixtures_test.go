package feed

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

var update = flag.Bool("update", false, "write what was read as what is expected")

// view is what a fixture's JSON shows of a document.
type view struct {
	Format     string           `json:"format"`
	Title      string           `json:"title,omitempty"`
	Link       string           `json:"link,omitempty"`
	Language   string           `json:"language,omitempty"`
	Updated    string           `json:"updated,omitempty"`
	Hubs       []string         `json:"hubs,omitempty"`
	Self       string           `json:"self,omitempty"`
	Pace       news.Pace        `json:"pace,omitzero"`
	Truncated  bool             `json:"truncated,omitempty"`
	About      *About           `json:"about,omitempty"`
	Details    []Details        `json:"details,omitempty"`
	Entries    []map[string]any `json:"entries,omitempty"`
	Rejected   []string         `json:"rejected,omitempty"`
	Repairs    []news.Repair    `json:"repairs,omitempty"`
	Discovered []string         `json:"discovered,omitempty"`
}

func viewOf(t *testing.T, doc Document) view {
	t.Helper()
	v := view{Format: doc.Format, Title: doc.Title, Link: doc.Link, Language: doc.Language, Hubs: doc.Hubs, Self: doc.Self,
		Pace: doc.Pace, Truncated: doc.Truncated, Repairs: doc.Repairs, Discovered: doc.Discovered}
	if !doc.Updated.IsZero() {
		v.Updated = doc.Updated.At.In(testZone).Format(time.RFC3339)
	}
	if !reflect.ValueOf(doc.About).IsZero() {
		v.About, v.Details = &doc.About, doc.Details
	}
	for _, r := range doc.Rejected {
		v.Rejected = append(v.Rejected, r.Reason)
	}
	for _, e := range doc.Entries {
		e.Published.At, e.Updated.At = inZone(e.Published.At), inZone(e.Updated.At)
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		for _, same := range []string{"key", "hash", "seen", "source"} {
			delete(m, same)
		}
		v.Entries = append(v.Entries, m)
	}
	return v
}

func inZone(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return at.In(testZone)
}

// TestFixtures reads testdata/NAME.xml (or .jsonfeed) and compares with NAME.json;
// the name is the case. What a document states besides is looked at where the
// name ends in -full.
func TestFixtures(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.*")
	for _, file := range files {
		ext := filepath.Ext(file)
		if ext == ".json" {
			continue
		}
		name := strings.TrimSuffix(filepath.Base(file), ext)
		t.Run(name, func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			o := options()
			o.About = strings.HasSuffix(name, "-full")
			o.Source.Section = ""
			doc, err := Parse(body, o)
			if err != nil {
				t.Fatal(err)
			}
			checkDocument(t, doc)
			got, err := json.MarshalIndent(viewOf(t, doc), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(strings.TrimSpace(string(want)), "\n"), strings.Split(string(got), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestKnownItemsAreNotReadAgain holds the short way to the same result as the long one.
func TestKnownItemsAreNotReadAgain(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.*")
	for _, file := range files {
		if filepath.Ext(file) == ".json" {
			continue
		}
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := Parse(body, options())
		if err != nil {
			t.Fatal(err)
		}
		for i := range whole.Entries { // all but one are known
			o := options()
			o.Known = func(raw news.Key) bool {
				for j, k := range whole.Raw {
					if k == raw && j != i {
						return true
					}
				}
				return false
			}
			part, err := Parse(body, o)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, e := range part.Entries {
				found = found || cmp.Equal(e, whole.Entries[i])
			}
			if !found {
				t.Errorf("%s: entry %d is not read as before: %s", file, i, cmp.Diff(whole.Entries[i:i+1], part.Entries))
			}
			if part.Title != whole.Title || part.Truncated != whole.Truncated || len(part.Entries)+len(part.Unchanged) > len(whole.Entries)+1 {
				t.Errorf("%s: %d entries and %d unchanged of %d", file, len(part.Entries), len(part.Unchanged), len(whole.Entries))
			}
		}
		o := options()
		o.Known = func(news.Key) bool { return true }
		if part, err := Parse(body, o); err != nil || len(part.Entries) > 1 {
			t.Errorf("%s: %d entries of known items, %v", file, len(part.Entries), err)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.*")
	for _, file := range files {
		if filepath.Ext(file) == ".json" {
			continue
		}
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, "")
	}
	f.Add([]byte("\xff\xfe<\x00r\x00s\x00s\x00>\x00"), "text/xml; charset=utf-16")
	f.Add([]byte("<rss><channel><item><title>Hu\xd6</title></item>"), "text/xml; charset=x-viet-tcvn5712")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		o := options()
		o.ContentType, o.About = contentType, true
		doc, _ := Parse(body, o)
		checkDocument(t, doc)
	})
}

// TestLinksOfOld: addresses where another format, or an older form, has them.
func TestLinksOfOld(t *testing.T) {
	doc, err := Parse([]byte(`<feed xmlns="http://www.w3.org/2005/Atom"><title>Báo mẫu</title><entry><title>Tin vắn</title>
		<link rel="enclosure" type="audio/mpeg">https://baotinh.example/1.mp3</link><link rel="alternate" type="text/html"> https://baotinh.example/tin-1.html </link></entry></feed>`), options())
	if err != nil || len(doc.Entries) != 1 || doc.Entries[0].Link != "https://baotinh.example/tin-1.html" ||
		len(doc.Entries[0].Enclosures) != 1 || doc.Entries[0].Enclosures[0].URL != "https://baotinh.example/1.mp3" {
		t.Errorf("%+v, %v", doc.Entries, err)
	}
	doc, err = Parse([]byte(rssOf(`<item xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><title>Tin vắn</title><link>https://baotinh.example/tin-1.html</link>
		<itunes:link rel="image" href="https://baotinh.example/1.jpg"/></item>`)), options())
	if err != nil || len(doc.Entries) != 1 || doc.Entries[0].Image == nil || doc.Entries[0].Image.URL != "https://baotinh.example/1.jpg" {
		t.Errorf("%+v, %v", doc.Entries, err)
	}
}
