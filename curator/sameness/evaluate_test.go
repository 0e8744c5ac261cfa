package sameness

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func load(t testing.TB, dir string, most int) (out []piece, ids []string) {
	fs, _ := filepath.Glob(filepath.Join(dir, "*.txt"))
	for _, f := range fs {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		title, text, _ := strings.Cut(string(b), "\n")
		out, ids = append(out, piece{title, strings.TrimSpace(text)}), append(ids, f)
		if len(out) == most {
			break
		}
	}
	return
}

func TestEvaluate(t *testing.T) {
	dir := os.Getenv("TINHUB_ARTICLES")
	if dir == "" {
		t.Skip("set TINHUB_ARTICLES to a folder of articles, one a .txt file: title, then text")
	}
	all, ids := load(t, dir, 6000)
	p := NewPreparer()
	x := NewIndex(0)
	at := time.Unix(0, 0)
	var texts []*Text
	byID := map[string]int{}
	start := time.Now()
	for i, a := range all {
		tx := p.Prepare(a.title, a.text)
		texts = append(texts, tx)
		x.Add(ids[i], tx.Sample(), at)
		byID[ids[i]] = i
	}
	fmt.Println(len(all), "prepared and indexed in", time.Since(start))
	r := rand.New(rand.NewPCG(1, 2))
	for _, e := range edits() {
		n, found, same, merged := 0, 0, 0, 0
		var samples []string
		for i := 0; i < len(all); i += max(1, len(all)/1000) {
			other := all[(i+len(all)/2+17)%len(all)]
			q := e.do(r, all[i], other)
			if q == all[i] {
				continue
			}
			tx := p.Prepare(q.title, q.text)
			n++
			was, any := false, false
			for _, c := range x.Candidates(tx.Sample(), at, 8) {
				j := byID[c.ID]
				if j == i {
					found++
					was = true
				}
				v := Compare(texts[j], tx)
				if v.Same && j == i {
					same++
				}
				if v.Same && j != i {
					any = true
				}
				if j == i && v.Same != e.same && len(samples) < 4 {
					samples = append(samples, fmt.Sprintf("%s: %.2f %s", filepath.Base(ids[i]), v.Score, v.Reason))
				}
			}
			_ = was
			if any {
				merged++
			}
		}
		fmt.Printf("%-50s n=%d candidate %.4f merged %.4f with another %.4f\n", e.name, n, float64(found)/float64(n), float64(same)/float64(n), float64(merged)/float64(n))
		for _, s := range samples {
			fmt.Println("      ", s)
		}
	}
}

func TestEvents(t *testing.T) {
	dir := os.Getenv("TINHUB_EVENTS")
	if dir == "" {
		t.Skip()
	}
	var all []piece
	var ids []string
	ds, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, d := range ds {
		a, i := load(t, d, 100)
		all, ids = append(all, a...), append(ids, i...)
	}
	p := NewPreparer()
	var tx []*Text
	for _, a := range all {
		tx = append(tx, p.Prepare(strings.ReplaceAll(a.title, "_", " "), a.text))
	}
	for i := range tx {
		for j := range i {
			v := Compare(tx[i], tx[j])
			if v.Score > .3 && tx[i].Len() > 20 && tx[j].Len() > 20 {
				fmt.Printf("%v %.2f %s ~ %s %s (%d,%d)\n", v.Same, v.Score, ids[i][len(dir):], ids[j][len(dir):], v.Reason, tx[i].Len(), tx[j].Len())
			}
		}
	}
}
