package admin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// apiRoot is where the API lies.
const apiRoot = "/api/v1"

// A route is one thing that the API does. The table of routes is what is served,
// and what openapi.json is made of: neither knows one that the other does not.
type route struct {
	method, path string // the path below apiRoot
	name         string // operationId
	summary      string
	level        Level
	params       []param
	body         any    // a value of what is taken, nil: nothing
	answer       any    // a value of what is given, nil: nothing
	media        string // of what is given where that is no JSON: bytes, or a func(io.Writer) error
	status       int    // of success
	do           func(q *call) (any, error)
}

// A param is one of a path or a query.
type param struct {
	name, about string
	in          string // "path" or "query"
	kind        string // "string", "integer", "boolean", "date-time"
	enum        []string
}

// A call is one request to a route.
type call struct {
	*http.Request
	w      http.ResponseWriter
	o      *Office
	who    Who
	body   json.RawMessage
	values map[string]string // of the query
}

// A page is a list as the contract says.
type page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"` // "" at the end; else the after of the next page
}

func pageOf[T any](items []T, next string) page[T] {
	if items == nil {
		items = []T{}
	}
	return page[T]{items, next}
}

// The limits on pages.
const (
	defaultPage = 50
	mostPage    = 500
)

// limit is how many are wanted; it was checked.
func (q *call) limit() int {
	n, err := strconv.Atoi(q.values["limit"])
	if err != nil {
		return defaultPage
	}
	return n
}

func (q *call) after() string { return q.values["after"] }

func (q *call) id() string { return q.PathValue("id") }

// version reads If-Match; 0: it is not there.
func (q *call) version() (int64, error) {
	m := q.Header.Get("If-Match")
	if m == "" || m == "*" {
		return 0, nil
	}
	n, err := strconv.ParseInt(strings.Trim(m, `"`), 10, 64)
	if err != nil || n < 1 {
		return 0, faultf(Stale, "If-Match is %.40q: write the ETag that came with it", m)
	}
	return n, nil
}

// cut makes a page of a list that was read with one more than was wanted.
func cut[T any](list []T, limit int, id func(T) string) page[T] {
	if len(list) > limit {
		return pageOf(list[:limit], id(list[limit-1]))
	}
	return pageOf(list, "")
}

// api serves /api/.
func (o *Office) api() http.Handler {
	mux := http.NewServeMux()
	for _, rt := range routes() {
		mux.HandleFunc(rt.method+" "+apiRoot+rt.path, func(w http.ResponseWriter, r *http.Request) { o.call(rt, w, r) })
	}
	document := openAPI(routes())
	mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		_, _ = w.Write(document)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if others := methodsFor(mux, r); len(others) > 0 {
			w.Header().Set("Allow", strings.Join(others, ", "))
			problem(w, http.StatusMethodNotAllowed, faultf(Invalid, "%s takes %s, not %.20s", r.URL.Path, strings.Join(others, ", "), r.Method))
			return
		}
		problem(w, http.StatusNotFound, faultf(Missing, "the API has no %.200q: /api/openapi.json lists what there is", r.URL.Path))
	})
	return mux
}

// methodsFor are those that a path has.
func methodsFor(mux *http.ServeMux, r *http.Request) (list []string) {
	for _, m := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		other := *r
		other.Method = m
		if _, pattern := mux.Handler(&other); pattern != "" && pattern != "/" {
			list = append(list, m)
		}
	}
	return list
}

// call authorises, decodes, counts and answers; routes only do.
func (o *Office) call(rt route, w http.ResponseWriter, r *http.Request) {
	q := &call{Request: r, w: w, o: o}
	result, err := q.perform(rt)
	if err != nil {
		o.refuse(w, r, err)
		return
	}
	q.answer(rt, result)
}

func (q *call) perform(rt route) (any, error) {
	if err := q.authorise(rt.level); err != nil {
		return nil, err
	}
	if err := q.query(rt.params); err != nil {
		return nil, err
	}
	if rt.body != nil {
		var err error
		if q.body, err = readJSON(q.w, q.Request); err != nil {
			return nil, err
		}
	}
	if key := q.Header.Get("Idempotency-Key"); key != "" && q.Method == http.MethodPost {
		return q.once(rt, key)
	}
	return rt.do(q)
}

