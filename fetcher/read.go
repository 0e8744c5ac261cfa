package fetcher

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tinhub/fetcher/client"
	"tinhub/fetcher/feed"
	"tinhub/fetcher/page"
	"tinhub/news"
)

// A Reading is one look at an address, for people who want to know what it gives.
type Reading struct {
	Address    string // that was read in the end, after redirects
	Health     news.Health
	Detail     string
	Status     int
	Document   feed.Document
	Discovered []string      // feeds found on the way, best first
	Permanent  string        // where a permanent redirect leads: the better address to write down
	Wait       time.Duration // that the answer asks for

	ETag, LastModified string // by which a poll can ask whether anything changed

	// Where the address is a page that shows a list of articles: selectors that
	// read it, guessed, and what they give.
	Page   *news.PageRule
	Listed []news.Entry
	Site   string // what a page calls its paper
}

// placesFor is how long the usual places of a paper's feed are looked at when the
// page in hand can be read without one: who tries an address waits for the answer,
// and each place costs the host's spacing. Where there is nothing else to show, all
// of them are.
const placesFor = 2500 * time.Millisecond

// Read looks at an address as a poll would, without a store: what it gives is
// parsed; where it is a page, the feeds that it names or that stand at the usual
// places are looked for, and the first one that is a feed is read. Where a feed
// that it names cannot be had, that is what is wrong.
func (f *Fetcher) Read(ctx context.Context, src news.Source) (Reading, error) {
	r, err := f.look(ctx, src)
	if err != nil || r.Health != news.NotAFeed {
		return r, err
	}
	s := search{f: f, src: src, found: slices.Clone(r.Discovered)}
	got, err := s.among(ctx, r.Discovered)
	if got == nil && err == nil && (s.ill == nil || s.ill.dead()) {
		got, err = s.usual(ctx, r)
	}
	switch {
	case err != nil:
		return r, err
	case got != nil:
		got.Site = r.Site
		return *got, nil
	}
	r.Discovered = s.found
	if ill := s.ill; ill != nil && !(ill.dead() && r.Page != nil) {
		r.Health, r.Status, r.Wait = ill.Health, ill.Status, ill.Wait
		r.Detail = fmt.Sprintf("the page names the feed %s: %s", ill.Address, ill.Detail)
	}
	return r, nil
}

// dead says that there is nothing at an address, nor will be.
func (r Reading) dead() bool {
	return r.Status == http.StatusNotFound || r.Status == http.StatusGone
}

// A search looks for the feed of a page.
type search struct {
	f     *Fetcher
	src   news.Source
	found []string // feeds that pages name
	ill   *Reading // the first that a page names and that could not be had
}

// usual looks for a feed at the usual places, as long as is worth it.
func (s *search) usual(ctx context.Context, page Reading) (*Reading, error) {
	within, ill := ctx, s.ill
	defer func() { s.ill = ill }() // nobody named these
	if page.Page != nil {
		var cancel context.CancelFunc
		within, cancel = context.WithTimeout(ctx, placesFor)
		defer cancel()
	}
	got, err := s.among(within, usualPlaces(page.Address))
	if within.Err() != nil && ctx.Err() == nil { // time is up: the page itself is shown
		return got, nil
	}
	return got, err
}

// among reads the first of some places that is a feed, or leads to one; nil: none
// does.
func (s *search) among(ctx context.Context, places []string) (*Reading, error) {
	for looks := 0; len(places) > 0 && looks < mostLooks; looks++ {
		guess := places[0]
		places = places[1:]
		at := s.src
		at.URL, at.Page, at.Sitemap = guess, nil, ""
		if !sameHost(guess, s.src.Address()) { // what is meant for the source stays there
			at.BasicAuth, at.Cookies, at.Headers = nil, nil, nil
		}
		got, err := s.f.look(ctx, at)
		if err != nil {
			return nil, err
		}
		var fresh []string
		for _, more := range got.Discovered {
			if !slices.Contains(s.found, more) {
				s.found, fresh = append(s.found, more), append(fresh, more)
			}
		}
		switch got.Health {
		case news.NotAFeed: // a paper's page of its feeds
			places = append(slices.Clip(fresh), places...)
			continue
		case news.Failing, news.Blocked, news.Gone:
			if s.ill == nil {
				got.Address, s.ill = guess, &got
			}
			continue
		}
		if !slices.Contains(s.found, guess) {
			s.found = append(s.found, guess)
		}
		got.Discovered = s.found
		return &got, nil
	}
	return nil, nil
}

