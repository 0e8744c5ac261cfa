package admin

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tinhub/news"
)

// A SubscriptionForm is what is shown of a subscription: never its secret, nor
// the key by which a partner reads a topic that is not public.
type SubscriptionForm struct {
	ID        string        `json:"id"`
	State     string        `json:"state"` // active, failing or ended
	Topic     string        `json:"topic"`
	Channel   string        `json:"channel"`
	Format    news.Format   `json:"format"`
	Callback  string        `json:"callback"`
	Signed    bool          `json:"signed"`
	Origin    string        `json:"origin,omitempty"` // address that asked for it
	Since     time.Time     `json:"since"`
	Verified  time.Time     `json:"verified"`
	Until     time.Time     `json:"until"`
	Ended     string        `json:"ended,omitempty"`
	Sent      int64         `json:"sent"`   // deliveries received
	Failed    int64         `json:"failed"` // attempts that were not
	Delivered time.Time     `json:"delivered,omitzero"`
	Failures  int           `json:"failures,omitempty"` // in a row
	Due       time.Time     `json:"due,omitzero"`       // not tried before
	Recent    []DeliveryRow `json:"recent"`
}

// A DeliveryRow is one attempt to deliver.
type DeliveryRow struct {
	ID           string    `json:"id"`
	Subscription string    `json:"subscription"`
	Callback     string    `json:"callback"`
	Topic        string    `json:"topic"`
	Revision     int64     `json:"revision"`
	At           time.Time `json:"at"`
	TookMS       int64     `json:"took_ms"`
	Status       int       `json:"status,omitempty"`
	Error        string    `json:"error,omitempty"`
}

// The states of a subscription. An ended one is remembered for a day.
const (
	subActive  = "active"
	subFailing = "failing"
	subEnded   = "ended"
)

var subStates = []string{subActive, subFailing, subEnded}

func subState(s news.Subscription, now time.Time) string {
	switch {
	case s.Ended != "" || !now.Before(s.Until):
		return subEnded
	case s.Failures > 0:
		return subFailing
	}
	return subActive
}

func subscriptionForm(s news.Subscription, now time.Time) SubscriptionForm {
	topic, callback := withoutKey(s.Topic), withoutUser(s.Callback)
	f := SubscriptionForm{
		ID: s.ID, State: subState(s, now), Topic: topic, Channel: s.Channel, Format: s.Format, Callback: callback, Signed: s.Secret != "",
		Origin: s.Origin, Since: s.Since, Verified: s.Verified, Until: s.Until, Ended: s.Ended, Sent: s.Sent, Failed: s.Failed,
		Delivered: s.Delivered, Failures: s.Failures, Due: s.Due, Recent: []DeliveryRow{},
	}
	for _, d := range s.Recent {
		f.Recent = append(f.Recent, DeliveryRow{d.ID, s.ID, callback, topic, d.Revision, d.At, d.Took.Milliseconds(), d.Status, d.Error})
	}
	slices.Reverse(f.Recent) // latest first
	return f
}

// withoutKey hides the key in a topic's address.
func withoutKey(topic string) string {
	address, query, has := strings.Cut(topic, "?")
	if !has {
		return topic
	}
	q, err := url.ParseQuery(query)
	if err != nil || q.Has("key") {
		return address + "?key=" + Hidden
	}
	return topic
}

// withoutUser hides the name and the password that a callback is called with.
func withoutUser(callback string) string {
	scheme, rest, has := strings.Cut(callback, "://")
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	at := strings.LastIndexByte(rest[:end], '@')
	if !has || at < 0 {
		return callback
	}
	return scheme + "://" + Hidden + rest[at:]
}

// A subFilter is which subscriptions are wanted; zero fields want all.
type subFilter struct {
	State   string
	Channel string
	Text    string // in the callback or the topic
}

func (w subFilter) wants(f SubscriptionForm) bool {
	return (w.State == "" || w.State == f.State) && (w.Channel == "" || w.Channel == f.Channel) &&
		(w.Text == "" || strings.Contains(news.Fold(f.Callback+" "+f.Topic), news.Fold(w.Text)))
}

// scanMost is how many subscriptions one request looks at for the few that it
// wants; what is left is on the next page.
const scanMost = 5000

// Subscriptions lists who is sent outputs, from behind one. A filtered page may
// have less than limit, and still a next.
func (o *Office) Subscriptions(ctx context.Context, w Who, after string, limit int, wanted subFilter) ([]SubscriptionForm, string, error) {
	if err := w.must(Read); err != nil {
		return nil, "", err
	}
	var out []SubscriptionForm
	now := o.now()
	for looked := 0; looked < scanMost; {
		list, err := o.deps.Hub.Subscriptions(ctx, after, limit+1)
		if err != nil {
			return nil, "", err
		}
		for i, s := range list {
			if len(out) == limit {
				return out, after, nil
			}
			if i == limit {
				break // it only told that there is more
			}
			after = s.ID
			if f := subscriptionForm(s, now); wanted.wants(f) {
				out = append(out, f)
			}
		}
		if looked += len(list); len(list) <= limit {
			return out, "", nil
		}
	}
	return out, after, nil
}

