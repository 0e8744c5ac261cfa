package websub

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// retryAfterMost is the longest Retry-After that is honoured: a subscriber that
// means longer says so again.
const retryAfterMost = 24 * time.Hour

// A backoff is how long is waited after failures in a row.
type backoff struct{ first, most time.Duration }

// pause is how long is waited after so many failures; chance, from 0 to 1,
// spreads those who failed together over a quarter around it.
func (b backoff) pause(failures int, chance float64) time.Duration {
	d := b.first << min(max(failures-1, 0), 30)
	if d > b.most || d <= 0 {
		d = b.most
	}
	return time.Duration(float64(d) * (0.75 + chance/2))
}

// retryAfter reads the header of that name, as a time from now: 0 where there is
// none, or none that makes sense (RFC 9110 §10.2.3).
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if header == "" {
		return 0
	}
	var d time.Duration
	if n, err := strconv.ParseInt(header, 10, 64); err == nil {
		d = time.Duration(min(max(n, 0), int64(retryAfterMost/time.Second))) * time.Second
	} else if t, err := http.ParseTime(header); err == nil {
		d = t.Sub(now)
	}
	return min(max(d, 0), retryAfterMost)
}

// owed says whether a subscription lacks what is published.
func owed(s news.Subscription, head news.Output) bool {
	return head.Revision != 0 && (s.Revision != head.Revision || s.ETag != head.ETag)
}

// owing is a subscription that is owed what is published, though it was delivered,
// and at once.
func owing(s news.Subscription) news.Subscription {
	s.Revision, s.ETag, s.Due = 0, "", time.Time{}
	return s
}

// after is a subscription after an attempt to deliver: what it has now, when it
// is tried again, or why it ended.
func after(s news.Subscription, o outcome, b backoff, chance float64, now time.Time) news.Subscription {
	switch o.kind {
	case dropped:
		return s
	case delayed:
		s.Due = now.Add(b.pause(1, chance))
		return s
	}
	s.Recent = remember(s.Recent, o.delivery)
	switch o.kind {
	case received:
		s.Revision, s.ETag = o.body.revision, o.body.etag
		s.Delivered, s.Failures, s.Due = now, 0, time.Time{}
		s.Sent++
	case gone:
		s.Failed++
		s.Ended, s.Until, s.Failures = o.delivery.Error, now, s.Failures+1
	default:
		s.Failed++
		s.Failures++
		s.Due = now.Add(max(b.pause(s.Failures, chance), o.retryAfter))
	}
	return s
}

// remember adds an attempt to the last ones, without changing the list given.
func remember(recent []news.Delivery, d news.Delivery) []news.Delivery {
	from := max(len(recent)+1-news.RecentDeliveries, 0)
	return append(append(make([]news.Delivery, 0, news.RecentDeliveries), recent[from:]...), d)
}

// confirmed is the subscription that a verified intent makes, of the one there
// was: what that has got stays as it is, so that renewing neither misses nor
// repeats anything. asked is when the verification was sent, which the lease is
// counted from (WebSub §5.3).
func confirmed(in news.Intent, was *news.Subscription, asked time.Time) news.Subscription {
	s := news.Subscription{ID: in.ID, Since: asked, Revision: in.Revision, ETag: in.ETag}
	if was != nil && was.Ended == "" && asked.Before(was.Until) {
		s = *was
		s.Failures, s.Due = 0, time.Time{} // it answers
	}
	s.Topic, s.Channel, s.Format, s.Callback, s.Secret, s.Origin = in.Topic, in.Channel, in.Format, in.Callback, in.Secret, in.Origin
	s.Lease, s.Verified, s.Until, s.Ended = in.Lease, asked, asked.Add(in.Lease), ""
	return s
}
