// Package tinhub has no code: this file holds the floor plan of README.md as a
// test, because what is only written down drifts.
package tinhub

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the prefix of our own import paths.
const module = "tinhub/"

// mayImport says which of our rooms each room may import. Rooms meet at the
// store and never import each other: cmd/tinhub alone imports everything, and
// hands each room what it asked for in interfaces of its own.
var mayImport = map[string][]string{
	"news":           {},
	"config":         {"news"},
	"fetcher/markup": {"news"},
	"fetcher/client": {"news"},
	"fetcher/feed":   {"news", "fetcher/markup"},
	"fetcher/page":   {"news", "fetcher/markup"},
	"fetcher":        {"news", "fetcher/feed", "fetcher/page", "fetcher/markup", "fetcher/client"},
	"fetcher/push":   {"news", "fetcher/feed", "fetcher/page", "fetcher/markup"},
	"curator":        {"news", "curator/sameness"},
	// How alike two texts are: a job of its own inside the curator's.
	"curator/sameness": {"news"},
	"publisher/feed":   {"news"},
	// The widget's page shows what an output shows.
	"publisher/embed": {"news"},
	// Counting is asked for by everybody who serves, and knows none of them.
	"publisher/tally":  {"news"},
	"publisher":        {"news", "publisher/feed", "publisher/embed"},
	"publisher/websub": {"news", "publisher/feed", "publisher/embed"},
	"admin":            {"news"},
	"store":            {"news"},
	"store/redis":      {"news", "store"},
	"store/sqlite":     {"news", "store"},
	"store/storetest":  {"news", "store"},
	// The simulated press knows nothing of the hub that reads it: it can only be
	// read as a paper can.
	"cmd/tinhub/press": {},
}

// everything marks the one room that may import all others.
const everything = "cmd/tinhub"

// topLevel is what a newcomer sees first. A new entry needs a reason that a
// newcomer would accept.
var topLevel = []string{
	".ci", ".dockerignore", ".gitignore", "Dockerfile", "Makefile", "README.md", "README.vi.md", "go.mod", "go.sum", "layout_test.go", "test.sh",
	"admin", "cmd", "config", "curator", "deploy", "docs", "fetcher", "news", "publisher", "store",
}

// unwanted are names of folders that collect what nobody placed.
var unwanted = []string{"internal", "util", "utils", "common", "models", "types", "helpers"}

// A file is one Go file of ours, parsed.
type file struct {
	name, dir string // slash-separated, from the repository's root
	test      bool
	fset      *token.FileSet
	ast       *ast.File
}

func TestImports(t *testing.T) {
	for _, f := range files(t) {
		allowed, known := mayImport[f.dir]
		switch {
		case f.dir == everything, f.dir == ".":
			continue
		case !known:
			t.Errorf("%s: the folder %s is not on the floor plan; add it to mayImport here and to README.md's map, with its reason", f.name, f.dir)
			continue
		case f.test:
			continue // a test may borrow the engine or the room it is tried against
		}
		for _, spec := range f.ast.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			room, ours := strings.CutPrefix(p, module)
			if ours && !slices.Contains(allowed, room) {
				t.Errorf("%s: %s may import %v of ours, not %s: ask for what is needed in an interface of its own, and let cmd/tinhub hand it over",
					f.name, f.dir, allowed, room)
			}
		}
	}
}

func TestPackageComments(t *testing.T) {
	has := map[string]bool{}
	for _, f := range files(t) {
		if f.test && f.dir != "." {
			continue
		}
		doc := f.ast.Doc != nil && (strings.HasPrefix(f.ast.Doc.Text(), "Package ") || f.ast.Name.Name == "main")
		has[f.dir] = has[f.dir] || doc
	}
	for dir, ok := range has {
		if !ok {
			t.Errorf("%s: no package comment; open one file with \"// Package %s …\" that says what the room is for", dir, path.Base(dir))
		}
	}
}

// TestOneWayOut holds that there is one way out to the internet: the guarded,
// polite client. Whoever dials asks for it.
func TestOneWayOut(t *testing.T) {
	forbidden := map[string][]string{
		"net/http":   {"Client", "DefaultClient", "Transport", "DefaultTransport", "Get", "Head", "Post", "PostForm"},
		"net":        {"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix", "Dialer"},
		"crypto/tls": {"Dial", "DialWithDialer", "Dialer"},
	}
	for _, f := range files(t) {
		// The suite that engines are tried with stands between them and a server
		// of its own; nothing of it is in the program.
		if f.test || f.dir == "fetcher/client" || f.dir == "store/storetest" {
			continue
		}
		called := map[string]string{} // what a package is called in this file: its path
		for _, spec := range f.ast.Imports {
			p, _ := strconv.Unquote(spec.Path.Value)
			name := path.Base(p)
			if spec.Name != nil {
				name = spec.Name.Name
			}
			called[name] = p
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := sel.X.(*ast.Ident)
			if ok && slices.Contains(forbidden[called[x.Name]], sel.Sel.Name) {
				t.Errorf("%s: %s.%s dials past the address guard; use the client of fetcher/client that cmd/tinhub makes once",
					f.fset.Position(n.Pos()), x.Name, sel.Sel.Name)
			}
			return true
		})
	}
}

func TestFolders(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == ".git" || ignored(e.Name()) {
			continue
		}
		if !slices.Contains(topLevel, e.Name()) {
			t.Errorf("%s stands at the top level; every entry there must be one that a newcomer expects: see topLevel", e.Name())
		}
	}
	err = filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == ".git" {
			return fs.SkipDir
		}
		if d.IsDir() && slices.Contains(unwanted, d.Name()) {
			t.Errorf("%s: a folder of this name collects what nobody placed; put each thing into the room that it belongs to", p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ignored are things that building and running leave behind (.gitignore).
func ignored(name string) bool {
	return name == "data" || name == "tinhub" || strings.HasSuffix(name, ".test") || strings.HasSuffix(name, ".prof")
}

// files parses every Go file of the repository.
func files(t *testing.T) []file {
	t.Helper()
	var list []file
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git"):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(p) != ".go":
			return nil
		}
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, p, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		list = append(list, file{
			name: filepath.ToSlash(p), dir: filepath.ToSlash(filepath.Dir(p)),
			test: strings.HasSuffix(p, "_test.go"), fset: fset, ast: tree,
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 10 {
		t.Fatalf("found %d Go files: run from the repository's root", len(list))
	}
	return list
}
