package push

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tinhub/news"
)

const (
	redirectsMost = 5
	answerMost    = 1 << 10 // bytes of a hub's answer: a reason in plain text
)

// request asks a hub for a subscription or its end (5.1). A hub may send us on to
// another one (5.1.2), which gets the same request.
func (s *Subscriber) request(ctx context.Context, mode act, p news.Push) (Answer, error) {
	form := url.Values{"hub.mode": {string(mode)}, "hub.topic": {p.Topic}, "hub.callback": {p.Callback}}
	if mode == subscribe {
		form.Set("hub.secret", p.Secret)
		form.Set("hub.lease_seconds", strconv.Itoa(int(leaseWish/time.Second)))
	}
	hub := p.Hub
	for range redirectsMost + 1 {
		a, err := s.deps.Sender.Send(ctx, Message{
			URL: hub, Body: []byte(form.Encode()), Most: answerMost,
			Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"text/plain, */*;q=0.1"}},
		})
		if err != nil || !sendsOn(a.Status) || a.Location == "" {
			return a, err
		}
		if hub, err = another(hub, a.Location); err != nil {
			return a, err
		}
	}
	return Answer{}, fmt.Errorf("the hub redirects more than %d times", redirectsMost)
}

// sendsOn are the redirects that hubs answer with: 307 and 308, and the older
// ones, which in a hub's answer mean nothing else.
func sendsOn(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// another is the hub that a hub sends us on to. The secret never goes from TLS to
// a plain connection.
func another(hub, location string) (string, error) {
	from, err := url.Parse(hub)
	if err != nil {
		return "", err
	}
	to, err := from.Parse(location)
	switch {
	case err != nil || to.Scheme != "http" && to.Scheme != "https" || to.Host == "":
		return "", &Hopeless{fmt.Errorf("the hub redirects to something that is no web address: %.100q", location)}
	case from.Scheme == "https" && to.Scheme == "http":
		return "", &Hopeless{errors.New("the hub redirects from https to http, where the secret would be readable")}
	}
	to.Fragment, to.User = "", nil
	return to.String(), nil
}
