package fetcher

import (
	"context"
	"errors"
	"fmt"

	"tinhub/fetcher/client"
	"tinhub/fetcher/feed"
	"tinhub/fetcher/page"
)

// isPage says that a source is a section page, read by selectors.
func (s source) isPage() bool { return s.Page != nil && s.URL == "" }

// parseSection reads a section page as if it were a feed.
func parseSection(v *visit, resp *client.Response) (feed.Document, error) {
	entries, rejected, err := page.Section(resp.Body, page.Options{
		Source: v.src.Source, URL: resp.URL, ContentType: resp.Header.Get("Content-Type"), Now: v.at, Location: v.src.loc,
	})
	if err != nil {
		return feed.Document{Format: "page"}, err
	}
	hubs, self := feed.HubsOfPage(resp.Body, resp.URL)
	return feed.Document{Format: "page", Link: resp.URL, Entries: entries, Rejected: rejected, Hubs: hubs, Self: self}, nil
}

// barred asks robots.txt about a section page, which unlike a feed was not put
// there to be polled. A no is the source's state; robots.txt has a turn of its
// own, so the poll comes back for it when that did not come.
func (v *visit) barred(ctx context.Context) (bool, error) {
	if v.f.robots == nil || !v.src.isPage() {
		return false, nil
	}
	v.turn.Done() // robots.txt is asked of the same host first
	v.turn = nil
	ok, _, err := v.f.robots.Allowed(ctx, v.address())
	if e, is := errors.AsType[*client.Error](err); is {
		return true, v.unanswered(ctx, e)
	}
	if err != nil {
		return true, err
	}
	if !ok {
		v.out.Barred = true
		v.out.Detail = fmt.Sprintf("robots.txt of %s does not let this page be read; ask the paper, or look for a feed", v.src.host)
	}
	return !ok, nil
}
