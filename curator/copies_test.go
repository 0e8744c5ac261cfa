package curator

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

// Newly written texts, in paragraphs.
const (
	crossing = "<p>Sáng 2/3, huyện Bến Lức khánh thành cây cầu bắc qua rạch Ông Tư, thay cho chuyến đò ngang đã phục vụ bà con hơn bốn mươi năm.</p>" +
		"<p>Cầu dài 86 m, rộng 6 m, kinh phí 12,4 tỷ đồng, trong đó người dân góp 1,1 tỷ đồng và hiến 2.300 m2 đất làm đường dẫn hai đầu.</p>" +
		"<p>Bà Lê Thị Sáu, nhà ở đầu rạch, kể rằng từ nay cháu bà đi học chỉ mất mười phút thay vì vòng gần một giờ theo đường lộ cũ.</p>" +
		"<p>Chính quyền địa phương cho biết tuyến đường nối cầu với quốc lộ sẽ được trải nhựa trong quý tới, cùng lúc với hệ thống đèn chiếu sáng.</p>"
	choir = "<p>Câu lạc bộ hát dân ca của phường Hòa Bình vừa tròn năm tuổi, với ba mươi hội viên đủ mọi lứa tuổi và một lịch tập đều đặn mỗi tối thứ năm.</p>" +
		"<p>Người lớn tuổi nhất là cụ Trần Văn Tám, chín mươi mốt tuổi, thuộc hơn hai trăm làn điệu và vẫn tự tay chép lời cho các cháu nhỏ.</p>" +
		"<p>Đầu năm nay nhóm dựng lại một tích trò cổ tưởng đã thất truyền, diễn ở sân đình ba đêm liền, đêm nào người xem cũng ngồi kín bậc thềm.</p>" +
		"<p>Nhóm mong có một căn phòng nhỏ để cất đàn và trang phục, vì hiện nay mỗi thứ gửi ở một nhà, mỗi lần tập lại phải gom về.</p>"
)

// bulletin is a price list whose figures change.
func bulletin(rice, corn int) string {
	return fmt.Sprintf("<p>Giá nông sản tại chợ đầu mối sáng nay ghi nhận như sau: lúa thơm %d đồng/kg, ngô hạt %d đồng/kg, khoai lang %d đồng/kg.</p>"+
		"<p>Thương lái cho biết sức mua ổn định, các kho ở ven sông tiếp tục nhận hàng từ 6 giờ đến 17 giờ, giá có thể thay đổi theo chất lượng.</p>", rice, corn, rice+corn)
}

// press are papers of the tests, each with a shard of its own or not.
func press(n int) []news.Source {
	out := make([]news.Source, n)
	for i := range out {
		out[i] = news.Source{ID: fmt.Sprint("bao-", i), Name: fmt.Sprint("Báo ", i), Province: "ca-mau", Homepage: fmt.Sprintf("https://bao%d.example", i), Enabled: true}
	}
	return out
}

// A told is one article of a test: which paper gave it, what it says, and how
// many minutes after noon.
type told struct {
	paper   int
	number  int
	title   string
	content string
	after   time.Duration
	origin  string
	link    string
}

func (x told) entry() news.Entry {
	link := x.link
	if link == "" {
		link = fmt.Sprintf("https://bao%d.example/bai-viet-%d.html", x.paper, 700000+x.number)
	}
	return entry(news.Entry{
		Source: fmt.Sprint("bao-", x.paper), GUID: fmt.Sprint(x.number), Link: link, Title: x.title, Content: x.content,
		Published: at(noon.Add(x.after)), Seen: noon.Add(x.after + time.Minute).UTC(), Origin: x.origin,
	})
}

// A newsroom is a curator with Copies over the fake store.
type newsroom struct {
	t *testing.T
	f *fakeStore
	o Options
}

func newNewsroom(t *testing.T) *newsroom {
	r := &newsroom{t: t, f: newFake(), o: options()}
	all := press(8)
	r.o.Sources = func() []news.Source { return all }
	r.restart()
	return r
}

// restart is another process: what it knows it is taught.
func (r *newsroom) restart() { r.o.Grouper = NewCopies(r.f, 0) }

