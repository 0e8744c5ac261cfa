package main

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"tinhub/cmd/tinhub/press"
)

// TestFullText is a press whose papers agreed to everything: what stands on their
// pages only is in the outputs, each page is read once, and what an editor
// changes on a page arrives.
func TestFullText(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, url string) {
		p, papers := startPress(t, press.Options{Seed: 4, Papers: healthyPapers()})
		environ := []string{"TINHUB_PUBLISH_CONTENT=full", "TINHUB_PUBLISH_WITHOUT_AGREEMENT=full"}
		conf := writeConfig(t, url, papers, "")
		h := start(t, environ, "serve", "-c", conf)
		h.awaitLedger(60*time.Second, p)
		h.await(60*time.Second, "the articles are complete", func() error { return complete(h, p) })
		for _, tr := range p.Traffic() {
			if strings.HasSuffix(tr.Path, ".html") && tr.AtOnce > 1 {
				t.Errorf("%s%s was asked %d times at once", tr.Paper, tr.Path, tr.AtOnce)
			}
		}
		for range 6 {
			p.Step()
		}
		h.awaitLedger(60*time.Second, p)
		h.await(60*time.Second, "edited articles are complete", func() error { return complete(h, p) })
		if code := h.stop(); code != exitDone {
			t.Errorf("exit code %d; the log:\n%s", code, tail(h.logs.String(), 3000))
		}
	})
}

// TestFullTextKilled kills a real process again and again while pages are read:
// every article is complete in the end.
func TestFullTextKilled(t *testing.T) {
	t.Parallel()
	long(t)
	p, papers := startPress(t, press.Options{Seed: 5, Papers: healthyPapers()})
	environ := []string{"TINHUB_PUBLISH_CONTENT=full", "TINHUB_PUBLISH_WITHOUT_AGREEMENT=full"}
	conf := writeConfig(t, "file:"+t.TempDir(), papers, "")
	for n := range 5 {
		h := startProcess(t, environ, "serve", "-c", conf)
		p.Step()
		time.Sleep(time.Duration(n+1) * 150 * time.Millisecond) // at another moment of the work each time
		h.kill()
	}
	h := startProcess(t, environ, "serve", "-c", conf)
	h.awaitLedger(60*time.Second, p)
	h.await(60*time.Second, "the articles are complete", func() error { return complete(h, p) })
	if code := h.stop(); code != exitDone {
		t.Errorf("exit code %d; the log:\n%s", code, tail(h.logs.String(), 3000))
	}
}

// paragraph is one on a simulated page that stands behind the lede.
var paragraph = regexp.MustCompile(`(?m)^<p>([^<]{40,})</p>$`)

// complete compares what is shown with the pages it is from.
func complete(h *hub, p *press.Press) error {
	status, _, body, err := h.get("/topics/tat-ca.json")
	if err != nil || status != 200 {
		return fmt.Errorf("status %d, %w", status, err)
	}
	var doc struct {
		Items []struct {
			URL     string `json:"url"`
			Content string `json:"content_html"`
		}
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return err
	}
	shown := map[string]string{}
	for _, it := range doc.Items {
		shown[it.URL] = html.UnescapeString(it.Content)
	}
	checked := 0
	for _, it := range p.Items() {
		content, ok := shown[it.Link]
		if !ok || !it.Withdrawn.IsZero() {
			continue // a copy that another paper's speaks for
		}
		page, err := pageOf(it.Link)
		if err != nil {
			return err
		}
		for _, m := range paragraph.FindAllStringSubmatch(page, -1) {
			if text := html.UnescapeString(m[1]); !strings.Contains(content, text) {
				return fmt.Errorf("%s lacks %q in %.300q", it.Link, text, content)
			}
			checked++
		}
	}
	if checked == 0 {
		return fmt.Errorf("no page has more than its lede")
	}
	return nil
}

func pageOf(link string) (string, error) {
	resp, err := http.Get(link) //nolint:noctx // a test's look at its own press
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}
