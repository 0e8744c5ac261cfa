package websub

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tinhub/news"
)

// The limits on what is asked.
const (
	secretMost   = 199  // bytes: "less than 200" (WebSub §5.1)
	callbackMost = 2048 // bytes
)

// A request is what was asked at /hub, read and judged.
type request struct {
	mode     string
	topics   []string // one, but for hub.mode=publish
	callback string   // in its canonical form
	secret   string
	lease    time.Duration
}

// terms are the leases that are granted.
type terms struct{ least, usual, most time.Duration }

// readRequest reads the parameters of a request (WebSub §5.1). Those it does not
// know are ignored, as they must be. An error is a sentence for the developer of
// a subscriber.
func readRequest(form url.Values, t terms) (request, error) {
	var r request
	for name, values := range form {
		if strings.HasPrefix(name, "hub.") && len(values) > 1 && name != "hub.url" && name != "hub.topic" && name != "hub.verify" {
			return r, fmt.Errorf("%.40s stands more than once", name)
		}
		for _, v := range values {
			if !utf8.ValidString(v) {
				return r, fmt.Errorf("%.40s is not UTF-8", name)
			}
		}
	}
	r.mode = form.Get("hub.mode")
	switch r.mode {
	case "publish":
		r.topics = append(append(r.topics, form["hub.topic"]...), form["hub.url"]...)
		if len(r.topics) == 0 || r.topics[0] == "" {
			return r, errors.New("hub.topic (or hub.url) is missing: the address of what was published")
		}
		return r, nil
	case "subscribe", "unsubscribe":
	case "":
		return r, errors.New("hub.mode is missing: subscribe, unsubscribe or publish")
	default:
		return r, errors.New("hub.mode must be subscribe, unsubscribe or publish")
	}
	if len(form["hub.topic"]) > 1 {
		return r, errors.New("hub.topic stands more than once")
	}
	if form.Get("hub.topic") == "" {
		return r, errors.New("hub.topic is missing: the rel=self address of the feed")
	}
	r.topics = []string{form.Get("hub.topic")}
	var err error
	if r.callback, err = canonicalCallback(form.Get("hub.callback")); err != nil {
		return r, err
	}
	if r.secret = form.Get("hub.secret"); len(r.secret) > secretMost {
		return r, fmt.Errorf("hub.secret has %d bytes; it must have less than %d", len(r.secret), secretMost+1)
	}
	asked := form.Get("hub.lease_seconds")
	if r.mode == "unsubscribe" {
		asked = "" // "MUST be ignored by the hub in that case"
	}
	r.lease, err = t.grant(asked)
	return r, err
}

// grant is the lease for what a subscriber asks for, in seconds: within the
// limits, whatever the number.
func (t terms) grant(asked string) (time.Duration, error) {
	if asked == "" {
		return t.usual, nil
	}
	n, err := strconv.ParseInt(asked, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) && strings.HasPrefix(asked, "-"):
		return t.least, nil
	case errors.Is(err, strconv.ErrRange), err == nil && n > int64(t.most/time.Second):
		return t.most, nil
	case err != nil:
		return 0, errors.New("hub.lease_seconds must be a whole number of seconds")
	}
	return max(time.Duration(n)*time.Second, t.least), nil
}

// canonicalCallback reads a callback. Its query is part of its name; a fragment
// is never sent and says nothing.
func canonicalCallback(address string) (string, error) {
	switch {
	case address == "":
		return "", errors.New("hub.callback is missing: the address that content is to be sent to")
	case len(address) > callbackMost:
		return "", fmt.Errorf("hub.callback is longer than %d bytes", callbackMost)
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Opaque != "" || u.Hostname() == "" {
		return "", errors.New("hub.callback must be an absolute http or https address")
	}
	u.Host = canonicalHost(u)
	u.Fragment, u.RawFragment = "", ""
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String(), nil
}

// decoded is an address with the bytes written out that need no escape (RFC 3986
// §2.3): however a subscriber writes it, it is the same (WebSub §5.1).
func decoded(address string) string {
	var b strings.Builder
	for i := 0; i < len(address); i++ {
		if address[i] == '%' && i+2 < len(address) {
			if n, err := strconv.ParseUint(address[i+1:i+3], 16, 8); err == nil {
				if c := byte(n); c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
					b.WriteByte(c)
				} else {
					b.WriteString(strings.ToUpper(address[i : i+3]))
				}
				i += 2
				continue
			}
		}
		b.WriteByte(address[i])
	}
	return b.String()
}

// hostOf is what the limits of a callback's host are counted by.
func hostOf(callback string) string {
	u, err := url.Parse(callback)
	if err != nil {
		return ""
	}
	return canonicalHost(u)
}

// withQuery appends parameters to a callback. What it brought stays as it is and
// comes first (WebSub §5.1.1).
func withQuery(callback string, q url.Values) string {
	address, query, has := strings.Cut(callback, "?")
	if has && query != "" {
		query += "&"
	}
	return address + "?" + query + q.Encode()
}

// intentOf is what is stored of a request.
func intentOf(r request, t topic, canonicalTopic string, origin string, now time.Time) news.Intent {
	return news.Intent{
		ID: news.SubscriptionID(canonicalTopic, decoded(r.callback)), Mode: news.IntentMode(r.mode), Topic: r.topics[0],
		Channel: t.Channel, Format: t.Format, Callback: r.callback, Secret: r.secret, Lease: r.lease, Origin: origin, At: now,
	}
}
