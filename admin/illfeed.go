package admin

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// The feed of illnesses is Atom 1.0 (RFC 4287), for who sits at a feed reader
// anyhow. A feed reader can't sign in, so that each account may have an address with
// a secret of its own, which opens this feed and nothing else. Only its hash is
// stored; a new password, a new address or the account's end closes it.

// atomOf is the feed: an entry for each illness, gone when it is over.
func (o *Office) atomOf(list []Illness) func(io.Writer) error {
	type link struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	}
	type entry struct {
		ID      string `xml:"id"`
		Title   string `xml:"title"`
		Updated string `xml:"updated"`
		Link    link   `xml:"link"`
		Summary string `xml:"summary"`
	}
	feed := struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string   `xml:"xml:lang,attr"`
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Author  string   `xml:"author>name"`
		Link    link     `xml:"link"`
		Entries []entry  `xml:"entry"`
	}{
		Lang: "vi", Title: o.opt.Title + ": nguồn gặp lỗi, im lặng hoặc hết thỏa thuận", Author: o.opt.Title,
		Link: link{"alternate", strings.TrimSuffix(o.opt.PublicURL, "/") + "/admin/alerts"},
	}
	feed.ID = feed.Link.Href
	latest := time.Unix(0, 0)
	for _, x := range list {
		if x.Since.After(latest) {
			latest = x.Since
		}
		text := stateTexts[string(x.Health)]
		if x.Detail != "" {
			text += ". " + oneLine(inWords(x.Detail))
		}
		feed.Entries = append(feed.Entries, entry{
			ID: o.sourcePage(x.Source) + strings.TrimPrefix(x.key(), x.Source) + "#" + strconv.FormatInt(x.Since.Unix(), 10), Title: oneLine(x.Name) + ": " + stateTexts[string(x.Health)],
			Updated: x.Since.UTC().Format(time.RFC3339), Link: link{"alternate", o.sourcePage(x.Source)}, Summary: text,
		})
	}
	feed.Updated = latest.UTC().Format(time.RFC3339)
	return func(w io.Writer) error {
		if _, err := io.WriteString(w, xml.Header); err != nil {
			return err
		}
		return xml.NewEncoder(w).Encode(feed)
	}
}

// NewFeed gives an account another address of its feed; the old one ends. It is in
// the answer and nowhere else.
func (o *Office) NewFeed(ctx context.Context, w Who) (string, error) {
	secret := newSecret()
	_, err := o.changeAccount(ctx, w.Name, func(a *Account) error { a.Feed = secretHash(secret); return nil })
	if err != nil {
		return "", err
	}
	address := strings.TrimSuffix(o.opt.PublicURL, "/") + "/admin/illnesses.atom?key=" + url.QueryEscape(w.Name+"_"+secret)
	return address, o.note(ctx, w.Name, "user.feed", w.Name, nil, nil, "")
}

// feedReader finds whose feed a key opens. It may do nothing else, whoever he is.
func (o *Office) feedReader(ctx context.Context, key string) (Who, error) {
	name, secret, ok := strings.Cut(key, "_")
	if !ok || !accountForm.MatchString(name) || len(secret) > 128 {
		return Who{}, nil
	}
	a, _, err := o.deps.Accounts.Get(ctx, name)
	if errors.Is(err, news.ErrNotFound) {
		return Who{}, nil
	}
	if err != nil || a.Feed == "" || !sameHash(a.Feed, secretHash(secret)) {
		return Who{}, err
	}
	return Who{a.Name, Read}, nil
}

// serveFeed serves /admin/illnesses.atom to who has a key.
func (o *Office) serveFeed(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Security-Policy", security)
	h.Set("Referrer-Policy", "no-referrer") // the address is a secret
	if wait := o.limiter.take("feed "+clientOf(r, o.opt.TrustedProxies), o.now()); wait > 0 {
		h.Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		problem(w, http.StatusTooManyRequests, faultf(TooMany, "too many requests"))
		return
	}
	who, err := o.feedReader(r.Context(), r.FormValue("key"))
	var list []Illness
	if err == nil && who.Level == 0 {
		problem(w, http.StatusForbidden, faultf(Refused, "this address is not, or no longer, a feed's: make a new one on the page of alerts"))
		return
	}
	if err == nil {
		list, err = o.Illnesses(r.Context(), who)
	}
	if err != nil {
		o.refuse(w, r, err)
		return
	}
	h.Set("Content-Type", "application/atom+xml; charset=utf-8")
	o.sendOut(w, o.atomOf(list))
}
