package publisher

import (
	"strconv"
	"strings"
)

// negotiate chooses the encoding of an answer from Accept-Encoding (RFC 9110
// §12.5.3): the one that the reader prefers, ours among equals.
func negotiate(accept string) int {
	if accept == "" {
		return plain
	}
	best, bestQ := plain, 0.0
	if q, named := quality(accept, "identity"); named {
		bestQ = q - 0.0001 // among equals a compressed one
	}
	for _, e := range encodings {
		q, named := quality(accept, e.name)
		if !named {
			q, named = quality(accept, "*")
		}
		if named && q > 0 && q > bestQ {
			best, bestQ = e.variant, q
		}
	}
	return best
}

// quality is the weight that a header gives to a coding, 1 without one.
func quality(accept, coding string) (q float64, named bool) {
	for accept != "" {
		var one string
		one, accept, _ = strings.Cut(accept, ",")
		name, params, _ := strings.Cut(one, ";")
		name = strings.TrimSpace(name)
		if !strings.EqualFold(name, coding) && !(coding == "gzip" && strings.EqualFold(name, "x-gzip")) {
			continue
		}
		return weight(params), true
	}
	return 0, false
}

// weight reads ";q=0.5"; what cannot be read counts as 0, so that nothing is
// sent which the reader may have tried to refuse.
func weight(params string) float64 {
	if params == "" {
		return 1
	}
	key, value, ok := strings.Cut(params, "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(key), "q") {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}
