package news

import "testing"

func TestProvinceOfPaper(t *testing.T) {
	for _, tt := range []struct{ address, name, want string }{
		{"https://baocamau.vn/rss/home.rss", "", "ca-mau"},
		{"https://www.baocamau.vn", "", "ca-mau"},
		{"https://baobaclieu.vn/rss", "", "ca-mau"}, // it went into Cà Mau
		{"https://phuyen.baodaklak.vn/", "", "dak-lak"},
		{"https://camau.gov.vn/rss", "", "ca-mau"},
		{"https://hanoimoi.vn", "", "ha-noi"},
		{"https://hatinhtv.vn", "", "ha-tinh"},
		{"https://baothanhhoa.vn", "", "thanh-hoa"},
		{"https://baoquang-ninh.vn", "", "quang-ninh"},
		{"https://congandanang.vn", "", "da-nang"},
		{"https://dongkhoi.baovinhlong.vn/rss", "", "vinh-long"},
		{"https://bao.example.vn/rss", "Báo và Đài PT-TH Cà Mau", "ca-mau"},
		{"https://127.0.0.1/rss", "Báo Bạc Liêu - Trang chủ", "ca-mau"},
		{"https://bao.example.vn", "Báo HÀ TĨNH điện tử", "ha-tinh"},
		{"https://nhandan.vn", "Báo Nhân Dân", ""},
		{"https://thehuegroup.example", "", ""},
		{"https://bao.example.vn", "bao ca mau khong dau", ""},
		{"://", "", ""},
		{"", "", ""},
	} {
		p, ok := ProvinceOfPaper(tt.address, tt.name)
		if p.Slug != tt.want || ok != (tt.want != "") {
			t.Errorf("%s %q: %q, want %q", tt.address, tt.name, p.Slug, tt.want)
		}
	}
}
