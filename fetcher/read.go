package fetcher

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"tinhub/fetcher/client"
	"tinhub/fetcher/feed"
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
}

// Read looks at an address as a poll would, without a store: what it gives is
// parsed; where it is a page, the feeds that it names or that stand at the usual
// places are looked for, and the first one that is a feed is read.
func (f *Fetcher) Read(ctx context.Context, src news.Source) (Reading, error) {
	r, err := f.look(ctx, src)
	if err != nil || r.Health != news.NotAFeed {
		return r, err
	}
	found := slices.Clone(r.Discovered)
	for _, guess := range append(slices.Clone(r.Discovered), usualPlaces(r.Address)...) {
		at := src
		at.URL, at.Page, at.Sitemap = guess, nil, ""
		if !sameHost(guess, src.Address()) { // what is meant for the source stays there
			at.BasicAuth, at.Cookies, at.Headers = nil, nil, nil
		}
		got, err := f.look(ctx, at)
		if err != nil {
			return r, err
		}
		for _, more := range got.Discovered {
			if !slices.Contains(found, more) {
				found = append(found, more)
			}
		}
		if got.Health == news.NotAFeed || got.Health == news.Failing || got.Health == news.Blocked || got.Health == news.Gone {
			continue
		}
		if !slices.Contains(found, guess) {
			found = append(found, guess)
		}
		got.Discovered = found
		return got, nil
	}
	r.Discovered = found
	return r, nil
}

// usualPlaces are where papers keep a feed that their pages do not name.
func usualPlaces(page string) []string {
	u, err := url.Parse(page)
	if err != nil || u.Host == "" {
		return nil
	}
	var out []string
	for _, path := range []string{"/rss", "/rss/home.rss", "/rss.html", "/feed", "/rss.xml", "/feed.xml", "/atom.xml"} {
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
	v := &visit{f: f, src: prepared, at: f.now()}
	v.f = f.blind()
	var doc feed.Document
	var at string
	v.f.parse = func(v *visit, resp *client.Response) (feed.Document, error) {
		var err error
		doc, err = f.parse(v, resp)
		at = resp.URL
		return doc, err
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
		Discovered: doc.Discovered, Permanent: v.out.Permanent, Wait: v.out.RetryAfter}
	if at == "" {
		r.Address = src.Address()
	}
	if health == news.OK && isStale(news.SourceState{NewestEntry: v.out.Newest}, v.at) {
		r.Health = news.Stale
	}
	return r, nil
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
