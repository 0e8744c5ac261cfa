package admin

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// sample is a good request for each operation. What is addressed is made before it.
var sample = map[string]struct{ id, body string }{
	"addSource":      {"", `{"id":"new","url":"https://moi.example.vn/rss"}`},
	"replaceSource":  {"kept", `{"id":"kept","name":"Báo","url":"https://moi.example.vn/rss","enabled":true}`},
	"changeSource":   {"kept", `{"enabled":true}`},
	"removeSource":   {"kept", ""},
	"getSource":      {"kept", ""},
	"testSource":     {"", `{"url":"https://moi.example.vn/rss"}`},
	"pollSource":     {"declared", ""},
	"listAgreements": {"", ""},
	"testThisSource": {"declared", ""},
	"addTopic":       {"", `{"id":"new","title":"Mới","include":{"any":["nông thôn mới"]}}`},
	"replaceTopic":   {"kept", `{"id":"kept","title":"Mới"}`},
	"changeTopic":    {"kept", `{"title":"Mới"}`},
	"removeTopic":    {"kept", ""},
	"getTopic":       {"kept", ""},
	"previewTopic":   {"", `{"id":"new","title":"Mới"}`},
	"addPartner":     {"", `{"id":"new","name":"Cổng","origins":["https://camau.example.vn"]}`},

	"replacePartner": {"kept", `{"id":"kept","name":"Cổng","origins":["https://camau.example.vn"]}`},
	"changePartner":  {"kept", `{"name":"Cổng"}`},
	"removePartner":  {"kept", ""},
	"getPartner":     {"kept", ""},
	"newPartnerKey":  {"kept", ""}, "endPartnerKey": {"kept", ""},
	"getStory": {articleID, ""}, "getArticle": {articleID, ""}, "explainArticle": {articleID, ""},
	"getSubscription": {"0a", ""}, "endSubscription": {"0a", ""}, "replaySubscription": {"0a", ""},
	"addAlert": {"", `{"id":"hook","kind":"webhook","url":"https://chat.example.vn/x","secret":"k","after":"1h"}`},
	"getAlert": {"kept", ""}, "replaceAlert": {"kept", `{"id":"kept","kind":"mail","to":["lan@cong.example.vn"]}`}, "changeAlert": {"kept", `{"paused":true}`},
	"removeAlert": {"kept", ""}, "testAlert": {"kept", ""},
	"setMailServer": {"", `{"host":"mail.example.vn","port":587,"tls":"starttls","from":"tin@example.vn"}`},
	"addUser":       {"", `{"name":"minh","role":"viewer","password":"một câu thật dài"}`},
	"getUser":       {"lan", ""}, "changeUser": {"lan", `{"role":"viewer"}`}, "removeUser": {"lan", ""},
	"setPassword": {"lan", `{"password":"một câu thật dài"}`},
	"addToken":    {"", `{"name":"ci","scopes":["read"]}`},
	"getCuration": {articleID, ""}, "curateStory": {articleID, `{"places":{"declared":{"pinned":true}}}`},
	"listTopicStories": {"declared", ""}, "moveStory": {"declared", `{"below":"` + otherID + `"}`},
	"undoDecision": {decisionID, ""},
	"mergeStories": {articleID, `{"stories":["` + otherID + `"]}`}, "splitStory": {articleID, `{"articles":["` + copyID + `"]}`},
	"tieStory": {articleID, `{"corrects":"` + otherID + `"}`}, "settleEdit": {copyID, `{"do":"take"}`},
	"openEvidence":    {copyID, `{"reason":"thanh tra"}`},
	"withdrawArticle": {articleID, `{"reason":"Công văn số 1"}`}, "restoreArticle": {articleID, `{}`},
	"getToken": {"t-read", ""}, "revokeToken": {"t-read", ""},
}

// document reads openapi.json off the server.
func (r *rig) document() map[string]any {
	r.t.Helper()
	got := r.ask(0, "GET", "/api/openapi.json", "")
	var doc map[string]any
	if err := json.Unmarshal([]byte(got.body), &doc); err != nil || got.status != 200 {
		r.t.Fatalf("openapi.json: %d %v", got.status, err)
	}
	return doc
}

func (r *rig) prepare() {
	r.t.Helper()
	r.world.audit = append(r.world.audit, decided)
	for path, body := range map[string]string{
		"/sources":  `{"id":"kept","url":"https://moi.example.vn/rss","enabled":true}`,
		"/topics":   `{"id":"kept","title":"Cũ"}`,
		"/partners": `{"id":"kept","name":"Cổng","origins":["https://camau.example.vn"]}`,
		"/alerts":   `{"id":"kept","kind":"webhook","url":"https://chat.example.vn/y"}`,
		"/users":    `{"name":"lan","role":"editor","password":"một câu thật dài"}`,
	} {
		if got := r.ask(Admin, "POST", apiRoot+path, body); got.status != 201 || got.header.Get("Location") == "" {
			r.t.Fatalf("%s: %d %s", path, got.status, got.body)
		}
	}
}

