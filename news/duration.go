package news

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var days = regexp.MustCompile(`^([+-]?)(\d+(?:\.\d+)?)d(.*)$`)

// Day24 is what "d" means in a duration: 24 hours, whatever the clocks do.
const Day24 = 24 * time.Hour

// ParseDuration reads Go's durations plus days: 90d, 1d12h, 20s.
func ParseDuration(s string) (time.Duration, error) {
	s = strings.TrimSpace(s)
	m := days.FindStringSubmatch(s)
	if m == nil {
		d, err := time.ParseDuration(s)
		if err != nil {
			return 0, fmt.Errorf("%q is no duration: write a number with its unit, as in 30s, 15m, 12h or 90d", s)
		}
		return d, nil
	}
	n, err := strconv.ParseFloat(m[2], 64)
	if err != nil || n*float64(Day24) > math.MaxInt64/2 {
		return 0, errors.New("the duration " + strconv.Quote(s) + " is too long: at most 50000d")
	}
	d := time.Duration(n * float64(Day24))
	if m[3] != "" {
		rest, err := time.ParseDuration(m[3])
		if err != nil || rest < 0 {
			return 0, fmt.Errorf("%q is no duration: write a number with its unit, as in 30s, 15m, 12h or 90d", s)
		}
		d += rest
	}
	if m[1] == "-" {
		d = -d
	}
	return d, nil
}
