package news

import (
	_ "embed" // the table below
	"slices"
	"strings"
	"time"
)

//go:embed provinces.tsv
var provincesTSV string

// A Province is one of the 34 in force since 1 July 2025.
type Province struct {
	Slug    string
	Name    string
	Region  string
	Former  []string // slugs of the provinces before that went into it, its own namesake too
	Aliases []string // other ways of writing its name

	typ, typeNow string
	typeSince    time.Time
}

// TypeAt is the kind of unit that the province is at a time: some became cities
// under central rule after the merger.
func (p Province) TypeAt(t time.Time) string {
	if p.typeNow != "" && !t.Before(p.typeSince) {
		return p.typeNow
	}
	return p.typ
}

// A Former province is one of the 63 before 1 July 2025.
type Former struct {
	Slug      string
	Name      string
	Region    string
	Successor string // slug of the province in force
	Aliases   []string
}

// register is the table by slug; both lists are in its order.
type register struct {
	now    []Province
	before []Former
	inUse  map[string]int
	former map[string]int
}

var provinces = readProvinces(provincesTSV)

// Provinces are the 34 in force. The slice is the caller's own.
func Provinces() []Province { return slices.Clone(provinces.now) }

// FormerProvinces are the 63 before 1 July 2025. The slice is the caller's own.
func FormerProvinces() []Former { return slices.Clone(provinces.before) }

// ProvinceOf finds the province in force that a slug means: a former province's
// slug means its successor.
func ProvinceOf(slug string) (Province, bool) {
	if i, ok := provinces.inUse[slug]; ok {
		return provinces.now[i], true
	}
	if f, ok := FormerProvince(slug); ok {
		return ProvinceOf(f.Successor)
	}
	return Province{}, false
}

// FormerProvince finds one of the 63.
func FormerProvince(slug string) (Former, bool) {
	i, ok := provinces.former[slug]
	if !ok {
		return Former{}, false
	}
	return provinces.before[i], true
}

// ProvinceSlugs are all slugs that mean a province, of the 34 and the 63, sorted.
func ProvinceSlugs() []string {
	var out []string
	for s := range provinces.inUse {
		out = append(out, s)
	}
	for s := range provinces.former {
		if _, ok := provinces.inUse[s]; !ok {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

// readProvinces reads the embedded table: lines with # are remarks, the first
// other line names the columns.
func readProvinces(tsv string) register {
	r := register{inUse: map[string]int{}, former: map[string]int{}}
	header := true
	for line := range strings.Lines(tsv) {
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if header {
			header = false
			continue
		}
		// era slug name type type_now type_since region former successor aliases
		c := strings.Split(line, "\t")
		if c[0] == "34" {
			since, _ := time.Parse(time.DateOnly, c[5])
			r.inUse[c[1]] = len(r.now)
			r.now = append(r.now, Province{Slug: c[1], Name: c[2], typ: c[3], typeNow: c[4], typeSince: since,
				Region: c[6], Former: list(c[7]), Aliases: list(c[9])})
			continue
		}
		r.former[c[1]] = len(r.before)
		r.before = append(r.before, Former{Slug: c[1], Name: c[2], Region: c[6], Successor: c[8], Aliases: list(c[9])})
	}
	return r
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ";")
}
