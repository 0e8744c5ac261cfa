package main

import (
	"tinhub/publisher"
	"tinhub/publisher/tally"
	"tinhub/publisher/websub"
)

// publisherObserver tells of what the publisher does: the metrics of all of it, and
// the tally of what readers got.
func (h *house) publisherObserver() publisher.Observer {
	o := h.metrics.publisher()
	o.Read = func(r publisher.Reading) { h.tally.Read(tally.Reading(r)) }
	return o
}

// hubObserver is publisherObserver for the hub.
func (h *house) hubObserver() websub.Observer {
	o := h.metrics.hub()
	o.Taken = h.tally.Delivered
	return o
}
