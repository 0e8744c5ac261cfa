package fetcher

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tinhub/news"
)

func TestRetryAfter(t *testing.T) {
	day := 24 * time.Hour
	for header, want := range map[string]time.Duration{
		"":                                  0,
		"5":                                 5 * time.Second,
		" 86400 ":                           day,
		"1000000000":                        7 * day,
		"99999999999999999999":              7 * day,
		"0":                                 0,
		"-5":                                0,
		"1.5":                               0,
		"soon":                              0,
		"Wed, 04 Mar 2026 13:00:00 GMT":     time.Hour,
		"Wed, 04 Mar 2026 11:00:00 GMT":     0,
		"Thu, 01 Jan 2099 00:00:00 GMT":     7 * day,
		"Wednesday, 04-Mar-26 12:30:00 GMT": 30 * time.Minute,
	} {
		if got := retryAfter(header, noon); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}

func TestFreshness(t *testing.T) {
	date := noon.Format(http.TimeFormat)
	in := func(d time.Duration) string { return noon.Add(d).Format(http.TimeFormat) }
	tests := []struct {
		h    http.Header
		want time.Duration
	}{
		{http.Header{}, 0},
		{http.Header{"Cache-Control": {"public, max-age=600"}}, 10 * time.Minute},
		{http.Header{"Cache-Control": {"max-age=600"}, "Age": {"120"}}, 8 * time.Minute},
		{http.Header{"Cache-Control": {"max-age=60"}, "Age": {"120"}}, 0},
		{http.Header{"Cache-Control": {"max-age=600"}, "Expires": {in(time.Hour)}}, 10 * time.Minute},
		{http.Header{"Cache-Control": {"no-cache, max-age=600"}}, 0},
		{http.Header{"Cache-Control": {"max-age=600, no-cache"}}, 0},
		{http.Header{"Cache-Control": {"max-age=600", "no-store"}}, 0},
		{http.Header{"Cache-Control": {"private, must-revalidate, max-age=600"}}, 10 * time.Minute},
		{http.Header{"Cache-Control": {"max-age=600, max-age=60"}}, 10 * time.Minute},
		{http.Header{"Cache-Control": {"max-age=soon"}}, 0},
		{http.Header{"Cache-Control": {"max-age=0"}, "Expires": {in(time.Hour)}}, 0},
		{http.Header{"Cache-Control": {`max-age="60"`}}, time.Minute},
		{http.Header{"Date": {date}, "Expires": {in(time.Hour)}}, time.Hour},
		{http.Header{"Date": {in(-8 * time.Hour)}, "Expires": {in(-7 * time.Hour)}}, time.Hour},
		{http.Header{"Expires": {"0"}}, 0},
		{http.Header{"Expires": {in(-time.Hour)}}, 0},
	}
	for _, tt := range tests {
		if got := freshness(tt.h, noon); got != tt.want {
			t.Errorf("%v: %v, want %v", tt.h, got, tt.want)
		}
	}
}

func TestTimingSpread(t *testing.T) {
	for spec, most := range map[string]time.Duration{"*/10 * * * *": time.Minute, "* * * * *": 30 * time.Second, "@every 2s": time.Second, "@daily": time.Minute} {
		s := mustSchedule(t, spec)
		tenths := map[int64]int{}
		for i := range 1000 {
			id := fmt.Sprintf("bao-%d", i)
			tm := NewTiming(id, s, true, noon)
			if tm.Offset < 0 || tm.Offset >= most || tm.Offset != NewTiming(id, s, true, noon.Add(time.Hour)).Offset {
				t.Fatalf("%s: offset %v", spec, tm.Offset)
			}
			tenths[int64(10*tm.Offset/most)]++
		}
		for tenth, n := range tenths {
			if n < 60 || n > 140 {
				t.Errorf("%s: %d of 1000 in tenth %d", spec, n, tenth)
			}
		}
	}
}

// TestEveryKeepsItsPlace: "@every" neither drifts with the length of polls nor
// with what delayed one of them.
func TestEveryKeepsItsPlace(t *testing.T) {
	tm := NewTiming("x", mustSchedule(t, "@every 7s"), true, noon)
	at := noon
	for i := range 1000 {
		took := time.Duration(i%30) * 100 * time.Millisecond
		next := tm.after(at.Add(took), tm.Interval)
		if gap := next.Sub(at); i > 0 && gap != 7*time.Second || gap < 3*time.Second || gap > 11*time.Second {
			t.Fatalf("poll %d: %v between two", i, gap)
		}
		at = next
	}
}

func TestRhythm(t *testing.T) {
	every := func(gap time.Duration, n int) []news.PollRecord {
		var h []news.PollRecord
		for i := n; i >= 0; i-- {
			h = append(h, news.PollRecord{At: noon.Add(-time.Duration(i) * gap), New: 1, Entries: 20})
		}
		return h
	}
	tests := []struct {
		name  string
		s     news.SourceState
		fresh time.Duration
		want  time.Duration
	}{
		{"nothing known", news.SourceState{}, 0, 10 * time.Minute},
		{"news just now", news.SourceState{LastNew: noon}, 0, 10 * time.Minute},
		{"silent for an hour", news.SourceState{LastNew: noon.Add(-time.Hour)}, 0, 10 * time.Minute},
		{"silent for three", news.SourceState{LastNew: noon.Add(-3 * time.Hour)}, 0, 30 * time.Minute},
		{"silent for a night", news.SourceState{LastNew: noon.Add(-9 * time.Hour)}, 0, time.Hour},
		{"silent for ten days", news.SourceState{LastNew: noon.AddDate(0, 0, -10)}, 0, 3 * time.Hour},
		{"stale", news.SourceState{LastNew: noon.AddDate(0, 0, -40), NewestEntry: noon.AddDate(0, 0, -40)}, 0, 6 * time.Hour},
		{"news every two hours", news.SourceState{LastNew: noon, History: every(2*time.Hour, 9)}, 0, 20 * time.Minute},
		{"news every ten minutes", news.SourceState{LastNew: noon, History: every(10*time.Minute, 9)}, 0, 10 * time.Minute},
		{"ttl", news.SourceState{LastNew: noon, Pace: news.Pace{TTL: 30 * time.Minute}}, 0, 30 * time.Minute},
		{"an absurd ttl", news.SourceState{LastNew: noon, Pace: news.Pace{TTL: 240 * time.Hour}}, 0, time.Hour},
		{"max-age", news.SourceState{LastNew: noon}, 25 * time.Minute, 25 * time.Minute},
		{"a ttl that is not true", news.SourceState{LastNew: noon, Pace: news.Pace{TTL: time.Hour}, History: every(20*time.Minute, 9)}, 0, 10 * time.Minute},
		{"a ttl that is", news.SourceState{LastNew: noon, Pace: news.Pace{TTL: 30 * time.Minute}, History: every(time.Hour, 9)}, 0, 30 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := rhythm(tt.s, tt.fresh, tenMinutes(t, false), noon); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// TestPaceBindsOnlyTheAdaptive: a source's own schedule is kept whatever its
// document asks for.
func TestPaceBindsOnlyTheAdaptive(t *testing.T) {
	s := before()
	s.LastNew = noon.AddDate(0, 0, -3)
	s.Pace = news.Pace{TTL: time.Hour, SkipHours: []int{12, 13}}
	o := Outcome{At: noon, Status: 304, Fresh: time.Hour}
	if got, _ := Next(s, tenMinutes(t, true), o, noon); !got.Next.Equal(noon.Add(10*time.Minute + 30*time.Second)) {
		t.Errorf("its own: %v", got.Next)
	}
	if got, why := Next(s, tenMinutes(t, false), o, noon); got.Next.Hour() != 14 {
		t.Errorf("adaptive: %v, %s", got.Next, why)
	}
}

func TestSkip(t *testing.T) {
	all := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}
	tests := []struct {
		name string
		p    news.Pace
		want time.Duration
	}{
		{"nothing", news.Pace{}, 0},
		{"another hour", news.Pace{SkipHours: []int{13}}, 0},
		{"this hour", news.Pace{SkipHours: []int{12}}, time.Hour},
		{"all hours", news.Pace{SkipHours: all}, 0},
		{"today", news.Pace{SkipDays: []string{"wednesday"}}, 12 * time.Hour},
		{"today and the night", news.Pace{SkipDays: []string{"Wednesday"}, SkipHours: []int{24, 1, 2}}, 15 * time.Hour},
		{"nonsense", news.Pace{SkipDays: []string{"Thứ Tư"}, SkipHours: []int{-1, 99}}, 0},
	}
	for _, tt := range tests {
		if got := skip(noon, tt.p).Sub(noon); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	vn := time.FixedZone("+07", 7*3600)
	if got := skip(noon.In(vn), news.Pace{SkipHours: []int{12}}); got.Hour() != 20 {
		t.Errorf("in Vietnam: %v", got)
	}
}

func TestChallenged(t *testing.T) {
	tests := []struct {
		name   string
		status int
		header http.Header
		body   string
		want   bool
	}{
		{"a feed", 200, nil, "<rss>document.cookie", false},
		{"Cloudflare says so", 403, http.Header{"Cf-Mitigated": {"challenge"}}, "", true},
		{"Cloudflare's page", 503, nil, `<html><script src="/cdn-cgi/challenge-platform/h/b/orchestrate"></script>`, true},
		{"a page behind Cloudflare", 200, nil, `<html><script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>`, false},
		{"a cookie test", 200, nil, `<html><script>document.cookie="D1N=abc";window.location.reload(true);</script>`, true},
		{"Cloudflare's page with 200", 200, nil, `<html><title>Just a moment...</title><script>window._cf_chl_opt={}</script>`, true},
		{"a feed that writes of walls", 200, nil, `<?xml version="1.0"?><rss><item><title>_cf_chl_opt</title>`, false},
		{"AWS's wall", 202, http.Header{"X-Amzn-Waf-Action": {"challenge"}}, "", true},
		{"Imperva's wall", 200, nil, `<html><body><iframe src="/_Incapsula_Resource?x=1">`, true},
		{"Sucuri's wall", 200, nil, `<html><script>var s={};sucuri_cloudproxy_js=''`, true},
		{"a long page that names one", 200, nil, "<html>_Incapsula_Resource" + strings.Repeat("x", 40<<10), false},
		{"an ordinary error", 403, nil, "<html>Forbidden", false},
	}
	for _, tt := range tests {
		if got := challenged(tt.status, tt.header, []byte(tt.body)); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// TestStatusDetail: whatever a server answers, there is a sentence, and a mend
// where there is one.
func TestStatusDetail(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{statusDetail(302), "302: it redirects without saying where"},
		{statusDetail(304), "ask the paper"},
		{statusDetail(503), "503: service unavailable"},
		{statusDetail(999), "status 999"},
		{emptyDetail(200, 0), "200 with nothing in it; look for"},
		{emptyDetail(204, 0), "204 with nothing in it; look for"},
		{emptyDetail(206, 500), "206: a part"},
		{emptyDetail(203, 500), "203 where a document comes with 200"},
	} {
		if !strings.Contains(tt.got, tt.want) {
			t.Errorf("%q lacks %q", tt.got, tt.want)
		}
	}
}

func TestHostRest(t *testing.T) {
	for _, tt := range []struct {
		o    Outcome
		want time.Duration
	}{
		{Outcome{Status: 429, RetryAfter: 5 * time.Minute}, 5 * time.Minute},
		{Outcome{Status: 429}, time.Minute},
		{Outcome{Status: 429, RetryAfter: 5 * time.Second}, time.Minute},
		{Outcome{Status: 429, RetryAfter: 24 * time.Hour}, time.Hour}, // the address itself waits the day
		{Outcome{Status: 503, RetryAfter: 5 * time.Minute}, 0},
		{Outcome{Status: 200, RetryAfter: 5 * time.Minute}, 0},
	} {
		if got := hostRest(tt.o); got != tt.want {
			t.Errorf("%d, %v: %v, want %v", tt.o.Status, tt.o.RetryAfter, got, tt.want)
		}
	}
}
