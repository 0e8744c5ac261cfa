package curator

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

var story0 = news.Entry{GUID: "1", Link: "https://baomau.example/lua-som-86112.html", Title: "Lúa sớm được mùa", Summary: harvest, Published: at(noon)}

// said is what the sample source says at a time, in minutes after it was first seen.
func said(minutes int, f func(*news.Entry)) news.Entry {
	e := story0
	e.Seen = noon.Add(time.Duration(10+minutes) * time.Minute).UTC()
	if f != nil {
		f(&e)
	}
	return entry(e)
}

func text(s string) func(*news.Entry) { return func(e *news.Entry) { e.Summary = s } }

func TestRevise(t *testing.T) {
	second := "bao-mau-nong-nghiep"
	for _, tc := range []struct {
		name   string
		next   []news.Entry
		change string // of the last
		reason string // of the last revision
		count  int    // revisions that were made
	}{
		{"the same again", []news.Entry{said(10, nil)}, "", "", 1},
		{"other markup", []news.Entry{said(10, text("<p>"+harvest+"</p>"))}, "", "", 1},
		{"a counter", []news.Entry{said(10, text(harvest+" (1.204 lượt xem)")), said(20, text(harvest+" (1.377 lượt xem)"))}, "", "", 1},
		{"a new title", []news.Entry{said(10, func(e *news.Entry) { e.Title = "Lúa sớm trúng mùa" })}, changeRevised, "title", 2},
		{"other figures", []news.Entry{said(10, text(harvest+" Năng suất 98%."))}, changeRevised, "text", 2},
		{"title and text", []news.Entry{said(10, func(e *news.Entry) { e.Title, e.Summary = "Khác", bridge })}, changeRevised, "title, text", 2},
		{"a corrected date", []news.Entry{said(10, func(e *news.Entry) { e.Published = at(noon.Add(-time.Hour)) })}, changeRevised, "date", 2},
		{"an empty text is a fault", []news.Entry{said(10, text(""))}, "", "", 1},
		{"a new author", []news.Entry{said(10, func(e *news.Entry) { e.Authors = []news.Person{{Name: "Hoàng Uyên"}} })}, changeRevised, "author", 2},
		{"another section of the source", []news.Entry{said(10, func(e *news.Entry) { e.Section = "Nông nghiệp" })}, changeSource, "", 1},
		{"another feed has it", []news.Entry{said(10, func(e *news.Entry) { e.Source = second })}, changeSource, "", 1},
		{"another feed words it otherwise", []news.Entry{said(10, func(e *news.Entry) { e.Source, e.Title = second, "Lúa sớm" })}, changeSource, "", 1},
		{"another feed repeats itself", []news.Entry{said(10, func(e *news.Entry) { e.Source, e.Title = second, "Lúa sớm" }), said(20, func(e *news.Entry) { e.Source, e.Title = second, "Lúa sớm" })}, "", "", 1},
		{"another feed has the whole text", []news.Entry{said(10, func(e *news.Entry) { e.Source, e.Content = second, harvest+" "+bridge })}, changeRevised, "text", 2},
		{"back and forth", []news.Entry{said(10, text(bridge)), said(20, nil)}, changeHeld, "text", 2},
		{"back and forth and back", []news.Entry{said(10, text(bridge)), said(20, nil), said(30, text(bridge))}, "", "text", 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := newArticle(said(0, nil), paper.Family(), "00a")
			var r Revising
			for _, e := range tc.next {
				r = Revise(a, e)
				a = r.Article
			}
			last := a.Revisions[len(a.Revisions)-1]
			if r.Change != tc.change || a.Revised != tc.count || last.Reason != tc.reason {
				t.Errorf("change %q, revisions %d, reason %q; want %q, %d, %q (%s)", r.Change, a.Revised, last.Reason, tc.change, tc.count, tc.reason, r.Reason)
			}
		})
	}
}

func TestReviseLeavesItsArgumentAlone(t *testing.T) {
	a := newArticle(said(0, nil), paper.Family(), "00a")
	a.Sources = append(make([]string, 0, 9), a.Sources...)
	want := newArticle(said(0, nil), paper.Family(), "00a")
	Revise(a, said(10, text(bridge)))
	Revise(a, said(10, func(e *news.Entry) { e.Source = "khac" }))
	if diff := cmp.Diff(want, a); diff != "" {
		t.Error(diff)
	}
}

