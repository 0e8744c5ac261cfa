package publisher

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tinhub/news"
)

// Write renders channels into a folder, for any static host: topics/ID.rss and
// its kin, the page as topics/ID/index.html, so that every address is the one
// that a server would answer, and the first page, the lists and the icon beside
// them. No channels means all public ones. Each file is replaced atomically: a
// reader of the folder never sees half a document. It returns the names of the
// files, with their folder.
func (p *Publisher) Write(ctx context.Context, folder string, channels ...string) ([]string, error) {
	v := p.view.Load()
	chosen, err := v.choose(channels)
	if err != nil {
		return nil, err
	}
	if err := p.sync(ctx); err != nil {
		return nil, err
	}
	w := folderWriter{folder: folder}
	for _, c := range chosen {
		if err := p.writeChannel(ctx, v, c, &w); err != nil {
			return w.names, err
		}
	}
	page, err := p.frontPage(ctx, v, false)
	if err != nil {
		return w.names, err
	}
	missing := errorPage{layout: v.layout("Không có trang này"), Status: 404,
		Sentence: "Địa chỉ này không dẫn đến chuyên đề, tỉnh hay tin nào."}
	notFound, err := execute("error", missing)
	if err != nil {
		return w.names, err
	}
	w.put("index.html", page)
	w.put("404.html", notFound)
	w.put("topics.opml", p.opml(v))
	w.put("sitemap.xml", p.sitemap(v))
	w.put("favicon.svg", favicon)
	return w.names, w.err
}

// choose finds channels by what people call them: a topic's id, a former id, or
// provinces/SLUG.
func (v *view) choose(names []string) ([]*channel, error) {
	var chosen []*channel
	if len(names) == 0 {
		for _, c := range v.channels {
			if c.public {
				chosen = append(chosen, c)
			}
		}
		return chosen, nil
	}
	for _, name := range names {
		c := v.byID[name]
		if now, ok := v.formerly["/topics/"+name]; c == nil && ok {
			c = v.byID[strings.TrimPrefix(now, "/topics/")]
		}
		if now, ok := v.formerly["/"+name]; c == nil && ok {
			c = v.byID[strings.TrimPrefix(now, "/")]
		}
		if c == nil {
			return nil, fmt.Errorf("there is no topic %q; a province is written provinces/SLUG: %w", name, news.ErrNotFound)
		}
		chosen = append(chosen, c)
	}
	return chosen, nil
}

// writeChannel renders a channel as of now, whether or not a server has done so.
func (p *Publisher) writeChannel(ctx context.Context, v *view, c *channel, w *folderWriter) error {
	f, err := p.opening(ctx, c)
	if err != nil {
		return err
	}
	entries, err := p.choose(ctx, v, c, f, v.asOf(p.now()))
	if err != nil {
		return err
	}
	had := p.memory.channel(c.id)
	next, err := v.revise(c, entries, had, 0, p.now(), tombstones(f.gone, entries)...)
	if err != nil {
		return err
	}
	p.memory.install(next...) // for the lists, which say when each changed
	for i, s := range p.memory.channel(c.id) {
		if s == nil || !v.publishes(formats[i]) {
			continue
		}
		name := strings.TrimPrefix(c.path, "/") + "." + string(formats[i])
		if formats[i] == news.HTML {
			name = strings.TrimPrefix(c.path, "/") + "/index.html"
		}
		w.put(name, s.Body)
	}
	if w.err != nil {
		return w.err
	}
	return p.writeArchives(ctx, v, c, entries, w)
}

// A folderWriter replaces files in a folder, and stops at the first fault.
type folderWriter struct {
	folder string
	names  []string
	err    error
}

func (w *folderWriter) put(name string, data []byte) {
	if w.err != nil {
		return
	}
	name = filepath.Join(w.folder, filepath.FromSlash(name))
	if w.err = os.MkdirAll(filepath.Dir(name), 0o755); w.err != nil {
		return
	}
	if w.err = replaceFile(name, flushed, data); w.err == nil {
		w.names = append(w.names, name)
	}
}
