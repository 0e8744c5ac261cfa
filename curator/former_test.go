package curator

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tinhub/news"
)

// A paper's stories after everything that they were known by changed: they stand
// there once, as old as they were, and nobody is told of news.
func TestNewIDsOldNews(t *testing.T) {
	titles := []string{"Cầu mới qua rạch Ông Tư", "Năm năm tiếng hát ở Hòa Bình"}
	before := []told{{paper: 1, number: 1, title: titles[0], content: crossing}, {paper: 1, number: 2, title: titles[1], content: choir}}
	for name, change := range map[string]func(*newsroom, *news.Entry){
		"guids":     func(_ *newsroom, e *news.Entry) { e.GUID = "moi-" + e.GUID },
		"addresses": func(_ *newsroom, e *news.Entry) { e.Link = "https://bao1.example/muc/khac-9" + e.GUID + "0000.html" },
		"both, the text the same": func(_ *newsroom, e *news.Entry) {
			e.GUID, e.Link = "moi-"+e.GUID, "https://bao1.example/muc/khac-9"+e.GUID+"0000.html"
		},
		"https": func(_ *newsroom, e *news.Entry) { e.Link = strings.Replace(e.Link, "https:", "http:", 1) },
		"slug": func(_ *newsroom, e *news.Entry) {
			e.Link = strings.Replace(e.Link, "bai-viet", "ten-khac", 1)
			e.GUID = ""
		},
		"host of its own": func(_ *newsroom, e *news.Entry) {
			e.Link = strings.Replace(e.Link, "bao1.example", "www.bao-moi.example", 1)
			e.GUID = ""
		},
		"family": func(r *newsroom, e *news.Entry) {
			all := press(8)
			all[1].Homepage, all[1].Hosts = "https://bao-moi.example", []string{"bao1.example"}
			r.o.Sources = func() []news.Source { return all }
			e.Link = strings.Replace(e.Link, "bao1.example", "bao-moi.example", 1)
			e.GUID = "moi-" + e.GUID
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newNewsroom(t)
			r.tell(before...)
			ids := slices.Sorted(mapKeys(r.stories()))
			updated := map[string]time.Time{}
			for _, s := range r.f.all() {
				updated[s.ID] = s.Updated
			}
			r.restart()
			var after []news.Entry
			for _, x := range before {
				e := x.entry()
				e.Seen = noon.Add(30 * time.Hour).UTC()
				change(r, &e)
				after = append(after, entry(e))
			}
			shard := news.ShardOf(r.o.Sources()[1].Family())
			r.f.deliver(shard, after...)
			settle(t, r.f, r.o)
			if got := slices.Sorted(mapKeys(r.stories())); !slices.Equal(got, ids) {
				t.Errorf("the stories were %q and are %q", ids, got)
			}
			for _, s := range r.f.all() {
				if !s.Updated.Equal(updated[s.ID]) {
					t.Errorf("%s counts as changed at %s", s.Title, s.Updated)
				}
			}
			if got := r.f.channel(news.Everything); len(got) != 2 {
				t.Errorf("everything shows %q", got)
			}
		})
	}
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// What was ordered out does not come back because its paper has another host.
func TestAWithdrawalOutlastsAHost(t *testing.T) {
	r := newNewsroom(t)
	one := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing}
	r.tell(one)
	r.gone(one, news.Withdrawal{At: noon.Add(time.Hour), By: "bien-tap", Reason: "theo yêu cầu"})
	all := press(8)
	all[1].Homepage, all[1].Hosts = "https://bao-moi.example", []string{"bao1.example"}
	r.o.Sources = func() []news.Source { return all }
	e := one.entry()
	e.Link, e.Seen = "https://bao-moi.example/bai-viet-700001.html", noon.Add(2*time.Hour).UTC()
	r.f.deliver(news.ShardOf("bao-moi.example"), entry(e))
	settle(t, r.f, r.o)
	if got := r.f.channel(news.Everything); len(got) != 0 {
		t.Errorf("everything shows %q", got)
	}
}

