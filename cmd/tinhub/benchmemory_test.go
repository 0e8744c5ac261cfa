package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tinhub/curator"
	"tinhub/news"
	"tinhub/store"
	"tinhub/store/redis"
	"tinhub/store/sqlite"
)

// memoryArticles is how many articles the memory row is about. With fewer, for
// every day, two sizes are measured, and what serve would take is reckoned from its
// growth between them.
const memoryArticles, memorySources = 200_000, 2000

var articles = flag.Int("articles", memoryArticles, "how many articles the memory benchmark stores; below 200000 its row is reckoned")

// TestCostMemory: the resident memory of a serve over 2,000 sources and their
// articles of 3 KB, all within the days that are compared, once it is quiet; to the
// bytes of the articles' titles and texts.
func TestCostMemory(t *testing.T) {
	needCosts(t)
	program := buildProgram(t)
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
			m := &memoryBench{t: t, program: program, config: memoryConfig(t, url), core: core, rng: rand.New(rand.NewPCG(3, 4))}
			empty := m.serve(0) // and the rules that all is filed by are noted
			n := min(*articles, memoryArticles)
			var few takes
			if n < memoryArticles {
				few = m.serve(n / 4)
			}
			many := m.serve(n)
			grows := (many.resident - few.resident) / (many.text - few.text)
			ratio := many.resident / many.text
			if n < memoryArticles {
				all := many.text / float64(n) * memoryArticles
				ratio = (many.resident + grows*(all-many.text)) / all
			} else {
				grows = (many.resident - empty.resident) / many.text
			}
			report("Memory/"+name, ratio, "of-live", grows, "growth", many.resident/(1<<20), "MB", many.anonymous/(1<<20), "MB-anonymous",
				many.peak/(1<<20), "MB-peak", empty.resident/(1<<20), "MB-empty", many.began.Seconds(), "start-s")
		})
	}
}

// buildProgram builds what make build does.
func buildProgram(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tinhub")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", file, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return file
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
	t       *testing.T
	program string // the file
	config  string
	core    func() store.Core
	rng     *rand.Rand
	stored  int
	text    float64 // bytes
}

