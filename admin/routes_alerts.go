package admin

import (
	"encoding/json"
	"net/http"
)

func alertRoutes() []route {
	ids := []param{pathID}
	set := func(how func(*call, Alert) (Alert, error)) func(*call) (any, error) {
		return func(q *call) (any, error) {
			version, err := q.version()
			if err != nil {
				return nil, err
			}
			now, err := q.o.Alert(q.Context(), q.who, q.id())
			if err != nil {
				return nil, err
			}
			next, err := how(q, now)
			if err != nil {
				return nil, err
			}
			if next.ID != q.id() {
				return nil, faultf(Invalid, "an id never changes: %s is addressed, and %.80q is written", q.id(), next.ID)
			}
			return q.o.SetAlert(q.Context(), q.who, next, version, false)
		}
	}
	return []route{
		{method: "GET", path: "/illnesses", name: "listIllnesses", level: Read, answer: page[Illness]{}, status: http.StatusOK,
			summary: "The sources that can't be read, are silent, or whose agreement ends soon or has ended, the latest first.",
			do: func(q *call) (any, error) {
				list, err := q.o.Illnesses(q.Context(), q.who)
				return pageOf(list, ""), err
			}},
		{method: "GET", path: "/illnesses.atom", name: "feedIllnesses", level: Read, media: "application/atom+xml", status: http.StatusOK,
			summary: "The same as a feed.",
			do: func(q *call) (any, error) {
				list, err := q.o.Illnesses(q.Context(), q.who)
				return q.o.atomOf(list), err
			}},
		{method: "GET", path: "/alerts", name: "listAlerts", level: Admin, answer: page[Alert]{}, status: http.StatusOK,
			summary: "Where it is told that a source fell ill, without secrets.",
			do: func(q *call) (any, error) {
				list, err := q.o.Alerts(q.Context(), q.who)
				return pageOf(list, ""), err
			}},
		{method: "POST", path: "/alerts", name: "addAlert", level: Admin, body: Alert{}, answer: Alert{}, status: http.StatusCreated,
			summary: "Have illnesses told to a webhook or by mail: each once, and its end once.",
			do: func(q *call) (any, error) {
				a, err := readAlert(q.body)
				if err != nil {
					return nil, err
				}
				return q.o.SetAlert(q.Context(), q.who, a, 0, true)
			}},
		{method: "GET", path: "/alerts/{id}", name: "getAlert", level: Admin, params: ids, answer: Alert{}, status: http.StatusOK,
			summary: "One alert, without its secret, with what became of its last message.",
			do:      func(q *call) (any, error) { return q.o.Alert(q.Context(), q.who, q.id()) }},
		{method: "PUT", path: "/alerts/{id}", name: "replaceAlert", level: Admin, params: ids, body: Alert{}, answer: Alert{}, status: http.StatusOK,
			summary: "Replace an alert.",
			do:      set(func(q *call, _ Alert) (Alert, error) { return readAlert(q.body) })},
		{method: "PATCH", path: "/alerts/{id}", name: "changeAlert", level: Admin, params: ids, body: Alert{}, answer: Alert{}, status: http.StatusOK,
			summary: "Change some keys of an alert (RFC 7396).",
			do: set(func(q *call, now Alert) (Alert, error) {
				raw, err := patched(now, q.body)
				if err != nil {
					return Alert{}, err
				}
				return readAlert(raw)
			})},
		{method: "DELETE", path: "/alerts/{id}", name: "removeAlert", level: Admin, params: ids, status: http.StatusNoContent,
			summary: "Remove an alert.",
			do:      func(q *call) (any, error) { return done(q.o.RemoveAlert(q.Context(), q.who, q.id())) }},
		{method: "POST", path: "/alerts/{id}/test", name: "testAlert", level: Admin, params: ids, status: http.StatusNoContent,
			summary: "Send a test message now. 409 says why it did not get through.",
			do:      func(q *call) (any, error) { return done(q.o.TestAlert(q.Context(), q.who, q.id())) }},
		{method: "GET", path: "/mail", name: "getMailServer", level: Admin, answer: MailServer{}, status: http.StatusOK,
			summary: "The server that takes mail, without its password.",
			do:      func(q *call) (any, error) { return q.o.MailServer(q.Context(), q.who) }},
		{method: "PUT", path: "/mail", name: "setMailServer", level: Admin, body: MailServer{}, answer: MailServer{}, status: http.StatusOK,
			summary: "Say which server takes mail.",
			do: func(q *call) (any, error) {
				s, err := into[MailServer](json.RawMessage(q.body))
				if err != nil {
					return nil, err
				}
				return q.o.SetMailServer(q.Context(), q.who, s)
			}},
	}
}
