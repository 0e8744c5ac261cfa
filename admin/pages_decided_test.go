package admin

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestUndoGoesOn: the button at the top takes back what was decided before, not its own
// undoing; the line of an undoing offers to do it again; lines name the headline.
func TestUndoGoesOn(t *testing.T) {
	r := newRig(t, Options{Rate: -1})
	r.world.title = "Ra quân làm thủy lợi"
	b := r.signIn("editor")
	if got := b.do("POST", "/admin/desk/place", url.Values{"story": {articleID}, "topic": {"declared"}, "do": {"pin"}}); got.status != 303 {
		t.Fatal(got.status, got.body)
	}
	got := b.do("POST", "/admin/desk/stories/"+articleID+"/withdraw", url.Values{"article": {articleID}, "reason": {"Công văn"}, "do": {"withdraw"}})
	top := regexp.MustCompile(`action="(/admin/desk/decisions/[^"]+/undo)" class="bar">`)
	line := regexp.MustCompile(`action="(/admin/desk/decisions/[^"]+/undo)"><input type="hidden" name="next" value="[^"]*"><button class="light" aria-label="([^"]*)">`)
	next := url.Values{"next": {"/admin/desk/decisions"}}

	page := b.do("GET", got.header.Get("Location"), nil).body
	m := top.FindStringSubmatch(page)
	if m == nil || !strings.Contains(page, "<strong>Gỡ bài</strong> · Ra quân làm thủy lợi") {
		t.Fatalf("the button does not say what it takes back: %s", page)
	}
	got = b.do("POST", m[1], next) // the withdrawal
	page = b.do("GET", got.header.Get("Location"), nil).body
	if r.world.desk.withdrawn[articleID] || !strings.Contains(page, ">"+"Ra quân làm thủy lợi</a>") || strings.Contains(page, ">"+articleID+"<") {
		t.Errorf("no headlines in %s", page)
	}
	lines := line.FindAllStringSubmatch(page, -1)
	if len(lines) == 0 || lines[0][2] != "Làm lại: Hoàn tác: Gỡ bài, Ra quân làm thủy lợi" {
		t.Fatalf("the undoing's line is %q", lines)
	}
	if m = top.FindStringSubmatch(page); m == nil || !strings.Contains(page, "<strong>Ghim</strong> (Ra quân làm thủy lợi)") {
		t.Fatalf("nothing goes on in %s", page)
	}
	got = b.do("POST", m[1], next) // the pin
	if r.world.desk.withdrawn[articleID] || r.world.desk.curations[articleID].Says() {
		t.Errorf("withdrawn again, or still pinned: %+v", r.world.desk)
	}
	if to := got.header.Get("Location"); strings.Contains(to, "undo=") || !strings.Contains(to, "done=decided") {
		t.Errorf("more to take back, of others: %s", to)
	}

	got = b.do("POST", lines[0][1], next) // again
	page = b.do("GET", got.header.Get("Location"), nil).body
	if !r.world.desk.withdrawn[articleID] || !strings.Contains(page, "đã làm lại") || !strings.Contains(page, `aria-label="Hoàn tác: Làm lại: Gỡ bài, Ra quân`) {
		t.Errorf("done again: %s", page)
	}
	if m = top.FindStringSubmatch(page); m == nil {
		t.Fatal("what was done again can't be taken back")
	}
	if b.do("POST", m[1], next); r.world.desk.withdrawn[articleID] {
		t.Error("it is not taken back")
	}
}
