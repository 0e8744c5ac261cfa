package news

import "strings"

// Nearest is the word that a mistyped one was probably meant to be, or "" when
// none is near: fewer than a third of its letters (at least two) may differ.
// Marks, case and "_" or " " for "-" do not count.
func Nearest(word string, among []string) string {
	best, bestAt := "", -1
	w := plainLetters(word)
	limit := max(2, len(w)/3)
	for _, c := range among {
		if d := distance(w, plainLetters(c)); d <= limit && (bestAt < 0 || d < bestAt) {
			best, bestAt = c, d
		}
	}
	if bestAt >= len(w) { // every letter differs
		return ""
	}
	return best
}

func plainLetters(s string) []rune {
	var b strings.Builder
	for i, y := range Syllables(nil, strings.ReplaceAll(s, "_", "-")) {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(y.Bare)
	}
	return []rune(b.String())
}

// distance is the optimal string alignment distance: insertions, deletions,
// replacements and swaps of neighbours.
func distance(a, b []rune) int {
	if len(a) > 200 || len(b) > 200 {
		return len(a) + len(b)
	}
	prev2, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], prev2[j-2]+1)
			}
		}
		prev2, prev, row = prev, row, prev2
	}
	return prev[len(b)]
}
