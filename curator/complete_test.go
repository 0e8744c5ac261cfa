package curator

import (
	"fmt"
	"testing"
	"time"

	"tinhub/news"
)

func TestComplete(t *testing.T) {
	seen := time.Date(2026, 10, 12, 3, 0, 0, 0, time.UTC)
	day := news.Moment{At: time.Date(2026, 10, 12, 0, 0, 0, 0, time.UTC), Precision: news.Day}
	minute := news.Moment{At: time.Date(2026, 10, 12, 1, 30, 0, 0, time.UTC), Precision: news.Minute}
	entry := news.Entry{Source: "bao-mau", Key: "k", Title: "Một tin", Summary: "Tóm tắt", Link: "https://bao-mau.vn/1.html", Published: day, Seen: seen}
	full := news.Full{Text: "Toàn văn của tin.", HTML: "<p>Toàn văn của tin.</p>", Published: minute, Fetched: seen.Add(time.Minute)}
	a := newArticle(entry, "bao-mau.vn", "00aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")

	r := Complete(a, full)
	if r.Change != "completed" || !r.Write || r.Article.Full == nil || r.Article.Full.Text != full.Text || r.Article.Published != minute {
		t.Fatalf("%+v", r)
	}
	if a.Full != nil || len(r.Article.Revisions) != 1 || r.Article.Revised != 1 || r.Article.Summary != entry.Summary {
		t.Errorf("more than its page changed: %+v", r.Article)
	}
	done := r.Article
	again := full
	again.Fetched = full.Fetched.Add(time.Hour)
	older := full
	older.Text, older.Fetched = "Bản cũ", seen
	other := again
	other.Text = "Toàn văn đã sửa."
	late := full
	late.Published.At = seen.Add(time.Hour)
	withdrawn := done
	withdrawn.Withdrawn = seen
	for _, c := range []struct {
		name string
		a    news.Article
		full news.Full
		want bool
	}{
		{"the same text again", done, again, false},
		{"an older look", done, older, false},
		{"another text", done, other, true},
		{"withdrawn", withdrawn, other, false},
		{"not kept", news.Article{}, other, false},
	} {
		if got := Complete(c.a, c.full); got.Write != c.want || (got.Change != "") != c.want || got.Reason == "" {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	if got := Complete(a, late); got.Article.Published != day {
		t.Errorf("a date ahead of when it was seen: %v", got.Article.Published)
	}

	// The feed goes on naming the day only: the hour stays.
	edit := entry
	edit.Title, edit.Seen = "Một tin đã sửa", seen.Add(2*time.Hour)
	r = Revise(done, edit)
	if r.Article.Published != minute || r.Reason != "revised: title" || r.Article.Full == nil {
		t.Errorf("%+v", r)
	}
}

// What a page says otherwise, and no feed, is a revision: what was said before is
// in nothing that is shown.
func TestReread(t *testing.T) {
	seen := time.Date(2026, 10, 12, 3, 0, 0, 0, time.UTC)
	full := func(at time.Duration, bridge string) news.Full {
		html := "<p>" + bridge + "</p><p>Xe qua lại từ sáng sớm.</p>"
		return news.Full{HTML: html, Text: news.Text(html), Lede: bridge, Fetched: seen.Add(at), Edited: true}
	}
	was := full(time.Minute, "Cây cầu dài 120 mét & rộng 6 mét.")
	was.Edited = false
	entry := news.Entry{Source: "bao-mau", Key: "k", Title: "Cầu mới", Summary: "Cây cầu dài 120 mét &amp; rộng 6 mét…", Link: "https://bao-mau.vn/1.html", Seen: seen}
	a := Complete(newArticle(entry, "bao-mau.vn", "00aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), was).Article

	r := Complete(a, full(time.Hour, "Cây cầu dài 210 mét & rộng 6 mét."))
	if r.Change != "revised" || r.Article.Revised != 2 || !r.Article.Revisions[1].At.Equal(seen.Add(time.Hour)) {
		t.Fatalf("%+v", r)
	}
	if got := r.Article.Revisions[1].Diff; len(got) != 1 || got[0].Was != "Cây cầu dài 120 mét & rộng 6 mét." || got[0].Is != "Cây cầu dài 210 mét & rộng 6 mét." {
		t.Errorf("the diff is %+v", got)
	}
	if got := r.Article.Summary; got != "Cây cầu dài 210 mét &amp; rộng 6 mét." {
		t.Errorf("the summary that the feed gave is out of date: %q", got)
	}
	// The feed goes on as before, and with its full text: nothing comes back.
	again := entry
	again.Seen = seen.Add(2 * time.Hour)
	if got := Revise(r.Article, again); got.Article.Summary != r.Article.Summary || got.Change != "" {
		t.Errorf("the feed as it was: %+v", got)
	}
	// The same words in other markup are none, nor is a counter.
	same := full(2*time.Hour, "Cây cầu dài 210 mét & rộng 6 mét.")
	same.HTML = "<div>" + same.HTML + "</div><p>Lượt xem: 1.234</p>"
	if got := Complete(r.Article, same); got.Article.Revised != 2 || got.Change == "revised" {
		t.Errorf("the same words: %+v", got)
	}
	// An untouched lede, written for the feed, stays.
	own := a
	own.Summary = "Bà con hai bờ có cầu."
	if got := Complete(own, full(time.Hour, "Cây cầu dài 210 mét.")); got.Article.Summary != own.Summary {
		t.Errorf("the feed's own lede became %q", got.Article.Summary)
	}
	// A feed that gives all gives the old text on.
	whole := newArticle(entry, "bao-mau.vn", a.ID)
	whole.Content, whole.Full = was.HTML, nil
	if got := Complete(whole, full(time.Hour, "Cây cầu dài 210 mét.")); got.Article.Content != "" || got.Article.Full == nil || got.Change != "revised" {
		t.Errorf("a feed with all of it: %+v", got)
	}
	// A wall before the article, or another one in its place, is no edit.
	if got := Complete(r.Article, full(2*time.Hour, "Mời bạn đăng nhập để đọc tiếp, chỉ mất một phút và hoàn toàn miễn phí cho bạn đọc.")); !got.Write || got.Change != "revised" {
		t.Errorf("half of it stands there still: %+v", got)
	}
	wall := full(2*time.Hour, "")
	wall.HTML = "<p>Mời bạn đăng nhập để đọc tiếp, chỉ mất một phút.</p>"
	if got := Complete(r.Article, wall); got.Write || got.Change != "" {
		t.Errorf("a wall became its text: %+v", got)
	}
	// Endless edits wait.
	for i := range 8 {
		r = Complete(r.Article, full(time.Duration(i+2)*time.Hour, fmt.Sprintf("Cây cầu dài %d mét.", 300+i)))
	}
	if r.Write || r.Article.Revised != 1+freeEdits {
		t.Errorf("edited without end: %d revisions, %+v", r.Article.Revised, r.Reason)
	}
	r = Complete(r.Article, full(30*time.Hour, "Cây cầu dài 400 mét."))
	if r.Change != "revised" {
		t.Errorf("a day later: %+v", r)
	}
}
