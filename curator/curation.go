package curator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tinhub/news"
)

// What editors decided about a story beats what the rules say, whenever it is
// filed: it is read each time, so that neither an edit of the paper's nor another
// copy, a rule or a restart ever undoes it.

// fileByHand files a story anew because its curation changed.
func (w *work) fileByHand(ctx context.Context, o news.Instruction) (fault, err error) {
	for _, id := range o.Stories {
		s, err := w.story(ctx, id)
		if err != nil {
			return nil, err
		}
		if s.ID == "" {
			return errors.New("the story is not there any more"), nil
		}
		w.add(s)
	}
	return nil, nil
}

// curations reads what editors decided about the stories at hand, and about those
// that became part of them.
func (w *work) curations(ctx context.Context) error {
	if w.t.deps.Orders == nil {
		return nil
	}
	var ids []string
	for _, id := range w.order {
		ids = append(append(append(ids, id), w.is[id].Was...), w.gone[id]...)
	}
	found, err := w.t.deps.Orders.Curations(ctx, ids...)
	if err != nil {
		return fmt.Errorf("read what editors decided about %d stories: %w", len(ids), err)
	}
	w.edits = map[string]news.Curation{}
	for _, c := range found {
		if c.Version != 0 {
			w.edits[c.Story] = c
		}
	}
	return nil
}

// curation is what a story is filed by; nil where editors decided nothing.
func (w *work) curation(s news.Story) *news.Curation {
	var became []news.Curation
	for _, id := range s.Was {
		became = append(became, w.edits[id])
	}
	own := w.edits[s.ID]
	c := news.CurationOf(own, became...)
	if c.At.IsZero() {
		return nil
	}
	c.Story, c.Over = "", nil // that is the record's
	return &c
}

// edited gives a story the headline that an editor wrote.
func edited(s news.Story, t Terms) news.Story {
	if title := s.Edited().Title; title != "" && !t.Verbatim {
		s.Title = title
	}
	return s
}

// byHand adds to the verdicts of the rules the topics that editors filed a story
// in.
func (l *lens) byHand(verdicts []Verdict, edits news.Curation) []Verdict {
	for _, topic := range slices.Sorted(maps.Keys(edits.Places)) {
		known := slices.ContainsFunc(verdicts, func(v Verdict) bool { return v.Topic == topic })
		if _, ok := l.topics[topic]; ok && !known && edits.In(topic).Filed == news.FiledIn {
			verdicts = append(verdicts, Verdict{Topic: topic, In: true})
		}
	}
	return verdicts
}

// place puts a filing where editors want it, and says whether they want it at all.
// What is pinned, or was filed there by hand, stays whatever its age.
func place(f *news.Filing, edits news.Curation, now time.Time) (wanted bool) {
	p := edits.In(f.Channel)
	pinned := p.Pinned && (p.Until.IsZero() || now.Before(p.Until))
	if pinned {
		f.Pin = p.Rank
	}
	if p.Place != "" {
		f.Sort = p.Place
	}
	if pinned || p.Filed == news.FiledIn {
		f.Until = time.Time{}
	}
	f.Reasons = append(slices.Clip(f.Reasons), byEditors(p, edits.Hidden, pinned)...)
	return !edits.Hidden && p.Filed != news.FiledOut
}

// byEditors says what editors decided about a story in a channel.
func byEditors(p news.Placed, hidden, pinned bool) (why []string) {
	for _, x := range []struct {
		holds bool
		says  string
	}{
		{p.Filed == news.FiledIn, "an editor filed it here"},
		{p.Filed == news.FiledOut, "an editor took it out"},
		{hidden, "an editor hid it everywhere"},
		{pinned, "an editor pinned it here"},
		{p.Place != "", "an editor put it in another place"},
	} {
		if x.holds {
			why = append(why, x.says)
		}
	}
	return why
}
