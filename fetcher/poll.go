package fetcher

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"time"

	"tinhub/fetcher/client"
	"tinhub/fetcher/feed"
	"tinhub/fetcher/markup"
	"tinhub/news"
)

// A visit is one poll of one source, from the request to what is to be recorded.
type visit struct {
	f     *Fetcher
	src   source
	state news.SourceState // before
	shard int
	at    time.Time

	turn  *client.Turn
	yield func(waiting bool)
	memo  memo     // of the last reading; nil: everything is read
	sum   [32]byte // of the last answer's bytes, if they were read whole; it is in state.BodyHash
	after memo     // of this reading

	parts, partsAfter map[string]sitePart // of a sitemap index, by address: as of the last reading, and of this one

	full  string   // what is read of the source's pages
	about bool     // what the document says of itself is wanted
	anew  bool     // which is other than it was: the document is read whole, to look which of its entries it concerns
	bytes [32]byte // the sum of this answer

	out      Outcome
	entries  []news.Entry
	seen     []news.Seen
	rejected []news.Rejected
	pages    []news.Page // of entries, that are to be read

	note *news.Notification // that is read, instead of an answer
}

// errLater says that nothing was asked: the visit is to be made again, later.
type errLater struct{ at time.Time }

func (e errLater) Error() string { return "the host's turn did not come" }

// make polls the source. What a source does wrong is in the outcome; an error
// is ours (the store's), or says that there was no visit.
func (v *visit) make(ctx context.Context) (err error) {
	begun := time.Now()
	v.out = Outcome{At: v.at}
	defer func() {
		if p := recover(); p != nil {
			v.panicked(p, debug.Stack())
			err = nil
		}
		v.out.Took = time.Since(begun)
	}()
	if done, err := v.barred(ctx); done {
		return err
	}
	resp, err := v.f.client.Fetch(ctx, v.request())
	if err != nil {
		return v.unanswered(ctx, err)
	}
	defer resp.Close()
	if v.answered(resp) {
		return nil
	}
	return v.read(ctx, resp)
}

// panicked notes that our own code failed: nothing of the document is kept.
func (v *visit) panicked(p any, stack []byte) {
	v.f.log.Error("reading a source panicked", "source", v.src.ID, "panic", p, "stack", string(stack))
	v.out.Panicked, v.out.Detail = true, fmt.Sprintf("reading it failed within tinhub (%.100s); please report it with the document", fmt.Sprint(p))
	v.entries, v.seen, v.pages = nil, nil, nil
}

// unanswered takes the failure of a request for what it is.
func (v *visit) unanswered(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e, ok := errors.AsType[*client.Error](err)
	if !ok {
		return err
	}
	if e.Class == client.Busy || e.Class == client.Cancelled {
		return errLater{e.At}
	}
	v.out.Class, v.out.Detail = e.Class, e.Detail
	return nil
}

// address is what is fetched: the source's own, or where it has moved to.
func (v *visit) address() string {
	if v.state.Adopted != "" {
		return v.state.Adopted
	}
	return v.src.Address()
}

// request is conditional on what was read whole before. Credentials are for the
// host that the admin named, also after the source moved.
func (v *visit) request() client.Request {
	q := client.Request{URL: v.address(), Known: v.known(), Turn: v.turn, Yield: v.yield, Proxy: v.src.Proxy, Header: http.Header{
		"Accept":          {"application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"},
		"Accept-Language": {"vi, *;q=0.5"},
	}}
	if v.conditional() {
		validate(q.Header, v.state.ETag, v.state.LastModified)
	}
	if v.state.Adopted != "" && !sameHost(v.state.Adopted, v.src.Address()) {
		return q
	}
	q.BasicAuth, q.Cookies = v.src.BasicAuth, v.src.Cookies
	for name, value := range v.src.Headers {
		q.Header.Set(name, value)
	}
	return q
}

// validate makes a request conditional on what is known.
func validate(h http.Header, etag, modified string) {
	if etag != "" {
		h.Set("If-None-Match", etag)
	}
	if modified != "" {
		h.Set("If-Modified-Since", modified)
	}
}

