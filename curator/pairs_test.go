package curator_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tinhub/curator"
	"tinhub/news"
)

// TestPairs groups the sample pairs, both ways round: testdata/pairs holds two
// articles a file, and the file's name says whether they tell the same text.
func TestPairs(t *testing.T) {
	for name, p := range readPairs(t) {
		want := strings.HasPrefix(name, "same-")
		for _, way := range [][2]evalText{p, {p[1], p[0]}} {
			got, why := grouped(t, way[0], way[1])
			if got != want {
				t.Errorf("%s: same %t, want %t: %s", name, got, want, why)
			}
		}
	}
}

func readPairs(t *testing.T) map[string][2]evalText {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "pairs", "*.txt"))
	if err != nil || len(files) < 10 {
		t.Fatalf("the sample pairs are missing: %d files, %v", len(files), err)
	}
	out := map[string][2]evalText{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		x, y, ok := strings.Cut(string(b), "\n====\n")
		if !ok {
			t.Fatalf("%s: no line ==== between two articles", f)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".txt")] = [2]evalText{articleOf(x), articleOf(y)}
	}
	return out
}

func articleOf(s string) evalText {
	title, text, _ := strings.Cut(s, "\n")
	return evalText{title, strings.TrimSpace(text)}
}

// grouped says whether the curator puts two articles into one story.
func grouped(t testing.TB, all ...evalText) (same bool, why string) {
	t.Helper()
	trial := curator.NewTrial()
	for i, x := range all {
		id := fmt.Sprint(i)
		p, err := trial.Add(t.Context(), news.Article{ID: id, Family: id, Entry: news.Entry{Title: x.title}, Full: &news.Full{Text: x.text}})
		if err != nil {
			t.Fatal(err)
		}
		same, why = p.Story != id, p.Reason
	}
	return same, why
}
