package press

import (
	"embed"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
)

//go:embed stories.txt wire.txt bulletin.txt words.txt
var texts embed.FS

// A template is a story with places for words and figures:
//
//	= topic / section [/ origin]
//	# title
//	paragraph
//	paragraph
//
// {tinh} is the province; {xa} a commune, {ap} a hamlet, {ten} a person, each
// the same throughout a story; {n LOW HIGH} a number with Vietnamese thousands,
// {d LOW HIGH} one with a decimal, and the same range means the same number
// throughout a story, since titles repeat what the text says.
type template struct {
	Topic, Section, Origin string
	Title                  string
	Text                   []string
}

// templates is all that the press knows to tell.
type templates struct {
	stories, wire, bulletins []template
	words                    map[string][]string
}

func readTemplates() (templates, error) {
	var t templates
	for name, to := range map[string]*[]template{"stories.txt": &t.stories, "wire.txt": &t.wire, "bulletin.txt": &t.bulletins} {
		b, err := texts.ReadFile(name)
		if err != nil {
			return t, err
		}
		if *to, err = parseTemplates(string(b)); err != nil {
			return t, fmt.Errorf("%s: %w", name, err)
		}
	}
	b, err := texts.ReadFile("words.txt")
	if err != nil {
		return t, err
	}
	t.words = map[string][]string{}
	var kind string
	for _, line := range strings.Split(string(b), "\n") {
		if name, ok := strings.CutPrefix(line, "= "); ok {
			kind = name
		} else if line != "" {
			t.words[kind] = append(t.words[kind], line)
		}
	}
	return t, nil
}

func parseTemplates(s string) ([]template, error) {
	var list []template
	for n, line := range strings.Split(s, "\n") {
		switch {
		case strings.HasPrefix(line, "= "):
			f := strings.Split(line[2:], " / ")
			if len(f) < 2 {
				return nil, fmt.Errorf("line %d: want = topic / section", n+1)
			}
			list = append(list, template{Topic: f[0], Section: f[1]})
			if len(f) > 2 {
				list[len(list)-1].Origin = f[2]
			}
		case line == "":
		case len(list) == 0:
			return nil, fmt.Errorf("line %d: text before a heading", n+1)
		case strings.HasPrefix(line, "# "):
			list[len(list)-1].Title = line[2:]
		default:
			last := &list[len(list)-1]
			last.Text = append(last.Text, line)
		}
	}
	return list, nil
}

var place = regexp.MustCompile(`\{[a-z]+( \d+ \d+)?\}`)

// told is a template with its places filled.
type told struct {
	Title string
	Text  []string
}

// tell fills a template's places.
func (t templates) tell(from template, province string, rng *rand.Rand) told {
	filled := map[string]string{"{tinh}": province}
	fill := func(s string) string {
		return place.ReplaceAllStringFunc(s, func(p string) string {
			if v, ok := filled[p]; ok {
				return v
			}
			v := t.value(p, rng)
			filled[p] = v
			return v
		})
	}
	out := told{Title: fill(from.Title)}
	out.Title = capital(out.Title)
	for _, para := range from.Text {
		out.Text = append(out.Text, capital(fill(para)))
	}
	return out
}

// value draws what stands in one place.
func (t templates) value(p string, rng *rand.Rand) string {
	f := strings.Fields(strings.Trim(p, "{}"))
	if len(f) == 1 {
		list := t.words[f[0]]
		if len(list) == 0 {
			return p
		}
		return list[rng.IntN(len(list))]
	}
	low, _ := strconv.Atoi(f[1])
	high, _ := strconv.Atoi(f[2])
	n := low + rng.IntN(high-low+1)
	if f[0] == "d" {
		return fmt.Sprintf("%d,%d", n, 1+rng.IntN(9))
	}
	return thousands(n)
}

// thousands writes a number as Vietnamese does: 12.500.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return s
}

// capital makes the first letter a capital one.
func capital(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}
