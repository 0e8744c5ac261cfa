package config

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"tinhub/news"
)

// What a file may be, so that reading one is cheap whatever it holds.
const (
	maxFile  = 8 << 20 // bytes
	maxNodes = 200_000 // after anchors are followed
	maxDepth = 64
	maxPlace = 12 // deeper than any key; what lies below has no place of its own
)

type kind int

const (
	nothing kind = iota // null: as if the key were not there
	scalar
	sequence
	mapping
)

func (k kind) String() string {
	return [...]string{"empty", "a single value", "a list", "a mapping"}[k]
}

// A node is a value of the file, or of the environment, with where it stands
// and the path that leads to it (topics[2].where).
type node struct {
	kind  kind
	text  string
	items []*node
	pairs []pair
	at    Position
	path  string
	env   bool // a variable: a list is one text with commas
}

type pair struct {
	key   string
	at    Position
	value *node
}

// get is the value of a key, nil when it is not there.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for _, p := range n.pairs {
		if p.key == key {
			return p.value
		}
	}
	return nil
}

// parse reads YAML into a tree; nil when there are faults that leave none.
func (l *loader) parse(data []byte) (root *node) {
	whole := Position{File: l.file, Line: 1, Column: 1}
	defer func() {
		if p := recover(); p != nil { // the parser has panicked on strange input before
			l.fault(whole, "this is no YAML that can be read: mend it, or begin from tinhub.example.yaml")
			root = nil
		}
	}()
	if at, text := l.unreadable(data); text != "" {
		l.fault(at, "%s", text)
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")) // the parser counts lines of CRLF twice in block texts
	f, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		l.syntax(data, err, whole)
		return nil
	}
	var bodies []ast.Node
	for _, d := range f.Docs {
		if d.Body != nil {
			bodies = append(bodies, d.Body)
		}
	}
	if len(bodies) == 0 {
		l.fault(whole, "the file is empty: write what is to be changed, or name no file to run with the starter catalogue")
		return nil
	}
	if len(bodies) > 1 {
		l.fault(l.position(bodies[1]), "a second document begins here: put everything into one, without ---")
	}
	c := converter{l: l, anchors: map[string]ast.Node{}}
	return c.convert(bodies[0], "", 0)
}

var nested = regexp.MustCompile(`(?m)^\s*(?:[-?:]\s+){33}`)

