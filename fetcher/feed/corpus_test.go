package feed

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"tinhub/fetcher/markup"
	"tinhub/news"
)

// TestCorpus measures parsing by the corpora of others, which are not kept here:
// TINHUB_CORPUS names a folder that has one, or several. What a case expects is
// read from wherever it stands: a first comment with a Description and an Expect
// over feedparser's result (feedparser), JSON beside the document (gofeed,
// feed-rs, fastfeedparser), else what a strict XML parser sees (feedvalidator,
// SimplePie, RSParser, real feeds). Counted by folder are passed, failed, and
// beyond: what is expected of how a document was sent (its ETag), documents of
// which nobody says anything. TINHUB_CORPUS_SHOW names a folder whose cases are
// listed that did not pass ("." for all).
func TestCorpus(t *testing.T) {
	root := os.Getenv("TINHUB_CORPUS")
	if root == "" {
		t.Skip("TINHUB_CORPUS names no folder with a corpus")
	}
	counts := map[string]*tally{}
	var total tally
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !documentName(path) {
			return err
		}
		name, _ := filepath.Rel(root, path)
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		passed, err := anyCase(path, name, body)
		if errors.Is(err, errNoCase) {
			return nil
		}
		dir := filepath.Dir(name)
		if counts[dir] == nil {
			counts[dir] = &tally{}
		}
		counts[dir].add(passed, err)
		total.add(passed, err)
		if show := os.Getenv("TINHUB_CORPUS_SHOW"); show != "" && (show == "." || strings.HasPrefix(name, show)) && !passed {
			t.Logf("%s: %v", name, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%-44s %v", dir, counts[dir])
	}
	t.Logf("%-44s %v", "all", &total)
}

// A tally counts cases.
type tally struct{ passed, failed, beyond int }

func (c *tally) add(passed bool, err error) {
	switch {
	case errors.Is(err, errBeyond):
		c.beyond++
	case passed:
		c.passed++
	default:
		c.failed++
	}
}

func (c *tally) String() string {
	return fmt.Sprintf("%5d passed %4d failed %4d beyond  %5.1f %%", c.passed, c.failed, c.beyond, 100*float64(c.passed)/float64(max(c.passed+c.failed, 1)))
}

// verdict is what feedvalidator expects: the name of a fault, or of one not to be found.
var verdict = regexp.MustCompile(`^!?[A-Z]\w*(?:\{|$)`)

// errNoCase says that a file is none.
var errNoCase = errors.New("no case")

// documentName says that a file may be a feed. Real feeds are often kept under
// names without an ending.
func documentName(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".xml", ".rss", ".rdf", ".atom", ".cdf":
		return true
	case ".json":
		return !expected(path)
	case "":
		return !strings.Contains(path, ".git")
	}
	return false
}

// anyCase judges a document by whatever says something of it.
func anyCase(path, name string, body []byte) (bool, error) {
	expect, headers, ok := expectation(body)
	switch {
	case ok && !verdict.MatchString(expect):
		passed, err := corpusCase(name, body, expect, headers)
		if !passed && err == nil {
			err = errors.New(expect)
		}
		return passed, err
	case beside(path) != "":
		return pairCase(body, beside(path))
	case filepath.Ext(path) == ".json":
		return false, errNoCase
	}
	if trimmed := bytes.TrimLeft(body, "\ufeff \r\n\t"); len(trimmed) == 0 || trimmed[0] != '<' {
		return false, errNoCase
	}
	return strictCase(body)
}

var (
	expectIn = regexp.MustCompile(`Description:\s*(?s:.*?)\s*Expect:\s*(.*?)\s*(?:-->|\n|",)`)
	headerIn = regexp.MustCompile(`(?m)^Header:\s+([^:]+):(.*)$`)
)

