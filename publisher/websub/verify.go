package websub

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tinhub/news"
)

// How often a subscriber is asked that gives no answer at all. Any answer
// settles the matter.
const verifyMost = 4

// A verdict is what became of asking a subscriber.
type verdict struct {
	intent      news.Intent
	asked       time.Time
	settled     bool // it answered, or need not be asked again
	ok          bool // it confirmed
	unreachable bool
	reason      string // why not
}

// verify asks a subscriber whether it wants what was asked in its name (WebSub
// §5.3). The challenge is new each time and is kept nowhere: it is good for this
// one answer.
func (h *Hub) verify(ctx context.Context, to dest, in news.Intent) verdict {
	v := verdict{intent: in, asked: h.now().UTC()}
	challenge := newChallenge()
	a, err := h.send(ctx, to, Message{
		Method: http.MethodGet, URL: withQuery(in.Callback, question(in, challenge)), Most: int64(len(challenge)) + 1,
		Header: http.Header{"Accept": {"text/plain, */*;q=0.1"}},
	})
	if err != nil {
		_, v.unreachable = errors.AsType[*Unreachable](err)
		v.reason = brief(err.Error())
		v.settled = in.Attempts+1 >= verifyMost
		return v
	}
	v.settled = true
	switch {
	case in.Mode == news.Denied:
		v.ok = true // it was told
	case a.Status < 200 || a.Status > 299:
		v.reason = fmt.Sprintf("it answered %d", a.Status)
	case string(a.Body) != challenge:
		v.reason = "it answered without the challenge"
	default:
		v.ok = true
	}
	return v
}

// question are the parameters that a callback is asked, or told, with.
func question(in news.Intent, challenge string) url.Values {
	q := url.Values{"hub.mode": {string(in.Mode)}, "hub.topic": {in.Topic}}
	if in.Mode == news.Denied {
		if in.Reason != "" {
			q.Set("hub.reason", in.Reason)
		}
		return q
	}
	q.Set("hub.challenge", challenge)
	q.Set("hub.lease_seconds", strconv.FormatInt(int64(in.Lease/time.Second), 10))
	return q
}

// newChallenge is 192 random bits in [A-Za-z0-9_-]: harmless wherever it is
// echoed to.
func newChallenge() string {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// again is an intent that is to be asked about once more.
func again(in news.Intent, b backoff, chance float64, now time.Time) news.Intent {
	in.Attempts++
	in.Due = now.Add(b.pause(in.Attempts, chance))
	return in
}

// How long is waited before a subscriber is asked again.
const (
	verifyPause     = 5 * time.Second
	verifyPauseMost = 5 * time.Minute
)
