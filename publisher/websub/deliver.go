package websub

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // one of the four methods that the Recommendation names
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"strconv"
	"time"

	"tinhub/news"
)

// answerMost is how many bytes of a subscriber's answer are read: that it
// answered is all that matters.
const answerMost = 1 << 10

// A kind is what became of an attempt.
type kind byte

const (
	received    kind = iota
	gone             // 410: the subscriber wants no more
	failed           // an answer that is no success, or none in time
	unreachable      // the whole host does not answer
	delayed          // the fault is ours: the store did not give the bytes
	dropped          // nobody waits for it any more
)

// kinds are the names of those that are an attempt's end.
var kinds = map[kind]string{received: "received", gone: "gone", failed: "failed", unreachable: "unreachable"}

// An outcome is what became of one attempt to deliver.
type outcome struct {
	kind       kind
	body       *body
	delivery   news.Delivery
	retryAfter time.Duration
}

// deliveryID names a delivery by what it is: every attempt at it, by any process
// and after any crash, has the same.
func deliveryID(subscription string, t topic, b *body) string {
	return string(news.KeyOf("delivery", subscription, t.Channel, string(t.Format), strconv.FormatInt(b.revision, 10), b.etag))
}

// send sends a message to where its host was found.
func (h *Hub) send(ctx context.Context, to dest, m Message) (Answer, error) {
	if to.err != nil {
		return Answer{}, &Unreachable{to.err}
	}
	m.At = to.addr
	return h.deps.Sender.Send(ctx, m)
}

// deliver makes one attempt (WebSub §7).
func (h *Hub) deliver(ctx context.Context, to dest, s news.Subscription, head news.Output) outcome {
	began := h.now()
	b, err := h.bodies.get(ctx, head)
	switch {
	case err != nil:
		h.log.Debug("hub: a delivery waits", "subscription", s.ID, "err", err)
		return outcome{kind: delayed}
	case b == nil: // dropped just now; followOutputs will see that
		return outcome{kind: delayed}
	case h.heads.raise(topic{s.Channel, s.Format}, b):
		h.tell([]topic{{s.Channel, s.Format}})
	}
	id := deliveryID(s.ID, topic{s.Channel, s.Format}, b)
	a, err := h.send(ctx, to, Message{
		Method: http.MethodPost, URL: s.Callback, Body: b.bytes, Most: answerMost,
		Header: contentHeader(h.topics.Load().hub, h.opt.Signature, s, b, id),
	})
	o := outcome{body: b, delivery: news.Delivery{ID: id, Revision: b.revision, At: began.UTC(), Took: h.now().Sub(began), Status: a.Status}}
	o.kind, o.delivery.Error = judge(a, err)
	o.retryAfter = retryAfter(a.RetryAfter, h.now())
	return o
}

// contentHeader is what goes with content: the topic's type, where it is from,
// and a signature where a secret was given (WebSub §7, §7.1). Idempotency-Key
// and X-Hub-Delivery both bear the delivery's id, by which a subscriber knows
// what it got before.
func contentHeader(hub, method string, s news.Subscription, b *body, id string) http.Header {
	head := http.Header{
		"Content-Type":    {s.Format.ContentType()},
		"Link":            {"<" + hub + `>; rel="hub", <` + s.Topic + `>; rel="self"`},
		"Idempotency-Key": {`"` + id + `"`},
		"X-Hub-Delivery":  {id},
	}
	if s.Secret != "" {
		head["X-Hub-Signature"] = []string{signature(method, s.Secret, b.bytes)}
	}
	return head
}

// signatures are the methods of X-Hub-Signature (WebSub §7.1).
var signatures = map[string]func() hash.Hash{
	"sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
}

// signature is the value of X-Hub-Signature: the HMAC of exactly the bytes that
// are sent.
func signature(method, secret string, content []byte) string {
	make, ok := signatures[method]
	if !ok {
		method, make = "sha256", sha256.New
	}
	mac := hmac.New(make, []byte(secret))
	mac.Write(content)
	return method + "=" + hex.EncodeToString(mac.Sum(nil))
}

// judge reads an answer to content: 2xx is received, 410 ends the subscription,
// all else is a failure, redirects among it.
func judge(a Answer, err error) (kind, string) {
	if err != nil {
		if _, whole := errors.AsType[*Unreachable](err); whole {
			return unreachable, brief(err.Error())
		}
		return failed, brief(err.Error())
	}
	switch {
	case a.Status >= 200 && a.Status < 300:
		return received, ""
	case a.Status == http.StatusGone:
		return gone, "410: the subscriber wants no more"
	}
	return failed, fmt.Sprintf("it answered %d %s", a.Status, http.StatusText(a.Status))
}

// brief bounds a text that somebody else chose parts of.
func brief(s string) string {
	if len(s) > 200 {
		s = s[:200] + "…"
	}
	return s
}
