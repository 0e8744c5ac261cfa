package feed

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// A Where is where something happened: GeoRSS, GML in it, or W3C's geo:lat and geo:long.
type Where struct {
	Kind   string      `json:"kind"`   // Point, LineString, Polygon, Box
	Points [][]float64 `json:"points"` // longitude, latitude and, where given, height, as GeoJSON has them (RFC 7946)
}

// maxPoints is how many points of a line are told.
const maxPoints = 1000

func (t *teller) where() *Where {
	for _, kind := range []string{"Point", "Line", "Polygon", "Box"} {
		if n := t.first("georss:" + strings.ToLower(kind)); n != nil {
			if kind == "Line" {
				kind = "LineString"
			}
			return place(kind, n.plain(), 2, true)
		}
	}
	around := t.take("gml:point", "gml:linestring", "gml:polygon", "gml:envelope")
	for _, n := range t.take("georss:where") {
		around = append(around, n.kids...)
	}
	for _, n := range around {
		if kind := map[string]string{"point": "Point", "linestring": "LineString", "polygon": "Polygon", "envelope": "Box"}[n.name]; kind != "" && n.space == "gml" {
			return place(kind, positions(n), dimension(n), latitudeFirst(n.attr("srsname")))
		}
	}
	if lat, long := t.plain("geo:lat"), t.plain("geo:long"); lat != "" && long != "" {
		return place("Point", lat+" "+long, 2, true)
	}
	return nil
}

// positions are the numbers of a GML shape, wherever in it they stand.
func positions(n *node) string {
	var b strings.Builder
	for _, k := range n.kids {
		switch {
		case k.name == "":
		case slices.Contains([]string{"pos", "poslist", "lowercorner", "uppercorner"}, k.name):
			b.WriteString(k.plain() + " ")
		default:
			b.WriteString(positions(k))
		}
	}
	return b.String()
}

// dimension is how many numbers make a point (GML 3.1.1, srsDimension).
func dimension(n *node) int {
	if strings.TrimSpace(n.attr("srsdimension")) == "3" {
		return 3
	}
	return 2
}

// latitudeFirst says in which order the numbers of a reference system stand. WGS 84,
// which is meant where none is named, and EPSG's other geographic systems, whose
// numbers are of four digits and begin with 4, have the latitude first; projected
// ones and OGC's CRS84 do not.
func latitudeFirst(system string) bool {
	if system = strings.ToUpper(strings.TrimSpace(system)); system == "" {
		return true
	}
	code := system[strings.LastIndexAny(system, ":#/")+1:]
	return len(code) == 4 && code[0] == '4'
}

// place makes points of numbers, or nil of what is not enough for the kind.
func place(kind, numbers string, size int, latitude bool) *Where {
	w := Where{Kind: kind}
	var point []float64
	for _, word := range strings.FieldsFunc(numbers, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' || r == '\t' }) {
		f, err := strconv.ParseFloat(word, 64)
		if err != nil || !(f >= -1e9 && f <= 1e9) {
			return nil
		}
		if point = append(point, f); len(point) == size {
			if latitude {
				point[0], point[1] = point[1], point[0]
			}
			w.Points, point = append(w.Points, point), nil
		}
		if len(w.Points) > maxPoints {
			return nil
		}
	}
	if len(w.Points) < map[string]int{"Point": 1, "LineString": 2, "Polygon": 4, "Box": 2}[kind] || len(point) > 0 {
		return nil
	}
	return &w
}

// chapters are the first that an entry has; a second list is not allowed.
func (t *teller) chapters() *Chapters {
	n := t.first("psc:chapters")
	if n == nil {
		return nil
	}
	c := Chapters{Version: clip(news.Clean(n.attr("version")), 32)}
	for _, k := range n.kids {
		if start, ok := playingTime(k.attr("start")); ok && k.is("psc", "chapter") && len(c.List) < maxChapters {
			c.List = append(c.List, Chapter{Start: start, Title: clip(plainTitle(k.attr("title"), true), maxTitle),
				URL: t.resolved(k, k.attr("href")), Image: t.resolved(k, k.attr("image"))})
		}
	}
	return &c
}

// playingTime reads "1:02:03.250", "08:26" and "45" (RFC 2326 section 3.6, npt).
func playingTime(s string) (time.Duration, bool) {
	parts := strings.Split(strings.TrimSpace(s), ":")
	if s == "" || len(parts) > 3 {
		return 0, false
	}
	var seconds float64
	for _, p := range parts {
		f, err := strconv.ParseFloat(p, 64)
		if err != nil || !(f >= 0 && f <= 1e6) { // NaN is neither
			return 0, false
		}
		seconds = seconds*60 + f
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Millisecond), true
}
