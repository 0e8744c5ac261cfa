package publisher

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"time"

	"tinhub/news"
	"tinhub/publisher/feed"
)

// opml lists the public channels: the topics, everything, and the provinces.
func (p *Publisher) opml(v *view) []byte {
	var all []feed.Outline
	var updated time.Time
	for _, c := range v.channels {
		if !c.public {
			continue
		}
		all = append(all, feed.Outline{Title: c.title, Description: c.description, Language: c.language, Links: v.links(c.path, "")})
		updated = later(updated, p.updated(c))
	}
	if !updated.IsZero() {
		updated = updated.In(v.Zone)
	}
	return feed.OPML(v.Site, updated, all)
}

// updated is when a channel says that it changed, zero while it has nothing.
func (p *Publisher) updated(c *channel) time.Time {
	if s := p.memory.output(c.id, news.HTML); s != nil && s.Items > 0 {
		return s.Updated
	}
	return time.Time{}
}

func (p *Publisher) serveOPML(q request) {
	p.reply(q, http.StatusOK, "text/x-opml; charset=utf-8", p.opml(q.v))
}

func (p *Publisher) serveRobots(q request) {
	p.reply(q, http.StatusOK, "text/plain; charset=utf-8", []byte("User-agent: *\nDisallow: /admin/\nDisallow: /api/\nDisallow: /search\n\nSitemap: "+q.v.base+"/sitemap.xml\n"))
}

type sitemap struct {
	XMLName xml.Name  `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []siteURL `xml:"url"`
}

type siteURL struct {
	Location string `xml:"loc"`
	Modified string `xml:"lastmod,omitempty"`
}

// sitemap lists the pages of the public channels (sitemaps.org 0.9).
func (p *Publisher) sitemap(v *view) []byte {
	m := sitemap{URLs: []siteURL{{Location: v.base + "/"}}}
	for _, c := range v.channels {
		if !c.public {
			continue
		}
		u := siteURL{Location: feed.URL(v.base + c.path)}
		if t := p.updated(c); !t.IsZero() {
			u.Modified = t.In(v.Zone).Format(time.RFC3339)
		}
		m.URLs = append(m.URLs, u)
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", " ")
	_ = enc.Encode(m) // strings only: cannot fail
	b.WriteByte('\n')
	return b.Bytes()
}

func (p *Publisher) serveSitemap(q request) {
	p.reply(q, http.StatusOK, "application/xml; charset=utf-8", p.sitemap(q.v))
}
