package curator

import (
	"cmp"
	"slices"
	"time"

	"tinhub/news"
)

// speaker chooses the article that speaks for a story, by index: one that is
// not withdrawn, of the source with the highest priority, of the agency that the
// others credit, of the widest agreement, the most complete, the earliest, the
// first to arrive. It depends on nothing but its arguments, so every node chooses
// the same.
func speaker(articles []news.Article, sources map[string]news.Source) int {
	credited := creditedBy(articles)
	best := 0
	for i := 1; i < len(articles); i++ {
		if before, _ := speaksBefore(articles[i], articles[best], credited, sources); before > 0 {
			best = i
		}
	}
	return best
}

// whySpeaks says which article speaks for a story, by index, and what decided
// against the next best; "" where there is no other.
func whySpeaks(articles []news.Article, sources map[string]news.Source) (best int, why string) {
	best = speaker(articles, sources)
	others := slices.Delete(slices.Clone(articles), best, best+1)
	if len(others) == 0 {
		return best, ""
	}
	second := others[speaker(others, sources)]
	if _, why = speaksBefore(articles[best], second, creditedBy(articles), sources); why == "" {
		why = "it arrived first"
	}
	return best, why
}

// creditedBy are the agencies that articles credit.
func creditedBy(articles []news.Article) map[string]bool {
	credited := map[string]bool{}
	for _, a := range articles {
		if key := news.AgencyKey(originOf(a, nil)); key != "" {
			credited[key] = true
		}
	}
	return credited
}

// speaksBefore is positive where a speaks rather than b, and says why the one does
// that does; 0 where nothing tells them apart.
func speaksBefore(a, b news.Article, credited map[string]bool, sources map[string]news.Source) (int, string) {
	for _, r := range []struct {
		is  int
		why string
	}{
		{compareBool(a.Withdrawn.IsZero(), b.Withdrawn.IsZero()), "the others were withdrawn"},
		{compareBool(a.Formerly == b.ID, b.Formerly == a.ID), "it is the same article under the address that works now"},
		{cmp.Compare(priority(a, sources), priority(b, sources)), "its source has the higher priority"},
		{compareBool(wrote(a, credited, sources), wrote(b, credited, sources)), "the others credit its agency"},
		{cmp.Compare(scope(a, sources), scope(b, sources)), "its paper's agreement allows more"},
		{cmp.Compare(completeness(a), completeness(b)), "it gives more of the text"},
		{cmp.Compare(0, Date(a).At.Compare(Date(b).At)), "it is the earliest"},
	} {
		if r.is != 0 {
			return r.is, r.why
		}
	}
	return 0, ""
}

// wrote says that an article is by an agency that copies of it credit.
func wrote(a news.Article, credited map[string]bool, sources map[string]news.Source) bool {
	s, ok := sources[a.Source]
	if !ok {
		return false
	}
	for _, name := range []string{s.Publisher(), s.Name} {
		if credited[news.AgencyKey(name)] {
			return true
		}
	}
	return false
}

// scope grades what the paper agreed to when the article came: later agreements
// do not change who speaks.
func scope(a news.Article, sources map[string]news.Source) int {
	switch sources[a.Source].Agreement.ScopeAt(a.FirstSeen) {
	case news.ScopeFull:
		return 3
	case news.ScopeSummary:
		return 2
	case news.ScopeLink:
		return 1
	default:
		return 0
	}
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// priority is the highest of the sources that gave an article.
func priority(a news.Article, sources map[string]news.Source) int {
	best, known := 0, false
	for _, id := range a.Sources {
		if s, ok := sources[id]; ok && (!known || s.Priority > best) {
			best, known = s.Priority, true
		}
	}
	return best
}

// completeness grades how much of itself an article gives. It is coarse on
// purpose: a few words more do not change who speaks.
func completeness(a news.Article) int {
	switch {
	case a.Full != nil && a.Full.Text != "", len(a.Content) > len(a.Summary):
		return 2
	case a.Summary != "" || a.Content != "":
		return 1
	default:
		return 0
	}
}

// Dating is when an article counts as published.
type Dating struct {
	At     time.Time
	Exact  bool   // the hour is the source's own: an embargo may count from it
	Reason string // why At is not what the source says; "" where it is
}

// believedAhead is how far in the future a date is still one that a paper means: it
// is held until then. Further ahead are slips, and the year 2099.
const believedAhead = 7 * 24 * time.Hour

// firstYear is the first that a feed can mean: earlier dates are a clock that
// was never set.
const firstYear = 1990

// Date decides when an article counts as published. It depends on when the
// article was first seen, not on a clock, so it is the same for ever.
func Date(a news.Article) Dating {
	at := a.Published.At
	switch {
	case a.Published.IsZero():
		return Dating{a.FirstSeen.UTC(), false, "its source gives no date: first seen then"}
	case at.After(a.FirstSeen.Add(believedAhead)):
		return Dating{a.FirstSeen.UTC(), false, "its date lies more than a week ahead and is not believed: first seen then"}
	case at.Year() < firstYear:
		return Dating{a.FirstSeen.UTC(), false, "its date is that of an unset clock and is not believed: first seen then"}
	case a.Published.Precision == news.Day:
		// The day is known and the hour is not: as late in it as it can have been.
		end := at.Add(24*time.Hour - time.Second)
		seen := a.FirstSeen
		if seen.Before(at) {
			seen = at
		}
		if seen.After(end) {
			seen = at
		}
		return Dating{seen.UTC(), false, "its source gives the day only"}
	}
	return Dating{at.UTC(), exact(a.Published), ""}
}
