package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"tinhub/curator"
	"tinhub/news"
	"tinhub/store"
)

type topicCmd struct {
	Test topicTestCmd `cmd:"" help:"Show what a topic's rule selects from what is stored, beside what it shows today."`
}

type topicTestCmd struct {
	configFlag
	JSON  bool   `help:"Print JSON."`
	Since string `default:"30d" help:"How far back to look: 12h, 30d …"`
	Topic string `arg:"" help:"A topic's id."`
}

func (topicTestCmd) Help() string {
	return `The rule is read from the configuration as it is now, so that a change can be tried before serve
takes it over.

Example:
  tinhub topic test hoc-tap-bac --since 7d`
}

// storiesAtOnce is how many stories are looked at together.
const storiesAtOnce = 200

func (c *topicTestCmd) Run(p *program) error {
	since, err := news.ParseDuration(c.Since)
	if err != nil || since <= 0 {
		return usagef("--since %q: want a duration such as 12h or 30d", c.Since)
	}
	conf, err := c.load(p)
	if err != nil {
		return err
	}
	core, err := openStore(p.ctx, conf, p.logger(levelQuiet))
	if err != nil {
		return err
	}
	defer core.Close()
	sources, topics, err := conf.withKept(p.ctx, core)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(topics, func(t news.Topic) bool { return t.ID == c.Topic })
	if i < 0 {
		return unknown("topic", c.Topic, ids(topics, topicID))
	}
	now := time.Now()
	preview, err := curator.NewPreview(topics[i], curator.Known{Topics: topics, Sources: sources, Terms: conf.terms(), Now: now})
	if err != nil {
		return err
	}
	if _, err := lookAt(p.ctx, core, conf, preview, now.Add(-since), 0); err != nil {
		return err
	}
	preview.Finish()
	if c.JSON {
		return p.json(preview)
	}
	return printPreview(p.out, preview, conf.zone())
}

// lookAt shows the stored stories since a time to a preview, the newest first; after
// some time (0: however long it takes) it stops, and says since when it looked.
func lookAt(ctx context.Context, core store.Core, conf settings, preview *curator.Preview, since time.Time, most time.Duration) (time.Time, error) {
	shelf, begun, reached := store.NewShelf(core), time.Now(), since
	enough := errors.New("enough")
	err := storyPages(ctx, store.NewDesk(core, conf.keep()), since, func(stories []news.Story) error {
		var members []string
		for _, s := range stories {
			members = append(members, ids(s.Members, func(m news.Member) string { return m.Article })...)
		}
		articles, err := shelf.Articles(ctx, members...)
		if err != nil {
			return err
		}
		for _, s := range stories {
			preview.Add(s, articles[:len(s.Members)])
			articles = articles[len(s.Members):]
		}
		if most > 0 && len(stories) == storiesAtOnce && time.Since(begun) > most {
			reached = stories[len(stories)-1].Published
			return enough
		}
		return nil
	})
	if errors.Is(err, enough) {
		err = nil
	}
	return reached, err
}

// storyPages walks the stories since a time, newest first, a page at a time.
func storyPages(ctx context.Context, desk *store.Desk, since time.Time, f func([]news.Story) error) error {
	after := ""
	for {
		stories, err := desk.Stories(ctx, after, since, storiesAtOnce)
		if errors.Is(err, news.ErrNotFound) { // it went away meanwhile: what is left is older than what was seen
			return nil
		}
		if err != nil || len(stories) == 0 {
			return err
		}
		if err := f(stories); err != nil {
			return err
		}
		after = stories[len(stories)-1].ID
	}
}

func printPreview(out io.Writer, v *curator.Preview, zone *time.Location) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, " \tSCORE\tDATE\tAGENCY\tTITLE\n")
	for _, s := range v.Stories {
		mark := "="
		switch {
		case s.Selected && !s.Today:
			mark = "+"
		case s.Today && !s.Selected:
			mark = "-"
		}
		fmt.Fprintf(w, "%s\t%g\t%s\t%s\t%s\n", mark, s.Score, s.Published.In(zone).Format("2006-01-02 15:04"), s.Agency, news.Excerpt(s.Title, 90))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%s: of %d stories looked at it selects %d: %d shown today (=), %d not yet (+); %d shown today would go (-)\n",
		v.Topic, v.Looked, v.Kept+v.Added, v.Kept, v.Added, v.Dropped)
	return err
}
