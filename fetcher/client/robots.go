package client

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/temoto/robotstxt"
)

// Robots answers what robots.txt lets us read. Pages ask it; feeds are published
// to be polled and are not asked about.
type Robots struct {
	c     *Client
	agent string

	mu    sync.Mutex
	hosts map[string]*rules // by scheme and host; guarded by mu
}

// rules are one host's, or the wait for them.
type rules struct {
	ready chan struct{} // closed when the rest is set
	data  *robotstxt.RobotsData
	until time.Time
}

// How long an answer counts (RFC 9309, section 2.4: at most a day), and how
// much of it is read (section 2.5: at least 500 KB).
const (
	robotsFresh = 24 * time.Hour
	robotsRetry = time.Hour // after an answer that was none
	robotsSize  = 512 << 10
	robotsHosts = 4096 // remembered
)

// NewRobots asks through c, and looks for rules for the product name that its
// user agent begins with.
func NewRobots(c *Client) *Robots {
	agent, _, _ := strings.Cut(c.opt.UserAgent, "/")
	agent, _, _ = strings.Cut(strings.TrimSpace(agent), " ")
	if agent == "" {
		agent = "tinhub"
	}
	return &Robots{c: c, agent: agent, hosts: map[string]*rules{}}
}

// Allowed says whether a page may be read, and how far apart the host wants its
// requests (0: it does not say). An error is the caller's context or an address
// that cannot be fetched; a host that does not answer is a no (RFC 9309, section
// 2.3.1.4), one that has no rules is a yes.
func (r *Robots) Allowed(ctx context.Context, page string) (ok bool, delay time.Duration, err error) {
	t, err := parseTarget(page)
	if err != nil {
		return false, 0, err
	}
	data, err := r.of(ctx, t)
	if err != nil {
		return false, 0, err
	}
	group := data.FindGroup(r.agent)
	path := t.url.EscapedPath()
	if path == "" {
		path = "/"
	}
	if t.url.RawQuery != "" {
		path += "?" + t.url.RawQuery
	}
	return data.TestAgent(path, r.agent), group.CrawlDelay, nil
}

// of is a host's rules, asked for once however many want them.
func (r *Robots) of(ctx context.Context, t target) (*robotstxt.RobotsData, error) {
	key := t.url.Scheme + "://" + t.url.Host
	for {
		r.mu.Lock()
		h := r.hosts[key]
		if h == nil {
			h = &rules{ready: make(chan struct{})}
			if len(r.hosts) >= robotsHosts {
				clear(r.hosts) // they are asked for again, politely
			}
			r.hosts[key] = h
			r.mu.Unlock()
			return r.ask(ctx, key, h)
		}
		r.mu.Unlock()
		select {
		case <-h.ready:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if h.data != nil && time.Now().Before(h.until) {
			return h.data, nil
		}
		r.forget(key, h)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
}

func (r *Robots) forget(key string, h *rules) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hosts[key] == h {
		delete(r.hosts, key)
	}
}

func (r *Robots) ask(ctx context.Context, key string, h *rules) (*robotstxt.RobotsData, error) {
	defer close(h.ready)
	resp, err := r.c.Fetch(ctx, Request{URL: key + "/robots.txt", MaxBody: robotsSize, Cut: true})
	switch class := ClassOf(err); {
	case class == Cancelled || class == Busy || ctx.Err() != nil:
		r.forget(key, h) // nobody was asked: the next one asks
		return nil, err
	case class == Forbidden || class == BadAddress:
		r.forget(key, h)
		return nil, err
	}
	status, body := http.StatusServiceUnavailable, []byte(nil)
	if err == nil {
		defer resp.Close()
		status, body = resp.Status, resp.Body
	}
	h.data, h.until = readRobots(status, body)
	return h.data, nil
}

// readRobots takes an answer as RFC 9309, section 2.3.1 does: what is not there
// forbids nothing, what cannot be reached forbids everything for now.
func readRobots(status int, body []byte) (*robotstxt.RobotsData, time.Time) {
	now := time.Now()
	fresh := robotsFresh
	switch {
	case status == http.StatusTooManyRequests || status >= 500:
		status, fresh = http.StatusServiceUnavailable, robotsRetry
	case status >= 300: // also a redirect that leads nowhere
		status, body = http.StatusNotFound, nil
	}
	data, err := robotstxt.FromStatusAndBytes(status, body)
	if err != nil || data == nil { // a page in its place is no rule
		data, _ = robotstxt.FromStatusAndBytes(http.StatusNotFound, nil)
	}
	return data, now.Add(fresh)
}
