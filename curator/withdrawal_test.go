package curator

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

// articleOf is the stored article that a test's one became.
func (r *newsroom) articleOf(x told) news.Article {
	r.t.Helper()
	for _, a := range r.f.shelved(r.t) {
		if a.Source == x.entry().Source && a.GUID == x.entry().GUID {
			return a
		}
	}
	r.t.Fatalf("%q was never shelved", x.title)
	return news.Article{}
}

// gone puts the news on the wire that an article is no more, or back.
func (r *newsroom) gone(x told, g news.Withdrawal) {
	r.t.Helper()
	a := r.articleOf(x)
	shard, _ := news.Shard(a.ID)
	r.f.deliver(shard, news.GoneEntry(a, g))
	settle(r.t, r.f, r.o)
}

func (r *newsroom) story(x told) news.Story {
	r.t.Helper()
	s, err := r.f.StoriesOf(r.t.Context(), r.articleOf(x).ID)
	if err != nil || s[0].ID == "" {
		r.t.Fatalf("no story of %q: %v", x.title, err)
	}
	return s[0]
}

var taken = news.Withdrawal{At: noon.Add(3 * time.Hour).UTC(), By: news.BySource, Reason: "404, twice"}

func TestAWithdrawnStoryLeavesEverything(t *testing.T) {
	r := newNewsroom(t)
	r.o.Recheck = 15 * time.Minute
	one := told{paper: 1, number: 1, title: "Cầu mới trên đồng lúa", content: crossing}
	r.tell(one)
	if got := r.f.rechecks[r.articleOf(one).ID]; !got.Equal(noon.Add(16 * time.Minute)) {
		t.Errorf("its address is first looked at again at %s", got)
	}
	before := r.f.told()
	r.gone(one, taken)
	for _, c := range []string{news.Everything, "provinces/ca-mau", "nong-nghiep"} {
		if got := r.f.channel(c); len(got) != 0 {
			t.Errorf("%s still shows %q", c, got)
		}
	}
	s := r.story(one)
	if d := cmp.Diff([]string{"nong-nghiep", "provinces/ca-mau", news.Everything}, s.Traces); d != "" || !s.Withdrawn.Equal(taken.At) {
		t.Errorf("withdrawn at %s, called back from (-want +got):\n%s", s.Withdrawn, d)
	}
	if len(r.f.audit) != 1 || !strings.Contains(r.f.audit[0], "404, twice") {
		t.Errorf("the audit log has %q", r.f.audit)
	}
	if ev := r.f.sealed[r.articleOf(one).ID]; ev.Content != crossing {
		t.Errorf("the sealed evidence is %+v", ev)
	}
	if r.f.told() != before+1 {
		t.Errorf("told %d times", r.f.told()-before)
	}
	// Again, edited, still standing in a feed: it stays out, and nobody hears of it.
	r.gone(one, taken)
	one.content, one.after = choir, 4*time.Hour
	r.tell(one)
	if got := r.f.channel(news.Everything); len(got) != 0 || r.f.told() != before+1 || len(r.f.audit) != 1 {
		t.Errorf("it came back: %q, told %d times, audit %d", got, r.f.told()-before, len(r.f.audit))
	}
	r.restart()
	settle(t, r.f, r.o)
	if got := r.f.channel(news.Everything); len(got) != 0 {
		t.Errorf("it came back with a restart: %q", got)
	}
}

func TestACopyTakesOver(t *testing.T) {
	r := newNewsroom(t)
	one := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing}
	two := told{paper: 2, number: 2, title: "Bến Lức có cầu thay đò", content: crossing, after: 5 * time.Minute}
	r.tell(one, two)
	id := r.story(one).ID
	r.gone(one, taken)
	s := r.story(two)
	if s.ID != id || s.Speaker != r.articleOf(two).ID || !s.Withdrawn.IsZero() || len(s.Traces) != 0 || s.Agencies() != 1 {
		t.Errorf("the story is %+v", s)
	}
	if got := r.f.channel(news.Everything); len(got) != 1 || got[0] != two.title {
		t.Errorf("everything shows %q", got)
	}
	if s.Review != "" {
		t.Errorf("nobody credited the first paper, and yet: %s", s.Review)
	}
	r.gone(two, taken)
	if got := r.f.channel(news.Everything); len(got) != 0 {
		t.Errorf("with the last copy gone everything shows %q", got)
	}
}

