package curator

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

func TestNoticeOf(t *testing.T) {
	own := `<p>Trong bài “Cầu mới qua rạch Ông Tư” đăng ngày 2/3, do sơ suất có một con số chưa chính xác. Báo xin lỗi bạn đọc.</p>`
	for _, c := range []struct {
		title, text string
		is          bool
		want        Notice
	}{
		{"Thông tin cải chính, xin lỗi", own, true, Notice{Titles: []string{"Cầu mới qua rạch Ông Tư"}, Days: []time.Time{day(2026, 3, 2)}}},
		{"Đính chính", `Bài viết “Năm năm tiếng hát” đăng ngày 30-12, và bài “Tiếng hát” số ra ngày 1.3.2026, có sơ suất; ngày 31/4 và ngày 3/3/2027 không kể.`, true,
			Notice{Titles: []string{"Năm năm tiếng hát", "Tiếng hát"}, Days: []time.Time{day(2025, 12, 30), day(2026, 3, 1)}}},
		{"ĐÍNH CHÍNH", `Bài viết "Năm năm tiếng hát" đăng tải hôm qua: <a href="/van-hoa/nam-nam-700005.html">xem bài</a>`, true,
			Notice{Titles: []string{"Năm năm tiếng hát"}, Links: []string{"/van-hoa/nam-nam-700005.html"}}},
		{"Xin lỗi bạn đọc", "Bài https://bao1.example/bai-viet-700001.html có sai sót, tòa soạn xin lỗi.", true, Notice{Links: []string{"https://bao1.example/bai-viet-700001.html"}}},
		{"Công ty Hoa Sen đính chính thông tin về dự án", own, false, Notice{}},
		{"Đính chính lại cột mốc biên giới thửa đất", "Đoàn đo đạc cắm lại mốc cho bà con.", false, Notice{}},
		{"Cải chính hộ tịch ở xã biên giới", "Cán bộ xã làm thủ tục tại nhà cho bà con.", false, Notice{}},
		{"Lời xin lỗi muộn màng", "Truyện ngắn của một tác giả trẻ, kể về người cha.", false, Notice{}},
	} {
		got, is := NoticeOf(news.Article{FirstSeen: noon, Entry: news.Entry{Title: c.title, Content: c.text}})
		if is != c.is {
			t.Errorf("%s: a notice: %t", c.title, is)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.title, d)
		}
	}
}

func day(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, vietnam)
}

func TestCorrectionsAreTied(t *testing.T) {
	wrong := told{paper: 1, number: 1, title: "Cầu mới qua rạch Ông Tư: lúa xuống phà nhanh hơn", content: crossing}
	for name, text := range map[string]string{
		"title":     `<p>Trong bài “Cầu mới qua rạch Ông Tư: lúa xuống phà nhanh hơn” đăng ngày 2/3 có một con số chưa chính xác, nay sửa lại là 12,6 tỷ đồng. Báo xin lỗi bạn đọc.</p>`,
		"its head":  `<p>Trong bài “Cầu mới qua rạch Ông Tư” đăng ngày 2/3 có một con số chưa chính xác, nay sửa lại là 12,6 tỷ đồng. Báo xin lỗi bạn đọc.</p>`,
		"address":   `<p>Bài viết hôm qua có một con số chưa chính xác, nay sửa lại là 12,6 tỷ đồng, xin lỗi bạn đọc. <a href="https://bao1.example/bai-viet-700001.html">Xem bài</a></p>`,
		"elsewhere": `<p>Trong bài “Một bài không ai biết tên” đăng ngày 2/3 có một con số chưa chính xác. Báo xin lỗi bạn đọc.</p>`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newNewsroom(t)
			notice := told{paper: 1, number: 2, title: "Thông tin cải chính, xin lỗi", content: text, after: time.Hour}
			r.o.Now = func() time.Time { return noon.Add(2 * time.Hour) }
			r.tell(notice, wrong) // in one batch, the notice first
			n, s := r.story(notice), r.story(wrong)
			if name == "elsewhere" {
				if n.Corrects != "" || !n.Untied || len(s.Corrected) != 0 {
					t.Errorf("tied to something: %+v", n)
				}
				return
			}
			if n.Corrects != s.ID || !slices.Equal(s.Corrected, []string{n.ID}) || n.Untied {
				t.Errorf("not tied: %q corrects %q, %q is corrected by %q", n.ID, n.Corrects, s.ID, s.Corrected)
			}
			if !s.Updated.Equal(notice.entry().Seen) {
				t.Errorf("the corrected story is of %s", s.Updated)
			}
		})
	}
}

