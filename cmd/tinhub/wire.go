package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"strings"

	"tinhub/admin"
	"tinhub/curator"
	"tinhub/fetcher"
	"tinhub/fetcher/client"
	"tinhub/fetcher/push"
	"tinhub/news"
	"tinhub/publisher"
	"tinhub/publisher/feed"
	"tinhub/publisher/tally"
	"tinhub/publisher/websub"
	"tinhub/store"
)

// A house is all rooms of one process, wired: each was handed the facets of the
// store that it asked for, and none knows another.
type house struct {
	settings settings // as the process began; the roster has what was reread
	roster   *roster
	core     store.Core
	roles    map[string]bool
	log      *slog.Logger
	metrics  *metrics
	overview *overview
	client   *client.Client
	tally    *tally.Counter

	fetcher   *fetcher.Fetcher     // nil without the role
	push      *push.Subscriber     // it asks hubs only beside the fetcher
	curator   *curator.Curator     // nil without the role
	publisher *publisher.Publisher // nil without the role
	hub       *websub.Hub          // nil where there is neither role, publish or hub
	office    *admin.Office        // nil without the role admin
	changed   <-chan struct{}      // the roster, for the publisher
}

// newHouse wires the rooms. Nothing runs before workers do.
func newHouse(s settings, k kept, core store.Core, roles map[string]bool, log *slog.Logger) (*house, error) {
	h := &house{
		settings: s, roster: newRoster(s, k), core: core, roles: roles, log: log,
		metrics: newMetrics(), client: newClient(s),
		tally: tally.New(store.NewUsage(core), tally.Options{Zone: s.zone(), Log: log.With("room", "tally")}),
	}
	wire := store.NewWire(core, s.keep())
	h.overview = &overview{wire: wire, roster: h.roster}
	h.metrics.watch(h.overview)
	holder := holderName()
	if roles["fetch"] {
		var err error
		if h.fetcher, err = newFetcher(h, wire, holder); err != nil {
			return nil, err
		}
	}
	h.push = newPush(h)
	if roles["curate"] {
		h.curator = newCurator(h, holder)
	}
	if roles["publish"] {
		h.publisher = newPublisher(h, holder)
	}
	if roles["publish"] || roles["hub"] {
		h.hub = newHub(h, holder)
	}
	if roles["admin"] {
		var err error
		if h.office, err = newOffice(h, wire); err != nil {
			return nil, err
		}
	}
	h.changed = h.roster.changes()
	return h, nil
}

// holderName names this process among those that share the store.
func holderName() string {
	name, err := os.Hostname()
	if err != nil {
		name = "unnamed"
	}
	return name + "-" + rand.Text()[:8]
}

// newClient is the one way out, made once and handed to everyone who dials.
func newClient(s settings) *client.Client {
	spacing := s.Fetch.Spacing
	if spacing == 0 {
		spacing = -1 // the client reads 0 as its default
	}
	return client.New(client.Options{
		UserAgent: s.Fetch.UserAgent, Allow: s.Fetch.AllowNetworks, Timeout: s.Fetch.Timeout, MaxBody: s.Fetch.MaxBody,
		Limits: client.Limits{PerHost: s.Fetch.PerHost, Spacing: spacing},
	})
}

// newFetcher wires the fetcher. What it can't poll is said, and the rest polled.
func newFetcher(h *house, wire *store.Wire, holder string) (*fetcher.Fetcher, error) {
	s := h.settings
	f, err := fetcher.New(fetcher.Deps{
		Wire: wire, Leases: store.NewLeases(h.core), Hints: store.NewHints(h.core), Client: h.client,
		Pages: wire, Links: wire, Notes: store.NewPushes(h.core), Robots: client.NewRobots(h.client),
	}, fetcher.Options{
		Schedule: s.Fetch.Schedule, Location: s.zone(), Workers: s.Fetch.Workers, KeepSeen: s.Keep.Seen,
		Holder: holder, Log: h.log.With("room", "fetcher"), Observe: h.metrics.polled, Scope: h.roster.scope,
		Recheck: fetcher.Rechecking{First: s.Withdraw.Recheck, Confirm: s.Withdraw.Confirm},
	})
	if err != nil {
		return nil, err
	}
	sayFaults(h.log, f.SetSources(h.roster.Sources()))
	return f, nil
}

// sayFaults logs the sources that can't be polled as they are configured.
func sayFaults(log *slog.Logger, err error) {
	if err != nil {
		log.Error("some sources can't be polled", "err", err)
	}
}

