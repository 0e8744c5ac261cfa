package feed

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mmcdole/gofeed"
)

// What every parser must find in the sample: the stories' ids, titles and links.
type read struct {
	ID, Title, Link, Published, Updated string
}

func wanted(c Channel) []read {
	var all []read
	for _, it := range c.Items {
		all = append(all, read{it.ID, it.Title, it.Link, it.Published.UTC().Format("2006-01-02T15:04:05Z"), it.Updated.UTC().Format("2006-01-02T15:04:05Z")})
	}
	return all
}

func TestGofeedReadsEveryFormat(t *testing.T) {
	c := sample()
	for ext, doc := range documents(c) {
		t.Run(ext, func(t *testing.T) {
			f, err := gofeed.NewParser().Parse(bytes.NewReader(doc))
			if err != nil {
				t.Fatal(err)
			}
			if f.Title != c.Title || f.FeedLink != map[string]string{"rss": c.Links.RSS, "atom": c.Links.Atom, "json": c.Links.JSON}[ext] {
				t.Errorf("title %q, self %q", f.Title, f.FeedLink)
			}
			var got []read
			for i, it := range f.Items {
				r := read{ID: it.GUID, Title: it.Title, Link: it.Link, Published: it.PublishedParsed.UTC().Format("2006-01-02T15:04:05Z")}
				if r.Updated = wanted(c)[i].Updated; it.UpdatedParsed != nil {
					r.Updated = it.UpdatedParsed.UTC().Format("2006-01-02T15:04:05Z")
				}
				got = append(got, r)
				if !strings.Contains(it.Description+it.Content, "Theo <a href=") {
					t.Errorf("%s: no visible attribution", it.GUID)
				}
				if len(it.Authors) == 0 || it.Authors[0].Name == "" {
					t.Errorf("%s: no author", it.GUID)
				}
			}
			if diff := cmp.Diff(wanted(c), got); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(f.Items[0].Description+f.Items[0].Content, "Cũng đăng trên") {
				t.Error("the other agencies are not named")
			}
		})
	}
}

// tool finds an outside program, or skips; with TINHUB_TEST_TOOLS=required a
// missing one fails the test.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name+" is not installed")
	}
	return path
}

func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("TINHUB_TEST_TOOLS") == "required" {
		t.Fatal(what)
	}
	t.Skip(what + "; apt-get install libxml2-utils python3-feedparser")
}

func TestXmllintReadsEveryFormat(t *testing.T) {
	xmllint := tool(t, "xmllint")
	all := map[string]Channel{"sample": sample(), "empty": empty()}
	for name, s := range nasty {
		all[name] = filled(s)
	}
	for name, c := range all {
		for _, ext := range []string{"rss", "atom"} {
			cmd := exec.Command(xmllint, "--noout", "--nonet", "-")
			cmd.Stdin = bytes.NewReader(documents(c)[ext])
			if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%s.%s: %v\n%s", name, ext, err, out)
			}
		}
	}
}

// feedparserScript prints what Python's feedparser finds in a document.
const feedparserScript = `
import feedparser, json, sys, time
d = feedparser.parse(sys.stdin.buffer.read())
def iso(t): return time.strftime("%Y-%m-%dT%H:%M:%SZ", t) if t else ""
print(json.dumps({"bozo": bool(d.bozo), "title": d.feed.title, "hub": [l.href for l in d.feed.links if l.rel == "hub"],
  "items": [{"ID": e.id, "Title": e.title, "Link": e.link, "Published": iso(e.published_parsed),
    "Updated": iso(e.get("updated_parsed") or e.published_parsed), "Tags": len(e.get("tags", [])),
    "Authors": [a.get("name") for a in e.get("authors", [])], "Source": e.get("source", {}).get("title", ""),
    "Enclosures": len(e.get("enclosures", [])), "Media": len(e.get("media_content", []))} for e in d.entries]}))
`

func TestFeedparserReadsEveryFormat(t *testing.T) {
	python := tool(t, "/usr/bin/python3") // Debian's, which has Debian's packages
	if exec.Command(python, "-c", "import feedparser").Run() != nil {
		missing(t, "Python's feedparser is not installed")
	}
	c := sample()
	for _, ext := range []string{"rss", "atom"} {
		cmd := exec.Command(python, "-c", feedparserScript)
		cmd.Stdin = bytes.NewReader(documents(c)[ext])
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", ext, err)
		}
		var got struct {
			Bozo  bool
			Title string
			Hub   []string
			Items []struct {
				read
				Tags, Enclosures, Media int
				Authors                 []string
				Source                  string
			}
		}
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("%s: %v\n%s", ext, err, out)
		}
		if got.Bozo || got.Title != c.Title || len(got.Hub) != 1 || got.Hub[0] != c.Hub {
			t.Errorf("%s: bozo %v, title %q, hub %q", ext, got.Bozo, got.Title, got.Hub)
		}
		var items []read
		for _, it := range got.Items {
			items = append(items, it.read)
		}
		if diff := cmp.Diff(wanted(c), items); diff != "" {
			t.Errorf("%s: %s", ext, diff)
		}
		one := got.Items[0]
		if one.Tags != 2 || one.Media != 3 || one.Source != "Báo Bình Minh" || one.Enclosures == 0 {
			t.Errorf("%s: %+v", ext, one)
		}
	}
}

// The validator of the W3C is not packaged; where a checkout of it is at hand,
// TINHUB_FEEDVALIDATOR names its src folder and its verdict counts.
func TestFeedValidatorFindsNoError(t *testing.T) {
	src := os.Getenv("TINHUB_FEEDVALIDATOR")
	if src == "" {
		t.Skip("TINHUB_FEEDVALIDATOR does not name the src folder of github.com/w3c/feedvalidator")
	}
	const script = `
import sys; sys.path.insert(0, sys.argv[1])
import feedvalidator
from feedvalidator.logging import Error
for e in feedvalidator.validateString(sys.stdin.read(), firstOccurrenceOnly=1)["loggedEvents"]:
    if isinstance(e, Error): print(type(e).__name__, e.params)
`
	files, _ := filepath.Glob("testdata/*.*")
	all := map[string][]byte{}
	for _, f := range files {
		if filepath.Ext(f) != ".json" {
			all[f], _ = os.ReadFile(f)
		}
	}
	for name, s := range nasty {
		c := filled(s)
		all[name+".rss"], all[name+".atom"] = RSS(c), Atom(c)
	}
	for name, doc := range all {
		cmd := exec.Command("/usr/bin/python3", "-c", script, src)
		cmd.Stdin, cmd.Env = bytes.NewReader(doc), append(os.Environ(), "PYTHONIOENCODING=utf-8", "PYTHONUTF8=1")
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
