package admin

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// badCursor tells of a cursor that was not given by us as what it is: a bad
// parameter, and not a missing thing.
func badCursor(err error) error {
	if errors.Is(err, news.ErrNotFound) {
		return faultf(Invalid, "after is none that was given as next, or is past its time: begin without it")
	}
	return err
}

func storyRoutes() []route {
	ids := []param{pathID}
	topic := param{name: "topic", in: "query", kind: "string", about: "Only those that a topic shows, in its order: its id, provinces/SLUG, or tat-ca."}
	address := param{name: "url", in: "query", kind: "string", about: "Only the one at this address, however it is written."}
	return []route{
		{method: "GET", path: "/stories", name: "listStories", level: Read, params: queries(topic), answer: page[news.Story]{}, status: http.StatusOK,
			summary: "Stories, newest first, or those of a topic.",
			do:      (*call).stories},
		{method: "GET", path: "/stories/{id}", name: "getStory", level: Read, params: ids, answer: news.Story{}, status: http.StatusOK,
			summary: "One story, also by the id of one that became part of it.",
			do: func(q *call) (any, error) {
				s, err := q.o.deps.Stories.Find(q.Context(), q.id())
				if err != nil {
					return nil, err
				}
				if s[0].ID == "" {
					return nil, faultf(Missing, "there is no story %.80q", q.id())
				}
				return s[0], nil
			}},
		{method: "GET", path: "/articles", name: "listArticles", level: Read, params: queries(address), answer: page[news.Article]{}, status: http.StatusOK,
			summary: "Articles, story by story, newest first, or the one at an address.",
			do:      (*call).articles},
		{method: "GET", path: "/articles/{id}", name: "getArticle", level: Read, params: ids, answer: news.Article{}, status: http.StatusOK,
			summary: "One article with its revisions.",
			do: func(q *call) (any, error) {
				a, err := q.o.deps.Stories.Articles(q.Context(), q.id())
				if err != nil && !errors.Is(err, news.ErrNotFound) {
					return nil, err
				}
				if err != nil || a[0].ID == "" {
					return nil, faultf(Missing, "there is no article %.80q", q.id())
				}
				return a[0], nil
			}},
		{method: "GET", path: "/articles/{id}/explain", name: "explainArticle", level: Read, params: ids, answer: json.RawMessage(nil), status: http.StatusOK,
			summary: "Where an article came from, its story and why, and for each topic why it is in or out.",
			do: func(q *call) (any, error) {
				a, err := q.o.deps.Curator.Find(q.Context(), q.id())
				if err != nil {
					return nil, err
				}
				return q.o.deps.Curator.Explain(q.Context(), a)
			}},
	}
}

func (q *call) stories() (any, error) {
	if c := q.values["topic"]; c != "" {
		list, next, err := q.o.deps.Stories.Page(q.Context(), c, q.after(), q.limit())
		return pageOf(list, next), badCursor(err)
	}
	list, err := q.o.deps.Stories.Stories(q.Context(), q.after(), time.Time{}, q.limit()+1)
	return cut(list, q.limit(), func(s news.Story) string { return s.ID }), badCursor(err)
}

// articles are listed by walking the stories that they tell. A cursor is a story
// and how many of its members were listed.
func (q *call) articles() (any, error) {
	if address := q.values["url"]; address != "" {
		a, err := q.o.deps.Curator.Find(q.Context(), address)
		if f := faultOf(err); f != nil && f.Kind == Missing {
			return pageOf[news.Article](nil, ""), nil
		}
		return pageOf([]news.Article{a}, ""), err
	}
	ids, next, err := q.walk()
	if err != nil || len(ids) == 0 {
		return pageOf[news.Article](nil, next), err
	}
	list, err := q.o.deps.Stories.Articles(q.Context(), ids...)
	if err != nil {
		return nil, err
	}
	return pageOf(slices.DeleteFunc(list, func(a news.Article) bool { return a.ID == "" }), next), nil
}

func (q *call) walk() (ids []string, next string, err error) {
	after, skip := q.after(), 0
	var stories []news.Story
	if id, n, ok := strings.Cut(after, "."); ok {
		if skip, err = strconv.Atoi(n); err != nil || skip < 0 {
			return nil, "", badCursor(news.ErrNotFound)
		}
		if stories, err = q.o.deps.Stories.Find(q.Context(), id); err != nil {
			return nil, "", err
		}
		if stories[0].ID != id {
			return nil, "", badCursor(news.ErrNotFound)
		}
		after = id
	}
	more, err := q.o.deps.Stories.Stories(q.Context(), after, time.Time{}, q.limit()+1)
	if err != nil {
		return nil, "", badCursor(err)
	}
	for _, s := range append(stories, more...) {
		for i, m := range s.Members[min(skip, len(s.Members)):] {
			if len(ids) == q.limit() {
				return ids, s.ID + "." + strconv.Itoa(skip+i), nil
			}
			ids = append(ids, m.Article)
		}
		skip = 0
	}
	return ids, "", nil
}

