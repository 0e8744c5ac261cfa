package config

import (
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// A key is one that a mapping may have, and what is done with its value.
type key struct {
	name string
	set  func(*loader, *node)
}

// object hands each value of a mapping to its key, and names the keys that do
// not exist.
func (l *loader) object(n *node, what string, keys []key) {
	if n == nil || n.kind == nothing {
		return
	}
	if n.kind != mapping {
		l.fault(n.at, "%s is %s: write its keys below it, indented", what, n.kind)
		return
	}
	for _, p := range n.pairs {
		i := slices.IndexFunc(keys, func(k key) bool { return k.name == p.key })
		if i < 0 {
			l.unknown(p.at, p.key, what, names(keys))
			continue
		}
		if p.value.kind != nothing {
			keys[i].set(l, p.value)
		}
	}
}

func names(keys []key) []string {
	out := make([]string, len(keys))
	for i := range keys {
		out[i] = keys[i].name
	}
	return out
}

func (l *loader) unknown(at Position, name, where string, known []string) {
	l.mistyped(at, fmt.Sprintf("%s has no key %q", where, name), name, known, "it has "+strings.Join(known, ", "))
}

// mistyped is the fault of a word that is none of those known: it names the one
// that was probably meant, or says otherwise.
func (l *loader) mistyped(at Position, fault, word string, known []string, otherwise string) {
	if near := news.Nearest(word, known); near != "" {
		otherwise = fmt.Sprintf("did you mean %q?", near)
	}
	l.fault(at, "%s: %s", fault, otherwise)
}

// value is a single value as it was written.
func (l *loader) value(n *node, want string) (string, bool) {
	if n.kind != scalar {
		l.fault(n.at, "%s is %s: %s is wanted", n.name(), n.kind, want)
		return "", false
	}
	return n.text, true
}

// name is the last part of a node's path: what it is called in a message.
func (n *node) name() string {
	if n.env {
		return n.path
	}
	name := n.path[strings.LastIndexByte(n.path, '.')+1:]
	if name == "" {
		return "the file"
	}
	return name
}

// single reads one value; want says in a fault what is wanted there. read makes
// the value of what was written, or says what is wrong with it and is not ok:
// then dst stays as it is.
func single[T any](dst *T, want string, read func(*loader, *node, string) (T, bool)) func(*loader, *node) {
	return func(l *loader, n *node) {
		if s, ok := l.value(n, want); ok {
			if v, ok := read(l, n, s); ok {
				*dst = v
			}
		}
	}
}

// text is one line to be shown.
func text(dst *string) func(*loader, *node) {
	return single(dst, "a text", func(_ *loader, _ *node, s string) (string, bool) { return news.Clean(s), true })
}

// verbatim is text for machines: an address, an expression, a secret.
func verbatim(dst *string) func(*loader, *node) {
	return single(dst, "a text", func(_ *loader, _ *node, s string) (string, bool) { return strings.TrimSpace(s), true })
}

func integer(dst *int, low, high int) func(*loader, *node) {
	return single(dst, "a whole number", func(l *loader, n *node, s string) (int, bool) {
		i, err := strconv.Atoi(s)
		if err != nil || i < low || i > high {
			l.fault(n.at, "%s is %q: write a whole number from %d to %d", n.name(), clip(s), low, high)
			return 0, false
		}
		return i, true
	})
}

func number(dst *float64) func(*loader, *node) {
	return single(dst, "a number", func(l *loader, n *node, s string) (float64, bool) {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			l.fault(n.at, "%s is %q: write a number, as in 2 or 0.5", n.name(), clip(s))
			return 0, false
		}
		return f, true
	})
}

func boolean(dst *bool) func(*loader, *node) {
	return single(dst, "true or false", func(l *loader, n *node, s string) (bool, bool) {
		yes, no := s == "true" || (n.env && s == "1"), s == "false" || (n.env && s == "0")
		if !yes && !no {
			l.fault(n.at, "%s is %q: write true or false", n.name(), clip(s))
		}
		return yes, yes || no
	})
}

// duration is Go's plus d, from low up; high 0 means no bound.
func duration(dst *time.Duration, low, high time.Duration) func(*loader, *node) {
	return single(dst, "a duration", func(l *loader, n *node, s string) (time.Duration, bool) {
		d, err := news.ParseDuration(s)
		switch {
		case err != nil:
			l.fault(n.at, "%s: %v", n.name(), err)
		case d < low:
			l.fault(n.at, "%s is %s: write %s or more", n.name(), clip(s), short(low))
		case high > 0 && d > high:
			l.fault(n.at, "%s is %s: write %s or less", n.name(), clip(s), short(high))
		default:
			return d, true
		}
		return 0, false
	})
}

