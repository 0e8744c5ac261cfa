package main

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tinhub/fetcher"
	"tinhub/news"
	"tinhub/publisher"
	"tinhub/store"
)

// metrics is what /metrics tells. Each process has its own.
type metrics struct {
	registry  *prometheus.Registry
	rendered  *prometheus.HistogramVec
	revisions prometheus.Counter
	served    *prometheus.CounterVec
	bytes     *prometheus.CounterVec
	indexed   prometheus.Gauge
	swept     *prometheus.CounterVec
	reloads   *prometheus.CounterVec
	polls     *prometheus.CounterVec
	pollTime  prometheus.Histogram
	late      prometheus.Histogram
	entries   *prometheus.CounterVec
	shards    prometheus.Gauge
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		rendered: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tinhub_render_seconds", Help: "Time to render a channel in all formats.", Buckets: prometheus.ExponentialBuckets(0.001, 2, 12),
		}, nil),
		revisions: prometheus.NewCounter(prometheus.CounterOpts{Name: "tinhub_output_revisions_total", Help: "New revisions of outputs."}),
		served:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tinhub_http_requests_total", Help: "Answers to readers."}, []string{"format", "status"}),
		bytes:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tinhub_http_bytes_total", Help: "Bytes of bodies sent to readers."}, []string{"format"}),
		indexed:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "tinhub_search_stories", Help: "Stories in this process's search index."}),
		swept:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tinhub_swept_total", Help: "Things forgotten past their time."}, []string{"what"}),
		reloads:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tinhub_reloads_total", Help: "Rereadings of the configuration."}, []string{"result"}),
		polls:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tinhub_polls_total", Help: "Polls by what state they left their source in."}, []string{"state"}),
		pollTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tinhub_poll_seconds", Help: "Time of a poll, reading included.", Buckets: prometheus.ExponentialBuckets(0.01, 2, 12),
		}),
		late: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tinhub_poll_late_seconds", Help: "How long after it was due a poll began.", Buckets: prometheus.ExponentialBuckets(0.01, 4, 9),
		}),
		entries: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tinhub_entries_total", Help: "Entries that polls and hubs brought."}, []string{"what"}),
		shards:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "tinhub_shards", Help: "Shards of papers that this process polls."}),
	}
	version := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "tinhub_info", Help: "1, labelled with the version.", ConstLabels: prometheus.Labels{"version": versionName()},
	})
	version.Set(1)
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.rendered, m.revisions, m.served, m.bytes, m.indexed, m.swept, m.reloads,
		m.polls, m.pollTime, m.late, m.entries, m.shards, version)
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// polled counts a poll, or what a hub sent.
func (m *metrics) polled(e fetcher.Event) {
	m.entries.WithLabelValues("new").Add(float64(e.Record.New))
	m.entries.WithLabelValues("changed").Add(float64(e.Record.Changed))
	m.entries.WithLabelValues("set aside").Add(float64(e.Record.Rejected))
	m.shards.Set(float64(e.Shards))
	if e.Record.Push {
		return
	}
	m.polls.WithLabelValues(string(e.Record.Health)).Inc()
	m.pollTime.Observe(e.Record.Took.Seconds())
	m.late.Observe(max(e.Late, 0).Seconds())
}

// publisher counts what the publisher tells.
func (m *metrics) publisher() publisher.Observer {
	return publisher.Observer{
		Rendered: func(_ string, took time.Duration, revisions, _ int) {
			m.rendered.WithLabelValues().Observe(took.Seconds())
			m.revisions.Add(float64(revisions))
		},
		Served: func(format string, status, bytes int) {
			m.served.WithLabelValues(format, strconv.Itoa(status)).Inc()
			m.bytes.WithLabelValues(format).Add(float64(bytes))
		},
		Index: func(stories int, _ int64) { m.indexed.Set(float64(stories)) },
	}
}

func (m *metrics) sweep(s store.Swept) {
	m.swept.WithLabelValues("records").Add(float64(s.Expired))
	m.swept.WithLabelValues("stories").Add(float64(s.Stories))
	m.swept.WithLabelValues("articles").Add(float64(s.Articles))
}

// watch adds what is known of the sources, read when /metrics is.
func (m *metrics) watch(o *overview) { m.registry.MustRegister(sourceCollector{o}) }

// sourceCollector tells the sources' states without a label a source, of which
// there may be thousands.
type sourceCollector struct{ *overview }

var (
	sourcesDesc = prometheus.NewDesc("tinhub_sources", "Enabled sources by state; new ones were never polled.", []string{"state"}, nil)
	latestDesc  = prometheus.NewDesc("tinhub_newest_poll_timestamp_seconds", "When any source was last polled.", nil, nil)
	freshDesc   = prometheus.NewDesc("tinhub_newest_news_timestamp_seconds", "When any source last gave something new.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c sourceCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- sourcesDesc
	ch <- latestDesc
	ch <- freshDesc
}

// Collect implements prometheus.Collector.
func (c sourceCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	states := c.read(ctx)
	counts := map[news.Health]int{"new": 0, news.OK: 0, news.Unchanged: 0, news.Empty: 0, news.Stale: 0, news.NotAFeed: 0, news.Blocked: 0, news.Failing: 0, news.Gone: 0}
	var polled, fresh time.Time
	for _, s := range c.roster.Sources() {
		if !s.Enabled {
			continue
		}
		state, ok := states[s.ID]
		if !ok || state.Health == "" {
			counts["new"]++
			continue
		}
		counts[state.Health]++
		if state.Last.After(polled) {
			polled = state.Last
		}
		if state.LastNew.After(fresh) {
			fresh = state.LastNew
		}
	}
	for h, n := range counts {
		ch <- prometheus.MustNewConstMetric(sourcesDesc, prometheus.GaugeValue, float64(n), string(h))
	}
	for d, t := range map[*prometheus.Desc]time.Time{latestDesc: polled, freshDesc: fresh} {
		if !t.IsZero() {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(t.Unix()))
		}
	}
}
