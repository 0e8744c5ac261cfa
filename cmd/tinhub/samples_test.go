package main

import (
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/fetcher/feed"
	"tinhub/news"
)

// shared is where real feeds and a real article lie beside the repository. What
// is in them belongs to their papers: it is read from there, never copied here.
const shared = "../../../shared"

func needShared(t *testing.T, name string) string {
	t.Helper()
	p := filepath.Join(shared, name)
	if _, err := os.Stat(p); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is not there", p)
	}
	return p
}

// A served file is one sample at an address of its own, since a paper is known
// by its host.
type servedFile struct {
	name, url string
	body      []byte
}

// serveFile serves one document at the n-th loopback address.
func serveFile(t *testing.T, n int, name string, body []byte) servedFile {
	t.Helper()
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.2.%d:0", n))
	if err != nil {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{"text/xml"}
		_, _ = w.Write(body) // a reader who went away is no fault
	}))
	s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	return servedFile{name, s.URL + "/rss/home.rss", body}
}

// serveSamples serves every feed of vn/samples.
func serveSamples(t *testing.T) []servedFile {
	t.Helper()
	needShared(t, "vn/samples")
	var files []servedFile
	for _, pattern := range []string{"rss/*.xml", "constructed/*.xml", "constructed/*.html"} {
		names, err := filepath.Glob(filepath.Join(shared, "vn/samples", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			files = append(files, serveFile(t, len(files)+1, filepath.Base(name), []byte(readFile(t, name))))
		}
	}
	if len(files) < 20 {
		t.Fatalf("only %d samples", len(files))
	}
	return files
}

// samplesConfig reads the samples.
func samplesConfig(t *testing.T, storeURL string, files []servedFile) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "store: { url: %q }\nhttp: { listen: \"127.0.0.1:0\" }\npublish: { limit: 1000 }\nfetch: { spacing: 0s, allow_networks: [127.0.0.0/8] }\nsources:\n", storeURL)
	for i, f := range files {
		fmt.Fprintf(&b, "  - { id: s%d, name: %q, url: %q, schedule: \"@every 1s\" }\n", i, f.name, f.url)
	}
	b.WriteString(topicsYAML)
	name := filepath.Join(t.TempDir(), "tinhub.yaml")
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// links gives the links and titles that are shown, sorted.
func (h *hub) links() ([]string, error) {
	entries, err := h.feed("/topics/tat-ca.json")
	if err != nil {
		return nil, err
	}
	var now []string
	for _, e := range entries {
		now = append(now, e.URL+" "+e.Title)
	}
	slices.Sort(now)
	return now, nil
}

var storyPage = regexp.MustCompile(`/stories/[0-9a-f]{32}`)

// told adds to what is shown the pages of all stories: what several papers print
// is shown once, and named there.
func (h *hub) told(shown []string) []string {
	h.t.Helper()
	_, _, page, err := h.get("/topics/tat-ca")
	if err != nil {
		h.t.Fatal(err)
	}
	paths := storyPage.FindAllString(string(page), -1)
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		_, _, body, err := h.get(path)
		if err != nil {
			h.t.Fatal(err)
		}
		shown = append(shown, html.UnescapeString(strings.ReplaceAll(strings.ReplaceAll(string(body), `">`, ` `), `"`, ` `)))
	}
	return shown
}

// settled waits until every sample was polled and what is shown stands still.
func settled(h *hub) []string {
	h.t.Helper()
	h.await(60*time.Second, "every sample is polled", func() error {
		_, _, body, err := h.get("/metrics")
		if err == nil && !strings.Contains(string(body), `tinhub_sources{state="new"} 0`) {
			err = errors.New("some are new")
		}
		return err
	})
	var last []string
	since := time.Now()
	h.await(60*time.Second, "what is shown stands still", func() error {
		now, err := h.links()
		if err != nil {
			return err
		}
		if !slices.Equal(now, last) {
			last, since = now, time.Now()
		}
		if len(now) == 0 || time.Since(since) < 3*time.Second {
			return fmt.Errorf("%d entries, changed %s ago", len(now), time.Since(since))
		}
		return nil
	})
	return last
}

