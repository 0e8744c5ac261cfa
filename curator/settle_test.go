package curator

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

// waiting is an article that is shown with bridge, whose return to harvest waits.
func waiting() news.Article {
	a := newArticle(said(0, nil), paper.Family(), "00a")
	a = Revise(a, said(10, text(bridge))).Article
	return Revise(a, said(20, nil)).Article
}

func TestSettle(t *testing.T) {
	order := func(a news.Article, do string, minutes int) news.EditOrder {
		o := news.EditOrder{Article: a.ID, Do: do, At: said(minutes, nil).Seen, By: "lan"}
		switch {
		case a.Held != nil:
			o.Hash = a.Held.Hash
		case a.Settled != nil:
			o.Hash = a.Settled.Held.Hash
		}
		return o
	}
	start := waiting()
	hash := start.Held.Hash

	taken := Settle(start, order(start, news.EditTake, 30))
	if a := taken.Article; taken.Change != changeRevised || a.Summary != harvest || a.Held != nil || a.Revised != 3 || a.Settled.By != "lan" {
		t.Errorf("taken: %+v", taken)
	}
	if start.Summary != bridge || start.Held == nil || start.Settled != nil {
		t.Error("it changed what it was given")
	}
	back := Settle(taken.Article, order(taken.Article, news.EditBack, 200))
	if a := back.Article; !back.Write || a.Summary != bridge || a.Held == nil || a.Held.Hash != hash || a.Settled != nil || !a.Held.Until.Equal(said(260, nil).Seen) {
		t.Errorf("taken back: %+v", back)
	}
	if a, ok := Release(back.Article, back.Article.Held.Until); !ok || a.Summary != harvest {
		t.Error("it does not wait as it did before")
	}

	refused := Settle(start, order(start, news.EditRefuse, 30))
	a := refused.Article
	if refused.Change != changeHeld || a.Summary != bridge || a.Held != nil {
		t.Errorf("refused: %+v", refused)
	}
	for i := range 3 { // the source says the same again, also by another feed of the paper
		e := said(40+100*i, nil)
		if i == 1 {
			e = said(40+100*i, func(e *news.Entry) { e.Source = "bao-mau-nong-nghiep" })
		}
		if a = Revise(a, e).Article; a.Summary != bridge || a.Held != nil {
			t.Fatalf("the refused text is back after %d polls", i+1)
		}
	}
	if again := Revise(a, said(400, text(harvest+" Thêm một câu."))); again.Article.Summary == bridge && again.Article.Held == nil {
		t.Error("another edit is refused, too")
	}
	if back := Settle(refused.Article, order(refused.Article, news.EditBack, 40)); back.Article.Held == nil || back.Article.Settled != nil || back.Article.Summary != bridge {
		t.Errorf("a refusal taken back: %+v", back)
	}

	other := order(start, news.EditTake, 30)
	other.Hash = "other"
	edited := Revise(taken.Article, said(1600, text(bridge+" Cập nhật."))).Article
	for name, r := range map[string]Revising{
		"another edit":              Settle(start, other),
		"nothing to be done":        Settle(start, order(start, "burn", 30)),
		"nothing held":              Settle(taken.Article, order(taken.Article, news.EditTake, 30)),
		"nothing to take back":      Settle(start, order(start, news.EditBack, 30)),
		"edited since it was taken": Settle(edited, order(edited, news.EditBack, 1700)),
	} {
		if r.Write {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestSettledByOrder: the order goes over the wire, and the story's clock ends.
func TestSettledByOrder(t *testing.T) {
	r := newNewsroom(t)
	x := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing}
	r.tell(x)
	first := x.entry()
	shard, _ := news.Shard(r.articleOf(x).ID)
	for i, text := range []string{crossing + "<p>Đèn sẽ lắp sau.</p>", crossing} {
		e := first
		e.Content, e.Seen = text, first.Seen.Add(time.Duration(i+1)*10*time.Minute)
		r.f.deliver(shard, entry(e))
		settle(t, r.f, r.o)
	}
	a := r.articleOf(x)
	if a.Held == nil || r.story(x).Editing.IsZero() {
		t.Fatalf("no edit waits: %+v", a)
	}
	r.f.deliver(shard, news.EditEntry(a, news.EditOrder{Hash: a.Held.Hash, Do: news.EditRefuse, At: noon.Add(time.Hour), By: "lan"}))
	settle(t, r.f, r.o)
	if s, a := r.story(x), r.articleOf(x); !s.Editing.IsZero() || a.Held != nil || a.Settled == nil {
		t.Errorf("it waits still: %s, %+v", s.Editing, a.Held)
	}
	foreign := news.EditEntry(a, news.EditOrder{Do: news.EditTake, At: noon.Add(time.Hour)})
	foreign.Edit.Article = "zz"
	r.f.deliver(shard, foreign) // set aside
	settle(t, r.f, r.o)
	r.want("001")
}

func TestTieByHand(t *testing.T) {
	r := newNewsroom(t)
	now := noon.Add(2 * time.Hour)
	r.o.Now = func() time.Time { return now }
	wrong := told{paper: 1, number: 1, title: "Lúa qua cầu mới ở rạch Ông Tư", content: crossing}
	other := told{paper: 1, number: 3, title: "Năm năm tiếng hát ở Hòa Bình", content: choir}
	notice := told{paper: 1, number: 2, title: "Thông tin cải chính, xin lỗi", content: `<p>Trong bài “Một bài không ai biết tên” đăng ngày 2/3 có một con số chưa chính xác. Báo xin lỗi bạn đọc.</p>`, after: time.Hour}
	r.tell(wrong, other, notice)
	n := r.story(notice)
	if !n.Untied {
		t.Fatalf("it is tied already: %+v", n)
	}
	tie := func(to news.Tie) news.Story {
		r.order(news.Instruction{Kind: news.OrderTie, Stories: []string{n.ID}, Tie: &to})
		return r.story(notice)
	}
	by := "lan"
	first, second := r.story(wrong).ID, r.story(other).ID
	if s := tie(news.Tie{Corrects: first, Tied: by}); news.TieOf(s) != (news.Tie{Corrects: first, Tied: by}) || !slices.Equal(r.story(wrong).Corrected, []string{n.ID}) {
		t.Errorf("not tied: %+v", s)
	}
	if got := r.f.channel(news.FixChannel("nong-nghiep")); !slices.Equal(got, []string{notice.title}) {
		t.Errorf("beyond its limits the topic shows %q", got)
	}
	if s := tie(news.Tie{Corrects: second, Tied: by}); s.Corrects != second || len(r.story(wrong).Corrected) != 0 || !slices.Equal(r.story(other).Corrected, []string{n.ID}) {
		t.Errorf("not tied to another: %+v", s)
	}
	if got := r.f.channel(news.FixChannel("nong-nghiep")); len(got) != 0 {
		t.Errorf("it is still shown by what it does not correct: %q", got)
	}
	// It corrects nothing here, and the machine is bound by that: what it quotes comes
	// later, and the notice itself is edited.
	if s := tie(news.Tie{Tied: by}); s.Corrects != "" || s.Untied || len(r.story(other).Corrected) != 0 {
		t.Errorf("tied still: %+v", s)
	}
	found := told{paper: 1, number: 4, title: "Một bài không ai biết tên", content: bridge, after: 90 * time.Minute}
	r.tell(found)
	notice.after = 100 * time.Minute
	notice.content += "<p>Báo trân trọng cảm ơn.</p>"
	r.tell(notice)
	if s := r.story(notice); s.Corrects != "" || s.Untied {
		t.Errorf("the machine ties again: %+v", s)
	}
	// Left to the machine again, it ties at the next look.
	tie(news.Tie{Untied: true})
	notice.after, notice.content = 110*time.Minute, notice.content+"<p>Tòa soạn.</p>"
	r.tell(notice)
	if s := r.story(notice); s.Corrects != r.story(found).ID || s.Tied != "" {
		t.Errorf("the machine leaves it: %+v", s)
	}
	// A notice that is withdrawn leaves no link, and asks to be tied when it is back.
	tie(news.Tie{Corrects: first, Tied: by})
	r.gone(notice, news.Withdrawal{At: now, By: "lan", Reason: "nhầm"})
	if len(r.story(wrong).Corrected) != 0 {
		t.Error("something leads to what was withdrawn")
	}
	r.gone(notice, news.Withdrawal{At: now.Add(time.Minute), By: "lan", Back: true})
	if s := r.story(notice); !s.Untied || s.Corrects != "" {
		t.Errorf("back: %+v", s)
	}
	before := r.f.told()
	for _, o := range []news.Instruction{
		{Kind: news.OrderTie, Stories: []string{n.ID}},
		{Kind: news.OrderTie, Stories: []string{n.ID}, Tie: &news.Tie{Corrects: n.ID}},
		{Kind: news.OrderTie, Stories: []string{n.ID}, Tie: &news.Tie{Corrects: "gone"}},
		{Kind: news.OrderTie, Stories: []string{"gone"}, Tie: &news.Tie{Corrects: first}},
	} {
		r.order(o)
	}
	if diff := cmp.Diff(before, r.f.told()); diff != "" {
		t.Errorf("an order that can't be changed something: %s", diff)
	}
}
