package push

import (
	"net/url"
	"regexp"
	"strconv"
	"time"

	"tinhub/news"
)

// challengeForm is what a challenge may be: it is echoed, and must be harmless
// wherever that leads.
var challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

const challengeMost = 1024 // bytes

// answer decides what a hub is told that asks or tells about a subscription (5.2,
// 5.3): what the subscription is then, and what is echoed. Without a yes it is told
// 404, as it must be.
//
// A request is pending as long as we want what it was for: a hub may repeat its
// question when our answer was lost, and may ask from time to time whether a
// subscription is still wanted (5).
func answer(p news.Push, q url.Values, now time.Time) (next news.Push, echo string, yes bool) {
	challenge := q.Get("hub.challenge")
	mode := q.Get("hub.mode")
	switch {
	case q.Get("hub.topic") != p.Topic:
	case mode == "denied":
		return denied(p, q.Get("hub.reason"), now), "", true
	case len(challenge) > challengeMost || !challengeForm.MatchString(challenge):
	case mode == "subscribe" && p.Leaving.IsZero():
		return confirmed(p, q.Get("hub.lease_seconds"), now), challenge, true
	case mode == "unsubscribe" && !p.Leaving.IsZero():
		p.Left, p.Until = true, now
		return p, challenge, true
	}
	return p, "", false
}

// confirmed is a subscription that its hub confirms now. It is renewed at half
// of its life. A hub that grants moments is asked more and more rarely, down to
// once a minute, though the subscription rests in between.
func confirmed(p news.Push, seconds string, now time.Time) news.Push {
	p.Lease = leaseUnsaid
	if n, err := strconv.ParseInt(seconds, 10, 64); err == nil && n > 0 {
		p.Lease = time.Duration(min(n, int64(leaseMost/time.Second))) * time.Second
	}
	least := max(renewLeast, min(now.Sub(p.Since)/8, renewSoon))
	p.Verified, p.Until, p.Due = now, now.Add(p.Lease), now.Add(max(p.Lease/2, least))
	p.Tries, p.Detail, p.Denied = 0, "", false
	return p
}

// denied is a subscription that the hub will not have, or have any more (5.2).
func denied(p news.Push, reason string, now time.Time) news.Push {
	if !p.Leaving.IsZero() {
		p.Left, p.Until = true, now
		return p
	}
	p.Denied, p.Until, p.Due = true, time.Time{}, now.Add(deniedPause)
	p.Detail = "the hub denies it"
	if reason = brief(reason); reason != "" {
		p.Detail += ": " + reason
	}
	return p
}
