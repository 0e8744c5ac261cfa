package curator

import (
	"fmt"
	"math/rand"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tinhub/news"
)

var ict = time.FixedZone("+07", 7*3600)

// noon is when most sample news is published; polls see it ten minutes later.
var noon = time.Date(2026, 3, 2, 12, 5, 0, 0, ict)

func at(t time.Time) news.Moment { return news.Moment{At: t, Precision: news.Minute} }

// paper is the paper that sample entries come from.
var paper = news.Source{
	ID: "bao-mau", Name: "Báo Mẫu", Province: "ca-mau", Homepage: "https://baomau.example", URL: "https://baomau.example/rss/home.rss", Enabled: true,
}

func paperShard() int { return news.ShardOf(paper.Family()) }

// entry makes an entry of the sample paper with its key and hash.
func entry(e news.Entry) news.Entry {
	if e.Source == "" {
		e.Source = paper.ID
	}
	if e.Seen.IsZero() {
		e.Seen = noon.Add(10 * time.Minute).UTC()
	}
	e.Key, e.Hash = news.EntryKey(e), news.EntryHash(e)
	return e
}

const harvest = "Vụ lúa đông xuân năm nay nông dân trong xã xuống giống sớm hơn lịch thời vụ khoảng mười ngày, nhờ vậy tránh được đợt hạn cuối mùa và năng suất tăng thêm."

const bridge = "Cây cầu dân sinh bắc qua kênh xáng vừa được khánh thành sáng nay, giúp học sinh hai ấp không còn phải qua đò mỗi ngày trong mùa nước nổi."

// titles gives what the articles of a shelf are called, in any order.
func titles(articles []news.Article) map[string]int {
	m := map[string]int{}
	for _, a := range articles {
		m[a.Title]++
	}
	return m
}

