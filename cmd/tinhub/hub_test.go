package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tinhub/cmd/tinhub/press"
)

// A listener is a subscriber's server: it confirms what it is asked, and keeps
// what it is sent.
type listener struct {
	*httptest.Server
	mu   sync.Mutex // guards got
	got  []*http.Request
	body []string
}

func newListener(t *testing.T) *listener {
	l := &listener{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			io.WriteString(w, r.URL.Query().Get("hub.challenge"))
			return
		}
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.got, l.body = append(l.got, r), append(l.body, string(b))
	}))
	t.Cleanup(l.Close)
	return l
}

// last is the newest content.
func (l *listener) last() (header http.Header, body string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n = len(l.got); n == 0 {
		return nil, "", 0
	}
	return l.got[n-1].Header, l.body[n-1], n
}

// discover finds a feed's hub and its own address as a subscriber must: in the
// Link headers of its answer.
func (h *hub) discover(path string) (hubAddress, self string) {
	h.t.Helper()
	_, header, body, err := h.get(path)
	if err != nil {
		h.t.Fatal(err)
	}
	rel := map[string]string{}
	for _, m := range regexp.MustCompile(`<([^>]*)>;\s*rel="?([a-z]+)`).FindAllStringSubmatch(strings.Join(header["Link"], ","), -1) {
		rel[m[2]] = m[1]
	}
	for _, name := range []string{"hub", "self"} {
		if rel[name] == "" || !strings.Contains(string(body), rel[name]) {
			h.t.Fatalf("%s: rel=%s is %q in the header, and must be in the feed too", path, name, rel[name])
		}
	}
	return rel["hub"], rel["self"]
}

// From a paper's feed to a subscriber: the whole way, over both stores, through
// a kill -9 of the process that has the subscription.
func TestHubDeliversNews(t *testing.T) {
	stores(t, func(t *testing.T, storeURL string) {
		p, papers := startPress(t, press.Options{Papers: healthyPapers()})
		config := writeConfig(t, storeURL, papers, "")
		h := startProcess(t, nil, "serve", "-c", config)
		l := newListener(t)
		const feed = "/topics/tat-ca.json"
		h.await(20*time.Second, "the feed is served", func() error { _, err := h.feed(feed); return err })
		address, self := h.discover(feed)
		if want := "http://localhost:8080/hub"; address != want { // site.public_url, which nobody serves in a test
			t.Fatalf("the hub is said to be at %s, want %s", address, want)
		}
		resp, err := http.PostForm(h.base+"/hub", url.Values{
			"hub.mode": {"subscribe"}, "hub.topic": {self}, "hub.callback": {l.URL + "/cb"}, "hub.secret": {"mật khẩu"},
		})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusAccepted {
			t.Fatalf("status %d, want 202", resp.StatusCode)
		}
		same := func() error { return l.holds(h, feed, self) }
		p.Step()
		h.await(40*time.Second, "the subscriber has what is served", same)
		_, _, before := l.last()

		h.kill()
		h = startProcess(t, nil, "serve", "-c", config)
		p.Step()
		h.await(60*time.Second, "it gets news after the kill", func() error {
			if _, _, n := l.last(); n == before {
				return fmt.Errorf("nothing new yet")
			}
			return same()
		})
	})
}

// holds says whether the newest content is what is served, signed and labelled.
func (l *listener) holds(h *hub, feed, self string) error {
	_, served, body, err := h.get(feed)
	if err != nil {
		return err
	}
	header, got, n := l.last()
	switch mac := hmac.New(sha256.New, []byte("mật khẩu")); {
	case n == 0:
		return fmt.Errorf("nothing was delivered")
	case got != string(body):
		return fmt.Errorf("%d bytes delivered last, %d served", len(got), len(body))
	case header.Get("Content-Type") != served.Get("Content-Type"):
		return fmt.Errorf("delivered as %s", header.Get("Content-Type"))
	case !strings.Contains(header.Get("Link"), "<"+self+`>; rel="self"`):
		return fmt.Errorf("Link is %q", header.Get("Link"))
	default:
		mac.Write(body)
		if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); header.Get("X-Hub-Signature") != want {
			return fmt.Errorf("signed %s, want %s", header.Get("X-Hub-Signature"), want)
		}
	}
	return nil
}
