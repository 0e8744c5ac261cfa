package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"tinhub/curator"
	"tinhub/news"
)

type storyCmd struct {
	Test storyTestCmd `cmd:"" help:"Group articles into stories as the curator would, with the reason for each decision."`
}

type storyTestCmd struct {
	JSON bool   `help:"Print one JSON object a line, one for each article."`
	File string `arg:"" name:"file.jsonl" help:"Articles, one JSON object a line; - is standard input."`
}

func (storyTestCmd) Help() string {
	return `Each line is {"id","title","text","published","source"}; published is RFC 3339 and may be absent.
The articles are taken in their order, and nothing is stored. same_as is the article that one is like, "" for
the first of its story; stories that turn out to be one are given the older one's id. With any line that is
no article the exit code is 1, after all were tried.

Example:
  tinhub story test --json articles.jsonl`
}

// A storyLine is an article as it is given.
type storyLine struct {
	ID        anyID  `json:"id"`
	Title     string `json:"title"`
	Text      string `json:"text"`
	Published string `json:"published"`
	Source    string `json:"source"`
}

// anyID is a string, or a number that is taken as one.
type anyID string

func (a *anyID) UnmarshalJSON(b []byte) error {
	var n json.Number
	if json.Unmarshal(b, &n) == nil && len(b) > 0 && b[0] != '"' {
		*a = anyID(n)
		return nil
	}
	return json.Unmarshal(b, (*string)(a))
}

// A storyResult is what the contract says of one article.
type storyResult struct {
	ID     string  `json:"id"`
	Story  string  `json:"story"`
	SameAs string  `json:"same_as"`
	Reason string  `json:"reason"`
	Score  float64 `json:"score"`
	Error  string  `json:"error,omitempty"`
}

func (c *storyTestCmd) Run(p *program) error {
	in, err := p.open(c.File)
	if err != nil {
		return err
	}
	defer in.Close()
	results, articles, err := readStoryLines(in)
	if err != nil {
		return err
	}
	if err := groupStories(p.ctx, results, articles); err != nil {
		return err
	}
	if c.JSON {
		for _, r := range results {
			if err := p.json(r); err != nil {
				return err
			}
		}
	} else if err := printStories(p.out, results); err != nil {
		return err
	}
	for _, r := range results {
		if r.Error != "" {
			return errSaid
		}
	}
	return nil
}

// readStoryLines reads articles, in step with the results to be; one that is none
// has its error there.
func readStoryLines(in io.Reader) ([]storyResult, []news.Article, error) {
	var results []storyResult
	var articles []news.Article
	seen := map[string]int{}
	r := bufio.NewReader(in)
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, nil, fmt.Errorf("read line %d: %w", n, err)
		}
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		if len(bytes.TrimSpace(line)) > 0 {
			a, fault := readStoryLine(line)
			if at, twice := seen[a.ID]; fault == nil && twice {
				fault = fmt.Errorf("the id %q stands in line %d already", a.ID, at)
			}
			res := storyResult{ID: a.ID}
			if fault != nil {
				res.Error = fmt.Sprintf("line %d: %v", n, fault)
			} else {
				seen[a.ID] = n
			}
			results, articles = append(results, res), append(articles, a)
		}
		if err != nil {
			return results, articles, nil
		}
	}
}

func readStoryLine(line []byte) (news.Article, error) {
	var l storyLine
	if err := json.Unmarshal(line, &l); err != nil {
		return news.Article{ID: string(l.ID)}, fmt.Errorf(`it is no article: want {"id","title","text","published","source"}: %w`, err)
	}
	a := news.Article{ID: string(l.ID), Family: cmp.Or(l.Source, "\x00"+string(l.ID)), Sources: []string{l.Source}}
	text := l.Text
	if strings.Contains(text, "</") || strings.Contains(text, "<p") || strings.Contains(text, "<br") {
		text = news.Text(text)
	}
	a.Source, a.Title, a.Origin = l.Source, l.Title, news.Origin(text)
	a.Full = &news.Full{Text: text}
	switch {
	case a.ID == "":
		return a, errors.New("it has no id")
	case strings.TrimSpace(l.Title+l.Text) == "":
		return a, errors.New("it has neither title nor text")
	}
	if l.Published != "" {
		at, err := time.Parse(time.RFC3339, l.Published)
		if err != nil {
			return a, fmt.Errorf("published %q is no time: write it as 2026-07-01T08:00:00+07:00, or leave it out", l.Published)
		}
		a.Published, a.FirstSeen = news.Moment{At: at, Precision: news.Second}, at
	}
	return a, nil
}

// groupStories fills in the results. An article without a time counts as seen
// together with the one before it.
func groupStories(ctx context.Context, results []storyResult, articles []news.Article) error {
	trial := curator.NewTrial()
	var seen time.Time
	for _, a := range articles {
		if seen = a.FirstSeen; !seen.IsZero() {
			break
		}
	}
	for i := range results {
		r, a := &results[i], articles[i]
		if r.Error != "" {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if a.FirstSeen.IsZero() {
			a.FirstSeen = seen
		}
		seen = a.FirstSeen
		placed, err := addSafely(ctx, trial, a)
		if err != nil {
			r.Error = err.Error()
			continue
		}
		r.SameAs, r.Reason, r.Score = placed.With, placed.Reason, placed.Score
	}
	for i := range results {
		if r := &results[i]; r.Error == "" {
			r.Story = trial.StoryOf(r.ID).ID // as it is now, after all
		}
	}
	return nil
}

// addSafely keeps one article from ending the others' test.
func addSafely(ctx context.Context, t *curator.Trial, a news.Article) (p curator.Placement, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("comparing it failed in tinhub itself, please report it: %v", v)
		}
	}()
	return t.Add(ctx, a)
}

func printStories(out io.Writer, results []storyResult) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ARTICLE\tSTORY\tSAME AS\tSCORE\tREASON")
	stories, faults := map[string]bool{}, 0
	for _, r := range results {
		if r.Error != "" {
			fmt.Fprintf(w, "%s\t-\t-\t-\t%s\n", cmp.Or(r.ID, "-"), r.Error)
			faults++
			continue
		}
		stories[r.Story] = true
		fmt.Fprintf(w, "%s\t%s\t%s\t%.2f\t%s\n", r.ID, r.Story, cmp.Or(r.SameAs, "-"), r.Score, r.Reason)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	tail := ""
	if faults > 0 {
		tail = fmt.Sprintf("; %d lines are no article", faults)
	}
	_, err := fmt.Fprintf(out, "%d articles, %d stories%s\n", len(results)-faults, len(stories), tail)
	return err
}
