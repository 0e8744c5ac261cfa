package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"tinhub/news"
	"tinhub/store"
	"tinhub/store/redis"
)

// The benchmarks of the whole program (docs: make bench). They are tests that
// run only with -costs, since they start real servers, and print their figures
// in the form of Go's benchmarks.
var costs = flag.Bool("costs", false, "run the benchmarks of the whole program, some minutes")

const costRounds = 5

func needCosts(t *testing.T) {
	t.Helper()
	if !*costs {
		t.Skip("run with -costs: make bench")
	}
}

// report prints a line that the summary of make bench reads.
func report(name string, metrics ...any) {
	fmt.Printf("Benchmark%s \t       1", name)
	for i := 0; i < len(metrics); i += 2 {
		fmt.Printf("\t%10.4g %s", metrics[i], metrics[i+1])
	}
	fmt.Println()
}

func median(list []float64) float64 {
	s := slices.Sorted(slices.Values(list))
	return s[len(s)/2]
}

// cpuTime is the CPU time that this process used up to now.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// A bench is a running hub over a Redis of its own, and the papers it reads. The
// hub is a process of its own, so that what it costs is told from what asks it.
type bench struct {
	*hub
	papers []*paper
	core   store.Core
	redis  *goredis.Client
	tags   map[string]string // by address: the ETag of what was read there last
}

// newBench starts a hub. The papers are polled when they are asked for, or by
// their own schedule; sick ones every two seconds.
func newBench(t *testing.T, papers []*paper, schedule string, sick ...string) *bench {
	t.Helper()
	url := startRedis(t)
	var c strings.Builder
	fmt.Fprintf(&c, "store: { url: %q }\nhttp: { listen: \"127.0.0.1:0\" }\nfetch: { spacing: 0s, timeout: 3s, allow_networks: [127.0.0.0/8] }\nsources:\n", url)
	for _, p := range papers {
		fmt.Fprintf(&c, "  - { id: bao-%d, name: \"Báo thử %d\", province: ca-mau, homepage: %q, url: %q, full_text: never, schedule: %q }\n", p.n, p.n, p.base+"/", p.base+"/rss", schedule)
	}
	for i, base := range sick {
		fmt.Fprintf(&c, "  - { id: om-%d, name: \"Báo ốm %d\", url: %q, schedule: \"@every 2s\" }\n", i, i, base+"/rss")
	}
	c.WriteString("topics:\n")
	for i, word := range topicWords {
		fmt.Fprintf(&c, "  - { id: t%d, title: \"Chuyên đề %d\", include: { any: [%q] } }\n", i, i, word)
	}
	file := filepath.Join(t.TempDir(), "tinhub.yaml")
	if err := os.WriteFile(file, []byte(c.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	b := &bench{papers: papers, hub: startProcess(t, nil, "serve", "-c", file), redis: dial(t, url), tags: map[string]string{}}
	var err error
	if b.core, err = redis.Open(t.Context(), url, redis.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.core.Close() })
	b.await(60*time.Second, "every paper was read", func() error {
		if n := b.polled(); n < len(papers) {
			return fmt.Errorf("%d of %d", n, len(papers))
		}
		return nil
	})
	b.await(60*time.Second, "what they brought is filed and rendered", b.behind)
	return b
}

// behind says what of the news is not filed or rendered yet.
func (b *bench) behind() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := curated(ctx, b.core, store.Keep{}); err != nil {
		return fmt.Errorf("it is not filed: %w", err)
	}
	changes, err := store.NewDesk(b.core, store.Keep{}).Changes(ctx, 1)
	if err == nil && len(changes) > 0 {
		err = fmt.Errorf("story %s is not rendered", changes[0].Story)
	}
	return err
}

func (b *bench) polled() int {
	n := 0
	for shard := range news.Shards {
		states, err := store.NewWire(b.core, store.Keep{}).States(context.Background(), shard)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, s := range states {
			if strings.HasPrefix(s.Source, "bao-") && !s.LastNew.IsZero() {
				n++
			}
		}
	}
	return n
}

// dial opens a connection beside those of whom is measured.
func dial(t *testing.T, url string) *goredis.Client {
	t.Helper()
	o, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	c := goredis.NewClient(o)
	t.Cleanup(func() { c.Close() })
	return c
}

// figure reads the number behind a name at the beginning of a line.
func figure(t *testing.T, text, name string) float64 {
	t.Helper()
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			if v, err := strconv.ParseFloat(strings.TrimSpace(rest), 64); err == nil {
				return v
			}
		}
	}
	t.Fatalf("no %q in:\n%s", name, tail(text, 2000))
	return 0
}

