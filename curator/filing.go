package curator

import (
	"fmt"
	"math"
	"slices"
	"time"

	"tinhub/news"
)

// Terms are the rules of time that hold in every channel.
type Terms struct {
	Embargo  time.Duration // after publication, before anything is shown
	Verbatim bool          // headlines are the papers' own, whatever an editor wrote before
}

// A lens is all that filing looks through: one set of rules and sources. It is
// made anew whenever either changes, and never changes itself.
type lens struct {
	rules       *Rules
	topics      map[string]news.Topic
	sources     map[string]news.Source
	families    map[string]string   // by source: the paper
	former      map[string][]string // by source: what else the paper is or was
	terms       Terms
	fingerprint string
}

// file puts a story into its channels: those of the topics whose rule takes one
// of its articles, those of its provinces, and everything. now decides only what
// is shown already and still; Due says when that changes.
func (l *lens) file(s news.Story, articles []news.Article, now time.Time) news.Story {
	s.Filings, s.Due, s.Quarantine, s.Editing = nil, time.Time{}, "", time.Time{}
	for _, a := range articles {
		if a.Held != nil {
			s.Due = sooner(s.Due, a.Held.Until)
			s.Editing = sooner(s.Editing, a.Held.Until)
		}
	}
	if !s.Withdrawn.IsZero() {
		return s
	}
	lead := articles[slices.IndexFunc(articles, func(a news.Article) bool { return a.ID == s.Speaker })]
	edits := s.Edited()
	from, why := l.terms.from(lead, edits.Released)
	if now.Before(from) && !edits.Released {
		s.Quarantine = lead.Quarantine
	}
	for _, v := range l.byHand(l.verdicts(articles), edits) {
		t := l.topics[v.Topic]
		f := news.Filing{Channel: t.ID, Score: v.Score, From: from, Reasons: append(v.Reasons, why...), Sort: SortKey(t.Order, s, v.Score)}
		if t.MaxAge > 0 {
			f.Until = s.Published.Add(t.MaxAge)
		}
		s.Filings = append(s.Filings, f)
	}
	plain := news.Filing{From: from, Reasons: why, Sort: SortKey(news.Newest, s, 0)}
	for _, p := range s.Provinces {
		plain.Channel = news.ProvinceChannel(p)
		s.Filings = append(s.Filings, plain)
	}
	plain.Channel = news.Everything
	s.Filings = append(s.Filings, plain)
	s = fix(s, plain)
	for i := range s.Filings {
		f := &s.Filings[i]
		f.Out = !place(f, edits, now)
		f.In = !f.Out && !now.Before(f.From) && (f.Until.IsZero() || now.Before(f.Until))
		if until := edits.In(f.Channel).Until; f.Pin != "" && !until.IsZero() {
			s.Due = sooner(s.Due, until)
		}
		if now.Before(f.From) {
			s.Due = sooner(s.Due, f.From)
		} else if now.Before(f.Until) {
			s.Due = sooner(s.Due, f.Until)
		}
		if f.Fixed = f.In && now.Before(f.Fix); f.Fixed {
			s.Due = sooner(s.Due, f.Fix)
		}
	}
	return s
}

// verdicts asks the rules about each article; of several that a topic takes,
// the one with the highest score counts.
func (l *lens) verdicts(articles []news.Article) []Verdict {
	var best []Verdict
	for _, a := range articles {
		if !a.Withdrawn.IsZero() {
			continue
		}
		for _, v := range l.rules.Match(ViewOf(a, l.sources)) {
			i := slices.IndexFunc(best, func(b Verdict) bool { return b.Topic == v.Topic })
			switch {
			case i < 0:
				best = append(best, v)
			case v.Score > best[i].Score:
				best[i] = v
			}
		}
	}
	return best
}

// disagree is by how much a page and a feed may differ about when an article was
// published, before the later of the two counts.
const disagree = time.Hour

// pageTime is when an article's page says that it was published, zero where it does
// not say the hour, or one that had not come yet.
func pageTime(a news.Article) time.Time {
	if a.Full == nil || !exact(a.Full.Published) || a.Full.Published.At.After(a.FirstSeen) {
		return time.Time{}
	}
	return a.Full.Published.At.UTC()
}

