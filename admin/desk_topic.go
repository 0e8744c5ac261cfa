package admin

import (
	"context"
	"slices"
	"time"

	"tinhub/news"
)

// A TopicStory is a story as a topic has it: in the order of its outputs, what is
// pinned first.
type TopicStory struct {
	Story  news.Story `json:"story"`
	Pinned bool       `json:"pinned,omitempty"`
	Until  time.Time  `json:"until,omitzero"`   // the pin ends
	Placed bool       `json:"placed,omitempty"` // by an editor, among the others
	Out    bool       `json:"out,omitempty"`    // an editor keeps it out
}

// mostPinned is how many stories are pinned in a topic; outputs show no more.
const mostPinned = 50

// channelID reads the name of a channel.
func (o *Office) channelID(id string) (string, error) {
	if builtIn(id) || slices.ContainsFunc(o.deps.Roster.Topics(), func(t news.Topic) bool { return t.ID == id }) {
		return id, nil
	}
	return "", faultf(Missing, "there is no topic %.80q; a province is provinces/SLUG, everything is %s", id, news.Everything)
}

// TopicStories lists what a topic shows, what is pinned on the first page; or what
// editors keep out of it.
func (o *Office) TopicStories(ctx context.Context, w Who, channel string, out bool, after string, limit int) (list []TopicStory, next string, err error) {
	if err := w.must(Read); err != nil {
		return nil, "", err
	}
	if channel, err = o.channelID(channel); err != nil {
		return nil, "", err
	}
	if out {
		stories, next, err := o.deps.Stories.Page(ctx, news.OutChannel(channel), after, limit)
		return topicStories(stories, channel, func(f news.Filing) bool { return f.Out }), next, badCursor(err)
	}
	if after == "" {
		pinned, _, err := o.deps.Stories.Page(ctx, news.PinChannel(channel), "", mostPinned)
		if err != nil {
			return nil, "", err
		}
		list = topicStories(pinned, channel, func(f news.Filing) bool { return f.Pin != "" })
	}
	stories, next, err := o.deps.Stories.Page(ctx, channel, after, limit)
	return append(list, topicStories(stories, channel, func(f news.Filing) bool { return f.Pin == "" })...), next, badCursor(err)
}

// topicStories are the stories whose filing in a channel is wanted.
func topicStories(stories []news.Story, channel string, want func(news.Filing) bool) []TopicStory {
	var list []TopicStory
	for _, s := range stories {
		f, ok := filingIn(s, channel)
		if !ok || !want(f) {
			continue
		}
		p := s.Edited().In(channel)
		t := TopicStory{Story: s, Pinned: f.Pin != "", Placed: p.Place != "", Out: f.Out}
		if t.Pinned {
			t.Until = p.Until
		}
		list = append(list, t)
	}
	return list
}

func filingIn(s news.Story, channel string) (news.Filing, bool) {
	i := slices.IndexFunc(s.Filings, func(f news.Filing) bool { return f.Channel == channel })
	if i < 0 {
		return news.Filing{}, false
	}
	return s.Filings[i], true
}

// A Move puts a story elsewhere in a topic: directly above or below another one.
// Above or below what is pinned, it is pinned itself.
type Move struct {
	Above string `json:"above,omitempty"`
	Below string `json:"below,omitempty"`
}

// moveWithin is how many stories of a topic are looked through for the neighbour.
const moveWithin = 500

// Move moves a story in a topic.
func (o *Office) Move(ctx context.Context, w Who, channel, id string, version int64, m Move) (CurationForm, error) {
	if err := w.must(Write); err != nil {
		return CurationForm{}, err
	}
	if (m.Above == "") == (m.Below == "") || m.Above == id || m.Below == id {
		return CurationForm{}, faultf(Invalid, "write above or below, with the id of another story of the topic")
	}
	list, err := o.topicOrder(ctx, w, channel)
	if err != nil {
		return CurationForm{}, err
	}
	p, err := slot(list, channel, id, m)
	if err != nil {
		return CurationForm{}, err
	}
	return o.Edit(ctx, w, Edit{Story: id, Version: version, What: "story.move", Change: func(_ news.Story, now CurationForm) (CurationForm, error) {
		was := now.Places[channel]
		p.Filed = was.Filed
		if p.Pinned {
			p.Place = was.Place // where it stands when it is pinned no more
			if was.Pinned {
				p.Until = was.Until
			}
		}
		return now.with(channel, p), nil
	}})
}

// with is the form with another place in a channel.
func (f CurationForm) with(channel string, p news.Placed) CurationForm {
	c := news.Curation{Places: f.Places}
	c.Set(channel, p)
	f.Places = c.Places
	if len(f.Places) == 0 {
		f.Places = nil
	}
	return f
}

// topicOrder is what a topic shows, as far as editors move stories.
func (o *Office) topicOrder(ctx context.Context, w Who, channel string) ([]TopicStory, error) {
	var all []TopicStory
	for after := ""; ; {
		list, next, err := o.TopicStories(ctx, w, channel, false, after, 100)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
		if next == "" || len(all) >= moveWithin {
			return all, nil
		}
		after = next
	}
}

// slot is where a story stands once it is moved: between its new neighbours.
func slot(list []TopicStory, channel, id string, m Move) (news.Placed, error) {
	if !slices.ContainsFunc(list, func(t TopicStory) bool { return t.Story.ID == id }) {
		return news.Placed{}, faultf(Invalid, "the story %.40q is not shown in %s, or too far down to be moved: file it there, or pin it", id, channel)
	}
	others := slices.DeleteFunc(slices.Clone(list), func(t TopicStory) bool { return t.Story.ID == id })
	at := slices.IndexFunc(others, func(t TopicStory) bool { return t.Story.ID == m.Above || t.Story.ID == m.Below })
	if at < 0 {
		return news.Placed{}, faultf(Invalid, "the story %.40q is not shown in %s, or too far down: name one that is", m.Above+m.Below, channel)
	}
	pinned := others[at].Pinned
	key := func(i int) string { // of a neighbour of the same kind; "" is the end
		if i < 0 || i >= len(others) || others[i].Pinned != pinned {
			return ""
		}
		f, _ := filingIn(others[i].Story, channel)
		if pinned {
			return f.Pin
		}
		return f.Sort
	}
	above, below := key(at-1), key(at)
	if m.Below != "" {
		above, below = key(at), key(at+1)
	}
	between := news.Between(below, above)
	switch {
	case between == "":
		return news.Placed{}, faultf(Taken, "there is no room left between the two: move one of them elsewhere first")
	case pinned:
		return news.Placed{Pinned: true, Rank: between}, nil
	}
	return news.Placed{Place: between}, nil
}
