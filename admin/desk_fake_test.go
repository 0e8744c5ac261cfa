package admin

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tinhub/news"
)

// otherID is a second story.
const otherID = "00ffbbccddeeff001122334455667788"

// desk is the curator's and the store's part of the desk, in memory: what editors
// decide is filed at once.
type desk struct {
	curations map[string]news.Curation
	n         int64
	meanwhile func() // somebody else decides, right before a write
}

// decided is a decision that stands in the audit log of every world.
var decided = news.Decision{At: noon, Who: "lan", What: "story.note", Subject: articleID,
	Before: json.RawMessage(`{"story":"","note":"cũ"}`), After: json.RawMessage(`{"story":""}`)}

var decisionID = decided.ID()

func (w *world) stories() []news.Story {
	second := w.story()
	second.ID, second.Speaker, second.Members[0].Article = otherID, otherID, otherID
	second.Published = noon.Add(-time.Hour)
	out := []news.Story{w.story(), second}
	for i := range out {
		s := &out[i]
		c, ok := w.desk.curations[s.ID]
		if ok {
			s.Curation = &c
		}
		for _, channel := range []string{"declared", news.Everything} {
			p := c.In(channel)
			f := news.Filing{Channel: channel, Sort: s.Published.Format("20060102150405") + "." + s.ID, Out: c.Hidden || p.Filed == news.FiledOut}
			if p.Place != "" {
				f.Sort = p.Place
			}
			if f.In = !f.Out; p.Pinned {
				f.Pin = p.Rank
			}
			s.Filings = append(s.Filings, f)
		}
	}
	return out
}

func (w *world) inChannel(name string) []news.Story {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []news.Story
	channel := news.ChannelOf(name)
	key := func(s news.Story) string {
		f, ok := filingIn(s, channel)
		switch {
		case !ok:
			return ""
		case name == news.PinChannel(channel):
			return f.Pin
		case name == news.OutChannel(channel) == f.Out:
			return f.Sort
		}
		return ""
	}
	for _, s := range w.stories() {
		if key(s) != "" {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b news.Story) int { return strings.Compare(key(b), key(a)) })
	return out
}

func (w *world) byID(ids []string) []news.Story {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]news.Story, len(ids))
	for i, id := range ids {
		for _, s := range w.stories() {
			if s.ID == id {
				out[i] = s
			}
		}
	}
	return out
}

func (w *world) Curations(_ context.Context, stories ...string) ([]news.Curation, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]news.Curation, len(stories))
	for i, id := range stories {
		out[i] = w.desk.curations[id]
	}
	return out, nil
}

func (w *world) Curate(_ context.Context, c news.Curation) (int64, error) {
	w.mu.Lock()
	meanwhile := w.desk.meanwhile
	w.desk.meanwhile = nil
	w.mu.Unlock()
	if meanwhile != nil {
		meanwhile()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.desk.curations[c.Story].Version != c.Version {
		return 0, news.ErrConflict
	}
	if w.desk.curations == nil {
		w.desk.curations = map[string]news.Curation{}
	}
	w.desk.n++
	c.Version = w.desk.n
	w.desk.curations[c.Story] = c
	return c.Version, nil
}