// from is when a story may be shown first, zero where at once: not before the
// date that its source gives, and not before the embargo, which counts from the
// source's time, or from when the article was first seen where that has no hour.
// An editor may release it from quarantine.
func (t Terms) from(a news.Article, released bool) (from time.Time, why []string) {
	d := Date(a)
	if d.At.After(a.FirstSeen) {
		from = d.At
		why = append(why, "held until the time that its source gives")
	}
	if end := a.FirstSeen.Add(floodHold); a.Quarantine != "" && !released && end.After(from) {
		from = end.UTC()
		why = append(why, a.Quarantine)
	}
	if t.Embargo <= 0 {
		return from, why
	}
	base, since := d.At, "its publication"
	switch page := pageTime(a); {
	case !d.Exact:
		base, since = a.FirstSeen.UTC(), "it was first seen"
	case page.Sub(d.At) > disagree:
		base, since = page, "the time that its page gives, which its feed contradicts"
	}
	if end := base.Add(t.Embargo); end.After(a.FirstSeen) && end.After(from) {
		from = end
		why = append(why, fmt.Sprintf("held for the embargo of %s since %s", t.Embargo, since))
	}
	return from, why
}

func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b.UTC()
	}
	return a
}

// SortKey orders a story within a channel: of two keys the larger stands
// earlier on the page. It ends in the id, so that no two are equal.
func SortKey(order news.Order, s news.Story, score float64) string {
	newest := timeSort(s.Published) + "." + s.ID
	switch order {
	case news.Score:
		return fmt.Sprintf("%012d.%s", int64(math.Max(0, math.Min(score, 1e9))*100+0.5), newest)
	case news.Coverage:
		return fmt.Sprintf("%06d.%s", s.Agencies(), newest)
	default:
		return newest
	}
}

// timeSort makes a time into 20 digits that sort as times do; before 1970 it is
// 1970, after 2261 it is 2262.
func timeSort(t time.Time) string {
	n := t.UnixNano()
	switch {
	case t.Year() < 1970:
		n = 0
	case t.Year() > 2261:
		n = math.MaxInt64
	}
	return fmt.Sprintf("%020d", n)
}

// sorts are the channels that a story is shown in, with its sort key in each, and
// the lists of what editors look at.
func sorts(s news.Story) map[string]string {
	m := make(map[string]string, len(s.Filings))
	for list, at := range s.Waits() {
		m[list] = timeSort(at) + "." + s.ID
	}
	for _, f := range s.Filings {
		if f.Out {
			m[news.OutChannel(f.Channel)] = f.Sort
		}
		if f.In {
			m[f.Channel] = f.Sort
			if f.Fixed {
				m[news.FixChannel(f.Channel)] = f.Sort
			}
			if f.Pin != "" {
				m[news.PinChannel(f.Channel)] = f.Pin
			}
		}
	}
	return m
}

// affected lists the channels to render anew when a story became another: those
// it entered or left or moved in, and where its face changed all that show it.
func affected(was, is news.Story, loud bool) []string {
	before, after := sorts(was), sorts(is)
	loud = loud || faceChanged(was, is)
	var channels []string
	for c, key := range after {
		if loud || before[c] != key {
			channels = append(channels, c)
		}
	}
	for c := range before {
		if _, still := after[c]; !still {
			channels = append(channels, c)
		}
	}
	return readers(channels)
}

// readers are the channels that lists belong to, each once: those that editors look
// at are none.
func readers(lists []string) []string {
	var channels []string
	for _, l := range lists {
		if c := news.ChannelOf(l); c != "" {
			channels = append(channels, c)
		}
	}
	slices.Sort(channels)
	return slices.Compact(channels)
}

// faceChanged says whether a reader sees another story.
func faceChanged(was, is news.Story) bool {
	return was.Title != is.Title || was.Edited().Note != is.Edited().Note || was.Lede != is.Lede || was.Image != is.Image || was.Speaker != is.Speaker ||
		was.Origin != is.Origin || !was.Updated.Equal(is.Updated) || !was.Published.Equal(is.Published) ||
		was.Corrects != is.Corrects || !slices.Equal(was.Corrected, is.Corrected) ||
		!slices.EqualFunc(was.Members, is.Members, func(a, b news.Member) bool {
			return a.Article == b.Article && a.Agency == b.Agency && a.Link == b.Link && a.Title == b.Title && a.Published.Equal(b.Published)
		})
}
