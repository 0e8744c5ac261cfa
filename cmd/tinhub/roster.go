package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"tinhub/news"
	"tinhub/store"
)

// A roster is what is gathered, filed and served at present: what the file
// declares and what lives in the store. The rooms read it through functions, and
// are told when it changes.
type roster struct {
	mu       sync.Mutex // guards all below
	settings settings
	kept     kept
	sources  []news.Source
	topics   []news.Topic
	partners []news.Partner
	tell     []chan struct{}
}

// kept is what lives in the store.
type kept struct {
	Sources  []news.Source
	Topics   []news.Topic
	Partners []news.Partner
}

func newRoster(s settings, k kept) *roster {
	r := &roster{settings: s, kept: k}
	r.join()
	return r
}

// Sources are all sources, disabled ones included.
func (r *roster) Sources() []news.Source {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sources
}

// Topics are all topics.
func (r *roster) Topics() []news.Topic {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.topics
}

// Partners are all partners.
func (r *roster) Partners() []news.Partner {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.partners
}

// now is one consistent look at everything.
func (r *roster) now() (settings, []news.Source, []news.Topic, []news.Partner) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.settings, r.sources, r.topics, r.partners
}

// scope is how much of a source's articles may be shown at a time: the lesser of
// publish.content and what is agreed, as the publisher has it.
func (r *roster) scope(src news.Source, at time.Time) news.Scope {
	r.mu.Lock()
	publish := r.settings.Publish
	r.mu.Unlock()
	agreed := src.Agreement.ScopeAt(at)
	if agreed == "" {
		agreed = publish.WithoutAgreement
	}
	return publish.Content.Lesser(agreed)
}

// changes is a channel that signals each change from now on, merged.
func (r *roster) changes() <-chan struct{} {
	c := make(chan struct{}, 1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tell = append(r.tell, c)
	return c
}

// declare takes over a reread file.
func (r *roster) declare(s settings) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settings = s
	r.join()
	r.signal()
}

// keep takes over what lives in the store, and says whether it differs.
func (r *roster) keep(k kept) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if sameKept(r.kept, k) {
		return false
	}
	r.kept = k
	r.join()
	r.signal()
	return true
}

func sameKept(a, b kept) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && string(x) == string(y)
}

// join puts both together; mu is held.
func (r *roster) join() {
	r.sources = joined(r.settings.Sources, r.kept.Sources, sourceID)
	r.topics = joined(r.settings.Topics, r.kept.Topics, topicID)
	r.partners = joined(r.settings.Partners, r.kept.Partners, func(p news.Partner) string { return p.ID })
}

func (r *roster) signal() {
	for _, c := range r.tell {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// follow keeps the roster as the store has it, until ctx ends.
func (r *roster) follow(ctx context.Context, core store.Core, log *slog.Logger) error {
	hints, err := store.NewHints(core).AdminHints(ctx)
	if err != nil {
		return err
	}
	tick := time.NewTicker(30 * time.Second) // hints may be lost
	defer tick.Stop()
	for {
		k, err := readKept(ctx, core)
		if err != nil {
			return err
		}
		if r.keep(k) {
			log.Info("sources and topics in the store changed", "sources", len(k.Sources), "topics", len(k.Topics))
		}
		select {
		case <-ctx.Done():
			return nil
		case _, ok := <-hints:
			if !ok {
				hints = nil // the tick goes on
			}
		case <-tick.C:
		}
	}
}