// A SubscriptionForm is what is shown of a subscription: never its secret.
type SubscriptionForm struct {
	ID        string        `json:"id"`
	Topic     string        `json:"topic"`
	Channel   string        `json:"channel"`
	Format    news.Format   `json:"format"`
	Callback  string        `json:"callback"`
	Signed    bool          `json:"signed"`
	Since     time.Time     `json:"since"`
	Until     time.Time     `json:"until"`
	Ended     string        `json:"ended,omitempty"`
	Delivered time.Time     `json:"delivered,omitzero"`
	Failures  int           `json:"failures,omitempty"`
	Due       time.Time     `json:"due,omitzero"`
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

func subscriptionForm(s news.Subscription) SubscriptionForm {
	f := SubscriptionForm{
		ID: s.ID, Topic: s.Topic, Channel: s.Channel, Format: s.Format, Callback: s.Callback, Signed: s.Secret != "",
		Since: s.Since, Until: s.Until, Ended: s.Ended, Delivered: s.Delivered, Failures: s.Failures, Due: s.Due, Recent: []DeliveryRow{},
	}
	for _, d := range s.Recent {
		f.Recent = append(f.Recent, DeliveryRow{d.ID, s.ID, s.Callback, s.Topic, d.Revision, d.At, d.Took.Milliseconds(), d.Status, d.Error})
	}
	slices.Reverse(f.Recent) // latest first
	return f
}

func hubRoutes() []route {
	ids := []param{pathID}
	ask := func(mode news.IntentMode, what string) func(*call) (any, error) {
		return func(q *call) (any, error) { return done(q.o.askHub(q, mode, what)) }
	}
	return []route{
		{method: "GET", path: "/subscriptions", name: "listSubscriptions", level: Read, params: queries(), answer: page[SubscriptionForm]{}, status: http.StatusOK,
			summary: "Who is sent outputs by the hub, without their secrets.",
			do: func(q *call) (any, error) {
				list, next, err := q.subscriptions()
				return pageOf(list, next), err
			}},
		{method: "GET", path: "/subscriptions/{id}", name: "getSubscription", level: Read, params: ids, answer: SubscriptionForm{}, status: http.StatusOK,
			summary: "One subscription with its last deliveries.",
			do: func(q *call) (any, error) {
				s, err := q.o.deps.Hub.Subscription(q.Context(), q.id())
				return subscriptionForm(s), err
			}},
		{method: "DELETE", path: "/subscriptions/{id}", name: "endSubscription", level: Write, params: ids, status: http.StatusAccepted,
			summary: "End a subscription, and tell the subscriber.", do: ask(news.Remove, "subscription.end")},
		{method: "POST", path: "/subscriptions/{id}/replay", name: "replaySubscription", level: Write, params: ids, status: http.StatusAccepted,
			summary: "Deliver what is published, though it was delivered.", do: ask(news.Replay, "subscription.replay")},
		{method: "GET", path: "/deliveries", name: "listDeliveries", level: Read, params: queries(), answer: page[DeliveryRow]{}, status: http.StatusOK,
			summary: "The last attempts to deliver, subscription by subscription; limit counts subscriptions.",
			do: func(q *call) (any, error) {
				list, next, err := q.subscriptions()
				var rows []DeliveryRow
				for _, s := range list {
					rows = append(rows, s.Recent...)
				}
				return pageOf(rows, next), err
			}},
	}
}

func (q *call) subscriptions() ([]SubscriptionForm, string, error) {
	list, err := q.o.deps.Hub.Subscriptions(q.Context(), q.after(), q.limit()+1)
	if err != nil {
		return nil, "", err
	}
	p := cut(list, q.limit(), func(s news.Subscription) string { return s.ID })
	out := make([]SubscriptionForm, len(p.Items))
	for i, s := range p.Items {
		out[i] = subscriptionForm(s)
	}
	return out, p.Next, nil
}

func (o *Office) askHub(q *call, mode news.IntentMode, what string) error {
	s, err := o.deps.Hub.Subscription(q.Context(), q.id())
	if err != nil {
		return err
	}
	err = o.deps.Hub.Ask(q.Context(), news.Intent{
		ID: s.ID, Nonce: rand.Text(), Mode: mode, Topic: s.Topic, Channel: s.Channel, Format: s.Format, Callback: s.Callback,
		Reason: "ended by an admin", At: o.now(),
	})
	if err != nil {
		return err
	}
	return o.note(q.Context(), q.who.Name, what, s.ID, subscriptionForm(s), nil, "")
}
