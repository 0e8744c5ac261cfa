package publisher

import (
	"fmt"
	"strings"
	"sync/atomic"
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
	// First seen is no time of the source's, a front page no direct link, and nobody
	// signs a correction.
	bare.Members[0].Published, bare.Corrects, b.Link = day, id(7), "https://bao-1.example/"
	if d := cmp.Diff([]string{"agency", "time", "link"}, set.Judge(bare, b, day).Missing); d != "" {
		t.Error(d)
	}
}

// An agreement begins and ends while the program runs: what is shown of its paper
// follows by itself.
func TestAgreementBeginsAndEnds(t *testing.T) {
	d := newDesk()
	s, a := aStory(1, "nong-thon-moi")
	a.Content = "<p>Xã làm đường, trồng hoa, kéo điện. Phần này chỉ có trong toàn văn.</p>"
	d.file(s, a)
	set := settings()
	set.Content, set.WithoutAgreement = news.ScopeFull, news.ScopeLink
	for i := range set.Sources {
		if set.Sources[i].ID == a.Source {
			set.Sources[i].Agreement = &news.Agreement{Number: "7", Scope: news.ScopeFull, From: t0.AddDate(0, 0, 2), To: t0.AddDate(0, 0, 4)}
		}
	}
	var now atomic.Pointer[time.Time]
	at := func(day int) { when := t0.AddDate(0, 0, day); now.Store(&when) }
	at(1)
	_, srv := archived(t, d, Options{Settings: set, Now: func() time.Time { return *now.Load() }})
	month := s.Published.In(time.FixedZone("+07", 7*60*60)).Format(archiveForm)
	paths := []string{"/topics/nong-thon-moi.rss", "/topics/nong-thon-moi.atom", "/topics/nong-thon-moi.json", "/topics/tat-ca/archive/" + month + ".atom"}
	for _, c := range []struct {
		day  int
		full bool
	}{{1, false}, {2, true}, {4, true}, {5, false}} {
		at(c.day)
		eventually(t, fmt.Sprintf("on day %d the whole text is shown: %t", c.day, c.full), func() bool {
			for _, path := range paths {
				if got := get(t, srv, path); contains(got.body, "chỉ có trong toàn văn") != c.full || !contains(got.body, s.Title) {
					return false
				}
			}
			return true
		})
	}
}

// Where publish.min_agencies is not reached, nothing is shown in any way: a province
// has one agency, and is shown while everything has enough.
func TestTooFewAgencies(t *testing.T) {
	d := newDesk()
	set := settings()
	set.MinAgencies = 3
	for n := range 2 {
		d.file(aStory(n, "nong-thon-moi", "provinces/ca-mau"))
	}
	p, srv := archived(t, d, Options{Settings: set})
	month := t0.In(time.FixedZone("+07", 7*60*60)).Format(archiveForm)
	paths := []string{"/", "/topics/nong-thon-moi", "/topics/tat-ca.rss", "/provinces/ca-mau.json", "/provinces/ca-mau", "/search?q=th\u1eed",
		"/topics/nong-thon-moi/archive/" + month + ".atom", "/topics/tat-ca/archive/" + month + ".rss", "/provinces/ca-mau/archive/" + month + ".atom"}
	told := func(path string) bool { return contains(get(t, srv, path).body, "Tin thử số 0") }
	shows(t, p, "provinces/ca-mau", 0)
	for _, path := range paths {
		if told(path) {
			t.Errorf("two agencies: %s is shown", path)
		}
	}
	d.file(aStory(2, "nong-thon-moi"))
	for _, path := range paths {
		eventually(t, "three agencies: "+path+" is shown", func() bool { return told(path) })
	}
}
