package news

import "testing"

func TestAgency(t *testing.T) {
	for in, want := range map[string]string{
		"TTXVN": "TTXVN", "ttxvn": "TTXVN", "TTXVN/Vietnam+": "TTXVN", "VIETNAM+": "TTXVN", "Vietnamplus.vn": "TTXVN", "Báo Tin tức": "TTXVN",
		"TTXVN/Báo Tin tức": "TTXVN", "https://www.vietnamplus.vn": "TTXVN", "Thông tấn xã Việt Nam": "TTXVN",
		"Báo Nhân Dân": "Nhân Dân", "Báo điện tử Nhân Dân": "Nhân Dân", "nhandan.vn": "Nhân Dân", "www.chinhphu.vn": "Chinhphu.vn", "VGP News": "Chinhphu.vn",
		"Báo Tuổi Trẻ Online": "Tuổi Trẻ", "Vietnamnet": "VietNamNet",
		"Vietnam": "", "Việt Nam": "", "nhân dân tỉnh": "", "": "", "Báo": "", "A/B": "",
	} {
		if got, ok := Agency(in); got != want || ok != (want != "") {
			t.Errorf("Agency(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
}

func TestOrigin(t *testing.T) {
	for in, want := range map[string]string{
		"(TTXVN) - Ngày 1/9, tại Cà Mau.":                                 "TTXVN",
		"(Chinhphu.vn) – Thủ tướng yêu cầu.":                              "Chinhphu.vn",
		"SKĐS - Bệnh viện vừa tiếp nhận.":                                 "SKĐS",
		"Bài dài.\n\nTheo TTXVN":                                          "TTXVN",
		"Bài dài.\nMINH NGUYỆT (TTXVN/VIETNAM+)":                          "TTXVN",
		"Bài dài hết câu (TTXVN/Vietnam+)./.":                             "TTXVN",
		"Bài dài.\nTheo Văn Chính – www.chinhphu.vn":                      "Chinhphu.vn",
		"Bài dài.\nHuy Thắng – www.chinhphu.vn":                           "Chinhphu.vn",
		"Bài dài.\nXuân Thưởng – Báo Bạc Liêu Online":                     "Báo Bạc Liêu",
		"Bài dài.\nNguồn: baobaclieu.vn":                                  "baobaclieu.vn",
		"Bài dài.\nNguồn: https://www.vietnamplus.vn/bai-post1006275.vnp": "TTXVN",
		"Bài dài.\nNguồn: Cổng thông tin tỉnh":                            "Cổng thông tin tỉnh",
		"Bài dài.\nTheo Vietnamnet\nẢnh: T.T":                             "VietNamNet",
		"Bài dài.\n(Theo Báo Đồng Khởi)":                                  "Báo Đồng Khởi",
		"Bài dài.\nTheo ông Nguyễn Văn Mẫu, giá lúa tăng.":                "",
		"Theo kế hoạch":                                                   "",
		"(BL-CL) - Sáng nay.":                                             "",
		"Hà Nội - Huế mùa này.":                                           "",
		"Bài dài.\nHoàng Uyên":                                            "",
		"Bài dài.\nNghiệp - Hình":                                         "",
		"Theo TTXVN\n1\n2\n3\n4\n5":                                       "",
		"":                                                                "",
		"Giá (đồng/kg): lúa 6.500 (giảm 100)":                             "",
		"Bài dài.\nNguồn: Số liệu của Sở năm 2026":                        "",
	} {
		if got := Origin(in); got != want {
			t.Errorf("Origin(%q) = %q, want %q", in, got, want)
		}
	}
}
