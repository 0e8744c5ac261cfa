package sameness

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	market = "Chợ phiên Bản Lầu họp lại từ sáng chủ nhật sau ba tháng sửa mái. Hơn 140 hộ mang rau rừng, gà đồi và vải thổ cẩm xuống bán, khách đến từ năm xã quanh vùng. " +
		"Bà Giàng Thị Mẩy, người bán măng ở đầu chợ, nói mái mới cao và sáng hơn, trời mưa không còn phải che bạt. " +
		"Ban quản lý chợ thu phí 5.000 đồng mỗi sạp, dành một nửa cho việc thu gom rác sau phiên. " +
		"Phiên tới chợ sẽ có thêm khu cho trẻ em chơi và một bếp nấu thử các món ăn của bản."
	own = "Ở huyện bên, bà con cũng vừa góp công lát lại con đường đất dẫn vào chợ, mỗi nhà một buổi, xong trong mười ngày."
)

func TestCompare(t *testing.T) {
	half := market[:strings.Index(market, " Ban quản lý")]
	for _, c := range []struct {
		name, titleA, a, titleB, b string
		same                       bool
		why                        string
	}{
		{"equal", "Chợ phiên họp lại", market, "Chợ phiên họp lại", market, true, "100 %"},
		{"another headline", "Chợ phiên họp lại", market, "Mái mới cho Bản Lầu", market, true, "100 %"},
		{"cut", "Chợ phiên", market, "Chợ phiên", half, true, "100 %"},
		{"own paragraph", "Chợ phiên", market, "Chợ phiên", own + "\n" + market, true, "100 %"},
		{"lede under another headline", "Mái mới cho Bản Lầu", market[:strings.Index(market, " Bà ")], "Sáng chủ nhật ở chợ", market, true, "9"},
		{"nothing in common", "Chợ phiên", market, "Con đường", own, false, "0 %"},
		{"empty", "", "", "", "", false, "0 %"},
		{"titles alone", "Thông báo", "", "Thông báo", "", false, "too little text"},
		{"long titles alone", "Khai mạc hội chợ nông sản miền núi lần thứ năm tại Bản Lầu", "", "Khai mạc hội chợ nông sản miền núi lần thứ năm tại Bản Lầu", "", true, "agree to 100 %"},
		{"figures", "Chợ phiên", market, "Chợ phiên", strings.NewReplacer("140", "215", "5.000", "8.000").Replace(market), false, "other figures: "},
		{"headline figures", "Phiên chợ thứ 12", market, "Phiên chợ thứ 13", strings.Replace(market, "140", "160", 1), false, "headlines with other figures: "},
		{"one figure corrected", "Chợ phiên", market + " Chợ có 3 cổng và 12 lối đi.", "Chợ phiên", strings.Replace(market, "140", "150", 1) + " Chợ có 3 cổng và 12 lối đi.", true, "%"},
		{"names", "Lễ đón bằng công nhận", "Chiều qua, xã Tân Hòa đón bằng công nhận. Bà Lê Thị Hoa, chủ tịch xã Tân Hòa, đọc diễn văn. Nhân dịp này, xã Tân Hòa khen thưởng mười hộ gia đình văn hóa tiêu biểu trong năm và trồng cây quanh sân vận động.",
			"Lễ đón bằng công nhận", "Chiều qua, xã Phú Mỹ đón bằng công nhận. Bà Đỗ Kim Chi, chủ tịch xã Phú Mỹ, đọc diễn văn. Nhân dịp này, xã Phú Mỹ khen thưởng mười hộ gia đình văn hóa tiêu biểu trong năm và trồng cây quanh sân vận động.", false, "other"},
		{"a headline alone", "Chợ phiên Bản Lầu họp lại sau mùa mưa", "", "Chợ phiên Bản Lầu họp lại sau mùa mưa", market, true, "agree"},
		{"half a headline alone", "Chợ phiên Bản Lầu họp lại", "", "Chợ phiên Bản Lầu họp lại", market, false, "too little"},
		{"weekday", "Chợ phiên", market + " Ban quản lý tiếp bà con sáng thứ ba.", "Chợ phiên", market + " Ban quản lý tiếp bà con sáng thứ sáu.", false, "other days: thứ ba, thứ sáu"},
		{"one name throughout", "Chợ phiên Bản Lầu", market + " Người Bản Lầu vui.", "Chợ phiên Nậm Cắn", strings.NewReplacer("Bản Lầu", "Nậm Cắn", "140", "120").Replace(market + " Người Bản Lầu vui."), false, "other names: Bản Lầu, Nậm Cắn"},
		{"provinces", "Mưa lớn ở vùng núi", "Theo đài khí tượng, đêm nay vùng núi tỉnh Lào Cai có mưa to đến rất to, nguy cơ sạt lở ở các sườn dốc và ngập ở vùng trũng ven suối, người dân cần đề phòng và theo dõi các bản tin tiếp theo của cơ quan dự báo.",
			"Mưa lớn ở vùng núi", "Theo đài khí tượng, đêm nay vùng núi tỉnh Nghệ An có mưa to đến rất to, nguy cơ sạt lở ở các sườn dốc và ngập ở vùng trũng ven suối, người dân cần đề phòng và theo dõi các bản tin tiếp theo của cơ quan dự báo.", false, "other provinces: Lào Cai, Nghệ An"},
	} {
		p := NewPreparer()
		a, b := p.Prepare(c.titleA, c.a), p.Prepare(c.titleB, c.b)
		for _, v := range []Verdict{Compare(a, b), Compare(b, a)} {
			if v.Same != c.same || v.Score < 0 || v.Score > 1 {
				t.Errorf("%s: %+v, want same: %t", c.name, v, c.same)
			}
		}
		if v := Compare(a, b); !strings.Contains(v.Reason, c.why) {
			t.Errorf("%s: the reason %q does not say %q", c.name, v.Reason, c.why)
		}
	}
}

