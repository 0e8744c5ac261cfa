package page

import (
	"strings"
	"testing"
)

const (
	para1 = "Sáng nay, chính quyền xã cùng bà con đã cắt băng khánh thành cây cầu nối hai bờ Kênh Mới sau tám tháng thi công."
	para2 = "Cầu dài bốn mươi mét, rộng ba mét rưỡi, do người dân hiến đất và góp ngày công, tổng kinh phí hơn một tỷ đồng."
	para3 = "Từ nay học sinh hai ấp không còn phải đi đò, và nông sản của hơn hai trăm hộ tới chợ huyện nhanh hơn nửa giờ."
	sapo  = "Cây cầu do dân góp công đã thay chuyến đò ngang cuối cùng của xã, đúng dịp vào năm học mới."
)

// TestBodies: one rule a case. want are lines of the text in their order, not
// what must be none of it.
func TestBodies(t *testing.T) {
	body := "<p>" + para1 + "</p><p>" + para2 + "</p><p>" + para3 + "</p>"
	head := "<html><head><title>Khánh thành cầu Kênh Mới - Báo Mẫu</title></head><body><h1>Khánh thành cầu Kênh Mới</h1>"
	for name, c := range map[string]struct {
		page      string
		want, not []string
	}{
		"a lede of no known class, outside of the body": {
			head + `<div class=x1><div>16/06/2023 08:00</div><h2 class=x2>` + sapo + `</h2></div><div class="newscontent">` + body + `</div>`,
			[]string{sapo, para1}, nil},
		"a box between headline and body is no lede": {
			head + `<aside><p>` + sapo + `</p></aside><div class="newscontent">` + body + `</div>`,
			[]string{para1}, []string{sapo}},
		"a label whose links were cut goes with them": {
			head + `<div class="newscontent">` + body + `<p><b>Mời xem thêm tại đây:</b></p><p><a href="/a-1.html">Một tin khác của báo</a></p></div>`,
			[]string{para1, para3}, []string{"Mời xem thêm", "Một tin khác"}},
		"a heading with text below its links stays": {
			head + `<div class="newscontent"><p>` + para1 + `</p><h2>Đường về ấp</h2><p><a href="/a-1.html">Một tin khác của báo</a></p><p>` + para2 + `</p><p>` + para3 + `</p></div>`,
			[]string{para1, "Đường về ấp", para2}, []string{"Một tin khác"}},
		"a menu before the text": {
			head + `<div class="newscontent"><ul><li><a href="/x">Thời sự trong tỉnh</a></li><li><a href="/y">Kinh tế địa phương</a></li></ul>` + body + `</div>`,
			[]string{para1}, []string{"Thời sự trong tỉnh"}},
		"whose picture it is": {
			head + `<div class="newscontent"><p>` + para1 + `</p><p><img src="a.jpg"></p><p>Cầu mới nhìn từ bờ nam. © Báo Mẫu</p><p>` + para2 + `</p><p>` + para3 + `</p><p>© Báo Mẫu 2023</p></div>`,
			[]string{para1, para2, para3}, []string{"©"}},
		"a container that holds a box only": {
			head + `<div class="article-content"><p>` + strings.Repeat("Đăng ký nhận bản tin. ", 12) + `</p></div><article>` + strings.Repeat(body, 3) + `</article>`,
			[]string{para1, para2, para3}, nil},
		"a text that only scripts would show": {
			`<html><head><title>Khánh thành cầu Kênh Mới</title><script type="application/ld+json">{"@type":"NewsArticle","headline":"Khánh thành cầu Kênh Mới","articleBody":"` +
				strings.Repeat(para1+`\n`+para2+`\n`+para3+`\n`, 3) + `"}</script></head><body><h1>Khánh thành cầu Kênh Mới</h1><div id="app"><p>Trang này cần JavaScript để hiển thị bài viết, mời bạn đọc bật nó lên.</p></div>`,
			[]string{para1, para2, para3}, []string{"JavaScript"}},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := Read([]byte(c.page), Options{URL: "https://bao.example/tin/a-1.html", Now: now})
			if err != nil {
				t.Fatal(err)
			}
			at := 0
			for _, line := range c.want {
				i := strings.Index(a.Text[at:], line)
				if i < 0 {
					t.Fatalf("lacks, or not in its order: %q in\n%s", line, a.Text)
				}
				at += i
			}
			for _, line := range c.not {
				if strings.Contains(a.Text, line) {
					t.Errorf("holds %q:\n%s", line, a.Text)
				}
			}
		})
	}
}

func TestTitles(t *testing.T) {
	for name, c := range map[string]struct{ head, body, want string }{
		"the site's name in h1":             {"<title>Cầu mới ở Kênh Mới - Báo Mẫu</title>", "<h1>Báo Mẫu</h1><h2>Cầu mới ở Kênh Mới</h2>", "Cầu mới ở Kênh Mới"},
		"as its host has it":                {`<title>Cầu mới ở Kênh Mới • BaoMau</title>`, "<p>x</p>", "Cầu mới ở Kênh Mới"},
		"before the headline":               {`<title>Báo Mẫu - Cầu mới ở Kênh Mới</title>`, "<p>x</p>", "Cầu mới ở Kênh Mới"},
		"another headline for search":       {`<meta property="og:title" content="Cầu Kênh Mới khánh thành: dân góp hơn một tỷ đồng">`, "<h1>Dân góp hơn một tỷ đồng xây cầu Kênh Mới</h1>", "Dân góp hơn một tỷ đồng xây cầu Kênh Mới"},
		"a section in h1":                   {`<meta property="og:title" content="Cầu mới ở Kênh Mới"><title>Cầu mới ở Kênh Mới - Xã hội</title>`, "<h1>Xây dựng nông thôn mới</h1>", "Cầu mới ở Kênh Mới"},
		"two of them, the other for a list": {`<meta property="og:title" content="Cầu Kênh Mới khánh thành">`, "<h1>Tin đọc nhiều trong ngày</h1><h1>Khánh thành cầu Kênh Mới hôm nay</h1>", "Khánh thành cầu Kênh Mới hôm nay"},
	} {
		t.Run(name, func(t *testing.T) {
			page := "<html><head>" + c.head + "</head><body>" + c.body + "<div class=newscontent><p>" + para1 + "</p><p>" + para2 + "</p></div>"
			a, err := Read([]byte(page), Options{URL: "https://www.baomau.example/tin/a-1.html", Now: now})
			if err != nil || a.Title != c.want {
				t.Errorf("%q, want %q (%v)", a.Title, c.want, err)
			}
		})
	}
}

// TestLateCharset: a page that names its charset late is read in it all the same.
func TestLateCharset(t *testing.T) {
	page := "<html><head>" + strings.Repeat("<!-- qu\xe0 -->", 200) + `<meta http-equiv="Content-Type" content="text/html; charset=windows-1252"></head><body><h1>D\xe9claration</h1>`
	page = strings.ReplaceAll(page, `\xe9`, "\xe9") + "<div class=newscontent><p>" + strings.Repeat("Le pont relie les deux rives depuis hier. ", 6) + "</p></div>"
	if a, err := Read([]byte(page), Options{URL: "https://bao.example/a", Now: now}); err != nil || a.Title != "Déclaration" {
		t.Errorf("%q %v", a.Title, err)
	}
	if got := lateCharset([]byte(strings.Repeat(" ", 2000) + `<META CHARSET='gb2312'>`)); got != "text/html; charset=gb2312" {
		t.Errorf("%q", got)
	}
}
