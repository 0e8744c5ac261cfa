package curator

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

func TestDiff(t *testing.T) {
	const text = "<p>Cầu dài 86 m, kinh phí 12,4 tỷ đồng. Người dân góp 1.100 ngày công.</p><p>Lễ khánh thành diễn ra sáng 2/3. Bà con rất vui.</p>"
	base := news.Entry{Title: "Cầu mới", Summary: "Bến Lức có cầu.", Content: text}
	with := func(change func(*news.Entry)) news.Entry { e := base; change(&e); return e }
	for name, c := range map[string]struct {
		is   news.Entry
		want []news.Change
	}{
		"nothing": {base, nil},
		"markup and counters": {with(func(e *news.Entry) {
			e.Content = strings.ReplaceAll(text, "<p>", "<p class=x>") + "<p>Lượt xem: 12</p>"
		}), nil},
		"title": {with(func(e *news.Entry) { e.Title = "Cầu mới qua rạch" }), []news.Change{{Was: "Cầu mới", Is: "Cầu mới qua rạch"}}},
		"a figure": {with(func(e *news.Entry) { e.Content = strings.Replace(text, "12,4", "12,6", 1) }),
			[]news.Change{{Was: "Cầu dài 86 m, kinh phí 12,4 tỷ đồng.", Is: "Cầu dài 86 m, kinh phí 12,6 tỷ đồng."}}},
		"one out, one in": {with(func(e *news.Entry) {
			e.Content = strings.Replace(strings.Replace(text, " Người dân góp 1.100 ngày công.", "", 1), "Bà con rất vui.", "Bà con rất vui. Đèn sẽ lắp sau.", 1)
		}), []news.Change{{Was: "Người dân góp 1.100 ngày công."}, {Is: "Đèn sẽ lắp sau."}}},
	} {
		if d := cmp.Diff(c.want, diff(base, c.is)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	long := with(func(e *news.Entry) { e.Content = strings.Repeat("Câu khác. ", 4000) })
	for _, c := range diff(base, long) {
		if len(c.Was) > mostOfSide || len(c.Is) > mostOfSide {
			t.Errorf("a side of %d and %d bytes", len(c.Was), len(c.Is))
		}
	}
	if n := len(diff(with(func(e *news.Entry) { e.Content = strings.Repeat("Một. Hai. ", 900) }), with(func(e *news.Entry) { e.Content = strings.Repeat("Một. Ba. ", 900) }))); n == 0 || n > mostChanges {
		t.Errorf("%d changes", n)
	}
}

func TestARevisionKeepsItsDiff(t *testing.T) {
	r := newNewsroom(t)
	one := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing}
	r.tell(one)
	one.content = strings.Replace(crossing, "12,4 tỷ", "12,6 tỷ", 1)
	r.tell(one)
	a := r.articleOf(one)
	last := a.Revisions[len(a.Revisions)-1]
	if a.Revised != 2 || len(last.Diff) != 1 || !strings.Contains(last.Diff[0].Was, "12,4") || !strings.Contains(last.Diff[0].Is, "12,6") {
		t.Errorf("revised %d times, the last: %+v", a.Revised, last)
	}
	if strings.Contains(a.Content, "12,4") {
		t.Error("the old text is still what it says")
	}
	e, _ := Explain(a, r.story(one), Known{Sources: r.o.Sources(), Now: noon})
	if text := e.Text(ict); !strings.Contains(text, "- Cầu dài 86 m") || !strings.Contains(text, "+ Cầu dài 86 m") {
		t.Errorf("explain does not show the diff:\n%s", text)
	}
}

// What a page said before an edit is not shown after it; what it said since is.
func TestAnEditOutdatesItsPage(t *testing.T) {
	page := func(fetched time.Time) *news.Full {
		return &news.Full{Text: bridge, HTML: "<p>" + bridge + "</p>", Lede: bridge, Section: "Xã hội", Fetched: fetched}
	}
	was := newArticle(said(0, nil), paper.Family(), "00a")
	was.Full = page(was.FirstSeen.Add(time.Minute))
	edit := said(10, text(harvest+" "+bridge))
	held := Revise(Revise(was, edit).Article, said(20, nil)).Article // back at an earlier text: it waits
	if held.Held == nil {
		t.Fatal("the return does not wait")
	}
	release := func(a news.Article) news.Article {
		a, _ = Release(a, a.Held.Until)
		return a
	}
	reread := held
	reread.Full = page(held.Held.Entry.Seen.Add(time.Minute))
	for _, c := range []struct {
		name string
		is   news.Article
		kept bool
	}{
		{"an edit", Revise(was, edit).Article, false},
		{"another date", Revise(was, said(10, func(e *news.Entry) { e.Published = at(noon.Add(-time.Hour)) })).Article, true},
		{"a second feed has its text", Revise(was, said(10, func(e *news.Entry) { e.Source, e.Content = "khac", harvest+" "+bridge })).Article, true},
		{"an edit that waited", release(held), false},
		{"an edit that waited, its page read meanwhile", release(reread), true},
	} {
		f := c.is.Full
		if kept := f.Text != "" && f.HTML != "" && f.Lede != ""; kept != c.kept || f.Section != "Xã hội" || !kept && f.Text+f.HTML+f.Lede != "" {
			t.Errorf("%s: its page's text is kept: %t, want %t: %+v", c.name, kept, c.kept, f)
		}
	}
	if was.Full.Text == "" {
		t.Error("the article that was given changed too")
	}
}
