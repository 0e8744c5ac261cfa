package admin

import "net/http"

var (
	pathTopic = param{name: "id", in: "path", kind: "string", about: "A topic, provinces/SLUG (its slash as %2F), or tat-ca."}
	pathStory = param{name: "story", in: "path", kind: "string", about: "A story's id."}
)

type restoreForm struct {
	Reason string `json:"reason,omitempty"`
}

// deskRoutes are what editors decide about stories.
func deskRoutes() []route {
	ids := []param{pathID}
	which := param{name: "which", in: "query", kind: "string", enum: []string{"shown", "out"},
		about: "shown, unless given: in the order of the outputs; out: those that editors keep out."}
	list := param{name: "list", in: "query", kind: "string", about: "Only one of the lists."}
	for _, l := range waitingLists {
		list.enum = append(list.enum, l.name)
	}
	about := param{name: "story", in: "query", kind: "string", about: "Only those about a story."}
	return []route{
		{method: "GET", path: "/stories/{id}/curation", name: "getCuration", level: Read, params: ids, answer: CurationForm{}, status: http.StatusOK,
			summary: "What editors decided about a story: headline, note, hidden, and its place in each topic.",
			do:      func(q *call) (any, error) { return q.o.Curation(q.Context(), q.who, q.id()) }},
		{method: "PATCH", path: "/stories/{id}/curation", name: "curateStory", level: Write, params: ids, body: CurationForm{}, answer: CurationForm{}, status: http.StatusOK,
			summary: "Decide about a story (RFC 7396): title, note, hidden, released, places.TOPIC.{filed, pinned, until}. null takes back. " +
				"With If-Match it is refused where somebody decided meanwhile, and the problem's now is what there is.",
			do: func(q *call) (any, error) {
				version, err := q.version()
				if err != nil {
					return nil, err
				}
				return q.o.Patch(q.Context(), q.who, q.id(), version, q.body)
			}},
		{method: "GET", path: "/topics/{id}/stories", name: "listTopicStories", level: Read, params: queries(pathTopic, which), answer: page[TopicStory]{}, status: http.StatusOK,
			summary: "The stories of a topic in the order of its outputs, what is pinned first.",
			do: func(q *call) (any, error) {
				list, next, err := q.o.TopicStories(q.Context(), q.who, q.id(), q.values["which"] == "out", q.after(), q.limit())
				return pageOf(list, next), err
			}},
		{method: "POST", path: "/topics/{id}/stories/{story}/move", name: "moveStory", level: Write, params: []param{pathTopic, pathStory}, body: Move{}, answer: CurationForm{}, status: http.StatusOK,
			summary: "Put a story directly above or below another one of a topic. Next to what is pinned, it is pinned.",
			do: func(q *call) (any, error) {
				version, err := q.version()
				if err != nil {
					return nil, err
				}
				m, err := into[Move](q.body)
				if err != nil {
					return nil, err
				}
				return q.o.Move(q.Context(), q.who, q.id(), q.PathValue("story"), version, m)
			}},
		{method: "POST", path: "/stories/{id}/merge", name: "mergeStories", level: Write, params: ids, body: MergeForm{}, answer: StoriesNow{}, status: http.StatusOK,
			summary: "Make a story and others one, for good: the oldest keeps its id, and the others lead to it.",
			do: func(q *call) (any, error) {
				f, err := into[MergeForm](q.body)
				if err != nil {
					return nil, err
				}
				return q.o.Merge(q.Context(), q.who, q.id(), f)
			}},
		{method: "POST", path: "/stories/{id}/split", name: "splitStory", level: Write, params: ids, body: SplitForm{}, answer: StoriesNow{}, status: http.StatusOK,
			summary: "Take articles out of a story: they are one of their own, and the two are kept apart for good.",
			do: func(q *call) (any, error) {
				f, err := into[SplitForm](q.body)
				if err != nil {
					return nil, err
				}
				return q.o.Split(q.Context(), q.who, q.id(), f)
			}},
		{method: "POST", path: "/stories/{id}/tie", name: "tieStory", level: Write, params: ids, body: TieForm{}, answer: StoriesNow{}, status: http.StatusOK,
			summary: "Say what a story corrects (nothing, where corrects is left out), for good; or leave it to the machine again.",
			do: func(q *call) (any, error) {
				f, err := into[TieForm](q.body)
				if err != nil {
					return nil, err
				}
				return q.o.Tie(q.Context(), q.who, q.id(), f)
			}},
		{method: "POST", path: "/articles/{id}/edit", name: "settleEdit", level: Write, params: ids, body: SettleForm{}, answer: EditState{}, status: http.StatusOK,
			summary: "Take an edit that is held (the article's held) over now, or refuse it.",
			do: func(q *call) (any, error) {
				f, err := into[SettleForm](q.body)
				if err != nil {
					return nil, err
				}
				return q.o.Settle(q.Context(), q.who, q.id(), f)
			}},
		{method: "POST", path: "/articles/{id}/withdraw", name: "withdrawArticle", level: Write, params: ids, body: WithdrawForm{}, answer: Withdrawals{}, status: http.StatusOK,
			summary: "Take an article out of everything now, by an order that came at received. It leaves its trace.",
			do: func(q *call) (any, error) {
				f, err := into[WithdrawForm](q.body)
				if err != nil {
					return nil, err
				}
				return q.o.Withdraw(q.Context(), q.who, q.id(), f)
			}},
		{method: "POST", path: "/articles/{id}/restore", name: "restoreArticle", level: Write, params: ids, body: restoreForm{}, answer: Withdrawals{}, status: http.StatusOK,
			summary: "Take an order back: the article is shown again.",
			do: func(q *call) (any, error) {
				f, err := into[restoreForm](q.body)
				if err != nil {
					return nil, err
				}
				return q.o.Restore(q.Context(), q.who, q.id(), f.Reason)
			}},
		{method: "GET", path: "/waiting", name: "listWaiting", level: Read, params: []param{list}, answer: page[Waiting]{}, status: http.StatusOK,
			summary: "What waits for time or for an editor, each with its clock: the most urgent first.",
			do: func(q *call) (any, error) {
				items, err := q.o.Waiting(q.Context(), q.who, q.values["list"])
				return pageOf(items, ""), err
			}},
		{method: "GET", path: "/decisions", name: "listDecisions", level: Read, params: queries(about), answer: page[DecisionForm]{}, status: http.StatusOK,
			summary: "What was decided about stories, latest first, with before and after.",
			do: func(q *call) (any, error) {
				list, next, err := q.o.DeskDecisions(q.Context(), q.who, q.values["story"], q.after(), q.limit())
				return pageOf(list, next), err
			}},
		{method: "POST", path: "/decisions/{id}/undo", name: "undoDecision", level: Write, params: ids, answer: Undone{}, status: http.StatusOK,
			summary: "Take a decision back: what it changed is as before it. Refused where somebody decided otherwise since.",
			do:      func(q *call) (any, error) { return q.o.Undo(q.Context(), q.who, q.id()) }},
	}
}