// short is a duration as a person writes it.
func short(d time.Duration) string {
	if d != 0 && d%news.Day24 == 0 {
		return strconv.Itoa(int(d/news.Day24)) + "d"
	}
	s := d.String()
	s = strings.TrimSuffix(s, "0s")
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	if s == "" {
		return "0s"
	}
	return s
}

var sizeForm = regexp.MustCompile(`^(?i)(\d+(?:\.\d+)?)\s*([kmg]i?b|b)$`)

// size is bytes: 10MB, 512KB, 1GB, in steps of 1024.
func size(dst *int64, low, high int64) func(*loader, *node) {
	return single(dst, "a size", func(l *loader, n *node, s string) (int64, bool) {
		m := sizeForm.FindStringSubmatch(s)
		if m == nil {
			l.fault(n.at, "%s is %q, which is no size: write a number with its unit, as in 512KB or 10MB", n.name(), clip(s))
			return 0, false
		}
		unit := map[string]float64{"b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}[strings.ToLower(m[2][:1])]
		f, _ := strconv.ParseFloat(m[1], 64)
		if f *= unit; f < float64(low) || f > float64(high) {
			l.fault(n.at, "%s is %s: write a size from %dKB to %dMB", n.name(), clip(s), low>>10, high>>20)
			return 0, false
		}
		return int64(f), true
	})
}

// oneOf is a word out of a few.
func oneOf[T ~string](dst *T, words ...T) func(*loader, *node) {
	return single(dst, "one of "+listed(words), func(l *loader, n *node, s string) (T, bool) {
		if slices.Contains(words, T(s)) {
			return T(s), true
		}
		l.mistyped(n.at, fmt.Sprintf("%s is %q", n.name(), clip(s)), s, texted(words), "write one of "+listed(words))
		return "", false
	})
}

func listed[T ~string](words []T) string { return strings.Join(texted(words), ", ") }

func texted[T ~string](words []T) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return out
}

// list walks a list's values; the environment's are one text with commas.
func (l *loader) list(n *node, each func(*node)) {
	switch {
	case n.env:
		for i, s := range strings.Split(n.text, ",") {
			if s = strings.TrimSpace(s); s != "" {
				each(&node{kind: scalar, text: s, at: n.at, path: fmt.Sprintf("%s[%d]", n.path, i), env: true})
			}
		}
	case n.kind != sequence:
		l.fault(n.at, "%s is %s: a list is wanted, as in [a, b]", n.name(), n.kind)
	default:
		for _, item := range n.items {
			if item.kind == nothing {
				l.fault(item.at, "%s is empty: fill it in or remove it", item.name())
				continue
			}
			each(item)
		}
	}
}

// texts is a list of texts, each of which judge (nil: none) may refuse.
func texts(dst *[]string, judge func(*loader, *node, string) (string, bool)) func(*loader, *node) {
	return func(l *loader, n *node) {
		*dst = nil
		l.list(n, func(item *node) {
			s, ok := l.value(item, "a text")
			s = strings.TrimSpace(s)
			if ok && judge != nil {
				s, ok = judge(l, item, s)
			}
			if ok {
				*dst = append(*dst, s)
			}
		})
	}
}

// words is a list of words out of a few, each once.
func words[T ~string](dst *[]T, known ...T) func(*loader, *node) {
	return func(l *loader, n *node) {
		*dst = []T{}
		l.list(n, func(item *node) {
			var word T
			oneOf(&word, known...)(l, item)
			if word != "" && !slices.Contains(*dst, word) {
				*dst = append(*dst, word)
			}
		})
	}
}

// networks is a list of CIDRs; an address alone is a range of one.
func networks(dst *news.Networks) func(*loader, *node) {
	return func(l *loader, n *node) {
		*dst = nil
		l.list(n, func(item *node) {
			s, ok := l.value(item, "a network")
			if !ok {
				return
			}
			if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
				*dst = append(*dst, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
				return
			}
			p, err := netip.ParsePrefix(s)
			if err != nil {
				l.fault(item.at, "%s is %q, which is no network: write a CIDR, as in 10.0.0.0/8 or ::1/128", item.name(), clip(s))
				return
			}
			*dst = append(*dst, p.Masked())
		})
	}
}

// pairsOf is a mapping of texts to texts, such as headers.
func pairsOf(dst *map[string]string, judge func(l *loader, at Position, name, value string) bool) func(*loader, *node) {
	return func(l *loader, n *node) {
		if n.kind != mapping {
			l.fault(n.at, "%s is %s: write name: value pairs below it", n.name(), n.kind)
			return
		}
		for _, p := range n.pairs {
			s := ""
			if p.value.kind != nothing {
				var ok bool
				if s, ok = l.value(p.value, "a text"); !ok {
					continue
				}
			}
			if judge(l, p.at, p.key, s) {
				if *dst == nil {
					*dst = map[string]string{}
				}
				(*dst)[p.key] = s
			}
		}
	}
}

func clip(s string) string { return news.Excerpt(s, 60) }
