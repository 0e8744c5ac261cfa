package curator

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

// seen is when the sample article was first seen.
var seen = said(0, nil).Seen

func lensOf(t *testing.T, terms Terms, topics ...news.Topic) *lens {
	t.Helper()
	l, errs := newLens(topics, []news.Source{paper}, terms)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return l
}

// filedAt files the sample story, dated so, at a time.
func filedAt(l *lens, published news.Moment, now time.Time) news.Story {
	a := newArticle(said(0, func(e *news.Entry) { e.Published = published }), paper.Family(), "00a")
	articles := []news.Article{a}
	s := compose(news.Story{ID: a.ID, Members: []news.Member{{Article: a.ID}}}, articles, l.sources)
	return l.file(s, articles, now)
}

func TestTimeDecidesWhatIsShown(t *testing.T) {
	lua := news.Topic{ID: "lua", Include: news.Rule{Any: phrases("lúa")}, MinScore: 1}
	aged := lua
	aged.MaxAge = 48 * time.Hour
	day := func(t time.Time) news.Moment {
		return news.Moment{At: time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, ict), Precision: news.Day}
	}
	hour := Terms{Embargo: time.Hour}
	for _, tc := range []struct {
		name      string
		terms     Terms
		topic     news.Topic
		published news.Moment
		after     time.Duration // now, since the article was first seen
		shown     bool          // in the topic
		due       time.Duration // since first seen; 0: never
		dated     time.Duration // Published, since first seen
	}{
		{"at once", Terms{}, lua, at(noon), 0, true, 0, -10 * time.Minute},
		{"no date", Terms{}, lua, news.Moment{}, 0, true, 0, 0},
		{"tomorrow morning", Terms{}, lua, at(seen.Add(9 * time.Hour)), time.Minute, false, 9 * time.Hour, 9 * time.Hour},
		{"tomorrow has come", Terms{}, lua, at(seen.Add(9 * time.Hour)), 9 * time.Hour, true, 0, 9 * time.Hour},
		{"the year 2099 is not believed", Terms{}, lua, at(time.Date(2099, 1, 1, 9, 0, 0, 0, ict)), 0, true, 0, 0},
		{"1970 is not believed", Terms{}, lua, at(time.Unix(3600, 0)), 0, true, 0, 0},
		{"a day is seen in its course", Terms{}, lua, day(noon), 0, true, 0, 0},
		{"a day that is past ended", Terms{}, lua, day(noon.AddDate(0, 0, -3)), 0, true, 0, day(noon.AddDate(0, 0, -3)).At.Sub(seen)},
		{"embargo", hour, lua, at(noon), 0, false, 50 * time.Minute, -10 * time.Minute},
		{"embargo over", hour, lua, at(noon), 50 * time.Minute, true, 0, -10 * time.Minute},
		{"embargo from a day counts from first seen", hour, lua, day(noon), 50 * time.Minute, false, time.Hour, 0},
		{"embargo of a future date counts from it", hour, lua, at(seen.Add(2 * time.Hour)), 150 * time.Minute, false, 3 * time.Hour, 2 * time.Hour},
		{"young enough", Terms{}, aged, at(noon), 0, true, 48*time.Hour - 10*time.Minute, -10 * time.Minute},
		{"too old", Terms{}, aged, at(noon), 48 * time.Hour, false, 0, -10 * time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := filedAt(lensOf(t, tc.terms, tc.topic), tc.published, seen.Add(tc.after))
			_, shown := sorts(s)["lua"]
			if shown != tc.shown {
				t.Errorf("shown %t, want %t: %+v", shown, tc.shown, s.Filings)
			}
			due := time.Time{}
			if tc.due != 0 {
				due = seen.Add(tc.due)
			}
			if !s.Due.Equal(due) {
				t.Errorf("due %s, want %s", s.Due, due)
			}
			if want := seen.Add(tc.dated); !s.Published.Equal(want) {
				t.Errorf("published %s, want %s", s.Published, want)
			}
		})
	}
}