func TestTheOriginsWithdrawalFlagsCopies(t *testing.T) {
	for credit, wired := range map[string]news.Source{
		"TTXVN":        {Name: "VietnamPlus", Agency: "Thông tấn xã Việt Nam"},
		"Rạch Ông Tư":  {Name: "Báo Rạch Ông Tư", Agency: "Báo và Đài Rạch Ông Tư"}, // known from its declaration alone
		"báo Mẫu Quýt": {Name: "Báo Mẫu Quýt"},
	} {
		t.Run(credit, func(t *testing.T) {
			r := newNewsroom(t)
			wired.ID, wired.Homepage, wired.Enabled = "bao-9", "https://bao9.example", true
			all := append(press(8), wired)
			r.o.Sources = func() []news.Source { return all }
			wire := told{paper: 9, number: 1, title: "Cầu mới", content: crossing, after: 10 * time.Minute}
			local := told{paper: 1, number: 2, title: "Cầu mới qua rạch Ông Tư", content: crossing, origin: credit}
			r.tell(local, wire)
			if s := r.story(local); s.Speaker != r.articleOf(wire).ID {
				t.Errorf("whom the copy credits should speak, not %s", s.Speaker)
			}
			r.gone(wire, taken)
			if s := r.story(local); !strings.Contains(s.Review, credit) || s.Speaker != r.articleOf(local).ID {
				t.Errorf("the copy is not flagged: %+v", s)
			}
		})
	}
}

func TestMovedIsNotWithdrawn(t *testing.T) {
	r := newNewsroom(t)
	r.o.Now = func() time.Time { return noon.Add(10 * time.Hour) }
	one := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing}
	ordered := told{paper: 1, number: 2, title: "Năm năm tiếng hát", content: choir}
	r.tell(one, ordered)
	r.gone(one, taken)
	r.gone(ordered, news.Withdrawal{At: taken.At, By: "bien-tap", Reason: "theo yêu cầu"})
	if len(r.f.audit) != 1 {
		t.Errorf("an order is logged by whoever gives it: %q", r.f.audit)
	}
	for _, x := range []*told{&one, &ordered} {
		x.after, x.link = 5*time.Hour, "https://bao1.example/muc-moi/bai-viet-9000"+x.title[:1]+".html"
		r.tell(*x)
	}
	if got := r.f.channel(news.Everything); len(got) != 1 || got[0] != one.title {
		t.Errorf("everything shows %q, want the one that moved", got)
	}
	r.gone(ordered, news.Withdrawal{At: noon.Add(6 * time.Hour), By: "bien-tap", Back: true})
	if got := r.f.channel(news.Everything); len(got) != 2 {
		t.Errorf("the order was taken back, and everything shows %q", got)
	}
}

func TestStrangeWithdrawals(t *testing.T) {
	r := newNewsroom(t)
	one := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing}
	r.tell(one)
	shard, _ := news.Shard(r.articleOf(one).ID)
	for _, id := range []string{"", "x", strings.Repeat("0", 32), r.articleOf(one).ID[:31] + "x"} {
		r.f.deliver(shard, news.Entry{Source: "bao-1", Seen: noon, Gone: &news.Withdrawal{Article: id, At: taken.At, By: news.BySource}})
	}
	settle(t, r.f, r.o)
	if got := r.f.channel(news.Everything); len(got) != 1 || len(r.f.audit) != 0 {
		t.Errorf("everything shows %q, the audit log %q", got, r.f.audit)
	}
}
