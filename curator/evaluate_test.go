package curator_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tinhub/curator"
	"tinhub/curator/sameness"
	"tinhub/news"
)

// TestEvaluate measures the recognition of copies on real articles:
//
//	TINHUB_ARTICLES=folder go test ./curator -run Evaluate -v
//
// Without a folder it reports on the sample pairs alone. The folder holds one article a .txt file, its first line the title. Every
// edit of evalEdits is applied to up to a thousand of them and the result is
// looked up among all: "merged" is the share that joined its original (recall
// for a copy, the error for a template), "with another" the share that joined a
// different article, which is an error unless the folder itself holds copies.
func TestEvaluate(t *testing.T) {
	right, pairs := 0, readPairs(t)
	for name, p := range pairs {
		if got, _ := grouped(t, p[0], p[1]); got == strings.HasPrefix(name, "same-") {
			right++
		}
	}
	fmt.Printf("%d of %d sample pairs decided as their names say\n", right, len(pairs))
	dir := os.Getenv("TINHUB_ARTICLES")
	if dir == "" {
		t.Skip("set TINHUB_ARTICLES to a folder of articles, one a .txt file, its first line the title")
	}
	c := readCorpus(t, dir, 20000)
	c.together(t)
	fmt.Printf("%d articles\n%-50s %6s %10s %8s %13s\n", len(c.texts), "edit", "n", "candidate", "merged", "with another")
	for _, e := range evalEdits() {
		r := c.measure(e, rand.New(rand.NewPCG(1, 2)))
		fmt.Printf("%-50s %6d %10.4f %8.4f %13.4f\n", e.name, r.n, r.share(r.found), r.share(r.merged), r.share(r.wrong))
		if testing.Verbose() {
			for _, s := range r.samples {
				fmt.Println("     ", s)
			}
		}
	}
}

// together groups the folder's own articles as the curator would, and shows what
// it merged on less than all of a text: these are to be read.
func (c *corpus) together(t *testing.T) {
	t.Helper()
	trial, merged, same := curator.NewTrial(), 0, 0
	var doubtful []string
	for i, x := range c.texts {
		a := news.Article{ID: c.names[i], Family: c.names[i], Entry: news.Entry{Title: x.title}, Full: &news.Full{Text: x.text}}
		p, err := trial.Add(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case p.With == "":
		case p.Score >= .95:
			merged, same = merged+1, same+1
		default:
			merged++
			doubtful = append(doubtful, fmt.Sprintf("%s | %s | %.2f %s", x.title, c.texts[c.number[p.With]].title, p.Score, p.Reason))
		}
	}
	fmt.Printf("the folder's own articles: %d merged, %d of them on at least 95 %% of the shorter text\n", merged, same)
	if testing.Verbose() {
		for _, d := range doubtful {
			fmt.Println("     ", d)
		}
	}
}

type corpus struct {
	texts    []evalText
	names    []string
	prepared []*sameness.Text
	number   map[string]int
	prepare  *sameness.Preparer
	index    *sameness.Index
}

func readCorpus(t testing.TB, dir string, most int) *corpus {
	t.Helper()
	c := &corpus{number: map[string]int{}, prepare: sameness.NewPreparer(), index: sameness.NewIndex(0)}
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no .txt files in %s", dir)
	}
	for _, f := range files[:min(most, len(files))] {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		title, text, _ := strings.Cut(string(b), "\n")
		c.add(filepath.Base(f), evalText{title, strings.TrimSpace(text)})
	}
	return c
}

func (c *corpus) add(name string, x evalText) {
	p := c.prepare.Prepare(x.title, x.text)
	c.number[name] = len(c.texts)
	c.texts, c.names, c.prepared = append(c.texts, x), append(c.names, name), append(c.prepared, p)
	c.index.Put(name, 1, p.Sample(), time.Time{}, time.Time{})
}

type outcome struct {
	n, found, merged, wrong int
	samples                 []string // of what went otherwise than it should
}

func (o outcome) share(n int) float64 { return float64(n) / float64(max(1, o.n)) }

func (c *corpus) measure(e evalEdit, r *rand.Rand) (o outcome) {
	for i := 0; i < len(c.texts); i += max(1, len(c.texts)/1000) {
		other := (i + len(c.texts)/2 + 17) % len(c.texts)
		q := e.do(r, c.texts[i], c.texts[other])
		if q == c.texts[i] {
			continue
		}
		o.n++
		p, wrong := c.prepare.Prepare(q.title, q.text), false
		for _, cand := range c.index.Candidates(p.Sample(), time.Time{}, 8) {
			v := sameness.Compare(c.prepared[c.number[cand.ID]], p)
			if n := c.number[cand.ID]; n != i {
				wrong = wrong || v.Same && (e.same || n != other) // a digest is made of both
				continue
			}
			o.found++
			if v.Same {
				o.merged++
			}
			if v.Same != e.same && len(o.samples) < 3 {
				o.samples = append(o.samples, fmt.Sprintf("%s %.2f %s", c.names[i], v.Score, v.Reason))
			}
		}
		if wrong {
			o.wrong++
		}
	}
	return o
}
