package fetcher

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tinhub/fetcher/client"
	"tinhub/fetcher/page"
	"tinhub/news"
)

// A PageLook is one look at an article page: what it gave, or why nothing.
type PageLook struct {
	Address    string // that was read in the end, after redirects
	Status     int    // HTTP, 0 without an answer
	State      news.PageState
	Detail     string // what was wrong and how to mend it
	Article    page.Article
	RetryAfter time.Duration // that the answer asks for
	Delay      time.Duration // that robots.txt wants between two pages
	HostFault  bool          // it says nothing of this page: the host is down, busy or slow

	ETag, LastModified string // of the answer
}

// Page reads an article page, politely: robots.txt is asked first, the host's
// limits hold, and what refuses us is left alone. What the page or its host does
// wrong is in the look; an error is the context's.
func (f *Fetcher) Page(ctx context.Context, src news.Source, address string) (PageLook, error) {
	return f.visitPage(ctx, pageRequest(src, address), f.reading(src))
}

// reading takes the article from an answer.
func (f *Fetcher) reading(src news.Source) func(*PageLook, *client.Response) {
	return func(look *PageLook, resp *client.Response) {
		look.read(resp, page.Options{Source: src, URL: resp.URL, ContentType: resp.Header.Get("Content-Type"), Now: f.now(), Location: f.zoneOf(src)})
	}
}

// visitPage asks for a page and lets read take from the answer what it came for.
// A page that read panics on is a failing one.
func (f *Fetcher) visitPage(ctx context.Context, q client.Request, read func(*PageLook, *client.Response)) (look PageLook, err error) {
	address := q.URL
	look.Address = address
	if ok, err := f.mayRead(ctx, address, &look); !ok {
		return look, err
	}
	resp, err := f.client.Fetch(ctx, q)
	if err != nil {
		err = look.unanswered(ctx, err)
		return look, err
	}
	defer resp.Close()
	look.Address, look.Status = resp.URL, resp.Status
	look.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), f.now())
	look.ETag, look.LastModified = resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
	if look.refused(resp, address) {
		return look, nil
	}
	f.parsing <- struct{}{}
	defer func() {
		<-f.parsing
		if p := recover(); p != nil { // one page must not stop the others
			look.State, look.Detail = news.PageFailing, fmt.Sprintf("reading it failed within tinhub (%.100s); please report it with the page", fmt.Sprint(p))
		}
	}()
	read(&look, resp)
	return look, nil
}

// mayRead asks robots.txt.
func (f *Fetcher) mayRead(ctx context.Context, address string, look *PageLook) (bool, error) {
	if f.robots == nil {
		return true, nil
	}
	ok, delay, err := f.robots.Allowed(ctx, address)
	if err != nil {
		return false, look.unanswered(ctx, err)
	}
	look.Delay = min(delay, maxCrawlDelay)
	if !ok {
		look.State, look.Detail = news.PageBlocked, "robots.txt of "+hostOf(address)+" does not let this page be read; ask the paper to admit fetch.user_agent"
	}
	return ok, nil
}

// maxCrawlDelay bounds what robots.txt may ask for, as the header's wish is.
const maxCrawlDelay = 10 * time.Minute

func (f *Fetcher) zoneOf(src news.Source) *time.Location {
	if src.Timezone != "" {
		if loc, err := news.LoadZone(src.Timezone); err == nil {
			return loc
		}
	}
	return f.opt.Location
}

// pageRequest asks for a page. Credentials are for the host that the admin named.
func pageRequest(src news.Source, address string) client.Request {
	q := client.Request{URL: address, Proxy: src.Proxy, MaxBody: page.MaxPage, Header: http.Header{
		"Accept":          {"text/html, application/xhtml+xml;q=0.9, */*;q=0.1"},
		"Accept-Language": {"vi, *;q=0.5"},
	}}
	if !sameHost(address, src.Address()) {
		return q
	}
	q.BasicAuth, q.Cookies = src.BasicAuth, src.Cookies
	for name, value := range src.Headers {
		q.Header.Set(name, value)
	}
	return q
}

// unanswered takes the failure of a request for what it is.
func (l *PageLook) unanswered(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e, ok := errors.AsType[*client.Error](err)
	if !ok {
		return err
	}
	l.State, l.Detail = news.PageFailing, e.Detail
	switch e.Class {
	case client.Loop: // as with feeds: a wall that wants a browser
		l.State = news.PageBlocked
	case client.TooLarge, client.Encoding, client.Redirect, client.BadAddress, client.Forbidden, client.Truncated:
	default:
		l.HostFault = true
	}
	return nil
}

// refused takes what is no page for what it is.
func (l *PageLook) refused(resp *client.Response, asked string) bool {
	switch s := resp.Status; {
	case challenged(s, resp.Header, resp.Body):
		l.State, l.Detail = news.PageBlocked, fmt.Sprintf("%d: it wants a browser that runs its script first; ask the paper to admit fetch.user_agent", s)
	case s == http.StatusUnauthorized, s == http.StatusForbidden, s == http.StatusUnavailableForLegalReasons:
		l.State, l.Detail = news.PageBlocked, statusDetail(s)
	case s == http.StatusNotFound, s == http.StatusGone:
		l.State, l.Detail = news.PageMissing, fmt.Sprintf("%d: the paper has no such page any more", s)
	case s == http.StatusNotModified: // it was asked for with the validators of one that was read
		l.State = news.PageRead
	case s < 200 || s >= 300:
		l.State, l.Detail = news.PageFailing, statusDetail(s)
		l.HostFault = s == http.StatusTooManyRequests || s == http.StatusServiceUnavailable
	case len(resp.Hops) > 0 && isFront(resp.URL) && !isFront(asked):
		l.State, l.Detail = news.PageMissing, "it leads to the front page, as addresses of articles that are gone do"
	case len(resp.Body) == 0:
		l.State, l.Detail = news.PageNoArticle, fmt.Sprintf("%d with nothing in it", s)
	default:
		return false
	}
	return true
}

// isFront says that an address is that of a site's front page.
func isFront(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.RawQuery == "" && strings.Trim(u.Path, "/") == ""
}

// read takes the article from the page.
func (l *PageLook) read(resp *client.Response, o page.Options) {
	var err error
	switch l.Article, err = page.Read(resp.Body, o); {
	case err == nil:
		l.State = news.PageRead
	case errors.Is(err, page.ErrMissing):
		l.State, l.Detail = news.PageMissing, err.Error()
	default:
		l.State, l.Detail = news.PageNoArticle, err.Error()
	}
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}
