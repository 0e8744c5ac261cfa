package admin

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"tinhub/news"
)

// gives is a press of which every address gives the same.
type gives struct {
	Polls
	tried Tried
}

func (g gives) Try(context.Context, news.Source) (Tried, error) { return g.tried, nil }

// TestTried: an entry without a time says so, and what was mended is told of feeds.
func TestTried(t *testing.T) {
	for _, tt := range []struct {
		name   string
		health news.Health
		mended bool
	}{
		{"a feed", news.OK, true},
		{"a page", news.NotAFeed, false},
	} {
		r := newRig(t, Options{Rate: -1})
		r.deps.Polls = gives{r.deps.Polls, Tried{Health: tt.health, Repairs: []news.Repair{{What: "DOCTYPE dropped", Count: 1}},
			Entries: []TriedEntry{{Title: "Không giờ", Link: "https://bao.example.vn/1"}, {Title: "Có giờ", Published: noon}}}}
		got := r.signIn("editor").do("POST", "/admin/sources/try", url.Values{"url": {"https://bao.example.vn/"}})
		_, list, _ := strings.Cut(got.body, "Không giờ")
		if got.status != 200 || strings.Count(list, "không ghi giờ") != 1 || !strings.Contains(list, "12:00 · 24/11/2026") || strings.Contains(got.body, "bỏ DOCTYPE") != tt.mended {
			t.Errorf("%s: %d %s", tt.name, got.status, got.body)
		}
	}
}
