package main

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"tinhub/fetcher/client"
	"tinhub/fetcher/push"
	"tinhub/store"
)

// askedPerHub is how many sources at a time a hub is asked about: many name the
// same one.
const askedPerHub = 4

// newPush wires the subscriber. Every process answers hubs, for that needs the
// store only; those that poll ask them.
func newPush(h *house) *push.Subscriber {
	s := h.settings
	pushes := store.NewPushes(h.core)
	deps := push.Deps{Subscriptions: pushes, Inbox: pushes, Hints: store.NewHints(h.core), Sender: poster{h.client.With(client.Limits{PerHost: askedPerHub, Spacing: -1})}}
	if h.fetcher != nil {
		deps.Papers = h.fetcher
	}
	return push.New(deps, push.Options{
		URL: s.Site.PublicURL, TrustedProxies: s.HTTP.TrustedProxies, MaxBody: s.Fetch.MaxBody,
		Observe: h.metrics.push(), Log: h.log.With("room", "push"),
	})
}

// A poster takes what we ask to hubs, through the one way out.
type poster struct{ client *client.Client }

// Send implements push.Sender.
func (p poster) Send(ctx context.Context, m push.Message) (push.Answer, error) {
	resp, err := p.client.Fetch(ctx, client.Request{
		Method: http.MethodPost, URL: m.URL, Header: m.Header, Body: m.Body, MaxBody: m.Most, Cut: true, Redirects: -1,
	})
	switch client.ClassOf(err) {
	case "":
	case client.Busy:
		return push.Answer{}, push.ErrBusy
	case client.Forbidden, client.BadAddress:
		return push.Answer{}, &push.Hopeless{Err: err}
	default:
		return push.Answer{}, err
	}
	defer resp.Close()
	return push.Answer{Status: resp.Status, Location: resp.Header.Get("Location"), RetryAfter: resp.Header.Get("Retry-After"), Body: resp.Body}, nil
}

// push counts what the subscriber tells.
func (m *metrics) push() push.Observer {
	asked := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tinhub_push_requests_total", Help: "Requests to sources' hubs."}, []string{"mode", "result"})
	answered := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tinhub_push_verifications_total", Help: "Questions of sources' hubs."}, []string{"mode", "result"})
	notified := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tinhub_push_notifications_total", Help: "Notifications by sources' hubs."}, []string{"result"})
	owned := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tinhub_push_subscriptions", Help: "Subscriptions at sources' hubs that this process keeps."}, []string{"state"})
	m.registry.MustRegister(asked, answered, notified, owned)
	result := map[bool]string{true: "ok", false: "refused"}
	return push.Observer{
		Asked:    func(mode, result string) { asked.WithLabelValues(mode, result).Inc() },
		Answered: func(mode string, ok bool) { answered.WithLabelValues(mode, result[ok]).Inc() },
		Notified: func(what string) { notified.WithLabelValues(what).Inc() },
		Owned: func(states map[string]int) {
			owned.Reset()
			for state, n := range states {
				owned.WithLabelValues(state).Set(float64(n))
			}
		},
	}
}
