package feed

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	ext "github.com/mmcdole/gofeed/extensions"

	"tinhub/news"
)

func TestPace(t *testing.T) {
	sy := func(period, frequency string) extensions {
		return extensions{"sy": {"updateperiod": {ext.Extension{Value: period}}, "updatefrequency": {ext.Extension{Value: frequency}}}}
	}
	for name, c := range map[string]struct {
		ttl         string
		hours, days []string
		x           extensions
		want        news.Pace
	}{
		"nothing":          {want: news.Pace{}},
		"ttl":              {ttl: " 45 ", want: news.Pace{TTL: 45 * time.Minute}},
		"ttl 0":            {ttl: "0", want: news.Pace{TTL: time.Hour}},
		"ttl of a century": {ttl: "52560000", want: news.Pace{TTL: 7 * 24 * time.Hour}},
		"ttl in words":     {ttl: "often", want: news.Pace{}},
		"always":           {x: sy("always", "60"), want: news.Pace{TTL: time.Hour}},
		"always and ttl 0": {ttl: "0", x: sy("always", ""), want: news.Pace{TTL: time.Hour}},
		"twice a day":      {x: sy("daily", "2"), want: news.Pace{TTL: 12 * time.Hour}},
		"a thousand times": {x: sy("hourly", "1000"), want: news.Pace{TTL: time.Minute}},
		"ttl before sy":    {ttl: "10", x: sy("daily", "1"), want: news.Pace{TTL: 10 * time.Minute}},
		"skips": {hours: []string{"0", "24", "7", "x", "99"}, days: []string{"sunday", "Sunday", "Chủ nhật"},
			want: news.Pace{SkipHours: []int{0, 7}, SkipDays: []string{"Sunday"}}},
	} {
		if diff := cmp.Diff(c.want, pace(c.ttl, c.hours, c.days, c.x)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
