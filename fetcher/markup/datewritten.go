package markup

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// A clock is a time of day.
type clock struct {
	hour, minute, second int
	precision            news.Precision
	half                 string // "am" or "pm" as en-US writes it: the date is month first
}

func (c clock) valid() bool {
	return c.hour <= 24 && c.minute <= 59 && c.second <= 60 && (c.hour < 24 || c.minute+c.second == 0)
}

func (c clock) on(day time.Time, loc *time.Location) time.Time {
	second := min(c.second, 59) // a leap second
	return time.Date(day.Year(), day.Month(), day.Day(), c.hour, c.minute, second, 0, loc)
}

var (
	clockForm = regexp.MustCompile(`(?:^|[^\d:])(\d{1,2}) ?(?::|h|g|giờ) ?(\d{2})(?: ?(?::|m|'|phút) ?(\d{2})(?:[.,]\d+)?)?(?:'|phút)?(?: ?(am|pm|a\.m\.|p\.m\.|sa|ch|sáng|trưa|chiều|tối|đêm)(?:[^\pL]|$))?`)
	zoneForm  = regexp.MustCompile(`(?:^|[ ,(])((?:etc/)?(?:gmt|utc|ut) ?[+-] ?\d{1,2}(?::?\d{2})?|[+-] ?\d{1,2}:?\d{2}|[+-]\d{1,2}|etc/gmt|[a-z]{1,5})(?:[ )]|$)`)
	numeric   = regexp.MustCompile(`(?:^|[^\d/.-])(\d{1,4}) ?[/.-] ?(\d{1,3}) ?[/.-] ?(\d{1,4})(?:[^\d/.-]|[.-](?:[^\d]|$)|$)`)
	monthDay  = regexp.MustCompile(`(?:^|[^\pL\d])(\pL+)\.?[ ,-]+(\d{1,2})(?:st|nd|rd|th)?[ ,-]+(\d{4})(?:[^\d]|$)`)
	dayMonth  = regexp.MustCompile(`(?:^|[^\pL\d])(\d{1,2})(?:st|nd|rd|th)?[ ,.-]*(\pL+)\.?[ ,-]+(\d{4}|\d{2})(?:[^\d]|$)`)
	yearMonth = regexp.MustCompile(`(?:^|[^\pL\d])(\d{4})[ ,-]+(\pL+)\.?[ ,-]+(\d{1,2})(?:[^\d]|$)`)
	// "ngày 16 tháng 6 năm 2023", "16 tháng sáu, 2023", "16 thg 6 2023"
	vietForm = regexp.MustCompile(`(?:^|[^\pL\d])(\d{1,2}) (?:tháng|thg|th) ?\.?(\d{1,2}|\pL+(?: hai| một)?)(?:,| năm|,? năm)? ?(\d{4})(?:[^\d]|$)`)
	weekdays = regexp.MustCompile(`(?:^|[^\pL])(thứ (?:hai|ba|tư|bốn|năm|sáu|bảy|bẩy|[2-7])|t[2-7]|chủ nhật|chúa nhật|cn|mon|tues?|wed|thurs?|thu|fri|sat|sun|(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?:[^\pL]|$)`)
	asctime  = regexp.MustCompile(`^(?:\pL{3,9},? )?(\pL{3,9}) +(\d{1,2}) (\d{1,2}:\d{2}(?::\d{2})?) ?([a-z]{1,5}|[+-]\d{2}:?\d{2})? ?(\d{4})$`)
)

// writtenDate reads what people and mail headers write: a day, perhaps a time,
// perhaps a zone, perhaps a weekday, in any order.
func writtenDate(s string, loc *time.Location, _ time.Time) (news.Moment, bool) {
	if m := asctime.FindStringSubmatch(s); m != nil {
		s = m[2] + " " + m[1] + " " + m[5] + " " + m[3] + " " + m[4]
	}
	c, rest, timed := takeClock(s)
	if timed && !c.valid() {
		return news.Moment{}, false
	}
	if timed {
		var named bool
		var at *time.Location
		if at, rest, named = takeZone(rest); named {
			loc = at
		}
	}
	if strings.ContainsAny(rest, "+:") {
		return news.Moment{}, false // a time or an offset that makes no sense
	}
	weekday, rest := takeWeekday(rest)
	day, ok := takeDay(rest, c.half != "", weekday)
	if !ok {
		return news.Moment{}, false
	}
	if !timed {
		return news.Moment{At: time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, loc), Precision: news.Day}, true
	}
	return news.Moment{At: c.on(day, loc), Precision: c.precision}, true
}