func TestIdentity(t *testing.T) {
	base := news.Entry{GUID: "86112", Link: "https://baomau.example/nong-nghiep/lua-som-86112.html", Title: "Lúa sớm được mùa", Summary: harvest, Published: at(noon)}
	change := func(f func(*news.Entry)) news.Entry {
		e := base
		f(&e)
		return e
	}
	for _, tc := range []struct {
		name    string
		entries []news.Entry
		want    int // articles
	}{
		{"polled twice", []news.Entry{base, base}, 1},
		{"http and www", []news.Entry{base, change(func(e *news.Entry) { e.Link = "http://www.baomau.example/nong-nghiep/lua-som-86112.html" })}, 1},
		{"guid with a session", []news.Entry{base, change(func(e *news.Entry) { e.GUID = "86112;jsessionid=4f" })}, 1},
		{"guid lost", []news.Entry{base, change(func(e *news.Entry) { e.GUID = "" })}, 1},
		{"moved to another section and retitled", []news.Entry{base, change(func(e *news.Entry) {
			e.GUID, e.Link, e.Title = "", "https://baomau.example/kinh-te/vu-dong-xuan-thang-loi-86112.html", "Vụ đông xuân thắng lợi"
		})}, 1},
		{"retitled and rewritten under its address", []news.Entry{base, change(func(e *news.Entry) {
			e.GUID, e.Title, e.Summary, e.Published = "", "Nông dân phấn khởi", bridge, at(noon.Add(time.Hour))
		})}, 1},
		{"all names changed at once", []news.Entry{base, change(func(e *news.Entry) { e.GUID, e.Link = "n-1", "https://baomau.example/tin/lua-som-duoc-mua" })}, 1},
		{"all names and the number changed, the date stays", []news.Entry{base, change(func(e *news.Entry) { e.GUID, e.Link = "n-1", "https://baomau.example/tin/lua-som-550011.html" })}, 1},
		{"a formula used again the next day", []news.Entry{
			{Link: "https://baomau.example/lich-cup-dien-500001.html", Title: "Lịch cúp điện ngày mai", Summary: "Công ty Điện lực thông báo.", Published: at(noon)},
			{Link: "https://baomau.example/lich-cup-dien-500002.html", Title: "Lịch cúp điện ngày mai", Summary: "Công ty Điện lực thông báo.", Published: at(noon.AddDate(0, 0, 1))},
		}, 2},
		{"one guid for everything", []news.Entry{
			{GUID: "x", Link: "https://baomau.example/a-500001.html", Title: "Bài thứ nhất", Published: at(noon)},
			{GUID: "x", Link: "https://baomau.example/b-500002.html", Title: "Bài thứ hai", Published: at(noon)},
			{GUID: "x", Link: "https://baomau.example/c-500003.html", Title: "Bài thứ ba", Published: at(noon)},
		}, 3},
		{"one guid for everything and no address", []news.Entry{
			{GUID: "x", Title: "Bài thứ nhất", Summary: harvest, Published: at(noon)},
			{GUID: "x", Title: "Bài thứ hai", Summary: bridge, Published: at(noon.Add(time.Minute))},
		}, 2},
		{"one address for everything", []news.Entry{
			{Link: "https://baomau.example/thoi-su", Title: "Bài thứ nhất", Summary: harvest},
			{Link: "https://baomau.example/thoi-su", Title: "Cầu mới thông xe", Summary: bridge},
		}, 2},
		{"one address as guid and link of everything", []news.Entry{
			{GUID: "https://baomau.example/", Link: "https://baomau.example/", Title: "Lúa sớm được mùa", Summary: harvest, Published: at(noon)},
			{GUID: "https://baomau.example/", Link: "https://baomau.example/", Title: "Cầu mới thông xe", Summary: bridge, Published: at(noon.Add(time.Hour))},
		}, 2},
		{"a guid used again for another article", []news.Entry{base, {
			GUID: "86112", Link: "https://baomau.example/xa-hoi/cau-moi-99001.html", Title: "Cầu mới thông xe", Summary: bridge, Published: at(noon.AddDate(0, 1, 0)),
		}}, 2},
		{"a small number is no identity", []news.Entry{
			{Link: "https://baomau.example/nong-thon-moi-2.html", Title: "Nông thôn mới: chặng đường dài", Summary: harvest, Published: at(noon)},
			{Link: "https://baomau.example/chuyen-doi-so-2.html", Title: "Chuyển đổi số ở xã", Summary: bridge, Published: at(noon)},
		}, 2},
		{"a year is no identity", []news.Entry{
			{Link: "https://baomau.example/ke-hoach-2026.html", Title: "Kế hoạch năm 2026", Summary: harvest, Published: at(noon)},
			{Link: "https://baomau.example/le-hoi-2026.html", Title: "Lễ hội năm 2026", Summary: bridge, Published: at(noon)},
		}, 2},
		{"a number used again by a new CMS", []news.Entry{base, {
			Link: "https://baomau.example/xa-hoi/cau-moi-86112.html", Title: "Cầu mới thông xe", Summary: bridge, Published: at(noon.AddDate(1, 0, 0)),
		}}, 2},
		{"a title alone is no identity", []news.Entry{
			{Link: "https://baomau.example/thong-tin-cai-chinh-500001.html", Title: "Thông tin cải chính, xin lỗi", Summary: harvest, Published: at(noon)},
			{Link: "https://baomau.example/thong-tin-cai-chinh-500002.html", Title: "Thông tin cải chính, xin lỗi", Summary: bridge, Published: at(noon.AddDate(0, 0, 9))},
		}, 2},
		{"nothing but a title", []news.Entry{{Title: "Tin vắn"}, {Title: "Tin vắn"}}, 1},
		{"tone marks placed and composed otherwise", []news.Entry{
			{GUID: "1", Title: "Hoà bình và thuỷ lợi", Summary: harvest, Published: at(noon)},
			{GUID: "2", Title: "Hòa bình và thủy lợi", Summary: harvest, Published: at(noon)},
		}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFake()
			for _, e := range tc.entries {
				f.deliver(paperShard(), entry(e))
				settle(t, f, options())
			}
			if got := f.shelved(t); len(got) != tc.want {
				t.Errorf("one by one they are %d articles, want %d: %v", len(got), tc.want, titles(got))
			}
			f = newFake()
			for _, e := range tc.entries {
				f.deliver(paperShard(), entry(e))
			}
			settle(t, f, options())
			if got := f.shelved(t); len(got) != tc.want {
				t.Errorf("together they are %d articles, want %d: %v", len(got), tc.want, titles(got))
			}
		})
	}
}

// options curate the sample paper into one topic.
func options() Options {
	return Options{
		Sources: func() []news.Source { return []news.Source{paper} },
		Topics: func() []news.Topic {
			return []news.Topic{{ID: "nong-nghiep", Include: news.Rule{Any: []news.Phrase{{Text: "lúa"}}}, MinScore: 1}}
		},
		Now: func() time.Time { return noon.Add(20 * time.Minute) },
	}
}

func TestRecogniseGivesReasons(t *testing.T) {
	e := entry(news.Entry{GUID: "x", Link: "https://baomau.example/b-500002.html", Title: "Bài thứ hai"})
	other := newArticle(entry(news.Entry{GUID: "x", Link: "https://baomau.example/a-500001.html", Title: "Bài thứ nhất"}), paper.Family(), "00a")
	same := newArticle(entry(news.Entry{Link: "https://baomau.example/b-500002.html", Title: "Bài thứ hai"}), paper.Family(), "00b")
	want := Decision{
		Article: "00b", Kind: ByURL, Reason: "the same address, which carries the article's number",
		Refused: []string{"not 00a: the same guid, but another address and another title: the guid is used again"},
	}
	if diff := cmp.Diff(want, Recognise(e, []Candidate{{ByGUID, other}, {ByURL, same}})); diff != "" {
		t.Error(diff)
	}
	if d := Recognise(e, []Candidate{{ByGUID, other}}); d.Article != "" || d.Reason == "" {
		t.Errorf("got %+v, want a new article with a reason", d)
	}
}