func TestChannelsOfAStory(t *testing.T) {
	l := lensOf(t, Terms{}, news.Topic{ID: "lua", Include: news.Rule{Any: phrases("lúa")}}, news.Topic{ID: "bien", Include: news.Rule{Any: phrases("biển")}})
	s := filedAt(l, at(noon), seen)
	var channels []string
	for _, f := range s.Filings {
		channels = append(channels, f.Channel)
	}
	if diff := cmp.Diff([]string{"lua", "provinces/ca-mau", "tat-ca"}, channels); diff != "" {
		t.Error(diff)
	}
	if got := s.Filings[0].Reasons; len(got) != 2 || got[1] != "5 points, at least 0 are needed" {
		t.Errorf("reasons %q", got)
	}
	s.Withdrawn = seen
	a := newArticle(said(0, nil), paper.Family(), "00a")
	if s = l.file(s, []news.Article{a}, seen); len(s.Filings) > 0 {
		t.Errorf("a withdrawn story is filed: %+v", s.Filings)
	}
}

func TestSortKeys(t *testing.T) {
	story := func(id string, published time.Time, agencies ...string) news.Story {
		s := news.Story{ID: id, Published: published}
		for _, a := range agencies {
			s.Members = append(s.Members, news.Member{Agency: a})
		}
		return s
	}
	early, late := story("b", noon, "A", "B", "B"), story("a", noon.Add(time.Minute), "A")
	for _, tc := range []struct {
		name       string
		order      news.Order
		first      news.Story
		second     news.Story
		one, other float64
	}{
		{"newest", news.Newest, late, early, 0, 9},
		{"the default", "", late, early, 0, 9},
		{"score", news.Score, early, late, 9, 2},
		{"score, equal: newest", news.Score, late, early, 9, 9},
		{"score beyond ten", news.Score, early, late, 10, 9.5},
		{"coverage", news.Coverage, early, late, 0, 0},
		{"equal in all: by id", news.Newest, story("b", noon), story("a", noon), 0, 0},
		{"before 1970", news.Newest, early, story("z", time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC)), 0, 0},
		{"beyond 2262", news.Newest, story("z", time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)), late, 0, 0},
	} {
		a, b := SortKey(tc.order, tc.first, tc.one), SortKey(tc.order, tc.second, tc.other)
		if a <= b || strings.ContainsRune(a, 0) {
			t.Errorf("%s: %q does not stand before %q", tc.name, a, b)
		}
	}
}

func TestAffectedChannels(t *testing.T) {
	base := news.Story{ID: "1", Title: "A", Filings: []news.Filing{
		{Channel: "a", In: true, Sort: "1"}, {Channel: "b", In: true, Sort: "1"}, {Channel: "held", Sort: "1"},
	}}
	for _, tc := range []struct {
		name   string
		change func(*news.Story)
		loud   bool
		want   []string
	}{
		{"nothing", func(*news.Story) {}, false, nil},
		{"reasons only", func(s *news.Story) { s.Filings[0].Reasons = []string{"x"} }, false, nil},
		{"a title", func(s *news.Story) { s.Title = "B" }, false, []string{"a", "b"}},
		{"the whole text", func(*news.Story) {}, true, []string{"a", "b"}},
		{"left one", func(s *news.Story) { s.Filings[0].In = false }, false, []string{"a"}},
		{"entered one", func(s *news.Story) { s.Filings[2].In = true }, false, []string{"held"}},
		{"moved in one", func(s *news.Story) { s.Filings[1].Sort = "2" }, false, []string{"b"}},
		{"left all", func(s *news.Story) { s.Filings, s.Title = nil, "B" }, false, []string{"a", "b"}},
	} {
		is := base
		is.Filings = append([]news.Filing(nil), base.Filings...)
		tc.change(&is)
		if diff := cmp.Diff(tc.want, affected(base, is, tc.loud)); diff != "" {
			t.Errorf("%s: %s", tc.name, diff)
		}
	}
}