func (r *newsroom) tell(all ...told) {
	r.t.Helper()
	for _, x := range all {
		r.f.deliver(news.ShardOf(fmt.Sprintf("bao%d.example", x.paper)), x.entry())
	}
	settle(r.t, r.f, r.o)
}

// stories lists the stories by the numbers of their articles.
func (r *newsroom) stories() map[string]string {
	out := map[string]string{}
	for _, s := range r.f.all() {
		var members []string
		for _, m := range s.Members {
			members = append(members, strings.TrimSuffix(m.Link[strings.LastIndex(m.Link, "-")+1:], ".html")[3:])
		}
		slices.Sort(members) // papers of several shards are read in no order
		out[s.ID] = strings.Join(members, " ")
	}
	return out
}

func (r *newsroom) want(groups ...string) {
	r.t.Helper()
	var got []string
	for _, g := range r.stories() {
		got = append(got, g)
	}
	sortStrings := cmp.Transformer("sorted", func(in []string) map[string]int {
		m := map[string]int{}
		for _, s := range in {
			m[s]++
		}
		return m
	})
	if d := cmp.Diff(groups, got, sortStrings); d != "" {
		r.t.Fatalf("stories (-want +got):\n%s", d)
	}
}

func paragraphsOf(html string, n int) string {
	ps := strings.SplitAfter(html, "</p>")
	return strings.Join(ps[:n], "")
}

func TestCopiesAreOneStory(t *testing.T) {
	r := newNewsroom(t)
	r.tell(
		told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing},
		told{paper: 2, number: 2, title: "Bến Lức có cầu thay đò", content: "<p>(TTXVN) - " + crossing[3:] + "<p>Theo TTXVN</p>", after: 5 * time.Minute, origin: "TTXVN"},
		told{paper: 3, number: 3, title: "Hết cảnh lụy đò", content: paragraphsOf(crossing, 2), after: 9 * time.Minute, origin: "Vietnam+"},
		told{paper: 4, number: 4, title: "Năm năm tiếng hát ở Hòa Bình", content: choir},
		told{paper: 4, number: 5, title: "Giá nông sản hôm nay", content: bulletin(7150, 6200)},
		told{paper: 4, number: 6, title: "Giá nông sản hôm nay", content: bulletin(7240, 6310), after: 2 * time.Hour},
	)
	r.want("001 002 003", "004", "005", "006")
	if got := r.f.channel(news.Everything); len(got) != 4 {
		t.Errorf("everything shows %q", got)
	}
	for _, s := range r.f.all() {
		if len(s.Members) == 3 && s.Agencies() != 2 {
			t.Errorf("told by %d independent agencies, want 2: Báo 1 and TTXVN", s.Agencies())
		}
	}
	r.restart()
	r.tell(told{paper: 5, number: 7, title: "Cầu Ông Tư", content: crossing, after: 24 * time.Hour})
	r.want("001 002 003 007", "004", "005", "006")
}

func TestFormulasAndDigests(t *testing.T) {
	r := newNewsroom(t)
	box := "<p>Đêm qua và sáng nay trời nhiều mây, có mưa rào và dông rải rác ở vùng ven biển, gió nhẹ, độ ẩm cao, bà con chú ý khi phơi lúa và ra khơi đánh bắt.</p>"
	r.tell(told{paper: 2, number: 3, title: "Điểm tin trong ngày", content: crossing + choir, after: time.Hour})
	r.tell(
		told{paper: 1, number: 1, title: "Thời tiết trong tỉnh hôm nay và những ngày tới", content: box},
		told{paper: 1, number: 2, title: "Thời tiết trong tỉnh hôm nay và những ngày tới", content: box + "<p>Tin do đài tỉnh cung cấp cho bạn đọc.</p>", after: 48 * time.Hour},
		told{paper: 3, number: 4, title: "Cầu mới qua rạch Ông Tư", content: crossing, after: 2 * time.Hour},
		told{paper: 4, number: 5, title: "Năm năm tiếng hát", content: choir, after: 3 * time.Hour},
	)
	got := slices.Sorted(maps.Values(r.stories()))
	// The digest was there first: one of its parts goes with it, and not both.
	if !slices.Equal(got, []string{"001", "002", "003 004", "005"}) && !slices.Equal(got, []string{"001", "002", "003 005", "004"}) {
		t.Errorf("the stories are %q", got)
	}
}