// redisTime is the CPU time that a Redis used up to now.
func redisTime(t *testing.T, c *goredis.Client) time.Duration {
	t.Helper()
	info, err := c.Info(context.Background(), "cpu").Result()
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration((figure(t, info, "used_cpu_user:") + figure(t, info, "used_cpu_sys:")) * float64(time.Second))
}

// hubTime is the CPU time that the hub used up to now.
func (b *bench) hubTime() time.Duration {
	b.t.Helper()
	_, _, body, err := b.get("/metrics")
	if err != nil {
		b.t.Fatal(err)
	}
	return time.Duration(figure(b.t, string(body), "process_cpu_seconds_total ") * float64(time.Second))
}

// A bill is what some work took.
type bill struct{ cpu, redis, wall time.Duration }

// round prints an edition of every paper, asks for all of them and waits until
// each new item is in its topic, and each topic was read compressed in each of its
// formats. It gives the CPU time of the hub and of its Redis, and the time from
// the first request to the last item.
func (b *bench) round() (used bill) {
	b.t.Helper()
	missing := make([][]string, benchTopic)
	for _, p := range b.papers {
		for _, it := range p.print(paperNew) {
			missing[it.topic] = append(missing[it.topic], it.link)
		}
	}
	wire := store.NewWire(b.core, store.Keep{})
	cpu, redis, began := b.hubTime(), redisTime(b.t, b.redis), time.Now()
	for _, p := range b.papers {
		if err := wire.Ask(context.Background(), news.ShardOf(news.FamilyOf(p.base+"/")), fmt.Sprint("bao-", p.n), time.Now()); err != nil {
			b.t.Fatal(err)
		}
	}
	for topic := range missing {
		b.await(60*time.Second, fmt.Sprintf("topic %d has its new items", topic), func() error { return b.shows(topic, missing[topic]) })
	}
	used.wall = time.Since(began)
	time.Sleep(300 * time.Millisecond) // what else is rendered belongs to the bill
	for topic := range missing {
		for _, format := range []string{"rss", "atom", "json"} {
			if status, _, _, err := b.get(fmt.Sprintf("/topics/t%d.%s", topic, format)); err != nil || status != http.StatusOK {
				b.t.Fatal(status, err)
			}
		}
	}
	used.cpu, used.redis = b.hubTime()-cpu, redisTime(b.t, b.redis)-redis
	return used
}

// shows says which of some items a topic does not show yet, as far as it changed
// since it was last asked: what is watched is not to pay for being watched.
func (b *bench) shows(topic int, links []string) error {
	path := fmt.Sprintf("/topics/t%d.json", topic)
	status, header, body, err := b.get(path, "If-None-Match", b.tags[path])
	if err != nil {
		return err
	}
	if b.tags[path] = header.Get("ETag"); status == http.StatusNotModified {
		return errors.New("it is as it was")
	}
	for _, l := range links {
		if !bytes.Contains(body, []byte(`"`+l+`"`)) {
			return fmt.Errorf("%s is not there yet", l)
		}
	}
	return nil
}

// TestCostE2E: 120 sources of 110 KB, 2 of 30 items new, 20 topics, Redis;
// against a pipeline that parses all, rebuilds and compresses, in turns. What
// Redis takes is told beside, for both.
func TestCostE2E(t *testing.T) {
	needCosts(t)
	var papers []*paper
	for n := range 120 {
		papers = append(papers, newPaper(t, n, 0, false, nil))
	}
	b := newBench(t, papers, "0 0 1 1 *")
	n := newNaive(t)
	few := papers[:20]
	for _, p := range few {
		n.read(p) // it knows what they had
	}
	b.round()
	var ratios, ours, theirs, redis, theirRedis []float64
	for range costRounds {
		used := b.round()
		items := float64(len(papers)*paperNew) * 1e6
		naive := n.round(few)
		ours, redis = append(ours, float64(used.cpu)/items), append(redis, float64(used.redis)/items)
		theirs, theirRedis = append(theirs, naive.cpu), append(theirRedis, naive.redis)
		ratios = append(ratios, float64(used.cpu)/items/naive.cpu)
	}
	report("E2E", median(ratios), "of-limit", median(ours), "ms/item", median(theirs), "naive-ms/item",
		median(redis), "redis-ms/item", median(theirRedis), "naive-redis-ms/item")
}