func TestCorrectionsAreShownForAWeek(t *testing.T) {
	r := newNewsroom(t)
	now := noon.Add(2 * time.Hour)
	r.o.Now = func() time.Time { return now }
	wrong := told{paper: 1, number: 1, title: "Lúa qua cầu mới ở rạch Ông Tư", content: crossing}
	notice := told{paper: 1, number: 2, title: "Thông tin cải chính, xin lỗi", content: `<p>Trong bài “Lúa qua cầu mới ở rạch Ông Tư” đăng ngày 2/3 có một con số chưa chính xác. Báo xin lỗi bạn đọc.</p>`, after: time.Hour}
	r.tell(wrong)
	r.tell(notice)
	title := "Thông tin cải chính, xin lỗi"
	for _, c := range []string{"nong-nghiep", news.Everything, "provinces/ca-mau"} {
		if got := r.f.channel(c); !slices.Contains(got, title) {
			t.Errorf("%s shows %q", c, got)
		}
		if got := r.f.channel(news.FixChannel(c)); !slices.Equal(got, []string{title}) {
			t.Errorf("beyond its limits %s shows %q", c, got)
		}
	}
	for _, c := range r.f.changes {
		for _, ch := range c.Channels {
			if strings.Contains(ch, "!") {
				t.Errorf("told of the channel %q", ch)
			}
		}
	}
	told := r.f.told()
	now = noon.Add(8 * 24 * time.Hour)
	settle(t, r.f, r.o)
	if got := r.f.channel(news.FixChannel("nong-nghiep")); len(got) != 0 || r.f.told() == told {
		t.Errorf("after a week it is still there beyond limits: %q", got)
	}
	if n := r.story(notice); n.Corrects != r.story(wrong).ID {
		t.Error("the tie is for good")
	}
}

// A notice finds what it corrects however far the two are apart: it came first,
// its article is months old, its paper had another host.
func TestCorrectionsAreTiedFromAfar(t *testing.T) {
	text := `<p>Trong bài “Lúa qua cầu mới ở rạch Ông Tư” đăng ngày 2/3/2026 có một con số chưa chính xác. Báo xin lỗi bạn đọc.</p>`
	linked := `<p>Bài viết có một con số chưa chính xác, xin lỗi bạn đọc. <a href="https://bao1.example/bai-viet-700001.html">Xem bài</a></p>`
	wrong := told{paper: 1, number: 1, title: "Lúa qua cầu mới ở rạch Ông Tư", content: crossing}
	for name, c := range map[string]struct {
		notice told
		first  bool // the notice is
		again  bool // another process goes on in between
	}{
		"first, by its title":            {notice: told{paper: 1, number: 2, content: text, after: -time.Hour}, first: true},
		"first, by its address":          {notice: told{paper: 1, number: 2, content: linked, after: -time.Hour}, first: true},
		"first, and a restart":           {notice: told{paper: 1, number: 2, content: text, after: -time.Hour}, first: true, again: true},
		"months later, by title and day": {notice: told{paper: 1, number: 2, content: text, after: 70 * 24 * time.Hour}},
		"months later, by its address":   {notice: told{paper: 1, number: 2, content: linked, after: 70 * 24 * time.Hour}, again: true},
		"under another host":             {notice: told{paper: 3, number: 2, content: linked, after: time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newNewsroom(t)
			all := press(8)
			all[3].Hosts = []string{"bao1.example"} // and it took over paper 1
			r.o.Sources = func() []news.Source { return all }
			c.notice.title = "Thông tin cải chính, xin lỗi"
			r.o.Now = func() time.Time { return noon.Add(c.notice.after + 2*time.Hour) }
			order := []told{wrong, c.notice}
			if c.first {
				slices.Reverse(order)
			}
			r.tell(order[0])
			if n := c.notice; c.first && !r.story(n).Untied {
				t.Error("an editor is not told of a notice of something unknown")
			}
			if c.again {
				r.restart()
			}
			r.tell(order[1])
			n, s := r.story(c.notice), r.story(wrong)
			if n.Corrects != s.ID || n.Untied || !slices.Equal(s.Corrected, []string{n.ID}) {
				t.Fatalf("%q corrects %q, untied %t; %q is corrected by %q", n.ID, n.Corrects, n.Untied, s.ID, s.Corrected)
			}
			if got := r.f.channel(news.FixChannel("nong-nghiep")); !slices.Equal(got, []string{c.notice.title}) {
				t.Errorf("beyond the limits of the corrected article's topic stands %q", got)
			}
		})
	}
}

func TestAWithdrawnNoticeLeavesNoLink(t *testing.T) {
	r := newNewsroom(t)
	r.o.Now = func() time.Time { return noon.Add(5 * time.Hour) }
	wrong := told{paper: 1, number: 1, title: "Lúa qua cầu mới ở rạch Ông Tư", content: crossing}
	notice := told{paper: 1, number: 2, title: "Đính chính", content: `<p>Trong bài “Lúa qua cầu mới ở rạch Ông Tư” có một con số chưa chính xác. Báo xin lỗi bạn đọc.</p>`, after: time.Hour}
	r.tell(wrong, notice)
	r.gone(notice, taken)
	if s, n := r.story(wrong), r.story(notice); len(s.Corrected) > 0 || n.Corrects != "" || n.Untied {
		t.Errorf("%q is corrected by %q, which is gone and corrects %q", s.ID, s.Corrected, n.Corrects)
	}
	back := taken
	back.Back = true
	r.gone(notice, back)
	if s, n := r.story(wrong), r.story(notice); !slices.Equal(s.Corrected, []string{n.ID}) || n.Corrects != s.ID {
		t.Errorf("back: %q is corrected by %q, which corrects %q", s.ID, s.Corrected, n.Corrects)
	}
}
