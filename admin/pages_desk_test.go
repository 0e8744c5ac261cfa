package admin

import (
	"net/url"
	"strings"
	"testing"

	"tinhub/news"
)

// TestDeskPages: what the buttons decide is decided, led back from with a button that
// takes it back; an older page is shown what there is now, and keeps what was written.
func TestDeskPages(t *testing.T) {
	r := newRig(t, Options{})
	b := r.signIn("editor")
	place := func(form url.Values) reply {
		t.Helper()
		form.Set("story", articleID)
		form.Set("topic", "declared")
		return b.do("POST", "/admin/desk/place", form)
	}
	got := place(url.Values{"do": {"pin"}, "hours": {"24"}})
	to := got.header.Get("Location")
	if got.status != 303 || !strings.Contains(to, "undo=") || !r.world.desk.curations[articleID].Places["declared"].Pinned || r.world.desk.curations[articleID].Places["declared"].Until.IsZero() {
		t.Fatalf("%d to %s, %+v", got.status, to, r.world.desk.curations)
	}
	page := b.do("GET", to, nil)
	u, _ := url.Parse(to)
	if undo := "/admin/desk/decisions/" + u.Query().Get("undo") + "/undo"; !strings.Contains(page.body, undo) || !strings.Contains(page.body, "Được ghim") {
		t.Errorf("no way back in %s", page.body)
	} else if got := b.do("POST", undo, url.Values{"next": {"/admin/desk?topic=declared"}}); got.status != 303 || !strings.HasPrefix(got.header.Get("Location"), "/admin/desk?") || r.world.desk.curations[articleID].Says() {
		t.Errorf("%d to %s, %+v", got.status, got.header.Get("Location"), r.world.desk.curations)
	}
	if got := b.do("POST", "/admin/desk/decisions/"+decisionID+"/undo", url.Values{"next": {"https://evil.example/"}}); strings.Contains(got.header.Get("Location"), "evil") {
		t.Error("it leads elsewhere")
	}
	for _, do := range []string{"out", "back", "hide", "show"} {
		if got := place(url.Values{"do": {do}}); got.status != 303 {
			t.Errorf("%s: %d %s", do, got.status, got.body)
		}
	}
	if got := place(url.Values{"below": {otherID}}); got.status != 303 || r.world.desk.curations[articleID].Places["declared"].Place == "" {
		t.Errorf("moved: %d %s", got.status, got.body)
	}
	if got := place(url.Values{"do": {"burn"}}); got.status != 400 {
		t.Errorf("no such button: %d", got.status)
	}
	words := url.Values{"do": {"words"}, "title": {"Khác <b>"}, "note": {"ghi chú của tôi"}, "version": {"1"}}
	if got := b.do("POST", "/admin/desk/stories/"+articleID, words); got.status != 412 || !strings.Contains(got.body, "ghi chú của tôi") || !strings.Contains(got.body, "Khác &lt;b&gt;") {
		t.Errorf("an older page: %d %s", got.status, got.body)
	}
	words.Del("version")
	if got := b.do("POST", "/admin/desk/stories/"+articleID, words); got.status != 303 || r.world.desk.curations[articleID].Note != "ghi chú của tôi" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := b.do("POST", "/admin/desk/stories/"+articleID+"/split", url.Values{"article": {copyID}}); got.status != 303 || len(r.world.desk.groups) != 3 {
		t.Errorf("split: %d %s", got.status, got.body)
	}
	if got := b.do("POST", "/admin/desk/stories/"+articleID+"/withdraw", url.Values{"article": {articleID}, "reason": {"Công văn"}, "received": {"2026-11-24T08:00"}, "do": {"withdraw"}}); got.status != 303 || !r.world.desk.withdrawn[articleID] {
		t.Errorf("withdrawn: %d %s", got.status, got.body)
	}
	if body := r.signIn("viewer").do("GET", "/admin/desk/stories/"+articleID, nil).body; strings.Contains(body, "/merge") || strings.Contains(body, `name="do"`) {
		t.Error("a viewer is shown buttons that are refused")
	}
}

// TestRestoreIsOffered where something was withdrawn, and nowhere else; each of the two
// asks its own question.
func TestRestoreIsOffered(t *testing.T) {
	r := newRig(t, Options{Rate: -1})
	b := r.signIn("editor")
	const page, restore = "/admin/desk/stories/" + articleID, `value="restore" data-sure="Cho đăng lại bài đã gỡ?"`
	if got := b.do("GET", page, nil); strings.Contains(got.body, restore) || !strings.Contains(got.body, `value="withdraw" data-sure="Gỡ bài này khỏi mọi nơi?"`) {
		t.Errorf("nothing is withdrawn: %d %s", got.status, got.body)
	}
	for gone, d := range map[bool]deskStoryData{
		true:  {Tellings: []deskTelling{{}, {Member: news.Member{Gone: true}}}},
		false: {Tellings: []deskTelling{{}}},
	} {
		if d.Gone() != gone {
			t.Errorf("%+v: %t", d, !gone)
		}
	}
}
