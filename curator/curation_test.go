package curator

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"tinhub/news"
)

// curate writes what editors decided about a story, and has it filed.
func (r *newsroom) curate(c news.Curation) {
	r.t.Helper()
	c.Version = int64(len(r.f.curations) + 1)
	if c.At.IsZero() {
		c.At = seen
	}
	r.f.curations[c.Story] = c
	r.order(news.Instruction{Kind: news.OrderFile, Stories: []string{c.Story}})
}

// TestEditorsBeatTheMachine: what editors decided holds whatever the paper, another
// copy, a rule or a restart says, and is gone when they take it back.
func TestEditorsBeatTheMachine(t *testing.T) {
	r := newNewsroom(t)
	bridges := news.Topic{ID: "cau", Include: news.Rule{Any: phrases("cầu")}, MinScore: 1, MaxAge: 24 * time.Hour}
	songs := news.Topic{ID: "hat", Include: news.Rule{Any: phrases("tiếng hát")}, MinScore: 1, MaxAge: 24 * time.Hour}
	r.o.Topics = func() []news.Topic { return []news.Topic{bridges, songs} }
	r.o.Now = func() time.Time { return noon.Add(3 * time.Hour) }
	bridge := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing}
	other := told{paper: 2, number: 2, title: "Cầu nào cũng cần", content: choir, after: time.Minute}
	r.tell(bridge, other)
	id := r.story(bridge).ID
	before := r.story(bridge)

	r.curate(news.Curation{Story: id, Title: "Hết lụy đò", Note: "đã kiểm chứng", Spoke: seen.Add(time.Hour), Places: map[string]news.Placed{
		"cau": {Filed: news.FiledOut}, "hat": {Filed: news.FiledIn, Pinned: true, Rank: "5", Until: seen.Add(48 * time.Hour)}, news.Everything: {Place: "00.first"}}})
	check := func(when string) {
		t.Helper()
		s := r.story(bridge)
		if s.Title != "Hết lụy đò" || s.Edited().Note != "đã kiểm chứng" || s.ID != id || s.Updated.Before(seen.Add(time.Hour)) {
			t.Errorf("%s: %q, %+v, updated %s", when, s.Title, s.Curation, s.Updated)
		}
		for channel, want := range map[string][]string{"cau": {"Cầu nào cũng cần"}, news.PinChannel("hat"): {"Hết lụy đò"}, news.Everything: {"Cầu nào cũng cần", "Hết lụy đò"}} {
			if got := r.f.channel(channel); !slices.Equal(got, want) {
				t.Errorf("%s: %s shows %q, want %q", when, channel, got, want)
			}
		}
	}
	check("decided")
	told := r.f.told()
	r.curate(r.f.curations[id])
	if r.f.told() != told {
		t.Error("the same again was told of")
	}
	r.restart()
	bridge.title, bridge.content, bridge.after = "Cầu mới qua rạch Ông Tư đã thông xe", crossing+"<p>Đèn sẽ lắp sau.</p>", time.Hour
	r.tell(bridge)
	check("after an edit and a restart")
	bridges.MinScore = 2
	settle(t, r.f, r.o)
	check("after another rule")

	r.curate(news.Curation{Story: id, At: seen, Spoke: seen.Add(2 * time.Hour)})
	s := r.story(bridge)
	if s.Title != bridge.title || !s.Updated.Equal(seen.Add(2*time.Hour)) || len(r.f.channel("hat")) != 0 || len(r.f.channel("cau")) == 0 {
		t.Errorf("taken back: %q, updated %s, %q", s.Title, s.Updated, r.f.channel("hat"))
	}
	if !slices.Equal(slices.Sorted(maps.Keys(sorts(before))), slices.Sorted(maps.Keys(sorts(s)))) {
		t.Errorf("it stood in %v, and stands in %v", sorts(before), sorts(s))
	}
}

