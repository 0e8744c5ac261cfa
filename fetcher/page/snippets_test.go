package page

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A snippets entry says of a page what its text holds and what not.
type snippets struct {
	url, file     string
	title         string
	with, without []string
}

// TestSnippets measures extraction against pages of which pieces are known that
// belong to the text, and pieces that do not:
//
//	TINHUB_SNIPPETS=folder go test ./fetcher/page -run Snippets -v
//
// The folder is a copy of github.com/markusmobius/go-trafilatura: its list is in
// scripts/comparison/data.go, its pages are in test-files. What is counted, and
// how, is as there. With TINHUB_MISSES=file each miss is written there.
func TestSnippets(t *testing.T) {
	dir := os.Getenv("TINHUB_SNIPPETS")
	if dir == "" {
		t.Skip("set TINHUB_SNIPPETS to a copy of github.com/markusmobius/go-trafilatura")
	}
	list, err := readSnippets(filepath.Join(dir, "scripts/comparison/data.go"))
	if err != nil {
		t.Fatal(err)
	}
	var misses strings.Builder
	var tp, fn, fp, tn, titles, titled, failed int
	start := time.Now()
	n := 0
	for _, s := range list {
		body, err := os.ReadFile(filepath.Join(dir, "test-files/comparison", s.file))
		if err != nil {
			if body, err = os.ReadFile(filepath.Join(dir, "test-files/mock", s.file)); err != nil {
				continue
			}
		}
		n++
		a, err := Read(body, Options{URL: s.url, Now: time.Now()})
		text := strings.Join(strings.Fields(a.Text), " ")
		if err != nil {
			failed++
			text = ""
			fmt.Fprintf(&misses, "%s: %v\n", s.file, err)
		}
		if s.title != "" {
			titled++
			if got, want := even(a.Title), even(s.title); strings.Contains(got, want) || strings.Contains(want, got) && got != "" {
				titles++
			} else {
				fmt.Fprintf(&misses, "%s: title %q, want %q\n", s.file, a.Title, s.title)
			}
		}
		for _, w := range s.with {
			if strings.Contains(text, strings.Join(strings.Fields(w), " ")) {
				tp++
			} else {
				fn++
				fmt.Fprintf(&misses, "%s: lacks %q\n", s.file, w)
			}
		}
		for _, w := range s.without {
			if strings.Contains(text, strings.Join(strings.Fields(w), " ")) {
				fp++
				fmt.Fprintf(&misses, "%s: has %q\n", s.file, w)
			} else {
				tn++
			}
		}
	}
	p, r := float64(tp)/float64(max(1, tp+fp)), float64(tp)/float64(max(1, tp+fn))
	fmt.Printf("%d pages, %d without an article, precision %.3f, recall %.3f, accuracy %.3f, F %.3f, %d of %d titles, %v a page\n", n, failed,
		p, r, float64(tp+tn)/float64(max(1, tp+tn+fp+fn)), 2*p*r/(p+r), titles, titled, time.Since(start)/time.Duration(max(1, n)))
	if file := os.Getenv("TINHUB_MISSES"); file != "" {
		if err := os.WriteFile(file, []byte(misses.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// even is a headline without what a style sheet does: capitals, soft hyphens, dashes.
func even(s string) string {
	return strings.NewReplacer("\u00ad", "", "–", "-", "—", "-", "“", `"`, "”", `"`, "„", `"`, "’", "'").Replace(strings.ToLower(strings.TrimSpace(s)))
}

// readSnippets reads the composite literal of the list.
func readSnippets(file string) ([]snippets, error) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		return nil, err
	}
	var out []snippets
	ast.Inspect(f, func(n ast.Node) bool {
		kv, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		value, ok := kv.Value.(*ast.CompositeLit)
		key := literal(kv.Key)
		if !ok || !strings.HasPrefix(key, "http") {
			return true
		}
		s := snippets{url: key}
		for _, e := range value.Elts {
			field, ok := e.(*ast.KeyValueExpr)
			if !ok {
				continue
			}
			switch name, _ := field.Key.(*ast.Ident); name.Name {
			case "File":
				s.file = literal(field.Value)
			case "Title":
				s.title = literal(field.Value)
			case "With":
				s.with = literals(field.Value)
			case "Without":
				s.without = literals(field.Value)
			}
		}
		out = append(out, s)
		return false
	})
	return out, nil
}

func literals(e ast.Expr) (out []string) {
	if list, ok := e.(*ast.CompositeLit); ok {
		for _, x := range list.Elts {
			out = append(out, literal(x))
		}
	}
	return out
}

func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	s, _ := strconv.Unquote(lit.Value)
	return s
}