// takeClock cuts the time of day out of s. The T of "2004-július-13T9:15" is cut too.
func takeClock(s string) (clock, string, bool) {
	at := clockForm.FindStringSubmatchIndex(s)
	if at == nil {
		return clock{}, s, false
	}
	part := func(i int) string {
		if at[2*i] < 0 {
			return ""
		}
		return s[at[2*i]:at[2*i+1]]
	}
	c := clock{precision: news.Minute}
	c.hour, _ = strconv.Atoi(part(1))
	c.minute, _ = strconv.Atoi(part(2))
	if sec := part(3); sec != "" {
		c.precision = news.Second
		c.second, _ = strconv.Atoi(sec)
	}
	before, after := s[:at[2]], s[at[1]:]
	if half := part(4); half != "" {
		c.half12(half)
		after = s[at[9]:]
	} else if end := at[1]; end < len(s) || end > 0 {
		after = s[end:]
	}
	// Korean and Chinese put the half of the day before the time.
	if cut, ok := strings.CutSuffix(strings.TrimRight(before, " "), " am"); ok && c.half == "" {
		before = cut
		c.half12("am")
		c.half = ""
	} else if cut, ok := strings.CutSuffix(strings.TrimRight(before, " "), " pm"); ok && c.half == "" {
		before = cut
		c.half12("pm")
		c.half = ""
	}
	if n := len(before); n > 1 && before[n-1] == 't' && before[n-2] >= '0' && before[n-2] <= '9' {
		before = before[:n-1]
	}
	return c, before + " " + after, true
}

// half12 applies the half of the day. Only the English ones say that the month
// stands first: "4:35 CH" is a Vietnamese clock, and its date is day first.
func (c *clock) half12(half string) {
	switch half {
	case "am", "a.m.":
		c.half = "am"
	case "pm", "p.m.":
		c.half = "pm"
	}
	switch half {
	case "am", "a.m.", "sa", "sáng":
		if c.hour == 12 {
			c.hour = 0
		}
	case "đêm":
		if c.hour >= 6 && c.hour < 12 {
			c.hour += 12
		}
	case "trưa":
		if c.hour < 4 {
			c.hour += 12
		}
	default:
		if c.hour < 12 {
			c.hour += 12
		}
	}
}

func takeZone(s string) (*time.Location, string, bool) {
	for _, at := range zoneForm.FindAllStringSubmatchIndex(s, -1) {
		name := s[at[2]:at[3]]
		if loc, ok := zone(name); ok {
			return loc, s[:at[2]] + " " + s[at[3]:], true
		}
	}
	return nil, s, false
}

// takeWeekday cuts the weekday out of s; -1 when there is none.
func takeWeekday(s string) (time.Weekday, string) {
	at := weekdays.FindStringSubmatchIndex(s)
	if at == nil {
		return -1, s
	}
	name := s[at[2]:at[3]]
	rest := s[:at[2]] + " " + s[at[3]:]
	if day, ok := weekdayNames[name]; ok {
		return day, rest
	}
	return weekdayNames[name[:3]], rest
}

// takeDay finds the day. Where a numeric date could be read both ways, monthFirst
// decides, and a weekday that fits only one of them overrules it.
func takeDay(s string, monthFirst bool, weekday time.Weekday) (time.Time, bool) {
	if m := numeric.FindStringSubmatch(s); m != nil {
		return numericDay(m, monthFirst, weekday)
	}
	if m := vietForm.FindStringSubmatch(s); m != nil {
		month, ok := vietMonths[m[2]]
		if n, err := strconv.Atoi(m[2]); err == nil {
			month, ok = n, true
		}
		return namedDay(m[3], month, m[1], ok)
	}
	for _, form := range []struct {
		re               *regexp.Regexp
		year, month, day int
	}{{monthDay, 3, 1, 2}, {dayMonth, 3, 2, 1}, {yearMonth, 1, 2, 3}} {
		for _, m := range form.re.FindAllStringSubmatch(s, -1) {
			if month, ok := monthName(m[form.month]); ok {
				return namedDay(m[form.year], month, m[form.day], true)
			}
		}
	}
	return time.Time{}, false
}

func namedDay(year string, month int, day string, ok bool) (time.Time, bool) {
	y, _ := strconv.Atoi(year)
	d, _ := strconv.Atoi(day)
	t, real := calendarDay(century(y, len(year)), month, d)
	return t, ok && real
}

func numericDay(m []string, monthFirst bool, weekday time.Weekday) (time.Time, bool) {
	a, _ := strconv.Atoi(m[1])
	b, _ := strconv.Atoi(m[2])
	c, _ := strconv.Atoi(m[3])
	if len(m[1]) == 4 {
		return calendarDay(a, b, c)
	}
	if len(m[3]) != 4 && len(m[3]) != 2 {
		return time.Time{}, false
	}
	year := century(c, len(m[3]))
	dayFirst, okDay := calendarDay(year, b, a)
	monFirst, okMonth := calendarDay(year, a, b)
	switch {
	case okDay && !okMonth:
		return dayFirst, true
	case okMonth && !okDay:
		return monFirst, true
	case !okDay:
		return time.Time{}, false
	}
	if weekday >= 0 {
		if fits := monFirst.Weekday() == weekday; fits != (dayFirst.Weekday() == weekday) {
			monthFirst = fits
		}
	}
	if monthFirst {
		return monFirst, true
	}
	return dayFirst, true
}
