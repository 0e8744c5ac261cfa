package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tinhub/fetcher/client"
	"tinhub/news"
	"tinhub/publisher/websub"
	"tinhub/store"
)

// hubPath is where the hub answers, under site.public_url.
const hubPath = "/hub"

// callbacksPerHost is the most requests at once that the client lets through to
// one host; the hub itself keeps far below where a host does not answer.
const callbacksPerHost = 512

// newHub wires the hub. Every process that answers readers answers at /hub, for
// that needs the store only; those with the role deliver.
func newHub(h *house, holder string) *websub.Hub {
	s := h.settings
	out := h.client.With(client.Limits{PerHost: callbacksPerHost, Spacing: -1})
	return websub.New(websub.Deps{
		Leases: store.NewLeases(h.core), Hints: store.NewHints(h.core), Outputs: store.NewOutputs(h.core),
		Subscriptions: store.NewHub(h.core), Sender: courier{out},
	}, websub.Options{
		Settings: hubSettings(h.roster.now()),
		LeaseMin: s.Hub.LeaseMin, Lease: s.Hub.Lease, LeaseMax: s.Hub.LeaseMax,
		Refuse: out.Check, TrustedProxies: s.HTTP.TrustedProxies,
		Holder: holder, Observe: h.hubObserver(), Log: h.log.With("room", "hub"),
	})
}

// hubSettings is what the hub is told of the settings.
func hubSettings(s settings, _ []news.Source, topics []news.Topic, partners []news.Partner) websub.Settings {
	return websub.Settings{URL: s.Site.PublicURL, Topics: topics, Partners: partners, Formats: s.Publish.Formats}
}

// A courier takes the hub's messages to subscribers, through the one way out.
type courier struct{ client *client.Client }

// Send implements websub.Sender.
func (c courier) Send(ctx context.Context, m websub.Message) (websub.Answer, error) {
	resp, err := c.client.Fetch(ctx, client.Request{
		Method: m.Method, URL: m.URL, At: m.At, Header: m.Header, Body: m.Body, MaxBody: m.Most, Cut: true, Redirects: -1,
	})
	if err != nil {
		if hostIsAway(err) {
			err = &websub.Unreachable{Err: err}
		}
		return websub.Answer{}, err
	}
	defer resp.Close()
	return websub.Answer{Status: resp.Status, RetryAfter: resp.Header.Get("Retry-After"), Body: resp.Body}, nil
}

// Lookup implements websub.Sender.
func (c courier) Lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	return c.client.Lookup(ctx, "http://"+host+"/")
}

// hostIsAway says whether a failure is of the whole host: there is no address,
// none that may be dialled, no connection or no TLS. One that takes connections
// and breaks them off may do so for this callback only.
func hostIsAway(err error) bool {
	switch client.ClassOf(err) {
	case client.DNS, client.TLS, client.Forbidden:
		return true
	case client.Connect, client.Timeout:
		op, ok := errors.AsType[*net.OpError](err)
		return ok && op.Op == "dial"
	}
	return false
}

// hub counts what the hub tells.
func (m *metrics) hub() websub.Observer {
	asked := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tinhub_hub_requests_total", Help: "Requests at /hub."}, []string{"mode", "status"})
	verified := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tinhub_hub_verifications_total", Help: "Intents that subscribers were asked about."}, []string{"mode", "result"})
	delivered := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tinhub_hub_deliveries_total", Help: "Attempts to deliver."}, []string{"result"})
	took := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "tinhub_hub_delivery_seconds", Help: "Time of an attempt to deliver.", Buckets: prometheus.ExponentialBuckets(0.001, 4, 8),
	})
	behind := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "tinhub_hub_behind_seconds", Help: "From publication to a subscriber's receipt.", Buckets: prometheus.ExponentialBuckets(0.01, 4, 10),
	})
	shards := prometheus.NewGauge(prometheus.GaugeOpts{Name: "tinhub_hub_shards", Help: "Shards of subscriptions that this process serves."})
	subscriptions := prometheus.NewGauge(prometheus.GaugeOpts{Name: "tinhub_hub_subscriptions", Help: "Active subscriptions that this process serves."})
	waiting := prometheus.NewGauge(prometheus.GaugeOpts{Name: "tinhub_hub_waiting", Help: "Requests to subscribers that wait for their turn."})
	running := prometheus.NewGauge(prometheus.GaugeOpts{Name: "tinhub_hub_running", Help: "Requests to subscribers that are on their way."})
	away := prometheus.NewGauge(prometheus.GaugeOpts{Name: "tinhub_hub_hosts_away", Help: "Hosts of subscribers that do not answer."})
	m.registry.MustRegister(waiting, running, away, asked, verified, delivered, took, behind, shards, subscriptions)
	result := map[bool]string{true: "ok", false: "failed"}
	return websub.Observer{
		Asked:    func(mode string, status int) { asked.WithLabelValues(mode, strconv.Itoa(status)).Inc() },
		Verified: func(mode string, ok bool) { verified.WithLabelValues(mode, result[ok]).Inc() },
		Delivered: func(result string, t, since time.Duration) {
			delivered.WithLabelValues(result).Inc()
			took.Observe(t.Seconds())
			if result == "received" {
				behind.Observe(max(since, 0).Seconds())
			}
		},
		Line:  func(w, r, a int) { waiting.Set(float64(w)); running.Set(float64(r)); away.Set(float64(a)) },
		Owned: func(n, subs int) { shards.Set(float64(n)); subscriptions.Set(float64(subs)) },
	}
}
