package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
)

// The limits on what a request brings.
const (
	maxBody  = 1 << 20
	maxDepth = 32
)

// readJSON reads a request's body: one JSON value of a bounded size and depth,
// whose objects say nothing twice. What is said twice is read differently by
// different readers, and what is checked must be what is done.
func readJSON(w http.ResponseWriter, r *http.Request) (json.RawMessage, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" && kind != "application/merge-patch+json" {
		return nil, faultf(Invalid, "the body must come with Content-Type: application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, faultf(TooLarge, "the body is larger than %d KB", maxBody>>10)
		}
		return nil, faultf(Invalid, "the body did not arrive whole")
	}
	if err := strict(body); err != nil {
		return nil, err
	}
	return body, nil
}

// strict holds JSON against what encoding/json lets pass.
func strict(body []byte) error {
	d := json.NewDecoder(bytes.NewReader(body))
	type level struct {
		keys map[string]bool // nil: an array
		key  bool            // a key comes next
	}
	var stack []level
	for n := 0; ; n++ {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && n > 0 && len(stack) == 0 {
			return nil
		}
		if err != nil {
			return faultf(Invalid, "the body is no JSON: %v", err)
		}
		if len(stack) == 0 && n > 0 {
			return faultf(Invalid, "the body has more than one JSON value")
		}
		top := len(stack) - 1
		if name, ok := token.(string); ok && top >= 0 && stack[top].key {
			if stack[top].keys[name] {
				return faultf(Invalid, "the key %.80q stands there twice", name)
			}
			stack[top].keys[name], stack[top].key = true, false
			continue
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			l := level{}
			if token == json.Delim('{') {
				l = level{map[string]bool{}, true}
			}
			if stack = append(stack, l); len(stack) > maxDepth {
				return faultf(Invalid, "the body lies more than %d deep in itself", maxDepth)
			}
			continue
		case json.Delim('}'), json.Delim(']'):
			stack = stack[:top]
		}
		if top = len(stack) - 1; top >= 0 && stack[top].keys != nil {
			stack[top].key = true
		}
	}
}

// into reads a body into a struct; a key that it does not have is refused.
func into[T any](raw json.RawMessage) (v T, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, faultf(Invalid, "the body is not as it should be: %v", err)
	}
	return v, nil
}
