package fetcher

import (
	"fmt"
	"slices"
	"time"

	"tinhub/fetcher/client"
	"tinhub/news"
)

// adoptAfter is how long a permanent redirect must stay before its target is
// asked directly. Servers say 301 in passing, to a maintenance page say.
const adoptAfter = 3 * 24 * time.Hour

// Next decides what a visit means: the state to remember, with when to come
// again, and why in words. It is pure: all of politeness is here and in pace.go.
func Next(s news.SourceState, t Timing, o Outcome, now time.Time) (news.SourceState, string) {
	s.Last = o.At
	health, g := judge(o)
	switch health {
	case news.OK, news.Empty, news.Unchanged:
		s = readable(s, o, health, now)
	default:
		s = failed(s, o, health, now)
	}
	s.History, s.Daily = remember(s.History, record(s, o)), news.CountDay(s.Daily, o.At, o.New)

	s.NotBefore = time.Time{}
	if o.RetryAfter > 0 && o.Status >= 400 {
		s.NotBefore = now.Add(o.RetryAfter)
	}
	why := ""
	s.Next, s.Interval, why = when(s, t, o, g, now)
	return s, why
}

// judge gives an outcome its state in words, and how hopeful a failure is.
func judge(o Outcome) (news.Health, grade) {
	switch o.Class {
	case "":
	case client.Loop:
		return news.Blocked, soft
	case client.Forbidden, client.BadAddress:
		return news.Failing, hard
	case client.TLS, client.TooLarge, client.Encoding, client.Redirect:
		return news.Failing, soft
	default:
		return news.Failing, temporary
	}
	switch {
	case o.Challenge, o.Barred:
		return news.Blocked, soft
	case o.Status == 304:
		return news.Unchanged, temporary
	case o.Status == 410:
		return news.Gone, soft
	case o.Status == 401, o.Status == 403, o.Status == 451:
		return news.Blocked, soft
	case o.Status == 408, o.Status == 425, o.Status == 429, o.Status >= 500:
		return news.Failing, temporary
	case o.Status < 200, o.Status >= 300, o.Panicked:
		return news.Failing, soft
	case o.NotAFeed:
		return news.NotAFeed, soft
	case o.Known:
		return news.Unchanged, temporary
	case o.Entries == 0:
		return news.Empty, temporary
	}
	return news.OK, temporary
}

// readable takes over what a good answer says. Validators go with the whole
// document and with nothing less.
func readable(s news.SourceState, o Outcome, h news.Health, now time.Time) news.SourceState {
	s.Health, s.Detail = h, o.Detail
	s.Failures, s.FailingSince = 0, time.Time{}
	s.LastOK = o.At
	if o.New+o.Changed > 0 {
		s.LastNew = o.At
	}
	s = missed(s, o)
	if o.Status != 304 && !o.Truncated {
		s.ETag, s.LastModified, s.BodyHash = o.ETag, o.LastModified, o.BodyHash
	}
	if o.Status != 304 {
		s = named(s, o)
	}
	if o.Status != 304 && !o.Known {
		s.Title, s.Format = o.Title, o.Format
		s.Pace, s.Repair = o.Pace, o.Repairs
		if !o.Truncated {
			s.Standing = o.Standing
		}
		if !o.Newest.IsZero() {
			s.NewestEntry = o.Newest
		}
	}
	if h == news.Unchanged && s.Format != "" && len(s.Standing) == 0 {
		s.Health, h = news.Empty, news.Empty
	}
	if h != news.Empty && isStale(s, now) {
		s.Health = news.Stale
		if s.Detail == "" {
			s.Detail = fmt.Sprintf("it answers, but its newest entry is of %s; look whether the paper has another feed", newestDay(s))
		}
	}
	return moved(s, o, now)
}

func newestDay(s news.SourceState) string {
	if s.NewestEntry.IsZero() {
		return s.LastNew.Format(time.DateOnly)
	}
	return s.NewestEntry.Format(time.DateOnly)
}

// moved follows a permanent redirect through its probation.
func moved(s news.SourceState, o Outcome, now time.Time) news.SourceState {
	switch {
	case o.Permanent == "", o.Permanent == s.Address, o.Permanent == s.Adopted:
		s.MovedTo, s.MovedSince = "", time.Time{}
	case o.Permanent != s.MovedTo:
		s.MovedTo, s.MovedSince = o.Permanent, now
	case now.Sub(s.MovedSince) >= adoptAfter:
		s.Adopted, s.MovedTo, s.MovedSince = o.Permanent, "", time.Time{}
	}
	return s
}

