package feed

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
)

// TestMemo: a document from a memo is what it is without one, before and after
// any field of an item changed.
func TestMemo(t *testing.T) {
	var m Memo
	check := func(c Channel, what string) {
		t.Helper()
		plain := documents(c)
		c.Parts = m.Parts(c.Items)
		for f, got := range documents(c) {
			if !bytes.Equal(got, plain[f]) {
				t.Errorf("%s: %s from a memo differs:\n%s", what, f, got)
			}
		}
	}
	check(sample(), "cold")
	check(sample(), "warm")
	n := reflect.TypeFor[Item]().NumField()
	for i := range n {
		c := sample()
		field := reflect.ValueOf(&c.Items[0]).Elem().Field(i)
		if reflect.TypeFor[Item]().Field(i).Name == "ID" {
			continue // another id is another item
		}
		if field.IsZero() {
			field.SetString("https://bao.example/khac")
		} else {
			field.SetZero()
		}
		check(c, fmt.Sprint("another ", reflect.TypeFor[Item]().Field(i).Name))
	}
}

// TestMemoForgets holds the memo to its bounds, and to what is in use.
func TestMemoForgets(t *testing.T) {
	var m Memo
	item := func(i int) Item { return Item{ID: fmt.Sprint(i), Summary: string(make([]byte, 2000))} }
	hot := m.Parts([]Item{item(0)})[0]
	for i := range 10_000 {
		m.Parts([]Item{item(i + 1)})
		if m.Parts([]Item{item(0)})[0] != hot {
			t.Fatalf("an item in use was forgotten after %d others", i)
		}
	}
	if held := (len(m.young) + len(m.old)) * 5 * 3000; held > 2*memoBytes {
		t.Errorf("%d bytes are held of %d", held, 2*memoBytes)
	}
}