func TestOneName(t *testing.T) {
	for _, c := range []struct {
		a, b string
		one  bool
	}{
		{"Tân Hòa", "Tân Hò", true},
		{"Tân Hòa", "Tnâ Hòa", true},
		{"Tân Hòa", "Tân Hòaa", true},
		{"Tân Hòa", "Tân Bình", false},
		{"UBND", "Ủy Ban Nhân Dân", true},
		{"Bệnh viện Đa khoa", "BV Đa khoa", true},
		{"Sở Giao thông vận tải", "Sở GTVT", true},
		{"Vũ Đức Cảnh", "Vũ Đứcc Cnh", true},
		{"Bến Tre – Mỏ Cày", "Bến Tre - Mỏ Cày", true},
		{"TTXVN", "Thông Tấn Xã Việt Nam", true},
		{"Putin", "Vladimir Putin", true},
		{"Lan", "Lan Anh", true},
		{"Lê Lan", "Trần Lan Anh", false},
	} {
		if got := oneName(c.a, c.b); got != c.one || oneName(c.b, c.a) != got {
			t.Errorf("%s, %s: one name %t, want %t", c.a, c.b, got, c.one)
		}
	}
}

// TestMeetings lays texts beside each other: what differs stands under its place,
// and what one leaves out meets nothing.
func TestMeetings(t *testing.T) {
	row := func(place, low, high string) string {
		return "Vùng " + place + " trời nhiều mây, nhiệt độ từ " + low + " đến " + high + " độ.\n"
	}
	for _, c := range []struct{ name, a, b, want string }{
		{"a figure and a province", "tối qua tại tỉnh Lào Cai có 12 căn nhà bị tốc mái vì gió", "tối qua tại tỉnh Sơn La có 15 căn nhà bị tốc mái vì gió",
			"Lào Cai, Sơn La|12, 15"},
		{"a time", "cầu mở cho xe lúc 15h45 hôm qua để thử tải", "cầu mở cho xe lúc 17h30 hôm qua để thử tải", "15h45, 17h30"},
		{"the last word of all", "mưa đo được ở trạm đêm qua là 120", "mưa đo được ở trạm đêm qua là 95", "120, 95"},
		{"a name for names of other kinds", "chúng tôi gặp chị Hoàng Lan ở chợ từ rất sớm", "chúng tôi gặp chị U23 Nguyễn Hoa ở chợ từ rất sớm", "Hoàng Lan, U23 Nguyễn Hoa (loose)"},
		{"a row left out", row("núi", "11", "19") + row("ven biển", "21", "28") + row("đồng bằng", "18", "26"), row("núi", "11", "19") + row("đồng bằng", "18", "26"), ""},
		{"rows that are filled in anew", row("núi", "11", "19") + row("ven biển", "21", "28"), row("núi", "12", "19") + row("ven biển", "21", "30"), "11, 12|28, 30"},
		{"paragraphs in another order", "Đêm qua có 12 nhà bị tốc mái ở bản.\nSáng nay 30 người đến dựng lại nhà cho dân.", "Sáng nay 40 người đến dựng lại nhà cho dân.\nĐêm qua có 12 nhà bị tốc mái ở bản.", "30, 40"},
	} {
		p := NewPreparer()
		a, b := p.Prepare("", c.a), p.Prepare("", c.b)
		var got []string
		for _, m := range meetings(a, b) {
			if m.same() {
				continue
			}
			x := m.was.text(a) + ", " + m.is.text(b)
			if m.loose {
				x += " (loose)"
			}
			got = append(got, x)
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("%s: what differs is %q, want %q", c.name, strings.Join(got, "|"), c.want)
		}
	}
}

