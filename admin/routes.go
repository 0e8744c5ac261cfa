package admin

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"tinhub/news"
)

// routes is all that the API does.
func routes() []route {
	return slices.Concat(sourceRoutes(), topicRoutes(), partnerRoutes(), storyRoutes(), deskRoutes(), hubRoutes(), usageRoutes(), alertRoutes(), peopleRoutes())
}

// A tryBody is what is tried before it is a source: an address is enough.
type tryBody struct {
	SourceForm
	ID string `json:"id,omitempty"`
}

// done answers what gives nothing back.
func done(err error) (any, error) { return nil, err }

// replace is how PUT changes a thing.
func replace[F any](raw json.RawMessage) func(F) (json.RawMessage, error) {
	return func(F) (json.RawMessage, error) { return raw, nil }
}

// patch is how PATCH does.
func patch[F any](raw json.RawMessage) func(F) (json.RawMessage, error) {
	return func(now F) (json.RawMessage, error) { return patched(now, raw) }
}

// thingRoutes are those that sources, topics and partners have alike.
func thingRoutes[T, F any](name, one string, of func(*Office) *thing[T, F]) []route {
	var form F
	item := "/" + name + "/{id}"
	ids := []param{pathID}
	set := func(how func(json.RawMessage) func(F) (json.RawMessage, error)) func(q *call) (any, error) {
		return func(q *call) (any, error) {
			version, err := q.version()
			if err != nil {
				return nil, err
			}
			return of(q.o).set(q.Context(), q.o, q.who, q.id(), version, how(q.body))
		}
	}
	return []route{
		{method: "POST", path: "/" + name, name: "add" + one, level: Write, body: form, answer: form, status: http.StatusCreated,
			summary: "Make a " + strings.ToLower(one) + " with the keys of the configuration file.",
			do:      func(q *call) (any, error) { return of(q.o).add(q.Context(), q.o, q.who, q.body) }},
		{method: "PUT", path: item, name: "replace" + one, level: Write, params: ids, body: form, answer: form, status: http.StatusOK,
			summary: "Replace one that lives in the store. If-Match with its ETag refuses where somebody changed it meanwhile.",
			do:      set(replace[F])},
		{method: "PATCH", path: item, name: "change" + one, level: Write, params: ids, body: form, answer: form, status: http.StatusOK,
			summary: "Change some keys of one that lives in the store (RFC 7396).",
			do:      set(patch[F])},
		{method: "DELETE", path: item, name: "remove" + one, level: Write, params: ids, status: http.StatusNoContent,
			summary: "Remove one that lives in the store.",
			do: func(q *call) (any, error) {
				version, err := q.version()
				if err != nil {
					return nil, err
				}
				return done(of(q.o).remove(q.Context(), q.o, q.who, q.id(), version))
			}},
	}
}

func sourceRoutes() []route {
	filters := []param{
		{name: "state", in: "query", kind: "string", about: "Only those in this state.",
			enum: []string{"ok", "unchanged", "empty", "stale", "not a feed", "blocked", "failing", "gone", "new", "paused"}},
		{name: "province", in: "query", kind: "string", about: "Only those of a province in force, by its slug."},
		{name: "q", in: "query", kind: "string", about: "Only those whose id, name or address has this in it."},
	}
	return append([]route{
		{method: "GET", path: "/sources", name: "listSources", level: Read, params: queries(filters...), answer: page[SourceForm]{}, status: http.StatusOK,
			summary: "All sources, those that the file declares too, with the state of their polls.",
			do: func(q *call) (any, error) {
				items, next, err := q.o.Sources(q.Context(), q.who, q.after(), q.limit(), q.wanted)
				return pageOf(items, next), err
			}},
		{method: "GET", path: "/agreements", name: "listAgreements", level: Read, answer: page[Agreed]{}, status: http.StatusOK,
			summary: "The sources' agreements with their dates, the first to end at the top, and what may be shown now.",
			do: func(q *call) (any, error) {
				list, err := q.o.Agreements(q.Context(), q.who)
				return pageOf(list, ""), err
			}},
		{method: "GET", path: "/sources/{id}", name: "getSource", level: Read, params: []param{pathID}, answer: SourceForm{}, status: http.StatusOK,
			summary: "One source with the history of its polls.",
			do:      func(q *call) (any, error) { return q.o.Source(q.Context(), q.who, q.id()) }},
		{method: "POST", path: "/sources/test", name: "testSource", level: Write, body: tryBody{}, answer: Tried{}, status: http.StatusOK,
			summary: "Read an address as a poll would, and store nothing.",
			do:      func(q *call) (any, error) { return q.o.Try(q.Context(), q.who, q.body) }},
		{method: "POST", path: "/sources/{id}/test", name: "testThisSource", level: Write, params: []param{pathID}, answer: Tried{}, status: http.StatusOK,
			summary: "Read a source as its next poll would, with all that it is told, and store nothing.",
			do:      func(q *call) (any, error) { return q.o.TrySource(q.Context(), q.who, q.id(), nil) }},
		{method: "POST", path: "/sources/{id}/poll", name: "pollSource", level: Write, params: []param{pathID}, status: http.StatusAccepted,
			summary: "Poll a source now.",
			do:      func(q *call) (any, error) { return done(q.o.Poll(q.Context(), q.who, q.id())) }},
	}, thingRoutes("sources", "Source", (*Office).sources)...)
}