// failed counts a failure. The validators stay those of the last good answer.
func failed(s news.SourceState, o Outcome, h news.Health, now time.Time) news.SourceState {
	s.Health, s.Detail = h, o.Detail
	if s.Failures++; s.Failures == 1 || s.FailingSince.IsZero() || s.FailingSince.After(now) {
		s.FailingSince = now
	}
	if s.Adopted != "" && o.Status != 429 && o.Status < 500 && o.Class != client.Timeout && o.Class != client.Connect {
		// The adopted address is no good any more: back to what the admin wrote.
		s.Adopted, s.ETag, s.LastModified, s.BodyHash = "", "", "", ""
		if h == news.Gone {
			s.Health = news.Failing
		}
	}
	return s
}

func record(s news.SourceState, o Outcome) news.PollRecord {
	return news.PollRecord{At: o.At, Took: o.Took, Health: s.Health, Status: o.Status, Bytes: o.Bytes,
		Entries: o.Entries, New: o.New, Changed: o.Changed, Rejected: o.Rejected, Detail: s.Detail}
}

// remember adds a line to the history. It copies: the state before is still in use.
func remember(history []news.PollRecord, r news.PollRecord) []news.PollRecord {
	keep := max(len(history)-news.PollHistory+1, 0)
	return append(slices.Clip(slices.Clone(history[keep:])), r)
}

// when is the next visit, the interval it stands for, and the reason.
func when(s news.SourceState, t Timing, o Outcome, g grade, now time.Time) (time.Time, time.Duration, string) {
	if s.Health == news.Gone {
		return time.Time{}, s.Interval, "the address is gone: no more visits until it is changed or asked for by hand"
	}
	interval, why := t.Interval, "as its schedule says"
	if !t.Own {
		interval = rhythm(s, o.Fresh, t, now)
		if why = "at the fastest pace"; interval > t.Interval {
			why = fmt.Sprintf("as often as it changes: every %s", interval.Round(time.Second))
		}
		if s.Push.Trusted(now) && interval < pushedPace {
			interval, why = pushedPace, fmt.Sprintf("a hub tells of its news: every %s, to be sure", pushedPace)
		}
	}
	wait := interval
	if s.Failures > 0 {
		wait = max(interval, backOff(g, s.Failures, now.Sub(s.FailingSince), t.Interval))
		why = fmt.Sprintf("failed %d times since %s: left alone for %s", s.Failures, s.FailingSince.Format(time.DateTime), wait.Round(time.Second))
	}
	next := t.after(now, wait)
	if !t.Own && s.Failures == 0 {
		if later := skip(next, s.Pace); later.After(next) {
			next, why = later, "its skipHours or skipDays exclude the time before"
		}
	}
	if s.Push.Trusted(now) && s.Push.Until.Before(next) && s.Failures == 0 && !t.Own {
		next = s.Push.Until // and from then on in its own rhythm
	}
	if s.NotBefore.After(next) {
		next = t.after(s.NotBefore, 0)
		why = fmt.Sprintf("it asks to be left alone until %s", s.NotBefore.Format(time.DateTime))
		if next.Before(s.NotBefore) {
			next = s.NotBefore
		}
	}
	return next, interval, why
}

// Resume is when a source is due that comes into our hands with a state: at
// start, from another process, after a sleep or a jump of the clock. What is
// overdue is spread like everything else, so that waking is no storm.
func Resume(s news.SourceState, t Timing, now time.Time) time.Time {
	switch {
	case s.Health == news.Gone:
		return time.Time{}
	case s.Last.IsZero() || s.Next.IsZero():
		return now
	case s.Last.After(now.Add(maxSpread)):
		// The clock went back: what was to come counts from now.
		wait := min(max(s.NotBefore.Sub(s.Last), s.Interval), maxRetryAfter)
		return t.after(now, wait)
	case s.Next.After(now):
		if s.Failures == 0 && !s.NotBefore.After(now) { // its schedule may have become a faster one
			if next := t.after(maxTime(s.Last, now.Add(-t.Interval)), t.Interval); t.Own && next.Before(s.Next) {
				return maxTime(next, now)
			}
		}
		return s.Next
	case now.Sub(s.Next) <= maxSpread:
		return now
	}
	return now.Add(t.Offset)
}

// Settle fits a state to its source as it is configured now: what was remembered
// of another address is no use at this one.
func Settle(s news.SourceState, src news.Source) news.SourceState {
	if s.Source == src.ID && s.Address == src.Address() {
		return s
	}
	return news.SourceState{Source: src.ID, Address: src.Address(), History: s.History, Daily: s.Daily, Asked: s.Asked}
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
