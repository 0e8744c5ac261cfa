package websub

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"tinhub/news"
)

// other is the publisher of a hub that others wrote: it serves the topics, and
// tells the hub when they change.
type other struct {
	mu     sync.Mutex        // guards bodies
	bodies map[string]string // by path
}

// playOther is a rig around a hub at an address.
func playOther(t *testing.T, address string) *rig {
	o := &other{bodies: map[string]string{}}
	r := &rig{t: t, address: address, other: o}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		o.mu.Lock()
		body, ok := o.bodies[q.URL.Path]
		o.mu.Unlock()
		if !ok {
			http.NotFound(w, q)
			return
		}
		format := news.Format(q.URL.Path[strings.LastIndexByte(q.URL.Path, '.')+1:])
		w.Header().Set("Content-Type", format.ContentType())
		w.Header().Add("Link", fmt.Sprintf(`<%s>; rel="hub"`, address))
		w.Header().Add("Link", fmt.Sprintf(`<%s%s>; rel="self"`, r.base, q.URL.Path))
		fmt.Fprint(w, body)
	}))
	t.Cleanup(srv.Close)
	r.base = srv.URL
	r.publish("nong-thon", "tin đầu tiên")
	r.publish("provinces/ca-mau", "tin Cà Mau")
	return r
}

func (o *other) publish(r *rig, channel, content string, formats []news.Format) {
	for _, f := range formats {
		o.mu.Lock()
		o.bodies[strings.TrimPrefix(r.topic(channel, f), r.base)] = string(f) + ": " + content
		o.mu.Unlock()
	}
	for _, f := range formats {
		// What it says to that is its own affair: the Recommendation has nothing on it.
		r.post("hub.mode", "publish", "hub.url", r.topic(channel, f), "hub.topic", r.topic(channel, f))
	}
}
