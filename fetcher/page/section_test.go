package page

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tinhub/news"
)

const sectionPage = `<!doctype html><html><head><base href="/tin/"></head><body>
<div class="menu"><a href="/">Trang chủ</a></div>
<article class="story"><h3><a href="cau-moi-1.html?utm_source=x">Khánh thành cầu mới</a></h3><time datetime="2026-03-04T08:30:00+07:00">Sáng nay</time><img src="/anh/cau.jpg" alt="Cầu mới"></article>
<article class="story"><a href="mua-vu-2.html"><img src="/anh/lua.jpg" alt="Mùa vụ mới"></a><span class="date">03/03/2026 15:20</span></article>
<article class="story"><h3><a href="javascript:alert(1)">Không đi đâu</a></h3></article>
<article class="story"><h3><a href="khong-tieu-de-3.html"></a></h3></article>
<article class="story"><h3><a href="https://khac.example/4.html">Tin ngày sau</a></h3><span class="date">04/03/2099 15:20</span></article>
</body></html>`

func sectionOptions(rule news.PageRule) Options {
	return Options{Source: news.Source{ID: "s", Section: "Thời sự", Page: &rule}, URL: "http://bao.example/chuyen-muc", Now: time.Date(2026, 3, 4, 5, 0, 0, 0, time.UTC)}
}

func TestSection(t *testing.T) {
	for name, rule := range map[string]news.PageRule{
		"only the item": {Item: "article.story", Date: "time, .date"},
		"all selectors": {Item: ".story", Link: "a", Title: "a, a img", Date: "time, .date"},
	} {
		t.Run(name, func(t *testing.T) {
			entries, rejected, err := Section([]byte(sectionPage), sectionOptions(rule))
			if err != nil {
				t.Fatal(err)
			}
			if len(entries)+len(rejected) != 5 || len(rejected) < 2 || entries[0].Link != "http://bao.example/tin/cau-moi-1.html" {
				t.Fatalf("%+v, rejected %+v", entries, rejected)
			}
			e := entries[0]
			if e.Title != "Khánh thành cầu mới" || !e.Published.At.Equal(time.Date(2026, 3, 4, 1, 30, 0, 0, time.UTC)) ||
				e.Section != "Thời sự" || e.Image == nil || e.Image.URL != "http://bao.example/anh/cau.jpg" || e.Key == "" || e.Hash == "" {
				t.Errorf("%+v", e)
			}
			if last := entries[len(entries)-1]; last.Link != "https://khac.example/4.html" || !last.Published.IsZero() {
				t.Errorf("a date in the future: %+v", last)
			}
		})
	}
	entries, _, err := Section([]byte(sectionPage), sectionOptions(news.PageRule{Item: "article.story", Date: "time, .date"}))
	if err != nil || entries[1].Title != "Mùa vụ mới" || !entries[1].Published.At.Equal(time.Date(2026, 3, 3, 8, 20, 0, 0, time.UTC)) {
		t.Errorf("a picture for a title: %+v, %v", entries[1], err)
	}
}

func TestSectionFaults(t *testing.T) {
	tests := []struct {
		name string
		rule news.PageRule
		want string
	}{
		{"nothing found", news.PageRule{Item: ".none"}, "mend page.item"},
		{"no item", news.PageRule{}, "page.item is empty"},
		{"bad selector", news.PageRule{Item: ".story", Title: "h3["}, "page.title is no CSS selector"},
	}
	for _, tt := range tests {
		_, _, err := Section([]byte(sectionPage), sectionOptions(tt.rule))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if errors.Is(err, ErrNoItems) != (tt.name == "nothing found") {
			t.Errorf("%s: %v is of the wrong kind", tt.name, err)
		}
	}
	if _, _, err := Section(nil, Options{}); err == nil {
		t.Error("a source without a rule is no error")
	}
}
