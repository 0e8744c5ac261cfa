package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"tinhub/curator"
	"tinhub/news"
	"tinhub/publisher"
	"tinhub/store"
)

// A verdict is why a story is not shown, or not all of it.
type verdict struct {
	State  string     `json:"state"` // held, cut, refused, withdrawn, review
	Story  string     `json:"story"`
	Title  string     `json:"title"`
	Agency string     `json:"agency,omitempty"`
	Link   string     `json:"link,omitempty"`
	Until  *time.Time `json:"until,omitempty"` // of what is held
	Reason string     `json:"reason"`
}

// report lists what was held, cut, refused, withdrawn or is to be looked at.
func (c *explainCmd) report(p *program, conf settings, core store.Core, sources []news.Source, topics []news.Topic) error {
	since, err := news.ParseDuration(c.Since)
	if err != nil || since <= 0 {
		return usagef("--since %q: want a duration such as 12h or 7d", c.Since)
	}
	set := publishing(conf, sources, topics, nil)
	now := time.Now()
	var all []verdict
	err = eachStory(p.ctx, core, conf, now.Add(-since), func(s news.Story, speaking news.Article) {
		all = append(all, verdicts(set, s, speaking, now)...)
	})
	if err != nil {
		return err
	}
	if !c.JSON {
		return printReport(p.out, all, conf.zone())
	}
	for _, v := range all {
		if err := p.json(v); err != nil {
			return err
		}
	}
	return nil
}

// eachStory walks the stories since a time, newest first, each with the article
// that speaks for it.
func eachStory(ctx context.Context, core store.Core, conf settings, since time.Time, f func(news.Story, news.Article)) error {
	desk := store.NewDesk(core, conf.keep())
	return storyPages(ctx, desk, since, func(stories []news.Story) error {
		articles, err := desk.Articles(ctx, ids(stories, func(s news.Story) string { return s.Speaker })...)
		if err != nil {
			return err
		}
		for i, s := range stories {
			f(s, articles[i])
		}
		return nil
	})
}

// verdicts are what there is to say of one story.
func verdicts(set publisher.Settings, s news.Story, a news.Article, now time.Time) []verdict {
	v := verdict{Story: s.ID, Title: s.Title, Link: a.Link}
	for _, m := range s.Members {
		if m.Article == s.Speaker {
			v.Agency = m.Agency
		}
	}
	var out []verdict
	say := func(state, reason string) {
		x := v
		x.State, x.Reason = state, reason
		out = append(out, x)
	}
	if !s.Withdrawn.IsZero() {
		say("withdrawn", a.Reason)
		return out
	}
	for _, f := range s.Filings {
		if f.Channel == news.Everything && !f.In && now.Before(f.From) {
			from := f.From
			v.Until = &from
			say("held", strings.Join(f.Reasons, "; "))
			v.Until = nil
		}
	}
	g := set.Judge(s, a, now)
	if len(g.Missing) > 0 {
		say("refused", "publish.require asks for what it does not have: "+strings.Join(g.Missing, ", "))
	}
	if g.Cut {
		say("cut", fmt.Sprintf("to %s: %s", g.Scope, g.Why))
	}
	if s.Review != "" {
		say("review", s.Review)
	}
	if s.Untied {
		say("review", "a correction that could not be tied to what it corrects")
	}
	return out
}

func printReport(out io.Writer, all []verdict, zone *time.Location) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "STATE\tSTORY\tAGENCY\tTITLE\tREASON")
	count := map[string]int{}
	for _, v := range all {
		count[v.State]++
		reason := v.Reason
		if v.Until != nil {
			reason = "until " + v.Until.In(zone).Format("2006-01-02 15:04") + ": " + reason
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", v.State, v.Story, v.Agency, news.Excerpt(v.Title, 60), reason)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%d held, %d cut, %d refused, %d withdrawn, %d to be looked at\n", count["held"], count["cut"], count["refused"], count["withdrawn"], count["review"])
	return err
}

// An explained article, with what may be published of it.
type explained struct {
	curator.Explanation
	Publish publisher.Gate `json:"publish"`
}

// refuse says of every channel that a story which the gate refuses is not shown
// there, whatever it is filed under.
func (e *explained) refuse() {
	if len(e.Publish.Missing) == 0 || !e.Speaks {
		return
	}
	for i, c := range e.Channels {
		if c.Shown {
			e.Channels[i].Shown = false
			e.Channels[i].Reasons = append(c.Reasons, "refused by publish.require: it is shown nowhere")
		}
	}
}

// text adds the gate to an explanation.
func (e explained) text(zone *time.Location) string {
	if e.Withdrawn != nil {
		return e.Text(zone) // nothing of it is
	}
	s := fmt.Sprintf("%-11s %s – %s\n", "shown as", e.Publish.Scope, e.Publish.Why)
	if len(e.Publish.Missing) > 0 {
		s += fmt.Sprintf("%-11s publish.require asks for what it does not have: %s\n", "refused", strings.Join(e.Publish.Missing, ", "))
	}
	head, channels, _ := strings.Cut(e.Text(zone), "\n\n")
	return head + "\n" + s + "\n" + channels
}
