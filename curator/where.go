package curator

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"tinhub/news"
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

// Bounds of a where: an expression larger than this, or one that builds more
// than this, is somebody's mistake.
const (
	maxWhere       = 4 << 10 // bytes
	maxWhereNodes  = 400
	whereMemory    = 100_000 // expr's units: elements made
	maxWherePhrase = 200     // bytes, of has()
)

// deniedBuiltins would make a rule depend on the clock, or on nothing it needs.
var deniedBuiltins = []string{"now", "repeat", "fromJSON", "toJSON", "fromBase64", "toBase64"}

// compileWhere compiles an expression over an article.
func compileWhere(text string) (*vm.Program, error) {
	if len(text) > maxWhere {
		return nil, fmt.Errorf("it is %d bytes long; at most %d are allowed", len(text), maxWhere)
	}
	options := []expr.Option{expr.Env(where{}), expr.AsBool(), expr.MaxNodes(maxWhereNodes)}
	for _, name := range deniedBuiltins {
		options = append(options, expr.DisableBuiltin(name))
	}
	p, err := expr.Compile(text, options...)
	if err == nil {
		return p, nil
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

// contains finds a phrase in a text by plain search: what has() does, and what
// tests hold the automaton to.
func contains(text []news.Syllable, p pattern) (hits int) {
	n := len(p.syllables)
	if n == 0 {
		return 0
	}
	for i := 0; i+n <= len(text); i++ {
		if matchesAt(text[i:i+n], p) {
			hits++
		}
	}
	return hits
}

func matchesAt(text []news.Syllable, p pattern) bool {
	for i, s := range p.syllables {
		if p.marked && text[i].Key != s || !p.marked && text[i].Bare != s {
			return false
		}
	}
	return true
}
