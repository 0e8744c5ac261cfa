package admin

import (
	"net/url"
	"strings"
	"testing"
)

// TestFirstRefused: the page of the first account says which characters a name has, and
// leads on with its key in the other language after a refusal, too.
func TestFirstRefused(t *testing.T) {
	r := newRig(t, Options{Rate: -1})
	key, err := r.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := r.browser()
	again := `name="next" value="/admin/first?key=` + key + `"`
	for _, got := range []reply{
		b.do("GET", "/admin/first?key="+key, nil),
		b.do("POST", "/admin/first", url.Values{"key": {key}, "name": {"Lan Anh"}, "password": {sentence}}),
	} {
		if !strings.Contains(got.body, "a–z không dấu, 0–9, - . @") || !strings.Contains(got.body, again) {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	got := b.do("POST", "/admin/language", url.Values{"next": {"/admin/first?key=" + key}, "language": {"en"}})
	if got = b.do("GET", got.header.Get("Location"), nil); got.status != 200 || !strings.Contains(got.body, `value="`+key+`"`) {
		t.Errorf("in English: %d %s", got.status, got.body)
	}
}
