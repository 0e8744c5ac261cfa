package markup

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// The forms of ISO 8601 that feeds use (W3C-DTF and its abuses: RFC 3339 without
// a colon in the offset, a blank for the T, Google's "2003-012-31").
var (
	isoForm = regexp.MustCompile(`^(\d{4})(?:-(\d{1,3})(?:-(\d{1,2}))?)?$`)
	// Without hyphens or with two digits of the year: ISO 8601:1988, as RSS 1.0's
	// dc:date has it now and then.
	isoShort = []struct {
		form *regexp.Regexp
		what string // y year, m month, d day, o day of the year
	}{
		{regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`), "ymd"},
		{regexp.MustCompile(`^(\d{2})(\d{2})(\d{2})$`), "ymd"},
		{regexp.MustCompile(`^(\d{2})-(\d{2})-(\d{2})$`), "ymd"},
		{regexp.MustCompile(`^-(\d{2})-?(\d{2})$`), "ym"},
		{regexp.MustCompile(`^(\d{4})-?(\d{3})$`), "yo"},
		{regexp.MustCompile(`^(\d{2})(\d{3})$`), "yo"},
	}
	isoTime    = regexp.MustCompile(`^(\d{1,2})(?::?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?$`)
	isoSplit   = regexp.MustCompile(`^([0-9-]{2,11})(?:t| +)(\d{1,2}(?::?\d{2}){0,2}(?:[.,]\d+)?)\s*(z|utc|gmt|[+-]\d{1,2}(?::?\d{2})?)?$`)
	isoCompact = regexp.MustCompile(`^(\d{8})(\d{6})(z|[+-]\d{4})?$`)
)

func isoDate(s string, loc *time.Location, _ time.Time) (news.Moment, bool) {
	day, clock, offset := s, "", ""
	if m := isoSplit.FindStringSubmatch(s); m != nil {
		day, clock, offset = m[1], m[2], m[3]
	} else if m := isoCompact.FindStringSubmatch(s); m != nil {
		day, clock, offset = m[1], m[2], m[3]
	}
	t, ok := isoDay(day, clock != "")
	if !ok {
		return news.Moment{}, false
	}
	if clock == "" {
		return news.Moment{At: time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, loc), Precision: news.Day}, true
	}
	c, ok := isoClock(clock)
	if !ok {
		return news.Moment{}, false
	}
	if offset != "" {
		if loc, ok = zone(offset); !ok {
			return news.Moment{}, false
		}
	}
	return news.Moment{At: c.on(t, loc), Precision: c.precision}, true
}

// isoDay reads the date part. "31-01-21 10:47" is day first in Vietnam, so that
// two-digit years count as ISO only where nothing follows them and the day
// could not stand first.
func isoDay(s string, timed bool) (time.Time, bool) {
	if m := isoForm.FindStringSubmatch(s); m != nil {
		year, _ := strconv.Atoi(m[1])
		month, day := 1, 1
		if m[2] != "" {
			month, _ = strconv.Atoi(m[2])
			if len(m[2]) == 3 && m[3] == "" {
				return ordinalDay(year, month)
			}
		}
		if m[3] != "" {
			day, _ = strconv.Atoi(m[3])
		}
		return calendarDay(year, month, day)
	}
	for _, short := range isoShort {
		m := short.form.FindStringSubmatch(s)
		if m == nil || timed && len(m[1]) == 2 && strings.Contains(s, "-") {
			continue
		}
		year, _ := strconv.Atoi(m[1])
		year = century(year, len(m[1]))
		n, _ := strconv.Atoi(m[2])
		switch short.what {
		case "ym":
			return calendarDay(year, n, 1)
		case "yo":
			return ordinalDay(year, n)
		}
		day, _ := strconv.Atoi(m[3])
		if t, ok := calendarDay(year, n, day); ok {
			return t, true
		}
	}
	return time.Time{}, false
}

func ordinalDay(year, n int) (time.Time, bool) {
	t := time.Date(year, 1, n, 0, 0, 0, 0, time.UTC)
	return t, n >= 1 && t.Year() == year
}

func isoClock(s string) (clock, bool) {
	m := isoTime.FindStringSubmatch(s)
	if m == nil {
		return clock{}, false
	}
	c := clock{precision: news.Minute}
	c.hour, _ = strconv.Atoi(m[1])
	c.minute, _ = strconv.Atoi(m[2])
	if m[3] != "" {
		c.precision = news.Second
		c.second, _ = strconv.Atoi(m[3])
	}
	return c, c.valid()
}
