package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tinhub/config"
	"tinhub/curator"
	"tinhub/news"
	"tinhub/store"
)

// defaultFile is read where no -c names another.
const defaultFile = "tinhub.yaml"

// configFlag is how every command that needs a configuration is told of one.
type configFlag struct {
	Config string `short:"c" name:"config" placeholder:"FILE" help:"Configuration file (default: tinhub.yaml in this folder; where there is none, the built-in starter)."`
}

// settings is the configuration as cmd hands it to the rooms.
type settings struct{ config.Config }

// path is the file to read; "" means the starter.
func (f configFlag) path() string {
	if f.Config != "" {
		return f.Config
	}
	if _, err := os.Stat(defaultFile); err != nil && errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return defaultFile
}

// load reads the configuration, and says every fault that it has.
func (f configFlag) load(p *program) (settings, error) {
	s, faults := readSettings(f.path(), p.environ)
	if len(faults) > 0 {
		for _, fault := range faults {
			p.say("%v", fault)
		}
		p.say("tinhub: the configuration has %s", count(len(faults), "fault", "faults"))
		return settings{}, errSaid
	}
	return s, nil
}

// readSettings reads a configuration and holds it against what only the rooms
// know: whether a topic's expression can be compiled.
func readSettings(path string, environ []string) (settings, config.Faults) {
	c, faults := config.Load(path, environ)
	return judge(c, faults)
}

func judge(c config.Config, faults config.Faults) (settings, config.Faults) {
	for i, t := range c.Topics {
		if t.Where == "" {
			continue
		}
		alone := news.Topic{ID: t.ID, Where: t.Where, Include: news.Rule{Any: []news.Phrase{{Text: "tin", Weight: 1}}}}
		_, errs := curator.Compile([]news.Topic{alone})
		for _, err := range errs {
			faults = faults.With(c.Fault(fmt.Sprintf("topics[%d].where", i), "%v", err))
		}
	}
	return settings{c}, faults
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// keep is how long the store keeps what.
func (s settings) keep() store.Keep {
	return store.Keep{Articles: s.Keep.Articles, Seen: s.Keep.Seen, Audit: s.Keep.Audit}
}

// terms are the rules of time that hold in every channel.
func (s settings) terms() curator.Terms {
	return curator.Terms{Embargo: s.Publish.Embargo, Verbatim: s.Site.Profile == config.VNAggregator}
}

// zone is what times are shown in.
func (s settings) zone() *time.Location {
	if s.Site.Location == nil {
		return time.UTC
	}
	return s.Site.Location
}

// folder is where this process may keep files of its own: the embedded store's
// folder, or "data" beside the configuration.
func (s settings) folder() string {
	if dir, ok := s.Store.Embedded(); ok {
		return filepath.FromSlash(dir)
	}
	return filepath.Join(s.Folder, "data")
}

// Facets of what is made in the pages, the API or by import, and lives in the
// store.
func keptSources(core store.Core) *store.Kept[news.Source] {
	return store.NewKept[news.Source](core, "source")
}

func keptTopics(core store.Core) *store.Kept[news.Topic] {
	return store.NewKept[news.Topic](core, "topic")
}

func keptPartners(core store.Core) *store.Kept[news.Partner] {
	return store.NewKept[news.Partner](core, "partner")
}

// withKept is what the file declares and what lives in the store; an id that
// both have means the file's: one truth for each thing.
func (s settings) withKept(ctx context.Context, core store.Core) ([]news.Source, []news.Topic, error) {
	k, err := readKept(ctx, core)
	if err != nil {
		return nil, nil, err
	}
	return joined(s.Sources, k.Sources, sourceID), joined(s.Topics, k.Topics, topicID), nil
}

func sourceID(s news.Source) string { return s.ID }
func topicID(t news.Topic) string   { return t.ID }

// joined is what is declared, and what is kept under other ids.
func joined[T any](declared, kept []T, id func(T) string) []T {
	out := slices.Clone(declared)
	known := map[string]bool{}
	for _, v := range declared {
		known[id(v)] = true
	}
	for _, v := range kept {
		if !known[id(v)] {
			out = append(out, v)
		}
	}
	return out
}

// readKept reads all that lives in the store.
func readKept(ctx context.Context, core store.Core) (k kept, err error) {
	if k.Sources, err = listKept(ctx, keptSources(core)); err != nil {
		return k, err
	}
	if k.Topics, err = listKept(ctx, keptTopics(core)); err != nil {
		return k, err
	}
	k.Partners, err = listKept(ctx, keptPartners(core))
	return k, err
}

// keptPage is how many objects are read together.
const keptPage = 500

func listKept[T any](ctx context.Context, from *store.Kept[T]) ([]T, error) {
	var out []T
	after := ""
	for {
		list, err := from.List(ctx, after, keptPage)
		if err != nil {
			return nil, err
		}
		for _, v := range list {
			out = append(out, v.Value)
		}
		if len(list) < keptPage {
			return out, nil
		}
		after = list[len(list)-1].ID
	}
}

// ids lists an id of each.
func ids[T any](list []T, id func(T) string) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = id(v)
	}
	return out
}

// unknown says that an id is none of those known, and which may be meant.
func unknown(what, id string, known []string) error {
	if near := news.Nearest(id, known); near != "" {
		return usagef("there is no %s %q: did you mean %q?", what, id, near)
	}
	if len(known) > 20 {
		return usagef("there is no %s %q among the %d that are known", what, id, len(known))
	}
	return usagef("there is no %s %q; there are %s", what, id, strings.Join(known, ", "))
}
