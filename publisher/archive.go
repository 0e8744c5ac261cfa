package publisher

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
	"tinhub/publisher/feed"
)

// archivePage is how many stories one archive document has. A month with more
// goes on in ?page=2, which its prev-archive link leads to.
const archivePage = 500

// archiveForm is how a month is written in an address.
const archiveForm = "2006-01"

// An archive is a month of a channel (RFC 5005 §4): what was published in it and
// stands, so that nothing that was withdrawn is in it.
type archive struct {
	c      *channel
	format news.Format
	month  time.Time // its first moment, in the zone of the site
	page   int
	most   int // stories a page
}

// findArchive is the archive that a path names: that of a channel, then
// /archive/YYYY-MM and a format.
func (v *view) findArchive(path string) (archive, bool) {
	name, rest, ok := strings.Cut(path, "/archive/")
	month, format, dot := strings.Cut(rest, ".")
	f := news.Format(format)
	if !ok || !dot || !v.archived || !v.publishes(f) || f != news.Atom && f != news.RSS {
		return archive{}, false
	}
	c := v.byID[strings.TrimPrefix(strings.TrimPrefix(name, "/topics/"), "/")]
	t, err := time.ParseInLocation(archiveForm, month, v.Zone)
	if c == nil || c.path != name || err != nil || t.Year() < 1970 || t.Year() > 2200 {
		return archive{}, false
	}
	return archive{c, f, t, 1, archivePage}, true
}

// archiveLinks are the addresses of a page of a month's archive.
func (v *view) archiveLinks(c *channel, month time.Time, page int) feed.Links {
	query := ""
	if page > 1 {
		query = "?page=" + strconv.Itoa(page)
	}
	l := v.links(c.path+"/archive/"+month.In(v.Zone).Format(archiveForm), query)
	l.JSON, l.Page = "", v.base+c.path
	return l
}

// prevArchive leads from the living document on: to the month of its oldest
// story, which may have more, or of its newest where it is not ordered by date.
func (v *view) prevArchive(c *channel, entries []entry) feed.Links {
	if !v.archived || len(entries) == 0 || !c.public {
		return feed.Links{}
	}
	at := entries[0].item.Published
	for _, e := range entries[1:] {
		t := e.item.Published
		if byDate := c.order == news.Newest || c.order == ""; byDate && t.Before(at) || !byDate && t.After(at) {
			at = t
		}
	}
	return v.archiveLinks(c, at, 1)
}

// nothingThen is what a reader is told of a month without news.
const nothingThen = "Tháng này không có tin nào trong kho lưu trữ."

// serveArchive answers with a month of a channel.
func (p *Publisher) serveArchive(q request, a archive) {
	if q.partner = q.v.partnerOf(q.Request, a.c); !a.c.public && !q.mayRead() {
		p.refuse(q, a.format, http.StatusForbidden, "Chuyên đề này chỉ dành cho đối tác: cần ?key= hợp lệ, hoặc mở từ trang của đối tác.")
		return
	}
	values, err := params(q.Request)
	if err == nil && values.Has("page") {
		if a.page, err = strconv.Atoi(values.Get("page")); err != nil || a.page < 1 || a.page > 10_000 {
			err = fmt.Errorf("page phải là một số từ 1 trở lên")
		}
	}
	if err != nil {
		p.refuse(q, a.format, http.StatusBadRequest, err.Error())
		return
	}
	if max(a.c.minAgencies, q.v.MinAgencies) > 0 { // where too few agencies hide the channel, they hide its past
		switch s := p.await(q.Context(), a.c, a.format); {
		case s == nil:
			p.notReady(q, a.format)
			return
		case s.Items == 0:
			p.refuse(q, a.format, http.StatusNotFound, nothingThen)
			return
		}
	}
	select {
	case p.archiving <- struct{}{}: // few at a time: each reads a month
		defer func() { <-p.archiving }()
	case <-q.Context().Done():
		return
	}
	body, err := p.archive(q.Context(), q.v, a)
	switch {
	case err != nil:
		p.log.Warn("an archive cannot be read", "channel", a.c.id, "month", a.month.Format(archiveForm), "err", err)
		q.w.Header().Set("Retry-After", "5")
		p.refuse(q, a.format, http.StatusServiceUnavailable, "Kho lưu trữ tạm thời không đọc được; hãy thử lại sau ít giây.")
	case body == nil:
		p.refuse(q, a.format, http.StatusNotFound, nothingThen)
	default:
		p.reply(q, http.StatusOK, a.format.ContentType(), body)
	}
}

