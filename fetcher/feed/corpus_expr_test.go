package feed

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The expectations of feedparser's corpus are Python expressions over its
// result. This reads the few forms that occur there.

// errBeyond says that nothing is expected of a document, or only of how it was
// sent (its ETag), which is not for a parser to say.
var errBeyond = errors.New("beyond the document")

type pyTuple []any
type pyDict map[string]any

// pyEqual lets a value decide itself what it equals.
type pyEqual interface{ equals(other any) bool }

type pyParser struct {
	s   string
	env pyDict
}

// pyEval evaluates an expression to a truth value.
func pyEval(expr string, env pyDict) (ok bool, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case error:
			err = r
		default:
			err = fmt.Errorf("%v", r)
		}
	}()
	p := &pyParser{s: strings.TrimSpace(expr), env: env}
	v := p.or()
	if p.skip(); p.s != "" {
		return false, fmt.Errorf("cannot read %.40q", p.s)
	}
	return pyTruth(v), nil
}

func (p *pyParser) skip() { p.s = strings.TrimLeft(p.s, " \t\r\n") }

func (p *pyParser) word(w string) bool {
	p.skip()
	rest, ok := strings.CutPrefix(p.s, w)
	if !ok || rest != "" && isWord(w[len(w)-1]) && isWord(rest[0]) {
		return false
	}
	p.s = rest
	return true
}

func isWord(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func (p *pyParser) or() any {
	v := p.and()
	for p.word("or") {
		if w := p.and(); !pyTruth(v) {
			v = w
		}
	}
	return v
}

func (p *pyParser) and() any {
	v := p.not()
	for p.word("and") {
		if w := p.not(); pyTruth(v) {
			v = w
		}
	}
	return v
}

func (p *pyParser) not() any {
	if p.word("not") {
		v := p.not()
		if _, any := v.(pyAny); any {
			return v
		}
		return !pyTruth(v)
	}
	return p.compare()
}

func (p *pyParser) compare() any {
	v := p.sum()
	switch {
	case p.word("=="):
		w := p.sum()
		equal := pyEquals(v, w)
		for p.word("==") {
			x := p.sum()
			equal = pyEquals(w, x) && equal
			w = x
		}
		return equal
	case p.word("!="):
		return !pyEquals(v, p.sum())
	case p.word("is not"):
		return !pyEquals(v, p.sum())
	case p.word("is"):
		return pyEquals(v, p.sum())
	case p.word("not in"):
		return !pyIn(v, p.sum())
	case p.word("in"):
		return pyIn(v, p.sum())
	}
	return v
}

// sum joins strings.
func (p *pyParser) sum() any {
	v := p.value()
	for p.word("+") {
		v = fmt.Sprint(v) + fmt.Sprint(p.value())
	}
	return v
}

func (p *pyParser) value() any {
	v := p.atom()
	for {
		switch {
		case p.word("["):
			key := p.or()
			p.expect("]")
			v = pyIndex(v, key)
		case p.word("."):
			name := p.name()
			if !p.word("(") {
				v = pyIndex(v, name)
				continue
			}
			args := p.list(")")
			v = pyCall(v, name, args)
		default:
			return v
		}
	}
}

func (p *pyParser) expect(w string) {
	if !p.word(w) {
		panic(fmt.Sprintf("want %q at %.40q", w, p.s))
	}
}

func (p *pyParser) name() string {
	p.skip()
	n := 0
	for n < len(p.s) && isWord(p.s[n]) {
		n++
	}
	name := p.s[:n]
	p.s = p.s[n:]
	return name
}

func (p *pyParser) list(end string) []any {
	var list []any
	for !p.word(end) {
		list = append(list, p.or())
		if !p.word(",") {
			p.expect(end)
			break
		}
	}
	return list
}

func (p *pyParser) atom() any {
	p.skip()
	switch {
	case p.s == "":
		panic("unexpected end")
	case p.word("("):
		v := p.or()
		if p.word(")") {
			return v
		}
		p.expect(",")
		return pyTuple(append([]any{v}, p.list(")")...))
	case p.word("["):
		return p.list("]")
	case p.word("{"):
		d := pyDict{}
		for !p.word("}") {
			key := p.or()
			p.expect(":")
			d[fmt.Sprint(key)] = p.or()
			p.word(",")
		}
		return d
	}
	if c := p.s[0]; c == '-' || c >= '0' && c <= '9' {
		n := strings.IndexFunc(p.s[1:]+" ", func(r rune) bool { return (r < '0' || r > '9') && r != '.' }) + 1
		f, err := strconv.ParseFloat(p.s[:n], 64)
		if err != nil {
			panic(err)
		}
		p.s = p.s[n:]
		return f
	}
	if i := strings.IndexAny(p.s, `'"`); i == 0 || i == 1 && strings.ContainsRune("ubr", rune(p.s[0])) {
		return p.str(i)
	}
	switch name := p.name(); name {
	case "True":
		return true
	case "False":
		return false
	case "None":
		return nil
	case "ord":
		p.expect("(")
		args := p.list(")")
		c, _ := utf8.DecodeRuneInString(pyString(args[0]))
		return float64(c)
	case "len":
		p.expect("(")
		args := p.list(")")
		return pyLen(args[0])
	case "":
		panic(fmt.Sprintf("cannot read %.40q", p.s))
	default:
		if v, ok := p.env[name]; ok {
			return v
		}
		panic(errBeyond)
	}
}

// str reads a string literal whose quote is at i.
func (p *pyParser) str(i int) string {
	quote := p.s[i : i+1]
	if strings.HasPrefix(p.s[i:], strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	raw := i > 0 && p.s[0] == 'r'
	s := p.s[i+len(quote):]
	var b strings.Builder
	for !strings.HasPrefix(s, quote) {
		if s == "" {
			panic("string without end")
		}
		if s[0] == '\\' && !raw {
			n := escaped(&b, s)
			s = s[n:]
			continue
		}
		_, n := utf8.DecodeRuneInString(s)
		b.WriteString(s[:n])
		s = s[n:]
	}
	p.s = s[len(quote):]
	return b.String()
}

func escaped(b *strings.Builder, s string) int {
	hex := func(n int) int {
		v, err := strconv.ParseUint(s[2:2+n], 16, 32)
		if err != nil {
			panic(err)
		}
		b.WriteRune(rune(v))
		return 2 + n
	}
	switch s[1] {
	case 'x':
		return hex(2)
	case 'u':
		return hex(4)
	case 'U':
		return hex(8)
	case 'n':
		b.WriteByte('\n')
	case 't':
		b.WriteByte('\t')
	case 'r':
		b.WriteByte('\r')
	case '\n':
	default:
		b.WriteByte(s[1])
	}
	return 2
}

// pyAny is bozo: whether feedparser found fault is not what is asked here.
type pyAny struct{}

func pyTruth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case float64:
		return v != 0
	case []any:
		return len(v) > 0
	case textValue:
		return v.text != ""
	case dateValue:
		return !v.moment.IsZero()
	}
	return true
}