// takes is what a serve takes over articles of a size, in bytes.
type takes struct {
	text                      float64
	resident, anonymous, peak float64
	began                     time.Duration // from exec to ready
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

// serve stores articles up to a number, starts serve over them and says what it
// takes once it is quiet.
func (m *memoryBench) serve(upTo int) takes {
	m.t.Helper()
	core := m.core()
	m.fill(core, upTo)
	core.Close()
	at := time.Now()
	h := startBinary(m.t, m.program, nil, "serve", "-c", m.config)
	h.await(10*time.Minute, "it is ready", func() error {
		status, _, body, err := h.get("/readyz")
		if err == nil && status != 200 {
			err = fmt.Errorf("%d %s", status, body)
		}
		return err
	})
	k := takes{text: m.text, began: time.Since(at)}
	h.quiet()
	status := fromProc(m.t, h.pid, "status")
	k.resident, k.anonymous, k.peak = status["VmRSS"], status["RssAnon"], status["VmHWM"]
	h.stop()
	return k
}

// quiet waits until a process neither works nor takes more memory for twenty seconds:
// of what it reads behind its start nothing tells, and what it needed for that it
// gives back later.
func (h *hub) quiet() {
	h.t.Helper()
	const looks, most = 20, 600
	for still, n, had, worked := 0, 0, 0.0, 0.0; still < looks; n++ {
		if n == most {
			h.t.Fatalf("it is not quiet after %d s", most)
		}
		time.Sleep(time.Second)
		resident, work := fromProc(h.t, h.pid, "status")["VmRSS"], workOf(h.t, h.pid)
		if still++; resident > had*1.01 || work-worked > quietWork {
			still, had = 0, resident
		}
		worked = work
	}
}

// quietWork is what a serve that has nothing to do may work in a second, in
// seconds: 32 shards of papers are looked at, and twice a minute the heap is collected.
// What a start reads takes a processor.
const quietWork = 0.5

// fill stores articles as the curator does, each a story of its own in a topic, a
// province and everything.
func (m *memoryBench) fill(core store.Core, upTo int) {
	m.t.Helper()
	ctx, now := context.Background(), time.Now()
	take := func(name string) news.Lease { // newer than that of whoever wrote before
		l, err := store.NewLeases(core).Take(ctx, name, "bench", time.Minute)
		if err != nil {
			m.t.Fatal(err)
		}
		if err := store.NewLeases(core).Release(ctx, l); err != nil {
			m.t.Fatal(err)
		}
		return l
	}
	wire, shelf, desk := store.NewWire(core, store.Keep{}), store.NewShelf(core), store.NewDesk(core, store.Keep{})
	poll, curate := take("bench"), take("curate")
	for n := 0; m.stored == 0 && n < memorySources; n++ {
		s := memorySource(n)
		err := wire.Record(ctx, news.Poll{Shard: news.ShardOf(s.Family()), Lease: poll, State: news.SourceState{
			Source: s.ID, Address: s.URL, Health: news.OK, Last: now, LastOK: now, LastNew: now, Next: now.AddDate(1, 0, 0),
		}})
		if err != nil {
			m.t.Fatal(err)
		}
	}
	for m.stored < upTo {
		s := memorySource(m.stored / memoryBatch % memorySources)
		shelving := news.Shelving{Shard: news.ShardOf(s.Family()), Lease: curate, Expires: now.AddDate(1, 0, 0)}
		desking := news.Desking{Lease: curate, At: now}
		for range memoryBatch {
			a, d := m.article(s, now)
			shelving.Articles, desking.Stories = append(shelving.Articles, a), append(desking.Stories, d)
		}
		if err := errors.Join(shelf.Shelve(ctx, shelving), desk.File(ctx, desking)); err != nil {
			m.t.Fatal(err)
		}
	}
}

const memoryBatch = 25

func (m *memoryBench) article(s news.Source, now time.Time) (news.Shelved, news.Desked) {
	at := now.Add(-time.Duration(m.rng.IntN(9*24*3600)) * time.Second).UTC()
	topic := m.stored % benchTopic
	e := news.Entry{
		Source: s.ID, GUID: fmt.Sprint(m.stored), Link: fmt.Sprintf("%stin-%d.html", s.Homepage, 100_000+m.stored), Seen: at,
		Title:     topicWords[topic] + ": " + prose(m.rng, 60),
		Summary:   prose(m.rng, 250),
		Content:   "<p>" + prose(m.rng, 1300) + "</p><p>" + prose(m.rng, 1400) + "</p>",
		Published: news.Moment{At: at, Precision: news.Second},
	}
	m.stored++
	m.text += float64(len(e.Title) + len(e.Summary) + len(e.Content))
	key, hash := news.URLKey(e.Link), curator.Meaning(e)
	a := news.Article{
		ID: news.ArticleID(s.Family(), key), Family: s.Family(), Entry: e, Sources: []string{s.ID}, FirstSeen: at, LastSeen: at,
		Revisions: []news.Revision{{At: at, Hash: hash, Title: e.Title}}, Revised: 1, Given: map[string]news.Key{s.ID: hash},
	}
	story := news.Story{
		ID: a.ID, Speaker: a.ID, Published: at, Updated: at, FirstSeen: at, Provinces: []string{"ca-mau"}, Title: e.Title, Lede: e.Summary,
		Members: []news.Member{{Article: a.ID, Source: s.ID, Agency: s.ID, Link: e.Link, Title: e.Title, Published: at, Reason: "a story of its own"}},
	}
	d := news.Desked{Sorts: map[string]string{}}
	for _, c := range []string{fmt.Sprint("t", topic), news.ProvinceChannel("ca-mau"), news.Everything} {
		f := news.Filing{Channel: c, In: true, Sort: curator.SortKey(news.Newest, story, 0)}
		story.Filings, d.Sorts[c] = append(story.Filings, f), f.Sort
	}
	d.Story = story
	return news.Shelved{Article: a, Aliases: []news.Key{key, hash}}, d
}

// fromProc reads the sizes in a file of /proc of a process, in bytes.
func fromProc(t *testing.T, pid int, file string) map[string]float64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		t.Skipf("the memory of a process is read from /proc: %v", err)
	}
	sizes := map[string]float64{}
	for line := range strings.Lines(string(b)) {
		name, rest, _ := strings.Cut(line, ":")
		if kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64); err == nil {
			sizes[name] = kb * 1024
		}
	}
	return sizes
}

// workOf is the CPU time of a process, in seconds.
func workOf(t *testing.T, pid int) float64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), ") ") // proc_pid_stat(5): field 3 and on
	fields := strings.Fields(rest)
	user, errU := strconv.ParseFloat(fields[14-3], 64)
	system, errS := strconv.ParseFloat(fields[15-3], 64)
	if err := errors.Join(errU, errS); err != nil {
		t.Fatal(err)
	}
	return (user + system) / 100
}