func TestTerms(t *testing.T) {
	p := NewPreparer()
	kinds := map[kind]string{word: "", number: "figure ", name: "name ", place: "place ", weekday: "weekday "}
	for in, want := range map[string]string{
		"ở xã Tân Hòa, huyện Cần Giuộc, Long An từ 2/3":  "name Tân Hòa|name Cần Giuộc|place Long An|figure 2/3",
		"ngụ TP. Hải Phòng, gần TP Đà Nẵng và TP.HCM":    "place TP. Hải Phòng|place TP Đà Nẵng|place TP.HCM",
		"tại Bà Rịa - Vũng Tàu sáng thứ Hai, chủ nhật 9": "place Bà Rịa - Vũng Tàu|weekday thứ Hai|weekday chủ nhật|figure 9",
		"chuyến MH370 lúc 15h45":                         "figure MH370|figure 15h45",
		"nhà thứ hai của ông Nguyễn Văn Nam":             "weekday thứ hai|name Nguyễn Văn Nam",
	} {
		x := p.Prepare("", "đó là "+in)
		var got []string
		for _, s := range x.specifics() {
			if s.kind != word {
				got = append(got, kinds[s.kind]+s.text(x))
			}
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s:\n got %s\nwant %s", in, strings.Join(got, "|"), want)
		}
	}
	hash := func(s string) uint64 { return p.Prepare("", "ở "+s).specifics()[1].hash }
	if hash("Sài Gòn") != hash("Hồ Chí Minh") || hash("Huế") != hash("Thừa Thiên Huế") || hash("Bạc Liêu") == hash("Cà Mau") {
		t.Error("a province is its names', and a former one is not what it became")
	}
}