func pyEquals(a, b any) bool {
	if e, ok := a.(pyEqual); ok {
		return e.equals(b)
	}
	if e, ok := b.(pyEqual); ok {
		return e.equals(a)
	}
	if have, ok := a.(pyDict); ok {
		want, ok := b.(pyDict)
		if len(want) == 0 {
			return ok && len(have) == 0
		}
		for key, val := range want { // an entry may know a thing by two names
			ok = ok && pyEquals(have[key], val)
		}
		return ok
	}
	for _, v := range []*any{&a, &b} { // as in Python, where True is 1
		if yes, ok := (*v).(bool); ok {
			if *v = 0.0; yes {
				*v = 1.0
			}
		}
	}
	return fmt.Sprintf("%T %v", a, a) == fmt.Sprintf("%T %v", b, b)
}

func pyString(v any) string {
	if t, ok := v.(textValue); ok {
		return t.text
	}
	return fmt.Sprint(v)
}

func pyIn(a, in any) bool {
	switch in := in.(type) {
	case pyDict:
		_, ok := in[fmt.Sprint(a)]
		return ok
	case []any:
		for _, v := range in {
			if pyEquals(a, v) {
				return true
			}
		}
		return false
	case string:
		return strings.Contains(in, fmt.Sprint(a))
	case textValue:
		return strings.Contains(in.text, fmt.Sprint(a))
	}
	panic(errBeyond)
}

func pyIndex(v, key any) any {
	switch v := v.(type) {
	case pyDict:
		got, ok := v[fmt.Sprint(key)]
		if !ok {
			panic(fmt.Errorf("no %v", key))
		}
		return got
	case []any:
		n, ok := key.(float64)
		if !ok || int(n) >= len(v) || int(n) < -len(v) {
			panic(fmt.Errorf("index %v of %d", key, len(v)))
		}
		if n < 0 {
			n += float64(len(v))
		}
		return v[int(n)]
	}
	panic(errBeyond)
}

func pyCall(v any, name string, args []any) any {
	d, ok := v.(pyDict)
	switch {
	case ok && name == "has_key":
		_, has := d[fmt.Sprint(args[0])]
		return has
	case ok && name == "get":
		if got, has := d[fmt.Sprint(args[0])]; has {
			return got
		}
		return nil
	case ok && name == "timedelta":
		var sum float64
		for i, unit := range []time.Duration{24 * time.Hour, time.Second, time.Microsecond}[:len(args)] {
			sum += args[i].(float64) * float64(unit)
		}
		return time.Duration(sum)
	}
	panic(errBeyond)
}

func pyLen(v any) any {
	switch v := v.(type) {
	case []any:
		return float64(len(v))
	case string:
		return float64(len([]rune(v)))
	case textValue:
		return float64(len([]rune(v.text)))
	}
	panic(errBeyond)
}
