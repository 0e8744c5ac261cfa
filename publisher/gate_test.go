package publisher

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

func TestJudge(t *testing.T) {
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	s, a := aStory(1, "nong-thon-moi")
	for _, c := range []struct {
		name      string
		content   news.Scope
		without   news.Scope
		agreement *news.Agreement
		now       time.Time
		scope     news.Scope
		cut       bool
		why       string
	}{
		{"nothing set", "", "", nil, day, news.ScopeSummary, false, "no agreement"},
		{"link without one", news.ScopeFull, news.ScopeLink, nil, day, news.ScopeLink, true, "no agreement"},
		{"in force", news.ScopeFull, news.ScopeLink, &news.Agreement{Number: "7/HĐ", Scope: news.ScopeFull, From: day, To: day}, day.Add(23 * time.Hour), news.ScopeFull, false, "7/HĐ allows full"},
		{"ended", news.ScopeFull, news.ScopeLink, &news.Agreement{Number: "7/HĐ", Scope: news.ScopeFull, To: day}, day.Add(25 * time.Hour), news.ScopeLink, true, "not in force to 2026-03-01"},
		{"not yet", news.ScopeFull, news.ScopeLink, &news.Agreement{Number: "7/HĐ", Scope: news.ScopeFull, From: day.AddDate(0, 0, 2)}, day, news.ScopeLink, true, "not in force from"},
		{"more than is published", news.ScopeSummary, news.ScopeLink, &news.Agreement{Number: "7", Scope: news.ScopeFull}, day, news.ScopeSummary, false, "publish.content is summary"},
	} {
		set := settings()
		set.Content, set.WithoutAgreement = c.content, c.without
		for i := range set.Sources {
			if set.Sources[i].ID == a.Source {
				set.Sources[i].Agreement = c.agreement
			}
		}
		g := set.Judge(s, a, c.now)
		if g.Scope != c.scope || g.Cut != c.cut || !strings.Contains(g.Why, c.why) {
			t.Errorf("%s: %+v", c.name, g)
		}
		if v := newView(set); v.scope(v.sources[a.Source], c.now) != g.Scope {
			t.Errorf("%s: published as %s, explained as %s", c.name, v.scope(v.sources[a.Source], c.now), g.Scope)
		}
	}
	set := settings()
	set.Require = []string{"agency", "author", "time", "link"}
	bare, b := s, a
	bare.Members = []news.Member{{Article: a.ID}}
	b.Authors, b.Published, b.Link = nil, news.Moment{}, ""
	if d := cmp.Diff([]string{"agency", "author", "time", "link"}, set.Judge(bare, b, day).Missing); d != "" {
		t.Error(d)
	}
}
