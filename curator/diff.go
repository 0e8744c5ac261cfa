package curator

import (
	"html"
	"slices"
	"strings"

	"tinhub/news"
)

// Bounds of the diff that a revision keeps: so many changes, of so many bytes a
// side.
const (
	mostChanges = 12
	mostOfSide  = 600
)

// diff is what a revision changed, sentence by sentence, in the order of the new
// text: what was taken out, and what stands in its place.
func diff(was, is news.Entry) []news.Change {
	var out []news.Change
	if a, b := strings.Join(strings.Fields(was.Title), " "), strings.Join(strings.Fields(is.Title), " "); a != b {
		out = append(out, news.Change{Was: clip(a, mostOfSide), Is: clip(b, mostOfSide)})
	}
	for _, texts := range [][2]string{{was.Summary, is.Summary}, {was.Content, is.Content}} {
		out = append(out, changed(sentences(texts[0]), sentences(texts[1]))...)
	}
	if len(out) > mostChanges {
		out = out[:mostChanges]
	}
	return out
}

// Differences are what a copy says otherwise than another telling of the same
// story, as an editor compares them.
func Differences(a, b news.Article) []news.Change {
	texts := func(x news.Article) string {
		lede, body := ledeAndBody(x)
		return lede + "\n" + body
	}
	split := func(text string) []string { return sentences(html.EscapeString(text)) }
	return changed(split(texts(a)), split(texts(b)))
}

// sentences are a text's, as a reader sees them and without counters.
func sentences(html string) []string {
	var out []string
	for line := range strings.Lines(news.Text(html)) {
		for line = shown(strings.TrimSpace(line)); line != ""; {
			end := strings.IndexAny(line, ".!?;")
			for end >= 0 && end+1 < len(line) && line[end+1] != ' ' {
				next := strings.IndexAny(line[end+1:], ".!?;") // inside 1.200
				if next < 0 {
					end = -1
					break
				}
				end += 1 + next
			}
			if end < 0 || end+1 >= len(line) {
				out = append(out, line)
				break
			}
			out, line = append(out, line[:end+1]), strings.TrimSpace(line[end+1:])
		}
	}
	return out
}

// changed compares two rows of sentences by their longest common row, and gives
// each stretch between what they share.
func changed(a, b []string) []news.Change {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) == 0 && len(b) == 0 {
		return nil
	}
	if len(a)*len(b) > 1<<18 { // too much to compare: it is another text
		return []news.Change{side(a, b)}
	}
	common := longest(a, b)
	var out []news.Change
	i, j := 0, 0
	for _, c := range append(common, [2]int{len(a), len(b)}) {
		if i < c[0] || j < c[1] {
			out = append(out, side(a[i:c[0]], b[j:c[1]]))
		}
		i, j = c[0]+1, c[1]+1
	}
	return out
}

func side(a, b []string) news.Change {
	return news.Change{Was: clip(strings.Join(a, " "), mostOfSide), Is: clip(strings.Join(b, " "), mostOfSide)}
}

// longest gives the places in both rows of their longest common row.
func longest(a, b []string) [][2]int {
	width := len(b) + 1
	table := make([]int, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i*width+j] = table[(i+1)*width+j+1] + 1
			} else {
				table[i*width+j] = max(table[(i+1)*width+j], table[i*width+j+1])
			}
		}
	}
	var out [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			out = append(out, [2]int{i, j})
			i, j = i+1, j+1
		case table[(i+1)*width+j] >= table[i*width+j+1]:
			i++
		default:
			j++
		}
	}
	return slices.Clip(out)
}