// TestEveryRoute walks what openapi.json says there is: it is there, gives what is
// described, and needs the scope that it names, no more and no less.
func TestEveryRoute(t *testing.T) {
	doc := newRig(t, Options{}).document()
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("http://x/openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for path, item := range doc["paths"].(map[string]any) {
		for method, one := range item.(map[string]any) {
			op := one.(map[string]any)
			name := op["operationId"].(string)
			seen++
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, Options{})
				r.prepare()
				address := strings.NewReplacer("{id}", sample[name].id, "{story}", articleID).Replace(path)
				need := Level(0)
				for l := Read; l <= Admin; l++ {
					if strings.Contains(op["description"].(string), "scope "+l.String()) {
						need = l
					}
				}
				for l := Level(0); l < need; l++ {
					want := map[bool]int{true: 401, false: 403}[l == 0]
					if got := r.ask(l, strings.ToUpper(method), address, sample[name].body); got.status != want {
						t.Errorf("with %s: %d, want %d: %s", l, got.status, want, got.body)
					}
				}
				got := r.ask(need, strings.ToUpper(method), address, sample[name].body)
				described, ok := op["responses"].(map[string]any)[strconv.Itoa(got.status)].(map[string]any)
				if !ok {
					t.Fatalf("%d is not described: %s", got.status, got.body)
				}
				content, ok := described["content"].(map[string]any)
				if media, _, _ := strings.Cut(got.header.Get("Content-Type"), ";"); ok && content[media] == nil {
					t.Fatalf("it is %s, which is not described", media)
				} else if ok && media != "application/json" {
					return
				}
				if !ok {
					if got.body != "" {
						t.Errorf("no content is described, and there is %s", got.body)
					}
					return
				}
				pointer := "/paths/" + strings.ReplaceAll(path, "/", "~1") + "/" + method + "/responses/" + strconv.Itoa(got.status) + "/content/application~1json/schema"
				holds(t, compiler, pointer, got.body)
			})
		}
	}
	if seen != len(routes()) {
		t.Errorf("%d operations, %d routes: two have one path and method", seen, len(routes()))
	}
}

// mu guards the compiler.
var mu sync.Mutex

// holds says where a body is not as its schema has it.
func holds(t *testing.T, c *jsonschema.Compiler, pointer, body string) {
	t.Helper()

	mu.Lock() // compiling is not safe for several at once
	schema, err := c.Compile("http://x/openapi.json#" + strings.NewReplacer("{", "%7B", "}", "%7D").Replace(pointer))
	mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err == nil {
		err = schema.Validate(v)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, body)
	}
}

// TestDocumentHolds: what OpenAPI 3.1 asks of a document beyond JSON.
func TestDocumentHolds(t *testing.T) {
	r := newRig(t, Options{})
	doc := r.document()
	if doc["openapi"] != "3.1.0" {
		t.Error(doc["openapi"])
	}
	ids := map[string]bool{}
	for path, item := range doc["paths"].(map[string]any) {
		for method, one := range item.(map[string]any) {
			op := one.(map[string]any)
			id := op["operationId"].(string)
			if ids[id] {
				t.Errorf("%s is there twice", id)
			}
			ids[id] = true
			declared := map[string]bool{}
			params, _ := op["parameters"].([]any)
			for _, p := range params {
				if m := p.(map[string]any); m["in"] == "path" {
					declared[m["name"].(string)] = true
				}
			}
			for _, m := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(path, -1) {
				if !declared[m[1]] {
					t.Errorf("%s %s: {%s} is not declared", method, path, m[1])
				}
			}
		}
	}
	text := r.ask(0, "GET", "/api/openapi.json", "").body
	all := doc["components"].(map[string]any)["schemas"].(map[string]any)
	for _, m := range regexp.MustCompile(`"\$ref": "#/components/schemas/([^"]+)"`).FindAllStringSubmatch(text, -1) {
		if all[m[1]] == nil {
			t.Errorf("there is no schema %s", m[1])
		}
	}
	if got := r.ask(Admin, http.MethodPost, "/api/openapi.json", "{}"); got.status != 405 || got.header.Get("Allow") != "GET" {
		t.Errorf("POST: %d, Allow %q", got.status, got.header.Get("Allow"))
	}
}

// TestMetaSchema holds the document to the schema of OpenAPI 3.1
// (spec.openapis.org/oas/3.1), and each schema in it to JSON Schema 2020-12, which is
// the dialect that OpenAPI 3.1 means.
func TestMetaSchema(t *testing.T) {
	text, err := os.ReadFile("testdata/openapi-3.1.json")
	if err != nil {
		t.Fatal(err)
	}
	read := func(text string) any {
		t.Helper()
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("https://spec.openapis.org/oas/3.1/schema/2021-04-15", read(string(text))); err != nil {
		t.Fatal(err)
	}
	document, schemas := c.MustCompile("https://spec.openapis.org/oas/3.1/schema/2021-04-15"), c.MustCompile("https://json-schema.org/draft/2020-12/schema")
	seen := 0
	var walk func(v any, under string) error
	walk = func(v any, under string) (err error) {
		if list, ok := v.([]any); ok {
			for _, x := range list {
				err = errors.Join(err, walk(x, ""))
			}
		}
		m, _ := v.(map[string]any)
		for k, x := range m {
			if k == "schema" || under == "schemas" {
				seen++
				err = errors.Join(err, schemas.Validate(x))
			} else {
				err = errors.Join(err, walk(x, k))
			}
		}
		return err
	}
	valid := func(text string) error { return errors.Join(document.Validate(read(text)), walk(read(text), "")) }
	api := newRig(t, Options{}).ask(0, "GET", "/api/openapi.json", "").body
	if err := valid(api); err != nil || seen < 100 {
		t.Errorf("%d schemas, %v", seen, err)
	}
	for _, c := range [][2]string{ // it can say no
		{`"in": "query"`, `"in": "body"`}, {`"openapi": "3.1.0"`, `"openapi": "3.0.0"`}, {`"minimum": 1`, `"minimum": "1"`}, {`"description": "Done."`, `"descripton": "Done."`},
		{`"type": "integer"`, `"type": "int"`},
	} {
		if wrong := strings.Replace(api, c[0], c[1], 1); wrong == api || valid(wrong) == nil {
			t.Errorf("with %s it is taken", c[1])
		}
	}
}
