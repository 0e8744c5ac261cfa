package curator

import (
	"slices"
	"time"

	"tinhub/news"
)

// compose makes a story of its members' articles, which stand in the order of
// the members. What it was before decides only what must not go back: Updated,
// and why each member belongs.
func compose(was news.Story, articles []news.Article, sources map[string]news.Source) news.Story {
	s := was
	s.Members = make([]news.Member, len(articles))
	s.Provinces, s.Withdrawn = nil, time.Time{}
	for i, a := range articles {
		s.Members[i] = member(was.Members[i], a, sources)
	}
	lead := articles[speaker(articles, sources)]
	s.Speaker, s.Title, s.Image = lead.ID, lead.Title, ""
	s.Lede = clip(ledeOf(lead), maxLede)
	if lead.Image != nil {
		s.Image = lead.Image.URL
	}
	s.Origin = publisherNamed(originOf(lead, articles), sources)
	s.Published, s.FirstSeen = Date(articles[0]).At, articles[0].FirstSeen.UTC()
	for _, a := range articles {
		if d := Date(a).At; d.Before(s.Published) {
			s.Published = d
		}
		if a.FirstSeen.Before(s.FirstSeen) {
			s.FirstSeen = a.FirstSeen.UTC()
		}
	}
	s.Provinces = provincesOf(was, articles, sources)
	s.Updated = later(updated(was, s.Published, lead, articles), was.Edited().Spoke.UTC())
	s.Review = review(articles, sources)
	if !slices.ContainsFunc(articles, func(a news.Article) bool { return a.Withdrawn.IsZero() }) {
		s.Withdrawn = lead.Withdrawn.UTC()
	}
	return s
}

// maxLede is what lists and search need of a text, in bytes.
const maxLede = 2 << 10

func member(was news.Member, a news.Article, sources map[string]news.Source) news.Member {
	m := was
	m.Article, m.Source, m.Link, m.Title, m.Origin = a.ID, a.Source, a.Link, a.Title, publisherNamed(originOf(a, nil), sources)
	m.Published, m.Gone = Date(a).At, !a.Withdrawn.IsZero()
	if s, ok := sources[a.Source]; ok {
		m.Agency = s.Publisher()
	}
	if m.Agency == "" {
		m.Agency = a.Family // its source is not declared any more
	}
	return m
}

// originOf is who an article credits, else who its siblings do.
func originOf(a news.Article, siblings []news.Article) string {
	for _, x := range append([]news.Article{a}, siblings...) {
		if x.Origin != "" {
			return x.Origin
		}
		if x.Full != nil && x.Full.Origin != "" {
			return x.Full.Origin
		}
	}
	return ""
}

// publisherNamed is an agency by the name that its source's declaration gives it:
// copies credit the paper by its own name, which need not be its agency's.
func publisherNamed(credit string, sources map[string]news.Source) string {
	if _, known := news.Agency(credit); known || credit == "" {
		return credit
	}
	key, first := news.AgencyKey(credit), ""
	for id, s := range sources {
		if s.Agency != "" && s.Agency != s.Name && news.AgencyKey(s.Name) == key && (first == "" || id < first) {
			first = id
		}
	}
	if first == "" {
		return credit
	}
	return sources[first].Agency
}

// provincesOf are those of the sources that gave the articles. What a removed
// source said stays.
func provincesOf(was news.Story, articles []news.Article, sources map[string]news.Source) []string {
	var all []string
	removed := false
	for _, a := range articles {
		for _, id := range a.Sources {
			s, ok := sources[id]
			removed = removed || !ok
			if ok && s.Province != "" {
				all = append(all, s.Province)
			}
		}
	}
	if removed {
		all = append(all, was.Provinces...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// updated is when what is shown of a story last changed. It comes from stored
// times alone, and never goes back.
func updated(was news.Story, published time.Time, lead news.Article, articles []news.Article) time.Time {
	at := later(was.Updated, published)
	if lead.Updated.At.Before(lead.FirstSeen) {
		at = later(at, lead.Updated.At)
	}
	for _, r := range lead.Revisions[min(1, len(lead.Revisions)):] {
		at = later(at, r.At)
	}
	papers := map[string]bool{articles[0].Family: true}
	for _, a := range articles[1:] { // it is told by one more
		if !papers[a.Family] && a.Formerly == "" {
			papers[a.Family] = true
			at = later(at, a.FirstSeen)
		}
	}
	if was.Speaker != "" && was.Speaker != lead.ID && was.Speaker != lead.Formerly {
		at = later(at, lead.LastSeen)
	}
	return at.UTC()
}
