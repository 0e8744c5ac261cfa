package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"tinhub/news"
)

// Handler answers hubs at Path. It needs the store only: any process may serve it.
func (s *Subscriber) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// A reply is what a hub is told.
type reply struct {
	status int
	text   string
	again  int // seconds, Retry-After
}

var (
	notFound  = reply{status: http.StatusNotFound, text: "there is no such subscription"}
	gone      = reply{status: http.StatusGone, text: "this subscription has ended"}
	storeAway = reply{status: http.StatusServiceUnavailable, text: "notifications cannot be taken right now; try again", again: 5}
)

func (s *Subscriber) serve(w http.ResponseWriter, r *http.Request) {
	var a reply
	id := strings.TrimPrefix(r.URL.Path, Path)
	_, valid := news.PushShard(id)
	switch {
	case !s.answersFor(r.Host):
		a = reply{status: http.StatusMisdirectedRequest, text: "this server does not answer for that host"}
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		w.Header().Set("Allow", "GET, POST")
		a = reply{status: http.StatusMethodNotAllowed, text: "this is a WebSub callback: hubs ask with GET and notify with POST"}
	case !valid:
		a = notFound
	case !s.limits.take("from "+s.opt.TrustedProxies.Client(r.RemoteAddr, r.Header["X-Forwarded-For"]).String(), s.now(), 50, 500):
		a = reply{status: http.StatusTooManyRequests, text: "too many requests from this address; come back later", again: 10}
	case r.Method == http.MethodGet:
		a = s.asks(r, id)
	default:
		a = s.notifies(w, r, id)
	}
	head := w.Header()
	head.Set("Content-Type", "text/plain; charset=utf-8")
	head.Set("Cache-Control", "no-store")
	head.Set("X-Content-Type-Options", "nosniff")
	if a.again > 0 {
		head.Set("Retry-After", fmt.Sprint(a.again))
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.text)
}

// answersFor says whether a Host header is ours to answer: public_url's,
// localhost or an address.
func (s *Subscriber) answersFor(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return strings.EqualFold(name, s.host) || strings.EqualFold(name, "localhost")
}

// asks answers a hub's question (5.3), or takes its denial (5.2).
func (s *Subscriber) asks(r *http.Request, id string) reply {
	q := r.URL.Query()
	mode := q.Get("hub.mode")
	a := s.decide(r, id)
	if f := s.opt.Observe.Answered; f != nil {
		if mode != "subscribe" && mode != "unsubscribe" && mode != "denied" {
			mode = "other"
		}
		f(mode, a.status == http.StatusOK)
	}
	return a
}

// answerTries is how often an answer is decided anew where the subscription was
// changed in the meantime.
const answerTries = 5

func (s *Subscriber) decide(r *http.Request, id string) reply {
	q := r.URL.Query()
	for range answerTries {
		p, err := s.deps.Subscriptions.Push(r.Context(), id)
		if errors.Is(err, news.ErrNotFound) {
			return notFound
		}
		if err != nil {
			s.log.Warn("a hub's question cannot be answered", "err", err)
			return storeAway
		}
		next, echo, yes := answer(p, q, s.now().UTC())
		if !yes {
			s.log.Info("a hub asks about what is not wanted", "source", p.Source, "mode", brief(q.Get("hub.mode")), "topic", brief(q.Get("hub.topic")))
			return notFound
		}
		err = s.deps.Subscriptions.AnswerPush(r.Context(), next)
		switch {
		case err == nil:
			s.log.Debug("answered a hub", "source", p.Source, "mode", q.Get("hub.mode"), "until", next.Until)
			return reply{status: http.StatusOK, text: echo}
		case !errors.Is(err, news.ErrConflict):
			s.log.Warn("a hub's question cannot be answered", "source", p.Source, "err", err)
			return storeAway
		}
	}
	return storeAway
}

// notifies takes a notification (7). What is said never depends on whether it was
// signed as agreed (7.1.2): who guesses learns nothing.
func (s *Subscriber) notifies(w http.ResponseWriter, r *http.Request, id string) reply {
	a, what := s.takeIn(w, r, id)
	if f := s.opt.Observe.Notified; f != nil {
		f(what)
	}
	return a
}

