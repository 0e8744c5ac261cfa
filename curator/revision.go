package curator

import (
	"maps"
	"slices"
	"strings"
	"time"

	"tinhub/news"
)

// The kinds of news.ArticleChange that recognising makes.
const (
	changeNew     = "new"
	changeRevised = "revised"
	changeSource  = "source" // another feed of the paper has it too, or filled a gap
	changeHeld    = "held"   // an edit waits; the story must know until when

	changeWithdrawn = "withdrawn" // it is gone, or back
	changeCompleted = "completed" // its page gave its text
)

// How edits are damped. An article that is edited without end (a counter, an
// advertisement in the text) is revised at once so many times in a day, then
// after an hour, two, four … at most a day.
const (
	freeEdits    = 5 // of words
	freeTrifles  = 2 // of figures only
	freeRedating = 1 // of the date only
	editWindow   = 24 * time.Hour
	firstWait    = time.Hour
	longestWait  = 24 * time.Hour
	touchEvery   = time.Hour // how stale LastSeen may be
)

// newArticle is the article that an entry founds. Its id is made of the shard
// whose wire the entry stands on, which is that of the paper when it was polled.
func newArticle(e news.Entry, family string, id string) news.Article {
	h := Meaning(e)
	full := e.Full
	e.Full = nil
	return news.Article{
		ID: id, Family: family, Entry: e, Full: full, Sources: []string{e.Source}, FirstSeen: e.Seen, LastSeen: e.Seen,
		Revisions: []news.Revision{{At: e.Seen, Hash: h, Title: e.Title}}, Revised: 1,
		Given: map[string]news.Key{e.Source: h},
	}
}

// A Revising is what an entry changed in an article that is known.
type Revising struct {
	Article news.Article
	Change  string // ArticleChange.Kind; "" when readers need not know
	Reason  string // a sentence
	Write   bool   // the article is to be stored
}

// Revise applies an entry to the article that it belongs to. The result
// depends on nothing else: time is the entry's own.
func Revise(a news.Article, e news.Entry) Revising {
	h := Meaning(e)
	last, known := a.Given[e.Source]
	switch {
	case !known:
		return addSource(a, e, h)
	case last == h:
		return relabelled(a, e)
	}
	a = given(a, e, h)
	shown := a.Revisions[len(a.Revisions)-1].Hash
	switch {
	case h == shown:
		r := touch(a, e, "the source is back at what is shown")
		r.Article.Held, r.Write = nil, true
		return r
	case a.Held != nil && a.Held.Hash == h:
		r := touch(a, e, "the same edit waits already")
		r.Write = true
		return r
	case a.Settled != nil && a.Settled.Do == news.EditRefuse && a.Settled.Held.Hash == h:
		r := touch(a, e, "editors refused this edit")
		r.Write = true
		return r
	}
	next := over(a.Entry, e)
	what := changes(a.Entry, next)
	if len(what) == 0 {
		r := touch(a, e, "nothing that is shown changed")
		r.Write = true
		return r
	}
	reason := strings.Join(what, ", ")
	if slices.ContainsFunc(a.Revisions, func(r news.Revision) bool { return r.Hash == h }) {
		return hold(a, next, h, e.Seen.Add(firstWait), reason+": back at an earlier text")
	}
	until := soonest(a, next, what)
	if !until.After(e.Seen) {
		return Revising{revised(a, next, h, e.Seen, reason), changeRevised, "revised: " + reason, true}
	}
	if a.Held != nil && a.Held.Until.After(e.Seen) {
		until = a.Held.Until // another edit in the meantime does not put it off
	}
	return hold(a, next, h, until, reason)
}

// Release makes a held edit a revision once its time has come.
func Release(a news.Article, now time.Time) (news.Article, bool) {
	if a.Held == nil || a.Held.Until.After(now) {
		return a, false
	}
	h := *a.Held
	return revised(a, h.Entry, h.Hash, h.Until, h.Reason), true
}

func hold(a news.Article, next news.Entry, h news.Key, until time.Time, reason string) Revising {
	a.Held = &news.Held{Entry: next, Hash: h, Until: until, Reason: reason}
	return Revising{a, changeHeld, "edited again and again: this edit waits until " + until.UTC().Format(time.RFC3339), true}
}

func revised(a news.Article, next news.Entry, h news.Key, at time.Time, reason string) news.Article {
	changes := diff(a.Entry, next)
	if len(changes) > 0 && a.Full != nil && !a.Full.Fetched.After(next.Seen) {
		// Its page said the old text: that is not served until the page is read again.
		// A page that was read while the edit waited says the new one.
		full := *a.Full
		full.Text, full.HTML, full.Lede = "", "", ""
		a.Full = &full
	}
	a.Entry, a.Held = next, nil
	a.LastSeen = later(a.LastSeen, next.Seen)
	return noted(a, news.Revision{At: at, Hash: h, Title: next.Title, Reason: reason, Diff: changes})
}

// noted adds a revision to those that are kept.
func noted(a news.Article, r news.Revision) news.Article {
	a.Revisions = append(slices.Clip(a.Revisions), r)
	if n := len(a.Revisions); n > news.MaxRevisions {
		a.Revisions = slices.Concat(a.Revisions[:1], a.Revisions[n-news.MaxRevisions+1:])
	}
	a.Revised++
	return a
}

