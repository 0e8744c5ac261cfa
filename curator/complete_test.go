package curator

import (
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
