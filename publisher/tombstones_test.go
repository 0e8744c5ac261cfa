package publisher

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tinhub/news"
	"tinhub/publisher/feed"
)

// A withdrawn story leaves every format at once; Atom calls it back, and its page
// says that it is gone.
func TestWithdrawnIsCalledBack(t *testing.T) {
	d := newDesk()
	p, _ := start(t, d, Options{Pace: 5 * time.Millisecond})
	s, a := aStory(1, "nong-thon-moi")
	other, b := aStory(2, "nong-thon-moi")
	d.file(s, a)
	d.file(other, b)
	shows(t, p, "nong-thon-moi", 2)
	back := s
	s.Withdrawn, s.Traces = t0.Add(time.Hour), []string{"nong-thon-moi", news.Everything}
	a.Withdrawn = s.Withdrawn
	d.file(s, a)
	shows(t, p, "nong-thon-moi", 1)
	body := func(f news.Format) string {
		for _, o := range p.memory.channel("nong-thon-moi").outputs() {
			if o.Format == f {
				return string(o.Body)
			}
		}
		return ""
	}
	for _, f := range formats {
		if strings.Contains(body(f), s.Title) {
			t.Errorf("%s still shows it", f)
		}
	}
	want := `<at:deleted-entry ref="` + feed.StoryID(s.ID) + `"`
	if !strings.Contains(body(news.Atom), want) {
		t.Errorf("no %s in %s", want, body(news.Atom))
	}
	srv := httptest.NewServer(p.Handler())
	defer srv.Close()
	if got := get(t, srv, "/stories/"+s.ID); got.status != http.StatusGone || strings.Contains(string(got.body), s.Title) {
		t.Errorf("its page answers %d: %s", got.status, got.body)
	}
	a.Withdrawn = time.Time{} // the order is taken back
	d.file(back, a)
	shows(t, p, "nong-thon-moi", 2)
	if strings.Contains(body(news.Atom), "deleted-entry") {
		t.Error("what is shown again is called back")
	}
}

// A copy whose source took it down is named nowhere any more.
func TestWithdrawnCopiesAreNotNamed(t *testing.T) {
	v := newView(settings())
	s, a := aStory(1, "nong-thon-moi")
	s.Members = append(s.Members, news.Member{Article: "b", Agency: "Báo Khác", Link: "https://khac.example/1"},
		news.Member{Article: "c", Agency: "Báo Nữa", Link: "https://nua.example/1", Gone: true})
	e := v.compose(s, a, time.Time{})
	if len(e.item.Also) != 1 || e.item.Also[0].Agency != "Báo Khác" {
		t.Errorf("also on %+v", e.item.Also)
	}
	for _, tell := range v.storyPage(e).Tellings {
		if tell.Agency == "Báo Nữa" {
			t.Error("its page names it")
		}
	}
}