// TestCostIsolation: what a round takes beside 20 % sick sources, to the same
// round without, in turns.
func TestCostIsolation(t *testing.T) {
	needCosts(t)
	var well, beside []*paper
	var sick []string
	for n := range 96 {
		well, beside = append(well, newPaper(t, n, 0, false, nil)), append(beside, newPaper(t, 200+n, 0, false, nil))
	}
	for n := range 24 {
		sick = append(sick, sickPaper(t, 400+n))
	}
	without, with := newBench(t, well, "0 0 1 1 *"), newBench(t, beside, "0 0 1 1 *", sick...)
	var ratios []float64
	for range costRounds + 2 {
		a, b := without.round(), with.round()
		ratios = append(ratios, b.wall.Seconds()/a.wall.Seconds())
	}
	report("Isolation", median(ratios), "of-limit")
}

// appears waits until an item that was just served is shown, and says how long
// after. It asks for the ETag alone, every millisecond.
func (b *bench) appears(s served) time.Duration {
	b.t.Helper()
	it := s.newly[0]
	address, had := fmt.Sprintf("%s/topics/t%d.json", b.base, it.topic), ""
	for time.Since(s.at) < 10*time.Second {
		resp, err := http.Head(address)
		if err != nil {
			b.t.Fatal(err)
		}
		resp.Body.Close()
		if tag := resp.Header.Get("ETag"); tag != had {
			took := time.Since(s.at)
			if had = tag; b.shows(it.topic, []string{it.link}) == nil {
				return took
			}
		}
		time.Sleep(time.Millisecond)
	}
	b.t.Fatalf("%s is not shown after 10 s", it.link)
	return 0
}

// TestCostLatency: from the last byte of a source's body to the new ETag, at half of
// the load that the hub and its Redis can take on this machine: what an item takes
// of the processors is measured first.
func TestCostLatency(t *testing.T) {
	needCosts(t)
	answers := make(chan served, 1000)
	papers := telling(t, 120, paperNew, answers)
	b := newBench(t, papers, "0 0 1 1 *")
	b.round()
	used := b.round()
	item := (used.cpu + used.redis) / time.Duration(len(papers)*paperNew)
	polls := time.Duration(runtime.NumCPU()) * time.Second / (2 * item * paperNew) // a second
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		b.keepAsking(ctx, time.Second/max(polls, 1))
	}()
	b.latencies("Latency", answers, float64(polls), "polls/s")
	cancel()
	<-asked
}

// TestCostLatencyEveryday: the same beside 4 changed polls a second, which is five
// times what all papers of the country give on an ordinary day.
func TestCostLatencyEveryday(t *testing.T) {
	needCosts(t)
	answers := make(chan served, 1000)
	newBench(t, telling(t, 8, 1, answers), "@every 2s").latencies("LatencyEveryday", answers, 4.0, "polls/s")
}

// telling opens papers that bring news with each request, and tell of it.
func telling(t *testing.T, n, news int, answers chan<- served) (papers []*paper) {
	for n := range n {
		papers = append(papers, newPaper(t, n, news, true, func(s served) {
			select {
			case answers <- s:
			default:
			}
		}))
	}
	return papers
}

// keepAsking asks for one paper after the other, until ctx ends.
func (b *bench) keepAsking(ctx context.Context, every time.Duration) {
	wire, tick := store.NewWire(b.core, store.Keep{}), time.NewTicker(every)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		p := b.papers[n%len(b.papers)]
		if err := wire.Ask(ctx, news.ShardOf(news.FamilyOf(p.base+"/")), fmt.Sprint("bao-", p.n), time.Now()); err != nil && ctx.Err() == nil {
			b.t.Error(err)
		}
	}
}

// latencies watches one answer after the other for some seconds, once what was
// there from the beginning is filed, and reports how long each took to appear.
func (b *bench) latencies(name string, answers <-chan served, more ...any) {
	b.await(60*time.Second, "what was there from the beginning is filed", func() error {
		for len(answers) > 0 {
			<-answers
		}
		s := <-answers
		time.Sleep(time.Second) // a hub that has caught up shows by then what it just read
		return b.shows(s.newly[0].topic, []string{s.newly[0].link})
	})
	cpu, redis, began := b.hubTime(), redisTime(b.t, b.redis), time.Now()
	var took []float64
	for time.Since(began) < 15*time.Second {
		s := <-answers
		if time.Since(s.at) > time.Millisecond {
			continue // answered while another was watched
		}
		took = append(took, float64(b.appears(s))/1e6)
	}
	seconds := float64(time.Since(began))
	cores, redisCores := float64(b.hubTime()-cpu)/seconds, float64(redisTime(b.t, b.redis)-redis)/seconds
	slices.Sort(took)
	report(name, append([]any{took[len(took)*99/100], "p99-ms", median(took), "p50-ms", cores, "cores", redisCores, "redis-cores", float64(len(took)), "samples"}, more...)...)
}