// How many notifications are taken in at once: of one subscription, so that a hub
// that sends them slowly keeps out no other, and of all.
const (
	bodiesEach = 2
	bodiesMost = 16
)

// takeIn stores a notification, and says in a word what became of it.
func (s *Subscriber) takeIn(w http.ResponseWriter, r *http.Request, id string) (reply, string) {
	p, err := s.deps.Subscriptions.Push(r.Context(), id)
	switch {
	case errors.Is(err, news.ErrNotFound), err == nil && !p.Leaving.IsZero():
		return gone, "ended"
	case err != nil:
		s.log.Warn("a notification cannot be taken", "err", err)
		return storeAway, "store away"
	case s.opt.Rate > 0 && !s.limits.take("for "+id, s.now(), s.opt.Rate, s.opt.Burst):
		return reply{status: http.StatusTooManyRequests, text: "too many notifications for this subscription; come back later", again: 30}, "too many"
	}
	if coding := strings.TrimSpace(r.Header.Get("Content-Encoding")); coding != "" && !strings.EqualFold(coding, "identity") {
		w.Header().Set("Accept-Encoding", "identity")
		return reply{status: http.StatusUnsupportedMediaType, text: "send it without a Content-Encoding: it is signed as it is"}, "encoded"
	}
	if !s.bodies.take(id, bodiesEach, bodiesMost) {
		return reply{status: http.StatusServiceUnavailable, text: "too many notifications at once; try again", again: 5}, "busy"
	}
	defer s.bodies.give(id)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.opt.MaxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return reply{status: http.StatusRequestEntityTooLarge, text: fmt.Sprintf("the notification is larger than %d bytes", s.opt.MaxBody)}, "too large"
	}
	if err != nil {
		return reply{status: http.StatusBadRequest, text: "the notification broke off"}, "broken off"
	}
	return s.keep(r, p, body)
}

// accepted says that a notification was received, and no more (7).
var accepted = reply{status: http.StatusAccepted, text: "received"}

// keep stores a notification as far as it is believed.
func (s *Subscriber) keep(r *http.Request, p news.Push, body []byte) (reply, string) {
	switch believe(r.Header.Get("X-Hub-Signature"), p.Secret, body) {
	case none:
		s.log.Info("a notification is ignored: it is not signed as was agreed", "source", p.Source, "signed", r.Header.Get("X-Hub-Signature") != "")
		return accepted, "unsigned"
	case weak:
		s.tellWeak(r.Context(), p)
		return accepted, "weak"
	}
	n := news.Notification{Source: p.Source, Push: p.ID, At: s.now().UTC(), Body: body,
		ContentType: head(r, "Content-Type"), Location: head(r, "Content-Location"), Language: head(r, "Content-Language")}
	n.Key = news.KeyOf(p.ID, n.ContentType, n.Location, n.Language, string(body))
	taken, err := s.deps.Inbox.Notify(r.Context(), n, s.opt.Waiting)
	if err != nil {
		s.log.Warn("a notification was not stored", "source", p.Source, "err", err)
		return storeAway, "store away"
	}
	if !taken {
		return reply{status: http.StatusServiceUnavailable, text: "earlier notifications wait to be read; try again", again: 60}, "too many"
	}
	s.log.Debug("notified by a hub", "source", p.Source, "bytes", len(body))
	return accepted, "taken"
}

// weakDetail is shown with a source whose hub is of no use.
const weakDetail = "the hub signs with SHA-1, which is not relied on (WebSub 8.3): what it sends is ignored, and the source polled as ever"

// tellWeak has a subscription tell why nothing comes of it.
func (s *Subscriber) tellWeak(ctx context.Context, p news.Push) {
	if p.Detail == weakDetail {
		return
	}
	p.Detail = weakDetail
	if err := s.deps.Subscriptions.AnswerPush(ctx, p); err != nil && !errors.Is(err, news.ErrConflict) { // the next one says it again
		s.log.Warn("that a hub signs with SHA-1 could not be stored", "source", p.Source, "err", err)
	}
}

// head is a header of bounded length: it is stored.
func head(r *http.Request, name string) string {
	v := r.Header.Get(name)
	return strings.ToValidUTF8(v[:min(len(v), 1024)], "")
}