// archive renders a month of a channel; nil where it has nothing.
func (p *Publisher) archive(ctx context.Context, v *view, a archive) ([]byte, error) {
	end := a.month.AddDate(0, 1, 0)
	skip := (a.page - 1) * a.most
	stories, err := p.deps.Archive.Between(ctx, a.c.id, a.c.order, a.month, end, skip, a.most+1)
	if err != nil || len(stories) == 0 {
		return nil, err
	}
	older, newer, err := p.deps.Archive.Beside(ctx, a.c.id, a.c.order, a.month, end)
	if err != nil {
		return nil, err
	}
	more := len(stories) > a.most
	stories = stories[:min(len(stories), a.most)]
	articles, err := p.speakers(ctx, stories)
	if err != nil {
		return nil, err
	}
	var entries []entry
	asOf := v.asOf(p.now())
	for i, s := range stories {
		if s.Withdrawn.IsZero() && articles[i].Withdrawn.IsZero() && fulfils(v.Require, s, articles[i]) {
			entries = append(entries, v.compose(s, articles[i], asOf))
		}
	}
	d := v.document(a.c, entries, time.Time{})
	self := v.archiveLinks(a.c, a.month, a.page)
	d.Current, d.Links, d.Hub = d.Links, self, "" // an archive is not a topic
	d.ID, d.Prev, d.Next = archiveID(a.format, self), feed.Links{}, feed.Links{}
	d.Title += " – " + a.month.Format("01/2006")
	switch {
	case more:
		d.Prev = v.archiveLinks(a.c, a.month, a.page+1)
	case !older.IsZero():
		d.Prev = v.archiveLinks(a.c, older, 1)
	}
	switch {
	case a.page > 1:
		d.Next = v.archiveLinks(a.c, a.month, a.page-1)
	case !newer.IsZero():
		d.Next = v.archiveLinks(a.c, newer, 1)
	}
	return v.write(a.format, a.c, d, entries)
}

// wholeMonth is the most stories of an archive in a folder, where there are no
// further pages.
const wholeMonth = 100_000

// writeArchives writes every month of a channel that has anything, the oldest
// first.
func (p *Publisher) writeArchives(ctx context.Context, v *view, c *channel, entries []entry, w *folderWriter) error {
	if v.prevArchive(c, entries) == (feed.Links{}) {
		return nil
	}
	_, oldest, err := p.deps.Archive.Beside(ctx, c.id, c.order, time.Time{}, time.Time{})
	for at := oldest; err == nil && !at.IsZero(); {
		t := at.In(v.Zone)
		a := archive{c: c, month: time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, v.Zone), page: 1, most: wholeMonth}
		for _, a.format = range []news.Format{news.Atom, news.RSS} {
			var body []byte
			if body, err = p.archive(ctx, v, a); err != nil {
				return err
			}
			if body != nil && v.publishes(a.format) {
				w.put(strings.TrimPrefix(c.path, "/")+"/archive/"+t.Format(archiveForm)+"."+string(a.format), body)
			}
		}
		_, at, err = p.deps.Archive.Beside(ctx, c.id, c.order, time.Time{}, a.month.AddDate(0, 1, 0))
	}
	return err
}

// archiveID names an archive's Atom feed by its own address.
func archiveID(f news.Format, l feed.Links) string {
	if f == news.Atom {
		return l.Atom
	}
	return l.RSS
}
