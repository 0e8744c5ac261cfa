package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

// What the whole-program benchmarks read: papers whose feeds are 110 KB, in
// which every edition brings 2 new items of 30.

const (
	paperItems = 30
	paperNew   = 2
	benchTopic = 20
)

// A paper is one feed at an address of its own on loopback, so that each is a
// host, as papers are.
type paper struct {
	n    int
	base string

	mu      sync.Mutex // guards what follows
	rng     *rand.Rand
	items   []paperItem // newest first
	printed int         // items ever
	packed  []byte
	edition int
}

type paperItem struct {
	link, text string
	topic      int
}

// served tells of one answer: when its last byte was handed to the kernel.
type served struct {
	p     *paper
	newly []paperItem
	at    time.Time
}

// newPaper opens a paper. every prints an edition with each request; told hears
// of each answer.
func newPaper(t *testing.T, n, news int, every bool, told func(served)) *paper {
	t.Helper()
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.%d.%d:0", 2+n/250, 1+n%250))
	if err != nil {
		t.Skipf("the benchmark needs 127.0.0.0/8 on loopback: %v", err)
	}
	p := &paper{n: n, base: "http://" + l.Addr().String(), rng: rand.New(rand.NewPCG(7, uint64(n)))}
	p.print(paperItems)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var newly []paperItem
		if every {
			newly = p.print(news)
		}
		p.mu.Lock()
		body, tag := p.packed, fmt.Sprintf(`"%d"`, p.edition)
		p.mu.Unlock()
		w.Header().Set("ETag", tag)
		w.Header().Set("Content-Type", "application/rss+xml")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(body)
		_ = http.NewResponseController(w).Flush()
		if told != nil {
			told(served{p, newly, time.Now()})
		}
	})}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { srv.Close() })
	return p
}

var (
	onsets = strings.Fields("b c ch d đ g gi h k kh l m n ng nh ph qu r s t th tr v x")
	rhymes = strings.Fields("a à á ả anh ang áp ân ất âu ây ê ến inh iệt o ó ong ông ồng ộc ơ ơn u ú ung uyện ư ương ước ười")
	// Invented words, so that no text is under a topic by accident.
	topicWords = func() (all [benchTopic]string) {
		for i := range all {
			all[i] = fmt.Sprintf("bê tê %s zet", []string{"linh", "mốt", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín",
				"mười", "mươi mốt", "mươi hai", "mươi ba", "mươi bốn", "mươi lăm", "mươi sáu", "mươi bảy", "mươi tám", "mươi chín"}[i])
		}
		return all
	}()
)

func prose(r *rand.Rand, bytes int) string {
	var b strings.Builder
	for b.Len() < bytes {
		b.WriteString(onsets[r.IntN(len(onsets))])
		b.WriteString(rhymes[r.IntN(len(rhymes))])
		b.WriteByte(' ')
		if r.IntN(12) == 0 {
			b.WriteString("– ")
		}
	}
	return strings.TrimSpace(b.String())
}

// print adds new items and drops the oldest; the document is made here, so that
// serving it costs next to nothing.
func (p *paper) print(news int) (newly []paperItem) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range news {
		topic := (p.n*paperNew + p.printed) % benchTopic
		it := paperItem{link: fmt.Sprintf("%s/tin-%d.html", p.base, p.printed), topic: topic}
		var text strings.Builder
		for range 8 {
			fmt.Fprintf(&text, "<p>%s, <a href=\"/khac.html\">%s</a>.</p>", prose(p.rng, 290), prose(p.rng, 40))
		}
		it.text = fmt.Sprintf("<item><title>%s: %s</title><link>%s</link><guid>%s</guid><pubDate>%s</pubDate><category>Xã hội</category><description><![CDATA[<img src=\"/%d.jpg\">%s]]></description></item>\n",
			topicWords[topic], prose(p.rng, 60), it.link, it.link, time.Now().UTC().Add(-time.Minute).Format(time.RFC1123Z), p.printed, text.String())
		p.printed++
		newly = append(newly, it)
		p.items = append([]paperItem{it}, p.items...)
	}
	p.items = p.items[:min(len(p.items), paperItems)]
	p.edition++
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	fmt.Fprintf(z, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel><title>Báo thử %d</title><link>%s/</link><description>Tin thử</description>\n", p.n, p.base)
	for _, it := range p.items {
		fmt.Fprint(z, it.text)
	}
	fmt.Fprint(z, "</channel></rss>\n")
	z.Close()
	p.packed = b.Bytes()
	return newly
}

// sickPaper is one of four ways to be ill: silent, dripping, failing, no feed.
func sickPaper(t *testing.T, n int) string {
	t.Helper()
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.%d.%d:0", 2+n/250, 1+n%250))
	if err != nil {
		t.Skipf("the benchmark needs 127.0.0.0/8 on loopback: %v", err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch n % 4 {
		case 0:
			<-r.Context().Done()
		case 1:
			for range 100 {
				_, _ = w.Write([]byte("<rss>"))
				_ = http.NewResponseController(w).Flush()
				select {
				case <-r.Context().Done():
					return
				case <-time.After(100 * time.Millisecond):
				}
			}
		case 2:
			w.WriteHeader(http.StatusBadGateway)
		default:
			_, _ = w.Write(bytes.Repeat([]byte("<html><div class=x>Không có tin</div>"), 3000))
		}
	})}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { srv.Close() })
	return "http://" + l.Addr().String()
}
