package news

import (
	"fmt"
	"testing"
	"time"
)

// TestCountDay: a day is one line, in Vietnam's time; days without anything take no
// room, and the oldest go.
func TestCountDay(t *testing.T) {
	at := time.Date(2026, 11, 24, 16, 59, 0, 0, time.UTC) // a minute to midnight there
	days := CountDay(nil, at, 2)
	days = CountDay(days, at, 0)
	before := days
	days = CountDay(days, at.Add(-time.Hour), 3)
	days = CountDay(days, at.Add(2*time.Minute), 1)
	days = CountDay(days, at, 9) // a clock that went back
	if got, want := fmt.Sprint(days), "[{2026-11-24 5} {2026-11-25 1}]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if before[0].New != 2 {
		t.Error("the counts before have changed")
	}
	for n := range 100 {
		days = CountDay(days, at.AddDate(0, 0, n+2), 1)
	}
	if len(days) != DailyKept || days[0].Day != "2027-02-04" {
		t.Errorf("%d days from %s", len(days), days[0].Day)
	}
}
