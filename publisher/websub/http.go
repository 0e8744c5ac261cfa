package websub

import (
	"crypto/rand"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// bodyMost is how many bytes a request to the hub may have.
const bodyMost = 16 << 10

// serve answers at /hub.
func (h *Hub) serve(w http.ResponseWriter, r *http.Request) {
	mode, status, sentence := h.answer(w, r)
	if h.opt.Observe.Asked != nil {
		h.opt.Observe.Asked(mode, status)
	}
	head := w.Header()
	head.Set("Content-Type", "text/plain; charset=utf-8")
	head.Set("Cache-Control", "no-store")
	head.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		fmt.Fprintln(w, sentence)
	}
}

// answer decides what to say. What is said never depends on a subscriber's
// answer: that is asked afterwards (WebSub §5.1.2).
func (h *Hub) answer(w http.ResponseWriter, r *http.Request) (mode string, status int, sentence string) {
	t := h.topics.Load()
	if !t.knows(r.Host) {
		return "", http.StatusMisdirectedRequest, "this server does not answer for that host; the hub is at " + t.hub
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		return "", http.StatusMethodNotAllowed,
			"this is a WebSub hub: POST hub.mode, hub.topic and hub.callback as application/x-www-form-urlencoded (https://www.w3.org/TR/websub/)"
	}
	from := h.opt.TrustedProxies.Client(r.RemoteAddr, r.Header["X-Forwarded-For"])
	if wait := takeFrom(&h.askers, from, h.now()); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		return "", http.StatusTooManyRequests, "too many requests from this address; come back later"
	}
	form, status, err := readForm(w, r)
	if err != nil {
		return "", status, err.Error()
	}
	req, err := readRequest(form, terms{h.opt.LeaseMin, h.opt.Lease, h.opt.LeaseMax})
	if err != nil {
		return "", http.StatusBadRequest, err.Error()
	}
	if req.mode == "publish" {
		status, sentence = h.publish(r, t, req)
	} else {
		status, sentence = h.ask(r, t, req, from)
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	return req.mode, status, sentence
}

// readForm reads a form, in the only media type there is for it.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, int, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, http.StatusUnsupportedMediaType, fmt.Errorf("the Content-Type must be application/x-www-form-urlencoded")
	}
	if c := params["charset"]; c != "" && !strings.EqualFold(c, "utf-8") {
		return nil, http.StatusUnsupportedMediaType, fmt.Errorf("the charset must be UTF-8")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyMost))
	if err != nil {
		if _, large := err.(*http.MaxBytesError); large {
			return nil, http.StatusRequestEntityTooLarge, fmt.Errorf("the request is larger than %d KB", bodyMost>>10)
		}
		return nil, http.StatusBadRequest, fmt.Errorf("the request broke off")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, http.StatusBadRequest, fmt.Errorf("the request is not form-encoded: an escape or a separator is wrong")
	}
	return form, 0, nil
}

// ask takes a subscription or its end in, to be verified.
func (h *Hub) ask(r *http.Request, t *topics, req request, from netip.Addr) (int, string) {
	found, canonical, err := t.find(req.topics[0], r.Host)
	if err != nil && (req.mode == "subscribe" || canonical == "") {
		return http.StatusNotFound, err.Error()
	}
	if err := h.judgeCallback(t, req.callback, r.Host); err != nil {
		return http.StatusBadRequest, err.Error()
	}
	in := intentOf(req, found, canonical, from.String(), h.now().UTC())
	in.Nonce = rand.Text()
	if req.mode == "subscribe" {
		// What is published from now on is owed to whoever confirms.
		head, err := h.headNow(r.Context(), found)
		if err != nil {
			h.log.Warn("hub: the store does not say what is published", "err", err)
			return http.StatusServiceUnavailable, "the hub cannot take subscriptions right now; try again"
		}
		in.Revision, in.ETag = head.Revision, head.ETag
	}
	if err := h.deps.Subscriptions.Ask(r.Context(), in); err != nil {
		h.log.Warn("hub: a request was not stored", "err", err)
		return http.StatusServiceUnavailable, "the hub cannot take requests right now; try again"
	}
	h.poke(news.HubShardOf(in.ID))
	return http.StatusAccepted, "accepted; hub.callback is asked to confirm"
}

// judgeCallback refuses callbacks that nothing is ever sent to. A name that
// leads to a private address is found out when it is dialled.
func (h *Hub) judgeCallback(t *topics, callback, at string) error {
	u, err := url.Parse(callback)
	if err != nil {
		return err
	}
	own := canonicalHost(u)
	if own == canonicalHost(t.base) || own == canonicalHost(&url.URL{Scheme: u.Scheme, Host: at}) {
		return fmt.Errorf("hub.callback is on this hub itself: content would go in a circle")
	}
	if h.opt.Refuse != nil {
		if err := h.opt.Refuse(callback); err != nil {
			return fmt.Errorf("hub.callback is refused: %w", err)
		}
	}
	return nil
}

// How many pings about one topic are listened to, in the long run and at once.
// Anybody may ping, and each is written down for all who serve a shard.
const (
	pingRate  = 1.0 / 60 // a second
	pingBurst = 10
)

// publish is told that topics changed. The hub knows when its own outputs
// change; it looks at once all the same, and sends what there is to those who
// never got anything.
func (h *Hub) publish(r *http.Request, t *topics, req request) (int, string) {
	if len(req.topics) > 100 {
		return http.StatusBadRequest, "more than 100 topics at once"
	}
	var found []topic
	for _, address := range req.topics {
		one, _, err := t.find(address, r.Host)
		if err != nil {
			return http.StatusNotFound, err.Error()
		}
		found = append(found, one)
	}
	for _, one := range found {
		in := news.Intent{Mode: news.Ping, Nonce: rand.Text(), Channel: one.Channel, Format: one.Format, At: h.now().UTC()}
		if h.pings.take(one, in.At) > 0 {
			continue // it was told often enough of late
		}
		if err := h.deps.Subscriptions.Ask(r.Context(), in); err != nil {
			h.log.Warn("hub: a ping was not stored", "err", err)
			return http.StatusServiceUnavailable, "the hub cannot take requests right now; try again"
		}
	}
	return http.StatusAccepted, "accepted; subscribers get what is new"
}