// expectation finds what a case expects, and the headers it is served with.
func expectation(body []byte) (expect string, headers map[string]string, ok bool) {
	text := body
	switch _, _, enc := byteOrder(body); {
	case enc != nil:
		text, _ = enc.NewDecoder().Bytes(body)
	case bytes.HasPrefix(body, []byte("<\x00\x00\x00")):
		text, _ = utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM).NewDecoder().Bytes(body)
	case bytes.HasPrefix(body, []byte("<\x00")):
		text, _ = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Bytes(body)
	}
	m := expectIn.FindSubmatch(text)
	if m == nil {
		return "", nil, false
	}
	headers = map[string]string{}
	for _, h := range headerIn.FindAllSubmatch(text, -1) {
		headers[strings.ToLower(strings.TrimSpace(string(h[1])))] = strings.TrimSpace(string(h[2]))
	}
	return string(m[1]), headers, true
}

func corpusCase(name string, body []byte, expect string, headers map[string]string) (bool, error) {
	o := Options{
		ContentType: headers["content-type"], ContentLocation: headers["content-location"], Language: headers["content-language"],
		Now: testNow, Location: time.UTC, Bare: true, About: true,
	}
	if strings.Contains(name, "http") {
		o.URL = "http://127.0.0.1:8097/tests/" + filepath.ToSlash(name)
		if o.ContentType == "" {
			o.ContentType = "text/xml"
		}
	}
	doc, err := Parse(body, o)
	passed, evalErr := pyEval(expect, environment(doc))
	if evalErr != nil && err != nil && !errors.Is(evalErr, errBeyond) {
		return passed, fmt.Errorf("%w (%v)", evalErr, err)
	}
	return passed, evalErr
}

// textValue is text or HTML that equals what reads the same after sanitising.
type textValue struct {
	text  string
	title bool
}

func (v textValue) equals(other any) bool {
	if o, ok := other.(textValue); ok {
		return o.text == v.text
	}
	want, ok := other.(string)
	if !ok {
		return other == nil && v.text == ""
	}
	if want == v.text {
		return true
	}
	if v.title {
		return v.text == plainTitle(want, false) || v.text == plainTitle(want, true) || v.text == news.Clean(want)
	}
	if news.Text(v.text) == want {
		return true // text that feedparser does not escape
	}
	const base = "http://base.example/"
	if inner, ok := strings.CutPrefix(want, "<div>"); ok { // which feedparser keeps in Atom 0.3
		want = strings.TrimSuffix(inner, "</div>")
	}
	return markup.Sanitise(want, base) == markup.Sanitise(v.text, base) || news.Text(want) == news.Text(v.text) && !strings.Contains(want, "href")
}

// dateValue equals the same instant, as a string or as feedparser's tuple.
type dateValue struct{ moment news.Moment }

func (v dateValue) equals(other any) bool {
	switch want := other.(type) {
	case nil:
		return v.moment.IsZero()
	case string:
		m, ok := markup.Date(want, time.UTC, testNow)
		return ok && m.At.Equal(v.moment.At)
	case pyTuple:
		if len(want) < 6 {
			return false
		}
		var n [6]int
		for i := range n {
			f, _ := want[i].(float64)
			n[i] = int(f)
		}
		return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC).Equal(v.moment.At)
	}
	return false
}

// charsetValue is a charset's name, in whatever case and by its usual aliases.
type charsetValue string

func (v charsetValue) equals(other any) bool {
	want, _ := other.(string)
	same := strings.NewReplacer("gb2312", "gb18030", "gbk", "gb18030", "tis-620", "windows-874")
	return same.Replace(strings.ToLower(want)) == same.Replace(string(v))
}

// versionValue is a format, of which feedparser tells two kinds of RSS 0.91 apart.
type versionValue string

func (v versionValue) equals(other any) bool {
	want, _ := other.(string)
	return want == feedparserVersions[string(v)] || want == "rss091n" && v == "rss0.91"
}

var feedparserVersions = map[string]string{
	"rss0.90": "rss090", "rss0.91": "rss091u", "rss0.92": "rss092", "rss0.93": "rss093", "rss0.94": "rss094", "rss1.0": "rss10",
	"rss2.0": "rss20", "rss": "rss", "atom0.1": "atom01", "atom0.2": "atom02", "atom0.3": "atom03", "atom1.0": "atom10", "atom": "atom",
	"cdf": "cdf", "json1.0": "json1", "json1.1": "json11",
}