// An article that is edited at every poll is revised less and less often, and
// its last words come out all the same.
func TestEndlessEditsAreDamped(t *testing.T) {
	for _, tc := range []struct {
		name string
		text func(i int) string
		most int // revisions in a day of polls every ten minutes
	}{
		{"words", func(i int) string {
			return fmt.Sprintf("%s Cập nhật %s.", harvest, string(rune('a'+i%26))+string(rune('a'+i/26)))
		}, 14},
		{"an advertisement's number", func(i int) string { return fmt.Sprintf("%s Gọi ngay 1900%04d.", harvest, i) }, 10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := newArticle(said(0, nil), paper.Family(), "00a")
			var last news.Entry
			for i := 1; i <= 144; i++ {
				last = said(10*i, text(tc.text(i)))
				if out, ok := Release(a, last.Seen); ok {
					a = out
				}
				a = Revise(a, last).Article
			}
			if a.Revised < 3 || a.Revised > tc.most {
				t.Errorf("revised %d times in a day, want 3 to %d", a.Revised, tc.most)
			}
			if a.Held == nil {
				t.Fatal("the last edit does not wait")
			}
			a, ok := Release(a, a.Held.Until)
			if !ok || a.Summary != last.Summary || a.Held != nil {
				t.Errorf("the last words did not come out: %+v", a.Held)
			}
		})
	}
}

// Two bodies that take turns at every poll make no noise at all.
func TestAlternatingBodiesMakeNoNoise(t *testing.T) {
	a := newArticle(said(0, nil), paper.Family(), "00a")
	for i := 1; i <= 144; i++ {
		e := said(10*i, nil)
		if i%2 == 1 {
			e = said(10*i, text(bridge))
		}
		if out, ok := Release(a, e.Seen); ok {
			a = out
		}
		a = Revise(a, e).Article
	}
	if a.Revised != 2 {
		t.Errorf("revised %d times, want 2: the first edit only", a.Revised)
	}
}

// A source that takes an edit back for good is believed after an hour.
func TestReturnIsBelievedLater(t *testing.T) {
	a := newArticle(said(0, nil), paper.Family(), "00a")
	a = Revise(a, said(10, text(bridge))).Article
	a = Revise(a, said(20, nil)).Article
	if a.Summary != bridge || a.Held == nil {
		t.Fatalf("the return was shown at once, or forgotten: held %+v", a.Held)
	}
	a, ok := Release(a, said(90, nil).Seen)
	if !ok || a.Summary != harvest || a.Revised != 3 {
		t.Errorf("the return never came: %+v", a.Held)
	}
}

func TestRevisionsAreBounded(t *testing.T) {
	a := newArticle(said(0, nil), paper.Family(), "00a")
	for i := range 60 {
		a = Revise(a, said(i*3*24*60, text(fmt.Sprintf("%s Kỳ %c%c.", bridge, 'a'+i%26, 'a'+i/26)))).Article
	}
	if len(a.Revisions) != news.MaxRevisions || a.Revised != 61 || !a.Revisions[0].At.Equal(said(0, nil).Seen) {
		t.Errorf("%d revisions kept of %d, the first from %s", len(a.Revisions), a.Revised, a.Revisions[0].At)
	}
}

func TestAddresses(t *testing.T) {
	const other = "https://baomau.example/moi/lua-trung-mua-86112.html"
	link := func(link string) func(*news.Entry) { return func(e *news.Entry) { e.Link = link } }
	retitled := func(link string) func(*news.Entry) {
		return func(e *news.Entry) { e.Link, e.Title = link, "Lúa trúng mùa" }
	}
	for _, tc := range []struct {
		name string
		next news.Entry
		want string
	}{
		{"a variant", said(90, retitled("http://m.baomau.example/lua-som-86112.html?utm_source=rss")), story0.Link},
		{"a new slug with a new title", said(10, retitled(other)), other},
		{"a new slug alone", said(90, link(other)), other},
		{"a new slug within the hour", said(10, link(other)), other},
		{"a new name, too", said(10, func(e *news.Entry) { e.Link, e.GUID, e.Key = other, "moi", "k2" }), other},
		{"two in one poll", said(0, link(other)), story0.Link},
		{"no address any more", said(90, retitled("")), story0.Link},
	} {
		r := Revise(newArticle(said(0, nil), paper.Family(), "00a"), tc.next)
		if r.Article.Link != tc.want {
			t.Errorf("%s: the article is at %s, want %s", tc.name, r.Article.Link, tc.want)
		}
	}
	drifting := Revise(newArticle(said(0, nil), paper.Family(), "00a"), said(10, link(other))).Article
	if r := Revise(drifting, said(40, link(story0.Link))); r.Article.Link != other || r.Change != "" {
		t.Errorf("an address that is another one at each poll was taken over within the hour: %s", r.Article.Link)
	}
	if r := Revise(drifting, said(80, link(story0.Link))); r.Article.Link != story0.Link {
		t.Errorf("and is not after it: %s", r.Article.Link)
	}
	old := newArticle(said(0, link("http://baomau.example/lua-som-86112.html")), paper.Family(), "00a")
	if r := Revise(old, said(90, nil)); r.Article.Link != story0.Link || r.Article.Revised != 1 {
		t.Errorf("https does not replace http silently: %s, %d", r.Article.Link, r.Article.Revised)
	}
}
