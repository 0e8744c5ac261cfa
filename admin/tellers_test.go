package admin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

// TestTellers: where papers credit one agency, the page says how many carry the story
// and whose text it is; the number is the one that Story.Agencies counts.
func TestTellers(t *testing.T) {
	member := func(agency, origin string) news.Member { return news.Member{Agency: agency, Origin: origin} }
	gone := member("Báo Tây", "")
	gone.Gone = true
	for _, tt := range []struct {
		name    string
		members []news.Member
		papers  int
		tellers []string
	}{
		{"two papers, their own", []news.Member{member("Báo Nam", ""), member("Báo Bắc", "")}, 2, []string{"Báo Nam", "Báo Bắc"}},
		{"a wire's text", []news.Member{member("Báo Nam", "TTXVN"), member("Báo Bắc", "Thông tấn xã Việt Nam"), member("Báo Nam", "TTXVN")}, 2, []string{"TTXVN"}},
		{"and one of its own", []news.Member{member("Báo Nam", "TTXVN"), member("Báo Bắc", "TTXVN"), member("Báo Đông", "")}, 3, []string{"TTXVN", "Báo Đông"}},
		{"one is withdrawn", []news.Member{gone, member("Báo Nam", "")}, 1, []string{"Báo Nam"}},
	} {
		d := deskStoryData{Story: news.Story{Members: tt.members}}
		if diff := cmp.Diff(tt.tellers, d.Tellers()); diff != "" || d.Papers() != tt.papers || d.Story.Agencies() != len(tt.tellers) {
			t.Errorf("%s: %d papers, %d agencies, %s", tt.name, d.Papers(), d.Story.Agencies(), diff)
		}
		if tt.papers == len(tt.tellers) {
			continue
		}
		var b strings.Builder
		if err := parse("vi", noon.Location()).ExecuteTemplate(&b, "desk-story", face{Data: d}); err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("%d bài · %d báo · %d nguồn gốc (%s)", len(tt.members), tt.papers, len(tt.tellers), strings.Join(tt.tellers, ", ")); !strings.Contains(b.String(), want) {
			t.Errorf("%s: %q is not in %s", tt.name, want, b.String())
		}
	}
}
