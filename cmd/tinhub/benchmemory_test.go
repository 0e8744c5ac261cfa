package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tinhub/news"
	"tinhub/store"
	"tinhub/store/redis"
	"tinhub/store/sqlite"
)

// memoryArticles is how many articles the memory row is about. Filling a store
// with so many takes long: fewer are measured, at two sizes, and what serve would
// take is reckoned from its growth between them.
const memoryArticles, memorySources = 200_000, 2000

var articles = flag.Int("articles", 20_000, "how many articles the memory benchmark stores; from 200000 nothing is reckoned")

// TestCostMemory: the resident memory of a serve that was started over 2,000
// sources and their articles of 3 KB, all within the days that are compared, to the
// bytes of the articles' titles and texts.
func TestCostMemory(t *testing.T) {
	needCosts(t)
	for name, open := range map[string]func(*testing.T) (string, func() store.Core){
		"redis": func(t *testing.T) (string, func() store.Core) {
			url := startRedis(t)
			return url, func() store.Core { return opened(t)(redis.Open(t.Context(), url, redis.Options{})) }
		},
		"embedded": func(t *testing.T) (string, func() store.Core) {
			dir := filepath.Join(t.TempDir(), "data")
			return "file:" + dir, func() store.Core {
				if err := os.MkdirAll(dir, 0o700); err != nil {
					t.Fatal(err)
				}
				return opened(t)(sqlite.Open(t.Context(), filepath.Join(dir, fileName), sqlite.Options{}))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			url, core := open(t)
			m := &memoryBench{t: t, config: memoryConfig(t, url), core: core, rng: rand.New(rand.NewPCG(3, 4))}
			n := min(*articles, memoryArticles)
			few, fewText, _ := m.serve(n / 4)
			many, text, began := m.serve(n)
			grows := (many - few) / (text - fewText)
			all := float64(text) / float64(n) * memoryArticles
			report("Memory/"+name, (many+grows*(all-text))/all, "of-live", grows, "growth", many/(1<<20), "MB", few/(1<<20), "MB-of-a-quarter", began.Seconds(), "start-s")
		})
	}
}

func opened(t *testing.T) func(store.Core, error) store.Core {
	return func(c store.Core, err error) store.Core {
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

type memoryBench struct {
	t      *testing.T
	config string
	core   func() store.Core
	rng    *rand.Rand
	stored int
	text   float64 // bytes
}

// memorySource is the source of a number, at an address that nobody answers: it
// was polled, and is not due for a year.
func memorySource(n int) news.Source {
	base := fmt.Sprintf("http://127.0.%d.%d:9", 2+n/250, 1+n%250)
	return news.Source{ID: fmt.Sprintf("bao-%d", n), Homepage: base + "/", URL: base + "/rss"}
}

func memoryConfig(t *testing.T, url string) string {
	var c strings.Builder
	fmt.Fprintf(&c, "store: { url: %q }\nhttp: { listen: \"127.0.0.1:0\" }\nfetch: { allow_networks: [127.0.0.0/8] }\nsources:\n", url)
	for n := range memorySources {
		s := memorySource(n)
		fmt.Fprintf(&c, "  - { id: %s, name: \"Báo thử %d\", province: ca-mau, homepage: %q, url: %q, full_text: never, schedule: \"0 0 1 1 *\" }\n", s.ID, n, s.Homepage, s.URL)
	}
	c.WriteString("topics:\n")
	for i, word := range topicWords {
		fmt.Fprintf(&c, "  - { id: t%d, title: \"Chuyên đề %d\", include: { any: [%q] } }\n", i, i, word)
	}
	file := filepath.Join(t.TempDir(), "tinhub.yaml")
	if err := os.WriteFile(file, []byte(c.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// serve stores articles up to a number, has them curated, starts serve anew and
// gives what it takes once all of it was read, in bytes.
func (m *memoryBench) serve(upTo int) (resident, text float64, began time.Duration) {
	m.t.Helper()
	core := m.core()
	m.fill(core, upTo)
	core.Close()
	h := startProcess(m.t, nil, "serve", "-c", m.config)
	core = m.core()
	m.await(h, core, 20*time.Minute)
	core.Close()
	h.stop()

	h = startProcess(m.t, nil, "serve", "-c", m.config)
	at := time.Now()
	h.await(10*time.Minute, "it is ready again", func() error {
		status, _, body, err := h.get("/readyz")
		if err == nil && status != 200 {
			err = fmt.Errorf("%d %s", status, body)
		}
		return err
	})
	began = time.Since(at)
	// The rest, of which nothing tells: it holds what it needs once it takes no
	// more for some seconds.
	for still, had := 0, 0.0; still < 5; time.Sleep(time.Second) {
		resident = residentBytes(m.t, h.pid)
		if still++; resident > had*1.02 {
			still, had = 0, resident
		}
	}
	h.stop()
	return resident, m.text, began
}

func (m *memoryBench) await(h *hub, core store.Core, limit time.Duration) {
	m.t.Helper()
	b := &bench{hub: h, core: core}
	h.await(limit, "all is filed and rendered", b.behind)
}

// fill stores polls, in turns of all sources.
func (m *memoryBench) fill(core store.Core, upTo int) {
	m.t.Helper()
	wire, now := store.NewWire(core, store.Keep{}), time.Now()
	each := max(1, upTo/4/memorySources)
	lease, err := store.NewLeases(core).Take(context.Background(), "bench", "bench", time.Hour) // newer than what polled before
	if err != nil {
		m.t.Fatal(err)
	}
	defer func() { _ = store.NewLeases(core).Release(context.Background(), lease) }()
	for n := 0; m.stored < upTo; n = (n + 1) % memorySources {
		s := memorySource(n)
		p := news.Poll{Shard: news.ShardOf(s.Family()), Lease: lease, State: news.SourceState{
			Source: s.ID, Address: s.URL, Health: news.OK, Last: now, LastOK: now, LastNew: now, Next: now.AddDate(1, 0, 0),
		}}
		for range each {
			p.Entries = append(p.Entries, m.entry(s, now))
		}
		if err := wire.Record(context.Background(), p); err != nil {
			m.t.Fatal(err)
		}
	}
}

func (m *memoryBench) entry(s news.Source, now time.Time) news.Entry {
	at := now.Add(-time.Duration(m.rng.IntN(9*24*3600)) * time.Second)
	e := news.Entry{
		Source: s.ID, GUID: fmt.Sprint(m.stored), Link: fmt.Sprintf("%stin-%d.html", s.Homepage, 100_000+m.stored), Seen: at,
		Title:     topicWords[m.stored%benchTopic] + ": " + prose(m.rng, 60),
		Summary:   prose(m.rng, 250),
		Content:   "<p>" + prose(m.rng, 1300) + "</p><p>" + prose(m.rng, 1400) + "</p>",
		Published: news.Moment{At: at, Precision: news.Second},
	}
	m.stored++
	m.text += float64(len(e.Title) + len(e.Summary) + len(e.Content))
	return e
}

// residentBytes is VmRSS.
func residentBytes(t *testing.T, pid int) float64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skipf("the memory of a process is read from /proc: %v", err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			if err != nil {
				t.Fatal(err)
			}
			return kb * 1024
		}
	}
	t.Fatal("no VmRSS")
	return 0
}
