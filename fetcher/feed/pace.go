package feed

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// pace is how often a document asks to be read: ttl in minutes and skipHours,
// skipDays (RSS 2.0), sy:updatePeriod and sy:updateFrequency (RSS 1.0). "always"
// and a ttl of 0, which CMSs write without thinking, mean hourly.
func pace(ttl string, hours, days []string, x extensions) news.Pace {
	var p news.Pace
	if n, err := strconv.Atoi(strings.TrimSpace(ttl)); err == nil {
		p.TTL = time.Hour
		if n > 0 {
			p.TTL = min(time.Duration(min(n, 1<<20))*time.Minute, 7*24*time.Hour)
		}
	}
	if p.TTL == 0 || strings.TrimSpace(ttl) == "0" {
		if every := period(x.text("sy", "updateperiod"), x.text("sy", "updatefrequency")); every > 0 {
			p.TTL = every
		}
	}
	for _, h := range hours {
		if n, err := strconv.Atoi(strings.TrimSpace(h)); err == nil && n >= 0 && n <= 24 && !slices.Contains(p.SkipHours, n%24) {
			p.SkipHours = append(p.SkipHours, n%24)
		}
	}
	for _, d := range days {
		for day := time.Sunday; day <= time.Saturday; day++ {
			if strings.EqualFold(strings.TrimSpace(d), day.String()) && !slices.Contains(p.SkipDays, day.String()) {
				p.SkipDays = append(p.SkipDays, day.String())
			}
		}
	}
	return p
}

func period(name, frequency string) time.Duration {
	every, ok := map[string]time.Duration{"hourly": time.Hour, "daily": 24 * time.Hour, "weekly": 7 * 24 * time.Hour,
		"monthly": 30 * 24 * time.Hour, "yearly": 365 * 24 * time.Hour, "always": time.Hour}[strings.ToLower(strings.TrimSpace(name))]
	if !ok {
		return 0
	}
	if n, err := strconv.Atoi(strings.TrimSpace(frequency)); err == nil && n > 1 && !strings.EqualFold(strings.TrimSpace(name), "always") {
		every /= time.Duration(min(n, 10000))
	}
	return min(max(every, time.Minute), 7*24*time.Hour)
}