// The same news, in any order, repeated and in any stretches, are the same articles.
func TestShufflesAndReplaysGiveTheSameArticles(t *testing.T) {
	var stream []news.Entry
	for i := range 12 {
		e := news.Entry{
			GUID: fmt.Sprint("g", i), Link: fmt.Sprintf("https://baomau.example/muc/bai-%d-%d.html", i, 700100+i),
			Title: fmt.Sprintf("Bài viết số %d về đời sống", i), Summary: fmt.Sprintf("Ấp số %d: %s", i, harvest), Published: at(noon.Add(time.Duration(i) * time.Minute)),
		}
		switch i % 4 {
		case 1:
			e.GUID = "tất cả" // one guid for several
		case 2:
			e.Link = ""
		case 3:
			e.GUID = ""
		}
		stream = append(stream, e)
		if e.Link != "" {
			e.Link = fmt.Sprintf("http://m.baomau.example/khac/ten-khac-%d.html?utm_source=rss", 700100+i)
			stream = append(stream, e)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewSource(int64(rapid.Int32().Draw(t, "seed"))))
		f := newFake()
		o := options()
		o.Batch = rapid.IntRange(1, 9).Draw(t, "batch")
		for range rapid.IntRange(1, 2).Draw(t, "polls") {
			for _, i := range r.Perm(len(stream)) {
				for range 1 + r.Intn(2) {
					f.deliver(paperShard(), entry(stream[i]))
				}
			}
			settle(t, f, o)
		}
		articles := f.shelved(t)
		if len(articles) != 12 {
			t.Fatalf("%d articles, want 12: %v", len(articles), titles(articles))
		}
		for _, a := range articles {
			if a.Revised != 1 {
				t.Fatalf("%s was revised %d times by the same text", a.Title, a.Revised-1)
			}
		}
		if got := f.channel(news.Everything); len(got) != 12 {
			t.Fatalf("%d stories, want 12", len(got))
		}
	})
}

// What was seen outlives what it said: news whose article is gone is no news,
// unless all that remains is a name that could be used again.
func TestForgottenArticlesDoNotComeBack(t *testing.T) {
	old := news.Entry{GUID: "g", Link: "https://baomau.example/lua-86112.html", Title: "Lúa sớm được mùa", Summary: harvest, Published: at(noon)}
	late := noon.AddDate(0, 6, 0).UTC()
	for _, tc := range []struct {
		name string
		next func(*news.Entry)
		want int
	}{
		{"the same", func(*news.Entry) {}, 0},
		{"retitled", func(e *news.Entry) { e.Title = "Lúa trúng mùa" }, 0},
		{"under other names", func(e *news.Entry) { e.GUID, e.Link = "", "https://baomau.example/lua-som" }, 0},
		{"a guid used again", func(e *news.Entry) {
			e.Link, e.Title, e.Summary, e.Published = "https://baomau.example/cau-99001.html", "Cầu mới", bridge, at(late)
		}, 1},
		{"a formula used again", func(e *news.Entry) {
			e.GUID, e.Link, e.Published = "h", "https://baomau.example/lua-99001.html", at(late)
		}, 1},
	} {
		f := newFake()
		f.deliver(paperShard(), entry(old))
		settle(t, f, options())
		clear(f.articles) // keep.articles is over
		clear(f.stories)
		e := old
		e.Seen = late
		tc.next(&e)
		f.deliver(paperShard(), entry(e))
		settle(t, f, options())
		if got := len(f.shelved(t)); got != tc.want {
			t.Errorf("%s: %d articles came back, want %d", tc.name, got, tc.want)
		}
	}
}

// Whatever an entry holds, it is recognised or set aside, and the next one is
// not lost for it.
func TestArbitraryEntries(t *testing.T) {
	text := rapid.StringN(0, 40, 200)
	rapid.Check(t, func(t *rapid.T) {
		f := newFake()
		n := rapid.IntRange(1, 5).Draw(t, "entries")
		for i := range n {
			f.deliver(paperShard(), entry(news.Entry{
				GUID: text.Draw(t, "guid"), Link: text.Draw(t, "link"), Title: text.Draw(t, "title"), Summary: text.Draw(t, "summary"),
				Content: text.Draw(t, "content"), Section: text.Draw(t, "section"), Authors: []news.Person{{Name: text.Draw(t, "author")}},
				Published: at(noon.Add(time.Duration(rapid.Int64Range(-1<<55, 1<<55).Draw(t, "date")))),
			}), entry(news.Entry{GUID: fmt.Sprint("chắc ", i), Title: fmt.Sprint("Tin chắc chắn ", i), Link: fmt.Sprintf("https://baomau.example/chac-%d.html", 700000+i)}))
		}
		settle(t, f, options())
		found := 0
		for _, a := range f.shelved(t) {
			if a.Revised > 1+n {
				t.Fatalf("%q was revised %d times", a.Title, a.Revised)
			}
			if len(a.Link) > 30 && a.Link[:29] == "https://baomau.example/chac-7" {
				found++
			}
		}
		if found != n {
			t.Fatalf("%d of %d good entries came through", found, n)
		}
	})
}
