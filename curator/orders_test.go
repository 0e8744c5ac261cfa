package curator

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

func (r *newsroom) order(o news.Instruction) {
	r.t.Helper()
	o.ID, o.At, o.Who = string(news.KeyOf(o.Kind, strings.Join(o.Stories, " "))), noon, "bien-tap"
	r.f.mu.Lock()
	r.f.orders = append(r.f.orders, o)
	r.f.mu.Unlock()
	settle(r.t, r.f, r.o)
	if len(r.f.orders) != 0 {
		r.t.Errorf("%d orders were not acted on", len(r.f.orders))
	}
}

func TestMergeAndSplitByHand(t *testing.T) {
	r := newNewsroom(t)
	bridgeA := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing}
	bridgeB := told{paper: 2, number: 2, title: "Bến Lức có cầu thay đò", content: crossing, after: time.Minute}
	song := told{paper: 3, number: 3, title: "Năm năm tiếng hát ở Hòa Bình", content: choir, after: 2 * time.Minute}
	r.tell(bridgeA)
	r.tell(bridgeB, song)
	r.want("001 002", "003")
	first, second := r.story(bridgeA).ID, r.story(song).ID

	r.order(news.Instruction{Kind: news.OrderMerge, Stories: []string{second, first}, Reason: "cùng lễ hội"})
	r.want("001 002 003")
	s := r.story(song)
	if s.ID != first || !strings.Contains(s.Members[2].Reason, "joined by hand: bien-tap, cùng lễ hội") {
		t.Errorf("the merged story is %+v", s)
	}
	// The founder goes, by the old id of what it became part of.
	r.order(news.Instruction{Kind: news.OrderSplit, Stories: []string{second}, Articles: []string{first}})
	r.want("001", "002 003")
	own := r.story(bridgeA)
	if own.ID == first || len(own.ID) != 32 || !news.KeptApart(own, r.story(song)) {
		t.Errorf("the split story is %+v", own)
	}
	if got := r.f.channel(news.Everything); len(got) != 2 {
		t.Errorf("everything shows %q", got)
	}
	// The machine is bound: neither an edit nor a third copy joins them again.
	r.restart()
	bridgeA.content, bridgeA.after = crossing+"<p>Đèn sẽ lắp sau.</p>", time.Hour
	r.tell(bridgeA, told{paper: 4, number: 4, title: "Cầu Ông Tư", content: crossing, after: 3 * time.Minute})
	groups := slices.Sorted(func(yield func(string) bool) {
		for _, g := range r.stories() {
			if !yield(g) {
				return
			}
		}
	})
	if len(groups) != 2 || strings.Contains(groups[0]+groups[1], "001 002") || strings.Contains(groups[0], "001") && strings.Contains(groups[0], "002") {
		t.Errorf("the stories are %q", groups)
	}
	// A hand may change its mind.
	r.order(news.Instruction{Kind: news.OrderMerge, Stories: []string{own.ID, first}})
	r.want("001 002 003 004")
	if s := r.f.all()[0]; len(s.Apart) != 0 {
		t.Errorf("kept apart from %q", s.Apart)
	}
}

func TestOrdersThatCannotBe(t *testing.T) {
	r := newNewsroom(t)
	one := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing}
	r.tell(one)
	id := r.story(one).ID
	before := r.f.told()
	for _, o := range []news.Instruction{
		{Kind: "burn"}, {Kind: news.OrderMerge}, {Kind: news.OrderMerge, Stories: []string{id, id}}, {Kind: news.OrderMerge, Stories: []string{id, strings.Repeat("0", 32)}},
		{Kind: news.OrderSplit, Stories: []string{id}, Articles: []string{id}}, {Kind: news.OrderSplit, Stories: []string{id}, Articles: []string{"x"}}, {Kind: news.OrderSplit},
	} {
		r.order(o)
	}
	r.want("001")
	if r.f.told() != before {
		t.Error("orders that cannot be were told of")
	}
}

