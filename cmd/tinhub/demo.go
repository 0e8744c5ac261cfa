package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/goccy/go-yaml"

	"tinhub/cmd/tinhub/press"
	"tinhub/config"
	"tinhub/news"
	"tinhub/store"
)

type demoCmd struct {
	Listen string        `placeholder:"ADDR" help:"Where the hub listens (default: 127.0.0.1:8080, or a free port where that is taken)."`
	Every  time.Duration `default:"3s" help:"How often the simulated editors do something."`
	Seed   uint64        `help:"The same seed tells the same news."`
	Debug  bool          `help:"Log what the hub does."`
}

func (demoCmd) Help() string {
	return `Everything stays on this machine and in a temporary folder, which is removed at the end. Of the
papers, one hangs, one answers with an error page and one is always busy: the others notice nothing.

Example:
  tinhub demo
  tinhub demo --listen 127.0.0.1:9000 --every 1s`
}

func (c *demoCmd) Run(p *program) error {
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	listener, err := c.listen(ctx)
	if err != nil {
		return err
	}
	defer listener.Close()
	papers, err := press.New(press.Options{Seed: c.Seed, Every: -1})
	if err != nil {
		return err
	}
	addresses, err := papers.Start(ctx)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "tinhub-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	open := openAddress(listener.Addr())
	s, err := demoSettings(addresses, open, dir)
	if err != nil {
		return err
	}
	log := p.logger(slog.LevelError)
	if c.Debug {
		log = p.logger(slog.LevelDebug)
	}
	roles, _ := parseRoles("") // all are known
	h, err := openHouse(ctx, s, roles, log)
	if err != nil {
		return err
	}
	defer h.close()
	began := time.Now()
	if err := introduce(p.out, open, addresses); err != nil {
		return err
	}
	if secret, err := h.office.FirstLink(ctx); err == nil {
		fmt.Fprintf(p.out, "  admin pages         %sadmin/first?key=%s (once)\n\n", open, secret)
	}
	go sayFirst(ctx, p.out, h.core, s.Topics, open, began)
	go c.work(ctx, p.out, papers)
	return h.run(ctx, listener, nil)
}

// listen takes the usual port, or a free one where nobody asked for a port and
// the usual one is taken.
func (c *demoCmd) listen(ctx context.Context) (net.Listener, error) {
	if c.Listen != "" {
		return listenHTTP(ctx, c.Listen)
	}
	l, err := listenHTTP(ctx, "127.0.0.1:8080")
	if err != nil {
		return listenHTTP(ctx, "127.0.0.1:0")
	}
	return l, nil
}

// demoSettings is the configuration that reads the simulated papers into the
// starter topics. It goes through a file's text, as everybody's does, and not
// through the environment: a demo never touches a real store.
func demoSettings(papers []press.Address, public, dir string) (settings, error) {
	type source struct {
		ID        string            `yaml:"id"`
		Name      string            `yaml:"name"`
		Province  string            `yaml:"province,omitempty"`
		Homepage  string            `yaml:"homepage"`
		URL       string            `yaml:"url"`
		Schedule  string            `yaml:"schedule"`
		Agreement map[string]string `yaml:"agreement,omitempty"`
	}
	var sources []source
	for _, a := range papers {
		s := source{ID: a.ID, Name: a.Name, Province: a.Province, Homepage: a.Homepage, URL: a.Feed, Schedule: "@every 2s"}
		if agreed(a) {
			s.Agreement = map[string]string{"number": "01/2026", "scope": string(news.ScopeFull)}
		}
		sources = append(sources, s)
	}
	text, err := yaml.Marshal(map[string]any{
		"site":     map[string]string{"title": "Tin tỉnh (bản chạy thử)", "public_url": strings.TrimRight(public, "/"), "owner": "tinhub demo: tin mô phỏng, không có thật"},
		"store":    map[string]string{"url": "file:" + filepath.ToSlash(dir)},
		"fetch":    map[string]any{"spacing": "0s", "timeout": "5s", "allow_networks": []string{"127.0.0.0/8", "::1/128"}},
		"publish":  map[string]string{"content": string(news.ScopeFull)},
		"withdraw": map[string]string{"recheck": "2s", "confirm": "2s"},
		"sources":  sources,
	})
	if err != nil {
		return settings{}, err
	}
	c, faults := config.Parse("tinhub demo", text, nil)
	if err := faults.Err(); err != nil {
		return settings{}, err
	}
	starter, faults := config.Load("", nil)
	if err := faults.Err(); err != nil {
		return settings{}, err
	}
	c.Topics = starter.Topics
	return settings{c}, nil
}

// agreed says that a paper agreed to have its articles shown whole: what its feed
// leaves out is read from its pages. The others stay at their summaries.
func agreed(a press.Address) bool { return a.Province == "can-tho" || a.Province == "ca-mau" }

// introduce prints what there is to open.
func introduce(out io.Writer, open string, papers []press.Address) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "A simulated provincial press, and the hub that reads it. Ctrl-C ends both; nothing is kept.\n\n")
	fmt.Fprintf(w, "  open\t%s\n", open)
	fmt.Fprintf(w, "  a topic\t%stopics/nong-thon-moi\n", open)
	fmt.Fprintf(w, "  for a feed reader\t%stopics/nong-thon-moi.rss  .atom  .json\n", open)
	fmt.Fprintf(w, "  all topics at once\t%stopics.opml\n\n", open)
	for _, a := range papers {
		state := "healthy"
		switch a.Sick {
		case "":
			if agreed(a) {
				state = "healthy; it agreed to its articles being shown whole, and they are read from its pages"
			}
		case press.Hangs:
			state = "hangs in the middle of its feed"
		case press.HTML:
			state = "answers with an error page and status 200"
		case press.Busy:
			state = "answers 503 with Retry-After"
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\n", a.Name, a.Feed, state)
	}
	fmt.Fprintln(w)
	return w.Flush()
}

// sayFirst tells when the first topic has something to read.
func sayFirst(ctx context.Context, out io.Writer, core store.Core, topics []news.Topic, open string, began time.Time) {
	outputs := store.NewOutputs(core)
	for ctx.Err() == nil {
		for _, t := range topics {
			list, err := outputs.Load(ctx, t.ID)
			if i := slices.IndexFunc(list, func(o news.Output) bool { return o.Items > 0 && o.Format == news.RSS }); err == nil && i >= 0 {
				fmt.Fprintf(out, "%s  after %.1f s the first topic can be read: %stopics/%s\n", time.Now().Format(time.TimeOnly), time.Since(began).Seconds(), open, t.ID)
				return
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// work lets the editors do something at each tick, and tells of it.
func (c *demoCmd) work(ctx context.Context, out io.Writer, papers *press.Press) {
	tick := time.NewTicker(max(c.Every, 100*time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			d := papers.Step()
			if len(d.Items) == 0 {
				continue
			}
			items := papers.Items()
			var by []string
			for _, n := range d.Items {
				by = append(by, items[n-1].Paper)
			}
			slices.Sort(by)
			fmt.Fprintf(out, "%s  %s %s: %s\n", time.Now().Format(time.TimeOnly), strings.Join(slices.Compact(by), ", "), d.Did, items[d.Items[0]-1].Title)
		}
	}
}
