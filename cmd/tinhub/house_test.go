package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tinhub/cmd/tinhub/press"
	"tinhub/news"
)

// startPress serves a press whose editors work when told to; its items are
// counted in a ledger.
func startPress(t *testing.T, o press.Options) (*press.Press, []press.Address) {
	t.Helper()
	if o.Every == 0 {
		o.Every = -1
	}
	if o.Window == 0 {
		o.Window = 400 // nothing drops out of a feed in a test
	}
	p, err := press.New(o)
	if err != nil {
		t.Fatal(err)
	}
	addresses, err := p.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p, addresses
}

// healthyPapers are the demo's papers that anybody can read.
func healthyPapers() []press.Paper {
	return slices.DeleteFunc(press.DemoPapers(), func(p press.Paper) bool { return p.Sick != "" })
}

// writeConfig writes a tinhub.yaml that reads a press into the starter topics,
// polling every second.
func writeConfig(t *testing.T, storeURL string, papers []press.Address, more string) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "store: { url: %q }\nhttp: { listen: \"127.0.0.1:0\" }\npublish: { limit: 1000 }\n", storeURL)
	fmt.Fprintf(&b, "fetch: { spacing: 0s, timeout: 5s, allow_networks: [127.0.0.0/8] }\nsources:\n")
	for _, a := range papers {
		fmt.Fprintf(&b, "  - { id: %s, name: %q, province: %s, homepage: %q, url: %q, schedule: \"@every 1s\" }\n", a.ID, a.Name, a.Province, a.Homepage, a.Feed)
	}
	b.WriteString(topicsYAML)
	b.WriteString(more)
	name := filepath.Join(t.TempDir(), "tinhub.yaml")
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

const topicsYAML = `topics:
  - id: nong-thon-moi
    title: Nông thôn mới
    include: { any: [{ "nông thôn mới": 3 }], sections: [Nông thôn mới, Xây dựng nông thôn mới] }
    min_score: 6
  - id: hoc-tap-bac
    title: Học tập và làm theo tư tưởng, đạo đức, phong cách Hồ Chí Minh
    include: { any: ["học tập và làm theo Bác", "học và làm theo Bác", "làm theo Bác", "theo gương Bác"], sections: ["Học tập và làm theo tư tưởng, đạo đức, phong cách Hồ Chí Minh"] }
    min_score: 3
`

// A shown entry is one of a JSON Feed that the hub serves.
type shown struct {
	ID        string                  `json:"id"`
	URL       string                  `json:"url"`
	Title     string                  `json:"title"`
	Summary   string                  `json:"summary"`
	Published string                  `json:"date_published"`
	Authors   []struct{ Name string } `json:"authors"`
	Tags      []string                `json:"tags"`
	Tinhub    struct{ Story string }  `json:"_tinhub"`
}

// feed reads one of the hub's JSON Feeds.
func (h *hub) feed(path string) ([]shown, error) {
	status, _, body, err := h.get(path)
	if err != nil {
		return nil, err
	}
	if status != 200 {
		return nil, fmt.Errorf("%s: status %d: %s", path, status, tail(string(body), 200))
	}
	var doc struct{ Items []shown }
	if err := json.Unmarshal(body, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return doc.Items, nil
}

// compare holds what the hub shows against the ledger: every text that is still
// printed is there, and nothing twice. Copies of a wire text may be one story.
func compare(entries []shown, ledger []press.Item) error {
	byLink := map[string]press.Item{}
	for _, it := range ledger {
		byLink[it.Link] = it
	}
	ids, seen, words := map[string]bool{}, map[string]bool{}, map[string]int{}
	for _, e := range entries {
		it, ok := byLink[e.URL]
		switch {
		case !ok:
			return fmt.Errorf("nobody printed %s (%s)", e.URL, e.Title)
		case ids[e.ID]:
			return fmt.Errorf("the id %s stands twice", e.ID)
		case seen[e.URL]:
			return fmt.Errorf("%s stands twice", e.URL)
		case it.Title != e.Title:
			return fmt.Errorf("%s is called %q, want %q", e.URL, e.Title, it.Title)
		}
		ids[e.ID], seen[e.URL] = true, true
		words[it.Words]++
	}
	for _, it := range ledger {
		if it.Withdrawn.IsZero() && words[it.Words] == 0 {
			return fmt.Errorf("%s of %s is lost: %s", it.Link, it.Paper, it.Title)
		}
		if it.Kind != press.Wire && words[it.Words] > 1 {
			return fmt.Errorf("%q is told %d times", it.Title, words[it.Words])
		}
	}
	return nil
}

// awaitLedger waits until the hub shows what the ledger has.
func (h *hub) awaitLedger(limit time.Duration, p *press.Press) {
	h.t.Helper()
	h.await(limit, "all that was printed is shown, once", func() error {
		entries, err := h.feed("/topics/" + news.Everything + ".json")
		if err != nil {
			return err
		}
		return compare(entries, p.Items())
	})
}

// awaitReady waits until every channel was rendered once.
func (h *hub) awaitReady() {
	h.t.Helper()
	h.await(30*time.Second, "it is ready", func() error {
		status, _, body, err := h.get("/readyz")
		if err == nil && status != 200 {
			err = fmt.Errorf("%d %s", status, body)
		}
		return err
	})
}