// TestGroupsAsBefore: what was merged or split by hand is taken back exactly: the
// same ids, members, reasons, and what was kept apart.
func TestGroupsAsBefore(t *testing.T) {
	r := newNewsroom(t)
	bridgeA := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing}
	bridgeB := told{paper: 2, number: 2, title: "Bến Lức có cầu thay đò", content: crossing, after: time.Minute}
	song := told{paper: 3, number: 3, title: "Năm năm tiếng hát ở Hòa Bình", content: choir, after: 2 * time.Minute}
	r.tell(bridgeA)
	r.tell(bridgeB, song)
	groups := func() (out []news.Group) {
		for _, s := range r.f.all() {
			out = append(out, news.GroupOf(s))
		}
		return out
	}
	before := groups()
	first, second := r.story(bridgeA), r.story(song)
	for name, o := range map[string]news.Instruction{
		"merge": {Kind: news.OrderMerge, Stories: []string{first.ID, second.ID}},
		"split": {Kind: news.OrderSplit, Stories: []string{first.ID}, Articles: []string{first.ID}},
	} {
		r.order(o)
		if cmp.Equal(before, groups()) {
			t.Fatalf("%s did nothing", name)
		}
		r.order(news.Instruction{Kind: news.OrderGroup, Groups: before})
		if diff := cmp.Diff(before, groups()); diff != "" {
			t.Errorf("%s taken back: %s", name, diff)
		}
		for _, s := range []news.Story{first, second} {
			if now := r.f.story(s.ID); slices.Contains(now.Was, second.ID) || now.Title != s.Title || len(now.Filings) != len(s.Filings) {
				t.Errorf("%s: the story was %+v, and is %+v", name, s, now)
			}
		}
		if got := r.f.channel(news.Everything); len(got) != 2 {
			t.Errorf("%s: everything shows %q", name, got)
		}
	}
	told := r.f.told()
	r.order(news.Instruction{Kind: news.OrderGroup, Groups: before})
	for _, g := range [][]news.Group{
		nil, {{Story: first.ID}}, {{Story: first.ID, Members: []news.Grouped{{Article: "x"}}}}, {{Story: first.ID, Members: before[0].Members[:1]}, {Story: second.ID, Members: before[1].Members[:1]}},
	} {
		r.order(news.Instruction{Kind: news.OrderGroup, Groups: g})
	}
	if diff := cmp.Diff(before, groups()); diff != "" || r.f.told() != told {
		t.Errorf("orders that cannot be changed something: %s", diff)
	}
}

// TestWaits: what editors look at stands in a list of its own, by when its time
// comes, and is published nowhere.
func TestWaits(t *testing.T) {
	at := noon.Add(time.Hour)
	held := news.Story{ID: "a", Filings: []news.Filing{{Channel: news.Everything, From: at}}}
	flooded := held
	flooded.Quarantine = "a flood"
	hidden := news.Story{ID: "a", Filings: []news.Filing{{Channel: news.Everything, From: at, Out: true}}}
	looked := news.Story{ID: "a", Review: "x", Curation: &news.Curation{Reviewed: "x"}}
	for name, tt := range map[string]struct {
		story news.Story
		list  string
	}{
		"held": {held, news.HeldBack}, "in quarantine": {flooded, news.InQuarantine}, "hidden": {hidden, ""}, "shown": {news.Story{Filings: []news.Filing{{Channel: news.Everything, In: true}}}, ""},
		"an edit waits": {news.Story{Editing: at}, news.EditWaits}, "corrects": {news.Story{Corrects: "b"}, news.Corrections}, "untied": {news.Story{Untied: true}, news.Corrections},
		"to review": {news.Story{Review: "x"}, news.ToReview}, "looked at": {looked, ""}, "withdrawn": {news.Story{Withdrawn: at, Review: "x"}, news.TakenOut},
	} {
		var got []string
		for l := range sorts(tt.story) {
			if strings.HasPrefix(l, "!") {
				got = append(got, l)
			}
		}
		if len(got) > 1 || strings.Join(got, "") != tt.list {
			t.Errorf("%s: in %q, want %q", name, got, tt.list)
		}
		if c := affected(news.Story{}, tt.story, true); slices.ContainsFunc(c, func(c string) bool { return c == "" || strings.Contains(c, "!") }) {
			t.Errorf("%s: %q would be published", name, c)
		}
	}
}
