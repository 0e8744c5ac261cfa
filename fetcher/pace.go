package fetcher

import (
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"tinhub/news"
)

// A Timing is when a source may be asked, apart from what it does itself.
type Timing struct {
	Schedule news.Schedule
	Own      bool          // the source's own: kept, and stretched only by Retry-After, back-off and 410
	Offset   time.Duration // after each tick, so that sources of one schedule do not start together
	Interval time.Duration // the usual time between two ticks
}

// maxSpread is the most that a source starts after its tick.
const maxSpread = time.Minute

// NewTiming gives a source its stable place behind the ticks of a schedule: at
// most a minute, at most half an interval.
func NewTiming(id string, s news.Schedule, own bool, now time.Time) Timing {
	t := Timing{Schedule: s, Own: own, Interval: news.Interval(s, now)}
	if t.Interval <= 0 {
		t.Interval = time.Hour
	}
	h := fnv.New64a()
	h.Write([]byte(id))
	x := h.Sum64() // fnv's high bits are poor for short names: mix them
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	t.Offset = time.Duration(x % uint64(t.spread()))
	return t
}

func (t Timing) spread() time.Duration { return max(min(t.Interval/2, maxSpread), 1) }

// after is the source's first place on the schedule that leaves at least wait
// after now.
func (t Timing) after(now time.Time, wait time.Duration) time.Time {
	if every, ok := t.Schedule.(cron.ConstantDelaySchedule); ok {
		return onGrid(now, max(wait, t.Interval), every.Delay, t.Offset)
	}
	tick := t.Schedule.Next(now.Add(max(wait-t.Interval, 0)))
	if tick.IsZero() {
		return now.Add(max(wait, 24*time.Hour))
	}
	return tick.Add(t.Offset)
}

// onGrid puts "@every" on fixed points of time, where cron would count from the
// end of each poll: the source's moment neither drifts nor meets the others'. The
// step to the grid costs half an interval at most, once.
func onGrid(now time.Time, wait, every, offset time.Duration) time.Time {
	earliest := now.Add(wait - every/2)
	base := earliest.Truncate(every).Add(offset)
	for !base.After(earliest) {
		base = base.Add(every)
	}
	return base
}

// How far the interval of a source without a schedule of its own stretches.
const (
	asksPerNews = 6                   // polls between two news of a steady source
	slowest     = time.Hour           // while it gave something this week
	slowestIdle = 3 * time.Hour       // afterwards
	slowestOld  = 6 * time.Hour       // once it is stale
	staleAfter  = 30 * 24 * time.Hour // age of the newest entry
)

// rhythm is the interval that a source's own doings ask for. Between two news it
// is asked six times; a silence that is longer than usual stretches that, and the
// first news after it takes the pace up again at once. What the document and its
// headers ask for counts as long as the source does not change faster than it says.
func rhythm(s news.SourceState, fresh time.Duration, t Timing, now time.Time) time.Duration {
	gap, known := usualGap(s.History)
	silence := time.Duration(0)
	if !s.LastNew.IsZero() {
		silence = max(now.Sub(s.LastNew), 0)
	}
	want := max(gap, silence) / asksPerNews
	if asked := min(max(s.Pace.TTL, fresh), slowest); asked > want && !(known && gap < asked) {
		want = asked
	}
	most := slowest
	switch {
	case isStale(s, now):
		most = slowestOld
	case silence > 7*24*time.Hour:
		most = slowestIdle
	}
	return max(min(want, most), t.Interval)
}

// usualGap is the mean time between polls that brought something, once three
// have; the first poll of all brings everything and says nothing.
func usualGap(history []news.PollRecord) (time.Duration, bool) {
	var first, last time.Time
	n := 0
	for i, p := range history {
		if p.New+p.Changed == 0 || (i == 0 && p.New == p.Entries) {
			continue
		}
		if n == 0 {
			first = p.At
		}
		last = p.At
		n++
	}
	if n < 3 || !last.After(first) {
		return 0, false
	}
	return last.Sub(first) / time.Duration(n-1), true
}

func isStale(s news.SourceState, now time.Time) bool {
	newest := s.NewestEntry
	if newest.IsZero() {
		newest = s.LastNew
	}
	return !newest.IsZero() && now.Sub(newest) > staleAfter
}

// skip moves a time out of the hours (GMT) and days that RSS's skipHours and
// skipDays exclude. A feed that excludes everything excludes nothing.
func skip(at time.Time, p news.Pace) time.Time {
	if len(p.SkipHours) == 0 && len(p.SkipDays) == 0 {
		return at
	}
	skipped := func(u time.Time) bool {
		hour := slices.Contains(p.SkipHours, u.Hour()) || u.Hour() == 0 && slices.Contains(p.SkipHours, 24)
		return hour || slices.ContainsFunc(p.SkipDays, func(d string) bool { return strings.EqualFold(d, u.Weekday().String()) })
	}
	u := at.UTC()
	if !skipped(u) {
		return at
	}
	within := u.Sub(u.Truncate(time.Hour))
	hour := u.Truncate(time.Hour)
	for range 7 * 24 {
		if hour = hour.Add(time.Hour); !skipped(hour) {
			return hour.Add(min(within, maxSpread)).In(at.Location())
		}
	}
	return at
}

// A grade is how hopeful a failure is.
type grade int

const (
	temporary grade = iota // time heals it: the network, a server that is overloaded
	soft                   // somebody has to mend it, there or here: 404, no feed, blocked
	hard                   // it cannot succeed as configured: a forbidden address
)

// backOff is how long to leave a failing source alone. It follows the age of the
// outage, so that a short one is over within two intervals and a long one costs
// next to nothing; no source is ever given up.
func backOff(g grade, failures int, age, interval time.Duration) time.Duration {
	wait := interval
	if failures > 1 {
		wait = 2 * interval
	}
	switch most := 6 * time.Hour; g {
	case temporary:
		if age > 7*24*time.Hour {
			most = 24 * time.Hour
		}
		return max(wait, min(age/4, most))
	case soft:
		return max(wait, min(age/4, 24*time.Hour))
	default:
		return max(2*interval, time.Hour, min(age/2, 24*time.Hour))
	}
}

// What an answer means for the other sources of its host.
const (
	leastRest = time.Minute // after a 429 that names no time
	mostRest  = time.Hour   // one address's wish binds the others no longer
)

// hostRest is how long a host is left alone by all its sources: 429 counts what we
// ask of it altogether (RFC 6585, section 4), while a 503 may be one address's.
func hostRest(o Outcome) time.Duration {
	if o.Status != http.StatusTooManyRequests {
		return 0
	}
	return min(max(o.RetryAfter, leastRest), mostRest)
}