// TestSamples: all real and constructed feeds go in over both stores; a hub that
// is killed in the middle tells all that one tells that never was, and nothing
// twice. Which copy founds a story depends on who was polled first.
func TestSamples(t *testing.T) {
	long(t)
	t.Parallel()
	files := serveSamples(t)
	whole := start(t, nil, "serve", "-c", samplesConfig(t, "file:"+t.TempDir(), files))
	for _, l := range lost(t, files, whole.told(settled(whole))) {
		t.Error(l)
	}
	whole.stop()
	stores(t, func(t *testing.T, url string) {
		conf := samplesConfig(t, url, files)
		for _, life := range []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second} {
			h := startProcess(t, nil, "serve", "-c", conf)
			time.Sleep(life) // in the middle of polling, filing or writing
			h.kill()
		}
		// The leases of the killed run out first.
		h := startProcess(t, nil, "serve", "-c", conf)
		var shown []string
		h.await(60*time.Second, "it tells what one tells that was never killed", func() error {
			var err error
			if shown, err = h.links(); err != nil {
				return err
			}
			if l := lost(t, files, h.told(slices.Clone(shown))); len(l) > 0 {
				return errors.New(strings.Join(l, "\n"))
			}
			return nil
		})
		shown = settled(h)
		if once := slices.Compact(slices.Clone(shown)); len(once) != len(shown) {
			t.Errorf("after a while it shows something twice: %s", cmp.Diff(once, shown))
		}
	})
}

// lost lists the entries that the parser finds and that are not shown by their
// link or title: what one feed gives under several addresses is one article.
func lost(t *testing.T, files []servedFile, shown []string) (out []string) {
	t.Helper()
	all := strings.Join(shown, "\n")
	total := 0
	for _, f := range files {
		d, err := feed.Parse(f.body, feed.Options{Source: news.Source{ID: "s"}, URL: f.url, ContentType: "text/xml", Now: time.Now()})
		if err != nil && !errors.Is(err, feed.ErrNotAFeed) {
			t.Errorf("%s: %v", f.name, err)
		}
		for _, e := range d.Entries {
			total++
			if e.Link == "" { // publish.require: it can't be shown
				continue
			}
			if !strings.Contains(all, e.Link+" ") && !strings.Contains(all, " "+e.Title) {
				out = append(out, fmt.Sprintf("%s: lost %q %s", f.name, e.Title, e.Link))
			}
		}
	}
	if total < 100 {
		t.Errorf("the samples have %d entries", total)
	}
	return out
}

// TestSeedArticle: a real article, as its paper's feed gives it, lands in its
// topic with section, author and time.
func TestSeedArticle(t *testing.T) {
	t.Parallel()
	text := readFile(t, needShared(t, "seed/article.txt"))
	var paras []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			paras = append(paras, line)
		}
	}
	section, title, lede := paras[0], paras[1], paras[3]
	const author = "Hoàng Uyên"
	if !slices.Contains(paras, author) || paras[2] != "Thứ Sáu, 16/06/2023 | 16:35" {
		t.Fatalf("the seed is not what it was: %q", paras[2])
	}
	doc := fmt.Sprintf(`<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Báo</title><link>https://baobaclieu.vn/</link>
<item><title>%s</title><link>https://baobaclieu.vn/hoc-va-lam-theo-bac-86112.html</link><pubDate>Fri, 16 Jun 2023 16:35:00 GMT+7</pubDate><dc:creator>%s</dc:creator><category>%s</category><description>%s</description></item>
</channel></rss>`, html.EscapeString(title), author, html.EscapeString(section), html.EscapeString(lede))
	f := serveFile(t, 200, "seed", []byte(doc))
	stores(t, func(t *testing.T, url string) {
		var b strings.Builder
		fmt.Fprintf(&b, "store: { url: %q }\nhttp: { listen: \"127.0.0.1:0\" }\nfetch: { allow_networks: [127.0.0.0/8] }\n", url)
		fmt.Fprintf(&b, "sources:\n  - { id: bao-bac-lieu, name: Báo Bạc Liêu, province: bac-lieu, homepage: \"https://baobaclieu.vn\", url: %q }\n", f.url)
		b.WriteString(topicsYAML)
		conf := filepath.Join(t.TempDir(), "tinhub.yaml")
		if err := os.WriteFile(conf, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		h := start(t, nil, "serve", "-c", conf)
		for _, path := range []string{"/topics/hoc-tap-bac.json", "/provinces/ca-mau.json"} { // the former province means its successor
			h.await(20*time.Second, "the seed stands in "+path, func() error {
				entries, err := h.feed(path)
				if err != nil {
					return err
				}
				if len(entries) != 1 {
					return fmt.Errorf("%d entries", len(entries))
				}
				e := entries[0]
				if e.Title != title || e.Published != "2023-06-16T16:35:00+07:00" || len(e.Authors) != 1 || e.Authors[0].Name != author || !slices.Contains(e.Tags, section) {
					return fmt.Errorf("it is %+v", e)
				}
				return nil
			})
		}
	})
}
