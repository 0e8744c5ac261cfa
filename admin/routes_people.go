package admin

import (
	"net/http"

	"tinhub/news"
)

type (
	newUser struct {
		Name     string `json:"name"`
		Role     string `json:"role" enum:"admin,editor,viewer"`
		Password string `json:"password"`
	}
	newRole struct {
		Role string `json:"role" enum:"admin,editor,viewer"`
	}
	newPassword struct {
		Password string `json:"password"`
	}
	newToken struct {
		Name   string   `json:"name"`
		Scopes []string `json:"scopes"` // of read, write, admin
	}
)

func peopleRoutes() []route {
	ids := []param{pathID}
	between := []param{
		{name: "from", in: "query", kind: "date-time", about: "Not before."},
		{name: "to", in: "query", kind: "date-time", about: "Before."},
	}
	return []route{
		{method: "GET", path: "/users", name: "listUsers", level: Admin, params: queries(), answer: page[User]{}, status: http.StatusOK,
			summary: "The accounts.",
			do: func(q *call) (any, error) {
				list, err := q.o.Users(q.Context(), q.who, q.after(), q.limit()+1)
				return cut(list, q.limit(), func(u User) string { return u.Name }), err
			}},
		{method: "POST", path: "/users", name: "addUser", level: Admin, body: newUser{}, answer: User{}, status: http.StatusCreated,
			summary: "Make an account.",
			do: func(q *call) (any, error) {
				b, err := into[newUser](q.body)
				if err != nil {
					return nil, err
				}
				return q.o.AddUser(q.Context(), q.who, b.Name, b.Role, b.Password)
			}},
		{method: "GET", path: "/users/{id}", name: "getUser", level: Admin, params: ids, answer: User{}, status: http.StatusOK,
			summary: "One account.",
			do:      func(q *call) (any, error) { return q.o.User(q.Context(), q.who, q.id()) }},
		{method: "PATCH", path: "/users/{id}", name: "changeUser", level: Admin, params: ids, body: newRole{}, answer: User{}, status: http.StatusOK,
			summary: "Give an account another role.",
			do: func(q *call) (any, error) {
				b, err := into[newRole](q.body)
				if err != nil {
					return nil, err
				}
				return q.o.SetRole(q.Context(), q.who, q.id(), b.Role)
			}},
		{method: "POST", path: "/users/{id}/password", name: "setPassword", level: Admin, params: ids, body: newPassword{}, status: http.StatusNoContent,
			summary: "Give an account another password; its sessions end.",
			do: func(q *call) (any, error) {
				b, err := into[newPassword](q.body)
				if err != nil {
					return nil, err
				}
				return done(q.o.SetPassword(q.Context(), q.who, q.id(), b.Password))
			}},
		{method: "DELETE", path: "/users/{id}", name: "removeUser", level: Admin, params: ids, status: http.StatusNoContent,
			summary: "End an account. The last admin stays.",
			do:      func(q *call) (any, error) { return done(q.o.RemoveUser(q.Context(), q.who, q.id())) }},

		{method: "GET", path: "/tokens", name: "listTokens", level: Admin, params: queries(), answer: page[Pass]{}, status: http.StatusOK,
			summary: "The tokens, without their secrets.",
			do: func(q *call) (any, error) {
				list, err := q.o.Tokens(q.Context(), q.who, q.after(), q.limit()+1)
				return cut(list, q.limit(), func(p Pass) string { return p.Name }), err
			}},
		{method: "POST", path: "/tokens", name: "addToken", level: Admin, body: newToken{}, answer: Pass{}, status: http.StatusCreated,
			summary: "Make a token. It is in this answer and nowhere else.",
			do: func(q *call) (any, error) {
				b, err := into[newToken](q.body)
				if err != nil {
					return nil, err
				}
				return q.o.AddToken(q.Context(), q.who, b.Name, b.Scopes)
			}},
		{method: "GET", path: "/tokens/{id}", name: "getToken", level: Admin, params: ids, answer: Pass{}, status: http.StatusOK,
			summary: "One token, without its secret.",
			do:      func(q *call) (any, error) { return q.o.Token(q.Context(), q.who, q.id()) }},
		{method: "DELETE", path: "/tokens/{id}", name: "revokeToken", level: Admin, params: ids, status: http.StatusNoContent,
			summary: "Revoke a token, at once.",
			do:      func(q *call) (any, error) { return done(q.o.RevokeToken(q.Context(), q.who, q.id())) }},

		{method: "GET", path: "/audit", name: "listAudit", level: Admin, params: queries(between...), answer: page[news.Decision]{}, status: http.StatusOK,
			summary: "What was decided by hand, latest first: who, when, before and after.",
			do: func(q *call) (any, error) {
				list, next, err := q.o.Decisions(q.Context(), q.who, q.time("from"), q.time("to"), q.after(), q.limit())
				return pageOf(list, next), badCursor(err)
			}},
		{method: "GET", path: "/audit.csv", name: "exportAuditTable", level: Admin, params: between, media: "text/csv", status: http.StatusOK,
			summary: "All of it as a table.",
			do: func(q *call) (any, error) {
				return q.o.auditCSV(q.Context(), q.who, q.time("from"), q.time("to")), nil
			}},
		{method: "GET", path: "/audit.jsonl", name: "exportAuditLines", level: Admin, params: between, media: "application/jsonl", status: http.StatusOK,
			summary: "All of it as JSON, a decision a line.",
			do: func(q *call) (any, error) {
				return q.o.auditLines(q.Context(), q.who, q.time("from"), q.time("to")), nil
			}},
	}
}