// given remembers what a source said last, in maps and slices of its own.
func given(a news.Article, e news.Entry, h news.Key) news.Article {
	a.Given = maps.Clone(a.Given)
	if a.Given == nil {
		a.Given = map[string]news.Key{}
	}
	a.Given[e.Source] = h
	if !slices.Contains(a.Sources, e.Source) {
		a.Sources = append(slices.Clip(a.Sources), e.Source)
	}
	return a
}

// moved says that an entry's address is another one than an article's, not the
// same written otherwise. https replaces http.
func moved(a, e news.Entry) bool {
	if e.Link == "" || a.Link == "" {
		return e.Link != ""
	}
	return news.URLKey(e.Link) != news.URLKey(a.Link) ||
		strings.HasPrefix(a.Link, "http:") && strings.HasPrefix(e.Link, "https:")
}

// relabelled takes over what is no news to a reader: a source that is given
// another section must not look like a thousand edits, nor a new address or name,
// which must be taken over all the same: the old one leads nowhere after a move. An
// address that is new at every poll is taken over now and then, and of two in one poll the
// first stays.
func relabelled(a news.Article, e news.Entry) Revising {
	sorted := e.Key == a.Key && (e.Section != a.Section || !slices.Equal(e.Categories, a.Categories) || e.Language != a.Language)
	elsewhere := moved(a.Entry, e) && e.Seen.After(a.LastSeen) && e.Seen.Sub(a.Moved) >= touchEvery
	if e.Source != a.Source || !sorted && !elsewhere {
		return touch(a, e, "the source said the same before")
	}
	a.Section, a.Categories, a.Language = e.Section, e.Categories, e.Language
	if elsewhere {
		a.Link, a.Key, a.GUID, a.Moved = e.Link, e.Key, e.GUID, e.Seen
	}
	a.LastSeen = later(a.LastSeen, e.Seen)
	return Revising{a, changeSource, "it says the same, under another section, other categories or another address", true}
}

// touch moves LastSeen, but not at every poll.
func touch(a news.Article, e news.Entry, reason string) Revising {
	r := Revising{Article: a, Reason: reason}
	if e.Seen.Sub(a.LastSeen) >= touchEvery {
		r.Article.LastSeen, r.Write = e.Seen, true
	}
	return r
}

// addSource notes that another feed of the paper has the article too. It may
// word it more briefly: what it says beyond what is known fills gaps only.
func addSource(a news.Article, e news.Entry, h news.Key) Revising {
	filled := fill(a.Entry, e)
	what := changes(a.Entry, filled)
	a = given(a, e, h)
	a.Entry = filled
	a.LastSeen = later(a.LastSeen, e.Seen)
	if len(what) > 0 {
		a = revised(a, filled, Meaning(filled), e.Seen, strings.Join(what, ", "))
		return Revising{a, changeRevised, "another feed of the paper gave more: " + strings.Join(what, ", "), true}
	}
	return Revising{a, changeSource, "another feed of the paper has it too", true}
}

// fill takes from another entry what one does not say.
func fill(e, from news.Entry) news.Entry {
	if e.Published.IsZero() {
		e.Published = from.Published
	}
	if e.Summary == "" && e.Content == "" {
		e.Summary = from.Summary
	}
	if e.Content == "" {
		e.Content = from.Content
	}
	if len(e.Authors) == 0 {
		e.Authors = from.Authors
	}
	if e.Image == nil {
		e.Image = from.Image
	}
	if len(e.Enclosures) == 0 {
		e.Enclosures = from.Enclosures
	}
	if e.Section == "" {
		e.Section = from.Section
	}
	if e.Origin == "" {
		e.Origin = from.Origin
	}
	if len(e.Categories) == 0 {
		e.Categories = from.Categories
	}
	return e
}

// over is what is shown once an entry replaces what a source said before.
func over(a, e news.Entry) news.Entry {
	if e.Published.Precision == news.Relative && !a.Published.IsZero() {
		e.Published = a.Published // "26 phút trước" is another time at every poll
	}
	if finer(a.Published, e.Published) {
		e.Published = a.Published // its page told the hour
	}
	if e.Summary == "" && e.Content == "" {
		e.Summary, e.Content = a.Summary, a.Content // an empty text is a fault of the feed
	}
	if !moved(a, e) {
		e.Link = a.Link
	}
	merged := fill(e, a)
	if e.Content == "" && shown(e.Summary) != shown(a.Summary) {
		merged.Content = "" // what another feed gave of the text is out of date
	}
	if e.Source != a.Source {
		merged.Source, merged.Key, merged.GUID, merged.Link = a.Source, a.Key, a.GUID, a.Link
	}
	return merged
}

// soonest is when an edit may be shown.
func soonest(a news.Article, next news.Entry, what []string) time.Time {
	free := freeEdits
	switch {
	case slices.Equal(what, []string{"date"}):
		free = freeRedating
	case onlyFigures(a.Entry, next):
		free = freeTrifles
	}
	recent := recentEdits(a, next.Seen)
	if recent < free {
		return next.Seen
	}
	wait := firstWait << min(recent-free, 5)
	return a.Revisions[len(a.Revisions)-1].At.Add(min(wait, longestWait))
}

// recentEdits counts the revisions of the last day.
func recentEdits(a news.Article, now time.Time) (n int) {
	for _, r := range a.Revisions[min(1, len(a.Revisions)):] {
		if now.Sub(r.At) < editWindow {
			n++
		}
	}
	return n
}
