package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"tinhub/publisher/embed"
)

// newWidget wires what partners put on their pages. Views are counted by partner,
// and nobody is who looks.
func newWidget(h *house) *embed.Widget {
	views := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tinhub_embed_views_total", Help: "Widgets opened, by the partner whose page it is."}, []string{"partner"})
	h.metrics.registry.MustRegister(views)
	return embed.New(embed.Options{
		PublicURL: h.settings.Site.PublicURL, Title: h.settings.Site.Title,
		Topics: h.roster.Topics, Partners: h.roster.Partners,
		Viewed: func(partner, topic string) {
			views.WithLabelValues(partner).Inc()
			if topic != "" { // the script alone: what it shows is counted when it asks for that
				h.tally.Viewed(partner, topic)
			}
		},
	})
}