// authorise finds out who asks. Who brings no good token is held to the rate of
// his address, so that nobody guesses quickly.
func (q *call) authorise(need Level) error {
	scheme, token, _ := strings.Cut(q.Header.Get("Authorization"), " ")
	who, err := Who{}, error(faultf(Unknown, "this needs a token: Authorization: Bearer tinhub_…; tinhub token add makes one"))
	if strings.EqualFold(scheme, "Bearer") {
		who, err = q.o.bearer(q.Context(), strings.TrimSpace(token))
	}
	counted := who.Name
	if err != nil {
		counted = "address " + clientOf(q.Request, q.o.opt.TrustedProxies)
	}
	if wait := q.o.limiter.take(counted, q.o.now()); wait > 0 {
		q.w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		return faultf(TooMany, "too many requests: try again in %d s", int(wait/time.Second)+1)
	}
	if err != nil {
		return err
	}
	q.who = who
	return who.must(need)
}

// query reads the parameters, strictly: a misspelt filter must not mean all.
func (q *call) query(params []param) error {
	values, err := url.ParseQuery(q.URL.RawQuery)
	if err != nil {
		return faultf(Invalid, "the query can't be read")
	}
	q.values = map[string]string{}
	for name, v := range values {
		p, ok := findParam(params, name)
		if !ok {
			return faultf(Invalid, "there is no parameter %.40q; there are: %s", name, paramNames(params))
		}
		if len(v) != 1 || len(v[0]) > 2000 {
			return faultf(Invalid, "the parameter %s stands there more than once, or is too long", name)
		}
		if err := p.check(v[0]); err != nil {
			return err
		}
		q.values[name] = v[0]
	}
	return nil
}

// refuse says why not. What is our own fault is logged, and told without details.
func (o *Office) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f := faultOf(err)
	if f == nil {
		if r.Context().Err() != nil {
			f = faultf(NotHere, "the request was broken off")
		} else {
			o.log.Error("a request failed", "method", r.Method, "path", r.URL.Path, "err", err)
			f = faultf(NotHere, "the store does not answer at present: try again in a while")
		}
		w.Header().Set("Retry-After", "5")
	}
	problem(w, f.status(), f)
}

// status is what a kind of fault is in HTTP.
func (f *Fault) status() int {
	switch f.Kind {
	case Invalid:
		return http.StatusBadRequest
	case Unknown:
		return http.StatusUnauthorized
	case Refused, ReadOnly:
		return http.StatusForbidden
	case Missing:
		return http.StatusNotFound
	case Taken:
		return http.StatusConflict
	case Stale:
		return http.StatusPreconditionFailed
	case TooLarge:
		return http.StatusRequestEntityTooLarge
	case TooMany:
		return http.StatusTooManyRequests
	default:
		return http.StatusServiceUnavailable
	}
}

// A Problem is RFC 9457's.
type Problem struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail"`
	Errors []ProblemError `json:"errors,omitempty"`
	Now    any            `json:"now,omitempty"` // what is there at present, where somebody else changed it
}

// A ProblemError is one of several faults.
type ProblemError struct {
	Detail string `json:"detail"`
}