// wanted is the filter of a list of sources.
func (q *call) wanted(s news.Source, state news.SourceState) bool {
	if v := q.values["state"]; v != "" && v != stateOf(s, state.Health) {
		return false
	}
	if v := q.values["province"]; v != "" && v != s.Province {
		return false
	}
	return has(s, q.values["q"])
}

// stateOf is a source's state in one word, with those that were never polled and
// those that are paused.
func stateOf(s news.Source, polled news.Health) string {
	switch {
	case !s.Enabled:
		return "paused"
	case polled == "":
		return "new"
	}
	return string(polled)
}

// has says whether a source's id, name or address has a text in it, however that
// is typed; "" is in all.
func has(s news.Source, text string) bool {
	text = news.Fold(text)
	return text == "" || strings.Contains(news.Fold(s.ID+" "+s.Name+" "+s.Address()), text)
}

func topicRoutes() []route {
	since := param{name: "since", in: "query", kind: "duration", about: "How far to look back: 7d, 30d, 90d; 30d unless given."}
	return append([]route{
		{method: "GET", path: "/topics", name: "listTopics", level: Read, params: queries(), answer: page[TopicForm]{}, status: http.StatusOK,
			summary: "All topics, those that the file declares too.",
			do: func(q *call) (any, error) {
				list, next := q.o.topics().list(q.after(), q.limit(), nil)
				out := make([]TopicForm, len(list))
				for i, t := range list {
					out[i] = topicForm(t)
				}
				return pageOf(out, next), nil
			}},
		{method: "GET", path: "/topics/{id}", name: "getTopic", level: Read, params: []param{pathID}, answer: TopicForm{}, status: http.StatusOK,
			summary: "One topic.",
			do: func(q *call) (any, error) {
				t, version, err := q.o.topics().find(q.Context(), q.id())
				return q.o.topics().shown(t, version), err
			}},
		{method: "POST", path: "/topics/preview", name: "previewTopic", level: Read, params: []param{since}, body: TopicForm{}, answer: Preview{}, status: http.StatusOK,
			summary: "What a rule would select of what is stored, beside what its topic shows today. Nothing is saved.",
			do: func(q *call) (any, error) {
				back := 30 * news.Day24
				if v := q.values["since"]; v != "" {
					back, _ = news.ParseDuration(v) // it was checked
				}
				return q.o.Preview(q.Context(), q.who, q.body, back, 0)
			}},
	}, thingRoutes("topics", "Topic", (*Office).topics)...)
}

func partnerRoutes() []route {
	return append([]route{
		{method: "GET", path: "/partners", name: "listPartners", level: Read, params: queries(), answer: page[PartnerForm]{}, status: http.StatusOK,
			summary: "All partners, without their keys.",
			do: func(q *call) (any, error) {
				list, next := q.o.partners().list(q.after(), q.limit(), nil)
				out := make([]PartnerForm, len(list))
				for i, p := range list {
					out[i] = partnerForm(p)
				}
				return pageOf(out, next), nil
			}},
		{method: "GET", path: "/partners/{id}", name: "getPartner", level: Read, params: []param{pathID}, answer: PartnerForm{}, status: http.StatusOK,
			summary: "One partner, without its key.",
			do: func(q *call) (any, error) {
				p, version, err := q.o.partners().find(q.Context(), q.id())
				return q.o.partners().shown(p, version), err
			}},
		{method: "POST", path: "/partners/{id}/key", name: "newPartnerKey", level: Write, params: []param{pathID}, answer: PartnerForm{}, status: http.StatusOK,
			summary: "Give a partner a new key. It is in this answer and nowhere else; the old one ends at once.",
			do:      func(q *call) (any, error) { return q.o.NewKey(q.Context(), q.who, q.id()) }},
		{method: "DELETE", path: "/partners/{id}/key", name: "endPartnerKey", level: Write, params: []param{pathID}, status: http.StatusNoContent,
			summary: "Take a partner's key away, at once. Its origins stay.",
			do: func(q *call) (any, error) {
				_, err := q.o.EndKey(q.Context(), q.who, q.id())
				return nil, err
			}},
	}, thingRoutes("partners", "Partner", (*Office).partners)...)
}
