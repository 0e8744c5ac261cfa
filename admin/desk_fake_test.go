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

// copyID is a second article of the first story.
const copyID = "00eebbccddeeff001122334455667788"

// desk is the curator's and the store's part of the desk, in memory: what editors
// decide is filed at once.
type desk struct {
	curations map[string]news.Curation
	n         int64
	groups    []news.Group       // the stories, once somebody regrouped them
	withdrawn map[string]bool    // articles
	orders    []news.Instruction // that nobody acts on
	ties      map[string]news.Tie
	edit      *news.SettledEdit // what became of the edit of copyID, which waits at first
	stuck     bool              // nobody curates
	meanwhile func()            // somebody else decides, right before a write
}

// decided is a decision that stands in the audit log of every world.
var decided = news.Decision{At: noon, Who: "lan", What: "story.note", Subject: articleID,
	Before: json.RawMessage(`{"story":"","note":"cũ"}`), After: json.RawMessage(`{"story":""}`)}

var decisionID = decided.ID()

func (w *world) stories() []news.Story {
	groups := w.desk.groups
	if groups == nil {
		groups = []news.Group{{Story: articleID, Members: []news.Grouped{{Article: articleID}, {Article: copyID}}}, {Story: otherID, Members: []news.Grouped{{Article: otherID}}}}
	}
	var out []news.Story
	for i, g := range groups {
		s := w.story()
		one := s.Members[0]
		s.ID, s.Speaker, s.Apart, s.Members = g.Story, g.Members[0].Article, g.Apart, nil
		for _, m := range g.Members {
			one.Article, one.Reason, one.Score = m.Article, m.Reason, m.Score
			s.Members = append(s.Members, one)
		}
		s.Published = noon.Add(-time.Duration(i) * time.Hour)
		out = append(out, s)
	}
	for i := range out {
		s := &out[i]
		tie, tied := w.desk.ties[s.ID]
		if !tied {
			tie.Untied = s.ID == articleID
		}
		s.Corrects, s.Untied, s.Tied = tie.Corrects, tie.Untied, tie.Tied
		if s.Corrects != "" {
			out[1].Corrected = []string{s.ID}
		}
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

type ordersOf struct{ *world }

// Order acts at once, as the curator does a little later.
func (o ordersOf) Order(_ context.Context, in news.Instruction) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.desk.stuck {
		o.desk.orders = append(o.desk.orders, in)
		return nil
	}
	if in.Kind == news.OrderTie {
		if o.desk.ties == nil {
			o.desk.ties = map[string]news.Tie{}
		}
		o.desk.ties[in.Stories[0]] = *in.Tie
		return nil
	}
	var groups []news.Group
	for _, s := range o.stories() {
		groups = append(groups, news.GroupOf(s))
	}
	switch in.Kind {
	case news.OrderMerge:
		groups[0].Members = append(groups[0].Members, groups[1].Members...)
		groups = groups[:1]
	case news.OrderSplit:
		taken := news.Group{Story: in.Articles[0], Members: []news.Grouped{{Article: in.Articles[0]}}, Apart: in.Stories}
		groups[0].Members = slices.DeleteFunc(groups[0].Members, func(m news.Grouped) bool { return m.Article == in.Articles[0] })
		groups = append(groups, taken)
	case news.OrderGroup:
		named := in.Groups
		for _, g := range groups {
			if !slices.ContainsFunc(named, func(x news.Group) bool {
				return slices.ContainsFunc(x.Members, func(m news.Grouped) bool { return m.Article == g.Members[0].Article })
			}) {
				named = append(named, g)
			}
		}
		groups = named
	}
	o.desk.groups = groups
	return nil
}

func (o ordersOf) Orders(context.Context, int) ([]news.Instruction, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.desk.orders), nil
}

func (o ordersOf) StoriesOf(_ context.Context, articles ...string) ([]news.Story, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := make([]news.Story, len(articles))
	for i, a := range articles {
		for _, s := range o.stories() {
			if slices.ContainsFunc(s.Members, func(m news.Member) bool { return m.Article == a }) {
				out[i] = s
			}
		}
	}
	return out, nil
}

type takesOf struct{ *world }

func (t takesOf) Order(_ context.Context, e news.Entry) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.Edit != nil {
		if t.desk.edit = nil; e.Edit.Do != news.EditBack {
			t.desk.edit = &news.SettledEdit{Held: news.Held{Hash: e.Edit.Hash}, Do: e.Edit.Do, By: e.Edit.By}
		}
		return nil
	}
	if t.desk.withdrawn == nil {
		t.desk.withdrawn = map[string]bool{}
	}
	t.desk.withdrawn[e.Gone.Article] = !e.Gone.Back
	return nil
}

func (t takesOf) Missing(ctx context.Context, _ time.Time, _ int) ([]news.Recheck, []news.Article, error) {
	a, err := t.Articles(ctx, articleID)
	return []news.Recheck{{Article: articleID, Missing: noon, Due: noon.Add(10 * time.Minute), Detail: t.title}}, a, err
}

func (c curatorOf) Differences(a, b news.Article) []news.Change {
	return []news.Change{{Was: c.title, Is: c.title + " <b>"}}
}