// unreadable looks for what must not reach the parser: its recursion is bounded
// by nothing, and a stack that overflows cannot be recovered from.
func (l *loader) unreadable(data []byte) (Position, string) {
	at := func(i int) Position {
		line := 1 + bytes.Count(data[:i], []byte("\n"))
		return Position{l.file, line, 1 + utf8.RuneCount(data[bytes.LastIndexByte(data[:i], '\n')+1:i])}
	}
	if len(data) > maxFile {
		return at(0), fmt.Sprintf("the file has %d bytes: at most %d are read; keep long lists of sources in the admin pages", len(data), maxFile)
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return at(i), "a NUL character: the file was not written to its end, or is no text; write it again"
	}
	if !utf8.Valid(data) {
		i := 0
		for i < len(data) {
			r, n := utf8.DecodeRune(data[i:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			i += n
		}
		return at(i), "not UTF-8: save the file as UTF-8"
	}
	depth := 0
	for i, c := range data {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(0, depth-1)
		case '\n':
			if i+1 < len(data) && data[i+1] != ' ' && data[i+1] != '\t' {
				depth = 0 // a new key: a bracket in a text before was never closed
			}
		}
		if depth > maxDepth {
			return at(i), fmt.Sprintf("nested deeper than %d brackets: nothing in the configuration is", maxDepth)
		}
	}
	if m := nested.FindIndex(data); m != nil {
		return at(m[0]), "nested too deeply: nothing in the configuration is"
	}
	return Position{}, ""
}

func (l *loader) syntax(data []byte, err error, at Position) {
	text := err.Error()
	var s *yaml.SyntaxError
	if errors.As(err, &s) {
		text = s.Message
		if s.Token != nil && s.Token.Position != nil {
			at.Line, at.Column = max(1, s.Token.Position.Line), max(1, s.Token.Position.Column)
		}
	}
	text, _, _ = strings.Cut(text, "\n")
	if star, ok := l.bareStar(data, at); ok {
		l.fault(star, "a value that begins with * must stand in quotes, as in \"*/10 * * * *\"")
		return
	}
	l.fault(at, "no valid YAML: %s; check the indentation, and put a value with any of : # [ ] { } * & ! | > ' \" %% @ in quotes", text)
}

var starValue = regexp.MustCompile(`^[^#"']*(?::|-)\s+(\*[^A-Za-z0-9_])`)

// bareStar finds the mistake that every cron line invites: YAML reads a value
// that begins with * as a reference to an anchor.
func (l *loader) bareStar(data []byte, at Position) (Position, bool) {
	lines := bytes.Split(data, []byte("\n"))
	if at.Line > len(lines) {
		return at, false
	}
	m := starValue.FindSubmatchIndex(lines[at.Line-1])
	if m == nil {
		return at, false
	}
	at.Column = 1 + utf8.RuneCount(lines[at.Line-1][:m[2]])
	return at, true
}

func (l *loader) position(n ast.Node) Position {
	p := Position{File: l.file, Line: 1, Column: 1}
	switch v := n.(type) {
	case *ast.MappingNode: // the token of a block mapping is its first colon
		if !v.IsFlowStyle && len(v.Values) > 0 {
			return l.position(v.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return l.position(v.Key)
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		p.Line, p.Column = max(1, t.Position.Line), max(1, t.Position.Column)
	}
	return p
}

// A converter turns the parser's tree into ours: anchors followed, ${NAME}
// replaced.
type converter struct {
	l       *loader
	anchors map[string]ast.Node
	nodes   int
	full    bool
}

func (c *converter) convert(n ast.Node, path string, depth int) *node {
	out := &node{at: c.l.position(n), path: path}
	c.nodes++
	if c.nodes > maxNodes || depth > maxDepth {
		if !c.full {
			c.full = true
			c.l.fault(out.at, "too much: at most %d values, %d deep; an anchor may repeat itself here", maxNodes, maxDepth)
		}
		return out
	}
	if depth <= maxPlace {
		c.l.places[path] = out.at
	}
	switch v := n.(type) {
	case *ast.NullNode:
	case *ast.MappingNode:
		out.kind = mapping
		c.pairs(out, v.Values, depth)
	case *ast.MappingValueNode:
		out.kind = mapping
		c.pairs(out, []*ast.MappingValueNode{v}, depth)
	case *ast.SequenceNode:
		out.kind = sequence
		for i, item := range v.Values {
			out.items = append(out.items, c.convert(item, path+"["+strconv.Itoa(i)+"]", depth+1))
		}
	case *ast.AnchorNode:
		c.anchors[v.Name.GetToken().Value] = v.Value
		return c.convert(v.Value, path, depth+1)
	case *ast.AliasNode:
		return c.alias(v, out, path, depth)
	case *ast.TagNode:
		return c.convert(v.Value, path, depth+1)
	case *ast.LiteralNode:
		out.kind, out.text = scalar, c.l.expand(v.Value.Value, out.at)
	case *ast.StringNode:
		out.kind, out.text = scalar, c.l.expand(v.Value, out.at)
	default:
		out.kind = scalar
		if t := n.GetToken(); t != nil {
			out.text = strings.TrimSpace(t.Value)
		}
	}
	return out
}

func (c *converter) alias(v *ast.AliasNode, out *node, path string, depth int) *node {
	name := v.Value.GetToken().Value
	target, ok := c.anchors[name]
	if !ok {
		c.l.fault(out.at, "there is no anchor &%s before this: a text that begins with * must stand in quotes", name)
		return out
	}
	got := c.convert(target, path, depth+1)
	c.l.places[path] = out.at
	return got
}

func (c *converter) pairs(out *node, values []*ast.MappingValueNode, depth int) {
	for _, v := range values {
		if _, ok := v.Key.(*ast.MergeKeyNode); ok {
			merged := c.convert(v.Value, out.path, depth+1)
			for _, p := range merged.pairs {
				if out.get(p.key) == nil {
					out.pairs = append(out.pairs, p)
				}
			}
			continue
		}
		key := keyText(v.Key)
		at := c.l.position(v.Key)
		path := key
		if out.path != "" {
			path = out.path + "." + key
		}
		if first := out.get(key); first != nil {
			c.l.fault(at, "%s stands here a second time (first in line %d): keep one of them", key, c.lineOf(out, key))
			continue
		}
		out.pairs = append(out.pairs, pair{key, at, c.convert(v.Value, path, depth+1)})
	}
}

func (c *converter) lineOf(n *node, key string) int {
	for _, p := range n.pairs {
		if p.key == key {
			return p.at.Line
		}
	}
	return 0
}

func keyText(k ast.MapKeyNode) string {
	if s, ok := k.(*ast.StringNode); ok {
		return s.Value
	}
	if t := k.GetToken(); t != nil {
		return t.Value
	}
	return ""
}

var reference = regexp.MustCompile(`\$?\$\{[^}]*\}?`)
var variable = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$`)

// expand replaces ${NAME} by the environment's NAME; $${NAME} stays ${NAME}.
// The value never appears in a fault: it may be a secret.
func (l *loader) expand(s string, at Position) string {
	if !strings.Contains(s, "${") {
		return s
	}
	return reference.ReplaceAllStringFunc(s, func(r string) string {
		if strings.HasPrefix(r, "$$") {
			return r[1:]
		}
		m := variable.FindStringSubmatch(r)
		if m == nil {
			l.fault(at, "%q names no variable: write ${NAME} with letters, digits and _, or $${ where ${ itself is meant", news.Excerpt(r, 40))
			return r
		}
		value, ok := l.env[m[1]]
		if !ok {
			l.fault(at, "the variable %s is not set: set it, or write the value here", m[1])
		}
		return value
	})
}