// conditional says whether to ask with validators. A server that has said "not
// modified" for as long as anybody remembers is asked once without: some say so
// for ever.
func (v *visit) conditional() bool {
	if v.state.ETag == "" && v.state.LastModified == "" || v.isIndex() || v.anew {
		return false
	}
	h := v.state.History
	return len(h) < news.PollHistory || slices.ContainsFunc(h, func(p news.PollRecord) bool { return !p.Push && p.Status != http.StatusNotModified })
}

func sameHost(a, b string) bool {
	x, err1 := client.HostKey(a)
	y, err2 := client.HostKey(b)
	return err1 == nil && err2 == nil && x == y
}

// answered notes what the headers say, and whether that is all there is to it.
func (v *visit) answered(resp *client.Response) bool {
	o := &v.out
	o.Status, o.Bytes = resp.Status, int64(len(resp.Body))
	v.bytes = resp.Sum
	o.ETag, o.LastModified = resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
	o.Fresh = freshness(resp.Header, v.at)
	o.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), v.f.now())
	o.Permanent = resp.Permanent
	if o.Hubs = markup.HeaderLinks(resp.Header.Values("Link"), resp.URL, "hub"); len(o.Hubs) > 0 {
		o.Self = cmp.Or(markup.HeaderLinks(resp.Header.Values("Link"), resp.URL, "self")...)
	}
	o.Challenge = challenged(resp.Status, resp.Header, resp.Body)
	switch {
	case o.Challenge:
		o.Detail = fmt.Sprintf("%d: it wants a browser that runs its script first; ask the paper to admit fetch.user_agent", o.Status)
	case o.Status == http.StatusNotModified && !v.conditional():
		o.Class, o.Detail = client.Protocol, statusDetail(o.Status)
	case o.Status == http.StatusOK && resp.Same:
		o.BodyHash, o.Known = v.state.BodyHash, true
	case o.Status == http.StatusOK && len(resp.Body) > 0:
		sum := sha256.Sum256(resp.Body)
		o.BodyHash = news.Key(hex.EncodeToString(sum[:16]))
		o.Known = o.BodyHash == v.state.BodyHash && !v.isIndex() && !v.anew
		return o.Known
	case o.Status == http.StatusNotModified:
	case o.Status >= 200 && o.Status < 300:
		o.NotAFeed, o.Detail = true, emptyDetail(o.Status, len(resp.Body))
	default:
		o.Detail = statusDetail(o.Status)
	}
	return true
}

// read parses the document and keeps what is new or changed.
func (v *visit) read(ctx context.Context, resp *client.Response) error {
	doc, err := v.parse(resp)
	if v.memo.clashes(doc) {
		v.memo = nil
		doc, err = v.parse(resp)
	}
	o := &v.out
	if err != nil && len(doc.Entries)+len(doc.Unchanged) == 0 {
		o.NotAFeed, o.Detail = true, notAFeed(err, resp, v.address())
		if v.about && errors.Is(err, feed.ErrNotAFeed) && sameHost(resp.URL, v.address()) {
			o.Detail = err.Error() // who asks for the first time is told what would be one
		}
		return nil
	}
	o.Truncated = doc.Truncated || err != nil
	if o.Truncated {
		o.Detail = "the document ends early: what it has whole is read, and it is asked for again"
	}
	if v.foreign(doc.Self) {
		return nil
	}
	if err := v.further(ctx, &doc, resp); err != nil {
		return err
	}
	o.Title, o.Format = doc.Title, doc.Format
	if len(o.Hubs) == 0 { // the header counts first
		o.Hubs, o.Self = doc.Hubs, doc.Self
	}
	if len(o.Hubs) > 0 {
		o.Self = cmp.Or(o.Self, doc.Self, resp.URL)
	}
	o.Pace, o.Repairs = doc.Pace, doc.Repairs
	entries, keys, twice := distinct(doc.Entries)
	v.rejected = append(doc.Rejected, twice...)
	for i := range v.rejected {
		v.rejected[i].At = v.at
	}
	v.after = v.memo.next(doc, keys)
	v.stand(doc, entries)
	o.Rejected = len(v.rejected)
	if o.Entries == 0 && o.Rejected > 0 {
		o.Detail = fmt.Sprintf("none of its %d entries can be used: %s", o.Rejected, v.rejected[0].Reason)
	}
	return v.compare(ctx, entries)
}

