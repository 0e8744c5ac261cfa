package page

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tinhub/news"
)

// TestCorpus measures extraction against pages whose text is known:
//
//	TINHUB_PAGES=folder go test ./fetcher/page -run Corpus -v
//
// The folder has one folder a page with source.html and expected.html, as the
// test-pages of Mozilla's readability have. Precision is the share of what is
// taken that was expected, recall the share of what was expected that is taken,
// both in words counted with their number.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("TINHUB_PAGES")
	if dir == "" {
		t.Skip("set TINHUB_PAGES to a folder of pages, each a folder with source.html and expected.html")
	}
	pages, _ := filepath.Glob(filepath.Join(dir, "*", "source.html"))
	var precision, recall float64
	n, failed := 0, 0
	start := time.Now()
	for _, f := range pages {
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(filepath.Dir(f), "expected.html"))
		if err != nil {
			continue
		}
		n++
		a, err := Read(source, Options{URL: "http://fakehost/test/page.html", Now: time.Now()})
		if err != nil {
			failed++
			fmt.Printf("%-50s %v\n", filepath.Base(filepath.Dir(f)), err)
			continue
		}
		p, r := agreement(bag(news.Text(a.HTML)), bag(visible(string(want))))
		precision, recall = precision+p, recall+r
		if p < .9 || r < .9 {
			fmt.Printf("%-50s precision %.3f recall %.3f\n", filepath.Base(filepath.Dir(f)), p, r)
		}
	}
	p, r := precision/float64(max(1, n)), recall/float64(max(1, n))
	fmt.Printf("%d pages, %d without an article, precision %.4f, recall %.4f, F %.4f, %v a page\n", n, failed, p, r, 2*p*r/(p+r), time.Since(start)/time.Duration(max(1, n)))
}

func visible(fragment string) string {
	n, err := html.Parse(strings.NewReader(fragment))
	if err != nil {
		return ""
	}
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode && !inScript(n) {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
			b.WriteByte(' ')
		}
	}
	walk(n)
	return b.String()
}

func bag(s string) map[string]int {
	out := map[string]int{}
	for w := range strings.FieldsSeq(strings.ToLower(s)) {
		out[w]++
	}
	return out
}

func agreement(got, want map[string]int) (precision, recall float64) {
	both, g, w := 0, 0, 0
	for k, n := range got {
		both, g = both+min(n, want[k]), g+n
	}
	for _, n := range want {
		w += n
	}
	if g == 0 || w == 0 {
		return 0, 0
	}
	return float64(both) / float64(g), float64(both) / float64(w)
}

// TestTexts measures extraction against plain texts:
//
//	TINHUB_TEXTS=folder go test ./fetcher/page -run Texts -v
//
// The folder has html/NAME.html and text/NAME.txt, as the tests/data of
// github.com/codelucas/newspaper has. Those were taken by a program: texts of less
// than 50 words are a cookie notice or a headline, and left out.
func TestTexts(t *testing.T) {
	dir := os.Getenv("TINHUB_TEXTS")
	if dir == "" {
		t.Skip("set TINHUB_TEXTS to a folder with html/NAME.html and text/NAME.txt")
	}
	texts, _ := filepath.Glob(filepath.Join(dir, "text", "*.txt"))
	var precision, recall float64
	n, failed, short := 0, 0, 0
	for _, f := range texts {
		name := strings.TrimSuffix(filepath.Base(f), ".txt")
		source, err := os.ReadFile(filepath.Join(dir, "html", name+".html"))
		if err != nil {
			continue
		}
		want, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if len(strings.Fields(string(want))) < 50 {
			short++
			continue
		}
		n++
		a, err := Read(source, Options{URL: "http://fakehost/" + name, Now: time.Now()})
		if err != nil {
			failed++
			fmt.Printf("%-50s %v\n", name, err)
			continue
		}
		p, r := agreement(bag(a.Text), bag(string(want)))
		precision, recall = precision+p, recall+r
		if p < .8 || r < .8 {
			fmt.Printf("%-50s precision %.3f recall %.3f\n", name, p, r)
		}
	}
	p, r := precision/float64(max(1, n)), recall/float64(max(1, n))
	fmt.Printf("%d pages (%d more whose text is under 50 words), %d without an article, precision %.4f, recall %.4f, F %.4f\n", n, short, failed, p, r, 2*p*r/(p+r))
}
