package admin

import (
	"strings"
	"testing"

	"tinhub/news"
)

// TestJoined: why a copy is of a story was found when it joined; it may have been edited
// since, so the page says of when that is, beside what is different now.
func TestJoined(t *testing.T) {
	r := newRig(t, Options{Rate: -1})
	r.world.desk.groups = []news.Group{{Story: articleID, Members: []news.Grouped{{Article: articleID}, {Article: copyID, Reason: "title and text agree to 96 %", Score: 0.96}}}}
	got := r.signIn("viewer").do("GET", "/admin/desk/stories/"+articleID, nil)
	if strings.Count(got.body, "Lúc được ghép vào: tiêu đề và nội dung giống nhau 96 %") != 1 || !strings.Contains(got.body, `<p class="change">`) {
		t.Errorf("%d %s", got.status, got.body)
	}
}
