package feed

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

var update = flag.Bool("update", false, "write the golden files anew")

var zone = time.FixedZone("ICT", 7*3600)

// sample is a channel with everything that a document can carry.
func sample() Channel {
	at := func(h, m int) time.Time { return time.Date(2026, 11, 3, h, m, 0, 0, time.UTC) }
	return Channel{
		Title: "Nông thôn mới", Description: "Tin về xây dựng nông thôn mới ở các tỉnh", Language: "vi",
		Site: Site{Title: "Tin tỉnh", URL: "https://tin.example/", Owner: "Trung tâm Thử nghiệm",
			Contact: "toasoan@tin.example", Licence: "Giấy phép số 1/GP-TN"},
		Links: Links{Page: "https://tin.example/topics/nong-thon-moi", RSS: "https://tin.example/topics/nong-thon-moi.rss",
			Atom: "https://tin.example/topics/nong-thon-moi.atom", JSON: "https://tin.example/topics/nong-thon-moi.json"},
		Hub: "https://tin.example/hub", Zone: zone,
		Prev: Links{RSS: "https://tin.example/topics/nong-thon-moi/archive/2026-10.rss", Atom: "https://tin.example/topics/nong-thon-moi/archive/2026-10.atom"},
		Items: []Item{
			{
				ID: StoryID("0a112233445566778899aabbccddeeff"), Title: "Xã Bình Minh làm đường hoa dài 3 km",
				Link: "https://bao.example/tin/duong-hoa?id=7&x=1", Page: "https://tin.example/stories/0a112233445566778899aabbccddeeff",
				Summary: "Bà con <b>tự tay</b> trồng hoa &amp; chăm sóc.", Content: "<p>Bà con tự tay trồng hoa.</p><p>Cả xã cùng làm.</p>",
				Authors:   []news.Person{{Name: "Nguyễn Văn Thử", Email: "thu@bao.example"}, {Name: "Trần Thị Mẫu", URL: "https://bao.example/tac-gia/mau"}},
				Published: at(2, 5), Updated: at(4, 30),
				Agency: Agency{Name: "Báo Bình Minh", Home: "https://bao.example/", Feed: "https://bao.example/rss/home.rss"}, Origin: "TTXVN",
				Also:       []Copy{{Agency: "Báo Hoàng Hôn", Title: "Đường hoa ở Bình Minh", Link: "https://hoanghon.example/2"}, {Agency: "Báo Trưa", Link: "https://trua.example/3"}},
				Categories: []news.Category{{Term: "nong-thon-moi", Label: "Nông thôn mới", Scheme: "https://bao.example/muc"}, {Term: "Xã hội"}, {Term: "Xã hội"}},
				Image:      &news.Image{URL: "https://bao.example/anh/hoa.jpg", Caption: "Đường hoa", Width: 800, Height: 600},
				Enclosures: []news.Enclosure{{URL: "https://bao.example/tieng/hoa.mp3", Type: "audio/mpeg", Length: 123456, Title: "Nghe bài"}, {URL: "https://bao.example/phim/hoa.mp4"}},
			},
			{
				ID: StoryID("1b112233445566778899aabbccddeeff"), Title: "Hợp tác xã Tân Lập bán 20 tấn gạo",
				Link: "https://hoanghon.example/gao", Summary: "<p>Gạo sạch của hợp tác xã.</p>",
				Published: at(1, 0), Updated: at(1, 0), Agency: Agency{Name: "Báo Hoàng Hôn", Home: "https://hoanghon.example/"},
				Corrected: "https://tin.example/stories/2c112233445566778899aabbccddeeff",
			},
			{ // only a link may be shown, and the paper has no address
				ID: StoryID("2c112233445566778899aabbccddeeff"), Title: "Đính chính: gạo là 2 tấn", Link: "https://hoanghon.example/dinh-chinh",
				Published: at(0, 30), Updated: at(0, 30), Agency: Agency{Name: "Báo Hoàng Hôn"}, Language: "en",
				Corrects: "https://tin.example/stories/1b112233445566778899aabbccddeeff",
			},
		},
	}
}

func empty() Channel {
	c := sample()
	c.Items, c.Prev, c.Description = nil, Links{}, ""
	return c
}

// documents renders a channel in every format, by the suffix of its file.
func documents(c Channel) map[string][]byte {
	return map[string][]byte{"rss": RSS(c), "atom": Atom(c), "json": JSON(c)}
}

func TestGolden(t *testing.T) {
	for name, c := range map[string]Channel{"three-stories": sample(), "no-stories": empty()} {
		docs := documents(c)
		docs["opml"] = OPML(c.Site, c.in(c.Updated()), []Outline{{Title: c.Title, Description: c.Description, Language: "vi", Links: c.Links}})
		for ext, got := range docs {
			t.Run(name+"."+ext, func(t *testing.T) {
				file := filepath.Join("testdata", name+"."+ext)
				if *update {
					if err := os.WriteFile(file, got, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), string(got)); diff != "" {
					t.Errorf("differs from %s; go test ./publisher/feed -update writes it anew (-want +got):\n%s", file, diff)
				}
			})
		}
	}
}

func TestSameStateSameBytes(t *testing.T) {
	first, again := documents(sample()), documents(sample())
	for ext := range first {
		if !bytes.Equal(first[ext], again[ext]) {
			t.Errorf("%s: two renderings of one channel differ", ext)
		}
	}
}