func TestSameAddressIsOneStory(t *testing.T) {
	r := newNewsroom(t)
	r.tell(
		told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing},
		told{paper: 2, number: 1, title: "Tin báo bạn", content: "<p>Xem bài trên báo bạn.</p>", link: "http://www.bao1.example/bai-viet-700001.html?utm_source=x", after: time.Minute},
		told{paper: 3, number: 3, title: "Trang nhất", content: "<p>Mời bạn đọc xem trang nhất của báo chúng tôi hôm nay.</p>", link: "https://bao3.example/trang-nhat-333"},
	)
	if n := len(r.stories()); n != 2 {
		t.Errorf("%d stories: %v", n, r.stories())
	}
}

func TestStoriesBecomeOne(t *testing.T) {
	r := newNewsroom(t)
	first := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing}
	second := told{paper: 2, number: 2, title: "Tin nhanh buổi sáng", content: "<p>Chúng tôi đang cập nhật thông tin từ hiện trường lễ khánh thành.</p>", after: time.Minute}
	r.tell(first, second)
	r.want("001", "002")
	var younger string
	for id, g := range r.stories() {
		if g == "002" {
			younger = id
		}
	}
	second.title, second.content, second.after = "Khánh thành cầu Ông Tư", crossing, 10*time.Minute
	told := r.f.told()
	r.tell(second)
	r.want("001 002")
	s := r.f.all()[0]
	if s.Members[1].Article != younger || s.ID == younger {
		t.Errorf("the older id must survive: story %s of %+v", s.ID, s.Members)
	}
	if m := s.Members[1]; m.Score < .9 || !strings.Contains(m.Reason, "%") {
		t.Errorf("the younger one does not say why it is here: %+v", m)
	}
	var gone bool
	for _, c := range r.f.changes[told:] {
		gone = gone || c.Story == younger
	}
	if !gone {
		t.Error("nobody heard that the younger story is gone")
	}
	r.restart()
	again := r.f.told()
	settle(t, r.f, r.o)
	if r.f.told() != again {
		t.Error("a restart told it again")
	}
}

func TestAHandKeepsStoriesApart(t *testing.T) {
	r := newNewsroom(t)
	first := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư", content: crossing}
	second := told{paper: 2, number: 2, title: "Năm năm tiếng hát", content: choir, after: time.Minute}
	r.tell(first, second)
	r.want("001", "002")
	all := r.f.all()
	all[0].Apart = []string{all[1].ID}
	if err := r.f.File(t.Context(), news.Desking{Lease: news.Lease{Token: r.f.token}, Stories: []news.Desked{{Story: all[0]}}}); err != nil {
		t.Fatal(err)
	}
	second.content, second.after = crossing, time.Hour
	r.tell(second)
	r.want("001", "002")
}

func TestPlacerReportsFaults(t *testing.T) {
	a := news.Article{ID: "a", Entry: news.Entry{Title: "Hội làng"}}
	away := func(context.Context, ...string) ([]news.Story, error) { return nil, errFault }
	p := placer{grouper: pairs{"Hội"[:3]: "b"}, stories: away}
	if _, err := p.place(t.Context(), a, news.Story{}); err == nil {
		t.Error("a store that is away makes no placement")
	}
}

// What was read of an article last is read anew once the article says something
// else, under the same id and the same number of revisions too.
func TestReadingFollowsTheText(t *testing.T) {
	c := NewCopies(newFake(), 0)
	a := newArticle(said(0, nil), paper.Family(), "00a")
	first := c.read(a)
	if again := c.read(a); &again.sample[0] != &first.sample[0] {
		t.Error("an article that says the same is read twice")
	}
	for name, change := range map[string]func(*news.Article){
		"title":   func(a *news.Article) { a.Title = "Khác" },
		"summary": func(a *news.Article) { a.Summary = bridge },
		"content": func(a *news.Article) { a.Content = harvest + " " + bridge },
		"page":    func(a *news.Article) { a.Full = &news.Full{Text: harvest + "\n" + bridge} },
	} {
		b := a
		change(&b)
		c.read(a)
		title, text := words(b)
		if got := c.read(b); got.title != title || got.text != text || !slices.Equal(got.sample, c.prepare.Sample(title, text)) {
			t.Errorf("another %s: what was read before is compared", name)
		}
	}
}
