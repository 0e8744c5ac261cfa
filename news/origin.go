package news

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// agencyNames are those that provincial papers copy from, by their usual name;
// the first of each row is it. Papers of one house are one: a text of
// VietnamPlus is a text of TTXVN, however it is credited.
var agencyNames = [][]string{
	{"TTXVN", "Thông tấn xã Việt Nam", "Vietnam+", "VietnamPlus", "vietnamplus.vn", "vnp", "Báo Tin tức", "Tin tức TTXVN", "baotintuc.vn", "Bnews", "bnews.vn", "VNA"},
	{"Chinhphu.vn", "Cổng Thông tin điện tử Chính phủ", "Báo Chính phủ", "baochinhphu.vn", "VGP", "VGP News", "xaydungchinhsach.chinhphu.vn"},
	{"Nhân Dân", "nhandan.vn", "NDĐT", "NDDT", "NDO"},
	{"QĐND", "Quân đội nhân dân", "qdnd.vn"},
	{"CAND", "Công an nhân dân", "cand.com.vn"},
	{"VOV", "Đài Tiếng nói Việt Nam", "vov.vn"},
	{"VTV", "Đài Truyền hình Việt Nam", "VTV News", "vtv.vn"},
	{"VnExpress", "vnexpress.net"},
	{"Tuổi Trẻ", "TTO", "tuoitre.vn"},
	{"Thanh Niên", "thanhnien.vn", "TNO"},
	{"Dân trí", "dantri.com.vn"},
	{"VietNamNet", "vietnamnet.vn"},
	{"Tiền Phong", "tienphong.vn", "TPO"},
	{"Lao Động", "laodong.vn", "LĐO"},
	{"Người Lao Động", "nld.com.vn", "NLĐ", "NLĐO"},
	{"SGGP", "Sài Gòn Giải Phóng", "sggp.org.vn", "SGGPO"},
	{"SKĐS", "Sức khỏe và Đời sống", "Sức khỏe & Đời sống", "suckhoedoisong.vn"},
	{"Báo Đầu tư", "baodautu.vn"},
	{"Công Thương", "congthuong.vn"},
	{"Dân tộc và Phát triển", "baodantoc.vn"},
	{"Reuters"}, {"AFP"}, {"AP"}, {"Tân Hoa xã", "Xinhua"}, {"Yonhap"}, {"Kyodo"},
}

var agencyByKey = makeAgencies()

func makeAgencies() map[string]string {
	m := map[string]string{}
	for _, row := range agencyNames {
		for _, name := range row {
			m[agencyKey(name)] = row[0]
		}
	}
	return m
}

var paperWord = regexp.MustCompile(`^(?:bao1 điên5 tư3|bao1 mang5|bao1|trang tin|website) | online$`)

// agencyKey leaves out what papers add to a name or not: "Báo Nhân Dân", "Nhân
// Dân điện tử". Vietnam+ is no word of letters, and Vietnam is no agency.
func agencyKey(name string) string {
	name = strings.ReplaceAll(strings.ToLower(Clean(name)), "vietnam+", "vietnamplus")
	name = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(name, "https://"), "http://"), "www.")
	return paperWord.ReplaceAllString(Fold(name), "")
}

// Agency gives an agency its usual name, by a name, abbreviation or host that it
// goes by; false when it is not known as one. "TTXVN/Vietnam+" is TTXVN.
func Agency(name string) (string, bool) {
	if len(name) > 200 {
		return "", false
	}
	if known, ok := agencyByKey[agencyKey(name)]; ok {
		return known, true
	}
	if _, rest, ok := strings.Cut(name, "://"); ok {
		name = rest
	}
	first, rest, ok := strings.Cut(name, "/")
	if !ok {
		return "", false
	}
	if known, ok := agencyByKey[agencyKey(first)]; ok {
		return known, true
	}
	known, ok := agencyByKey[agencyKey(rest)]
	return known, ok
}

// AgencyKey is what two names of one agency have in common, whether or not it is
// known as one: a paper that only its declaration knows is credited by its name,
// too. It is for comparing; "" says nothing.
func AgencyKey(name string) string {
	if known, ok := Agency(name); ok {
		name = known
	}
	if len(name) > 200 {
		return ""
	}
	return agencyKey(name)
}

