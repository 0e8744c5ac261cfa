package fetcher

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"tinhub/fetcher/client"
	"tinhub/fetcher/feed"
	"tinhub/fetcher/page"
	"tinhub/news"
)

// What a document leads to: the parts of a sitemap index, the older entries of a
// section page. They are read in the same visit, each in its host's turn.

const (
	indexParts  = 2 // of a sitemap index that are read: the latest
	pagesBehind = 4 // behind a section page at most
)

// isIndex says that the source was a sitemap index when it was read last. Its own
// bytes say nothing of whether its parts changed.
func (v *visit) isIndex() bool { return v.state.Format == feed.SitemapIndex }

// known is the sum of an answer that need not be read.
func (v *visit) known() [32]byte {
	if v.isIndex() {
		return [32]byte{}
	}
	return v.sum
}

// further adds to a document what it leads to. What cannot be had is left out and
// said; an error is ours.
func (v *visit) further(ctx context.Context, doc *feed.Document, resp *client.Response) error {
	switch {
	case v.note != nil: // a hub sends all that there is to know
		return nil
	case doc.Format == feed.SitemapIndex:
		return v.readParts(ctx, doc)
	case v.src.isPage() && len(doc.Entries) > 0:
		return v.behind(ctx, doc, resp)
	}
	return nil
}

// A sitePart is what is remembered of a part of a sitemap index, in memory as a
// memo is: without it the part is read whole.
type sitePart struct {
	etag, modified string
	sum            [32]byte   // of its bytes
	items          []news.Key // raw keys, all of them in the memo
	held           int        // how often in a row it was not modified
}

// remembered is what may be asked for with validators: what all is known of. A
// server that has said "not modified" for long is asked without, see conditional.
func (v *visit) remembered(address string) sitePart {
	p := v.parts[address]
	if p.held >= news.PollHistory || slices.ContainsFunc(p.items, func(raw news.Key) bool { return !v.memo.knows(raw) }) {
		return sitePart{}
	}
	return p
}

// readParts reads the latest parts of a sitemap index, as far as they are others
// than they were.
func (v *visit) readParts(ctx context.Context, doc *feed.Document) error {
	parts := doc.Discovered
	v.partsAfter = map[string]sitePart{}
	for _, address := range parts[:min(len(parts), indexParts)] {
		was := v.remembered(address)
		resp, err := v.ask(ctx, address, was)
		if err != nil {
			return err
		}
		if resp == nil {
			v.out.Truncated = true // its validators must not hide what was missed
			continue
		}
		if resp.Status == http.StatusNotModified || resp.Same {
			resp.Close()
			was.held++
			v.partsAfter[address] = was
			doc.Unchanged = append(doc.Unchanged, was.items...)
			continue
		}
		part, err := v.parse(resp)
		resp.Close()
		if err != nil || part.Format == feed.SitemapIndex {
			v.out.Detail = fmt.Sprintf("its part %s is no sitemap", address)
			continue
		}
		if !part.Truncated {
			v.partsAfter[address] = sitePart{etag: resp.Header.Get("ETag"), modified: resp.Header.Get("Last-Modified"), sum: resp.Sum,
				items: slices.Concat(part.Raw, part.Unchanged)}
		}
		doc.Entries, doc.Raw = append(doc.Entries, part.Entries...), append(doc.Raw, part.Raw...)
		doc.Unchanged, doc.Rejected = append(doc.Unchanged, part.Unchanged...), append(doc.Rejected, part.Rejected...)
		doc.Repairs = append(doc.Repairs, part.Repairs...)
	}
	return nil
}

// behind reads on where a section page offers older entries, as long as all that
// it shows is new: at the first poll, and after an outage.
func (v *visit) behind(ctx context.Context, doc *feed.Document, resp *client.Response) error {
	body, at := resp.Body, resp.URL
	last := doc.Entries
	for range pagesBehind {
		next := page.Next(body, page.Options{URL: at, ContentType: resp.Header.Get("Content-Type")})
		if next == "" {
			return nil
		}
		if fresh, err := v.allNew(ctx, last); err != nil || !fresh {
			return err
		}
		more, err := v.ask(ctx, next, sitePart{})
		if err != nil || more == nil {
			return err
		}
		body, at = more.Body, more.URL
		d, err := v.parse(more)
		more.Close()
		if err != nil { // the last page, or none of the list
			return nil
		}
		last = nil
		for _, e := range d.Entries {
			if !slices.ContainsFunc(doc.Entries, func(have news.Entry) bool { return have.Key == e.Key }) {
				last = append(last, e)
			}
		}
		if len(last) == 0 {
			return nil
		}
		doc.Entries, doc.Rejected = append(doc.Entries, last...), append(doc.Rejected, d.Rejected...)
	}
	return nil
}

// allNew says that nothing of these entries was seen before.
func (v *visit) allNew(ctx context.Context, entries []news.Entry) (bool, error) {
	keys := make([]news.Key, len(entries))
	for i, e := range entries {
		keys[i] = e.Key
	}
	known, err := v.f.wire.Seen(ctx, v.shard, v.src.ID, keys)
	if err != nil {
		return false, fmt.Errorf("look up what %s gave before: %w", v.src.ID, err)
	}
	return !slices.ContainsFunc(known, func(k news.Key) bool { return k != "" }), nil
}

// ask fetches an address that a document of the source leads to, of the paper's
// hosts only, and only if it is other than it was. nil: it cannot be had now, and
// the outcome says why.
func (v *visit) ask(ctx context.Context, address string, was sitePart) (*client.Response, error) {
	if !slices.Contains(v.src.Families(), news.FamilyOf(address)) {
		v.out.Detail = fmt.Sprintf("it leads to %s, which is none of the paper's hosts; add it to hosts if it is", hostOf(address))
		return nil, nil
	}
	v.turn.Done() // this one takes a turn of its own
	v.turn = nil
	if v.f.robots != nil && v.src.isPage() {
		if ok, _, err := v.f.robots.Allowed(ctx, address); err != nil || !ok {
			return nil, ctx.Err()
		}
	}
	q := pageRequest(v.src.Source, address)
	q.MaxBody, q.Yield, q.Known = 0, v.yield, was.sum
	validate(q.Header, was.etag, was.modified)
	q.Header.Set("Accept", "application/xml, text/xml, text/html;q=0.9, */*;q=0.5")
	resp, err := v.f.client.Fetch(ctx, q)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		v.out.Detail = "what it leads to cannot be had: " + err.Error()
		return nil, nil
	case resp.Status == http.StatusNotModified && was.etag+was.modified != "":
		return resp, nil
	case resp.Status != http.StatusOK:
		v.out.Detail = fmt.Sprintf("%s, which it leads to: %s", address, statusDetail(resp.Status))
		resp.Close()
		return nil, nil
	}
	v.out.Bytes += int64(len(resp.Body))
	return resp, nil
}