func TestFloodsWait(t *testing.T) {
	r := newNewsroom(t)
	now := noon.Add(20 * time.Minute)
	r.o.Now, r.o.Grouper = func() time.Time { return now }, nil
	seen := noon.Add(10 * time.Minute).UTC()
	var old, fresh []news.Entry
	for i := range flood + 40 {
		e := news.Entry{Source: "bao-1", GUID: fmt.Sprint("m", i), Link: fmt.Sprintf("https://bao1.example/tin-%d.html", 800000+i), Title: fmt.Sprintf("Tin thứ %d của ngày", i), Published: at(noon.Add(-time.Duration(i) * time.Second)), Seen: seen}
		fresh = append(fresh, entry(e))
		e.Source, e.Link, e.Published = "bao-2", fmt.Sprintf("https://bao2.example/tin-%d.html", 800000+i), at(noon.AddDate(0, 0, -10))
		old = append(old, entry(e))
	}
	r.f.deliver(news.ShardOf("bao1.example"), fresh...)
	r.f.deliver(news.ShardOf("bao2.example"), old...)
	settle(t, r.f, r.o)
	if got := r.f.channel(news.Everything); len(got) != flood+flood+40 {
		t.Errorf("%d stories are shown, want %d of the flood and all %d old ones", len(got), flood, flood+40)
	}
	for _, a := range r.f.shelved(t) {
		if a.GUID == fmt.Sprint("m", flood+5) && a.Source == "bao-1" && !strings.Contains(a.Quarantine, "at once") {
			t.Errorf("%s does not say why it waits: %q", a.Title, a.Quarantine)
		}
	}
	now = seen.Add(floodHold)
	settle(t, r.f, r.o)
	if got := r.f.channel(news.Everything); len(got) != 2*(flood+40) {
		t.Errorf("a day later %d stories are shown", len(got))
	}
}

// The paper has another host, and is polled there, before the curator hears of it:
// what was ordered out stays out, and nothing is told by two articles.
func TestAnotherHostBeforeTheCuratorHears(t *testing.T) {
	r := newNewsroom(t)
	sources := press(8)
	r.o.Sources = func() []news.Source { return sources }
	one := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing}
	two := told{paper: 1, number: 2, title: "Năm năm tiếng hát", content: choir}
	r.tell(one, two)
	r.gone(one, news.Withdrawal{At: noon.Add(time.Hour).UTC(), By: "bien-tap", Reason: "theo công văn"})
	c := New(r.f.deps(), r.o)
	lease, err := r.f.Take(t.Context(), leaseName, "test", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	term := newTerm(c, lease)
	if err := term.drain(t.Context()); err != nil { // it looked at the sources as they were
		t.Fatal(err)
	}
	sources = press(8)
	sources[1].Homepage, sources[1].Hosts = "https://bao-moi.example", []string{"bao1.example"}
	for _, x := range []told{one, two} {
		e := x.entry()
		e.Link = strings.Replace(e.Link, "bao1.example", "bao-moi.example", 1)
		e.GUID, e.Seen = "moi-"+e.GUID, noon.Add(2*time.Hour).UTC()
		r.f.deliver(news.ShardOf("bao-moi.example"), entry(e))
	}
	if err := term.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := r.f.channel(news.Everything); !slices.Equal(got, []string{two.title}) {
		t.Errorf("everything shows %q", got)
	}
	for _, a := range r.f.shelved(t) {
		if a.Family == "bao-moi.example" && a.Formerly == "" {
			t.Errorf("“%s” is taken for a new article", a.Title)
		}
	}
}

func TestWhatWasOrderedOutIsToldAgain(t *testing.T) {
	r := newNewsroom(t)
	one := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing}
	again := told{paper: 2, number: 2, title: "Bến Lức có cầu mới", content: crossing, after: 5 * time.Hour}
	r.tell(one)
	r.gone(one, news.Withdrawal{At: noon.Add(time.Hour).UTC(), By: "bien-tap", Reason: "theo công văn"})
	r.tell(again)
	if s := r.story(again); !strings.Contains(s.Review, "theo công văn") {
		t.Errorf("an editor is not told of it: %q", s.Review)
	}
}
