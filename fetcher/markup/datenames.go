package markup

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// weekdayNames by their first three letters, and the Vietnamese ones in full.
var weekdayNames = map[string]time.Weekday{
	"mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday, "thu": time.Thursday,
	"fri": time.Friday, "sat": time.Saturday, "sun": time.Sunday,
	"thứ hai": time.Monday, "thứ ba": time.Tuesday, "thứ tư": time.Wednesday, "thứ bốn": time.Wednesday,
	"thứ năm": time.Thursday, "thứ sáu": time.Friday, "thứ bảy": time.Saturday, "thứ bẩy": time.Saturday,
	"thứ 2": time.Monday, "thứ 3": time.Tuesday, "thứ 4": time.Wednesday, "thứ 5": time.Thursday,
	"thứ 6": time.Friday, "thứ 7": time.Saturday, "t2": time.Monday, "t3": time.Tuesday, "t4": time.Wednesday,
	"t5": time.Thursday, "t6": time.Friday, "t7": time.Saturday,
	"chủ nhật": time.Sunday, "chúa nhật": time.Sunday, "cn": time.Sunday,
}

// vietMonths are months written out: "tháng sáu".
var vietMonths = map[string]int{
	"một": 1, "giêng": 1, "hai": 2, "ba": 3, "tư": 4, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "bẩy": 7,
	"tám": 8, "chín": 9, "mười": 10, "mười một": 11, "mười hai": 12, "chạp": 12,
}

// monthNames by their first letters: English, French, German, Spanish, Italian,
// Hungarian and Greek as old feeds write them.
var monthNames = []struct {
	prefix string
	month  int
}{
	{"jan", 1}, {"jän", 1}, {"gen", 1}, {"ene", 1}, {"ιαν", 1},
	{"feb", 2}, {"fév", 2}, {"fev", 2}, {"φεβ", 2}, {"febru", 2},
	{"mar", 3}, {"mär", 3}, {"már", 3}, {"mrz", 3}, {"μάρ", 3}, {"μαρ", 3},
	{"apr", 4}, {"avr", 4}, {"abr", 4}, {"ápr", 4}, {"απρ", 4},
	{"may", 5}, {"mai", 5}, {"mag", 5}, {"máj", 5}, {"μάι", 5}, {"μαϊ", 5}, {"μαι", 5},
	{"jun", 6}, {"juin", 6}, {"giu", 6}, {"jún", 6}, {"ιούν", 6}, {"ιον", 6}, {"ιουν", 6},
	{"jul", 7}, {"juil", 7}, {"lug", 7}, {"júl", 7}, {"ιούλ", 7}, {"ιολ", 7}, {"ιουλ", 7},
	{"aug", 8}, {"aoû", 8}, {"aou", 8}, {"ago", 8}, {"αύγ", 8}, {"αυγ", 8},
	{"sep", 9}, {"set", 9}, {"sze", 9}, {"σεπ", 9},
	{"oct", 10}, {"okt", 10}, {"ott", 10}, {"οκτ", 10},
	{"nov", 11}, {"noé", 11}, {"νοέ", 11}, {"νοε", 11},
	{"dec", 12}, {"déc", 12}, {"dez", 12}, {"dic", 12}, {"δεκ", 12},
}

func monthName(word string) (int, bool) {
	if len([]rune(word)) < 3 {
		return 0, false
	}
	for _, m := range monthNames {
		if strings.HasPrefix(word, m.prefix) {
			return m.month, true
		}
	}
	return 0, false
}

// zoneNames are offsets in hours. AT, ET … are Disney's; MET and MEST old Unix.
var zoneNames = map[string]float64{
	"z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "etc/gmt": 0,
	"ict": 7, "indochina": 7, "wib": 7, "hovt": 7,
	"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
	"ast": -4, "adt": -3, "akst": -9, "akdt": -8, "hst": -10,
	"at": -4, "et": -5, "ct": -6, "mt": -7, "pt": -8,
	"bst": 1, "ist": 5.5, "cet": 1, "cest": 2, "met": 1, "mest": 2, "eet": 2, "eest": 3, "west": 1, "msk": 3,
	"jst": 9, "kst": 9, "sgt": 8, "hkt": 8, "myt": 8, "pht": 8, "awst": 8, "acst": 9.5, "aest": 10, "aedt": 11,
	"nzst": 12, "nzdt": 13, "a": -1, "m": -12, "n": 1, "y": 12,
}

var offsetForm = regexp.MustCompile(`^(etc/)?(?:gmt|utc|ut)? ?([+-]) ?(\d{1,2}):?(\d{2})?$`)

// zone reads a zone: a name, an offset, or "GMT+7", which is seven hours ahead
// of GMT in feeds (Go takes it for a zone name at offset 0), though not in
// "Etc/GMT+7", where POSIX counts the other way.
func zone(name string) (*time.Location, bool) {
	name = strings.ReplaceAll(name, " ", "")
	if hours, ok := zoneNames[name]; ok {
		if hours == 0 {
			return time.UTC, true
		}
		return time.FixedZone("", int(hours*3600)), true
	}
	m := offsetForm.FindStringSubmatch(name)
	if m == nil {
		return nil, false
	}
	hours, _ := strconv.Atoi(m[3])
	minutes, _ := strconv.Atoi(m[4])
	if hours > 15 || minutes > 59 {
		return nil, false
	}
	seconds := hours*3600 + minutes*60
	if (m[2] == "-") != (m[1] != "") {
		seconds = -seconds
	}
	return time.FixedZone("", seconds), true
}