// Subscription is one, with its last deliveries.
func (o *Office) Subscription(ctx context.Context, w Who, id string) (SubscriptionForm, error) {
	if err := w.must(Read); err != nil {
		return SubscriptionForm{}, err
	}
	s, err := o.deps.Hub.Subscription(ctx, id)
	return subscriptionForm(s, o.now()), err
}

// Replay has what is published delivered, though it was.
func (o *Office) Replay(ctx context.Context, w Who, id string) error {
	return o.order(ctx, w, id, news.Replay, "subscription.replay")
}

// EndSubscription ends a subscription, and has its subscriber told. One that
// ended already is forgotten.
func (o *Office) EndSubscription(ctx context.Context, w Who, id string) error {
	return o.order(ctx, w, id, news.Remove, "subscription.end")
}

func (o *Office) order(ctx context.Context, w Who, id string, mode news.IntentMode, what string) error {
	if err := w.must(Write); err != nil {
		return err
	}
	s, err := o.deps.Hub.Subscription(ctx, id)
	if err != nil {
		return err
	}
	was := subscriptionForm(s, o.now())
	if mode == news.Replay && was.State == subEnded {
		return faultf(Taken, "this subscription has ended: only its subscriber can begin it again")
	}
	err = o.deps.Hub.Ask(ctx, news.Intent{
		ID: s.ID, Nonce: rand.Text(), Mode: mode, Topic: s.Topic, Channel: s.Channel, Format: s.Format, Callback: s.Callback,
		Reason: "ended by an admin", At: o.now().UTC(),
	})
	if err != nil {
		return err
	}
	return o.note(ctx, w.Name, what, s.ID, was, nil, "")
}

// filter is what the query of a list wants.
func (q *call) filter() subFilter {
	return subFilter{q.values["state"], q.values["topic"], q.values["q"]}
}

func hubRoutes() []route {
	ids := []param{pathID}
	filters := queries(
		param{name: "state", in: "query", kind: "string", about: "Only those in this state.", enum: subStates},
		param{name: "topic", in: "query", kind: "string", about: "Only those of a topic: its id, provinces/SLUG, or tat-ca."},
		param{name: "q", in: "query", kind: "string", about: "Only those whose callback or topic has this in it."},
	)
	return []route{
		{method: "GET", path: "/subscriptions", name: "listSubscriptions", level: Read, params: filters, answer: page[SubscriptionForm]{}, status: http.StatusOK,
			summary: "Who is sent outputs by the hub, without their secrets. A filtered page may have less than limit, and still a next.",
			do: func(q *call) (any, error) {
				list, next, err := q.o.Subscriptions(q.Context(), q.who, q.after(), q.limit(), q.filter())
				return pageOf(list, next), err
			}},
		{method: "GET", path: "/subscriptions/{id}", name: "getSubscription", level: Read, params: ids, answer: SubscriptionForm{}, status: http.StatusOK,
			summary: "One subscription with its last deliveries.",
			do:      func(q *call) (any, error) { return q.o.Subscription(q.Context(), q.who, q.id()) }},
		{method: "DELETE", path: "/subscriptions/{id}", name: "endSubscription", level: Write, params: ids, status: http.StatusAccepted,
			summary: "End a subscription, and tell the subscriber. One that ended already is forgotten.",
			do:      func(q *call) (any, error) { return done(q.o.EndSubscription(q.Context(), q.who, q.id())) }},
		{method: "POST", path: "/subscriptions/{id}/replay", name: "replaySubscription", level: Write, params: ids, status: http.StatusAccepted,
			summary: "Deliver what is published, though it was delivered, under the same delivery id.",
			do:      func(q *call) (any, error) { return done(q.o.Replay(q.Context(), q.who, q.id())) }},
		{method: "GET", path: "/deliveries", name: "listDeliveries", level: Read, params: filters, answer: page[DeliveryRow]{}, status: http.StatusOK,
			summary: "The last attempts to deliver, subscription by subscription, latest first in each; limit counts subscriptions.",
			do: func(q *call) (any, error) {
				list, next, err := q.o.Subscriptions(q.Context(), q.who, q.after(), q.limit(), q.filter())
				var rows []DeliveryRow
				for _, s := range list {
					rows = append(rows, s.Recent...)
				}
				return pageOf(rows, next), err
			}},
	}
}
