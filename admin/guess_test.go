package admin

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

func TestGuess(t *testing.T) {
	catalogue := []Outline{{URL: "https://bao.example.vn/rss/home.rss", Agency: "Báo Mẫu", Province: "ca-mau", Homepage: "https://bao.example.vn", Name: "Báo Mẫu", Section: "Trang chủ"},
		{URL: "https://khac.example.com/rss/kinh-te.rss", Section: "Kinh tế"}}
	topics := []news.Topic{{Title: "Học tập Bác", Include: news.Rule{Sections: []string{"theo-guong-bac", "Xây dựng Đảng"}}}}
	entries := []TriedEntry{{Section: "Y tế"}, {Section: "Y tế"}, {Section: "Khác"}}
	for name, tt := range map[string]struct {
		address string
		tried   Tried
		want    Outline
	}{
		"in the catalogue": {"https://bao.example.vn/rss/home.rss", Tried{Title: "RSS"},
			Outline{ID: "example-vn-home", Name: "Báo Mẫu", Agency: "Báo Mẫu", Province: "ca-mau", Homepage: "https://bao.example.vn", Section: "Trang chủ"}},
		"by its host and the end of its address": {"https://baohatinh.vn/rss/xay-dung-dang.rss", Tried{},
			Outline{ID: "baohatinh-vn-xay-dung-dang", Province: "ha-tinh", Homepage: "https://baohatinh.vn/", Section: "Xây dựng Đảng"}},
		"by another paper's section": {"https://moi.example.org/kinh-te.htm", Tried{Title: "Mới"},
			Outline{ID: "example-org-kinh-te", Name: "Mới", Homepage: "https://moi.example.org/", Section: "Kinh tế"}},
		"by its title": {"https://moi.example.org/f/1", Tried{Title: "Xây dựng nông thôn - Báo Bạc Liêu", Link: "https://www.moi.example.org/tin"},
			Outline{ID: "example-org-1", Name: "Xây dựng nông thôn - Báo Bạc Liêu", Agency: "Báo Bạc Liêu", Province: "ca-mau", Homepage: "https://www.moi.example.org/", Section: "Xây dựng nông thôn"}},
		"the front page has no section": {"https://moi.example.org/rss/home.rss", Tried{Title: "Báo Sông Trăng - Trang chủ"},
			Outline{ID: "example-org-home", Name: "Báo Sông Trăng", Agency: "Báo Sông Trăng", Homepage: "https://moi.example.org/"}},
		"by what its entries say": {"https://moi.example.org/f", Tried{Entries: entries},
			Outline{ID: "example-org-f", Homepage: "https://moi.example.org/", Section: "Y tế"}},
		"by what its page calls the paper": {"https://moi.example.org/tin", Tried{Site: "Báo Sông Trăng điện tử | Tin mới nhất"},
			Outline{ID: "example-org-tin", Name: "Báo Sông Trăng điện tử", Agency: "Báo Sông Trăng điện tử", Homepage: "https://moi.example.org/"}},
		"a page that names no agency": {"https://moi.example.org/", Tried{Site: "Sông Trăng Online"},
			Outline{ID: "example-org", Name: "Sông Trăng Online", Homepage: "https://moi.example.org/"}},
		"a feed's title that says nothing": {"https://moi.example.org/rss", Tried{Title: "Trang chủ", Site: "Báo Sông Trăng"},
			Outline{ID: "example-org-rss", Name: "Báo Sông Trăng", Agency: "Báo Sông Trăng", Homepage: "https://moi.example.org/"}},
		"a feed's title that is a section": {"https://moi.example.org/rss", Tried{Title: "Thời sự", Site: "Báo Sông Trăng"},
			Outline{ID: "example-org-rss", Name: "Thời sự", Agency: "Báo Sông Trăng", Homepage: "https://moi.example.org/"}},
		"nothing": {"", Tried{}, Outline{}},
		"hostile": {"javascript:alert(1)", Tried{Title: "<script> - Báo <b>", Link: "javascript:x"},
			Outline{Name: "<script> - Báo <b>", Agency: "Báo <b>", Section: "<script>"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, guess(tt.address, tt.tried, catalogue, topics)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
