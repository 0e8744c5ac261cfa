package admin

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// openAPI describes routes, as OpenAPI 3.1.
func openAPI(routes []route) []byte {
	s := schemas{}
	paths := map[string]map[string]any{}
	for _, rt := range routes {
		path := apiRoot + rt.path
		if paths[path] == nil {
			paths[path] = map[string]any{}
		}
		paths[path][strings.ToLower(rt.method)] = s.operation(rt)
	}
	doc := map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{
			"title": "tinhub", "version": "1",
			"description": "Sources, topics and partners are written with the keys of tinhub.yaml. Lists are {items, next}; the next is the after of the next page. " +
				"POST with an Idempotency-Key is done once. What the configuration file declares is answered 403 when it is to be changed.",
		},
		"servers":  []any{map[string]any{"url": "/"}},
		"security": []any{map[string]any{"token": []any{}}},
		"paths":    paths,
	}
	s.of(reflect.TypeFor[Problem]())
	doc["components"] = map[string]any{
		"securitySchemes": map[string]any{"token": map[string]any{"type": "http", "scheme": "bearer", "description": "tinhub token add NAME --scope read,write,admin"}},
		"schemas":         s,
		"responses": map[string]any{"Problem": map[string]any{
			"description": "Why not, and how to mend it (RFC 9457).",
			"content":     map[string]any{"application/problem+json": map[string]any{"schema": ref("Problem")}},
		}},
	}
	b, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		panic(err) // it is made of constants, and a test makes it
	}
	return b
}

func ref(name string) map[string]any { return map[string]any{"$ref": "#/components/schemas/" + name} }

func (s schemas) operation(rt route) map[string]any {
	success := map[string]any{"description": "Done."}
	if rt.answer != nil {
		success["content"] = map[string]any{"application/json": map[string]any{"schema": s.of(reflect.TypeOf(rt.answer))}}
	}
	if rt.media != "" {
		success["content"] = map[string]any{rt.media: map[string]any{"schema": map[string]any{"type": "string"}}}
	}
	op := map[string]any{
		"operationId": rt.name, "summary": rt.summary,
		"description": "Needs the scope " + rt.level.String() + ".",
		"tags":        []string{strings.Split(rt.path, "/")[1]},
		"responses":   map[string]any{strconv.Itoa(rt.status): success, "default": map[string]any{"$ref": "#/components/responses/Problem"}},
	}
	var params []any
	for _, p := range rt.params {
		params = append(params, p.describe())
	}
	if rt.method == "POST" {
		params = append(params, header("Idempotency-Key", "Any text that names this request: the same again is done once."))
	}
	if rt.answer != nil && (rt.method == "PUT" || rt.method == "PATCH") && !strings.HasPrefix(rt.path, "/users") {
		params = append(params, header("If-Match", "The ETag that came with it."))
	}
	if params != nil {
		op["parameters"] = params
	}
	if rt.body != nil {
		schema := s.of(reflect.TypeOf(rt.body))
		if rt.method == "PATCH" {
			schema = map[string]any{"type": "object", "description": "Some keys of " + reflect.TypeOf(rt.body).Name() + "; null removes one."}
		}
		op["requestBody"] = map[string]any{"required": true, "content": map[string]any{"application/json": map[string]any{"schema": schema}}}
	}
	return op
}

func header(name, about string) map[string]any {
	return map[string]any{"name": name, "in": "header", "required": false, "description": about, "schema": map[string]any{"type": "string"}}
}

func (p param) describe() map[string]any {
	schema := map[string]any{"type": "string"}
	switch p.kind {
	case "integer":
		schema = map[string]any{"type": "integer", "minimum": 1, "maximum": mostPage}
	case "boolean":
		schema = map[string]any{"type": "boolean"}
	case "date-time", "date":
		schema["format"] = p.kind
	}
	if p.enum != nil {
		schema["enum"] = p.enum
	}
	return map[string]any{"name": p.name, "in": p.in, "required": p.in == "path", "description": p.about, "schema": schema}
}

// schemas are JSON Schemas of Go types, by name.
type schemas map[string]any

var (
	typeTime   = reflect.TypeFor[time.Time]()
	typeRaw    = reflect.TypeFor[json.RawMessage]()
	typePhrase = reflect.TypeFor[PhraseForm]()
)

// of is the schema of a type; a struct is named once and referred to.
func (s schemas) of(t reflect.Type) map[string]any {
	switch {
	case t == typeTime:
		return map[string]any{"type": "string", "format": "date-time"}
	case t == typeRaw:
		return map[string]any{"type": []string{"object", "array", "string", "number", "boolean", "null"}}
	case t == typePhrase:
		return map[string]any{"oneOf": []any{
			map[string]any{"type": "string"},
			map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "number"}, "minProperties": 1, "maxProperties": 1},
		}}
	}
	switch t.Kind() {
	case reflect.Interface: // anything
		return map[string]any{}
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Int32:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Slice:
		return map[string]any{"type": []string{"array", "null"}, "items": s.of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": []string{"object", "null"}, "additionalProperties": s.of(t.Elem())}
	case reflect.Struct:
		return s.object(t)
	}
	panic("no schema for " + t.String())
}

func schemaName(t reflect.Type) string {
	name := t.Name()
	if kind, of, ok := strings.Cut(name, "["); ok { // page[tinhub/admin.User]
		of = strings.TrimSuffix(of, "]")
		name = of[strings.LastIndexAny(of, "./")+1:] + strings.ToUpper(kind[:1]) + kind[1:]
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

func (s schemas) object(t reflect.Type) map[string]any {
	name := schemaName(t)
	if _, ok := s[name]; ok {
		return ref(name)
	}
	s[name] = nil // a type that holds itself ends here
	properties, required := map[string]any{}, []string{}
	for _, f := range fieldsOf(t) {
		schema := s.of(f.Type)
		if enum := f.Tag.Get("enum"); enum != "" {
			schema["enum"] = strings.Split(enum, ",")
		}
		key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		properties[key] = schema
		if options == "" && f.Type.Kind() != reflect.Pointer && s.mustHave(t, key) {
			required = append(required, key)
		}
	}
	slices.Sort(required)
	o := map[string]any{"type": "object", "properties": properties}
	if len(required) > 0 {
		o["required"] = required
	}
	s[name] = o
	return ref(name)
}

// mustHave says whether a key is required. A form is given with all its keys, and
// taken with its id alone.
func (s schemas) mustHave(t reflect.Type, key string) bool {
	switch t {
	case reflect.TypeFor[SourceForm](), reflect.TypeFor[TopicForm](), reflect.TypeFor[PartnerForm]():
		return key == "id"
	case reflect.TypeFor[tryBody]():
		return false
	}
	return true
}

// fieldsOf are a struct's JSON fields, those of embedded ones where nothing nearer
// has their key.
func fieldsOf(t reflect.Type) []reflect.StructField {
	var own, inner []reflect.StructField
	taken := map[string]bool{}
	for i := range t.NumField() {
		f := t.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && key == "":
			inner = append(inner, fieldsOf(f.Type)...)
		case key != "" && key != "-":
			own = append(own, f)
			taken[key] = true
		}
	}
	for _, f := range inner {
		if key, _, _ := strings.Cut(f.Tag.Get("json"), ","); !taken[key] {
			own = append(own, f)
		}
	}
	return own
}
