package news

import (
	"strings"
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"90d": 90 * Day24, "1d12h": 36 * time.Hour, "0.5d": 12 * time.Hour, "20s": 20 * time.Second, "0s": 0, "-1d": -Day24, "0": 0,
	} {
		if got, err := ParseDuration(in); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "5", "d", "1d-2h", "1d2", "ten", "1w", "99999999999999999999d", "1h5d"} {
		if got, err := ParseDuration(in); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", in, got)
		}
	}
}

func TestParseSchedule(t *testing.T) {
	hcm, err := LoadZone("Asia/Ho_Chi_Minh")
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 11, 24, 1, 2, 3, 0, time.UTC) // 08:02 in Việt Nam
	for _, c := range []struct {
		spec, next string
		interval   time.Duration
	}{
		{"*/10 * * * *", "2026-11-24T08:10:00+07:00", 10 * time.Minute},
		{"0 6 * * *", "2026-11-25T06:00:00+07:00", Day24},
		{"CRON_TZ=UTC 0 6 * * *", "2026-11-24T13:00:00+07:00", Day24},
		{"TZ=Europe/Paris 30 9 * * *", "2026-11-24T15:30:00+07:00", Day24},
		{"*/5 6-22 * * *", "2026-11-24T08:05:00+07:00", 5 * time.Minute},
		{"@hourly", "2026-11-24T09:00:00+07:00", time.Hour},
		{"@every 15m", "2026-11-24T08:17:03+07:00", 15 * time.Minute},
		{"@every 1d", "2026-11-25T08:02:03+07:00", Day24},
		{"CRON_TZ=UTC @daily", "2026-11-25T07:00:00+07:00", Day24},
		{"0 0 29 2 *", "2028-02-29T00:00:00+07:00", 1461 * Day24},
		{" 0  6 * * MON ", "2026-11-30T06:00:00+07:00", 7 * Day24},
	} {
		s, err := ParseSchedule(c.spec, hcm)
		if err != nil {
			t.Errorf("%q: %v", c.spec, err)
			continue
		}
		if got := s.Next(from).In(hcm).Format(time.RFC3339); got != c.next {
			t.Errorf("%q is next due at %s, want %s", c.spec, got, c.next)
		}
		if got := Interval(s, from); got != c.interval {
			t.Errorf("%q has the interval %v, want %v", c.spec, got, c.interval)
		}
	}
	for spec, says := range map[string]string{
		"": "is empty", "TZ=UTC": "no times", "CRON_TZ=Asia/Hanoi * * * * *": `"Asia/Hanoi" does not exist`, "TZ= * * * * *": "does not exist",
		"0 0 31 2 *": "never comes", "0 0 30 2 *": "never comes", "0 0 31 4,6 *": "never comes", "61 * * * *": "above maximum (59)",
		"* * * *": "4 fields of five", "0 0 0 * * *": "no seconds", "@every 0s": "1s or more", "@every 500ms": "1s or more",
		"@every -5m": "1s or more", "@every": "needs one duration", "@every soon": "is no duration", "@sometimes": "is no schedule",
		", * * * *": "comma", "*/0 * * * *": "positive", "a b c d e": "is no schedule", "TZ=../../etc/passwd * * * * *": "does not exist",
	} {
		if _, err := ParseSchedule(spec, nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want an error with %q", spec, err, says)
		}
	}
}

func FuzzParseSchedule(f *testing.F) {
	for _, s := range []string{"*/5 * * * *", "TZ=UTC", "@every 1d", "0 0 31 2 *", "TZ=UTC\t@daily", "1-2-3 * * * *", "1/99999999999 * * * *"} {
		f.Add(s)
	}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, spec string) {
		s, err := ParseSchedule(spec, nil)
		if err != nil {
			return
		}
		if next := s.Next(from); !next.After(from) {
			t.Fatalf("%q is next due at %v", spec, next)
		}
	})
}