// How papers credit: at the head of the lede, "(TTXVN) - "; on a line near the
// end, "Theo TTXVN", "Nguồn: vov.vn"; or behind the author there, "Huy Thắng
// (TTXVN/Vietnam+)", "Huy Thắng – www.chinhphu.vn".
var (
	headCredit   = regexp.MustCompile(`^\(?([^()\n]{2,40}?)\)?\s*[-–—]\s`)
	lineCredit   = regexp.MustCompile(`(?i)^\(?\s*(theo|nguồn|nguồn tin|dẫn theo|tổng hợp từ)(\s*:\s*|\s+)(\S.{0,120}?)\s*\)?[\s./]*$`)
	behindCredit = regexp.MustCompile(`(?:\((?:theo\s+)?([^()\n]{2,40})\)|\s[-–—]\s*([^-–—\n]{2,60}?))[\s./]*$`)
	hostAlone    = regexp.MustCompile(`^(?:https?://)?(?:www\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:vn|com|net|org))(?:/\S*)?$`)
)

// behindMost is how many letters behindCredit takes at most, but for the dots behind.
const behindMost = 72

// creditLines is how far from the end a credit may stand.
const creditLines = 4

// Origin is who a text credits as its first publisher, "" when nobody. A name
// that is not known as an agency counts only where the line says that it is one
// ("Nguồn: …", "Theo Báo …"): "Theo ông A" is no credit.
func Origin(text string) string {
	text = strings.TrimSpace(text)
	if m := headCredit.FindStringSubmatch(text); m != nil {
		if name, ok := Agency(m[1]); ok {
			return name
		}
	}
	for range creditLines {
		var line string
		line, text = lastLine(text)
		if line == "" {
			return ""
		}
		if name := credited(line); name != "" {
			return name
		}
	}
	return ""
}

func lastLine(text string) (line, rest string) {
	text = strings.TrimSpace(text)
	i := strings.LastIndexByte(text, '\n')
	return Clean(text[i+1:]), text[:max(0, i)]
}

func credited(line string) string {
	if m := lineCredit.FindStringSubmatch(line); m != nil {
		said := strings.Contains(m[2], ":") || !strings.EqualFold(m[1], "theo")
		if name := nameIn(m[3], said); name != "" {
			return name
		}
	}
	end := tail(strings.TrimRight(line, "./ "), behindMost)
	if !strings.ContainsAny(end, "(-–—") { // as nearly all lines are
		return ""
	}
	if m := behindCredit.FindStringSubmatch(end); m != nil {
		name := m[1]
		if name == "" {
			name = m[2]
		}
		return nameIn(name, false)
	}
	return ""
}

// tail is the last n letters of a text, or all of it.
func tail(s string, n int) string {
	at := len(s)
	for ; n > 0 && at > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:at])
		at -= size
	}
	return s[at:]
}

// nameIn is the agency that a credit names; said means that the credit leaves no
// doubt that it names one.
func nameIn(credit string, said bool) string {
	credit = strings.Trim(credit, " .,;:\"“”")
	if name, ok := Agency(credit); ok {
		return name
	}
	if m := hostAlone.FindStringSubmatch(strings.ToLower(credit)); m != nil {
		if name, ok := Agency(HostFamily(m[1])); ok {
			return name
		}
		return HostFamily(m[1])
	}
	for _, by := range []string{" – ", " - ", " — "} { // "Văn Chính – www.chinhphu.vn"
		if i := strings.LastIndex(credit, by); i >= 0 {
			return nameIn(credit[i+len(by):], said)
		}
	}
	folded := Fold(credit)
	words := strings.Count(folded, " ") + 1
	named := strings.HasPrefix(folded, "bao1 ") || strings.HasPrefix(folded, "đai2 ") || strings.HasPrefix(folded, "tap5 chi1 ")
	if folded != "" && words <= 8 && (named || said) && !strings.ContainsAny(credit, "0123456789") {
		return strings.TrimSuffix(credit, " Online")
	}
	return ""
}
