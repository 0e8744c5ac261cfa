package websub

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"tinhub/news"
)

// topics says which addresses are topics. It never changes; a reload makes
// another.
type topics struct {
	Settings
	base     *url.URL
	hub      string
	channels map[string]channel // by path without format
	formerly map[string]string  // path it had before: path it has now
}

type channel struct {
	id     string
	public bool
}

// A topic is one output that can be subscribed to.
type topic struct {
	Channel string
	Format  news.Format
}

func newTopics(s Settings) *topics {
	def(&s.URL, "http://localhost:8080")
	if s.Formats == nil {
		s.Formats = []news.Format{news.RSS, news.Atom, news.JSON}
	}
	t := &topics{Settings: s, channels: map[string]channel{}, formerly: map[string]string{}}
	t.URL = strings.TrimRight(s.URL, "/")
	t.hub = t.URL + "/hub"
	base, err := url.Parse(t.URL)
	if err != nil {
		base = &url.URL{}
	}
	t.base = base
	t.channels["/topics/"+news.Everything] = channel{news.Everything, true}
	for _, topic := range s.Topics {
		path := "/topics/" + topic.ID
		t.channels[path] = channel{topic.ID, topic.Public}
		for _, old := range topic.Formerly {
			t.formerly["/topics/"+old] = path
		}
	}
	for _, p := range news.Provinces() {
		id := news.ProvinceChannel(p.Slug)
		t.channels["/"+id] = channel{id, true}
	}
	for _, f := range news.FormerProvinces() {
		t.formerly["/provinces/"+f.Slug] = "/provinces/" + f.Successor
	}
	return t
}

// What is wrong with a topic, in words for whoever develops a subscriber.
var (
	errForeign = errors.New("hub.topic is not one of this hub's topics; this hub only distributes what it publishes itself: use the rel=self link of a topic's feed")
	errPrivate = errors.New("hub.topic is not public: it needs the ?key= of a partner who may read it")
)

// find is the output that an address names, and the address in its canonical
// form. at is the Host by which the asker reached this hub, "" for none: an
// address on it is ours as much as one on public_url. The canonical form comes
// with an error too where the address is on this hub: a subscription may outlive
// its topic, and can still be given up.
func (t *topics) find(address, at string) (topic, string, error) {
	u, err := url.Parse(decoded(address))
	if err != nil || u.Opaque != "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return topic{}, "", errors.New("hub.topic is not an absolute http or https address")
	}
	host := canonicalHost(u)
	ours := host == canonicalHost(t.base) && u.Scheme == t.base.Scheme ||
		at != "" && host == canonicalHost(&url.URL{Scheme: u.Scheme, Host: at})
	if !ours || u.RawPath != "" {
		return topic{}, "", errForeign
	}
	canonical := u.Scheme + "://" + host + u.Path
	if u.RawQuery != "" {
		canonical += "?" + u.RawQuery
	}
	found, err := t.named(u)
	return found, canonical, err
}

// named is the output that an address on this hub names.
func (t *topics) named(u *url.URL) (topic, error) {
	dot := strings.LastIndexByte(u.Path, '.')
	if dot < 0 {
		return topic{}, errForeign
	}
	path, format := u.Path[:dot], news.Format(u.Path[dot+1:])
	if !slices.Contains(t.Formats, format) {
		return topic{}, errForeign
	}
	if now, ok := t.formerly[path]; ok {
		if _, used := t.channels[path]; !used {
			path = now
		}
	}
	c, ok := t.channels[path]
	switch {
	case !ok:
		return topic{}, errForeign
	case c.public && u.RawQuery != "":
		return topic{}, fmt.Errorf("%w, without a query", errForeign)
	case !c.public && !t.mayRead(c.id, u):
		return topic{}, errPrivate
	}
	return topic{c.id, format}, nil
}

// mayRead says whether an address bears the key of a partner who may read a channel.
func (t *topics) mayRead(channel string, u *url.URL) bool {
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil || len(q) != 1 || len(q["key"]) != 1 {
		return false
	}
	for _, p := range t.Partners {
		if p.Key != "" && subtle.ConstantTimeCompare([]byte(p.Key), []byte(q.Get("key"))) == 1 &&
			(slices.Contains(p.Topics, channel) || slices.Contains(p.Topics, "*")) {
			return true
		}
	}
	return false
}

// knows says whether a Host header is ours to answer: public_url's, localhost or
// an address.
func (t *topics) knows(host string) bool {
	name := (&url.URL{Host: host}).Hostname()
	if strings.EqualFold(name, t.base.Hostname()) || strings.EqualFold(name, "localhost") {
		return true
	}
	_, err := netip.ParseAddr(name)
	return err == nil
}

// canonicalHost is a host in lower case, without the port that its scheme implies.
func canonicalHost(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "http":
		return strings.TrimSuffix(host, ":80")
	case "https":
		return strings.TrimSuffix(host, ":443")
	}
	return host
}