func TestTrim(t *testing.T) {
	for in, want := range map[string]string{
		"(TTXVN) - Sáng nay, mưa lớn.":                   "Sáng nay, mưa lớn",
		"Hà Nội, ngày 3/5 (TTXVN) – Sáng nay":            "Sáng nay",
		"SKĐS - Sáng nay trời mưa./.":                    "Sáng nay trời mưa",
		"Sáng nay trời mưa.\nTheo TTXVN":                 "Sáng nay trời mưa",
		"Sáng nay trời mưa./.\n(Nguồn: vov.vn)":          "Sáng nay trời mưa",
		"Cà Mau - Đất Mũi là nơi xa nhất":                "Cà Mau - Đất Mũi là nơi xa nhất",
		"Đoạn một.\nTheo ông Nam, trời sẽ còn mưa.\nHết": "Đoạn một.\nTheo ông Nam, trời sẽ còn mưa.\nHết",
		"": "",
	} {
		if got := trim(in); got != want {
			t.Errorf("trim(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDays(t *testing.T) {
	p := NewPreparer()
	text := "Tin ngày 24/11\nSáng 24-11, giá 1.200 đồng, tăng 3,5 % so với 20.11; tỷ lệ 45/13, năm 11/2025."
	if d := days(text); !slices.Equal(d, []int{24*16 + 11, 24*16 + 11, 20*16 + 11}) {
		t.Errorf("the days are %v", d)
	}
	a := p.Prepare("Tin", "Sáng 15/3, công an xã bắt một người. Vụ việc xảy ra ngày 11/3.")
	for text, other := range map[string]bool{
		"Chiều 18/3, người này bị khởi tố. Vụ việc xảy ra ngày 11/3.": true,
		"Vụ việc xảy ra ngày 11/3, theo công an xã.":                  false, // its opening is gone
		"Không có ngày nào.": false,
	} {
		if b := p.Prepare("Tin", text); otherDays(a, b) != other || otherDays(b, a) != other {
			t.Errorf("%s: other days %t, want %t", text, !other, other)
		}
	}
	if otherDays(a, a) {
		t.Error("a text speaks of its own days")
	}
}

func TestIndex(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	p, x := NewPreparer(), NewIndex(0)
	day := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	texts := make([]string, 200)
	for i := range texts {
		texts[i] = words(r, 2500)
		at := day.AddDate(0, 0, i/20)
		x.Put(fmt.Sprint(i), 1, p.Prepare("Tin", texts[i]).Sample(), at, at)
	}
	find := func(text string, at time.Time) string {
		if c := x.Candidates(p.Prepare("", text).Sample(), at, 8); len(c) > 0 {
			return c[0].ID
		}
		return ""
	}
	for i, text := range texts {
		at := day.AddDate(0, 0, i/20)
		for name, piece := range map[string]string{"head": text[:1000], "whole": text} {
			if got := find(piece, at); got != fmt.Sprint(i) {
				t.Errorf("%s of %d leads to %q", name, i, got)
			}
		}
	}
	if got := find(texts[0], day.AddDate(0, 0, 11)); got != "" {
		t.Errorf("eleven days later it leads to %q", got)
	}
	x.Put("5", 2, p.Prepare("Tin", own).Sample(), day, day)
	if !x.Holds("5", 2) || x.Holds("5", 1) || find(texts[5], day) != "" || find(own, day) != "5" {
		t.Error("a new version does not replace the old one")
	}
	x.Expire(day.AddDate(0, 0, 5))
	if x.Len() != 100 || find(texts[7], day) != "" || find(texts[150], day.AddDate(0, 0, 7)) != "150" {
		t.Errorf("after expiry it holds %d", x.Len())
	}
	for i := range 60 { // the places of the dead are used again
		at := day.AddDate(0, 0, 12)
		x.Put(fmt.Sprint("new-", i), 1, p.Prepare("Tin", texts[i]).Sample(), at, at)
	}
	if find(texts[7], day.AddDate(0, 0, 12)) != "new-7" || len(x.docs) > 202 {
		t.Errorf("%d places are held for %d articles", len(x.docs), x.Len())
	}
}

func TestCrowdedShinglesSayNothing(t *testing.T) {
	p, x := NewPreparer(), NewIndex(0)
	for i := range 200 {
		x.Put(fmt.Sprint(i), 1, p.Prepare("", market).Sample(), time.Unix(0, 0), time.Unix(0, 0))
	}
	if got := x.Candidates(p.Prepare("", market).Sample(), time.Unix(0, 0), 8); len(got) != 0 {
		t.Errorf("what stands in 200 articles leads to %d of them", len(got))
	}
}

func FuzzCompare(f *testing.F) {
	f.Add("Tin", market, "Tin 12", own)
	f.Add("", "(A) - \xff", "\n", "1/2/3 ./.")
	f.Fuzz(func(t *testing.T, ta, a, tb, b string) {
		p := NewPreparer()
		x, y := p.Prepare(ta, a), p.Prepare(tb, b)
		if v := Compare(x, y); v.Score < 0 || v.Score > 1 || v.Reason == "" {
			t.Fatalf("%+v", v)
		}
		if v := Compare(x, x); len(x.hashes) >= tooShort && !v.Same {
			t.Fatalf("a text is not itself: %+v", v)
		}
	})
}

// TestShortOpening: two lines that begin a text lead to it, whatever the hashes of
// this process are, but for one in some 30,000.
func TestShortOpening(t *testing.T) {
	const lede = "Hợp tác xã Gò Sậy vừa bán chuyến khoai môn đầu mùa, thu 940 triệu đồng sau ba tháng bám ruộng."
	whole := lede + " Xã viên chia nhau từng đoạn kênh để giữ nước ngọt, đêm nào cũng có người thức canh cống. " +
		"Chủ nhiệm hợp tác xã cho biết vụ sau sẽ trồng xen đậu phộng để đất nghỉ và có thêm rau cho chợ phiên."
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	missed := 0
	for range 2000 {
		p := NewPreparer()
		x := NewIndex(10 * 24 * time.Hour)
		x.Put("whole", 1, p.Sample("Khoai môn Gò Sậy được giá", whole), at, at)
		if got := x.Candidates(p.Sample("Tin vắn từ Gò Sậy", lede), at, 8); len(got) != 1 {
			missed++
		}
	}
	if missed > 2 {
		t.Errorf("%d of 2,000 do not find it", missed)
	}
}