func TestSpeaker(t *testing.T) {
	sources := map[string]news.Source{"low": {ID: "low", Priority: 1}, "high": {ID: "high", Priority: 9}}
	article := func(id, source string, minutes int, content string) news.Article {
		a := newArticle(entry(news.Entry{Source: source, Title: "T", Summary: "tóm tắt", Content: content, Published: at(noon.Add(time.Duration(minutes) * time.Minute))}), "x", id)
		return a
	}
	whole := strings.Repeat("toàn văn ", 20)
	withdrawn := article("w", "high", 0, whole)
	withdrawn.Withdrawn = noon
	for _, tc := range []struct {
		name      string
		articles  []news.Article
		want, why string
	}{
		{"one", []news.Article{article("a", "low", 0, "")}, "a", ""},
		{"priority", []news.Article{article("a", "low", 0, whole), article("b", "high", 5, "")}, "b", "its source has the higher priority"},
		{"completeness", []news.Article{article("a", "low", 0, ""), article("b", "low", 5, whole)}, "b", "it gives more of the text"},
		{"earliest", []news.Article{article("a", "low", 5, ""), article("b", "low", 0, "")}, "b", "it is the earliest"},
		{"arrival", []news.Article{article("a", "low", 0, ""), article("b", "low", 0, "")}, "a", "it arrived first"},
		{"not a withdrawn one", []news.Article{withdrawn, article("b", "low", 0, "")}, "b", "the others were withdrawn"},
		{"of unknown sources", []news.Article{article("a", "?", 0, ""), article("b", "low", 5, "")}, "b", "its source has the higher priority"},
	} {
		if got := tc.articles[speaker(tc.articles, sources)].ID; got != tc.want {
			t.Errorf("%s: %s speaks, want %s", tc.name, got, tc.want)
		}
		if best, why := whySpeaks(tc.articles, sources); tc.articles[best].ID != tc.want || why != tc.why {
			t.Errorf("%s: %q is why, want %q", tc.name, why, tc.why)
		}
	}
}

func TestUpdatedNeverGoesBack(t *testing.T) {
	a := newArticle(said(0, nil), paper.Family(), "00a")
	first := compose(news.Story{ID: "00a", Members: []news.Member{{Article: "00a"}}}, []news.Article{a}, nil)
	if !first.Updated.Equal(noon) {
		t.Errorf("a story that was never revised was updated at %s, want its publication", first.Updated)
	}
	b := Revise(a, said(30, text(bridge))).Article
	second := compose(first, []news.Article{b}, nil)
	if !second.Updated.Equal(said(30, nil).Seen) {
		t.Errorf("updated %s, want the time of the revision", second.Updated)
	}
	if again := compose(second, []news.Article{a}, nil); again.Updated.Before(second.Updated) {
		t.Errorf("updated went back to %s", again.Updated)
	}
}

// A page that names a later hour than its feed holds the story for longer.
func TestEmbargoWherePageAndFeedDisagree(t *testing.T) {
	terms := Terms{Embargo: time.Hour}
	a := news.Article{FirstSeen: seen, Entry: news.Entry{Published: at(seen.Add(-3 * time.Hour))}}
	for name, c := range map[string]struct {
		page news.Moment
		want time.Time // zero: the feed's hour is long over
	}{
		"no page":                   {},
		"half an hour apart":        {page: at(seen.Add(-150 * time.Minute))},
		"two hours later":           {page: at(seen.Add(-30 * time.Minute)), want: seen.Add(30 * time.Minute)},
		"earlier":                   {page: at(seen.Add(-6 * time.Hour))},
		"ahead of when it was seen": {page: at(seen.Add(time.Hour))},
		"a day without an hour":     {page: news.Moment{At: seen.Add(-30 * time.Minute), Precision: news.Day}},
	} {
		if a.Full = nil; !c.page.IsZero() {
			a.Full = &news.Full{Published: c.page}
		}
		if got, why := terms.from(a, false); !got.Equal(c.want) {
			t.Errorf("%s: shown from %s, want %s: %q", name, got, c.want, why)
		}
	}
}
