package publisher

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"tinhub/news"
	"tinhub/publisher/feed"
)

// document is a channel ready to be written in any format.
func (v *view) document(c *channel, entries []entry, floor time.Time, gone ...feed.Tombstone) feed.Channel {
	d := feed.Channel{
		Title: c.title, Description: c.description, Language: c.language, Site: v.Site, Hub: v.Hub,
		Links: v.links(c.path, ""), Zone: v.Zone, Floor: floor, Items: make([]feed.Item, len(entries)),
		Prev: v.prevArchive(c, entries), Gone: gone,
	}
	for i, e := range entries {
		d.Items[i] = e.item
		if c != nil { // that an editor moved it dates the document, and not the story
			d.Floor = later(d.Floor, e.story.Edited().Moved[c.id])
		}
	}
	return d
}

// write renders a document in a format.
func (v *view) write(f news.Format, c *channel, d feed.Channel, entries []entry) ([]byte, error) {
	switch f {
	case news.RSS:
		return feed.RSS(d), nil
	case news.Atom:
		return feed.Atom(d), nil
	case news.JSON:
		return feed.JSON(d), nil
	default:
		return v.channelPage(c, d, entries)
	}
}

// revise renders a channel and returns the formats whose bytes changed, as its
// revision after a given one. had is what is published of it; now dates the
// revision and is in no document.
func (v *view) revise(c *channel, entries []entry, had *shown, after int64, now time.Time, gone ...feed.Tombstone) ([]news.Output, error) {
	var floor, modified time.Time
	var next []news.Output
	for _, o := range had.outputs() {
		if o.Updated.After(floor) {
			floor = o.Updated
		}
		if o.Modified.After(modified) {
			modified = o.Modified
		}
	}
	d := v.document(c, entries, floor, gone...)
	d.Parts = v.memo.Parts(d.Items)
	revision := max(after, had.revision()) + 1
	modified = later(now.UTC().Truncate(time.Second), modified.Add(time.Second))
	for i, f := range formats {
		if !v.publishes(f) {
			continue
		}
		body, err := v.write(f, c, d, entries)
		if err != nil {
			return nil, fmt.Errorf("render %s of %s: %w", f, c.id, err)
		}
		if had != nil && had[i] != nil && bytes.Equal(had[i].Body, body) {
			continue
		}
		next = append(next, news.Output{Channel: c.id, Format: f, Revision: revision, Modified: modified, ETag: tagOf(body),
			Items: len(entries), Updated: d.Updated(), Newest: newest(entries), Body: body})
	}
	return next, nil
}

// render brings one channel up to date: chosen, written, stored, served. It does
// nothing when no byte changed.
func (p *Publisher) render(ctx context.Context, l news.Lease, c *channel) error {
	start := time.Now()
	v := p.view.Load()
	f, err := p.opening(ctx, c)
	if err != nil {
		return err
	}
	entries, err := p.choose(ctx, v, c, f, v.asOf(p.now()))
	if err != nil {
		return err
	}
	had := p.memory.channel(c.id)
	if p.filling() && len(entries) < had.items() {
		return nil // the store was emptied and is not full yet: the end of this renders anew
	}
	next, err := v.revise(c, entries, had, p.damaged[c.id], p.now(), tombstones(f.gone, entries)...)
	if err != nil || len(next) == 0 {
		return err
	}
	size := 0
	for _, o := range next {
		size += len(o.Body)
	}
	if err := p.deps.Outputs.Save(ctx, l, next); err != nil {
		return err
	}
	p.memory.install(next...)
	if c.kind == kindEverything && v.MinAgencies > 0 && (had.items() == 0) != (len(entries) == 0) {
		p.renderAll() // the provinces are shown while everything is
	}
	if p.opt.Observe.Rendered != nil {
		p.opt.Observe.Rendered(c.id, time.Since(start), len(next), size)
	}
	p.log.Debug("channel rendered", "channel", c.id, "revision", next[0].Revision, "items", len(entries), "formats", len(next))
	return nil
}

// newest is the title of the first story of a selection.
func newest(entries []entry) string {
	if len(entries) == 0 {
		return ""
	}
	return news.Clean(entries[0].item.Title)
}

// items is how many stories a channel shows now.
func (c *shown) items() int {
	n := 0
	if c != nil {
		for _, s := range c {
			if s != nil {
				n = max(n, s.Items)
			}
		}
	}
	return n
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