// TestPinEndsByItself: the end of a pin is a due event, and gives the topic's age
// limit its say again.
func TestPinEndsByItself(t *testing.T) {
	r := newNewsroom(t)
	r.o.Topics = func() []news.Topic {
		return []news.Topic{{ID: "cau", Include: news.Rule{Any: phrases("cầu")}, MinScore: 1, MaxAge: 24 * time.Hour}}
	}
	now := seen.Add(time.Hour)
	r.o.Now = func() time.Time { return now }
	bridge := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing}
	r.tell(bridge)
	until := seen.Add(72 * time.Hour)
	r.curate(news.Curation{Story: r.story(bridge).ID, Places: map[string]news.Placed{"cau": {Pinned: true, Rank: "1", Until: until}}})
	now = until.Add(-time.Minute)
	settle(t, r.f, r.o)
	if s := r.story(bridge); !slices.Equal(r.f.channel(news.PinChannel("cau")), []string{bridge.title}) || !s.Due.Equal(until) {
		t.Errorf("pinned: %q, due %s", r.f.channel(news.PinChannel("cau")), s.Due)
	}
	told := r.f.told()
	now = until
	settle(t, r.f, r.o)
	if got := r.f.channel(news.PinChannel("cau")); len(got) != 0 || len(r.f.channel("cau")) != 0 || r.f.told() == told {
		t.Errorf("after its end: pinned %q, shown %q", got, r.f.channel("cau"))
	}
}

// TestHiddenAndReleased: hidden is gone from everything; released does not wait for
// the end of quarantine.
func TestHiddenAndReleased(t *testing.T) {
	r := newNewsroom(t)
	bridge := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing}
	r.tell(bridge)
	id := r.story(bridge).ID
	r.curate(news.Curation{Story: id, Hidden: true})
	if got := r.f.channel(news.Everything); len(got) != 0 {
		t.Errorf("hidden, and everything shows %q", got)
	}
	if s := r.story(bridge); !slices.ContainsFunc(s.Filings, func(f news.Filing) bool { return strings.Contains(strings.Join(f.Reasons, " "), "hid it") }) {
		t.Errorf("it does not say why: %+v", s.Filings)
	}
	r.curate(news.Curation{Story: id})
	if got := r.f.channel(news.Everything); len(got) != 1 {
		t.Errorf("shown again: %q", got)
	}
	a := news.Article{Quarantine: "a flood", FirstSeen: seen}
	a.Published = news.Moment{At: seen, Precision: news.Minute}
	if from, _ := (Terms{}).from(a, false); !from.Equal(seen.Add(floodHold)) {
		t.Errorf("in quarantine until %s", from)
	}
	if from, why := (Terms{}).from(a, true); !from.IsZero() || len(why) > 0 {
		t.Errorf("released, and held until %s: %q", from, why)
	}
}

// TestVerbatim: where the law wants the papers' own words, what an editor wrote
// before is not shown.
func TestVerbatim(t *testing.T) {
	r := newNewsroom(t)
	bridge := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing}
	r.tell(bridge)
	r.curate(news.Curation{Story: r.story(bridge).ID, Title: "Khác"})
	if s := r.story(bridge); s.Title != "Khác" {
		t.Errorf("the headline is %q", s.Title)
	}
	r.o.Terms.Verbatim = true
	settle(t, r.f, r.o)
	if s := r.story(bridge); s.Title != bridge.title {
		t.Errorf("verbatim, and the headline is %q", s.Title)
	}
}

// TestMergedCurations: a story that becomes part of another brings what was decided
// about it.
func TestMergedCurations(t *testing.T) {
	r := newNewsroom(t)
	bridge := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing}
	song := told{paper: 3, number: 3, title: "Năm năm tiếng hát ở Hòa Bình", content: choir, after: time.Minute}
	r.tell(bridge, song)
	first, second := r.story(bridge).ID, r.story(song).ID
	r.curate(news.Curation{Story: second, Note: "của bài hát", Places: map[string]news.Placed{news.Everything: {Pinned: true, Rank: "1"}}})
	r.order(news.Instruction{Kind: news.OrderMerge, Stories: []string{first, second}})
	r.want("001 003")
	s := r.story(bridge)
	if s.Edited().Note != "của bài hát" || len(r.f.channel(news.PinChannel(news.Everything))) != 1 || !slices.Equal(s.Was, []string{second}) {
		t.Errorf("merged: %+v, was %q", s.Curation, s.Was)
	}
}
