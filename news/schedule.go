package news

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// A Schedule says when something is due next, after a time. The zero time means
// never again.
type Schedule interface {
	Next(time.Time) time.Time
}

const scheduleForm = `write minute, hour, day, month and weekday, as in "*/10 6-22 * * *", or @hourly, or @every 15m`

// ParseSchedule reads a cron line in the syntax of robfig/cron: five fields,
// @hourly and its kind, @every, each with CRON_TZ= or TZ= before it. Without a
// zone of its own the line is read in loc (nil: UTC). It refuses what can never
// fire, such as 31 February; it never panics.
func ParseSchedule(spec string, loc *time.Location) (_ Schedule, err error) {
	defer func() { // the library panics on what it did not foresee, TZ=UTC alone for one
		if p := recover(); p != nil {
			err = fmt.Errorf("%q is no schedule: %s", clip(spec), scheduleForm)
		}
	}()
	if loc == nil {
		loc = time.UTC
	}
	fields := strings.Fields(spec)
	if len(fields) == 0 {
		return nil, errors.New("the schedule is empty: " + scheduleForm)
	}
	if name, ok := cutZone(fields[0]); ok {
		if loc, err = LoadZone(name); err != nil {
			return nil, err
		}
		if fields = fields[1:]; len(fields) == 0 {
			return nil, fmt.Errorf("%q has a time zone and no times: %s", clip(spec), scheduleForm)
		}
	}
	if fields[0] == "@every" {
		return parseEvery(spec, fields)
	}
	return parseCron(spec, fields, loc)
}

func cutZone(field string) (string, bool) {
	if name, ok := strings.CutPrefix(field, "CRON_TZ="); ok {
		return name, true
	}
	return strings.CutPrefix(field, "TZ=")
}

// LoadZone finds an IANA time zone. "" and "Local" are refused: they would mean
// something else on another machine.
func LoadZone(name string) (*time.Location, error) {
	if name != "" && name != "Local" {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc, nil
		}
	}
	return nil, fmt.Errorf("the time zone %q does not exist: write a name such as Asia/Ho_Chi_Minh or UTC", clip(name))
}

func parseEvery(spec string, fields []string) (Schedule, error) {
	if len(fields) != 2 {
		return nil, fmt.Errorf("%q needs one duration, as in @every 15m", clip(spec))
	}
	d, err := ParseDuration(fields[1])
	if err != nil {
		return nil, err
	}
	if d < time.Second {
		return nil, fmt.Errorf("%q is too often: @every takes 1s or more", clip(spec))
	}
	return cron.Every(d), nil
}

func parseCron(spec string, fields []string, loc *time.Location) (Schedule, error) {
	named := strings.HasPrefix(fields[0], "@")
	switch {
	case !named && len(fields) == 6:
		return nil, fmt.Errorf("%q has six fields, and there are no seconds: %s", clip(spec), scheduleForm)
	case !named && len(fields) != 5:
		return nil, fmt.Errorf("%q has %d fields of five: %s", clip(spec), len(fields), scheduleForm)
	}
	for _, f := range fields {
		// The library reads a field without a number ("," say) as never.
		if slices.Contains(strings.Split(f, ","), "") {
			return nil, fmt.Errorf("%q has a comma with nothing beside it in %q: %s", clip(spec), f, scheduleForm)
		}
	}
	s, err := cron.ParseStandard(strings.Join(fields, " "))
	if err != nil {
		return nil, fmt.Errorf("%q is no schedule (%s): %s", clip(spec), clip(err.Error()), scheduleForm)
	}
	if c, ok := s.(*cron.SpecSchedule); ok {
		c.Location = loc
	}
	if s.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, fmt.Errorf("%q never comes: no year has such a day; mend day (%s) or month (%s)", clip(spec), fields[2], fields[3])
	}
	return s, nil
}

// Interval is the usual time between two firings after from: the median of the
// next twelve. 0: it does not fire twice.
func Interval(s Schedule, from time.Time) time.Duration {
	var gaps []time.Duration
	last := s.Next(from)
	for range 12 {
		next := s.Next(last)
		if last.IsZero() || next.IsZero() {
			break
		}
		gaps = append(gaps, next.Sub(last))
		last = next
	}
	if len(gaps) == 0 {
		return 0
	}
	slices.Sort(gaps)
	return gaps[len(gaps)/2]
}