func newCurator(h *house, holder string) *curator.Curator {
	desk, shelf := store.NewDesk(h.core, h.settings.keep()), store.NewShelf(h.core)
	return curator.New(curator.Deps{
		Leases: store.NewLeases(h.core), Hints: store.NewHints(h.core), Shelf: shelf, Desk: desk, Archive: desk, Late: desk,
		Orders: desk, Audit: store.NewAudit(h.core, h.settings.keep()),
	}, curator.Options{
		Grouper: curator.NewCopies(shelf, 0), Recheck: h.settings.Withdraw.Recheck, Evidence: h.settings.Keep.Audit,
		Sources: h.roster.Sources, Topics: h.roster.Topics, Changed: h.roster.changes(),
		Terms: h.settings.terms(), KeepSeen: h.settings.Keep.Seen,
		Holder: holder, Log: h.log.With("room", "curator"),
	})
}

// publisherMemory is how much of the stories that stand in channels the publisher
// keeps at hand, in bytes: of the country's papers, all.
const publisherMemory = 64 << 20

func newPublisher(h *house, holder string) *publisher.Publisher {
	desk := store.NewDesk(store.Remembering(h.core, publisherMemory), h.settings.keep())
	return publisher.New(publisher.Deps{
		Leases: store.NewLeases(h.core), Hints: store.NewHints(h.core), Stories: desk, Fronts: desk,
		Archive: desk, Changes: desk, Outputs: store.NewOutputs(h.core),
	}, publisher.Options{
		Settings: publishing(h.roster.now()), Holder: holder, Folder: h.settings.folder(),
		TrustedProxies: h.settings.HTTP.TrustedProxies, Status: h.overview.status,
		Observe: h.publisherObserver(), Log: h.log.With("room", "publisher"),
	})
}

// publishing is what the publisher is told of the settings.
func publishing(s settings, sources []news.Source, topics []news.Topic, partners []news.Partner) publisher.Settings {
	p := publisher.Settings{
		Site: feed.Site{
			Title: s.Site.Title, URL: s.Site.PublicURL, Owner: s.Site.Owner, Contact: s.Site.Contact, Licence: s.Site.Licence,
		},
		Language: s.Site.Language, Zone: s.zone(),
		Topics: topics, Sources: sources, Partners: partners,
		Hub: strings.TrimRight(s.Site.PublicURL, "/") + hubPath, Limit: s.Publish.Limit, Content: s.Publish.Content, WithoutAgreement: s.Publish.WithoutAgreement,
		MinAgencies: s.Publish.MinAgencies, Formats: s.Publish.Formats,
	}
	for _, r := range s.Publish.Require {
		p.Require = append(p.Require, string(r))
	}
	return p
}

// A worker runs until its context ends; supervise starts it again if it fails.
type worker struct {
	name string
	run  func(context.Context) error
}

// workers are what this process does beside answering readers.
func (h *house) workers() []worker {
	list := []worker{
		{"roster", func(ctx context.Context) error { return h.roster.follow(ctx, h.core, h.log) }},
		{"sweeper", h.sweep},
		{"messenger", h.passOn},
		{"tally", h.tally.Run},
	}
	if h.fetcher != nil {
		list = append(list, worker{"fetcher", h.fetcher.Run}, worker{"push", h.push.Run})
	}
	if h.curator != nil {
		list = append(list, worker{"curator", h.curator.Run})
	}
	if h.publisher != nil {
		list = append(list, worker{"publisher", h.publisher.Run})
	}
	if h.office != nil {
		list = append(list, worker{"alerts", h.office.Run})
	}
	if h.roles["hub"] {
		list = append(list, worker{"hub", h.hub.Run})
	}
	return list
}

// passOn tells of each change of the roster those rooms that don't look for
// themselves.
func (h *house) passOn(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-h.changed:
		}
		if h.fetcher != nil {
			sayFaults(h.log, h.fetcher.SetSources(h.roster.Sources()))
		}
		if h.publisher != nil {
			h.publisher.Reload(publishing(h.roster.now()))
		}
		if h.hub != nil {
			h.hub.Reload(hubSettings(h.roster.now()))
		}
	}
}

// front is what the server shows.
func (h *house) front() front {
	f := front{
		push: h.push.Handler(), metrics: h.metrics.handler(), from: h.settings.HTTP.MetricsFrom, proxies: h.settings.HTTP.TrustedProxies,
		ready: func(ctx context.Context) error { _, err := h.core.Now(ctx); return err },
	}
	if h.publisher != nil {
		f.pages, f.widget = h.publisher.Handler(), newWidget(h)
		store := f.ready
		f.ready = func(ctx context.Context) error { return errors.Join(store(ctx), h.publisher.Ready()) }
	}
	if h.hub != nil {
		f.hub = h.hub.Handler()
	}
	if h.office != nil {
		f.office = h.office.Handler()
	}
	return f
}
