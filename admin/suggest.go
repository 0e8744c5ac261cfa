package admin

import (
	"slices"
	"strings"

	"tinhub/news"
)

// A Suggestion is what a topic that tinhub knows by itself looks for, and a rule
// that is being written does not yet.
type Suggestion struct {
	Topic   string
	Title   string
	Phrases []PhraseForm
	Section []string
}

// The most that is suggested at once.
const (
	suggestTopics  = 3
	suggestPhrases = 15
)

// suggest compares what was written (title and phrases, a line each) with the topics
// that are known: those that share most with it give what it lacks.
func suggest(written []string, known []news.Topic) []Suggestion {
	var have []syllables
	for _, line := range written {
		text, _, _ := strings.Cut(line, "=")
		have = append(have, read(text))
	}
	type scored struct {
		Suggestion
		score int
	}
	var all []scored
	for _, t := range known {
		s := scored{Suggestion: Suggestion{Topic: t.ID, Title: t.Title, Section: t.Include.Sections}}
		title := read(t.Title)
		for _, h := range have {
			if title.has(h) || h.has(title) {
				s.score += 3
			}
		}
		for _, p := range t.Include.Any {
			phrase := read(p.Text)
			shared := slices.ContainsFunc(have, func(h syllables) bool { return h.has(phrase) || len(h) > 1 && phrase.has(h) })
			if shared {
				s.score++
			}
			if !slices.ContainsFunc(have, func(h syllables) bool { return slices.Equal(h, phrase) }) && p.Weight > 0 && len(s.Phrases) < suggestPhrases {
				s.Phrases = append(s.Phrases, PhraseForm(p))
			}
		}
		if s.score > 0 && len(s.Phrases) > 0 {
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return b.score - a.score })
	var out []Suggestion
	for _, s := range all[:min(len(all), suggestTopics)] {
		out = append(out, s.Suggestion)
	}
	return out
}

// syllables are those of a text without marks, by which it is compared.
type syllables []string

func read(text string) (s syllables) {
	for _, y := range news.Syllables(nil, text) {
		s = append(s, string(y.Bare))
	}
	return s
}

// has says whether a text has another in it, whole syllables in a row.
func (s syllables) has(other syllables) bool {
	for i := 0; len(other) > 0 && i+len(other) <= len(s); i++ {
		if slices.Equal(s[i:i+len(other)], other) {
			return true
		}
	}
	return false
}

// Line is a suggested phrase as the editor writes it.
func (p PhraseForm) Line() string { return phraseLines([]PhraseForm{p}) }
