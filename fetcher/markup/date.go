package markup

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"tinhub/news"
)

// maxDate is how many bytes a date may have; longer text is no date.
const maxDate = 160

// Years that a newspaper's date can have. 1970 is what a broken clock or an
// empty database column gives, 9999 what means "never": neither is a date.
const (
	firstYear = 1971
	lastYear  = 2199
)

// Date reads a date in any form that feeds and pages of newspapers use. loc is
// the zone of dates that name none (nil means Asia/Ho_Chi_Minh); now is what
// "26 phút trước" counts from. It reports false for what is no date, and never
// guesses: a date without an hour has the precision of a day.
//
// Between day-first and month-first, AM/PM means month first (.NET, en-US),
// anything else day first; a weekday beside the date overrules both.
func Date(s string, loc *time.Location, now time.Time) (news.Moment, bool) {
	if loc == nil {
		loc = Vietnam()
	}
	s = strings.TrimSpace(s)
	if s == "" || len(s) > maxDate {
		return news.Moment{}, false
	}
	if m, ok := commonDate(s); ok {
		return m, plausible(m)
	}
	s = foldDate(s)
	for _, read := range []func(string, *time.Location, time.Time) (news.Moment, bool){
		epochDate, relativeDate, isoDate, writtenDate,
	} {
		if m, ok := read(s, loc, now); ok {
			return m, plausible(m)
		}
	}
	return news.Moment{}, false
}

// Vietnam is the zone of dates that name none. It has had no summer time since
// 1975, so the fixed offset stands in where the machine has no zone data.
func Vietnam() *time.Location { return vietnam() }

var vietnam = sync.OnceValue(func() *time.Location {
	if loc, err := time.LoadLocation("Asia/Ho_Chi_Minh"); err == nil {
		return loc
	}
	return time.FixedZone("ICT", 7*60*60)
})

func plausible(m news.Moment) bool {
	return m.At.Year() >= firstYear && m.At.Year() <= lastYear
}

// commonDate is the short way for the two forms that nearly every feed uses. Go
// reads them rightly as long as the offset is a number.
func commonDate(s string) (news.Moment, bool) {
	for _, layout := range []string{time.RFC1123Z, time.RFC3339} {
		if len(s) < 20 || (layout == time.RFC1123Z) != (s[3] == ',') {
			continue
		}
		if t, err := time.Parse(layout, s); err == nil {
			return news.Moment{At: t.Truncate(time.Second), Precision: news.Second}, true
		}
	}
	return news.Moment{}, false
}

// foldDate brings a date to lower case with plain blanks and separators.
func foldDate(s string) string {
	s = news.Clean(s) // NFC, blanks of every width become one
	s = strings.ToLower(s)
	return dateMarks.Replace(s)
}

var dateMarks = strings.NewReplacer(
	"–", "-", "—", "-", "−", "-", "‐", "-", "‑", "-", "|", " ", "•", " ", "·", " ", "’", "'",
	"\u202f", " ", "\u00a0", " ", "\u200e", "", "\u200f", "",
	"년", "-", "월", "-", "일", " ", "年", "-", "月", "-", "日", " ",
	"오전", " am ", "오후", " pm ", "上午", " am ", "下午", " pm ",
)

// epochDate reads seconds or milliseconds since 1970, told apart by magnitude.
func epochDate(s string, loc *time.Location, _ time.Time) (news.Moment, bool) {
	if len(s) < 9 || len(s) > 13 || len(s) == 11 || strings.Trim(s, "0123456789") != "" {
		return news.Moment{}, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return news.Moment{}, false
	}
	if len(s) >= 12 {
		n /= 1000
	}
	return news.Moment{At: time.Unix(n, 0).In(loc), Precision: news.Second}, true
}

var (
	agoForm = regexp.MustCompile(`^(?:khoảng |about )?(\d{1,4}|một|an?|one) (giây|phút|giờ|tiếng|ngày|tuần|tháng|năm|seconds?|minutes?|mins?|hours?|days?|weeks?|months?|years?) (?:trước|ago)$`)
	dayWord = map[string]int{"hôm nay": 0, "today": 0, "hôm qua": -1, "yesterday": -1, "hôm kia": -2}
)

// relativeDate reads "26 phút trước", "Hôm qua, 16:35".
func relativeDate(s string, loc *time.Location, now time.Time) (news.Moment, bool) {
	if now.IsZero() {
		return news.Moment{}, false
	}
	now = now.In(loc)
	if s == "vừa xong" || s == "mới đây" || s == "just now" {
		return news.Moment{At: now, Precision: news.Relative}, true
	}
	if m := agoForm.FindStringSubmatch(s); m != nil {
		return news.Moment{At: ago(now, m[1], m[2]), Precision: news.Relative}, true
	}
	for word, days := range dayWord {
		rest, ok := strings.CutPrefix(s, word)
		if !ok {
			continue
		}
		day := now.AddDate(0, 0, days)
		clock, rest, ok := takeClock(rest)
		if strings.Trim(rest, " ,-lúcat") != "" {
			return news.Moment{}, false
		}
		if !ok {
			return news.Moment{At: day, Precision: news.Relative}, true
		}
		at := time.Date(day.Year(), day.Month(), day.Day(), clock.hour, clock.minute, clock.second, 0, loc)
		return news.Moment{At: at, Precision: clock.precision}, true
	}
	return news.Moment{}, false
}

func ago(now time.Time, count, unit string) time.Time {
	n, err := strconv.Atoi(count)
	if err != nil {
		n = 1
	}
	switch {
	case strings.HasPrefix(unit, "giây"), strings.HasPrefix(unit, "sec"):
		return now.Add(-time.Duration(n) * time.Second)
	case strings.HasPrefix(unit, "phút"), strings.HasPrefix(unit, "min"):
		return now.Add(-time.Duration(n) * time.Minute)
	case unit == "giờ", unit == "tiếng", strings.HasPrefix(unit, "hour"):
		return now.Add(-time.Duration(n) * time.Hour)
	case unit == "ngày", strings.HasPrefix(unit, "day"):
		return now.AddDate(0, 0, -n)
	case unit == "tuần", strings.HasPrefix(unit, "week"):
		return now.AddDate(0, 0, -7*n)
	case unit == "tháng", strings.HasPrefix(unit, "month"):
		return now.AddDate(0, -n, 0)
	default:
		return now.AddDate(-n, 0, 0)
	}
}

// calendarDay makes a day, or reports that there is none such (32/13/2026).
func calendarDay(year, month, day int) (time.Time, bool) {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return t, month >= 1 && month <= 12 && t.Day() == day && t.Month() == time.Month(month)
}

// century gives a year of two digits the century that it must mean (RFC 2822
// section 4.3 draws the line at 50; POSIX at 69, which suits news better).
func century(year, digits int) int {
	switch {
	case digits > 2:
		return year
	case year < 69:
		return 2000 + year
	default:
		return 1900 + year
	}
}
