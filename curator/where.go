package curator

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// A where is what a topic's `where` may speak of: the article as one source
// gave it, in the words of tinhub.yaml. There is no clock in it, because what a
// rule selects may only change when the article or the rule does.
type where struct {
	Title     string    `expr:"title"`
	Lede      string    `expr:"lede"`      // the summary, or the first paragraph
	Text      string    `expr:"text"`      // the body without the lede
	Link      string    `expr:"link"`      // address of the article
	Section   string    `expr:"section"`   // the entry's, else the source's
	Sections  []string  `expr:"sections"`  // every name it stands under, from each source
	Tags      []string  `expr:"tags"`      // categories
	Authors   []string  `expr:"authors"`   // names
	Source    string    `expr:"source"`    // id of the source that speaks
	Sources   []string  `expr:"sources"`   // ids of all that gave it
	Agency    string    `expr:"agency"`    // the publisher's name
	Province  string    `expr:"province"`  // slug
	Provinces []string  `expr:"provinces"` // of all sources
	Origin    string    `expr:"origin"`    // who is credited: "TTXVN"
	Language  string    `expr:"language"`
	Published time.Time `expr:"published"` // 1 January of year 1 when unknown
	Syllables int       `expr:"syllables"` // length of lede and body
	Image     bool      `expr:"image"`     // there is a lead image

	// Has says whether a phrase occurs, compared as the lists' phrases are.
	Has func(phrase string) bool `expr:"has"`
}

// Bounds of a where. expr counts what an expression makes, not how long it
// runs; so lists come from the article alone, and walks over them nest little.
const (
	maxWhere       = 4 << 10 // bytes
	maxWhereNodes  = 400
	maxWhereWalks  = 3       // any(), count(), filter() …
	whereMemory    = 100_000 // expr's units: elements made
	maxWherePhrase = 200     // bytes, of has()
	maxHas         = 1000    // calls
)

// whereBuiltins are the functions of expr that a where may use: none that reads
// the clock, and none that makes lists.
var whereBuiltins = []string{
	"all", "none", "any", "one", "filter", "count", "len", "lower", "upper", "trim", "hasPrefix", "hasSuffix",
	"first", "last", "max", "min", "abs", "date", "duration",
}

// compileWhere compiles an expression over an article.
func compileWhere(text string) (*vm.Program, error) {
	if len(text) > maxWhere {
		return nil, fmt.Errorf("it is %d bytes long; at most %d are allowed", len(text), maxWhere)
	}
	options := []expr.Option{expr.Env(where{}), expr.AsBool(), expr.MaxNodes(maxWhereNodes), expr.DisableAllBuiltins()}
	for _, name := range whereBuiltins {
		options = append(options, expr.EnableBuiltin(name))
	}
	p, err := expr.Compile(text, options...)
	if err == nil {
		return p, checkWhere(p)
	}
	var at *file.Error
	if !errors.As(err, &at) {
		return nil, fmt.Errorf("%s; it may speak of %s", err, strings.Join(whereWords(), ", "))
	}
	message := fmt.Sprintf("line %d, column %d: %s", at.Line, at.Column+1, at.Message)
	if strings.HasPrefix(at.Message, "unknown name") {
		message += "; known are " + strings.Join(whereWords(), ", ")
	}
	return nil, errors.New(message)
}

// checkWhere refuses what could run long.
func checkWhere(p *vm.Program) error {
	var c costs
	node := p.Node()
	ast.Walk(&node, &c)
	switch {
	case c.ranges > 0:
		return errors.New("it counts through a range (1..9), which no question about an article needs")
	case c.walks > maxWhereWalks:
		return fmt.Errorf("it walks over lists %d times; at most %d are allowed", c.walks, maxWhereWalks)
	}
	return nil
}

// costs counts what makes an expression slow.
type costs struct{ walks, ranges int }

// Visit looks at one node.
func (c *costs) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.PredicateNode:
		c.walks++
	case *ast.BinaryNode:
		if n.Operator == ".." {
			c.ranges++
		}
	}
}

// whereWords lists the names that an expression may use.
func whereWords() []string {
	var words []string
	t := reflect.TypeFor[where]()
	for i := range t.NumField() {
		words = append(words, t.Field(i).Tag.Get("expr"))
	}
	slices.Sort(words)
	return words
}

// runWhere asks a compiled expression about an article. It never panics.
func runWhere(p *vm.Program, w where) (bool, error) {
	machine := vm.VM{MemoryBudget: whereMemory}
	has, asked := w.Has, 0
	w.Has = func(phrase string) bool {
		if asked++; asked > maxHas {
			panic(fmt.Sprintf("has() is asked more than %d times", maxHas))
		}
		return has(phrase)
	}
	v, err := machine.Run(p, w)
	if err != nil {
		var at *file.Error
		if errors.As(err, &at) {
			err = errors.New(at.Message)
		}
		return false, err
	}
	b, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("it gave %v, not true or false", v)
	}
	return b, nil
}
