package press

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// start serves a press whose editors work only when told to.
func start(t *testing.T, o Options) (*Press, map[string]Address) {
	t.Helper()
	if o.Every == 0 {
		o.Every = -1
	}
	if o.Now == nil {
		at := time.Date(2026, 9, 7, 12, 41, 53, 0, time.UTC)
		o.Now = func() time.Time { return at }
	}
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	list, err := p.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]Address{}
	for _, a := range list {
		byID[a.ID] = a
	}
	return p, byID
}

// get fetches without following or unpacking anything.
func get(t *testing.T, url string, header ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := (&http.Transport{DisableCompression: true}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

func TestTemplates(t *testing.T) {
	ts, err := readTemplates()
	if err != nil {
		t.Fatal(err)
	}
	topics, titles := map[string]int{}, map[string]bool{}
	for _, s := range append(append(ts.stories, ts.wire...), ts.bulletins...) {
		topics[s.Topic]++
		if titles[s.Title] {
			t.Errorf("%q is told twice", s.Title)
		}
		titles[s.Title] = true
		if s.Title == "" || len(s.Text) < 2 {
			t.Errorf("%q has %d paragraphs", s.Title, len(s.Text))
		}
		p, _ := New(Options{Seed: 1})
		got := ts.tell(s, "Cần Thơ", p.rng)
		if all := got.Title + strings.Join(got.Text, "\n"); strings.ContainsAny(all, "{}") || !norm.NFC.IsNormalString(all) {
			t.Errorf("not all filled, or not NFC: %s", all)
		}
	}
	if len(ts.stories) < 60 || len(topics) < 27 {
		t.Errorf("%d stories about %d topics, want at least 60 about 27", len(ts.stories), len(topics))
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{7: "7", 950: "950", 2350: "2.350", 118000: "118.000", 1234567: "1.234.567"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %s, want %s", n, got, want)
		}
	}
}

// TestSameSeedSameNews: all but the ports.
func TestSameSeedSameNews(t *testing.T) {
	tell := func(seed uint64) []Item {
		p, _ := start(t, Options{Seed: seed})
		for range 30 {
			p.Step()
		}
		items := p.Items()
		for i := range items {
			items[i].Link = items[i].Link[strings.LastIndex(items[i].Link, "/"):]
		}
		return items
	}
	if d := cmp.Diff(tell(5), tell(5)); d != "" {
		t.Error(d)
	}
	if cmp.Equal(tell(5), tell(6)) {
		t.Error("two seeds tell the same")
	}
}

func TestDeeds(t *testing.T) {
	p, _ := start(t, Options{})
	did := map[string]int{}
	for range 20 {
		d := p.Step()
		if len(d.Items) == 0 {
			t.Errorf("%s nothing", d.Did)
		}
		did[d.Did]++
	}
	for _, want := range []string{"published", "copied", "edited", "corrected", "took down"} {
		if did[want] == 0 {
			t.Errorf("in 20 steps nothing was %s: %v", want, did)
		}
	}
	byWords := map[string]map[string]bool{}
	for _, it := range p.Items() {
		if byWords[it.Words] == nil {
			byWords[it.Words] = map[string]bool{}
		}
		if byWords[it.Words][it.Paper] {
			t.Errorf("%s has %s twice", it.Paper, it.Words)
		}
		byWords[it.Words][it.Paper] = true
		if it.Kind == Wire != (len(byWords[it.Words]) > 0 && strings.HasPrefix(it.Words, "wire")) {
			t.Errorf("item %d is %s and tells %s", it.Number, it.Kind, it.Words)
		}
	}
	if n := len(byWords["wire-1"]); n < 3 {
		t.Errorf("the first wire text is in %d papers, want at least 3", n)
	}
}

// TestFormats reads each healthy paper as a strict parser would, once its quirks
// are undone by hand.
func TestFormats(t *testing.T) {
	p, papers := start(t, Options{})
	for id, a := range papers {
		if a.Sick != "" {
			continue
		}
		resp, body := get(t, a.Feed)
		if resp.StatusCode != 200 {
			t.Fatalf("%s: %s", id, resp.Status)
		}
		if a.Format == JSON {
			if !json.Valid(body) {
				t.Errorf("%s: not JSON", id)
			}
			continue
		}
		text := string(body)
		if a.has(Windows1258) {
			b, err := charmap.Windows1258.NewDecoder().Bytes(body)
			if err != nil {
				t.Fatal(err)
			}
			text = strings.Replace(norm.NFC.String(string(b)), "windows-1258", "utf-8", 1)
		}
		text = strings.TrimLeft(strings.Split(text, "<script>")[0], "\ufeff\r\n")
		text = strings.NewReplacer("&ecirc;", "ê", "&agrave;", "à", "&ndash;", "–").Replace(text)
		for _, it := range p.Items() {
			title := it.Title
			if a.has(DoubleEscape) {
				continue
			}
			var b bytes.Buffer
			_ = xml.EscapeText(&b, []byte(title))
			if it.Paper == id && !strings.Contains(text, b.String()) {
				t.Errorf("%s doesn't show %q", id, title)
			}
		}
		if err := xml.Unmarshal([]byte(text), new(struct{})); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestQuirks(t *testing.T) {
	tests := []struct {
		name   string
		quirks Quirks
		has    string
		hasNot string
	}{
		{"gmt7", GMT7, ":00 GMT+7</pubDate>", ""},
		{"dotnet", DotNet, "9/7/2026 7:04:00 PM</pubDate>", "+0700"},
		{"day first", DayFirst, "07/09/2026 19:04</pubDate>", ""},
		{"no guid", NoGUID, "<link>http://", "<guid"},
		{"plain guid", PlainGUID, `<guid isPermaLink="false">1</guid>`, ""},
		{"bom", BOM, "\ufeff\r\n<?xml", ""},
		{"windows-1258", Windows1258, "encoding=\"windows-1258\"", "\u1ea1"},
		{"relative", Relative, "<link>/", "<link>http://127.0.1.1:1/"},
		{"tracked", Tracked, "utm_source=rss&amp;utm_medium", ""},
		{"https variant", HTTPSVariant, "<link>https://", ""},
		{"slug drift", SlugDrift, "/tin-", ""},
		{"double escape", DoubleEscape, "<title>", ""},
		{"undeclared", Undeclared, "&agrave;", ""},
		{"trailing", Trailing, "</rss>\n\n<script>", ""},
		{"full text", FullText, "<content:encoded><![CDATA[<p>", ""},
		{"clean", 0, "+0700</pubDate>", "utm_source"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, papers := start(t, Options{Initial: 1, Papers: []Paper{{ID: "bao", Name: "Báo", Place: "Cà Mau", Quirks: tt.quirks}}})
			_, body := get(t, papers["bao"].Feed)
			if !strings.Contains(string(body), tt.has) {
				t.Errorf("want %q in %s", tt.has, body)
			}
			if tt.hasNot != "" && strings.Contains(string(body), tt.hasNot) {
				t.Errorf("%q in %s", tt.hasNot, body)
			}
		})
	}
}

func TestValidatorsAndCompression(t *testing.T) {
	p, papers := start(t, Options{Papers: []Paper{{ID: "bao", Place: "Cà Mau"}}})
	resp, plain := get(t, papers["bao"].Feed)
	tag := resp.Header.Get("ETag")
	if tag == "" || resp.Header.Get("Last-Modified") == "" {
		t.Fatalf("no validators: %v", resp.Header)
	}
	if resp, body := get(t, papers["bao"].Feed, "If-None-Match", tag); resp.StatusCode != 304 || len(body) > 0 {
		t.Errorf("unchanged feed: %s, %d bytes", resp.Status, len(body))
	}
	if resp, body := get(t, papers["bao"].Feed, "Accept-Encoding", "gzip"); resp.Header.Get("Content-Encoding") != "gzip" || len(body) >= len(plain) {
		t.Errorf("not compressed: %v, %d of %d bytes", resp.Header, len(body), len(plain))
	}
	for p.Step().Did != "published" {
	}
	if resp, _ := get(t, papers["bao"].Feed, "If-None-Match", tag); resp.StatusCode != 200 {
		t.Errorf("changed feed: %s", resp.Status)
	}
	tr := p.Traffic()
	if len(tr) != 1 || tr[0].Requests != 4 || tr[0].NotModified != 1 || tr[0].AtOnce != 1 {
		t.Errorf("the ledger says %+v", tr)
	}
	if it := p.Items()[0]; it.Served != 3 {
		t.Errorf("item 1 was served %d times, want 3: a 304 shows nothing", it.Served)
	}
}

func TestSickPapers(t *testing.T) {
	_, papers := start(t, Options{Papers: []Paper{
		{ID: "html", Sick: HTML}, {ID: "busy", Sick: Busy}, {ID: "closed", Sick: Closed}, {ID: "hangs", Sick: Hangs},
	}})
	if resp, body := get(t, papers["html"].Feed); resp.StatusCode != 200 || !strings.HasPrefix(string(body), "<!DOCTYPE html>") {
		t.Errorf("html: %s %s", resp.Status, body)
	}
	if resp, _ := get(t, papers["busy"].Feed); resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "30" {
		t.Errorf("busy: %s, Retry-After %s", resp.Status, resp.Header.Get("Retry-After"))
	}
	if resp, _ := get(t, papers["closed"].Feed); resp.StatusCode != 410 {
		t.Errorf("closed: %s", resp.Status)
	}
	req, _ := http.NewRequestWithContext(t.Context(), "GET", papers["hangs"].Feed, nil)
	resp, err := (&http.Transport{}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	read := make(chan error, 1)
	go func() { _, err := io.ReadAll(resp.Body); read <- err }()
	select {
	case err := <-read:
		t.Errorf("a paper that hangs ended its answer: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
}

func TestPages(t *testing.T) {
	p, papers := start(t, Options{Papers: []Paper{{ID: "bao", Name: "Báo", Place: "Cà Mau"}}})
	it := p.Items()[0]
	resp, body := get(t, it.Link)
	for _, want := range []string{it.Title, it.Section, it.Published.In(vietnam).Format("15:04"), "thăm dò ý kiến", "newscontent"} {
		if resp.StatusCode != 200 || !strings.Contains(string(body), want) {
			t.Errorf("%s: %s without %q", it.Link, resp.Status, want)
		}
	}
	for p.Step().Did != "took down" {
	}
	for _, it := range p.Items() {
		resp, _ := get(t, it.Link)
		if gone := !it.Withdrawn.IsZero(); gone != (resp.StatusCode == 404) {
			t.Errorf("item %d, taken down: %t, answers %s", it.Number, gone, resp.Status)
		}
	}
	for path, want := range map[string]string{"": "alternate", "robots.txt": "User-agent", "anh/3.png": "PNG"} {
		if _, body := get(t, papers["bao"].Homepage+path); !strings.Contains(string(body), want) {
			t.Errorf("/%s doesn't have %q", path, want)
		}
	}
	if resp, _ := get(t, papers["bao"].Homepage+"anh/x.png"); resp.StatusCode != 404 {
		t.Errorf("a picture without a number: %s", resp.Status)
	}
}

func TestEditorsWorkByThemselves(t *testing.T) {
	p, _ := start(t, Options{Every: time.Millisecond, Now: time.Now, Papers: []Paper{{ID: "bao"}}})
	before := len(p.Items())
	for deadline := time.Now().Add(5 * time.Second); len(p.Items()) < before+3; {
		if time.Now().After(deadline) {
			t.Fatal("nothing new in 5 s")
		}
		time.Sleep(time.Millisecond)
	}
}