// stand notes what stands in the document, read now or passed over.
func (v *visit) stand(doc feed.Document, entries []news.Entry) {
	o := &v.out
	have := make(map[news.Key]bool, len(entries)+len(doc.Unchanged))
	add := func(key news.Key, at time.Time) {
		if !have[key] {
			have[key] = true
			o.Standing = append(o.Standing, key)
		}
		if at.After(o.Newest) && !at.After(v.at) { // a date to come says nothing of how old the feed is
			o.Newest = at
		}
	}
	for _, e := range entries {
		add(e.Key, e.Published.At)
	}
	for _, raw := range doc.Unchanged {
		add(v.memo[raw].key, v.memo[raw].at)
	}
	o.Entries = len(o.Standing)
}

// parse is work for a processor, of which there are few.
func (v *visit) parse(resp *client.Response) (feed.Document, error) {
	v.f.parsing <- struct{}{}
	defer func() { <-v.f.parsing }()
	return v.f.parse(v, resp)
}

// compare asks what is known of the entries and keeps the others.
func (v *visit) compare(ctx context.Context, entries []news.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	keys := make([]news.Key, len(entries))
	for i, e := range entries {
		keys[i] = e.Key
	}
	known, err := v.f.wire.Seen(ctx, v.shard, v.src.ID, keys)
	if err != nil {
		return fmt.Errorf("look up what %s gave before: %w", v.src.ID, err)
	}
	var old []news.Entry
	for i, e := range entries {
		switch known[i] {
		case e.Hash:
			old = append(old, e)
			continue
		case "":
			v.out.New++
		default:
			v.out.Changed++
		}
		e.Source, e.Seen = v.src.ID, v.at
		v.entries = append(v.entries, e)
	}
	oldestFirst(v.entries)
	for _, e := range v.entries {
		v.seen = append(v.seen, news.Seen{Key: e.Key, Hash: e.Hash})
	}
	return v.queuePages(ctx, old)
}

// distinct gives every entry of a document a key of its own; keys has one for
// each of the entries given. A guid that stands
// at several links is no name at all (one for everything, or the channel's): those
// entries are called by guid and link. What is there twice is told once.
func distinct(entries []news.Entry) (out []news.Entry, keys []news.Key, twice []news.Rejected) {
	links := make(map[news.Key]string, len(entries))
	shared := map[news.Key]bool{}
	for _, e := range entries {
		if link, ok := links[e.Key]; ok && link != e.Link {
			shared[e.Key] = true
		}
		links[e.Key] = e.Link
	}
	have := make(map[news.Key]news.Key, len(entries))
	for _, e := range entries {
		if shared[e.Key] {
			name := e.Link
			if name == "" {
				name = e.Title
			}
			e.Key = news.KeyOf("shared", string(e.Key), name)
		}
		keys = append(keys, e.Key)
		if hash, ok := have[e.Key]; ok {
			if hash != e.Hash {
				twice = append(twice, news.Rejected{Reason: "its guid and link stand in the document twice; the first one counts", Title: e.Title, Link: e.Link})
			}
			continue
		}
		have[e.Key] = e.Hash
		out = append(out, e)
	}
	return out, keys, twice
}

// oldestFirst orders entries as they were published. Feeds begin with the
// newest, which decides where dates are missing.
func oldestFirst(entries []news.Entry) {
	slices.Reverse(entries)
	if !slices.ContainsFunc(entries, func(e news.Entry) bool { return e.Published.IsZero() }) {
		slices.SortStableFunc(entries, func(a, b news.Entry) int { return a.Published.At.Compare(b.Published.At) })
	}
}

// notAFeed says what came instead, as far as that can be told.
func notAFeed(err error, resp *client.Response, asked string) string {
	text := "it is no feed"
	if !errors.Is(err, feed.ErrNotAFeed) {
		text = fmt.Sprintf("it cannot be read as a feed (%.200s)", err)
	}
	if kind := resp.Header.Get("Content-Type"); kind != "" {
		text += fmt.Sprintf(" but %.60q", kind)
	}
	if len(resp.Hops) > 0 && !sameHost(resp.URL, asked) {
		if u, err := url.Parse(resp.URL); err == nil {
			text += fmt.Sprintf("; it redirects to %s: a login page, or a paper that moved", u.Host)
		}
	}
	return text + "; an error page or a parked domain, unless the address is wrong"
}