// mostLooks is how many addresses are tried of those that a page names, and of the
// usual ones.
const mostLooks = 10

// usualPlaces are where papers keep a feed that their pages do not name, the most
// usual first.
func usualPlaces(page string) []string {
	u, err := url.Parse(page)
	if err != nil || u.Host == "" {
		return nil
	}
	var out []string
	for _, path := range []string{"/rss/home.rss", "/rss", "/rss.html", "/feed", "/rss.xml", "/feed.xml", "/atom.xml", "/sitemap-news.xml", "/sitemap.xml"} {
		if strings.TrimSuffix(u.Path, "/") == path {
			continue
		}
		out = append(out, (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: path}).String())
	}
	return out
}

// look is one visit without anything before or after it.
func (f *Fetcher) look(ctx context.Context, src news.Source) (Reading, error) {
	prepared, err := f.prepare(src)
	if err != nil {
		return Reading{}, err
	}
	v := &visit{f: f.blind(), src: prepared, at: f.now(), about: true}
	var doc feed.Document
	var at string
	var rule *news.PageRule
	var listed []news.Entry
	var site string
	v.f.parse = func(v *visit, resp *client.Response) (feed.Document, error) {
		read, err := f.parse(v, resp)
		if at != "" { // what the document leads to
			doc.Entries, doc.Rejected, doc.Repairs = append(doc.Entries, read.Entries...), append(doc.Rejected, read.Rejected...), append(doc.Repairs, read.Repairs...)
			return read, err
		}
		doc, at = read, resp.URL
		if errors.Is(err, feed.ErrNotAFeed) {
			rule, listed = guess(v, resp)
			site = page.SiteName(resp.Body, resp.Header.Get("Content-Type"))
		}
		return read, err
	}
	err = v.make(ctx)
	if later, ok := errors.AsType[errLater](err); ok {
		return Reading{Address: src.Address(), Health: news.Failing, Detail: later.Error()}, nil
	}
	if err != nil {
		return Reading{}, err
	}
	health, _ := judge(v.out)
	r := Reading{Address: at, Health: health, Detail: v.out.Detail, Status: v.out.Status, Document: doc,
		Discovered: doc.Discovered, Permanent: v.out.Permanent, Wait: v.out.RetryAfter,
		ETag: v.out.ETag, LastModified: v.out.LastModified, Page: rule, Listed: listed, Site: site}
	if at == "" {
		r.Address = src.Address()
	}
	if health == news.OK && isStale(news.SourceState{NewestEntry: v.out.Newest}, v.at) {
		r.Health = news.Stale
	}
	return r, nil
}

// guess looks for a list of articles on what is no feed.
func guess(v *visit, resp *client.Response) (*news.PageRule, []news.Entry) {
	rule, entries, ok := page.Guess(resp.Body, page.Options{
		Source: v.src.Source, URL: resp.URL, ContentType: resp.Header.Get("Content-Type"), Now: v.at, Location: v.src.loc,
	})
	if !ok {
		return nil, nil
	}
	return &rule, entries
}

// blind is a fetcher that remembers nothing.
func (f *Fetcher) blind() *Fetcher {
	out := f.apart()
	out.wire, out.pages = nothing{}, nil
	return out
}

// nothing is a wire on which nothing was ever seen.
type nothing struct{ Wire }

func (nothing) Seen(_ context.Context, _ int, _ string, keys []news.Key) ([]news.Key, error) {
	return make([]news.Key, len(keys)), nil
}

// Judge says in the words of source states what a document is that was read
// from somewhere else, a file say.
func Judge(doc feed.Document, err error, now time.Time) (news.Health, string) {
	o := Outcome{Status: 200, Entries: len(doc.Entries)}
	if err != nil && len(doc.Entries) == 0 {
		return news.NotAFeed, err.Error()
	}
	for _, e := range doc.Entries {
		if at := e.Published.At; at.After(o.Newest) && !at.After(now) {
			o.Newest = at
		}
	}
	health, _ := judge(o)
	if health == news.OK && isStale(news.SourceState{NewestEntry: o.Newest}, now) {
		return news.Stale, ""
	}
	return health, ""
}