func problem(w http.ResponseWriter, status int, f *Fault) {
	p := Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: f.Text, Now: f.Now}
	for _, e := range f.Errors {
		p.Errors = append(p.Errors, ProblemError{e})
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="tinhub"`)
	}
	write(w, status, "application/problem+json", p)
}

// answer sends what was done.
func (q *call) answer(rt route, result any) {
	if d, ok := result.(replayed); ok {
		q.w.Header().Set("Idempotent-Replayed", "true")
		q.w.Header().Set("Content-Type", "application/json; charset=utf-8")
		q.w.WriteHeader(d.Status)
		_, _ = q.w.Write(d.Body)
		return
	}
	if rt.media != "" {
		q.w.Header().Set("Content-Type", rt.media+"; charset=utf-8")
		q.w.Header().Set("Cache-Control", "no-store")
		q.o.sendOut(q.w, result)
		return
	}
	if rt.answer == nil {
		q.w.Header().Set("Cache-Control", "no-store")
		q.w.WriteHeader(rt.status)
		return
	}
	if v, ok := result.(interface{ version() int64 }); ok && v.version() > 0 {
		q.w.Header().Set("ETag", `"`+strconv.FormatInt(v.version(), 10)+`"`)
	}
	if v, ok := result.(interface{ path() string }); ok && rt.status == http.StatusCreated {
		q.w.Header().Set("Location", apiRoot+v.path())
	}
	write(q.w, rt.status, "application/json; charset=utf-8", result)
}

// sendOut writes what is no JSON. A file that ends early must not look whole.
func (o *Office) sendOut(w http.ResponseWriter, v any) {
	if body, ok := v.([]byte); ok {
		_, _ = w.Write(body)
		return
	}
	if err := v.(func(io.Writer) error)(w); err != nil {
		o.log.Error("an export broke off", "err", err)
		panic(http.ErrAbortHandler)
	}
}

func write(w http.ResponseWriter, status int, kind string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"the answer can't be written"}`)
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}

func (f SourceForm) version() int64  { return f.Version }
func (f TopicForm) version() int64   { return f.Version }
func (f PartnerForm) version() int64 { return f.Version }

func (f SourceForm) path() string  { return "/sources/" + f.ID }
func (f TopicForm) path() string   { return "/topics/" + f.ID }
func (f PartnerForm) path() string { return "/partners/" + f.ID }
func (u User) path() string        { return "/users/" + u.Name }
func (p Pass) path() string        { return "/tokens/" + p.Name }

// replayed is an answer given before.
type replayed struct {
	Request string          `json:"request"` // its hash: the same key for another request is a mistake
	Status  int             `json:"status"`  // 0: it is still being done
	Body    json.RawMessage `json:"body,omitempty"`
	Until   time.Time       `json:"until"`
}

// How long answers stand, and how long a request may take.
const (
	answerKept = 24 * time.Hour
	claimKept  = 2 * time.Minute
)

// once does a request with an Idempotency-Key once, and answers it again as the
// first time. A refusal is not kept: it changed nothing. Nor are secrets: who
// lost the answer with one makes another.
func (q *call) once(rt route, key string) (any, error) {
	if len(key) > 200 {
		return nil, faultf(Invalid, "Idempotency-Key is longer than 200 bytes")
	}
	id := string(news.KeyOf(q.who.Name, key))
	request := string(news.KeyOf(q.Method, q.URL.RequestURI(), string(q.body)))
	now := q.o.now()
	mine, err := json.Marshal(replayed{Request: request, Until: now.Add(claimKept)})
	if err != nil {
		return nil, err
	}
	stands, claimed, err := q.o.deps.Answers.Claim(q.Context(), id, mine, now, now.Add(claimKept))
	if err != nil {
		return nil, err
	}
	if !claimed {
		return earlier(stands, request)
	}
	result, err := rt.do(q)
	// Whoever broke the connection off asks again: what was done is remembered.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(q.Context()), 10*time.Second)
	defer cancel()
	if err != nil {
		return nil, errors.Join(err, q.o.deps.Answers.Settle(ctx, id, nil, now))
	}
	kept := result
	if p, ok := result.(Pass); ok {
		p.Secret = ""
		kept = p
	}
	if p, ok := result.(PartnerForm); ok {
		p.Key = ""
		kept = p
	}
	done := replayed{Request: request, Status: rt.status, Until: now.Add(answerKept)}
	if rt.answer != nil {
		if done.Body, err = json.Marshal(kept); err != nil {
			return nil, err
		}
	}
	all, err := json.Marshal(done)
	if err != nil {
		return nil, err
	}
	return result, q.o.deps.Answers.Settle(ctx, id, all, done.Until)
}

func earlier(stands []byte, request string) (any, error) {
	var d replayed
	if err := json.Unmarshal(stands, &d); err != nil {
		return nil, err
	}
	switch {
	case d.Request != request:
		return nil, faultf(Invalid, "this Idempotency-Key was used for another request: take a new one")
	case d.Status == 0:
		return nil, faultf(Taken, "the same request is being done at this moment: ask again in a while")
	}
	return d, nil
}
